package surveyweb

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// officesPage is /desk/services/{slug}/offices: where people come, their
// posters and screens, and what the answers come to at each.
type officesPage struct {
	web.Page
	Service *monitor.Service
	Faults  web.Faults
	Summary web.Errors
	Offices []officeRow
	Screens []screenRow
	Results []officeResult
	Few     string // offices that are not told alone
	Days    int
	Choices []web.Option
	Code    string
	French  string
	Arabic  string
	Name    string
	AnHour  string
	Shown   string // address of a screen, shown this once
	Nothing web.Empty
}

type officeRow struct {
	Code   string
	Name   lang.Text
	Mark   web.Mark
	Open   bool
	Poster string
}

type screenRow struct {
	ID, Name string
	Office   lang.Text
	Mark     web.Mark
	AnHour   string
	Since    time.Time
	Holds    bool
}

// officeResult is what the answers at an office come to.
type officeResult struct {
	Name, N, Mean, Band, Top2 string
}

// officesOver is how many days back results by office go.
const officesOver = 90

// offices answers GET /desk/services/{slug}/offices.
func (p *Pages) offices(c *gin.Context) error { return p.showOffices(c, officesPage{}, nil) }

func (p *Pages) showOffices(c *gin.Context, page officesPage, failed error) error {
	by, v, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	page.Page, page.Service, page.Days = p.shell.Page(c, "surveyoffice.title"), v, officesOver
	page.Title = page.T("surveyoffice.title_of", v.Name.In(page.Lang))
	page.Faults = p.shell.Faults(c, failed)
	page.Summary = page.Errors(page.Faults, "code", "surveyoffice.code", "name.fr", "surveyoffice.name_fr", "name.ar", "surveyoffice.name_ar",
		"office", "surveyoffice.office", "name", "surveyoffice.screen", "an_hour", "surveyoffice.an_hour")
	page.Nothing = page.Empty("surveyoffice.empty", "surveyoffice.empty_text")
	if page.AnHour == "" {
		page.AnHour = page.Number(survey.KioskUsual)
	}
	all, err := p.store.Offices(ctx, slug)
	if err != nil {
		return err
	}
	page.list(all)
	screens, err := p.store.Kiosks(ctx, by, slug)
	if err != nil {
		return err
	}
	page.screens(screens, all)
	if err := p.results(ctx, &page, slug, all); err != nil {
		return err
	}
	if page.Shown != "" {
		c.Header("Cache-Control", "no-store")
	}
	if failed != nil {
		return p.shell.ShowFault(c, failed, "survey_ask_offices", page)
	}
	return p.shell.Show(c, "survey_ask_offices", page)
}

func (page *officesPage) list(all []survey.Branch) {
	for _, o := range all {
		row := officeRow{Code: o.Code, Name: o.Name, Open: o.Open(), Mark: page.Mark("open", "surveyoffice.state.open")}
		row.Poster = "/desk/services/" + url.PathEscape(page.Service.Slug) + "/poster?office=" + o.Code
		if !row.Open {
			row.Mark = page.Mark("withdrawn", "surveyoffice.state.closed")
		} else {
			page.Choices = append(page.Choices, web.Option{Value: o.Code, Label: o.Name.In(page.Lang)})
		}
		page.Offices = append(page.Offices, row)
	}
}

func (page *officesPage) screens(all []survey.Screen, offices []survey.Branch) {
	for n := range all {
		k := &all[n]
		row := screenRow{ID: k.ID, Name: k.Name, AnHour: page.Number(k.AnHour), Since: k.CreatedAt, Holds: k.RevokedAt == nil, Mark: page.Mark("open", "surveyoffice.state.holds")}
		if k.RotatedAt != nil {
			row.Since = *k.RotatedAt
		}
		if !row.Holds {
			row.Since, row.Mark = *k.RevokedAt, page.Mark("withdrawn", "surveyoffice.state.revoked")
		}
		row.Office = lang.Text{"fr": k.Office}
		if at := slices.IndexFunc(offices, func(o survey.Branch) bool { return o.Code == k.Office }); at >= 0 {
			row.Office = offices[at].Name
		}
		page.Screens = append(page.Screens, row)
	}
}

