package alertweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/alert/letter"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/web"
)

// deskPage is /desk/alerts: what lasts, who was told, by which rules, through
// which channels.
type deskPage struct {
	web.Page
	Manages  bool // may try channels and send again
	Writes   bool // may write routes
	Events   []eventLine
	Routes   []routeLine
	Channels []channelLine
	Messages []messageLine
	State    string
	States   []web.Option
	Pager    web.Pager
	Nothing  web.Empty
	NoRoutes web.Empty
	Dead     int
}

type eventLine struct {
	alert.Event
	Name   string
	Owner  string
	Mark   web.Mark
	About  []string
	Href   string
	MayAck bool
}

type routeLine struct {
	alert.Route
	What, Whom []string
	Mark       web.Mark
}

type channelLine struct {
	alert.Channel
	TypeName string
}

type messageLine struct {
	alert.Message
	Mark, Stage web.Mark
	Whom        string
	Why         string
	MayRetry    bool
}

// perPage is how many messages a page of the history lists.
const perPage = 50

// desk answers GET /desk/alerts.
func (p *Pages) desk(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadAlerts)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	base := p.shell.Page(c, "alert.title")
	page := &deskPage{
		Page: base, Manages: by.Everywhere(identity.ManageAlerts), Writes: by.MayAnywhere(identity.ManageAlerts), State: c.Query("state"),
		Nothing: base.Empty("alert.history.none", "alert.history.none_text"), NoRoutes: base.Empty("alert.route.none", "alert.route.none_text"),
	}
	events, err := p.store.Open(ctx, by)
	if err != nil {
		return err
	}
	for n := range events {
		page.Events = append(page.Events, p.eventLine(base, &events[n]))
	}
	routes, err := p.store.Routes(ctx, by)
	if err != nil {
		return err
	}
	tree, err := p.people.Institutions(ctx)
	if err != nil {
		return err
	}
	for _, r := range routes {
		page.Routes = append(page.Routes, describe(base, r, tree))
	}
	for _, ch := range p.store.Channels() {
		page.Channels = append(page.Channels, channelLine{ch, base.T("alert.channel.type." + ch.Type)})
	}
	if _, page.Dead, err = p.store.Waiting(ctx); err != nil {
		return err
	}
	if err := p.history(c, by, page); err != nil {
		return err
	}
	return p.shell.Show(c, "alert_desk", page)
}

// history adds what was told to the page.
func (p *Pages) history(c *gin.Context, by identity.Actor, page *deskPage) error {
	ctx := c.Request.Context()
	page.States = []web.Option{{Value: "", Label: page.T("alert.state.any")}}
	for _, s := range alert.States() {
		page.States = append(page.States, web.Option{Value: string(s), Label: page.T("alert.state." + string(s)), Chosen: page.State == string(s)})
	}
	all, err := p.store.History(ctx, by, alertdb.Filter{State: alert.State(page.State), After: c.Query("after"), Limit: perPage + 1})
	if err != nil {
		return err
	}
	if len(all) > perPage {
		all = all[:perPage]
		q := c.Request.URL.Query()
		q.Set("after", all[perPage-1].ID)
		page.Pager = page.Cursor("", "?"+q.Encode())
	}
	accounts, ids := []string{}, []string{}
	for _, m := range all {
		if ids = append(ids, m.ID); m.Target != "" {
			accounts = append(accounts, m.Target)
		}
	}
	names, err := p.store.Names(ctx, by, accounts)
	if err != nil {
		return err
	}
	mails, err := p.store.MailStates(ctx, ids)
	if err != nil {
		return err
	}
	for _, m := range all {
		page.Messages = append(page.Messages, messageOf(page, m, names[m.Target], mails[m.ID]))
	}
	return nil
}

