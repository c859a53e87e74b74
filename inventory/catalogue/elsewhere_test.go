package catalogue

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/inventory"
)

const otherID = "00000000-0000-4000-8000-00000000beef"

// listed is a writer that knows one portal, and a publication listed there and here twice.
func listed() (*writer, inventory.Publication) {
	v := vocabulary()
	v.Portals = []inventory.Portal{{Host: "catalog.agridata.tn", Page: "https://catalog.agridata.tn/dataset/{id}"}}
	p := sample(1)
	p.Content = p.Content.WithOrigin(inventory.Origin{Portal: "catalog.agridata.tn", ID: "olives-été"})
	p.SameAs = inventory.IDs{otherID, p.DatasetID, "no id"}
	return newWriter(settings(), v, tree()), p
}

func TestEveryDialectSaysWhereElseADatasetIsListed(t *testing.T) {
	w, p := listed()
	page, here := "https://catalog.agridata.tn/dataset/olives-%C3%A9t%C3%A9", "https://jard.example/dataset/"+otherID
	e, err := w.newEntry(p)
	if err != nil {
		t.Fatal(err)
	}
	all, err := readTurtle(append(turtleHead(), e.turtle...))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string][]string{}
	for _, x := range all {
		said[x.predicate] = append(said[x.predicate], x.object.value)
	}
	if got := said[expand("owl:sameAs")]; !slices.Equal(got, []string{page, here}) {
		t.Errorf("owl:sameAs %v", got)
	}
	if got := said[expand("skos:notation")]; !slices.Contains(got, "olives-été") {
		t.Errorf("adms:identifier has the notation %v", got)
	}
	ckan, err := marshal(w.ckanPackage(p))
	if err != nil {
		t.Fatal(err)
	}
	var pkg struct{ Extras []ckanExtra }
	var doc struct{ References []string }
	if json.Unmarshal(ckan, &pkg) != nil || json.Unmarshal(e.datajson, &doc) != nil {
		t.Fatal("not JSON")
	}
	for _, want := range []ckanExtra{{"source_portal", "catalog.agridata.tn"}, {"source_id", "olives-été"}, {"same_as", page + " " + here}} {
		if !slices.Contains(pkg.Extras, want) {
			t.Errorf("CKAN's extras lack %v", want)
		}
	}
	if !slices.Equal(doc.References, []string{page, here}) {
		t.Errorf("data.json references %v", doc.References)
	}
}

// TestAnOriginNeverCostsTheDataset: whatever stands in the origin, the entry is written and says only addresses that are some.
func TestAnOriginNeverCostsTheDataset(t *testing.T) {
	w, p := listed()
	for name, source := range map[string]inventory.Source{
		"a workbook's row":    {ID: "sheet:0123456789abcdef"},
		"a portal not known":  {Portal: "ailleurs.example", ID: "x"},
		"an id with a script": {Portal: "catalog.agridata.tn", ID: `"><script>`},
		"a control character": {Portal: "catalog.agridata.tn", ID: "a\x01b"},
		"half of it":          {Portal: "catalog.agridata.tn"},
		"nothing":             {},
	} {
		t.Run(name, func(t *testing.T) {
			p := p
			p.Content = p.Content.WithOrigin(inventory.Origin{})
			p.SameAs, p.SourcePortal, p.SourceID = nil, source.Portal, source.ID
			e, err := w.newEntry(p)
			if err != nil {
				t.Fatal(err)
			}
			ckan, err := marshal(w.ckanPackage(p))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(ckan), "sheet:") {
				t.Error("a workbook's row is told as if it were a portal's")
			}
			if strings.Contains(string(e.turtle), "ailleurs.example/") {
				t.Errorf("the feed says %s", e.turtle)
			}
		})
	}
}

func TestWhatAnOfficerNamesGoesBeforeWhatWasImported(t *testing.T) {
	_, p := listed()
	p.SourcePortal, p.SourceID = "catalog.data.gov.tn", "autre"
	if got := p.Origin(); got.Portal != "catalog.agridata.tn" || got.ID != "olives-été" {
		t.Errorf("listed at %+v", got)
	}
	p.Content = p.Content.WithOrigin(inventory.Origin{})
	if got := p.Origin(); got.Portal != "catalog.data.gov.tn" || got.ID != "autre" {
		t.Errorf("without a word of the officer listed at %+v", got)
	}
}
