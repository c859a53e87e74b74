package naming

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// Spelling is one way a keyword is written, and where.
type Spelling struct {
	Word string
	Refs []string // datasets, in the order they were added
}

// Concept is a keyword that different datasets write differently.
type Concept struct {
	Tag       string     // language
	Spellings []Spelling // the most used first: the one to keep
}

// Variants gathers the keywords of many datasets and tells which concept is
// written in more than one way: by case, accents, spelling of an Arabic letter,
// or number, or as the synonym rule knows.
type Variants struct {
	linter *Linter
	words  map[string]map[string][]string // language and key → spelling → refs
}

// NewVariants begins with no dataset.
func (l *Linter) NewVariants() *Variants { return &Variants{l, map[string]map[string][]string{}} }

// Add reads the keywords of a dataset.
func (v *Variants) Add(ref string, c inventory.Content) {
	for tag, list := range c.Keywords {
		for _, word := range list {
			key := singular(inventory.Fold(v.preferred(word)))
			if key == "" {
				continue
			}
			key = tag + "\x00" + key
			if v.words[key] == nil {
				v.words[key] = map[string][]string{}
			}
			if refs := v.words[key][word]; !slices.Contains(refs, ref) {
				v.words[key][word] = append(refs, ref)
			}
		}
	}
}

// preferred is the word as the synonym rule writes it.
func (v *Variants) preferred(word string) string {
	for n := range v.linter.keywords {
		t := &v.linter.keywords[n]
		if to, ok := t.pairs[inventory.Fold(word)]; ok && t.Test == "synonym" {
			return to
		}
	}
	return word
}

// Concepts lists what is written in more than one way, by language and word.
func (v *Variants) Concepts() []Concept {
	var list []Concept
	for _, key := range slices.Sorted(maps.Keys(v.words)) {
		if len(v.words[key]) < 2 {
			continue
		}
		tag, _, _ := strings.Cut(key, "\x00")
		c := Concept{Tag: tag}
		for _, word := range slices.Sorted(maps.Keys(v.words[key])) {
			c.Spellings = append(c.Spellings, Spelling{word, v.words[key][word]})
		}
		slices.SortStableFunc(c.Spellings, func(a, b Spelling) int { return cmp.Compare(len(b.Refs), len(a.Refs)) })
		list = append(list, c)
	}
	return list
}
