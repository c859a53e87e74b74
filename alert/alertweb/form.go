package alertweb

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// routePage is the form of a route, new or stored.
type routePage struct {
	web.Page
	Faults   web.Faults
	Form     routeForm
	ID       string // empty for a new one
	Revision int
	ReadOnly bool // written in the configuration, or somebody else's
	Steps    []stepFields
	Groups   []web.Option
	Checks   map[string]checks
	Shown    *rehearsal
}

// checks is a group of boxes of which any may be ticked.
type checks struct {
	Name, ID, Legend, Hint string
	Options                []web.Option
	Errors                 []string
}

type stepFields struct {
	N        int
	After    string
	Name     string
	Legend   string
	Roles    checks
	Channels checks
}

// rehearsal is what the route would have sent.
type rehearsal struct {
	alert.Rehearsal
	Total int
	By    []string
}

// routeForm is a route as it was typed.
type routeForm struct {
	Name, Group, Remind, QuietFrom, QuietTo string
	Enabled, Recovery, WakeFor              bool
	Institutions, Tiers, Kinds, When        []string
	Steps                                   []stepForm
}

type stepForm struct {
	After           string
	Channels, Roles []string
}

// formOf writes a route as a form.
func formOf(r *alert.Route) routeForm {
	f := routeForm{
		Name: r.Name, Group: string(r.Group), QuietFrom: r.QuietFrom, QuietTo: r.QuietTo, Enabled: r.Enabled,
		Recovery: r.Recovery, WakeFor: r.WakeFor, Institutions: r.Institutions,
		Tiers: texts(r.Tiers), Kinds: texts(r.Kinds), When: texts(r.When),
	}
	if r.Remind > 0 {
		f.Remind = strconv.FormatFloat(r.Remind.Hours(), 'f', -1, 64)
	}
	for _, s := range r.Steps {
		f.Steps = append(f.Steps, stepForm{strconv.FormatFloat(s.After.Minutes(), 'f', -1, 64), s.Channels, texts(s.Roles)})
	}
	return f
}

func texts[T ~string](all []T) []string {
	out := make([]string, 0, len(all))
	for _, one := range all {
		out = append(out, string(one))
	}
	return out
}

func named[T ~string](all []string) []T {
	out := make([]T, 0, len(all))
	for _, one := range all {
		out = append(out, T(one))
	}
	return out
}

// readForm reads what was typed.
func readForm(get func(string) string, all func(string) []string) routeForm {
	f := routeForm{
		Name: strings.TrimSpace(get("name")), Group: get("group"), Remind: strings.TrimSpace(get("remind")),
		QuietFrom: strings.TrimSpace(get("quiet_from")), QuietTo: strings.TrimSpace(get("quiet_to")),
		Enabled: get("enabled") != "", Recovery: get("recovery") != "", WakeFor: get("wake_for") != "",
		Institutions: all("institutions"), Tiers: all("tiers"), Kinds: all("kinds"), When: all("when"),
	}
	for n := range alert.MaxSteps {
		at := func(part string) string { return fmt.Sprintf("steps.%d.%s", n, part) }
		s := stepForm{strings.TrimSpace(get(at("after"))), all(at("channels")), all(at("roles"))}
		if s.After != "" || len(s.Channels)+len(s.Roles) > 0 {
			f.Steps = append(f.Steps, s)
		}
	}
	// A line of the form that names nobody and no time but the usual one was left empty.
	for n := len(f.Steps); n > 0 && len(f.Steps[n-1].Channels)+len(f.Steps[n-1].Roles) == 0 && (f.Steps[n-1].After == "0" || f.Steps[n-1].After == ""); n-- {
		f.Steps = f.Steps[:n-1]
	}
	return f
}

// route makes a route of what was typed, and says which numbers are none.
func (f routeForm) route(id string) (alert.Route, error) {
	r := alert.Route{
		ID: id, Name: f.Name, Group: alert.Grouping(f.Group), QuietFrom: f.QuietFrom, QuietTo: f.QuietTo, Enabled: f.Enabled,
		Recovery: f.Recovery, WakeFor: f.WakeFor, Institutions: f.Institutions, Tiers: named[monitor.Tier](f.Tiers),
		Kinds: named[alert.Kind](f.Kinds), When: named[alert.Hour](f.When),
	}
	var faults []error
	var err error
	if r.Remind, err = number("remind", f.Remind, time.Hour); err != nil {
		faults = append(faults, err)
	}
	for n, s := range f.Steps {
		step := alert.Step{Channels: s.Channels, Roles: named[identity.Role](s.Roles)}
		if step.After, err = number(fmt.Sprintf("steps.%d.after", n), s.After, time.Minute); err != nil {
			faults = append(faults, err)
		}
		r.Steps = append(r.Steps, step)
	}
	return r, errors.Join(faults...)
}

