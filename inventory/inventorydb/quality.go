package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/quality"
)

// measured is what was found of every publication, until one of them or the
// vocabulary changes.
type measured struct {
	mu         sync.Mutex
	version    int64
	vocabulary *inventory.Vocabulary
	lines      []quality.Line
}

// measureBatch is how many publications are read at a time.
const measureBatch = 1000

// Quality returns the published entries that the actor may read, of the
// institution and the bodies under it when one is named, as they are now.
func (s *Store) Quality(ctx context.Context, by identity.Actor, institution string) ([]*quality.Line, error) {
	allowed := func(string) bool { return true }
	switch {
	case by.Everywhere(identity.ReadRegister):
	case by.MayAnywhere(identity.ReadRegister):
		allowed = func(slug string) bool { return slices.Contains(by.Institutions, slug) }
	default:
		return nil, by.Must(identity.ReadRegister, "")
	}
	if institution != "" {
		slugs, err := s.under(s.db.WithContext(ctx), institution)
		if err != nil {
			return nil, err
		}
		if !allowed(institution) {
			return nil, by.Must(identity.ReadRegister, institution)
		}
		every := allowed
		allowed = func(slug string) bool { return every(slug) && slices.Contains(slugs, slug) }
	}
	return s.measured(ctx, allowed)
}

// QualityPoints returns the mean score of each institution's own published
// entries, for metrics: numbers only, so it asks for no permission.
func (s *Store) QualityPoints(ctx context.Context) (map[string]float64, error) {
	lines, err := s.measured(ctx, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	points, n := map[string]float64{}, map[string]float64{}
	for _, l := range lines {
		points[l.Institution] += float64(l.Measurement.Score().Total)
		n[l.Institution]++
	}
	for slug := range points {
		points[slug] /= n[slug]
	}
	return points, nil
}

// measured returns the lines of the allowed institutions. What was measured is
// kept; which entries are late is asked anew, for time passes by itself.
func (s *Store) measured(ctx context.Context, allowed func(institution string) bool) ([]*quality.Line, error) {
	all, err := s.measureAll(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = s.db.WithContext(ctx).Model(&inventory.Publication{}).
		Where("withdrawn_at IS NULL AND late_after <= ?", s.now()).Pluck("dataset_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("read overdue publications: %w", err)
	}
	late := make(map[string]bool, len(ids))
	for _, id := range ids {
		late[id] = true
	}
	lines := []*quality.Line{}
	for _, l := range all {
		if allowed(l.Institution) {
			l.Late = late[l.ID]
			lines = append(lines, &l)
		}
	}
	return lines, nil
}

func (s *Store) measureAll(ctx context.Context) ([]quality.Line, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	version, err := s.CatalogueVersion(ctx)
	if err != nil {
		return nil, err
	}
	s.quality.mu.Lock()
	defer s.quality.mu.Unlock()
	if s.quality.lines != nil && s.quality.version == version.Number && s.quality.vocabulary == v {
		return s.quality.lines, nil
	}
	lines, batch := []quality.Line{}, []inventory.Publication{}
	err = s.db.WithContext(ctx).Omit("search").Where("withdrawn_at IS NULL").
		FindInBatches(&batch, measureBatch, func(*gorm.DB, int) error {
			for n := range batch {
				p := &batch[n]
				lines = append(lines, quality.Line{
					ID: p.DatasetID, Ref: p.Ref, Institution: p.Institution, Title: p.Content.Title,
					Measurement: quality.Measure(&p.Content, v, nil),
				})
			}
			return nil
		}).Error
	if err != nil {
		return nil, fmt.Errorf("measure publications: %w", err)
	}
	s.quality.version, s.quality.vocabulary, s.quality.lines = version.Number, v, lines
	return lines, nil
}
