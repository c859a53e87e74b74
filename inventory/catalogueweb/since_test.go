package catalogueweb

import (
	"encoding/json"
	"maps"
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

// setPattern finds what a page of Turtle says to be a dataset.
var setPattern = regexp.MustCompile(`(?m)^<([^>]+)> a dcat:Dataset ;`)

// walked follows the pages to the last, and lists the UUIDs of the datasets in order.
func (h *house) walked(address string) []string {
	h.tb.Helper()
	seen := map[string]bool{}
	for address != "" {
		page := h.get(address)
		if page.status != http.StatusOK {
			h.tb.Fatalf("%s: %d", address, page.status)
		}
		for _, m := range setPattern.FindAllSubmatch(page.body, -1) {
			seen[strings.TrimPrefix(string(m[1]), base+"/dataset/")] = true
		}
		address = nextIn(page.body)
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestAReaderTakesOnlyWhatChangedSince(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 525)
		h.withdraw(500, "Fusionné", "TN-MARHP-2026-00501")
		since := url.QueryEscape(modified(301).Format(time.RFC3339Nano))
		var want []string
		for n := 301; n <= 525; n++ {
			if n != 500 {
				want = append(want, datasetID(n))
			}
		}
		if got := h.walked("/catalog.ttl?modified_since=" + since); !slices.Equal(got, want) {
			t.Errorf("%d datasets; want %d", len(got), len(want))
		}
		// In the middle of it the register changes: the reader stays where it began.
		first := h.get("/catalog.ttl?modified_since=" + since)
		h.withdraw(525, "retiré", "")
		h.add(526, 700)
		seen := setPattern.FindAllSubmatch(first.body, -1)
		for next := nextIn(first.body); next != ""; {
			page := h.get(next)
			if page.status != http.StatusOK || !strings.Contains(next, "modified_since="+since) {
				t.Fatalf("%s: %d", next, page.status)
			}
			seen = append(seen, setPattern.FindAllSubmatch(page.body, -1)...)
			next = nextIn(page.body)
		}
		if len(seen) != len(want) {
			t.Errorf("with changes in the middle: %d datasets; want %d", len(seen), len(want))
		}
		if !strings.Contains(string(h.get("/catalog.nt?modified_since="+since+"&page=1").body)+
			string(h.get("/catalog.nt?modified_since="+since+"&page=2").body), datasetID(500)+"#record>") {
			t.Error("the withdrawal is not told")
		}
	})
}

func TestABadMomentIsTold(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	for language, want := range map[string]string{
		"fr": "Une date (2026-11-22) ou un instant (2026-11-22T09:00:00Z) est attendu.",
		"ar": "يُنتظر تاريخ (2026-11-22) أو لحظة (2026-11-22T09:00:00Z).",
		"en": "A date (2026-11-22) or a moment (2026-11-22T09:00:00Z) is expected.",
	} {
		for _, extension := range []string{"ttl", "jsonld", "rdf", "xml", "nt"} {
			got := h.get("/catalog."+extension+"?modified_since=hier", "Accept-Language", language)
			var problem struct{ Detail string }
			h.must(json.Unmarshal(got.body, &problem))
			if got.status != http.StatusUnprocessableEntity || !strings.Contains(plainSpaces(problem.Detail), want) {
				t.Errorf("%s in %s answers %d %s", extension, language, got.status, got.body)
			}
		}
	}
	for query, status := range map[string]int{
		"modified_since=2026-08-01": 200, "modified_since=2999-01-01": 200, "modified_since=2026-08-01&page=2": 404, "modified_since=": 200,
	} {
		got := h.get("/catalog.jsonld?" + query)
		head := h.ask(http.MethodHead, "/catalog.jsonld?"+query, "")
		if got.status != status || head.status != status || got.header.Get("ETag") != head.header.Get("ETag") {
			t.Errorf("%s answers %d, HEAD %d", query, got.status, head.status)
		}
		if tag := got.header.Get("ETag"); status == 200 && h.get("/catalog.jsonld?"+query, "If-None-Match", tag).status != http.StatusNotModified {
			t.Errorf("%s: no 304", query)
		}
	}
}
