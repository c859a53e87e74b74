package surveydb

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/monitor/survey"
)

// Tend follows every wave: it begins and ends them, works out whom to ask each
// day, plans those that follow, and has departments reminded whose wave
// starves. It is for a timed job; what fails for one wave does not stop the others.
func (s *Store) Tend(ctx context.Context) error {
	var list []survey.Wave
	if err := s.db.WithContext(ctx).Order("starts_at").Find(&list, "state IN ?", openStates()).Error; err != nil {
		return database.Explain(err, "read waves")
	}
	var failed []error
	for n := range list {
		failed = append(failed, s.tend(ctx, list[n].ID))
	}
	failed = append(failed, s.writeVisits(ctx)) // the day's row is there by now
	s.forgetWaves()
	return database.Explain(errors.Join(failed...), "tend waves")
}

func (s *Store) tend(ctx context.Context, id string) error {
	var w survey.Wave
	if err := s.db.WithContext(ctx).Take(&w, "id = ?", id).Error; err != nil {
		return err
	}
	p, err := s.progress(ctx, &w)
	if err != nil {
		return err
	}
	now := s.now()
	p.State = w.State
	letters, err := s.letters(ctx, &p, now)
	if err != nil {
		return err
	}
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		if err := tx.Take(&w, "id = ?", id).Error; err != nil || w.State.Over() {
			return err // somebody ended it meanwhile
		}
		changed := w.Follow(p.Worth, now)
		if w.State == survey.WaveRunning {
			if err := s.paceDay(tx, &w, &p, now); err != nil {
				return err
			}
		}
		if len(letters) > 0 && w.State == survey.WaveRunning {
			if err := maildb.Append(tx, letters...); err != nil {
				return err
			}
			w.RemindedAt, changed = &now, true
		}
		if !changed {
			return nil
		}
		if err := tx.Model(&w).Select("*").Updates(&w).Error; err != nil {
			return err
		}
		return s.follow(tx, &w, now)
	})
}

// letters are what the department is told when its wave starves.
func (s *Store) letters(ctx context.Context, p *survey.WaveProgress, now time.Time) ([]mail.Message, error) {
	if s.tell == nil || !p.MayRemind(now) {
		return nil, nil
	}
	return s.tell(ctx, *p)
}

// paceDay writes the row of today once, with what it is worked out from.
func (s *Store) paceDay(tx *gorm.DB, w *survey.Wave, p *survey.WaveProgress, now time.Time) error {
	today := s.dayNumber(now)
	d := survey.WaveDay{
		Wave: w.ID, Day: today, Needed: w.Needed, Worth: p.Worth, DaysLeft: max(1, s.dayNumber(w.EndsAt)-today),
		Answered: p.Answers - p.Today,
	}
	for _, past := range p.Days {
		if past.Day == today {
			return nil
		}
		d.Seen, d.Asked = d.Seen+past.Visits, d.Asked+past.Invited
	}
	d.DaysPast = int64(len(p.Days))
	d.Pace()
	s.forgetPace(w.Service)
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error
}

// follow plans the wave after one that is over. One that clashes with what
// somebody planned is not wanted any more.
func (s *Store) follow(tx *gorm.DB, w *survey.Wave, now time.Time) error {
	if s.next == nil {
		return nil
	}
	next, err := w.Successor(now, s.zone, s.occasion)
	if err != nil || next == nil {
		return err
	}
	err = s.keepWave(tx, identity.System("jard"), next)
	if kind, ok := fault.KindOf(err); ok && kind == fault.Conflict {
		return nil
	}
	return err
}

// forgetPace has what a service is used to worked out anew: its wave brings more.
func (s *Store) forgetPace(service string) {
	s.pace.Lock()
	defer s.pace.Unlock()
	delete(s.pace.usual, service)
}

// invitedAnHour is how many answers an hour running waves may bring.
func (s *Store) invitedAnHour(ctx context.Context, services []string) (map[string]float64, error) {
	var rows []struct {
		Service string
		survey.WaveDay
	}
	err := s.db.WithContext(ctx).Table("waves").Joins("JOIN wave_days ON wave_days.wave = waves.id AND wave_days.day = ?", s.dayNumber(s.now())).
		Where("waves.state = ? AND waves.service IN ?", survey.WaveRunning, services).Select("waves.service, wave_days.quota").Find(&rows).Error
	out := map[string]float64{}
	for n := range rows {
		out[rows[n].Service] = rows[n].Usual()
	}
	return out, err
}
