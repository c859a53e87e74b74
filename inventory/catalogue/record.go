package catalogue

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// record is what the Action API keeps of one dataset: what it can be found by,
// and its package as it is answered, packed. It follows from the publication
// and the settings alone, and is stored with what was rendered, so that a
// process that starts need not render again.
type record struct {
	id                string // UUID
	name, title       string
	created, modified int64 // microseconds
	keywords          [keywordFields][]string
	text              [textFields]string // words as search compares them
	resources         []uint64           // hashes of their ids
	deleted           bool               // what is left of a withdrawn dataset
	sum               [16]byte           // of the package
	packed            []byte
}

// The fields of words, in the order they are kept.
const (
	textTitle = iota
	textNotes
	textRest
	textFields
)

// The fields that hold values to be compared whole.
const (
	keyOrganization = iota
	keyOwner
	keyGroups
	keyTags
	keyLicence
	keyFrequency
	keyFormat
	keywordFields
)

// newRecord makes the record of p, also when it was withdrawn: then its package
// says so, and is otherwise as whole as before, because a portal checks it as
// any other.
func (w *writer) newRecord(p inventory.Publication) (*record, error) {
	if !isUUID(p.DatasetID) || len(wordings(p.Content.Title)) == 0 {
		return nil, fmt.Errorf("write %s: no package without a UUID and a title", p.Ref)
	}
	pkg := w.ckanPackage(p)
	b, err := marshal(pkg)
	if err != nil {
		return nil, err
	}
	r := &record{
		id: pkg.ID, name: pkg.Name, title: pkg.Title, deleted: !p.Live(),
		created: p.Issued.UnixMicro(), modified: p.Modified.UnixMicro(), packed: packJSON(b),
	}
	sum := sha256.Sum256(b)
	copy(r.sum[:], sum[:])
	r.keywords[keyOrganization], r.keywords[keyOwner] = []string{p.Institution}, []string{pkg.OwnerOrg}
	r.keywords[keyLicence], r.keywords[keyFrequency] = nonEmpty(pkg.LicenseID), nonEmpty(pkg.FrequencyUpdate)
	for _, g := range pkg.Groups {
		r.keywords[keyGroups] = append(r.keywords[keyGroups], g.Name)
	}
	for _, t := range pkg.Tags {
		r.keywords[keyTags] = append(r.keywords[keyTags], t.Name)
	}
	for _, x := range pkg.Resources {
		r.keywords[keyFormat] = append(r.keywords[keyFormat], nonEmpty(x.Format)...)
		r.resources = append(r.resources, hashOf(x.ID))
	}
	r.text = [textFields]string{
		textTitle: folded(wordings(p.Content.Title)), textNotes: folded(wordings(p.Content.Description)),
		textRest: inventory.Fold(strings.Join(r.keywords[keyTags], " ") + " " + pkg.Organization.Title + " " +
			pkg.Organization.TitleAR + " " + p.Ref + " " + pkg.Name),
	}
	return r, nil
}

// folded writes every wording as search compares it.
func folded(terms []term) string {
	all := make([]string, 0, len(terms))
	for _, t := range terms {
		all = append(all, t.value)
	}
	return inventory.Fold(strings.Join(all, " "))
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// recordFormat is the first byte of a stored record. Whoever changes what a
// record holds, or the dictionary it is packed with, raises it.
const recordFormat = 1

// MarshalBinary writes the record for storage.
func (r *record) MarshalBinary() ([]byte, error) {
	id, err := parseUUID(r.id)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 256+len(r.text[textTitle])+len(r.text[textNotes])+len(r.text[textRest])+len(r.packed))
	b = append(b, recordFormat)
	b = append(b, id[:]...)
	b = append(b, r.sum[:]...)
	b = binary.AppendVarint(b, r.created)
	b = binary.AppendVarint(b, r.modified)
	if r.deleted {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = appendText(b, r.name)
	b = appendText(b, r.title)
	for _, words := range r.text {
		b = appendText(b, words)
	}
	for _, values := range r.keywords {
		b = appendTexts(b, values)
	}
	b = binary.AppendUvarint(b, uint64(len(r.resources)))
	for _, h := range r.resources {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	return appendText(b, string(r.packed)), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, all []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, s := range all {
		b = appendText(b, s)
	}
	return b
}

var errRecord = errors.New("not a record of the index")

// UnmarshalBinary reads what MarshalBinary wrote, and refuses anything else.
func (r *record) UnmarshalBinary(b []byte) error {
	if len(b) < 1+16+16 || b[0] != recordFormat {
		return errRecord
	}
	in := reader{rest: b[33:]}
	*r = record{id: uuid(b[1:17]).String(), sum: [16]byte(b[17:33])}
	r.created, r.modified = in.varint(), in.varint()
	r.deleted = in.flag()
	r.name, r.title = in.text(), in.text()
	for i := range r.text {
		r.text[i] = in.text()
	}
	for i := range r.keywords {
		r.keywords[i] = in.texts()
	}
	r.resources = in.hashes()
	r.packed = []byte(in.text())
	if in.failed || len(in.rest) > 0 {
		return errRecord
	}
	return nil
}

// reader takes stored values off the front of rest. After a failure it gives
// nothing more.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) fail() { r.rest, r.failed = nil, true }

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) length() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(len(r.rest)-n) {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) flag() bool {
	if len(r.rest) == 0 || r.rest[0] > 1 {
		r.fail()
		return false
	}
	on := r.rest[0] == 1
	r.rest = r.rest[1:]
	return on
}

func (r *reader) text() string {
	n := r.length()
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

// texts reads a list. Every entry takes a byte at least, so that the length
// that was checked bounds their number.
func (r *reader) texts() []string {
	var all []string
	for range r.length() {
		all = append(all, r.text())
	}
	return all
}

func (r *reader) hashes() []uint64 {
	var all []uint64
	for range r.length() {
		if len(r.rest) < 8 {
			r.fail()
			return nil
		}
		all = append(all, binary.LittleEndian.Uint64(r.rest))
		r.rest = r.rest[8:]
	}
	return all
}

// hashOf shortens the id of a resource, which people are free to choose.
func hashOf(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // a hash never fails
	return h.Sum64()
}

// uuid is an id without its hyphens: less than half, and compared at once.
type uuid [16]byte

func parseUUID(s string) (u uuid, err error) {
	if !isUUID(s) {
		return u, fmt.Errorf("%q is no UUID", s)
	}
	_, err = hex.Decode(u[:], []byte(strings.ReplaceAll(s, "-", "")))
	return u, err
}

// String writes the id as everybody else does.
func (u uuid) String() string {
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// stamp writes kept microseconds as CKAN writes an instant.
func stamp(micros int64) string { return naiveTime(time.UnixMicro(micros)) }
