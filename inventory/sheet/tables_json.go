package sheet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// Bounds of a JSON document that is read as a table.
const (
	deepest   = 32 // levels; a table lies in the first few
	keyedRows = 100
)

var errTooDeep = errors.New("nested too deeply")

// jsonRows reads the first list of objects in a JSON document as a table: the
// keys name the columns. Of GeoJSON the properties of the features are the
// columns. Documents one after another (JSON Lines) are a list too.
func jsonRows(ctx context.Context, in *bufio.Reader) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if mark, err := in.Peek(3); err == nil && string(mark) == "\xEF\xBB\xBF" {
			_, _ = in.Discard(3)
		}
		d := json.NewDecoder(in)
		d.UseNumber()
		t := &objects{yield: yield}
		err := t.find(ctx, d, 0)
		for err == nil && !t.stopped && d.More() { // JSON Lines
			err = t.find(ctx, d, 0)
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = t.flush()
		}
		if err != nil && !t.stopped {
			yield(nil, err)
		}
	}
}

// objects turns objects into rows.
type objects struct {
	yield   func([]string, error) bool
	keys    []string
	at      map[string]int
	head    []map[string]string
	begun   bool
	stopped bool
	found   bool // the list that is the table
}

// find walks a value until the list of objects is found and read.
func (t *objects) find(ctx context.Context, d *json.Decoder, depth int) error {
	if depth > deepest {
		return errTooDeep
	}
	token, err := d.Token()
	if errors.Is(err, io.EOF) && depth == 0 {
		return io.EOF
	}
	if err != nil {
		return t.explain(err)
	}
	switch token {
	case json.Delim('['):
		return t.list(ctx, d, depth)
	case json.Delim('{'):
		return t.object(ctx, d, depth)
	}
	return nil
}

func (t *objects) explain(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read JSON: %w", err)
}

// list reads a list: of objects it is the table; of anything else it is looked
// through.
func (t *objects) list(ctx context.Context, d *json.Decoder, depth int) error {
	for d.More() && !t.stopped {
		if err := ctx.Err(); err != nil {
			return err
		}
		token, err := d.Token()
		if err != nil {
			return t.explain(err)
		}
		switch token {
		case json.Delim('{'):
			row := map[string]string{}
			if err := t.row(d, row, depth+1); err != nil {
				return err
			}
			if err := t.add(row); err != nil {
				return err
			}
		case json.Delim('['):
			cells, err := t.cells(d, depth+1)
			if err != nil {
				return err
			}
			if err := t.add(cells); err != nil {
				return err
			}
		}
	}
	if t.stopped {
		return nil
	}
	_, err := d.Token() // the end of the list
	if err != nil {
		return t.explain(err)
	}
	return nil
}

// object looks through an object's values for the table; one without any is a
// row itself.
func (t *objects) object(ctx context.Context, d *json.Decoder, depth int) error {
	row := map[string]string{}
	for d.More() && !t.stopped {
		key, err := d.Token()
		if err != nil {
			return t.explain(err)
		}
		token, err := d.Token()
		if err != nil {
			return t.explain(err)
		}
		switch {
		case token == json.Delim('[') && !t.found:
			before := t.begun || len(t.head) > 0
			if err := t.list(ctx, d, depth+1); err != nil {
				return err
			}
			t.found = !before && (t.begun || len(t.head) > 0)
		case token == json.Delim('{') && !t.found:
			if err := t.object(ctx, d, depth+1); err != nil {
				return err
			}
		case token == json.Delim('['), token == json.Delim('{'):
			if err := skip(d, depth+1); err != nil {
				return t.explain(err)
			}
		default:
			row[fmt.Sprint(key)] = word(token)
		}
	}
	if t.stopped {
		return nil
	}
	if _, err := d.Token(); err != nil {
		return t.explain(err)
	}
	if depth == 0 && !t.found && len(row) > 0 {
		return t.add(row)
	}
	return nil
}

// row reads the rest of an object into a row; the properties of a feature are
// columns of their own.
func (t *objects) row(d *json.Decoder, row map[string]string, depth int) error {
	if depth > deepest {
		return errTooDeep
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return t.explain(err)
		}
		name := fmt.Sprint(key)
		token, err := d.Token()
		if err != nil {
			return t.explain(err)
		}
		switch {
		case token == json.Delim('{') && name == "properties":
			if err := t.row(d, row, depth+1); err != nil {
				return err
			}
		case token == json.Delim('{'), token == json.Delim('['):
			if err := skip(d, depth+1); err != nil {
				return t.explain(err)
			}
			row[name] = "…"
		case name == "type" && token == "Feature":
		default:
			row[name] = word(token)
		}
	}
	if _, err := d.Token(); err != nil {
		return t.explain(err)
	}
	return nil
}

// cells reads a list within a list as a row whose columns have numbers.
func (t *objects) cells(d *json.Decoder, depth int) (map[string]string, error) {
	row := map[string]string{}
	for n := 1; d.More(); n++ {
		token, err := d.Token()
		if err != nil {
			return nil, t.explain(err)
		}
		if token == json.Delim('{') || token == json.Delim('[') {
			if err := skip(d, depth+1); err != nil {
				return nil, t.explain(err)
			}
			continue
		}
		if n <= maxWide {
			row[fmt.Sprint(n)] = word(token)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, t.explain(err)
	}
	return row, nil
}

// skip passes over the rest of a list or an object.
func skip(d *json.Decoder, depth int) error {
	for level := 1; level > 0; {
		if level+depth > 1000 {
			return errTooDeep
		}
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			level++
		case json.Delim('}'), json.Delim(']'):
			level--
		}
	}
	return nil
}

func word(token json.Token) string {
	if token == nil {
		return ""
	}
	return fmt.Sprint(token)
}

// add takes a row. The first ones wait until it is known which keys there are.
func (t *objects) add(row map[string]string) error {
	if t.begun {
		return t.give(row)
	}
	t.head = append(t.head, row)
	if len(t.head) == keyedRows {
		return t.flush()
	}
	return nil
}

// flush names the columns and gives what waited.
func (t *objects) flush() error {
	if t.begun || len(t.head) == 0 {
		return nil
	}
	t.begun, t.at = true, map[string]int{}
	for _, row := range t.head {
		for key := range row {
			if _, ok := t.at[key]; !ok && len(t.keys) < maxWide {
				t.at[key] = 0
				t.keys = append(t.keys, key)
			}
		}
	}
	slices.SortFunc(t.keys, byName) // objects have no order; the digest needs one
	for n, key := range t.keys {
		t.at[key] = n
	}
	t.stopped = !t.yield(t.keys, nil)
	for _, row := range t.head {
		if err := t.give(row); err != nil {
			return err
		}
	}
	t.head = nil
	return nil
}

// byName orders keys by name, and numbers by what they count.
func byName(a, b string) int {
	if strings.Trim(a+b, "0123456789") == "" && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func (t *objects) give(row map[string]string) error {
	if t.stopped {
		return nil
	}
	cells := make([]string, len(t.keys))
	for key, value := range row {
		if n, ok := t.at[key]; ok {
			cells[n] = value
		}
	}
	t.stopped = !t.yield(cells, nil)
	return nil
}
