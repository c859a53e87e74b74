package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/alert/alertweb"
	"github.com/jard-odi/jard/alert/channel"
	"github.com/jard-odi/jard/alert/letter"
	"github.com/jard-odi/jard/alert/rounds"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// alerts adds who is told of trouble with services to the house.
func (h *house) alerts(db *gorm.DB, keep stores, c configs.Config, log *slog.Logger, shell *web.Shell, seen *metrics.Metrics) error {
	r, err := newAlerts(db, keep, c, log, shell.Words(), nil)
	if err != nil {
		return err
	}
	alertweb.New(shell, r.Store, keep.people, r.Try, time.Now).Routes()
	if c.Alerts.Enabled {
		h.background = append(h.background, r.Run)
	}
	h.jobs = append(h.jobs, job{"forget old alerts", "51 2 * * *", r.Store.Forget})
	seen.WatchAlerts(func() (metrics.Alerts, error) { return alertCounts(r) })
	return nil
}

// newAlerts wires the rounds of alerts by the settings. A nil now is the wall clock.
func newAlerts(
	db *gorm.DB, keep stores, c configs.Config, log *slog.Logger, words *locale.Catalogue, now func() time.Time,
) (*rounds.Rounds, error) {
	if now == nil {
		now = time.Now
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read base_url: %w", err)
	}
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return nil, err
	}
	if err := checkAlerts(c); err != nil {
		return nil, err
	}
	address := func(path string) string { return base.JoinPath(path).String() }
	pen := &letter.Pen{Words: words, URL: address, Operator: c.Operator.Name, Now: now}
	o := channel.Options{
		Client: guard.Client(20 * time.Second), Agent: c.Outgoing.UserAgent, Now: now,
		Post: func(ctx context.Context, m mail.Message) error { return maildb.Append(db.WithContext(ctx), m) },
	}
	r := &rounds.Rounds{Doors: map[string]channel.Door{}, Pen: pen, Log: log, Every: time.Duration(c.Alerts.Every)}
	var public []alert.Channel
	for _, s := range alertChannels(c) {
		door, err := channel.New(s, o)
		if err != nil {
			return nil, err
		}
		r.Doors[s.Name] = door
		public = append(public, s.Public())
	}
	r.Store = alertdb.New(db, alertdb.Options{
		Now: now, Settings: alertSettings(c), Calendar: officeHours(keep.register, c), Routes: alertRoutes(c), Channels: public, URL: address, Pen: pen,
		Planned: keep.planned, Unseen: keep.unseen, Taken: keep.taken,
		Opinions: (&opinions{answers: surveydb.New(db, now).In(c.Location())}).of,
		Grades:   (&grades{store: assessdb.New(db, now).In(c.Location())}).of,
	})
	return r, nil
}

// planned tells when services are in announced maintenance.
func (s stores) planned(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error) {
	return s.watched.PlannedOf(ctx, nil, from, to)
}

// unseen tells when they count neither way.
func (s stores) unseen(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error) {
	return s.watched.UnseenOf(ctx, nil, from, to)
}

// taken notes on an incident that somebody took it in hand.
func (s stores) taken(ctx context.Context, by identity.Actor, incident int64) error {
	_, err := s.watched.Acknowledge(ctx, by, incident, 0)
	return err
}

