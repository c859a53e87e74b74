package vantagedb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

// orders are what a vantage looks at, as of a version of the services.
type orders struct {
	version  int64
	revision int
	list     []vantage.Assignment
	checks   map[int64]string // number to service
	judging  map[int64]monitor.Judging
}

// Orders returns the checks that v looks at, and a number that changes with them.
func (s *Store) Orders(ctx context.Context, v *vantage.Vantage) ([]vantage.Assignment, int64, error) {
	o, err := s.assigned(ctx, v)
	return o.list, o.version, err
}

func (s *Store) assigned(ctx context.Context, v *vantage.Vantage) (orders, error) {
	var version int64
	db := s.db.WithContext(ctx)
	if err := db.Raw("SELECT value FROM watch_state WHERE name = 'version'").Scan(&version).Error; err != nil {
		return orders{}, database.Explain(err, "read the version of the services")
	}
	s.mu.Lock()
	known, ok := s.orders[v.ID]
	s.mu.Unlock()
	if ok && known.version == version && known.revision == v.Revision {
		return known, nil
	}
	o := orders{version: version, revision: v.Revision, list: []vantage.Assignment{}, checks: map[int64]string{}, judging: map[int64]monitor.Judging{}}
	var services []monitor.Service
	if err := db.Select("slug", "institution", "tier").Find(&services, "state = ?", monitor.Active).Error; err != nil {
		return o, database.Explain(err, "read what a vantage looks at")
	}
	institution := map[string]string{}
	for n := range services {
		if v.Scope.Covers(services[n].Slug, services[n].Tier) {
			institution[services[n].Slug] = services[n].Institution
		}
	}
	var checks []monitor.Check
	if err := db.Order("id").Find(&checks, "retired_at IS NULL").Error; err != nil {
		return o, database.Explain(err, "read what a vantage looks at")
	}
	for n := range checks {
		if of, covered := institution[checks[n].Service]; covered {
			o.list = append(o.list, vantage.AssignmentOf(&checks[n], of))
			o.checks[checks[n].ID] = checks[n].Service
			o.judging[checks[n].ID] = checks[n].Judging(s.confirmations)
		}
	}
	s.mu.Lock()
	s.orders[v.ID] = o
	s.mu.Unlock()
	return o, nil
}

// batch is one batch that was taken.
type batch struct {
	Vantage  int16 `gorm:"primaryKey;autoIncrement:false"`
	Sequence int64 `gorm:"primaryKey;autoIncrement:false"`
	Digest   string
	TakenAt  time.Time
	Kept     int
	Refused  int
}

// TableName names the table of batches.
func (batch) TableName() string { return "vantage_batches" }

// view is what a vantage sees of a check.
type view struct {
	Vantage int16 `gorm:"primaryKey;autoIncrement:false"`
	CheckID int64 `gorm:"primaryKey;autoIncrement:false"`
	Service string
	State   monitor.Current `gorm:"serializer:json"`
	Version int64           // of the news it came with; 0 for what is seen from here
}

// TableName names the table of views.
func (view) TableName() string { return "vantage_current" }

// Weigh decides what of b would be taken from v, changing nothing. When the
// same batch was taken before it says so instead.
func (s *Store) Weigh(ctx context.Context, by identity.Actor, v *vantage.Vantage, b *vantage.Batch, digest string,
) (a *vantage.Arrival, already bool, err error) {
	o, err := s.assigned(ctx, v)
	if err != nil {
		return nil, false, err
	}
	if b.Sequence <= v.Sequence {
		already, err = s.taken(ctx, v, b.Sequence, digest)
		if err != nil || already {
			return nil, already, err
		}
	}
	a, err = v.Accept(by, b, o.checks, s.now())
	if err != nil {
		return nil, false, err
	}
	for n := range a.Readings {
		a.Readings[n].Vantage = v.ID
	}
	return a, false, nil
}

// taken tells whether the very same batch was taken before.
func (s *Store) taken(ctx context.Context, v *vantage.Vantage, sequence int64, digest string) (bool, error) {
	var old batch
	err := s.db.WithContext(ctx).Take(&old, "vantage = ? AND sequence = ?", v.ID, sequence).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return old.Digest == digest, database.Explain(err, "look for a batch")
}

// Take remembers a batch whose readings are safe, and what they did to the
// views of their checks, in one transaction. What is taken already does
// nothing a second time.
func (s *Store) Take(ctx context.Context, by identity.Actor, slug string, b *vantage.Batch, digest string, a *vantage.Arrival) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var v vantage.Vantage
		if err := lock(tx, &v, slug); err != nil {
			return err
		}
		if err := v.Must(by); err != nil {
			return err
		}
		if b.Sequence <= v.Sequence {
			return fault.New(fault.Conflict, "vantage.replay", b.Sequence)
		}
		v.Took(b, a, s.now())
		refused := 0
		for _, n := range a.Refused {
			refused += n
		}
		one := batch{v.ID, b.Sequence, digest, s.now(), len(a.Readings), refused}
		if err := tx.Create(&one).Error; err != nil {
			return err
		}
		// The number is taken before the views are written, and its row is held until
		// the end: so whoever reads a number finds every view of it and of those before.
		version, err := bump(tx)
		if err != nil {
			return err
		}
		if err := s.see(tx, &v, a.Readings, version); err != nil {
			return err
		}
		return tx.Select("seen_at", "version", "offset_us", "waiting", "lost", "sequence", "gaps", "unsure").Updates(&v).Error
	})
	return database.Explain(err, "take a batch of "+slug)
}

