// Package mailweb shows the outbox to whoever looks after it, and to everybody
// what was written to them. It holds no rule.
package mailweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/web"
)

// Addresses knows where an account is written to.
type Addresses interface {
	AddressOf(ctx context.Context, account string) (string, error)
}

// Options are what the room is told by the wiring.
type Options struct {
	Store     *maildb.Store
	Addresses Addresses
	Sending   bool                            // a mail server is configured
	Trouble   func() (mail.Reason, time.Time) // what keeps mail from leaving, and since when
}

// Pages are the pages of mail.
type Pages struct {
	shell *web.Shell
	o     Options
}

// New returns the pages; Routes puts them on the shell's engine.
func New(shell *web.Shell, o Options) *Pages { return &Pages{shell: shell, o: o} }

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/mail", page(p.box))
	r.POST("/desk/mail/trial", page(p.trial))
	r.POST("/desk/mail/:id/retry", page(p.retry))

	r.GET("/desk/messages", page(p.messages))
	r.GET("/desk/messages/:id", page(p.message))
	r.GET("/desk/messages/:id/body", page(p.body))

	p.shell.AddNav(web.NavItem{Path: "/desk/messages", Key: "mail.messages.nav", Desk: true, Rank: 33})
	p.shell.AddNav(web.NavItem{Path: "/desk/mail", Key: "mail.box.nav", Act: identity.ManageMail, Desk: true, Rank: 34})
}

// most bounds a list on a page.
const most = 200

// boxPage is the outbox, without what is written in it.
type boxPage struct {
	web.Page
	Sending bool
	Trouble string // why no mail leaves, in words
	Since   time.Time
	Counts  []count
	Letters []line
	State   string
	Nothing web.Empty
}

type count struct {
	Mark    web.Mark
	Href    string
	N       int
	First   time.Time
	Current bool
}

type line struct {
	mail.Letter
	Mark   web.Mark
	Why    string
	What   string
	MayTry bool
}

// box answers GET /desk/mail.
func (p *Pages) box(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageMail)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	base := p.shell.Page(c, "mail.box.title")
	page := boxPage{Page: base, Sending: p.o.Sending, State: c.Query("state"), Nothing: base.Empty("mail.box.none", "mail.box.none_text")}
	if why, since := p.o.Trouble(); why != "" {
		page.Trouble, page.Since = page.T("mail.reason."+string(why)), since
	}
	counts, err := p.o.Store.Counts(ctx)
	if err != nil {
		return err
	}
	for _, n := range counts {
		page.Counts = append(page.Counts, count{
			stateMark(page.Page, n.State), "/desk/mail?state=" + string(n.State), n.N, n.First, page.State == string(n.State),
		})
	}
	letters, err := p.o.Store.Box(ctx, by, mail.State(page.State), most)
	if err != nil {
		return err
	}
	for _, l := range letters {
		page.Letters = append(page.Letters, p.line(page.Page, l))
	}
	return p.shell.Show(c, "mail_box", page)
}

func (p *Pages) line(page web.Page, l mail.Letter) line {
	made := line{Letter: l, Mark: stateMark(page, l.State), MayTry: l.State == mail.Failed && l.EmptiedAt == nil, What: page.T("mail.kind.other")}
	if key := "mail.kind." + string(l.Kind); page.Has(key) {
		made.What = page.T(key)
	}
	if l.Reason != "" {
		made.Why = page.T("mail.reason." + string(l.Reason))
	}
	return made
}

func stateMark(page web.Page, s mail.State) web.Mark {
	kinds := map[mail.State]string{mail.Queued: "due", mail.Failed: "late", mail.Sent: "open"}
	return page.Mark(kinds[s], "mail.state."+string(s))
}

// trial answers POST /desk/mail/trial: a message to the administrator's own address.
func (p *Pages) trial(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageMail)
	if err != nil {
		return err
	}
	to, err := p.o.Addresses.AddressOf(c.Request.Context(), by.Account)
	if err != nil {
		return err
	}
	page := p.shell.Page(c, "mail.box.title")
	err = p.o.Store.Write(c.Request.Context(), by, mail.Message{
		Kind: mail.Trial, Account: by.Account, To: to, Name: by.Name, Lang: page.Lang,
		Subject: page.T("mail.trial.subject"), Text: page.T("mail.trial.text", p.shell.URL("/desk/mail")) + "\n",
	})
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/mail", "mail.trial.queued")
}

// retry answers POST /desk/mail/:id/retry.
func (p *Pages) retry(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageMail)
	if err != nil {
		return err
	}
	if err := p.o.Store.Retry(c.Request.Context(), by, c.Param("id")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/mail", "mail.retry.done")
}

// messagesPage lists what was written to the reader.
type messagesPage struct {
	web.Page
	Letters []line
	Nothing web.Empty
}

// known refuses the public and callers without an account.
func known(c *gin.Context) (identity.Actor, error) {
	by := web.ActorFrom(c.Request.Context())
	if by.Account == "" {
		return by, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return by, nil
}

// messages answers GET /desk/messages.
func (p *Pages) messages(c *gin.Context) error {
	by, err := known(c)
	if err != nil {
		return err
	}
	letters, err := p.o.Store.Mine(c.Request.Context(), by, most)
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "mail.messages.title")
	page := messagesPage{Page: base, Nothing: base.Empty("mail.messages.none", "mail.messages.none_text")}
	for _, l := range letters {
		page.Letters = append(page.Letters, p.line(base, l))
	}
	return p.shell.Show(c, "mail_messages", page)
}

// messagePage is one message, as its mail shows it.
type messagePage struct {
	web.Page
	Letter line
}

// message answers GET /desk/messages/:id.
func (p *Pages) message(c *gin.Context) error {
	by, err := known(c)
	if err != nil {
		return err
	}
	l, err := p.o.Store.One(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "mail.messages.title")
	return p.shell.Show(c, "mail_message", messagePage{Page: base, Letter: p.line(base, *l)})
}

// body answers GET /desk/messages/:id/body with the HTML of the mail alone. It
// brings its own style, as mail must, and may do nothing but open links.
func (p *Pages) body(c *gin.Context) error {
	by, err := known(c)
	if err != nil {
		return err
	}
	l, err := p.o.Store.One(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	if l.HTML == "" {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "+
		"frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox")
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
	c.Data(200, "text/html; charset=utf-8", []byte(l.HTML))
	return nil
}
