package sheet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// byHand opens a file as a person says it is to be read.
func byHand(tb testing.TB, data []byte, all ...Layout) (*List, error) {
	tb.Helper()
	return Open(data, Options{Form: form(tb), Vocabulary: vocabulary(tb), Layouts: all})
}

func TestAPersonSaysWhatTheColumnsAre(t *testing.T) {
	csv := []byte("Bureau 4\n\nQuoi;Quand;Humeur\nForêts;annuelle;bonne\n;;\nPorts;parfois;x\n")
	bare := []byte("Forêts;annuelle\nPorts;mensuelle\n")
	two := sheetOf(t, func(f *excelize.File) {
		for _, err := range []error{
			f.MergeCell("Sheet1", "A1", "A2"), f.MergeCell("Sheet1", "A3", "A4"), f.SetSheetName("Sheet1", "Un"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}, []any{"Quoi", "Détails", nil}, []any{nil, "quand", "qui"}, []any{"Forêts", "annuelle", "DGF"}, []any{nil, "mensuelle", "DGPA"})
	for _, tt := range []struct {
		name string
		data []byte
		l    Layout
		want []string
	}{
		{"headings on the third line", csv, Layout{Header: 3, Columns: map[string]string{"A": "title", "B": "frequency", "C": Ignored}}, []string{
			"4  Forêts", "6  Ports [B6 dataset.frequency.unknown (frequency) parfois]",
		}},
		{"headings on a line that is empty", csv, Layout{Header: 2, Columns: map[string]string{"A": "title"}}, []string{"3  Quoi", "4  Forêts", "6  Ports"}},
		{"no headings", bare, Layout{Columns: map[string]string{"A": "title", "B": "frequency"}}, []string{"1  Forêts", "2  Ports"}},
		{"a sheet that is not there", two, Layout{Sheet: "Deux", Columns: map[string]string{"A": "title"}}, []string{"0 [ import.no_header]"}},
		{"headings below the last line", bare, Layout{Header: 9, Columns: map[string]string{"A": "title"}}, []string{"0 [ import.no_header]"}},
		{"the first sheet, headings merged downwards", two, Layout{Header: 2, Columns: map[string]string{"A": "title", "B": "frequency", "C": "officer"}}, []string{
			"Un 3  Forêts", "Un 4  Forêts",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := byHand(t, tt.data, tt.l)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, told(l.Rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if seen := l.Seen(); tt.name == "the first sheet, headings merged downwards" && seen[0].Headings[0].Label != "Quoi" {
				t.Errorf("headings %+v", seen[0].Headings)
			}
		})
	}
	for _, bad := range []struct {
		l    Layout
		want string
	}{
		{Layout{Columns: map[string]string{"B": "frequency"}}, "import.columns.title (columns)"},
		{Layout{Columns: map[string]string{"A": "title", "B": "title"}}, "import.columns.twice (columns) B"},
		{Layout{Columns: map[string]string{"A": "title", "B": "humeur"}}, "import.columns.code (columns) humeur"},
		{Layout{Columns: map[string]string{"A": "title", "7": "theme"}}, "import.columns.letter (columns) 7"},
		{Layout{Columns: map[string]string{"A": "title", "XFD": "theme"}}, "import.columns.letter (columns) XFD"},
		{Layout{Header: -1, Columns: map[string]string{"A": "title"}}, "import.columns.header_line (header)"},
	} {
		_, err := byHand(t, bare, bad.l)
		var got []string
		for _, f := range fault.All(err) {
			got = append(got, f.Error())
		}
		if strings.Join(got, ", ") != bad.want {
			t.Errorf("%+v: %q; want %s", bad.l, got, bad.want)
		}
	}
}

func TestHeadingsOnTwoLinesAreFoundByThemselves(t *testing.T) {
	data := sheetOf(t, func(f *excelize.File) {
		if err := f.MergeCell("Sheet1", "A2", "A3"); err != nil {
			t.Fatal(err)
		}
	}, []any{"Ministère"}, []any{"Intitulé", "Suivi", nil, "Intitulé"}, []any{nil, "Fréquence", "Responsable", nil}, []any{"Forêts", "annuelle", "DGF"})
	l := open(t, data, "auto")
	if got := told(l.Rows); len(got) != 1 || got[0] != "Sheet1 4  Forêts" {
		t.Errorf("rows %q", got)
	}
}

// Where both lines of a header say as much, the lower one names the columns.
func TestTheLowerLineOfAHeaderNamesTheColumns(t *testing.T) {
	data := sheetOf(t, func(f *excelize.File) {
		for _, col := range []string{"A", "B"} {
			if err := f.MergeCell("Sheet1", col+"1", col+"2"); err != nil {
				t.Fatal(err)
			}
		}
	}, []any{"Intitulé", "Fréquence", "Suivi", nil}, []any{nil, nil, "Par qui", "Où"}, []any{"Forêts", "annuelle", "DGF", "B4"})
	l := open(t, data, "auto")
	if got := told(l.Rows); len(got) != 1 || got[0] != "Sheet1 3  Forêts" {
		t.Errorf("rows %q", got)
	}
	if s := l.Seen()[0]; s.Header != 2 || len(s.Headings) != 4 || s.Headings[3].Label != "Où" {
		t.Errorf("seen %+v", s)
	}
}

func TestATwinColumnIsNamed(t *testing.T) {
	l := open(t, []byte("Titre;Fréquence;Intitulé\nA;annuelle;B\n"), "csv")
	if got := told(l.Rows); len(got) != 1 || got[0] != "2  A" {
		t.Errorf("rows %q", got)
	}
	if h := l.Seen()[0].Headings[2]; h.Code != "" || h.Twin != "A" {
		t.Errorf("the twin %+v", h)
	}
}

func TestTheBeginningOfAFileIsShown(t *testing.T) {
	var lines [][]any
	for n := range 40 {
		lines = append(lines, []any{n, strings.Repeat("x", 200), nil, "fin"})
	}
	got, err := Look(sheetOf(t, nil, lines...), Options{Form: form(t), Format: "xlsx"})
	if err != nil || len(got) != 1 {
		t.Fatalf("%d sheets, %v", len(got), err)
	}
	p := got[0]
	if len(p.Lines) != peekLines || len(p.Letters) != 4 || p.Letters[3] != "D" || len([]rune(p.Lines[0].Cells[1])) != peekCell || p.Header != 1 {
		t.Errorf("peek %+v", p)
	}
	if _, err := Look([]byte("{}"), Options{Form: form(t), Format: "ckan"}); fmt.Sprint(err) != "import.format (format) ckan" {
		t.Errorf("looking at a list: %v", err)
	}
}

// What a workbook counts in days is read by its own calendar.
func TestDaysAreCountedByTheWorkbooksCalendar(t *testing.T) {
	for old, want := range map[bool]inventory.Date{false: "2024-12-31", true: "2029-01-01"} {
		data := sheetOf(t, func(f *excelize.File) {
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &old}); err != nil {
				t.Fatal(err)
			}
		}, []any{"Titre", "Date de fin", "Date de début"}, []any{"Forêts", 45657, "٢٠٢٠"})
		for row := range open(t, data, "auto").Rows {
			if row.Content.TemporalEnd != want || row.Content.TemporalStart != "2020-01-01" {
				t.Errorf("1904 %v: %v, %v", old, row.Content.TemporalEnd, row.Err)
			}
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("Quoi;Quand\nA;annuelle\n", 1, "A", "title", "B", "frequency")
	f.Add("\xff\xfe", -3, "ZZZ", "ref", "", "-")
	fm, v := form(f), vocabulary(f)
	f.Fuzz(func(t *testing.T, text string, header int, a, codeA, b, codeB string) {
		layout := Layout{Header: header, Columns: map[string]string{a: codeA, b: codeB}}
		l, err := Open([]byte(text), Options{Form: fm, Vocabulary: v, Format: "csv", Layouts: []Layout{layout}})
		if err == nil {
			usable(t, l.Rows)
		}
		if _, err := Look([]byte(text), Options{Form: fm, Format: "csv"}); err != nil && len(fault.All(err)) == 0 {
			t.Fatalf("%v is no fault", err)
		}
	})
}
