package harvesttest

import (
	"context"
	"crypto/md5" //nolint:gosec // as the harvester does, to tell pages apart
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// DCATRDF is ckanext-dcat's RDF harvester in a CKAN whose ckan.locale_default
// is locale: HEAD and GET of each page, next page by hydra, a page equal to
// the first ends it, and whatever it no longer sees is deleted.
func DCATRDF(s Source, path, locale string) *Harvester {
	h := &Harvester{Name: "DCAT RDF harvester " + path, Portal: newPortal(), source: s}
	h.keyOf = func(d Dataset) string { return s.Base + "/dataset/" + d.ID }
	c := &dcat{portal: h.Portal, path: path, locale: locale}
	h.gather = c.gather
	return h
}

type dcat struct {
	portal       *Portal
	path, locale string
}

// content is _get_content_and_type: the status of HEAD counts, that of the GET
// after it does not.
func content(ctx context.Context, j *Job, address string) ([]byte, string, error) {
	m, head := python(), python()
	head.keeps, head.redirects = true, false // one session for the two
	r, err := j.ask(ctx, head, http.MethodHead, address)
	if err != nil {
		return nil, "", err
	}
	got := false
	if r.status == http.StatusMethodNotAllowed || r.status == http.StatusBadRequest {
		if r, err = j.get(ctx, m, address); err != nil {
			return nil, "", err
		}
		got = true
	}
	if err := r.ok(address); err != nil {
		return nil, "", err
	}
	if n, err := strconv.Atoi(r.header.Get("Content-Length")); err == nil && n > largestContent {
		return nil, "", fmt.Errorf("remote file is too big: %d", n)
	}
	if !got {
		if r, err = j.get(ctx, m, address); err != nil {
			return nil, "", err
		}
	}
	if len(r.body) >= largestContent {
		return nil, "", errors.New("remote file is too big")
	}
	if len(r.body) == 0 {
		return nil, "", errors.New("no content")
	}
	return r.body, r.kind(), nil
}

// parse is rdflib's choice of a parser by media type.
func parse(body []byte, kind string) (*Graph, error) {
	switch kind {
	case "text/turtle", "text/n3", "application/n-triples":
		return ParseTurtle(body)
	case "application/rdf+xml":
		return ParseRDFXML(body)
	case "application/ld+json":
		return ParseJSONLD(body)
	}
	return nil, fmt.Errorf("no parser for %q", kind)
}

// parsed is a dataset as the profile makes a package of it.
type parsed struct {
	guid, name, title string
	tags              []string
}

// gather is the gather stage, and the import of what it found.
func (c *dcat) gather(ctx context.Context, j *Job) error {
	var found []parsed
	var first [md5.Size]byte
	address, kind := j.source.Base+c.path, ""
	for page := 0; address != ""; page++ {
		body, sent, err := content(ctx, j, address)
		if err != nil {
			return err // before anything is deleted
		}
		if kind == "" {
			kind = sent
		}
		sum := md5.Sum(body) //nolint:gosec // as above
		if page == 0 {
			first = sum
		} else if sum == first {
			break
		}
		g, err := parse(body, kind)
		if err != nil {
			return fmt.Errorf("error parsing the RDF file: %w", err)
		}
		datasets, err := c.datasets(g)
		if err != nil {
			return err
		}
		found = append(found, datasets...)
		address = NextPage(g)
	}
	c.imports(j, found)
	return nil
}

// NextPage is the address of the page after this one, as RDFParser.next_page
// finds it.
func NextPage(g *Graph) string {
	for _, class := range []string{"PartialCollectionView", "PagedCollection"} {
		nodes := g.typed(hydraNS + class)
		if len(nodes) == 0 {
			continue
		}
		o, ok := g.object(nodes[0], hydraNS+"next")
		if !ok {
			o, _ = g.object(nodes[0], hydraNS+"nextPage")
		}
		return o.Value
	}
	return ""
}

// datasets are those of one page. One without a title ends the harvest with a
// KeyError.
func (c *dcat) datasets(g *Graph) ([]parsed, error) {
	var out []parsed
	for _, iri := range g.typed(dcatNS + "Dataset") {
		d := parsed{guid: iri, title: g.title(iri, c.locale)}
		if d.title == "" {
			return nil, fmt.Errorf("error when processing dataset: KeyError 'title' of %s", iri)
		}
		for _, keyword := range g.objects(iri, dcatNS+"keyword") {
			for tag := range strings.SplitSeq(keyword.Value, ",") {
				d.tags = append(d.tags, strings.TrimSpace(tag))
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// imports creates, changes and deletes packages.
func (c *dcat) imports(j *Job, found []parsed) {
	source := map[string]bool{}
	for _, d := range found {
		source[d.guid] = true
	}
	for guid := range c.portal.current {
		if !source[guid] {
			delete(c.portal.current, guid)
			c.portal.delete(j, guid)
		}
	}
	for _, d := range found {
		j.Read++
		c.portal.current[d.guid] = true
		have, known := c.portal.packages[d.guid]
		if d.name = c.portal.newName(d.title); known && have.State == active {
			d.name = have.Name
		}
		if err := d.valid(); err != nil {
			j.reject(d.guid, "%v", err)
			continue
		}
		c.portal.put(j, d.guid, Package{Name: d.name, Title: d.title, Tags: d.tags})
	}
}

func (d parsed) valid() error {
	if err := validName(d.name); err != nil {
		return err
	}
	for _, tag := range d.tags {
		if err := validTag(tag); err != nil {
			return err
		}
	}
	return nil
}

// DCATJSON is ckanext-dcat's JSON harvester: it asks for ?page=2, 3… until a
// page repeats, is empty, or is a 404. Its deletions fail: they are queued
// without the id of the package.
func DCATJSON(s Source) *Harvester {
	h := &Harvester{Name: "DCAT JSON harvester", Portal: newPortal(), source: s, keeps: true}
	h.keyOf = func(d Dataset) string { return d.Ref }
	h.gather = func(ctx context.Context, j *Job) error { return dcatJSON(ctx, j, h.Portal) }
	return h
}

func dcatJSON(ctx context.Context, j *Job, portal *Portal) error {
	before, found := map[string]bool{}, map[string]record{}
	for page := 1; ; page++ {
		address := j.source.Base + "/data.json"
		if page > 1 {
			address += "?page=" + strconv.Itoa(page)
		}
		body, _, err := content(ctx, j, address)
		if err != nil && page > 1 && strings.HasSuffix(err.Error(), ": 404") {
			break
		}
		if err != nil {
			return err
		}
		var doc struct{ Dataset []record }
		if err := json.Unmarshal(body, &doc); err != nil {
			return fmt.Errorf("error parsing file: %w", err)
		}
		guids := map[string]bool{}
		for _, d := range doc.Dataset {
			guids[d.Identifier] = true
			if !before[d.Identifier] {
				found[d.Identifier] = d
			}
		}
		if len(guids) == 0 || maps.Equal(guids, before) {
			break
		}
		before = guids
	}
	for _, d := range found {
		j.Read++
		takeJSON(j, portal, d)
	}
	for guid := range portal.current {
		if _, ok := found[guid]; !ok {
			delete(portal.current, guid)
			j.reject(guid, "package_delete without an id")
		}
	}
	return nil
}

// takeJSON is the import stage of one dataset. A title that changes changes
// the name.
func takeJSON(j *Job, portal *Portal, d record) {
	have, known := portal.packages[d.Identifier]
	p := parsed{title: d.Title, tags: d.Keyword}
	if p.name = ""; known && have.Title == d.Title {
		p.name = have.Name
	} else {
		p.name = portal.newName(d.Title)
	}
	portal.current[d.Identifier] = true
	if err := p.valid(); err != nil {
		j.reject(d.Identifier, "%v", err)
		return
	}
	portal.put(j, d.Identifier, Package{Name: p.name, Title: p.title, Tags: p.tags})
}
