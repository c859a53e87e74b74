package catalogue

import (
	lru "container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Keeper is where leaves are kept: the database.
type Keeper interface {
	// Leaves returns those of the leaves that it has.
	Leaves(ctx context.Context, keys []Key) (map[Key]Leaf, error)
	// Run returns a leaf in a dialect, as raw deflate (Gzip) or Zstd.
	Run(ctx context.Context, key Key, d Dialect, e Encoding) ([]byte, error)
}

// Vault loads what a keeper has and holds on to what was asked for last, so
// that the database is not asked for every page, and a catalogue that fits is
// served on while there is none.
type Vault struct {
	keeper Keeper

	mu   sync.Mutex
	room int64
	used int64
	last *lru.List // of *held, the one asked for last in front
	held map[place]*lru.Element
}

// place is where a run stands.
type place struct {
	key      Key
	dialect  Dialect
	encoding Encoding
}

type held struct {
	place
	bytes []byte
}

// NewVault returns a vault that holds up to room bytes of what the keeper has;
// 0 means 128 MiB.
func NewVault(k Keeper, room int64) *Vault {
	room = Settings{CacheBytes: room}.defaults().CacheBytes
	return &Vault{keeper: k, room: room, last: lru.New(), held: map[place]*lru.Element{}}
}

// load returns a run of a leaf. Plain bytes are not stored: they are unpacked,
// and held as long as they are asked for.
func (v *Vault) load(ctx context.Context, at place, size int64) ([]byte, error) {
	if b := v.find(at); b != nil {
		return b, nil
	}
	var b []byte
	var err error
	if at.encoding == Plain {
		if b, err = v.load(ctx, place{at.key, at.dialect, Zstd}, 0); err == nil {
			b, err = unframe(b, size)
		}
	} else {
		b, err = v.keeper.Run(ctx, at.key, at.dialect, at.encoding)
	}
	if err != nil {
		return nil, fmt.Errorf("leaf %s: %w", at.key, err)
	}
	v.put(at, b)
	return b, nil
}

// find returns what is held.
func (v *Vault) find(at place) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := v.held[at]
	if e == nil {
		return nil
	}
	v.last.MoveToFront(e)
	return e.Value.(*held).bytes //nolint:forcetypeassert // the list holds nothing else
}

// put keeps a run in memory, and lets go of those not asked for longest.
func (v *Vault) put(at place, b []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.held[at] != nil || int64(len(b)) > v.room/2 {
		return
	}
	v.held[at] = v.last.PushFront(&held{at, b})
	for v.used += int64(len(b)); v.used > v.room; {
		e := v.last.Back()
		h := v.last.Remove(e).(*held) //nolint:forcetypeassert // as above
		delete(v.held, h.place)
		v.used -= int64(len(h.bytes))
	}
}

// clear lets go of everything.
func (v *Vault) clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last.Init()
	clear(v.held)
	v.used = 0
}

// hold keeps a leaf that was just written in memory, without asking for it back.
func (v *Vault) hold(r *Rendered) {
	for d := range Dialect(dialects) {
		if d == LeafIndex {
			continue // its entries are in memory
		}
		v.put(place{r.Key, d, Zstd}, r.Zstd[d])
		if d.Served() {
			v.put(place{r.Key, d, Gzip}, r.Deflate[d])
		}
	}
}

// open makes the leaf of a snapshot of one that is stored.
func (v *Vault) open(l Leaf, entries []*entry, shelved []byte) *leaf {
	out := &leaf{Leaf: l, entries: entries, shelved: shelved}
	for d := range Dialect(dialects) {
		size := l.Measures[d].Plain
		out.parts[d] = StoredPart(l.Measures[d], func(ctx context.Context, e Encoding) ([]byte, error) {
			return v.load(ctx, place{l.Key, d, e}, size)
		})
	}
	return out
}

// index returns a stored leaf with what is searched of it. That is read once
// and stays with the leaf, so the packed form is not held.
func (v *Vault) index(ctx context.Context, l Leaf) (*leaf, error) {
	if l.Datasets == 0 {
		return v.open(l, nil, nil), nil
	}
	b, err := v.keeper.Run(ctx, l.Key, LeafIndex, Zstd)
	if err == nil {
		b, err = unframe(b, l.Measures[LeafIndex].Plain)
	}
	if err != nil {
		return nil, fmt.Errorf("leaf %s: %w", l.Key, err)
	}
	entries, err := readIndex(b, l.Datasets)
	if err != nil {
		return nil, fmt.Errorf("leaf %s: %w", l.Key, err)
	}
	shelved, err := shelve(entries)
	if err != nil {
		return nil, fmt.Errorf("leaf %s: %w", l.Key, err)
	}
	return v.open(l, entries, shelved), nil
}

// largestRun bounds what is unpacked: a page is far below.
const largestRun = 256 << 20

var unpacker = sync.OnceValue(func() *zstd.Decoder { //nolint:gochecknoglobals // made when first used: it holds memory
	z, _ := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(largestRun), zstd.WithDecoderLowmem(true)) // only wrong options fail
	return z
})

// unframe undoes blocks, of which the size is known.
func unframe(b []byte, size int64) ([]byte, error) {
	if size > largestRun {
		return nil, errors.New("unpack: too large")
	}
	frame := slices.Concat(zstdHead(size), b, []byte(zstdLast))
	out, err := unpacker().DecodeAll(frame, make([]byte, 0, size))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return out, nil
}
