package catalogueweb

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// atomFeed is what a feed reader takes from a page.
type atomFeed struct {
	ID      string `xml:"id"`
	Updated string `xml:"updated"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Author  string `xml:"author>name"`
	} `xml:"entry"`
	Deleted []struct {
		Ref     string `xml:"ref,attr"`
		When    string `xml:"when,attr"`
		Comment string `xml:"comment"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
}

func (h *house) atomPage(address string) (f atomFeed, next string) {
	h.tb.Helper()
	a := h.get(address)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		h.tb.Fatalf("%s: %d %s", address, a.status, a.body)
	}
	h.must(xml.Unmarshal(a.body, &f))
	for _, l := range f.Links {
		if l.Rel == "next" {
			next = l.Href
		}
	}
	return f, next
}

func TestTheFeedLeadsThroughAllChanges(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 130)
		k := h.clerk()
		a, b := k.publish(1001), k.publish(1002)
		k.retire(a.Ref, "Fusionné <avec> l'autre", b.Ref)
		seen := map[string]int{}
		pages := 0
		for address := "/feed.atom"; address != ""; pages++ {
			f, next := h.atomPage(address)
			if f.ID != base+"/feed.atom" || f.Updated == "" {
				t.Fatalf("%s: %+v", address, f)
			}
			if pages == 0 {
				if len(f.Deleted) != 1 || f.Deleted[0].Ref != base+"/dataset/"+a.ID || f.Deleted[0].When == "" ||
					f.Deleted[0].Comment != "Fusionné <avec> l'autre" || f.Deleted[0].Link.Href != base+"/dataset/"+b.ID {
					t.Errorf("deleted %+v", f.Deleted)
				}
				if f.Entries[0].ID != base+"/dataset/"+a.ID+"#record" || !strings.HasPrefix(f.Entries[0].Title, "† ") || f.Entries[0].Author == "" {
					t.Errorf("for people %+v", f.Entries[0])
				}
			}
			for _, e := range f.Entries {
				seen[e.ID]++
			}
			address = next
		}
		if len(seen) != 132 || pages != 3 {
			t.Errorf("%d entries on %d pages; want 132 on 3", len(seen), pages)
		}
		for id, n := range seen {
			if n > 1 {
				t.Errorf("%s is told %d times", id, n)
			}
		}
	})
}

func TestTheFeedOutlivesTheDatabase(t *testing.T) {
	h := open(t, databasetest.Open(t), 60)
	first := h.get("/feed.atom")
	h.must(database.Close(h.db))
	if got := h.get("/feed.atom"); got.status != http.StatusOK || string(got.body) != string(first.body) {
		t.Errorf("%d", got.status)
	}
	if got := h.get(nextPageOf(h, first)); got.status < 500 {
		t.Errorf("what nobody holds answers %d", got.status)
	}
}

func nextPageOf(h *house, a answer) string {
	h.tb.Helper()
	var f atomFeed
	h.must(xml.Unmarshal(a.body, &f))
	for _, l := range f.Links {
		if l.Rel == "next" {
			return l.Href
		}
	}
	h.tb.Fatalf("no next page: %s", a.body)
	return ""
}

func TestABadPlaceInTheFeedIsTold(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	for _, before := range []string{"hier", "1", strings.Repeat("A", 500)} {
		got := h.get("/feed.atom?before="+before, "Accept-Language", "en")
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), `"field":"before"`) {
			t.Errorf("%.20s answers %d %s", before, got.status, got.body)
		}
	}
}
