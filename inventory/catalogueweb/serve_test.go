package catalogueweb

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// addresses are all that a harvester may ask, with the type each answers.
var addresses = map[string]string{
	"/catalog.jsonld": "application/ld+json", "/catalog.ttl": "text/turtle; charset=utf-8",
	"/catalog.rdf": "application/rdf+xml", "/catalog.xml": "application/rdf+xml", "/catalog.nt": "application/n-triples",
	"/catalog.jsonld?page=2": "application/ld+json", "/catalog": "application/ld+json",
	"/dataset/" + datasetID(1): "application/ld+json", "/dataset/" + datasetID(1) + ".ttl": "text/turtle; charset=utf-8",
	"/dataset/" + datasetID(1) + ".jsonld": "application/ld+json", "/dataset/" + datasetID(1) + ".rdf": "application/rdf+xml",
	"/data.json": "application/json", "/api/3/action/package_list": "application/json",
	"/api/3/action/package_search?rows=100&start=0&sort=id+asc": "application/json",
	"/api/3/action/package_show?id=" + datasetID(1):             "application/json",
	"/api/3/action/organization_list?all_fields=true":           "application/json",
	"/api/3/action/status_show":                                 "application/json",
	"/api/action/site_read":                                     "application/json",
	"/api/util/status":                                          "application/json",
	"/api/3":                                                    "application/json",
	"/sitemap.xml":                                              "application/xml; charset=utf-8",
	"/feed.atom":                                                "application/atom+xml; charset=utf-8",
	"/robots.txt":                                               "text/plain; charset=utf-8",
	"/api/3/action/package_search?rows=1&callback=f&fl=id,title": "application/javascript",
}

func TestHeadEqualsGetAndNothingRedirects(t *testing.T) {
	h := open(t, databasetest.Open(t), 150)
	for address, kind := range addresses {
		for _, encoding := range []string{"identity", "gzip"} {
			got := h.get(address, "Accept-Encoding", encoding)
			head := h.ask(http.MethodHead, address, "", "Accept-Encoding", encoding)
			if got.status != http.StatusOK || head.status != http.StatusOK {
				t.Errorf("%s: GET %d, HEAD %d", address, got.status, head.status)
			}
			for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Vary"} {
				if got.header.Get(name) != head.header.Get(name) {
					t.Errorf("%s: %s is %q with GET, %q with HEAD", address, name, got.header.Get(name), head.header.Get(name))
				}
			}
			if got.header.Get("Content-Type") != kind {
				t.Errorf("%s: Content-Type %q; want %q", address, got.header.Get("Content-Type"), kind)
			}
			if len(head.body) > 0 {
				t.Errorf("%s: HEAD has a body", address)
			}
		}
	}
}

func TestConditionalAndCompressed(t *testing.T) {
	h := open(t, databasetest.Open(t), 120)
	for _, address := range []string{"/catalog.jsonld", "/catalog.ttl", "/data.json", "/api/3/action/package_search?rows=100"} {
		plain, packed := h.get(address), h.get(address, "Accept-Encoding", "deflate, gzip;q=0.5")
		if packed.header.Get("Content-Encoding") != "gzip" || !strings.Contains(packed.header.Get("Vary"), "Accept-Encoding") {
			t.Fatalf("%s: %v", address, packed.header)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed.body))
		h.must(err)
		unpacked, err := io.ReadAll(z)
		h.must(err)
		if !bytes.Equal(unpacked, plain.body) {
			t.Errorf("%s: gzip holds something else", address)
		}
		if plain.header.Get("Etag") == packed.header.Get("Etag") || strings.HasPrefix(plain.header.Get("Etag"), "W/") {
			t.Errorf("%s: ETags %q and %q", address, plain.header.Get("Etag"), packed.header.Get("Etag"))
		}
		for _, held := range []string{plain.header.Get("Etag"), packed.header.Get("Etag"), `"x", W/` + plain.header.Get("Etag"), "*"} {
			if got := h.get(address, "If-None-Match", held); got.status != http.StatusNotModified || len(got.body) > 0 {
				t.Errorf("%s: If-None-Match %s answers %d with %d bytes", address, held, got.status, len(got.body))
			}
		}
		if got := h.get(address, "If-None-Match", `"other"`, "If-Modified-Since", plain.header.Get("Last-Modified")); got.status != http.StatusOK {
			t.Errorf("%s: another ETag answers %d", address, got.status)
		}
		if got := h.get(address, "If-Modified-Since", plain.header.Get("Last-Modified")); got.status != http.StatusNotModified {
			t.Errorf("%s: If-Modified-Since answers %d", address, got.status)
		}
		if got := h.get(address, "Accept-Encoding", "gzip;q=0"); got.header.Get("Content-Encoding") != "" {
			t.Errorf("%s: compressed against the reader's will", address)
		}
	}
}

