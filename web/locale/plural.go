package locale

import (
	"reflect"

	"github.com/jard-odi/jard/lang"
)

// Plural is a plural form as the Unicode CLDR names it.
type Plural string

// The plural forms.
const (
	Zero  Plural = "zero"
	One   Plural = "one"
	Two   Plural = "two"
	Few   Plural = "few"
	Many  Plural = "many"
	Other Plural = "other"
)

// Plurals lists the forms a sentence needs in the language t.
func Plurals(t lang.Tag) []Plural {
	if t == lang.Arabic {
		return []Plural{Zero, One, Two, Few, Many, Other}
	}
	return []Plural{One, Other}
}

// PluralOf returns the form for n things. French has a further form for whole
// millions ("un million de jeux") that no sentence here can need.
func PluralOf(t lang.Tag, n int64) Plural {
	if n < 0 {
		n = -n
	}
	switch {
	case t == lang.Arabic:
		return arabic(n)
	case t == lang.French && n == 0, n == 1:
		return One
	}
	return Other
}

func arabic(n int64) Plural {
	switch last := n % 100; {
	case n == 0:
		return Zero
	case n == 1:
		return One
	case n == 2:
		return Two
	case last >= 3 && last <= 10:
		return Few
	case last >= 11:
		return Many
	}
	return Other
}

// whole returns a as an integer, when it is one.
func whole(a any) (int64, bool) {
	if _, named := a.(interface{ String() string }); named {
		return 0, false // a duration or another word, not a count
	}
	v := reflect.ValueOf(a)
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), true //nolint:gosec // counts of things, far from the edge
	}
	return 0, false
}
