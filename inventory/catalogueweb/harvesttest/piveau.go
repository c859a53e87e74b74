package harvesttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// vertx is how piveau speaks HTTP: it keeps its connections, and a body that
// was cut short is an error.
func vertx() manners { return manners{agent: "Vert.x-WebClient/4.5.9", keeps: true, redirects: true} }

// PiveauRDF is piveau's RDF importer: the older Hydra first, a totalItems that
// must be a number, datasets handed on page by page, and at the end the list of
// all that were seen: what is not on it is deleted.
func PiveauRDF(s Source) *Harvester {
	h := &Harvester{Name: "piveau RDF", Portal: newPortal(), source: s}
	h.keyOf = func(d Dataset) string { return s.Base + "/dataset/" + d.ID }
	h.gather = func(ctx context.Context, j *Job) error { return piveauRDF(ctx, j, h.Portal) }
	return h
}

func piveauRDF(ctx context.Context, j *Job, portal *Portal) error {
	seen := map[string]bool{}
	for address := j.source.Base + "/catalog.rdf"; address != ""; {
		r, err := j.get(ctx, vertx(), address)
		if err != nil {
			return err
		}
		if r.status != http.StatusOK {
			return fmt.Errorf("%s: %d", address, r.status)
		}
		g, err := parse(r.body, r.kind())
		if err != nil {
			return err
		}
		for _, iri := range g.typed(dcatNS + "Dataset") {
			j.Read++
			seen[iri] = true
			portal.put(j, iri, Package{Name: iri, Title: g.title(iri, "fr")})
		}
		if address, err = hydraPaging(g); err != nil {
			return err
		}
	}
	portal.keep(j, seen)
	return nil
}

// hydraPaging is piveau's class of that name.
func hydraPaging(g *Graph) (string, error) {
	for _, kind := range [][2]string{{"PagedCollection", "nextPage"}, {"PartialCollectionView", "next"}} {
		nodes := g.typed(hydraNS + kind[0])
		if len(nodes) == 0 {
			continue
		}
		total, ok := g.object(nodes[0], hydraNS+"totalItems")
		if _, err := strconv.Atoi(total.Value); !ok || err != nil {
			return "", fmt.Errorf("NullPointerException: totalItems %q", total.Value)
		}
		o, _ := g.object(nodes[0], hydraNS+kind[1])
		return o.Value, nil
	}
	return "", errors.New("no paging")
}

// PiveauCKAN is piveau's CKAN importer: up to count, identity by name, and the
// list of names at the end.
func PiveauCKAN(s Source) *Harvester {
	h := &Harvester{Name: "piveau CKAN", Portal: newPortal(), source: s, dated: true}
	h.keyOf = func(d Dataset) string { return d.Name }
	h.gather = func(ctx context.Context, j *Job) error {
		seen, err := piveauCKAN(ctx, j, h.Portal, "")
		if err == nil {
			h.Portal.keep(j, seen)
		}
		return err
	}
	return h
}

// PiveauCKANSince is the same importer set to read only what has changed since
// its last run. It knows nothing of state, and has no list to delete by.
func PiveauCKANSince(s Source) *Harvester {
	h := PiveauCKAN(s)
	h.Name, h.keeps, h.window = "piveau CKAN incremental", true, true
	h.gather = func(ctx context.Context, j *Job) error {
		since := ""
		if j.previous != nil {
			since = j.previous.Began.Format(time.RFC3339)
		}
		_, err := piveauCKAN(ctx, j, h.Portal, since)
		return err
	}
	return h
}

func piveauCKAN(ctx context.Context, j *Job, portal *Portal, since string) (map[string]bool, error) {
	seen := map[string]bool{}
	for start := 0; ; start += 100 {
		address := fmt.Sprintf("%s/api/3/action/package_search?rows=100&start=%d", j.source.Base, start)
		if since != "" { // its blanks arrive encoded twice
			address += "&q=" + url.QueryEscape("metadata_modified:["+since+"%20TO%20*]")
		}
		r, err := j.get(ctx, vertx(), address)
		if err != nil {
			return nil, err
		}
		var answer struct {
			Success bool
			Result  struct {
				Count   int
				Results []packageDict
			}
		}
		if err := json.Unmarshal(r.body, &answer); err != nil || r.status != http.StatusOK || !answer.Success {
			return nil, fmt.Errorf("%s: %d %w", address, r.status, err)
		}
		for _, p := range answer.Result.Results {
			j.Read++
			seen[p.Name] = true
			portal.put(j, p.Name, Package{Name: p.Name, Title: p.Title, Modified: p.MetadataModified})
		}
		if start+100 >= answer.Result.Count || len(answer.Result.Results) == 0 {
			return seen, nil
		}
	}
}
