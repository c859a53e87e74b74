package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Field names what differs.
type Field string

// The fields that are compared.
const (
	Title        Field = "title"
	Notes        Field = "notes"
	Licence      Field = "licence"
	Frequency    Field = "frequency"
	Organization Field = "organization"
	Resources    Field = "resources" // how many
	Addresses    Field = "addresses" // where they lead
	Modified     Field = "modified"  // an older edition is shown
)

// Fields lists the fields in the order they are shown.
func Fields() []Field {
	return []Field{Title, Notes, Licence, Frequency, Organization, Resources, Addresses, Modified}
}

// Difference is one field that says something else there.
type Difference struct {
	Field        Field
	Ours, Theirs string
}

// shown bounds what is kept of a value: enough to tell what is meant.
const shown = 400

// Compare lists where theirs says something else than ours. What a harvester
// may change is no difference: slugs, tags, spaces and markup, the language a
// portal prefers, one spelling of a licence or a frequency for another.
func Compare(ours, theirs *Package, t Terms) []Difference {
	var out []Difference
	differ := func(f Field, a, b string) { out = append(out, Difference{f, short(a, shown), short(b, shown)}) }
	if !anyAlike(ours.Titles, theirs.Titles, essence) {
		differ(Title, first(ours.Titles), first(theirs.Titles))
	}
	if len(ours.Notes) > 0 && !anyAlike(ours.Notes, theirs.Notes, essence) {
		differ(Notes, first(ours.Notes), first(theirs.Notes))
	}
	if known := present(ours.Licence...); len(known) > 0 && !anyAlike(known, theirs.Licence, t.licence) {
		differ(Licence, known[0], first(theirs.Licence))
	}
	// A portal keeps a frequency in a field of its own or not at all; only the first it keeps is shown to people.
	if known := present(ours.Frequency...); len(known) > 0 && len(theirs.Frequency) > 0 && !anyAlike(known, theirs.Frequency[:1], t.frequency) {
		differ(Frequency, known[0], theirs.Frequency[0])
	}
	if len(ours.Organization) > 0 && !anyAlike(ours.Organization, theirs.Organization, essence) {
		differ(Organization, last(ours.Organization), last(theirs.Organization))
	}
	if f, a, b, ok := resources(ours.Resources, theirs.Resources); ok {
		differ(f, a, b)
	}
	if !theirs.Modified.IsZero() && theirs.Modified.Before(ours.Modified) {
		differ(Modified, ours.Modified.Format(time.RFC3339), theirs.Modified.Format(time.RFC3339))
	}
	return out
}

// resources compares numbers first: what is missing explains why addresses differ.
func resources(ours, theirs []string) (f Field, a, b string, differ bool) {
	missing, more := lacking(ours, theirs), lacking(theirs, ours)
	switch {
	case len(ours) != len(theirs):
		return Resources, strings.Join(append([]string{strconv.Itoa(len(ours))}, few(missing)...), "\n"),
			strings.Join(append([]string{strconv.Itoa(len(theirs))}, few(more)...), "\n"), true
	case len(missing) > 0:
		return Addresses, strings.Join(few(missing), "\n"), strings.Join(few(more), "\n"), true
	}
	return "", "", "", false
}

// lacking lists the addresses of a that b does not have.
func lacking(a, b []string) []string {
	have := map[string]bool{}
	for _, s := range b {
		have[address(s)] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return have[address(s)] })
}

func few(all []string) []string { return all[:min(len(all), 3)] }

// anyAlike tells whether one of a is one of b, as key sees them.
func anyAlike(a, b []string, key func(string) string) bool {
	for _, x := range a {
		for _, y := range b {
			if k := key(x); k != "" && k == key(y) {
				return true
			}
		}
	}
	return false
}

// Code is what a licence or a frequency is called in the vocabulary, however a
// portal writes it.
func (t Terms) Code(f Field, s string) string {
	switch f {
	case Licence:
		return t.licence(s)
	case Frequency:
		return t.frequency(s)
	}
	return s
}

func (t Terms) licence(s string) string { return meaning(t.licences, s) }

func (t Terms) frequency(s string) string { return meaning(t.frequencies, s) }

func meaning(known map[string]string, s string) string {
	key := spelling(s)
	if code := known[key]; code != "" {
		return code
	}
	return key
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func last(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[min(1, len(all)-1)] // the title, where there is one
}
