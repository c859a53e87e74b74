package inventoryweb

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// formPage is the one form of a dataset.
type formPage struct {
	web.Page
	Ref     string // empty for a new dataset
	Heading string
	Action  string
	Back    string
	Form    datasetForm
	Faults  web.Faults
	Steps   []section
	Saved   bool         // it was saved, but could not be submitted
	Meeting []difference // what somebody else saved meanwhile beside what was typed
	Met     *event       // who did, and when
	Score   *scored
	Hints   map[string]string // what filling a field adds to the score

	Said     []commentLine     // by the reviewer at the last return
	Comments map[string]string // the same by field

	Grounds []web.Option
	Scales  map[string][]web.Option // of each factor of the plan

	Institutions, Themes, Frequencies, Licences, Places, Opennesses, Personals []web.Option
}

// blank answers GET /desk/datasets/new.
func (p *Pages) blank(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	form := datasetForm{Institution: by.Institution}
	w, err := p.words(c, p.shell.Page(c, "dataset.new"))
	if err != nil {
		return err
	}
	form.Licence = w.names.DefaultLicence()
	return p.showForm(c, http.StatusOK, w.form("", form, nil))
}

// record answers POST /desk/datasets/new.
func (p *Pages) record(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	w, err := p.words(c, p.shell.Page(c, "dataset.new"))
	if err != nil {
		return err
	}
	form := readForm(c.Request.PostForm)
	if form.edited(c.PostForm("do")) {
		return p.showForm(c, http.StatusOK, w.form("", form, nil))
	}
	form.tidy()
	d, err := p.store.Create(c.Request.Context(), by, form.Institution, form.content())
	switch {
	case web.Correctable(err):
		return p.showForm(c, http.StatusUnprocessableEntity, p.faulty(c, w, "", form, err))
	case err != nil:
		return err
	}
	return p.saved(c, by, w, d)
}

// edit answers GET /desk/datasets/:ref/edit.
func (p *Pages) edit(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	d, err := p.store.Get(c.Request.Context(), by, c.Param("ref"))
	if err != nil {
		return err
	}
	if err := by.Must(identity.RecordDataset, d.Institution); err != nil {
		return err
	}
	if d.State == inventory.Submitted || d.State == inventory.Withdrawn {
		return p.shell.Redirect(c, deskPath(d.Ref), "dataset.flash.closed_"+string(d.State))
	}
	w, err := p.words(c, p.shell.Page(c, "dataset.edit.title", d.Content.Title))
	if err != nil {
		return err
	}
	return p.showForm(c, http.StatusOK, w.form(d.Ref, fill(d), nil))
}

// save answers POST /desk/datasets/:ref/edit.
func (p *Pages) save(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	form, ref := readForm(c.Request.PostForm), c.Param("ref")
	w, err := p.words(c, p.shell.Page(c, "dataset.edit.title", form.Title))
	if err != nil {
		return err
	}
	if form.edited(c.PostForm("do")) {
		return p.showForm(c, http.StatusOK, w.form(ref, form, nil))
	}
	form.tidy()
	d, err := p.store.Change(c.Request.Context(), by, ref, "dataset.edit", form.Revision, func(d *inventory.Dataset) error {
		c := form.content()
		c.Extra = form.extra(d.Content.Extra)
		return d.Edit(by, c, w.names.Vocabulary, p.now())
	})
	kind, _ := fault.KindOf(err)
	switch {
	case kind == fault.Stale:
		return p.met(c, by, w, ref, form)
	case web.Correctable(err):
		return p.showForm(c, http.StatusUnprocessableEntity, p.faulty(c, w, ref, form, err))
	case err != nil:
		return err
	}
	return p.saved(c, by, w, d)
}

// saved ends a save: back to the dataset, or on to its submission when that
// was asked for. What keeps it from being submitted stands in the form; the
// save stands.
func (p *Pages) saved(c *gin.Context, by identity.Actor, w words, d *inventory.Dataset) error {
	if c.PostForm("do") != "submit" {
		return p.shell.Redirect(c, deskPath(d.Ref), "dataset.flash.saved")
	}
	submitted, err := p.store.Change(c.Request.Context(), by, d.Ref, "dataset.submit", d.Revision, func(d *inventory.Dataset) error {
		return d.Submit(by, w.names.Vocabulary, p.now())
	})
	switch {
	case web.Correctable(err):
		page := p.faulty(c, w, d.Ref, fill(d), err)
		page.Saved = true
		return p.showForm(c, http.StatusUnprocessableEntity, page)
	case err != nil:
		return err
	}
	return p.shell.Redirect(c, deskPath(submitted.Ref), submittedFlash(submitted))
}

