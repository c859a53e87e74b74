package catalogueweb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

// Source is where the catalogue comes from. The stores satisfy both parts;
// they are interfaces because a lost database must be tried, too.
type Source struct {
	Register     Register
	Institutions Institutions
}

// Register is what the catalogue reads of the register.
type Register interface {
	CatalogueVersion(ctx context.Context) (inventorydb.Version, error)
	Everything(ctx context.Context) ([]inventory.Publication, error)
	Vocabulary(ctx context.Context) (*inventory.Vocabulary, error)
}

// Institutions is what the catalogue reads of the institutions.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

const (
	lookEvery    = 250 * time.Millisecond // how often the version is looked at
	contextEvery = 10 * time.Second       // how often vocabulary and institutions are
	retryAfter   = time.Second            // how long a failure is left alone
	lookTimeout  = 3 * time.Second
	buildTimeout = 2 * time.Minute
)

// feed keeps the current snapshot current. One reader at a time looks whether
// the register has changed; the others are served what there is.
type feed struct {
	source   Source
	settings catalogue.Settings
	now      func() time.Time
	log      *slog.Logger
	shelf    catalogue.Shelf
	next     atomic.Int64 // when to look again, in nanoseconds; 0 means at once
	empty    atomic.Bool  // the register holds nothing and may not be served as such

	mu           sync.Mutex // held by whoever looks and builds
	version      int64
	built        bool
	vocabulary   *inventory.Vocabulary
	institutions identity.Tree
	contextAt    time.Time
	trouble      string // what was last logged, so that it is logged once
}

func newFeed(source Source, settings catalogue.Settings, now func() time.Time, log *slog.Logger) *feed {
	return &feed{source: source, settings: settings, now: now, log: log}
}

func (f *feed) changed() { f.next.Store(0) }

// due tells whether it is time to look. A clock that went back must not make
// us wait until it has caught up.
func (f *feed) due() bool {
	wait := time.Duration(f.next.Load() - f.now().UnixNano())
	return wait <= 0 || wait > time.Minute
}

// current returns the snapshot to serve, refreshed if it is time. While the
// database is lost that is the last good one; without one it is a fault.
func (f *feed) current(ctx context.Context) (*catalogue.Snapshot, error) {
	if have := f.shelf.Current(); have != nil && !f.empty.Load() {
		if !f.due() || !f.mu.TryLock() {
			return have, nil
		}
	} else {
		f.mu.Lock()
	}
	defer f.mu.Unlock()
	err := f.look(ctx)
	have := f.shelf.Current()
	if have == nil || f.empty.Load() {
		return nil, errors.Join(fault.New(fault.Unavailable, "catalogue.unavailable"), err)
	}
	return have, nil
}

// look refreshes the snapshot when it is time. mu is held.
func (f *feed) look(ctx context.Context) error {
	if !f.due() {
		return nil
	}
	err := f.refresh(ctx)
	pause := lookEvery
	if err != nil {
		pause = retryAfter
	}
	f.next.Store(f.now().Add(pause).UnixNano())
	f.tell(err)
	return err
}

// tell logs what keeps the catalogue from being current, once, and its end.
func (f *feed) tell(err error) {
	switch {
	case err != nil && err.Error() != f.trouble:
		f.trouble = err.Error()
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

// refresh reads the register and builds a snapshot if anything has changed. It
// goes on when the reader who happened to start it hangs up.
func (f *feed) refresh(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	look, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	version, err := f.source.Register.CatalogueVersion(look)
	if err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	changed, err := f.readContext(look)
	if err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	if f.built && !changed && f.version == version.Number {
		return nil
	}
	if err := f.build(ctx, version.Number); err != nil {
		return fmt.Errorf("refresh catalogue: %w", err)
	}
	f.built, f.version = true, version.Number
	return nil
}

// readContext reads what datasets share, now and then.
func (f *feed) readContext(ctx context.Context) (changed bool, err error) {
	now := f.now()
	if age := now.Sub(f.contextAt); f.built && age >= 0 && age < contextEvery {
		return false, nil
	}
	v, err := f.source.Register.Vocabulary(ctx)
	if err != nil {
		return false, err
	}
	tree, err := f.source.Institutions.Institutions(ctx)
	if err != nil {
		return false, err
	}
	changed = !reflect.DeepEqual(v, f.vocabulary) || !reflect.DeepEqual(tree, f.institutions)
	f.vocabulary, f.institutions, f.contextAt = v, tree, now
	return changed, nil
}

// build makes the snapshot. The version was read before the datasets: what
// changes meanwhile counts as a change next time.
func (f *feed) build(ctx context.Context, version int64) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	all, err := f.source.Register.Everything(ctx)
	if err != nil {
		return err
	}
	register := catalogue.Register{Version: version, Vocabulary: f.vocabulary, Institutions: f.institutions}
	for _, p := range all {
		if p.Live() {
			register.Publications = append(register.Publications, p)
		} else {
			register.Tombstones = append(register.Tombstones, p)
		}
	}
	s, err := catalogue.Build(f.settings, register, f.shelf.Current(), f.now())
	f.empty.Store(errors.Is(err, catalogue.ErrEmpty))
	if err != nil {
		return err
	}
	for _, left := range s.LeftOut {
		f.log.Error("dataset left out of the catalogue", "ref", left.Ref, "reason", left.Reason)
	}
	if f.shelf.Put(s, f.now()) {
		f.log.Info("catalogue snapshot", "id", s.ID, "version", version, "datasets", s.Len(), "pages", s.Pages())
	}
	return nil
}
