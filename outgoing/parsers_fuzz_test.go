package outgoing

import (
	"testing"
)

func FuzzParsePrefix(f *testing.F) {
	for _, s := range []string{"", "10.0.0.0/8", "::1/128", "10.0.0.1", "::ffff:10.0.0.0/104", "a/b", "10.0.0.0/33"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePrefix(s); err == nil && !p.IsValid() {
			t.Errorf("%q is %v", s, p)
		}
	})
}
