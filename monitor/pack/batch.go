package pack

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"sort"
)

// A batch is rows of fixed width, by check, vantage and time, so that those of
// one check are found by halving.

const (
	batchVersion = 1
	batchHead    = 1
	rowBytes     = 60
)

// Order compares two rows by check, vantage and time.
func Order(a, b Row) int {
	return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Vantage, b.Vantage), cmp.Compare(a.At, b.At))
}

// Sort puts rows in order and takes out those that have the same key as an
// earlier one: a reading that was handed over twice is one reading.
func Sort(rows []Row) []Row {
	if !slices.IsSortedFunc(rows, Order) {
		slices.SortStableFunc(rows, Order)
	}
	return slices.CompactFunc(rows, func(a, b Row) bool { return Order(a, b) == 0 })
}

// EncodeBatch writes rows, which are in Order.
func EncodeBatch(rows []Row) []byte {
	out := make([]byte, 0, batchHead+len(rows)*rowBytes+sumBytes)
	out = append(out, batchVersion)
	for n := range rows {
		out = rows[n].append(out)
	}
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

func (r *Row) append(out []byte) []byte {
	le := binary.LittleEndian
	out = le.AppendUint64(out, uint64(r.Check)) //nolint:gosec // bits
	out = le.AppendUint64(out, uint64(r.At))    //nolint:gosec // bits
	out = le.AppendUint64(out, uint64(r.Every)) //nolint:gosec // bits
	out = le.AppendUint64(out, uint64(r.Bytes)) //nolint:gosec // bits
	for _, us := range r.Phases {
		out = le.AppendUint32(out, uint32(us)) //nolint:gosec // bits
	}
	out = le.AppendUint16(out, uint16(r.Vantage)) //nolint:gosec // bits
	out = le.AppendUint16(out, uint16(r.Status))  //nolint:gosec // bits
	return append(out, r.Verdict, r.Reason, r.Attempt, r.Flags)
}

func (r *Row) read(in []byte) {
	le := binary.LittleEndian
	r.Check, r.At = int64(le.Uint64(in)), int64(le.Uint64(in[8:]))          //nolint:gosec // bits
	r.Every, r.Bytes = int64(le.Uint64(in[16:])), int64(le.Uint64(in[24:])) //nolint:gosec // bits
	for n := range r.Phases {
		r.Phases[n] = int32(le.Uint32(in[32+4*n:])) //nolint:gosec // bits
	}
	r.Vantage, r.Status = int16(le.Uint16(in[52:])), int16(le.Uint16(in[54:])) //nolint:gosec // bits
	r.Verdict, r.Reason, r.Attempt, r.Flags = in[56], in[57], in[58], in[59]
}

// Batch is a batch that was read and found whole.
type Batch struct{ rows []byte }

// OpenBatch checks what EncodeBatch wrote.
func OpenBatch(body []byte) (Batch, error) {
	end := len(body) - sumBytes
	if end < batchHead || (end-batchHead)%rowBytes != 0 {
		return Batch{}, ErrDamaged
	}
	if crc32.Checksum(body[:end], castagnoli) != binary.LittleEndian.Uint32(body[end:]) {
		return Batch{}, ErrDamaged
	}
	if body[0] != batchVersion {
		return Batch{}, ErrVersion
	}
	return Batch{body[batchHead:end]}, nil
}

// Len returns how many rows the batch holds.
func (b Batch) Len() int { return len(b.rows) / rowBytes }

// All appends every row.
func (b Batch) All(rows []Row) []Row {
	for n := range b.Len() {
		var r Row
		r.read(b.rows[n*rowBytes:])
		rows = append(rows, r)
	}
	return rows
}

// Of appends the rows of a check that lie in from..to (microseconds).
func (b Batch) Of(check, from, to int64, rows []Row) []Row {
	n := sort.Search(b.Len(), func(n int) bool {
		return int64(binary.LittleEndian.Uint64(b.rows[n*rowBytes:])) >= check //nolint:gosec // bits
	})
	for ; n < b.Len(); n++ {
		var r Row
		r.read(b.rows[n*rowBytes:])
		if r.Check != check {
			break
		}
		if r.At >= from && r.At < to {
			rows = append(rows, r)
		}
	}
	return rows
}
