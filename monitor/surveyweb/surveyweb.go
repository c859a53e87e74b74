// Package surveyweb is where people answer: a page, a widget in other sites'
// pages, posters, a screen at a counter, and the JSON API. Nobody is asked who
// they are there, and nothing is left in their browser.
package surveyweb

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// Services tells of services to whoever may know of them.
type Services interface {
	Service(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error)
}

// Pages are the room's pages and operations.
type Pages struct {
	shell    *web.Shell
	store    *surveydb.Store
	services Services
	now      func() time.Time
	names    names
}

// New returns the room.
func New(shell *web.Shell, store *surveydb.Store, services Services, now func() time.Time) *Pages {
	return &Pages{shell: shell, store: store, services: services, now: now}
}

// Routes adds the room to the shell.
func (p *Pages) Routes() {
	p.shell.Anonymous("/survey/")
	r, h := p.shell.Engine(), p.shell.Handle
	r.GET("/survey/widget.js", p.shell.Machine(p.widget))
	r.GET("/survey/:slug", h(p.asked(survey.Web)))
	r.POST("/survey/:slug", p.shell.MaxBody(maxBody), h(p.answered(survey.Web)))
	r.GET("/survey/:slug/qr", h(p.asked(survey.QR)))
	r.POST("/survey/:slug/qr", p.shell.MaxBody(maxBody), h(p.answered(survey.QR)))
	r.POST("/survey/:slug/more", p.shell.MaxBody(maxBody), h(p.more))
	r.GET("/survey/:slug/kiosk", h(p.kiosk))
	r.POST("/survey/:slug/kiosk", p.shell.MaxBody(maxBody), h(p.touched))

	r.GET("/desk/services/:slug/ask", h(p.desk))
	r.POST("/desk/services/:slug/ask", h(p.choose))
	r.POST("/desk/services/:slug/ask/key", h(p.newKey))
	r.POST("/desk/services/:slug/ask/revoke", h(p.revoke))
	r.POST("/desk/services/:slug/ask/tokens", h(p.mint))
	r.GET("/desk/services/:slug/poster", h(p.poster))
	r.GET("/desk/services/:slug/offices", h(p.offices))
	r.POST("/desk/services/:slug/offices", h(p.keepOffice))
	r.POST("/desk/services/:slug/offices/:code/close", h(p.closeOffice))
	r.POST("/desk/services/:slug/kiosks", h(p.addKiosk))
	r.POST("/desk/services/:slug/kiosks/:id/rotate", h(p.rotateKiosk))
	r.POST("/desk/services/:slug/kiosks/:id/revoke", h(p.revokeKiosk))
	p.api()
	p.officeRoutes()
}

// maxBody is what an answer may be: its words take 8 kB at most, written as a
// form three times as much.
const maxBody = 64 << 10

// shown is a service as those who answer see it.
type shown struct {
	slug  string
	name  lang.Text
	url   string
	until time.Time
}

// names remembers services for a moment: who answers a thousand times a second
// is not to have each looked up.
type names struct {
	sync.Mutex
	of map[string]shown
}

// How long a service is remembered, and how many.
const (
	nameHolds = 5 * time.Second
	mostNames = 10_000
)

// service finds one that the public may know of.
func (p *Pages) service(ctx context.Context, slug string) (shown, error) {
	now := p.now()
	p.names.Lock()
	s, ok := p.names.of[slug]
	p.names.Unlock()
	if ok && now.Before(s.until) && s.until.Sub(now) <= nameHolds {
		return s, nil
	}
	v, err := p.services.Service(ctx, identity.Actor{}, slug)
	if err != nil {
		return shown{}, err
	}
	if !v.Public() {
		return shown{}, fault.New(fault.NotFound, "fault.not_found")
	}
	s = shown{slug: v.Slug, name: v.Name, url: v.URL, until: now.Add(nameHolds)}
	p.names.Lock()
	defer p.names.Unlock()
	if p.names.of == nil || len(p.names.of) >= mostNames {
		p.names.of = map[string]shown{}
	}
	p.names.of[slug] = s
	return s, nil
}

// LookAgain has services looked up again: another process changed one.
func (p *Pages) LookAgain() {
	p.names.Lock()
	defer p.names.Unlock()
	p.names.of = nil
}

// asks is a service with the questions that a channel asks.
func (p *Pages) asks(ctx context.Context, slug string, channel survey.Channel) (shown, *survey.Set, error) {
	s, err := p.service(ctx, slug)
	if err != nil {
		return s, nil, err
	}
	asking, err := p.store.Asking(ctx, slug)
	if err != nil {
		return s, nil, err
	}
	if !asking.Open {
		return s, nil, fault.New(fault.Gone, "survey.answer.closed")
	}
	name, version := asking.SetFor(channel)
	set, err := p.store.Set(ctx, name, version)
	return s, set, err
}

// from is the address that a request comes from. It goes into a hash that is
// worth nothing the next day, and nowhere else.
func from(c *gin.Context) netip.Addr {
	address, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return address
}

// widget answers GET /survey/widget.js.
func (p *Pages) widget(c *gin.Context) error { return p.shell.Built(c, "widget.js") }
