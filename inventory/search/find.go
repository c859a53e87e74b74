package search

import (
	"math"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// Search finds what a request asks for.
func (x *Index) Search(r Request) Result {
	x.mu.RLock()
	defer x.mu.RUnlock()
	q := parse(r.Q)
	s := x.scratch()
	defer x.scratches.Put(s)
	f := finder{x: x, s: s, out: Result{Cut: q.cut, Marks: Marks{}}, hits: s.hits[:0]}
	if r.Sort == "" {
		r.Sort = ByModified
		if len(q.clauses) > 0 {
			r.Sort = ByRelevance
		}
	}
	f.match(r.Q, q)
	f.narrow(r)
	s.hits = f.hits
	f.page(r)
	return f.out
}

// finder answers one request.
type finder struct {
	x       *Index
	s       *scratch
	out     Result
	hits    []hit
	clauses []clause     // those that were looked for
	lists   [][]likeness // and what each of them stands for, for proximity
}

// hit is an entry that was found.
type hit struct {
	doc   uint32
	score float32
}

// scratch is memory for one search, one place for each entry; all zero between searches.
type scratch struct {
	total, now, part, word []float32
	clauses, parts         []uint8
	touched                []uint32 // entries with something in total
	fresh                  []uint32 // with something in now
	some                   []uint32 // with something in part
	once                   []uint32 // with something in word
	hits                   []hit
}

func (x *Index) scratch() *scratch {
	s, ok := x.scratches.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	if n := len(x.docs); len(s.total) < n {
		n += n/8 + 64
		s.total, s.now = make([]float32, n), make([]float32, n)
		s.part, s.word = make([]float32, n), make([]float32, n)
		s.clauses, s.parts = make([]uint8, n), make([]uint8, n)
	}
	s.touched, s.fresh, s.some = s.touched[:0], s.fresh[:0], s.some[:0]
	return s
}

// match fills hits with every live entry that the words find.
func (f *finder) match(text string, q question) {
	x := f.x
	if doc, ok := x.byRef[inventory.Fold(text)]; ok && text != "" {
		f.hits = []hit{{doc, 1}}
		return
	}
	if doc, ok := x.byID[strings.ToLower(strings.TrimSpace(text))]; ok {
		f.hits = []hit{{doc, 1}}
		return
	}
	var wanted, unwanted []clause
	for _, c := range q.clauses {
		if c.not {
			unwanted = append(unwanted, c)
		} else {
			wanted = append(wanted, c)
		}
	}
	f.clauses = x.synonyms.join(wanted)
	f.want()
	f.refuse(unwanted)
}

// want looks for every clause, and keeps what has them all. A word that
// nothing in the register resembles does not count, and says so; when nothing
// has all of three or more, what has all but one is kept. What stands in
// quotes is never given up.
func (f *finder) want() {
	if len(f.clauses) == 0 {
		for doc, e := range slices.Backward(f.x.docs) { // the last added are mostly the youngest, which are wanted first
			if e.live {
				f.hits = append(f.hits, hit{uint32(doc), 0})
			}
		}
		return
	}
	var meant []string
	known, mended, quoted := 0, false, false
	for _, c := range f.clauses {
		said := f.clause(c)
		mended = mended || said.mended
		quoted = quoted || c.phrase
		meant = append(meant, said.words...)
		if f.add() {
			known++
		} else {
			f.out.Dropped = append(f.out.Dropped, c.said())
		}
	}
	all := len(f.clauses)
	if known == all || known > 0 && !quoted {
		f.collect(known)
		f.out.Partly = known < all && len(f.hits) > 0
	}
	if len(f.hits) == 0 && known >= 3 && !quoted {
		f.collect(known - 1)
		f.out.Partly = len(f.hits) > 0
	}
	if mended && len(f.hits) > 0 {
		f.out.Meant = strings.Join(meant, " ")
	}
	for _, doc := range f.s.touched {
		f.s.total[doc], f.s.clauses[doc] = 0, 0
	}
}

// add adds what one clause found to the total, and tells whether it found anything.
func (f *finder) add() bool {
	s := f.s
	weight, found := f.rarity(len(s.fresh)), false
	for _, doc := range s.fresh {
		found = found || f.x.docs[doc].live
		if s.clauses[doc] == 0 {
			s.touched = append(s.touched, doc)
		}
		s.total[doc] += s.now[doc] * weight
		s.clauses[doc]++
		s.now[doc] = 0
	}
	s.fresh = s.fresh[:0]
	return found
}

// rarity weighs a clause: a word that few entries have says more.
func (f *finder) rarity(entries int) float32 {
	return float32(1 + math.Log(1+float64(f.x.live)/float64(1+entries))/4)
}

func (f *finder) collect(clauses int) {
	f.hits = f.hits[:0]
	for _, doc := range f.s.touched {
		if int(f.s.clauses[doc]) >= clauses && f.x.docs[doc].live {
			f.hits = append(f.hits, hit{doc, f.s.total[doc]})
		}
	}
}

// refuse takes out what holds a word that must not be there.
func (f *finder) refuse(unwanted []clause) {
	s := f.s
	for _, c := range unwanted {
		if c.phrase {
			f.phrase(c.words)
		} else {
			f.word(f.x.exactly(c.words[0].stem, asStem))
		}
		f.hits = slices.DeleteFunc(f.hits, func(h hit) bool { return s.now[h.doc] > 0 })
		s.clear()
	}
}

func (s *scratch) clear() {
	for _, doc := range s.fresh {
		s.now[doc] = 0
	}
	s.fresh = s.fresh[:0]
}

// spoken is what a clause turned out to mean.
type spoken struct {
	words  []string
	mended bool
}

// clause writes into now what a clause finds.
func (f *finder) clause(c clause) spoken {
	if c.phrase {
		f.phrase(c.words)
		return spoken{words: []string{c.said()}}
	}
	for _, other := range c.others {
		var lists [][]likeness
		for _, stem := range other {
			terms := f.x.exactly(stem, asSynonym)
			f.out.Marks.add(f.x, terms)
			lists = append(lists, terms)
		}
		f.all(lists, true)
	}
	known := len(f.s.fresh) > 0 // in other words: then no slip is looked for
	var said spoken
	var lists [][]likeness
	for n, w := range c.words {
		e := f.x.expand(w, c.last && n == len(c.words)-1, !known)
		f.out.Marks.add(f.x, e.terms)
		lists = append(lists, e.terms)
		if e.meant != "" {
			said.words, said.mended = append(said.words, e.meant), true
		} else {
			said.words = append(said.words, w.said)
		}
	}
	f.lists = append(f.lists, lists[0])
	f.all(lists, false)
	return said
}

// all writes into now what holds every one of the lists, near each other if so
// asked: a wording of several words means what it means only together.
func (f *finder) all(lists [][]likeness, near bool) {
	if len(lists) == 1 {
		f.word(lists[0])
		return
	}
	s, some := f.s, f.s.some[:0]
	for n, list := range lists {
		some = f.part(n, list, some)
	}
	spots := newSpots(lists)
	for _, doc := range some {
		if int(s.parts[doc]) == len(lists) && (!near || spots.span(f.x.docs[doc].text) <= len(lists)+2) {
			f.raise(doc, s.part[doc]/float32(len(lists)))
		}
		s.part[doc], s.parts[doc] = 0, 0
	}
	s.some = some[:0]
}

// part adds up in part what the nth list gives to entries that every list
// before it gave something to.
func (f *finder) part(n int, list []likeness, some []uint32) []uint32 {
	s := f.s
	touched := s.once[:0]
	for _, l := range list {
		for _, post := range f.x.terms[l.term].posts {
			doc := post >> 8
			if s.word[doc] == 0 {
				touched = append(touched, doc)
			}
			s.word[doc] = max(s.word[doc], l.factor*f.weigh(post))
		}
	}
	for _, doc := range touched {
		if int(s.parts[doc]) == n {
			s.part[doc] += s.word[doc]
			s.parts[doc]++
			if n == 0 {
				some = append(some, doc)
			}
		}
		s.word[doc] = 0
	}
	s.once = touched[:0]
	return some
}

// word writes into now what holds one of the terms, by the best of them.
func (f *finder) word(list []likeness) {
	for _, l := range list {
		for _, post := range f.x.terms[l.term].posts {
			f.raise(post>>8, l.factor*f.weigh(post))
		}
	}
}

func (f *finder) raise(doc uint32, score float32) {
	s := f.s
	if s.now[doc] == 0 {
		s.fresh = append(s.fresh, doc)
	}
	s.now[doc] = max(s.now[doc], score)
}

// weigh is the weight of a word in an entry: of the fields, and of the share
// it has of the title.
func (f *finder) weigh(post uint32) float32 {
	w := f.x.weights[post&uint32(allFields)]
	if uint8(post)&inTitle != 0 {
		w += f.x.shares[f.x.titleWords[post>>8]]
	}
	return w
}

// phrase writes into now what holds the words side by side.
func (f *finder) phrase(words []word) {
	terms := make([]uint32, len(words))
	for n, w := range words {
		id, ok := f.x.termOf[w.text]
		if !ok {
			return
		}
		terms[n] = id
		f.out.Marks[w.text] = true
	}
	rare := slices.MinFunc(terms, func(a, b uint32) int { return len(f.x.terms[a].posts) - len(f.x.terms[b].posts) })
	for _, post := range f.x.terms[rare].posts {
		if f.x.sideBySide(post>>8, terms) {
			f.raise(post>>8, asWritten*f.weigh(post))
		}
	}
}

func (c clause) said() string {
	words := make([]string, len(c.words))
	for n, w := range c.words {
		words[n] = w.said
	}
	if c.phrase {
		return "\"" + strings.Join(words, " ") + "\""
	}
	return strings.Join(words, " ")
}
