package inventoryweb

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// sections are the steps of the form, and which fields stand in each.
func sections() []section {
	return []section{
		{Code: "identity", fields: []string{"institution", "title", "description"}},
		{Code: "subject", fields: []string{"theme", "keywords", "spatial", "temporal", "producer"}},
		{Code: "update", fields: []string{"frequency", "data_modified"}},
		{Code: "opening", fields: []string{"openness", "target_date", "legal_ground", "licence"}},
		{Code: "personal", fields: []string{"personal_data", "anonymisation"}},
		{Code: "contact", fields: []string{"contact"}},
		{Code: "access", fields: []string{"distributions", "extra"}},
	}
}

// section is one step of the form with its state.
type section struct {
	Code    string
	Wrong   int // faults of what was typed
	Missing int // what a submission still asks for
	Empty   bool
	fields  []string
}

// State names how far the step is.
func (s section) State() string {
	switch {
	case s.Wrong > 0:
		return "wrong"
	case s.Missing > 0:
		return "open"
	case s.Empty:
		return "none"
	}
	return "done"
}

// steps tells how far each section is: what the rules refuse now, and what
// they would still ask for at submission.
func steps(c inventory.Content, v *inventory.Vocabulary, now time.Time, wrong error) []section {
	all := sections()
	for n := range all { // the one step that may stay empty
		all[n].Empty = all[n].Code == "access" && len(c.Distributions) == 0
	}
	count(all, fault.All(wrong), func(s *section) { s.Wrong++ })
	count(all, fault.All(c.Clean().Complete(v, now)), func(s *section) { s.Missing++ })
	return all
}

func count(all []section, faults []*fault.Error, add func(*section)) {
	for _, f := range faults {
		for n := range all {
			if all[n].holds(f.Field) {
				add(&all[n])
			}
		}
	}
}

// holds tells whether a field, as the JSON API names it, stands in the section.
func (s section) holds(field string) bool {
	base, code, _ := strings.Cut(field, ".")
	if base == "extra" && slices.Contains(inventory.PlanExtras(), code) {
		return s.Code == "opening"
	}
	return slices.Contains(s.fields, base)
}

// generic names a field without its row: "distributions.2.url" is
// "distributions.url", which has a label.
func generic(field string) string {
	parts := strings.Split(field, ".")
	if len(parts) == 3 && parts[0] == "distributions" {
		return parts[0] + "." + parts[2]
	}
	if len(parts) == 4 && parts[0] == "distributions" {
		return parts[0] + "." + parts[2] + "." + parts[3]
	}
	return field
}
