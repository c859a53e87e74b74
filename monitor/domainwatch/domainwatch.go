// Package domainwatch asks registries, by RDAP (RFC 9082, 9083), when the
// registration of a domain ends: politely, behind the guard, once a day.
package domainwatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/outgoing"
)

// Bootstrap is where IANA lists the registries' servers.
const Bootstrap = "https://data.iana.org/rdap/dns.json"

// Bounds.
const (
	maxAnswer  = 1 << 20
	maxList    = 4 << 20
	within     = 20 * time.Second
	listFor    = 24 * time.Hour
	listAgain  = time.Hour // after a list that could not be read
	atOnce     = 200       // questions of one round
	dependable = 3         // silent answers in a row before a server is left alone for this round
)

// Store knows which domains are due, and keeps what was seen.
type Store interface {
	Due(ctx context.Context, most int) ([]domain.Domain, error)
	Note(ctx context.Context, name string, seen domain.Seen) error
}

// Options say how to ask.
type Options struct {
	Guard     *outgoing.Guard
	Bootstrap string // empty: IANA's
	UserAgent string
	Pause     time.Duration // between two questions to one server
	Now       func() time.Time
	Log       *slog.Logger
}

// Watch asks registries.
type Watch struct {
	o      Options
	store  Store
	client *http.Client

	servers domain.Servers
	readAt  time.Time // when the list was read, or could not be
	listErr error
}

// New returns a Watch. Its rounds are made one after the other.
func New(store Store, o Options) *Watch {
	if o.Guard == nil {
		o.Guard = &outgoing.Guard{}
	}
	if o.Bootstrap == "" {
		o.Bootstrap = Bootstrap
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the clock that wiring would hand down
	}
	return &Watch{o: o, store: store, client: o.Guard.Client(within)}
}

// Round asks about every domain that is due. A server that asked to be left
// alone, or is silent, is not asked again in the same round.
func (w *Watch) Round(ctx context.Context) error {
	due, err := w.store.Due(ctx, atOnce)
	if err != nil || len(due) == 0 {
		return err
	}
	w.list(ctx)
	resting, silent, asked := map[string]domain.Seen{}, map[string]int{}, map[string]bool{}
	for _, d := range due {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		address, host := w.at(d.Name)
		seen, rests := resting[host]
		if !rests || host == "" {
			if asked[host] && host != "" {
				w.pause(ctx)
			}
			asked[host] = true
			seen = w.ask(ctx, d.Name, address)
		}
		if ctx.Err() != nil {
			return ctx.Err() // we were stopped: nobody was silent
		}
		switch seen.Outcome {
		case domain.Limited:
			resting[host] = seen
		case domain.Failed:
			if silent[host]++; silent[host] >= dependable {
				resting[host] = seen
			}
		default:
			silent[host] = 0
		}
		if err := w.store.Note(ctx, d.Name, seen); err != nil {
			return err
		}
	}
	return nil
}

func (w *Watch) pause(ctx context.Context) {
	timer := time.NewTimer(w.o.Pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// at returns where to ask about name; empty when there is no such place.
func (w *Watch) at(name string) (address, host string) {
	address, ok := w.servers.For(name)
	if !ok {
		return "", ""
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", ""
	}
	return address, u.Host
}

// list reads the list of servers when the one at hand is old. An old one is
// better than none.
func (w *Watch) list(ctx context.Context) {
	age := w.o.Now().Sub(w.readAt).Abs()
	if w.servers != nil && w.listErr == nil && age < listFor || w.listErr != nil && age < listAgain {
		return
	}
	body, _, err := w.get(ctx, w.o.Bootstrap, "application/json", maxList)
	var servers domain.Servers
	if err == nil {
		servers, err = domain.ReadServers(body)
	}
	w.readAt, w.listErr = w.o.Now(), err
	if err != nil {
		if w.o.Log != nil {
			w.o.Log.Warn("the list of registries could not be read", "room", "domains", "error", err)
		}
		return
	}
	w.servers = servers
}

// ask asks about one domain.
func (w *Watch) ask(ctx context.Context, name, address string) domain.Seen {
	switch {
	case address == "" && w.servers == nil:
		return domain.Seen{Outcome: domain.Failed, Detail: fmt.Sprintf("list of registries: %v", w.listErr)}
	case address == "":
		return domain.Seen{Outcome: domain.NoServer}
	}
	body, header, err := w.get(ctx, address, "application/rdap+json", maxAnswer)
	status, answered := errors.AsType[*statusError](err)
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return domain.Seen{Outcome: domain.Refused, Detail: err.Error()}
	case errors.Is(err, errLong):
		return domain.Seen{Outcome: domain.Unreadable, Detail: err.Error()}
	case answered:
		return of(status, outgoing.RetryAfter(header, w.o.Now()))
	case err != nil:
		return domain.Seen{Outcome: domain.Failed, Detail: err.Error()}
	}
	return domain.Read(name, body, w.o.Now())
}

// of says what a status means.
func of(status *statusError, after time.Duration) domain.Seen {
	seen := domain.Seen{Outcome: domain.Failed, Detail: status.Error()}
	switch code := status.code; {
	case code == http.StatusNotFound:
		seen.Outcome = domain.NotFound
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable && after > 0:
		seen.Outcome, seen.After = domain.Limited, after
	case code < http.StatusInternalServerError:
		seen.Outcome = domain.Refused
	}
	return seen
}

// statusError is an answer that is none.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("status %d", e.code) }

// errLong ends an answer that no registry would give.
var errLong = errors.New("the answer is too long")

// get fetches at most so many bytes.
func (w *Watch) get(ctx context.Context, address, accept string, most int64) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("User-Agent", w.o.UserAgent)
	req.Header.Set("Accept", accept)
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.Header, &statusError{resp.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("%w: more than %d bytes", errLong, most)
	}
	return body, resp.Header, err
}
