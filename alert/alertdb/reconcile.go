package alertdb

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/monitor"
)

// Report is what a round did.
type Report struct {
	Busy   bool // somebody else was at it
	Began  int  // events
	Ended  int
	Queued int // messages for channels
	Mailed int
}

// overlap is how far a round looks back before the one before it.
const overlap = time.Hour

// Reconcile compares what stands with what was told, and puts what is to be
// told into the outbox. All that it decides is written in one transaction;
// whoever else is at it in the meantime is left alone. Full also looks at what
// is no incident: states, certificates, budgets; awake is since when this
// process looks.
func (s *Store) Reconcile(ctx context.Context, full bool, awake time.Time) (Report, error) {
	var did Report
	calendar, err := s.o.Calendar(ctx)
	if err != nil {
		return did, err
	}
	absent, err := s.absences(ctx, full)
	if err != nil {
		return did, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		did = Report{}
		var looked []int64
		lock := clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}
		if err := tx.Table("alert_state").Clauses(lock).Where("name = 'looked'").Pluck("value", &looked).Error; err != nil {
			return err
		}
		if len(looked) == 0 {
			did.Busy = true
			return nil
		}
		now := s.now()
		since, err := lookBack(tx, looked[0], now)
		if err != nil {
			return err
		}
		r := round{Store: s, tx: tx, now: now, did: &did, calendar: calendar, absences: absent}
		if err := r.run(since, full, awake); err != nil {
			return err
		}
		return tx.Table("alert_state").Where("name = 'looked'").Update("value", now.UnixMicro()).Error
	})
	return did, database.Explain(err, "work out alerts")
}

// absences are when services do not count, what people said of them and what the
// assessment says, of all services: read once a round, before its transaction.
type absences struct {
	planned map[string][]monitor.Span // announced for now
	unseen  map[string][]monitor.Span // as far back as burn rates look
	said    map[string][]alert.Opinion
	graded  map[string][]alert.Grade
}

func (s *Store) absences(ctx context.Context, full bool) (a absences, err error) {
	now := s.now()
	if s.o.Planned != nil {
		if a.planned, err = s.o.Planned(ctx, now, now.Add(atOnce)); err != nil {
			return a, err
		}
	}
	if full && s.o.Unseen != nil {
		if a.unseen, err = s.o.Unseen(ctx, now.Add(-monitor.LongestBurn()), now); err != nil {
			return a, err
		}
	}
	if full && s.o.Opinions != nil {
		if a.said, err = s.o.Opinions(ctx, now); err != nil {
			return a, err
		}
	}
	if full && s.o.Grades != nil {
		a.graded, err = s.o.Grades(ctx, now)
	}
	return a, err
}

// atOnce is how long a round may take to begin: what is planned is read before.
const atOnce = time.Minute

// lookBack returns from when on incidents that ended are looked at: what was
// over before anybody looked at all is history.
func lookBack(tx *gorm.DB, looked int64, now time.Time) (time.Time, error) {
	if looked == 0 {
		return now, tx.Table("alert_state").Where("name = 'first'").Update("value", now.UnixMicro()).Error
	}
	var first int64
	err := tx.Table("alert_state").Select("value").Where("name = 'first'").Scan(&first).Error
	return time.UnixMicro(max(first, looked-overlap.Microseconds())), err
}

// round is one Reconcile.
type round struct {
	*Store
	tx       *gorm.DB
	now      time.Time
	did      *Report
	calendar alert.Calendar
	absences
	tree    identity.Tree
	watched map[string]bool // services that conditions were looked for in
}

func (r *round) run(since time.Time, full bool, awake time.Time) error {
	var err error
	if r.tree, err = institutions(r.tx); err != nil {
		return err
	}
	if err := r.see(since, full, awake); err != nil {
		return err
	}
	situation, err := r.situation()
	if err != nil || len(situation.Events) == 0 {
		return err
	}
	plan := situation.Plan()
	same := map[*alert.Parcel]string{}
	for _, p := range plan.Parcels {
		id, err := r.send(p)
		if err != nil {
			return err
		}
		same[p] = id
	}
	for _, e := range plan.Echoes {
		if e.Same != nil {
			e.Message = same[e.Same]
		}
		if err := r.tell(e.Telling); err != nil {
			return err
		}
	}
	if len(plan.Settled) == 0 {
		return nil
	}
	return r.tx.Model(&alert.Event{}).Where("key IN ?", plan.Settled).Update("settled", true).Error
}

