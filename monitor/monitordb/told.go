package monitordb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// told is one thing that a subscriber was told. Its key is why nobody is told twice.
type told struct {
	Subscriber int64  `gorm:"primaryKey;autoIncrement:false"`
	Subject    int64  `gorm:"primaryKey;autoIncrement:false"`
	What       string `gorm:"primaryKey"`
	At         time.Time
}

// TableName names the table of what subscribers were told.
func (told) TableName() string { return "incident_told" }

// How far back news are news, how far ahead maintenance is told of, and how
// many mails one transaction writes.
const (
	newsAge     = 48 * time.Hour
	toldAhead   = 7 * 24 * time.Hour
	tellAtOnce  = 200
	tellAtATurn = 5000
)

// piece is a telling before it is known whom it goes to.
type piece struct {
	monitor.Telling
	subject  int64
	services []string
	bodies   []string
	known    time.Time // who confirmed an address later is not told
	after    monitor.News
	before   time.Time // and told by then; zero: whenever
	what     string    // tells this from other news of the same kind; empty where there are none
}

// key is what the proof that it was told is kept under.
func (p *piece) key() string { return string(p.News) + p.what }

// TellSubscribers mails what happened to whoever follows it: each thing once,
// and no more than so many mails a day. It returns how many it wrote. What
// cannot be told keeps nothing else back: it is an error afterwards.
func (s *Store) TellSubscribers(ctx context.Context, write func(monitor.Telling) monitor.Words) (int, error) {
	pieces, err := s.pieces(ctx)
	if err != nil {
		return 0, err
	}
	sum := 0
	var untold []error
	for n := range pieces {
		for sum < tellAtATurn && ctx.Err() == nil {
			wrote, more, err := s.tellSome(ctx, &pieces[n], write)
			if err != nil {
				untold = append(untold, fmt.Errorf("%s of %d: %w", pieces[n].News, pieces[n].subject, err))
			}
			if sum += wrote; !more {
				break
			}
		}
	}
	if len(untold) == 0 {
		return sum, ctx.Err()
	}
	// One cause says enough; there may be as many as there are subscribers.
	return sum, fmt.Errorf("tell subscribers: %d of %d pieces of news are not told to all: %w", len(untold), len(pieces), untold[0])
}

// pieces are the news of the last days.
func (s *Store) pieces(ctx context.Context) ([]piece, error) {
	db, now := s.db.WithContext(ctx), s.now()
	var any int64
	if err := db.Model(&monitor.Subscriber{}).Where("confirmed_at IS NOT NULL").Limit(1).Count(&any).Error; err != nil || any == 0 {
		return nil, database.Explain(err, "count subscribers")
	}
	var list []monitor.Incident
	err := db.Order("id").Find(&list, "ended_at IS NULL OR touched_at > ?", now.Add(-newsAge)).Error
	if err == nil {
		err = fillMembers(db, list)
	}
	if err != nil {
		return nil, database.Explain(err, "read news")
	}
	tree, err := bodies(db)
	if err != nil {
		return nil, err
	}
	var pieces []piece
	for n := range list {
		i := &list[n]
		if !i.Public() {
			continue
		}
		var reviews []monitor.Review
		if err := db.Find(&reviews, "incident = ? AND published_at IS NOT NULL", i.ID).Error; err != nil {
			return nil, database.Explain(err, "read news")
		}
		if len(reviews) > 0 {
			i.Review = &reviews[0]
		}
		p := piece{Telling: monitor.Telling{Incident: i}, subject: i.ID, known: i.ConfirmedAt}
		for _, m := range i.Members {
			if m.Public {
				p.services, p.bodies = append(p.services, m.Service), append(p.bodies, above(tree, m.Institution)...)
				p.Name = m.Name
			}
		}
		pieces = append(pieces, newsOf(p, now)...)
	}
	planned, err := s.maintenanceNews(ctx, tree)
	return append(pieces, planned...), err
}

