package inventorydb

import (
	"testing"
)

func FuzzCursors(f *testing.F) {
	for _, s := range []string{"", "MCAwMTkwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA", "cGxhY2UgMQ", "!", "cGxhY2UgLTE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, id, err := parseCursor(s); err == nil && (id == "" || at.Year() < 1 || at.Year() > 9999) {
			t.Errorf("%q is %v %q", s, at, id)
		}
		if n, err := parsePlace(s); err == nil && n < 0 {
			t.Errorf("%q is place %d", s, n)
		}
	})
}
