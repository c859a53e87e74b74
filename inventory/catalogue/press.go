package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// ErrMoved says that the register changed while it was being written: what is
// written so far is kept, and a new plan goes on from there.
var ErrMoved = errors.New("the register changed meanwhile")

// Press makes snapshots of plans: what is there already is taken over, the rest
// is written, read back and kept.
type Press struct {
	// Publications loads publications by their UUIDs, in any order.
	Publications func(ctx context.Context, ids []string) ([]inventory.Publication, error)
	// Keep stores leaves, all or none; those that are there already stay as they are.
	Keep func(ctx context.Context, leaves []*Rendered) error
	// Vault loads what Keep stored. Without one all leaves stay in memory.
	Vault *Vault

	row func(inventory.Publication) Row // RowOf, unless told otherwise
	// How many leaves are to be written, how many are, and what these take.
	missing, kept, stored int64
}

// Tally counts where the leaves of a snapshot came from.
type Tally struct {
	Held     int // already in this process
	Stored   int // written earlier or by another process
	Rendered int // written now
}

// keepAtOnce is how many leaves are stored in one transaction: enough that
// committing costs little, few enough that others need not wait for it.
const keepAtOnce = 8

// Print makes the snapshot of a plan. ErrMoved when the register was no longer
// what was planned.
func (p *Press) Print(ctx context.Context, plan *Plan, before *Snapshot, now time.Time) (*Snapshot, Tally, error) {
	var tally Tally
	leaves, missing, err := p.gather(ctx, plan, before, &tally)
	if err != nil {
		return nil, tally, fmt.Errorf("print snapshot: %w", err)
	}
	tally.Rendered = len(missing)
	p.missing, p.kept, p.stored = int64(len(missing)), 0, 0
	if err := p.write(ctx, plan, missing, leaves); err != nil {
		return nil, tally, fmt.Errorf("print snapshot: %w", err)
	}
	gone, err := p.tombstones(ctx, plan, before)
	if err != nil {
		return nil, tally, fmt.Errorf("print snapshot: %w", err)
	}
	ordered := make([]*leaf, 0, len(plan.leaves))
	for _, k := range plan.keys() {
		ordered = append(ordered, leaves[k])
	}
	s := bind(plan.writer, plan.manifest(now), ordered, gone, before)
	s.LeftOut = append(slices.Clone(plan.leftOut), s.LeftOut...)
	if len(s.entries) == 0 && len(s.LeftOut) > 0 {
		return nil, tally, fmt.Errorf("print snapshot: none of %d datasets can be written: %s", len(s.LeftOut), s.LeftOut[0].Reason)
	}
	return s, tally, nil
}

// gather finds the leaves that are there, and says which are not.
func (p *Press) gather(ctx context.Context, plan *Plan, before *Snapshot, tally *Tally) (map[Key]*leaf, []planned, error) {
	leaves := map[Key]*leaf{}
	if before != nil {
		for _, l := range before.leaves {
			leaves[l.Key] = l
		}
	}
	var absent []Key
	for _, one := range plan.leaves {
		if leaves[one.key] == nil {
			absent = append(absent, one.key)
		} else {
			tally.Held++
		}
	}
	if p.Vault != nil {
		if err := p.Vault.fetch(ctx, absent, leaves); err != nil {
			return nil, nil, err
		}
	}
	var missing []planned
	for _, one := range plan.leaves {
		if leaves[one.key] == nil {
			missing = append(missing, one)
		}
	}
	tally.Stored = len(absent) - len(missing)
	return leaves, missing, nil
}

