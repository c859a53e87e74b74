package roster

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/document"
	"github.com/jard-odi/jard/monitor"
)

// Standing says how a service stands between the files and the pages.
type Standing string

// The standings.
const (
	Create Standing = "create" // only in a file: to be made
	Change Standing = "change" // a file keeps it and says something else
	Same   Standing = "same"   // a file keeps it, and so it is
	Taken  Standing = "taken"  // a file declares it and the pages keep it: the file does not rule
	Gone   Standing = "gone"   // a file kept it and no file declares it any more
)

// Difference is one field in which a service differs from its file.
type Difference struct {
	Field    string // "checks.home.timeout"
	Stored   string // empty: not said
	Declared string
}

// Item is one service of a plan.
type Item struct {
	Standing    Standing
	Slug        string
	Institution string
	Declared    *monitor.Declared // nil when gone
	Stored      *monitor.Service  // nil when to be made
	Differences []Difference
}

// Drifts tells whether the item is something that somebody should know of.
func (i *Item) Drifts() bool { return i.Standing != Same }

// Plan is what the files would do to what is kept.
type Plan struct {
	Items    []Item // by slug
	PageOnly int    // services that no file speaks of
}

// Count returns how many items stand so.
func (p *Plan) Count(s Standing) int {
	n := 0
	for i := range p.Items {
		if p.Items[i].Standing == s {
			n++
		}
	}
	return n
}

// Drift returns the items that are not as their files say.
func (p *Plan) Drift() []Item {
	var list []Item
	for _, i := range p.Items {
		if i.Drifts() {
			list = append(list, i)
		}
	}
	return list
}

// Compare tells what r would do to the services that are stored. known tells
// whether there is an institution; what belongs to none is a problem, because
// nothing of the plan could be applied.
func Compare(r Roster, stored []monitor.Service, known func(institution string) bool) (Plan, []Problem) {
	var p Plan
	var problems []Problem
	at := make(map[string]*monitor.Service, len(stored))
	for n := range stored {
		at[stored[n].Slug] = &stored[n]
	}
	for n := range r.Declared {
		d := &r.Declared[n]
		if !known(d.Service.Institution) {
			problems = append(problems, Problem{d.File, d.Line, "institution", "institution.unknown", []any{d.Service.Institution}})
		}
		p.Items = append(p.Items, compare(d, at[d.Service.Slug]))
		delete(at, d.Service.Slug)
	}
	for _, v := range at {
		if v.KeptInFile() {
			p.Items = append(p.Items, Item{Standing: Gone, Slug: v.Slug, Institution: v.Institution, Stored: v})
		} else {
			p.PageOnly++
		}
	}
	slices.SortFunc(p.Items, func(a, b Item) int { return strings.Compare(a.Slug, b.Slug) })
	return p, problems
}

func compare(d *monitor.Declared, v *monitor.Service) Item {
	i := Item{Standing: Create, Slug: d.Service.Slug, Institution: d.Service.Institution, Declared: d, Stored: v}
	if v == nil {
		return i
	}
	i.Differences = Diff(v, &d.Service)
	switch {
	case !v.KeptInFile():
		i.Standing = Taken
	case len(i.Differences) > 0 || v.Settings.Source.File != d.File:
		i.Standing = Change
	default:
		i.Standing = Same
	}
	return i
}

// Diff lists the fields in which the stored service differs from the declared one.
func Diff(stored, declared *monitor.Service) []Difference {
	have, want := flat(stored), flat(declared)
	paths := make([]string, 0, len(have)+len(want))
	for path := range have {
		paths = append(paths, path)
	}
	for path := range want {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var all []Difference
	for _, path := range slices.Compact(paths) {
		if have[path] != want[path] {
			all = append(all, Difference{path, have[path], want[path]})
		}
	}
	return all
}

// flat is a service as paths and values; checks go by their names, so that one
// that is added in front does not change all the others.
func flat(v *monitor.Service) map[string]string {
	s := written(v)
	checks := s.Checks
	s.Checks = nil
	out := document.Flat(s)
	for n, c := range checks {
		name := c.Name
		c.Name = ""
		for path, value := range document.Flat(c) {
			out["checks."+name+"."+path] = value
		}
		out["checks."+name+".position"] = strconv.Itoa(n + 1)
	}
	return out
}
