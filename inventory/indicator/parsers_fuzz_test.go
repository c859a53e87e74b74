package indicator

import (
	"testing"
)

func FuzzQuarter(f *testing.F) {
	for _, s := range []string{"", "2026-Q1", "2026-Q5", "0000-Q1", "99999-Q1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseQuarter(s)
		if err != nil {
			return
		}
		if again, err := ParseQuarter(q.String()); err != nil || again != q {
			t.Errorf("%q is %v and then %v, %v", s, q, again, err)
		}
	})
}
