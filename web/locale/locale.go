// Package locale keeps the sentences Jard says, in its three languages, and
// writes numbers, dates and durations the way Tunisia does.
//
// Each room has one file per language (fr/inventory.json, ar/inventory.json, …),
// a flat object of key to sentence:
//
//	"dataset.late": "à mettre à jour depuis {0}"
//	"dataset.returned": "renvoyé, état : {0:dataset.state}"
//	"unit.day": {"one": "{0} jour", "other": "{0} jours"}
//
// {0} is the first argument: a number, a date, a duration and a lang.Text are
// written in the caller's language. {0:family} says the sentence "family.ARG"
// instead of ARG. A sentence with plural forms is chosen by its first whole
// number; Arabic needs all six.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	_ "time/tzdata" // the program is one file and must know Tunis wherever it runs

	"github.com/jard-odi/jard/lang"
)

//go:embed fr/*.json ar/*.json en/*.json
var files embed.FS

// Catalogue holds every sentence in every language.
type Catalogue struct {
	sentences map[lang.Tag]map[string]Sentence
	zone      *time.Location
}

// Sentence is one wording, or one wording for each plural form.
type Sentence struct {
	Plain string
	Forms map[Plural]string // nil for a sentence without plural forms
}

// UnmarshalJSON reads a string, or an object of plural forms.
func (s *Sentence) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		return json.Unmarshal(b, &s.Forms)
	}
	return json.Unmarshal(b, &s.Plain)
}

// Load returns the sentences that are part of the program. They are read once
// and shared: several rooms ask, and a start waits for them.
func Load() (*Catalogue, error) { return loaded() }

var loaded = sync.OnceValues(readAll) //nolint:gochecknoglobals // a constant table, made when it is needed

func readAll() (*Catalogue, error) {
	zone, err := time.LoadLocation("Africa/Tunis")
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	c := &Catalogue{sentences: map[lang.Tag]map[string]Sentence{}, zone: zone}
	for _, tag := range lang.All() {
		if c.sentences[tag], err = read(files, tag); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// read merges every file of one language.
func read(dir fs.FS, tag lang.Tag) (map[string]Sentence, error) {
	names, err := fs.Glob(dir, path.Join(string(tag), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list sentences: %w", err)
	}
	all := map[string]Sentence{}
	for _, name := range names {
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read sentences: %w", err)
		}
		if err := json.Unmarshal(b, &all); err != nil {
			return nil, fmt.Errorf("read sentences of %s: %w", name, err)
		}
	}
	for key, s := range all {
		all[key] = s.typeset(tag)
	}
	return all, nil
}

// typeset puts the marks of print in place of what keyboards have: the
// apostrophe and, in French, the spaces that keep « : ; ? ! » with their word.
func (s Sentence) typeset(tag lang.Tag) Sentence {
	marks := strings.NewReplacer("'", "\u2019")
	if tag == lang.French {
		marks = strings.NewReplacer("'", "\u2019", " :", "\u00a0:", " ;", "\u202f;", " ?", "\u202f?", " !", "\u202f!",
			"« ", "«\u00a0", " »", "\u00a0»")
	}
	s.Plain = marks.Replace(s.Plain)
	for form, wording := range s.Forms {
		s.Forms[form] = marks.Replace(wording)
	}
	return s
}

// Zone is the time zone in which days are cut and times are shown.
func (c *Catalogue) Zone() *time.Location { return c.zone }

// Has tells whether there is a sentence under key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.sentences[lang.French][key]
	return ok
}

// T says the sentence under key in the language t. A key without a sentence
// is shown as it is: better an odd word on a page than no page.
func (c *Catalogue) T(t lang.Tag, key string, args ...any) string {
	s, ok := c.sentences[t][key]
	if !ok {
		return key
	}
	wording := s.Plain
	if s.Forms != nil {
		wording = s.choose(t, args)
	}
	if !strings.Contains(wording, "{") {
		return wording
	}
	return c.fill(t, wording, args)
}

// choose picks the plural form by the first whole number among args.
func (s Sentence) choose(t lang.Tag, args []any) string {
	for _, a := range args {
		if n, ok := whole(a); ok {
			if w, ok := s.Forms[PluralOf(t, n)]; ok {
				return w
			}
			break
		}
	}
	return s.Forms[Other]
}

// fill puts args in place of {0}, {1:family}, …; what is not a placeholder stays.
func (c *Catalogue) fill(t lang.Tag, wording string, args []any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(wording, "{")
		b.WriteString(before)
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			if found {
				b.WriteString("{" + rest)
			}
			return b.String()
		}
		number, family, _ := strings.Cut(inside, ":")
		if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(args) {
			b.WriteString(c.word(t, args[i], family))
		} else {
			b.WriteString("{" + inside + "}")
		}
		wording = after
	}
}

// word writes one argument.
func (c *Catalogue) word(t lang.Tag, arg any, family string) string {
	if family != "" {
		if key := fmt.Sprintf("%s.%v", family, arg); c.Has(key) {
			return c.T(t, key)
		}
	}
	switch v := arg.(type) {
	case time.Time:
		return c.Date(t, v)
	case *time.Time:
		return c.Date(t, v)
	case time.Duration:
		return c.Duration(t, v)
	case lang.Text:
		return isolate(t, v.In(t))
	}
	switch reflect.ValueOf(arg).Kind() { //nolint:exhaustive // every other kind is written as it prints
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return Number(t, arg)
	}
	return isolate(t, fmt.Sprint(arg))
}

// isolate keeps a Latin word inside an Arabic sentence, and the reverse, from
// dragging the punctuation around it to the wrong side. Words in both scripts
// follow the sentence; words in the other script follow themselves.
func isolate(t lang.Tag, s string) string {
	foreign, own, along := unicode.Arabic, unicode.Latin, "\u2066"
	if t == lang.Arabic {
		foreign, own, along = own, foreign, "\u2067"
	}
	switch holds := func(script *unicode.RangeTable) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(script, r) })
	}; {
	case !holds(foreign):
		return s
	case holds(own):
		return along + s + "\u2069"
	}
	return "\u2068" + s + "\u2069"
}
