// Package oidcweb leads people to their identity provider and back, and listens
// to what the provider says of sessions that are over.
package oidcweb

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/claims"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/identity/oidc"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// Addresses that the provider must know of.
const (
	Begin    = "/login/oidc"
	Callback = "/login/oidc/callback"
	Ended    = "/login/oidc/logout" // where the provider tells of sessions that are over
	Left     = "/logout/done"
)

// Settings are what an installation wants of people who come from its provider.
type Settings struct {
	Issuer     string
	Name       lang.Text
	Contact    string              // whom to ask for access
	Rules      func() claims.Rules // as they are in force now; none: accounts keep the role they were given here
	TrustEmail bool
	Admission  identity.Admission
}

// Pages are the pages of this room.
type Pages struct {
	shell    *web.Shell
	store    *identitydb.Store
	provider *oidc.Provider
	set      Settings
	log      *slog.Logger
}

// New returns the pages; Routes puts them on the shell's engine.
func New(shell *web.Shell, store *identitydb.Store, provider *oidc.Provider, set Settings, log *slog.Logger) *Pages {
	return &Pages{shell, store, provider, set, log}
}

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET(Begin, page(p.begin))
	r.GET(Callback, page(p.callback))
	r.POST(Ended, p.shell.MaxBody(maxMessage), p.shell.Machine(p.ended))
	r.GET(Left, page(p.left))
	r.POST("/account/provider", page(p.link))
	r.POST("/account/provider/end", page(p.unlink))
	r.POST("/account/provider/proof", page(p.prove))
}

// maxMessage bounds what the provider sends by itself.
const maxMessage = 128 << 10

// kept names the cookie of a sign-in under way.
const kept = "oidc"

// afterLogin is where signing in leads when nothing else was asked for.
const afterLogin = "/desk"

func next(asked string) string {
	if asked == "" {
		return afterLogin
	}
	return web.Local(asked)
}

// begin answers GET /login/oidc.
func (p *Pages) begin(c *gin.Context) error {
	to := next(c.Query("next"))
	if web.ActorFrom(c.Request.Context()).Known() {
		return p.shell.Redirect(c, to, "")
	}
	flow := oidc.NewFlow(to, p.shell.Now())
	there, err := p.provider.Begin(c.Request.Context(), flow, web.LangFrom(c.Request.Context()))
	if err != nil {
		p.count(err)
		return p.refuse(c, err, to, nil)
	}
	p.shell.Keep(c, kept, flow.Pack(), oidc.FlowAge)
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, there)
	return nil
}

// callback answers GET /login/oidc/callback, where the provider sends people back to.
func (p *Pages) callback(c *gin.Context) error {
	ctx := c.Request.Context()
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer") // the address holds a code
	flow, err := oidc.Unpack(p.shell.Kept(c, kept), p.shell.Now())
	p.shell.Forget(c, kept)
	if err != nil {
		p.count(err)
		return p.refuse(c, errors.Join(fault.New(fault.Conflict, "signin.again"), err), afterLogin, nil)
	}
	to := next(flow.Next)
	who, err := p.provider.Finish(ctx, flow, oidc.AnswerOf(c.Request.URL.Query()))
	if err != nil {
		p.count(err)
		return p.refuse(c, err, to, nil)
	}
	v := p.vouched(who, web.LangFrom(ctx))
	if flow.Wish() != "" {
		return p.granted(c, flow, v, to)
	}
	former := p.shell.SessionToken(c)
	v.From = identity.Caller{Address: c.ClientIP(), Browser: c.Request.UserAgent()}
	token, until, err := p.store.SignInVouched(ctx, v, p.set.Admission)
	if err != nil {
		return p.refuse(c, err, to, who)
	}
	if former != "" { // somebody was signed in here before: that is over
		if err := p.store.SignOut(ctx, former); err != nil {
			return err
		}
	}
	p.shell.BeginSession(c, token, until)
	return p.shell.Redirect(c, to, "")
}

