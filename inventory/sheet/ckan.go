package sheet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// maxDepth bounds how deep a list of entries may be wrapped.
const maxDepth = 4

// ReadCKAN reads the answer of a CKAN catalogue: package_search, a list of
// packages, or an object that holds one. Rows are numbered by entry, and portal
// is the host they came from. Entries are decoded one at a time.
func ReadCKAN(r io.Reader, v *inventory.Vocabulary, portal string) iter.Seq[inventory.Row] {
	return readList(r, newMapper(v, portal).line)
}

// readList reads a JSON document that holds a list, one entry at a time.
func readList(r io.Reader, read func(data []byte, number int) inventory.Row) iter.Seq[inventory.Row] {
	return func(yield func(inventory.Row) bool) {
		decoder := json.NewDecoder(&capped{r: r})
		open, err := findList(decoder, 0)
		if err != nil {
			yield(inventory.Row{Err: explainCKAN(err)})
			return
		}
		number := 1
		for ; decoder.More(); number++ {
			var raw json.RawMessage
			if err := decoder.Decode(&raw); err != nil {
				yield(inventory.Row{Line: number, Err: explainCKAN(err)})
				return
			}
			row := inventory.Row{Line: number, Err: fault.New(fault.Invalid, "import.line.too_long", MaxLine>>20)}
			if len(raw) <= MaxLine {
				row = read(raw, number)
			}
			if !yield(row) {
				return
			}
		}
		if err := end(decoder, open); err != nil {
			yield(inventory.Row{Line: number, Err: err})
		}
	}
}

// end reads what stands behind the list: the rest of what it is wrapped in, of
// which so many brackets are open, and nothing else.
func end(d *json.Decoder, open int) error {
	for open > 0 {
		token, err := d.Token()
		if err != nil {
			return explainCKAN(err)
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			open++
		case json.Delim(']'), json.Delim('}'):
			open--
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "import.file.trailing")
	}
	return nil
}

// errNoList marks a document without a list of entries.
var errNoList = errors.New("no list of entries")

// findList moves the decoder to the first entry, and tells how many brackets are open then.
func findList(d *json.Decoder, depth int) (open int, err error) {
	token, err := d.Token()
	if err != nil {
		return 0, err
	}
	switch {
	case token == json.Delim('['):
		return depth + 1, nil
	case token != json.Delim('{') || depth > maxDepth:
		return 0, errNoList
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return 0, err
		}
		switch key {
		case "result", "results", "datasets", "packages", "dataset":
			return findList(d, depth+1)
		}
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return 0, err
		}
	}
	return 0, errNoList
}

func explainCKAN(err error) error {
	switch {
	case errors.Is(err, errNoList):
		return fault.New(fault.Invalid, "import.file.no_list")
	case errors.Is(err, errTooLarge):
		return fault.New(fault.TooLarge, "import.file.too_large", maxDocument>>20)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "import.line.truncated")
	}
	return fault.New(fault.Invalid, "import.line.json")
}

// maxDocument bounds a whole JSON document: its decoder holds one entry, and
// an endless entry would be all of it.
const maxDocument = 64 << 20

var errTooLarge = fmt.Errorf("document over %d bytes", maxDocument)

// capped ends reading with errTooLarge.
type capped struct {
	r io.Reader
	n int
}

func (c *capped) Read(p []byte) (int, error) {
	if c.n > maxDocument {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
