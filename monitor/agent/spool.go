package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor/vantage"
)

// Limits of a spool.
const (
	// DefaultSpool is how many bytes wait on disk at most: some million readings.
	DefaultSpool = 256 << 20
	// inMemory is how many readings wait in memory when the disk takes none.
	inMemory = 50_000
)

// Spool keeps readings on disk until the installation has them. A segment has
// the number under which it is sent, so that sending it again after a crash
// sends the same under the same number.
type Spool struct {
	dir  string
	max  int64
	log  *slog.Logger
	head func() head

	mu      sync.Mutex
	fresh   []vantage.Seen // not on disk yet
	file    *os.File       // the segment that is being written
	number  int64          // and its number
	count   int            // and how many readings it holds
	size    int64
	begun   time.Time
	sealed  []segment
	last    int64 // the highest number that was ever used
	lost    int64
	written int64
	trouble bool
}

// segment is one that waits to be sent.
type segment struct {
	number int64
	count  int
	size   int64
}

// OpenSpool opens the spool in dir. What the last run left unfinished is
// finished: a torn end is cut off. after is the number of the last batch that
// the installation is known to have.
func OpenSpool(dir string, maxBytes, after int64, now func() head, log *slog.Logger) (*Spool, error) {
	if maxBytes <= 0 {
		maxBytes = DefaultSpool
	}
	s := &Spool{dir: dir, max: maxBytes, log: log, head: now, last: after}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool: %w", err)
	}
	s.last = max(s.last, s.readNumber("acknowledged"))
	s.lost = s.readNumber("lost")
	acknowledged := s.readNumber("acknowledged")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the spool: %w", err)
	}
	for _, e := range entries {
		name, kind, _ := strings.Cut(e.Name(), ".")
		number, err := strconv.ParseInt(name, 10, 64)
		if err != nil || (kind != "seg" && kind != "open") {
			continue
		}
		if number <= acknowledged { // it was sent; only its removal is missing
			err = os.Remove(filepath.Join(dir, e.Name()))
		} else {
			err = s.adopt(e.Name(), number)
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool: %w", err)
		}
	}
	slices.SortFunc(s.sealed, func(a, b segment) int { return int(a.number - b.number) })
	return s, nil
}

// adopt takes over a segment of an earlier run.
func (s *Spool) adopt(name string, number int64) error {
	path := filepath.Join(s.dir, name)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, readings, good, err := readSegment(f)
	if err == nil {
		err = f.Truncate(good)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if len(readings) == 0 {
		return os.Remove(path)
	}
	if err := os.Rename(path, s.path(number, "seg")); err != nil {
		return err
	}
	s.sealed = append(s.sealed, segment{number, len(readings), good})
	s.last = max(s.last, number) // the number of an empty one is used again: it was never sent
	return syncFolder(s.dir)
}

func (s *Spool) path(number int64, kind string) string {
	return filepath.Join(s.dir, fmt.Sprintf("%019d.%s", number, kind))
}

func (s *Spool) readNumber(name string) int64 {
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return max(0, n)
}

func (s *Spool) writeNumber(name string, n int64) error {
	return writeWhole(filepath.Join(s.dir, name), strconv.AppendInt(nil, n, 10))
}

// Add takes a reading. It never waits for the disk: Sync does.
func (s *Spool) Add(r vantage.Seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = append(s.fresh, r)
	if over := len(s.fresh) - inMemory; over > 0 {
		over += inMemory / 10
		s.fresh = slices.Clone(s.fresh[over:])
		s.lost += int64(over)
	}
}

// Sync brings to disk what was added; once it returns, a power cut loses none
// of it. On failure it stays in memory.
func (s *Spool) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.fresh) > 0 {
		if err := s.write(); err != nil {
			if !s.trouble {
				s.log.Error("readings cannot be spooled and wait in memory", "err", err)
			}
			s.trouble = true
			return err
		}
	}
	if s.trouble {
		s.trouble = false
		s.log.Info("readings are spooled again", "lost", s.lost)
	}
	return nil
}

// write brings as much of what is fresh to disk as the open segment takes.
func (s *Spool) write() error {
	if s.file == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	take, text, err := s.fitting()
	if err != nil {
		return err
	}
	if take == 0 {
		return s.seal()
	}
	_, err = s.file.Write(text)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// Half a line may be there; the next try begins where the last good one ended.
		_, seek := s.file.Seek(s.size, 0)
		return errors.Join(err, s.file.Truncate(s.size), seek)
	}
	s.size += int64(len(text))
	s.count += take
	s.written += int64(take)
	s.fresh = append(s.fresh[:0], s.fresh[take:]...)
	if s.count >= vantage.MaxBatch {
		return s.seal()
	}
	return nil
}