// count counts what did not even come to be a proof of anybody.
func (p *Pages) count(err error) {
	outcome := identity.OutcomeRefused
	if kind, ok := fault.KindOf(err); ok && kind == fault.Unavailable {
		outcome = identity.OutcomeUnavailable
	}
	p.store.Tally().Count(identity.WayProvider, outcome)
}

// vouched is who the person is here, by the rules.
func (p *Pages) vouched(who *oidc.Person, tag lang.Tag) identity.Vouched {
	rules := p.set.Rules()
	v := identity.Vouched{
		Issuer: who.Issuer, Subject: who.Subject, Session: who.Session, Nonce: who.Nonce, Email: who.Email, Name: who.Name, Language: tag, Proved: who.Proved,
		Verified: who.Email != "" && (who.Verified || p.set.TrustEmail), IDToken: who.IDToken, Ruled: len(rules) > 0,
	}
	if grant, ok := rules.Grant(who.Claims); ok {
		v.Role, v.Institution = grant.Role, grant.Institution
	}
	return v
}

type refusedPage struct {
	web.Page
	Faults  web.Faults
	Ask     bool // somebody can change it
	Contact string
	Who     string // what whoever changes it must know
	Again   string
}

// refuse shows why somebody did not come in, in words of ours. What is not
// about them is left to the shell.
func (p *Pages) refuse(c *gin.Context, err error, to string, who *oidc.Person) error {
	kind, ok := fault.KindOf(err)
	if !ok {
		return err
	}
	level := slog.LevelInfo
	if kind == fault.Unavailable {
		level = slog.LevelError
	}
	p.log.Log(c.Request.Context(), level, "sign-in through the provider refused", "room", "signin", "request", web.RequestID(c.Request.Context()), "cause", err)
	page := refusedPage{
		Page: p.shell.Page(c, "signin.refused.title"), Faults: p.shell.Faults(c, err), Ask: kind == fault.Forbidden, Contact: p.set.Contact,
		Again: web.WithNext("/login", to),
	}
	if who != nil && kind == fault.Forbidden {
		page.Who = who.Subject
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.ShowFault(c, err, "signin_refused", page)
}

// left answers GET /logout/done, where the provider sends people who signed out
// there. Whoever is signed in here still, sent there by a link, is told nothing.
func (p *Pages) left(c *gin.Context) error {
	if web.ActorFrom(c.Request.Context()).Known() {
		return p.shell.Redirect(c, "/", "")
	}
	return p.shell.Redirect(c, "/", "identity.signed_out")
}

// Leave is where the browser of a session that the provider opened goes on to
// sign out there; empty when another way opened it, or there is no such place.
func (p *Pages) Leave(ctx context.Context, session string) string {
	if session == "" {
		return ""
	}
	idToken, ok, err := p.store.VouchedBy(ctx, session)
	if err != nil {
		p.log.ErrorContext(ctx, "the provider's session was not found", "room", "signin", "err", err)
	}
	if !ok {
		return ""
	}
	ctx, enough := context.WithTimeout(ctx, leaveWithin)
	defer enough()
	return p.provider.Leave(ctx, idToken)
}

// leaveWithin is how long signing out waits for the provider.
const leaveWithin = 3 * time.Second

// ended answers POST /login/oidc/logout: the provider says that a session is over.
func (p *Pages) ended(c *gin.Context) error {
	ctx := c.Request.Context()
	c.Header("Cache-Control", "no-store")
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "fault.form")
	}
	over, err := p.provider.Ended(ctx, c.Request.PostForm.Get("logout_token"))
	if err == nil {
		var n int
		n, err = p.store.EndVouched(ctx, over.Issuer, over.Subject, over.Session, over.Once, over.Until)
		if err == nil {
			p.log.InfoContext(ctx, "the provider ended sessions", "room", "signin", "sessions", n)
			c.Status(http.StatusOK)
			return nil
		}
	}
	if kind, ok := fault.KindOf(err); ok && kind != fault.Unavailable {
		p.log.WarnContext(ctx, "a message of the provider was refused", "room", "signin", "cause", err)
		// The standard's own form of an answer, which providers write into their log.
		c.JSON(http.StatusBadRequest, gin.H{"error": "invalid_request"})
		return nil
	}
	return err
}
