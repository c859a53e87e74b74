package incidentweb

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
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// windowLine is one maintenance window in a list.
type windowLine struct {
	ID       int64
	Revision int
	Title    lang.Text
	About    string
	Mark     web.Mark
	From, To time.Time
	Coming   bool
	Repeats  string // its cron line
	Lasts    time.Duration
	Public   bool
	Acts     []string
	Edits    bool
}

// maintenancePage is /desk/maintenance.
type maintenancePage struct {
	web.Page
	Faults  web.Faults
	Items   []windowLine
	Form    windowForm
	CanAdd  bool
	Scopes  []web.Option
	Targets []web.Option
	Nothing web.Empty
}

// windowForm is what stands in the fields, as typed.
type windowForm struct {
	About    string // "everything", "service b3", "institution mf"
	Title    lang.Text
	StartsAt string
	EndsAt   string
	Schedule string
	Duration string
	Until    string
	Public   bool
}

// announced is the public maintenance that runs or comes, narrowed to a
// service when one is named.
func (p *Pages) announced(ctx context.Context, page web.Page, service string) ([]windowLine, error) {
	windows, err := p.store.Windows(ctx, identity.Actor{}, false)
	if err != nil {
		return nil, err
	}
	about, err := p.aboutWords(ctx, page, identity.Actor{})
	if err != nil {
		return nil, err
	}
	var list []windowLine
	for n := range windows {
		w := &windows[n]
		if !w.Coming || service != "" && w.Scope != monitor.Everything && !slices.Contains(w.Services, service) {
			continue
		}
		list = append(list, p.windowLine(page, w, about))
	}
	return list, nil
}

// aboutWords returns how to say what a window is about.
func (p *Pages) aboutWords(ctx context.Context, page web.Page, by identity.Actor) (func(*monitordb.Window) string, error) {
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	list, err := p.store.List(ctx, by, monitordb.Filter{Limit: 10_000})
	if err != nil {
		return nil, err
	}
	names := map[string]lang.Text{}
	for n := range list {
		names[list[n].Slug] = list[n].Name
	}
	return func(w *monitordb.Window) string {
		switch w.Scope {
		case monitor.OneService:
			if name, ok := names[w.Target]; ok {
				return page.Text(name)
			}
			return page.T("maintenance.about.service")
		case monitor.OneInstitution:
			return page.T("maintenance.about.institution", page.Text(tree[w.Target].Name))
		case monitor.Everything:
		}
		return page.T("maintenance.about.everything")
	}, nil
}

func (p *Pages) windowLine(page web.Page, w *monitordb.Window, about func(*monitordb.Window) string) windowLine {
	l := windowLine{
		ID: w.ID, Revision: w.Revision, Title: w.Title, About: about(w), From: w.Next.From, To: w.Next.To, Coming: w.Coming,
		Repeats: w.Schedule, Lasts: w.Duration, Public: w.Public, Mark: page.Mark("draft", "maintenance.state.over"),
	}
	switch {
	case w.CancelledAt != nil:
		l.Mark = page.Mark("withdrawn", "maintenance.state.cancelled")
	case w.Runs:
		l.Mark, l.Acts = page.Mark("maintenance", "maintenance.state.runs"), []string{"finish"}
	case w.Coming:
		l.Mark, l.Acts = page.Mark("due", "maintenance.state.coming"), []string{"begin", "cancel"}
	}
	if w.Repeats() && w.Coming && !w.Runs {
		l.Acts = []string{"begin", "skip", "cancel"}
	}
	if !w.Coming {
		l.From, l.To = w.StartsAt, w.StartsAt.Add(w.Duration)
	}
	if l.Edits = w.Coming && w.CancelledAt == nil && w.ChangedBy(page.Actor); !l.Edits {
		l.Acts = nil
	}
	return l
}

// maintenance answers GET /desk/maintenance.
func (p *Pages) maintenance(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadServices); err != nil {
		return err
	}
	f := windowForm{Public: true, About: "service " + c.Query("service")}
	return p.showMaintenance(c, f, nil)
}

func (p *Pages) showMaintenance(c *gin.Context, f windowForm, wrong error) error {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	page := maintenancePage{
		Page: p.shell.Page(c, "maintenance.title"), Faults: p.shell.Faults(c, wrong), Form: f, CanAdd: by.MayAnywhere(identity.ManageService),
	}
	about, err := p.aboutWords(ctx, page.Page, by)
	if err != nil {
		return err
	}
	windows, err := p.store.Windows(ctx, by, true)
	if err != nil {
		return err
	}
	for n := range windows {
		page.Items = append(page.Items, p.windowLine(page.Page, &windows[n], about))
	}
	if page.Targets, err = p.targets(ctx, page.Page, by); err != nil {
		return err
	}
	page.Nothing = page.Empty("maintenance.empty", "maintenance.empty_text")
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "incident_maintenance", page)
	}
	return p.shell.Show(c, "incident_maintenance", page)
}

