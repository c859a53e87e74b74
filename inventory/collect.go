package inventory

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
)

// faults collects what is wrong, so that a form can show everything at once.
type faults []error

func (f *faults) at(field, key string, args ...any) {
	*f = append(*f, fault.At(field, key, args...))
}

func (f faults) join() error { return errors.Join(f...) }

// text checks one text: valid UTF-8, no control characters, not over long.
func (f *faults) text(field, s string, limit int) {
	switch {
	case !utf8.ValidString(s):
		f.at(field, "fault.utf8")
	case strings.ContainsFunc(s, control):
		f.at(field, "fault.control")
	case utf8.RuneCountInString(s) > limit:
		f.at(field, "fault.too_long", limit)
	}
}

// control tells what no text may hold: control characters besides line ends
// and tabs, and the marks that make text read other than it is stored.
func control(r rune) bool {
	switch r {
	case '\n', '\r', '\t':
		return false
	case 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2028, 0x2029, utf8.RuneError:
		return true
	}
	return unicode.IsControl(r) || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}
