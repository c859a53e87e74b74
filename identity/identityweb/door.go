package identityweb

import (
	"context"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Door is another way in than a password kept here: an identity provider.
type Door struct {
	Name   lang.Text
	Path   string // where a sign-in there begins
	Issuer string
	Folded bool                                             // the form for passwords is for emergencies
	Hidden bool                                             // and is not even offered
	Leave  func(ctx context.Context, session string) string // where to sign out there, empty: nowhere
}

// Through shows another way in before the password.
func (p *Pages) Through(d Door) *Pages {
	p.door = &d
	return p
}

// doorView is the door as the page of sign-in shows it.
type doorView struct {
	Name   lang.Text
	Href   string
	Folded bool
	Hidden bool
}

// doorOf is nil when there is only the password. Whoever holds an emergency
// password finds the form at /login?local=1, whatever the page offers.
func (p *Pages) doorOf(c *gin.Context, to string) *doorView {
	if p.door == nil {
		return nil
	}
	asked := c.Query("local") != "" || c.Request.Method == "POST"
	return &doorView{
		Name: p.door.Name, Href: p.door.Path + "?next=" + url.QueryEscape(to), Folded: p.door.Folded && !asked, Hidden: p.door.Hidden && !asked,
	}
}

// away is where a browser goes on to sign out at the provider that opened its
// session. It is asked before the session ends.
func (p *Pages) away(c *gin.Context) string {
	if p.door == nil {
		return ""
	}
	return p.door.Leave(c.Request.Context(), p.shell.SessionToken(c))
}

type awayPage struct {
	web.Page
	Name lang.Text
	URL  string
}

// showAway answers with a page that goes on to the provider by itself. A
// redirect would not do: browsers hold the answer to a form to our own
// addresses, as our pages ask them to.
func (p *Pages) showAway(c *gin.Context, to string) error {
	c.Header("Cache-Control", "no-store")
	c.Request = c.Request.WithContext(web.WithActor(c.Request.Context(), identity.Actor{})) // who asked is gone
	return p.shell.Show(c, "signin_away", awayPage{p.shell.Page(c, "signin.out.title"), p.door.Name, to})
}

// bondView is whom one's own account belongs to at the provider.
type bondView struct {
	Name  lang.Text
	Bond  identity.Bond
	Bound bool
	Only  bool // there is no password: this is the only way in
}

func (p *Pages) bondOf(c *gin.Context) (*bondView, error) {
	if p.door == nil {
		return nil, nil // there is no provider to belong to
	}
	by := web.ActorFrom(c.Request.Context())
	bond, bound, err := p.store.BondOf(c.Request.Context(), by.Account, p.door.Issuer)
	if err != nil {
		return nil, err
	}
	only := false
	if bound {
		only, err = p.store.OnlyVouched(c.Request.Context(), by.Account)
	}
	return &bondView{p.door.Name, bond, bound, only}, err
}
