package sheet

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Tables is what lies in a file of any shape: one table, or one for each sheet
// of a workbook. Nothing of it is understood; a cell is a text.
type Tables struct {
	Encoding  string // of a text, as IANA names it
	Delimiter rune   // of a CSV file
	All       []Table
	close     func()
}

// Table is one table, to be walked once.
type Table struct {
	Name string
	Rows iter.Seq2[[]string, error] // a row holds only until the next is asked for
}

// Close lets go of what the tables were read from.
func (t *Tables) Close() {
	if t.close != nil {
		t.close()
	}
}

// ErrNoTable says that a format holds no table that can be read here.
var ErrNoTable = errors.New("no table to read in this format")

// OpenTables reads the tables of a file in a format: CSV, TXT, XLSX, XLS, JSON
// or GEOJSON. Memory stays bounded whatever the file claims to be.
func OpenTables(ctx context.Context, format string, r io.ReaderAt, size int64) (*Tables, error) {
	switch format {
	case "CSV", "TXT":
		return openText(r, size)
	case "XLSX":
		return openSheets(r, size)
	case "XLS":
		return openOld(r, size)
	case "JSON", "GEOJSON":
		return &Tables{Encoding: "utf-8", All: []Table{{Rows: jsonRows(ctx, bufio.NewReader(section(r, size)))}}}, nil
	}
	return nil, ErrNoTable
}

func section(r io.ReaderAt, size int64) *io.SectionReader { return io.NewSectionReader(r, 0, size) }

// openText reads a CSV file in whatever encoding it is.
func openText(r io.ReaderAt, size int64) (*Tables, error) {
	name, page, skip, err := encodingOf(section(r, size))
	if err != nil {
		return nil, err
	}
	t := &Tables{Encoding: name}
	text := func() io.Reader {
		in := io.NewSectionReader(r, skip, size-skip)
		if page == nil {
			return in
		}
		return page.NewDecoder().Reader(in)
	}
	head, err := io.ReadAll(io.LimitReader(text(), 64<<10))
	if err != nil {
		return nil, fmt.Errorf("read head of a text: %w", err)
	}
	if t.Delimiter = columnsBy(string(head)); t.Delimiter == 0 {
		t.Delimiter = ','
	}
	t.All = []Table{{Rows: csvRows(text(), t.Delimiter)}}
	return t, nil
}

// encodingOf reads a whole text to say how it is encoded. page is nil when it
// is UTF-8; skip is the length of a mark before it.
func encodingOf(r io.Reader) (name string, page encoding.Encoding, skip int64, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, 0, fmt.Errorf("read a text: %w", err)
	}
	wide := func(order unicode.Endianness) encoding.Encoding { return unicode.UTF16(order, unicode.UseBOM) }
	switch {
	case len(head) >= 3 && string(head[:3]) == "\xEF\xBB\xBF":
		skip = 3
	case len(head) >= 2 && string(head[:2]) == "\xFF\xFE", zeros(head, 1):
		return "utf-16le", wide(unicode.LittleEndian), 0, nil
	case len(head) >= 2 && string(head[:2]) == "\xFE\xFF", zeros(head, 0):
		return "utf-16be", wide(unicode.BigEndian), 0, nil
	}
	var look highBytes
	if err := look.read(in); err != nil {
		return "", nil, 0, fmt.Errorf("read a text: %w", err)
	}
	switch {
	case !look.invalid && skip > 0:
		return "utf-8-bom", nil, skip, nil
	case !look.invalid && look.high == 0:
		return "us-ascii", nil, 0, nil
	case !look.invalid:
		return "utf-8", nil, 0, nil
	case look.inRuns*2 > look.high:
		return "windows-1256", charmap.Windows1256, skip, nil
	}
	return "windows-1252", charmap.Windows1252, skip, nil
}

// highBytes looks at the bytes beyond ASCII: whether they are UTF-8, and, when
// not, whether they stand in runs as Arabic letters do.
type highBytes struct {
	invalid           bool
	high, run, inRuns int
}

func (h *highBytes) read(in *bufio.Reader) error {
	buffer := make([]byte, 32<<10)
	kept := 0
	for {
		n, err := in.Read(buffer[kept:])
		part := buffer[:kept+n]
		kept = copy(buffer, part[h.part(part, err != nil):])
		if errors.Is(err, io.EOF) {
			h.endRun()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// part looks at b and returns how much of it was looked at; the beginning of a
// letter at its end waits for the rest unless it is the last.
func (h *highBytes) part(b []byte, last bool) int {
	n := 0
	for n < len(b) {
		if b[n] < utf8.RuneSelf {
			h.endRun()
			n++
			continue
		}
		size := 1
		if !h.invalid {
			if !utf8.FullRune(b[n:]) && !last {
				break
			}
			var r rune
			if r, size = utf8.DecodeRune(b[n:]); r == utf8.RuneError && size == 1 {
				h.invalid = true
			}
		}
		for range size {
			if b[n] >= 0xC0 || !h.invalid {
				h.run++
				h.high++
			} else {
				h.endRun()
			}
			n++
		}
	}
	return n
}

func (h *highBytes) endRun() {
	if h.run >= 3 {
		h.inRuns += h.run
	}
	h.run = 0
}

// columnsBy guesses what parts the cells: what splits the first lines into the
// same number of several columns most often.
func columnsBy(head string) rune {
	best, most := rune(0), 0
	for _, d := range delimiters {
		widths, n := map[int]int{}, 0
		for l, err := range csvLines(head, d) {
			if n++; err != nil || n > 60 {
				break
			}
			widths[len(l.cells)]++
		}
		for width, times := range widths {
			if score := times*100 + min(width, 99); width > 1 && score > most {
				best, most = d, score
			}
		}
	}
	return best
}

// maxRecord bounds a row of a CSV file: a quote that never closes must not
// swallow the file.
const maxRecord = 4 << 20

var errLongRecord = errors.New("a row is longer than 4 MB")

// meter bounds what is read between two rows.
type meter struct {
	r io.Reader
	n int
}

func (m *meter) Read(b []byte) (int, error) {
	if m.n > maxRecord {
		return 0, errLongRecord
	}
	n, err := m.r.Read(b)
	m.n += n
	return n, err
}

func csvRows(r io.Reader, comma rune) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		m := &meter{r: r}
		in := csv.NewReader(m)
		in.Comma, in.FieldsPerRecord, in.LazyQuotes, in.ReuseRecord = comma, -1, true, true
		for {
			m.n = 0
			cells, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read CSV: %w", err))
				return
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}

// Bounds of a workbook whose cells are only counted. Parts beyond partInMemory
// wait on disk.
const (
	mostUnpacked = 512 << 20
	partInMemory = 8 << 20
)

// openSheets reads a workbook. Nothing is calculated and no link is followed.
func openSheets(r io.ReaderAt, size int64) (*Tables, error) {
	f, err := excelize.OpenReader(section(r, size), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: partInMemory,
	})
	if err != nil {
		return nil, fmt.Errorf("open workbook: %w", err)
	}
	t := &Tables{close: func() { _ = f.Close() }}
	names := f.GetSheetList()
	for _, name := range names[:min(len(names), maxSheets)] {
		t.All = append(t.All, Table{Name: name, Rows: func(yield func([]string, error) bool) {
			for l, err := range lines(f, name) {
				if !yield(l.cells, err) {
					return
				}
			}
		}})
	}
	return t, nil
}