// results fills in what the answers come to at each office that may be told.
func (p *Pages) results(ctx context.Context, page *officesPage, slug string, offices []survey.Branch) error {
	now := p.now()
	sums, err := p.store.ByOffice(ctx, slug, now.AddDate(0, 0, -officesOver), now.Add(time.Second))
	if err != nil {
		return err
	}
	told, few := survey.Offices(sums)
	for _, one := range told {
		f := one.Sums.Score(one.Headline(), survey.Part{}).Figures
		row := officeResult{Name: page.T("surveyoffice.others"), N: page.Number(one.N), Mean: "–"}
		if at := slices.IndexFunc(offices, func(o survey.Branch) bool { return o.Code == one.Code }); at >= 0 {
			row.Name = offices[at].Name.In(page.Lang)
		}
		if f.N > 0 {
			row.Mean, row.Top2 = page.Decimal(f.Mean10.Value, 1), page.Percent(f.Top2.Share, 0)
			row.Band = page.T("surveyoffice.between", page.Decimal(f.Mean10.Low, 1), page.Decimal(f.Mean10.High, 1))
		}
		page.Results = append(page.Results, row)
	}
	if few > 0 {
		page.Few = page.T("surveyoffice.few", few, survey.OfficeLeast)
	}
	return nil
}

// branch is an office of the service's list.
func (p *Pages) branch(c *gin.Context, slug, code string) (survey.Branch, error) {
	all, err := p.store.Offices(c.Request.Context(), slug)
	if err != nil {
		return survey.Branch{}, err
	}
	at := slices.IndexFunc(all, func(o survey.Branch) bool { return o.Code == code && o.Open() })
	if at < 0 {
		return survey.Branch{}, fault.New(fault.NotFound, "fault.not_found")
	}
	return all[at], nil
}

// keepOffice answers POST /desk/services/{slug}/offices.
func (p *Pages) keepOffice(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	typed := officesPage{Code: c.PostForm("code"), French: c.PostForm("name.fr"), Arabic: c.PostForm("name.ar")}
	err = p.store.KeepOffice(c.Request.Context(), by, slug, typed.Code, lang.Text{"fr": typed.French, "ar": typed.Arabic})
	if web.Correctable(err) {
		return p.showOffices(c, typed, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/offices", "surveyoffice.kept")
}

// closeOffice answers POST /desk/services/{slug}/offices/{code}/close.
func (p *Pages) closeOffice(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	if err := p.store.CloseOffice(c.Request.Context(), by, slug, c.Param("code")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/offices", "surveyoffice.closed")
}

// addKiosk answers POST /desk/services/{slug}/kiosks: the address of the screen
// is shown this once.
func (p *Pages) addKiosk(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	typed := officesPage{Name: c.PostForm("name"), AnHour: strings.TrimSpace(c.PostForm("an_hour"))}
	_, token, err := p.store.AddKiosk(c.Request.Context(), by, slug, c.PostForm("office"), typed.Name, number(typed.AnHour, survey.KioskUsual))
	if web.Correctable(err) {
		return p.showOffices(c, typed, err)
	}
	if err != nil {
		return err
	}
	return p.showOffices(c, officesPage{Shown: p.kioskAt(slug, token)}, nil)
}

// rotateKiosk answers POST /desk/services/{slug}/kiosks/{id}/rotate.
func (p *Pages) rotateKiosk(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	_, token, err := p.store.RotateKiosk(c.Request.Context(), by, slug, c.Param("id"))
	if err != nil {
		return err
	}
	return p.showOffices(c, officesPage{Shown: p.kioskAt(slug, token)}, nil)
}

// revokeKiosk answers POST /desk/services/{slug}/kiosks/{id}/revoke.
func (p *Pages) revokeKiosk(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	if err := p.store.RevokeKiosk(c.Request.Context(), by, slug, c.Param("id")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/offices", "surveyoffice.revoked")
}

// kioskAt is the address that a screen is set to.
func (p *Pages) kioskAt(slug, token string) string {
	return p.shell.URL("/survey/"+url.PathEscape(slug)+"/kiosk") + "?" + url.Values{"k": {token}}.Encode()
}