// see lets the readings change what v sees. Those older than the last one it
// saw are history and change nothing. Each check is judged as it asks to be,
// wherever it is looked at from.
func (s *Store) see(tx *gorm.DB, v *vantage.Vantage, readings []monitor.Reading, version int64) error {
	if len(readings) == 0 {
		return nil
	}
	o, err := s.assigned(tx.Statement.Context, v)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for n := range readings {
		seen[readings[n].Check] = true
	}
	var rows []view
	if err := tx.Find(&rows, "vantage = ? AND check_id IN ?", v.ID, slices.Collect(maps.Keys(seen))).Error; err != nil {
		return err
	}
	states := make(map[int64]*view, len(rows))
	for n := range rows {
		states[rows[n].CheckID] = &rows[n]
	}
	touched := map[int64]bool{}
	for n := range readings {
		r := &readings[n]
		state := states[r.Check]
		if state == nil {
			state = &view{Vantage: v.ID, CheckID: r.Check, Service: o.checks[r.Check]}
			state.State.CheckID, state.State.Service = r.Check, state.Service
			states[r.Check] = state
		}
		if r.At.After(state.State.LastAt) {
			how, known := o.judging[r.Check]
			if !known { // it was ordered until a moment ago
				how = monitor.Judging{Confirmations: s.confirmations, Closing: 1}
			}
			state.State.Judge(r, how)
			state.Version = version
			touched[r.Check] = true
		}
	}
	changed := make([]view, 0, len(touched))
	for check := range touched {
		changed = append(changed, *states[check])
	}
	return saveViews(tx, changed)
}

func saveViews(tx *gorm.DB, views []view) error {
	if len(views) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "vantage"}, {Name: "check_id"}}, UpdateAll: true,
	}).CreateInBatches(views, 100).Error
}

// Seat is a vantage that has a say, and what it sees.
type Seat struct {
	Vantage vantage.Vantage // the zero one is this installation
	Sees    map[int64]monitor.Current
}

// Elsewhere returns a number that rises with every view that changes.
func (s *Store) Elsewhere(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.WithContext(ctx).Raw("SELECT value FROM watch_state WHERE name = 'elsewhere'").Scan(&n).Error
	return n, database.Explain(err, "ask for news from elsewhere")
}

// News is what changed elsewhere since somebody asked.
type News struct {
	Version  int64
	Vantages []vantage.Vantage // who has a say now
	Seen     []Saw
}

// Saw is what a vantage sees of a check.
type Saw struct {
	Vantage int16
	State   monitor.Current
}

// Since returns what changed since a version: what came with a batch, and not
// what there is.
func (s *Store) Since(ctx context.Context, version int64) (*News, error) {
	news := &News{}
	var err error
	if news.Version, err = s.Elsewhere(ctx); err != nil {
		return nil, err
	}
	if news.Vantages, err = s.seated(ctx); err != nil {
		return nil, err
	}
	if news.Version == version {
		return news, nil
	}
	var rows []view
	if err := s.db.WithContext(ctx).Find(&rows, "version > ?", version).Error; err != nil {
		return nil, database.Explain(err, "read what vantages saw of late")
	}
	for n := range rows {
		news.Seen = append(news.Seen, Saw{rows[n].Vantage, rows[n].State})
	}
	return news, nil
}

// seated lists the vantages that have a say.
func (s *Store) seated(ctx context.Context) ([]vantage.Vantage, error) {
	list, err := s.all(ctx)
	return slices.DeleteFunc(list, func(v vantage.Vantage) bool { return v.EnrolledAt == nil || v.RevokedAt != nil }), err
}

// Seats returns everybody who has a say, this installation first, with what
// they see of the service, or of every service when slug is empty.
func (s *Store) Seats(ctx context.Context, slug string) ([]Seat, error) {
	list, err := s.seated(ctx)
	if err != nil {
		return nil, err
	}
	q := s.db.WithContext(ctx)
	if slug != "" {
		q = q.Where("service = ?", slug)
	}
	var rows []view
	if err := q.Find(&rows).Error; err != nil {
		return nil, database.Explain(err, "read what vantages see")
	}
	seats := []Seat{{Vantage: vantage.Vantage{Network: vantage.Datacentre}, Sees: map[int64]monitor.Current{}}}
	at := map[int16]int{vantage.Here: 0}
	for n := range list {
		at[list[n].ID] = len(seats)
		seats = append(seats, Seat{Vantage: list[n], Sees: map[int64]monitor.Current{}})
	}
	for n := range rows {
		if seat, ok := at[rows[n].Vantage]; ok {
			seats[seat].Sees[rows[n].CheckID] = rows[n].State
		}
	}
	return seats, nil
}

// KeepHere keeps what this installation itself sees of checks that others look
// at too, and forgets the views of checks that nobody watches any more.
func (s *Store) KeepHere(ctx context.Context, states []monitor.Current, gone []int64) error {
	if len(states)+len(gone) == 0 {
		return nil
	}
	views := make([]view, 0, len(states))
	for _, c := range states {
		views = append(views, view{Vantage: vantage.Here, CheckID: c.CheckID, Service: c.Service, State: c})
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if len(gone) > 0 {
			if err := tx.Delete(&view{}, "check_id IN ?", gone).Error; err != nil {
				return err
			}
		}
		return saveViews(tx, views)
	})
	return database.Explain(err, "keep what is seen from here")
}

// batchesKept is how long a repeated batch is told from a replay.
const batchesKept = 30 * 24 * time.Hour

// Tidy forgets old batches.
func (s *Store) Tidy(ctx context.Context) error {
	err := s.db.WithContext(ctx).Delete(&batch{}, "taken_at < ?", s.now().Add(-batchesKept)).Error
	return database.Explain(err, "forget old batches")
}
