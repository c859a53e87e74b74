package survey

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode"
)

// Clean makes plain text of what somebody typed or pasted: no control
// characters, no marks that turn the direction of what stands beside it, no
// invisible ones, at most one empty line. Scripts are text like any other.
func Clean(s string) string {
	var out strings.Builder
	breaks, space := 0, false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '\n':
			breaks++
			continue
		case invisible(r):
			continue
		case r == '\t' || r == '\r' || unicode.Is(unicode.Zs, r):
			space = true
			continue
		case unicode.IsControl(r):
			continue
		}
		if out.Len() > 0 {
			switch {
			case breaks > 0:
				out.WriteString(strings.Repeat("\n", min(breaks, 2)))
			case space:
				out.WriteByte(' ')
			}
		}
		breaks, space = 0, false
		out.WriteRune(r)
	}
	return out.String()
}

// invisible tells marks of direction and characters of no width. The joiners
// stay: words and emoji need them.
func invisible(r rune) bool {
	switch {
	case r == 0x061C, r == 0x200B, r == 0x200E, r == 0x200F, r == 0x2060, r == 0xFEFF, r == 0x00AD:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2061 && r <= 0x206F, r >= 0xFFF0 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return r == 0x2028 || r == 0x2029
}

// westernDigits writes digits of other scripts as ours, one for one.
func westernDigits(s string) string { return strings.Map(western, s) }

func western(r rune) rune {
	switch {
	case r >= 0x0660 && r <= 0x0669:
		return '0' + r - 0x0660
	case r >= 0x06F0 && r <= 0x06F9:
		return '0' + r - 0x06F0
	case r >= 0xFF10 && r <= 0xFF19:
		return '0' + r - 0xFF10
	}
	return r
}

// copyFrom is the length from which equal words are no accident.
const copyFrom = 20

// CopyKey is a number by which the same words about the same service are
// known again, however they are spaced, pointed and written; false when they
// are so few that people write them independently.
func CopyKey(service, text string) (int64, bool) {
	var same strings.Builder
	n := 0
	for _, r := range strings.ToLower(text) {
		if r = western(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			same.WriteRune(r)
			n++
		}
	}
	if n < copyFrom {
		return 0, false
	}
	return number("copy", service, same.String()), true
}

// number is a short fingerprint of words.
func number(words ...string) int64 {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1) //nolint:gosec // shifted: it fits
}

// OnceKey is the number of a client's own key for an answer about a service.
func OnceKey(service, key string) int64 { return number("once", service, key) }
