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
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// Options say how to look.
type Options struct {
	Guard        *outgoing.Guard  // nil: the public internet only
	Resolver     *net.Resolver    // nil: the system's
	NameServers  []string         // that DNS checks ask when they name none; nil: the system's
	UserAgent    string           // says who looks and where to complain
	Roots        *x509.CertPool   // nil: the system's
	MaxBody      int64            // bytes of a body that are read; 0 means 1 MiB
	MaxRedirects int              // 0 means 5
	Now          func() time.Time // nil: the wall clock
}

// Defaults and limits.
const (
	defaultBody      = 1 << 20
	defaultRedirects = 5
	maxHeader        = 256 << 10 // bytes of status line and headers
	dialWithin       = 30 * time.Second
)

// HTTP looks at web addresses: a fresh connection every time, so that each
// reading pays for resolving, connecting and securing, as a first visit does.
type HTTP struct {
	opts   Options
	dialer *net.Dialer
}

// New returns a prober.
func New(o Options) *HTTP {
	if o.Guard == nil {
		o.Guard = &outgoing.Guard{}
	}
	if o.MaxBody <= 0 {
		o.MaxBody = defaultBody
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
	return &HTTP{opts: o, dialer: d}
}

// Probe reads c once, within its timeout. The caller judges the reading.
func (p *HTTP) Probe(ctx context.Context, c monitor.Check) (r monitor.Reading) {
	r.Check, r.Attempt = c.ID, 1
	r.At = p.opts.Now().UTC().Truncate(time.Microsecond)
	target, err := url.Parse(c.Target)
	if err != nil {
		r.Reason, r.Detail = monitor.Connect, err.Error()
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()

	v := visit{prober: p, reading: &r, expect: c.Expect}
	if err := v.follow(ctx, target); err != nil {
		r.Reason, r.Detail = reasonOf(ctx, err), short(err.Error())
	}
	return r
}

// visit is one probe under way.
type visit struct {
	prober  *HTTP
	reading *monitor.Reading
	expect  monitor.Expect
	jar     http.CookieJar // nil until a redirect sets a cookie
}

// follow fetches target and what it redirects to, each on its own guarded connection.
func (v *visit) follow(ctx context.Context, target *url.URL) error {
	for {
		next, err := v.fetch(ctx, target)
		if err != nil || next == nil || v.reading.Redirects == v.prober.opts.MaxRedirects {
			return err
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
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	// A deadline ends a slow answer; closing ends one that is no longer wanted.
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			_ = conn.Close()
		}
	})()

	limited := &io.LimitedReader{R: conn, N: maxHeader}
	br := readers.Get().(*bufio.Reader) //nolint:forcetypeassert // the pool holds nothing else
	defer readers.Put(br)
	br.Reset(limited)
	resp, err := v.exchange(req, conn, br) //nolint:bodyclose // closing the connection, above, closes it
	if err != nil {
		return nil, err
	}
	limited.N = v.prober.opts.MaxBody + maxHeader
	began := time.Now()
	v.reading.Bytes, v.reading.Body, err = v.read(resp.Body)
	v.reading.Phases[monitor.PhaseTransfer] += time.Since(began)
	v.reading.Status, v.reading.Walled = resp.StatusCode, walled(resp)
	if err != nil {
		return nil, err
	}
	return v.next(target, resp), nil
}

// exchange sends req and reads the head of the answer. The wait lasts from the
// connection being ready to the first byte.
func (v *visit) exchange(req *http.Request, conn net.Conn, br *bufio.Reader) (*http.Response, error) {
	began := time.Now()
	bw := writers.Get().(*bufio.Writer) //nolint:forcetypeassert // the pool holds nothing else
	defer writers.Put(bw)
	bw.Reset(conn)
	err := req.Write(bw)
	if err == nil {
		err = bw.Flush()
	}
	if err == nil {
		_, err = br.Peek(1)
	}
	first := time.Now()
	v.reading.Phases[monitor.PhaseWait] += first.Sub(began)
	if err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(br, req)
	for n := 0; err == nil && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols; n++ {
		if n == 5 {
			return nil, errors.New("too many 1xx answers")
		}
		resp, err = http.ReadResponse(br, req)
	}
	v.reading.Phases[monitor.PhaseTransfer] += time.Since(first)
	return resp, err
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
	if v.jar != nil {
		for _, cookie := range v.jar.Cookies(target) {
			req.AddCookie(cookie)
		}
	}
	return req
}

// read takes in the body up to the limit, keeping it only when its text is asked for.
func (v *visit) read(body io.Reader) (int64, []byte, error) {
	limited := io.LimitReader(body, v.prober.opts.MaxBody)
	if v.expect.Text() {
		text, err := io.ReadAll(limited)
		return int64(len(text)), text, err
	}
	buf := scratch.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer scratch.Put(buf)
	n, err := io.CopyBuffer(discard{}, limited, *buf)
	return n, nil, err
}

// discard is io.Discard without its own buffer.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

var (
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