// met answers a save that lost a race: nothing is written, what was typed
// stays in the form, and beside it stands what somebody else saved meanwhile.
func (p *Pages) met(c *gin.Context, by identity.Actor, w words, ref string, form datasetForm) error {
	d, err := p.store.Get(c.Request.Context(), by, ref)
	if err != nil {
		return err
	}
	lines, err := p.store.History(c.Request.Context(), by, ref)
	if err != nil {
		return err
	}
	page := w.form(d.Ref, form, nil)
	typed := form.content().Clean()
	typed.Extra = form.extra(d.Content.Extra)
	page.Meeting = w.differences(d.Content, typed)
	if story := w.story(lines[:min(len(lines), 1)]); len(story) > 0 {
		page.Met = &story[0]
	}
	page.Form.Revision = d.Revision // saving again is now a decision, not an accident
	return p.showForm(c, http.StatusPreconditionFailed, page)
}

func (p *Pages) faulty(c *gin.Context, w words, ref string, form datasetForm, err error) formPage {
	page := w.form(ref, form, err)
	page.Faults = p.shell.Faults(c, err)
	return page
}

func (p *Pages) showForm(c *gin.Context, status int, page formPage) error {
	if page.Ref != "" {
		if err := p.said(c, &page); err != nil {
			return err
		}
	}
	return p.shell.ShowStatus(c, status, "inventory_form", page)
}

// said puts what the reviewer said beside the fields.
func (p *Pages) said(c *gin.Context, page *formPage) error {
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, page.Actor, page.Ref)
	if err != nil {
		return err
	}
	said, err := p.store.Comments(ctx, d)
	if err != nil {
		return err
	}
	w := words{page: page.Page}
	page.Said = w.comments(d, said)
	for n := range page.Said {
		page.Said[n].Href = "#" + web.FieldID(page.Said[n].Field)
	}
	page.Comments = commentsByField(page.Said)
	return nil
}

// Field is the shell's field with what the reviewer said about it.
func (page formPage) Field(f web.Faults, name, labelKey string, value any) web.Field {
	return page.Page.Field(f, name, labelKey, value).Commented(page.Comments[name])
}

// edited carries out the buttons that change the form itself, and tells
// whether one of them was pressed.
func (f *datasetForm) edited(do string) bool {
	if do == "add-row" {
		f.addRow()
		return true
	}
	n, ok := strings.CutPrefix(do, "drop-row-")
	if !ok {
		return false
	}
	if row, err := strconv.Atoi(n); err == nil {
		f.dropRow(row)
	}
	return true
}

// form makes the page of a form; wrong are the faults its steps are marked with.
func (w words) form(ref string, f datasetForm, wrong error) formPage {
	page := formPage{
		Page: w.page, Ref: ref, Heading: w.page.T("dataset.new"), Action: "/desk/datasets/new", Back: "/desk/datasets",
		Form: f, Steps: steps(f.content(), w.names.Vocabulary, w.now, wrong),
		Institutions: w.recordable(w.page.Actor), Themes: w.themes(), Frequencies: w.frequencies(),
		Licences: w.licences(f.Licence), Places: w.governorates(f.Spatial), Opennesses: w.opennesses(),
		Personals: w.personals(), Grounds: w.grounds(), Scales: w.scales(),
	}
	content := f.content()
	page.Score, page.Hints = w.score(ref, &content, nil, here), w.hints(f)
	if ref != "" {
		page.Heading = f.Title.In(w.page.Lang)
		page.Action, page.Back = deskPath(ref)+"/edit", deskPath(ref)
	}
	if len(page.Form.Rows) == 0 {
		page.Form.addRow()
	}
	return page
}

// Summary lists the faults above the form, each with the name of its field:
// "obligatoire" alone says nothing up there.
func (page formPage) Summary() web.Errors {
	e := page.Errors(page.Faults)
	lines := make([]web.FaultLine, len(e.Lines))
	for n, l := range e.Lines {
		if l.Field != "" {
			l.Message = page.T("dataset.form.fault", page.fieldName(l.Field), l.Message)
		}
		lines[n] = l
	}
	e.Lines = lines
	return e
}

func (page formPage) fieldName(field string) string {
	label := page.T("dataset.field." + generic(field))
	parts := strings.Split(field, ".")
	if row, err := strconv.Atoi(parts[min(1, len(parts)-1)]); err == nil {
		return page.T("dataset.form.row_field", row+1, label)
	}
	return label
}
