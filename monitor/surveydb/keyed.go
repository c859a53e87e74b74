package surveydb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// keyedID is the id of what somebody makes under a key of their own: the same
// key is the same id, so that sending it again finds what was made.
func keyedID(by identity.Actor, service, what, key string) string {
	sum := sha256.Sum256([]byte(by.Account + "\x00" + by.Name + "\x00" + service + "\x00" + what + "\x00" + key))
	return hex.EncodeToString(sum[:8])
}

func idFor(by identity.Actor, in *HandIn) string {
	if in.Key == "" {
		return newID()
	}
	return keyedID(by, in.Service, "list", in.Key)
}

// reused is the fault of a key that something else was made under.
func reused() error {
	return &fault.Error{Kind: fault.Conflict, Field: "Idempotency-Key", Key: "survey.key_reused"}
}

// plannedBefore is the wave that was planned under the same key; nil when none was.
func plannedBefore(tx *gorm.DB, by identity.Actor, a *survey.Asking, p *survey.WavePlan, id string) (*survey.Wave, error) {
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, err
	}
	var found []survey.Wave
	if err := tx.Limit(1).Find(&found, "id = ? AND service = ?", id, a.Service).Error; err != nil || len(found) == 0 {
		return nil, err
	}
	w := &found[0]
	if w.Days() != p.Days || w.Margin != p.Margin || w.Workdays != p.Workdays || !p.Start.IsZero() && !w.StartsAt.Equal(p.Start) {
		return nil, reused()
	}
	return w, nil
}

// handedBefore fills h with the list that was handed in under the same key.
func handedBefore(tx *gorm.DB, h *survey.Handed) (bool, error) {
	var found []HandedRow
	if err := tx.Limit(1).Find(&found, "id = ? AND service = ?", h.ID, h.Service).Error; err != nil || len(found) == 0 {
		return false, err
	}
	if found[0].Fingerprint != h.Fingerprint || found[0].Mode != h.Mode {
		return false, reused()
	}
	*h = found[0].Handed
	return true, nil
}

// Place is where a page of a list begins: behind this row, which is named by
// when it stands in the list and by its id.
type Place struct {
	At time.Time
	ID string
}

// behind leaves of rows, sorted by a time backwards and their id, those behind a place.
func (p Place) behind(q *gorm.DB, column string) *gorm.DB {
	if p.ID == "" {
		return q
	}
	return q.Where(column+" < ? OR ("+column+" = ? AND id > ?)", p.At.UTC(), p.At.UTC(), p.ID)
}

// WavePage returns how waves of a service stand, the latest first, from behind a place.
func (s *Store) WavePage(ctx context.Context, by identity.Actor, service string, after Place, limit int) ([]survey.WaveProgress, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ReadAnswers, a.Institution); err != nil {
		return nil, err
	}
	var list []survey.Wave
	q := after.behind(s.db.WithContext(ctx).Where("service = ?", service), "starts_at")
	if err := q.Order("starts_at DESC, id").Limit(limit).Find(&list).Error; err != nil {
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

// Wave returns how one wave of a service stands.
func (s *Store) Wave(ctx context.Context, by identity.Actor, service, id string) (survey.WaveProgress, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return survey.WaveProgress{}, err
	}
	if err := by.Must(identity.ReadAnswers, a.Institution); err != nil {
		return survey.WaveProgress{}, err
	}
	var w survey.Wave
	if err := s.db.WithContext(ctx).Take(&w, "id = ? AND service = ?", id, service).Error; err != nil {
		return survey.WaveProgress{}, database.Explain(err, "read a wave of "+service)
	}
	return s.progress(ctx, &w)
}

// HandedPage returns lists of a service without their rows, the latest first,
// from behind a place.
func (s *Store) HandedPage(ctx context.Context, by identity.Actor, service string, after Place, limit int) ([]survey.Handed, error) {
	a, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, err
	}
	var rows []HandedRow
	q := after.behind(s.db.WithContext(ctx).Where("service = ?", service), "made_at")
	if err := q.Omit("sheet").Order("made_at DESC, id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, database.Explain(err, "read lists of answers")
	}
	out := make([]survey.Handed, len(rows))
	for n := range rows {
		out[n] = rows[n].Handed
	}
	return out, nil
}

// EditionPage returns what was stated about a service's answers, the latest
// first, from behind the edition with a hash; limit is how many.
func (s *Store) EditionPage(ctx context.Context, service, after string, limit int) ([]Edition, error) {
	q := s.db.WithContext(ctx).Where("service = ?", service)
	if after != "" {
		e, err := s.Edition(ctx, service, after)
		if err != nil {
			return nil, err
		}
		q = q.Where("from_day < ? OR (from_day = ? AND (frozen_at < ? OR (frozen_at = ? AND hash > ?)))", e.FromDay, e.FromDay, e.FrozenAt, e.FrozenAt, e.Hash)
	}
	var list []Edition
	err := q.Order("from_day DESC, frozen_at DESC, hash").Limit(limit).Find(&list).Error
	return list, database.Explain(err, "read editions of answers")
}
