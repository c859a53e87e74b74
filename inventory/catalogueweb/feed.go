package catalogueweb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"reflect"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// Source is where the catalogue comes from, and where its snapshots are kept.
// The stores satisfy the first two; they are interfaces because a lost database
// must be tried, too.
type Source struct {
	Register     Register
	Institutions Institutions
	Snapshots    *cataloguedb.Store
	History      History
}

// Register is what the catalogue reads of the register.
type Register interface {
	CatalogueVersion(ctx context.Context) (inventorydb.Version, error)
	CatalogueRows(ctx context.Context) iter.Seq2[catalogue.Row, error]
	PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error)
	Vocabulary(ctx context.Context) (*inventory.Vocabulary, error)
}

// Institutions is what the catalogue reads of the institutions.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

const (
	lookEvery      = 250 * time.Millisecond // how often the version is looked at
	contextEvery   = 10 * time.Second       // how often vocabulary and institutions are
	retryAfter     = time.Second            // how long a failure is left alone at first
	retryAtMost    = 30 * time.Second       // and when it stays one
	lookTimeout    = 3 * time.Second
	buildTimeout   = 10 * time.Minute
	patientFor     = 1500 * time.Millisecond // how long a reader waits for a newer snapshot than there is
	patientAtFirst = 20 * time.Second        // and for the first
	abideForeign   = time.Minute             // how long what a process with other settings wrote is left in place
	movedAtMost    = 5                       // how often a register that changes meanwhile is planned anew
)

// feed keeps the current snapshot current. One reader at a time looks whether
// the register has changed; the others are served what there is. Whichever
// process notices a change first writes the snapshot; the others load it.
type feed struct {
	source   Source
	settings catalogue.Settings
	now      func() time.Time
	log      *slog.Logger
	holder   string        // our name when we ask for the lease
	patience time.Duration // how long a reader waits for a newer snapshot than there is
	vault    *catalogue.Vault
	shelf    catalogue.Shelf
	next     atomic.Int64                      // when to look again, in nanoseconds; 0 means at once
	empty    atomic.Bool                       // the register holds nothing and may not be served as such
	refused  atomic.Bool                       // the last try to write a snapshot failed
	pinned   atomic.Bool                       // an operator went back to an earlier snapshot
	reached  atomic.Pointer[reached]           // how far what we serve goes; nil before the first
	rendered atomic.Int64                      // leaves written by this process
	with     atomic.Pointer[catalogue.Context] // what datasets are written with; nil before the first look

	mu           sync.Mutex // held by whoever looks and builds
	newest       *catalogue.Snapshot
	agreed       string // the generation of a newest snapshot that once was ours, too
	vocabulary   *inventory.Vocabulary
	institutions identity.Tree
	contextAt    time.Time
	pause        time.Duration
	trouble      string // what was last logged, so that it is logged once

	failed   atomic.Pointer[error] // how the last look ended
	starting sync.Mutex
	looking  chan struct{} // closed when the look under way is done; nil: none is

	opening sync.Mutex // held by whoever opens an earlier snapshot
}

func newFeed(source Source, settings catalogue.Settings, now func() time.Time, log *slog.Logger) *feed {
	return &feed{
		source: source, settings: settings, now: now, log: log, holder: uuid.NewString(), patience: patientFor,
		vault: catalogue.NewVault(source.Snapshots, settings.CacheBytes),
	}
}

func (f *feed) changed() { f.next.Store(0) }

// due tells whether it is time to look. A clock that went back must not make
// us wait until it has caught up.
func (f *feed) due() bool {
	wait := time.Duration(f.next.Load() - f.now().UnixNano())
	return wait <= 0 || wait > time.Minute
}

// current returns the snapshot to serve, refreshed if it is time. While the
// database is lost, or the next one takes long to write, that is the last good
// one; without one it is a fault.
func (f *feed) current(ctx context.Context) (*catalogue.Snapshot, error) {
	have, patience := f.shelf.Current(), f.patience
	if have == nil || f.empty.Load() {
		have, patience = nil, patientAtFirst
	}
	if have != nil && !f.due() {
		return have, nil
	}
	done, ours := f.begin()
	if have != nil && !ours {
		return have, nil
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-ctx.Done():
	}
	have = f.shelf.Current()
	if have == nil || f.empty.Load() {
		if why := f.failed.Load(); why != nil {
			return nil, unavailable(*why)
		}
		return nil, fault.New(fault.Unavailable, "catalogue.unavailable")
	}
	return have, nil
}

// unavailable is a 503 that the log can explain: what a harvester cannot be
// given whole it is not given.
func unavailable(why error) error {
	return errors.Join(fault.New(fault.Unavailable, "catalogue.unavailable"), why)
}

// begin has somebody look, unless somebody does already: then ours is false.
// It goes on when the reader who happened to start it hangs up.
func (f *feed) begin() (done <-chan struct{}, ours bool) {
	f.starting.Lock()
	defer f.starting.Unlock()
	if f.looking != nil {
		return f.looking, false
	}
	looking := make(chan struct{})
	f.looking = looking
	go func() {
		defer func() {
			f.starting.Lock()
			defer f.starting.Unlock()
			f.looking = nil
			close(looking)
		}()
		f.mu.Lock()
		defer f.mu.Unlock()
		_ = f.look(context.Background()) // it is logged, and kept for who finds nothing to serve
	}()
	return looking, true
}

