package sheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
	wide "unicode/utf16"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/charmap"
)

// The records of an old workbook (BIFF5 and BIFF8) that are understood: enough
// for the texts, numbers and dates of its cells.
const (
	recFormula, recEOF, recPassword, recContinue = 0x0006, 0x000A, 0x002F, 0x003C
	recCodePage, recSheet, recMulRK, recXF       = 0x0042, 0x0085, 0x00BD, 0x00E0
	recRichString, recSST, recSharedLabel        = 0x00D6, 0x00FC, 0x00FD
	recNumber, recLabel, recTruth, recString     = 0x0203, 0x0204, 0x0205, 0x0207
	recRK, recFormat, recBegin                   = 0x027E, 0x041E, 0x0809
	biff8                                        = 0x0600
	arabicPage                                   = 1256
	lastColumn                                   = 256
	date1904Record                               = 0x0022
	days1904                                     = 1462
	miniFATAt, difatAt                           = 64, 72 // in the header of the container
)

var (
	errOldDamaged = errors.New("the old workbook is damaged")
	errPassword   = errors.New("the old workbook is locked with a password")
)

// oldBook is an old workbook whose globals were read.
type oldBook struct {
	data    []byte
	version uint16
	page    uint16
	sheets  []oldSheet
	shared  []string
	formats map[uint16]string // own number formats
	xfs     []uint16          // number format of each cell style
	shift   float64           // days between the two calendars
}

type oldSheet struct {
	name string
	at   int
}

// openOld reads a workbook as Excel wrote them before 2007.
func openOld(r io.ReaderAt, size int64) (*Tables, error) {
	data, err := bookStream(r, size)
	if err != nil {
		return nil, err
	}
	b := &oldBook{data: data, formats: map[uint16]string{}}
	if err := b.globals(); err != nil {
		return nil, err
	}
	t := &Tables{}
	for _, s := range b.sheets {
		t.All = append(t.All, Table{Name: s.name, Rows: b.rows(s.at)})
	}
	return t, nil
}

// bookStream returns the workbook inside its container.
func bookStream(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil, errOldDamaged
	}
	for _, at := range []int{miniFATAt, difatAt} { // sizes that the container claims and memory would be taken for
		if int64(binary.LittleEndian.Uint32(head[at:])) > size/512 {
			return nil, errOldDamaged
		}
	}
	doc, err := mscfb.New(r)
	if err != nil {
		return nil, fmt.Errorf("open old workbook: %w", err)
	}
	for entry, err := doc.Next(); err == nil; entry, err = doc.Next() {
		if entry.Name != "Workbook" && entry.Name != "Book" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(entry, size))
		if err != nil {
			return nil, fmt.Errorf("read old workbook: %w", err)
		}
		return data, nil
	}
	return nil, errOldDamaged
}

// record returns the record at at and where the next begins; ok is false at the end.
func (b *oldBook) record(at int) (id uint16, body []byte, next int, ok bool) {
	if at < 0 || at+4 > len(b.data) {
		return 0, nil, 0, false
	}
	id = binary.LittleEndian.Uint16(b.data[at:])
	end := at + 4 + int(binary.LittleEndian.Uint16(b.data[at+2:]))
	if end > len(b.data) {
		return 0, nil, 0, false
	}
	return id, b.data[at+4 : end], end, true
}

// globals reads what stands before the sheets.
func (b *oldBook) globals() error {
	id, body, at, ok := b.record(0)
	if !ok || id != recBegin || len(body) < 4 {
		return errOldDamaged
	}
	b.version = binary.LittleEndian.Uint16(body)
	for {
		id, body, next, ok := b.record(at)
		if !ok || id == recEOF {
			return nil
		}
		switch {
		case id == recPassword:
			return errPassword
		case id == recCodePage && len(body) >= 2:
			b.page = binary.LittleEndian.Uint16(body)
		case id == date1904Record && len(body) >= 1 && body[0] == 1:
			b.shift = days1904
		case id == recSheet && len(body) >= 8 && body[5] == 0 && len(b.sheets) < maxSheets:
			at := int(binary.LittleEndian.Uint32(body))
			b.sheets = append(b.sheets, oldSheet{b.short(body[6:]), at})
		case id == recXF && len(body) >= 4:
			b.xfs = append(b.xfs, binary.LittleEndian.Uint16(body[2:]))
		case id == recFormat && len(body) >= 4:
			b.formats[binary.LittleEndian.Uint16(body)] = b.long(body[2:])
		case id == recSST:
			next = b.readShared(body, next)
		}
		at = next
	}
}

// short reads a text whose length is one byte.
func (b *oldBook) short(body []byte) string {
	if len(body) < 2 {
		return ""
	}
	if b.version != biff8 {
		return b.narrow(body[1:min(len(body), 1+int(body[0]))])
	}
	return chars(body[2:], int(body[0]), body[1]&1 == 1)
}

// long reads a text whose length is two bytes.
func (b *oldBook) long(body []byte) string {
	if len(body) < 3 {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(body))
	if b.version != biff8 {
		return b.narrow(body[2:min(len(body), 2+n)])
	}
	at := 3
	if body[2]&8 != 0 {
		at += 2
	}
	if body[2]&4 != 0 {
		at += 4
	}
	return chars(body[min(at, len(body)):], n, body[2]&1 == 1)
}

