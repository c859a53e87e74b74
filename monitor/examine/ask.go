package examine

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor/examine/page"
	"github.com/jard-odi/jard/outgoing"
)

// Why a request was not made or not answered.
var (
	errBudget  = errors.New("no request is left")
	errRobots  = errors.New("robots.txt asks us to stay away")
	errCircles = errors.New("it leads on and on")
)

// maxHops bounds how often one request is led on.
const maxHops = 5

// how says how something is asked for.
type how struct {
	method string // empty: GET
	limit  int64  // bytes of the body that are read
	stay   bool   // do not go where it leads
	count  bool   // the bytes matter, not what they say
	free   bool   // robots.txt has no say
	six    bool   // over IPv6
}

// hop is one answer on the way.
type hop struct {
	url    *url.URL
	status int
	header http.Header
}

// answer is what came back in the end.
type answer struct {
	hop
	hops []hop // the whole way, the last one included
	body []byte
	wire int64 // bytes of the body on the wire
	cut  bool  // there was more than we read
	page *page.Page
}

func (a *answer) good() bool { return a.status >= 200 && a.status < 300 }

// ask makes a request and goes where it leads.
func (v *visit) ask(ctx context.Context, target *url.URL, h how) (*answer, error) {
	a := &answer{}
	for {
		next, err := v.step(ctx, a, target, h)
		if err != nil {
			return a, err
		}
		if next == nil || h.stay {
			return a, nil
		}
		if len(a.hops) > maxHops {
			return a, errCircles
		}
		if next.Scheme != "http" && next.Scheme != "https" {
			return a, fmt.Errorf("it leads to %s: %w", next.Scheme, outgoing.ErrRefused)
		}
		target = next
	}
}

// step makes one request.
func (v *visit) step(ctx context.Context, a *answer, target *url.URL, h how) (*url.URL, error) {
	if !h.free {
		if err := v.may(ctx, target); err != nil {
			return nil, err
		}
	}
	if err := v.spend(ctx, target); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, v.e.o.Limits.Request)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, h.methodOf(), target.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", v.e.o.UserAgent)
	req.Header.Set("Accept", "text/html,*/*;q=0.8")
	req.Header.Set("Accept-Encoding", h.packing(target))
	client := v.client
	if h.six {
		client = v.sixes
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	a.hop = hop{url: target, status: resp.StatusCode, header: resp.Header}
	a.hops = append(a.hops, a.hop)
	if next := leads(resp, target); next != nil {
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection serves again
		return next, nil
	}
	return nil, v.take(a, resp, h)
}

// packing is what a file may be packed by: what is only weighed, as a browser asks for it;
// what is read, as we can read it.
func (h how) packing(target *url.URL) string {
	if target.Scheme == "https" && (h.count || h.method == http.MethodHead) {
		return "gzip, br"
	}
	return "gzip"
}

func (h how) methodOf() string {
	if h.method == "" {
		return http.MethodGet
	}
	return h.method
}

// leads returns where an answer sends us; nil when it does not.
func leads(resp *http.Response, from *url.URL) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	next, err := from.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return nil
	}
	next.Fragment = ""
	return next
}

// take reads the body, not more of it than asked for.
func (v *visit) take(a *answer, resp *http.Response, h how) error {
	if h.method == http.MethodHead {
		a.wire = resp.ContentLength
		return nil
	}
	limit := h.limit
	if limit == 0 {
		limit = v.e.o.Limits.Page
	}
	wire := &meter{r: io.LimitReader(resp.Body, limit+1)}
	defer func() {
		a.wire = wire.n
		a.cut = a.cut || wire.n > limit
		v.mu.Lock()
		v.came += wire.n
		v.mu.Unlock()
	}()
	if h.count {
		_, err := io.Copy(io.Discard, wire)
		return err
	}
	var body io.Reader = wire
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		unpacked, err := gzip.NewReader(wire)
		if err != nil {
			return fmt.Errorf("read the packed page: %w", err)
		}
		body = unpacked
	}
	var text bytes.Buffer
	_, err := io.Copy(&text, io.LimitReader(body, limit))
	a.body = text.Bytes()
	if int64(len(a.body)) >= limit {
		a.cut = true
	}
	if err != nil && len(a.body) > 0 && !errors.Is(err, context.Canceled) {
		a.cut = true // what came before the fault can be read
		return nil
	}
	return err
}

// meter counts what is read.
type meter struct {
	r io.Reader
	n int64
}

// Read reads.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

// spend takes one of the requests of this look, and keeps the pause that the
// site asks for.
func (v *visit) spend(ctx context.Context, target *url.URL) error {
	pause := v.e.rules.pause(target)
	v.mu.Lock()
	if v.left == 0 {
		v.mu.Unlock()
		return errBudget
	}
	v.left--
	var wait time.Duration
	if pause > 0 {
		next := v.last[target.Host].Add(pause)
		now := v.e.o.Now()
		if next.Before(now) {
			next = now
		}
		wait, v.last[target.Host] = next.Sub(now), next
	}
	v.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pageAt reads a page, and what its frames show, once in a look.
func (v *visit) pageAt(ctx context.Context, target *url.URL, h how) (*answer, error) {
	key := fmt.Sprint(target, h.six)
	v.mu.Lock()
	known := v.fetched[key]
	v.mu.Unlock()
	if known != nil {
		return known, nil
	}
	a, err := v.ask(ctx, target, h)
	for n := 0; err == nil && n < 2; n++ {
		a.page = page.Read(a.body, a.header.Get("Content-Type"))
		next := a.onward()
		if next == nil {
			break
		}
		before := a.hops
		if a, err = v.ask(ctx, next, h); err == nil {
			a.hops = append(before, a.hops...)
		}
	}
	if err != nil {
		return a, err
	}
	v.frames(ctx, a, h)
	v.mu.Lock()
	v.fetched[key] = a
	v.mu.Unlock()
	return a, nil
}

// onward returns where a page sends on by itself.
func (a *answer) onward() *url.URL {
	if a.page.Refresh == "" {
		return nil
	}
	next, err := a.url.Parse(a.page.Refresh)
	if err != nil || next.String() == a.url.String() || next.Scheme != "http" && next.Scheme != "https" {
		return nil
	}
	return next
}

// frames reads what the first frames show: the page itself shows nothing.
func (v *visit) frames(ctx context.Context, a *answer, h how) {
	if !a.page.Frameset {
		return
	}
	for _, src := range a.page.Frames[:min(len(a.page.Frames), 3)] {
		target := a.resolve(src)
		if target == nil {
			continue
		}
		if inner, err := v.ask(ctx, target, h); err == nil && inner.good() {
			a.wire += inner.wire
			a.page.Add(page.Read(inner.body, inner.header.Get("Content-Type")))
		}
	}
}

// resolve is an address of the page as a whole one; nil when nobody can follow it.
func (a *answer) resolve(href string) *url.URL {
	base := a.url
	if a.page != nil && a.page.Base != "" {
		if at, err := a.url.Parse(a.page.Base); err == nil {
			base = at
		}
	}
	target, err := base.Parse(strings.TrimSpace(href))
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil
	}
	target.Fragment = ""
	return target
}