// look refreshes the snapshot when it is time. mu is held.
func (f *feed) look(ctx context.Context) error {
	if !f.due() {
		return nil
	}
	err := f.safely(ctx, f.refresh)
	f.failed.Store(&err)
	pause := lookEvery
	if err != nil {
		f.pause = min(max(2*f.pause, retryAfter), retryAtMost)
		pause = f.pause
	} else {
		f.pause = 0
	}
	f.next.Store(f.now().Add(pause).UnixNano())
	f.tell(err)
	return err
}

// safely turns a panic into an error: a fault of ours must not end the program.
func (f *feed) safely(ctx context.Context, work func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("refresh catalogue: %v\n%s", r, debug.Stack())
		}
	}()
	return work(ctx)
}

// tell logs what keeps the catalogue from being current, once, and its end.
func (f *feed) tell(err error) {
	switch {
	case errors.Is(err, context.Canceled): // the program ends
	case err != nil && err.Error() != f.trouble:
		f.trouble = err.Error()
		if errors.Is(err, catalogue.ErrEmpty) && f.newest == nil {
			f.log.Info("the catalogue begins with the first approved dataset")
			return
		}
		f.log.Error("catalogue not refreshed", "err", err)
	case err == nil && f.trouble != "":
		f.trouble = ""
		f.log.Info("catalogue refreshed again")
	}
}

// Refresh looks at once whether the register has changed, and builds the
// snapshot it now needs: for a timed job, so that no reader has to wait.
func (p *Pages) Refresh(ctx context.Context) error {
	f := p.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed()
	return f.look(ctx)
}

// refresh serves what is to be served now, and writes a snapshot if the register
// has changed and nobody else does.
func (f *feed) refresh(ctx context.Context) error {
	look, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	began := f.now()
	version, err := f.source.Register.CatalogueVersion(look)
	if err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	if err := f.readContext(look); err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	state, err := f.source.Snapshots.State(look)
	if err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	if err := f.noteServed(look); err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	if f.shelf.Current() == nil && state.Serve() != "" && state.Rendering <= catalogue.Rendering {
		if err := f.show(ctx, state); err != nil { // after a restart, while the next one is written
			f.log.Error("stored snapshot not served", "id", state.Serve(), "err", err)
		}
	}
	written := error(nil)
	if f.stale(state, version.Number) {
		state, written = f.write(ctx, state)
	} else {
		f.empty.Store(false)
		f.refused.Store(false)
	}
	if err := errors.Join(written, f.show(ctx, state)); err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	f.reach(state, version.Number, began)
	return nil
}

// noteServed writes down which snapshots somebody began to read here, so that
// no process forgets them.
func (f *feed) noteServed(ctx context.Context) error {
	read := f.shelf.Read()
	if len(read) == 0 {
		return nil
	}
	ids := make([]string, 0, len(read))
	for _, s := range read {
		ids = append(ids, s.ID)
	}
	if err := f.source.Snapshots.Served(ctx, ids); err != nil {
		return err
	}
	for _, s := range read {
		s.MarkNoted()
	}
	return nil
}

// stale tells whether the newest snapshot is not what this process would write.
// What a later version of the program wrote is left in place, and for a while
// so is what a process with other settings did: two that disagree must not take
// turns for ever.
func (f *feed) stale(state cataloguedb.State, version int64) bool {
	ours := f.with.Load().Generation()
	switch {
	case state.Newest == "":
		return true
	case state.Rendering > catalogue.Rendering:
		return false
	case state.Generation == ours:
		f.agreed = ours
		return state.Version != version
	case state.Generation == f.agreed: // our context has changed since
		return true
	}
	age := f.now().Sub(state.Built)
	return age < 0 || age > abideForeign
}

// readContext reads what datasets share, now and then.
func (f *feed) readContext(ctx context.Context) error {
	now := f.now()
	if age := now.Sub(f.contextAt); f.with.Load() != nil && age >= 0 && age < contextEvery {
		return nil
	}
	v, err := f.source.Register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	tree, err := f.source.Institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	if f.with.Load() == nil || !reflect.DeepEqual(v, f.vocabulary) || !reflect.DeepEqual(tree, f.institutions) {
		f.with.Store(catalogue.NewContext(f.settings, v, tree))
	}
	f.vocabulary, f.institutions, f.contextAt = v, tree, now
	return nil
}

// show puts the snapshot that is to be served in front, loading it if another
// process wrote it. mu is held.
func (f *feed) show(ctx context.Context, state cataloguedb.State) error {
	id := state.Serve()
	f.pinned.Store(state.Pin != nil)
	if have := f.shelf.Current(); id == "" || have != nil && have.ID == id {
		return nil
	}
	s := f.shelf.Find(id)
	if s == nil && f.newest != nil && f.newest.ID == id {
		s = f.newest
	}
	if s == nil {
		var err error
		if s, err = f.open(ctx, id); err != nil {
			return err
		}
		f.log.Info("catalogue snapshot loaded", "id", s.ID, "version", s.Version, "datasets", s.Len())
	}
	if id == state.Newest {
		f.newest = s
	}
	f.shelf.Put(s, f.now())
	return nil
}
