package monitordb

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/jard-odi/jard/monitor"
)

// lost is what a shelf gave up to make room.
type lost struct {
	readings int64
	carried  int // openings and closings that were in the same files, and stay
}

// put writes b into a file of its own, safe on the disk when it returns. When
// there is no room the oldest readings are given up; what they opened and closed
// goes into the file that comes next, so that no outage is lost with them. For
// that the shelf may grow beyond its limit.
func (s *shelf) put(b batch) (gone lost, err error) {
	body, err := encodeRecords(b)
	if err != nil {
		return gone, err
	}
	full := func() bool { return s.size()+int64(len(body)) > s.limit }
	for len(s.files) > 1 && full() {
		head, n, err := s.carry(s.files[0])
		if err == nil {
			err = s.prepend(&s.files[1], head)
		}
		if err == nil {
			err = s.giveUp(&gone, n)
		}
		if err != nil {
			return gone, fmt.Errorf("make room in spool: %w", err)
		}
	}
	instead, n := len(s.files) == 1 && full(), 0
	if instead {
		var head []byte
		if head, n, err = s.carry(s.files[0]); err != nil {
			return gone, fmt.Errorf("make room in spool: %w", err)
		}
		body = append(head, body...)
	}
	s.last++
	f := spooled{fmt.Sprintf("%020d-%d%s", s.last, len(b.rows), spoolSuffix), int64(len(body)), int64(len(b.rows))}
	if err := s.write(f.name, body); err != nil {
		return gone, fmt.Errorf("write spool: %w", err)
	}
	s.files = append(s.files, f)
	if instead {
		err = s.giveUp(&gone, n)
	}
	return gone, err
}

// giveUp takes the oldest file away, once what it carried is elsewhere.
func (s *shelf) giveUp(gone *lost, carried int) error {
	oldest := s.files[0]
	if err := os.Remove(filepath.Join(s.dir, oldest.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	gone.readings += oldest.rows
	gone.carried += carried
	s.files = s.files[1:]
	return nil
}

// carry returns what is left of a file without its readings: records of the
// openings and closings in it, each with the states of the checks they are
// about, and how many they are. Of a damaged file that is what can be read.
func (s *shelf) carry(f spooled) (head []byte, n int, err error) {
	body, err := os.ReadFile(filepath.Join(s.dir, f.name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	records, _ := decodeRecords(body)
	flush := func(b batch) error {
		if len(b.events) == 0 {
			return nil
		}
		n += len(b.events)
		record, err := encodeRecords(b)
		head = append(head, record...)
		return err
	}
	rest := newBatch()
	for _, b := range records {
		if b.tenure != rest.tenure {
			if err := flush(rest); err != nil {
				return nil, 0, err
			}
			rest = newBatch()
			rest.tenure = b.tenure
		}
		rest.events = append(rest.events, b.events...)
		maps.Copy(rest.current, b.about())
	}
	return head, n, flush(rest)
}

// about returns the states of the checks that opened or closed something.
func (b *batch) about() map[int64]monitor.Current {
	states := map[int64]monitor.Current{}
	for _, e := range b.events {
		if state, says := b.current[e.check]; says {
			states[e.check] = state
		}
	}
	return states
}

// prepend puts records before what is in a file.
func (s *shelf) prepend(f *spooled, head []byte) error {
	if len(head) == 0 {
		return nil
	}
	body, err := os.ReadFile(filepath.Join(s.dir, f.name))
	if err != nil {
		return err
	}
	if err := s.write(f.name, append(head, body...)); err != nil {
		return err
	}
	f.bytes += int64(len(head))
	return nil
}
