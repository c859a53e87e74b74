// Package metricsweb answers Prometheus: /metrics, and /probe, which looks at a
// registered service at once and tells what it saw in the words of
// blackbox_exporter. It keeps both from whoever is not to have them.
package metricsweb

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// Watched is a check that may be looked at because somebody asks.
type Watched struct {
	Check       monitor.Check
	Institution string
	URL         string // of its service
}

// Options are what the pages stand on.
type Options struct {
	Metrics  http.Handler
	Networks []string // that may read both without a token; empty: anybody /metrics, this machine /probe
	Token    string   // may read both; empty: there is none

	// Checks returns every check that is watched now, and a number that changes with them.
	Checks func(ctx context.Context) ([]Watched, int64, error)
	// Version returns that number alone.
	Version func(ctx context.Context) (int64, error)
	// Look looks once and judges what it saw. Nothing is stored.
	Look func(ctx context.Context, c monitor.Check) monitor.Reading
	Now  func() time.Time
}

// Pages answer Prometheus.
type Pages struct {
	shell    *web.Shell
	opts     Options
	networks []netip.Prefix
	targets  targets
	looks    looks
}

// New returns the pages. Networks that are none are an error of the settings,
// which were checked before.
func New(shell *web.Shell, o Options) *Pages {
	p := &Pages{shell: shell, opts: o, looks: looks{places: make(chan struct{}, looksAtOnce)}}
	for _, one := range o.Networks {
		if network, err := netip.ParsePrefix(one); err == nil {
			p.networks = append(p.networks, network.Masked())
		}
	}
	return p
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r := p.shell.Engine()
	r.GET("/metrics", p.shell.Machine(p.metrics))
	r.GET("/probe", p.shell.Machine(p.probe))
}

// metrics answers GET /metrics.
func (p *Pages) metrics(c *gin.Context) error {
	open := len(p.networks) == 0 && p.opts.Token == ""
	if !open && !p.trusted(c) && !web.ActorFrom(c.Request.Context()).Everywhere(identity.ReadServices) {
		return refused(c)
	}
	p.opts.Metrics.ServeHTTP(c.Writer, c.Request)
	return nil
}

// trusted tells whether the caller holds the token or comes from a network
// that needs none.
func (p *Pages) trusted(c *gin.Context) bool {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if p.opts.Token != "" && strings.EqualFold(scheme, "Bearer") &&
		subtle.ConstantTimeCompare([]byte(strings.TrimSpace(token)), []byte(p.opts.Token)) == 1 {
		return true
	}
	from, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return false
	}
	from = from.Unmap().WithZone("")
	for _, network := range p.networks {
		if network.Contains(from) {
			return true
		}
	}
	return false
}

// local tells whether the caller is this machine itself, not a proxy on it
// that passes on somebody else.
func local(c *gin.Context) bool {
	from, err := netip.ParseAddr(c.ClientIP())
	return err == nil && from.Unmap().IsLoopback() &&
		c.GetHeader("X-Forwarded-For") == "" && c.GetHeader("Forwarded") == "" && c.GetHeader("X-Real-Ip") == ""
}

// refused is why a caller may not: not known, or known and not allowed.
func refused(c *gin.Context) error {
	if web.ActorFrom(c.Request.Context()).Known() {
		return fault.New(fault.Forbidden, "probe.refused")
	}
	return fault.New(fault.Unauthenticated, "probe.refused")
}
