package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web/locale"
)

// assessCommand prints scorecards in plain words, checks a set of criteria, or
// verifies a frozen edition.
func assessCommand(ctx context.Context, p program, args []string) error {
	f := flags("assess")
	set := f.String("check", "", "say every fault of this file of criteria, and do nothing else")
	edition := f.String("verify", "", "compute this frozen edition (2026-Q3) again; exit code 1 when anything was changed")
	measure := f.Bool("measure", false, "measure, keep and look at actions first, as the nightly round does")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	v := voice{program: p, c: sentences, tag: p.language()}
	if *set != "" {
		return v.checkSet(*set)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	log := logger(p.err, c.Log)
	db, err := openDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { _ = database.Close(db) }()
	a, err := newAssessment(c, db, openStores(db, c), log)
	if err != nil {
		return err
	}
	if *measure {
		err = a.round(ctx)
	} else {
		err = a.seed(ctx)
	}
	switch {
	case err != nil:
		return p.words(err)
	case *edition != "":
		return v.verify(ctx, a, *edition)
	}
	return p.words(v.scorecards(ctx, a, words))
}

// voice speaks to whoever sits at the terminal.
type voice struct {
	program
	c   *locale.Catalogue
	tag lang.Tag
}

func (v voice) say(key string, args ...any) string { return v.c.T(v.tag, key, args...) }

// checkSet says every fault of a file of criteria.
func (v voice) checkSet(file string) error {
	data, err := os.ReadFile(file) //nolint:gosec // named on the command line
	if err != nil {
		return err
	}
	set, problems := assess.Read(data)
	var faults []error
	for _, one := range problems {
		faults = append(faults, errors.New(v.say("assess.said.line", one.Line, one.Field, v.say(one.Key, one.Args...))))
	}
	if len(faults) == 0 {
		fmt.Fprintln(v.out, v.say("assess.said.set_good", set.Key()))
	}
	return errors.Join(faults...)
}

// verify computes a frozen edition again.
func (v voice) verify(ctx context.Context, a *assessment, quarter string) error {
	checked, err := a.store.Verify(ctx, quarter)
	if err != nil {
		return v.words(err)
	}
	if checked.OK() {
		fmt.Fprintln(v.out, v.say("assess.said.verified", quarter))
		return nil
	}
	found := checked.Differs
	if !checked.Hash {
		found = append(found, v.say("assess.said.hash"))
	}
	return errors.New(v.say("assess.said.tampered", quarter, strings.Join(found, ", ")))
}

// scorecards prints one line for each service, and of those named everything.
func (v voice) scorecards(ctx context.Context, a *assessment, services []string) error {
	set, all, err := a.store.Standings(ctx, services...)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(v.out, v.say("assess.said.nothing"))
	}
	for n := range all {
		v.headline(set, &all[n].Score, all[n].Service)
		if len(services) == 0 {
			continue
		}
		facts, err := a.store.Facts(ctx, all[n].Service)
		if err != nil {
			return err
		}
		v.criteria(set, &all[n].Score, facts)
		if err := v.actions(ctx, a, all[n].Service); err != nil {
			return err
		}
	}
	return nil
}

// headline prints the score, and why it is not a better one.
func (v voice) headline(set *assess.Set, s *assess.Score, service string) {
	known := locale.Percent(v.tag, s.Coverage, 0)
	if s.Value == nil {
		fmt.Fprintln(v.out, v.say("assess.said.none", service, known, locale.Percent(v.tag, set.Coverage, 0)))
		return
	}
	fmt.Fprintln(v.out, v.say("assess.said.score", service, locale.Decimal(v.tag, *s.Value, 0), s.Band, known))
	if len(s.Capped) > 0 {
		fmt.Fprintln(v.out, v.say("assess.said.capped", strings.Join(s.Capped, ", "), s.Earned))
	}
}

// criteria prints what is said of each criterion.
func (v voice) criteria(set *assess.Set, s *assess.Score, facts assess.Facts) {
	for n := range s.Results {
		r, c := &s.Results[n], &set.Criteria[n]
		word := v.say("assess.colour." + string(r.Colour))
		switch {
		case r.Undecided:
			word += ", " + v.say("assess.undecided")
		case r.Shown && r.Unknown == "":
			word = v.say("assess.shown")
		}
		what := v.first(r, facts)
		fmt.Fprintf(v.out, "   %-4s %s: %s (%s)\n", r.Criterion, c.Title.In(v.tag), word, what)
		if len(r.Parts) > 1 && r.Unknown == "" {
			v.parts(r.Parts, facts)
		}
		if r.Colour == assess.Red {
			fmt.Fprintf(v.out, "        → %s\n", c.Advice.In(v.tag))
		}
	}
}

// first is the first thing that is known of a criterion, or why nothing is.
func (v voice) first(r *assess.Result, facts assess.Facts) string {
	if r.Unknown != "" {
		return v.say(r.Unknown)
	}
	n := max(0, slices.IndexFunc(r.Parts, func(p assess.PartResult) bool { return p.Unknown == "" }))
	return v.value(facts[r.Parts[n].Measure])
}

// parts prints each measure of a criterion that has several.
func (v voice) parts(parts []assess.PartResult, facts assess.Facts) {
	for _, p := range parts {
		what := v.say("assess.colour." + string(p.Colour))
		if p.Unknown == "" {
			what += ", " + v.value(facts[p.Measure])
		}
		fmt.Fprintf(v.out, "        %s: %s\n", v.say("assess.measure."+string(p.Measure)), what)
	}
}

// actions prints what is being done about a service.
func (v voice) actions(ctx context.Context, a *assessment, service string) error {
	all, err := a.store.Actions(ctx, identity.System("assess"), assessdb.Wanted{Service: service})
	for _, one := range all {
		day := one.Due.In(a.store.Zone()).Format(time.DateOnly)
		fmt.Fprintf(v.out, "   [%s] %s %s %s\n", v.say("assess.progress."+string(one.State)), one.Criterion, day, one.Owner)
	}
	return err
}

// value writes a fact in its unit.
func (v voice) value(f assess.Fact) string {
	unit, _ := f.Measure.Unit()
	const exact = 2
	switch unit {
	case assess.Word:
		if f.Word == "" {
			return v.say(assess.UnknownMissing)
		}
		return v.say("assess.word." + f.Word)
	case assess.Ratio:
		return locale.Percent(v.tag, f.Value, exact)
	case assess.Bytes:
		return v.c.Bytes(v.tag, int64(f.Value))
	case assess.Count:
		return locale.Decimal(v.tag, f.Value, 0)
	case assess.Seconds:
		if f.Value >= time.Minute.Seconds() {
			return v.c.Duration(v.tag, time.Duration(f.Value)*time.Second)
		}
	case assess.Days:
		return v.say("assess.unit.days", locale.Decimal(v.tag, f.Value, 0))
	}
	places := exact
	if unit == assess.Money {
		places = 3 // a dinar has a thousand millimes
	}
	return v.say("assess.unit."+string(unit), locale.Decimal(v.tag, f.Value, places))
}
