package survey

import (
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// ThemeKind says what a theme tells.
type ThemeKind string

// The kinds of themes.
const (
	TroubleTheme ThemeKind = "trouble" // something that did not go well
	PraiseTheme  ThemeKind = "praise"
	OtherTheme   ThemeKind = "other" // may be either
)

// Theme is something that people write about.
type Theme struct {
	Code string
	Name lang.Text
	Kind ThemeKind
}

// Themes recognises themes by words. It is ready for use by several at once.
type Themes struct {
	List     []Theme
	patterns [][]pattern // by theme, vetoes first
}

// pattern is words that follow each other.
type pattern struct {
	veto  bool // its words say something else: they do not count for its theme
	words []part
}

// part is a word of a pattern.
type part struct {
	text     string
	from, to bool // more may stand before it, after it
	gap      int  // so many other words may stand before it
}

// gapWords is what ~ stands for.
const gapWords = 3

// patternLanguages are those that patterns may be of; aeb-Latn is Tunisian
// written with Latin letters.
var patternLanguages = []string{"fr", "ar", "en", "aeb-Latn"}

var themeCode = regexp.MustCompile(`^[a-z][a-z_]{1,30}$`)

// ReadThemes reads the two tables. Every fault is told, with its line; the
// fields are "themes.7.name" and "patterns.12.theme", counted as editors do.
func ReadThemes(names, patterns []byte) (*Themes, error) {
	t := &Themes{}
	faults := []error{eachRecord(names, "themes", []string{"theme", "fr", "ar", "en", "kind", "provenance"}, t.addTheme)}
	t.patterns = make([][]pattern, len(t.List))
	faults = append(faults, eachRecord(patterns, "patterns", []string{"theme", "language", "pattern", "provenance"}, t.addPattern))
	for _, all := range t.patterns {
		slices.SortStableFunc(all, func(a, b pattern) int {
			switch {
			case a.veto == b.veto:
				return 0
			case a.veto:
				return -1
			}
			return 1
		})
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return t, nil
}

// eachRecord reads a table with exactly these columns.
func eachRecord(data []byte, name string, columns []string, each func(at string, record []string) error) error {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	r.FieldsPerRecord = len(columns)
	var faults []error
	for first := true; ; first = false {
		record, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			faults = append(faults, fault.At(fmt.Sprintf("%s.%d", name, parse.Line), "why.themes.csv", len(columns)))
			if !errors.Is(err, csv.ErrFieldCount) {
				return errors.Join(faults...)
			}
			continue
		case err != nil: // the end: a string is read without other faults
			return errors.Join(faults...)
		case first && !slices.Equal(record, columns):
			return fault.At(name, "why.themes.header", strings.Join(columns, ","))
		case first:
			continue
		}
		line, _ := r.FieldPos(0)
		faults = append(faults, each(fmt.Sprintf("%s.%d", name, line), record))
	}
}

func (t *Themes) addTheme(at string, record []string) error {
	var faults []error
	one := Theme{record[0], lang.Text{"fr": record[1], "ar": record[2], "en": record[3]}, ThemeKind(record[4])}
	if !themeCode.MatchString(one.Code) {
		faults = append(faults, fault.At(at+".theme", "why.themes.code", one.Code))
	}
	if t.index(one.Code) >= 0 {
		faults = append(faults, fault.At(at+".theme", "why.themes.twice", one.Code))
	}
	for _, tag := range lang.All() {
		if strings.TrimSpace(one.Name[string(tag)]) == "" {
			faults = append(faults, fault.At(at+"."+string(tag), "why.themes.name"))
		}
	}
	if !slices.Contains([]ThemeKind{TroubleTheme, PraiseTheme, OtherTheme}, one.Kind) {
		faults = append(faults, fault.At(at+".kind", "why.themes.kind", record[4]))
	}
	t.List = append(t.List, one)
	return errors.Join(faults...)
}

func (t *Themes) index(code string) int {
	return slices.IndexFunc(t.List, func(o Theme) bool { return o.Code == code })
}

// Theme returns a theme by its code; nil when there is none.
func (t *Themes) Theme(code string) *Theme {
	if n := t.index(code); n >= 0 {
		return &t.List[n]
	}
	return nil
}

func (t *Themes) addPattern(at string, record []string) error {
	var faults []error
	n := t.index(record[0])
	if n < 0 {
		faults = append(faults, fault.At(at+".theme", "why.themes.unknown", record[0]))
	}
	if !slices.Contains(patternLanguages, record[1]) {
		faults = append(faults, fault.At(at+".language", "why.themes.language", record[1]))
	}
	p, ok := readPattern(record[2])
	if !ok {
		faults = append(faults, fault.At(at+".pattern", "why.themes.pattern", record[2]))
	}
	if len(faults) == 0 {
		t.patterns[n] = append(t.patterns[n], p)
	}
	return errors.Join(faults...)
}

// readPattern reads "ne ~ marche pas", "panne*", "!plus simple": ~ is up to three
// other words, * any ending or beginning, ! a veto.
func readPattern(text string) (pattern, bool) {
	text, veto := strings.CutPrefix(text, "!")
	p := pattern{veto: veto}
	gap := 0
	for word := range strings.FieldsSeq(text) {
		if word == "~" {
			if gap > 0 || len(p.words) == 0 {
				return p, false
			}
			gap = gapWords
			continue
		}
		one := part{gap: gap, from: strings.HasPrefix(word, "*"), to: strings.HasSuffix(word, "*")}
		folded := fold(strings.Trim(word, "*"))
		if strings.Contains(strings.Trim(word, "*"), "*") || len(folded) != 1 || (one.from || one.to) && len([]rune(folded[0])) < 2 {
			return p, false
		}
		one.text, gap = folded[0], 0
		p.words = append(p.words, one)
	}
	return p, len(p.words) > 0 && gap == 0
}

func (w *part) is(word string) bool {
	switch {
	case w.from && w.to:
		return strings.Contains(word, w.text)
	case w.from:
		return strings.HasSuffix(word, w.text)
	case w.to:
		return strings.HasPrefix(word, w.text)
	}
	return word == w.text
}

// find returns where the pattern stands from position at on, as the end of what
// it covers; 0 when it does not begin there.
func (p *pattern) find(words []string, at int) (end int) {
	for n := range p.words {
		w := &p.words[n]
		last := min(at+w.gap, len(words)-1)
		for ; at <= last && !w.is(words[at]); at++ {
		}
		if at > last {
			return 0
		}
		at++
	}
	return at
}

// Of returns the codes of the themes that a text speaks of, in their order.
func (t *Themes) Of(text string) []string {
	words := fold(text)
	var found []string
	for n := range t.List {
		if speaks(t.patterns[n], words) {
			found = append(found, t.List[n].Code)
		}
	}
	return found
}

// speaks tells whether one of the patterns is there, vetoed words aside.
func speaks(patterns []pattern, words []string) bool {
	kept := words
	for n := range patterns {
		p := &patterns[n]
		for at := range kept {
			end := p.find(kept, at)
			if end == 0 {
				continue
			}
			if !p.veto {
				return true
			}
			kept = slices.Clone(kept)
			for k := at; k < end; k++ {
				kept[k] = "" // no pattern is empty: these words are gone
			}
		}
	}
	return false
}
