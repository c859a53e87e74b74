package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Context is what all datasets are written with: settings, vocabulary and
// institutions. It does not change.
type Context struct{ w *writer }

// NewContext prepares what datasets share.
func NewContext(s Settings, v *inventory.Vocabulary, institutions identity.Tree) *Context {
	return &Context{newWriter(s, v, institutions)}
}

// Generation is another one as soon as anything of the context is.
func (c *Context) Generation() string { return c.w.generation }

// Plan is the snapshot that a register is to have: its leaves by their keys,
// before any is written.
type Plan struct {
	ID      string
	Version int64

	writer  *writer
	leaves  []planned
	gone    planned
	leftOut []LeftOut // for having no UUID
}

// Plan reads every row of the register and finds the leaves it has. ErrEmpty
// when it holds nothing although it should.
func (c *Context) Plan(version int64, rows iter.Seq2[Row, error]) (*Plan, error) {
	p := &Plan{Version: version, writer: c.w}
	var live []mark
	for row, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("plan snapshot: %w", err)
		}
		m, ok := row.mark()
		switch {
		case !ok:
			p.leftOut = append(p.leftOut, LeftOut{row.Ref, fmt.Sprintf("%q is no UUID", row.DatasetID)})
		case row.WithdrawnAt != nil:
			p.gone.marks = append(p.gone.marks, m)
		default:
			live = append(live, m)
		}
	}
	if len(live) == 0 && len(p.leftOut) == 0 && !c.w.settings.EmptyAllowed {
		return nil, fmt.Errorf("plan snapshot: %w", ErrEmpty)
	}
	p.leaves = leavesOf(live, c.w.settings.PageSize, c.w.key)
	slices.SortFunc(p.gone.marks, func(a, b mark) int { return bytes.Compare(a.id[:], b.id[:]) })
	p.gone.key = goneKey(p.gone.marks)
	p.ID = snapshotID(c.w.generation, p.keys(), p.gone.key)
	return p, nil
}

// keys lists the keys of the leaves in their order.
func (p *Plan) keys() []Key {
	keys := make([]Key, 0, len(p.leaves))
	for _, l := range p.leaves {
		keys = append(keys, l.key)
	}
	return keys
}

// goneKey names what is withdrawn. Tombstones are kept as they are and not
// rendered, so they depend on nothing else.
func goneKey(marks []mark) Key {
	h := sha256.New()
	fmt.Fprintf(h, "gone %d\n", recording)
	for _, m := range marks {
		m.writeTo(h)
	}
	return Key(h.Sum(nil)[:16])
}

// recording is the revision of how publications are kept; see writeRecord.
const recording = 1

// snapshotID follows from the content: the same register has the same snapshot
// in every process and after a restart.
func snapshotID(generation string, leaves []Key, gone Key) string {
	h := sha256.New()
	fmt.Fprintln(h, "snapshot", generation)
	for _, k := range leaves {
		h.Write(k[:])
	}
	h.Write(gone[:])
	return hex.EncodeToString(h.Sum(nil)[:8])
}
