package catalogue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Snapshot is the public register at one moment, written in every dialect. It
// does not change: a harvest that began on it ends on it. Its ID follows from
// its content, so that the same register has the same snapshot in every
// process and after a restart. In memory it has what is searched; what is sent
// is in its leaves.
type Snapshot struct {
	ID      string
	Version int64
	Built   time.Time
	LeftOut []LeftOut

	writer   *writer
	manifest Manifest
	leaves   []*leaf
	entries  []*entry // in the order of ids
	gone     map[string]inventory.Publication

	index *index // what the Action API answers from

	issued   time.Time // of the eldest entry
	changed  time.Time // of the youngest
	pages    [][]*leaf // the leaves of each page: one, or none when there is nothing
	heads    map[Format]*Part
	prepared map[Format][]atomic.Pointer[Document]
	dataJSON func() *Document
	told     func() []Tombstone // the withdrawn that the pages tell of
	served   atomic.Bool
	noted    atomic.Bool

	mu          sync.Mutex
	answers     map[string]*Document
	answerBytes int
	extra       map[string]*Document
}

// ErrEmpty says that the register holds nothing although it should: more
// likely a fault of ours than a state without data, and a harvester would
// delete everything it has.
var ErrEmpty = errors.New("the register is empty")

// bind makes a snapshot of its leaves, which all are there.
func bind(w *writer, m Manifest, leaves []*leaf, gone map[string]inventory.Publication, before *Snapshot) *Snapshot {
	s := &Snapshot{
		ID: m.ID, Version: m.Version, Built: m.Built, writer: w, manifest: m, leaves: leaves, gone: gone,
		answers: map[string]*Document{}, extra: map[string]*Document{},
	}
	if before != nil && before.writer.generation == w.generation {
		s.writer = before.writer
	}
	for _, l := range leaves {
		s.LeftOut = append(s.LeftOut, l.LeftOut...)
		if l.Datasets == 0 {
			continue
		}
		s.entries = append(s.entries, l.entries...)
		s.pages = append(s.pages, []*leaf{l})
		if l.Modified.After(s.changed) {
			s.changed = l.Modified
		}
		if s.issued.IsZero() || l.Issued.Before(s.issued) {
			s.issued = l.Issued
		}
	}
	if len(s.pages) == 0 {
		s.pages = [][]*leaf{nil}
	}
	s.told = sync.OnceValue(s.toldOf)
	s.dataJSON = sync.OnceValue(func() *Document { return &Document{Type: "application/json", write: s.writeDataJSON} })
	s.prepare()
	s.reindex(before)
	return s
}

// prepare writes what all pages of a format begin with.
func (s *Snapshot) prepare() {
	s.heads, s.prepared = map[Format]*Part{}, map[Format][]atomic.Pointer[Document]{}
	head := s.writer.head(s.slice(0))
	for _, iri := range s.writer.headPoints {
		head = append(head, s.writer.shared[iri].nodes...)
	}
	for _, f := range formats() {
		b := bytes.NewBuffer(begin(f))
		writeRun(b, f, head...)
		s.heads[f] = NewPart(b.Bytes())
		s.prepared[f] = make([]atomic.Pointer[Document], len(s.pages))
	}
}

func (s *Snapshot) slice(number int) slice {
	return slice{number, len(s.pages), len(s.entries), s.issued, s.changed, s.ID}
}

// lookup finds the entry with this id, nil when there is none.
func (s *Snapshot) lookup(id string) *entry {
	if at, ok := slices.BinarySearchFunc(s.entries, id, func(e *entry, id string) int { return cmp.Compare(e.id, id) }); ok {
		return s.entries[at]
	}
	return nil
}

// Len is the number of datasets.
func (s *Snapshot) Len() int { return len(s.entries) }

// Pages is the number of pages of each RDF format, at least 1.
func (s *Snapshot) Pages() int { return len(s.pages) }

// Bytes is what the snapshot takes in a store; others share most of it.
func (s *Snapshot) Bytes() int64 {
	var n int64
	for _, l := range s.leaves {
		n += l.Bytes()
	}
	return n
}

// Page returns a page by its number from 1; ok is false past the last.
func (s *Snapshot) Page(f Format, number int) (d *Document, ok bool) {
	if number < 1 || number > len(s.pages) {
		return nil, false
	}
	ready := &s.prepared[f][number-1]
	if d = ready.Load(); d != nil {
		return d, true
	}
	ready.CompareAndSwap(nil, s.compose(f, number, s.pages[number-1]))
	return ready.Load(), true
}

// Whole returns the catalogue in one document, for files.
func (s *Snapshot) Whole(f Format) *Document { return s.compose(f, 0, s.leaves) }

// compose makes a document of leaves: what changes with every snapshot comes
// before them, so that they are as they were.
func (s *Snapshot) compose(f Format, number int, leaves []*leaf) *Document {
	parts := []*Part{s.heads[f]}
	own := s.writer.withdrawn(s.toldOn(number))
	if number > 0 {
		own = append(own, s.writer.paging(s.slice(number), f))
	}
	if len(own) > 0 {
		b := bytes.NewBufferString(between(f))
		writeRun(b, f, own...)
		parts = append(parts, NewPart(b.Bytes()))
	}
	comma, space := NewPart([]byte(between(f))), Spacer('\n')
	for _, l := range leaves {
		if l.Datasets > 0 {
			parts = append(parts, space, comma, l.parts[f.dialect()])
		}
	}
	return Compose(f.ContentType(), append(parts, NewPart([]byte(end(f))))...)
}

// DataJSON returns the catalogue as data.json v1.1, whole: its readers ask once.
func (s *Snapshot) DataJSON() *Document { return s.dataJSON() }

// Dataset returns what is said about the dataset with this UUID.
func (s *Snapshot) Dataset(ctx context.Context, id string, f Format) (d *Document, ok bool, err error) {
	p, ok, err := s.Live(ctx, id)
	if !ok || err != nil {
		return nil, false, err
	}
	return NewDocument(f.ContentType(), s.writer.writeOne(p, f)), true, nil
}

// Ref returns the reference of the live dataset with this UUID.
func (s *Snapshot) Ref(id string) (ref string, ok bool) {
	e := s.lookup(id)
	if e == nil {
		return "", false
	}
	return e.ref, true
}

// Live returns the publication with this UUID.
func (s *Snapshot) Live(ctx context.Context, id string) (p inventory.Publication, ok bool, err error) {
	if _, ok := s.Ref(id); !ok {
		return p, false, nil
	}
	all, err := s.Publications(ctx, id)
	if err != nil {
		return p, false, err
	}
	return all[0], true, nil
}

// MarkServed notes that somebody began to read here, so that it is held until
// they can have finished.
func (s *Snapshot) MarkServed() { s.served.Store(true) }

// MarkNoted says that MarkServed is known where snapshots are kept.
func (s *Snapshot) MarkNoted() { s.noted.Store(true) }
