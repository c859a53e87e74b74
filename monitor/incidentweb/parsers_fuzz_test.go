package incidentweb

import (
	"testing"
)

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "1", "MQ", "-1", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := readCursor(s); err == nil && n < 0 {
			t.Errorf("%q is %d", s, n)
		}
	})
}
