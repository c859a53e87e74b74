package roster

import (
	"errors"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor"
)

// Report is how the files and the services that are kept stand to each other.
type Report struct {
	Path     string    // file or folder that is read; empty: none is
	ReadAt   time.Time // when the files were looked through last
	GoodAt   time.Time // when they were sound last, and therefore applied
	Files    []string
	Plan     Plan      // of the last sound files
	Problems []Problem // why the newest files are not applied; empty: they are
}

// Split lists what a plan makes and what it changes.
func (p *Plan) Split() (create, change []monitor.Declared) {
	for _, i := range p.Items {
		switch i.Standing {
		case Create:
			create = append(create, *i.Declared)
		case Change:
			change = append(change, *i.Declared)
		case Same, Taken, Gone:
		}
	}
	return create, change
}

// ProblemsOf puts the faults of applying a plan beside those of reading it.
func ProblemsOf(path string, err error) []Problem {
	var all []Problem
	for _, f := range fault.All(err) {
		all = append(all, Problem{File: path, Field: f.Field, Key: f.Key, Args: f.Args})
	}
	if len(all) == 0 && err != nil {
		all = append(all, Problem{File: path, Key: "roster.not_applied"})
	}
	return all
}

// Told is problems as one error, a line each; nil when there are none. say
// puts a problem into words.
func Told(problems []Problem, say func(key string, args ...any) string) error {
	all := make([]error, 0, len(problems))
	for _, p := range problems {
		text := p.Place() + ": "
		if p.Field != "" {
			text += p.Field + ": "
		}
		all = append(all, errors.New(text+say(p.Key, p.Args...)))
	}
	return errors.Join(all...)
}
