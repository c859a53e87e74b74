package filewatch

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// Options say what to look at and how.
type Options struct {
	Store   *inventorydb.Store
	Fetcher *Fetcher
	Log     *slog.Logger
	Now     func() time.Time // nil: the wall clock
	Pace    file.Pace        // zero: a week, and two hours after a first failure
	Manners file.Manners     // zero: 10 s between two looks at a site, 500 a day
	Workers int              // looks under way at once; 0 means 4
	Hosts   []string         // only these sites; none: all
	Tick    time.Duration    // how often it is asked who is due; 0 means 5 s
	Leads   func() bool      // where several processes serve: whether this one looks; nil: it does
	Wait    time.Duration    // how long somebody who asks for a look waits for it; 0 means 15 s
}

// Rounds looks at the files that are due, at most one of a site at a time.
type Rounds struct {
	o   Options
	log *slog.Logger

	mu      sync.Mutex
	busy    map[string]chan struct{} // sites being asked; closed when done
	rest    map[string]time.Time     // and those left alone, until when
	running sync.WaitGroup
	done    int64
	life    context.Context // ends with the rounds, and with it what somebody asked for
	end     context.CancelFunc
}

// New returns the rounds.
func New(o Options) *Rounds {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	orElse(&o.Pace.Every, 7*24*time.Hour)
	orElse(&o.Pace.Retry, 2*time.Hour)
	orElse(&o.Manners.Pause, 10*time.Second)
	orElse(&o.Tick, 5*time.Second)
	orElse(&o.Wait, 15*time.Second)
	if o.Manners.Budget == 0 {
		o.Manners.Budget = 500
	}
	if o.Workers <= 0 {
		o.Workers = 4
	}
	r := &Rounds{o: o, log: o.Log.With("room", "files"), busy: map[string]chan struct{}{}, rest: map[string]time.Time{}}
	r.life, r.end = context.WithCancel(context.Background())
	return r
}

func orElse(d *time.Duration, usual time.Duration) {
	if *d <= 0 {
		*d = usual
	}
}

// Run looks at what is due until ctx ends. Looks under way are then given up
// and leave no trace: they are still due at the next start.
func (r *Rounds) Run(ctx context.Context) {
	tick := time.NewTicker(r.o.Tick)
	defer tick.Stop()
	defer r.running.Wait()
	defer r.end()
	followed, away := false, false
	for {
		err := error(nil)
		if !followed {
			_, err = r.o.Store.FollowFiles(ctx)
			followed = err == nil
		}
		if err == nil {
			err = r.Start(ctx)
		}
		if err != nil && !away && ctx.Err() == nil {
			r.log.Error("files that are due cannot be read", "err", err)
		}
		away = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Start begins looks at files that are due, as many as there are workers free.
func (r *Rounds) Start(ctx context.Context) error {
	if r.o.Leads != nil && !r.o.Leads() {
		return nil
	}
	taken, free := r.occupied()
	if free <= 0 {
		return nil
	}
	due, err := r.o.Store.DueFiles(ctx, r.o.Pace, r.o.Hosts, taken, free)
	if err != nil {
		return err
	}
	for n := range due {
		f := &due[n]
		if !r.take(f.Host) {
			continue
		}
		r.running.Go(func() {
			defer r.leave(f.Host)
			if _, err := r.look(ctx, f); err != nil && ctx.Err() == nil {
				r.log.Error("a look at a file could not be kept", "err", err)
			}
		})
	}
	return nil
}

// Wait returns when no look is under way.
func (r *Rounds) Wait() { r.running.Wait() }

// occupied lists the sites that may not be asked now, and how many workers are free.
func (r *Rounds) occupied() ([]string, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.o.Now()
	hosts := slices.Collect(maps.Keys(r.busy))
	for host, until := range r.rest {
		if until.After(now) && !until.After(now.Add(25*time.Hour)) {
			hosts = append(hosts, host)
		} else {
			delete(r.rest, host)
		}
	}
	return hosts, r.o.Workers - len(r.busy)
}

func (r *Rounds) take(host string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[host] != nil {
		return false
	}
	r.busy[host] = make(chan struct{})
	return true
}

func (r *Rounds) leave(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.busy[host])
	delete(r.busy, host)
	r.done++
}

// Done tells how many looks ended since the program started.
func (r *Rounds) Done() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// look looks at one file and has it kept. A look cut short by the end of the
// program is none.
func (r *Rounds) look(ctx context.Context, f *file.File) (*file.File, error) {
	host, err := r.o.Store.FileHost(ctx, f.Host)
	if err != nil {
		r.pause(f.Host, r.o.Now().Add(r.o.Manners.Pause))
		return nil, err
	}
	s := r.o.Fetcher.Look(ctx, f)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	host.Visited(s, r.o.Manners, r.o.Now().UTC())
	// Also when nothing can be kept: a lost database must not make us ask in a loop.
	r.pause(f.Host, host.NotBefore)
	kept, err := r.o.Store.KeepLook(ctx, f, s, r.o.Pace, &host)
	if kind, _ := fault.KindOf(err); kind == fault.NotFound { // the entry names another address by now
		return nil, r.o.Store.KeepHost(ctx, &host)
	}
	if err == nil && kept.State != f.State && (kept.State == file.Broken || f.State == file.Broken) {
		r.log.Info("a file changed its state", "ref", kept.Ref, "state", kept.State, "reason", kept.Reason)
	}
	return kept, err
}

func (r *Rounds) pause(host string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest[host] = until
}

// Check looks at the file of a distribution because somebody asks. done is
// false when the look takes longer than anybody wants to wait; it goes on.
func (r *Rounds) Check(ctx context.Context, by identity.Actor, ref, distribution string) (f *file.File, done bool, err error) {
	if f, err = r.o.Store.AskLook(ctx, by, ref, distribution); err != nil {
		return nil, false, err
	}
	within, cancel := context.WithTimeout(ctx, r.o.Wait)
	defer cancel()
	if err := r.turn(within, f.Host); err != nil {
		return nil, false, err
	}
	type result struct {
		f   *file.File
		err error
	}
	answer := make(chan result, 1)
	// Who asked may go away; the site was asked all the same.
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(r.life, stop)
	r.running.Go(func() {
		defer stop()
		defer unhook()
		defer r.leave(f.Host)
		kept, err := r.look(working, f)
		answer <- result{kept, err}
	})
	select {
	case a := <-answer:
		if a.f == nil {
			a.f = f
		}
		return a.f, true, a.err
	case <-within.Done():
		return f, false, nil
	}
}

// turn waits until the site is free and the pause since the last look is over.
// Longer rests are for robots: who has just mended a site may see that it is.
func (r *Rounds) turn(ctx context.Context, host string) error {
	for {
		r.mu.Lock()
		busy, until := r.busy[host], r.rest[host]
		if busy == nil {
			wait := min(until.Sub(r.o.Now()), r.o.Manners.Pause)
			if wait <= 0 {
				r.busy[host] = make(chan struct{})
				r.mu.Unlock()
				return nil
			}
			r.mu.Unlock()
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			r.mu.Lock()
			delete(r.rest, host)
			r.mu.Unlock()
			continue
		}
		r.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return waited(ctx)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return waited(ctx)
	}
}

// waited says that the site was busy all the time.
func waited(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.New(fault.Throttled, "file.ask.busy")
	}
	return ctx.Err()
}
