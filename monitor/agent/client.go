package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor/vantage"
)

// Client speaks to the installation.
type Client struct {
	base    *url.URL
	http    *http.Client
	clock   *Clock
	program vantage.Program

	slug string
	key  ed25519.PrivateKey
}

// NewClient returns a client of the installation at server. What is sent is
// signed and not secret, but the checks that come back may be: so plain HTTP is
// for this machine only, unless asked for.
func NewClient(server string, client *http.Client, clock *Clock, version string, plain bool) (*Client, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(server), "/"))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("--server: %q is no address like https://jard.example.tn", server)
	}
	address, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || (err == nil && address.IsLoopback())
	if u.Scheme == "http" && !local && !plain {
		return nil, errors.New("--server: plain http would show the checks to whoever listens; use https, or --plain inside a network you trust")
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: u, http: &own, clock: clock, program: vantage.Program{Protocol: vantage.Protocol, Version: version}}, nil
}

// be makes the client sign as an identity.
func (c *Client) be(i *Identity) { c.slug, c.key = i.Vantage, i.key() }

// Problem is an answer that is none: what the installation says is wrong.
type Problem struct {
	Status int
	Keys   []string // stable names of what was wrong
	Detail string
}

// Error says what the installation said.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("the server answered %d", p.Status)
	}
	return fmt.Sprintf("the server answered %d: %s", p.Status, p.Detail)
}

// is tells whether the problem is the one under a key of ours.
func (p *Problem) is(key string) bool { return slices.Contains(p.Keys, key) }

// largestAnswer bounds what is read of an answer.
const largestAnswer = 32 << 20

// ask sends one request and reads the answer into out. Every answer teaches the
// clock. A request that was refused because our time was off is made once more.
func (c *Client) ask(ctx context.Context, method, path string, in, out any, header http.Header) (int, http.Header, error) {
	status, answered, err := c.try(ctx, method, path, in, out, header)
	problem, told := errors.AsType[*Problem](err)
	if told && problem.is("vantage.skew") {
		return c.try(ctx, method, path, in, out, header)
	}
	return status, answered, err
}

func (c *Client) try(ctx context.Context, method, path string, in, out any, header http.Header) (int, http.Header, error) {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return 0, nil, err
	}
	maps.Copy(req.Header, header)
	sent := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if at, err := time.Parse(time.RFC3339Nano, resp.Header.Get(vantage.HeaderTime)); err == nil {
		c.clock.Learn(at, time.Since(sent))
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer))
	if err != nil {
		return 0, nil, err
	}
	switch {
	case resp.StatusCode == http.StatusNotModified:
		return resp.StatusCode, resp.Header, nil
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return resp.StatusCode, resp.Header, problemOf(resp.StatusCode, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return 0, nil, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return resp.StatusCode, resp.Header, nil
}

func problemOf(status int, text []byte) error {
	var told struct {
		Detail string
		Errors []struct{ Key string }
	}
	if json.Unmarshal(text, &told) != nil {
		return &Problem{Status: status}
	}
	p := &Problem{Status: status, Detail: told.Detail}
	for _, one := range told.Errors {
		p.Keys = append(p.Keys, one.Key)
	}
	return p
}

// request makes a signed request.
func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Language", "en")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != nil {
		at := c.clock.Now().UTC().Format(time.RFC3339Nano)
		req.Header.Set(vantage.HeaderVantage, c.slug)
		req.Header.Set(vantage.HeaderTime, at)
		req.Header.Set(vantage.HeaderSignature, vantage.Sign(c.key, method, path, at, body))
	}
	return req, nil
}

// enrol exchanges the one-time token for an identity.
func (c *Client) enrol(ctx context.Context, token string, key ed25519.PublicKey) (*vantage.Welcome, error) {
	var welcome vantage.Welcome
	in := vantage.Enrolment{Program: c.program, Token: token, PublicKey: key}
	_, _, err := c.ask(ctx, http.MethodPost, "/api/v1/agent/enrolment", in, &welcome, nil)
	return &welcome, err
}

// orders returns what to look at, nil when it is what tag stands for.
func (c *Client) orders(ctx context.Context, tag string) (*vantage.Orders, string, error) {
	var orders vantage.Orders
	header := http.Header{}
	if tag != "" {
		header.Set("If-None-Match", tag)
	}
	status, answered, err := c.ask(ctx, http.MethodGet, "/api/v1/agent/checks", nil, &orders, header)
	if err != nil || status == http.StatusNotModified {
		return nil, tag, err
	}
	return &orders, answered.Get("ETag"), nil
}

func (c *Client) beat(ctx context.Context, waiting, lost int64) (*vantage.Pulse, error) {
	offset, _ := c.clock.Offset()
	in := vantage.Heartbeat{Program: c.program, OffsetUs: offset.Microseconds(), Waiting: waiting, Lost: lost}
	var pulse vantage.Pulse
	_, _, err := c.ask(ctx, http.MethodPost, "/api/v1/agent/heartbeat", in, &pulse, nil)
	return &pulse, err
}

func (c *Client) push(ctx context.Context, b *vantage.Batch) (*vantage.Receipt, error) {
	b.Program = c.program
	var receipt vantage.Receipt
	_, _, err := c.ask(ctx, http.MethodPost, "/api/v1/agent/batches", b, &receipt, nil)
	return &receipt, err
}
