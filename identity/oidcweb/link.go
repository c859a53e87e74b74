package oidcweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/oidc"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// signedIn refuses the public, and whoever holds only a token.
func signedIn(c *gin.Context) (identity.Actor, error) {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	if by.Account == "" || web.ByToken(ctx) {
		return by, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return by, nil
}

type goPage struct {
	web.Page
	Name lang.Text
	URL  string
}

// link answers POST /account/provider: who is signed in here proves who they
// are there. A page goes on by itself, because browsers hold the answer to a
// form to our own addresses.
func (p *Pages) link(c *gin.Context) error {
	if _, err := signedIn(c); err != nil {
		return err
	}
	flow := oidc.NewFlow("/account", p.shell.Now()).Linking(p.shell.SessionToken(c))
	there, err := p.provider.Begin(c.Request.Context(), flow, web.LangFrom(c.Request.Context()))
	if err != nil {
		return p.refuse(c, err, "/account", nil)
	}
	p.shell.Keep(c, kept, flow.Pack(), oidc.FlowAge)
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "signin_go", goPage{p.shell.Page(c, "signin.link.title"), p.set.Name, there})
}

// linked ends it on the way back.
func (p *Pages) linked(c *gin.Context, flow oidc.Flow, v identity.Vouched) error {
	by, err := signedIn(c)
	if err == nil && !flow.LinkedBy(p.shell.SessionToken(c)) {
		err = fault.New(fault.Conflict, "signin.again")
	}
	if err == nil {
		err = p.store.LinkSelf(c.Request.Context(), by, v)
	}
	if err != nil {
		return p.refuse(c, err, "/account", nil)
	}
	return p.shell.Redirect(c, "/account", "signin.linked")
}

// unlink answers POST /account/provider/end.
func (p *Pages) unlink(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if err := p.store.Unlink(c.Request.Context(), by, by.Account, p.set.Issuer); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "signin.unlinked")
}
