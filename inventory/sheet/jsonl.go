package sheet

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// ReadJSONL reads a list with one JSON object a line, shaped like the entries
// of a CKAN catalogue. It yields a row for every line that is not blank; a
// line that cannot be read is a row with the reason, and reading goes on. Memory
// is bounded by one line of MaxLine bytes, whatever the list holds.
func ReadJSONL(r io.Reader, v *inventory.Vocabulary) iter.Seq[inventory.Row] {
	return func(yield func(inventory.Row) bool) {
		m, lines := newMapper(v, ""), newLineReader(r)
		for {
			data, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			row := inventory.Row{Line: lines.number}
			switch {
			case errors.Is(err, errTooLong):
				row.Err = fault.New(fault.Invalid, "import.line.too_long", MaxLine>>20)
			case err != nil:
				row.Err = fault.New(fault.Invalid, "import.line.unreadable")
				yield(row)
				return
			default:
				if lines.number == 1 {
					data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
				}
				if data = bytes.TrimSpace(data); len(data) == 0 {
					continue
				}
				row = m.line(data, lines.number)
			}
			if !yield(row) {
				return
			}
		}
	}
}

func (m *mapper) line(data []byte, number int) inventory.Row {
	if !utf8.Valid(data) {
		return inventory.Row{Line: number, Err: fault.New(fault.Invalid, "fault.utf8")}
	}
	e, err := parseEntry(data)
	if err != nil {
		return inventory.Row{Line: number, Err: err}
	}
	return m.row(e, number)
}
