package alertdb

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Filter narrows the history.
type Filter struct {
	State alert.State
	After string // id of the last message of the page before
	Limit int
}

// History lists what was told, the latest first: all of it, or what is about
// the actor's institutions.
func (s *Store) History(ctx context.Context, by identity.Actor, f Filter) ([]alert.Message, error) {
	if !by.MayAnywhere(identity.ReadAlerts) {
		return nil, by.Must(identity.ReadAlerts, "")
	}
	q := s.db.WithContext(ctx).Order("id DESC").Limit(f.Limit)
	if !by.Everywhere(identity.ReadAlerts) {
		q = q.Where(about(s.db, by.Institutions))
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.After != "" {
		q = q.Where("id < ?", f.After)
	}
	var all []alert.Message
	err := q.Find(&all).Error
	if !by.Everywhere(identity.ReadAlerts) {
		for n := range all {
			confine(&all[n], by)
		}
	}
	return all, database.Explain(err, "list alerts")
}

// confine leaves of a message what is about the actor's institutions: those of
// others may have been told of together with them.
func confine(m *alert.Message, by identity.Actor) {
	own := make([]alert.Line, 0, len(m.Lines))
	for _, l := range m.Lines {
		if of := (alert.Event{Institution: l.Institution, Facts: l.Facts}); of.May(by, identity.ReadAlerts) {
			own = append(own, l)
		}
	}
	if len(own) < len(m.Lines) {
		m.Text = ""
	}
	m.Lines = own
}

// about is the condition that a message concerns one of the institutions.
// Slugs hold nothing that has a meaning in a pattern but the underscore, which
// they do not hold either.
func about(db *gorm.DB, institutions []string) *gorm.DB {
	q := db.Where("1 = 0")
	for _, slug := range institutions {
		q = q.Or("institutions LIKE ?", `%"`+slug+`"%`)
	}
	return q
}

// Names returns the names of accounts, for who may read what they were told.
func (s *Store) Names(ctx context.Context, by identity.Actor, accounts []string) (map[string]string, error) {
	if err := by.Must(identity.ManageAlerts, ""); err != nil || len(accounts) == 0 {
		return map[string]string{}, nil //nolint:nilerr // others see roles, not people
	}
	var rows []struct{ ID, Name string }
	err := s.db.WithContext(ctx).Table("accounts").Select("id, name").Where("id IN ?", accounts).Scan(&rows).Error
	names := make(map[string]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, database.Explain(err, "read names")
}

// MailStates returns what became of the mails of messages, by message.
func (s *Store) MailStates(ctx context.Context, messages []string) (map[string]string, error) {
	keys := make([]string, 0, len(messages))
	for _, id := range messages {
		keys = append(keys, alert.MailKey(id))
	}
	states := map[string]string{}
	if len(keys) == 0 {
		return states, nil
	}
	var rows []struct{ Key, State string }
	err := s.db.WithContext(ctx).Table("mail_outbox").Select("key, state").Where("key IN ?", keys).Scan(&rows).Error
	for _, r := range rows {
		states[strings.TrimPrefix(r.Key, alert.MailKey(""))] = r.State
	}
	return states, database.Explain(err, "read what became of mails")
}

// mostOpen bounds a list of events on a page.
const mostOpen = 1000

// Open lists the events that last, of services within the actor's reach.
func (s *Store) Open(ctx context.Context, by identity.Actor) ([]alert.Event, error) {
	if !by.MayAnywhere(identity.ReadAlerts) {
		return nil, by.Must(identity.ReadAlerts, "")
	}
	q := s.db.WithContext(ctx).Where("ended_at IS NULL").Order("started_at DESC, key").Limit(mostOpen)
	var all []alert.Event
	err := q.Find(&all).Error
	if !by.Everywhere(identity.ReadAlerts) {
		all = reachable(all, by)
	}
	return all, database.Explain(err, "list events")
}

// Acknowledge takes an event in hand, so that nobody else is woken for it.
func (s *Store) Acknowledge(ctx context.Context, by identity.Actor, key string) (*alert.Event, error) {
	var e alert.Event
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return s.acknowledge(tx, by, key, &e)
	})
	if err == nil {
		err = s.passOn(ctx, by, &e)
	}
	return &e, database.Explain(err, "take in hand")
}

// passOn tells who keeps incidents. What is in hand there already, or is not
// this person's to take there, is in hand here all the same.
func (s *Store) passOn(ctx context.Context, by identity.Actor, e *alert.Event) error {
	if s.o.Taken == nil || e.Incident == 0 {
		return nil
	}
	err := s.o.Taken(ctx, by, e.Incident)
	switch kind, _ := fault.KindOf(err); kind { //nolint:exhaustive // the others are told
	case fault.Conflict, fault.Forbidden, fault.NotFound:
		return nil
	}
	return err
}

