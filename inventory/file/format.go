package file

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Format is what a file really is, by its bytes.
type Format string

// The formats that are told apart.
const (
	Unrecognised Format = ""
	CSV          Format = "CSV"
	TXT          Format = "TXT"
	XLSX         Format = "XLSX"
	XLS          Format = "XLS"
	ODS          Format = "ODS"
	JSON         Format = "JSON"
	GeoJSON      Format = "GEOJSON"
	XML          Format = "XML"
	KML          Format = "KML"
	RDF          Format = "RDF"
	HTML         Format = "HTML"
	PDF          Format = "PDF"
	DOC          Format = "DOC"
	DOCX         Format = "DOCX"
	PPT          Format = "PPT"
	ZIP          Format = "ZIP"
	SHP          Format = "SHP"
	GZIP         Format = "GZIP"
	RAR          Format = "RAR"
	SevenZip     Format = "7Z"
	PNG          Format = "PNG"
	JPEG         Format = "JPEG"
	GIF          Format = "GIF"
	TIFF         Format = "TIFF"
	Parquet      Format = "PARQUET"
	GPKG         Format = "GPKG"
	oldOffice    Format = "OLE2" // XLS, DOC or PPT: Office tells
)

// magic are the first bytes of formats.
var magic = []struct {
	bytes  string
	format Format
}{
	{"PK\x03\x04", ZIP},
	{"PK\x05\x06", ZIP},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", oldOffice},
	{"%PDF-", PDF},
	{"\x1F\x8B", GZIP},
	{"Rar!\x1A\x07", RAR},
	{"7z\xBC\xAF\x27\x1C", SevenZip},
	{"\x89PNG\r\n\x1A\n", PNG},
	{"\xFF\xD8\xFF", JPEG},
	{"GIF8", GIF},
	{"II*\x00", TIFF},
	{"MM\x00*", TIFF},
	{"PAR1", Parquet},
	{"SQLite format 3\x00", GPKG},
	{"\x00\x00\x27\x0A", SHP},
}

// HeadSize is how many of the first bytes Sniff wants to see.
const HeadSize = 64 << 10

// Sniff tells the format by the first bytes. ZIP and the old office formats
// need a second look: Inside.
func Sniff(head []byte) Format {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return m.format
		}
	}
	// Some servers put a blank line before everything.
	if trimmed := bytes.TrimLeft(head, "\r\n\t "); bytes.HasPrefix(trimmed, []byte("%PDF-")) {
		return PDF
	}
	return sniffText(head)
}

// sniffText tells the formats that are text apart.
func sniffText(head []byte) Format {
	text := bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	switch {
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		text = unwiden(head[2:], binary.LittleEndian)
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		text = unwiden(head[2:], binary.BigEndian)
	case bytes.IndexByte(text, 0) == 1:
		text = unwiden(head, binary.LittleEndian)
	case bytes.IndexByte(text, 0) == 0:
		text = unwiden(head, binary.BigEndian)
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return Unrecognised
	}
	text = bytes.TrimSpace(text)
	lower := bytes.ToLower(text[:min(len(text), 4096)])
	switch {
	case len(text) == 0:
		return Unrecognised
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")),
		bytes.HasPrefix(lower, []byte("<")) && (bytes.Contains(lower, []byte("<html")) || bytes.Contains(lower, []byte("<body"))):
		return HTML
	case bytes.HasPrefix(lower, []byte("<?xml")), bytes.HasPrefix(lower, []byte("<")) && bytes.IndexByte(lower, '>') > 0:
		return sniffXML(lower)
	case text[0] == '{', text[0] == '[' && jsonLike(text):
		return sniffJSON(lower)
	case control(text):
		return Unrecognised
	}
	if Delimiter(string(text)) != 0 {
		return CSV
	}
	return TXT
}

// unwiden reads UTF-16 as the text it is.
func unwiden(b []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) > 1; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

func sniffXML(lower []byte) Format {
	switch {
	case bytes.Contains(lower, []byte("<kml")):
		return KML
	case bytes.Contains(lower, []byte("<rdf:rdf")):
		return RDF
	}
	return XML
}

