package monitorweb

import (
	"testing"
	"unicode/utf8"
)

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "c2x1Zw", "1", "-1", "/w", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if slug, err := readCursor(s); err == nil && !utf8.ValidString(slug) {
			t.Errorf("%q is %q, which PostgreSQL would not take", s, slug)
		}
		_, _ = readNumber(s) // any number may be asked for
	})
}
