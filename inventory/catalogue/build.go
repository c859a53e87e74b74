package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Build writes a snapshot of a register that is in memory, and keeps it there.
// What has not changed since before (nil: nothing yet) is taken over from
// there. Publications that would break the feed are left out and listed; when
// nothing at all can be written, or a page does not read back, there is no
// snapshot and the former must stay.
func Build(s Settings, r Register, before *Snapshot, now time.Time) (*Snapshot, error) {
	c := NewContext(s, r.Vocabulary, r.Institutions)
	byID := map[string]inventory.Publication{}
	live, twins := alone(r)
	for _, p := range slices.Concat(live, r.Tombstones) {
		byID[p.DatasetID] = p
	}
	if len(live) == 0 && len(twins) == 0 && !s.EmptyAllowed {
		return nil, fmt.Errorf("build snapshot: %w", ErrEmpty)
	}
	c.w.settings.EmptyAllowed = true // whether it may be is decided
	plan, err := c.Plan(r.Version, rowsInMemory(live, r.Tombstones))
	if err != nil {
		return nil, fmt.Errorf("build snapshot: %w", err)
	}
	plan.leftOut = append(plan.leftOut, twins...)
	press := &Press{row: rowInMemory, Publications: func(_ context.Context, ids []string) ([]inventory.Publication, error) {
		some := make([]inventory.Publication, 0, len(ids))
		for _, id := range ids {
			some = append(some, byID[id])
		}
		return some, nil
	}}
	snap, _, err := press.Print(context.Background(), plan, before, now)
	if err != nil {
		return nil, fmt.Errorf("build snapshot: %w", err)
	}
	return snap, nil
}

// alone leaves out what has the id or the name of a dataset before it, which no
// database lets happen.
func alone(r Register) (live []inventory.Publication, twins []LeftOut) {
	gone, seen := map[string]bool{}, map[string]bool{}
	for _, p := range r.Tombstones {
		gone[p.DatasetID] = true
	}
	for _, p := range r.Publications {
		name := cmp.Or(p.Name, p.DatasetID)
		switch {
		case gone[p.DatasetID]:
		case seen[p.DatasetID] || seen[name]:
			twins = append(twins, LeftOut{p.Ref, "another dataset has its id or its name"})
		default:
			seen[p.DatasetID], seen[name] = true, true
			live = append(live, p)
		}
	}
	return live, twins
}

// rowInMemory is RowOf of a publication that no store has given its hash.
func rowInMemory(p inventory.Publication) Row {
	r := RowOf(p)
	r.Hash = p.Content.Hash() + string(p.Content.DataModified) + p.Name + p.SourcePortal + p.SourceID
	return r
}

func rowsInMemory(live, gone []inventory.Publication) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, p := range live {
			r := rowInMemory(p)
			r.WithdrawnAt = nil
			if !yield(r, nil) {
				return
			}
		}
		for _, p := range gone {
			r := rowInMemory(p)
			at := withdrawnAt(p)
			r.WithdrawnAt = &at
			if !yield(r, nil) {
				return
			}
		}
	}
}
