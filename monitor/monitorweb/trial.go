package monitorweb

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

// Prober looks at a check once and brings home all there is to see: a dry run
// is made by a person who wants to know.
type Prober interface {
	Probe(ctx context.Context, c monitor.Check) monitor.Reading
}

// Trying lets people try a check before it is saved.
func (p *Pages) Trying(prober Prober) *Pages {
	p.prober = prober
	return p
}

// trials bounds how often each account tries checks, and how many are tried at
// once: behind each is a request from this machine to an address somebody typed.
func trials(processes func() int) *web.Allowance {
	return &web.Allowance{Within: time.Minute, AtMost: 10, AtOnce: 4, Throttled: "checks.try.throttled", Busy: "checks.try.busy", Processes: processes}
}

// additions bounds how many services an account adds that keeps only some: each
// is something to look at, again and again.
func additions(processes func() int) *web.Allowance {
	return &web.Allowance{Within: time.Hour, AtMost: 100, Throttled: "checks.add.throttled", Processes: processes}
}

// mayAdd counts a service that by adds.
func (p *Pages) mayAdd(by identity.Actor) error {
	if by.Everywhere(identity.ManageService) {
		return nil
	}
	end, err := p.added.Begin(by.Account, p.now())
	if err == nil {
		end()
	}
	return err
}

// try looks at a check once, as one of stored if that is not nil.
func (p *Pages) try(ctx context.Context, by identity.Actor, v monitor.Service, stored *monitor.Service, n int,
) (*monitor.Check, *monitor.Reading, []monitor.Point, error) {
	c, err := monitor.Try(by, v, n, schedule.Period)
	if err != nil {
		return nil, nil, nil, err
	}
	if stored != nil {
		c.Service = stored.Slug
	}
	if p.prober == nil {
		return nil, nil, nil, fault.New(fault.Unavailable, "checks.try.none")
	}
	end, err := p.tries.Begin(by.Account, p.now())
	if err != nil {
		return nil, nil, nil, err
	}
	defer end()
	r := p.prober.Probe(ctx, *c)
	points := c.Review(&r)
	return c, &r, points, nil
}

