// Package rounds works out again and again what is to be told, and carries it
// to its doors. It survives the database and every peer failing, and starts
// where it left off.
package rounds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/alert/channel"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Trier writes the message by which somebody tries a channel.
type Trier interface{ Trial(m *alert.Message) }

// Rounds makes the rounds.
type Rounds struct {
	Store *alertdb.Store
	Doors map[string]channel.Door // by name
	Pen   Trier
	Log   *slog.Logger
	Every time.Duration // between two rounds; 0 means 10 s
	Limit time.Duration // for one delivery; 0 means 20 s

	began     time.Time
	lookedAll time.Time // when what is no incident was last looked at
	refreshed time.Time

	mu     sync.Mutex
	counts map[Count]int64
}

// Count is what deliveries are counted by.
type Count struct{ Channel, Result string }

// The results of a delivery.
const (
	ResultSent   = "sent"
	ResultMailed = "mailed"
	ResultRetry  = "retry" // failed, and will be tried again
	ResultDead   = "dead"  // given up
)

// allEvery is how often states, certificates and budgets are looked at;
// incidents are at every round.
const allEvery = time.Minute

// handful is how many messages are carried at once, side by side.
const handful = 16

// Run makes rounds until ctx ends.
func (r *Rounds) Run(ctx context.Context) {
	every := r.Every
	if every <= 0 {
		every = 10 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := r.Once(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("alerts wait", "room", "alert", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Once makes one round: it works out what is to be told, delivers what is
// ready, and reminds the peers that forget.
func (r *Rounds) Once(ctx context.Context) error {
	now := r.Store.Now()
	if r.began.IsZero() {
		r.began = now
	}
	full := now.Sub(r.lookedAll) >= allEvery || now.Before(r.lookedAll)
	did, err := r.Store.Reconcile(ctx, full, r.began)
	if err == nil && full && !did.Busy {
		r.lookedAll = now
	}
	r.count(Count{alert.ByMail, ResultMailed}, int64(did.Mailed))
	return errors.Join(err, r.Carry(ctx), r.refresh(ctx, now))
}

// Carry delivers what is ready.
func (r *Rounds) Carry(ctx context.Context) error {
	for ctx.Err() == nil {
		messages, err := r.Store.Next(ctx, handful)
		if err != nil || len(messages) == 0 {
			return err
		}
		var each sync.WaitGroup
		failed := make([]error, len(messages))
		for n := range messages {
			each.Go(func() { _, failed[n] = r.deliver(ctx, &messages[n]) })
		}
		each.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands one message to its door and notes what came of it. What a peer
// took is noted even though the program stops.
func (r *Rounds) deliver(ctx context.Context, m *alert.Message) (*alert.Failure, error) {
	note := context.WithoutCancel(ctx)
	failure := r.hand(ctx, m)
	if failure == nil {
		r.count(Count{m.Type, ResultSent}, 1)
		return nil, r.Store.Sent(note, m.ID)
	}
	if ctx.Err() != nil { // we stopped, not the peer
		return failure, r.Store.Release(note, 0, m.ID)
	}
	result := ResultRetry
	if failure.Final {
		result = ResultDead
	}
	r.count(Count{m.Type, result}, 1)
	r.Log.Warn("an alert could not be delivered", "room", "alert", "channel", m.Channel, "type", m.Type, "cause", string(failure.Cause),
		"message", m.ID, "tries", m.Tries+1, "final", failure.Final)
	return failure, r.Store.Failed(note, m.ID, *failure)
}

// hand gives the message to its door, within the time that the message is ours.
func (r *Rounds) hand(ctx context.Context, m *alert.Message) *alert.Failure {
	door, ok := r.Doors[m.Channel]
	if !ok {
		return &alert.Failure{Cause: alert.Unknown, Final: true}
	}
	limit := r.Limit
	if limit <= 0 {
		limit = 20 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, min(limit, alert.InHand/2))
	defer cancel()
	err := door.Deliver(ctx, m)
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*alert.Failure](err); ok {
		return f
	}
	return &alert.Failure{Cause: alert.Unreachable, Err: err}
}

// refresh tells the peers that forget of what lasts. What goes wrong is tried
// again at the next turn, and is no alert by itself.
func (r *Rounds) refresh(ctx context.Context, now time.Time) error {
	if since := now.Sub(r.refreshed); since >= 0 && since < channel.RefreshEvery {
		return nil
	}
	r.refreshed = now
	var all []error
	for name, door := range r.Doors {
		refresher, ok := door.(channel.Refresher)
		if !ok {
			continue
		}
		lines, err := r.Store.Lasting(ctx, name)
		if err == nil && len(lines) > 0 {
			err = refresher.Refresh(ctx, lines)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// Try sends a trial through a channel and says what came of it. The trial is
// in the history, and is tried again when the peer was busy.
func (r *Rounds) Try(ctx context.Context, by identity.Actor, name string) (*alert.Failure, error) {
	m := alert.Message{ID: uuid.Must(uuid.NewV7()).String(), Stage: alert.Trial, Channel: name}
	for _, c := range r.Store.Channels() {
		if c.Name == name {
			m.Type, m.Lang = c.Type, c.Lang
		}
	}
	if m.Type == "" {
		return nil, fault.New(fault.NotFound, "alert.channel.unknown", name)
	}
	r.Pen.Trial(&m)
	if err := r.Store.Try(ctx, by, m); err != nil {
		return nil, fmt.Errorf("try channel: %w", err)
	}
	m.QueuedAt = r.Store.Now()
	return r.deliver(ctx, &m)
}

func (r *Rounds) count(c Count, n int64) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[Count]int64{}
	}
	r.counts[c] += n
}

// Counts returns how many deliveries there were since the program started.
func (r *Rounds) Counts() map[Count]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}
