package assessdb

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/assess"
)

const (
	batch       = 100          // rows a statement writes
	maxEvidence = 20           // of a fact
	maxText     = 500          // bytes of a piece of evidence
	keepDaily   = 100          // days of which each is kept
	keepWeekly  = 3 * 366      // and then one a week
	day         = 24 * 60 * 60 // seconds
	monday      = 4            // 1970 began on a Thursday: day 4 was a Monday
	week        = 7
)

// Put keeps facts: the newest of each measure, and what it was on its day. An
// older fact than the one kept changes nothing. One that is wrong is refused
// and named; the others are kept.
func (s *Store) Put(ctx context.Context, facts []assess.Fact) error {
	var refused []error
	newest := map[[2]string]assess.Fact{}
	for _, f := range facts {
		if err := f.Validate(); err != nil {
			refused = append(refused, err)
			continue
		}
		key := [2]string{f.Service, string(f.Measure)}
		if old, ok := newest[key]; !ok || !f.At.Before(old.At) {
			newest[key] = bounded(f)
		}
	}
	if len(newest) == 0 {
		return errors.Join(refused...)
	}
	err := s.within(ctx, "keep facts", func(tx *gorm.DB) error { return s.put(tx, slices.Collect(maps.Values(newest))) })
	return errors.Join(append(refused, err)...)
}

// bounded is the fact as it is kept.
func bounded(f assess.Fact) assess.Fact {
	f.At = f.At.UTC().Truncate(time.Microsecond)
	if f.Until != nil {
		until := f.Until.UTC().Truncate(time.Microsecond)
		f.Until = &until
	}
	evidence := make([]assess.Evidence, 0, len(f.Evidence))
	for _, e := range f.Evidence[:min(len(f.Evidence), maxEvidence)] {
		e.Text = cut(e.Text)
		evidence = append(evidence, e)
	}
	f.Evidence = evidence
	return f
}

// cut bounds a text without cutting a letter.
func cut(text string) string {
	for n := range text {
		if n > maxText {
			return text[:n] + "…"
		}
	}
	return text
}

// put writes facts in one transaction, in one order, so that two that write wait
// for each other and never both.
func (s *Store) put(tx *gorm.DB, facts []assess.Fact) error {
	if err := touch(tx, stateFacts); err != nil {
		return err
	}
	slices.SortFunc(facts, func(a, b assess.Fact) int {
		if a.Service != b.Service {
			return compare(a.Service, b.Service)
		}
		return compare(string(a.Measure), string(b.Measure))
	})
	past := make([]assess.Past, len(facts))
	for n, f := range facts {
		past[n] = assess.Past{
			Service: f.Service, Measure: f.Measure, Day: s.day(f.At), Value: f.Value, Word: f.Word, Low: f.Low, High: f.High, N: f.N,
			Unknown: f.Unknown, At: f.At,
		}
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "service"}, {Name: "measure"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "word", "low", "high", "n", "unknown", "at", "until", "declared", "evidence"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "assess_facts.at <= excluded.at"}}},
	}).CreateInBatches(&facts, batch).Error
	if err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "service"}, {Name: "measure"}, {Name: "day"}},
		DoUpdates: clause.AssignmentColumns([]string{"value", "word", "low", "high", "n", "unknown", "at"}),
		Where:     clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "assess_past.at <= excluded.at"}}},
	}).CreateInBatches(&past, batch).Error
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Facts is what is known of a service, with its evidence.
func (s *Store) Facts(ctx context.Context, service string) (assess.Facts, error) {
	var all []assess.Fact
	if err := s.db.WithContext(ctx).Where("service = ?", service).Find(&all).Error; err != nil {
		return nil, database.Explain(err, "read facts of "+service)
	}
	out := make(assess.Facts, len(all))
	for _, f := range all {
		out[f.Measure] = utc(f)
	}
	return out, nil
}

func utc(f assess.Fact) assess.Fact {
	f.At = f.At.UTC()
	if f.Until != nil {
		until := f.Until.UTC()
		f.Until = &until
	}
	return f
}

// Newest is what is known of every service, without evidence. It is read again
// only when something changed, and is not to be written to.
func (s *Store) Newest(ctx context.Context) (map[string]assess.Facts, error) {
	var change int64
	if err := s.db.WithContext(ctx).Raw("SELECT value FROM assess_state WHERE name = ?", stateFacts).Scan(&change).Error; err != nil {
		return nil, database.Explain(err, "read facts")
	}
	s.known.Lock()
	defer s.known.Unlock()
	if s.known.facts != nil && s.known.change == change {
		return s.known.facts, nil
	}
	all, err := newest(s.db.WithContext(ctx))
	if err != nil {
		return nil, database.Explain(err, "read facts")
	}
	s.known.facts, s.known.change = all, change
	return all, nil
}

