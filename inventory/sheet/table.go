// Package sheet reads lists made elsewhere: the catalogues ministries already
// have, and the reference data an operator keeps as CSV. It turns a reader into
// rows and faults, line by line, and stores nothing.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/lang"
)

// maxTable bounds a reference file; the largest real one has 10 kB.
const maxTable = 8 << 20

// table is a CSV file with a header, as its rows.
type table struct {
	name string
	rows []line
}

// line is one row of a table by column.
type line struct {
	number int
	cells  map[string]string
}

func (l line) get(column string) string { return l.cells[column] }

// text gathers the columns PREFIX_fr, PREFIX_ar and PREFIX_en.
func (l line) text(prefix string) lang.Text {
	x := lang.Text{}
	for _, tag := range lang.All() {
		x[string(tag)] = l.cells[prefix+"_"+string(tag)]
	}
	return x.Clean()
}

// readTable reads a CSV file whose header must name at least the columns.
func readTable(name string, r io.Reader, columns ...string) (table, error) {
	t := table{name: name}
	data, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	switch {
	case err != nil:
		return t, fmt.Errorf("read %s: %w", name, err)
	case len(data) > maxTable:
		return t, fmt.Errorf("%s: larger than %d MB", name, maxTable>>20)
	case !utf8.Valid(data):
		return t, fmt.Errorf("%s: not UTF-8", name)
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))))
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return t, fmt.Errorf("%s: empty", name)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	var faults []error
	for n, column := range header {
		header[n] = strings.TrimSpace(column)
		if slices.Index(header, header[n]) != n {
			faults = append(faults, fmt.Errorf("%s: column %q appears twice", name, header[n]))
		}
	}
	for _, column := range columns {
		if !slices.Contains(header, column) {
			faults = append(faults, fmt.Errorf("%s: column %q is missing", name, column))
		}
	}
	if len(faults) > 0 {
		return t, errors.Join(faults...)
	}
	return t, t.read(reader, header)
}

func (t *table) read(reader *csv.Reader, header []string) error {
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		number, _ := reader.FieldPos(0)
		row := line{number: number, cells: make(map[string]string, len(header))}
		for n, cell := range cells {
			row.cells[header[n]] = strings.TrimSpace(cell)
		}
		t.rows = append(t.rows, row)
	}
}

// collector gathers the faults of a file, each with file and line.
type collector struct {
	errs []error
	seen map[string]bool
}

func (c *collector) at(t table, l line, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s:%d: "+format, append([]any{t.name, l.number}, args...)...))
}

// key asks for a key that is given and new in the file.
func (c *collector) key(t table, l line, column string) string {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	key := l.get(column)
	switch {
	case key == "":
		c.at(t, l, "%s is empty", column)
	case c.seen[t.name+"\x00"+key]:
		c.at(t, l, "%s %q appears twice", column, key)
	}
	c.seen[t.name+"\x00"+key] = true
	return key
}

func (c *collector) join() error { return errors.Join(c.errs...) }
