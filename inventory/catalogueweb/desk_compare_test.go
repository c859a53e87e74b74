package catalogueweb

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatEachSideSaysAlone(t *testing.T) {
	for _, one := range []struct {
		was, is []string
		a, b    []comparedLine
	}{
		{[]string{"un deux trois"}, []string{"un DEUX trois"}, []comparedLine{{"un ", "deux ", "trois"}}, []comparedLine{{"un ", "DEUX ", "trois"}}},
		{[]string{"un"}, []string{"un deux"}, []comparedLine{{"", "un", ""}}, []comparedLine{{"", "un deux", ""}}},
		{[]string{"a b"}, []string{"a b a b"}, []comparedLine{{"a ", "", "b"}}, []comparedLine{{"a ", "b a ", "b"}}},
		{[]string{"x", "y"}, []string{"y", "z"}, []comparedLine{{Own: "x"}, {Before: "y"}}, []comparedLine{{Before: "y"}, {Own: "z"}}},
		{nil, []string{"z"}, []comparedLine{}, []comparedLine{{Own: "z"}}},
	} {
		a, b := sideBySide(one.was, one.is)
		if !slices.Equal(a, one.a) || !slices.Equal(b, one.b) {
			t.Errorf("%q and %q: %q and %q; want %q and %q", one.was, one.is, a, b, one.a, one.b)
		}
	}
}

func FuzzSideBySide(f *testing.F) {
	f.Add("un deux", "un trois")
	f.Add("", " ")
	f.Fuzz(func(t *testing.T, was, is string) {
		a, b := sideBySide([]string{was}, []string{is})
		whole := func(l comparedLine) string { return l.Before + l.Own + l.After }
		if whole(a[0]) != was || whole(b[0]) != is || !strings.HasPrefix(was, a[0].Before) {
			t.Errorf("%q and %q became %q and %q", was, is, a, b)
		}
	})
}