// jsonLike tells a list of JSON from a text that begins with a bracket.
func jsonLike(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && strings.IndexByte(`{["]-0123456789tfn`, rest[0]) >= 0
}

func sniffJSON(lower []byte) Format {
	if bytes.Contains(lower, []byte(`"featurecollection"`)) || bytes.Contains(lower, []byte(`"feature"`)) {
		return GeoJSON
	}
	return JSON
}

// control tells whether the bytes are no text: more than a few control characters.
func control(text []byte) bool {
	n := 0
	for _, c := range text {
		if c < 32 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1a {
			n++
		}
	}
	return n*50 > len(text)
}

// delimiters are what may part the cells of a CSV file; in this order when
// they are as frequent.
var delimiters = []rune{';', '\t', ',', '|'}

// Delimiter returns what parts the cells of a text: the character that most
// lines hold, and hold equally often. 0 when there is none.
func Delimiter(head string) rune {
	lines := strings.Split(strings.ReplaceAll(head, "\r", "\n"), "\n")
	if len(lines) > 1 && len(head) >= HeadSize {
		lines = lines[:len(lines)-1] // cut in the middle
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return strings.TrimSpace(s) == "" })
	lines = lines[:min(len(lines), 60)]
	best, most := rune(0), 0
	for _, d := range delimiters {
		counts := map[int]int{}
		for _, l := range lines {
			counts[countOutside(l, d)]++
		}
		score := 0
		for n, times := range counts {
			if n > 0 && (times > 1 || len(lines) == 1) {
				score = max(score, times*100+min(n, 99))
			}
		}
		// Prose has a comma here and there; a table has as many in most of its lines.
		if score > most && score/100*5 >= len(lines)*2 {
			best, most = d, score
		}
	}
	return best
}

// countOutside counts d in l where it stands in no quotes.
func countOutside(l string, d rune) int {
	n, quoted := 0, false
	for _, r := range l {
		switch r {
		case '"':
			quoted = !quoted
		case d:
			if !quoted {
				n++
			}
		}
	}
	return n
}

// maxParts bounds how many names of an archive are looked at.
const maxParts = 5_000

// Inside takes a second look into an archive or an old office file: what it is
// and, for an archive, which formats lie in it.
func Inside(f Format, r io.ReaderAt, size int64) (Format, []Format) {
	switch f {
	case ZIP:
		return insideZIP(r, size)
	case oldOffice:
		return office(r, size), nil
	}
	return f, nil
}

func insideZIP(r io.ReaderAt, size int64) (Format, []Format) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return ZIP, nil
	}
	var holds []Format
	for n, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		switch {
		case name == "xl/workbook.xml" || name == "xl/workbook.bin":
			return XLSX, nil
		case name == "word/document.xml":
			return DOCX, nil
		case name == "mimetype" && n == 0 && strings.Contains(mimetype(f), "spreadsheet"):
			return ODS, nil
		case n >= maxParts:
			return ZIP, holds
		}
		if held, ok := endings[strings.TrimPrefix(path.Ext(name), ".")]; ok && !slices.Contains(holds, held) {
			holds = append(holds, held)
		}
	}
	if slices.Contains(holds, SHP) {
		return SHP, holds
	}
	return ZIP, holds
}

func mimetype(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 200)) // what cannot be read names no type
	return string(b)
}

// endings are what files in an archive are taken for by their names.
var endings = map[string]Format{
	"csv": CSV, "tsv": CSV, "txt": TXT, "xlsx": XLSX, "xlsm": XLSX, "xls": XLS, "ods": ODS, "json": JSON, "geojson": GeoJSON,
	"shp": SHP, "kml": KML, "xml": XML, "pdf": PDF, "png": PNG, "jpg": JPEG, "jpeg": JPEG, "tif": TIFF, "tiff": TIFF,
	"gpkg": GPKG, "doc": DOC, "docx": DOCX,
}

// streams are the names by which the old office formats are told apart, as
// they stand in the file.
var streams = []struct {
	name   string
	format Format
}{{"Workbook", XLS}, {"Book", XLS}, {"WordDocument", DOC}, {"PowerPoint Document", PPT}}

