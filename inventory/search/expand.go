package search

import (
	"cmp"
	"slices"
	"strings"
)

// likeness is a term that stands for a word of the question, and how much less
// than the word itself it counts.
type likeness struct {
	term   uint32
	factor float32
}

// expansion is every term that a word of the question stands for.
type expansion struct {
	terms []likeness
	meant string // the word with its slip mended, when nothing else was found
}

// expand finds the terms a word stands for: itself, what shares its stem, what
// it begins, and, when that is nothing and it may be, what differs from it by a
// slip.
func (x *Index) expand(w word, last, near bool) expansion {
	e := expander{x: x, factors: map[uint32]float32{}}
	if exact, ok := x.termOf[w.text]; ok {
		e.add(exact, asWritten)
	}
	if n, ok := x.stemOf[w.stem]; ok {
		e.addStem(n, asStem)
	}
	if bare, ok := joined(w.text); ok {
		if n, ok := x.stemOf[stem(bare)]; ok {
			e.addStem(n, asJoined)
		}
	}
	found := e.entries()
	if long := letters(w.text); last && (long >= 4 || long >= 2 && found == 0) {
		e.beginning(w)
		found = e.entries()
	}
	meant := ""
	if found == 0 && near {
		meant = e.near(w)
	}
	return expansion{e.list(), meant}
}

// exactly is expand for what must stand as it is: itself and its stem.
func (x *Index) exactly(stem string, factor float32) []likeness {
	e := expander{x: x, factors: map[uint32]float32{}}
	if n, ok := x.stemOf[stem]; ok {
		e.addStem(n, factor)
	}
	return e.list()
}

type expander struct {
	x       *Index
	factors map[uint32]float32
}

func (e *expander) add(term uint32, factor float32) {
	e.factors[term] = max(e.factors[term], factor)
}

func (e *expander) addStem(stem uint32, factor float32) {
	for _, t := range e.x.stems[stem].terms {
		e.add(t, factor)
	}
}

// entries is how many entries hold one of the terms, those that hold several
// counted several times.
func (e *expander) entries() int {
	n := 0
	for t := range e.factors {
		n += int(e.x.terms[t].n)
	}
	return n
}

// list returns the terms in an order that does not depend on chance.
func (e *expander) list() []likeness {
	all := make([]likeness, 0, len(e.factors))
	for t, f := range e.factors {
		all = append(all, likeness{t, f})
	}
	slices.SortFunc(all, func(a, b likeness) int { return cmp.Compare(a.term, b.term) })
	return all
}

// beginning adds the terms that begin with the word, the most frequent first;
// an Arabic word without its article, because that may not be typed yet.
func (e *expander) beginning(w word) {
	x := e.x
	for _, t := range x.common(between(x.termOrder, func(id uint32) string { return x.terms[id].word }, w.text), prefixTerms) {
		e.add(t, asPrefix)
	}
	bare := bareArabic(w.text)
	n := 0
	for _, s := range between(x.stemOrder, func(n uint32) string { return x.stems[n].stem }, bare) {
		if n++; n > prefixStems {
			break
		}
		e.addStem(s, asPrefix)
	}
}

// between cuts from an ordered list what begins with prefix.
func between(order []uint32, text func(uint32) string, prefix string) []uint32 {
	from, _ := slices.BinarySearchFunc(order, prefix, func(n uint32, p string) int { return strings.Compare(text(n), p) })
	to, _ := slices.BinarySearchFunc(order[from:], prefix, func(n uint32, p string) int {
		if strings.HasPrefix(text(n), p) {
			return -1
		}
		return 1
	})
	return order[from : from+to]
}

// common returns the terms that most entries hold, at most n.
func (x *Index) common(terms []uint32, n int) []uint32 {
	if len(terms) <= n {
		return terms
	}
	terms = slices.Clone(terms)
	slices.SortFunc(terms, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(x.terms[b].n, x.terms[a].n), cmp.Compare(a, b))
	})
	return terms[:n]
}

// candidate is something a slip away from a word.
type candidate struct {
	terms    []uint32
	distance int
	entries  int
}

// near adds the terms that a slip may have been meant for, and returns the
// most likely one as an entry spells it.
func (e *expander) near(w word) string {
	limit := slips(letters(w.text))
	if limit == 0 || strings.ContainsAny(w.text, "0123456789") {
		return ""
	}
	all := slices.Concat(e.nearTerms(w.text, limit), e.nearStems(w, limit))
	all = slices.DeleteFunc(all, func(c candidate) bool { return c.distance == 0 })
	if len(all) == 0 {
		return ""
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(b.entries, a.entries), cmp.Compare(a.terms[0], b.terms[0]))
	})
	for _, c := range all[:min(len(all), nearTerms)] {
		for _, t := range c.terms {
			e.add(t, asNear/float32(c.distance))
		}
	}
	return e.x.terms[e.x.common(all[0].terms, 1)[0]].display
}

func (e *expander) nearTerms(text string, limit int) []candidate {
	var found []candidate
	look := newLook(text, limit)
	for id := range e.x.terms {
		t := &e.x.terms[id]
		if d := look.at(t.word, t.mask, t.letters); d <= limit && t.n > 0 {
			found = append(found, candidate{[]uint32{uint32(id)}, d, int(t.n)})
		}
	}
	return found
}

// nearStems compares stems: a slip in a word with an ending or an article that
// the register does not write.
func (e *expander) nearStems(w word, limit int) []candidate {
	limit = min(limit, slips(letters(w.stem)))
	if limit == 0 {
		return nil
	}
	var found []candidate
	look := newLook(w.stem, limit)
	for n := range e.x.stems {
		s := &e.x.stems[n]
		d := look.at(s.stem, s.mask, s.letters)
		if d > limit || d == 0 {
			continue
		}
		c := candidate{s.terms, d, 0}
		for _, t := range s.terms {
			c.entries += int(e.x.terms[t].n)
		}
		if c.entries > 0 {
			c.terms = e.x.common(s.terms, len(s.terms))
			found = append(found, c)
		}
	}
	return found
}

// look compares one word with many.
type look struct {
	text    []rune
	mask    uint64
	limit   int
	letters int
	room    []rune
}

func newLook(text string, limit int) *look {
	runes := runesOf(text, nil)
	return &look{runes, maskOf(text), limit, len(runes), make([]rune, 0, maxWord)}
}

func (l *look) at(text string, mask uint64, letters uint8) int {
	if off := int(letters) - l.letters; off > l.limit || -off > l.limit || apart(l.mask, mask) > l.limit {
		return l.limit + 1
	}
	l.room = runesOf(text, l.room)
	return distance(l.text, l.room, l.limit)
}
