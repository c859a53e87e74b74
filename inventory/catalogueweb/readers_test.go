package catalogueweb

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

// The readers below do what real harvesters were seen to do, request by
// request, and judge answers as they do. Each walks the whole catalogue and
// must end with exactly the public register.

var (
	nextPattern = regexp.MustCompile(`hydra:next <([^>]+)>`)
	setPattern  = regexp.MustCompile(`(?m)^<([^>]+)> a dcat:Dataset ;`)
)

func nextIn(turtle []byte) string {
	if m := nextPattern.FindSubmatch(turtle); m != nil {
		return string(m[1])
	}
	return ""
}

// graph is JSON-LD the way a reader without a library takes it apart.
type graph []map[string]json.RawMessage

func (h *house) graph(a answer) graph {
	h.tb.Helper()
	var d struct {
		Context map[string]string `json:"@context"` // inline: nothing to fetch
		Graph   graph             `json:"@graph"`
	}
	h.must(json.Unmarshal(a.body, &d))
	return d.Graph
}

// typed returns the nodes of a type.
func (g graph) typed(kind string) graph {
	var out graph
	for _, n := range g {
		var types []string
		if json.Unmarshal(n["@type"], &types) == nil && slices.Contains(types, kind) {
			out = append(out, n)
		}
	}
	return out
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var ref struct {
		ID string `json:"@id"`
	}
	_ = json.Unmarshal(raw, &ref)
	return ref.ID
}

