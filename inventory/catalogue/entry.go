package catalogue

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// entry is what a snapshot keeps in memory of one publication: what the Action
// API searches and answers. All else is in the leaf.
type entry struct {
	id, ref, name string
	institution   string
	theme         string
	issued        time.Time
	modified      time.Time
	record        *record // what the Action API keeps; on its way to the index it becomes a brief
	brief         *brief
}

// written is one publication as every dialect writes it, while its leaf is rendered.
type written struct {
	*entry
	pub      inventory.Publication
	nodes    []*node
	points   []string // IRIs of shared things
	jsonld   []byte
	turtle   []byte
	datajson []byte
}

// newEntry writes p in every dialect, or tells why it cannot stand in the
// feed. A panic in a writer costs the one entry that caused it.
func (w *writer) newEntry(p inventory.Publication) (one *written, err error) {
	defer func() {
		if r := recover(); r != nil {
			one, err = nil, fmt.Errorf("write %s: %v", p.Ref, r)
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
	one = &written{
		entry: &entry{
			id: p.DatasetID, ref: p.Ref, name: p.Name, institution: p.Institution, theme: p.Content.Theme,
			issued: p.Issued, modified: p.Modified,
		},
		pub: p, nodes: nodes, points: w.points(nodes), jsonld: f.jsonld, turtle: f.turtle,
	}
	if err := w.check(one, nodes); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	if one.datajson, err = w.dataJSON(p); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	if one.record, err = w.newRecord(p); err != nil {
		return nil, fmt.Errorf("write %s: %w", p.Ref, err)
	}
	return one, nil
}

// check reads back what was written: both RDF dialects must say exactly what
// was meant, and what was meant must satisfy the profile.
func (w *writer) check(e *written, nodes []*node) error {
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
func sameTriples(a, b []triple) bool { return setOf(b).same(a) }

// statements are a set of them; true are those that were met last.
type statements map[triple]bool

func setOf(all []triple) statements {
	set := make(statements, len(all))
	for _, t := range all {
		set[t] = false
	}
	return set
}

// same tells whether a list holds the same statements.
func (s statements) same(all []triple) bool {
	for t := range s {
		s[t] = false
	}
	for _, t := range all {
		if _, ok := s[t]; !ok {
			return false
		}
		s[t] = true
	}
	for _, met := range s {
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

// nodesOf gathers everything a document of the datasets tells of.
func (w *writer) nodesOf(all ...*written) []*node {
	var nodes []*node
	seen := map[string]bool{}
	for _, one := range all {
		nodes = append(nodes, one.nodes...)
		for _, iri := range one.points {
			seen[iri] = true
		}
	}
	for _, iri := range slices.Sorted(maps.Keys(seen)) {
		nodes = append(nodes, w.shared[iri].nodes...)
	}
	return nodes
}

// begin opens a document of the format.
func begin(f Format) []byte {
	switch f {
	case Turtle:
		return turtleHead()
	case RDFXML:
		return rdfXMLHead()
	case NTriples:
		return nil
	}
	return jsonldHead()
}

// between parts two runs of nodes.
func between(f Format) string {
	if f == JSONLD {
		return ",\n"
	}
	return ""
}

// end closes a document of the format.
func end(f Format) string {
	switch f {
	case JSONLD:
		return jsonldTail
	case RDFXML:
		return rdfXMLTail
	case Turtle, NTriples:
	}
	return ""
}

// writeRun writes nodes that stand among others.
func writeRun(b *bytes.Buffer, f Format, nodes ...*node) {
	switch f {
	case JSONLD:
		writeJSONLD(b, nodes...)
	case Turtle:
		writeTurtle(b, nodes...)
	case RDFXML:
		writeRDFXML(b, nodes...)
	case NTriples:
		writeNTriples(b, nodes...)
	}
}

// writeAll writes a document of the nodes alone.
func (w *writer) writeAll(f Format, nodes []*node) []byte {
	b := bytes.NewBuffer(begin(f))
	writeRun(b, f, nodes...)
	b.WriteString(end(f))
	return b.Bytes()
}

// writeOne writes one dataset with everything it points at.
func (w *writer) writeOne(p inventory.Publication, f Format) []byte {
	nodes := w.describe(p)
	return w.writeAll(f, w.nodesOf(&written{nodes: nodes, points: w.points(nodes)}))
}
