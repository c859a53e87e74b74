package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// pages has a browser load pages: a browser that somebody else runs and that
// is asked over its DevTools. Without one nobody is blamed.
type pages struct {
	base *HTTP
	free chan struct{} // a page takes a processor for seconds: few at once
}

// maxPages is how many pages are loaded at once.
const maxPages = 2

func newPages(base *HTTP) *pages { return &pages{base: base, free: make(chan struct{}, maxPages)} }

// Probe loads the page in a browser context of its own: no cookie and no cache
// of a look before.
func (p *pages) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	if p.base.opts.BrowserURL == "" {
		r.Reason = monitor.NoBrowser
		return r
	}
	select {
	case p.free <- struct{}{}:
		defer func() { <-p.free }()
	case <-ctx.Done():
		r.Reason, r.Detail = monitor.NoBrowser, "busy with other pages"
		return r
	}
	var s monitor.BrowserSettings
	if c.Settings.Browser != nil {
		s = *c.Settings.Browser
	}
	w := window{base: p.base, r: &r, target: c.Target}
	if err := w.look(ctx, s); err != nil {
		r.Reason, r.Detail = w.reason(ctx, err), short(err.Error())
	}
	return r
}

// window is one page being loaded. Events come in beside the calls.
type window struct {
	base   *HTTP
	r      *monitor.Reading
	target string
	tab    context.Context //nolint:containedctx // of the page: events are answered in it

	gate *gate

	phone string // a script that is asked on a slowed phone; empty: the page's own clock is read
	said  string // what it answered

	mu       sync.Mutex
	frame    cdp.FrameID // of the page itself, not of what it holds
	document *url.URL    // what was last asked for as the page itself
	status   int
}

// errBrowser marks faults of the browser rather than of the page.
var errBrowser = errors.New("browser")

func (w *window) reason(ctx context.Context, err error) monitor.Reason {
	failed, ok := errors.AsType[*chromedp.LoadError](err)
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return monitor.Blocked
	case errors.Is(err, errBrowser):
		return monitor.NoBrowser
	case ok:
		return netReason(failed.ErrorText)
	}
	return reasonFor(ctx, err)
}

// netReasons are what a browser says when a page does not load.
var netReasons = []struct {
	text   string
	reason monitor.Reason
}{
	{"ERR_NAME_", monitor.NoDNS},
	{"ERR_CERT_DATE_INVALID", monitor.TLSExpired},
	{"ERR_CERT_COMMON_NAME_INVALID", monitor.TLSWrongHost},
	{"ERR_CERT_", monitor.TLSUntrusted},
	{"ERR_SSL_", monitor.TLSOther},
	{"TIMED_OUT", monitor.Timeout},
	{"ERR_INTERNET_DISCONNECTED", monitor.OwnNetwork},
	{"ERR_NETWORK_", monitor.OwnNetwork},
	{"ERR_TOO_MANY_REDIRECTS", monitor.Status},
	{"ERR_HTTP_RESPONSE_CODE_FAILURE", monitor.Status},
}

func netReason(text string) monitor.Reason {
	for _, known := range netReasons {
		if strings.Contains(text, known.text) {
			return known.reason
		}
	}
	return monitor.Connect
}

// look opens a window and loads the page.
func (w *window) look(ctx context.Context, s monitor.BrowserSettings) error {
	target, err := url.Parse(w.target)
	if err != nil {
		return err
	}
	if err := w.allowed(ctx, target); err != nil {
		return err
	}
	w.gate, err = w.base.openGate(ctx, w.base.opts.BrowserURL, w.base.opts.BrowserGate, max(pageBudget, s.MaxBytes+maxHeader))
	if err != nil {
		return fmt.Errorf("%w: no way back from it: %w", errBrowser, err)
	}
	defer w.gate.close()
	all, stop := remote.NewAllocator(ctx, w.base.opts.BrowserURL)
	defer stop()
	quiet := func(string, ...any) {}
	whole, end := chromedp.NewContext(all, chromedp.WithLogf(quiet), chromedp.WithErrorf(quiet))
	defer end()
	version, err := chromedp.CallBrowser(whole, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return fmt.Errorf("%w: %w", errBrowser, err)
	}
	tab, closed := chromedp.NewContext(whole, chromedp.WithNewBrowserContext(w.through), chromedp.WithListener(w.listen))
	defer closed()
	w.tab = tab
	for _, err := range []error{
		called(tab, network.Enable, network.EnableParams{}),
		called(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: noCalls}),
		called(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: version.UserAgent + " " + w.base.opts.UserAgent,
		}),
	} {
		if err != nil {
			return fmt.Errorf("%w: %w", errBrowser, err)
		}
	}
	if err := w.slow(tab); err != nil {
		return fmt.Errorf("%w: %w", errBrowser, err)
	}
	err = chromedp.Do(tab, chromedp.Navigate(w.target))
	if err == nil {
		err = w.measure(tab, s)
	}
	return w.settle(ctx, err, s)
}

// through has all that the page asks for go through the gate, what this
// machine itself offers too.
func (w *window) through(p *target.CreateBrowserContextParams) {
	p.ProxyServer, p.ProxyBypassList = w.gate.address(), "<-loopback>"
}

// noCalls takes away what speaks to other machines without any proxy.
const noCalls = `for (const n of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) { try { delete globalThis[n] } catch (e) {} }`

