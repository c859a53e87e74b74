package catalogueweb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
	"github.com/jard-odi/jard/lang"
)

// each gives every harvester a portal that has read the register once.
func (w *world) each(t *testing.T, do func(*testing.T, *walk)) {
	t.Helper()
	for _, makes := range harvesttest.All() {
		reader := makes(w.source())
		t.Run(reader.Name, func(t *testing.T) {
			c := &walk{t: t, world: w, reader: reader}
			c.good(c.run())
			c.equals()
			do(t, c)
		})
	}
}

// CKAN's harvester looks at no status code: an error in JSON is an empty page
// to it, ends its walk, and counts as a job without an error. What it had not
// read by then it would never read.
func TestAnErrorIsNeverTakenForTheEndOfTheList(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	for _, address := range []string{"/api/3/action/package_search?rows=100&start=100", "/api/action/package_list", "/api/3/action/package_show?id=x"} {
		a := h.get(address)
		if kind := a.header.Get("Content-Type"); a.status != http.StatusServiceUnavailable || kind != "text/plain; charset=utf-8" || json.Valid(a.body) {
			t.Errorf("%s answers %d %s %q", address, a.status, kind, a.body)
		}
	}
	h.add(1, 350)
	w := newWorld(t, h)
	w.each(t, func(t *testing.T, c *walk) {
		c.reader = remade(w, c.reader)
		w.via.Before(func(number int) {
			switch number {
			case 3:
				h.lost.Store(true)
				h.reboot()
			case 4:
				h.lost.Store(false)
				h.pages.Changed()
			}
		})
		if j := c.run(); j.Good() {
			c.equals() // whoever calls that a whole harvest must have had one
		}
		c.undisturbed()
		h.lost.Store(false)
		h.awaitCatalogue()
		c.settle()
	})
}

// remade is the same kind of harvester with an empty portal.
func remade(w *world, like *harvesttest.Harvester) *harvesttest.Harvester {
	for _, makes := range harvesttest.All() {
		if reader := makes(w.source()); reader.Name == like.Name {
			return reader
		}
	}
	return nil
}

// awaitCatalogue waits until the catalogue answers again after a failure.
func (h *house) awaitCatalogue() {
	h.tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if h.get("/data.json").status == http.StatusOK {
			return
		}
	}
	h.tb.Fatal("the catalogue does not come back")
}

func TestAnEmptyRegisterEmptiesPortalsOnlyWhenItMay(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		t.Run(fmt.Sprint("allowed ", allowed), func(t *testing.T) {
			h := open(t, databasetest.Open(t), 3, func(s *catalogue.Settings) { s.EmptyAllowed = allowed })
			w := newWorld(t, h)
			var walks []*walk
			for _, makes := range harvesttest.All() {
				c := &walk{t: t, world: w, reader: makes(w.source())}
				c.good(c.run())
				walks = append(walks, c)
			}
			register := h.public()
			for n := 1; n <= 3; n++ {
				h.withdraw(n, "fini", "")
			}
			for _, c := range walks {
				j := c.reader.Run(t.Context(), c.reader.Next(time.Now(), true))
				if allowed {
					c.equals()
					continue
				}
				if j.Err == nil || len(j.Deleted) > 0 {
					t.Errorf("%s, of an empty register that may not be empty: %v", c.reader.Name, j)
				}
				for _, difference := range c.reader.Differs(register) {
					t.Errorf("%s: %s", c.reader.Name, difference)
				}
			}
			if allowed {
				emptyAnswers(t, h)
			}
		})
	}
}

// emptyAnswers are valid, and empty, in every dialect.
func emptyAnswers(t *testing.T, h *house) {
	t.Helper()
	for address, read := range map[string]func([]byte) (*harvesttest.Graph, error){
		"/catalog.ttl": harvesttest.ParseTurtle, "/catalog.nt": harvesttest.ParseTurtle, "/catalog.rdf": harvesttest.ParseRDFXML,
		"/catalog.jsonld": harvesttest.ParseJSONLD,
	} {
		a := h.get(address)
		g, err := read(a.body)
		if a.status != http.StatusOK || err != nil || strings.Contains(strings.Join(g.Statements(), "\n"), "dcat#Dataset>") {
			t.Errorf("%s: %d %v", address, a.status, err)
		}
	}
	for address, want := range map[string]string{
		"/data.json":                         `"dataset":[`,
		"/api/3/action/package_search":       `"count": 0`,
		"/api/3/action/package_list":         `"result": []`,
		"/api/3/action/tag_list":             `"result": []`,
		"/feed.atom":                         `<feed`,
		"/sitemap.xml":                       `<urlset`,
		"/api/3/action/package_search?q=oui": `"results": []`,
	} {
		a := h.get(address)
		if flat := strings.ReplaceAll(string(a.body), `":`, `": `); a.status != http.StatusOK ||
			!strings.Contains(string(a.body), want) && !strings.Contains(strings.ReplaceAll(flat, ":  ", ": "), want) {
			t.Errorf("%s: %d %s", address, a.status, a.body)
		}
	}
}

// The server's clock goes back two hours while harvests run and snapshots are
// made, and comes right again.
func TestAClockThatGoesBackLosesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 220)
		w := newWorld(t, h)
		next := 221
		w.each(t, func(t *testing.T, c *walk) {
			c.next = next
			w.via.Before(func(number int) {
				switch number {
				case 1:
					h.skew.Store(int64(-2 * time.Hour))
					c.fresh()
				case 2:
					h.withdraw(c.fresh(), "retiré", "")
				}
			})
			c.keepsWhatLives(c.run())
			c.undisturbed()
			c.settle()
			h.skew.Store(0)
			h.withdraw(c.fresh(), "retiré", "")
			c.settle()
			next = c.next
		})
	})
}

