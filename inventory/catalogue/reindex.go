package catalogue

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// MarshalBinary writes what is searched and answered of a dataset.
func (e *entry) MarshalBinary() ([]byte, error) {
	stored, err := e.record.MarshalBinary()
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, s := range []string{e.ref, e.name, e.institution, e.theme} {
		b = appendText(b, s)
	}
	b = binary.AppendVarint(b, e.issued.UnixMicro())
	b = binary.AppendVarint(b, e.modified.UnixMicro())
	return append(b, stored...), nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (e *entry) UnmarshalBinary(b []byte) error {
	in := reader{rest: b}
	*e = entry{ref: in.text(), name: in.text(), institution: in.text(), theme: in.text(), record: &record{}}
	e.issued, e.modified = time.UnixMicro(in.varint()).UTC(), time.UnixMicro(in.varint()).UTC()
	if in.failed {
		return errRecord
	}
	if err := e.record.UnmarshalBinary(in.rest); err != nil {
		return err
	}
	e.id = e.record.id
	return nil
}

// brief is what an entry keeps of its record between being written and being
// indexed: the rest waits, packed with those of its leaf.
type brief struct {
	sum    [16]byte
	packed []byte
}

// shelve packs the records of a leaf: a hundred thousand as they are would be
// more than everything else in memory.
func shelve(entries []*entry) ([]byte, error) {
	var b []byte
	for _, e := range entries {
		r := *e.record
		e.brief, e.record = &brief{r.sum, r.packed}, nil
		r.packed = nil
		one, err := r.MarshalBinary()
		if err != nil {
			return nil, err
		}
		b = append(binary.AppendUvarint(b, uint64(len(one))), one...)
	}
	return packJSON(b), nil
}

// records takes out again those of the shelved records that are wanted.
func (l *leaf) records(wanted map[string]bool, yield func(*record) bool) bool {
	b, err := unpackJSON(nil, l.shelved)
	if err != nil { // it never left memory
		panic(err)
	}
	in := reader{rest: b}
	for _, e := range l.entries {
		one := []byte(in.text())
		if !wanted[e.id] {
			continue
		}
		r := &record{}
		if err := r.UnmarshalBinary(one); err != nil {
			panic(err) // as above
		}
		r.packed = e.brief.packed
		if !yield(r) {
			return false
		}
	}
	return true
}

// reindex makes the index of the snapshot from that of the one before: only what
// changed is taken in, and kept nowhere else afterwards.
func (s *Snapshot) reindex(before *Snapshot) {
	if before == nil || before.index == nil {
		before = &Snapshot{}
	}
	held := make(map[*leaf]bool, len(before.leaves))
	for _, l := range before.leaves {
		held[l] = true
	}
	var fresh []*leaf
	stays, changed := map[string]bool{}, map[string]bool{}
	kept := make(map[*leaf]bool, len(s.leaves))
	for _, l := range s.leaves {
		if kept[l] = true; held[l] {
			continue
		}
		fresh = append(fresh, l)
		for _, e := range l.entries {
			stays[e.id] = true
			if e.brief != nil && !before.index.says(e.id, e.brief.sum) {
				changed[e.id] = true
			}
		}
	}
	stones, gone := s.buried(before, stays)
	for _, l := range before.leaves {
		if kept[l] {
			continue
		}
		for _, e := range l.entries {
			if _, withdrawn := s.gone[e.id]; !stays[e.id] && !withdrawn {
				gone = append(gone, e.id)
			}
		}
	}
	s.index = before.index.with(taken(fresh, changed, batchOf(stones)), gone)
	for _, l := range fresh {
		l.shelved = nil
		for _, e := range l.entries {
			e.brief = nil
		}
	}
}

// taken is the batch of what changed in the leaves, and of the tombstones.
func taken(fresh []*leaf, changed map[string]bool, stones batch) batch {
	ids := slices.AppendSeq(stones.ids, maps.Keys(changed))
	return batch{ids, merge(func(yield func(*record) bool) {
		for _, l := range fresh {
			if len(l.shelved) > 0 && !l.records(changed, yield) {
				return
			}
		}
	}, stones.records)}
}

// buried makes the rows of what was withdrawn since, and lists what no longer
// is. Of a withdrawn dataset that cannot be written there is no row; its 410
// says enough.
func (s *Snapshot) buried(before *Snapshot, stays map[string]bool) (stones []*record, gone []string) {
	for id, p := range s.gone {
		if was, ok := before.gone[id]; ok && was.Modified.Equal(p.Modified) && before.writer == s.writer {
			continue
		}
		if r, err := s.writer.newRecord(p); err == nil {
			stones = append(stones, r)
		} else {
			gone = append(gone, id)
		}
	}
	for id := range before.gone {
		if _, withdrawn := s.gone[id]; !withdrawn && !stays[id] {
			gone = append(gone, id)
		}
	}
	return stones, gone
}
