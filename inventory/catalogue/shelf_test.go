package catalogue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/lang"
)

// editions builds n different snapshots.
func editions(t *testing.T, n int) []*Snapshot {
	t.Helper()
	var all []*Snapshot
	for i := range n {
		all = append(all, edition(t, i+1))
	}
	return all
}

// edition is the nth of them.
func edition(t *testing.T, n int) *Snapshot {
	t.Helper()
	p := sample(1)
	p.Content.Title = lang.Text{"fr": strings.Repeat("x", n)}
	return build(t, p)
}

func TestShelfHoldsWhatSomebodyReads(t *testing.T) {
	var h Shelf
	if h.Current() != nil || h.Find("") != nil {
		t.Error("an empty shelf has snapshots")
	}
	s := editions(t, 4)
	for i, one := range s {
		if i != 1 {
			one.MarkServed()
		}
		h.Put(one, now.Add(time.Duration(i)*time.Minute))
	}
	if h.Current() != s[3] || h.Find(s[0].ID) != s[0] || h.Find(s[2].ID) != s[2] {
		t.Error("a snapshot being read was dropped")
	}
	if h.Find(s[1].ID) != nil {
		t.Error("a snapshot nobody read is held")
	}
	if h.Put(edition(t, 4), now) {
		t.Error("the same state counts as a new snapshot")
	}
}

func TestShelfIsBounded(t *testing.T) {
	var h Shelf
	all := editions(t, 80)
	for _, one := range all {
		one.MarkServed()
		h.Put(one, now)
	}
	if n := len(h.held); n > heldAtMost {
		t.Errorf("%d snapshots are held", n)
	}
	for i, one := range all {
		one.MarkServed()
		h.Put(one, now.Add(time.Duration(i)*time.Hour))
	}
	if n := len(h.held); n > 4 {
		t.Errorf("%d snapshots are held for hours", n)
	}
}

func TestTwoSnapshotsInOneSecondCannotBeToldApartByTime(t *testing.T) {
	var h Shelf
	s := editions(t, 3)
	for i, at := range []time.Time{now, now.Add(300 * time.Millisecond), now.Add(2 * time.Second)} {
		s[i].MarkServed()
		h.Put(s[i], at)
	}
	for i, want := range []bool{true, false, true} {
		if _, exact := h.LastModified(s[i]); exact != want {
			t.Errorf("snapshot %d: exact = %v; want %v", i, exact, want)
		}
	}
}

func TestProfileRefusesWhatTheStandardRefuses(t *testing.T) {
	iri := term{value: "https://x.tn/", iri: true}
	title := term{value: "t", lang: "fr"}
	for name, tt := range map[string]struct {
		class      string
		properties []property
		fits       bool
	}{
		"a whole record":     {"dcat:CatalogRecord", []property{{"foaf:primaryTopic", []term{iri}}, {"dct:modified", []term{{value: "2026"}}}}, true},
		"two topics":         {"dcat:CatalogRecord", []property{{"foaf:primaryTopic", []term{iri, iri}}, {"dct:modified", []term{{value: "2026"}}}}, false},
		"no title":           {"dcat:Dataset", []property{{"dct:description", []term{title}}, {"dct:identifier", []term{{value: "1"}}}}, false},
		"untagged title":     {"dcat:Dataset", []property{{"dct:title", []term{{value: "t"}}}, {"dct:description", []term{title}}, {"dct:identifier", []term{{value: "1"}}}}, false},
		"no access":          {"dcat:Distribution", nil, false},
		"access as text":     {"dcat:Distribution", []property{{"dcat:accessURL", []term{{value: "https://x.tn/"}}}}, false},
		"unlisted format":    {"dcat:Distribution", []property{{"dcat:accessURL", []term{iri}}, {"dct:format", []term{iri}}}, false},
		"unlisted frequency": {"dcat:Dataset", []property{{"dct:title", []term{title}}, {"dct:description", []term{title}}, {"dct:identifier", []term{{value: "1"}}}, {"dct:accrualPeriodicity", []term{iri}}}, false},
		"empty name":         {"foaf:Agent", []property{{"foaf:name", []term{{lang: "fr"}}}}, false},
		"nameless concept":   {"skos:Concept", nil, false},
	} {
		err := conforms(triples(&node{id: "https://n/", types: []string{tt.class}, properties: tt.properties}), spellProfile())
		if (err == nil) != tt.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadersRefuseWhatIsBroken(t *testing.T) {
	for _, doc := range []string{
		"<a", "<a> <b", "<a b> a dcat:Dataset .", "<a> a nowhere:X .", "<a> dct:title \"x .", "<a> dct:title \"x\n\"@fr .",
		"<a> dct:title \"x\"@ .", "<a> dct:title \"\\q\" .", "<a> a dcat:Dataset", "@prefix x", "\xff",
	} {
		if got, err := readTurtle([]byte(doc)); err == nil {
			t.Errorf("readTurtle(%q) = %v", doc, got)
		}
	}
	for _, doc := range []string{"", "{}", "[]", `{"@context":{},"@graph":[{}]}`, string(jsonldHead()) + `{"dct:title":"x"}` + jsonldTail, string(jsonldHead()) + `{"@id":"x","dct:title":[{"@id":1}]}` + jsonldTail} {
		if got, err := readJSONLD([]byte(doc)); err == nil {
			t.Errorf("readJSONLD(%q) = %v", doc, got)
		}
	}
	if sameTriples(nil, triples(&node{id: "a", types: []string{"dcat:Dataset"}})) {
		t.Error("nothing is taken for something")
	}
}

func TestExportRefusesAnUnknownFormat(t *testing.T) {
	var b strings.Builder
	if err := build(t, sample(1)).Export(t.Context(), &b, "docx"); err == nil {
		t.Error("docx is written")
	}
	for _, format := range []string{"jsonld", "ttl", "rdf", "nt", "datajson", "csv"} {
		b.Reset()
		if err := build(t, samples(101)...).Export(t.Context(), &b, format); err != nil || !strings.Contains(b.String(), sample(101).DatasetID) && format != "datajson" {
			t.Errorf("%s: %v, %d bytes", format, err, b.Len())
		}
	}
	p := sample(1)
	p.Content.Producer = "=cmd|' /C calc'!A0"
	b.Reset()
	if err := build(t, p).Export(t.Context(), &b, "csv"); err != nil || !strings.Contains(b.String(), "'=cmd") {
		t.Errorf("a formula reaches the spreadsheet: %v", err)
	}
	if !slices.Contains(strings.Split(strings.Split(b.String(), "\n")[0], ","), "title_ar") {
		t.Error("columns have no codes")
	}
}
