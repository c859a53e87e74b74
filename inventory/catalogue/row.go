package catalogue

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Row is what tells whether a publication has changed: little enough that all
// of them can be read at every change of the register. Modified rises with
// every change of what is public; the rest is there for what nobody foresaw.
type Row struct {
	DatasetID   string
	Ref         string
	Institution string
	Revision    int
	Hash        string
	Modified    time.Time
	WithdrawnAt *time.Time
}

// RowOf is the row of a publication.
func RowOf(p inventory.Publication) Row {
	return Row{p.DatasetID, p.Ref, p.Institution, p.Revision, p.Hash, p.Modified, p.WithdrawnAt}
}

// mark is a row in short: where it stands among all, and a hash that is another
// one as soon as anything of it is.
type mark struct {
	id          [16]byte // the UUID
	institution string
	sum         [16]byte
}

// mark shortens the row; ok is false when its id is no UUID.
func (r Row) mark() (m mark, ok bool) {
	if !isUUID(r.DatasetID) {
		return mark{}, false
	}
	m.institution = r.Institution
	m.id = rawUUID(r.DatasetID)
	b := make([]byte, 0, 512)
	for _, s := range []string{r.Ref, r.Institution, r.Hash} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendVarint(b, int64(r.Revision))
	b = binary.AppendVarint(b, r.Modified.UnixMicro())
	if r.WithdrawnAt != nil {
		b = binary.AppendVarint(b, r.WithdrawnAt.UnixMicro())
	}
	sum := sha256.Sum256(b)
	copy(m.sum[:], sum[:])
	return m, true
}

// rawUUID reads a UUID that isUUID knows for one.
func rawUUID(s string) (raw [16]byte) {
	digits := make([]byte, 0, 32)
	for i := range len(s) {
		if s[i] != '-' {
			digits = append(digits, s[i])
		}
	}
	_, _ = hex.Decode(raw[:], digits) // isUUID has seen to it
	return raw
}

// writeUUID is rawUUID the other way.
func writeUUID(raw [16]byte) string {
	var b [36]byte
	hex.Encode(b[0:8], raw[0:4])
	hex.Encode(b[9:13], raw[4:6])
	hex.Encode(b[14:18], raw[6:8])
	hex.Encode(b[19:23], raw[8:10])
	hex.Encode(b[24:36], raw[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// writeTo hashes the mark.
func (m mark) writeTo(h io.Writer) {
	_, _ = h.Write(m.id[:]) // a hash never fails
	_, _ = h.Write(m.sum[:])
}
