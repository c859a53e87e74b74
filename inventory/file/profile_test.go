package file_test

import (
	reader "encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

// profileOf profiles lines of cells parted by bars.
func profileOf(lines ...string) (file.Profile, string) {
	var p file.Profiler
	for _, l := range lines {
		p.Add(strings.Split(l, "|"))
	}
	return p.Done()
}

func TestAProfile(t *testing.T) {
	got, digest := profileOf(
		"Production de l'huile d'olive",
		"",
		"Gouvernorat|Année|Production (t)|Rendement|Exporté|Vide|Relevé",
		"Sfax|2023|12 500|1,5|oui||01/02/2024",
		"Sousse|2024|8 300|2,25|non||15/03/2025",
		"Médenine|2025||3|oui||2025-09-30 23:00:00",
	)
	want := file.Profile{Header: 3, Rows: 3, Columns: []file.Column{
		{Name: "Gouvernorat", Kind: file.Text, Distinct: 3},
		{Name: "Année", Kind: file.Day, Distinct: 3, Min: "2023-12-31", Max: "2025-12-31"},
		{Name: "Production (t)", Kind: file.Integer, Empty: 1, Distinct: 2, Min: "8300", Max: "12500"},
		{Name: "Rendement", Kind: file.Decimal, Distinct: 3, Min: "1.5", Max: "3"},
		{Name: "Exporté", Kind: file.Truth, Distinct: 2},
		{Name: "Vide", Kind: file.Blank, Empty: 3},
		{Name: "Relevé", Kind: file.Day, Distinct: 3, Min: "2024-02-01", Max: "2025-09-30"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Newest("Relevé") != "2025-09-30" || got.Newest("Gouvernorat") != "" || got.Newest("") != "" {
		t.Error("the newest date is another")
	}
	if diff := cmp.Diff([]string{"Année", "Relevé"}, got.Dates()); diff != "" {
		t.Error(diff)
	}
	if len(digest) != 64 {
		t.Errorf("digest %q", digest)
	}
}

func TestTablesOfOtherShapes(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  string // header line, rows, names
	}{
		"years above the columns":     {[]string{"Culture|2023|2024|2025", "Blé|1|2|3", "Orge|4|5|6"}, "1 2 Culture,2023,2024,2025"},
		"no names":                    {[]string{"1|2|3", "4|5|6"}, "0 2 ,,"},
		"names only":                  {[]string{"a|b"}, "1 0 a,b"},
		"nothing":                     {nil, "0 0 "},
		"blank":                       {[]string{"", "||"}, "0 0 "},
		"a row longer than the names": {[]string{"a|b", "1|2|3"}, "1 1 a,b,"},
		"one column":                  {[]string{"Nom", "x", "y"}, "1 2 Nom"},
		"Arabic":                      {[]string{"السنة|الكمية", "2025|7"}, "1 1 السنة,الكمية"},
	} {
		p, _ := profileOf(c.lines...)
		var names []string
		for _, column := range p.Columns {
			names = append(names, column.Name)
		}
		if got := fmt.Sprintf("%d %d %s", p.Header, p.Rows, strings.Join(names, ",")); got != c.want {
			t.Errorf("%s: %q; want %q", name, got, c.want)
		}
	}
}

func TestDatesAndNumbersAsPeopleWriteThem(t *testing.T) {
	for cell, want := range map[string]string{
		"31/12/2025": "date 2025-12-31", "1/2/2025": "date 2025-02-01", "2025-12-31T10:00:00Z": "date 2025-12-31",
		"31.12.2025": "date 2025-12-31", "20251231": "date 2025-12-31", "2025-02": "date 2025-02-28", "02/2025": "date 2025-02-28",
		"2024/2025": "date 2025-08-31", "2024-2025": "date 2025-08-31",
		"30/02/2025": "text ", "2025-13-01": "text ", "99999999": "integer 99999999",
		"1.234,5": "decimal 1234.5", "1,234.5": "decimal 1234.5", "1,234,567": "decimal 1234567", "12 %": "decimal 12", "-3": "integer -3",
		"1 234": "integer 1234", "NaN": "text ", "Inf": "text ", "0x10": "text ", "1e9": "decimal 1000000000", "12a": "text ", "oui": "boolean ",
	} {
		p, _ := profileOf("Colonne", cell)
		c := p.Columns[0]
		if got := fmt.Sprintf("%s %s", c.Kind, c.Max); got != want {
			t.Errorf("%q: %q; want %q", cell, got, want)
		}
	}
	// Spreadsheets store days as numbers: told only where the name says so.
	p, _ := profileOf("Date|Montant", "45992|45992")
	if p.Columns[0].Max != "2025-12-01" || p.Columns[1].Kind != file.Integer {
		t.Errorf("serial numbers: %+v", p.Columns)
	}
}

func TestTheDigestIsOfTheCells(t *testing.T) {
	_, a := profileOf("a|b", "1|2")
	for _, same := range [][]string{{"a|b", "", "1|2"}, {"a |b", "1| 2|", "|"}} {
		if _, d := profileOf(same...); d != a {
			t.Errorf("%v has another digest", same)
		}
	}
	for _, other := range [][]string{{"a|b", "12"}, {"a|b", "1|3"}, {"a|b", "|1|2"}, {"a|b", "1", "2"}, {"a|b"}} {
		if _, d := profileOf(other...); d == a {
			t.Errorf("%v has the same digest", other)
		}
	}
}

func TestAProfileIsBounded(t *testing.T) {
	var p file.Profiler
	row := make([]string, 1000)
	for n := range row {
		row[n] = strings.Repeat("x", 5000)
	}
	p.Add(row)
	for n := range 3000 {
		p.Add([]string{fmt.Sprint("v", n)})
	}
	got, _ := p.Done()
	if len(got.Columns) != 300 || len([]rune(got.Columns[0].Name)) != 100 || got.Columns[0].Distinct != 1000 || !got.Columns[0].More {
		t.Errorf("%d columns, name of %d, %+v", len(got.Columns), len(got.Columns[0].Name), got.Columns[0])
	}
}

// What stands in the first row of a table without names must not be kept as a
// name when it points to somebody.
func TestARowOfDataIsNoHeader(t *testing.T) {
	for _, first := range []string{
		"Foulen Ben Foulen|Tunis|98 123 456", "Foulen|Sfax|+216 74.123.456", "Foulen|Gabès|foulen@exemple.tn", "Foulen|Kef|01234567",
	} {
		got, _ := profileOf(first, "Salem|Sousse|1", "Amel|Béja|2")
		if got.Header != 0 || got.Rows != 3 || got.Columns[0].Name != "" || got.Columns[2].Name != "" {
			t.Errorf("%q is kept as names: %+v", first, got)
		}
	}
	for _, first := range []string{"Gouvernorat|Délégation|2011/2012", "Nom|Téléphone|N° CIN (8 chiffres)", "Culture|Total|2023"} {
		if got, _ := profileOf(first, "Sfax|1|2", "Béja|3|4"); got.Header != 1 || got.Rows != 2 {
			t.Errorf("%q is no header: %+v", first, got)
		}
	}
}

func TestTheSampleStaysInMemoryAndIsFew(t *testing.T) {
	p := file.Profiler{Sample: file.Sample{Most: 2}}
	for _, l := range []string{"Nom|Tel", "A|1", "B|2", "C|3"} {
		p.Add(strings.Split(l, "|"))
	}
	_, _ = p.Done()
	if diff := cmp.Diff(file.Sample{Most: 2, Header: []string{"Nom", "Tel"}, Rows: [][]string{{"A", "1"}, {"B", "2"}}}, p.Sample); diff != "" {
		t.Error(diff)
	}
	var without file.Profiler
	without.Add([]string{"Nom", "Tel"})
	without.Add([]string{"A", "1"})
	if _, _ = without.Done(); without.Sample.Rows != nil {
		t.Error("rows are kept although nobody asked")
	}
}

func FuzzProfiler(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "Date,Val\n2025-01-01,\"1,5\"\n", "السنة\n2025\n", ",,,\n", "1\n2\n", "Année\n45992\n2024/2025\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := reader.NewReader(strings.NewReader(s))
		in.FieldsPerRecord, in.LazyQuotes = -1, true
		var p file.Profiler
		for {
			row, err := in.Read()
			if err != nil {
				break
			}
			p.Add(row)
		}
		got, _ := p.Done()
		for _, c := range got.Columns {
			if c.Kind == file.Day && (!inventory.Date(c.Min).Plausible() || c.Min > c.Max) {
				t.Errorf("dates from %q to %q", c.Min, c.Max)
			}
			if c.Empty > got.Rows || c.Empty < 0 {
				t.Errorf("%d of %d cells are empty", c.Empty, got.Rows)
			}
			if c.Kind == file.Text && c.Min != "" {
				t.Error("a text was kept")
			}
		}
	})
}
