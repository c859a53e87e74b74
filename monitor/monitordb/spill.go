package monitordb

import (
	"context"
	"errors"
)

// finish writes what is left or, when that cannot be, puts it on the shelf.
func (w *Writer) finish(ctx context.Context) error {
	err := w.Flush(ctx)
	if err == nil || w.disk == nil {
		return err
	}
	if spilt := w.spill(); spilt != nil {
		return errors.Join(err, spilt)
	}
	w.log.Warn("the last readings wait in the spool for the next start", "err", err, "waiting", w.Stats().Spooled)
	return nil
}

// spillLater empties memory onto the shelf when the database has been away for
// a while or memory fills up.
func (w *Writer) spillLater() {
	now := w.store.now()
	w.flushing.Lock()
	if w.failing.IsZero() {
		w.failing = now
	}
	since := w.failing
	w.flushing.Unlock()
	if w.disk == nil || now.Sub(since) < spillAfter && w.Stats().Waiting < w.spool/4 {
		return
	}
	if err := w.spill(); err != nil {
		w.log.Error("readings cannot be put into the spool either and wait in memory", "err", err)
	}
}

// spill puts everything that is pending on the shelf.
func (w *Writer) spill() error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	b := w.take()
	if b.empty() {
		return nil
	}
	w.pass("spilling")
	gone, err := w.disk.put(b)
	w.pass("spilt")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropped += gone.readings
	if gone.readings > 0 {
		w.log.Error("the spool is full: its oldest readings are given up, but no outage they began or ended",
			"readings", gone.readings, "carried", gone.carried, "dropped", w.dropped)
	}
	w.spooled = w.disk.rows()
	if err != nil {
		w.pending = joined(b, w.pending)
		w.shed()
	}
	return err
}

// take takes what is pending.
func (w *Writer) take() batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.pending
	w.pending = newBatch()
	return b
}

// Recover stores what lies on the shelf: what an earlier process could not
// write, or this one while the database was away.
func (w *Writer) Recover(ctx context.Context) error {
	w.flushing.Lock()
	defer w.flushing.Unlock()
	return w.replay(ctx)
}

func (w *Writer) replay(ctx context.Context) error {
	if w.disk == nil || len(w.disk.files) == 0 {
		return nil
	}
	damage, err := w.disk.replay(ctx, w.keep)
	for _, d := range damage {
		w.log.Error("a file of the spool is damaged and set aside", "err", d)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spooled = w.disk.rows()
	return err
}
