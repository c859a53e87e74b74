package dashboard

import (
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Answers tells what became of what people outside said and asked in a time,
// by institution.
type Answers func(ctx context.Context, from, to time.Time) (map[string]indicator.Answers, error)

// Answering hands in who knows about feedback; without it the indicator reads
// "not yet measured".
func (d *Desks) Answering(answers Answers) { d.answers = answers }

// picture is what is measured, ready to be shown.
type picture struct {
	view
	measured    indicatordb.Measured
	vocabulary  *inventory.Vocabulary
	days        *inventory.Workdays
	answers     map[string]indicator.Answers // nil: not measured yet
	period      indicator.Period
	institution string // that the page is about; empty: all that the actor may read
	alone       bool   // without the bodies under it
	weeks       int    // of the heat map
	public      bool
	backlog     []int // at the beginning of each week of the heat map
}

// How many weeks a heat map shows.
const (
	halfYear = 26
	aYear    = 52
)

// asked reads who asks for figures, of which institution, over which time.
func (d *Desks) asked(c *gin.Context, titleKey string) (picture, error) {
	by := web.ActorFrom(c.Request.Context())
	p := picture{view: view{Page: d.shell.Page(c, titleKey), by: by, now: d.now()}, weeks: halfYear}
	if !by.Known() {
		return p, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return p, d.ask(c, &p)
}

func (d *Desks) ask(c *gin.Context, p *picture) (err error) {
	if p.tree, err = d.institutions.Institutions(c.Request.Context()); err != nil {
		return err
	}
	if p.period, err = indicator.ParsePeriod(c.Query("from"), c.Query("to"), p.now); err != nil {
		return err
	}
	p.institution = c.Query("institution")
	p.alone = c.Query("alone") == "1"
	if _, known := p.tree[p.institution]; p.institution != "" && !known {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if c.Query("weeks") == "52" {
		p.weeks = aYear
	}
	return nil
}

// slugs are the institutions asked for; nil means all.
func (p *picture) slugs() []string {
	switch {
	case p.institution == "":
		return nil
	case p.alone:
		return []string{p.institution}
	}
	return p.members(p.institution)
}

// members are an institution and all that ever stood under it: what is summed
// up in a row stays in it when a body comes to its end.
func (v view) members(root string) []string {
	list := []string{root}
	for n := 0; n < len(list) && n <= len(v.tree); n++ {
		for slug, i := range v.tree {
			if i.Parent == list[n] && !slices.Contains(list, slug) {
				list = append(list, slug)
			}
		}
	}
	return list
}

// eachBody tells whether every body has a row of its own: on the page of one
// institution, and for who belongs to one.
func (p *picture) eachBody() bool {
	return p.institution != "" || p.by.Institution != "" && !p.public
}

// scope is what may be read of them.
func (p *picture) scope() (indicatordb.Scope, error) {
	if p.public {
		return indicatordb.Public(p.slugs()), nil
	}
	return indicatordb.Of(p.by, p.slugs())
}

// firstWeek is the oldest week of the heat map.
func (p *picture) firstWeek() indicator.Week { return p.thisWeek() - indicator.Week(p.weeks) + 1 }

// thisWeek is the running week.
func (p *picture) thisWeek() indicator.Week { return indicator.DayOf(p.now).Week() }

// measure reads the figures.
func (d *Desks) measure(ctx context.Context, p *picture) error {
	scope, err := p.scope()
	if err != nil {
		return err
	}
	if p.vocabulary, err = d.register.Vocabulary(ctx); err != nil {
		return err
	}
	p.days = p.vocabulary.Workdays()
	year := indicator.YearTo(p.now)
	p.measured, err = d.figures.Measure(ctx, scope, p.period, min(p.firstWeek().Monday(), year.From))
	if err != nil {
		return err
	}
	if p.backlog, err = d.figures.Backlog(ctx, scope, p.firstWeek(), p.thisWeek()); err != nil || d.answers == nil {
		return err
	}
	p.answers, err = d.answers(ctx, p.period.From.Start(), (p.period.To + 1).Start())
	return err
}

// figures sums up what is measured of some institutions; nil means all.
func (p *picture) figures(of func(slug string) bool) indicator.Figures {
	if of == nil && (p.institution != "" || !p.seesAll()) {
		of = p.mayRead
	}
	f := p.measured.Figures(of, p.days, p.tree, indicator.DayOf(p.now))
	if p.answers != nil {
		f.Answers = &indicator.Answers{}
		for slug, a := range p.answers {
			if (of == nil || of(slug)) && p.mayRead(slug) {
				f.Answers.Received += a.Received
				f.Answers.Answered += a.Answered
				f.Answers.InTime += a.InTime
			}
		}
	}
	return f
}

// mayRead confines what another room measured as the queries confine the rest.
func (p *picture) mayRead(slug string) bool {
	if list := p.slugs(); list != nil && !slices.Contains(list, slug) {
		return false
	}
	return p.public || p.by.May(identity.ReadRegister, slug)
}

// rowOf is the row of a table that an institution is summed up in: its
// ministry, or itself where the page is about one ministry.
func (p *picture) rowOf(slug string) string {
	if p.eachBody() {
		return slug
	}
	if top := p.tree.Ministry(slug).Slug; top != "" {
		return top
	}
	return slug
}

// rows lists the institutions that a table has a row of: those with figures,
// and the pilot's ministries, whose missing is what should be seen.
func (p *picture) rows() []string {
	var list []string
	seen := map[string]bool{}
	add := func(slug string) {
		if !seen[slug] {
			seen[slug] = true
			list = append(list, slug)
		}
	}
	for slug, stock := range p.measured.Stocks {
		if stock.Datasets > 0 {
			add(p.rowOf(slug))
		}
	}
	for _, day := range p.measured.Days {
		add(p.rowOf(day.Institution))
	}
	if p.institution == "" && (p.public || p.by.Everywhere(identity.ReadRegister)) {
		for _, slug := range indicatordb.Ministries(p.tree, indicator.DayOf(p.now)) {
			add(slug)
		}
	}
	return p.byName(list)
}

// inRow tells of an institution whether it belongs to a row.
func (p *picture) inRow(row string) func(string) bool {
	return func(slug string) bool { return p.rowOf(slug) == row }
}

// short names an institution by its acronym where it has one: a heat map has
// no room for more. The whole name stands beside it for who cannot guess.
func (v view) short(slug string) string {
	if i, ok := v.tree[slug]; ok && i.Acronym != "" && v.Lang != lang.Arabic {
		return i.Acronym
	}
	return v.institution(slug).In(v.Lang)
}
