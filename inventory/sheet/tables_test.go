package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// tabled reads every table of a file.
func tabled(t *testing.T, format, data string) (*Tables, [][]string, error) {
	t.Helper()
	tables, err := OpenTables(t.Context(), format, strings.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, nil, err
	}
	defer tables.Close()
	var all [][]string
	for _, table := range tables.All {
		for row, err := range table.Rows {
			if err != nil {
				return tables, all, err
			}
			all = append(all, append([]string{}, row...))
		}
	}
	return tables, all, nil
}

func TestTextsInEveryEncodingSeen(t *testing.T) {
	const french, arabic = "Gouvernorat;Évolution\nBéja;12,5\nMédenine;3\n", "الميناء;الكمية\nصفاقس;410\nجرجيس;60\n"
	encode := func(e interface{ String(string) (string, error) }, s string) string {
		out, err := e.String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	little, big := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	for name, c := range map[string]struct{ data, text string }{
		"us-ascii":     {"a;b\n1;2\n", "a;b\n1;2\n"},
		"utf-8":        {french, french},
		"utf-8-bom":    {"\xEF\xBB\xBF" + arabic, arabic},
		"windows-1252": {encode(charmap.Windows1252.NewEncoder(), french), french},
		"windows-1256": {encode(charmap.Windows1256.NewEncoder(), arabic), arabic},
		"utf-16le":     {encode(little.NewEncoder(), arabic), arabic},
		"utf-16be":     {encode(big.NewEncoder(), french), french},
	} {
		tables, rows, err := tabled(t, "CSV", c.data)
		if err != nil || tables.Encoding != name || tables.Delimiter != ';' {
			t.Errorf("%s: read as %s, parted by %q, %v", name, tables.Encoding, tables.Delimiter, err)
		}
		var text strings.Builder
		for _, row := range rows {
			text.WriteString(strings.Join(row, ";") + "\n")
		}
		if text.String() != c.text {
			t.Errorf("%s: %q", name, text.String())
		}
	}
}

// One strange byte far behind the head decides the encoding of the whole.
func TestTheEncodingIsOfTheWholeFile(t *testing.T) {
	data := "a,b\n" + strings.Repeat("1,2\n", 100_000) + "B\xe9ja,3\n"
	tables, rows, err := tabled(t, "CSV", data)
	if err != nil || tables.Encoding != "windows-1252" || rows[len(rows)-1][0] != "Béja" {
		t.Errorf("read as %s, %q, %v", tables.Encoding, rows[len(rows)-1], err)
	}
}

func TestDelimiters(t *testing.T) {
	for data, want := range map[string]rune{
		"a;b;c\n1,5;2;3\n": ';', "a,b\n1,2\n": ',', "a\tb\n1\t2\n": '\t', "a|b\n1|2\n": '|', "a\n1\n": ',',
		"\"x;y\",b\n\"z;w\",d\n": ',',
	} {
		if tables, _, err := tabled(t, "CSV", data); err != nil || tables.Delimiter != want {
			t.Errorf("%q: %q, %v", data, tables.Delimiter, err)
		}
	}
}

func TestAQuoteThatNeverCloses(t *testing.T) {
	_, rows, err := tabled(t, "CSV", "a,b\n1,2\n3,\""+strings.Repeat("x,y\n", 2<<20))
	if !errors.Is(err, errLongRecord) || len(rows) != 2 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestJSONAsTables(t *testing.T) {
	for _, c := range []struct {
		format, data string
		want         [][]string
	}{
		{"JSON", `[{"a":1,"b":"x"},{"b":null,"c":true}]`, [][]string{{"a", "b", "c"}, {"1", "x", ""}, {"", "", "true"}}},
		{"JSON", `{"total":2,"data":[{"a":1.50}]}`, [][]string{{"a"}, {"1.50"}}},
		{"JSON", `{"result":{"records":[{"a":1}],"more":[{"z":1}]},"x":[{"y":2}]}`, [][]string{{"a"}, {"1"}}},
		{"JSON", "{\"a\":1}\n{\"a\":2}\n", [][]string{{"a"}, {"1"}, {"2"}}},
		{"JSON", `[[1,"x"],[2,"y"]]`, [][]string{{"1", "2"}, {"1", "x"}, {"2", "y"}}},
		{"JSON", `[{"a":{"b":[1,{"c":2}]},"d":3}]`, [][]string{{"a", "d"}, {"…", "3"}}},
		{"JSON", `[1,2,3]`, nil},
		{"JSON", `{}`, nil},
		{"JSON", "", nil},
		{"JSON", "\xEF\xBB\xBF[{\"a\":1}]", [][]string{{"a"}, {"1"}}},
		{
			"GEOJSON", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nom":"Béja","code":31},"geometry":{"type":"Point","coordinates":[9,36]}}]}`,
			[][]string{{"code", "geometry", "nom"}, {"31", "…", "Béja"}},
		},
	} {
		_, rows, err := tabled(t, c.format, c.data)
		if diff := cmp.Diff(c.want, rows); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.data, err, diff)
		}
	}
	for _, bad := range []string{`[{"a":1},`, `[{"a":`, `{"a":[`, `nonsense`, strings.Repeat(`[{"a":`, 5000), strings.Repeat("[", 200_000)} {
		if _, _, err := tabled(t, "JSON", bad); err == nil && !strings.HasPrefix(bad, `[{"a":1}`) {
			t.Errorf("%.20q is read without a word", bad)
		}
	}
}

