package search

import (
	"slices"

	"github.com/jard-odi/jard/inventory"
)

// Synonyms are groups of wordings that mean the same, across languages: who
// asks for one finds the others. The zero value knows none.
type Synonyms struct {
	groups [][][]string     // group, wording, stems
	begin  map[string][]int // stem that a wording begins with → groups
}

// NewSynonyms reads groups of wordings.
func NewSynonyms(groups [][]string) *Synonyms {
	s := &Synonyms{begin: map[string][]int{}}
	for _, wordings := range groups {
		var group [][]string
		for _, wording := range wordings {
			if stems := stemsOf(wording); len(stems) > 0 {
				group = append(group, stems)
			}
		}
		if len(group) < 2 {
			continue
		}
		n := len(s.groups)
		s.groups = append(s.groups, group)
		for _, stems := range group {
			if !slices.Contains(s.begin[stems[0]], n) {
				s.begin[stems[0]] = append(s.begin[stems[0]], n)
			}
		}
	}
	return s
}

func stemsOf(wording string) []string {
	var stems []string
	inventory.EachWord(wording, func(w []byte, _, _ int) bool {
		if text := string(w); !stop(text) {
			stems = append(stems, stem(text))
		}
		return true
	})
	return stems
}

// join makes one clause of the words that a wording of a group spells, and
// gives it the group's other wordings. The longest wording wins.
func (s *Synonyms) join(clauses []clause) []clause {
	if s == nil || len(s.groups) == 0 {
		return clauses
	}
	var out []clause
	for at := 0; at < len(clauses); {
		c := clauses[at]
		length, others := s.longest(clauses[at:])
		for _, more := range clauses[at+1 : at+max(1, length)] {
			c.words = append(slices.Clone(c.words), more.words...)
			c.last = more.last
		}
		c.others = others
		out = append(out, c)
		at += max(1, length)
	}
	return out
}

// longest finds the longest wording that clauses begin with, and the other
// wordings of every group that has it.
func (s *Synonyms) longest(clauses []clause) (length int, others [][]string) {
	for _, group := range s.begin[plainStem(clauses[0])] {
		for _, wording := range s.groups[group] {
			if len(wording) < length || !spells(clauses, wording) {
				continue
			}
			if len(wording) > length {
				length, others = len(wording), nil
			}
			for _, other := range s.groups[group] {
				if !slices.Equal(other, wording) {
					others = append(others, other)
				}
			}
		}
	}
	return length, others
}

func spells(clauses []clause, wording []string) bool {
	if len(wording) > len(clauses) {
		return false
	}
	for n, stem := range wording {
		if plainStem(clauses[n]) != stem {
			return false
		}
	}
	return true
}

// plainStem is the stem of a clause that is one word to be found.
func plainStem(c clause) string {
	if c.phrase || c.not || len(c.words) != 1 {
		return ""
	}
	return c.words[0].stem
}
