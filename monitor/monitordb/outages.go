package monitordb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// stateIncidents is the row that whoever changes incidents takes first.
const stateIncidents = "incidents"

// eventOf is what e did to an outage. The evidence is asked for here and only
// here: at the moment that a check counts as down.
func eventOf(e *Entry) event {
	made := event{check: e.Reading.Check, change: e.Change, startedAt: e.IncidentAt, at: e.Reading.At, good: e.Current.GoodSince}
	if e.Change == monitor.Opened {
		made.outage = monitor.Outage{
			CheckID: e.Reading.Check, Service: e.Current.Service, StartedAt: e.IncidentAt, ConfirmedAt: e.Reading.At,
			Reason: e.Reading.Reason, Status: e.Reading.Status, Detail: e.Reading.Detail,
		}
		made.evidence = monitor.EvidenceOf(&e.Reading)
	}
	return made
}

// scene is what writing the openings and closings of a batch looks at: the
// incidents that are open, whom they affect, and what is announced.
type scene struct {
	store    *Store
	tx       *gorm.DB
	open     []*monitor.Gathering // the oldest first
	services map[string]*monitor.Service
	touched  map[int64]*monitor.Gathering
	planned  plans
	about    monitor.Span // the time that the batch is about, with room at both ends
	table    *timetable   // what is planned in it
}

// writeEvents opens and closes outages, and the incidents they are told as, in
// the transaction that stores the readings they come from. It may be done twice.
func (w *Writer) writeEvents(ctx context.Context, sqlTx *sql.Tx, events []event) error {
	events = slices.DeleteFunc(slices.Clone(events), func(e event) bool { return !w.active[e.check] })
	if len(events) == 0 {
		return nil
	}
	tx := w.store.db.Session(&gorm.Session{NewDB: true, Context: ctx, SkipDefaultTransaction: true})
	tx.Statement.ConnPool = sqlTx
	s, err := w.store.newScene(tx, events[0].at)
	if err != nil {
		return fmt.Errorf("read open incidents: %w", err)
	}
	for n := range events {
		if e := &events[n]; e.change == monitor.Opened {
			err = s.begin(e)
		} else {
			end := e.at
			if e.good != nil { // since then it answers, whatever it took to be sure of it
				end = *e.good
			}
			err = s.close(e.check, e.startedAt, end, monitor.Recovered)
		}
		if err != nil {
			return fmt.Errorf("write an outage: %w", err)
		}
	}
	return s.settle()
}

// takeIncidents locks out whoever else changes incidents until tx ends.
func takeIncidents(tx *gorm.DB) error {
	return tx.Exec("UPDATE watch_state SET value = value + 1 WHERE name = ?", stateIncidents).Error
}

// newScene takes the incidents and reads those that are open.
func (s *Store) newScene(tx *gorm.DB, from time.Time) (*scene, error) {
	c := &scene{store: s, tx: tx, services: map[string]*monitor.Service{}, touched: map[int64]*monitor.Gathering{}}
	if err := takeIncidents(tx); err != nil {
		return nil, err
	}
	var open []monitor.Incident
	if err := tx.Select("id", "alone").Order("id").Find(&open, "ended_at IS NULL").Error; err != nil {
		return nil, err
	}
	at := make(map[int64]*monitor.Gathering, len(open))
	for _, i := range open {
		g := monitor.NewGathering(i.ID, i.Alone)
		at[i.ID], c.open = g, append(c.open, g)
	}
	var outages []monitor.Outage
	err := tx.Order("id").Find(&outages, "incident IN (SELECT id FROM incidents WHERE ended_at IS NULL)").Error
	if err != nil {
		return nil, err
	}
	for n := range outages {
		at[outages[n].Incident].Join(&outages[n])
	}
	if c.planned, err = s.plans(tx, from.Add(-monitor.MaxWindow), time.Time{}); err != nil {
		return nil, err
	}
	c.about = monitor.Span{From: from.Add(-time.Hour), To: latest(from, s.now()).Add(time.Hour)}
	c.table = c.planned.within(c.about.From, c.about.To, s.occasions)
	return c, nil
}

// quiet tells whether the service may fail at a moment. When half a country
// fails in one batch, its windows are not read anew for each service.
func (c *scene) quiet(of *monitor.Service, at time.Time) bool {
	if c.about.Holds(at) {
		return monitor.Inside(c.table.of(of.Slug, of.Institution), at)
	}
	return c.planned.hold(of, at, c.store.occasions)
}

// begin writes an outage, in the incident it belongs to.
func (c *scene) begin(e *event) error {
	var there int64
	err := c.tx.Model(&monitor.Outage{}).Where("check_id = ? AND (started_at = ? OR ended_at IS NULL)", e.check, e.startedAt).
		Count(&there).Error
	if err != nil || there > 0 {
		return err
	}
	var check monitor.Check
	if err := c.tx.Select("target").Take(&check, "id = ?", e.check).Error; err != nil {
		return err
	}
	o := e.outage
	of, err := c.service(o.Service)
	if err != nil {
		return err
	}
	o.Grounds = monitor.Grounds(o.Reason, hostOf(check.Target), &e.evidence, o.Service, of.Settings.DependsOn)
	if !c.quiet(of, o.ConfirmedAt) {
		if err := c.admit(&o); err != nil {
			return err
		}
	}
	if err := c.tx.Create(&o).Error; err != nil {
		return err
	}
	e.evidence.Outage = o.ID
	return c.tx.Create(&e.evidence).Error
}