func TestAddressesComeFromBaseURLNotFromHost(t *testing.T) {
	h := open(t, databasetest.Open(t), 120)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/catalog.ttl", nil)
	h.must(err)
	req.Host = "evil.example"
	req.Header.Set("X-Forwarded-Host", "evil.example")
	resp, err := h.client.Do(req)
	h.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	h.must(err)
	if bytes.Contains(b, []byte("evil")) || !bytes.Contains(b, []byte("hydra:next <"+base+"/catalog.ttl?page=2&snapshot=")) {
		t.Errorf("%.1500s", b)
	}
}

func TestADatasetAtItsOwnIRI(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	iri := "/dataset/" + datasetID(1)
	for accept, want := range map[string]string{
		"*/*": "application/ld+json", "text/turtle": "text/turtle; charset=utf-8",
		"application/rdf+xml;q=0.5, text/turtle;q=0.9": "text/turtle; charset=utf-8", "application/n-triples": "application/n-triples",
		"application/json": "application/ld+json",
	} {
		if got := h.get(iri, "Accept", accept); got.status != http.StatusOK || got.header.Get("Content-Type") != want {
			t.Errorf("Accept %s answers %d %s", accept, got.status, got.header.Get("Content-Type"))
		}
	}
	browser := h.get(iri, "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	if browser.status != http.StatusSeeOther || browser.header.Get("Location") != "/datasets/TN-MARHP-2026-00001" {
		t.Errorf("a browser gets %d %s", browser.status, browser.header.Get("Location"))
	}
	if b, ok := h.pages.SchemaOrg(t.Context(), datasetID(1)); !ok || !json.Valid(b) || !bytes.Contains(b, []byte(base+iri)) {
		t.Errorf("schema.org: %s", b)
	}
	if got := h.get("/dataset/" + datasetID(99)); got.status != http.StatusNotFound {
		t.Errorf("unknown dataset answers %d", got.status)
	}
}

func TestAWithdrawnDatasetIsGoneWithReasonAndReplacement(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.withdraw(2, "Doublon de l'autre", "TN-MARHP-2026-00001")
	got := h.get("/dataset/" + datasetID(2))
	var problem goneProblem
	h.must(json.Unmarshal(got.body, &problem))
	if got.status != http.StatusGone || problem.Detail != "Doublon de l'autre" || problem.Replacement != base+"/dataset/"+datasetID(1) {
		t.Errorf("%d %+v", got.status, problem)
	}
	rdf := h.get("/dataset/" + datasetID(2) + ".ttl")
	if rdf.status != http.StatusGone || !bytes.Contains(rdf.body, []byte("dct:isReplacedBy <"+base+"/dataset/"+datasetID(1)+">")) {
		t.Errorf("%d %s", rdf.status, rdf.body)
	}
	for _, address := range []string{"/catalog.jsonld", "/data.json", "/api/3/action/package_search"} {
		if bytes.Contains(h.get(address).body, []byte("production-2\"")) {
			t.Errorf("%s still has it", address)
		}
	}
	if got := h.get("/api/3/action/package_show?id=" + datasetID(2)); got.status != http.StatusNotFound {
		t.Errorf("package_show answers %d", got.status)
	}
}

func TestAHarvestStaysOnItsSnapshot(t *testing.T) {
	h := open(t, databasetest.Open(t), 250)
	first := h.get("/catalog.ttl")
	next := nextIn(first.body)
	want := h.get(next)
	h.withdraw(1, "retiré", "")
	h.add(251, 260)
	h.caughtUp()
	if got := h.get(next); !bytes.Equal(got.body, want.body) {
		t.Error("the second page moved under the harvest")
	}
	if now := h.get("/catalog.ttl?page=2", "User-Agent", "another"); bytes.Equal(now.body, want.body) {
		t.Error("a new harvest reads the old register")
	}
	if got := h.get("/catalog.ttl?page=2&snapshot=0123456789abcdef"); got.status != http.StatusGone {
		t.Errorf("an unknown snapshot answers %d; want 410, so that the harvest ends without deleting", got.status)
	}
	for query, status := range map[string]int{"page=99": 404, "page=0": 422, "page=abc": 422} {
		if got := h.get("/catalog.ttl?" + query); got.status != status {
			t.Errorf("%s answers %d; want %d", query, got.status, status)
		}
	}
}

