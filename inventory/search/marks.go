package search

import (
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// Marks are the words by which something was found, folded.
type Marks map[string]bool

func (m Marks) add(x *Index, terms []likeness) {
	for _, l := range terms {
		m[x.terms[l.term].word] = true
	}
}

// Span is a piece of a text, found or not.
type Span struct {
	Text  string
	Found bool
}

// In tells whether a text holds one of the words.
func (m Marks) In(text string) bool {
	found := false
	inventory.EachWord(text, func(w []byte, _, _ int) bool {
		found = m[string(w)]
		return !found
	})
	return found
}

// Spans cuts a text, as it is spelt, into what was found and the rest. Words
// found side by side are one piece.
func (m Marks) Spans(text string) []Span {
	var spans []Span
	done, from, to := 0, -1, 0
	flush := func() {
		if from < 0 {
			return
		}
		if from > done {
			spans = append(spans, Span{Text: text[done:from]})
		}
		spans = append(spans, Span{text[from:to], true})
		done, from = to, -1
	}
	inventory.EachWord(text, func(w []byte, start, end int) bool {
		switch {
		case !m[string(w)]:
			flush()
		case from < 0:
			from, to = start, end
		case strings.TrimSpace(text[to:start]) == "":
			to = end
		default:
			flush()
			from, to = start, end
		}
		return true
	})
	flush()
	if done < len(text) {
		spans = append(spans, Span{Text: text[done:]})
	}
	return spans
}

// Snippet cuts from a long text a piece of about size letters around what was
// found, at the edges of words; the beginning when nothing was.
func (m Marks) Snippet(text string, size int) string {
	if utf8.RuneCountInString(text) <= size {
		return text
	}
	first := 0
	inventory.EachWord(text, func(w []byte, start, _ int) bool {
		if m[string(w)] {
			first = start
			return false
		}
		return true
	})
	from := back(text, first, size/4)
	to := forth(text, from, size)
	piece := strings.TrimSpace(text[from:to])
	if from > 0 {
		piece = "… " + piece
	}
	if to < len(text) {
		piece += " …"
	}
	return piece
}

// back goes some letters back from at, to the beginning of a word.
func back(text string, at, n int) int {
	from := at
	for range n {
		if from == 0 {
			return 0
		}
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	if space := strings.IndexAny(text[from:at], " \n\t"); space >= 0 {
		return from + space + 1
	}
	return at
}

// forth goes some letters on from at, to the end of a word.
func forth(text string, at, n int) int {
	to := at
	for range n {
		if to >= len(text) {
			return len(text)
		}
		_, size := utf8.DecodeRuneInString(text[to:])
		to += size
	}
	if space := strings.LastIndexAny(text[at:to], " \n\t"); space > 0 {
		return at + space
	}
	return to
}
