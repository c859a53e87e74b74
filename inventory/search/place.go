package search

// spots finds how near each other the words of a question stand in a text.
type spots struct {
	list map[uint32]int // term → number of the list it is in
	last []int
}

func newSpots(lists [][]likeness) *spots {
	s := &spots{map[uint32]int{}, make([]int, len(lists))}
	for n, list := range lists {
		for _, l := range list {
			if _, taken := s.list[l.term]; !taken {
				s.list[l.term] = n
			}
		}
	}
	return s
}

// far is how far words are apart that do not stand in one text.
const far = 1 << 20

// span is the length of the shortest piece of a text with one term of each list.
func (s *spots) span(text []uint32) int {
	shortest := far
	s.forget()
	for at, id := range text {
		if id&termBits == 0 {
			s.forget()
			continue
		}
		n, ok := s.list[id&termBits]
		if !ok {
			continue
		}
		s.last[n] = at
		first := at
		for _, p := range s.last {
			first = min(first, p)
		}
		if first >= 0 {
			shortest = min(shortest, at-first+1)
		}
	}
	return shortest
}

func (s *spots) forget() {
	for n := range s.last {
		s.last[n] = -1
	}
}

// sideBySide tells whether the terms follow each other in an entry.
func (x *Index) sideBySide(doc uint32, terms []uint32) bool {
	text := x.docs[doc].text
	for at := range text {
		if len(text)-at < len(terms) {
			return false
		}
		n := 0
		for n < len(terms) && text[at+n]&termBits == terms[n] {
			n++
		}
		if n == len(terms) {
			return true
		}
	}
	return false
}
