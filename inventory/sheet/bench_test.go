package sheet

import (
	"bytes"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// BenchmarkImport reads a workbook of ten thousand rows, and the same one with
// the library alone: ours may take three times as long.
func BenchmarkImport(b *testing.B) {
	const rows = 10_000
	data := write(b, lang.French, func(yield func(inventory.Dataset, error) bool) {
		for n := range rows {
			d := sample()
			d.Ref = fmt.Sprintf("TN-MARHP-2026-%05d", n)
			if !yield(d, nil) {
				return
			}
		}
	})
	var ours, alone time.Duration
	for b.Loop() {
		began := time.Now()
		if n := count(open(b, data, "xlsx").Rows); n != rows {
			b.Fatalf("%d rows", n)
		}
		ours += time.Since(began)
		began = time.Now()
		if n := library(b, data); n != rows+1 {
			b.Fatalf("%d rows", n)
		}
		alone += time.Since(began)
	}
	b.ReportMetric(float64(ours)/float64(alone), "times-library")
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/import")
}

func count(rows iter.Seq[inventory.Row]) int {
	n := 0
	for row := range rows {
		if row.Err == nil {
			n++
		}
	}
	return n
}

// library reads the first sheet as the library's own examples do.
func library(b *testing.B, data []byte) int {
	b.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, err := f.Rows(f.GetSheetList()[0])
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}
