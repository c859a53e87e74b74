package inventorydb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// PlanLine is one dataset on its way to the public, with what its priority is made of.
type PlanLine struct {
	Ref, Institution string
	Life             inventory.Life
	State            inventory.State
	Content          inventory.Content `gorm:"embedded"` // without descriptions and distributions
	FirstCommitted   inventory.Date
	Committed        inventory.Date    // as approved; Content.TargetDate is what is worked on
	Factors          inventory.Factors `gorm:"-"`
}

// Slipped is how many days the committed day lies behind the first one.
func (l PlanLine) Slipped() int { return inventory.Slipped(l.FirstCommitted, l.Committed) }

// Priority is that of the opening.
func (l PlanLine) Priority() int { return l.Factors.Priority() }

// maxPlan bounds what one page or file lists.
const maxPlan = 20_000

// planColumns are what a plan reads of a dataset.
const planColumns = "ref, institution, life, title, theme, openness, legal_ground, personal_data, personal_unknown, " +
	"anonymisation, target_date, extra, first_committed"

// Requests tells how often the public asked for datasets, by ref. What asks
// nothing has nothing to count.
type Requests func(ctx context.Context, refs []string) (map[string]int, error)

// Plan lists what the actor may read that is to be opened, approved or not, by
// priority and then by day. institution confines it to a body and those under it.
func (s *Store) Plan(ctx context.Context, by identity.Actor, institution string, asked Requests) ([]PlanLine, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	q = q.Model(&inventory.Dataset{}).Select(planColumns+", state, committed").
		Where("life <> ? AND life <> ? AND (openness = ? OR life = ?)",
			inventory.LeftLife, inventory.Opened, inventory.Openable, inventory.Planned)
	return s.plan(ctx, q, institution, asked)
}

// PublicPlan lists what is publicly promised to be opened.
func (s *Store) PublicPlan(ctx context.Context, institution string, asked Requests) ([]PlanLine, error) {
	q := s.db.WithContext(ctx).Model(&inventory.Publication{}).
		Select(planColumns+", target_date AS committed").Where("life = ?", inventory.Planned)
	return s.plan(ctx, q, institution, asked)
}

func (s *Store) plan(ctx context.Context, q *gorm.DB, institution string, asked Requests) ([]PlanLine, error) {
	lines, err := s.planLines(q, institution)
	if err != nil {
		return nil, err
	}
	refs := make([]string, 0, len(lines))
	for _, l := range lines {
		refs = append(refs, l.Ref)
	}
	requests := map[string]int{}
	if asked != nil && len(refs) > 0 {
		if requests, err = asked(ctx, refs); err != nil {
			return nil, err
		}
	}
	for n := range lines {
		lines[n].Factors = lines[n].Content.Factors(requests[lines[n].Ref])
	}
	slices.SortStableFunc(lines, func(a, b PlanLine) int {
		if a.Priority() != b.Priority() {
			return b.Priority() - a.Priority()
		}
		return strings.Compare(dayOrder(a.Content.TargetDate), dayOrder(b.Content.TargetDate))
	})
	return lines, nil
}

// dayOrder puts what has no day last.
func dayOrder(d inventory.Date) string {
	if d == "" {
		return "9999"
	}
	return string(d)
}

func (s *Store) planLines(q *gorm.DB, institution string) ([]PlanLine, error) {
	if institution != "" {
		slugs, err := s.under(q.Session(&gorm.Session{NewDB: true}), institution)
		if err != nil {
			return nil, err
		}
		q = q.Where("institution IN ?", slugs)
	}
	var lines []PlanLine
	if err := q.Order("ref").Limit(maxPlan).Scan(&lines).Error; err != nil {
		return nil, fmt.Errorf("read the plan of opening: %w", err)
	}
	return lines, nil
}

// NotOpen lists what the actor may read that is decided not to be opened, what
// is past its review first.
func (s *Store) NotOpen(ctx context.Context, by identity.Actor, institution string) ([]PlanLine, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	lines, err := s.planLines(q.Model(&inventory.Dataset{}).Select(planColumns+", state, committed").
		Where("state <> ? AND openness IN ?", inventory.Withdrawn,
			[]inventory.Openness{inventory.Restricted, inventory.Closed}), institution)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b PlanLine) int {
		return strings.Compare(dayOrder(a.Content.ReviewOn()), dayOrder(b.Content.ReviewOn()))
	})
	return lines, nil
}

// Overripe is what an institution promised for a day that went by.
type Overripe struct {
	Openings int // planned, and the committed day is past
	Reviews  int // not open, and the ground was to be looked at again
}

// Overripe counts what the actor may read whose day went by.
func (s *Store) Overripe(ctx context.Context, by identity.Actor) (Overripe, error) {
	var o Overripe
	today := inventory.DateOf(s.now(), inventory.Tunis())
	review := "json_extract(extra, '$.review_on')"
	if s.db.Name() == "postgres" {
		review = "extra ->> 'review_on'"
	}
	// Written out, so that both engines see that their indexes serve.
	for where, into := range map[string]*int{
		"life = 'planned' AND committed < ?":                                                   &o.Openings,
		"openness IN ('restricted', 'closed') AND state <> 'withdrawn' AND " + review + " < ?": &o.Reviews,
	} {
		q, err := s.readable(ctx, by)
		if err != nil {
			return o, err
		}
		var n int64
		if err := q.Model(&inventory.Dataset{}).Where(where, today).Count(&n).Error; err != nil {
			return o, fmt.Errorf("count what is past its day: %w", err)
		}
		*into = int(n)
	}
	return o, nil
}
