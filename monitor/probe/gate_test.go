package probe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// forbidden listens, by TCP and UDP, on an address that the guard of these
// tests refuses, and counts who comes.
func forbidden(t *testing.T) (address string, came *atomic.Int32) {
	t.Helper()
	came = &atomic.Int32{}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			_ = conn.Close()
		}
	}()
	address = listener.Addr().String()
	packets, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = packets.Close() })
	go func() {
		for one := make([]byte, 1500); ; came.Add(1) {
			if _, _, err := packets.ReadFrom(one); err != nil {
				return
			}
		}
	}()
	return address, came
}

// only allows one address of this machine.
func only(t *testing.T) func(*Options) {
	t.Helper()
	guard, err := outgoing.New([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Guard = guard }
}

// straying is a page every part of which aims where nobody may look.
const straying = `<!doctype html><title>t</title><h1>Bonjour</h1>
<link rel="preconnect" href="http://FORBIDDEN/"><img src="http://FORBIDDEN/img"><iframe src="http://FORBIDDEN/frame"></iframe>
<iframe src="/moved"></iframe><iframe src="/inner"></iframe>
<script>
new WebSocket("ws://FORBIDDEN/socket");
new Worker(URL.createObjectURL(new Blob(['fetch("http://FORBIDDEN/worker").catch(() => {}); new WebSocket("ws://FORBIDDEN/ws")'])));
new SharedWorker("/worker.js");
fetch("http://FORBIDDEN/fetch", {mode: "no-cors"}).catch(() => {});
navigator.sendBeacon("http://FORBIDDEN/beacon", "x");
try {
  const peer = new RTCPeerConnection({iceServers: [{urls: "stun:FORBIDDEN"}]});
  peer.createDataChannel("x"); peer.createOffer().then(o => peer.setLocalDescription(o));
} catch (e) {}
setTimeout(() => { const p = document.createElement("p"); p.id = "late"; document.body.append(p) }, 700);
</script>`

func TestNothingOfAPageReachesAForbiddenAddress(t *testing.T) {
	ws := chromium(t)
	address, came := forbidden(t)
	var sawWorker, sawInner atomic.Bool
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		write := func(kind, text string) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, strings.ReplaceAll(text, "FORBIDDEN", address))
		}
		switch r.URL.Path {
		case "/":
			write("text/html", straying)
		case "/inner":
			sawInner.Store(true)
			write("text/html", `<script>new WebSocket("ws://FORBIDDEN/inner"); location = "http://FORBIDDEN/inner"</script>`)
		case "/worker.js":
			sawWorker.Store(true)
			write("text/javascript", `fetch("http://FORBIDDEN/shared", {mode: "no-cors"}).catch(() => {})`)
		case "/away":
			write("text/html", `<script>location = "http://FORBIDDEN/away"</script>`)
		default:
			http.Redirect(w, r, "http://"+address+"/redirected", http.StatusFound)
		}
	})
	k := kinds(t, only(t), func(o *Options) { o.BrowserURL = ws })
	check := monitor.Check{
		Kind: monitor.Browser, Target: target + "/", Timeout: 15 * time.Second,
		Settings: monitor.Settings{Browser: &monitor.BrowserSettings{WaitFor: "#late"}},
	}
	r := see(t, k, check)
	want(t, r, monitor.Up, monitor.None)
	if !sawWorker.Load() || !sawInner.Load() {
		t.Error("the parts of the page on its own site were not loaded")
	}
	var turned int
	if _, err := fmt.Sscanf(r.Detail, "%d requests", &turned); err != nil || turned < 8 || !strings.Contains(r.Detail, "127.0.0.9") {
		t.Errorf("said %q; want at least eight requests, and to whom", r.Detail)
	}
	if r.Address == "" || !strings.HasPrefix(target, "http://"+r.Address) || r.Phases[monitor.PhaseConnect] <= 0 {
		t.Errorf("read %+v", r)
	}
	for _, path := range []string{"/moved", "/away"} {
		check.Target = target + path
		check.Settings.Browser.WaitFor = ""
		if path == "/away" {
			check.Settings.Browser.WaitFor = "#never"
			check.Timeout = 3 * time.Second
		}
		want(t, see(t, k, check), monitor.Unknown, monitor.Blocked)
	}
	if n := came.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// visited opens a gate of a budget.
