package noticeweb

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web"
)

// preferencesPage is where somebody chooses what they are told.
type preferencesPage struct {
	web.Page
	Faults    web.Faults
	Rhythm    string
	AwayUntil string
	Language  string
	Rhythms   []web.Option
	Tongues   []web.Option
	Calendar  bool   // there is a secret address
	Secret    string // the address itself, shown once
	Public    string // the calendar of the own institution; empty without one
}

// signedIn returns who asks; any account may choose.
func signedIn(c *gin.Context) (identity.Actor, error) {
	by := web.ActorFrom(c.Request.Context())
	if !by.Known() || by.Account == "" {
		return by, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return by, nil
}

// preferences answers GET /account/notices.
func (p *Pages) preferences(c *gin.Context) error {
	page, err := p.preferencesPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "notice_preferences", page)
}

func (p *Pages) preferencesPage(c *gin.Context) (*preferencesPage, error) {
	by, err := signedIn(c)
	if err != nil {
		return nil, err
	}
	kept, err := p.store.Preference(c.Request.Context(), by.Account)
	if err != nil {
		return nil, err
	}
	page := &preferencesPage{
		Page: p.shell.Page(c, "notice.preferences.title"), Rhythm: string(kept.Rhythm), AwayUntil: string(kept.AwayUntil),
		Language: string(by.Language), Calendar: kept.CalendarHash != "",
	}
	for _, r := range notice.Rhythms() {
		page.Rhythms = append(page.Rhythms, web.Option{
			Value: string(r), Label: page.T("notice.rhythm." + string(r)), Hint: page.T("notice.rhythm_hint." + string(r)),
		})
	}
	for _, l := range page.Languages {
		page.Tongues = append(page.Tongues, web.Option{Value: string(l.Tag), Label: l.Name})
	}
	if by.Institution != "" {
		page.Public = p.shell.URL("/calendar.ics") + "?institution=" + by.Institution
	}
	return page, nil
}

// prefer answers POST /account/notices.
func (p *Pages) prefer(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	asked := notice.Preference{
		Account: by.Account, Rhythm: notice.Rhythm(c.PostForm("rhythm")), AwayUntil: inventory.Date(c.PostForm("away_until")),
	}
	tag := lang.Tag(c.PostForm("language"))
	var unknown error
	if !tag.Valid() {
		unknown = fault.At("language", "fault.unknown_value", string(tag))
	}
	err = errors.Join(asked.Check(p.now()), unknown)
	if err == nil {
		err = errors.Join(p.store.Prefer(c.Request.Context(), by, asked), p.people.SetLanguage(c.Request.Context(), by, tag))
	}
	if err == nil {
		return p.shell.Redirect(c, "/account/notices", "notice.preferences.kept")
	}
	if kind, _ := fault.KindOf(err); kind != fault.Invalid {
		return err
	}
	page, pageErr := p.preferencesPage(c)
	if pageErr != nil {
		return pageErr
	}
	page.Faults, page.Rhythm, page.AwayUntil = p.shell.Faults(c, err), string(asked.Rhythm), string(asked.AwayUntil)
	page.Language = string(tag)
	return p.shell.ShowFault(c, err, "notice_preferences", page)
}

// newCalendar answers POST /account/notices/calendar with the page that shows
// the address, once: only its hash is kept.
func (p *Pages) newCalendar(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	secret, err := p.store.NewCalendar(c.Request.Context(), by)
	if err != nil {
		return err
	}
	page, err := p.preferencesPage(c)
	if err != nil {
		return err
	}
	page.Secret = p.shell.URL("/calendar/" + secret + ".ics")
	return p.shell.Show(c, "notice_preferences", page)
}

// revokeCalendar answers POST /account/notices/calendar/revocation.
func (p *Pages) revokeCalendar(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if err := p.store.RevokeCalendar(c.Request.Context(), by); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account/notices", "notice.calendar.revoked")
}
