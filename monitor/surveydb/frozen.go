package surveydb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// Edition is what the answers of a quarter came to, as it was stated: it never changes.
type Edition struct {
	Hash     string `gorm:"primaryKey"`
	Service  string
	FromDay  int64
	ToDay    int64 // not part of it
	Method   int64
	Document string
	FrozenAt time.Time
	FrozenBy string
}

// TableName names the table.
func (Edition) TableName() string { return "answer_editions" }

// From is the first day, as a midnight in UTC.
func (e *Edition) From() time.Time { return calendar(e.FromDay) }

// To is the day after the last.
func (e *Edition) To() time.Time { return calendar(e.ToDay) }

// Name names the quarter.
func (e *Edition) Name() string { return survey.QuarterName(e.From()) }

// Recount works out an edition from the answers themselves, each read with the
// version of the questions that it was given to.
func (s *Store) Recount(ctx context.Context, service string, from, to time.Time) (survey.Frozen, error) {
	sums := survey.Sums{}
	rows, err := s.db.WithContext(ctx).Model(&AnswerRow{}).
		Select(`"set", version, channel, language, verified, weight, flags, points, words`).
		Where("service = ? AND at >= ? AND at < ?", service, s.midnight(from), s.midnight(to)).Rows()
	if err != nil {
		return survey.Frozen{}, database.Explain(err, "count answers again")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		a := survey.Answer{Service: service}
		var flags, points, words []byte
		if err := rows.Scan(&a.Set, &a.Version, &a.Channel, &a.Language, &a.Verified, &a.Weight, &flags, &points, &words); err != nil {
			return survey.Frozen{}, database.Explain(err, "count answers again")
		}
		if err := errorOf(json.Unmarshal(flags, &a.Flags), json.Unmarshal(points, &a.Points), json.Unmarshal(words, &a.Words)); err != nil {
			return survey.Frozen{}, fmt.Errorf("count answers again: %w", err)
		}
		set, err := s.Set(ctx, a.Set, a.Version)
		if err != nil {
			return survey.Frozen{}, err
		}
		sums.Add(set, &a)
	}
	if err := rows.Err(); err != nil {
		return survey.Frozen{}, database.Explain(err, "count answers again")
	}
	return survey.Freeze(service, from, to, sums), nil
}

// midnight is when a day begins where days are cut.
func (s *Store) midnight(day time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.zone).UTC()
}

// Freeze states what the answers of a quarter came to. What was stated before
// in the same words is returned as it stands.
func (s *Store) Freeze(ctx context.Context, by identity.Actor, service string, from, to time.Time) (*Edition, error) {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := survey.MayFreeze(by, asking.Institution, s.midnight(to), now); err != nil {
		return nil, err
	}
	frozen, err := s.Recount(ctx, service, from, to)
	if err != nil {
		return nil, err
	}
	made := Edition{
		Hash: frozen.Hash, Service: service, FromDay: numberOf(from), ToDay: numberOf(to), Method: survey.FrozenMethod,
		Document: frozen.Document, FrozenAt: now, FrozenBy: by.Account,
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		created, err := database.CreateOrTake(tx, &made, "hash", frozen.Hash)
		if err != nil || !created {
			return err
		}
		line, err := audit.New(by, now, "survey.freeze", "service", service, asking.Institution, nil,
			map[string]any{"from": from, "to": to, "hash": made.Hash})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return &made, database.Explain(err, "freeze answers of "+service)
}

// FreezeQuarter freezes the quarter that is over for every service that has
// answers in it and no edition of it yet. It is for a timed job.
func (s *Store) FreezeQuarter(ctx context.Context, by identity.Actor) error {
	from, to := survey.QuarterBefore(survey.DayOf(s.now(), s.zone))
	if s.now().Before(s.midnight(to).Add(survey.FrozenSettle)) {
		return nil
	}
	var services []string
	err := s.db.WithContext(ctx).Model(&Sum{}).Distinct("service").
		Where("span = ? AND start >= ? AND start < ? AND service IN (SELECT slug FROM services)", aMonth, numberOf(from), numberOf(to)).
		Where("service NOT IN (SELECT service FROM answer_editions WHERE from_day = ? AND to_day = ?)", numberOf(from), numberOf(to)).
		Order("service").Pluck("service", &services).Error
	failed := []error{database.Explain(err, "find answers to freeze")}
	for _, service := range services {
		_, err := s.Freeze(ctx, by, service, from, to)
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// mostEditions is how many editions of a service are read.
const mostEditions = 40

// Editions returns what was stated about a service's answers, the latest first.
func (s *Store) Editions(ctx context.Context, service string) ([]Edition, error) {
	var list []Edition
	err := s.db.WithContext(ctx).Order("from_day DESC, frozen_at DESC, hash").Limit(mostEditions).Find(&list, "service = ?", service).Error
	return list, database.Explain(err, "read editions of answers")
}

// Edition returns one of them.
func (s *Store) Edition(ctx context.Context, service, hash string) (*Edition, error) {
	var one Edition
	err := s.db.WithContext(ctx).Take(&one, "hash = ? AND service = ?", hash, service).Error
	return &one, database.Explain(err, "read an edition of answers")
}

// Same tells whether counting an edition again gives the same hash.
func (s *Store) Same(ctx context.Context, e *Edition) (bool, error) {
	again, err := s.Recount(ctx, e.Service, e.From(), e.To())
	return again.Hash == e.Hash, err
}

var (
	errDocument = errors.New("its text was changed after it was frozen")
	errSums     = errors.New("the sums of its days are not those of its answers")
)

// Verify hashes every edition again, and counts every service's last quarter
// again: from its answers and from the sums that pages read. The first
// difference is returned.
func (s *Store) Verify(ctx context.Context) error {
	var list []Edition
	if err := s.db.WithContext(ctx).Order("service, from_day").Find(&list).Error; err != nil {
		return database.Explain(err, "read editions of answers")
	}
	for n := range list {
		e := &list[n]
		if survey.FrozenHash(e.Document) != e.Hash {
			return fmt.Errorf("answers of %s in %s: %w", e.Service, e.Name(), errDocument)
		}
		if err := s.verifySums(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// verifySums compares what pages read with the answers themselves.
func (s *Store) verifySums(ctx context.Context, e *Edition) error {
	again, err := s.Recount(ctx, e.Service, e.From(), e.To())
	if err != nil {
		return err
	}
	read, err := s.Distribution(ctx, []string{e.Service}, s.midnight(e.From()), s.midnight(e.To()))
	if err != nil {
		return err
	}
	sums := read[e.Service]
	if sums == nil {
		sums = survey.Sums{}
	}
	if survey.Freeze(e.Service, e.From(), e.To(), sums).Hash != again.Hash {
		return fmt.Errorf("answers of %s in %s: %w", e.Service, e.Name(), errSums)
	}
	return nil
}