// targets are what the actor may announce maintenance of.
func (p *Pages) targets(ctx context.Context, page web.Page, by identity.Actor) ([]web.Option, error) {
	list, err := p.store.List(ctx, by, monitordb.Filter{Limit: 10_000})
	if err != nil {
		return nil, err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	var services, bodies []web.Option
	owners := map[string]bool{}
	for _, v := range list {
		if by.May(identity.ManageService, v.Institution) {
			services = append(services, web.Option{Value: "service " + v.Slug, Label: page.Text(v.Name)})
			owners[v.Institution] = true
		}
	}
	for slug := range owners {
		bodies = append(bodies, web.Option{
			Value: "institution " + slug, Label: page.T("maintenance.about.institution", page.Text(tree[slug].Name)),
		})
	}
	order := locale.Order(page.Lang)
	for _, part := range [][]web.Option{services, bodies} {
		slices.SortFunc(part, func(a, b web.Option) int { return order(a.Label, b.Label) })
	}
	all := append([]web.Option{{Value: "", Label: page.T("maintenance.choose")}}, services...)
	all = append(all, bodies...)
	if by.Everywhere(identity.ManageService) {
		all = append(all, web.Option{Value: "everything", Label: page.T("maintenance.about.everything")})
	}
	return all, nil
}

// announce answers POST /desk/maintenance.
func (p *Pages) announce(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	f := windowForm{
		About: c.PostForm("target"), Title: texts(c, "title"), StartsAt: c.PostForm("starts_at"), EndsAt: c.PostForm("ends_at"),
		Schedule: c.PostForm("schedule"), Duration: c.PostForm("duration"), Until: c.PostForm("until"), Public: c.PostForm("public") == "true",
	}
	want, err := f.window(p.store.Zone())
	if err == nil {
		_, err = p.store.Announce(c.Request.Context(), by, want)
	}
	if want.Repeats() {
		err = atUntil(err)
	}
	if err != nil {
		if status := web.StatusOf(err); status == 422 || status == 409 {
			return p.showMaintenance(c, f, err)
		}
		return err
	}
	return p.shell.Redirect(c, "/desk/maintenance", "maintenance.flash.announced")
}

// atUntil puts what is wrong with the end beside the field it was typed in:
// that of a repeated window is when it stops to repeat.
func atUntil(err error) error {
	for _, f := range fault.All(err) {
		if f.Field == "ends_at" {
			f.Field = "until"
		}
	}
	return err
}

// window is what was typed as the rules read it.
func (f windowForm) window(zone *time.Location) (monitor.MaintenanceWindow, error) {
	m := monitor.MaintenanceWindow{Title: f.Title, Public: f.Public, Schedule: strings.TrimSpace(f.Schedule)}
	kind, target, _ := strings.Cut(strings.TrimSpace(f.About), " ")
	m.Scope, m.Target = monitor.Scope(kind), target
	if kind == "" {
		m.Scope = monitor.OneService
	}
	start, err := localTime("starts_at", f.StartsAt, zone)
	if err != nil {
		return m, err
	}
	if start != nil {
		m.StartsAt = *start
	}
	if m.Schedule == "" {
		m.EndsAt, err = localTime("ends_at", f.EndsAt, zone)
		return m, err
	}
	if m.EndsAt, err = localTime("until", f.Until, zone); err != nil {
		return m, err
	}
	minutes, err := strconv.Atoi(strings.TrimSpace(f.Duration))
	if err != nil || minutes < 0 || minutes > 60*24*30 {
		return m, fault.At("duration", "maintenance.minutes")
	}
	m.Duration = time.Duration(minutes) * time.Minute
	return m, nil
}

// localTime reads a moment as a browser's field writes it, in the zone where
// days are cut; nil when nothing was typed.
func localTime(field, s string, zone *time.Location) (*time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil //nolint:nilnil // nothing was typed, and that is not wrong by itself
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
			t = t.UTC()
			return &t, nil
		}
	}
	return nil, fault.At(field, "maintenance.moment")
}

// actOnWindow answers POST /desk/maintenance/{id}/{act}.
func (p *Pages) actOnWindow(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	id, err := idOf(c)
	if err != nil {
		return err
	}
	if c.Param("act") == "edit" {
		return p.saveEdit(c, by)
	}
	act := monitordb.MaintenanceAct(c.Param("act"))
	if _, err := p.store.ActOn(c.Request.Context(), by, id, revisionOf(c), act); err != nil {
		if status := web.StatusOf(err); status == 409 || status == 412 {
			return p.showMaintenance(c, windowForm{Public: true}, err)
		}
		return err
	}
	return p.shell.Redirect(c, "/desk/maintenance", "maintenance.flash."+string(act))
}