func visited(t *testing.T, budget int64) *gate {
	t.Helper()
	p := New(Options{})
	only(t)(&p.opts)
	p.dialer = p.opts.Guard.Dialer(time.Second)
	g, err := p.openGate(t.Context(), "ws://127.0.0.1:9222/", "", budget)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	return g
}

// by returns a client that goes through g.
func (g *gate) by(t *testing.T) *http.Client {
	t.Helper()
	at, err := url.Parse(g.address())
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at), DisableKeepAlives: true}}
}

func TestTheGateCountsAndEndsWhatIsTooMuch(t *testing.T) {
	endless := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for some := make([]byte, 64<<10); ; {
			if _, err := w.Write(some); err != nil {
				return
			}
		}
	})
	g := visited(t, 1<<20)
	resp, err := g.by(t).Get(endless) //nolint:noctx // the gate ends it
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil || !g.over() || g.bytes() > 2<<20 {
		t.Errorf("ended with %v after %d bytes; want after 1 MiB", err, g.bytes())
	}
	if resp, err := g.by(t).Get(endless); err == nil { //nolint:noctx // refused at once
		_ = resp.Body.Close()
		t.Error("more is fetched although the budget is used up")
	}
}

func TestTheGateRefusesByTunnelAndByName(t *testing.T) {
	address, came := forbidden(t)
	g := visited(t, 1<<20)
	for _, line := range []string{
		"CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n",
		"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET http://" + address + "/ HTTP/1.1\r\nHost: " + address + "\r\n\r\n",
		"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 10.0.0.1\r\nX: y\r\n\r\n", // the address is what counts
		"GET / HTTP/1.1\r\nHost: " + address + "\r\n\r\n",
		"GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
		"nonsense\r\n\r\n",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(g.address(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, line)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 400 {
				t.Errorf("%q: %s", line, resp.Status)
			}
		}
		_ = conn.Close()
	}
	if came.Load() != 0 || !strings.HasPrefix(g.told(), "3 requests") || !strings.Contains(g.told(), "127.0.0.9, 169.254.169.254") {
		t.Errorf("%d arrived; said %q", came.Load(), g.told())
	}
}

func TestTheGateIsForTheBrowserAlone(t *testing.T) {
	own, browser, err := between(context.Background(), "ws://127.0.0.1:9222/devtools")
	if err != nil || own != netip.MustParseAddr("127.0.0.1") || browser != own {
		t.Errorf("between us are %v and %v, %v", own, browser, err)
	}
	g := visited(t, 1)
	for peer, in := range map[string]bool{"127.0.0.1": true, "127.0.0.5": true, "10.0.0.7": false, "8.8.8.8": false} {
		if got := g.peers(netip.MustParseAddr(peer)); got != in {
			t.Errorf("%s may come in: %v; want %v", peer, got, in)
		}
	}
	p := New(Options{})
	named, err := p.openGate(t.Context(), "ws://browser.invalid:9222/", "127.0.0.1", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer named.close()
	for peer, in := range map[string]bool{"172.17.0.2": true, "8.8.8.8": false} {
		if got := named.peers(netip.MustParseAddr(peer)); got != in {
			t.Errorf("%s may come in at a named address: %v; want %v", peer, got, in)
		}
	}
	if _, err := p.openGate(t.Context(), "ws://browser.invalid:9222/", "192.0.2.1", 1); err == nil {
		t.Error("a gate at an address that is not ours is open")
	}
}
