package inventory

import (
	"unicode"
	"unicode/utf8"
)

// EachWord calls yield with every word of s as Fold writes it, and with where
// it stands in s, until yield returns false. The word is only good during the
// call: whoever keeps it copies it.
func EachWord(s string, yield func(word []byte, start, end int) bool) {
	var room [64]byte
	word, start, end := room[:0], -1, 0
	flush := func() bool {
		if len(word) == 0 {
			return true
		}
		more := yield(word, start, end)
		word, start = word[:0], -1
		return more
	}
	for at, r := range s {
		size := utf8.RuneLen(r)
		if size < 0 || r == utf8.RuneError {
			size = 1
		}
		switch {
		case r < utf8.RuneSelf:
			c := byte(r)
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				if !flush() {
					return
				}
				continue
			}
			word = append(word, c)
		case drop(r):
			continue
		default:
			out := foldRune(unicode.ToLower(r))
			if !letterOrDigit(out) {
				if !flush() {
					return
				}
				continue
			}
			word = append(word, out...)
		}
		if start < 0 {
			start = at
		}
		end = at + size
	}
	flush()
}
