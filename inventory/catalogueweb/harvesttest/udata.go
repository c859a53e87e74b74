package harvesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"time"
)

// grace is how many days udata keeps what it no longer reads
// (HARVEST_AUTOARCHIVE_GRACE_DAYS).
const grace = 7 * 24 * time.Hour

// udata is a udata with one source.
type udata struct {
	portal *Portal
	last   map[string]time.Time // when each dataset was last harvested
}

// take creates or changes a dataset; one that was archived comes back.
func (u *udata) take(j *Job, key string, x Package) {
	u.portal.put(j, key, x)
	u.last[key] = j.Began
}

// archive is autoarchive: what was not read, once its days of grace are over.
func (u *udata) archive(j *Job, read map[string]bool) {
	for key := range u.portal.packages {
		if !read[key] && u.last[key].Before(j.Began.Truncate(24*time.Hour).Add(-grace)) {
			u.portal.delete(j, key)
		}
	}
}

// UdataDCAT is udata's DCAT back-end: format by extension, redirects refused,
// dct:identifier and dct:title demanded, next page by hydra.
func UdataDCAT(s Source) *Harvester {
	h := &Harvester{Name: "udata dcat", Portal: newPortal(), source: s, waits: true}
	h.keyOf = func(d Dataset) string { return d.Ref }
	u := &udata{h.Portal, map[string]time.Time{}}
	h.gather = u.dcat
	return h
}

// extensions are the formats udata knows by the end of an address.
var extensions = map[string]string{
	".xml": "application/rdf+xml", ".rdf": "application/rdf+xml", ".ttl": "text/turtle", ".nt": "application/n-triples",
	".jsonld": "application/ld+json",
}

func (u *udata) dcat(ctx context.Context, j *Job) error {
	m := python()
	m.agent, m.redirects = "uData/0.1 dcat", false
	read := map[string]bool{}
	for address := j.source.Base + "/catalog.jsonld"; address != ""; {
		r, err := j.get(ctx, m, address)
		if err != nil {
			return err
		}
		if r.status != http.StatusOK {
			return fmt.Errorf("%s: %d", address, r.status)
		}
		asked, err := url.Parse(address)
		if err != nil {
			return err
		}
		g, err := parse(r.body, extensions[path.Ext(asked.Path)])
		if err != nil {
			return err
		}
		for _, iri := range g.typed(dcatNS + "Dataset") {
			u.dataset(j, g, iri, read)
		}
		address = udataNext(g)
	}
	u.archive(j, read)
	return nil
}

// udataNext prefers the newer class of Hydra on the whole page.
func udataNext(g *Graph) string {
	for _, kind := range [][2]string{{"PartialCollectionView", "next"}, {"PagedCollection", "nextPage"}} {
		if nodes := g.typed(hydraNS + kind[0]); len(nodes) > 0 {
			o, _ := g.object(nodes[0], hydraNS+kind[1])
			return o.Value
		}
	}
	return ""
}

func (u *udata) dataset(j *Job, g *Graph, iri string, read map[string]bool) {
	id, _ := g.object(iri, dctNS+"identifier")
	switch {
	case !id.Literal || id.Value == "":
		j.reject(iri, "no dct:identifier")
		return
	case read[id.Value]:
		j.reject(iri, "identifier %s comes twice", id.Value)
		return
	}
	j.Read++
	read[id.Value] = true
	title := g.title(iri, "fr")
	if title == "" {
		j.reject(id.Value, "no dct:title")
		return
	}
	if changed, ok := g.object(iri, dctNS+"modified"); ok {
		at, err := udataTime(changed.Value)
		if err != nil || at.After(j.Began) {
			j.reject(id.Value, "dct:modified %q is in the future or no time", changed.Value)
			return
		}
	}
	for _, distribution := range g.objects(iri, dcatNS+"distribution") {
		_, download := g.object(distribution.Value, dcatNS+"downloadURL")
		if _, access := g.object(distribution.Value, dcatNS+"accessURL"); !download && !access {
			j.reject(id.Value, "a distribution without an address")
			return
		}
	}
	u.take(j, id.Value, Package{Name: munge(title), Title: title})
}

func udataTime(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05.999999"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// UdataCKAN is udata's CKAN back-end: the list of names, then each package,
// held to a schema that demands every key.
func UdataCKAN(s Source) *Harvester {
	h := &Harvester{Name: "udata ckan", Portal: newPortal(), source: s, waits: true}
	h.keyOf = func(d Dataset) string { return d.ID }
	u := &udata{h.Portal, map[string]time.Time{}}
	h.gather = u.ckan
	return h
}

// action asks the API and wants JSON, by its name, and success.
func (u *udata) action(ctx context.Context, j *Job, question string, result any) error {
	m := python()
	m.agent = "uData/0.1 ckan"
	address := j.source.Base + "/api/3/action/" + question
	r, err := j.get(ctx, m, address)
	if err != nil {
		return err
	}
	if err := r.ok(address); err != nil {
		return err
	}
	if sent := r.header.Get("Content-Type"); r.kind() != "application/json" {
		return fmt.Errorf("%s: Content-Type %q", address, sent)
	}
	var answer struct {
		Success bool
		Result  json.RawMessage
	}
	if err := json.Unmarshal(r.body, &answer); err != nil {
		return err
	}
	if !answer.Success {
		return errors.New(question + " was refused")
	}
	return json.Unmarshal(answer.Result, result)
}

func (u *udata) ckan(ctx context.Context, j *Job) error {
	var names []string
	if err := u.action(ctx, j, "package_list", &names); err != nil {
		return err
	}
	read := map[string]bool{}
	for _, name := range names {
		if err := u.show(ctx, j, name, read); err != nil {
			j.reject(name, "%v", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	u.archive(j, read)
	return nil
}

func (u *udata) show(ctx context.Context, j *Job, name string, read map[string]bool) error {
	var p map[string]any
	if err := u.action(ctx, j, "package_show?id="+url.QueryEscape(name), &p); err != nil {
		return err
	}
	j.Read++
	if err := udataPackage.check("package", p); err != nil {
		return err
	}
	id := p["id"].(string)
	read[id] = true
	if len(p["resources"].([]any)) == 0 {
		return errors.New("no resources: skipped")
	}
	u.take(j, id, Package{Name: name, Title: p["title"].(string)})
	return nil
}
