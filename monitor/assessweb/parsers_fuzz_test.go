package assessweb

import (
	"testing"
)

func FuzzActionCursor(f *testing.F) {
	for _, s := range []string{"", "MSAy", "!", "MQ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := readActionCursor(s); err != nil && a != nil {
			t.Errorf("%q is %+v and fails", s, a)
		}
	})
}
