package catalogue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jard-odi/jard/inventory"
)

// entry is one publication as every dialect writes it, made once and shared by
// all snapshots until the publication changes.
type entry struct {
	pub      inventory.Publication
	points   []string // IRIs of shared things
	jsonld   []byte
	turtle   []byte
	datajson []byte
	ckan     []byte
	found    finding
}

// newEntry writes p in every dialect, or tells why it cannot stand in the
// feed. A panic in a writer costs the one entry that caused it.
func (w *writer) newEntry(p inventory.Publication) (e *entry, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, err = nil, fmt.Errorf("write %s: %v", p.Ref, r)
		}
	}()
	if !isUUID(p.DatasetID) {
		return nil, fmt.Errorf("write %s: %q is no UUID", p.Ref, p.DatasetID)
	}
	if len(wordings(p.Content.Title)) == 0 {
		return nil, fmt.Errorf("write %s: no title", p.Ref)
	}
	nodes := w.describe(p)
	f := newFragment(nodes...)
	e = &entry{pub: p, points: w.points(nodes), jsonld: f.jsonld, turtle: f.turtle}
	if err := w.check(e, nodes); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	if e.datajson, err = w.dataJSON(p); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	pkg := w.ckanPackage(p)
	if e.ckan, err = marshal(pkg); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	e.found = w.newFinding(p, pkg)
	return e, nil
}

// check reads back what was written: both RDF dialects must say exactly what
// was meant, and what was meant must satisfy the profile.
func (w *writer) check(e *entry, nodes []*node) error {
	meant := triples(nodes...)
	if err := conforms(meant, w.profile); err != nil {
		return err
	}
	return readsBack(e.jsonld, e.turtle, meant)
}

// readsBack compares fragments, as read, with the statements meant.
func readsBack(jsonld, turtle []byte, meant []triple) error {
	doc := slices.Concat(jsonldHead(), jsonld, []byte(jsonldTail))
	fromJSON, err := readJSONLD(doc)
	if err != nil {
		return err
	}
	fromTurtle, err := readTurtle(turtle)
	if err != nil {
		return err
	}
	if !sameTriples(fromJSON, meant) {
		return fmt.Errorf("json-ld does not say what was meant")
	}
	if !sameTriples(fromTurtle, meant) {
		return fmt.Errorf("turtle does not say what was meant")
	}
	return nil
}

// sameTriples tells whether two lists hold the same set of statements.
func sameTriples(a, b []triple) bool {
	set := make(map[triple]bool, len(b))
	for _, t := range b {
		set[t] = false
	}
	for _, t := range a {
		if _, ok := set[t]; !ok {
			return false
		}
		set[t] = true
	}
	for _, met := range set {
		if !met {
			return false
		}
	}
	return true
}

// isUUID tells whether s is a UUID in lower case: a portal refuses any other id.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) || 'A' <= s[i] && s[i] <= 'F' {
			return false
		}
	}
	return true
}

// write puts a slice of the catalogue into one document: first what changes with
// every snapshot, then the datasets and what they point at.
func (w *writer) write(s slice, f Format) [][]byte {
	var top, b bytes.Buffer
	head := w.head(s, f)
	shared := w.sharedBy(head, s.entries)
	switch f {
	case JSONLD:
		top.Write(jsonldHead())
		writeJSONLD(&top, head...)
		for _, e := range s.entries {
			b.WriteString(",\n")
			b.Write(e.jsonld)
		}
		for _, x := range shared {
			b.WriteString(",\n")
			b.Write(x.jsonld)
		}
		b.WriteString(jsonldTail)
	case Turtle:
		top.Write(turtleHead())
		writeTurtle(&top, head...)
		for _, e := range s.entries {
			b.Write(e.turtle)
		}
		for _, x := range shared {
			b.Write(x.turtle)
		}
	default:
		w.writeNodes(&b, f, w.nodesOf(head, s.entries, shared))
	}
	return [][]byte{top.Bytes(), b.Bytes()}
}

// nodesOf gathers everything a document tells of. The nodes of entries are
// made anew: the formats that need them are asked for seldom.
func (w *writer) nodesOf(head []*node, entries []*entry, shared []*fragment) []*node {
	nodes := slices.Clone(head)
	for _, e := range entries {
		nodes = append(nodes, w.describe(e.pub)...)
	}
	for _, f := range shared {
		nodes = append(nodes, f.nodes...)
	}
	return nodes
}

// writeNodes writes a whole document of the nodes.
func (w *writer) writeNodes(b *bytes.Buffer, f Format, nodes []*node) {
	switch f {
	case JSONLD:
		b.Write(jsonldHead())
		writeJSONLD(b, nodes...)
		b.WriteString(jsonldTail)
	case Turtle:
		b.Write(turtleHead())
		writeTurtle(b, nodes...)
	case RDFXML:
		b.Write(rdfXMLHead())
		writeRDFXML(b, nodes...)
		b.WriteString(rdfXMLTail)
	case NTriples:
		writeNTriples(b, nodes...)
	}
}

// writeAll writes a document of the nodes alone.
func (w *writer) writeAll(f Format, nodes []*node) []byte {
	var b bytes.Buffer
	w.writeNodes(&b, f, nodes)
	return b.Bytes()
}

// writeOne writes one dataset with everything it points at.
func (w *writer) writeOne(e *entry, f Format) []byte {
	return w.writeAll(f, w.nodesOf(nil, []*entry{e}, w.sharedBy(nil, []*entry{e})))
}

// checkPage holds a whole page to what was meant before anybody is given it.
func (w *writer) checkPage(s slice, f Format, page []byte) error {
	meant := triples(w.head(s, f)...)
	if err := conforms(meant, w.profile); err != nil {
		return fmt.Errorf("page %d: %w", s.number, err)
	}
	switch f {
	case JSONLD:
		if !json.Valid(page) {
			return fmt.Errorf("page %d: not JSON", s.number)
		}
	case Turtle:
		if _, err := readTurtle(page); err != nil {
			return fmt.Errorf("page %d: %w", s.number, err)
		}
	}
	return nil
}

// byID orders entries for ever the same way.
func byID(a, b *entry) int { return cmp.Compare(a.pub.DatasetID, b.pub.DatasetID) }
