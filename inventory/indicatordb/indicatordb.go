// Package indicatordb reads what the programme is measured by, from tallies
// that the database keeps in the transaction of every change, and keeps the
// statements that were issued.
package indicatordb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
)

// Store reads figures and keeps statements.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db that takes the time from now; nil means the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{db: db, now: database.Clock(now)}
}

// Scope is whose figures are asked for. It is made by Of or Public and by
// nothing else, so that no query can forget whom it is for.
type Scope struct {
	slugs  []string // nil: every institution
	public bool     // only what the public can read anyway
	asked  bool
}

// Of is what the actor may read of the institutions; of all that the actor may
// read when none is named.
func Of(by identity.Actor, slugs []string) (Scope, error) {
	switch {
	case by.Everywhere(identity.ReadRegister):
		return Scope{slugs: slugs, asked: true}, nil
	case !by.MayAnywhere(identity.ReadRegister):
		return Scope{}, by.Must(identity.ReadRegister, "")
	case slugs == nil:
		return Scope{slugs: slices.Clip(by.Institutions), asked: true}, nil
	}
	own := slices.DeleteFunc(slices.Clone(slugs), func(slug string) bool { return !by.May(identity.ReadRegister, slug) })
	if len(own) == 0 {
		return Scope{}, by.Must(identity.ReadRegister, slugs[0])
	}
	return Scope{slugs: own, asked: true}, nil
}

// Public is what everybody may read, of the institutions; nil means all.
func Public(slugs []string) Scope { return Scope{slugs: slugs, public: true, asked: true} }

// in confines a query on a table with a column institution.
func (s *Store) in(ctx context.Context, scope Scope, table string) *gorm.DB {
	q := s.db.WithContext(ctx).Table(table)
	if !scope.asked {
		return q.Where("1 = 0")
	}
	if scope.slugs != nil {
		q = q.Where(table+".institution IN ?", scope.slugs)
	}
	return q
}

// today is the present day.
func (s *Store) today() indicator.Day { return indicator.DayOf(s.now()) }

// Daily is what fell due at an institution on a day: the day is the first on
// which what had not come was late.
type Daily struct {
	Institution        string
	Day                indicator.Day
	indicator.Promises `gorm:"embedded"`
}

// Days returns the promises whose last day lies in the period, by institution
// and day. What is not late yet is not among them.
func (s *Store) Days(ctx context.Context, scope Scope, p indicator.Period) ([]Daily, error) {
	today := s.today()
	var days []Daily
	// A promise is judged from the day after its last one on. Every kind is named: the table is sorted by it.
	err := s.in(ctx, scope, "obligation_tally").
		Where("kind IN ('met', 'late', 'waived', 'open', 'closed') AND late_day > ? AND late_day <= ?", p.From, min(p.To+1, today)).
		Select("institution, late_day - 1 AS day, "+
			sum("kind = 'met'", "met")+", "+
			sum("kind = 'late' OR kind IN ('open', 'closed') AND waived_day <= ?", "late")+", "+
			sum("kind = 'waived' OR kind IN ('open', 'closed') AND waived_day > ?", "waived")+", "+
			sum("kind = 'open' AND waived_day <= ?", "missing"), today, today, today).
		Group("institution, late_day").Having("sum(n) <> 0").Order("institution, late_day").Scan(&days).Error
	if err != nil {
		return nil, fmt.Errorf("read promises by day: %w", err)
	}
	return days, nil
}

func sum(condition, name string) string {
	return "sum(CASE WHEN " + condition + " THEN n ELSE 0 END) AS " + name
}

// Standing is how many updates of an institution are late and missing since a week.
type Standing struct {
	Institution string
	Week        indicator.Week // of the last day on which they would have been on time
	N           int
}

// Overdue returns what is late and missing now, by institution and the week
// since when.
func (s *Store) Overdue(ctx context.Context, scope Scope) ([]Standing, error) {
	today := s.today()
	var all []Standing
	err := s.in(ctx, scope, "obligation_tally").
		Where("kind = 'open' AND late_day <= ? AND waived_day <= ?", today, today).
		Select("institution, (late_day + 2) / 7 AS week, sum(n) AS n").Group("institution, (late_day + 2) / 7").
		Having("sum(n) <> 0").Order("institution, week").Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("read overdue updates: %w", err)
	}
	return all, nil
}

// stay is how many updates were late from one Monday to another.
type stay struct {
	Since, Until indicator.Week
	N            int
}