// number reads how many units; nothing is none.
func number(field, s string, unit time.Duration) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	if err != nil || n != n || n < -1e6 || n > 1e6 {
		return 0, fault.At(field, "alert.route.number")
	}
	return time.Duration(n * float64(unit)).Round(time.Second), nil
}

// posted reads the form of a request.
func posted(c *gin.Context) routeForm { return readForm(c.PostForm, c.PostFormArray) }

// blank answers GET /desk/alerts/routes/new.
func (p *Pages) blank(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	f := routeForm{Enabled: true, Recovery: true, WakeFor: true, Group: string(alert.Institution), Kinds: []string{string(alert.Down), string(alert.Shared)}}
	if !by.Everywhere(identity.ManageAlerts) {
		f.Institutions = []string{by.Institution}
	}
	page, err := p.routePage(c, by, f, nil)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "alert_route", page)
}

// route answers GET /desk/alerts/routes/:id.
func (p *Pages) route(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadAlerts)
	if err != nil {
		return err
	}
	r, err := p.store.Route(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	page, err := p.routePage(c, by, formOf(r), r)
	if err != nil {
		return err
	}
	if err := p.rehearse(c, by, page, *r); err != nil {
		return err
	}
	return p.shell.Show(c, "alert_route", page)
}

// add answers POST /desk/alerts/routes.
func (p *Pages) add(c *gin.Context) error { return p.keep(c, nil) }

// change answers POST /desk/alerts/routes/:id.
func (p *Pages) change(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	r, err := p.store.Route(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	return p.keep(c, r)
}

// keep keeps what was typed, or only says what it would have sent.
func (p *Pages) keep(c *gin.Context, was *alert.Route) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	ctx, form, id := c.Request.Context(), posted(c), ""
	if was != nil {
		id = was.ID
	}
	r, err := form.route(id)
	if unread := err; unread != nil {
		err = errors.Join(unread, p.store.Check(ctx, by, r))
	} else if c.PostForm("do") == "rehearse" {
		err = p.store.Check(ctx, by, r)
	} else if was == nil {
		_, err = p.store.AddRoute(ctx, by, r)
	} else {
		revision, _ := strconv.Atoi(c.PostForm("revision"))
		_, err = p.store.ChangeRoute(ctx, by, r, max(revision, 0))
	}
	if err == nil && c.PostForm("do") != "rehearse" {
		return p.shell.Redirect(c, "/desk/alerts#routes", "alert.route.kept")
	}
	if err != nil && !web.Correctable(err) {
		return err
	}
	page, pageErr := p.routePage(c, by, form, was)
	if pageErr != nil {
		return pageErr
	}
	if err != nil {
		page.Faults = p.shell.Faults(c, err)
		page.spread()
		return p.shell.ShowFault(c, err, "alert_route", page)
	}
	if err := p.rehearse(c, by, page, r); err != nil {
		return err
	}
	return p.shell.Show(c, "alert_route", page)
}

// remove answers POST /desk/alerts/routes/:id/removal.
func (p *Pages) remove(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	if err := p.store.RemoveRoute(c.Request.Context(), by, c.Param("id"), 0); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/alerts#routes", "alert.route.removed")
}

// usual answers POST /desk/alerts/usual.
func (p *Pages) usual(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageAlerts)
	if err != nil {
		return err
	}
	if err := p.store.AddUsual(c.Request.Context(), by); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/alerts#routes", "alert.route.kept")
}

// rehearse adds to the page what the route would have sent.
func (p *Pages) rehearse(c *gin.Context, by identity.Actor, page *routePage, r alert.Route) error {
	got, err := p.store.Rehearse(c.Request.Context(), by, r)
	if err != nil {
		return err
	}
	page.Shown = &rehearsal{Rehearsal: got, Total: got.Total()}
	for _, s := range []alert.Stage{alert.Begun, alert.Escalated, alert.Reminded, alert.Over, alert.Past} {
		if n := got.Messages[s]; n > 0 {
			page.Shown.By = append(page.Shown.By, page.T("alert.rehearse.by", page.T("alert.stage."+string(s)), n))
		}
	}
	return nil
}

// RehearsalDays is how far back the page says it looked.
func (p *routePage) RehearsalDays() int { return alertdb.RehearsalDays }

