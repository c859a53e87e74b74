package document

import (
	"testing"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "a: 1", "a: [1, 2]\nb: {c: d}", "a: &x [*x]", "? :", "- - -", "a: !!binary x", "a: 1\na: 2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v struct {
			A string
			B map[string]string
			C []struct{ D, E int }
		}
		_, problems := Read(data, &v)
		for _, p := range problems {
			if p.Line < 0 {
				t.Errorf("a problem on line %d", p.Line)
			}
		}
	})
}
