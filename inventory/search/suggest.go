package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
)

// Suggestion is a keyword that somebody may be typing.
type Suggestion struct {
	Text string
	N    int // entries that have it
}

// Keywords returns the keywords in which every typed word begins a word, those
// of the most entries first.
func (x *Index) Keywords(typed string, n int) []Suggestion {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(typed) > MaxQuery {
		return nil
	}
	words := begun(typed)
	if len(words) == 0 {
		return nil
	}
	var found []Suggestion
	for key, k := range x.keywords {
		if begins(key, words) {
			found = append(found, Suggestion{k.display, k.n})
		}
	}
	slices.SortFunc(found, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Text, b.Text))
	})
	return found[:min(n, len(found))]
}

// Begins tells whether every typed word begins a word of the text, the Arabic
// article aside.
func Begins(text, typed string) bool {
	words := begun(typed)
	return len(words) > 0 && begins(inventory.Fold(text), words)
}

// begun are the words typed so far, as they are looked for.
func begun(typed string) []string {
	words := strings.Fields(inventory.Fold(typed))
	for n, w := range words {
		words[n] = bareArabic(w)
		if cut, ok := strings.CutPrefix(w, "ال"); ok && letters(cut) >= 2 { // the rest of the word is still to come
			words[n] = cut
		}
	}
	if len(words) > MaxWords {
		return nil
	}
	return words
}

func begins(text string, words []string) bool {
	for _, w := range words {
		if !beginsWord(text, w) {
			return false
		}
	}
	return true
}

func beginsWord(text, w string) bool {
	for one := range strings.FieldsSeq(text) {
		if strings.HasPrefix(one, w) || strings.HasPrefix(bareArabic(one), w) {
			return true
		}
	}
	return false
}
