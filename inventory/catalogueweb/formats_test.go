package catalogueweb

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

func TestTheRegisterAsATable(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 120)
		h.must(db.Model(&inventory.Publication{}).Where("dataset_id = ?", datasetID(1)).
			UpdateColumn("producer", `=HYPERLINK("http://x.example","x")`).Error)
		h.bump()
		got := h.get("/catalog.csv")
		if got.status != http.StatusOK || got.header.Get("Content-Type") != "text/csv; charset=utf-8" ||
			!bytes.HasPrefix(got.body, []byte("\uFEFF")) {
			t.Fatalf("%d %v", got.status, got.header)
		}
		rows, err := csv.NewReader(bytes.NewReader(got.body[3:])).ReadAll()
		h.must(err)
		if len(rows) != 121 || !slices.Equal(rows[0], catalogue.InventoryHeader()) {
			t.Fatalf("%d rows; want a head and 120 datasets", len(rows))
		}
		column := func(rows [][]string, n int, name string) string { return rows[n][slices.Index(rows[0], name)] }
		if column(rows, 1, "producer") != `'=HYPERLINK("http://x.example","x")` {
			t.Errorf("producer = %q; want a text that no spreadsheet runs", column(rows, 1, "producer"))
		}
		if column(rows, 1, "title_ar") != "إنتاج الزيتون 1" || column(rows, 1, "publisher_fr") != "Ministère de la Santé" ||
			column(rows, 1, "download_urls") != "https://data.marhp.example/f1.csv" || column(rows, 1, "formats") != "CSV" {
			t.Errorf("row = %q", rows[1])
		}
		x := h.get("/catalog.xlsx")
		book, err := excelize.OpenReader(bytes.NewReader(x.body))
		h.must(err)
		defer book.Close()
		cells, err := book.GetRows("catalog")
		h.must(err)
		if len(cells) != len(rows) {
			t.Fatalf("%d rows in the workbook; want %d", len(cells), len(rows))
		}
		for n := range rows {
			for i, cell := range cells[n] {
				if cell != rows[n][i] {
					t.Fatalf("row %d, %s: %q in the workbook, %q in the text", n, rows[0][i], cell, rows[n][i])
				}
			}
		}
	})
}

func TestATableIsWrittenOncePerSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 3)
		first := h.get("/catalog.csv")
		if head := h.ask(http.MethodHead, "/catalog.csv", ""); head.status != http.StatusOK ||
			head.header.Get("Content-Length") != first.header.Get("Content-Length") {
			t.Errorf("HEAD: %d %v", head.status, head.header)
		}
		if again := h.get("/catalog.csv", "If-None-Match", first.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("the same again: %d", again.status)
		}
		if part := h.get("/catalog.csv", "Range", "bytes=0-2"); part.status != http.StatusPartialContent || string(part.body) != "\uFEFF" {
			t.Errorf("a part: %d %q", part.status, part.body)
		}
		h.withdraw(1, "doublon", "")
		if after := h.get("/catalog.csv", "If-None-Match", first.header.Get("ETag")); after.status != http.StatusOK ||
			bytes.Count(after.body, []byte("\n")) != 3 {
			t.Errorf("after a withdrawal: %d\n%s", after.status, after.body)
		}
	})
}

// qualityScript reads what was measured with rdflib, and prints the total.
const qualityScript = `
import sys, rdflib
DQV = rdflib.Namespace("http://www.w3.org/ns/dqv#")
PV = rdflib.Namespace("https://piveau.eu/ns/voc#")
graphs = []
for path, kind in zip(sys.argv[1::2], sys.argv[2::2]):
    g = rdflib.Graph(); g.parse(path, format=kind); graphs.append(set(g))
assert all(x == graphs[0] for x in graphs), "the formats differ"
all = list(g.subjects(rdflib.RDF.type, DQV.QualityMeasurement))
for m in all:
    assert g.value(m, DQV.isMeasurementOf) and g.value(m, DQV.computedOn) and g.value(m, DQV.value) is not None, m
    assert (g.value(m, DQV.computedOn), DQV.hasQualityMeasurement, m) in g, m
total = [m for m in all if g.value(m, DQV.isMeasurementOf) == PV.scoring]
assert len(total) == 1
print(len(all), g.value(total[0], DQV.value).toPython())
`

func TestQualityIsReadByAnIndependentParser(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 4)
		if got := h.get("/quality.ttl"); got.status != http.StatusNotFound {
			t.Fatalf("nobody measures: %d", got.status)
		}
		h.pages.Measured(h.register)
		for _, path := range []string{"/dataset/" + datasetID(1) + "/quality.", "/quality."} {
			args, dir := []string{"-c", qualityScript}, t.TempDir()
			for extension, kind := range map[string]string{"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml", "nt": "nt"} {
				got := h.get(path + extension)
				if got.status != http.StatusOK {
					t.Fatalf("%s%s: %d %s", path, extension, got.status, got.body)
				}
				file := filepath.Join(dir, "quality."+extension)
				h.must(os.WriteFile(file, got.body, 0o600))
				args = append(args, file, kind)
			}
			out, err := exec.CommandContext(t.Context(), "/usr/bin/python3", args...).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", path, err, out)
			}
			t.Logf("%s %s", path, strings.TrimSpace(string(out)))
		}
		h.withdraw(2, "doublon", "")
		if got := h.get("/dataset/" + datasetID(2) + "/quality.ttl"); got.status != http.StatusGone {
			t.Errorf("withdrawn: %d", got.status)
		}
		if got := h.get("/dataset/" + datasetID(9) + "/quality.ttl"); got.status != http.StatusNotFound {
			t.Errorf("never there: %d", got.status)
		}
	})
}

// A table that takes long to write is not written again at each approval; a
// clock that was put back does not keep it for ever.
func TestACostlyTableIsKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 2)
		clock := time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)
		writes := 0
		slow := table{"x.csv", "text/csv", func(context.Context, io.Writer, *catalogue.Snapshot) error {
			writes++
			clock = clock.Add(3 * time.Second)
			return nil
		}}
		var kept lastTable
		ask := func(want int) {
			t.Helper()
			s, err := h.pages.feed.current(t.Context())
			h.must(err)
			_, err = kept.of(t.Context(), s, slow, func() time.Time { return clock })
			h.must(err)
			if writes != want {
				t.Errorf("written %d times; want %d", writes, want)
			}
		}
		ask(1)
		h.withdraw(1, "doublon", "")
		ask(1) // another snapshot, and too soon
		clock = clock.Add(31 * time.Second)
		ask(2)
		h.add(3, 3)
		clock = clock.Add(-24 * time.Hour)
		ask(3)
		broken := table{"y.csv", "text/csv", func(context.Context, io.Writer, *catalogue.Snapshot) error { return errLost }}
		s, err := h.pages.feed.current(t.Context())
		h.must(err)
		if _, err := new(lastTable).of(t.Context(), s, broken, time.Now); !errors.Is(err, errLost) {
			t.Errorf("a table that cannot be written: %v", err)
		}
	})
}
