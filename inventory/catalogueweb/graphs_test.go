package catalogueweb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
)

// formats are the extensions of the catalogue, who reads each in Go, and what
// rdflib calls it.
var formats = map[string]struct {
	read   func([]byte) (*harvesttest.Graph, error)
	rdflib string
}{
	"ttl": {harvesttest.ParseTurtle, "turtle"}, "nt": {harvesttest.ParseTurtle, "nt"},
	"rdf": {harvesttest.ParseRDFXML, "xml"}, "jsonld": {harvesttest.ParseJSONLD, "json-ld"},
}

// pages walks one format and returns its pages.
func (h *house) pagesOf(extension string) [][]byte {
	h.tb.Helper()
	var pages [][]byte
	for address := "/catalog." + extension; address != ""; {
		a := h.get(address)
		g, err := formats[extension].read(a.body)
		if err != nil {
			h.tb.Fatalf("%s: %v", address, err)
		}
		pages = append(pages, a.body)
		address = harvesttest.NextPage(g)
	}
	return pages
}

// graphsScript reads a list of [format, page, file, file of our own reading];
// every page must be read as our own reader did, the pages of each format
// together must say the same as those of every other apart from paging, and
// each dataset's own document must say what the catalogue says of it.
const graphsScript = `
import json, sys, rdflib
from rdflib.namespace import RDF
rdflib.NORMALIZE_LITERALS = False
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
whole, alone, count = {}, [], 0
for kind, page, path, ours in json.load(open(sys.argv[1])):
    g = rdflib.Graph().parse(path, format=kind)
    own = rdflib.Graph().parse(ours, format="nt")
    blank = [s for s in g.subjects() if isinstance(s, rdflib.BNode)]
    assert not blank, (path, blank[:3])
    assert set(g) == set(own), (path, sorted(set(g) ^ set(own))[:4])
    if page < 0:
        alone.append((path, set(g)))
        continue
    paging = set(g.subjects(RDF.type, HYDRA.PagedCollection))
    assert paging == set(g.subjects(RDF.type, HYDRA.PartialCollectionView)) and len(paging) == 1, (path, paging)
    for node in paging:
        assert isinstance(g.value(node, HYDRA.totalItems).toPython(), int), path
        g.remove((node, None, None))
    whole.setdefault(kind, set()).update(g)
    count += 1
first = next(iter(whole.values()))
for kind, g in whole.items():
    assert g == first, (kind, len(g), len(first), sorted(g ^ first)[:4])
for path, g in alone:
    assert g <= first, (path, sorted(g - first)[:4])
print(count, "pages of", len(whole), "formats and", len(alone), "datasets:", len(first), "statements")
`

func TestRdflibReadsTheSameGraphFromThePagesOfEveryFormat(t *testing.T) {
	python := "/usr/bin/python3"
	if exec.CommandContext(t.Context(), python, "-c", "import rdflib").Run() != nil {
		t.Fatal("no Python with rdflib: install it (apt-get install python3-rdflib); make test does")
	}
	h := open(t, databasetest.Open(t), 230)
	n := 231
	for _, name := range slices.Sorted(maps.Keys(hostileTitles())) {
		h.addTitled(n, hostileTitles()[name])
		n++
	}
	h.withdraw(3, "retiré", "")
	dir := t.TempDir()
	var list [][4]any
	write := func(extension string, page int, b []byte) {
		g, err := formats[extension].read(b)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.%s", len(list), extension))
		h.must(os.WriteFile(path, b, 0o600))
		h.must(os.WriteFile(path+".own", []byte(strings.Join(g.Statements(), "\n")+"\n"), 0o600))
		list = append(list, [4]any{formats[extension].rdflib, page, path, path + ".own"})
	}
	for extension := range formats {
		for number, page := range h.pagesOf(extension) {
			write(extension, number, page)
		}
		for _, k := range []int{1, 100, 231, 235, 240} {
			write(extension, -1, h.get("/dataset/"+datasetID(k)+"."+extension).body)
		}
	}
	index, err := json.Marshal(list)
	h.must(err)
	h.must(os.WriteFile(filepath.Join(dir, "list"), index, 0o600))
	out, err := exec.CommandContext(t.Context(), python, "-c", graphsScript, filepath.Join(dir, "list")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("rdflib and our own readers agree on %s", bytes.TrimSpace(out))
}

// A CKAN keeps one language: its locale's, else the first. It must stay the
// same one from harvest to harvest, in every format.
func TestTheTitleAPortalShowsStaysInItsLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t), 120)
	w := newWorld(t, h)
	for _, path := range []string{"/catalog.ttl", "/catalog.rdf", "/catalog.jsonld"} {
		for locale, want := range map[string][2]string{
			"fr": {"Production d'olives 7", "Autre titre"}, "ar": {"إنتاج الزيتون 7", "عنوان جديد 7"}, "en": {"Production d'olives 7", "Autre titre"},
		} {
			reader := harvesttest.DCATRDF(w.source(), path, locale)
			key := base + "/dataset/" + datasetID(7)
			h.retitle(7, content(7).Title["fr"], content(7).Title["ar"])
			for edition := range 3 {
				if edition == 2 {
					h.edit(7, "Autre titre")
				} else {
					h.edit(8, fmt.Sprint("Un voisin ", edition))
				}
				if j := w.run(reader); !j.Good() {
					t.Fatalf("%s %s: %v", path, locale, j)
				}
				if got := reader.Alive()[key].Title; got != want[edition/2] {
					t.Errorf("%s read by a CKAN in %s: edition %d is called %q; want %q", path, locale, edition, got, want[edition/2])
				}
			}
		}
	}
}

// Python before urllib3 2 hands over a page that was cut short as if it were
// whole, and a portal deletes what is not on it. RDF/XML and JSON that were
// cut can never be read; Turtle can, when it is cut between two statements,
// which is why CKAN is pointed at RDF/XML.
func TestACutPageIsNeverTakenForAWholeOne(t *testing.T) {
	h := open(t, databasetest.Open(t), 4)
	for address, read := range map[string]func([]byte) error{
		"/catalog.rdf":    func(b []byte) error { _, err := harvesttest.ParseRDFXML(b); return err },
		"/catalog.jsonld": func(b []byte) error { _, err := harvesttest.ParseJSONLD(b); return err },
		"/data.json":      func(b []byte) error { return json.Unmarshal(b, new(any)) },
		"/api/3/action/package_search?rows=100": func(b []byte) error {
			return json.Unmarshal(b, new(any))
		},
	} {
		body := bytes.TrimRight(h.get(address).body, " \n")
		if err := read(body); err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		step := max(1, len(body)/400)
		for at := range body {
			atEnd := body[at] == '\n' || body[at] == '>' || body[at] == '}' || body[at] == ']'
			if (at%step == 0 || atEnd && at%7 == 0 || at > len(body)-200) && read(body[:at]) == nil {
				t.Errorf("%s cut at %d of %d bytes is read as a whole one", address, at, len(body))
			}
		}
	}
}
