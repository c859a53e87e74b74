package search

import (
	"iter"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/jard-odi/jard/inventory"
)

// Index holds entries ready to be found. It may be searched while it changes.
type Index struct {
	mu       sync.RWMutex
	synonyms *Synonyms
	loading  bool // Load fills it: what is in order at the end need not be on the way

	terms     []term
	termOf    map[string]uint32
	stems     []stemmed
	stemOf    map[string]uint32
	termOrder []uint32 // terms by their letters
	stemOrder []uint32

	docs []entry
	// By entry, apart from it because every search goes through them.
	titleWords []uint8
	late       []int64
	modified   []int64
	byID       map[string]uint32
	byRef      map[string]uint32
	columns    [Columns]column
	live       int
	used       []uint32 // a piece of memory that forward lists are cut from

	weights   [allFields + 1]float32 // of a word, by the fields it stands in
	shares    [256]float32           // what a word of a title gains, by the length of the title
	keywords  map[string]*keyword
	titleMu   sync.Mutex
	titleRank []uint32 // place of each entry in the order of titles; nil once that has changed
	scratches sync.Pool
}

// term is a word that stands in some entry.
type term struct {
	word    string
	display string   // as an entry spells it
	posts   []uint32 // entries, ascending, each with the fields: entry<<8 | fields
	n       uint32   // how many of them are not gone
	stem    uint32
	mask    uint64
	letters uint8
}

// stemmed is a stem with the terms that share it.
type stemmed struct {
	stem    string
	terms   []uint32
	mask    uint64
	letters uint8
}

// entry is a Document as the index keeps it.
type entry struct {
	id, ref, order string
	stamp          int64
	text           []uint32 // its words in order; 0 parts one text from the next
	keywords       []string
	live           bool
}

// keyword is a keyword of the register and how many entries have it.
type keyword struct {
	display string
	n       int
}

// New returns an empty index that knows the synonyms; nil knows none.
func New(synonyms *Synonyms) *Index {
	x := &Index{
		synonyms: synonyms, termOf: map[string]uint32{}, stemOf: map[string]uint32{}, byID: map[string]uint32{},
		byRef: map[string]uint32{}, keywords: map[string]*keyword{},
		terms: make([]term, 1), // 0 is no term: it parts texts
	}
	for n := range x.columns {
		x.columns[n] = newColumn()
	}
	for mask := range x.weights {
		x.weights[mask] = fieldWeight(uint8(mask)) //nolint:gosec // five bits
	}
	for n := range x.shares {
		x.shares[n] = float32(8 / math.Sqrt(float64(max(1, n))))
	}
	return x
}

// Load fills a new index with everything at once, which takes less memory and
// time than one Put after the other. It ends early with the error of all.
func (x *Index) Load(all iter.Seq2[Document, error]) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.loading = true
	for d, err := range all {
		if err != nil {
			return err
		}
		x.put(d)
	}
	x.loading = false
	x.post()
	x.termOrder, x.stemOrder = x.order()
	return nil
}

// post writes the entries of every term, in memory of exactly the size needed.
func (x *Index) post() {
	counts := make([]uint32, len(x.terms))
	last := make([]uint32, len(x.terms))
	total := 0
	for doc := range x.docs {
		for _, id := range x.docs[doc].text {
			if id&termBits != 0 && last[id&termBits] != uint32(doc)+1 {
				last[id&termBits] = uint32(doc) + 1
				counts[id&termBits]++
				total++
			}
		}
	}
	all := make([]uint32, total)
	for id, n := range counts {
		x.terms[id].posts, all = all[:0:n], all[n:]
	}
	for doc := range x.docs {
		x.postOne(uint32(doc))
	}
}

// A forward list keeps with each term the field it stands in.
const (
	termBits   = 1<<27 - 1
	fieldShift = 27
)

func (x *Index) postOne(doc uint32) {
	for _, id := range x.docs[doc].text {
		t := &x.terms[id&termBits]
		if id&termBits == 0 {
			continue
		}
		field := uint32(1) << (id >> fieldShift)
		if n := len(t.posts); n > 0 && t.posts[n-1]>>8 == doc {
			t.posts[n-1] |= field
			continue
		}
		t.posts = append(t.posts, doc<<8|field)
		t.n++
	}
}

// Put adds an entry, in the place of the one with the same id.
func (x *Index) Put(d Document) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(d.ID)
	x.put(d)
}

// Remove takes an entry out, if it is there.
func (x *Index) Remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

// SetLate says from when an entry is late, which changes although nobody
// changes the entry.
func (x *Index) SetLate(id string, late int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if doc, ok := x.byID[id]; ok {
		x.late[doc] = late
	}
}

// State tells what is held of an entry: its stamp and from when it is late.
func (x *Index) State(id string) (stamp, late int64, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	doc, ok := x.byID[id]
	if !ok {
		return 0, 0, false
	}
	return x.docs[doc].stamp, x.late[doc], true
}

// IDs returns the ids of every entry, in no order.
func (x *Index) IDs() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	ids := make([]string, 0, len(x.byID))
	for id := range x.byID {
		ids = append(ids, id)
	}
	return ids
}

// Len is how many entries the index holds, and how much of it is left over
// from entries that changed: when that is much, a new index is due.
func (x *Index) Len() (live, dead int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.live, len(x.docs) - x.live
}