// see brings the events up to what stands now.
func (r *round) see(since time.Time, full bool, awake time.Time) error {
	var open []alert.Event
	if err := r.tx.Find(&open, "ended_at IS NULL").Error; err != nil {
		return err
	}
	stand, err := incidents(r.tx, r.tree, since)
	if err != nil {
		return err
	}
	if full {
		all, err := views(r.tx, r.tree, r.unseen, r.now)
		if err != nil {
			return err
		}
		r.watched = map[string]bool{}
		for n := range all {
			r.watched[all[n].Service] = true
			all[n].Opinions, all[n].Grades = r.said[all[n].Service], r.graded[all[n].Service]
		}
		if slices.ContainsFunc(open, func(e alert.Event) bool { return e.Kind == alert.Blind }) {
			awake = time.Time{} // who opened their eyes last need not see the beginning
		}
		stand = append(stand, alert.Conditions(all, r.o.Settings, awake, r.now)...)
	}
	for n := range stand {
		if err := r.note(&stand[n], open); err != nil {
			return err
		}
	}
	return r.end(open, stand, full)
}

// note keeps an event that is new, and what changed about one that is not.
func (r *round) note(e *alert.Event, open []alert.Event) error {
	n := slices.IndexFunc(open, func(o alert.Event) bool { return o.Key == e.Key || e.Incident == 0 && alert.Stands(&o, e) })
	if n < 0 {
		made := r.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(e)
		if e.Open() {
			r.did.Began += int(made.RowsAffected)
		}
		return made.Error
	}
	was := &open[n]
	if e.EndedAt == nil && (e.Incident == 0 || same(was, e)) {
		return nil
	}
	change := map[string]any{"kind": e.Kind, "service": e.Service, "tier": e.Tier, "ended_at": e.EndedAt}
	if e.AckAt != nil && was.AckAt == nil {
		change["ack_at"], change["ack_by"] = e.AckAt, e.AckBy
	}
	if e.EndedAt != nil {
		r.did.Ended++
	}
	facts, err := json.Marshal(e.Facts)
	if err != nil {
		return err
	}
	change["facts"] = string(facts)
	return r.tx.Model(&alert.Event{}).Where("key = ?", was.Key).Updates(change).Error
}

// same tells whether an open event says what it said before.
func same(was, now *alert.Event) bool {
	acked := now.AckAt == nil || was.AckAt != nil
	return acked && was.Kind == now.Kind && was.Service == now.Service && slices.Equal(was.Facts.Members, now.Facts.Members)
}

// end closes the events that stand no more.
func (r *round) end(open, stand []alert.Event, full bool) error {
	for n := range open {
		o := &open[n]
		still := slices.ContainsFunc(stand, func(e alert.Event) bool { return o.Key == e.Key || o.Incident == 0 && alert.Stands(o, &e) })
		if still || o.Incident == 0 && !full {
			continue
		}
		o.EndedAt, o.Facts.Ended = &r.now, alert.Recovered
		if o.Incident != 0 || full && o.Service != alert.Everything && !r.watched[o.Service] {
			o.Facts.Ended = alert.Unwatched
		}
		r.did.Ended++
		if err := r.tx.Select("ended_at", "facts").Updates(o).Error; err != nil {
			return err
		}
	}
	return nil
}

// situation gathers what decides who is told now.
func (r *round) situation() (*alert.Situation, error) {
	s := &alert.Situation{
		Told: map[string][]alert.Telling{}, Channels: r.o.Channels, Above: above(r.tree), Calendar: r.calendar, Now: r.now,
	}
	if err := r.tx.Order("started_at, key").Find(&s.Events, "NOT settled").Error; err != nil || len(s.Events) == 0 {
		return s, err
	}
	var err error
	if s.Routes, err = r.routes(r.tx); err != nil {
		return nil, err
	}
	if s.People, err = r.people(r.tx, r.tree); err != nil {
		return nil, err
	}
	var told []alert.Telling
	err = r.tx.Where("event IN (SELECT key FROM alert_events WHERE NOT settled)").Order("at, step").Find(&told).Error
	for _, t := range told {
		s.Told[t.Event] = append(s.Told[t.Event], t)
	}
	if err != nil {
		return nil, err
	}
	r.markPlanned(s.Events)
	return s, nil
}

