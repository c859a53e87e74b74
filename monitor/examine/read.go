package examine

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine/page"
)

// read judges what the page itself shows.
func (v *visit) read() {
	p := v.home.page
	at := v.home.url.String()
	evidence := make([]assess.Evidence, 0, len(p.Faults)+1)
	if p.Miscoded {
		evidence = append(evidence, note("examine.evidence.miscoded", p.Charset))
	}
	for _, f := range p.Faults {
		evidence = append(evidence, quote("examine.evidence.markup."+string(f.Rule), at, f.Text, f.Line))
	}
	v.number(assess.MarkupFaults, float64(len(p.Faults)), 0, evidence...)
	v.viewport(p, at)
	v.linked(p)
	v.feedback(p)
}

func (v *visit) viewport(p *page.Page, at string) {
	switch {
	case p.Viewport == nil:
		v.word(assess.Viewport, no, note("examine.evidence.no_viewport"))
	case p.Fits():
		v.word(assess.Viewport, yes, quote("examine.evidence.viewport", at, *p.Viewport))
	default:
		v.word(assess.Viewport, partly, quote("examine.evidence.viewport", at, *p.Viewport))
	}
}

// feedback looks for our survey, or for another place to say what one thinks.
func (v *visit) feedback(p *page.Page) {
	if own := strings.TrimSuffix(v.e.o.Own, "/"); own != "" {
		for _, a := range p.Assets {
			if strings.HasPrefix(a.URL, own+"/survey/") {
				v.word(assess.FeedbackLink, yes, quote("examine.evidence.own_widget", a.URL, ""))
				return
			}
		}
		for _, l := range p.Links {
			if strings.HasPrefix(l.URL, own+"/survey/") {
				v.word(assess.FeedbackLink, yes, quote("examine.evidence.own_widget", l.URL, l.Text))
				return
			}
		}
	}
	if l, ok := v.e.o.Words.Find(p, "feedback"); ok {
		v.word(assess.FeedbackLink, yes, quote("examine.evidence.feedback", v.whole(l.URL), l.Text))
		return
	}
	v.word(assess.FeedbackLink, no, note("examine.evidence.no_feedback"))
}

// declaration looks for the statement on accessibility, its date and the rate
// that it declares.
func (v *visit) declaration(ctx context.Context) {
	l, ok := v.e.o.Words.Find(v.home.page, "statement")
	if !ok {
		v.word(assess.Statement, no, note("examine.evidence.no_statement"))
		v.unknown(assess.StatementRate, "examine.unknown.no_statement")
		return
	}
	link := quote("examine.evidence.statement", v.whole(l.URL), l.Text)
	a, why := v.behind(ctx, l)
	if why != "" {
		v.unknown(assess.Statement, why, link)
		v.unknown(assess.StatementRate, why, link)
		return
	}
	if !a.good() {
		v.word(assess.Statement, no, link, note("examine.evidence.status", a.status))
		v.unknown(assess.StatementRate, "examine.unknown.no_statement", link)
		return
	}
	dates := a.page.Dates
	word, seen := partly, note("examine.evidence.statement_undated")
	if newest, ok := v.newest(dates, ""); ok {
		seen = note("examine.evidence.statement_of", newest.At.Format(time.DateOnly))
		if newest.At.AddDate(3, 0, 0).After(v.at) {
			word = yes
		}
	}
	v.word(assess.Statement, word, link, seen)
	if rate, text, ok := rateIn(a.page.Words); ok {
		v.number(assess.StatementRate, rate, 0, quote("examine.evidence.statement_rate", a.url.String(), text))
		return
	}
	v.unknown(assess.StatementRate, "examine.unknown.no_rate", link)
}

var percent = regexp.MustCompile(`(\d{1,3}(?:[.,]\d{1,2})?)\s?[%٪]`)

// rateIn finds the first share in running text.
func rateIn(words []string) (rate float64, text string, ok bool) {
	m := percent.FindStringSubmatch(strings.Join(words, " "))
	if m == nil {
		return 0, "", false
	}
	n, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
	return n / 100, m[0], err == nil && n <= 100
}

// behind reads the page that a link leads to.
func (v *visit) behind(ctx context.Context, l page.Link) (*answer, string) {
	target := v.home.resolve(l.URL)
	if target == nil {
		return nil, "examine.unknown.not_a_page"
	}
	a, err := v.pageAt(ctx, target, how{})
	if err != nil {
		return nil, because(ctx, err)
	}
	return a, ""
}

// number of a declaration, near the name of the body that it is made to.
var declared = regexp.MustCompile(`\d[\d/.-]{2,}\d`)

// privacy looks for the number of the declaration to the body that protects
// data, on the page about it or at the foot of this one.
func (v *visit) privacy(ctx context.Context) {
	looked := []*answer{v.home}
	why := ""
	l, linked := v.e.o.Words.Find(v.home.page, "privacy")
	if linked {
		a, reason := v.behind(ctx, l)
		if why = reason; why == "" && a.good() {
			looked = append([]*answer{a}, looked...)
		}
	}
	named := ""
	for _, a := range looked {
		number, at, ok := v.declarationOf(a.page)
		if number != "" {
			v.word(assess.PrivacyNumber, yes, quote("examine.evidence.declaration", a.url.String(), at))
			return
		}
		if ok && named == "" {
			named = a.url.String()
		}
	}
	switch {
	case named != "":
		v.word(assess.PrivacyNumber, partly, quote("examine.evidence.authority", named, ""))
	case why != "":
		v.unknown(assess.PrivacyNumber, why, quote("examine.evidence.link.privacy", v.whole(l.URL), l.Text))
	default:
		v.word(assess.PrivacyNumber, no, note("examine.evidence.no_declaration"))
	}
}

// declarationOf looks near the name of the body for a number, and tells
// whether the body is named at all.
func (v *visit) declarationOf(p *page.Page) (number, around string, named bool) {
	const near = 25 // words
	for n := range p.Words {
		part := page.Plain(strings.Join(p.Words[n:min(len(p.Words), n+9)], " "))
		if !v.e.o.Words.says(part, "authority") {
			continue
		}
		named = true
		around = strings.Join(p.Words[max(0, n-near):min(len(p.Words), n+near)], " ")
		if number = declared.FindString(around); number != "" {
			return number, around, true
		}
	}
	return "", "", named
}

// whole is the address of a link as it can be followed from anywhere; empty
// for one that leads to no page, such as a mail address.
func (v *visit) whole(href string) string {
	if target := v.home.resolve(href); target != nil {
		return target.String()
	}
	return ""
}

// same tells whether two addresses lead to the same place.
func same(a, b *url.URL) bool {
	return strings.EqualFold(a.Host, b.Host) && strings.TrimSuffix(a.Path, "/") == strings.TrimSuffix(b.Path, "/") && a.RawQuery == b.RawQuery
}
