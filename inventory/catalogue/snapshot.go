package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Snapshot is the public register at one moment, written in every dialect. It
// does not change: a harvest that began on it ends on it. Its ID follows from
// its content, so that the same register has the same snapshot in every
// process and after a restart.
type Snapshot struct {
	ID      string
	Version int64
	Built   time.Time
	LeftOut []LeftOut

	writer  *writer
	entries []*entry
	byKey   map[string]*entry // by id and by name
	gone    map[string]inventory.Publication
	refs    map[string]string // ref to IRI, of all that was ever public

	issued   time.Time // of the eldest entry
	changed  time.Time // of the youngest
	pages    map[Format][]*Document
	dataJSON *Document
	size     int64
	served   atomic.Bool

	mu          sync.Mutex
	answers     map[string]*Document
	answerBytes int
	extra       map[string]*Document
}

// ErrEmpty says that the register holds nothing although it should: more
// likely a fault of ours than a state without data, and a harvester would
// delete everything it has.
var ErrEmpty = errors.New("the register is empty")

// Build writes a snapshot of the register. What has not changed since before
// (nil: nothing yet) is taken over from there. Publications that would break
// the feed are left out and listed; when nothing at all can be written, or a
// page does not read back, there is no snapshot and the former must stay.
func Build(s Settings, r Register, before *Snapshot, now time.Time) (*Snapshot, error) {
	snap := &Snapshot{
		Version: r.Version, Built: now.UTC(),
		byKey: map[string]*entry{}, gone: map[string]inventory.Publication{}, refs: map[string]string{},
		answers: map[string]*Document{}, extra: map[string]*Document{},
	}
	snap.writer = newWriter(s, r.Vocabulary, r.Institutions)
	if before != nil && before.writer.generation == snap.writer.generation {
		snap.writer = before.writer
	}
	for _, p := range r.Tombstones {
		snap.gone[p.DatasetID] = p
		snap.refs[p.Ref] = snap.writer.settings.DatasetIRI(p.DatasetID)
	}
	for _, p := range r.Publications {
		if _, withdrawn := snap.gone[p.DatasetID]; !withdrawn {
			snap.admit(p, before)
		}
	}
	switch {
	case len(snap.entries) > 0:
	case len(snap.LeftOut) > 0:
		return nil, fmt.Errorf("build snapshot: none of %d datasets can be written: %s", len(snap.LeftOut), snap.LeftOut[0].Reason)
	case !s.EmptyAllowed:
		return nil, fmt.Errorf("build snapshot: %w", ErrEmpty)
	}
	slices.SortFunc(snap.entries, byID)
	snap.ID = snap.fingerprint()
	if err := snap.paginate(); err != nil {
		return nil, fmt.Errorf("build snapshot: %w", err)
	}
	return snap, nil
}

// admit adds a publication, or notes why not.
func (s *Snapshot) admit(p inventory.Publication, before *Snapshot) {
	e := s.known(p, before)
	if e == nil {
		var err error
		if e, err = s.writer.newEntry(p); err != nil {
			s.LeftOut = append(s.LeftOut, LeftOut{p.Ref, err.Error()})
			return
		}
	}
	if s.byKey[p.DatasetID] != nil || p.Name != "" && s.byKey[p.Name] != nil {
		s.LeftOut = append(s.LeftOut, LeftOut{p.Ref, "another dataset has its id or its name"})
		return
	}
	s.entries = append(s.entries, e)
	s.byKey[p.DatasetID] = e
	if p.Name != "" {
		s.byKey[p.Name] = e
	}
	s.refs[p.Ref] = s.writer.settings.DatasetIRI(p.DatasetID)
	if p.Modified.After(s.changed) {
		s.changed = p.Modified
	}
	if s.issued.IsZero() || p.Issued.Before(s.issued) {
		s.issued = p.Issued
	}
}

// known returns the entry of p in the former snapshot if it still says the same.
func (s *Snapshot) known(p inventory.Publication, before *Snapshot) *entry {
	if before == nil || before.writer != s.writer {
		return nil
	}
	e := before.byKey[p.DatasetID]
	if e == nil || !reflect.DeepEqual(e.pub, p) {
		return nil
	}
	return e
}

