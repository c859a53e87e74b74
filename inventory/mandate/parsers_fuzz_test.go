package mandate

import (
	"strings"
	"testing"
)

func FuzzReadTerms(f *testing.F) {
	for _, s := range []string{"", "code,value\n", "code;value\na;b\n", "\"", "a,b,c,d,e,f\n1,2,3,4,5,6\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if terms, err := ReadTerms(strings.NewReader(s)); err != nil && len(terms) > 0 {
			t.Errorf("%q gives %d terms and fails", s, len(terms))
		}
	})
}
