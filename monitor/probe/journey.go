package probe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/journey"
)

// Secret is a value that the journeys of some services may name, and the hosts
// that it is for: a journey cannot take it anywhere else.
type Secret struct {
	Value    string
	Hosts    []string
	Services []string // slugs
}

// journeys makes the requests of a journey, one after the other, as one
// visitor: cookies and connections are kept from step to step.
type journeys struct{ base *HTTP }

// Probe makes the journey, up to the step that fails.
func (p *journeys) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	if c.Settings.Journey == nil {
		r.Reason, r.Detail = monitor.NotPermitted, "no steps"
		return r
	}
	plan, err := journey.Read("", c.Settings.Journey.Source)
	start, err2 := url.Parse(c.Target)
	if err != nil || err2 != nil {
		// The rules let no such check in; another program may have stored it.
		r.Reason, r.Detail = monitor.NotPermitted, "steps that cannot be read"
		return r
	}
	m := p.base.newMeter(ctx, c.Trust)
	defer m.close()
	w := walk{m: m, r: &r, variables: map[string]string{}, secrets: map[string]string{}}
	w.last = &journey.Answer{URL: start}
	if err := w.make(ctx, plan, c.Service); err != nil {
		r.Reason, r.Detail = reasonFor(ctx, err), short(w.hide(err.Error()))
	}
	m.tell(&r)
	return r
}

// walk is a journey under way.
type walk struct {
	m         *meter
	r         *monitor.Reading
	variables map[string]string
	secrets   map[string]string
	last      *journey.Answer // the page that the visitor is on
}

// make does the steps. What a step lacks carries its name.
func (w *walk) make(ctx context.Context, plan *journey.Plan, service string) error {
	for _, name := range plan.Secrets() {
		secret, ok := w.m.base.opts.Secrets[name]
		if !ok {
			return &disappointment{monitor.NoSecret, name}
		}
		if service == "" || !slices.Contains(secret.Services, service) {
			return &disappointment{monitor.NoSecret, name + " is not for this service"}
		}
		w.secrets[name] = secret.Value
	}
	for _, p := range plan.Variables {
		w.variables[p.Name] = p.Text.Expand(w.variables, nil)
	}
	w.m.Jar, _ = cookiejar.New(nil) // never fails without options
	for n := range plan.Steps {
		s := &plan.Steps[n]
		began := time.Now()
		answer, err := w.step(ctx, s)
		one := monitor.Step{Name: short(s.Name), TookUs: time.Since(began).Microseconds()}
		if answer != nil {
			one.Status = answer.Status
		}
		if err != nil {
			one.Fault = short(w.hide(err.Error()))
		}
		w.r.Steps = append(w.r.Steps, one)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// hide takes secrets out of what is shown, as they are and as addresses write them.
func (w *walk) hide(text string) string {
	for _, value := range w.secrets {
		if value != "" {
			text = strings.NewReplacer(value, "***", url.QueryEscape(value), "***", url.PathEscape(value), "***").Replace(text)
		}
	}
	return text
}

// step makes one request and judges its answer.
func (w *walk) step(ctx context.Context, s *journey.Step) (*journey.Answer, error) {
	req, err := w.request(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := w.mayCarry(s, req.URL); err != nil {
		return nil, err
	}
	began := time.Now()
	answer, err := w.fetch(req, s)
	if err != nil {
		return answer, err
	}
	if text, status := s.Expect.Judge(answer, w.variables, time.Since(began)); text != "" {
		if status {
			return answer, &disappointment{monitor.Status, text}
		}
		return answer, &disappointment{monitor.Assertion, text}
	}
	for _, t := range s.Take {
		value, ok := answer.Find(t)
		if !ok {
			return answer, &disappointment{monitor.Assertion, fmt.Sprintf("%q is not found in the answer", t.Name)}
		}
		w.variables[t.Name] = value
	}
	w.last = answer
	return answer, nil
}

// mayCarry refuses to send a secret where it is not for, and where others could
// read it on the way.
func (w *walk) mayCarry(s *journey.Step, to *url.URL) error {
	for _, name := range s.Secrets() {
		if !slices.ContainsFunc(w.m.base.opts.Secrets[name].Hosts, func(h string) bool { return strings.EqualFold(h, to.Hostname()) }) {
			return &disappointment{monitor.NoSecret, fmt.Sprintf("%s is not for %s", name, to.Hostname())}
		}
		if to.Scheme != "https" && !w.within(to.Hostname()) {
			return &disappointment{monitor.NoSecret, name + " is sent by https only"}
		}
	}
	return nil
}

// within tells whether host is an address of this machine that may be visited:
// nobody listens on the way there.
func (w *walk) within(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() && w.m.base.opts.Guard.Check(a) == nil
}

// request writes the request of s.
func (w *walk) request(ctx context.Context, s *journey.Step) (*http.Request, error) {
	if s.Form != "" {
		return w.submit(ctx, s)
	}
	where, err := w.last.URL.Parse(s.Address.Expand(w.variables, nil))
	if err != nil || where.Host == "" {
		return nil, &disappointment{monitor.Assertion, fmt.Sprintf("%q leads nowhere", s.Address.Raw)}
	}
	body, kind := s.Body.Expand(w.variables, w.secrets), s.Type
	switch {
	case len(s.Data) > 0:
		fields := url.Values{}
		for _, p := range s.Data {
			fields.Add(p.Name, p.Text.Expand(w.variables, w.secrets))
		}
		body, kind = fields.Encode(), "application/x-www-form-urlencoded"
	case body != "" && kind == "":
		kind = "application/json"
	}
	return w.newRequest(ctx, s, s.Method, where, body, kind)
}

func (w *walk) newRequest(ctx context.Context, s *journey.Step, method string, where *url.URL, body, kind string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, where.String(), strings.NewReader(body))
	if err != nil {
		return nil, &disappointment{monitor.Assertion, "a request that cannot be written"}
	}
	req.Header.Set("User-Agent", w.m.base.opts.UserAgent)
	req.Header.Set("Accept", "*/*")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for _, p := range s.Headers {
		value := p.Text.Expand(w.variables, w.secrets)
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, &disappointment{monitor.Assertion, fmt.Sprintf("header %s would take several lines", p.Name)}
		}
		req.Header.Set(p.Name, value)
	}
	return req, nil
}

// submit fills in a form of the page before, as a browser would send it.
func (w *walk) submit(ctx context.Context, s *journey.Step) (*http.Request, error) {
	form, ok := w.last.Form(s.Form)
	if !ok {
		return nil, &disappointment{monitor.Assertion, fmt.Sprintf("no form matches %q", s.Form)}
	}
	for _, p := range s.Fill {
		if !form.Has(p.Name) {
			return nil, &disappointment{monitor.Assertion, fmt.Sprintf("the form has no field %q", p.Name)}
		}
		form.Fields.Set(p.Name, p.Text.Expand(w.variables, w.secrets))
	}
	where := *form.Action
	switch {
	case form.Method == http.MethodGet:
		if len(s.Secrets()) > 0 {
			return nil, &disappointment{monitor.NoSecret, "the form would put a secret into an address"}
		}
		where.RawQuery = form.Fields.Encode()
		return w.newRequest(ctx, s, form.Method, &where, "", "")
	case strings.EqualFold(form.Type, "multipart/form-data"):
		body, kind := inParts(form.Fields)
		return w.newRequest(ctx, s, form.Method, &where, body, kind)
	}
	return w.newRequest(ctx, s, form.Method, &where, form.Fields.Encode(), "application/x-www-form-urlencoded")
}

// inParts writes fields as a form with files would be sent.
func inParts(fields url.Values) (body, kind string) {
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, value := range values {
			_ = parts.WriteField(name, value) // into memory
		}
	}
	_ = parts.Close()
	return b.String(), parts.FormDataContentType()
}