func (b *oldBook) narrow(s []byte) string {
	page := charmap.Windows1252
	if b.page == arabicPage {
		page = charmap.Windows1256
	}
	out, err := page.NewDecoder().Bytes(s)
	if err != nil {
		return ""
	}
	return string(out)
}

// chars reads n letters of one byte or of two.
func chars(body []byte, n int, two bool) string {
	if !two {
		var s strings.Builder
		for _, c := range body[:min(n, len(body))] {
			s.WriteRune(rune(c))
		}
		return s.String()
	}
	units := make([]uint16, 0, min(n, len(body)/2))
	for k := 0; k < n && 2*k+1 < len(body); k++ {
		units = append(units, binary.LittleEndian.Uint16(body[2*k:]))
	}
	return string(wide.Decode(units))
}

// rows reads a sheet row by row.
func (b *oldBook) rows(at int) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		id, _, at, ok := b.record(at)
		if !ok || id != recBegin {
			yield(nil, errOldDamaged)
			return
		}
		w := &oldRow{number: -1}
		for {
			id, body, next, ok := b.record(at)
			if !ok {
				yield(nil, errOldDamaged)
				return
			}
			at = next
			switch id {
			case recEOF:
				w.give(yield)
				return
			case recString: // what the formula before it says
				w.put(w.number, w.column, b.long(body))
			default:
				if row, cells := b.cells(id, body); len(cells) > 0 {
					if row != w.number && !w.give(yield) {
						return
					}
					w.number = row
					for n, cell := range cells {
						w.put(row, int(binary.LittleEndian.Uint16(body[2:]))+n, cell)
					}
				}
			}
		}
	}
}

// oldRow is the row that is being read.
type oldRow struct {
	number, column int
	cells          []string
}

func (w *oldRow) put(row, column int, cell string) {
	if row != w.number || column >= lastColumn || row < 0 {
		return
	}
	for len(w.cells) <= column {
		w.cells = append(w.cells, "")
	}
	w.cells[column], w.column = cell, column
}

func (w *oldRow) give(yield func([]string, error) bool) bool {
	ok := len(w.cells) == 0 || yield(w.cells, nil)
	w.cells = w.cells[:0]
	return ok
}

// cells reads a record of one cell or of several side by side.
func (b *oldBook) cells(id uint16, body []byte) (row int, cells []string) {
	if len(body) < 6 {
		return 0, nil
	}
	row = int(binary.LittleEndian.Uint16(body))
	style, rest := binary.LittleEndian.Uint16(body[4:]), body[6:]
	switch {
	case id == recSharedLabel && len(rest) >= 4:
		if n := int(binary.LittleEndian.Uint32(rest)); n < len(b.shared) {
			return row, []string{b.shared[n]}
		}
	case id == recLabel || id == recRichString:
		return row, []string{b.long(rest)}
	case id == recNumber && len(rest) >= 8:
		return row, []string{b.figure(math.Float64frombits(binary.LittleEndian.Uint64(rest)), style)}
	case id == recFormula && len(rest) >= 8:
		if rest[6] == 0xFF && rest[7] == 0xFF { // a text, which follows, or a truth, or an error
			return row, []string{""}
		}
		return row, []string{b.figure(math.Float64frombits(binary.LittleEndian.Uint64(rest)), style)}
	case id == recRK && len(rest) >= 4:
		return row, []string{b.figure(rk(binary.LittleEndian.Uint32(rest)), style)}
	case id == recTruth && len(rest) >= 2 && rest[1] == 0:
		return row, []string{map[bool]string{true: "TRUE", false: "FALSE"}[rest[0] != 0]}
	case id == recMulRK:
		for at := 4; at+6 <= len(body)-2; at += 6 {
			cells = append(cells, b.figure(rk(binary.LittleEndian.Uint32(body[at+2:])), binary.LittleEndian.Uint16(body[at:])))
		}
	}
	return row, cells
}

// rk unpacks a number that was packed into 30 bits.
func rk(x uint32) float64 {
	f := float64(int32(x) >> 2) //nolint:gosec // the sign is meant
	if x&2 == 0 {
		f = math.Float64frombits(uint64(x&^3) << 32)
	}
	if x&1 == 1 {
		f /= 100
	}
	return f
}

// figure writes a number, or the day that it stands for in its style.
func (b *oldBook) figure(x float64, style uint16) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	if b.dated(style) && x+b.shift >= 1 && x < 200_000 {
		day := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(x+b.shift))
		return day.Format(time.DateOnly)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// dated tells whether a style shows a number as a day.
func (b *oldBook) dated(style uint16) bool {
	if int(style) >= len(b.xfs) {
		return false
	}
	n := b.xfs[style]
	if n >= 14 && n <= 17 || n == 22 {
		return true
	}
	form := strings.ToLower(b.formats[n])
	for _, quote := range []string{`"`, "[", "]"} {
		if before, _, ok := strings.Cut(form, quote); ok && strings.ContainsAny(before, "dy") {
			return true
		} else if ok {
			_, form, _ = strings.Cut(form, quote)
		}
	}
	return strings.ContainsAny(form, "dy") && !strings.Contains(form, "general")
}
