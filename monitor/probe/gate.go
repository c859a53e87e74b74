package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// gate is the only way out that a browser has for one page: a proxy of our
// own. Whatever the page asks for (frames, workers, WebSockets, redirects)
// is connected here, by the guarded dialer, or not at all.
type gate struct {
	base     *HTTP
	ctx      context.Context //nolint:containedctx // of the look: what it dials ends with it
	listener net.Listener
	server   *http.Server
	peers    func(netip.Addr) bool // who may come in
	budget   int64                 // bytes that may come

	mu      sync.Mutex
	came    int64
	refused []string // hosts that the guard refused, each once
	turned  int      // how many requests for them
	fails   map[string]error
	ways    map[string]monitor.Reading // by host and port: what the first connection took
	open    map[net.Conn]bool
	closed  bool
}

// pageBudget is how many bytes one page may bring, unless its check allows more.
const pageBudget = 64 << 20

// maxRefused is how many refused hosts are told by name.
const maxRefused = 5

// openGate listens where the browser at devtools can reach us. At names the
// address of this machine for that; empty: the one from which we reach it.
func (p *HTTP) openGate(ctx context.Context, devtools, at string, budget int64) (*gate, error) {
	g := &gate{
		base: p, ctx: ctx, budget: budget, fails: map[string]error{}, ways: map[string]monitor.Reading{}, open: map[net.Conn]bool{},
		peers: func(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() },
	}
	if at == "" {
		own, browser, err := between(ctx, devtools)
		if err != nil {
			return nil, err
		}
		at = own.String()
		g.peers = func(a netip.Addr) bool { return a == browser || a.IsLoopback() && browser.IsLoopback() }
	}
	var err error
	if g.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(at, "0")); err != nil {
		return nil, err
	}
	quiet := log.New(io.Discard, "", 0) // the reading says what happened
	out := &http.Transport{DialContext: g.dial, DisableCompression: true, MaxResponseHeaderBytes: maxHeader}
	plain := &httputil.ReverseProxy{
		Transport: out,
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL, r.Out.Host = r.In.URL, r.In.Host },
		// No page of ours stands in for one that did not come.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     quiet,
	}
	g.server = &http.Server{
		ErrorLog: quiet, ReadHeaderTimeout: dialWithin, MaxHeaderBytes: maxHeader,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodConnect:
				g.tunnel(w, r)
			case r.URL.Scheme != "http" || r.URL.Host == "":
				http.Error(w, "only by proxy", http.StatusBadRequest)
			default:
				plain.ServeHTTP(w, r)
			}
		}),
	}
	go func() { _ = g.server.Serve(door{g.listener, g.peers}) }()
	return g, nil
}

// address is how a browser is told of the gate.
func (g *gate) address() string { return "http://" + g.listener.Addr().String() }

// close ends all that went through.
func (g *gate) close() {
	_ = g.server.Close()
	g.mu.Lock()
	g.closed = true
	left := slices.Collect(maps.Keys(g.open))
	g.mu.Unlock()
	for _, conn := range left {
		_ = conn.Close() // which lets go of it, under the lock
	}
}

// between returns our address and the browser's, as the way between them has
// it. Nothing is sent: a datagram socket only looks up the route.
func between(ctx context.Context, devtools string) (own, browser netip.Addr, err error) {
	u, err := url.Parse(devtools)
	if err != nil {
		return own, browser, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", net.JoinHostPort(u.Hostname(), "9"))
	if err != nil {
		return own, browser, err
	}
	defer func() { _ = conn.Close() }()
	return addrOf(conn.LocalAddr()), addrOf(conn.RemoteAddr()), nil
}

func addrOf(a net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// door takes in connections of the browser alone.
type door struct {
	net.Listener
	peers func(netip.Addr) bool
}

// Accept hangs up on everybody else.
func (k door) Accept() (net.Conn, error) {
	for {
		conn, err := k.Listener.Accept()
		if err != nil || k.peers(addrOf(conn.RemoteAddr())) {
			return conn, err
		}
		_ = conn.Close()
	}
}

// tunnel connects the browser with the host it names.
func (g *gate) tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := g.dial(g.ctx, "tcp", r.Host)
	if err != nil {
		http.Error(w, "", http.StatusBadGateway)
		return
	}
	here, pending, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	g.hold(here)
	defer func() { _, _ = here.Close(), there.Close(); g.let(here) }()
	if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(there, pending)
		if half, ok := there.(*counted).Conn.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	}()
	_, _ = io.Copy(here, there)
}

// dial connects where the guard allows, and notes how it went.
func (g *gate) dial(_ context.Context, network, address string) (net.Conn, error) {
	if g.over() {
		return nil, errHeavy
	}
	var own monitor.Reading
	conn, err := g.base.dial(g.ctx, &own, network, address)
	g.mu.Lock()
	defer g.mu.Unlock()
	host := hostOf(address)
	if err != nil {
		g.fails[address] = err
		if errors.Is(err, outgoing.ErrRefused) {
			g.turned++
			if !slices.Contains(g.refused, host) {
				g.refused = append(g.refused, host)
			}
		}
		return nil, err
	}
	if g.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	if _, there := g.ways[address]; !there {
		g.ways[address] = own
	}
	delete(g.fails, address)
	c := &counted{Conn: conn, gate: g}
	g.open[c] = true
	return c, nil
}

func (g *gate) hold(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[c] = true
}

func (g *gate) let(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, c)
}

// errHeavy ends what a page brings beyond its budget.
var errHeavy = errors.New("the page is heavier than it may be")

// counted is a connection whose bytes are charged to the page.
type counted struct {
	net.Conn
	gate *gate
}

// Read takes in no more than the budget has left.
func (c *counted) Read(p []byte) (int, error) {
	if c.gate.over() {
		return 0, errHeavy
	}
	n, err := c.Conn.Read(p)
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	c.gate.came += int64(n)
	return n, err
}

// Close lets go of the connection.
func (c *counted) Close() error {
	c.gate.let(c)
	return c.Conn.Close()
}

func (g *gate) over() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.came > g.budget
}

// bytes is how much came, of all that the page asked for.
func (g *gate) bytes() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.came
}

// way returns what connecting to the host of u took, and what stopped it.
func (g *gate) way(u *url.URL) (monitor.Reading, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address := net.JoinHostPort(u.Hostname(), port)
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ways[address], g.fails[address]
}

// told says what was refused; empty when nothing was.
func (g *gate) told() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turned == 0 {
		return ""
	}
	names := strings.Join(g.refused[:min(len(g.refused), maxRefused)], ", ")
	if more := len(g.refused) - maxRefused; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%d requests of the page refused: %s: %v", g.turned, names, outgoing.ErrRefused)
}

// connecting takes what the browser cannot see out of its times: to it, the
// gate is who it connects to.
func (g *gate) connecting(u *url.URL, phases *monitor.Phases) {
	way, _ := g.way(u)
	name, connect := way.Phases[monitor.PhaseDNS], way.Phases[monitor.PhaseConnect]
	if u.Scheme != "https" { // a plain request waits at the gate for both
		phases[monitor.PhaseWait] = max(0, phases[monitor.PhaseWait]-name-connect)
	}
	phases[monitor.PhaseDNS], phases[monitor.PhaseConnect] = name, connect
}
