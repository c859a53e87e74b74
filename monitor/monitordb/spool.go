package monitordb

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// DefaultSpoolBytes bounds the files of readings that wait for the database:
// at 300 readings a second a gigabyte is half a day.
const DefaultSpoolBytes = 1 << 30

const (
	spoolSuffix   = ".readings"
	damagedSuffix = ".damaged"
	// recordRows is how many readings one record holds: one transaction's worth.
	recordRows = 10_000
	recordHead = 8
	// recordMost is longer than any record we write.
	recordMost = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant table

// shelf is a folder of files that hold what waits for the database: one file
// each time memory was emptied, in order of their names, each of records with
// a length and a checksum. Only the flushing goroutine uses it.
type shelf struct {
	dir   string
	limit int64
	files []spooled // the oldest first
	last  int64     // number of the newest file there ever was
}

// spooled is a file of a shelf.
type spooled struct {
	name  string
	bytes int64
	rows  int64
}

// spoolRecord is the part of a batch that is not readings.
type spoolRecord struct {
	Current map[int64]monitor.Current
	Steps   map[int64]monitor.CheckSteps
	Events  []spoolEvent
	Tenure  int64 `json:",omitempty"`
}

// spoolEvent is an event as it is written.
type spoolEvent struct {
	Check     int64
	Change    monitor.Change
	StartedAt time.Time
	At        time.Time
	Good      *time.Time
	Outage    monitor.Outage
	Evidence  monitor.Evidence
}

// openShelf takes over the files that an earlier process left in dir. What it
// did not finish writing was never on the shelf.
func openShelf(dir string, limit int64) (*shelf, error) {
	if limit <= 0 {
		limit = DefaultSpoolBytes
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s := &shelf{dir: dir, limit: limit}
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, spoolSuffix+".part") {
			_ = os.Remove(filepath.Join(dir, name))
		}
		var number, rows int64
		if n, err := fmt.Sscanf(name, "%d-%d"+spoolSuffix, &number, &rows); err != nil || n != 2 || !strings.HasSuffix(name, spoolSuffix) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("open spool: %w", err)
		}
		s.files = append(s.files, spooled{name, info.Size(), rows})
		s.last = max(s.last, number)
	}
	slices.SortFunc(s.files, func(a, b spooled) int { return strings.Compare(a.name, b.name) })
	return s, nil
}

// rows returns how many readings lie on the shelf.
func (s *shelf) rows() (rows int64) {
	for _, f := range s.files {
		rows += f.rows
	}
	return rows
}

func (s *shelf) size() (bytes int64) {
	for _, f := range s.files {
		bytes += f.bytes
	}
	return bytes
}

// write makes a file that is either whole or not there.
func (s *shelf) write(name string, body []byte) error {
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return err
	}
	part := filepath.Join(s.dir, name+".part")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(part, filepath.Join(s.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	dir, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// replay hands every record to store, the oldest first, and takes each file
// off the shelf once all of it is stored. It stops at the first failure of
// store. What cannot be read is set aside, not lost, and returned as damage.
func (s *shelf) replay(ctx context.Context, store func(context.Context, batch) error) (damage []error, err error) {
	for len(s.files) > 0 {
		f := s.files[0]
		path := filepath.Join(s.dir, f.name)
		body, err := os.ReadFile(path) //nolint:gosec // a folder of ours
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return damage, fmt.Errorf("read spool: %w", err)
		}
		records, bad := decodeRecords(body)
		for _, b := range records {
			if err := store(ctx, b); err != nil {
				return damage, err
			}
		}
		if bad != nil {
			damage = append(damage, fmt.Errorf("%s: %w", f.name, bad))
			err = os.Rename(path, path+damagedSuffix)
		} else {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return damage, fmt.Errorf("take from spool: %w", err)
		}
		s.files = s.files[1:]
	}
	return damage, nil
}

// encodeRecords writes b as records. States and incidents go with the last
// readings, so that nothing stands that no reading tells of.
func encodeRecords(b batch) ([]byte, error) {
	rest := spoolRecord{Current: b.current, Steps: b.steps, Tenure: b.tenure}
	for _, e := range b.events {
		rest.Events = append(rest.Events, spoolEvent{e.check, e.change, e.startedAt, e.at, e.good, e.outage, e.evidence})
	}
	text, err := json.Marshal(rest)
	if err != nil {
		return nil, fmt.Errorf("write spool: %w", err)
	}
	var out []byte
	rows := b.rows
	for ; len(rows) > recordRows; rows = rows[recordRows:] {
		out = appendRecord(out, rows[:recordRows], nil)
	}
	return appendRecord(out, rows, text), nil
}

// appendRecord writes length, checksum, the length of the readings, the
// readings as a batch, and the rest as JSON.
func appendRecord(out []byte, rows []pack.Row, rest []byte) []byte {
	batch := pack.EncodeBatch(rows)
	body := append(binary.AppendUvarint(nil, uint64(len(batch))), batch...)
	body = append(body, rest...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body))) //nolint:gosec // far below
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(body, castagnoli))
	return append(out, body...)
}

var errTorn = errors.New("a record is damaged or cut off; what stands before it was taken")

// decodeRecords reads what encodeRecords wrote, until the end or the first
// record that is not whole.
func decodeRecords(body []byte) (list []batch, err error) {
	for len(body) > 0 {
		if len(body) < recordHead {
			return list, errTorn
		}
		length := binary.LittleEndian.Uint32(body)
		sum := binary.LittleEndian.Uint32(body[4:])
		body = body[recordHead:]
		if length > recordMost || uint64(length) > uint64(len(body)) || crc32.Checksum(body[:length], castagnoli) != sum {
			return list, errTorn
		}
		b, err := decodeRecord(body[:length])
		if err != nil {
			return list, err
		}
		list, body = append(list, b), body[length:]
	}
	return list, nil
}

func decodeRecord(body []byte) (batch, error) {
	b := newBatch()
	length, n := binary.Uvarint(body)
	if n <= 0 || length > uint64(len(body)-n) {
		return b, errTorn
	}
	rows, err := pack.OpenBatch(body[n:][:length])
	if err != nil {
		return b, err
	}
	b.rows = rows.All(nil)
	rest := body[n:][length:]
	if len(rest) == 0 {
		return b, nil
	}
	var record spoolRecord
	if err := json.Unmarshal(rest, &record); err != nil {
		return b, errors.Join(errTorn, err)
	}
	maps.Copy(b.current, record.Current)
	b.steps, b.tenure = record.Steps, record.Tenure
	for _, e := range record.Events {
		fillEvidence(&e.Evidence)
		b.events = append(b.events, event{e.Check, e.Change, e.StartedAt, e.At, e.Good, e.Outage, e.Evidence})
	}
	return b, nil
}

// fillEvidence puts empty lists where JSON left them out: the columns want one.
func fillEvidence(e *monitor.Evidence) {
	if e.Answers == nil {
		e.Answers = []string{}
	}
	if e.NameServers == nil {
		e.NameServers = []string{}
	}
	if e.Phases == nil {
		e.Phases = map[string]float64{}
	}
	if e.Headers == nil {
		e.Headers = []monitor.HeadLine{}
	}
	if e.Chain == nil {
		e.Chain = []monitor.ChainLink{}
	}
}