func (x *Index) remove(id string) {
	doc, ok := x.byID[id]
	if !ok {
		return
	}
	e := &x.docs[doc]
	for _, t := range distinct(e.text) {
		x.terms[t].n--
	}
	e.live, e.text = false, nil
	for _, k := range e.keywords {
		if have := x.keywords[k]; have != nil {
			if have.n--; have.n == 0 {
				delete(x.keywords, k)
			}
		}
	}
	delete(x.byID, id)
	delete(x.byRef, inventory.Fold(e.ref))
	x.live--
	x.titleRank = nil
}

// distinct lists the terms of a forward list, each once.
func distinct(text []uint32) []uint32 {
	terms := make([]uint32, 0, len(text))
	for _, id := range text {
		if id&termBits != 0 {
			terms = append(terms, id&termBits)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

func (x *Index) put(d Document) {
	doc := uint32(len(x.docs))
	e := entry{id: d.ID, ref: d.Ref, order: d.Order, stamp: d.Stamp, live: true}
	var text []uint32
	for field, texts := range [][]string{d.Title, d.Keywords, d.Institution, d.Description, d.Files} {
		for _, one := range texts {
			text = x.read(text, one, uint32(field))
		}
		if field == 0 {
			x.titleWords = append(x.titleWords, perText(len(text), len(d.Title)))
		}
	}
	e.text = x.keep(text)
	for _, k := range d.Keywords {
		e.keywords = x.keepKeyword(e.keywords, k)
	}
	for n := range x.columns {
		x.columns[n].add(d.Values[n])
	}
	x.docs, x.late, x.modified = append(x.docs, e), append(x.late, d.Late), append(x.modified, d.Modified)
	x.byID[d.ID] = doc
	x.byRef[inventory.Fold(d.Ref)] = doc
	x.live++
	x.titleRank = nil
	if !x.loading {
		x.postOne(doc)
	}
}

// perText is how many words a title has, in the mean of its languages.
func perText(words, texts int) uint8 {
	if texts == 0 {
		return 1
	}
	return uint8(max(1, min(words/texts, 255))) //nolint:gosec // bounded
}

// read adds the words of a text to a forward list.
func (x *Index) read(list []uint32, text string, field uint32) []uint32 {
	inventory.EachWord(text, func(w []byte, start, end int) bool {
		if len(w) > maxWord {
			w = w[:maxWord]
		}
		list = append(list, x.term(w, text[start:end])|field<<fieldShift)
		return true
	})
	return append(list, 0)
}

// term returns the number of a word, a new one for a word never seen.
func (x *Index) term(w []byte, said string) uint32 {
	if id, ok := x.termOf[string(w)]; ok {
		return id
	}
	text := strings.ToValidUTF8(string(w), "")
	id := uint32(len(x.terms))
	t := term{word: text, display: text, mask: maskOf(text), letters: letterCount(text), stem: x.stem(stem(text), id)}
	if bare, ok := joined(text); ok {
		x.stem(stem(bare), id)
	}
	if lower := strings.ToLower(said); lower != text && len(lower) <= 2*maxWord {
		t.display = strings.Clone(lower)
	}
	x.terms = append(x.terms, t)
	x.termOf[text] = id
	if !x.loading {
		x.termOrder = insert(x.termOrder, id, func(a uint32) int { return strings.Compare(x.terms[a].word, text) })
	}
	return id
}

func (x *Index) stem(text string, id uint32) uint32 {
	n, ok := x.stemOf[text]
	if !ok {
		n = uint32(len(x.stems))
		text = strings.Clone(text)
		x.stems = append(x.stems, stemmed{stem: text, mask: maskOf(text), letters: letterCount(text)})
		x.stemOf[text] = n
		if !x.loading {
			x.stemOrder = insert(x.stemOrder, n, func(a uint32) int { return strings.Compare(x.stems[a].stem, text) })
		}
	}
	x.stems[n].terms = append(x.stems[n].terms, id)
	return n
}

// insert puts one into an ordered list.
func insert(list []uint32, one uint32, compare func(uint32) int) []uint32 {
	at, _ := slices.BinarySearchFunc(list, one, func(a, _ uint32) int { return compare(a) })
	return slices.Insert(list, at, one)
}

// order sorts terms and stems by their letters.
func (x *Index) order() (terms, stems []uint32) {
	for id := range x.terms[1:] {
		terms = append(terms, uint32(id)+1)
	}
	slices.SortFunc(terms, func(a, b uint32) int { return strings.Compare(x.terms[a].word, x.terms[b].word) })
	for n := range x.stems {
		stems = append(stems, uint32(n))
	}
	slices.SortFunc(stems, func(a, b uint32) int { return strings.Compare(x.stems[a].stem, x.stems[b].stem) })
	return terms, stems
}

// keep copies a forward list into shared memory: one piece for thousands of
// entries instead of one for each.
func (x *Index) keep(list []uint32) []uint32 {
	const piece = 1 << 18
	if len(x.used)+len(list) > cap(x.used) {
		x.used = make([]uint32, 0, max(piece, len(list)))
	}
	from := len(x.used)
	x.used = append(x.used, list...)
	return x.used[from:len(x.used):len(x.used)]
}

func (x *Index) keepKeyword(list []string, display string) []string {
	key := inventory.Fold(display)
	if key == "" || slices.Contains(list, key) {
		return list
	}
	have := x.keywords[key]
	if have == nil {
		have = &keyword{display: strings.Clone(display)}
		x.keywords[key] = have
	}
	have.n++
	return append(list, key)
}
