package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// decode returns the text of a CSV file in whatever way it was saved: UTF-8 or
// UTF-16 with or without a mark, or the Windows code page of the office that
// saved it. There is no sure way to tell the two code pages apart; Arabic words
// are runs of high bytes, which French has none of.
func decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		data = data[3:]
		if !utf8.Valid(data) {
			return "", fault.New(fault.Invalid, "fault.utf8")
		}
		return string(data), nil
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), zeros(data, 1):
		return utf16(data, unicode.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), zeros(data, 0):
		return utf16(data, unicode.BigEndian)
	case bytes.IndexByte(data, 0) >= 0:
		return "", fault.New(fault.Invalid, "import.file.binary")
	case utf8.Valid(data):
		return string(data), nil
	}
	page := charmap.Windows1252
	if arabicRuns(data) {
		page = charmap.Windows1256
	}
	out, err := page.NewDecoder().Bytes(data)
	if err != nil {
		return "", fault.New(fault.Invalid, "fault.utf8")
	}
	return string(out), nil
}

func utf16(data []byte, order unicode.Endianness) (string, error) {
	out, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || bytes.IndexByte(out, 0) >= 0 {
		return "", fault.New(fault.Invalid, "import.file.binary")
	}
	return string(out), nil
}

// zeros tells whether every other byte of the beginning is 0 or 6, as UTF-16 of
// Latin and Arabic letters has it. Text saved otherwise holds neither byte.
func zeros(data []byte, at int) bool {
	head := data[:min(len(data), 400)&^1]
	if len(head) < 8 || bytes.IndexByte(head, 0) < 0 {
		return false
	}
	n := 0
	for k := at; k < len(head); k += 2 {
		if (head[k] == 0 || head[k] == 6) && head[k^1] != 0 {
			n++
		}
	}
	return n*2 > len(head)*4/5
}

// arabicRuns tells whether most of the high letters stand in runs of three or more.
func arabicRuns(data []byte) bool {
	run, inRuns, high := 0, 0, 0
	for _, b := range append(slices.Clip(data), ' ') {
		if b >= 0xC0 {
			run++
			high++
			continue
		}
		if run >= 3 {
			inRuns += run
		}
		run = 0
	}
	return inRuns*2 > high
}

// delimiters are what may part the cells of a CSV file.
var delimiters = []rune{';', ',', '\t', '|'}

// delimiter chooses the one under which a header is understood best.
func (t *tabulator) delimiter(text string) rune {
	head := text[:min(len(text), 64<<10)]
	best, most := delimiters[0], -1
	for _, comma := range delimiters {
		score := 0
		n := 0
		for l, err := range csvLines(head, comma) {
			if n++; err != nil || n > maxAbove {
				break
			}
			if _, known := t.headings(l); known*1000+min(len(l.cells), 500) > score {
				score = known*1000 + min(len(l.cells), 500)
			}
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}

func csvLines(text string, comma rune) iter.Seq2[gridLine, error] {
	return func(yield func(gridLine, error) bool) {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = comma, -1, true, false
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(gridLine{}, fault.New(fault.Invalid, "import.line.unreadable"))
				return
			}
			number, _ := r.FieldPos(0)
			if !yield(gridLine{number, cells}, nil) {
				return
			}
		}
	}
}

// readCSV reads a CSV file in any of the encodings and delimiters seen.
func (t *tabulator) readCSV(data []byte) iter.Seq[inventory.Row] {
	return func(yield func(inventory.Row) bool) {
		text, err := decode(data)
		if err != nil {
			yield(inventory.Row{Err: err})
			return
		}
		if t.read(grid{lines: csvLines(text, t.delimiter(text))}, yield) {
			t.understood(yield)
		}
	}
}