// kept returns a stored service that by may change.
func (p *Pages) kept(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error) {
	v, err := p.store.Service(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	return v, by.Must(identity.ManageService, v.Institution)
}

// dryRun answers POST /desk/services/dry-run: the form again, with what came
// of looking at one of its checks beside it.
func (p *Pages) dryRun(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	form := readForm(c.Request.PostForm)
	var stored *monitor.Service
	if form.Revision > 0 {
		if stored, err = p.kept(c.Request.Context(), by, form.Slug); err != nil {
			return err
		}
	}
	n, err := rowOf(c.PostForm("do"), "try-")
	if err != nil {
		return err
	}
	check, reading, points, err := p.try(c.Request.Context(), by, form.service(stored), stored, n)
	if err != nil {
		return p.showAgain(c, form, stored, err)
	}
	page := p.shell.Page(c, "checks.try.title")
	return p.showTrial(c, form, stored, nil, trialOf(page, check, reading, points, p.now()), n)
}

// trial is what came of trying a check, in words.
type trial struct {
	web.Page
	Mark    web.Mark
	Head    string
	Reason  string
	Advice  string
	Detail  string
	Points  []pointLine
	Bars    []bar
	Total   string
	Facts   []factLine
	Chain   chainView
	Missing string
	Steps   []stepLine
	Headers []factLine
	Excerpt string
}

// pointLine is one thing that was asked of the answer.
type pointLine struct {
	OK        bool
	Word      string // yes or no, for who does not see the sign
	About     string
	Want, Got string
}

type factLine struct{ Key, Value string }

type stepLine struct {
	Name, Took, Fault string
}

func trialOf(p web.Page, c *monitor.Check, r *monitor.Reading, points []monitor.Point, now time.Time) *trial {
	t := &trial{
		Page: p, Mark: trialMark(p, r.Verdict), Head: p.T("monitor.explain."+r.Verdict.String(), r.Status), Detail: r.Detail,
		Bars: slices.DeleteFunc(barsOf(p, r.Phases), func(b bar) bool { return b.Took == "–" }), Total: millis(p, r.Phases.Total()),
	}
	if c.Kind != monitor.HTTP {
		t.Head = p.T("checks.try.head." + r.Verdict.String())
	}
	if r.Reason != monitor.None {
		t.Reason = p.T("monitor.explain.reason." + r.Reason.String())
		t.Advice = advice(p, r.Reason)
	}
	for _, point := range points {
		word := "checks.try.no"
		if point.OK {
			word = "checks.try.yes"
		}
		t.Points = append(t.Points, pointLine{point.OK, p.T(word), p.T("checks.point." + point.About), point.Want, point.Got})
	}
	t.facts(p, r)
	if s := r.Secured; s != nil {
		t.Chain = chainOf(p, s.Chain, now)
		if s.Missing != "" && !s.Filled {
			t.Missing = p.T("checks.chain.missing", s.Missing)
		}
	}
	for _, s := range r.Steps {
		t.Steps = append(t.Steps, stepLine{s.Name, millis(p, s.Took()), s.Fault})
	}
	if r.Seen != nil {
		t.Excerpt, t.Headers = r.Seen.Excerpt, headerLines(r.Seen.Header)
	}
	return t
}

// trialMark is the mark of one look: what is a suspicion in the rounds, which
// ask again, is all that a trial has to say.
func trialMark(p web.Page, v monitor.Verdict) web.Mark {
	if v == monitor.Suspect {
		return p.Mark("down", "checks.try.wrong")
	}
	return verdictMark(p, v)
}

// facts lists what else was measured.
func (t *trial) facts(p web.Page, r *monitor.Reading) {
	add := func(key, value string) {
		if value != "" {
			t.Facts = append(t.Facts, factLine{p.T(key), value})
		}
	}
	add("checks.fact.address", r.Address)
	if r.Redirects > 0 {
		add("checks.fact.redirects", strconv.Itoa(r.Redirects))
		add("checks.fact.url", r.URL)
	}
	if r.Seen != nil {
		add("checks.fact.location", r.Seen.Location)
	}
	if r.Bytes > 0 {
		add("checks.fact.bytes", p.Bytes(r.Bytes))
	}
	if s := r.Secured; s != nil {
		add("checks.fact.secured", s.Version+" · "+s.Cipher)
	}
}

// advice says what to do about a reason, when there is something to say.
func advice(p web.Page, r monitor.Reason) string {
	if key := "checks.advice." + r.String(); p.Has(key) {
		return p.T(key)
	}
	return ""
}

// headerLines lists headers by name.
func headerLines(h map[string][]string) []factLine {
	lines := make([]factLine, 0, len(h))
	for name, values := range h {
		lines = append(lines, factLine{name, strings.Join(values, ", ")})
	}
	slices.SortFunc(lines, func(a, b factLine) int { return strings.Compare(a.Key, b.Key) })
	return lines
}

// rowView is a row with the form around it.
type rowView struct {
	Page formPage
	Row  checkRow
	At   string // what the names of its fields begin with
}

// View puts the form around a row.
func (f formPage) View(r checkRow) rowView {
	return rowView{f, r, strings.TrimSuffix(rowField(r.N, ""), ".")}
}

// Unfold tells whether the part of a row that is folded away must show: there
// is something in it, or something wrong with it.
func (f formPage) Unfold(r checkRow) bool {
	if r.More() {
		return true
	}
	at := rowField(r.N, "")
	return slices.ContainsFunc(f.Faults.All(), func(l web.FaultLine) bool {
		field, ours := strings.CutPrefix(l.Field, at)
		return ours && (strings.HasPrefix(field, "settings.") || strings.HasPrefix(field, "expect.")) &&
			!slices.Contains([]string{"expect.status", "expect.contains", "expect.not_contains"}, field)
	})
}

// rowChoices are the options of the fields of each check.
type rowChoices struct {
	Kinds, Families, Methods, SpokenBy, Softs, Starts []web.Option
}

func choicesOf(p web.Page) rowChoices {
	var c rowChoices
	for _, k := range monitor.Kinds() {
		c.Kinds = append(c.Kinds, web.Option{Value: string(k), Label: p.T("checks.kind." + string(k))})
	}
	for _, f := range []struct{ value, name string }{{monitor.AnyIP, "any"}, {monitor.IPv4, "4"}, {monitor.IPv6, "6"}} {
		c.Families = append(c.Families, web.Option{Value: f.value, Label: p.T("checks.family." + f.name)})
	}
	for _, m := range monitor.Methods() {
		value := m
		if m == "GET" {
			value = "" // as usual
		}
		c.Methods = append(c.Methods, web.Option{Value: value, Label: m})
	}
	c.SpokenBy = []web.Option{{Value: "", Label: p.T("checks.language.any")}}
	for _, tag := range lang.All() {
		c.SpokenBy = append(c.SpokenBy, web.Option{Value: string(tag), Label: p.T("checks.language." + string(tag))})
	}
	for _, s := range []struct{ value, name string }{{monitor.SoftOff, "off"}, {monitor.SoftDegraded, "degraded"}, {monitor.SoftDown, "down"}} {
		c.Softs = append(c.Softs, web.Option{Value: s.value, Label: p.T("checks.soft." + s.name)})
	}
	c.Starts = []web.Option{{Value: "", Label: p.T("checks.start.none")}}
	for _, s := range monitor.Starts() {
		c.Starts = append(c.Starts, web.Option{Value: s, Label: strings.ToUpper(s)})
	}
	return c
}
