package identityweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/letter"
	"github.com/jard-odi/jard/web"
)

type sessionRow struct {
	identity.Session
	Browser, Where, How string
	This                bool
}

// sessionRows says the sessions of an account in words; the one that looks is marked.
func (p *Pages) sessionRows(c *gin.Context, page web.Page, account string) ([]sessionRow, error) {
	ctx := c.Request.Context()
	all, err := p.store.Sessions(ctx, web.ActorFrom(ctx), account)
	if err != nil {
		return nil, err
	}
	mine := identity.Digest(p.shell.SessionToken(c))
	rows := make([]sessionRow, 0, len(all))
	for _, s := range all {
		row := sessionRow{Session: s, This: s.Hash == mine, Where: letter.Place(page.T, s.Network), Browser: page.T("account.browser.unknown")}
		if s.Agent != "" {
			row.Browser = letter.Browser(page.T, s.Agent)
		}
		if key := "account.method." + string(s.Method); page.Has(key) {
			row.How = page.T(key)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// endSession answers POST /account/sessions/:ref/end.
func (p *Pages) endSession(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	if err := p.store.EndSession(ctx, by, by.Account, c.Param("ref")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "account.session.ended")
}

// endSessions answers POST /account/sessions/end: all but this one.
func (p *Pages) endSessions(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	if _, err := p.store.EndSessions(ctx, by, by.Account, p.shell.SessionToken(c)); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "account.session.ended_others")
}

// endTheirs answers POST /admin/accounts/:id/sessions/:ref/end.
func (p *Pages) endTheirs(c *gin.Context) error {
	ctx := c.Request.Context()
	if err := p.store.EndSession(ctx, web.ActorFrom(ctx), c.Param("id"), c.Param("ref")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/admin/accounts/"+c.Param("id"), "account.session.ended")
}

// endAllTheirs answers POST /admin/accounts/:id/sessions/end. Whoever looks at
// their own account keeps the session they look with.
func (p *Pages) endAllTheirs(c *gin.Context) error {
	ctx := c.Request.Context()
	if _, err := p.store.EndSessions(ctx, web.ActorFrom(ctx), c.Param("id"), p.shell.SessionToken(c)); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/admin/accounts/"+c.Param("id"), "account.session.ended_all")
}
