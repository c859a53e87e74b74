package alertweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/letter"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// linkPage is where a link of a mail leads: it asks for one click more, since
// mail scanners open links before people do.
type linkPage struct {
	web.Page
	Name, Owner string
	About       []string
	Secret      string
	Expires     time.Time
	Done        bool
	Closed      string // why the link does nothing any more
}

// link answers GET /alert/:secret. It changes nothing.
func (p *Pages) link(c *gin.Context) error {
	page, _, err := p.opened(c)
	if err != nil {
		return p.closed(c, page, err)
	}
	return p.shell.Show(c, "alert_link", page)
}

// follow answers POST /alert/:secret: the event is taken in hand in the name
// of the account the mail went to.
func (p *Pages) follow(c *gin.Context) error {
	page, by, err := p.opened(c)
	if err != nil {
		return p.closed(c, page, err)
	}
	if _, err := p.store.Follow(c.Request.Context(), by, page.Secret); err != nil {
		return p.closed(c, page, err)
	}
	page.Done = true
	return p.shell.Show(c, "alert_link", page)
}

// private keeps the address, which is a secret, out of caches and referrers.
func private(c *gin.Context) {
	c.Header("Referrer-Policy", web.NoPath)
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
}

// opened reads the link, its event, and whose it is; the fault says why it may
// not act any more.
func (p *Pages) opened(c *gin.Context) (*linkPage, identity.Actor, error) {
	private(c)
	page := &linkPage{Page: p.shell.Page(c, "alert.link.title"), Secret: c.Param("secret")}
	l, e, err := p.store.Link(c.Request.Context(), page.Secret)
	if err != nil {
		return page, identity.Actor{}, err
	}
	by, err := p.people.ActorOf(c.Request.Context(), l.Account)
	if kind, _ := fault.KindOf(err); kind == fault.Unauthenticated || kind == fault.NotFound {
		return page, by, fault.New(fault.Gone, "alert.link.revoked")
	} else if err != nil {
		return page, by, err
	}
	line := alert.LineOf(e, "")
	page.Name, page.Owner, page.Expires = nameOf(page.Page, e), page.Text(e.Facts.Owner), l.ExpiresAt
	page.About = letter.About(p.shell.Words(), page.Lang, &line, p.now())
	if l.UsedAt == nil && !e.Open() {
		return page, by, fault.New(fault.Gone, "alert.link.over")
	}
	if !by.MayAnywhere(identity.ReadAlerts) {
		return page, by, fault.New(fault.Gone, "alert.link.revoked")
	}
	return page, by, l.Open(p.now())
}

// closed says why a link does nothing, and where to go instead.
func (p *Pages) closed(c *gin.Context, page *linkPage, err error) error {
	all := fault.All(err)
	if len(all) == 0 {
		return err
	}
	page.Closed = page.T(all[0].Key, all[0].Args...)
	return p.shell.ShowFault(c, err, "alert_link", page)
}