// Label names what is rehearsed.
func (r *rehearsal) Label(page *routePage, e *alert.Event) string { return nameOf(page.Page, e) }

// routePage fills the form's choices.
func (p *Pages) routePage(c *gin.Context, by identity.Actor, f routeForm, was *alert.Route) (*routePage, error) {
	title := "alert.route.new"
	if was != nil {
		title = "alert.route.title"
	}
	page := &routePage{Page: p.shell.Page(c, title), Form: f, Checks: map[string]checks{}}
	if was != nil {
		page.ID, page.Revision = was.ID, was.Revision
		page.ReadOnly = was.Origin == alert.FromFile || was.May(by) != nil
	}
	tree, err := p.people.Institutions(c.Request.Context())
	if err != nil {
		return nil, err
	}
	page.group("kinds", alert.Kinds(), f.Kinds, "alert.kind.")
	page.Checks["tiers"] = boxes(page.Page, "tiers", "alert.field.tiers", monitor.Tiers(), f.Tiers, "monitor.tier.")
	page.group("when", alert.Hours(), f.When, "alert.hour.")
	page.institutions(by, tree, f.Institutions, p.now())
	for _, g := range alert.Groupings() {
		page.Groups = append(page.Groups, web.Option{Value: string(g), Label: page.T("alert.group." + string(g)), Chosen: f.Group == string(g)})
	}
	for n := range min(max(3, len(f.Steps)+1), alert.MaxSteps) {
		page.Steps = append(page.Steps, page.step(n, p.store.ChannelNames()))
	}
	return page, nil
}

// group adds a group of boxes.
func (p *routePage) group(name string, all any, chosen []string, family string) {
	switch all := all.(type) {
	case []alert.Kind:
		p.Checks[name] = boxes(p.Page, name, "alert.field.kinds", all, chosen, family)
	case []alert.Hour:
		p.Checks[name] = boxes(p.Page, name, "alert.field.when", all, chosen, family)
	}
}

func boxes[T ~string](page web.Page, name, legend string, all []T, chosen []string, family string) checks {
	made := checks{Name: name, ID: web.FieldID(name), Legend: page.T(legend)}
	for _, one := range all {
		made.Options = append(made.Options, web.Option{Value: string(one), Label: page.T(family + string(one)), Chosen: slices.Contains(chosen, string(one))})
	}
	return made
}

// institutions adds the boxes of the institutions that the actor may choose.
func (p *routePage) institutions(by identity.Actor, tree identity.Tree, chosen []string, now time.Time) {
	made := checks{Name: "institutions", ID: web.FieldID("institutions"), Legend: p.T("alert.field.institutions"), Hint: p.T("alert.field.institutions_hint")}
	for slug, i := range tree {
		if by.May(identity.ManageAlerts, slug) && i.Exists(now) || slices.Contains(chosen, slug) {
			made.Options = append(made.Options, web.Option{Value: slug, Label: p.Text(i.Name), Chosen: slices.Contains(chosen, slug)})
		}
	}
	order := locale.Order(p.Lang)
	slices.SortFunc(made.Options, func(a, b web.Option) int { return order(a.Label, b.Label) })
	p.Checks["institutions"] = made
}

// step makes the fields of one step.
func (p *routePage) step(n int, channels []string) stepFields {
	var f stepForm
	if n < len(p.Form.Steps) {
		f = p.Form.Steps[n]
	}
	at := func(part string) string { return fmt.Sprintf("steps.%d.%s", n, part) }
	s := stepFields{
		N: n, After: f.After, Name: at("after"), Legend: p.T("alert.field.step", n+1),
		Roles: boxes(p.Page, at("roles"), "alert.field.roles", alert.Audience(), f.Roles, "account.role."),
	}
	s.Channels = checks{Name: at("channels"), ID: web.FieldID(at("channels")), Legend: p.T("alert.field.channels")}
	for _, name := range channels {
		s.Channels.Options = append(s.Channels.Options, web.Option{Value: name, Label: name, Chosen: slices.Contains(f.Channels, name)})
	}
	return s
}

// spread puts the faults beside the boxes they are about.
func (p *routePage) spread() {
	for name, g := range p.Checks {
		g.Errors = p.Faults.For(name)
		p.Checks[name] = g
	}
	for n := range p.Steps {
		s := &p.Steps[n]
		s.Roles.Errors, s.Channels.Errors = p.Faults.For(s.Roles.Name), p.Faults.For(s.Channels.Name)
	}
}
