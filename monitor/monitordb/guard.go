package monitordb

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/jard-odi/jard/monitor"
)

// Guard tells what a process may still say where several share the watch. A
// reading is true whoever made it and whenever it comes; what stands about a
// check is said by the one who watches it.
type Guard interface {
	// Tenure is the fencing token under which this process watches now.
	Tenure() int64
	// Allow returns for which services a process of that tenure may say what
	// stands, and keeps it so until tx ends.
	Allow(ctx context.Context, tx *sql.Tx, tenure int64) (func(service string) bool, error)
}

// Guarded has g asked before states and incidents are written. It is called
// once, before the Writer is used.
func (w *Writer) Guarded(g Guard) *Writer {
	w.guard = g
	return w
}

// under takes what e says of its check into b. What was said under an earlier
// tenure is dropped: others may have said something else since.
func (b *batch) under(tenure int64) {
	if b.tenure != tenure {
		b.mute()
		b.tenure = tenure
	}
}

// mute leaves only readings.
func (b *batch) mute() {
	b.current, b.events, b.steps = map[int64]monitor.Current{}, nil, nil
}

// entitled returns b without what this process may not say any more.
func (w *Writer) entitled(ctx context.Context, tx *sql.Tx, b batch) (batch, error) {
	if w.guard == nil {
		return b, nil
	}
	allowed, err := w.guard.Allow(ctx, tx, b.tenure)
	if err != nil {
		return b, err
	}
	b.current, b.steps = maps.Clone(b.current), maps.Clone(b.steps)
	maps.DeleteFunc(b.current, func(_ int64, c monitor.Current) bool { return !allowed(c.Service) })
	maps.DeleteFunc(b.steps, func(check int64, _ monitor.CheckSteps) bool { return b.silent(check) })
	b.events = slices.DeleteFunc(slices.Clone(b.events), func(e event) bool { return b.silent(e.check) })
	return b, nil
}

// silent tells whether b says nothing of what stands about a check.
func (b *batch) silent(check int64) bool {
	_, says := b.current[check]
	return !says
}
