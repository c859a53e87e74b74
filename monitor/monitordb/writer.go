package monitordb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// Entry is a judged reading with what it did: the state that now stands and
// the incident it opened or closed.
type Entry struct {
	Reading    monitor.Reading
	Current    monitor.Current
	Change     monitor.Change
	IncidentAt time.Time // start of the incident that was opened or closed
	Tenure     int64     // under which it was judged, where several processes share the watch
}

// Limits of the Writer.
const (
	flushRows  = 500              // a batch is written when it has so many,
	flushEvery = time.Second      // or is so old
	flushMost  = 30 * time.Second // a database that hangs is a database that is away
	maxRetry   = 30 * time.Second
	spillAfter = 10 * time.Second // then what waits in memory goes to the shelf
	// DefaultSpool is how many readings wait in memory while the database is
	// away: ten minutes of 300 readings a second, some 20 MB.
	DefaultSpool = 200_000
)

// Writer writes readings in batches: one transaction holds the readings, the
// state that stands after them, and the incidents they opened and closed. So
// a process that is killed leaves the records consistent, and writing a batch
// twice changes nothing. While the database is away batches wait in memory and
// then on the shelf, a folder of files; when they outgrow both the oldest
// readings are given up, counted, but not what they opened and closed.
type Writer struct {
	store *Store
	log   *slog.Logger
	spool int

	mu      sync.Mutex
	pending batch
	wake    chan struct{}

	// Only the flushing goroutine touches these.
	flushing                    sync.Mutex
	batches                     *bulk
	states                      *states
	version                     int64
	active                      map[int64]bool
	lastFailure                 string
	failing                     time.Time    // since when batches cannot be written
	guard                       Guard        // nil: nobody else watches
	disk                        *shelf       // nil: what waits, waits in memory
	pass                        func(string) // tests die at a phase of a flush
	spooled                     int64        // readings on the shelf, under mu
	written, dropped, discarded int64        // under mu
}

// batch is what one transaction writes.
type batch struct {
	rows    []pack.Row
	current map[int64]monitor.Current // the last of each check
	events  []event                   // in order
	steps   map[int64]monitor.CheckSteps
	tenure  int64 // under which the states were judged
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
		wake: make(chan struct{}, 1), pending: newBatch(), pass: func(string) {},
		batches: newBulk(engine, "reading_batches", batchColumns, "ON CONFLICT DO NOTHING"),
		states:  newStates(engine),
	}
}

// SpoolTo has readings wait in files of dir when the database is away for
// longer than a moment: up to so many bytes, 0 meaning DefaultSpoolBytes. What
// an earlier process left there is stored first.
func (w *Writer) SpoolTo(dir string, bytes int64) error {
	disk, err := openShelf(dir, bytes)
	if err != nil {
		return err
	}
	w.disk, w.spooled = disk, disk.rows()
	return nil
}

func newBatch() batch { return batch{current: map[int64]monitor.Current{}} }

// Add hands over an entry. It never waits for the database.
func (w *Writer) Add(e Entry) {
	w.mu.Lock()
	w.pending.rows = append(w.pending.rows, pack.Of(&e.Reading))
	w.say(&e)
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

// say takes what e says of its check. The caller holds mu.
func (w *Writer) say(e *Entry) {
	if w.guard != nil {
		now := w.guard.Tenure()
		w.pending.under(now)
		if e.Tenure != now {
			return // others say what stands by now
		}
	}
	w.pending.current[e.Reading.Check] = e.Current
	w.pending.stepsOf(&e.Reading)
	if e.Change != monitor.Unchanged {
		w.pending.events = append(w.pending.events, eventOf(e))
	}
}

// shed gives up the oldest readings beyond the spool, a tenth at a time. The
// states and incidents they led to are kept.
func (w *Writer) shed() {
	if over := len(w.pending.rows) - w.spool; over > 0 {
		over = max(over, w.spool/10)
		w.pending.rows = append([]pack.Row(nil), w.pending.rows[min(over, len(w.pending.rows)):]...)
		w.dropped += int64(over)
	}
}

// Stats is what a Writer did so far.
type Stats struct {
	Written   int64 // readings stored
	Waiting   int   // in memory
	Dropped   int64 // given up because the database was away too long
	Discarded int64 // of checks that were paused while they were being read
	Spooled   int64 // in files, until the database is back
}

// Stats returns what the Writer did so far.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Stats{w.written, len(w.pending.rows), w.dropped, w.discarded, w.spooled}
}

// Run writes until ctx ends, then writes what is left and returns. What cannot
// be written then stays on the shelf for the next process; without a shelf it
// is lost with this one, and said so.
func (w *Writer) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	wait := flushEvery
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return w.finish(last)
		case <-w.wake:
		case <-tick.C:
		}
		try, cancel := context.WithTimeout(ctx, flushMost)
		err := w.Flush(try)
		cancel()
		if ctx.Err() != nil {
			continue // cut short by the end; the last flush tries again
		}
		w.report(err)
		if err != nil {
			w.spillLater()
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

// Flush writes everything that waits: first what lies on the shelf, then what
// is pending in one transaction. On failure it all stays.
func (w *Writer) Flush(ctx context.Context) error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	if err := w.replay(ctx); err != nil {
		return fmt.Errorf("store readings: %w", err)
	}
	b := w.take()
	if b.empty() {
		return nil
	}
	if err := w.keep(ctx, b); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.pending = joined(b, w.pending)
		w.shed()
		return fmt.Errorf("store readings: %w", err)
	}
	w.failing = time.Time{}
	return nil
}

// keep writes one batch and counts it.
func (w *Writer) keep(ctx context.Context, b batch) error {
	written, err := w.write(ctx, b)
	if err != nil {
		w.batches.forget()
		w.states.forget()
		return err
	}
	w.pass("stored")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written += int64(written)
	w.discarded += int64(len(b.rows) - written)
	return nil
}

func (b batch) empty() bool { return len(b.rows)+len(b.events)+len(b.current) == 0 }

// joined puts what could not be written before what came since.
func joined(before, after batch) batch {
	if len(after.current) > 0 {
		before.under(after.tenure)
	}
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
	if err := errors.Join(w.batches.prepare(ctx, db), w.states.prepare(ctx, db)); err != nil {
		return 0, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	w.pass("begun")
	b, err = w.entitled(ctx, tx, b)
	if err != nil {
		return 0, err
	}
	if err := w.refresh(ctx, tx); err != nil {
		return 0, err
	}
	written, err := w.writeAll(ctx, tx, b)
	if err != nil {
		return 0, err
	}
	w.pass("all written")
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	w.states.keep(b.current, w.active)
	return written, nil
}

func (w *Writer) writeAll(ctx context.Context, tx *sql.Tx, b batch) (int, error) {
	written, oldest, err := w.writeBatches(ctx, tx, b.rows)
	if err != nil {
		return 0, err
	}
	w.pass("readings written")
	if err := w.writeEvents(ctx, tx, b.events); err != nil {
		return 0, err
	}
	w.pass("incidents written")
	if err := w.states.write(ctx, tx, b.current, w.active); err != nil {
		return 0, err
	}
	if err := w.writeSteps(ctx, tx, b.steps); err != nil {
		return 0, err
	}
	return written, w.unroll(ctx, tx, oldest)
}
