package catalogue

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// wellFormed reads the XML to its end.
func wellFormed(t *testing.T, b []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not XML: %v\n%.500s", err, b)
		}
	}
}

// compareScript parses every file with rdflib and compares the graphs,
// apart from the page's own address, which names the format.
const compareScript = `
import sys, rdflib
from rdflib.namespace import RDF
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
graphs = []
for path, kind in zip(sys.argv[1::2], sys.argv[2::2]):
    g = rdflib.Graph()
    g.parse(path, format=kind)
    pages = list(g.subjects(RDF.type, HYDRA.PagedCollection))
    assert len(pages) == 1, (path, pages)
    total = g.value(pages[0], HYDRA.totalItems)
    assert isinstance(total.toPython(), int), repr(total)
    for p in pages:
        g.remove((p, None, None))
    graphs.append((path, set(g)))
first = graphs[0][1]
for path, g in graphs[1:]:
    assert g == first, (path, sorted(g ^ first)[:6])
print(len(first))
`

// rdflibPython finds a Python that has rdflib, Debian's first. Where there is
// none the test fails: a feed that only we ourselves can read is no feed.
func rdflibPython(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import rdflib").Run() == nil {
			return python
		}
	}
	if os.Getenv("CI") == "" {
		t.Fatal("no Python with rdflib: install it (apt-get install python3-rdflib); make test does")
	}
	t.Fatal("no Python with rdflib on the CI machine: apt-get install python3-rdflib")
	return ""
}

func TestAnIndependentParserReadsTheSameGraphInEveryFormat(t *testing.T) {
	python := rdflibPython(t)
	all := hostile()
	all = append(all, samples(120)[len(all):]...)
	gone := []inventory.Publication{buried(300, time.Hour, "Doublon \"\\<", sample(1).Ref), buried(301, time.Hour, "مكرّر", "")}
	s := buildWith(t, settings(), gone, all...)
	dir := t.TempDir()
	for number := 1; number <= s.Pages(); number++ {
		args := []string{"-c", compareScript}
		for f, kind := range map[Format]string{JSONLD: "json-ld", Turtle: "turtle", RDFXML: "xml", NTriples: "nt"} {
			page, _ := s.Page(f, number)
			path := filepath.Join(dir, "page."+string(f))
			if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, path, kind)
		}
		out, err := exec.CommandContext(t.Context(), python, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("page %d: %v\n%s", number, err, out)
		}
		t.Logf("page %d: %s statements in each of four formats", number, bytes.TrimSpace(out))
	}
}
