package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func form(tb testing.TB) *Form {
	tb.Helper()
	f, err := ReadForm(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// sample says something in every column, and begins cells as formulas do.
func sample() inventory.Dataset {
	due := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	return inventory.Dataset{
		Ref: "TN-MARHP-2026-0001", Institution: "onagri", Revision: 7, DueAt: &due,
		Content: inventory.Content{
			Title:       lang.Text{"fr": "=HYPERLINK(\"http://x\")", "ar": "إنتاج الحبوب"},
			Description: lang.Text{"fr": "-12 % depuis 2010", "ar": "+الوصف"},
			Keywords:    lang.Words{"fr": {"céréales", "blé dur"}, "ar": {"حبوب"}},
			Theme:       "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Openable,
			TargetDate: "2027-03-31", TemporalStart: "2010-01-01", TemporalEnd: "2025-12-31",
			Spatial: []string{"TN-11", "TN-61"}, PersonalData: true, Anonymisation: "agrégation",
			LegalGround: "@secret", ContactName: "Bureau", ContactEmail: "a@b.tn", Producer: "'Office", DataModified: "2026-10-05",
			Distributions: []inventory.Distribution{
				{URL: "https://a.tn/page", DownloadURL: "https://a.tn/x.csv", Format: "CSV"}, {URL: "https://a.tn/b,c", Format: ""},
			},
			Extra: inventory.Extra{
				"holding": "papier", "priority": "haute", "quality_note": "=1+1", "ground": "statistics", "review_on": "2028-01-31",
				"plan_demand": "3", "plan_duty": "2", "plan_sensitivity": "1", "plan_effort": "3",
			},
		},
	}
}

func one(d inventory.Dataset) iter.Seq2[inventory.Dataset, error] {
	return func(yield func(inventory.Dataset, error) bool) { yield(d, nil) }
}

func write(tb testing.TB, tag lang.Tag, datasets iter.Seq2[inventory.Dataset, error]) []byte {
	tb.Helper()
	tree := identity.Tree{
		"marhp":  {Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "Agriculture", "ar": "الفلاحة"}},
		"onagri": {Slug: "onagri", Kind: identity.Establishment, Parent: "marhp", Name: lang.Text{"fr": "ONAGRI", "ar": "المرصد"}},
	}
	var out bytes.Buffer
	err := Book{
		Form: form(tb), Vocabulary: vocabulary(tb), Tree: tree, Institution: "marhp", Lang: tag, Datasets: datasets,
	}.Write(&out)
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func open(tb testing.TB, data []byte, format string) *List {
	tb.Helper()
	l, err := Open(data, Options{Form: form(tb), Vocabulary: vocabulary(tb), Format: format})
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// told writes rows in short: line, ref, title, and the faults with their cells.
func told(rows iter.Seq[inventory.Row]) []string {
	var out []string
	for row := range rows {
		s := strings.TrimSpace(fmt.Sprintf("%s %d %s %s", row.Sheet, row.Line, row.Ref, row.Content.Title.In(lang.French)))
		for _, f := range fault.All(row.Err) {
			s += " [" + row.Cell(f.Field) + " " + f.Error() + "]"
		}
		out = append(out, s)
	}
	return out
}

// TestTheWorkbookComesBackAsItWent reads what was written, in each language: nothing is lost and nothing changes.
func TestTheWorkbookComesBackAsItWent(t *testing.T) {
	d := sample()
	for _, tag := range lang.All() {
		t.Run(string(tag), func(t *testing.T) {
			n := 0
			for row := range open(t, write(t, tag, one(d)), "auto").Rows {
				n++
				if row.Err != nil || row.Ref != d.Ref || row.Revision != 7 || row.Base != d.Content.ImportHash() {
					t.Errorf("row %+v, %v", row, row.Err)
				}
				got := d.Content.Take(row.Content, row.Given)
				if diff := cmp.Diff(d.Content.Clean(), got); diff != "" {
					t.Errorf("content (-was +is):\n%s", diff)
				}
			}
			if n != 1 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

func TestNoCellBeginsAFormula(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, lang.French, one(sample()))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for n, cells := range rows {
			for k, cell := range cells {
				at, _ := excelize.CoordinatesToCellName(k+1, n+1)
				formula, err := f.GetCellFormula(name, at)
				if err != nil || formula != "" {
					t.Errorf("%s!%s holds the formula %q, %v", name, at, formula, err)
				}
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s!%s begins a formula: %q", name, at, cell)
				}
			}
		}
	}
}

func TestTheWorkbookGuidesAndGuards(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, lang.Arabic, one(sample()))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	main := f.GetSheetList()[0]
	if view, err := f.GetSheetView(main, 0); err != nil || !*view.RightToLeft {
		t.Errorf("the Arabic sheet is not right to left: %v", err)
	}
	if panes, err := f.GetPanes(main); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("header not frozen: %+v, %v", panes, err)
	}
	lists, err := f.GetDataValidations(main)
	if err != nil || len(lists) < 9 {
		t.Errorf("%d drop-downs, %v", len(lists), err)
	}
	if p, err := f.GetSheetProtection(main); err != nil || !p.InsertRows {
		t.Errorf("not protected: %+v, %v", p, err)
	}
	for cell, locked := range map[string]bool{"D2": true, "E2": false, "Q2": true, "AN2": true, "AO2": true, "AH2": false, "E500": false, "D500": true} {
		id, err := f.GetCellStyle(main, cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		if open := style.Protection != nil && !style.Protection.Locked; open == locked {
			t.Errorf("%s: locked %v", cell, !open)
		}
	}
}

// sheetOf makes a workbook of lines of cells.
func sheetOf(tb testing.TB, change func(*excelize.File), lines ...[]any) []byte {
	tb.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for n, cells := range lines {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &cells); err != nil {
			tb.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestASheetOfAnotherShape(t *testing.T) {
	data := sheetOf(t, func(f *excelize.File) {
		for _, err := range []error{
			f.MergeCell("Sheet1", "A1", "E1"), f.MergeCell("Sheet1", "A5", "A6"),
			f.SetCellValue("Sheet1", "E5", time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.NewSheet("Notes"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Notes", "A1", &[]any{"À lire", "rien"}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NewSheet("Suite"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Suite", "B2", &[]any{"Périodicité", "العنوان"}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Suite", "B3", &[]any{"annuelle", "السدود"}); err != nil {
			t.Fatal(err)
		}
	},
		[]any{"Ministère : inventaire 2026"}, []any{},
		[]any{"Direction", "Intitulé du jeu", "Périodicité", "Thématique", "Date de mise à jour", "Humeur"},
		[]any{},
		[]any{"DGF", "Forêts", "Mensuelle", "Agriculture", nil, "bonne"},
		[]any{nil, "Pêche", "Annuel", "Économie de la lune", "2024"},
	)
	l := open(t, data, "auto")
	want := []string{
		"Sheet1 5  Forêts", "Sheet1 6  Pêche [D6 dataset.theme.unknown (theme) Économie de la lune]", "Suite 3  السدود",
	}
	var rows []inventory.Row
	for row := range l.Rows {
		rows = append(rows, row)
	}
	if diff := cmp.Diff(want, told(func(yield func(inventory.Row) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})); diff != "" {
		t.Fatalf("rows (-want +got):\n%s", diff)
	}
	if rows[0].Content.DataModified != "2026-03-15" || rows[1].Content.DataModified != "2024-01-01" || rows[1].Organisation != "DGF" ||
		rows[0].Content.Frequency != "monthly" || rows[2].Content.Frequency != "annual" {
		t.Errorf("contents %+v", rows)
	}
	seen := l.Seen()
	if len(seen) != 3 || seen[0].Header != 3 || seen[1].Header != 0 || seen[2].Header != 2 || seen[0].Headings[5].Code != "" {
		t.Errorf("seen %+v", seen)
	}
}

// TestCSVInEveryDress reads one table as six offices would save it.
func TestCSVInEveryDress(t *testing.T) {
	french := "Intitulé;Fréquence;Mots-clés\r\nRécolte d'été à Béja;annuelle;\"blé; orge\"\r\n"
	arabic := "العنوان,الوصف\nإنتاج الحبوب حسب الولايات,وصف يطول\n"
	must := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	utf16 := func(order unicode.Endianness, mark unicode.BOMPolicy, s string) []byte {
		return must(unicode.UTF16(order, mark).NewEncoder().Bytes([]byte(s)))
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"utf-8":              {[]byte(french), "2  Récolte d'été à Béja"},
		"utf-8 with mark":    {[]byte("\xEF\xBB\xBF" + french), "2  Récolte d'été à Béja"},
		"cp1252":             {must(charmap.Windows1252.NewEncoder().Bytes([]byte(french))), "2  Récolte d'été à Béja"},
		"utf-16le":           {utf16(unicode.LittleEndian, unicode.UseBOM, french), "2  Récolte d'été à Béja"},
		"utf-16be":           {utf16(unicode.BigEndian, unicode.UseBOM, french), "2  Récolte d'été à Béja"},
		"utf-16le, unmarked": {utf16(unicode.LittleEndian, unicode.IgnoreBOM, french), "2  Récolte d'été à Béja"},
		"arabic utf-8":       {[]byte(arabic), "2  إنتاج الحبوب حسب الولايات"},
		"cp1256":             {must(charmap.Windows1256.NewEncoder().Bytes([]byte(arabic))), "2  إنتاج الحبوب حسب الولايات"},
		"tabs":               {[]byte(strings.ReplaceAll(arabic, ",", "\t")), "2  إنتاج الحبوب حسب الولايات"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tt.want}, told(open(t, tt.data, "auto").Rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// packed makes a zip of parts, each name followed by its text.
func packed(tb testing.TB, parts ...string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n := 0; n < len(parts); n += 2 {
		w, err := z.Create(parts[n])
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[n+1])); err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestBadFiles pairs each bad file with its exact message.
func TestBadFiles(t *testing.T) {
	good := []any{"Intitulé", "Fréquence", "Référence", "Révision (ne pas modifier)", "Contient des données personnelles ?"}
	whole := sheetOf(t, nil, good, []any{"Bon", "annuelle"})
	bomb := packed(t, "xl/workbook.xml", "<workbook/>", "xl/worksheets/sheet1.xml", strings.Repeat("\x00", maxUnpacked))
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "import.file.empty"},
		{"spaces", []byte(" \n "), "import.file.empty"},
		{"too large", bytes.Repeat([]byte("a"), MaxFile+1), "import.file.too_large 32"},
		{"old Excel", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "0 [ import.book.old]"},
		{"a zip cut off", whole[:len(whole)/2], "0 [ import.book.damaged]"},
		{"a zip of something else", packed(t, "readme.txt", "x"), "0 [ import.book.none]"},
		{"a workbook that is no XML", packed(t, "xl/workbook.xml", "<<<"), "0 [ import.book.damaged]"},
		{"a part twice", packed(t, "xl/workbook.xml", "<workbook/>", "XL/workbook.xml", "<workbook/>"), "0 [ import.book.damaged]"},
		{"a bomb", bomb, "0 [ import.book.bomb 128]"},
		{"macros", packed(t, "xl/workbook.xml", "<workbook/>", "xl/vbaProject.bin", "x"), "0 [ import.book.macros]"},
		{"links", packed(t, "xl/workbook.xml", "<workbook/>", "xl/externalLinks/externalLink1.xml", "x"), "0 [ import.book.links]"},
		{
			"a row beyond the last", bare(t, `<worksheet><sheetData><row r="9223372036854775807"><c r="A1"><v>2</v></c></row></sheetData></worksheet>`),
			"S 0 [ import.book.damaged]",
		},
		{"no header", sheetOf(t, nil, []any{"a", "b"}), "0 [ import.no_header]"},
		{"a header without a title", []byte("Fréquence;Thème\nannuelle;x\n"), "0 [ import.no_header]"},
		{"binary", []byte("abc\x00\x01\x02def;\n"), "0 [ import.file.binary]"},
		{"half a UTF-16 letter", []byte("\xFF\xFEa\x00\x00\xD8"), "0 [ import.file.binary]"},
		{"no UTF-8 after its mark", []byte("\xEF\xBB\xBFIntitul\xe9"), "0 [ fault.utf8]"},
		{"no title", []byte("Intitulé;Fréquence\n;annuelle\n"), "2 [A2 import.title.missing (title.fr)]"},
		{
			"a frequency nobody knows", []byte("Intitulé;Fréquence\nA;parfois\n"),
			"2  A [B2 dataset.frequency.unknown (frequency) parfois]",
		},
		{"a date that is none", []byte("Intitulé;Date de fin\nA;hier\n"), "2  A [B2 import.date.not_understood (temporal.end) hier]"},
		{"30 February", []byte("Intitulé;Date de fin\nA;30/02/2026\n"), "2  A [B2 import.date.not_understood (temporal.end) 30/02/2026]"},
		{"neither yes nor no", []byte("Intitulé;Données personnelles\nA;peut-être\n"), "2  A [B2 import.yes_no (personal_data) peut-être]"},
		{"a licence nobody knows", []byte("Intitulé;Licence\nA;gpl\n"), "2  A [B2 dataset.licence.unknown (licence) gpl]"},
		{"a place nobody knows", []byte("Intitulé;Gouvernorat\nA;Tunis; Atlantide\n"), "2  A"},
		{"two places, one unknown", []byte("Intitulé,Gouvernorat\nA,Tunis; Atlantide\n"), "2  A [B2 dataset.spatial.unknown (spatial) Atlantide]"},
		{"a decision nobody knows", []byte("Intitulé;Ouverture\nA;bof\n"), "2  A [B2 dataset.openness.unknown (openness) bof]"},
		{"Arabic lost on the way", []byte("Intitulé;Intitulé en arabe\nA;????? ????\n"), "2  A [B2 import.cell.lost (title.ar) ????? ????]"},
		{"a revision that is none", []byte("Référence;revision;Titre\nTN-1;x;A\n"), "2 TN-1 A [B2 import.revision (revision) x]"},
		{"a quote that never ends", []byte("Intitulé;Fréquence\n\"A;annuelle\nB;annuelle\n"), "2  A;annuelle\nB;annuelle"},
		{"a formula", sheetOf(t, func(f *excelize.File) {
			if err := f.SetCellFormula("Sheet1", "F2", "1+1"); err != nil {
				t.Fatal(err)
			}
		}, append(slices.Clone(good), "Description"), []any{"Bon", "annuelle", "", "", "", "x"}), "Sheet1 2  Bon [F2 import.cell.formula (description.fr)]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Open(tt.data, Options{Form: form(t), Vocabulary: vocabulary(t)})
			if err != nil {
				if got := fault.All(err)[0].Error(); got != tt.want {
					t.Errorf("got %s; want %s", got, tt.want)
				}
				return
			}
			if got := strings.Join(told(l.Rows), "|"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	t.Run("too many rows", func(t *testing.T) {
		rows := told(open(t, []byte("Intitulé;Thème\n"+strings.Repeat("x;\n", MaxRows+5)), "csv").Rows)
		if got := rows[len(rows)-1]; len(rows) != MaxRows+1 || got != "20002 [ import.too_many_rows 20000]" {
			t.Errorf("%d rows, the last %s", len(rows), got)
		}
	})
	if _, err := Open([]byte("x"), Options{Form: form(t), Vocabulary: vocabulary(t), Format: "pdf"}); fmt.Sprint(err) != "import.format (format) pdf" {
		t.Errorf("format pdf: %v", err)
	}
}

// TestASizeThatLies unpacks a part that is larger than its header says.
func TestASizeThatLies(t *testing.T) {
	data := packed(t, "xl/workbook.xml", "<workbook/>"+strings.Repeat(" ", 1<<20))
	// The central directory holds the size; make it small.
	at := bytes.LastIndex(data, []byte("PK\x01\x02"))
	copy(data[at+24:], []byte{20, 0, 0, 0})
	if got := told(open(t, data, "xlsx").Rows); len(got) != 1 || !strings.Contains(got[0], "import.") {
		t.Errorf("got %q", got)
	}
}

func TestCommentsStandInTheFaultyCells(t *testing.T) {
	was := write(t, lang.French, one(sample()))
	var out bytes.Buffer
	err := Comment(was, []Remark{
		{"Inventaire", "I2", "Le thème est inconnu."}, {"Inventaire", "I2", "Et encore."}, {"Ailleurs", "A1", "x"}, {"Inventaire", "??", "x"},
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := f.GetComments("Inventaire")
	if err != nil || len(all) != 1 || all[0].Cell != "I2" || !strings.Contains(all[0].Text, "inconnu.\nEt encore.") {
		t.Errorf("comments %+v, %v", all, err)
	}
	if before, after := told(open(t, was, "auto").Rows), told(open(t, out.Bytes(), "auto").Rows); !cmp.Equal(before, after) {
		t.Errorf("the commented workbook reads otherwise: %v, was %v", after, before)
	}
}

func TestReadDataJSON(t *testing.T) {
	v := vocabulary(t)
	document := `{"conformsTo":"https://project-open-data.cio.gov/v1.1/schema","dataset":[{"identifier":"a","title":"Forêts",` +
		`"description":"x","keyword":["bois","غابات"],"modified":"2026-03-01T10:00:00Z","publisher":{"name":"DGF"},` +
		`"contactPoint":{"fn":"Bureau","hasEmail":"mailto:a@b.tn"},"accrualPeriodicity":"R/P1Y","temporal":"2010-01-01/2020-12-31",` +
		`"distribution":[{"downloadURL":"https://a.tn/x.csv","mediaType":"text/csv"}]},{"title":"Sans nom"},3,{"identifier":"b","title":"B","distribution":["x"]}]}`
	l := open(t, []byte(document), "auto")
	if l.Format != "datajson" {
		t.Errorf("taken for %s", l.Format)
	}
	var rows []inventory.Row
	var got []string
	for row := range ReadDataJSON(strings.NewReader(document), v, "x.tn") {
		rows = append(rows, row)
		got = append(got, fmt.Sprintf("%d %s %v", row.Line, row.Source.ID, row.Err))
	}
	want := []string{
		"1 a <nil>", "2  import.id.missing (identifier)", "3  import.line.object", "4 b import.type (distribution.0)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("rows (-want +got):\n%s", diff)
	}
	c := rows[0].Content
	if c.Frequency != "annual" || c.DataModified != "2026-03-01" || c.TemporalEnd != "2020-12-31" || c.ContactEmail != "a@b.tn" ||
		c.Producer != "DGF" || len(c.Distributions) != 1 || c.Distributions[0].DownloadURL != "https://a.tn/x.csv" {
		t.Errorf("content %+v", c)
	}
}

// TestRealFiles opens the files of the portals when they are beside the
// repository. They are data and no inventories: each is either refused with a
// reason or read without one.
func TestRealFiles(t *testing.T) {
	names, err := filepath.Glob("../../../shared/realdata/files/*")
	if err != nil || len(names) == 0 {
		t.Logf("the real files are not beside the repository, only written ones are tested: %v", err)
		return
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(data, Options{Form: form(t), Vocabulary: vocabulary(t)})
		if err != nil {
			t.Logf("%s: %v", filepath.Base(name), err)
			continue
		}
		rows := told(l.Rows)
		t.Logf("%s: %d rows, the first %q", filepath.Base(name), len(rows), rows[:min(len(rows), 1)])
		if len(rows) == 0 {
			t.Errorf("%s: neither a row nor a reason", name)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		"", "Intitulé;Fréquence\nA;annuelle\n", "Titre,ref\n\"A\"\"\n", "\xFF\xFEa\x00", "Titre;Date de fin\nA;٢٠٢٠\n", "Titre;url\nA;http://a, http://b",
	} {
		f.Add([]byte(s))
	}
	fm, v := form(f), vocabulary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := Open(data, Options{Form: fm, Vocabulary: v, Format: "csv"}); err == nil {
			usable(t, l.Rows)
		}
	})
}

func FuzzReadXLSX(f *testing.F) {
	f.Add(packed(f, "xl/workbook.xml", "<workbook/>"))
	b := excelize.NewFile()
	for n, cells := range [][]any{{"Titre", "ref"}, {"A", "x"}} {
		if err := b.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &cells); err != nil {
			f.Fatal(err)
		}
	}
	out, err := b.WriteToBuffer()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	fm, v := form(f), vocabulary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := Open(data, Options{Form: fm, Vocabulary: v, Format: "xlsx"}); err == nil {
			usable(t, l.Rows)
		}
	})
}

// bare makes a workbook of one sheet, written by hand.
func bare(tb testing.TB, text string) []byte {
	tb.Helper()
	return packed(tb,
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r0" `+
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" `+
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml", text)
}

// FuzzSheetXML puts the fuzzer's text where a worksheet's is.
func FuzzSheetXML(f *testing.F) {
	for _, s := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Titre</t></is></c><c r="B1" t="inlineStr"><is><t>ref</t></is></c></row></sheetData></worksheet>`,
		`<worksheet><sheetData><row r="2"><c r="C2"><f>1</f><v>2</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`,
	} {
		f.Add(s)
	}
	fm, v := form(f), vocabulary(f)
	f.Fuzz(func(t *testing.T, text string) {
		data := bare(t, text)
		if l, err := Open(data, Options{Form: fm, Vocabulary: v, Format: "xlsx"}); err == nil {
			usable(t, l.Rows)
		}
	})
}

func FuzzReadDataJSON(f *testing.F) {
	for _, s := range []string{"", `{"dataset":[{"identifier":"a","title":"b","contactPoint":{"fn":1}}]}`, `{"dataset":[null,{"temporal":"/"}]}`} {
		f.Add([]byte(s))
	}
	v := vocabulary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for row := range ReadDataJSON(bytes.NewReader(data), v, "x.tn") {
			checkRow(t, row)
		}
	})
}

// usable asks that a row is either usable or says why it is not.
func usable(t *testing.T, rows iter.Seq[inventory.Row]) {
	t.Helper()
	for row := range rows {
		if row.Err != nil && len(fault.All(row.Err)) == 0 {
			t.Fatalf("line %d: %v is no fault", row.Line, row.Err)
		}
		if row.Err == nil && row.Ref == "" && row.Content.Title.Empty() {
			t.Fatalf("line %d passed without title or ref: %+v", row.Line, row)
		}
	}
}