func messageOf(page *deskPage, m alert.Message, name, mailed string) messageLine {
	kinds := map[alert.State]string{alert.Queued: "due", alert.Dead: "late", alert.Mailed: "open", alert.Sent: "open"}
	l := messageLine{
		Message: m, Mark: page.Mark(kinds[m.State], "alert.state."+string(m.State)), Stage: stageMark(page.Page, m.Stage),
		Whom: m.Channel, MayRetry: page.Manages && m.State == alert.Dead,
	}
	if m.State == alert.Mailed && mailed == string(mail.Queued) {
		l.Mark = page.Mark("due", "alert.state.mail_waits")
	}
	if m.State == alert.Mailed && mailed == string(mail.Failed) {
		l.Mark = page.Mark("late", "alert.state.mail_failed")
	}
	if m.Channel == alert.ByMail {
		l.Whom = page.T("account.role." + m.Role)
		if name != "" {
			l.Whom = name + " — " + l.Whom
		}
	}
	if m.Cause != "" && m.State != alert.Sent {
		l.Why = page.T("alert.cause." + string(m.Cause))
	}
	return l
}

func stageMark(page web.Page, s alert.Stage) web.Mark {
	kinds := map[alert.Stage]string{
		alert.Begun: "down", alert.Escalated: "late", alert.Reminded: "due", alert.Over: "open", alert.Past: "withdrawn", alert.Trial: "draft",
	}
	return page.Mark(kinds[s], "alert.stage."+string(s))
}

func kindMark(page web.Page, k alert.Kind) web.Mark {
	kinds := map[alert.Kind]string{
		alert.Down: "down", alert.Shared: "down", alert.Degraded: "slow", alert.BurnFast: "late", alert.BurnSlow: "slow",
		alert.Certificate: "due", alert.Domain: "due", alert.Discontent: "late", alert.Sinking: "late", alert.Blind: "unknown",
	}
	return page.Mark(kinds[k], "alert.kind."+string(k))
}

func (p *Pages) eventLine(page web.Page, e *alert.Event) eventLine {
	l := alert.LineOf(e, "")
	return eventLine{
		Event: *e, Name: nameOf(page, e), Owner: page.Text(e.Facts.Owner), Mark: kindMark(page, e.Kind),
		About: letter.About(p.shell.Words(), page.Lang, &l, p.now()), Href: alertdb.PathOf(e),
		MayAck: e.AckAt == nil && e.MayAll(page.Actor, identity.ReadAlerts),
	}
}

func nameOf(page web.Page, e *alert.Event) string {
	if e.Service == alert.Everything {
		return page.T("alert.everything")
	}
	if e.Facts.Name.Empty() {
		return e.Service
	}
	return page.Text(e.Facts.Name)
}

// describe says a route in words.
func describe(page web.Page, r alert.Route, tree identity.Tree) routeLine {
	l := routeLine{Route: r, Mark: page.Mark("open", "alert.route.on")}
	if !r.Enabled {
		l.Mark = page.Mark("paused", "alert.route.off")
	}
	list := func(key string, n int, word func(int) string) {
		words := make([]string, 0, n)
		for i := range n {
			words = append(words, word(i))
		}
		if n > 0 {
			l.What = append(l.What, page.T(key, page.List(words...)))
		}
	}
	list("alert.route.of_kinds", len(r.Kinds), func(i int) string { return page.T("alert.kind." + string(r.Kinds[i])) })
	list("alert.route.of_tiers", len(r.Tiers), func(i int) string { return page.T("monitor.tier." + string(r.Tiers[i])) })
	list("alert.route.of_institutions", len(r.Institutions), func(i int) string {
		if name := page.Text(tree[r.Institutions[i]].Name); name != "" {
			return name
		}
		return r.Institutions[i]
	})
	list("alert.route.of_hours", len(r.When), func(i int) string { return page.T("alert.hour." + string(r.When[i])) })
	if len(l.What) == 0 {
		l.What = []string{page.T("alert.route.of_all")}
	}
	for _, s := range r.Steps {
		l.Whom = append(l.Whom, stepWords(page, s))
	}
	return l
}

