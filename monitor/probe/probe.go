// Package probe looks at a service once. It measures and never fails: not
// getting an answer is a reading too. It decides nothing and stores nothing.
package probe

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// Options say how to look.
type Options struct {
	Guard        *outgoing.Guard   // nil: the public internet only
	Resolver     *net.Resolver     // nil: the system's
	NameServers  []string          // that DNS checks ask when they name none; nil: the system's
	Secrets      map[string]Secret // that journeys may name
	BrowserURL   string            // DevTools of a browser that loads pages; empty: there is none
	BrowserGate  string            // our address that it is to come through; empty: the one from which we reach it
	UserAgent    string            // says who looks and where to complain
	Roots        *x509.CertPool    // nil: the system's
	MaxBody      int64             // bytes of a body that are read; 0 means monitor.MaxBody
	MaxRedirects int               // 0 means 5
	Now          func() time.Time  // nil: the wall clock
}

// Defaults and limits.
const (
	excerptBody      = 16 << 10 // bytes of a body that are kept of an answer that is not as expected
	defaultRedirects = 5
	maxHeader        = 256 << 10 // bytes of status line and headers
	dialWithin       = 30 * time.Second
)

// HTTP looks at web addresses and at certificates: a fresh connection every
// time, so that each reading pays for resolving, connecting and securing, as a
// first visit does.
type HTTP struct {
	opts   Options
	dialer *net.Dialer
	chains chains
}

// New returns a prober.
func New(o Options) *HTTP {
	if o.Guard == nil {
		o.Guard = &outgoing.Guard{}
	}
	if o.MaxBody <= 0 {
		o.MaxBody = monitor.MaxBody
	}
	if o.MaxRedirects <= 0 {
		o.MaxRedirects = defaultRedirects
	}
	if o.UserAgent == "" {
		o.UserAgent = "Jard"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := o.Guard.Dialer(dialWithin)
	d.Resolver = o.Resolver
	return &HTTP{opts: o, dialer: d, chains: newChains()}
}

// Probe reads c once, within its timeout. The caller judges the reading.
func (p *HTTP) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	v := visits.Get().(*visit) //nolint:forcetypeassert // the pool holds nothing else
	defer func() {
		*v = visit{}
		visits.Put(v)
	}()
	var cancel context.CancelFunc
	v.prober, v.check, v.close = p, c, closely(ctx)
	v.reading, ctx, cancel = p.begin(ctx, c)
	defer cancel()
	if w := c.Settings.Web; w != nil {
		v.web = *w
	}
	if err := v.look(ctx); err != nil {
		v.reading.Reason, v.reading.Detail = reasonOf(ctx, err), short(err.Error())
	}
	return v.reading
}

// look makes the visit that the kind of the check asks for.
func (v *visit) look(ctx context.Context) error {
	if v.check.Kind == monitor.TLS {
		return v.handshake(ctx)
	}
	target, err := url.Parse(v.check.Target)
	if err != nil {
		return err
	}
	return v.follow(ctx, target)
}

// closeLook marks a context of somebody who wants to see more than figures.
type closeLook struct{}

// Closely returns a context under which a probe brings home the headers and
// the text of the answer too, for a person who tries a check.
func Closely(ctx context.Context) context.Context { return context.WithValue(ctx, closeLook{}, true) }

func closely(ctx context.Context) bool { return ctx.Value(closeLook{}) != nil }

// visit is one probe under way. Visits are used again: a watch makes thousands a second.
type visit struct {
	prober  *HTTP
	reading monitor.Reading
	check   monitor.Check
	web     monitor.WebSettings
	close   bool           // somebody wants to see it all
	jar     http.CookieJar // nil until a redirect sets a cookie
}

// follow fetches target and what it redirects to, each on its own guarded connection.
func (v *visit) follow(ctx context.Context, target *url.URL) error {
	for {
		next, err := v.fetch(ctx, target)
		if err != nil || next == nil {
			return err
		}
		if v.reading.Redirects == v.prober.opts.MaxRedirects {
			v.reading.Circling = true
			return nil
		}
		v.reading.Redirects++
		target = next
		v.reading.URL = short(target.String())
	}
}