func (s *Store) acknowledge(tx *gorm.DB, by identity.Actor, key string, e *alert.Event) error {
	if err := tx.Take(e, "key = ?", key).Error; err != nil {
		return err
	}
	if !e.May(by, identity.ReadAlerts) {
		return by.Must(identity.ReadAlerts, e.Institution)
	}
	if !e.MayAll(by, identity.ReadAlerts) {
		return fault.New(fault.Forbidden, "alert.ack.shared") // it would quieten what wakes the others
	}
	if !e.Acknowledge(by.Account, s.now()) {
		return fault.New(fault.Conflict, "alert.ack.late")
	}
	// Of two who come at once, one finds no row any more.
	done := tx.Model(&alert.Event{}).Where("key = ? AND ack_at IS NULL AND ended_at IS NULL", key).
		Updates(map[string]any{"ack_at": e.AckAt, "ack_by": e.AckBy})
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		return fault.New(fault.Conflict, "alert.ack.late")
	}
	return s.note(tx, by, "alert.acknowledge", "alert_event", e.Key, e.Institution, nil, map[string]any{"service": e.Service})
}

// Foresee says what each route would do about an event of the kind that began
// now at a service the actor may see, of those routes that the actor may see.
func (s *Store) Foresee(ctx context.Context, by identity.Actor, service string, kind alert.Kind) (*alert.Event, []alert.Forecast, error) {
	if !kind.Valid() {
		return nil, nil, fault.At("kind", "fault.unknown_value", string(kind))
	}
	tx := s.db.WithContext(ctx)
	known, err := services(tx, service)
	if err != nil {
		return nil, nil, database.Explain(err, "read service")
	}
	w, ok := known[service]
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	if err := by.Must(identity.ReadAlerts, w.Institution); err != nil {
		return nil, nil, err
	}
	tree, err := institutions(tx)
	if err != nil {
		return nil, nil, database.Explain(err, "read institutions")
	}
	situation, err := s.standing(ctx, tx, tree)
	if err != nil {
		return nil, nil, database.Explain(err, "read who would be told")
	}
	situation.Routes = seen(situation.Routes, by, tree)
	e := &alert.Event{
		Key: "forecast", Kind: kind, Service: service, Institution: w.Institution, Tier: w.Tier,
		StartedAt: situation.Now, ConfirmedAt: situation.Now, Facts: alert.Facts{Name: w.Name, Owner: tree[w.Institution].Name},
	}
	return e, situation.Foresee(e), nil
}

// standing is the situation without any event.
func (s *Store) standing(ctx context.Context, tx *gorm.DB, tree identity.Tree) (*alert.Situation, error) {
	calendar, err := s.o.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	situation := &alert.Situation{
		Told: map[string][]alert.Telling{}, Channels: s.o.Channels, Above: above(tree), Calendar: calendar, Now: s.now(),
	}
	if situation.Routes, err = s.routes(tx); err != nil {
		return nil, err
	}
	situation.People, err = s.people(tx, tree)
	return situation, err
}

// RehearsalDays is how far back a rehearsal goes.
const RehearsalDays = 30

// mostRehearsed bounds the events of a rehearsal; the latest count.
const mostRehearsed = 1000

// Rehearse tells what a route would have sent in the last thirty days: about
// the events that were kept, and incidents from before there were any.
func (s *Store) Rehearse(ctx context.Context, by identity.Actor, r alert.Route) (alert.Rehearsal, error) {
	if !by.MayAnywhere(identity.ReadAlerts) {
		return alert.Rehearsal{}, by.Must(identity.ReadAlerts, "")
	}
	tx := s.db.WithContext(ctx)
	calendar, err := s.o.Calendar(ctx)
	if err != nil {
		return alert.Rehearsal{}, err
	}
	tree, err := institutions(tx)
	if err != nil {
		return alert.Rehearsal{}, database.Explain(err, "read institutions")
	}
	from := s.now().AddDate(0, 0, -RehearsalDays)
	events, err := s.past(tx, tree, from)
	if err != nil {
		return alert.Rehearsal{}, database.Explain(err, "read past events")
	}
	if !by.Everywhere(identity.ReadAlerts) {
		events = reachable(events, by)
	}
	return r.Rehearse(events, above(tree), calendar, s.now()), nil
}

// reachable leaves the events of institutions the actor may read.
func reachable(events []alert.Event, by identity.Actor) []alert.Event {
	var own []alert.Event
	for _, e := range events {
		if e.May(by, identity.ReadAlerts) {
			own = append(own, e)
		}
	}
	return own
}

// past reads the events of a time that is over, incidents included that began
// before anybody kept events.
func (s *Store) past(tx *gorm.DB, tree identity.Tree, from time.Time) ([]alert.Event, error) {
	var events []alert.Event
	err := tx.Where("started_at >= ? AND ended_at IS NOT NULL OR ended_at IS NULL", from).
		Order("started_at DESC").Limit(mostRehearsed).Find(&events).Error
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, e := range events {
		known[e.Key] = true
	}
	earlier, err := incidents(tx, tree, from)
	if err != nil {
		return nil, err
	}
	for n := len(earlier) - 1; n >= 0 && len(events) < mostRehearsed; n-- {
		if e := earlier[n]; !known[e.Key] && !e.StartedAt.Before(from) {
			events = append(events, e)
		}
	}
	return events, nil
}
