package catalogueweb

import (
	"context"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// open loads a snapshot that is kept.
func (f *feed) open(ctx context.Context, id string) (*catalogue.Snapshot, error) {
	m, err := f.source.Snapshots.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	return f.with.Load().Open(ctx, f.vault, m, f.hand())
}

// find returns a snapshot that a reader began with: from memory, or whoever
// wrote it, as long as it is kept.
func (f *feed) find(ctx context.Context, id string) (*catalogue.Snapshot, error) {
	if s := f.shelf.Find(id); s != nil {
		return s, nil
	}
	if s, err := f.current(ctx); err != nil || s.ID == id {
		return s, err
	}
	f.opening.Lock()
	defer f.opening.Unlock()
	if s := f.shelf.Find(id); s != nil {
		return s, nil
	}
	m, err := f.source.Snapshots.Find(ctx, id)
	if _, known := fault.KindOf(err); known {
		return nil, err
	}
	var s *catalogue.Snapshot
	if err == nil {
		s, err = f.with.Load().Open(ctx, f.vault, m, f.shelf.Current())
	}
	if err != nil {
		return nil, unavailable(err)
	}
	f.shelf.Add(s, f.now())
	return s, nil
}

// Sweep forgets what is no longer needed, for a timed job.
func (p *Pages) Sweep(ctx context.Context) error {
	swept, err := p.feed.source.Snapshots.Sweep(ctx, p.feed.holder+" sweep", p.feed.settings)
	if swept.Snapshots+swept.Leaves > 0 {
		p.feed.log.Info("old snapshots forgotten", "snapshots", swept.Snapshots, "pages", swept.Leaves)
	}
	return err
}

// Refused tells whether the register has changed and no snapshot could be made of it.
func (p *Pages) Refused() bool { return p.feed.refused.Load() }

// Pinned tells whether an operator went back to an earlier snapshot.
func (p *Pages) Pinned() bool { return p.feed.pinned.Load() }

// Snapshot returns a snapshot that is kept, for whoever compares two.
func (p *Pages) Snapshot(ctx context.Context, id string) (*catalogue.Snapshot, error) {
	return p.feed.find(ctx, id)
}
