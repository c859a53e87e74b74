// Package watch makes the rounds: it knows who is due, has them looked at,
// judges what was seen, and hands it over to be kept. It knows no cron
// library, no database and no metrics library.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// Prober looks at a check once. It never fails, and returns early when ctx ends.
type Prober interface {
	Probe(ctx context.Context, c monitor.Check) monitor.Reading
}

// Source says what is to be watched.
type Source interface {
	// Version returns a number that changes with what is to be watched.
	Version(ctx context.Context) (int64, error)
	// Watched returns it, with the version it was read at.
	Watched(ctx context.Context) ([]monitordb.Watched, int64, error)
}

// Keeper takes what was seen into keeping: a database here, a spool elsewhere.
type Keeper interface {
	// Add hands over an entry and never waits.
	Add(e monitordb.Entry)
	// Flush returns once what was handed over is safe.
	Flush(ctx context.Context) error
	// Run keeps until ctx ends, and then what is left.
	Run(ctx context.Context) error
	// Stats tells how far it is.
	Stats() monitordb.Stats
}

// Options say what to watch and how.
type Options struct {
	// Store is where services are read from and readings kept, hours summed up
	// and old readings deleted. A prober elsewhere has none: it must have a
	// Source and a Keeper, and a Zone.
	Store  *monitordb.Store
	Source Source // nil: the store
	Keeper Keeper // nil: a writer of the store
	Share  Share  // nil: everything is watched here
	Prober Prober
	Log    *slog.Logger
	Now    func() time.Time // nil: the wall clock
	Zone   *time.Location   // in which cron lines are read; nil: the store's

	// Rechecks are the waits before a failure is confirmed; nil means 5 s, then 15 s.
	Rechecks []time.Duration
	// InFlight bounds how many probes run at once; 0 means 4096. Three quarters
	// may be spent on targets that timed out last time, so that those that hang
	// never hold up the others.
	InFlight int
	// PerHost bounds how many probes visit one host at once; 0 means 8, below 0 no bound.
	PerHost int
	// HostPause is the least time between two visits to one host; 0 means none.
	HostPause time.Duration
	// References are addresses, host:port or https://…, far apart, that tell
	// whether our own link works. Without them a burst of failures over most
	// hosts tells.
	References []string
	// Own is asked about our own link when too few hosts are watched for that; nil: nobody is.
	Own Own
	// Calendar knows when windows are open; nil: there are no office hours and no
	// holidays. It may ask a database: nothing waits for it.
	Calendar func() monitor.Calendar
	// Gaps keeps why looks were missed; nil: the store.
	Gaps GapKeeper
	// Poll is how often changes to services are looked for; 0 means 2 s.
	Poll time.Duration
	// Keep is how long single readings are kept; 0 means 400 days.
	Keep time.Duration
	// Spool bounds the readings that wait in memory while the database is away.
	Spool int
	// Observe is told of each reading; nil means nobody is.
	Observe func(Observation)
}

// Observation is a reading as metrics want it.
type Observation struct {
	Service, Check string
	Institution    string
	Took           time.Duration
	Lag            time.Duration // between when it was due and when it began
}

// Watch makes the rounds. It is made by New and lives in Run.
type Watch struct {
	opts   Options
	log    *slog.Logger
	source Source
	writer Keeper
	pool   *pool
	link   *link
	stalls *stalls
	chains chains
	looks  context.Context //nolint:containedctx // of the looks: they may end after the rounds do
	cut    context.CancelFunc
	poke   chan struct{} // the schedule changed
	told   chan struct{} // services changed
	open   atomic.Pointer[monitor.Calendar]

	mu      sync.Mutex
	targets map[int64]*target
	past    map[int64]counts // of checks that are not watched just now: should one come back, it counts on
	agenda  agenda
	version int64
	clock   stepClock
	missed  int64
	opened  int64
	gaps    gaps
	blindAt time.Time        // when our own link was last found down
	leaving map[*target]bool // watched elsewhere from now on, with a look under way
	shared  uint64           // the version of the part that is watched
	handed  uint64           // and of the one that was handed over; only follow touches it
	lag     time.Duration    // how late looks began of late
}

// target is a check that is watched.
type target struct {
	check       monitor.Check
	institution string
	host        string
	windows     []monitor.Window // those agreed for its service
	table       schedule.Timetable
	current     monitor.Current
	counts      counts

	running  bool // a look is under way or waits for a worker
	recheck  bool // and it is a re-check
	rechecks bool // one is on the agenda
	gone     bool
	leaving  bool  // another process watches it from the end of this look on
	tenure   int64 // under which it is watched
	owes     int64 // turns that nobody took before it was taken over
	slow     bool  // the last look timed out

	begun atomic.Bool // the look that is running has a place
}

// counts are what a target went through since the program started.
type counts struct {
	good, failed, unseen int64
	delayed              int64
	missed               map[monitor.Miss]int64
	reasons              [monitor.ReasonLimit]int64
	opened               int64
}