// fetch makes the request and what it redirects to. The time between a
// connection being ready and the first byte of an answer is the server's.
func (w *walk) fetch(req *http.Request, s *journey.Step) (*journey.Answer, error) {
	var ready, first atomic.Int64 // since began
	var waited atomic.Int64
	began := time.Now()
	traced := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { ready.Store(int64(time.Since(began))) },
		GotFirstResponseByte: func() {
			first.Store(int64(time.Since(began)))
			waited.Add(first.Load() - ready.Load())
		},
	})
	w.m.CheckRedirect = w.follows(s)
	resp, err := w.m.Do(req.WithContext(traced))
	if err != nil {
		if ready.Load() > first.Load() { // it was waiting for an answer
			waited.Add(int64(time.Since(began)) - ready.Load())
		}
		w.r.Phases[monitor.PhaseWait] += time.Duration(waited.Load())
		return nil, unwrapped(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, w.m.base.opts.MaxBody))
	w.r.Phases[monitor.PhaseWait] += time.Duration(waited.Load())
	w.r.Phases[monitor.PhaseTransfer] += time.Since(began) - time.Duration(first.Load())
	w.r.Status, w.r.URL, w.r.Bytes = resp.StatusCode, short(w.hide(resp.Request.URL.Redacted())), w.r.Bytes+int64(len(body))
	answer := &journey.Answer{Status: resp.StatusCode, URL: resp.Request.URL, Header: textproto.MIMEHeader(resp.Header), Body: body}
	if err == nil && !s.Expect.Allows(resp.StatusCode) && walled(resp) {
		err = &disappointment{monitor.Blocked, fmt.Sprintf("status %d", resp.StatusCode)}
	}
	return answer, err
}

// unwrapped is err without the address that the library repeats.
func unwrapped(err error) error {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // only the outermost
		return u.Err
	}
	return err
}

// follows allows the redirects that a browser follows, as long as they do not
// take a secret elsewhere. An answer that was expected is not followed.
func (w *walk) follows(s *journey.Step) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(s.Expect.Status) > 0 && req.Response != nil && s.Expect.Allows(req.Response.StatusCode) {
			return http.ErrUseLastResponse
		}
		if err := w.m.redirect(req, via); err != nil {
			return err
		}
		w.r.Redirects++
		if req.Body != nil && req.Body != http.NoBody || slices.ContainsFunc(s.Headers, hasSecret) {
			return w.mayCarry(s, req.URL)
		}
		return nil
	}
}

func hasSecret(p journey.Pair) bool { return len(p.Text.Secrets()) > 0 }