// markPlanned marks the events of services in announced maintenance.
func (r *round) markPlanned(events []alert.Event) {
	for n := range events {
		of := events[n].Services()
		events[n].Planned = len(of) > 0 && !slices.ContainsFunc(of, func(slug string) bool { return !monitor.Inside(r.planned[slug], r.now) })
	}
}

// send writes one message and the proof of what it tells, and returns its id.
func (r *round) send(p *alert.Parcel) (string, error) {
	m := &alert.Message{
		ID: uuid.Must(uuid.NewV7()).String(), Route: p.Route.ID, RouteName: p.Route.Name, Stage: p.Stage,
		Channel: p.To.Channel, Target: p.To.Target, Institutions: []string{}, State: alert.Queued, QueuedAt: r.now, NextAt: r.now,
	}
	for _, i := range p.Items {
		for _, slug := range i.Event.Institutions() {
			if !slices.Contains(m.Institutions, slug) {
				m.Institutions = append(m.Institutions, slug)
			}
		}
		m.Lines = append(m.Lines, alert.LineOf(i.Event, r.o.URL(PathOf(i.Event))))
		err := r.tell(alert.Telling{
			Event: i.Event.Key, Route: p.Route.ID, Step: i.Step, Channel: p.To.Channel, Target: p.To.Target, Message: m.ID, At: r.now,
		})
		if err != nil {
			return "", err
		}
	}
	if p.Channel != nil {
		m.Type, m.Lang = p.Channel.Type, p.Channel.Lang
		r.did.Queued++
	} else {
		m.Type, m.Lang, m.Role = alert.ByMail, p.Person.Lang, string(p.Person.Actor.Role)
		m.State, m.SentAt = alert.Mailed, &r.now
		r.did.Mailed++
	}
	return m.ID, r.write(m, p)
}

// write puts m into words and keeps it, with its mail and its links.
func (r *round) write(m *alert.Message, p *alert.Parcel) error {
	secrets, links := map[string]string{}, []alert.Link{}
	for _, i := range p.Items {
		if p.Person == nil || !i.Event.Open() || i.Event.AckAt != nil || len(links) == mostLinks {
			continue
		}
		secret := identity.NewSecret()
		hash, _ := identity.Digested(secret)
		secrets[i.Event.Key] = secret
		links = append(links, alert.Link{
			Hash: hash, Event: i.Event.Key, Account: p.To.Target, CreatedAt: r.now, ExpiresAt: r.now.Add(alert.LinkAge),
		})
	}
	letter, err := r.o.Pen.Write(m, p, secrets)
	if err != nil {
		return err
	}
	if len(links) > 0 {
		if err := r.tx.Create(&links).Error; err != nil {
			return err
		}
	}
	if letter != nil {
		// A letter that cannot be written is the trouble of who it is for, not of all others.
		if err := maildb.Append(r.tx, *letter); err != nil {
			if kind, _ := fault.KindOf(err); kind != fault.Invalid {
				return err
			}
			m.State, m.SentAt, m.Cause = alert.Dead, nil, alert.Refused
		}
	}
	return r.tx.Create(m).Error
}

// mostLinks bounds the links of one mail; a flood is taken in hand at the desk.
const mostLinks = 20

func (r *round) tell(t alert.Telling) error {
	return r.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&t).Error
}

// PathOf is where the evidence of an event is shown.
func PathOf(e *alert.Event) string {
	if e.Service == alert.Everything {
		return "/status"
	}
	switch e.Kind {
	case alert.Discontent:
		return "/services/" + e.Service + "/satisfaction"
	case alert.Sinking:
		return "/services/" + e.Service + "/assessment"
	}
	return "/services/" + e.Service
}
