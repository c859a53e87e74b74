package catalogue

import (
	"encoding/binary"
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

// reindex makes the index of the snapshot from that of the one before: only what
// changed is taken in, and held nowhere else afterwards.
func (s *Snapshot) reindex(before *Snapshot) {
	if before == nil || before.index == nil {
		before = &Snapshot{}
	}
	held := make(map[*leaf]bool, len(before.leaves))
	for _, l := range before.leaves {
		held[l] = true
	}
	var changed []*record
	stays := map[string]bool{}
	kept := make(map[*leaf]bool, len(s.leaves))
	for _, l := range s.leaves {
		if kept[l] = true; held[l] {
			continue
		}
		for _, e := range l.entries {
			stays[e.id] = true
			if e.record != nil && !before.index.says(e.record) {
				changed = append(changed, e.record)
			}
			e.record = nil
		}
	}
	gone := s.buried(before, stays, &changed)
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
	s.index = before.index.with(changed, gone)
}

// buried adds what was withdrawn since, as the rows that tombstones are, and
// returns what is no longer one. Of a withdrawn dataset that cannot be written
// there is no row; its 410 says enough.
func (s *Snapshot) buried(before *Snapshot, stays map[string]bool, changed *[]*record) (gone []string) {
	for id, p := range s.gone {
		if was, ok := before.gone[id]; ok && was.Modified.Equal(p.Modified) && before.writer == s.writer {
			continue
		}
		if r, err := s.writer.newRecord(p); err == nil {
			*changed = append(*changed, r)
		} else {
			gone = append(gone, id)
		}
	}
	for id := range before.gone {
		if _, withdrawn := s.gone[id]; !withdrawn && !stays[id] {
			gone = append(gone, id)
		}
	}
	return gone
}
