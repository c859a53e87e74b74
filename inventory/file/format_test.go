package file_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/jard-odi/jard/inventory/file"
)

func wide(s, mark string, little bool) string {
	b := []byte(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		if little {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return string(b)
}

func TestWhatBytesAre(t *testing.T) {
	const table = "Gouvernorat;Production\nBéja;12,5\nNabeul;3\n"
	const arabic = "الميناء;الكمية\nصفاقس;410\nجرجيس;60\n"
	for _, c := range []struct {
		what, head string
		want       file.Format
	}{
		{"CSV", table, file.CSV},
		{"CSV with a mark", "\xEF\xBB\xBF" + arabic, file.CSV},
		{"CSV in CP1252", "Gouvernorat;Production\nB\xe9ja;12,5\nNabeul;3\n", file.CSV},
		{"CSV in CP1256", "\xc7\xe1\xe3\xed\xe4\xc7\xc1;\xc7\xe1\xdf\xe3\xed\xc9\n\xd5\xdd\xc7\xde\xd3;410\n", file.CSV},
		{"CSV in UTF-16", wide(arabic, "\xFF\xFE", true), file.CSV},
		{"CSV in big-endian UTF-16", wide(table, "\xFE\xFF", false), file.CSV},
		{"CSV in UTF-16 without a mark", wide(table, "", true), file.CSV},
		{"CSV of one line", "a,b,c\n", file.CSV},
		{"quoted commas", "\"a,b\",c\n\"d,e\",f\n", file.CSV},
		{"prose", "La présente convention règle, entre les parties, les modalités.\nElle prend effet ce jour.\nFait à Tunis\nSigné\nVu\n", file.TXT},
		{"HTML", "<!DOCTYPE html><html><body>Erreur</body></html>", file.HTML},
		{"HTML without a type", "\n <HTML><head></head>", file.HTML},
		{"HTML with a comment", "<!-- x --><div><html></div>", file.HTML},
		{"XML", "<?xml version=\"1.0\"?><donnees/>", file.XML},
		{"KML", "<?xml version=\"1.0\"?><kml xmlns=\"x\"/>", file.KML},
		{"RDF", "<?xml version=\"1.0\"?><rdf:RDF/>", file.RDF},
		{"JSON", "{\"a\":1}", file.JSON},
		{"JSON list", " [ {\"a\":1} ]", file.JSON},
		{"no JSON", "[voir annexe] texte", file.TXT},
		{"GeoJSON", "{\"type\":\"FeatureCollection\",\"features\":[]}", file.GeoJSON},
		{"PDF", "%PDF-1.5", file.PDF},
		{"PDF behind a line", "\r\n%PDF-1.5", file.PDF},
		{"PNG", "\x89PNG\r\n\x1a\n", file.PNG},
		{"JPEG", "\xff\xd8\xff\xe0", file.JPEG},
		{"archive", "PK\x03\x04", file.ZIP},
		{"gzip", "\x1f\x8b\x08", file.GZIP},
		{"nothing", "", file.Unrecognised},
		{"bytes", "\x00\x01\x02\x03\x04\x05\x06\x07", file.Unrecognised},
	} {
		if got := file.Sniff([]byte(c.head)); got != c.want {
			t.Errorf("%s: %q; want %q", c.what, got, c.want)
		}
	}
}

func packed(t *testing.T, names ...string) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "mimetype" {
			_, _ = w.Write([]byte("application/vnd.oasis.opendocument.spreadsheet"))
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

func TestWhatLiesInside(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  file.Format
		holds []file.Format
	}{
		{[]string{"[Content_Types].xml", "xl/workbook.xml"}, file.XLSX, nil},
		{[]string{`xl\workbook.xml`}, file.XLSX, nil},
		{[]string{"word/document.xml"}, file.DOCX, nil},
		{[]string{"mimetype", "content.xml"}, file.ODS, nil},
		{[]string{"a.csv", "b.CSV", "lisez-moi.txt"}, file.ZIP, []file.Format{file.CSV, file.TXT}},
		{[]string{"communes.shp", "communes.dbf"}, file.SHP, []file.Format{file.SHP}},
		{nil, file.ZIP, nil},
	} {
		r := packed(t, c.names...)
		got, holds := file.Inside(file.ZIP, r, r.Size())
		if got != c.want || !slices.Equal(holds, c.holds) {
			t.Errorf("%v: %s %v; want %s %v", c.names, got, holds, c.want, c.holds)
		}
	}
	if got, _ := file.Inside(file.ZIP, strings.NewReader("PK\x03\x04 cut"), 8); got != file.ZIP {
		t.Errorf("a damaged archive: %s", got)
	}
	old := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 70_000)
	for name, want := range map[string]file.Format{"Workbook": file.XLS, "Book": file.XLS, "WordDocument": file.DOC} {
		data := old + wide(name+"\x00", "", true)
		got, _ := file.Inside(file.Sniff([]byte(data)), strings.NewReader(data), int64(len(data)))
		if got != want {
			t.Errorf("an old office file with %s: %s", name, got)
		}
	}
}

func TestDeclaredAgainstReal(t *testing.T) {
	for _, c := range []struct {
		declared string
		is       file.Format
		want     file.Match
	}{
		{"CSV", file.CSV, file.Fits},
		{"csv", file.TXT, file.Fits},
		{"CSV", file.XLSX, file.Differs},
		{"CSV", file.XLS, file.Differs},
		{"XLS", file.XLSX, file.Minor},
		{"XLSX", file.XLS, file.Minor},
		{"XLSX", file.PDF, file.Differs},
		{"XLSX", file.CSV, file.Differs},
		{"DOC", file.DOCX, file.Minor},
		{"GEOJSON", file.JSON, file.Minor},
		{"JSON", file.GeoJSON, file.Fits},
		{"SHP", file.ZIP, file.Fits},
		{"ZIP", file.SHP, file.Fits},
		{"", file.PDF, file.Fits},
		{"API", file.JSON, file.Fits},
		{"CSV", file.Unrecognised, file.Fits},
		{"CSV", file.HTML, file.Differs},
		{"JPG", file.JPEG, file.Fits},
	} {
		if got := file.Compare(c.declared, c.is); got != c.want {
			t.Errorf("declared %q, is %q: %s; want %s", c.declared, c.is, got, c.want)
		}
	}
}

func TestPagesThatAskForAPassword(t *testing.T) {
	for page, want := range map[string]bool{
		`<form><input name="u"><input type="password"></form>`: true,
		`<INPUT TYPE = 'password' >`:                           true,
		`<input type="text"><p>password</p>`:                   false,
		`<input`:                                               false,
		"":                                                     false,
	} {
		if got := file.AsksPassword([]byte(page)); got != want {
			t.Errorf("%s: %v", page, got)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{
		"a;b\n1;2\n", "<html>", "{\"a\":[1]}", "\xFF\xFEa\x00;\x00", "\xFE\xFF", "PK\x03\x04", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "\"", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		is := file.Sniff(data[:min(len(data), file.HeadSize)])
		inside, _ := file.Inside(is, bytes.NewReader(data), int64(len(data)))
		if file.Compare("CSV", is) == "" || file.Compare(string(inside), inside) == file.Minor {
			t.Errorf("%q is %q, then %q", data, is, inside)
		}
		file.AsksPassword(data)
	})
}
