package identityweb

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/web"
)

type loginPage struct {
	web.Page
	Faults      web.Faults
	Email, Next string
	Door        *doorView // nil: there is only the password
	Resets      bool      // a new password can be had by mail
}

// afterLogin is where signing in leads when nothing else was asked for.
const afterLogin = "/desk"

func next(asked string) string {
	if asked == "" {
		return afterLogin
	}
	return web.Local(asked)
}

// caller is who is at the other end.
func caller(c *gin.Context) identity.Caller {
	return identity.Caller{Address: c.ClientIP(), Browser: c.Request.UserAgent()}
}

func (p *Pages) loginPage(c *gin.Context, to string) loginPage {
	return loginPage{Page: p.shell.Page(c, "identity.login.title"), Next: to, Resets: p.store.ResetsOffered(), Door: p.doorOf(c, to)}
}

// login answers GET /login.
func (p *Pages) login(c *gin.Context) error {
	to := next(c.Query("next"))
	if web.ActorFrom(c.Request.Context()).Known() {
		return p.shell.Redirect(c, to, "")
	}
	return p.shell.Show(c, "identity_login", p.loginPage(c, to))
}

// signIn answers POST /login.
func (p *Pages) signIn(c *gin.Context) error {
	email, to := c.PostForm("email"), next(c.PostForm("next"))
	e, err := p.store.SignIn(c.Request.Context(), email, c.PostForm("password"), caller(c))
	if errors.Is(err, fault.Unauthenticated) || errors.Is(err, fault.Throttled) {
		page := p.loginPage(c, to)
		page.Faults, page.Email = p.shell.Faults(c, err), email
		return p.shell.ShowFault(c, err, "identity_login", page)
	}
	if err != nil {
		return err
	}
	return p.enter(c, e, to)
}

// enter gives the browser what a sign-in came to. Every kind of sign-in ends here.
func (p *Pages) enter(c *gin.Context, e identitydb.Entry, to string) error {
	if e.Second {
		p.shell.BeginStep(c, e.Token, e.Expires)
		return p.shell.Redirect(c, web.WithNext("/login/code", to), "")
	}
	if former := p.shell.SessionToken(c); former != "" { // somebody was signed in here before: that is over
		if err := p.store.SignOut(c.Request.Context(), former); err != nil {
			return err
		}
	}
	p.shell.EndStep(c)
	p.shell.BeginSession(c, e.Token, e.Expires)
	return p.shell.Redirect(c, to, "")
}

// renew gives the browser its session under a new name, once more may be done
// with it than before: who knew the old name gains nothing.
func (p *Pages) renew(c *gin.Context) error {
	e, err := p.store.RenewSession(c.Request.Context(), p.shell.SessionToken(c))
	if err == nil {
		p.shell.BeginSession(c, e.Token, e.Expires)
	}
	return err
}

type codePage struct {
	web.Page
	Faults web.Faults
	Next   string
}

// code answers GET /login/code.
func (p *Pages) code(c *gin.Context) error {
	to := next(c.Query("next"))
	if p.shell.StepToken(c) == "" {
		return p.shell.Redirect(c, web.WithNext("/login", to), "")
	}
	return p.shell.Show(c, "identity_code", codePage{Page: p.shell.Page(c, "account.code.title"), Next: to})
}

// giveCode answers POST /login/code.
func (p *Pages) giveCode(c *gin.Context) error {
	to := next(c.PostForm("next"))
	e, err := p.store.SecondStep(c.Request.Context(), p.shell.StepToken(c), c.PostForm("code"), caller(c))
	switch {
	case errors.Is(err, fault.Unauthenticated):
		p.shell.EndStep(c)
		page := p.loginPage(c, to)
		page.Faults = p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "identity_login", page)
	case errors.Is(err, fault.Throttled), errors.Is(err, fault.Invalid), errors.Is(err, fault.Unavailable):
		page := codePage{Page: p.shell.Page(c, "account.code.title"), Next: to, Faults: p.shell.Faults(c, err)}
		return p.shell.ShowFault(c, err, "identity_code", page)
	case err != nil:
		return err
	}
	return p.enter(c, e, to)
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
	if kind == fault.Invalid || kind == fault.Throttled || kind == fault.Conflict && len(fault.All(err)) > 0 && fault.All(err)[0].Field != "" {
		return p.shell.ShowFault(c, err, template, page)
	}
	return err
}
