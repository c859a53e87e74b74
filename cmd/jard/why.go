package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/themes"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/why"
	"github.com/jard-odi/jard/monitor/whydb"
	"github.com/jard-odi/jard/monitor/whyweb"
	"github.com/jard-odi/jard/web"
)

// finder finds out at night why people are satisfied with services.
type finder struct {
	answers  *surveydb.Store
	watched  *monitordb.Store
	people   institutions
	findings *whydb.Store
	themes   *survey.Themes
	now      func() time.Time
}

type institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// why adds why people are satisfied: its pages, the files that are given away,
// and its nightly work.
func (h *house) why(c configs.Config, db *gorm.DB, keep stores, shell *web.Shell, log *slog.Logger) error {
	f, err := newFinder(db, keep, c)
	if err != nil {
		return err
	}
	editions := assessdb.New(db, nil).In(c.Location())
	whyweb.New(shell, whyweb.Source{
		Findings: f.findings, Services: keep.watched, Answers: f.answers, Institutions: keep.people, Themes: f.themes,
		Feed: whyweb.Feed{Editions: editions, Licence: licenceOfScores},
	}, time.Now).Routes()
	h.jobs = append(h.jobs, job{"find out why people are satisfied", "50 4 * * *", f.round})
	own := ownData{register: keep.register, editions: editions, institution: c.Operator.Institution, url: shell.URL, contact: c.Operator.Contact, log: log}
	if own.institution != "" {
		h.jobs = append(h.jobs, job{"keep the dataset of scores", "20 5 * * *", own.keep})
	}
	return nil
}

func newFinder(db *gorm.DB, keep stores, c configs.Config) (*finder, error) {
	lists, err := survey.ReadThemes(themes.Names, themes.Patterns)
	if err != nil {
		return nil, err
	}
	return &finder{
		answers: surveydb.New(db, nil).In(c.Location()), watched: keep.watched, people: keep.people, findings: whydb.New(db), themes: lists,
		now: time.Now,
	}, nil
}

// keptFindings is how long what was found of a service is kept that nobody
// looks at any more.
const keptFindings = 7 * 24 * time.Hour

// round looks at every active service, and at the bodies that answer for them.
// What fails for one leaves the others alone.
func (f *finder) round(ctx context.Context) error {
	now := f.now()
	services, err := f.watched.Everything(ctx)
	if err != nil {
		return err
	}
	tree, err := f.people.Institutions(ctx)
	if err != nil {
		return err
	}
	var failed []error
	seen, found := map[string][]why.Seen{}, map[string][]why.Finding{}
	for n := range services {
		v := &services[n]
		if v.State != monitor.Active {
			continue
		}
		one, err := f.see(ctx, v, now)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		finding := why.Find(one, f.themes, now)
		failed = append(failed, f.findings.Keep(ctx, &finding))
		one.Notes, one.Troubles = nil, nil // counted; what is kept for the whole is small
		for body, steps := v.Institution, 0; body != "" && steps < len(tree)+1; body, steps = tree[body].Parent, steps+1 {
			seen[body], found[body] = append(seen[body], one), append(found[body], finding)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for body := range seen {
		finding := why.FindTogether(body, seen[body], found[body], now)
		failed = append(failed, f.findings.Keep(ctx, &finding))
	}
	return errors.Join(append(failed, f.findings.Forget(ctx, now.Add(-keptFindings)))...)
}

// see gathers what people answered about a service and what was measured of it.
func (f *finder) see(ctx context.Context, v *monitor.Service, now time.Time) (why.Seen, error) {
	s := why.Seen{Service: v.Slug}
	var err error
	if s.Opinions, err = f.answers.Opinions(ctx, v.Slug, why.Since(now), now); err != nil {
		return s, err
	}
	if s.Notes, err = f.answers.Notes(ctx, v.Slug, why.NotesSince(now), now, why.MostNotes); err != nil {
		return s, err
	}
	if s.Troubles, err = f.outages(ctx, v, why.Since(now), now); err != nil || len(v.Checks) == 0 {
		return s, err
	}
	return s, f.speed(ctx, v, &s, now)
}

// mostOutages is how many outages of a service are looked at, the newest.
const mostOutages = 2000

// outages are those of the service's checks: of certificates apart, and of
// checks that look as a browser on a phone does apart.
func (f *finder) outages(ctx context.Context, v *monitor.Service, from, now time.Time) ([]why.Trouble, error) {
	list, err := f.watched.Outages(ctx, v.Slug, 0, mostOutages)
	if err != nil {
		return nil, err
	}
	var out []why.Trouble
	for n := range list {
		o := &list[n]
		if o.StartedAt.Before(from) || o.Resolution == monitor.Dismissed {
			continue
		}
		kind := why.Outage
		switch {
		case o.Reason >= monitor.TLSExpired && o.Reason <= monitor.TLSOther:
			kind = why.Certificate
		case kindOf(v, o.CheckID) == monitor.Browser:
			kind = why.Mobile
		}
		out = append(out, why.Trouble{Kind: kind, From: o.StartedAt, To: o.StartedAt.Add(o.Lasted(now))})
	}
	return out, nil
}

func kindOf(v *monitor.Service, check int64) monitor.Kind {
	for n := range v.Checks {
		if v.Checks[n].ID == check {
			return v.Checks[n].Kind
		}
	}
	return ""
}

// leastLooks is how many answers a day's 95th percentile has to rest on.
const leastLooks = 100

// speed adds days on which the service was slow, and to each opinion how fast
// it answered in that hour, by the first of its checks.
func (f *finder) speed(ctx context.Context, v *monitor.Service, s *why.Seen, now time.Time) error {
	days, err := f.watched.Days(ctx, v.Checks[0].ID, why.Since(now), now)
	if err != nil {
		return err
	}
	var paces []why.Pace
	for n := range days {
		p95, ok := days[n].Tally.Times.Quantile(0.95)
		paces = append(paces, why.Pace{Day: days[n].Start, P95: p95, Enough: ok && days[n].Tally.Times.Count() >= leastLooks})
	}
	s.Troubles = append(s.Troubles, why.SlowSpells(paces)...)
	hours, err := f.watched.Hours(ctx, v.Checks[0].ID, why.Since(now), now)
	if err != nil {
		return err
	}
	took := make(map[time.Time]time.Duration, len(hours))
	for n := range hours {
		if median, ok := hours[n].Tally.Times.Quantile(0.5); ok {
			took[hours[n].Start] = median
		}
	}
	for n := range s.Opinions {
		if median, ok := took[s.Opinions[n].At.UTC().Truncate(time.Hour)]; ok {
			s.Opinions[n].Asked[survey.SpeedFactor] = why.Speed(median)
		}
	}
	return nil
}
