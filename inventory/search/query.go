package search

import (
	"strings"
	"unicode/utf8"

	"github.com/jard-odi/jard/inventory"
)

// clause is one thing that must hold of what is found: a word, a phrase, or
// words for which there is another wording.
type clause struct {
	words  []word
	phrase bool // the words stand side by side, as written
	not    bool
	last   bool // may be the beginning of a word that is still being typed
	others [][]string
}

// word is a word of the question, folded and stemmed.
type word struct {
	text string
	stem string
	said string // as it was typed
}

// question is a question read.
type question struct {
	clauses []clause
	cut     bool
}

// quotes open and close a phrase.
const quotes = "\"«»“”„"

// parse reads a question: words, "phrases", and -words that must not be there.
// Whatever it is given, it reads at most MaxQuery bytes and MaxWords words.
func parse(q string) question {
	var out question
	q = strings.ToValidUTF8(q, " ")
	if len(q) > MaxQuery {
		q, out.cut = strings.ToValidUTF8(q[:MaxQuery], ""), true
	}
	words := 0
	for part := range strings.SplitSeq(mark(q), string(boundary)) {
		part, phrase := strings.CutPrefix(part, inQuotes)
		out.add(part, phrase, &words)
	}
	out.trim()
	if n := len(out.clauses); n > 0 && !strings.HasSuffix(q, " ") && !out.clauses[n-1].phrase && !out.clauses[n-1].not {
		out.clauses[n-1].last = true
	}
	return out
}

const (
	boundary = '\x00'
	inQuotes = "\x01"
)

// mark puts a boundary around every quoted part, and says that it is quoted. A
// quote that is never closed is none.
func mark(q string) string {
	q = strings.Map(func(r rune) rune {
		if r == boundary || r == '\x01' {
			return ' '
		}
		return r
	}, q)
	var b strings.Builder
	for {
		open := strings.IndexAny(q, quotes)
		if open < 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(q[open:])
		end := strings.IndexAny(q[open+size:], quotes)
		if end < 0 {
			break
		}
		end += open + size
		_, last := utf8.DecodeRuneInString(q[end:])
		before, not := strings.CutSuffix(q[:open], "-")
		b.WriteString(before)
		b.WriteRune(boundary)
		b.WriteString(inQuotes)
		if not {
			b.WriteByte('-')
		}
		b.WriteString(q[open+size : end])
		b.WriteRune(boundary)
		q = q[end+last:]
	}
	b.WriteString(q)
	return b.String()
}

// add reads a part of the question.
func (q *question) add(part string, phrase bool, words *int) {
	whole := clause{phrase: true, not: phrase && strings.HasPrefix(part, "-")}
	inventory.EachWord(part, func(w []byte, start, end int) bool {
		if *words++; *words > MaxWords {
			q.cut = true
			return false
		}
		if len(w) > maxWord {
			w = []byte(strings.ToValidUTF8(string(w[:maxWord]), ""))
			q.cut = true
		}
		one := word{string(w), stem(string(w)), part[start:end]}
		if phrase {
			whole.words = append(whole.words, one)
			return true
		}
		q.clauses = append(q.clauses, clause{words: []word{one}, not: minus(part, start)})
		return true
	})
	if len(whole.words) > 0 {
		q.clauses = append(q.clauses, whole)
	}
}

// minus tells whether the word at start has a minus of its own: "-eau" has,
// "Tunis-Carthage" has not.
func minus(s string, start int) bool {
	return start > 0 && s[start-1] == '-' && (start == 1 || s[start-2] == ' ')
}

// trim leaves out the words that say nothing, unless there are no others.
func (q *question) trim() {
	var kept []clause
	said := false
	for _, c := range q.clauses {
		if c.phrase || c.not || !stop(c.words[0].text) {
			kept = append(kept, c)
			said = said || !c.not
		}
	}
	if said {
		q.clauses = kept
	}
}

// Words tells whether a question has words at all: "%%%" has none, and asks
// for everything.
func Words(q string) bool { return len(parse(q).clauses) > 0 }
