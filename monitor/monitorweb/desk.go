package monitorweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// deskPage is /desk/services: the services somebody keeps.
type deskPage struct {
	web.Page
	Items   []deskLine
	Q       string
	State   string
	States  []web.Option
	Pager   web.Pager
	Nothing web.Empty
	CanAdd  bool
	Panel   any
}

type deskLine struct {
	Slug        string
	Name        lang.Text
	Institution lang.Text
	State       web.Mark
	Verdict     web.Mark
	Active      bool
	Checks      int
	CanEdit     bool
	urgency     int // the less, the sooner somebody should look
}

// deskLimit is how many services a page of the desk lists.
const deskLimit = 200

// desk answers GET /desk/services.
func (p *Pages) desk(c *gin.Context) error {
	ctx := c.Request.Context()
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	f := monitordb.Filter{Text: c.Query("q"), State: monitor.State(c.Query("state")), After: c.Query("after"), Limit: deskLimit + 1}
	list, err := p.store.List(ctx, by, f)
	if err != nil {
		return err
	}
	page := deskPage{
		Page: p.shell.Page(c, "monitor.desk.title"), Q: f.Text, State: string(f.State), CanAdd: by.MayAnywhere(identity.ManageService),
	}
	page.States = page.options("monitor.desk.any_state", "monitor.state.", monitor.States())
	page.Nothing = page.Empty("monitor.desk.empty", "monitor.desk.empty_text")
	if page.CanAdd {
		page.Nothing = page.Nothing.With(page.Link("/desk/services/new", "monitor.desk.add"))
	}
	if len(list) > deskLimit {
		list = list[:deskLimit]
		q := c.Request.URL.Query()
		q.Set("after", list[deskLimit-1].Slug)
		page.Pager = page.Cursor("", "?"+q.Encode())
	}
	if page.Items, err = p.deskLines(ctx, page.Page, by, list); err != nil {
		return err
	}
	if page.Panel, err = p.panel(c); err != nil {
		return err
	}
	if page.Pager.Next == "" && f.After == "" {
		sortLines(page)
	}
	return p.shell.Show(c, "monitor_desk", page)
}

// sortLines puts what somebody keeps first, in it what does not answer, then
// goes by name. It is for a list that fits one page: longer ones are read in the
// order of the cursor.
func sortLines(page deskPage) {
	order := locale.Order(page.Lang)
	slices.SortStableFunc(page.Items, func(a, b deskLine) int {
		if a.CanEdit != b.CanEdit {
			if a.CanEdit {
				return -1
			}
			return 1
		}
		if a.urgency != b.urgency {
			return a.urgency - b.urgency
		}
		return order(page.Text(a.Name), page.Text(b.Name))
	})
}

func (p deskPage) options(anyKey, family string, states []monitor.State) []web.Option {
	list := []web.Option{{Value: "", Label: p.T(anyKey)}}
	for _, s := range states {
		list = append(list, web.Option{Value: string(s), Label: p.T(family + string(s)), Chosen: p.State == string(s)})
	}
	return list
}

func (p *Pages) deskLines(ctx context.Context, page web.Page, by identity.Actor, list []monitor.Service) ([]deskLine, error) {
	tree, err := p.tree(ctx)
	if err != nil {
		return nil, err
	}
	board, err := p.store.Board(ctx)
	if err != nil {
		return nil, err
	}
	verdicts := map[string]monitor.Verdict{}
	for n := range board.Services {
		verdicts[board.Services[n].Service.Slug] = board.Services[n].Verdict
	}
	lines := make([]deskLine, 0, len(list))
	for _, v := range list {
		lines = append(lines, deskLine{
			Slug: v.Slug, Name: v.Name, Institution: nameOf(tree, v.Institution), State: stateMark(page, v.State),
			Verdict: verdictMark(page, verdicts[v.Slug]), Active: v.Public(), Checks: len(v.Checks),
			CanEdit: by.May(identity.ManageService, v.Institution), urgency: urgencyOf(v.State, verdicts[v.Slug]),
		})
	}
	return lines, nil
}

