package catalogueweb

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"

	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
)

// write makes the next snapshot, unless another process is at it: then what
// there is stays until that one is done.
func (f *feed) write(ctx context.Context, state cataloguedb.State) (cataloguedb.State, error) {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	store := f.source.Snapshots
	lease, ok, err := store.Lease(ctx, f.holder)
	if err != nil || !ok {
		return state, err
	}
	err = f.writeLeased(ctx, lease)
	if errors.Is(err, cataloguedb.ErrLeaseLost) {
		f.log.Warn("another process took over the writing of the catalogue")
		err = nil // that one says whether it can be written; what we kept it takes over
	}
	stopped := errors.Is(ctx.Err(), context.Canceled) // the program ends: nothing is wrong
	ctx = context.WithoutCancel(ctx)
	empty := errors.Is(err, catalogue.ErrEmpty)
	begins := empty && state.Newest == "" // nothing was approved yet: nobody has to act
	if !stopped {
		f.empty.Store(empty)
		f.refused.Store(err != nil && !begins)
	}
	if err != nil && !stopped && !begins {
		err = errors.Join(err, store.Refused(ctx, err.Error()))
	}
	err = errors.Join(err, store.Release(ctx, lease))
	now, lost := store.State(ctx)
	if lost != nil {
		return state, errors.Join(err, lost)
	}
	return now, err
}

// tightGC is how much garbage may gather while a snapshot is written, in percent
// of what is in use.
const tightGC = 35

// writeLeased is write for whoever has the lease. The version is read before
// the rows: what changes meanwhile counts as a change next time.
func (f *feed) writeLeased(ctx context.Context, lease cataloguedb.Lease) error {
	// Almost all of what writing takes is of no use a moment later: without this
	// a large register would for once need twice the memory it needs for good.
	defer debug.SetGCPercent(debug.SetGCPercent(tightGC))
	press := catalogue.Press{
		Vault: f.vault, Publications: f.source.Register.PublicationsByID,
		Keep: func(ctx context.Context, leaves []*catalogue.Rendered) error {
			return f.source.Snapshots.Keep(ctx, lease, leaves)
		},
	}
	hand := f.hand()
	for round := 1; ; round++ {
		version, err := f.source.Register.CatalogueVersion(ctx)
		if err != nil {
			return err
		}
		state, err := f.source.Snapshots.State(ctx)
		if err != nil || !f.stale(state, version.Number) {
			return err // whoever had the lease before us did it
		}
		plan, err := f.with.Load().Plan(version.Number, f.source.Register.CatalogueRows(ctx))
		if err != nil {
			return err
		}
		s, tally, err := press.Print(ctx, plan, hand, f.now())
		f.rendered.Add(int64(tally.Rendered))
		if errors.Is(err, catalogue.ErrMoved) && round < movedAtMost {
			continue
		}
		if err != nil {
			return err
		}
		err = f.source.Snapshots.Publish(ctx, lease, s)
		if errors.Is(err, cataloguedb.ErrPageLost) && round < movedAtMost {
			hand = nil // what we have at hand was forgotten meanwhile: only what is kept counts
			continue
		}
		if err != nil {
			return err
		}
		f.tellLeftOut(s)
		f.log.Info("catalogue snapshot", "id", s.ID, "version", s.Version, "datasets", s.Len(), "pages", s.Pages(),
			"rendered", tally.Rendered, "stored", tally.Stored)
		f.newest = s
		return nil
	}
}

// hand is the snapshot that most can be taken over from.
func (f *feed) hand() *catalogue.Snapshot {
	if f.newest != nil {
		return f.newest
	}
	return f.shelf.Current()
}

// tellLeftOut logs what is left out of s and was not left out before.
func (f *feed) tellLeftOut(s *catalogue.Snapshot) {
	var before []catalogue.LeftOut
	if f.newest != nil {
		before = f.newest.LeftOut
	}
	for _, left := range s.LeftOut {
		if !slices.Contains(before, left) {
			f.log.Error("dataset left out of the catalogue", "ref", left.Ref, "reason", left.Reason)
		}
	}
}
