package inventory

import (
	"testing"
)

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"", "2026-02-28", "2026-02-30", "0000-00-00", "2026-1-1", "+2026-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && string(d) != s {
			t.Errorf("%q is %s", s, d)
		}
		_, _ = parseInterval(s) // must not panic: it reads what a sheet holds
	})
}
