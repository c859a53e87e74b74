package requestdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// Standing is how an institution answers people outside. Refused and merged
// messages do not count, nor do those to which no answer is owed.
type Standing struct {
	Institution string // empty: nobody is named yet
	Received    int
	Answered    int
	InTime      int
	Overdue     int // waiting, and should not be any more
	MedianDays  int // working days until the decision
	days        []int
}

// Share is the share of answers that came in time; false when there is none.
func (s Standing) Share() (float64, bool) {
	if s.Answered == 0 {
		return 0, false
	}
	return float64(s.InTime) / float64(s.Answered), true
}

// answerable is one message as the figures need it.
type answerable struct {
	Institution string
	State       request.State
	TookDays    *int
	InTime      bool
	Overdue     bool
}

// Standings returns how each institution answered what was received in the
// period, by slug, and the sum of all as the last.
func (s *Store) Standings(ctx context.Context, p Period) (each []Standing, all Standing, err error) {
	now := s.now()
	q := s.db.WithContext(ctx).Model(&request.Request{}).
		Where("due_at IS NOT NULL AND state NOT IN ?", []request.State{request.Refused, request.Merged})
	if !p.From.IsZero() {
		q = q.Where("received_at >= ?", p.From.UTC())
	}
	if !p.To.IsZero() {
		q = q.Where("received_at < ?", p.To.UTC())
	}
	var rows []answerable
	err = q.Select("institution, state, took_days, "+
		"coalesce(answered_at < due_at, FALSE) AS in_time, "+
		"(state IN ('received', 'accepted', 'assigned') AND due_at <= ?) AS overdue", now).Scan(&rows).Error
	if err != nil {
		return nil, all, fmt.Errorf("read how requests were answered: %w", err)
	}
	by := map[string]*Standing{}
	for _, r := range rows {
		one := by[r.Institution]
		if one == nil {
			one = &Standing{Institution: r.Institution}
			by[r.Institution] = one
		}
		one.add(r)
		all.add(r)
	}
	for _, one := range by {
		one.MedianDays = median(one.days)
		each = append(each, *one)
	}
	slices.SortFunc(each, func(a, b Standing) int { return strings.Compare(a.Institution, b.Institution) })
	all.MedianDays = median(all.days)
	return each, all, nil
}

func (s *Standing) add(r answerable) {
	s.Received++
	if r.TookDays != nil {
		s.Answered++
		s.days = append(s.days, *r.TookDays)
	}
	if r.InTime {
		s.InTime++
	}
	if r.Overdue {
		s.Overdue++
	}
}

// median is the middle of days, the lower one of two; 0 of none.
func median(days []int) int {
	if len(days) == 0 {
		return 0
	}
	slices.Sort(days)
	return days[(len(days)-1)/2]
}

// StateCount is how many messages of an institution are in a state.
type StateCount struct {
	Institution string
	State       request.State
	N           int
}

// StateCounts counts every message, for the metrics.
func (s *Store) StateCounts(ctx context.Context) ([]StateCount, error) {
	var all []StateCount
	err := s.db.WithContext(ctx).Model(&request.Request{}).Select("institution, state, count(*) AS n").
		Group("institution, state").Order("institution, state").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("count messages by state: %w", err)
	}
	return all, nil
}

// Demand tells how many people ask for a dataset: the requests linked to it
// and everybody who joined them.
func (s *Store) Demand(ctx context.Context, dataset string) (int, error) {
	all, err := s.Demands(ctx, dataset)
	return all[dataset], err
}

// Demands is Demand of several datasets; of every dataset somebody asks for
// when none is named.
func (s *Store) Demands(ctx context.Context, datasets ...string) (map[string]int, error) {
	q := s.db.WithContext(ctx).Model(&request.Request{}).
		Where("kind = ? AND dataset <> '' AND state NOT IN ?", request.Data,
			[]request.State{request.Received, request.Refused, request.Merged})
	if len(datasets) > 0 {
		q = q.Where("dataset IN ?", datasets)
	}
	var rows []struct {
		Dataset string
		N       int
	}
	if err := q.Select("dataset, sum(1 + supports) AS n").Group("dataset").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count the demand for datasets: %w", err)
	}
	out := map[string]int{}
	for _, r := range rows {
		out[r.Dataset] = r.N
	}
	return out, nil
}

// Like is a request that seems to ask for the same.
type Like struct {
	Request request.Request
	Score   float64
}

// LikeDataset is a dataset that seems to be what is asked for.
type LikeDataset struct {
	Ref         string
	Institution string
	Title       lang.Text
	Score       float64
	Public      bool
}

// mostCandidates bounds what one comparison looks at.
const mostCandidates = 2000

// Alike returns the requests that seem to ask for the same as words, which
// request.Stems wrote, the likest first. Only what others may join is compared.
func (s *Store) Alike(ctx context.Context, but, words string) ([]Like, error) {
	var all []request.Request
	err := s.db.WithContext(ctx).Where("kind = ? AND ref <> ? AND state IN ?", request.Data, but,
		[]request.State{request.Accepted, request.Assigned, request.Planned, request.Declined}).
		Order("received_at DESC").Limit(mostCandidates).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read requests to compare: %w", err)
	}
	var likes []Like
	for _, r := range all {
		if score := request.Alike(words, r.Words); score >= request.AlikeFrom {
			likes = append(likes, Like{r, score})
		}
	}
	slices.SortStableFunc(likes, func(a, b Like) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return strings.Compare(a.Request.Ref, b.Request.Ref)
	})
	return likes[:min(len(likes), 5)], nil
}

// AlikeDatasets returns the datasets the actor may read that seem to be what
// is asked for: perhaps it exists already.
func (s *Store) AlikeDatasets(ctx context.Context, by identity.Actor, words string) ([]LikeDataset, error) {
	parts := strings.Fields(words)
	if len(parts) == 0 {
		return nil, nil
	}
	q := s.db.WithContext(ctx).Model(&inventory.Dataset{}).Where("state <> ?", inventory.Withdrawn)
	if !by.Everywhere(identity.ReadRegister) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	var conditions []string
	var args []any
	for _, word := range parts[:min(len(parts), 6)] {
		conditions = append(conditions, `search LIKE ? ESCAPE '\'`)
		args = append(args, "%"+escaped(word)+"%")
	}
	// At least one word must be there; the comparison decides about the rest.
	var all []inventory.Dataset
	err := q.Where(strings.Join(conditions, " OR "), args...).Select("ref", "institution", "title", "approved_revision", "state").
		Order("ref").Limit(mostCandidates).Find(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read datasets to compare: %w", err)
	}
	var likes []LikeDataset
	for _, d := range all {
		best := 0.0
		for _, title := range d.Content.Title {
			best = max(best, request.Alike(words, request.Stems(title)))
		}
		if best >= request.AlikeFrom {
			likes = append(likes, LikeDataset{d.Ref, d.Institution, d.Content.Title, best, d.ApprovedRevision > 0})
		}
	}
	slices.SortStableFunc(likes, func(a, b LikeDataset) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return strings.Compare(a.Ref, b.Ref)
	})
	return likes[:min(len(likes), 5)], nil
}