// urgencyOf ranks a line: what does not answer, what answers badly, what is
// watched, what was put aside, and last what nobody looks at yet.
func urgencyOf(s monitor.State, v monitor.Verdict) int {
	switch {
	case s == monitor.Draft:
		return 4
	case s == monitor.Paused:
		return 3
	case v == monitor.Down:
		return 0
	case v == monitor.Degraded || v == monitor.Suspect:
		return 1
	}
	return 2
}

// formPage is the form of a service, new or stored.
type formPage struct {
	web.Page
	Faults       web.Faults
	Form         serviceForm
	Stored       *monitor.Service // nil for a new one
	Action       string
	Institutions []web.Option
	Tiers        []web.Option
	States       []web.Option
	LifeEvents   []web.Option
	Spoken       []web.Option
	CanPause     bool
	CanStart     bool
	Trial        *trial // a check of the form that was tried
	TrialAt      int    // and which of its rows
	Depends      depends
	rowChoices
}

// blank answers GET /desk/services/new.
func (p *Pages) blank(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	form := serviceForm{
		Name: lang.Text{}, Institution: by.Institution, Tier: string(monitor.Normal), State: string(monitor.Draft),
		Languages: []string{string(lang.French), string(lang.Arabic)},
	}
	return p.showForm(c, form.withRow(), nil, nil)
}

// record answers POST /desk/services/new.
func (p *Pages) record(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	form := readForm(c.Request.PostForm)
	if again, done := p.rows(c, form, nil); done {
		return again
	}
	form = form.tidied()
	if err := p.mayAdd(by); err != nil {
		return p.showAgain(c, form, nil, err)
	}
	made, err := p.store.Add(c.Request.Context(), by, form.service(nil), schedule.Period)
	if err != nil {
		return p.showAgain(c, form, nil, err)
	}
	p.changed()
	return p.shell.Redirect(c, editPath(made.Slug), "monitor.flash.added")
}

// edit answers GET /desk/services/{slug}/edit.
func (p *Pages) edit(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	if v.KeptInFile() {
		c.Redirect(http.StatusSeeOther, "/desk/services/"+v.Slug+"/file")
		return nil
	}
	return p.showForm(c, fill(v), v, nil)
}

// save answers POST /desk/services/{slug}/edit.
func (p *Pages) save(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	form := readForm(c.Request.PostForm)
	if again, done := p.rows(c, form, v); done {
		return again
	}
	form = form.tidied()
	by := web.ActorFrom(c.Request.Context())
	_, err = p.store.Change(c.Request.Context(), by, v.Slug, func(stored *monitor.Service) error {
		if err := fresh(form.Revision, stored); err != nil {
			return err
		}
		return stored.Edit(by, form.service(stored), schedule.Period)
	})
	if err != nil {
		return p.showAgain(c, form, v, err)
	}
	p.changed()
	return p.shell.Redirect(c, editPath(v.Slug), "monitor.flash.saved")
}

// move answers POST /desk/services/{slug}/state: begin or stop watching.
func (p *Pages) move(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	by := web.ActorFrom(c.Request.Context())
	to := monitor.State(c.PostForm("state"))
	_, err = p.store.Change(c.Request.Context(), by, v.Slug, func(stored *monitor.Service) error {
		want := *stored
		want.State = to
		return stored.Edit(by, want, schedule.Period)
	})
	if err != nil {
		return p.showAgain(c, fill(v), v, err)
	}
	p.changed()
	return p.shell.Redirect(c, editPath(v.Slug), "monitor.flash."+string(to))
}

// manageable reads the service of the address for somebody who may change it.
func (p *Pages) manageable(c *gin.Context) (*monitor.Service, error) {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return nil, err
	}
	v, err := p.store.Service(c.Request.Context(), by, c.Param("slug"))
	if err != nil {
		return nil, err
	}
	return v, by.Must(identity.ManageService, v.Institution)
}

// rows answers the buttons that add and drop a row, without saving anything.
func (p *Pages) rows(c *gin.Context, form serviceForm, stored *monitor.Service) (error, bool) {
	act := c.PostForm("do")
	if act == "add-row" {
		return p.showForm(c, form.withRow(), stored, nil), true
	}
	for _, change := range []struct {
		prefix string
		of     func(serviceForm, int) serviceForm
	}{
		{"drop-row-", serviceForm.dropRow}, {"families-", serviceForm.withFamilies}, {"languages-", serviceForm.withLanguages},
	} {
		if !strings.HasPrefix(act, change.prefix) {
			continue
		}
		n, err := rowOf(act, change.prefix)
		if err != nil {
			return err, true
		}
		return p.showForm(c, change.of(form, n), stored, nil), true
	}
	return nil, false
}