// newsOf is what there is to tell of an incident at now.
func newsOf(p piece, now time.Time) []piece {
	i, list := p.Incident, []piece(nil)
	add := func(is bool, news, after monitor.News) {
		if is {
			p.News, p.after = news, after
			list = append(list, p)
		}
	}
	add(i.Open() && now.Sub(i.ConfirmedAt) >= monitor.TellAfter, monitor.NewsOpened, "")
	add(!i.Open() && now.Sub(*i.EndedAt) < newsAge, monitor.NewsEnded, monitor.NewsOpened)
	add(i.Review.Published() && now.Sub(*i.Review.PublishedAt) < newsAge, monitor.NewsReviewed, monitor.NewsOpened)
	return list
}

// above lists an institution and those it stands under.
func above(tree identity.Tree, slug string) []string {
	var list []string
	for range len(tree) + 1 {
		if slug == "" {
			break
		}
		list = append(list, slug)
		slug = tree[slug].Parent
	}
	return list
}

// tellSome tells a piece of news to some of those who do not know it yet, in
// one transaction with the proof that they were told.
func (s *Store) tellSome(ctx context.Context, p *piece, write func(monitor.Telling) monitor.Words) (wrote int, more bool, err error) {
	var refused []error
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		q := tx.Where("confirmed_at <= ?", p.known).
			Where("scope = ? OR scope = ? AND target IN ? OR scope = ? AND target IN ?", monitor.Everything,
				monitor.OneService, orNone(some(p.services)), monitor.OneInstitution, orNone(some(p.bodies))).
			Where("NOT EXISTS (SELECT 1 FROM incident_told t WHERE t.subscriber = incident_subscribers.id AND t.subject = ? AND t.what = ?)",
				p.subject, p.key()).
			Where("told_day <> ? OR told < ?", s.today(), monitor.MaxToldADay)
		if p.after != "" {
			q = q.Where("EXISTS (SELECT 1 FROM incident_told t WHERE t.subscriber = incident_subscribers.id AND t.subject = ? AND t.what = ?)",
				p.subject, p.after)
		}
		if !p.before.IsZero() {
			q = q.Where("EXISTS (SELECT 1 FROM incident_told t WHERE t.subscriber = incident_subscribers.id AND t.subject = ? AND t.what = ? AND t.at < ?)",
				p.subject, p.after, p.before)
		}
		var who []monitor.Subscriber
		if err := q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Order("id").Limit(tellAtOnce).Find(&who).Error; err != nil {
			return err
		}
		more = len(who) == tellAtOnce
		for n := range who {
			// A letter that the outbox refuses would be refused again: it counts as told, so that others come after it.
			err := tx.Transaction(func(tx *gorm.DB) error { return s.tellOne(tx, p, &who[n], write) })
			if errors.Is(err, fault.Invalid) {
				refused = append(refused, err)
				err = tx.Create(&told{who[n].ID, p.subject, p.key(), s.now()}).Error
			} else if err == nil {
				wrote++
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	if len(refused) > 0 {
		err = fmt.Errorf("%d letters are refused: %w", len(refused), refused[0])
	}
	return wrote, more, err
}

func (s *Store) tellOne(tx *gorm.DB, p *piece, who *monitor.Subscriber, write func(monitor.Telling) monitor.Words) error {
	if !who.MayTell(s.today()) {
		return nil
	}
	line := told{who.ID, p.subject, p.key(), s.now()}
	if err := tx.Create(&line).Error; err != nil {
		return err
	}
	if err := tx.Model(who).Select("told_day", "told").Updates(who).Error; err != nil {
		return err
	}
	t := p.Telling
	t.Subscriber = *who
	return s.mailTo(tx, t, monitor.StopLink, monitor.StopFor, fmt.Sprintf("incident %d %s %d", p.subject, p.key(), who.ID), write)
}

// today is the day in the zone where days are cut.
func (s *Store) today() string { return s.now().In(s.zone).Format(time.DateOnly) }

// some bounds a list that goes into one IN.
func some(list []string) []string { return list[:min(len(list), 10_000)] }
