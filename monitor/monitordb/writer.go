package monitordb

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Entry is a judged reading with what it did: the state that now stands and
// the incident it opened or closed.
type Entry struct {
	Reading    monitor.Reading
	Current    monitor.Current
	Change     monitor.Change
	IncidentAt time.Time // start of the incident that was opened or closed
}

// Limits of the Writer.
const (
	flushRows  = 500         // a batch is written when it has so many,
	flushEvery = time.Second // or is so old
	maxRetry   = 30 * time.Second
	// DefaultSpool is how many readings wait in memory while the database is
	// away: ten minutes of 300 readings a second, some 20 MB.
	DefaultSpool = 200_000
)

// Writer writes readings in batches: one transaction holds the readings, the
// state that stands after them, and the incidents they opened and closed. So
// a process that is killed leaves the records consistent, and writing a batch
// twice changes nothing. While the database is away batches are kept and
// grow; when they outgrow the spool the oldest readings are given up, counted.
type Writer struct {
	store *Store
	log   *slog.Logger
	spool int

	mu      sync.Mutex
	pending batch
	wake    chan struct{}

	// Only the flushing goroutine touches these.
	flushing                    sync.Mutex
	readings, currents          *bulk
	version                     int64
	active                      map[int64]bool
	lastFailure                 string
	written, dropped, discarded int64 // under mu
}

// batch is what one transaction writes.
type batch struct {
	rows    []row
	current map[int64]monitor.Current // the last of each check
	events  []event                   // in order
	steps   map[int64]monitor.CheckSteps
}

// row is a reading as it is stored.
type row struct {
	check, at                         int64
	vantage                           int16
	verdict, reason, attempt          uint8
	status                            int16
	every, bytes                      int32
	dns, connect, tls, wait, transfer int32
}

// event opens or closes an incident.
type event struct {
	check     int64
	change    monitor.Change
	startedAt time.Time
	at        time.Time
	good      *time.Time // the first of the good readings that closed it
	outage    monitor.Outage
	evidence  monitor.Evidence
}

// NewWriter returns a Writer on the store. spool 0 means DefaultSpool.
func (s *Store) NewWriter(log *slog.Logger, spool int) *Writer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if spool <= 0 {
		spool = DefaultSpool
	}
	engine := s.db.Name()
	return &Writer{
		store: s, log: log.With("room", "watch"), spool: spool,
		wake: make(chan struct{}, 1), pending: newBatch(),
		readings: newBulk(engine, "readings", readingColumns, "ON CONFLICT DO NOTHING"),
		currents: newBulk(engine, "check_current", currentColumns, currentUpdate()),
	}
}

func newBatch() batch { return batch{current: map[int64]monitor.Current{}} }

// Add hands over an entry. It never waits for the database.
func (w *Writer) Add(e Entry) {
	w.mu.Lock()
	w.pending.rows = append(w.pending.rows, rowOf(&e.Reading))
	w.pending.current[e.Reading.Check] = e.Current
	w.pending.stepsOf(&e.Reading)
	if e.Change != monitor.Unchanged {
		w.pending.events = append(w.pending.events, eventOf(&e))
	}
	full := len(w.pending.rows)%flushRows == 0
	w.shed()
	w.mu.Unlock()
	if full {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// shed gives up the oldest readings beyond the spool, a tenth at a time. The
// states and incidents they led to are kept.
func (w *Writer) shed() {
	if over := len(w.pending.rows) - w.spool; over > 0 {
		over = max(over, w.spool/10)
		w.pending.rows = append([]row(nil), w.pending.rows[min(over, len(w.pending.rows)):]...)
		w.dropped += int64(over)
	}
}

// Stats is what a Writer did so far.
type Stats struct {
	Written   int64 // readings stored
	Waiting   int   // in memory
	Dropped   int64 // given up because the database was away too long
	Discarded int64 // of checks that were paused while they were being read
}

// Stats returns what the Writer did so far.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Stats{w.written, len(w.pending.rows), w.dropped, w.discarded}
}

// Run writes until ctx ends, then writes what is left and returns. What cannot
// be written then is lost with the process, and said so.
func (w *Writer) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	wait := flushEvery
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return w.Flush(last)
		case <-w.wake:
		case <-tick.C:
		}
		err := w.Flush(ctx)
		if ctx.Err() != nil {
			continue // cut short by the end; the last flush tries again
		}
		w.report(err)
		if err != nil {
			wait = min(2*wait, maxRetry)
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
			continue
		}
		wait = flushEvery
	}
}

// report logs the first failure of a kind and the recovery, not every try.
func (w *Writer) report(err error) {
	switch {
	case err != nil && w.lastFailure == "":
		w.lastFailure = err.Error()
		w.log.Error("readings cannot be stored and wait in memory", "err", err, "waiting", w.Stats().Waiting)
	case err == nil && w.lastFailure != "":
		w.lastFailure = ""
		w.log.Info("readings are stored again", "dropped", w.Stats().Dropped)
	}
}

// Flush writes everything that is pending in one transaction. On failure it
// all stays pending.
func (w *Writer) Flush(ctx context.Context) error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	w.mu.Lock()
	b := w.pending
	w.pending = newBatch()
	w.mu.Unlock()
	if len(b.rows)+len(b.events)+len(b.current) == 0 {
		return nil
	}
	written, err := w.write(ctx, b)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.pending = joined(b, w.pending)
		w.shed()
		for _, prepared := range []*bulk{w.readings, w.currents} {
			prepared.forget()
		}
		return fmt.Errorf("store readings: %w", err)
	}
	w.written += int64(written)
	w.discarded += int64(len(b.rows) - written)
	return nil
}

// joined puts what could not be written before what came since.
func joined(before, after batch) batch {
	maps.Copy(before.current, after.current)
	before.rows = append(before.rows, after.rows...)
	before.events = append(before.events, after.events...)
	if before.steps == nil {
		before.steps = after.steps
	} else {
		maps.Copy(before.steps, after.steps)
	}
	return before
}

// write stores b and returns how many readings were of checks still watched.
func (w *Writer) write(ctx context.Context, b batch) (int, error) {
	db, err := w.store.db.DB()
	if err != nil {
		return 0, err
	}
	for _, prepared := range []*bulk{w.readings, w.currents} {
		if err := prepared.prepare(ctx, db); err != nil {
			return 0, err
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := w.refresh(ctx, tx); err != nil {
		return 0, err
	}
	written, err := w.writeAll(ctx, tx, b)
	if err != nil {
		return 0, err
	}
	return written, tx.Commit()
}

func (w *Writer) writeAll(ctx context.Context, tx *sql.Tx, b batch) (int, error) {
	args, written, oldest := w.readingArgs(b.rows)
	if err := w.readings.insert(ctx, tx, args); err != nil {
		return 0, err
	}
	if err := w.writeEvents(ctx, tx, b.events); err != nil {
		return 0, err
	}
	if err := w.currents.insert(ctx, tx, w.currentArgs(b.current)); err != nil {
		return 0, err
	}
	if err := w.writeSteps(ctx, tx, b.steps); err != nil {
		return 0, err
	}
	return written, w.unroll(ctx, tx, oldest)
}
