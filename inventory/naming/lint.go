package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Finding is one place where a description differs from a rule.
type Finding struct {
	Rule     string // code
	Version  int
	Name     lang.Text // of the rule
	Why      lang.Text
	Field    string // as the JSON API names it: "title.fr", "keywords.ar", "distributions.0.format"
	Text     string // what stands there
	Proposal string // what to write instead; empty when a person must decide
	Removes  bool   // the proposal is to drop the text
}

// Hash names what the finding is about: an exception holds while it is the same.
func (f Finding) Hash() string { return Hash(f.Text) }

// Hash names a text.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Linter holds the rules ready for use. It may be used by many at once.
type Linter struct {
	titles, keywords, columns, files, formats []test
}

// test is a rule with what its parameters say, read once.
type test struct {
	Rule
	pairs   map[string]string // folded → as to be written
	set     map[string]string // folded word → as written
	matcher []pair            // abbreviations, longest first
}

type pair struct{ from, to string }

// NewLinter reads the rules; only the latest active version of each counts.
func NewLinter(all []Rule) *Linter {
	l := &Linter{}
	for _, r := range Current(all) {
		if !r.Active || !Knows(r.Test) {
			continue
		}
		t := test{Rule: r, pairs: map[string]string{}, set: map[string]string{}}
		t.read()
		switch r.Scope {
		case Title:
			l.titles = append(l.titles, t)
		case Keyword:
			l.keywords = append(l.keywords, t)
		case Column:
			l.columns = append(l.columns, t)
		case File:
			l.files = append(l.files, t)
		case Format:
			l.formats = append(l.formats, t)
		}
	}
	return l
}

// read takes the parameters apart: one "this = that" or one word a line.
func (t *test) read() {
	for line := range strings.SplitSeq(t.Params, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if from, to, ok := strings.Cut(line, "="); ok {
			from, to = strings.TrimSpace(from), strings.TrimSpace(to)
			t.pairs[inventory.Fold(from)] = to
			t.matcher = append(t.matcher, pair{strings.ToLower(from), to})
			continue
		}
		t.set[inventory.Fold(line)] = line
	}
	slices.SortFunc(t.matcher, func(a, b pair) int { return len(b.from) - len(a.from) })
}

// Entry is what the lint reads of a dataset.
type Entry struct {
	Content   inventory.Content
	Recurring bool // it is brought up to date, so a year in its title will be wrong
}

// Of makes an entry of a content, asking the vocabulary whether it recurs.
func Of(c inventory.Content, v *inventory.Vocabulary) Entry {
	f, ok := v.Frequency(c.Frequency)
	return Entry{c, ok && f.Rule != inventory.NoDue && f.Rule != inventory.Defect}
}

// Check returns every finding of the entry, titles first.
func (l *Linter) Check(e Entry) []Finding {
	var found []Finding
	for _, tag := range lang.All() {
		code := string(tag)
		if s := e.Content.Title[code]; s != "" {
			found = l.title(found, "title."+code, s, tag, e.Recurring)
		}
	}
	for _, tag := range lang.All() {
		found = l.words(found, "keywords."+string(tag), e.Content.Keywords[string(tag)])
	}
	for n, x := range e.Content.Distributions {
		found = l.distribution(found, n, x)
	}
	return found
}

// Titles checks one title by itself.
func (l *Linter) Titles(s string, tag lang.Tag, recurring bool) []Finding {
	return l.title(nil, "title."+string(tag), s, tag, recurring)
}

func (l *Linter) title(found []Finding, field, s string, tag lang.Tag, recurring bool) []Finding {
	seen := look(s)
	for n := range l.titles {
		t := &l.titles[n]
		if t.Test == "year" && !recurring {
			continue
		}
		if fix, hit := titleTests[t.Test](t, s, tag, seen); hit {
			found = append(found, t.finding(field, s, fix))
		}
	}
	return found
}

// finding says what was found; a proposal that changes nothing is none.
func (t *test) finding(field, text, fix string) Finding {
	if fix == text {
		fix = ""
	}
	return Finding{Rule: t.Code, Version: t.Version, Name: t.Name, Why: t.Text, Field: field, Text: text, Proposal: fix}
}

// Names checks the names of columns, or with files set of files.
func (l *Linter) Names(names []string, files bool) []Finding {
	tests, field := l.columns, "columns"
	if files {
		tests, field = l.files, "files"
	}
	var found []Finding
	used := map[string]bool{}
	for _, name := range names {
		for n := range tests {
			t := &tests[n]
			if fix, hit := nameTests[t.Test](t, name, used); hit {
				found = append(found, t.finding(field, name, fix))
			}
		}
		used[inventory.Fold(name)] = true
	}
	return found
}

// Tidy writes the names as the rules want them, each once.
func (l *Linter) Tidy(names []string) []string {
	out, used := make([]string, 0, len(names)), map[string]int{}
	for _, name := range names {
		tidy := plain(name)
		if tidy == "" {
			tidy = "colonne"
		}
		if used[tidy]++; used[tidy] > 1 {
			tidy = numbered(tidy, used[tidy])
		}
		out = append(out, tidy)
	}
	return out
}

func (l *Linter) distribution(found []Finding, n int, x inventory.Distribution) []Finding {
	for i := range l.formats {
		t := &l.formats[i]
		better, hit := t.pairs[inventory.Fold(strings.TrimPrefix(x.Format, "."))]
		if hit && x.Format != "" {
			f := t.finding(distributionField(n), x.Format, "")
			f.Why = withBetter(f.Why, better)
			found = append(found, f)
		}
	}
	return found
}

// Apply writes the proposal into a copy of the content; ok is false when the
// text is no longer what the finding was about.
func Apply(c inventory.Content, f Finding) (inventory.Content, bool) {
	c = c.Clean()
	scope, code, _ := strings.Cut(f.Field, ".")
	switch {
	case f.Proposal == "" && !f.Removes:
		return c, false
	case scope == "title" && c.Title[code] == f.Text:
		c.Title[code] = f.Proposal
		return c, true
	case scope == "keywords":
		at := slices.Index(c.Keywords[code], f.Text)
		if at < 0 {
			return c, false
		}
		if f.Removes || slices.Contains(c.Keywords[code], f.Proposal) {
			c.Keywords[code] = slices.Delete(c.Keywords[code], at, at+1)
		} else {
			c.Keywords[code][at] = f.Proposal
		}
		return c, true
	}
	return c, false
}