// hostileTitles would break a careless writer of any format.
func hostileTitles() map[string]lang.Text {
	return map[string]lang.Text{
		"quotes":         {"fr": `L'"olive" \ « l’huile » ''' """ \" \u0041`},
		"markup":         {"fr": `<b>&amp;</dct:title>]]> <!-- --> <?xml?> &lt;script>`},
		"turtle":         {"fr": `"@en . <http://a> a <http://b> ; # @prefix x: <y> .`},
		"json":           {"fr": "\"},{\"@id\":\"x\"} \u2028\u2029"},
		"right to left":  {"fr": "a\u202Eb\u200Fc\u2066d\u2069 \u061C", "ar": "نصّ\u200F (2024) \u202Babc\u202C"},
		"NUL":            {"fr": "avant\x00après\x01\x1F\x7F\u0085fin"},
		"lone surrogate": {"fr": "avant\xed\xa0\x80après \xff\xfe fin"},
		"not characters": {"fr": "a\uFFFEb\uFFFFc\uFDD0d\uFEFFe"},
		"long":           {"fr": strings.Repeat("très long ", 1000)},
		"one long word":  {"fr": strings.Repeat("x", 10_000)},
		"Arabic only":    {"ar": "عدد السكان حسب الولاية"},
		"lines":          {"fr": "une\nautre\r\nencore\tune\vfin\u2028"},
		"combined":       {"fr": "e\u0301 \u0301début \U0001F3FD \U0001F468\u200D\U0001F469", "en": "\u200B"},
		"an address":     {"fr": "https://x.example/<>\"{}|^`\\ ?a=1&b=2"},
	}
}

// Every harvester takes every hostile title, and all show the same.
func TestHostileTitlesReachEveryPortalWhole(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		n, refused := 10, 0
		for name, title := range hostileTitles() {
			if !h.addTitled(n, title) {
				t.Logf("%s: the database takes no such text", name)
				refused++
			}
			n++
		}
		if refused > 2 { // PostgreSQL takes neither NUL nor half a character
			t.Fatalf("%d hostile titles were not tried", refused)
		}
		w := newWorld(t, h)
		var register []harvesttest.Dataset
		for _, makes := range harvesttest.All() {
			c := &walk{t: t, world: w, reader: makes(w.source())}
			j := c.run()
			c.good(j)
			if register == nil {
				register = h.public()
				for k, d := range register {
					register[k].Title = c.reader.Alive()[c.reader.Key(d)].Title
				}
			}
			for _, difference := range c.reader.Differs(register) {
				t.Errorf("%s: %.300s", c.reader.Name, difference)
			}
		}
		for _, d := range register {
			if d.Title == "" || strings.ContainsFunc(d.Title, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
				t.Errorf("%s is shown as %.100q", d.Ref, d.Title)
			}
		}
	})
}

// addTitled makes the nth dataset public with that title, as if it had been in
// the database since before anybody looked at titles. It is false when the
// database refuses it.
func (h *house) addTitled(n int, title lang.Text) bool {
	h.tb.Helper()
	h.add(n, n)
	var p inventory.Publication
	h.must(h.db.Take(&p, "dataset_id = ?", datasetID(n)).Error)
	p.Content.Title = title
	p.Content.Description = lang.Text{"fr": strings.Join([]string{title["fr"], title["ar"]}, " ")}
	p.Content.Keywords = lang.Words{"fr": {title["fr"], "blé, orge", "l'eau & l'air"}, "ar": {"الصحّة", title["ar"]}}
	p.Content.ContactName = title["fr"] + title["ar"]
	p.Content.Distributions[0].Title = title
	p.Hash, p.Revision = p.Content.Hash(), p.Revision+1
	err := h.db.Select("*").Updates(&p).Error
	h.bump()
	return err == nil
}

// CKAN's harvester deletes nothing by itself. What rows of withdrawn datasets
// make of that, by setting, also for a portal that never had a job without an
// error and therefore always reads everything.
func TestTombstonesCloseTheGapThatCKANLeaves(t *testing.T) {
	for _, tt := range []struct {
		mode           string
		window, always bool // whether a portal that reads by window, or everything, learns of it
	}{{"window", true, false}, {"always", true, true}, {"never", false, false}} {
		t.Run(tt.mode, func(t *testing.T) {
			h := open(t, databasetest.Open(t), 130, func(s *catalogue.Settings) { s.Tombstones = catalogue.Tombstones(tt.mode) })
			w := newWorld(t, h)
			good, poor := harvesttest.CKAN(w.source()), harvesttest.CKAN(w.source())
			w.run(good)
			w.run(poor)
			h.withdraw(5, "retiré", "")
			h.withdraw(120, "doublon", "TN-MARHP-2026-00006")
			h.caughtUp()
			poor.Portal.Jobs[0].Rejected["x"] = "another dataset that the portal refuses"
			w.run(good)
			w.run(poor)
			for _, d := range h.withdrawn() {
				if gone := !good.Shows(d); gone != tt.window {
					t.Errorf("%s is gone from a portal that asks for changes: %v; want %v", d.Ref, gone, tt.window)
				}
				if gone := !poor.Shows(d); gone != tt.always {
					t.Errorf("%s is gone from a portal that reads everything: %v; want %v", d.Ref, gone, tt.always)
				}
			}
			for _, reader := range []*harvesttest.Harvester{good, poor, harvesttest.CKAN(w.source())} {
				if j := w.run(reader); !j.Good() {
					t.Errorf("%v; refused: %.300v", j, j.Rejected)
				}
				for _, d := range h.public() {
					if !reader.Shows(d) {
						t.Errorf("%s is lost", d.Ref)
					}
				}
			}
		})
	}
}