func TestNeverAnEmpty200(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	for _, address := range []string{"/catalog.jsonld", "/catalog.ttl", "/data.json", "/api/3/action/package_search", "/dataset/" + datasetID(1)} {
		if got := h.get(address); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s of an empty register answers %d", address, got.status)
		}
	}
	if h.pages.Refused() {
		t.Error("somebody has to act, though nothing was approved yet")
	}
	h.add(1, 2)
	if got := h.get("/catalog.ttl"); got.status != http.StatusOK {
		t.Errorf("once filled it answers %d", got.status)
	}
	h.withdraw(1, "fini", "")
	h.withdraw(2, "fini", "")
	if got := h.get("/catalog.ttl"); got.status != http.StatusServiceUnavailable {
		t.Errorf("emptied it answers %d", got.status)
	}
	if !h.pages.Refused() {
		t.Error("nobody has to act, though all of it is gone")
	}

	allowed := open(t, databasetest.Open(t), 0, func(s *catalogue.Settings) { s.EmptyAllowed = true })
	if got := allowed.get("/catalog.ttl"); got.status != http.StatusOK || !bytes.Contains(got.body, []byte("totalItems \"0\"")) {
		t.Errorf("an empty register that may be empty answers %d", got.status)
	}
}

func TestALostDatabaseServesTheLastGoodSnapshot(t *testing.T) {
	h := open(t, databasetest.Open(t), 5)
	h.lost.Store(true)
	if got := h.get("/catalog.ttl"); got.status != http.StatusServiceUnavailable {
		t.Errorf("never read: %d", got.status)
	}
	h.lost.Store(false)
	h.pages.Changed()
	good := h.get("/catalog.ttl")
	h.lost.Store(true)
	h.pages.Changed()
	if got := h.get("/catalog.ttl"); got.status != http.StatusOK || !bytes.Equal(got.body, good.body) {
		t.Errorf("read before: %d", got.status)
	}
	if err := h.pages.Refresh(t.Context()); err == nil {
		t.Error("Refresh hides that the database is lost")
	}
	h.add(6, 6)
	h.lost.Store(false)
	h.must(h.pages.Refresh(t.Context()))
	if got := h.get("/catalog.ttl"); bytes.Equal(got.body, good.body) {
		t.Error("not refreshed once the database is back")
	}
}

func TestAnApprovalIsServedWithinTwoSeconds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		h.get("/catalog.jsonld")
		officer := identity.Actor{Account: "o", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
		operator := identity.Actor{Account: "m", Role: identity.MCD}
		c := content(77)
		c.Title["fr"] = "Campagne oléicole approuvée à l'instant"
		d, err := h.register.Create(t.Context(), officer, "marhp", c)
		h.must(err)
		v, err := h.register.Vocabulary(t.Context())
		h.must(err)
		_, err = h.register.Change(t.Context(), officer, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error {
			return d.Submit(officer, v, time.Now())
		})
		h.must(err)
		if bytes.Contains(h.get("/catalog.jsonld").body, []byte(d.ID)) {
			t.Error("served before it was approved")
		}
		_, err = h.register.Change(t.Context(), operator, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error {
			return d.Approve(operator, v, time.Now())
		})
		h.must(err)
		approved := time.Now()
		for !bytes.Contains(h.get("/catalog.jsonld").body, []byte(d.ID)) {
			if time.Since(approved) > 2*time.Second {
				t.Fatal("not served two seconds after the approval")
			}
		}
		t.Logf("served %v after the approval", time.Since(approved).Round(time.Millisecond))
	})
}

func TestHarvestsAreCountedByKindOfClient(t *testing.T) {
	h := open(t, databasetest.Open(t), 120)
	for _, one := range []struct{ agent, address string }{
		{"python-requests/2.31", "/api/3/action/package_search?rows=100&start=0"},
		{"python-requests/2.31", "/api/3/action/package_search?rows=100&start=100"},
		{"python-requests/2.31", "/catalog.ttl"},
		{"python-requests/2.31", "/catalog.ttl?page=2"},
		{"uData/0.1 dcat", "/catalog.jsonld"},
		{"Vert.x-WebClient/4", "/catalog.rdf"},
		{"datagov-harvester", "/data.json"},
		{"Mozilla/5.0", "/catalog.ttl"},
		{"", "/data.json"},
	} {
		h.get(one.address, "User-Agent", one.agent)
		h.ask(http.MethodHead, one.address, "", "User-Agent", one.agent)
	}
	for client, n := range h.pages.HarvestCounts() {
		if n != 1 {
			t.Errorf("%s: %d harvests; want 1", client, n)
		}
	}
	if h.pages.SnapshotTime().IsZero() {
		t.Error("no time of the snapshot")
	}
}
