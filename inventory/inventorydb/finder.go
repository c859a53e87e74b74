package inventorydb

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
)

// finder keeps a search index of one table current. The table is the truth:
// before each search the finder reads what changed since it last looked, by
// whichever process, and what a page shows is read from the table.
type finder struct {
	table table
	index atomic.Pointer[search.Index]

	mu      sync.Mutex // held by whoever brings the index up to date
	names   shared     // that the index was made with
	looked  time.Time  // when it was last asked what changed
	checked time.Time  // when every row was last compared
	took    time.Duration
}

// How the index follows the table.
const (
	comparedAlways = 1_000            // entries up to which every row is compared at each search
	builtAtOnce    = 5_000            // rows up to which the first search waits for the index
	changedAtOnce  = 500              // changes up to which a search waits for them
	overlap        = 3 * time.Second  // transactions commit in another order than they took the time
	compareEvery   = 15 * time.Second // due dates move, and long transactions commit late
	readBatch      = 1_000
)

// shared is what the entries of an index have in common.
type shared struct {
	vocabulary *inventory.Vocabulary
	tree       identity.Tree
}

// rowState tells whether a row is another than the one in the index.
type rowState struct {
	ID        string
	Stamp     int64
	LateAfter *time.Time
	Gone      bool
}

func (r rowState) late() int64 {
	if r.LateAfter == nil {
		return 0
	}
	return r.LateAfter.UnixMicro()
}

// current returns the index as the table is now, nil while the first one is
// still being made: then the caller asks the database. A nil finder has none.
func (f *finder) current(ctx context.Context, s *Store) (*search.Index, error) {
	if f == nil {
		return nil, nil //nolint:nilnil // having none yet is an ordinary answer inside this room
	}
	if !f.mu.TryLock() {
		if x, ok := f.meanwhile(s, f.index.Load()); ok {
			return x, nil
		}
	}
	x := f.index.Load()
	if x == nil {
		n, err := f.table.count(s.db.WithContext(ctx))
		if err != nil || n > builtAtOnce {
			f.later(ctx, s, err == nil, f.build)
			return nil, err
		}
		err = f.build(ctx, s, &x)
		f.mu.Unlock()
		return x, err
	}
	return f.follow(ctx, s, x)
}

// meanwhile is what a search does while somebody else brings the index x up to
// date: with many rows it takes what there is, a moment old. Few are compared
// in milliseconds, and who has just approved something wants to find it: it
// waits, and has nothing left to do when the others began after it came. When
// ok is false it holds the lock.
func (f *finder) meanwhile(s *Store, x *search.Index) (_ *search.Index, ok bool) {
	if x == nil {
		return nil, true
	}
	if live, _ := x.Len(); live > comparedAlways {
		return x, true
	}
	came := s.now()
	f.mu.Lock()
	if f.looked.After(came) {
		defer f.mu.Unlock()
		return f.index.Load(), true
	}
	return nil, false
}

// later lets work go on without the caller, who holds the lock; or not at all.
func (f *finder) later(ctx context.Context, s *Store, really bool, work func(context.Context, *Store, **search.Index) error) {
	if !really {
		f.mu.Unlock()
		return
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer f.mu.Unlock()
		x := f.index.Load()
		_ = work(ctx, s, &x) // the next search tries again
	}()
}

// follow brings x up to date. The lock is held, and given back.
func (f *finder) follow(ctx context.Context, s *Store, x *search.Index) (*search.Index, error) {
	live, _ := x.Len()
	now := s.now()
	age := now.Sub(f.checked)
	due := age < 0 || age >= max(compareEvery, 50*f.took)
	if live > comparedAlways && due {
		f.checked = now
		f.later(ctx, s, true, f.compare)
		return x, nil
	}
	since := f.looked.Add(-overlap)
	f.looked = now
	if live <= comparedAlways {
		err := f.compare(ctx, s, &x)
		f.mu.Unlock()
		return x, err
	}
	states, err := f.table.states(s.db.WithContext(ctx), since)
	if err != nil {
		f.mu.Unlock()
		return nil, err
	}
	changed := f.sift(x, states)
	if len(changed) > changedAtOnce {
		f.later(ctx, s, true, func(ctx context.Context, s *Store, x **search.Index) error { return f.take(ctx, s, *x, changed) })
		return x, nil
	}
	defer f.mu.Unlock()
	return x, f.take(ctx, s, x, changed)
}

