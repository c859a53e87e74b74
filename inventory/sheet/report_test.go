package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/lang"
)

func report() Report {
	return Report{
		Title: "=TITLE()", Notes: []string{"+note"}, Head: []string{"Organisme", "-n", "Taux"}, Lang: lang.Arabic,
		Rows: [][]any{{"=cmd|'/c calc'!A1", 3, .75}, {"وزارة الصحة", -2, nil}, {"@x", 0, nil}, {"a;b,\"c\"\nd", 1, 1.0}},
	}
}

func TestAReportAsCSV(t *testing.T) {
	var b bytes.Buffer
	if err := report().CSV(&b); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\ufeff")
	got, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	want := [][]string{
		{"Organisme", "'-n", "Taux"},
		{"'=cmd|'/c calc'!A1", "3", "0.75"},
		{"وزارة الصحة", "-2", ""},
		{"'@x", "0", ""},
		{"a;b,\"c\"\nd", "1", "1"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || !marked {
		t.Errorf("%v, mark %v\n%s", err, marked, diff)
	}
}

func TestAReportAsAWorkbook(t *testing.T) {
	var b bytes.Buffer
	if err := report().XLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{
		"A1": "Organisme", "B1": "'-n", "A2": "'=cmd|'/c calc'!A1", "B2": "3", "C2": "0.75", "A3": "وزارة الصحة", "C3": "",
		"A7": "'=TITLE()", "A8": "'+note",
	} {
		got, err := f.GetCellValue("Sheet1", cell)
		formula, _ := f.GetCellFormula("Sheet1", cell)
		if got != want || err != nil || formula != "" {
			t.Errorf("%s = %q, formula %q, %v; want %q", cell, got, formula, err, want)
		}
	}
	view, err := f.GetSheetView("Sheet1", 0)
	if err != nil || view.RightToLeft == nil || !*view.RightToLeft {
		t.Errorf("an Arabic workbook is not laid out from the right: %v", err)
	}
}

// FuzzReport sees that no text of a report begins a formula, in either form.
func FuzzReport(f *testing.F) {
	for _, s := range []string{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "'=1", "", "مرحبا", "\x00", "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := Report{Title: s, Head: []string{s}, Rows: [][]any{{s}}}
		var b bytes.Buffer
		if err := r.CSV(&b); err != nil {
			t.Fatal(err)
		}
		all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
		if err != nil {
			t.Skip("not text")
		}
		for _, row := range all {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-") {
					t.Errorf("%q is written as %q", s, cell)
				}
			}
		}
	})
}
