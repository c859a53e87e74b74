package sheet

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/lang"
)

func TestAPackHoldsNoFormula(t *testing.T) {
	var out bytes.Buffer
	err := WritePack(&out,
		Report{
			Title: "Avis [1/2]: un nom plus long que trente et un signes", Head: []string{"=a", "n"}, Lang: lang.Arabic,
			Rows: [][]any{{"=1+1", 7}, {"@x", 0}, {"texte", -1}},
		}, Report{Title: "vide", Lang: lang.Arabic})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names := f.GetSheetList()
	if len(names) != 2 || len([]rune(names[0])) > 31 {
		t.Fatalf("sheets %q", names)
	}
	rows, err := f.GetRows(names[0])
	if err != nil || len(rows) < 4 || rows[0][0] != "'=a" || rows[1][0] != "'=1+1" || rows[1][1] != "7" || rows[2][0] != "'@x" || rows[3][1] != "-1" {
		t.Errorf("rows %q, %v", rows, err)
	}
	for _, cell := range []string{"A1", "A2", "A3"} {
		if formula, _ := f.GetCellFormula(names[0], cell); formula != "" {
			t.Errorf("%s begins a formula: %s", cell, formula)
		}
	}
	view, err := f.GetSheetView(names[0], 0)
	if err != nil || view.RightToLeft == nil || !*view.RightToLeft {
		t.Errorf("not from right to left: %v", err)
	}
}
