package request

import (
	"strings"
	"testing"
)

func FuzzReadRules(f *testing.F) {
	for _, s := range []string{"", "code,days\n", "\"", "a,b\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if rules, err := ReadRules(strings.NewReader(s)); err != nil && len(rules) > 0 {
			t.Errorf("%q gives %d rules and fails", s, len(rules))
		}
	})
}