// fetch makes one request and reads its answer. It returns where to go next,
// nil when this answer is the last.
func (v *visit) fetch(ctx context.Context, target *url.URL) (next *url.URL, err error) {
	req := v.request(ctx, target)
	conn, err := v.connect(ctx, target)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	release, err := bound(ctx, conn)
	if err != nil {
		return nil, err
	}
	defer release()

	limited := &io.LimitedReader{R: conn, N: maxHeader}
	br := readers.Get().(*bufio.Reader) //nolint:forcetypeassert // the pool holds nothing else
	defer readers.Put(br)
	br.Reset(limited)
	resp, err := v.exchange(req, conn, br, limited) //nolint:bodyclose // closing the connection, above, closes it
	if err != nil {
		return nil, err
	}
	limited.N = v.prober.opts.MaxBody + maxHeader
	next = v.next(target, resp)
	began := time.Now()
	err = v.take(resp, next == nil)
	v.reading.Phases[monitor.PhaseTransfer] += time.Since(began)
	return next, unspoken(err)
}

// exchange sends req and reads the head of the answer. The wait lasts from the
// connection being ready to the first byte; what could not be sent, as when the
// time was up before, waited for nobody.
func (v *visit) exchange(req *http.Request, conn net.Conn, br *bufio.Reader, limit *io.LimitedReader) (*http.Response, error) {
	began := time.Now()
	bw := writers.Get().(*bufio.Writer) //nolint:forcetypeassert // the pool holds nothing else
	defer writers.Put(bw)
	bw.Reset(conn)
	err := req.Write(bw)
	if err == nil {
		err = bw.Flush()
	}
	if err != nil {
		return nil, err
	}
	_, err = br.Peek(1)
	first := time.Now()
	v.reading.Phases[monitor.PhaseWait] += first.Sub(began)
	if err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(br, req)
	for n := 0; err == nil && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols; n++ {
		if n == 5 {
			err = &protocolError{errors.New("too many 1xx answers")}
			break
		}
		resp, err = http.ReadResponse(br, req)
	}
	v.reading.Phases[monitor.PhaseTransfer] += time.Since(first)
	if err != nil && limit.N <= 0 {
		err = &protocolError{errors.New("the head of the answer is longer than 256 KiB")}
	}
	return resp, unspoken(err)
}

// request writes the request for target as a polite robot does.
func (v *visit) request(ctx context.Context, target *url.URL) *http.Request {
	req := (&http.Request{
		Method: http.MethodGet, URL: target, Host: target.Host, Close: true,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"User-Agent": {v.prober.opts.UserAgent},
			"Accept":     {"*/*"},
		},
	}).WithContext(ctx)
	if v.check.Settings.Web != nil {
		v.dress(req)
	}
	if v.jar != nil {
		for _, cookie := range v.jar.Cookies(target) {
			req.AddCookie(cookie)
		}
	}
	return req
}

// dress adds what the check wants sent. What a redirect leads to is fetched
// plainly, as browsers do, and headers meant for one host go to no other.
func (v *visit) dress(req *http.Request) {
	if v.web.Language != "" {
		req.Header.Set("Accept-Language", string(v.web.Language))
	}
	first := v.reading.Redirects == 0
	if first && v.web.Method != "" {
		req.Method = v.web.Method
	}
	if first && v.web.Body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(v.web.Body)), int64(len(v.web.Body))
	}
	if target, err := url.Parse(v.check.Target); err != nil || target.Host != req.URL.Host || target.Scheme != req.URL.Scheme {
		return
	}
	for _, h := range v.web.Headers {
		req.Header.Add(h.Name, h.Value)
	}
}

// discard is io.Discard without its own buffer.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

var (
	visits  = sync.Pool{New: func() any { return new(visit) }}
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 1<<10) }}
	scratch = sync.Pool{New: func() any { b := make([]byte, 8<<10); return &b }}
)

// maxDetail bounds what is kept of a technical message.
const maxDetail = 300

func short(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail]
	}
	return cleaned(s)
}
