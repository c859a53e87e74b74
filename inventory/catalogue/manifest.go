package catalogue

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Manifest is a snapshot in short: with the leaves it names it can be served by
// any process, also one that has never read the register.
type Manifest struct {
	ID         string
	Version    int64 // of the catalogue, as the register counts it
	Rendering  int   // the revision it was written with
	Generation string
	Built      time.Time
	Leaves     []Key
	Gone       Key // what is withdrawn; zero when nothing is
}

// manifest is that of the snapshot to be.
func (p *Plan) manifest(now time.Time) Manifest {
	m := Manifest{
		ID: p.ID, Version: p.Version, Rendering: Rendering, Generation: p.writer.generation, Built: now.UTC(), Leaves: p.keys(),
	}
	if len(p.gone.marks) > 0 {
		m.Gone = p.gone.key
	}
	return m
}

// Keys lists every leaf that the snapshot cannot do without.
func (m Manifest) Keys() []Key {
	if m.Gone == (Key{}) {
		return m.Leaves
	}
	return append(append([]Key(nil), m.Leaves...), m.Gone)
}

// Manifest is what it takes to serve the snapshot elsewhere.
func (s *Snapshot) Manifest() Manifest { return s.manifest }

// Open makes the snapshot that a manifest names. What a snapshot at hand
// (nil: there is none) has of it is taken from there; nothing is written.
func (c *Context) Open(ctx context.Context, v *Vault, m Manifest, hand *Snapshot) (*Snapshot, error) {
	leaves := map[Key]*leaf{}
	if hand != nil {
		for _, l := range hand.leaves {
			leaves[l.Key] = l
		}
	}
	var absent []Key
	for _, k := range m.Leaves {
		if leaves[k] == nil {
			absent = append(absent, k)
		}
	}
	if err := v.fetch(ctx, absent, leaves); err != nil {
		return nil, fmt.Errorf("open snapshot %s: %w", m.ID, err)
	}
	ordered := make([]*leaf, 0, len(m.Leaves))
	for _, k := range m.Leaves {
		if leaves[k] == nil {
			return nil, fmt.Errorf("open snapshot %s: leaf %s is not there", m.ID, k)
		}
		ordered = append(ordered, leaves[k])
	}
	gone, err := v.withdrawn(ctx, m, hand)
	if err != nil {
		return nil, fmt.Errorf("open snapshot %s: %w", m.ID, err)
	}
	return bind(c.w, m, ordered, gone, hand), nil
}

// withdrawn finds the tombstones that a manifest names.
func (v *Vault) withdrawn(ctx context.Context, m Manifest, hand *Snapshot) (map[string]inventory.Publication, error) {
	switch {
	case m.Gone == (Key{}):
		return nil, nil //nolint:nilnil // none is an ordinary answer inside this file
	case hand != nil && hand.manifest.Gone == m.Gone:
		return hand.gone, nil
	}
	gone, err := v.tombstones(ctx, m.Gone)
	if err == nil && gone == nil {
		err = fmt.Errorf("tombstones %s are not there", m.Gone)
	}
	return gone, err
}
