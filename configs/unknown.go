package configs

import (
	"reflect"
	"slices"
	"strings"
)

// elsewhere are variables of ours that are no settings.
var elsewhere = []string{"JARD_CONFIG", "JARD_TOKEN", "JARD_MOVE_TO", "JARD_TEST_", "JARD_DOORS"}

// Unknown returns the variables of an environment that look like settings and
// are none: misspelt, or of another version. A file is read more strictly.
func Unknown(environ []string) []string {
	names := variables()
	var unknown []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		known := slices.Contains(names, name) || slices.ContainsFunc(elsewhere, func(begins string) bool { return strings.HasPrefix(name, begins) })
		if strings.HasPrefix(name, "JARD_") && !known {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// Near says which setting may have been meant by a variable; empty: none is near.
func Near(name string) string {
	best, least := "", 4
	for _, other := range variables() {
		if d := distance(name, other); d < least {
			best, least = other, d
		}
	}
	if best == "" {
		return ""
	}
	return "; is " + best + " meant?"
}

// variables are the names of all settings in the environment.
func variables() []string {
	var names []string
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		for field := range t.Fields() {
			key := path + "_" + strings.ToUpper(field.Tag.Get("yaml"))
			if field.Type.Kind() == reflect.Struct {
				walk(field.Type, key)
				continue
			}
			names = append(names, key)
		}
	}
	walk(reflect.TypeFor[Config](), "JARD")
	return names
}

// distance is how many letters differ between two words (Levenshtein).
func distance(a, b string) int {
	before := make([]int, len(b)+1)
	for n := range before {
		before[n] = n
	}
	for i := range len(a) {
		now := make([]int, len(b)+1)
		now[0] = i + 1
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			now[j+1] = min(change, before[j+1]+1, now[j]+1)
		}
		before = now
	}
	return before[len(b)]
}