// officeHours is the calendar of the administration, holidays included.
func officeHours(register *inventorydb.Store, c configs.Config) func(context.Context) (alert.Calendar, error) {
	clock := func(s string) time.Duration {
		t, err := time.Parse("15:04", s)
		if err != nil {
			return 0 // the configuration was checked
		}
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	return func(ctx context.Context) (alert.Calendar, error) {
		v, err := register.Vocabulary(ctx)
		if err != nil {
			return alert.Calendar{}, err
		}
		return alert.Calendar{
			Zone: c.Location(), Works: v.Workdays().Works, From: clock(c.Alerts.OfficeFrom), To: clock(c.Alerts.OfficeTo),
		}, nil
	}
}

func alertSettings(c configs.Config) alert.Settings {
	s := alert.Settings{
		Objectives: alert.UsualObjectives(), DegradedFor: time.Duration(c.Alerts.DegradedFor),
		ExpiresIn: time.Duration(c.Alerts.ExpiresIn), BlindFor: time.Duration(c.Alerts.BlindFor),
		LinksFor: time.Duration(c.Alerts.LinksFor),
	}
	for tier, share := range c.Alerts.Objectives {
		s.Objectives[monitor.Tier(tier)] = share
	}
	if !c.Watch.Enabled {
		s.BlindFor = 0 // nobody here looks on purpose
	}
	return s
}

func alertChannels(c configs.Config) []channel.Settings {
	all := make([]channel.Settings, 0, len(c.Alerts.Channels))
	for _, a := range c.Alerts.Channels {
		all = append(all, channel.Settings{
			Name: a.Name, Type: a.Type, Language: lang.Tag(a.Language), URL: string(a.URL), Secret: string(a.Secret),
			Token: string(a.Token), Chat: a.Chat, Room: a.Room, To: a.To,
		})
	}
	return all
}

func alertRoutes(c configs.Config) []alert.Route {
	all := make([]alert.Route, 0, len(c.Alerts.Routes))
	for _, a := range c.Alerts.Routes {
		r := alert.Route{
			ID: a.ID, Name: a.Name, Enabled: true, Institutions: a.Institutions, Tiers: typed[monitor.Tier](a.Tiers),
			Kinds: typed[alert.Kind](a.Kinds), When: typed[alert.Hour](a.When), Group: alert.Grouping(a.Group),
			Remind: time.Duration(a.Remind), Recovery: a.Recovery, QuietFrom: a.QuietFrom, QuietTo: a.QuietTo, WakeFor: a.WakeFor,
		}
		if r.Group == "" {
			r.Group = alert.Apart
		}
		for _, s := range a.Steps {
			r.Steps = append(r.Steps, alert.Step{After: time.Duration(s.After), Channels: s.Channels, Roles: typed[identity.Role](s.Roles)})
		}
		all = append(all, r)
	}
	return all
}

func typed[T ~string](all []string) []T {
	out := make([]T, 0, len(all))
	for _, one := range all {
		out = append(out, T(one))
	}
	return out
}

// checkAlerts returns every fault of the channels and routes of the settings,
// each beginning with its key. Whether an institution exists is known to the
// database only; a route of one that does not is never followed.
func checkAlerts(c configs.Config) error {
	var faults []error
	var names []string
	for n, s := range alertChannels(c) {
		for _, err := range s.Problems() {
			faults = append(faults, fmt.Errorf("alerts.channels[%d].%w", n, err))
		}
		if slices.Contains(names, s.Name) {
			faults = append(faults, fmt.Errorf("alerts.channels[%d].name: %q is there twice", n, s.Name))
		}
		names = append(names, s.Name)
	}
	words, err := locale.Load()
	if err != nil {
		return err
	}
	var ids []string
	for n, r := range alertRoutes(c) {
		key := func(field string) string { return fmt.Sprintf("alerts.routes[%d].%s", n, field) }
		if r.ID == "" || len(r.ID) > 60 || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			faults = append(faults, fmt.Errorf("%s: %q is no name; use letters a to z, digits and dashes", key("id"), r.ID))
		}
		if slices.Contains(ids, r.ID) {
			faults = append(faults, fmt.Errorf("%s: %q is there twice", key("id"), r.ID))
		}
		ids = append(ids, r.ID)
		faults = append(faults, spoken(words, key, r.Check(names, func(string) bool { return true }))...)
	}
	return errors.Join(faults...)
}

// spoken says faults in English, as everything about the configuration is said.
func spoken(words *locale.Catalogue, key func(field string) string, err error) []error {
	if err == nil {
		return nil
	}
	var all []error
	for _, f := range fault.All(err) {
		all = append(all, fmt.Errorf("%s: %s", key(f.Field), words.T(lang.English, f.Key, f.Args...)))
	}
	return all
}

// alertCounts is what the metrics show of the alerts.
func alertCounts(r *rounds.Rounds) (metrics.Alerts, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	var a metrics.Alerts
	var err error
	a.Waiting, a.Dead, err = r.Store.Waiting(ctx)
	for c, n := range r.Counts() {
		a.Told = append(a.Told, metrics.AlertCount{Channel: c.Channel, Result: c.Result, N: n})
	}
	return a, err
}

// alertCommand tries a channel, or says what is being told.
func alertCommand(ctx context.Context, p program, args []string) error {
	what, rest, err := act(args, "test", "channels")
	if err != nil {
		return err
	}
	f := flags("alert " + what)
	return p.withDatabase(ctx, f, rest, func(db *gorm.DB, c configs.Config, left []string) error {
		words, err := locale.Load()
		if err != nil {
			return err
		}
		r, err := newAlerts(db, stores{register: inventorydb.New(db, nil), watched: monitordb.New(db, nil).In(c.Location())}, c, logger(p.err, c.Log), words, nil)
		if err != nil {
			return err
		}
		if what == "channels" {
			for _, one := range r.Store.Channels() {
				fmt.Fprintf(p.out, "%s\t%s\t%s\n", one.Name, one.Type, one.Lang)
			}
			return nil
		}
		if len(left) != 1 {
			return fmt.Errorf("%w: say which channel to try; `jard alert channels` lists them", errUsage)
		}
		return tryChannel(ctx, p, r, words, left[0])
	})
}

// tryChannel sends a trial and says what came of it.
func tryChannel(ctx context.Context, p program, r *rounds.Rounds, words *locale.Catalogue, name string) error {
	failure, err := r.Try(ctx, identity.System("jard alert test"), name)
	switch {
	case err != nil:
		return p.words(err)
	case failure != nil:
		return fmt.Errorf("the trial did not arrive through %s: %s", name, words.T(p.language(), "alert.cause."+string(failure.Cause)))
	}
	fmt.Fprintf(p.out, "the trial arrived through %s\n", name)
	return nil
}