// showAgain shows the form with everything typed and what was wrong with it;
// what the form cannot put right is answered as it is.
func (p *Pages) showAgain(c *gin.Context, form serviceForm, stored *monitor.Service, err error) error {
	if status := web.StatusOf(err); status != 422 && status != 409 && status != 412 && status != 429 {
		return err
	}
	return p.showForm(c, form, stored, err)
}

func (p *Pages) showForm(c *gin.Context, form serviceForm, stored *monitor.Service, err error) error {
	return p.showTrial(c, form, stored, err, nil, 0)
}

// showTrial shows the form with what came of trying one of its checks.
func (p *Pages) showTrial(c *gin.Context, form serviceForm, stored *monitor.Service, err error, tried *trial, at int) error {
	tree, treeErr := p.tree(c.Request.Context())
	if treeErr != nil {
		return treeErr
	}
	title := "monitor.form.new"
	if stored != nil {
		title = "monitor.form.edit"
	}
	page := formPage{
		Page: p.shell.Page(c, title), Faults: p.shell.Faults(c, err), Form: form, Stored: stored, Action: "/desk/services/new",
		Trial: tried, TrialAt: at,
	}
	if stored != nil {
		page.Action = editPath(stored.Slug)
		page.CanPause = stored.State == monitor.Active
		page.CanStart = stored.State != monitor.Active && len(stored.Checks) > 0
	}
	page.fillOptions(tree, p)
	page.rowChoices = choicesOf(page.Page)
	var dependsErr error
	if page.Depends, dependsErr = p.dependsOf(c.Request.Context(), page.Page, form); dependsErr != nil {
		return dependsErr
	}
	page.Depends.Open = page.Depends.Open || len(page.Faults.For(dependsField)) > 0
	if err != nil {
		return p.shell.ShowFault(c, err, "monitor_form", page)
	}
	return p.shell.Show(c, "monitor_form", page)
}

func (f *formPage) fillOptions(tree identity.Tree, p *Pages) {
	for slug, i := range tree {
		if f.Actor.May(identity.ManageService, slug) && (i.Exists(p.now()) || slug == f.Form.Institution) {
			f.Institutions = append(f.Institutions, web.Option{Value: slug, Label: f.Text(nameOf(tree, slug))})
		}
	}
	order := locale.Order(f.Lang)
	slices.SortFunc(f.Institutions, func(a, b web.Option) int { return order(a.Label, b.Label) })
	f.Institutions = append([]web.Option{{Value: "", Label: f.T("monitor.form.choose")}}, f.Institutions...)
	f.LifeEvents = lifeEventOptions(f.Page, f.Form.LifeEvent)
	for _, t := range monitor.Tiers() {
		f.Tiers = append(f.Tiers, web.Option{Value: string(t), Label: f.T("monitor.tier." + string(t))})
	}
	for _, s := range monitor.States() {
		if s == monitor.Draft && f.Stored != nil && f.Stored.State != monitor.Draft {
			continue // what was confirmed once is paused, not forgotten
		}
		f.States = append(f.States, web.Option{
			Value: string(s), Label: f.T("monitor.state." + string(s)), Hint: f.T("monitor.state.hint." + string(s)),
		})
	}
	for _, l := range []struct{ tag, name string }{{"fr", "Français"}, {"ar", "العربية"}, {"en", "English"}} {
		f.Spoken = append(f.Spoken, web.Option{
			Value: l.tag, Label: l.name, Chosen: slices.Contains(f.Form.Languages, l.tag),
		})
	}
}

// Row names a row for its legend.
func (f formPage) Row(r checkRow) string {
	if name := strings.TrimSpace(r.Name); name != "" {
		return name
	}
	return f.T("monitor.form.check", strconv.Itoa(r.N+1))
}

// editPath is where a service is worked on.
func editPath(slug string) string { return "/desk/services/" + slug + "/edit" }
