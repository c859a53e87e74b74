package twin

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"github.com/jard-odi/jard/inventory"
)

// Index finds twins among many entries. It may be asked by several at a time.
type Index struct {
	places Places

	mu     sync.RWMutex
	faces  []face
	byID   map[string][]int32 // faces of a dataset
	exact  map[uint64][]int32 // by source and address
	words  map[uint64][]int32 // by a word of the title and what sets the edition apart
	dead   int
	moved  int // counts changes, for who keeps what was found
	pairs  []Pair
	paired int // moved, when pairs was made; -1 before
}

// NewIndex returns an empty index that knows the places by name.
func NewIndex(places Places) *Index {
	return &Index{
		places: places, byID: map[string][]int32{}, exact: map[uint64][]int32{}, words: map[uint64][]int32{}, paired: -1,
	}
}

// Len tells how many faces are held, and how many of them are left over.
func (x *Index) Len() (live, dead int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.faces) - x.dead, x.dead
}

// Stamp returns the stamp that the dataset was put with; 0 when it is not there.
func (x *Index) Stamp(id string) int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if at := x.byID[id]; len(at) > 0 {
		return x.faces[at[0]].stamp
	}
	return 0
}

// Put replaces what the index holds of a dataset by its faces; none takes it out.
func (x *Index) Put(id string, stamp int64, entries ...Entry) {
	made := make([]face, 0, len(entries))
	for _, e := range entries {
		made = append(made, x.face(e, stamp))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.moved++
	for _, at := range x.byID[id] {
		x.faces[at].dead = true
		x.faces[at].titles, x.faces[at].exact = nil, nil
		x.dead++
	}
	delete(x.byID, id)
	for _, f := range made {
		at := int32(len(x.faces)) //nolint:gosec // some hundred thousands
		x.faces = append(x.faces, f)
		x.byID[id] = append(x.byID[id], at)
		for _, key := range f.exact {
			x.exact[key] = append(x.exact[key], at)
		}
		for _, t := range f.titles {
			for _, word := range t.words {
				if !listed(saysLittle, word) {
					key := t.key(word)
					x.words[key] = append(x.words[key], at)
				}
			}
		}
	}
}

// key files a word of the title under what sets the edition apart: editions of a series never meet.
func (t title) key(word string) uint64 { return hash(word) ^ (t.digest*0x9E3779B97F4A7C15 + 1) }

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// face prepares an entry.
func (x *Index) face(e Entry, stamp int64) face {
	f := face{entry: e.ID, body: e.Institution, public: e.Public, stamp: stamp}
	add := func(kind, value string) {
		if key := hash(kind + "\x00" + value); value != "" && !slices.Contains(f.exact, key) {
			f.exact = append(f.exact, key)
		}
	}
	for _, o := range e.Origins {
		if o.Known() {
			add("source", strings.ToLower(o.Portal)+"\x00"+o.ID)
		}
	}
	f.sources = len(f.exact)
	for _, d := range e.Content.Distributions {
		add("address", NormalURL(d.DownloadURL))
		add("address", NormalURL(d.URL))
	}
	home := x.places.home(e.Institution, e.Content.Producer)
	for _, text := range e.Content.Title {
		t, ok := cut(text, x.places, home)
		if ok && !slices.ContainsFunc(f.titles, func(o title) bool { return o.like(t) == same }) {
			f.titles = append(f.titles, t)
		}
	}
	if p := inventory.Fold(e.Content.Producer); p != "" {
		f.producer = hash(p)
	}
	if from, to := e.Content.TemporalStart, e.Content.TemporalEnd; from != "" && to != "" {
		f.period = hash(string(from) + " " + string(to))
	}
	return f
}

// Bounds of one question.
const (
	mostMet   = 400 // candidates that are looked at
	fewMet    = 32  // faces up to which the second rarest word is looked up, too
	mostFound = 5
)

// Find returns what looks like e, the likeliest first. Sees tells which
// institutions' unpublished entries the asker may know of; of the others the
// public face alone counts.
func (x *Index) Find(e Entry, sees func(institution string) bool) []Match {
	f := x.face(e, 0)
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.find(&f, sees)
}

func (x *Index) find(f *face, sees func(string) bool) []Match {
	var found []Match
	for _, at := range x.candidates(f) {
		other := &x.faces[at]
		if other.dead || other.entry == f.entry || !other.public && !sees(other.body) {
			continue
		}
		score, reasons := compare(f, other, func(key uint64) int { return len(x.exact[key]) })
		if score < Likely {
			continue
		}
		m := Match{ID: other.entry, Institution: other.body, Score: score, Reasons: reasons}
		if n := slices.IndexFunc(found, func(o Match) bool { return o.ID == m.ID }); n >= 0 {
			if found[n].Score < score {
				found[n] = m
			}
			continue
		}
		found = append(found, m)
	}
	slices.SortFunc(found, order)
	return found[:min(len(found), mostFound)]
}

// candidates are the faces that share a source, an address or a rare word that
// says something. Two titles that are alike share every such word but for
// slips, so the rarest will do; the second is for a slip that made another word.
func (x *Index) candidates(f *face) []int32 {
	var met []int32
	take := func(list []int32) {
		if len(list) > 0 && len(met) < mostMet {
			met = append(met, list[max(0, len(list)-mostMet):]...)
		}
	}
	for _, key := range f.exact {
		take(x.exact[key])
	}
	for _, t := range f.titles {
		var lists [][]int32
		for _, word := range t.words {
			if list := x.words[t.key(word)]; len(list) > 0 && !listed(saysLittle, word) {
				lists = append(lists, list)
			}
		}
		slices.SortFunc(lists, func(a, b []int32) int { return cmp.Compare(len(a), len(b)) })
		for n, list := range lists {
			if n == 0 || n == 1 && len(list) <= fewMet {
				take(list)
			}
		}
	}
	slices.Sort(met)
	return slices.Compact(met)
}

// Pairs returns every two entries that look alike, as far as the asker sees
// both, the likeliest first.
func (x *Index) Pairs(sees func(institution string) bool) []Pair {
	x.mu.RLock()
	pairs, fresh := x.pairs, x.paired == x.moved
	x.mu.RUnlock()
	if !fresh {
		pairs = x.pairUp()
	}
	out := make([]Pair, 0, len(pairs))
	for _, p := range pairs {
		if score, reasons, ok := x.between(p.A, p.B, sees); ok {
			p.Score, p.Reasons = score, reasons
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(p, q Pair) int {
		return cmp.Or(cmp.Compare(q.Score, p.Score), cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B))
	})
	return out
}

// pairUp compares everything with what is like it, whoever may see it.
func (x *Index) pairUp() []Pair {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.paired == x.moved {
		return x.pairs
	}
	all, met := []Pair{}, map[[2]string]bool{}
	for n := range x.faces {
		f := &x.faces[n]
		if f.dead {
			continue
		}
		for _, m := range x.find(f, func(string) bool { return true }) {
			p := Pair{A: f.entry, B: m.ID, BodyA: f.body, BodyB: m.Institution, Score: m.Score, Reasons: m.Reasons}
			if p.A > p.B {
				p.A, p.B, p.BodyA, p.BodyB = p.B, p.A, p.BodyB, p.BodyA
			}
			if !met[[2]string{p.A, p.B}] {
				met[[2]string{p.A, p.B}] = true
				all = append(all, p)
			}
		}
	}
	x.pairs, x.paired = all, x.moved
	return all
}

// between scores two datasets by the faces that the asker sees; ok is false
// when they are not alike as far as the asker may know.
func (x *Index) between(a, b string, sees func(string) bool) (score int, reasons []Reason, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, i := range x.byID[a] {
		for _, j := range x.byID[b] {
			f, g := &x.faces[i], &x.faces[j]
			if !f.public && !sees(f.body) || !g.public && !sees(g.body) {
				continue
			}
			if n, why := compare(f, g, func(key uint64) int { return len(x.exact[key]) }); n >= Likely && n > score {
				score, reasons, ok = n, why, true
			}
		}
	}
	return score, reasons, ok
}
