package naming

import (
	"strings"
	"testing"
)

func FuzzReadRules(f *testing.F) {
	for _, s := range []string{"", "code,version,text\n", "code;kind\na;b\n", "\"", "a,b\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if rules, err := ReadRules(strings.NewReader(s)); err != nil && len(rules) > 0 {
			t.Errorf("%q gives %d rules and fails", s, len(rules))
		}
		if lists, err := ReadNomenclatures(strings.NewReader(s)); err != nil && len(lists) > 0 {
			t.Errorf("%q gives %d lists and fails", s, len(lists))
		}
	})
}
