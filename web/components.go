package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// The types here feed the shared templates of components.html, where their use
// is written down. Each is made by a method of Page, so that it speaks the
// page's language.

// Mark is a state: a word, a shape and a colour, never colour alone.
type Mark struct {
	Kind string // one of those components.html draws
	Word string
}

// Mark says the state under key with the shape of kind.
func (p Page) Mark(kind, key string, args ...any) Mark { return Mark{kind, p.T(key, args...)} }

// Link is an address and its name.
type Link struct {
	Href string
	Name string
}

// Link names href with the sentence under key.
func (p Page) Link(href, key string, args ...any) Link { return Link{href, p.T(key, args...)} }

// LinkTo names href with data: a dataset's title, an institution's name.
func (p Page) LinkTo(href string, name any) Link {
	if text, ok := name.(lang.Text); ok {
		return Link{href, text.In(p.Lang)}
	}
	return Link{href, fmt.Sprint(name)}
}

// Empty is what a list shows when it has nothing: what the place is for, and
// the first act.
type Empty struct {
	Title, Text string
	Act         Link
}

// Empty makes an empty state of two sentences.
func (p Page) Empty(titleKey, textKey string) Empty {
	return Empty{Title: p.T(titleKey), Text: p.T(textKey)}
}

// With adds the first act.
func (e Empty) With(act Link) Empty {
	e.Act = act
	return e
}

// Errors is the summary of a form's faults, with a link to each field.
type Errors struct {
	Title string
	Lines []FaultLine
}

// Errors sums up f. Names are pairs of a field and the key of its label, which
// then stands before the fault: "required" alone says nothing up there. A "*"
// in a field is the number of any row.
func (p Page) Errors(f Faults, names ...string) Errors {
	lines := slices.Clone(f.lines)
	for n, l := range lines {
		for i := 0; i+1 < len(names); i += 2 {
			if names[i] == anyRow(l.Field) {
				lines[n].Message = p.T("web.form.fault", p.T(names[i+1]), l.Message)
			}
		}
	}
	return Errors{p.T("web.form.errors", len(lines)), lines}
}

// anyRow writes checks.0.name as checks.*.name.
func anyRow(field string) string {
	parts := strings.Split(field, ".")
	for n, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			parts[n] = "*"
		}
	}
	return strings.Join(parts, ".")
}

// Pager leads through the pages of a list.
type Pager struct {
	Label, Where, Prev, Next string // Where says "page 2 of 7"; an empty address is not offered
	PrevWord, NextWord       string
	Numbers                  []PagerLink
}

// PagerLink is one numbered page; Gap marks pages left out before it.
type PagerLink struct {
	Number  string
	Href    string
	Current bool
	Gap     bool
}

// Pager leads through numbered pages, keeping the rest of the query.
func (p Page) Pager(number, count int, query url.Values) Pager {
	to := func(n int) string {
		if n < 1 || n > count {
			return ""
		}
		q := url.Values{}
		maps.Copy(q, query)
		q.Set("page", strconv.Itoa(n))
		return "?" + q.Encode()
	}
	pager := p.pager(to(number-1), to(number+1))
	pager.Where = p.T("web.pager.where", number, count)
	last := 0
	for n := 1; n <= count; n++ {
		if n == 1 || n == count || n >= number-1 && n <= number+1 {
			pager.Numbers = append(pager.Numbers, PagerLink{p.Number(n), to(n), n == number, n > last+1})
			last = n
		}
	}
	return pager
}

// Cursor leads through a list that only knows what comes next.
func (p Page) Cursor(first, next string) Pager { return p.pager(first, next) }

func (p Page) pager(prev, next string) Pager {
	return Pager{
		Label: p.T("web.pager.label"), Prev: prev, Next: next,
		PrevWord: p.T("web.pager.prev"), NextWord: p.T("web.pager.next"),
	}
}