// New returns a Watch.
func New(o Options) *Watch {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = o.Store.Zone()
	}
	if o.Rechecks == nil {
		o.Rechecks = []time.Duration{5 * time.Second, 15 * time.Second}
	}
	if o.InFlight <= 0 {
		o.InFlight = 4096
	}
	if o.PerHost == 0 {
		o.PerHost = 8
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.Keep <= 0 {
		o.Keep = 400 * 24 * time.Hour
	}
	if o.Source == nil {
		o.Source = o.Store
	}
	if o.Keeper == nil {
		o.Keeper = o.Store.NewWriter(o.Log, o.Spool)
	}
	if o.Gaps == nil && o.Store != nil {
		o.Gaps = o.Store
	}
	return &Watch{
		opts: o, log: o.Log.With("room", "watch"),
		source: o.Source, writer: o.Keeper,
		pool: newPool(o.InFlight, o.PerHost, o.HostPause),
		link: newLink(o.References, o.Own), stalls: newStalls(), gaps: newGaps(),
		poke: make(chan struct{}, 1), told: make(chan struct{}, 1),
		targets: map[int64]*target{},
	}
}

// Changed tells the watch that services changed, so that it need not find out.
func (w *Watch) Changed() { nudge(w.told) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run watches until ctx ends. Looks that are then under way are given up and
// leave no trace, but where another process goes on they get a moment to end;
// what was seen is stored before Run returns.
func (w *Watch) Run(ctx context.Context) error {
	var running sync.WaitGroup
	// The writer outlives the rounds: it stores what they saw last.
	storing, stop := context.WithCancel(context.WithoutCancel(ctx))
	stored := make(chan error, 1)
	go func() { stored <- w.writer.Run(storing) }()

	sharing, part := context.WithCancel(context.WithoutCancel(ctx))
	defer part()
	var kept sync.WaitGroup
	kept.Go(func() { w.keepShare(sharing) })
	w.looks, w.cut = context.WithCancel(ctx)
	if w.opts.Share != nil {
		w.looks, w.cut = context.WithCancel(context.WithoutCancel(ctx))
	}
	defer w.cut()
	w.log.Info("watch begins")
	for _, part := range []func(context.Context){w.follow, w.keepHouse, w.keepChains, w.keepCalendar, w.rounds, w.keepGaps, w.stalls.watch} {
		running.Go(func() { part(ctx) })
	}
	running.Wait()
	defer time.AfterFunc(partingTime, w.cut).Stop()
	w.pool.wait()
	stop()
	err := <-stored
	part()
	kept.Wait()
	w.log.Info("watch ended", "stored", w.writer.Stats().Written)
	return err
}

// rounds starts what is due until ctx ends.
func (w *Watch) rounds(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-w.poke:
		}
		timer.Reset(w.startDue(w.looking(ctx)))
	}
}

// follow keeps up with changes to services until ctx ends.
func (w *Watch) follow(ctx context.Context) {
	tick := time.NewTicker(w.opts.Poll)
	defer tick.Stop()
	failing, recovered := false, false
	for {
		// What an earlier process could not store tells what stands now.
		err := w.recover(ctx, &recovered)
		if err == nil {
			err = w.reload(ctx)
		}
		if err == nil {
			err = w.handOver(ctx)
		}
		if err != nil && !failing && !errors.Is(err, context.Canceled) {
			w.log.Error("services cannot be read; those known are watched on", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.told:
		case <-w.shareChanged():
		}
	}
}

// recover has stored what an earlier process left in its spool, once.
func (w *Watch) recover(ctx context.Context, done *bool) error {
	spool, ok := w.writer.(interface {
		Recover(ctx context.Context) error
	})
	if *done || !ok {
		return nil
	}
	err := spool.Recover(ctx)
	*done = err == nil
	return err
}

// houseEvery is how often hours are summed up; readings are purged once a day.
const houseEvery = time.Minute

// keepHouse sums up past hours and deletes old readings until ctx ends.
func (w *Watch) keepHouse(ctx context.Context) {
	if w.opts.Store == nil {
		return
	}
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	var purged time.Time
	for {
		if w.leads() {
			purged = w.tidy(ctx, purged)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tidy does it once, and returns when readings were last deleted.
func (w *Watch) tidy(ctx context.Context, purged time.Time) time.Time {
	if err := w.opts.Store.Pack(ctx); err != nil && ctx.Err() == nil {
		w.log.Error("readings cannot be packed and stay as they came in", "err", err)
	}
	if err := w.opts.Store.Roll(ctx); err != nil && ctx.Err() == nil {
		w.log.Error("hours cannot be summed up", "err", err)
	}
	if now := w.opts.Now(); now.Sub(purged).Abs() > 24*time.Hour {
		purged = now
		n, err := w.opts.Store.Purge(ctx, now.Add(-w.opts.Keep))
		if err != nil && ctx.Err() == nil {
			w.log.Error("old readings cannot be deleted", "err", err)
		} else if n > 0 {
			w.log.Info("old readings deleted", "count", n)
		}
		if err := w.opts.Store.ForgetGaps(ctx, now.Add(-w.opts.Keep)); err != nil && ctx.Err() == nil {
			w.log.Error("old gaps cannot be deleted", "err", err)
		}
	}
	return purged
}
