// Package alertdb keeps the table of routing, what began and ended, who was
// told of it, and the outbox of what is still to be told. A telling, its
// message, its mail and its links are written in one transaction with what was
// seen: told once, or not at all.
package alertdb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/monitor"
)

// Pen writes messages in the receiver's language. It fills the subject and the
// text of m and, when a person is told, returns the mail. Secrets open links
// by which an event is taken in hand, by its key.
type Pen interface {
	Write(m *alert.Message, p *alert.Parcel, secrets map[string]string) (*mail.Message, error)
}

// Options are what the store is told by the wiring.
type Options struct {
	Now      func() time.Time
	Settings alert.Settings
	Calendar func(ctx context.Context) (alert.Calendar, error)
	Routes   []alert.Route   // of the configuration
	Channels []alert.Channel // of the configuration, without their secrets
	URL      func(path string) string
	Pen      Pen

	// Planned tells when each service is in announced maintenance in from..to, of
	// all that are; nil while nobody announces any.
	Planned func(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error)
	// Unseen is Planned with the times in which nobody could look at anything.
	Unseen func(ctx context.Context, from, to time.Time) (map[string][]monitor.Span, error)
	// Opinions tells what people said of each service, the latest fortnight first;
	// nil while nobody asks.
	Opinions func(ctx context.Context, now time.Time) (map[string][]alert.Opinion, error)
	// Grades tells what the assessment says of each service, the latest night
	// first; nil while nobody assesses.
	Grades func(ctx context.Context, now time.Time) (map[string][]alert.Grade, error)
	// Taken tells who keeps incidents that one was taken in hand; nil while
	// nobody does.
	Taken func(ctx context.Context, by identity.Actor, incident int64) error
}

// Store keeps what package alert is about.
type Store struct {
	db  *gorm.DB
	now func() time.Time
	o   Options
}

// New returns a Store on db. A nil Now is the wall clock.
func New(db *gorm.DB, o Options) *Store {
	o.Routes = slices.Clone(o.Routes) // the caller's stay as they are
	for n := range o.Routes {
		o.Routes[n].Origin, o.Routes[n].Position = alert.FromFile, n
	}
	return &Store{db: db, now: database.Clock(o.Now), o: o}
}

// Now is the store's clock.
func (s *Store) Now() time.Time { return s.now() }

// Channels lists the channels that are configured.
func (s *Store) Channels() []alert.Channel { return s.o.Channels }

// ChannelNames lists their names.
func (s *Store) ChannelNames() []string {
	names := make([]string, 0, len(s.o.Channels))
	for _, c := range s.o.Channels {
		names = append(names, c.Name)
	}
	return names
}

// account is who may be told, as the tables have it.
type account struct {
	ID, Email, Name string
	Role            identity.Role
	Institution     *string
	Language        lang.Tag
	AwayUntil       *string
}

// people lists the accounts that may be told of services.
func (s *Store) people(tx *gorm.DB, tree identity.Tree) ([]alert.Person, error) {
	var rows []account
	err := tx.Table("accounts AS a").Select("a.id, a.email, a.name, a.role, a.institution, a.language, p.away_until").
		Joins("LEFT JOIN notice_preferences AS p ON p.account = a.id").
		Where("a.disabled_at IS NULL AND a.role IN ?", alert.Audience()).Order("a.role, a.id").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	cal, now := s.now().In(database.Zone()), s.now()
	people := make([]alert.Person, 0, len(rows))
	for _, r := range rows {
		p := alert.Person{
			Email: r.Email, Lang: r.Language,
			Actor: identity.Actor{Account: r.ID, Name: r.Name, Role: r.Role, Language: r.Language},
			Away:  r.AwayUntil != nil && *r.AwayUntil >= cal.Format(time.DateOnly),
		}
		if r.Institution != nil {
			p.Actor.Institution, p.Actor.Institutions = *r.Institution, tree.Under(*r.Institution, now)
		}
		people = append(people, p)
	}
	return people, nil
}

func institutions(tx *gorm.DB) (identity.Tree, error) {
	var all []identity.Institution
	if err := tx.Find(&all).Error; err != nil {
		return nil, err
	}
	t := identity.Tree{}
	for _, i := range all {
		t[i.Slug] = i
	}
	return t, nil
}

// above returns an institution and the bodies above it, the nearest first.
func above(t identity.Tree) func(string) []string {
	return func(slug string) []string {
		line := []string{slug}
		for i, ok := t[slug]; ok && i.Parent != "" && len(line) <= len(t); i, ok = t[i.Parent] {
			line = append(line, i.Parent)
		}
		return line
	}
}
