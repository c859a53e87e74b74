package survey

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// packed is the first byte of packed sums: how they are written.
const packed = 1

// errPacked says that bytes are no sums.
var errPacked = errors.New("these are no packed sums of answers")

// Pack writes sums in few bytes: small numbers are short, weights are left out
// where every answer weighs 1. Equal sums are equal bytes. Differences (what is
// to be taken away) can be packed too.
func (s Sums) Pack() []byte {
	b := []byte{packed}
	groups := slices.SortedFunc(maps.Keys(s), compareGroups)
	b = binary.AppendUvarint(b, uint64(len(groups)))
	for _, g := range groups {
		b = packGroup(b, g, s[g])
	}
	return b
}

func compareGroups(a, b Group) int {
	return strings.Compare(groupName(a), groupName(b))
}

func groupName(g Group) string {
	verified := "o"
	if g.Verified {
		verified = "v"
	}
	return (&Set{Name: g.Set, Version: g.Version}).Key() + "\x00" + string(g.Channel) + "\x00" + string(g.Language) + verified
}

func packGroup(b []byte, g Group, t *Tally) []byte {
	b = packWord(b, g.Set)
	b = binary.AppendUvarint(b, uint64(max(0, g.Version))) //nolint:gosec // not negative
	b = packWord(b, string(g.Channel))
	b = packWord(b, string(g.Language))
	b = append(b, map[bool]byte{true: 1}[g.Verified])
	b = binary.AppendVarint(b, t.Answers)
	b = binary.AppendVarint(b, t.Apart)
	b = binary.AppendUvarint(b, uint64(len(t.Flags)))
	for _, f := range slices.Sorted(maps.Keys(t.Flags)) {
		b = binary.AppendVarint(packWord(b, string(f)), t.Flags[f])
	}
	b = binary.AppendUvarint(b, uint64(len(t.Questions)))
	for _, key := range slices.Sorted(maps.Keys(t.Questions)) {
		b = packLevels(packWord(b, key), t.Questions[key])
	}
	return b
}

func packWord(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// packLevels writes twice the number of levels, and one more when weights follow.
func packLevels(b []byte, l *Levels) []byte {
	head := uint64(len(l.Count)) << 1
	plain := l.plain()
	if !plain {
		head |= 1
	}
	b = binary.AppendUvarint(b, head)
	for _, n := range l.Count {
		b = binary.AppendVarint(b, n)
	}
	if plain {
		return b
	}
	for _, w := range l.Weight {
		b = binary.AppendVarint(b, w)
	}
	return binary.AppendVarint(b, l.Squares)
}

// plain tells whether every answer weighs 1.
func (l *Levels) plain() bool {
	all := int64(0)
	for n, c := range l.Count {
		if l.Weight[n] != c*Unit {
			return false
		}
		all += c
	}
	return l.Squares == all*Unit
}

// MergePacked adds sums as they were packed. What is no sums leaves s
// undefined: it is not to be used then.
func (s Sums) MergePacked(b []byte) error {
	u := unpacker{b: b}
	if u.byte() != packed {
		return errPacked
	}
	for n := u.length(); n > 0 && !u.bad; n-- {
		u.group(s)
	}
	if u.bad || len(u.b) != 0 {
		return errPacked
	}
	return nil
}

// unpacker reads; after something wrong it reads zeros.
type unpacker struct {
	b   []byte
	bad bool
}

func (u *unpacker) byte() byte {
	if len(u.b) == 0 {
		u.bad = true
		return 0
	}
	c := u.b[0]
	u.b = u.b[1:]
	return c
}

func (u *unpacker) unsigned() uint64 {
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) signed() int64 {
	v, n := binary.Varint(u.b)
	if n <= 0 {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[n:]
	return v
}

// length reads how many follow; each takes at least a byte.
func (u *unpacker) length() int {
	n := u.unsigned()
	if n > uint64(len(u.b)) {
		u.bad, u.b = true, nil
		return 0
	}
	return int(n) //nolint:gosec // no more than the bytes there are
}

func (u *unpacker) word() []byte {
	n := u.length()
	w := u.b[:n]
	u.b = u.b[n:]
	return w
}

// group reads a group into s.
func (u *unpacker) group(s Sums) {
	g := Group{Set: known(u.word()), Version: int(u.unsigned() & (1<<31 - 1))} //nolint:gosec // masked
	g.Channel, g.Language = Channel(known(u.word())), lang.Tag(known(u.word()))
	g.Verified = u.byte() == 1
	t := s.tally(g)
	t.Answers += u.signed()
	t.Apart += u.signed()
	for n := u.length(); n > 0 && !u.bad; n-- {
		f := u.word()
		t.flag(Flag(known(f)), u.signed())
	}
	for n := u.length(); n > 0 && !u.bad; n-- {
		u.levels(t)
	}
}

// known saves making the words anew that stand in almost every group.
func known(w []byte) string {
	switch string(w) {
	case DefaultSet:
		return DefaultSet
	case DefaultQuick:
		return DefaultQuick
	case string(Web):
		return string(Web)
	case string(Widget):
		return string(Widget)
	case string(QR):
		return string(QR)
	case string(lang.French):
		return string(lang.French)
	case string(lang.Arabic):
		return string(lang.Arabic)
	}
	return string(w)
}

// mostLevels bounds what is read.
const mostLevels = 16

func (u *unpacker) levels(t *Tally) {
	key := u.word()
	head := u.unsigned()
	n := int(head >> 1) //nolint:gosec // looked at next
	if u.bad || n < 1 || n > mostLevels {
		u.bad = true
		return
	}
	l := t.Questions[string(key)]
	if l == nil {
		l = t.levels(string(key), n)
	}
	if len(l.Count) != n {
		u.bad = true
		return
	}
	all := int64(0)
	for i := range n {
		c := u.signed()
		l.Count[i] += c
		if head&1 == 0 {
			l.Weight[i] += c * Unit
			all += c
		}
	}
	if head&1 == 0 {
		l.Squares += all * Unit
		return
	}
	for i := range n {
		l.Weight[i] += u.signed()
	}
	l.Squares += u.signed()
}