// Backlog returns how many updates were late and missing at the beginning of
// each week. A waiver that holds now is taken to have held all along.
func (s *Store) Backlog(ctx context.Context, scope Scope, from, to indicator.Week) ([]int, error) {
	var stays []stay
	for _, one := range []struct {
		until string
		where *gorm.DB
	}{
		// Two queries, because each has an index of its own.
		{"1073741824", s.in(ctx, scope, "obligation_tally").Where("kind = 'open' AND late_day <= ?", to.Monday())},
		{"week", s.in(ctx, scope, "obligation_tally").Where("week >= ?", from)}, // only what was late has one
	} {
		var some []stay
		err := one.where.Select("(CASE WHEN waived_day > late_day THEN waived_day ELSE late_day END + 9) / 7 AS since, " +
			one.until + " AS until, sum(n) AS n").Group("1, 2").Scan(&some).Error
		if err != nil {
			return nil, fmt.Errorf("read the backlog: %w", err)
		}
		stays = append(stays, some...)
	}
	sums := make([]int, to-from+1)
	for _, one := range stays {
		for w := max(from, one.Since); w <= min(to, one.Until); w++ {
			sums[w-from] += one.N
		}
	}
	return sums, nil
}

// pile is a group of datasets of one institution.
type pile struct {
	Institution string
	State       inventory.State
	Openness    inventory.Openness
	Public      bool
	Regular     bool
	Late        bool
	Promised    bool
	Committed   bool
	Passed      bool
	N           int
}

// Stocks returns what each institution has in the inventory; the public sees
// what is published.
func (s *Store) Stocks(ctx context.Context, scope Scope) (map[string]indicator.Stock, error) {
	q := s.in(ctx, scope, "dataset_tally").Where("state <> ?", inventory.Withdrawn)
	if scope.public {
		q = q.Where("public = 1")
	}
	today := s.today()
	var piles []pile
	err := q.Select("institution, state, openness, public = 1 AS public, regular = 1 AS regular, "+
		"late_day > 0 AND late_day <= ? AS late, late_day > 0 AS promised, "+
		"target_date <> '' AS committed, target_date <> '' AND target_date < ? AS passed, sum(n) AS n",
		today, today.Date()).Group("1, 2, 3, 4, 5, 6, 7, 8, 9").Having("sum(n) <> 0").Scan(&piles).Error
	if err != nil {
		return nil, fmt.Errorf("read the inventory's figures: %w", err)
	}
	stocks := map[string]indicator.Stock{}
	for _, p := range piles {
		stocks[p.Institution] = stocks[p.Institution].Add(p.stock())
	}
	return stocks, nil
}

func (p pile) stock() indicator.Stock {
	only := func(is bool) int {
		if is {
			return p.N
		}
		return 0
	}
	return indicator.Stock{
		Datasets: p.N, Regular: only(p.Regular), Public: only(p.Public), Late: only(p.Late), Promised: only(p.Promised),
		Openness: map[inventory.Openness]int{p.Openness: p.N}, States: map[inventory.State]int{p.State: p.N},
		Committed: only(p.Committed), Passed: only(p.Passed),
	}
}

// Queue returns what waits for review, by institution and the day it was handed in.
func (s *Store) Queue(ctx context.Context, scope Scope) ([]indicator.Waiting, error) {
	day := "(submitted_at + 3600000000) / 86400000000"
	if database.EngineOf(s.db) == database.Postgres {
		day = "tunis_day(submitted_at)"
	}
	var queue []indicator.Waiting
	err := s.in(ctx, scope, "datasets").Where("state = 'submitted' AND first_step <> 'waiting' AND submitted_at IS NOT NULL").
		Select("institution, " + day + " AS day, count(*) AS n").Group("1, 2").Scan(&queue).Error
	if err != nil {
		return nil, fmt.Errorf("read the review queue's ages: %w", err)
	}
	return queue, nil
}

// Moves returns the committed openings still to come whose date was moved,
// with the date that was committed first. It is the one place that knows where
// moves are kept.
func (s *Store) Moves(ctx context.Context, scope Scope) ([]indicator.Move, error) {
	var moves []indicator.Move
	err := s.in(ctx, scope, "datasets").
		Joins("JOIN (SELECT dataset_id, min(id) AS id FROM target_moves GROUP BY dataset_id) f ON f.dataset_id = datasets.id").
		Joins("JOIN target_moves m ON m.id = f.id").Where(committed).
		Select("datasets.institution, datasets.ref, m.was AS first, datasets.target_date AS last").Scan(&moves).Error
	if err != nil {
		return nil, fmt.Errorf("read moved openings: %w", err)
	}
	return moves, nil
}

// committed tells of a dataset that its opening is still to come and has a date.
const committed = "datasets.target_date <> '' AND datasets.state <> 'withdrawn'" +
	" AND NOT (datasets.openness = 'open' AND datasets.approved_revision > 0)"