func TestEverySheetOfAWorkbook(t *testing.T) {
	f := excelize.NewFile()
	_ = f.SetSheetRow("Sheet1", "A1", &[]any{"Année", "Valeur"})
	_ = f.SetSheetRow("Sheet1", "A2", &[]any{2025, 12.5})
	_, _ = f.NewSheet("Deux")
	_ = f.SetSheetRow("Deux", "A1", &[]any{"x"})
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	tables, rows, err := tabled(t, "XLSX", b.String())
	if err != nil || len(tables.All) != 2 || tables.All[1].Name != "Deux" {
		t.Fatalf("%+v, %v", tables, err)
	}
	if diff := cmp.Diff([][]string{{"Année", "Valeur"}, {"2025", "12.5"}, {"x"}}, rows); diff != "" {
		t.Error(diff)
	}
	for _, format := range []string{"XLSX", "XLS"} {
		if _, _, err := tabled(t, format, "PK\x03\x04 rien"); err == nil {
			t.Errorf("rubbish is a workbook of %s", format)
		}
	}
	if _, _, err := tabled(t, "PDF", "%PDF"); !errors.Is(err, ErrNoTable) {
		t.Errorf("PDF: %v", err)
	}
}

// rec writes a record of an old workbook.
func rec(id uint16, body ...byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, id)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(body)))
	return append(out, body...)
}

func u16(n ...int) (b []byte) {
	for _, x := range n {
		b = binary.LittleEndian.AppendUint16(b, uint16(x))
	}
	return b
}

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func float(x float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)) }

