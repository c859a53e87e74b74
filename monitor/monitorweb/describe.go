package monitorweb

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

// describePage is where a service's owner says what people want to know of it.
type describePage struct {
	web.Page
	Faults    web.Faults
	Form      describeForm
	Stored    *monitor.Service
	Action    string
	Audiences []audienceChoice
	Tags      []lang.Tag
}

type audienceChoice struct {
	Code, Name string
	On         bool
}

// describeForm is what stands in the fields, as typed.
type describeForm struct {
	Revision                       int
	Text, CostNote                 lang.Text
	Audience                       []string
	Cost, Days, Phone, Email, Page string
}

// describedAt is where the description's fields and faults are named.
const describedAt = "settings.description."

func readDescription(f url.Values) describeForm {
	form := describeForm{Text: lang.Text{}, CostNote: lang.Text{}, Audience: f[describedAt+"audience"]}
	form.Revision, _ = strconv.Atoi(f.Get("revision")) // 0, which agrees with any, when it is no number
	form.Revision = max(0, form.Revision)
	get := func(name string) string { return f.Get(describedAt + name) }
	for _, tag := range lang.All() {
		form.Text[string(tag)], form.CostNote[string(tag)] = get("text."+string(tag)), get("cost_note."+string(tag))
	}
	form.Cost, form.Days, form.Phone, form.Email, form.Page = get("cost"), get("days"), get("phone"), get("email"), get("page")
	return form
}

func fillDescription(v *monitor.Service) describeForm {
	f := describeForm{Revision: v.Revision}
	d := v.Settings.Description
	if d == nil {
		return f
	}
	f.Text, f.CostNote, f.Audience, f.Phone, f.Email, f.Page = d.Text, d.CostNote, d.Audience, d.Phone, d.Email, d.Page
	if f.Days = positive(int64(d.Days)); d.Cost != nil {
		f.Cost = strconv.FormatFloat(*d.Cost, 'f', -1, 64)
	}
	return f
}

// description is what was typed; what is no number becomes one that the rules refuse.
func (f *describeForm) description() monitor.Description {
	d := monitor.Description{Text: f.Text, CostNote: f.CostNote, Audience: f.Audience, Phone: f.Phone, Email: f.Email, Page: f.Page}
	if typed := strings.TrimSpace(f.Days); typed != "" {
		days, err := strconv.Atoi(typed)
		if err != nil || days < 1 {
			days = -1
		}
		d.Days = days
	}
	if typed := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".", "٫", ".").Replace(f.Cost); typed != "" {
		cost, err := strconv.ParseFloat(typed, 64)
		if err != nil {
			cost = -1
		}
		d.Cost = &cost
	}
	return d
}

// describing answers GET /desk/services/{slug}/description.
func (p *Pages) describing(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	return p.showDescription(c, fillDescription(v), v, nil)
}

// describe answers POST /desk/services/{slug}/description.
func (p *Pages) describe(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	form := readDescription(c.Request.PostForm)
	by := web.ActorFrom(c.Request.Context())
	_, err = p.store.Change(c.Request.Context(), by, v.Slug, func(stored *monitor.Service) error {
		if err := fresh(form.Revision, stored); err != nil {
			return err
		}
		want := *stored
		want.Settings.Describe(form.description())
		return stored.Edit(by, want, schedule.Period)
	})
	if err != nil {
		if status := web.StatusOf(err); status != 422 && status != 409 && status != 412 {
			return err
		}
		return p.showDescription(c, form, v, err)
	}
	return p.shell.Redirect(c, descriptionPath(v.Slug), "describe.saved")
}

func descriptionPath(slug string) string { return "/desk/services/" + slug + "/description" }

func (p *Pages) showDescription(c *gin.Context, form describeForm, v *monitor.Service, err error) error {
	page := describePage{
		Page: p.shell.Page(c, "describe.title"), Faults: p.shell.Faults(c, err), Form: form, Stored: v, Action: descriptionPath(v.Slug), Tags: lang.All(),
	}
	for _, code := range monitor.Audiences() {
		page.Audiences = append(page.Audiences, audienceChoice{code, page.T("describe.audience." + code), slices.Contains(form.Audience, code)})
	}
	if err != nil {
		return p.shell.ShowFault(c, err, "why_describe", page)
	}
	return p.shell.Show(c, "why_describe", page)
}
