// Package surveydb keeps question sets, what services ask, answers and their
// sums. Answers go through one queue, in transactions of plain SQL: who gave one
// is told that it is kept once it is.
package surveydb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/survey"
)

// Store keeps the survey's records.
type Store struct {
	db   *gorm.DB
	now  func() time.Time
	zone *time.Location

	queue queue
	known known
	apart refusals
	pace  pace
	salt  daily
	taken accepted
	drawn drawn
	told  told
	beside
}

// New returns a Store on db. Days are cut in Tunis until In says otherwise.
func New(db *gorm.DB, now func() time.Time) *Store {
	db, now = database.Timed(db, now)
	return &Store{db: db, now: now, zone: database.Zone()}
}

// In cuts days in zone. It is called once, before the store is used.
func (s *Store) In(zone *time.Location) *Store {
	s.zone = zone
	return s
}

// Zone returns where days are cut.
func (s *Store) Zone() *time.Location { return s.zone }

// dayNumber is the day of t in days since 1970.
func (s *Store) dayNumber(t time.Time) int64 { return survey.DayOf(t, s.zone).Unix() / (24 * 60 * 60) }

// AnswerRow is an answer as it is kept.
type AnswerRow struct {
	survey.Answer
	Once     *int64
	TextHash *int64
}

// TableName names the table.
func (AnswerRow) TableName() string { return "survey_answers" }

// SetRow is a version of a question set.
type SetRow struct {
	Name      string      `gorm:"primaryKey"`
	Version   int         `gorm:"primaryKey"`
	Body      *survey.Set `gorm:"serializer:json"`
	AdoptedAt time.Time
	AdoptedBy string
}

// TableName names the table.
func (SetRow) TableName() string { return "survey_sets" }

// Nonce is a token that was used.
type Nonce struct {
	Service string `gorm:"primaryKey"`
	Nonce   string `gorm:"primaryKey"`
	Until   int64
}

// TableName names the table.
func (Nonce) TableName() string { return "survey_nonces" }

// Delta is what a transaction adds to the sums.
type Delta struct {
	ID   int64 `gorm:"primaryKey"`
	Body []byte
}

// TableName names the table.
func (Delta) TableName() string { return "survey_deltas" }

// Sum is the answers of a service in a span.
type Sum struct {
	Span    string `gorm:"primaryKey"`
	Start   int64  `gorm:"primaryKey"`
	Service string `gorm:"primaryKey"`
	Body    []byte
}

// TableName names the table.
func (Sum) TableName() string { return "survey_sums" }

// Counter counts answers of a network or an hour.
type Counter struct {
	Name  string `gorm:"primaryKey"`
	Until time.Time
	N     int64
}

// TableName names the table.
func (Counter) TableName() string { return "survey_counters" }

// Salt is that of the day.
type Salt struct {
	ID   int64 `gorm:"primaryKey"`
	Day  int64
	Salt []byte
}

// TableName names the table.
func (Salt) TableName() string { return "survey_salts" }

// Burst is an hour in which many more answered than usual.
type Burst struct {
	Service    string    `gorm:"primaryKey"`
	Start      time.Time `gorm:"primaryKey"`
	Usual      float64
	Most       int64
	ReleasedAt *time.Time
	ReleasedBy string
}

// TableName names the table.
func (Burst) TableName() string { return "survey_bursts" }

// known is what hardly ever changes, for a few seconds.
type known struct {
	sync.Mutex
	until   time.Time
	askings map[string]survey.Asking
	sets    map[string]*survey.Set
	keys    map[string][]survey.SigningKey
	offices map[string][]survey.Branch
	kiosks  map[string]*survey.Screen
}

// knownFor is how late another process may learn of a change.
const knownFor = 5 * time.Second

// remembered gives what was found out under mu, fresh maps when they are old.
func (k *known) remembered(now time.Time) {
	if k.askings == nil || now.After(k.until) || now.Before(k.until.Add(-knownFor)) {
		k.askings, k.sets, k.keys = map[string]survey.Asking{}, map[string]*survey.Set{}, map[string][]survey.SigningKey{}
		k.offices, k.kiosks = map[string][]survey.Branch{}, map[string]*survey.Screen{}
		k.until = now.Add(knownFor)
	}
}

// forget has everything looked up again.
func (s *Store) forget() {
	s.known.Lock()
	defer s.known.Unlock()
	s.known.askings = nil
}

// LookAgain has everything looked up again: another process changed what is asked.
func (s *Store) LookAgain() {
	s.forget()
	s.forgetWaves()
}

// list writes so many placeholders, from the first-th on.
func list(n, first int, numbered bool) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		if numbered {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(first + i))
		} else {
			b.WriteByte('?')
		}
	}
	return b.String()
}

// sizes are how many rows one statement writes: few sizes, so that few
// statements are prepared.
func sizes() []int { return []int{64, 8, 1} }

// insert writes rows of so many columns, a few statements in all. each reads
// what a RETURNING gives; nil when there is none.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, head, tail string, columns int, args []any, each func(*sql.Rows) error) error {
	numbered := database.EngineOf(s.db) == database.Postgres
	for _, size := range sizes() {
		for width := size * columns; len(args) >= width; args = args[width:] {
			query := statement(head, tail, size, columns, numbered)
			if each == nil {
				if _, err := tx.ExecContext(ctx, query, args[:width]...); err != nil {
					return err
				}
				continue
			}
			if err := eachRow(ctx, tx, query, args[:width], each); err != nil {
				return err
			}
		}
	}
	return nil
}

func statement(head, tail string, rows, columns int, numbered bool) string {
	var q strings.Builder
	q.WriteString(head + " VALUES ")
	for n := range rows {
		if n > 0 {
			q.WriteByte(',')
		}
		q.WriteString("(" + list(columns, n*columns+1, numbered) + ")")
	}
	q.WriteString(" " + tail)
	return q.String()
}

// eachRow hands every row of a query to each.
func eachRow(ctx context.Context, tx *sql.Tx, query string, args []any, each func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// among asks for rows whose column is one of the keys, a thousand at a time.
func (s *Store) among(ctx context.Context, tx *sql.Tx, query string, keys []any, each func(*sql.Rows) error) error {
	const most = 1000
	for len(keys) > 0 {
		n := min(most, len(keys))
		text := query + " IN (" + list(n, 1, database.EngineOf(s.db) == database.Postgres) + ")"
		if err := eachRow(ctx, tx, text, keys[:n], each); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}