// fullAt is how many bytes a segment may hold: as a batch it is a little shorter.
const fullAt = vantage.MaxBody - longestLine

// fitting are as many of the fresh readings as the open segment takes.
func (s *Spool) fitting() (take int, text []byte, err error) {
	for take < min(len(s.fresh), vantage.MaxBatch-s.count) && s.size+int64(len(text)) < fullAt {
		if text, err = appendLine(text, &s.fresh[take]); err != nil {
			return 0, nil, err
		}
		take++
	}
	return take, text, nil
}

// begin opens a new segment.
func (s *Spool) begin() error {
	text, err := appendLine(nil, s.head())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(s.last+1, "open"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Close())
	}
	s.last++
	s.file, s.number, s.count, s.size, s.begun = f, s.last, 0, int64(len(text)), time.Now()
	return syncFolder(s.dir)
}

// Seal ends the open segment, if it holds anything and is older than age, so
// that it can be sent.
func (s *Spool) Seal(age time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil || s.count == 0 || time.Since(s.begun) < age {
		return nil
	}
	return s.seal()
}

func (s *Spool) seal() error {
	if err := s.file.Close(); err != nil {
		return err
	}
	s.file = nil
	if err := os.Rename(s.path(s.number, "open"), s.path(s.number, "seg")); err != nil {
		return err
	}
	s.sealed = append(s.sealed, segment{s.number, s.count, s.size})
	return errors.Join(syncFolder(s.dir), s.shed())
}

// shed gives up the oldest segments beyond the limit, and counts what was in them.
func (s *Spool) shed() error {
	total := int64(0)
	for _, one := range s.sealed {
		total += one.size
	}
	for total > s.max && len(s.sealed) > 1 {
		oldest := s.sealed[0]
		total -= oldest.size
		s.lost += int64(oldest.count)
		if err := errors.Join(s.writeNumber("lost", s.lost), s.remove(oldest.number)); err != nil {
			return err
		}
		s.log.Warn("the spool is full: the oldest readings are given up", "lost", s.lost)
	}
	return nil
}

func (s *Spool) remove(number int64) error {
	s.sealed = slices.DeleteFunc(s.sealed, func(one segment) bool { return one.number == number })
	err := os.Remove(s.path(number, "seg"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// Next returns the oldest segment that waits, and false when none does.
func (s *Spool) Next() (number int64, h head, readings []vantage.Seen, ok bool, err error) {
	s.mu.Lock()
	if len(s.sealed) == 0 {
		s.mu.Unlock()
		return 0, h, nil, false, nil
	}
	number = s.sealed[0].number
	s.mu.Unlock()
	f, err := os.Open(s.path(number, "seg"))
	if err != nil {
		return number, h, nil, true, err
	}
	h, readings, _, err = readSegment(f)
	return number, h, readings, true, errors.Join(err, f.Close())
}

// Done forgets a segment that the installation has. The number is remembered
// first: after a crash between the two it is not sent again.
func (s *Spool) Done(number int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.writeNumber("acknowledged", number), s.remove(number))
}

// Drop gives up a segment that the installation will never take.
func (s *Spool) Drop(number int64, count int) error {
	s.mu.Lock()
	s.lost += int64(count)
	err := s.writeNumber("lost", s.lost)
	s.mu.Unlock()
	return errors.Join(err, s.Done(number))
}

// Full tells whether a segment waits to be sent that can take no more.
func (s *Spool) Full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sealed) > 0 && s.sealed[len(s.sealed)-1].count >= vantage.MaxBatch
}

// Counts tell how many readings wait, were lost, and were brought to disk.
func (s *Spool) Counts() (waiting, lost, written int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting = int64(len(s.fresh) + s.count)
	if s.file == nil {
		waiting = int64(len(s.fresh))
	}
	for _, one := range s.sealed {
		waiting += int64(one.count)
	}
	return waiting, s.lost, s.written
}

// Close ends the spool: what was added is on disk.
func (s *Spool) Close() error { return errors.Join(s.Sync(), s.Seal(0)) }
