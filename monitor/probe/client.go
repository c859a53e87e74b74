package probe

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// meter is an HTTP client for one look of several requests. It adds up what
// its connections took, under a lock: a dial may end after the look that no
// longer waits for it.
type meter struct {
	base  *HTTP
	trust *monitor.TLSTrust
	ctx   context.Context //nolint:containedctx // of the look: what it dials ends with it
	http.Client

	mu   sync.Mutex
	seen monitor.Reading // phases, address, certificate
}

// newMeter returns a client whose connections go through the guard and end
// with ctx.
func (p *HTTP) newMeter(ctx context.Context, trust *monitor.TLSTrust) *meter {
	m := &meter{base: p, ctx: ctx, trust: trust}
	m.Transport = &http.Transport{
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return m.dial(network, address, false)
		},
		DialTLSContext: func(_ context.Context, network, address string) (net.Conn, error) {
			return m.dial(network, address, true)
		},
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    1,
		DisableCompression:     true,
	}
	m.CheckRedirect = m.redirect
	return m
}

// close lets go of the connections.
func (m *meter) close() { m.CloseIdleConnections() }

// dial connects, and secures the connection when it should be.
func (m *meter) dial(network, address string, secure bool) (conn net.Conn, err error) {
	var own monitor.Reading
	defer func() { m.add(&own) }()
	conn, err = m.base.dial(m.ctx, &own, network, address)
	if err != nil || !secure {
		return conn, err
	}
	return m.base.secure(m.ctx, &own, conn, hostOf(address), m.trust)
}

// add takes in what a connection took.
func (m *meter) add(own *monitor.Reading) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n, took := range own.Phases {
		m.seen.Phases[n] += took
	}
	m.seen.Address = own.Address
	if !own.NotAfter.IsZero() && (m.seen.NotAfter.IsZero() || own.NotAfter.Before(m.seen.NotAfter)) {
		m.seen.NotAfter, m.seen.Secured = own.NotAfter, own.Secured
	}
	if own.Reason != monitor.None {
		m.seen.Reason, m.seen.Detail = own.Reason, own.Detail
	}
}

// connecting is how long connecting took so far.
func (m *meter) connecting() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen.Phases.Total()
}

// tell writes what was seen into r.
func (m *meter) tell(r *monitor.Reading) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n, took := range m.seen.Phases {
		r.Phases[n] += took
	}
	r.Address, r.NotAfter, r.Secured = m.seen.Address, m.seen.NotAfter, m.seen.Secured
	if r.Reason == monitor.None {
		r.Reason, r.Detail = m.seen.Reason, m.seen.Detail
	}
}

// redirect allows what a look at a page allows.
func (m *meter) redirect(req *http.Request, via []*http.Request) error {
	switch {
	case len(via) > m.base.opts.MaxRedirects:
		return &disappointment{monitor.Status, fmt.Sprintf("more than %d redirects", m.base.opts.MaxRedirects)}
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return &disappointment{monitor.Status, "redirect to " + req.URL.Scheme}
	}
	return nil
}
