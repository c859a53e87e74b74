package catalogue

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// render writes a leaf in every dialect and reads it back. A dataset that
// cannot be written is left out and listed; an error means that the leaf as a
// whole does not read back, which is a fault of ours.
func (w *writer) render(key Key, publications []inventory.Publication) (*Rendered, error) {
	r := &Rendered{Leaf: Leaf{Key: key}}
	var all []*written
	for _, p := range publications {
		one, err := w.newEntry(p)
		if err != nil {
			r.LeftOut = append(r.LeftOut, LeftOut{p.Ref, err.Error()})
			continue
		}
		all = append(all, one)
		r.entries = append(r.entries, one.entry)
		if p.Modified.After(r.Modified) {
			r.Modified = p.Modified
		}
		if r.Issued.IsZero() || p.Issued.Before(r.Issued) {
			r.Issued = p.Issued
		}
	}
	if r.Datasets = len(all); r.Datasets == 0 {
		return r, nil
	}
	for _, f := range formats() {
		r.plain[f.dialect()] = w.run(f, all)
	}
	if err := w.checkRuns(r); err != nil {
		return nil, fmt.Errorf("leaf %s: %w", key, err)
	}
	var err error
	r.plain[LeafDataJSON] = dataJSONRun(all)
	if r.plain[LeafRecord], err = recordRun(all); err != nil {
		return nil, fmt.Errorf("leaf %s: %w", key, err)
	}
	if r.plain[LeafIndex], err = indexRun(r.entries); err != nil {
		return nil, fmt.Errorf("leaf %s: %w", key, err)
	}
	if r.shelved, err = shelve(r.entries); err != nil {
		return nil, fmt.Errorf("leaf %s: %w", key, err)
	}
	return r, nil
}

// run writes what a page holds between its head and its end: that the catalogue
// has these datasets, the datasets, and what they point at.
func (w *writer) run(f Format, all []*written) []byte {
	var b bytes.Buffer
	b.Grow(roomFor(f, all))
	members := w.members(all)
	switch f {
	case JSONLD:
		writeJSONLD(&b, members)
		for _, one := range all {
			b.WriteString(between(f))
			b.Write(one.jsonld)
		}
	case Turtle:
		writeTurtle(&b, members)
		for _, one := range all {
			b.Write(one.turtle)
		}
	default:
		writeRun(&b, f, members)
		for _, one := range all {
			writeRun(&b, f, one.nodes...)
		}
	}
	for _, x := range w.sharedBy(all) {
		b.WriteString(between(f))
		writeRun(&b, f, x.nodes...)
	}
	return b.Bytes()
}

// roomFor guesses how long a run will be: growing to it step by step would take
// as much again.
func roomFor(f Format, all []*written) int {
	n := 16 << 10
	for _, one := range all {
		switch f {
		case JSONLD:
			n += len(one.jsonld) + 200
		case Turtle:
			n += len(one.turtle) + 200
		case RDFXML:
			n += 2*len(one.turtle) + 200
		case NTriples:
			n += 3*len(one.turtle) + 200
		}
	}
	return n
}

// members says which datasets of the catalogue the leaf holds. It stands with
// them and not in the head of the document, so that the head does not change
// with them.
func (w *writer) members(all []*written) *node {
	c := &node{id: w.settings.CatalogIRI()}
	datasets, records := make([]string, 0, len(all)), make([]string, 0, len(all))
	for _, one := range all {
		iri := w.settings.DatasetIRI(one.pub.DatasetID)
		datasets, records = append(datasets, iri), append(records, iri+"#record")
	}
	c.add("dcat:dataset", iris(datasets...)...)
	c.add("dcat:record", iris(records...)...)
	return c
}

// sharedBy lists what the datasets point at, each once, in a fixed order. What
// every head describes already is not said again.
func (w *writer) sharedBy(all []*written) []*fragment {
	seen := map[string]bool{}
	for _, one := range all {
		for _, iri := range one.points {
			seen[iri] = true
		}
	}
	for _, iri := range w.headPoints {
		delete(seen, iri)
	}
	var out []*fragment
	for _, iri := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, w.shared[iri])
	}
	return out
}

// checkRuns parses what the pages will hold once more, whole.
func (w *writer) checkRuns(r *Rendered) error {
	if !json.Valid(slices.Concat([]byte("["), r.plain[LeafJSONLD], []byte("]"))) {
		return errors.New("json-ld: not JSON")
	}
	turtle, err := readTurtle(r.plain[LeafTurtle])
	if err != nil {
		return err
	}
	plain, err := readTurtle(r.plain[LeafNTriples])
	if err != nil {
		return fmt.Errorf("n-triples: %w", err)
	}
	meant := setOf(turtle)
	if !meant.same(plain) {
		return errors.New("n-triples do not say what turtle does")
	}
	xml, err := readRDFXML(r.plain[LeafRDFXML])
	if err != nil {
		return err
	}
	if !meant.same(xml) {
		return errors.New("rdf/xml does not say what turtle does")
	}
	return nil
}

// dataJSONRun joins the datasets as data.json has them.
func dataJSONRun(all []*written) []byte {
	var b bytes.Buffer
	for i, one := range all {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.Write(one.datajson)
	}
	return b.Bytes()
}

// recordRun writes the publications, a line each, so that one can be read
// without the others. What only the register's own lists need stays behind.
func recordRun(all []*written) ([]byte, error) {
	var b bytes.Buffer
	for _, one := range all {
		if err := writeRecord(&b, one.pub); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func writeRecord(b *bytes.Buffer, p inventory.Publication) error {
	p.Search, p.Formats = "", ""
	p.Version, p.Entered = 0, 0                               // of the change feed, which reads the register itself
	p.BoundFrom, p.DueAt, p.LateAfter = time.Time{}, nil, nil // of the ledger, which moves without the catalogue
	line, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("record %s: %w", p.Ref, err)
	}
	b.Write(line)
	b.WriteByte('\n')
	return nil
}

// indexRun writes what is searched, each entry after its length.
func indexRun(entries []*entry) ([]byte, error) {
	var out []byte
	for _, e := range entries {
		b, err := e.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", e.ref, err)
		}
		out = binary.AppendUvarint(out, uint64(len(b)))
		out = append(out, b...)
	}
	return out, nil
}

// readIndex reads what indexRun wrote of n entries.
func readIndex(b []byte, n int) ([]*entry, error) {
	entries := make([]*entry, 0, n)
	for len(b) > 0 {
		size, used := binary.Uvarint(b)
		if used <= 0 || uint64(len(b)-used) < size {
			return nil, errors.New("read index: cut short")
		}
		e := &entry{}
		if err := e.UnmarshalBinary(b[used : used+int(size)]); err != nil { //nolint:gosec // at most len(b)
			return nil, fmt.Errorf("read index: %w", err)
		}
		entries = append(entries, e)
		b = b[used+int(size):] //nolint:gosec // as above
	}
	if len(entries) != n {
		return nil, fmt.Errorf("read index: %d entries of %d", len(entries), n)
	}
	return entries, nil
}
