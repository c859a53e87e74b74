package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// opinions has people say for a year how the simulated services are, a
// ministry run waves and bring in a list of calls, and last quarter be frozen.
func (d *demoFiller) opinions(ctx context.Context) error {
	clock := d.now
	store := surveydb.New(d.db, func() time.Time { return clock }).Waving(occasions(d.now.Location()), nil, nil)
	clock = d.now.AddDate(-1, 0, -1)
	if err := adoptSets(ctx, store); err != nil {
		return err
	}
	clock = d.now
	if err := d.offices(ctx, store); err != nil {
		return err
	}
	var entries []*surveydb.Entry
	for _, s := range demo.Services() {
		for _, o := range s.Opinions(d.now) {
			e, err := entryOf(ctx, store, &o)
			if err != nil {
				return fmt.Errorf("say how %s is: %w", o.Service, err)
			}
			entries = append(entries, e)
		}
	}
	if err := store.KeepAll(ctx, entries); err != nil {
		return err
	}
	if err := d.polls(ctx, store, &clock); err != nil {
		return err
	}
	if err := d.calls(ctx, store); err != nil {
		return err
	}
	if err := store.Roll(ctx); err != nil {
		return err
	}
	return store.FreezeQuarter(ctx, d.reviewer)
}

// offices lists where people come, with a screen at some counters.
func (d *demoFiller) offices(ctx context.Context, store *surveydb.Store) error {
	by := identity.System("jard demo")
	for _, s := range demo.Services() {
		for _, o := range s.Offices() {
			if err := store.KeepOffice(ctx, by, s.Slug, o.Code, o.Name); err != nil {
				return err
			}
			if o.Screen == "" {
				continue
			}
			if _, _, err := store.AddKiosk(ctx, by, s.Slug, o.Code, o.Screen, survey.KioskUsual); err != nil {
				return err
			}
		}
	}
	return nil
}

// entryOf reads an opinion by the rule that reads everybody's.
func entryOf(ctx context.Context, store *surveydb.Store, o *demo.Opinion) (*surveydb.Entry, error) {
	asking := survey.NewAsking(o.Service, "")
	channel := survey.Channel(o.Channel)
	name, version := asking.SetFor(channel)
	set, err := store.Set(ctx, name, version)
	if err != nil {
		return nil, err
	}
	form := &survey.Form{Service: o.Service, Channel: channel, Language: o.Language, Answers: o.Answers, Took: time.Minute}
	answer, err := survey.Take(set, form, o.At)
	if err != nil {
		return nil, err
	}
	answer.Verified, answer.Office = o.Verified, o.Office
	return &surveydb.Entry{Answer: answer, Set: set}, nil
}

// polls runs two waves of a ministry: one that goes well, one that starves.
func (d *demoFiller) polls(ctx context.Context, store *surveydb.Store, clock *time.Time) error {
	by := identity.System("jard demo")
	waves := map[string]*survey.Wave{}
	const days = 12
	for n := days; n >= 0; n-- {
		*clock = d.now.AddDate(0, 0, -n)
		if n == days {
			for _, slug := range []string{"demo-horaires-trains", "demo-visite-technique"} {
				plan := &survey.WavePlan{Start: *clock, Days: 28, Margin: 6, Again: quarterlyWaves}
				w, err := store.PlanWave(ctx, by, slug, plan)
				if err != nil {
					return err
				}
				waves[slug] = w
			}
		}
		if err := store.Tend(ctx); err != nil {
			return err
		}
		for slug, w := range waves {
			if err := d.invited(ctx, store, slug, w.ID, n); err != nil {
				return err
			}
		}
	}
	*clock = d.now
	return store.Tend(ctx)
}

// quarterlyWaves is when a ministry of the demo asks again.
const quarterlyWaves = "0 0 1 1,4,7,10 *"

// invited has the visitors of a day come, and some of those who are asked answer.
func (d *demoFiller) invited(ctx context.Context, store *surveydb.Store, slug, wave string, day int) error {
	visits := map[string]int{"demo-horaires-trains": 45}[slug]
	for n := range visits {
		in, err := store.Invite(ctx, slug)
		if err != nil {
			return err
		}
		if !in.Ask || n%3 != 0 {
			continue
		}
		e, err := entryOf(ctx, store, &demo.Opinion{
			Service: slug, At: d.now.AddDate(0, 0, -day).Add(-time.Duration(n) * 7 * time.Minute), Channel: "widget", Language: lang.Arabic, Verified: n%2 == 0,
			Answers: map[string]string{"ease": "4", "satisfaction": fmt.Sprint(3 + n/3%3), "finished": "yes", "clarity": fmt.Sprint(4 - n%2)},
		})
		if err != nil {
			return err
		}
		e.Answer.Wave = wave
		if err := store.KeepAll(ctx, []*surveydb.Entry{e}); err != nil {
			return err
		}
	}
	return nil
}

// calls brings in a list of telephone calls, and leaves another to be decided about.
func (d *demoFiller) calls(ctx context.Context, store *surveydb.Store) error {
	by := identity.System("jard demo")
	lines := [][]string{{"date", "language", "ease", "satisfaction", "finished", "office", "comment"}}
	for n := range 60 {
		day := d.now.AddDate(0, 0, -20-n/6).Format(time.DateOnly)
		lines = append(lines, []string{day, []string{"ar", "fr", "ar"}[n%3], fmt.Sprint(3 + n%3), fmt.Sprint(4 + n%2), "yes", []string{"no", "no", "once"}[n%3], ""})
	}
	h, err := store.Propose(ctx, by, surveydb.HandIn{Service: "demo-horaires-trains", Mode: survey.Interviewer, Name: "appels-octobre.xlsx", Data: []byte("calls"), Lines: lines})
	if err != nil {
		return err
	}
	if _, err := store.Apply(ctx, by, "demo-horaires-trains", h.ID, true); err != nil {
		return err
	}
	day := d.now.AddDate(0, 0, -5).Format(time.DateOnly)
	lines = append(lines[:1:1],
		[]string{day, "ar", "4", "5", "yes", "no", "الخدمة جيدة، هاتفي 98 765 432"}, []string{day, "fr", "2", "2", "no", "once", "File d'attente trop longue"},
		[]string{"hier", "fr", "4", "4", "yes", "no", ""}, []string{day, "ar", "9", "4", "peut-être", "no", ""})
	_, err = store.Propose(ctx, by, surveydb.HandIn{Service: "demo-visite-technique", Mode: survey.FaceToFace, Name: "guichet-ariana.xlsx", Data: []byte("counter"), Lines: lines})
	return err
}
