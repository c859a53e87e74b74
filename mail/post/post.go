// Package post carries letters from the outbox to the mail server, survives
// both of them failing, and starts where it left off.
package post

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
)

// Door hands letters over; mail/smtp is one.
type Door interface {
	Deliver(ctx context.Context, letters []mail.Letter, told func(mail.Letter, error)) error
}

// Rounds carries letters.
type Rounds struct {
	Store *maildb.Store
	Door  Door
	Log   *slog.Logger
	Every time.Duration // how often the outbox is looked into; 0 means 5 s

	pause time.Duration // while the server is in the way

	mu      sync.Mutex
	trouble mail.Reason
	since   time.Time
}

// How many letters are carried at once, and how long the pauses grow while the
// server is away.
const (
	handful   = 50
	longPause = 10 * time.Minute
)

// Run carries letters until ctx ends.
func (r *Rounds) Run(ctx context.Context) {
	every := r.Every
	if every <= 0 {
		every = 5 * time.Second
	}
	for {
		if _, err := r.Once(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("mail waits", "room", "mail", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(every, r.pause)):
		}
	}
}

// Once carries what is ready, a handful at a time, and returns how many
// letters were delivered. An error means that the server or the database is in
// the way; what was not tried waits.
func (r *Rounds) Once(ctx context.Context) (delivered int, err error) {
	for {
		letters, err := r.Store.Next(ctx, handful)
		if err != nil || len(letters) == 0 {
			return delivered, err
		}
		n, err := r.carry(ctx, letters)
		delivered += n
		r.remember(err)
		if err != nil {
			r.pause = min(max(2*r.pause, 30*time.Second), longPause)
			return delivered, err
		}
		r.pause = 0
	}
}

// carry hands over letters, notes what became of each, and gives back those
// that were not tried.
func (r *Rounds) carry(ctx context.Context, letters []mail.Letter) (delivered int, err error) {
	// What a server took must be noted even though the program stops.
	note := context.WithoutCancel(ctx)
	left := map[string]bool{}
	for _, l := range letters {
		left[l.ID] = true
	}
	var noting error
	err = r.Door.Deliver(ctx, letters, func(l mail.Letter, err error) {
		f, failed := errors.AsType[*mail.Failure](err)
		delete(left, l.ID)
		if failed {
			noting = errors.Join(noting, r.Store.Failed(note, l.ID, *f))
			return
		}
		delivered++
		noting = errors.Join(noting, r.Store.Sent(note, l.ID))
	})
	if len(left) > 0 {
		ids := make([]string, 0, len(left))
		for id := range left {
			ids = append(ids, id)
		}
		noting = errors.Join(noting, r.Store.Release(note, 0, ids...))
	}
	return delivered, errors.Join(err, noting)
}

// remember keeps what is in the way, for whoever looks after the installation.
func (r *Rounds) remember(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, ok := errors.AsType[*mail.Failure](err)
	switch {
	case !ok:
		r.trouble, r.since = "", time.Time{}
	case r.trouble == "":
		r.trouble, r.since = f.Reason, time.Now()
	default:
		r.trouble = f.Reason
	}
}

// Trouble says why no mail leaves at present, and since when; the reason is
// empty while all is well.
func (r *Rounds) Trouble() (mail.Reason, time.Time) {
	if r == nil {
		return "", time.Time{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.trouble, r.since
}