// newest reads every fact by hand: there are tens of thousands, and what is the
// same in many rows is kept once.
func newest(tx *gorm.DB) (map[string]assess.Facts, error) {
	rows, err := tx.Raw("SELECT service, measure, value, word, low, high, n, unknown, at, until, declared FROM assess_facts").Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out, words := map[string]assess.Facts{}, interned{}
	var ends []bounds
	var service, measure, word, unknown sql.RawBytes
	var low, high sql.NullFloat64
	var until sql.NullTime
	for rows.Next() {
		var f assess.Fact
		if err := rows.Scan(&service, &measure, &f.Value, &word, &low, &high, &f.N, &unknown, &f.At, &until, &f.Declared); err != nil {
			return nil, err
		}
		f.Service, f.Measure, f.Word, f.Unknown = words.of(service), assess.Measure(words.of(measure)), words.of(word), words.of(unknown)
		f.At = f.At.UTC()
		if len(ends) == 0 {
			ends = make([]bounds, boundsAtOnce)
		}
		end := &ends[0]
		ends = ends[1:]
		if low.Valid && high.Valid {
			end.low, end.high = low.Float64, high.Float64
			f.Low, f.High = &end.low, &end.high
		}
		if until.Valid {
			end.until = until.Time.UTC()
			f.Until = &end.until
		}
		if out[f.Service] == nil {
			out[f.Service] = make(assess.Facts, 64)
		}
		out[f.Service][f.Measure] = f
	}
	return out, rows.Err()
}

// bounds are what facts point to; many are made at once.
type bounds struct {
	low, high float64
	until     time.Time
}

const boundsAtOnce = 512

// interned keeps a word that stands in many rows once.
type interned map[string]string

func (w interned) of(b []byte) string {
	if s, ok := w[string(b)]; ok { // looked up without making a string
		return s
	}
	s := string(b)
	w[s] = s
	return s
}

// Standing is a service with what the set in force says of it.
type Standing struct {
	assess.Weighed
	Institution string
}

// Standings are the scores of all services that are assessed (or of those
// named) by the set in force, in the order of their names.
func (s *Store) Standings(ctx context.Context, among ...string) (*assess.Set, []Standing, error) {
	set, err := s.InForce(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, err := s.StandingsBy(ctx, set, among...)
	return set, all, err
}

// StandingsBy are the scores by another set: what it would say if it were adopted.
func (s *Store) StandingsBy(ctx context.Context, set *assess.Set, among ...string) ([]Standing, error) {
	facts, err := s.Newest(ctx)
	if err != nil {
		return nil, err
	}
	every, err := services(s.db.WithContext(ctx))
	if err != nil {
		return nil, database.Explain(err, "read services")
	}
	known := make(map[string]assess.Facts, len(every))
	for _, row := range every {
		if set.Method == assess.Index || len(among) == 0 || slices.Contains(among, row.Slug) {
			known[row.Slug] = facts[row.Slug] // an index stands on all of them
		}
	}
	scores := set.ScoreAll(known, s.now())
	out := make([]Standing, 0, len(every))
	for _, row := range every {
		if len(among) == 0 || slices.Contains(among, row.Slug) {
			w := assess.Weighed{Service: row.Slug, Volume: facts[row.Slug].Volume(s.now()), Score: scores[row.Slug]}
			out = append(out, Standing{w, row.Institution})
		}
	}
	return out, nil
}

// History is what a measure of a service was, by day, the oldest first.
func (s *Store) History(ctx context.Context, service string, measure assess.Measure, from, to time.Time) ([]assess.Past, error) {
	var all []assess.Past
	err := s.db.WithContext(ctx).Where("service = ? AND measure = ? AND day >= ? AND day <= ?", service, string(measure), s.day(from), s.day(to)).
		Order("day").Find(&all).Error
	return all, database.Explain(err, "read history of "+string(measure))
}

// Tidy thins out what was known on days long past: every day of the last
// hundred, then the Mondays of three years. Editions keep their facts for ever.
func (s *Store) Tidy(ctx context.Context) error {
	today := s.day(s.now())
	return s.within(ctx, "thin out old facts", func(tx *gorm.DB) error {
		return tx.Where("day < ? OR (day < ? AND (day - ?) % ? <> 0)", today-keepWeekly, today-keepDaily, monday, week).Delete(&assess.Past{}).Error
	})
}
