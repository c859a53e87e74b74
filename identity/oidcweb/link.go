package oidcweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
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
// are there. Whoever finds a desk left open must not make the account theirs.
func (p *Pages) link(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if by.MustBeProved() != nil {
		return p.shell.Redirect(c, web.WithNext("/account/proof", "/account"), "")
	}
	return p.wish(c, oidc.Link, "/account", "signin.link.title")
}

// prove answers POST /account/provider/proof.
func (p *Pages) prove(c *gin.Context) error {
	if _, err := signedIn(c); err != nil {
		return err
	}
	return p.wish(c, oidc.Prove, web.Local(c.PostForm("next")), "account.prove.title")
}

// wish answers with a page that goes on to the provider by itself. A redirect
// would not do: browsers hold the answer to a form to our own addresses.
func (p *Pages) wish(c *gin.Context, what oidc.Wish, to, titleKey string) error {
	flow := oidc.NewFlow(to, p.shell.Now()).For(what, p.shell.SessionToken(c))
	there, err := p.provider.Begin(c.Request.Context(), flow, web.LangFrom(c.Request.Context()))
	if err != nil {
		p.count(err)
		return p.refuse(c, err, to, nil)
	}
	p.shell.Keep(c, kept, flow.Pack(), oidc.FlowAge)
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "signin_go", goPage{p.shell.Page(c, titleKey), p.set.Name, there})
}

// granted does on the way back what somebody wished.
func (p *Pages) granted(c *gin.Context, flow oidc.Flow, v identity.Vouched, to string) error {
	ctx, session, said := c.Request.Context(), p.shell.SessionToken(c), ""
	by, err := signedIn(c)
	switch {
	case err != nil:
	case !flow.WishedBy(session):
		err = fault.New(fault.Conflict, "signin.again")
	case flow.Wish() == oidc.Link:
		err, said = p.store.LinkSelf(ctx, by, v), "signin.linked"
	default:
		err = p.store.ProveVouched(ctx, by, session, v)
	}
	var fresh identitydb.Entry
	if err == nil { // more may be done with the session now: who knew its name gains nothing
		if fresh, err = p.store.RenewSession(ctx, session); err == nil {
			p.shell.BeginSession(c, fresh.Token, fresh.Expires)
		}
	}
	if err != nil {
		return p.refuse(c, err, to, nil)
	}
	return p.shell.Redirect(c, to, said)
}

// unlink answers POST /account/provider/end.
func (p *Pages) unlink(c *gin.Context) error {
	by, err := signedIn(c)
	if err != nil {
		return err
	}
	if by.MustBeProved() != nil {
		return p.shell.Redirect(c, web.WithNext("/account/proof", "/account"), "")
	}
	if err := p.store.Unlink(c.Request.Context(), by, by.Account, p.set.Issuer); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "signin.unlinked")
}
