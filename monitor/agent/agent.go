// Package agent looks at services from another place: it fetches what to look
// at, makes the rounds like the installation does, keeps what it saw on disk,
// and delivers it whenever the link allows. It needs no database.
package agent

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/watch"
)

// Options say whom to serve and how.
type Options struct {
	Server  string // address of the installation
	Token   string // one-time, for the first start
	Dir     string // where identity and spool are
	Version string // of the program
	Plain   bool   // plain http is fine

	HTTP       *http.Client // to the installation
	Prober     watch.Prober
	References []string  // host:port addresses near the agent that tell whether its own link works
	Own        watch.Own // asked about its own link when too few hosts are watched for that; nil: nobody is
	InFlight   int
	SpoolBytes int64
	Log        *slog.Logger
	Wall       func() time.Time // nil: the machine's clock

	// How often, all with a default.
	BeatEvery, PullEvery, SealAfter, LongestWait time.Duration
}

// Agent looks at services from another place.
type Agent struct {
	opts    Options
	log     *slog.Logger
	clock   *Clock
	client  *Client
	spool   *Spool
	session string
	full    chan struct{} // a segment waits to be sent

	mu      sync.Mutex
	orders  *vantage.Orders
	tag     string
	version int64
	rounds  *watch.Watch
	anew    context.CancelFunc // ends the rounds, so that others begin
}

// ErrRevoked ends an agent that the installation wants nothing from any more.
var ErrRevoked = errors.New("this vantage was revoked at the installation; its readings are no longer taken")

// New returns an agent.
func New(o Options) (*Agent, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	for _, d := range []struct {
		of    *time.Duration
		usual time.Duration
	}{
		{&o.BeatEvery, vantage.HeartbeatEvery},
		{&o.PullEvery, 10 * time.Second},
		{&o.SealAfter, 2 * time.Second},
		{&o.LongestWait, time.Minute},
	} {
		if *d.of <= 0 {
			*d.of = d.usual
		}
	}
	a := &Agent{opts: o, log: o.Log.With("room", "agent"), clock: NewClock(o.Wall()), full: make(chan struct{}, 1)}
	var err error
	if a.client, err = NewClient(o.Server, o.HTTP, a.clock, o.Version, o.Plain); err != nil {
		return nil, err
	}
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	a.session = fmt.Sprintf("%x", id)
	return a, nil
}

// begin makes the agent ready: who it is, what it still has to deliver, and
// what it knew to look at when it ended.
func (a *Agent) begin(ctx context.Context) error {
	if err := os.MkdirAll(a.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	var identity *Identity
	err := a.insist(ctx, "enrol", func(ctx context.Context) error {
		var err error
		identity, err = identify(ctx, a.opts.Dir, a.opts.Token, a.client)
		return err
	})
	if err != nil {
		return err
	}
	a.client.be(identity)
	a.log.Info("agent begins", "vantage", identity.Vantage, "server", a.client.base.Host)
	a.spool, err = OpenSpool(filepath.Join(a.opts.Dir, "spool"), a.opts.SpoolBytes, identity.Sequence, a.head, a.log)
	if err != nil {
		return err
	}
	if text, err := os.ReadFile(a.ordersFile()); err == nil {
		var known vantage.Orders
		if json.Unmarshal(text, &known) == nil {
			a.obey(&known, "")
		}
	}
	return nil
}

func (a *Agent) head() head {
	offset, _ := a.clock.Offset()
	return head{Session: a.session, OffsetUs: offset.Microseconds()}
}

func (a *Agent) ordersFile() string { return filepath.Join(a.opts.Dir, "checks.json") }

// Run looks and delivers until ctx ends. What was seen by then is on disk, and
// delivered if the link allows.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.begin(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running sync.WaitGroup
	running.Go(func() { stop(a.often(ctx, "heartbeat", a.opts.BeatEvery, nil, a.beat)) })
	running.Go(func() { stop(a.often(ctx, "checks", a.opts.PullEvery, nil, a.pull)) })
	running.Go(func() { stop(a.often(ctx, "batch", a.opts.SealAfter, a.full, a.deliver)) })
	err := a.look(ctx)
	stop(nil)
	running.Wait()
	if cause := context.Cause(ctx); errors.Is(cause, ErrRevoked) {
		return cause
	}
	err = errors.Join(err, a.spool.Close())
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if left := a.deliver(last); left != nil {
		waiting, _, _ := a.spool.Counts()
		a.log.Info("agent ends; what could not be delivered waits on disk", "readings", waiting)
	}
	return err
}

// look makes the rounds, as soon as it is known what to look at. They begin
// anew when the installation wants them made in another manner.
func (a *Agent) look(ctx context.Context) error {
	for a.known() == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
	for {
		if err := a.round(ctx); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// round makes the rounds in one manner.
func (a *Agent) round(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.mu.Lock()
	manner := a.orders.Manner
	a.anew = cancel
	a.mu.Unlock()
	zone, err := time.LoadLocation(manner.Zone)
	if err != nil {
		return fmt.Errorf("the server names the zone %q: %w", manner.Zone, err)
	}
	rounds := watch.New(watch.Options{
		Source: ward{a}, Keeper: ward{a}, Prober: timed{a.opts.Prober, a.clock}, Log: a.opts.Log, Now: a.clock.Now, Zone: zone,
		Rechecks: manner.Rechecks(), HostPause: manner.HostPause(), InFlight: a.opts.InFlight,
		References: a.opts.References, Own: a.opts.Own, Poll: time.Minute,
	})
	a.mu.Lock()
	a.rounds = rounds
	a.mu.Unlock()
	return rounds.Run(ctx)
}

// often does work every so often, and at once when told, until ctx ends. While
// it fails it waits longer and longer, by a random part, so that a thousand
// agents do not come back together. It returns only what ends the agent.
func (a *Agent) often(ctx context.Context, what string, every time.Duration, told <-chan struct{}, work func(context.Context) error) error {
	failures := 0
	for {
		wait, err := every, work(ctx)
		switch {
		case errors.Is(err, ErrRevoked):
			return err
		case err != nil && ctx.Err() == nil:
			if failures == 0 {
				a.log.Warn("the server cannot be reached, or refuses", "what", what, "err", err)
			}
			failures++
			wait = a.patience(every, failures)
		case err == nil && failures > 0:
			a.log.Info("the server answers again", "what", what)
			failures = 0
		}
		hear := told
		if failures > 0 {
			hear = nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		case <-hear:
		}
	}
}

// patience is how long to wait after failures in a row: half of it for sure,
// half at random.
func (a *Agent) patience(every time.Duration, failures int) time.Duration {
	longest := min(every<<min(failures, 12), a.opts.LongestWait)
	part, err := rand.Int(rand.Reader, big.NewInt(int64(longest/2)+1))
	if err != nil {
		return longest
	}
	return longest/2 + time.Duration(part.Int64())
}

// insist repeats work until it succeeds or cannot.
func (a *Agent) insist(ctx context.Context, what string, work func(context.Context) error) error {
	for failures := 1; ; failures++ {
		err := work(ctx)
		problem, told := errors.AsType[*Problem](err)
		if err == nil || ctx.Err() != nil || (told && problem.Status < http.StatusInternalServerError) || errors.Is(err, errNobody) || !outside(err) {
			return err
		}
		a.log.Warn("the server cannot be reached", "what", what, "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(a.patience(time.Second, failures)):
		}
	}
}
