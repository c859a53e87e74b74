package identityweb

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/web"
)

type loginPage struct {
	web.Page
	Faults      web.Faults
	Email, Next string
	Door        *doorView // nil: there is only the password
}

// afterLogin is where signing in leads when nothing else was asked for.
const afterLogin = "/desk"

func next(asked string) string {
	if asked == "" {
		return afterLogin
	}
	return web.Local(asked)
}

// login answers GET /login.
func (p *Pages) login(c *gin.Context) error {
	to := next(c.Query("next"))
	if web.ActorFrom(c.Request.Context()).Known() {
		return p.shell.Redirect(c, to, "")
	}
	return p.shell.Show(c, "identity_login", loginPage{
		Page: p.shell.Page(c, "identity.login.title"), Next: to, Door: p.doorOf(c, to),
	})
}

// signIn answers POST /login.
func (p *Pages) signIn(c *gin.Context) error {
	email, to := c.PostForm("email"), next(c.PostForm("next"))
	token, expires, err := p.store.SignIn(c.Request.Context(), email, c.PostForm("password"), c.ClientIP())
	if errors.Is(err, fault.Unauthenticated) || errors.Is(err, fault.Throttled) {
		page := loginPage{Page: p.shell.Page(c, "identity.login.title"), Faults: p.shell.Faults(c, err), Email: email, Next: to, Door: p.doorOf(c, to)}
		return p.shell.ShowFault(c, err, "identity_login", page)
	}
	if err != nil {
		return err
	}
	p.shell.BeginSession(c, token, expires)
	return p.shell.Redirect(c, to, "")
}

// signOut answers POST /logout.
func (p *Pages) signOut(c *gin.Context) error {
	away := p.away(c)
	if err := p.store.SignOut(c.Request.Context(), p.shell.SessionToken(c)); err != nil {
		return err
	}
	p.shell.EndSession(c)
	c.Header("Clear-Site-Data", `"cache"`)
	if away != "" {
		return p.showAway(c, away)
	}
	return p.shell.Redirect(c, "/", "identity.signed_out")
}

// signedIn refuses the public, and whoever holds only a token: what follows
// belongs to an account, and a token that leaked must not make itself another.
func signedIn(c *gin.Context) error {
	ctx := c.Request.Context()
	if web.ActorFrom(ctx).Account == "" || web.ByToken(ctx) {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return nil
}

// showAgain shows a form again with what was wrong in it, or fails with err
// when it is not about what was typed.
func (p *Pages) showAgain(c *gin.Context, err error, template string, page any) error {
	kind, _ := fault.KindOf(err)
	if kind == fault.Invalid || kind == fault.Conflict && len(fault.All(err)) > 0 && fault.All(err)[0].Field != "" {
		return p.shell.ShowFault(c, err, template, page)
	}
	return err
}
