package surveydb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/monitor/survey"
)

// beside is what other rooms know and waves need.
type beside struct {
	next  survey.Occasion
	works func(time.Time) bool
	tell  Tell
}

// Tell writes to the department that its wave starves.
type Tell func(ctx context.Context, p survey.WaveProgress) ([]mail.Message, error)

// Waving has waves follow each other by cron lines, rest on days on which
// nobody works, and departments reminded. It is called once, before the store
// is used; each may be nil.
func (s *Store) Waving(next survey.Occasion, works func(time.Time) bool, tell Tell) *Store {
	s.beside = beside{next, works, tell}
	return s
}

// occasion is when a cron line comes next.
func (s *Store) occasion(line string, after time.Time) (time.Time, error) {
	if s.next == nil {
		return time.Time{}, errNoCron
	}
	return s.next(line, after)
}

var errNoCron = errors.New("nobody reads cron lines here")

func newID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// PlanWave plans a wave of a service.
func (s *Store) PlanWave(ctx context.Context, by identity.Actor, service string, p *survey.WavePlan) (*survey.Wave, error) {
	return s.PlanWaveOnce(ctx, by, service, p, "")
}

// PlanWaveOnce plans a wave under the client's own key: sent again, the first
// one is returned and no second made.
func (s *Store) PlanWaveOnce(ctx context.Context, by identity.Actor, service string, p *survey.WavePlan, key string) (*survey.Wave, error) {
	var made *survey.Wave
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		a, err := asking(tx, service)
		if err != nil {
			return err
		}
		id := newID()
		if key != "" {
			id = keyedID(by, service, "wave", key)
			if made, err = plannedBefore(tx, by, &a, p, id); err != nil || made != nil {
				return err
			}
		}
		if made, err = survey.PlanWave(by, &a, p, s.now(), s.zone, s.occasion); err != nil {
			return err
		}
		made.ID = id
		return s.keepWave(tx, by, made)
	})
	s.forgetWaves()
	return made, database.Explain(err, "plan a wave of "+service)
}

// keepWave adds a wave that asks at no other's time.
func (s *Store) keepWave(tx *gorm.DB, by identity.Actor, w *survey.Wave) error {
	var others []survey.Wave
	if err := tx.Find(&others, "service = ? AND ends_at > ?", w.Service, w.StartsAt).Error; err != nil {
		return err
	}
	for n := range others {
		if w.Clashes(&others[n]) {
			return &fault.Error{Kind: fault.Conflict, Field: "start", Key: "survey.wave.clash"}
		}
	}
	if w.ID == "" {
		w.ID = newID()
	}
	if err := tx.Create(w).Error; err != nil {
		return err
	}
	line, err := audit.New(by, s.now(), "survey.plan_wave", "service", w.Service, w.Institution, nil, w)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// EndWave stops a wave before its time. revision is the one that was shown.
func (s *Store) EndWave(ctx context.Context, by identity.Actor, service, id, reason string, revision int64) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		var w survey.Wave
		if err := tx.Take(&w, "id = ? AND service = ?", id, service).Error; err != nil {
			return err
		}
		before := w
		if err := w.End(by, reason, s.now()); err != nil {
			return err
		}
		if revision != 0 && before.Revision != revision {
			return fault.New(fault.Stale, "survey.wave.stale")
		}
		if err := tx.Model(&w).Select("*").Updates(&w).Error; err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "survey.end_wave", "service", w.Service, w.Institution, before, w)
		if err != nil {
			return err
		}
		line.Reason = w.Reason
		return auditdb.Append(tx, line)
	})
	s.forgetWaves()
	return database.Explain(err, "end a wave of "+service)
}

// mostWaves is how many waves of a service are read.
const mostWaves = 40

// Waves returns how the waves of a service stand, the latest first.
func (s *Store) Waves(ctx context.Context, by identity.Actor, service string) ([]survey.WaveProgress, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ReadAnswers, a.Institution); err != nil {
		return nil, err
	}
	var list []survey.Wave
	if err := s.db.WithContext(ctx).Order("starts_at DESC, id").Limit(mostWaves).Find(&list, "service = ?", service).Error; err != nil {
		return nil, database.Explain(err, "read waves of "+service)
	}
	out := make([]survey.WaveProgress, len(list))
	for n := range list {
		if out[n], err = s.progress(ctx, &list[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OpenWaves returns how every wave that is not over stands, by service.
func (s *Store) OpenWaves(ctx context.Context) (map[string]survey.WaveProgress, error) {
	var list []survey.Wave
	err := s.db.WithContext(ctx).Order("starts_at DESC").Find(&list, "state IN ?", openStates()).Error
	if err != nil {
		return nil, database.Explain(err, "read waves")
	}
	out := map[string]survey.WaveProgress{}
	for n := range list { // the earliest last: it is the one to show
		if out[list[n].Service], err = s.progress(ctx, &list[n]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func openStates() []survey.WaveState {
	return []survey.WaveState{survey.WavePlanned, survey.WaveRunning}
}

func (s *Store) progress(ctx context.Context, w *survey.Wave) (survey.WaveProgress, error) {
	count, err := s.countWave(ctx, w.ID)
	if err != nil {
		return survey.WaveProgress{}, err
	}
	var days []survey.WaveDay
	if err := s.db.WithContext(ctx).Order("day DESC").Find(&days, "wave = ?", w.ID).Error; err != nil {
		return survey.WaveProgress{}, database.Explain(err, "read days of a wave")
	}
	return survey.Progress(w, count, days, s.now()), nil
}

// countWave counts the answers of a wave, by what their flags say.
func (s *Store) countWave(ctx context.Context, wave string) (survey.WaveCount, error) {
	rows := []struct {
		Flags            []survey.Flag `gorm:"serializer:json"`
		Verified         bool
		N, Today, Hour   int64
		Weights, Squares float64
	}{}
	today := time.Unix(s.dayNumber(s.now())*daySeconds, 0).UTC()
	y, m, d := today.Date()
	err := s.db.WithContext(ctx).Model(&AnswerRow{}).Where("wave = ?", wave).
		Select("flags, verified, COUNT(*) AS n, SUM(weight) AS weights, SUM(weight * weight) AS squares, "+
			"SUM(CASE WHEN at >= ? THEN 1 ELSE 0 END) AS today, SUM(CASE WHEN at >= ? THEN 1 ELSE 0 END) AS hour",
			time.Date(y, m, d, 0, 0, 0, 0, s.zone).UTC(), survey.WindowOf(s.now())).
		Group("flags, verified").Scan(&rows).Error
	c := survey.WaveCount{Flags: map[survey.Flag]int64{}}
	weights, squares := 0.0, 0.0
	for _, r := range rows {
		for _, f := range r.Flags {
			c.Flags[f] += r.N
		}
		a := survey.Answer{Flags: r.Flags, Verified: r.Verified}
		if !a.Counted() {
			c.Apart += r.N
			continue
		}
		c.Answers, c.Today, c.Hour = c.Answers+r.N, c.Today+r.Today, c.Hour+r.Hour
		weights, squares = weights+r.Weights, squares+r.Squares
		if r.Verified {
			c.Verified += r.N
		}
	}
	if squares > 0 {
		c.Worth = weights * weights / squares
	}
	return c, database.Explain(err, "count the answers of a wave")
}