// fetch adds those of the leaves that are stored to leaves.
func (v *Vault) fetch(ctx context.Context, keys []Key, leaves map[Key]*leaf) error {
	stored, err := v.keeper.Leaves(ctx, keys)
	if err != nil {
		return err
	}
	for key, one := range stored {
		if leaves[key], err = v.index(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// write renders what is missing, on every processor, and adds it to leaves.
func (p *Press) write(ctx context.Context, plan *Plan, missing []planned, leaves map[Key]*leaf) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	work, done := make(chan planned), make(chan outcome)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(missing)) {
		workers.Go(func() {
			for one := range work {
				r, err := p.renderOne(ctx, plan.writer, one)
				done <- outcome{r, err}
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(work)
		for _, one := range missing {
			select {
			case work <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	err := p.collect(ctx, done, leaves)
	stop()
	for range done { // whoever still writes is waited for
	}
	return err
}

// outcome is what became of a leaf.
type outcome struct {
	*Rendered
	err error
}

// collect stores what was written, several leaves at a time. A leaf that moved
// on, or that cannot be had, does not keep those before it from being stored:
// the next try goes on from there.
func (p *Press) collect(ctx context.Context, done <-chan outcome, leaves map[Key]*leaf) error {
	var batch []*Rendered
	var moved error
	for one := range done {
		switch {
		case errors.Is(one.err, ErrMoved):
			moved = one.err
			continue
		case one.err != nil:
			return errors.Join(one.err, p.store(ctx, batch, leaves))
		}
		if batch = append(batch, one.Rendered); len(batch) < keepAtOnce {
			continue
		}
		if err := p.store(ctx, batch, leaves); err != nil {
			return err
		}
		batch = nil
	}
	if err := p.store(ctx, batch, leaves); err != nil {
		return err
	}
	return errors.Join(moved, ctx.Err())
}

func (p *Press) store(ctx context.Context, batch []*Rendered, leaves map[Key]*leaf) error {
	if len(batch) == 0 {
		return nil
	}
	if p.Vault == nil {
		for _, r := range batch {
			leaves[r.Key] = r.inMemory()
		}
		return nil
	}
	if err := p.Keep(ctx, batch); err != nil {
		return err
	}
	for _, r := range batch {
		p.kept++
		if p.stored += r.Bytes(); p.stored/p.kept*p.missing <= p.Vault.room { // as it looks so far, all will fit
			p.Vault.hold(r)
		} else {
			p.Vault.clear() // a part of it is not worth the room
		}
		leaves[r.Key] = p.Vault.open(r.Leaf, r.entries, r.shelved)
	}
	return nil
}

// renderOne loads the publications of a leaf and writes them, if they are still
// those that were planned.
func (p *Press) renderOne(ctx context.Context, w *writer, one planned) (r *Rendered, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			r, err = nil, fmt.Errorf("leaf %s: %v", one.key, fault)
		}
	}()
	publications, err := p.planned(ctx, one)
	if err != nil {
		return nil, err
	}
	r, err = w.render(one.key, publications)
	if err != nil {
		return nil, err
	}
	if p.Vault != nil {
		r.pack()
	}
	return r, nil
}

// planned loads the publications of a leaf in their order.
func (p *Press) planned(ctx context.Context, one planned) ([]inventory.Publication, error) {
	all, err := p.Publications(ctx, one.ids())
	if err != nil {
		return nil, err
	}
	row := p.row
	if row == nil {
		row = RowOf
	}
	byID := make(map[[16]byte]inventory.Publication, len(all))
	sums := make(map[[16]byte]mark, len(all))
	for _, publication := range all {
		if m, ok := row(publication).mark(); ok {
			byID[m.id], sums[m.id] = publication, m
		}
	}
	ordered := make([]inventory.Publication, 0, len(one.marks))
	for _, m := range one.marks {
		if sums[m.id] != m {
			return nil, fmt.Errorf("%w: dataset %s", ErrMoved, writeUUID(m.id))
		}
		ordered = append(ordered, byID[m.id])
	}
	return ordered, nil
}

// loadAtOnce is how many publications are asked for in one question.
const loadAtOnce = 500

// tombstones finds what is withdrawn, and stores it as it is.
func (p *Press) tombstones(ctx context.Context, plan *Plan, before *Snapshot) (map[string]inventory.Publication, error) {
	switch {
	case len(plan.gone.marks) == 0:
		return nil, nil //nolint:nilnil // none is an ordinary answer inside this file
	case before != nil && before.manifest.Gone == plan.gone.key:
		return before.gone, nil
	}
	if p.Vault != nil {
		gone, err := p.Vault.tombstones(ctx, plan.gone.key)
		if err != nil || gone != nil {
			return gone, err
		}
	}
	gone := make(map[string]inventory.Publication, len(plan.gone.marks))
	r := &Rendered{Leaf: Leaf{Key: plan.gone.key, Datasets: len(plan.gone.marks)}}
	var lines bytes.Buffer
	for run := range slices.Chunk(plan.gone.marks, loadAtOnce) {
		some, err := p.planned(ctx, planned{marks: run})
		if err != nil {
			return nil, err
		}
		for _, one := range some {
			gone[one.DatasetID] = one
			if err := writeRecord(&lines, one); err != nil {
				return nil, err
			}
		}
	}
	if p.Vault == nil {
		return gone, nil
	}
	r.plain[LeafRecord] = lines.Bytes()
	r.pack()
	return gone, p.Keep(ctx, []*Rendered{r})
}

// tombstones loads what is withdrawn; nil when it is not stored.
func (v *Vault) tombstones(ctx context.Context, key Key) (map[string]inventory.Publication, error) {
	stored, err := v.keeper.Leaves(ctx, []Key{key})
	if err != nil {
		return nil, err
	}
	l, ok := stored[key]
	if !ok {
		return nil, nil //nolint:nilnil // not there is an ordinary answer inside this file
	}
	b, err := v.load(ctx, place{key, LeafRecord, Plain}, l.Measures[LeafRecord].Plain)
	if err != nil {
		return nil, err
	}
	gone := make(map[string]inventory.Publication, l.Datasets)
	for line := range bytes.Lines(b) {
		var p inventory.Publication
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("read tombstones: %w", err)
		}
		gone[p.DatasetID] = p
	}
	return gone, nil
}