func join8(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// oldBookOf makes the stream of a workbook with one sheet of the records.
func oldBookOf(globals []byte, cells []byte) []byte {
	begin := rec(recBegin, u16(biff8, 5, 0, 0)...)
	name := []byte{3, 0, 'U', 'n', 'e'}
	head := len(begin) + 4 + 6 + len(name) + len(globals) + 4
	book := join8(begin, rec(recSheet, join8(u32(uint32(head)), []byte{0, 0}, name)...), globals, rec(recEOF))
	return join8(book, begin, cells, rec(recEOF))
}

func readOld(t *testing.T, data []byte) ([][]string, error) {
	t.Helper()
	b := &oldBook{data: data, formats: map[uint16]string{}}
	if err := b.globals(); err != nil {
		return nil, err
	}
	var rows [][]string
	for _, s := range b.sheets {
		for row, err := range b.rows(s.at) {
			if err != nil {
				return rows, err
			}
			rows = append(rows, append([]string{}, row...))
		}
	}
	return rows, nil
}

func TestCellsOfAnOldWorkbook(t *testing.T) {
	// Two shared texts, the second of which runs over into the next record in wide letters.
	shared := join8(
		rec(recSST, join8(u32(2), u32(2), u16(4), []byte{0}, []byte("Date"), u16(4), []byte{0}, []byte("V"))...),
		rec(recContinue, join8([]byte{1}, u16('a', 'l', 'é'))...),
	)
	styles := join8(rec(recFormat, join8(u16(164, 10), []byte{0}, []byte("dd/mm/yyyy"))...), rec(recXF, u16(0, 0)...), rec(recXF, u16(0, 164)...))
	cells := join8(
		rec(recSharedLabel, join8(u16(0, 0, 0), u32(0))...), rec(recSharedLabel, join8(u16(0, 1, 0), u32(1))...),
		rec(recNumber, join8(u16(1, 0, 1), float(45992))...), rec(recRK, join8(u16(1, 1, 0), u32(1250<<2|3))...),
		rec(recMulRK, join8(u16(2, 0), u16(1), u32(45993<<2|2), u16(0), u32(7<<2|2), u16(1))...),
		rec(recFormula, join8(u16(3, 0, 0), []byte{0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0})...),
		rec(recString, join8(u16(3), []byte{0}, []byte("oui"))...),
		rec(recTruth, join8(u16(3, 1, 0), []byte{1, 0})...),
		rec(recNumber, join8(u16(4, 2, 0), float(0.5))...),
	)
	rows, err := readOld(t, oldBookOf(join8(shared, styles), cells))
	want := [][]string{{"Date", "Valé"}, {"2025-12-01", "12.5"}, {"2025-12-02", "7"}, {"oui", "TRUE"}, {"", "", "0.5"}}
	if diff := cmp.Diff(want, rows); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := readOld(t, oldBookOf(rec(recPassword, 0, 0), nil)); !errors.Is(err, errPassword) {
		t.Errorf("locked: %v", err)
	}
	whole := oldBookOf(join8(shared, styles), cells)
	for n := range whole { // cut anywhere, it neither fails hard nor hangs
		_, _ = readOld(t, whole[:n])
	}
}

// The files that ministries really hand in, where they are at hand.
func TestRealFilesAsTables(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "realdata", "files")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real files beside the repository: ", err)
	}
	for name, c := range map[string]struct {
		format, encoding string
		rows             int
		first            []string
	}{
		"313c6c94_station-climatique-b.csv": {"CSV", "utf-8-bom", 163, []string{"Date", "nom_ar", "nom_fr", "unite", "valeur"}},
		"44f5aef0_evolution-de-la-cons.csv": {"XLSX", "", 11, []string{"Date", "Cons-Mais", "Cons-Tort"}},
		"4e7b9a91_station_marja_ingc.csv":   {"CSV", "windows-1252", 2, []string{"nom", "Longitude", "Latitude", "Elévation", "intervalle d'enregistrement"}},
		"82ff8c6d_prix-cf-du-mais-en-d.csv": {"XLS", "", 205, []string{"date", "Mois", "Prix"}},
		"a0a83a4f_peche-barrages-beja.csv":  {"CSV", "utf-16le", 0, nil},
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		tables, rows, err := tabled(t, c.format, string(data))
		if err != nil || tables.Encoding != c.encoding || c.rows > 0 && len(rows) != c.rows {
			t.Errorf("%s: %s, %d rows, %v", name, tables.Encoding, len(rows), err)
		}
		if diff := cmp.Diff(c.first, rows[0]); c.first != nil && diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
}

func FuzzTables(f *testing.F) {
	for _, s := range []string{"a;b\n1;2\n", "\xFF\xFEa\x00;\x00b\x00", "\"", `[{"a":1}]`, `{"features":[{"properties":{}}]}`, "[[[", "\xEF\xBB\xBF"} {
		f.Add(s)
	}
	f.Add(string(oldBookOf(rec(recSST, join8(u32(1), u32(1), u16(3), []byte{0}, []byte("oui"))...), rec(recSharedLabel, join8(u16(0, 0, 0), u32(0))...))))
	f.Fuzz(func(t *testing.T, s string) {
		for _, format := range []string{"CSV", "JSON", "GEOJSON", "XLS"} {
			_, _, _ = tabled(t, format, s)
		}
		_, _ = readOld(t, []byte(s))
	})
}