func (s *Snapshot) fingerprint() string {
	h := sha256.New()
	h.Write([]byte(s.writer.generation))
	for _, e := range s.entries {
		h.Write(e.turtle)
		h.Write(e.ckan)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// paginate prepares every page. The two dialects that harvesters read are
// written and read back at once; the others when somebody asks.
func (s *Snapshot) paginate() error {
	size := s.writer.settings.PageSize
	count := max(1, (len(s.entries)+size-1)/size)
	s.pages = map[Format][]*Document{}
	for number := 1; number <= count; number++ {
		part := s.entries[min((number-1)*size, len(s.entries)):min(number*size, len(s.entries))]
		page := slice{number, count, len(s.entries), part, s.issued, s.changed, s.ID}
		for _, f := range []Format{JSONLD, Turtle, RDFXML, NTriples} {
			d := newDocument(f.ContentType(), func() [][]byte { return s.writer.write(page, f) })
			if f == JSONLD || f == Turtle {
				if err := s.writer.checkPage(page, f, d.Bytes()); err != nil {
					return err
				}
				s.size += d.Length(Plain) * 3 / 2 // with its compressed forms
			}
			s.pages[f] = append(s.pages[f], d)
		}
	}
	s.dataJSON = &Document{Type: "application/json", write: s.writeDataJSON}
	return nil
}

// Len is the number of datasets.
func (s *Snapshot) Len() int { return len(s.entries) }

// Pages is the number of pages of each RDF format, at least 1.
func (s *Snapshot) Pages() int { return len(s.pages[JSONLD]) }

// Page returns a page by its number from 1; ok is false past the last.
func (s *Snapshot) Page(f Format, number int) (d *Document, ok bool) {
	pages := s.pages[f]
	if number < 1 || number > len(pages) {
		return nil, false
	}
	return pages[number-1], true
}

// Whole returns the catalogue in one document, for files.
func (s *Snapshot) Whole(f Format) *Document {
	return newDocument(f.ContentType(), func() [][]byte {
		return s.writer.write(slice{0, 1, len(s.entries), s.entries, s.issued, s.changed, s.ID}, f)
	})
}

// Dataset returns what is said about the dataset with this UUID.
func (s *Snapshot) Dataset(id string, f Format) (d *Document, ok bool) {
	e := s.byKey[id]
	if e == nil || e.pub.DatasetID != id {
		return nil, false
	}
	return newDocument(f.ContentType(), func() [][]byte { return [][]byte{s.writer.writeOne(e, f)} }), true
}

// Live returns the publication with this UUID.
func (s *Snapshot) Live(id string) (p inventory.Publication, ok bool) {
	e := s.byKey[id]
	if e == nil || e.pub.DatasetID != id {
		return inventory.Publication{}, false
	}
	return e.pub, true
}

// Tombstone is what is left of a withdrawn dataset.
type Tombstone struct {
	inventory.Publication
	IRI         string
	Replacement string // IRI of what takes its place, if anything does
}

// Gone returns the tombstone of the dataset with this UUID.
func (s *Snapshot) Gone(id string) (t Tombstone, ok bool) {
	p, ok := s.gone[id]
	return Tombstone{p, s.writer.settings.DatasetIRI(id), s.refs[p.ReplacedBy]}, ok
}

// Tombstone writes the tombstone as RDF.
func (s *Snapshot) Tombstone(t Tombstone, f Format) *Document {
	return newDocument(f.ContentType(), func() [][]byte {
		return [][]byte{s.writer.writeAll(f, s.writer.tombstone(t.Publication, t.Replacement))}
	})
}

// DataJSON returns the catalogue as data.json v1.1, whole: its readers ask once.
func (s *Snapshot) DataJSON() *Document { return s.dataJSON }

// MarkServed notes that somebody began to read here, so that it is held until
// they can have finished.
func (s *Snapshot) MarkServed() { s.served.Store(true) }
