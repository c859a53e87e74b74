package catalogue

import "time"

// Dialect is one of the ways a leaf is written: the formats that are served
// page by page, and what we keep for ourselves beside them.
type Dialect uint8

// The dialects. Their numbers are stored.
const (
	LeafJSONLD Dialect = iota
	LeafTurtle
	LeafRDFXML
	LeafNTriples
	LeafDataJSON
	LeafRecord // the publications themselves, a line each
	LeafIndex  // what the Action API searches, an entry each
	dialects   = iota
)

// Dialects is how many there are.
const Dialects = int(dialects)

// Served tells whether the dialect is sent to readers, and so kept in every encoding.
func (d Dialect) Served() bool { return d < LeafRecord }

// dialect is the dialect that pages of the format are made of.
func (f Format) dialect() Dialect {
	switch f {
	case Turtle:
		return LeafTurtle
	case RDFXML:
		return LeafRDFXML
	case NTriples:
		return LeafNTriples
	}
	return LeafJSONLD
}

// formats lists the formats of RDF.
func formats() []Format { return []Format{JSONLD, Turtle, RDFXML, NTriples} }

// Leaf is what is known of a leaf without loading it.
type Leaf struct {
	Key      Key
	Datasets int       // written; those left out do not count
	Issued   time.Time // of the eldest
	Modified time.Time // of the youngest
	LeftOut  []LeftOut
	Measures [Dialects]Measures
}

// Bytes is what the leaf takes in a store.
func (l Leaf) Bytes() int64 {
	var n int64
	for _, m := range l.Measures {
		n += m.Deflate + m.Zstd
	}
	return n
}

// Rendered is a leaf written in every dialect. What is only for ourselves has
// no deflate run.
type Rendered struct {
	Leaf
	Deflate [Dialects][]byte
	Zstd    [Dialects][]byte

	plain   [Dialects][]byte
	entries []*entry
	shelved []byte // the records of the entries, until the index has them
}

// pack compresses the leaf for a store, and lets go of its plain form.
func (r *Rendered) pack() {
	for d := range Dialect(dialects) {
		b := r.plain[d]
		if d.Served() {
			r.Measures[d], r.Deflate[d], r.Zstd[d] = Pack(b)
		} else {
			r.Measures[d] = measure(b)
			r.Zstd[d] = blocks(b)
			r.Measures[d].Zstd = int64(len(r.Zstd[d]))
		}
		r.plain[d] = nil
	}
}

// leaf is a leaf as a snapshot has it: in memory, or loaded when it is sent.
type leaf struct {
	Leaf
	parts   [Dialects]*Part
	entries []*entry
	shelved []byte
}

// inMemory makes the leaf of one that was just written and is not stored.
func (r *Rendered) inMemory() *leaf {
	l := &leaf{Leaf: r.Leaf, entries: r.entries, shelved: r.shelved}
	for d := range Dialect(dialects) {
		l.parts[d] = NewPart(r.plain[d])
	}
	return l
}
