package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// Form is the version of what is hashed. A line says in which it was sealed,
// so that a later form does not break what was sealed in this one.
const Form = 1

// saltSize is long enough that nobody finds out what was erased by trying.
const saltSize = 16

// Hash is a SHA-256. It stands before the first line as zeros.
type Hash [sha256.Size]byte

// String writes the hash in hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what String wrote.
func ParseHash(s string) (h Hash, err error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) {
		return h, fmt.Errorf("%.80q is not a hash of %d hexadecimal digits", s, 2*len(h))
	}
	copy(h[:], raw)
	return h, nil
}

// HashOf is the stored form as a Hash; false when it is none.
func HashOf(stored []byte) (h Hash, ok bool) {
	return h, copy(h[:], stored) == len(h) && len(stored) == len(h)
}

// Head is a place in the chain: a line's position and its hash.
type Head struct {
	Position int64
	Hash     Hash
}

// sum hashes parts, each with its length before it, so that no two lists of
// parts are hashed alike.
func sum(parts ...string) Hash {
	size := 0
	for _, p := range parts {
		size += 8 + len(p)
	}
	all := make([]byte, 0, size)
	for _, p := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(p)))
		all = append(all, p...)
	}
	return sha256.Sum256(all)
}

// Mark takes the line's time to what a database keeps, and commits to what may
// have to be erased one day: who did it, and what is told in words and values.
// Only these commitments enter the hash.
func (l *Line) Mark() error {
	l.At = l.At.UTC().Truncate(time.Microsecond)
	l.Form = Form
	salts := make([]byte, 2*saltSize)
	if _, err := rand.Read(salts); err != nil {
		return fmt.Errorf("mark audit line: %w", err)
	}
	l.WhoSalt, l.ToldSalt = salts[:saltSize:saltSize], salts[saltSize:]
	who := l.who()
	told, err := l.told()
	if err != nil {
		return fmt.Errorf("mark audit line %s %s: %w", l.Act, l.Ref, err)
	}
	l.WhoMark, l.ToldMark = who[:], told[:]
	return nil
}

// Adopt takes a line into the chain that a version before the chain wrote: what
// it says is committed to as it is found.
func (l *Line) Adopt() error {
	at := l.At
	l.Adopted = true
	err := l.Mark()
	l.At = at // as it is kept, whatever wrote it
	return err
}

// Seal gives the line the place after the head and returns the new head.
func (l *Line) Seal(after Head) Head {
	position := after.Position + 1
	l.Position, l.Prev = &position, after.Hash[:]
	h := l.sum()
	l.Hash = h[:]
	return Head{position, h}
}

// Sealed tells whether the line has its place in the chain.
func (l *Line) Sealed() bool { return l.Position != nil }

// WhoErased and ToldErased tell whether a part of the line was erased: the
// commitment to it stands, what opens it is gone.
func (l *Line) WhoErased() bool { return len(l.WhoMark) > 0 && len(l.WhoSalt) == 0 }

// ToldErased tells whether reason, before and after were erased.
func (l *Line) ToldErased() bool { return len(l.ToldMark) > 0 && len(l.ToldSalt) == 0 }

func (l *Line) who() Hash { return sum("jard-audit-who-1", string(l.WhoSalt), l.Actor) }

func (l *Line) told() (Hash, error) {
	before, err := Canonical(l.Before)
	if err != nil {
		return Hash{}, err
	}
	after, err := Canonical(l.After)
	if err != nil {
		return Hash{}, err
	}
	return told(l.ToldSalt, l.Reason, before, after), nil
}

func told(salt []byte, reason, before, after string) Hash {
	return sum("jard-audit-told-1", string(salt), reason, before, after)
}

// sum is the hash of a sealed line.
func (l *Line) sum() Hash {
	adopted := "0"
	if l.Adopted {
		adopted = "1"
	}
	return sum("jard-audit-line-1", strconv.FormatInt(*l.Position, 10), string(l.Prev), strconv.FormatInt(l.ID, 10),
		strconv.FormatInt(l.At.UnixMicro(), 10), adopted, string(l.Role), l.Act, l.Subject, l.Ref, l.Institution,
		string(l.WhoMark), string(l.ToldMark))
}