// ckanHarvester is ckanext-harvest's CKAN harvester: pages until one brings no
// new id; since is its metadata_modified window.
func ckanHarvester(h *house, since string) []string {
	h.tb.Helper()
	seen := map[string]bool{}
	for start := 0; ; start += 100 {
		q := url.Values{"rows": {"100"}, "start": {fmt.Sprint(start)}, "sort": {"id asc"}}
		if since != "" {
			q.Set("fq", "metadata_modified:["+since+" TO *]")
		}
		var r struct {
			Success bool
			Result  struct {
				Count   int
				Results []struct {
					ID               string
					Name             string
					Type             string
					MetadataModified string `json:"metadata_modified"`
				}
			}
		}
		a := h.get("/api/3/action/package_search?" + q.Encode())
		h.must(json.Unmarshal(a.body, &r))
		if a.status != http.StatusOK || !r.Success {
			h.tb.Fatalf("%d %s", a.status, a.body)
		}
		fresh := 0
		for _, p := range r.Result.Results {
			if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$`).MatchString(p.MetadataModified) || p.Type == "harvest" {
				h.tb.Fatalf("metadata_modified %q cannot be compared as text", p.MetadataModified)
			}
			if !seen[p.ID] {
				seen[p.ID] = true
				fresh++
			}
		}
		if fresh == 0 {
			return keys(seen)
		}
	}
}

// dcatHarvester is ckanext-dcat's RDF harvester: HEAD then GET, no conditions,
// next page by hydra, stop when a page equals the first.
func dcatHarvester(h *house, address string) []string {
	h.tb.Helper()
	seen := map[string]bool{}
	var firstPage [16]byte
	for number := 0; address != ""; number++ {
		head := h.ask(http.MethodHead, address, "", "Accept", "*/*")
		a := h.get(address, "Accept", "*/*")
		if head.status != http.StatusOK || a.status != http.StatusOK || len(a.body) > 50<<20 {
			h.tb.Fatalf("%s: HEAD %d GET %d, %d bytes: the harvest is given up", address, head.status, a.status, len(a.body))
		}
		if kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); kind != "text/turtle" {
			h.tb.Fatalf("%s: rdflib has no parser for %q", address, kind)
		}
		if sum := md5.Sum(a.body); number == 0 {
			firstPage = sum
		} else if sum == firstPage {
			break
		}
		for _, m := range setPattern.FindAllSubmatch(a.body, -1) {
			seen[strings.TrimPrefix(string(m[1]), base+"/dataset/")] = true
		}
		address = nextIn(a.body)
	}
	return keys(seen)
}

// dcatJSONHarvester is ckanext-dcat's JSON harvester: it asks for pages that
// do not exist until they repeat.
func dcatJSONHarvester(h *house) []string {
	h.tb.Helper()
	var before []string
	for page := 1; ; page++ {
		address := "/data.json"
		if page > 1 {
			address += fmt.Sprintf("?page=%d", page)
		}
		if head := h.ask(http.MethodHead, address, ""); head.status != http.StatusOK {
			h.tb.Fatalf("HEAD %s: %d", address, head.status)
		}
		got := identifiers(h, h.get(address))
		if slices.Equal(got, before) || len(got) == 0 {
			return before
		}
		before = got
	}
}

// udataDCAT is udata's DCAT back-end: format by extension, redirects refused,
// dct:identifier demanded, next page by hydra.
func udataDCAT(h *house) []string {
	h.tb.Helper()
	seen := map[string]bool{}
	for address := "/catalog.jsonld"; address != ""; {
		a := h.get(address, "User-Agent", "uData/0.1 dcat")
		if a.status != http.StatusOK {
			h.tb.Fatalf("%s: %d", address, a.status)
		}
		g := h.graph(a)
		for _, d := range g.typed("dcat:Dataset") {
			id := text(d["dct:identifier"])
			if id == "" || seen[id] || d["dct:title"] == nil {
				h.tb.Fatalf("dataset skipped or failed: %s", d["@id"])
			}
			seen[id] = true
		}
		pages := g.typed("hydra:PartialCollectionView")
		if len(pages) != 1 {
			h.tb.Fatalf("%d paging nodes", len(pages))
		}
		address = text(pages[0]["hydra:next"])
	}
	return keys(seen)
}

// udataCKAN is udata's CKAN back-end: the list of names, then each.
func udataCKAN(h *house) []string {
	h.tb.Helper()
	var list struct{ Result []string }
	a := h.get("/api/3/action/package_list")
	if a.header.Get("Content-Type") != "application/json" {
		h.tb.Fatalf("Content-Type %q", a.header.Get("Content-Type"))
	}
	h.must(json.Unmarshal(a.body, &list))
	var ids []string
	for _, name := range list.Result {
		var one struct {
			Success bool
			Result  map[string]json.RawMessage
		}
		h.must(json.Unmarshal(h.get("/api/3/action/package_show?id="+name).body, &one))
		if lacking := lacks(one.Result); lacking != "" || !one.Success {
			h.tb.Fatalf("%s: %s missing", name, lacking)
		}
		ids = append(ids, text(one.Result["id"]))
	}
	slices.Sort(ids)
	return ids
}

// lacks tells the first key that udata's schema demands and p has not.
func lacks(p map[string]json.RawMessage) string {
	for where, wanted := range map[string][]string{
		"": {
			"id", "name", "title", "notes", "license_id", "license_title", "tags", "metadata_created", "metadata_modified",
			"organization", "resources", "private", "type", "author", "author_email", "maintainer", "maintainer_email", "state",
		},
		"organization": {
			"id", "description", "created", "title", "name", "revision_timestamp", "is_organization", "state", "image_url",
			"revision_id", "type", "approval_status",
		},
		"resources": {
			"id", "position", "name", "description", "format", "mimetype", "size", "hash", "created", "last_modified", "url", "resource_type",
		},
	} {
		object := p
		if where == "organization" {
			object = nil
			_ = json.Unmarshal(p[where], &object)
		}
		if where == "resources" {
			var all []map[string]json.RawMessage
			if json.Unmarshal(p[where], &all) != nil || len(all) == 0 {
				return "resources"
			}
			object = all[0]
		}
		for _, key := range wanted {
			if object[key] == nil {
				return where + " " + key
			}
		}
	}
	return ""
}

// piveauRDF is piveau's importer: nextPage of the older Hydra first, and a
// totalItems that must be a number.
func piveauRDF(h *house) []string {
	h.tb.Helper()
	seen := map[string]bool{}
	for address := "/catalog.jsonld"; address != ""; {
		g := h.graph(h.get(address))
		paging := g.typed("hydra:PagedCollection")[0]
		var total int
		h.must(json.Unmarshal(paging["hydra:totalItems"], &total))
		if total == 0 {
			h.tb.Fatal("totalItems is 0")
		}
		for _, d := range g.typed("dcat:Dataset") {
			seen[strings.TrimPrefix(text(d["@id"]), base+"/dataset/")] = true
		}
		address = text(paging["hydra:nextPage"])
	}
	return keys(seen)
}

// piveauCKAN is piveau's CKAN importer: up to count, identity by name, the
// window in q and encoded twice.
func piveauCKAN(h *house, since string) []string {
	h.tb.Helper()
	var names []string
	for start := 0; ; start += 100 {
		address := fmt.Sprintf("/api/3/action/package_search?rows=100&start=%d", start)
		if since != "" {
			address += "&q=" + url.QueryEscape("metadata_modified:["+since+"%20TO%20*]")
		}
		var r struct {
			Result struct {
				Count   int
				Results []struct{ Name string }
			}
		}
		h.must(json.Unmarshal(h.get(address).body, &r))
		for _, p := range r.Result.Results {
			names = append(names, p.Name)
		}
		if start+100 >= r.Result.Count || len(r.Result.Results) == 0 {
			slices.Sort(names)
			return names
		}
	}
}

// gsa is data.gov's harvester: one GET, each dataset held to the schema.
func gsa(h *house) []string {
	h.tb.Helper()
	return identifiers(h, h.get("/data.json"))
}

func identifiers(h *house, a answer) []string {
	h.tb.Helper()
	var d struct {
		ConformsTo string `json:"conformsTo"`
		Dataset    []struct {
			Identifier, Title, Description, Modified, AccessLevel string
			AccrualPeriodicity                                    string
			Keyword                                               []string
			Publisher                                             struct{ Name string }
			ContactPoint                                          struct{ Fn, HasEmail string }
			Distribution                                          []struct{ DownloadURL, MediaType string }
		}
	}
	h.must(json.Unmarshal(a.body, &d))
	var ids []string
	for _, x := range d.Dataset {
		whole := x.Title != "" && x.Description != "" && x.Modified != "" && len(x.Keyword) > 0 && x.Publisher.Name != "" &&
			x.ContactPoint.Fn != "" && strings.HasPrefix(x.ContactPoint.HasEmail, "mailto:") &&
			slices.Contains([]string{"public", "restricted public", "non-public"}, x.AccessLevel)
		for _, f := range x.Distribution {
			whole = whole && (f.DownloadURL == "" || f.MediaType != "")
		}
		if !whole || d.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" {
			h.tb.Fatalf("dropped without a word: %+v", x)
		}
		ids = append(ids, x.Identifier)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func keys(set map[string]bool) []string {
	var all []string
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func TestEveryHarvesterEndsWithExactlyThePublicRegister(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 525)
		for _, n := range []int{7, 99, 100, 101, 525} {
			h.withdraw(n, "retiré", "")
		}
		var ids, refs, names []string
		for n := 1; n <= 525; n++ {
			if !slices.Contains([]int{7, 99, 100, 101, 525}, n) {
				ids = append(ids, datasetID(n))
				refs = append(refs, fmt.Sprintf("TN-MARHP-2026-%05d", n))
				names = append(names, fmt.Sprintf("production-%d", n))
			}
		}
		slices.Sort(names)
		for name, one := range map[string]struct {
			got  func() []string
			want []string
		}{
			"CKAN harvester":      {func() []string { return ckanHarvester(h, "") }, ids},
			"DCAT RDF harvester":  {func() []string { return dcatHarvester(h, "/catalog.ttl") }, ids},
			"DCAT JSON harvester": {func() []string { return dcatJSONHarvester(h) }, refs},
			"udata dcat":          {func() []string { return udataDCAT(h) }, refs},
			"udata ckan":          {func() []string { return udataCKAN(h) }, ids},
			"piveau RDF":          {func() []string { return piveauRDF(h) }, ids},
			"piveau CKAN":         {func() []string { return piveauCKAN(h, "") }, names},
			"GSA data.json":       {func() []string { return gsa(h) }, refs},
		} {
			before := h.requests.Load()
			if got := one.got(); !slices.Equal(got, one.want) {
				t.Errorf("%s ends with %d datasets; want %d", name, len(got), len(one.want))
			}
			t.Logf("%s: %d requests", name, h.requests.Load()-before)
		}
	})
}

func TestIncrementalHarvestsSeeWhatChanged(t *testing.T) {
	h := open(t, databasetest.Open(t), 300)
	since := modified(290).Format("2006-01-02T15:04:05.000000Z")
	if got := ckanHarvester(h, since); len(got) != 11 || got[0] != datasetID(290) {
		t.Errorf("CKAN window has %d datasets: %v", len(got), got)
	}
	if got := piveauCKAN(h, modified(290).Add(time.Second).Format(time.RFC3339)); len(got) != 10 {
		t.Errorf("piveau window has %d datasets", len(got))
	}
}