// sift takes out of x what is gone, dates what is only late otherwise, and
// returns the ids of what must be read again.
func (f *finder) sift(x *search.Index, states []rowState) (changed []string) {
	for _, r := range states {
		stamp, late, ok := x.State(r.ID)
		switch {
		case r.Gone && ok:
			x.Remove(r.ID)
		case r.Gone:
		case !ok || stamp != r.Stamp:
			changed = append(changed, r.ID)
		case late != r.late():
			x.SetLate(r.ID, r.late())
		}
	}
	return changed
}

// take reads the rows of these ids into x.
func (f *finder) take(ctx context.Context, s *Store, x *search.Index, ids []string) error {
	for from := 0; from < len(ids); from += readBatch {
		docs, err := f.table.documents(s.db.WithContext(ctx).Where(f.table.key+" IN ?", ids[from:min(from+readBatch, len(ids))]), f.names)
		if err != nil {
			return err
		}
		for _, d := range docs {
			x.Put(d)
		}
	}
	return nil
}

// compare compares every row with the index, and makes a new index when the
// names in it are no longer those in use, or too much of it is left over.
func (f *finder) compare(ctx context.Context, s *Store, at **search.Index) error {
	begun := s.now()
	x := *at
	names, err := s.shared(ctx)
	if err != nil {
		return err
	}
	live, dead := x.Len()
	if names.vocabulary != f.names.vocabulary || !reflect.DeepEqual(names.tree, f.names.tree) || dead > 1_000+live/4 {
		return f.build(ctx, s, at)
	}
	states, err := f.table.states(s.db.WithContext(ctx), time.Time{})
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(states))
	for _, r := range states {
		there[r.ID] = true
	}
	for _, id := range x.IDs() {
		if !there[id] {
			x.Remove(id)
		}
	}
	err = f.take(ctx, s, x, f.sift(x, states))
	f.checked = s.now()
	f.took = f.checked.Sub(begun)
	return err
}

// build makes a new index. What changes meanwhile is read with the next search.
func (f *finder) build(ctx context.Context, s *Store, at **search.Index) error {
	names, err := s.shared(ctx)
	if err != nil {
		return err
	}
	x := search.New(search.NewSynonyms(names.wordings()))
	begun := s.now()
	if err := x.Load(f.read(s.db.WithContext(ctx), names)); err != nil {
		return fmt.Errorf("make search index: %w", err)
	}
	f.names, f.looked, f.checked = names, begun, s.now()
	f.index.Store(x)
	*at = x
	return nil
}

// wordings are groups of words that mean the same: those of the vocabulary,
// and the names of each governorate, which many entries name in one language.
func (n shared) wordings() [][]string {
	var groups [][]string
	for _, w := range n.vocabulary.Wordings {
		groups = append(groups, w.Terms)
	}
	for _, g := range n.vocabulary.Governorates {
		groups = append(groups, wordings(g.Name))
	}
	return groups
}

// read reads the whole table, a batch at a time.
func (f *finder) read(db *gorm.DB, names shared) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		for last := ""; ; {
			docs, err := f.table.documents(db.Where(f.table.key+" > ?", last).Order(f.table.key).Limit(readBatch), names)
			if err != nil {
				yield(search.Document{}, err)
				return
			}
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
				last = d.ID
			}
			if len(docs) < readBatch {
				return
			}
		}
	}
}

// shared reads what entries have in common.
func (s *Store) shared(ctx context.Context) (shared, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return shared{}, err
	}
	t, err := tree(s.db.WithContext(ctx))
	return shared{v, t}, err
}

// KeepSearch brings the index of what is public up to date, and makes it first
// if there is none: for a timed job, so that no reader has to wait.
func (s *Store) KeepSearch(ctx context.Context) error {
	f := s.public
	f.mu.Lock()
	x := f.index.Load()
	if x == nil {
		defer f.mu.Unlock()
		return f.build(ctx, s, &x)
	}
	_, err := f.follow(ctx, s, x)
	return err
}
