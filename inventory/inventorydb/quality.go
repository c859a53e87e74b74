package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/quality"
)

// measured is what was found of every publication. Each is measured again when
// it or the vocabulary changes, and not before: a register of 100,000 is read
// whole once in the life of the process.
type measured struct {
	mu         sync.Mutex
	version    int64
	vocabulary *inventory.Vocabulary
	known      map[string]measurement // by id
	lines      []quality.Line         // in the order of ids; nil until all are known
}

type measurement struct {
	modified time.Time
	line     quality.Line
}

// measureBatch is how many publications are read at a time.
const measureBatch = 500

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
	q := &s.quality
	if q.lines != nil && q.version == version.Number && q.vocabulary == v {
		return q.lines, nil
	}
	if q.vocabulary != v || q.known == nil {
		q.vocabulary, q.known, q.lines = v, map[string]measurement{}, nil
	}
	var live []inventory.Publication
	err = s.db.WithContext(ctx).Select("dataset_id", "modified").Where("withdrawn_at IS NULL").Order("dataset_id").
		Find(&live).Error
	if err != nil {
		return nil, fmt.Errorf("list publications to measure: %w", err)
	}
	if err := s.measureChanged(ctx, live, v); err != nil {
		return nil, err
	}
	known := make(map[string]measurement, len(live))
	lines := make([]quality.Line, 0, len(live))
	for _, p := range live {
		if m, ok := q.known[p.DatasetID]; ok { // else withdrawn this very moment
			known[p.DatasetID] = m
			lines = append(lines, m.line)
		}
	}
	q.version, q.known, q.lines = version.Number, known, lines
	return lines, nil
}

// measureChanged measures what of live is not known as it is now. What is done
// stays done when time runs out.
func (s *Store) measureChanged(ctx context.Context, live []inventory.Publication, v *inventory.Vocabulary) error {
	var ids []string
	for _, p := range live {
		if m, ok := s.quality.known[p.DatasetID]; !ok || !m.modified.Equal(p.Modified) {
			ids = append(ids, p.DatasetID)
		}
	}
	for some := range slices.Chunk(ids, measureBatch) {
		var batch []inventory.Publication
		err := s.db.WithContext(ctx).Omit("search").Where("dataset_id IN ? AND withdrawn_at IS NULL", some).Find(&batch).Error
		if err != nil {
			return fmt.Errorf("read publications to measure: %w", err)
		}
		seen, err := s.Links(ctx, some...)
		if err != nil {
			return err
		}
		for n := range batch {
			p := &batch[n]
			s.quality.known[p.DatasetID] = measurement{p.Modified, quality.Line{
				ID: p.DatasetID, Ref: p.Ref, Institution: p.Institution, Title: p.Content.Title,
				Measurement: quality.Measure(&p.Content, v, LinksOf(&p.Content, seen[p.DatasetID])),
			}}
		}
	}
	return nil
}
