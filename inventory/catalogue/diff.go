package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Difference is one dataset that two snapshots tell of differently.
type Difference struct {
	DatasetID string
	Ref       string
	Title     lang.Text
	Before    *inventory.Publication // nil: it was added
	After     *inventory.Publication // nil: it is no longer there
	Reason    string                 // of the withdrawal
}

// Differences are what has changed from one snapshot to another, each list in
// the order of references.
type Differences struct {
	Added     []Difference
	Changed   []Difference
	Withdrawn []Difference
}

// Empty tells whether nothing differs.
func (d Differences) Empty() bool { return len(d.Added)+len(d.Changed)+len(d.Withdrawn) == 0 }

// Diff tells what has changed from a to b. Pages that both have are not looked
// at, so that little is loaded when little differs. A dataset counts as changed
// when its publication is; not when only vocabulary or settings are.
func Diff(ctx context.Context, a, b *Snapshot) (Differences, error) {
	before, after := apartFrom(a, b), apartFrom(b, a)
	var d Differences
	var both []string
	for id, was := range before {
		is := after[id]
		switch {
		case is == nil:
			d.Withdrawn = append(d.Withdrawn, Difference{DatasetID: id, Ref: was.ref})
		case !is.modified.Equal(was.modified) || is.ref != was.ref || is.name != was.name:
			both = append(both, id)
		}
	}
	for id, is := range after {
		if before[id] == nil {
			d.Added = append(d.Added, Difference{DatasetID: id, Ref: is.ref})
		}
	}
	for _, id := range both {
		d.Changed = append(d.Changed, Difference{DatasetID: id, Ref: after[id].ref})
	}
	for _, err := range []error{
		fill(ctx, d.Added, nil, b), fill(ctx, d.Changed, a, b), fill(ctx, d.Withdrawn, a, nil),
	} {
		if err != nil {
			return Differences{}, fmt.Errorf("compare snapshots %s and %s: %w", a.ID, b.ID, err)
		}
	}
	for i := range d.Withdrawn {
		d.Withdrawn[i].Reason = b.gone[d.Withdrawn[i].DatasetID].WithdrawalReason
	}
	return d, nil
}

// apartFrom lists the entries of the pages that s has and other has not.
func apartFrom(s, other *Snapshot) map[string]*entry {
	shared := map[Key]bool{}
	for _, l := range other.leaves {
		shared[l.Key] = true
	}
	out := map[string]*entry{}
	for _, l := range s.leaves {
		if !shared[l.Key] {
			for _, e := range l.entries {
				out[e.id] = e
			}
		}
	}
	return out
}

// fill orders the datasets and loads what the snapshots say of them; nil: that
// one says nothing.
func fill(ctx context.Context, all []Difference, a, b *Snapshot) error {
	slices.SortFunc(all, func(x, y Difference) int {
		return cmp.Or(cmp.Compare(x.Ref, y.Ref), cmp.Compare(x.DatasetID, y.DatasetID))
	})
	ids := make([]string, 0, len(all))
	for _, one := range all {
		ids = append(ids, one.DatasetID)
	}
	load := func(s *Snapshot, keep func(*Difference, *inventory.Publication)) error {
		if s == nil {
			return nil
		}
		found, err := s.Publications(ctx, ids...)
		if err != nil {
			return err
		}
		for i := range found {
			all[i].Title = found[i].Content.Title
			keep(&all[i], &found[i])
		}
		return nil
	}
	if err := load(a, func(d *Difference, p *inventory.Publication) { d.Before = p }); err != nil {
		return err
	}
	return load(b, func(d *Difference, p *inventory.Publication) { d.After = p })
}
