package surveyweb

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// posterPage is a sheet to print and hang up, in Arabic and French.
type posterPage struct {
	web.Page
	Service *monitor.Service
	Office  lang.Text // whose poster it is; empty: of any
	Address string    // what the code says, for who has no camera
	Code    template.HTML
	Asked   map[string]lang.Text
}

// poster answers GET /desk/services/{slug}/poster.
func (p *Pages) poster(c *gin.Context) error {
	by, v, _, err := p.mine(c)
	if err != nil {
		return err
	}
	if err := by.Must(identity.ManageSurveys, v.Institution); err != nil {
		return err
	}
	page := posterPage{Page: p.shell.Page(c, "surveyask.poster.title"), Service: v}
	page.Address = p.shell.URL("/survey/" + url.PathEscape(v.Slug) + "/qr")
	if code := c.Query("office"); code != "" {
		branch, err := p.branch(c, v.Slug, code)
		if err != nil {
			return err
		}
		page.Office, page.Address = branch.Name, page.Address+"?office="+branch.Code
	}
	if page.Code, err = web.QR(page.Address, page.T("surveyask.poster.code", v.Name.In(page.Lang))); err != nil {
		return err
	}
	page.Asked = map[string]lang.Text{}
	for code, key := range map[string]string{"ask": "surveyask.poster.ask", "scan": "surveyask.poster.scan", "short": "surveyask.poster.short", "or": "surveyask.poster.or"} {
		text := lang.Text{}
		for _, tag := range lang.All() {
			text[string(tag)] = p.shell.Words().T(tag, key)
		}
		page.Asked[code] = text
	}
	return p.shell.ShowBare(c, http.StatusOK, "survey_ask_poster", page)
}

// mine is a service that somebody signed in may manage the survey of.
func (p *Pages) mine(c *gin.Context) (identity.Actor, *monitor.Service, string, error) {
	by, err := web.SignedIn(c, identity.ManageSurveys)
	if err != nil {
		return by, nil, "", err
	}
	slug := c.Param("slug")
	v, err := p.services.Service(c.Request.Context(), by, slug)
	if err != nil {
		return by, nil, slug, err
	}
	return by, v, slug, by.Must(identity.ManageSurveys, v.Institution)
}
