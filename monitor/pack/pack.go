// Package pack writes readings in few bytes and reads them back exactly: to
// the microsecond, the reason and the byte. A batch is rows of fixed width,
// quick to write; a pack holds the hours of one check from one vantage, column
// by column as differences, in about as many bits as there is noise in them.
// docs/history.md describes both formats.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Row is a reading as it is kept: whole numbers only, microseconds throughout.
type Row struct {
	Check   int64
	At      int64
	Every   int64
	Bytes   int64
	Phases  [5]int32
	Vantage int16
	Status  int16
	Verdict uint8
	Reason  uint8
	Attempt uint8
	Flags   uint8 // what is said about a reading in a bit
}

// Hour is the length of an hour in microseconds.
const Hour = int64(time.Hour / time.Microsecond)

// HourOf returns the hour that at (microseconds) lies in, counted from 1970.
func HourOf(at int64) int64 {
	h := at / Hour
	if at%Hour < 0 {
		h--
	}
	return h
}

// Key says what a pack holds: one check from one vantage, from an hour on.
type Key struct {
	Check   int64
	Vantage int16
	Start   int64 // hours since 1970
}

// The faults of what is read.
var (
	// ErrDamaged is bytes that are not what was written.
	ErrDamaged = errors.New("damaged: the checksum or the shape is wrong")
	// ErrVersion is a format that this program does not know.
	ErrVersion = errors.New("written in a format that this version of the program does not know")
)

// flagDelayed marks a reading that the prober itself delayed.
const flagDelayed = 1

const (
	packVersion = 1
	blockRows   = 10_080  // a block ends at the first hour that finds it so full,
	maxRows     = 1 << 20 // and nothing we write is longer than this
	sumBytes    = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant table

// sum is the checksum of a pack. The key is part of it, so that a pack that
// was put in another one's place is found out.
func (k Key) sum(body []byte) uint32 {
	var key [18]byte
	binary.LittleEndian.PutUint64(key[:], uint64(k.Check))    //nolint:gosec // bits
	binary.LittleEndian.PutUint16(key[8:], uint16(k.Vantage)) //nolint:gosec // bits
	binary.LittleEndian.PutUint64(key[10:], uint64(k.Start))  //nolint:gosec // bits
	return crc32.Update(crc32.Checksum(key[:], castagnoli), castagnoli, body)
}

// Encode packs rows, which are of the key's check and vantage and in order of time.
func Encode(k Key, rows []Row) []byte {
	blocks := split(rows)
	head := binary.AppendUvarint([]byte{packVersion}, uint64(len(blocks)))
	var body []byte
	hour := k.Start
	for _, block := range blocks {
		first := HourOf(block[0].At)
		before := len(body)
		body = encodeBlock(body, first*Hour, block)
		head = binary.AppendVarint(head, first-hour)
		head = binary.AppendUvarint(head, uint64(len(block)))
		head = binary.AppendUvarint(head, uint64(len(body)-before)) //nolint:gosec // not negative
		hour = first
	}
	body = append(head, body...)
	return binary.LittleEndian.AppendUint32(body, k.sum(body))
}

// split cuts rows into blocks of whole hours.
func split(rows []Row) [][]Row {
	var blocks [][]Row
	begin := 0
	for n := 1; n < len(rows); n++ {
		if n-begin >= blockRows && HourOf(rows[n].At) != HourOf(rows[n-1].At) {
			blocks = append(blocks, rows[begin:n])
			begin = n
		}
	}
	if begin < len(rows) {
		blocks = append(blocks, rows[begin:])
	}
	return blocks
}

// block is where a block stands in its pack.
type block struct {
	hour  int64 // of its first row
	rows  int
	bytes []byte
}

// Decode appends to rows those of the pack that lie in from..to (microseconds).
// Only the blocks that may hold some are unpacked.
func Decode(k Key, body []byte, from, to int64, rows []Row) ([]Row, error) {
	blocks, err := k.open(body)
	if err != nil {
		return rows, fmt.Errorf("pack of check %d, hour %d: %w", k.Check, k.Start, err)
	}
	for n, b := range blocks {
		if b.hour*Hour >= to || n+1 < len(blocks) && (blocks[n+1].hour+1)*Hour <= from {
			continue
		}
		if rows, err = decodeBlock(k, b, from, to, rows); err != nil {
			return rows, fmt.Errorf("pack of check %d, hour %d: %w", k.Check, k.Start, err)
		}
	}
	return rows, nil
}

// Rows returns how many rows the pack holds.
func Rows(k Key, body []byte) (int, error) {
	blocks, err := k.open(body)
	total := 0
	for _, b := range blocks {
		total += b.rows
	}
	return total, err
}

// open checks the pack's sum and returns its blocks.
func (k Key) open(body []byte) ([]block, error) {
	if len(body) < 2+sumBytes {
		return nil, ErrDamaged
	}
	end := len(body) - sumBytes
	if k.sum(body[:end]) != binary.LittleEndian.Uint32(body[end:]) {
		return nil, ErrDamaged
	}
	if body[0] != packVersion {
		return nil, ErrVersion
	}
	in := reader{rest: body[1:end]}
	count := in.uvarint()
	if in.bad || count > maxRows || count > uint64(len(body)) {
		return nil, ErrDamaged
	}
	blocks := make([]block, count)
	lengths := make([]uint64, count)
	hour := k.Start
	for n := range blocks {
		hour += in.varint()
		rows := in.uvarint()
		lengths[n] = in.uvarint()
		if in.bad || rows == 0 || rows > maxRows {
			return nil, ErrDamaged
		}
		blocks[n] = block{hour: hour, rows: int(rows)} //nolint:gosec // bounded
	}
	for n, length := range lengths {
		if length > uint64(len(in.rest)) {
			return nil, ErrDamaged
		}
		blocks[n].bytes, in.rest = in.rest[:length], in.rest[length:]
	}
	if len(in.rest) != 0 {
		return nil, ErrDamaged
	}
	return blocks, nil
}

// reader reads whole numbers of varying length.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Of returns the row that keeps r.
func Of(r *monitor.Reading) Row {
	row := Row{
		Check: r.Check, Vantage: r.Vantage, At: r.At.UnixMicro(), Verdict: uint8(r.Verdict), Reason: uint8(r.Reason),
		Attempt: uint8(max(0, min(r.Attempt, 1<<8-1))),      //nolint:gosec // bounded
		Status:  int16(max(-1<<15, min(r.Status, 1<<15-1))), //nolint:gosec // bounded
		Every:   max(0, r.Every.Microseconds()), Bytes: max(0, r.Bytes),
	}
	if r.Delayed {
		row.Flags |= flagDelayed
	}
	for n, d := range r.Phases {
		row.Phases[n] = int32(max(0, min(d.Microseconds(), 1<<31-1))) //nolint:gosec // bounded
	}
	return row
}

// Reading returns the reading that the row keeps.
func (r *Row) Reading() monitor.Reading {
	m := monitor.Reading{
		Check: r.Check, Vantage: r.Vantage, At: time.UnixMicro(r.At).UTC(), Verdict: monitor.Verdict(r.Verdict),
		Reason: monitor.Reason(r.Reason), Status: int(r.Status), Attempt: int(r.Attempt),
		Every: time.Duration(r.Every) * time.Microsecond, Bytes: r.Bytes,
	}
	m.Delayed = r.Flags&flagDelayed != 0
	for n, us := range r.Phases {
		m.Phases[n] = time.Duration(us) * time.Microsecond
	}
	return m
}