// admit finds the incident that o belongs to, or opens one.
func (c *scene) admit(o *monitor.Outage) error {
	g, why := monitor.Place(c.open, o)
	if g == nil {
		made := monitor.Incident{
			CheckID: o.CheckID, Service: o.Service, StartedAt: o.StartedAt, ConfirmedAt: o.ConfirmedAt, Reason: o.Reason,
			Status: o.Status, Detail: o.Detail, Severity: monitor.Major, Reach: 1, Revision: 1, TouchedAt: o.ConfirmedAt,
		}
		if err := c.tx.Create(&made).Error; err != nil {
			return err
		}
		g = monitor.NewGathering(made.ID, false)
		c.open = append(c.open, g)
	}
	o.Incident = g.Incident
	g.Join(o)
	c.touched[g.Incident] = g
	if why.Kind == "" {
		return nil
	}
	return c.tx.Exec("UPDATE incidents SET cause_kind = ?, cause = ? WHERE id = ? AND cause_kind = ''",
		why.Kind, why.Value, g.Incident).Error
}

// endIncident ends an incident of which no outage is open: as the last of them
// ended, which need not be the one that was closed last.
const endIncident = `UPDATE incidents SET
	ended_at = (SELECT MAX(o.ended_at) FROM outages o WHERE o.incident = incidents.id),
	touched_at = (SELECT MAX(o.ended_at) FROM outages o WHERE o.incident = incidents.id),
	resolution = (SELECT o.resolution FROM outages o WHERE o.incident = incidents.id ORDER BY o.ended_at DESC, o.id DESC LIMIT 1)
	WHERE id = ? AND ended_at IS NULL
	AND NOT EXISTS (SELECT 1 FROM outages o WHERE o.incident = incidents.id AND o.ended_at IS NULL)`

// close ends the check's outage, and the incident that has no other left.
func (c *scene) close(check int64, started, end time.Time, how monitor.Resolution) error {
	if end.Before(started) { // the clock was set back
		end = started
	}
	var open []monitor.Outage
	if err := c.tx.Find(&open, "check_id = ? AND ended_at IS NULL", check).Error; err != nil || len(open) == 0 {
		return err
	}
	err := c.tx.Exec("UPDATE outages SET ended_at = ?, resolution = ? WHERE id = ?", end, how, open[0].ID).Error
	if err != nil || open[0].Incident == 0 {
		return err
	}
	done := c.tx.Exec(endIncident, open[0].Incident)
	n := slices.IndexFunc(c.open, func(g *monitor.Gathering) bool { return g.Incident == open[0].Incident })
	if n >= 0 {
		c.open[n].Leave(open[0].Service)
		if done.RowsAffected > 0 {
			c.open = slices.Delete(c.open, n, n+1)
		}
	}
	return done.Error
}

// settle writes how far the incidents reach that somebody joined. An incident
// was as grave as it ever was: whoever leaves does not make it lighter.
func (c *scene) settle() error {
	for id, g := range c.touched {
		tiers := make([]monitor.Tier, 0, len(g.Services))
		for slug := range g.Services {
			of, err := c.service(slug)
			if err != nil {
				return err
			}
			tiers = append(tiers, of.Tier)
		}
		err := c.tx.Exec("UPDATE incidents SET severity = ?, reach = ? WHERE id = ?", monitor.SeverityOf(tiers), len(tiers), id).Error
		if err != nil {
			return fmt.Errorf("measure an incident: %w", err)
		}
		last := time.Time{}
		for _, at := range g.Seen {
			if at.After(last) {
				last = at
			}
		}
		err = c.tx.Exec("UPDATE incidents SET touched_at = ? WHERE id = ? AND touched_at < ?", last, id, last).Error
		if err != nil {
			return fmt.Errorf("measure an incident: %w", err)
		}
	}
	return nil
}

// service reads what an incident must know of a service, once a batch.
func (c *scene) service(slug string) (*monitor.Service, error) {
	if of, known := c.services[slug]; known {
		return of, nil
	}
	of := &monitor.Service{}
	err := c.tx.Select("slug", "institution", "tier", "settings").Take(of, "slug = ?", slug).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		of, err = &monitor.Service{Slug: slug, Tier: monitor.Normal}, nil
	}
	c.services[slug] = of
	return of, err
}

// endOutages ends what the checks have open because nobody looks any more.
func (s *Store) endOutages(tx *gorm.DB, checks []int64, how monitor.Resolution) error {
	c, err := s.newScene(tx, s.now())
	if err != nil {
		return err
	}
	for _, check := range checks {
		if err := c.close(check, time.Time{}, s.now(), how); err != nil {
			return err
		}
	}
	return nil
}

// openIncidents returns the open incidents by the services that fail in them.
func openIncidents(db *gorm.DB, outages []monitor.Outage) (map[string][]monitor.Incident, error) {
	var open []monitor.Incident
	if err := db.Order("started_at").Find(&open, "ended_at IS NULL").Error; err != nil {
		return nil, database.Explain(err, "read open incidents")
	}
	at := make(map[int64]*monitor.Incident, len(open))
	for n := range open {
		at[open[n].ID] = &open[n]
	}
	type seat struct {
		incident int64
		service  string
	}
	list, taken := map[string][]monitor.Incident{}, map[seat]bool{}
	for _, o := range outages {
		s := seat{o.Incident, o.Service}
		if i := at[o.Incident]; i != nil && o.EndedAt == nil && !taken[s] {
			taken[s] = true
			list[o.Service] = append(list[o.Service], *i)
		}
	}
	return list, nil
}

// hostOf returns the host of a check's target, whatever way it is written.
func hostOf(target string) string {
	if u, err := url.Parse(target); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	host, _, _ := strings.Cut(target, ":")
	return strings.TrimSuffix(host, "/")
}
