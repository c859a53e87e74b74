package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func manyRows(n, columns int, text string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		row := make([]string, columns)
		for i := range n {
			for c := range row {
				row[c] = fmt.Sprintf("%s %d", text, i*columns+c)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestRowsAreTexts(t *testing.T) {
	hostile := []string{`=HYPERLINK("http://x")`, "+1", "-1", "@a", "\tx", "'quoted", strings.Repeat("é", 40_000), "عربي", ""}
	rows := func(yield func([]string, error) bool) { yield(hostile, nil) }
	var b bytes.Buffer
	if err := WriteRows(&b, "catalog/*", make([]string, len(hostile)), rows); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n, text := range hostile {
		cell, _ := excelize.CoordinatesToCellName(n+1, 2)
		formula, err := f.GetCellFormula(f.GetSheetName(0), cell)
		if err != nil || formula != "" {
			t.Errorf("%.20q became the formula %q, %v", text, formula, err)
		}
		got, err := f.GetCellValue(f.GetSheetName(0), cell)
		if want := plain(got); err != nil || want != text && len(text) < 1000 {
			t.Errorf("%.20q came back as %.20q, %v", text, want, err)
		}
	}
}

func TestRowsThatCannotBeReadAreToldOf(t *testing.T) {
	broken := errors.New("broken")
	rows := func(yield func([]string, error) bool) { yield(nil, broken) }
	if err := WriteRows(io.Discard, "a", []string{"x"}, rows); !errors.Is(err, broken) {
		t.Errorf("= %v", err)
	}
}

// BenchmarkRows writes a register of 100,000 datasets and prints what it takes.
func BenchmarkRows(b *testing.B) {
	for b.Loop() {
		var most uint64
		done := make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
			}
		}()
		if err := WriteRows(io.Discard, "catalog", make([]string, 43), manyRows(100_000, 43, "Production céréalière")); err != nil {
			b.Fatal(err)
		}
		close(done)
		<-ended
		b.ReportMetric(float64(most>>20), "MiB-heap")
	}
}
