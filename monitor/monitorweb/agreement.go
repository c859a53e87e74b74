package monitorweb

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

// agreementPage is what is promised of a service: its objective, the windows in
// which more is asked, and how its readings are judged.
type agreementPage struct {
	web.Page
	Faults web.Faults
	Form   agreementForm
	Stored *monitor.Service
	Action string
	Usual  string // the objective of its tier
	Days   []dayChoice
}

// dayChoice is a day of the week.
type dayChoice struct{ Code, Name string }

// agreement answers GET /desk/services/{slug}/agreement.
func (p *Pages) agreement(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	return p.showAgreement(c, fillAgreement(v, p.store.Zone()), v, nil)
}

// agree answers POST /desk/services/{slug}/agreement.
func (p *Pages) agree(c *gin.Context) error {
	v, err := p.manageable(c)
	if err != nil {
		return err
	}
	form := readAgreement(c.Request.PostForm)
	switch act := c.PostForm("do"); {
	case strings.HasPrefix(act, "add-"):
		return p.showAgreement(c, form.withWindow(strings.TrimPrefix(act, "add-")), v, nil)
	case strings.HasPrefix(act, "drop-"):
		n, err := strconv.Atoi(strings.TrimPrefix(act, "drop-"))
		if err != nil {
			return errRow
		}
		return p.showAgreement(c, form.withoutWindow(n), v, nil)
	}
	by := web.ActorFrom(c.Request.Context())
	_, err = p.store.Change(c.Request.Context(), by, v.Slug, func(stored *monitor.Service) error {
		if err := fresh(form.Revision, stored); err != nil {
			return err
		}
		return stored.Edit(by, form.onto(*stored, p.store.Zone()), schedule.Period)
	})
	if err != nil {
		if status := web.StatusOf(err); status != 422 && status != 409 && status != 412 {
			return err
		}
		return p.showAgreement(c, form, v, err)
	}
	p.changed()
	return p.shell.Redirect(c, agreementPath(v.Slug), "agreement.flash.saved")
}

// agreementPath is where an agreement is worked on.
func agreementPath(slug string) string { return "/desk/services/" + slug + "/agreement" }

func (p *Pages) showAgreement(c *gin.Context, form agreementForm, v *monitor.Service, err error) error {
	page := agreementPage{
		Page: p.shell.Page(c, "agreement.title"), Faults: p.shell.Faults(c, err), Form: form, Stored: v, Action: agreementPath(v.Slug),
	}
	page.Usual = page.T("agreement.objective_hint", page.Percent(v.Tier.DefaultObjective(), 1))
	for _, day := range monitor.Weekdays() {
		page.Days = append(page.Days, dayChoice{day, page.T("agreement.day." + day)})
	}
	if err != nil {
		return p.shell.ShowFault(c, err, "monitor_agreement", page)
	}
	return p.shell.Show(c, "monitor_agreement", page)
}

// Heading names a window in its legend.
func (a agreementPage) Heading(r windowRow) string {
	word := a.T("agreement.kind." + r.Kind)
	if name := strings.TrimSpace(r.Name[string(a.Lang)]); name != "" {
		return word + " · " + name
	}
	return word
}
