package identityweb

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

type resetAskPage struct {
	web.Page
	Faults  web.Faults
	Email   string
	Asked   bool
	Minutes int
}

func (p *Pages) resetAskPage(c *gin.Context) *resetAskPage {
	return &resetAskPage{Page: p.shell.Page(c, "account.reset.title"), Minutes: int(identity.ResetAge.Minutes())}
}

// resetForm answers GET /login/reset, also after a letter was asked for.
func (p *Pages) resetForm(c *gin.Context) error {
	if !p.store.ResetsOffered() {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page := p.resetAskPage(c)
	page.Asked = c.Query("asked") != ""
	return p.shell.Show(c, "identity_reset_ask", page)
}

// askReset answers POST /login/reset, the same whoever is asked for.
func (p *Pages) askReset(c *gin.Context) error {
	err := p.store.AskReset(c.Request.Context(), c.PostForm("email"), caller(c))
	if err != nil {
		page := p.resetAskPage(c)
		page.Email, page.Faults = c.PostForm("email"), p.shell.Faults(c, err)
		return p.showAgain(c, err, "identity_reset_ask", page)
	}
	return p.shell.Redirect(c, "/login/reset?asked=1", "")
}

type resetPage struct {
	web.Page
	Faults web.Faults
	Secret string
}

// reset answers GET /login/reset/:secret. Looking spends nothing: programs that
// look letters through follow every link.
func (p *Pages) reset(c *gin.Context) error {
	if err := p.store.ResetOpen(c.Request.Context(), c.Param("secret")); err != nil {
		return err
	}
	c.Header("Referrer-Policy", web.NoPath)
	return p.shell.Show(c, "identity_reset", resetPage{Page: p.shell.Page(c, "account.reset.new"), Secret: c.Param("secret")})
}

// tokensAfter is what is to become of API tokens; where nothing is ticked, they end.
func tokensAfter(c *gin.Context) identity.Tokens {
	return identity.Tokens(c.PostForm("keep_tokens") != "")
}

// doReset answers POST /login/reset/:secret.
func (p *Pages) doReset(c *gin.Context) error {
	err := checkRepeated(c.PostForm("password"), c.PostForm("repeat"))
	if err == nil {
		err = p.store.Reset(c.Request.Context(), c.Param("secret"), c.PostForm("password"), tokensAfter(c), caller(c))
	}
	if errors.Is(err, fault.Invalid) {
		c.Header("Referrer-Policy", web.NoPath)
		return p.shell.ShowFault(c, err, "identity_reset", resetPage{
			Page: p.shell.Page(c, "account.reset.new"), Secret: c.Param("secret"), Faults: p.shell.Faults(c, err),
		})
	}
	if err != nil {
		return err
	}
	p.shell.EndSession(c)
	return p.shell.Redirect(c, "/login", "account.reset.done")
}