// called makes a call whose answer says nothing.
func called[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

// settle tells r what was seen, and whether it is what was expected. What the
// gate knows of a page that did not come is nearer to the truth than what the
// browser says of the gate.
func (w *window) settle(ctx context.Context, err error, s monitor.BrowserSettings) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.r.Bytes, w.r.Status = w.gate.bytes(), w.status
	var stopped error
	if w.document != nil {
		var way monitor.Reading
		way, stopped = w.gate.way(w.document)
		w.r.Address = way.Address
	}
	failed, unloaded := errors.AsType[*chromedp.LoadError](err)
	switch {
	case w.gate.over():
		return &disappointment{monitor.Assertion, fmt.Sprintf("more than %d bytes", w.gate.budget)}
	case stopped != nil && (err != nil || w.status == 0):
		return stopped
	case unloaded && strings.Contains(failed.ErrorText, "ERR_PROXY_CONNECTION"):
		return fmt.Errorf("%w: it cannot reach %s", errBrowser, w.gate.address())
	case w.status != 0 && (w.status < 200 || w.status > 299):
		return &disappointment{monitor.Status, fmt.Sprintf("status %d", w.status)}
	case err != nil && ctx.Err() == nil && chromedp.FromContext(w.tab) != nil && w.tab.Err() != nil:
		return fmt.Errorf("%w: %w", errBrowser, err) // it went away while we looked
	case err != nil:
		return err
	case s.MaxBytes > 0 && w.r.Bytes > s.MaxBytes:
		return &disappointment{monitor.Assertion, fmt.Sprintf("%d bytes > %d", w.r.Bytes, s.MaxBytes)}
	}
	w.r.Detail = short(w.gate.told()) // parts of the page lie where nobody may look: the page is there all the same
	return nil
}

// timing is what a page tells of how it was loaded, in milliseconds.
type timing struct {
	DNS, Connect, TLS, Wait, Transfer float64
	Paint, Largest, Loaded            float64
	Address                           string
	Found                             bool
}

// script waits for what must appear, and reads the page's own clock.
const script = `new Promise(done => {
  const until = performance.now() + %d, selector = %s;
  let largest = 0;
  try { new PerformanceObserver(l => l.getEntries().forEach(e => { largest = e.startTime })).observe({type: 'largest-contentful-paint', buffered: true}) } catch (e) {}
  const look = () => {
    const found = !selector || !!document.querySelector(selector);
    if (!found && performance.now() < until) { setTimeout(look, 50); return }
    setTimeout(() => {
      const n = performance.getEntriesByType('navigation')[0] || {};
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      const secure = n.secureConnectionStart > 0 ? n.secureConnectionStart : n.connectEnd;
      done(JSON.stringify({DNS: n.domainLookupEnd - n.domainLookupStart, Connect: secure - n.connectStart, TLS: n.connectEnd - secure,
        Wait: n.responseStart - n.requestStart, Transfer: n.responseEnd - n.responseStart, Paint: paint ? paint.startTime : 0,
        Largest: largest, Loaded: n.loadEventEnd, Address: location.href, Found: found}));
    }, 100);
  };
  look();
})`

// measure reads how the page was loaded.
func (w *window) measure(tab context.Context, s monitor.BrowserSettings) error {
	if w.phone != "" {
		return w.ask(tab)
	}
	deadline, _ := tab.Deadline()
	patience := max(0, time.Until(deadline)-500*time.Millisecond).Milliseconds()
	selector, err := json.Marshal(s.WaitFor)
	if err != nil {
		return err
	}
	text, err := chromedp.Run(tab, chromedp.Evaluate[string](fmt.Sprintf(script, patience, selector), chromedp.EvalAwaitPromise))
	if err != nil {
		return err
	}
	var t timing
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return &disappointment{monitor.Assertion, "the page does not tell its times"}
	}
	for phase, took := range []float64{t.DNS, t.Connect, t.TLS, t.Wait, t.Transfer} {
		w.r.Phases[phase] = millis(took)
	}
	if u, err := url.Parse(t.Address); err == nil {
		w.gate.connecting(u, &w.r.Phases)
	}
	w.r.URL = short(t.Address)
	for _, one := range []struct {
		name string
		took float64
	}{{"first contentful paint", t.Paint}, {"largest contentful paint", t.Largest}, {"load", t.Loaded}} {
		if one.took > 0 {
			w.r.Steps = append(w.r.Steps, monitor.Step{Name: one.name, TookUs: millis(one.took).Microseconds()})
		}
	}
	switch {
	case !t.Found:
		return &disappointment{monitor.Assertion, fmt.Sprintf("no element matches %q", s.WaitFor)}
	case s.MaxLCP > 0 && t.Largest > float64(s.MaxLCP):
		return &disappointment{monitor.Assertion, fmt.Sprintf("largest contentful paint after %.0f ms > %d ms", t.Largest, s.MaxLCP)}
	}
	return nil
}

// millis is a time of the page's clock; what it does not know is none.
func millis(ms float64) time.Duration {
	if !(ms > 0 && ms < 3.6e6) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// allowed asks the guard about the addresses of u's host, before a browser is
// troubled: one of them must be allowed.
func (w *window) allowed(ctx context.Context, u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s: %w", u.Scheme, outgoing.ErrRefused)
	}
	resolver := w.base.opts.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	list, err := resolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return err
	}
	for _, a := range list {
		if err = w.base.opts.Guard.Check(a); err == nil {
			return nil
		}
	}
	return err
}

// listen notes what the page itself is, and what came back for it: the first
// document that is asked for says in which frame that is.
func (w *window) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument {
			return
		}
		if w.frame == "" {
			w.frame = e.FrameID
		}
		if u, err := url.Parse(e.Request.URL); err == nil && e.FrameID == w.frame && (u.Scheme == "http" || u.Scheme == "https") {
			w.document, w.status = u, 0
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.FrameID == w.frame && w.status == 0 {
			w.status = int(e.Response.Status)
		}
	}
}