// office looks for the name of the main stream.
func office(r io.ReaderAt, size int64) Format {
	const chunk, overlap = 64 << 10, 64
	buffer := make([]byte, chunk)
	for at := int64(0); at < size; at += chunk - overlap {
		n, err := r.ReadAt(buffer, at)
		for _, s := range streams {
			if bytes.Contains(buffer[:n], wideOf(s.name)) {
				return s.format
			}
		}
		if err != nil {
			break
		}
	}
	return oldOffice
}

func wideOf(s string) []byte {
	out := []byte{}
	for _, r := range s + "\x00" {
		out = append(out, byte(r), 0)
	}
	return out
}

// Match says how well a real format fits the declared one.
type Match string

// The matches.
const (
	Fits    Match = "fits"
	Minor   Match = "minor" // the older or newer form of the same: XLS for XLSX
	Differs Match = "differs"
)

// families are declared formats and the real ones that fit. What is not
// listed is a claim that nobody can check by the bytes.
var families = map[string][]Format{
	"CSV": {CSV, TXT}, "TSV": {CSV, TXT}, "TXT": {TXT, CSV}, "TEXT": {TXT, CSV},
	"XLSX": {XLSX}, "XLSM": {XLSX}, "XLS": {XLS}, "EXCEL": {XLS, XLSX}, "ODS": {ODS},
	"JSON": {JSON, GeoJSON}, "GEOJSON": {GeoJSON}, "XML": {XML, KML, RDF}, "KML": {KML}, "RDF": {RDF, XML}, "RDF/XML": {RDF, XML},
	"PDF": {PDF}, "DOC": {DOC}, "DOCX": {DOCX}, "PPT": {PPT},
	"ZIP": {ZIP, SHP}, "SHP": {SHP, ZIP}, "GZIP": {GZIP}, "GZ": {GZIP}, "RAR": {RAR}, "7Z": {SevenZip},
	"PNG": {PNG}, "JPG": {JPEG}, "JPEG": {JPEG}, "GIF": {GIF}, "TIFF": {TIFF}, "TIF": {TIFF}, "PARQUET": {Parquet}, "GPKG": {GPKG},
	"HTML": {HTML}, "HTM": {HTML},
}

// alike are pairs whose confusion harms nobody.
var alike = [][2]Format{{XLS, XLSX}, {DOC, DOCX}, {JSON, GeoJSON}}

// Compare tells how the real format fits what was declared. What cannot be
// recognised is not held against anybody.
func Compare(declared string, is Format) Match {
	fitting, known := families[strings.ToUpper(strings.TrimSpace(declared))]
	if !known || is == Unrecognised || is == oldOffice || slices.Contains(fitting, is) {
		return Fits
	}
	for _, pair := range alike {
		if slices.Contains(fitting, pair[0]) && is == pair[1] || slices.Contains(fitting, pair[1]) && is == pair[0] {
			return Minor
		}
	}
	return Differs
}

// declaresPage tells whether the declared format is a page or a service, so
// that a page is what was promised.
func declaresPage(declared string) bool {
	return slices.Contains([]string{"HTML", "HTM", "API", "WEB", "URL", "WMS", "WFS", "REST", "SPARQL", "LINK", "LIEN"},
		strings.ToUpper(strings.TrimSpace(declared)))
}

// AsksPassword tells whether a page is a form to sign in.
func AsksPassword(head []byte) bool {
	lower := strings.ToLower(string(head))
	for {
		_, rest, ok := strings.Cut(lower, "<input")
		if !ok {
			return false
		}
		tag, _, _ := strings.Cut(rest, ">")
		if strings.Contains(strings.NewReplacer(`"`, "", "'", "", " ", "").Replace(tag), "type=password") {
			return true
		}
		lower = rest
	}
}

// clip shortens a name from a file before it is kept.
func clip(s string, most int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if r < 32 || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// NeedsInside tells whether only a second look tells the format.
func NeedsInside(f Format) bool { return f == ZIP || f == oldOffice }