// stepWords says who a step tells, and when.
func stepWords(page web.Page, s alert.Step) string {
	var whom []string
	for _, role := range s.Roles {
		whom = append(whom, page.T("account.role."+string(role)))
	}
	whom = append(whom, s.Channels...)
	if s.After == 0 {
		return page.T("alert.step.at_once", page.List(whom...))
	}
	return page.T("alert.step.after", s.After, page.List(whom...))
}

// acknowledge answers POST /desk/alerts/acknowledgement.
func (p *Pages) acknowledge(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadAlerts)
	if err != nil {
		return err
	}
	if _, err := p.store.Acknowledge(c.Request.Context(), by, c.PostForm("key")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/alerts", "alert.ack.done")
}

// trial answers POST /desk/alerts/channels/:name/trial.
func (p *Pages) trial(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	failure, err := p.try(c.Request.Context(), by, c.Param("name"))
	switch {
	case err != nil:
		return err
	case failure != nil:
		return p.shell.Redirect(c, "/desk/alerts#history", "alert.trial.failed", c.Param("name"), string(failure.Cause))
	}
	return p.shell.Redirect(c, "/desk/alerts#history", "alert.trial.done", c.Param("name"))
}

// retry answers POST /desk/alerts/messages/:id/retry.
func (p *Pages) retry(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	if err := p.store.Retry(c.Request.Context(), by, c.Param("id")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/alerts#history", "alert.retry.done")
}

// foreseePage says who would be told of a service now, and by which rule.
type foreseePage struct {
	web.Page
	Event     *alert.Event
	Name      string
	Kind      string
	Kinds     []web.Option
	Forecasts []forecastLine
	Nobody    bool
}

type forecastLine struct {
	Route   alert.Route
	Why     string
	Follows bool
	Waits   bool
	Steps   []forecastStep
}

type forecastStep struct {
	When    string
	At      time.Time
	Whom    []string
	Missing []string
}

// foresee answers GET /desk/alerts/services/:slug.
func (p *Pages) foresee(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadAlerts)
	if err != nil {
		return err
	}
	kind := alert.Kind(c.DefaultQuery("kind", string(alert.Down)))
	e, all, err := p.store.Foresee(c.Request.Context(), by, c.Param("slug"), kind)
	if err != nil {
		return err
	}
	page := &foreseePage{Page: p.shell.Page(c, "alert.foresee.title"), Event: e, Kind: string(kind), Nobody: true}
	page.Name = nameOf(page.Page, e)
	for _, k := range alert.Kinds() {
		if k != alert.Blind {
			page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: page.T("alert.kind." + string(k)), Chosen: k == kind})
		}
	}
	for _, f := range all {
		l := forecastOf(page.Page, f, by.Everywhere(identity.ManageAlerts))
		page.Nobody = page.Nobody && (!l.Follows && !l.Waits)
		page.Forecasts = append(page.Forecasts, l)
	}
	return p.shell.Show(c, "alert_foresee", page)
}

// forecastOf says a forecast in words; names are for those who manage alerts.
func forecastOf(page web.Page, f alert.Forecast, named bool) forecastLine {
	l := forecastLine{
		Route: *f.Route, Why: page.T("alert.why." + string(f.Why)), Follows: f.Why == alert.Matches,
		Waits: f.Why == alert.OtherHour || f.Why == alert.Quiet,
	}
	for n, s := range f.Steps {
		made := forecastStep{At: s.At, When: page.T("alert.foresee.at_once")}
		if after := f.Route.Steps[n].After; after > 0 {
			made.When = page.T("alert.foresee.after", after)
		}
		for _, one := range s.People {
			whom := page.T("account.role." + string(one.Actor.Role))
			if named {
				whom = one.Actor.Name + " — " + whom
			}
			made.Whom = append(made.Whom, whom)
		}
		for _, ch := range s.Channels {
			made.Whom = append(made.Whom, ch.Name+" ("+page.T("alert.channel.type."+ch.Type)+")")
		}
		for _, role := range s.Missing {
			made.Missing = append(made.Missing, page.T("alert.foresee.missing", page.T("account.role."+string(role))))
		}
		l.Steps = append(l.Steps, made)
	}
	return l
}
