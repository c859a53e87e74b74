package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/jard-odi/jard/monitor"
)

// socket looks whether a WebSocket opens, and may exchange a message on it.
type socket struct{ base *HTTP }

// Probe asks for the upgrade, and says and hears what the settings ask for.
func (p *socket) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	var s monitor.WebSocketSettings
	if c.Settings.WebSocket != nil {
		s = *c.Settings.WebSocket
	}
	m := p.base.newMeter(ctx, c.Trust)
	defer m.close()
	err := p.visit(ctx, m, &r, c.Target, s)
	if err != nil {
		r.Reason, r.Detail = reasonFor(ctx, err), short(err.Error())
	}
	m.tell(&r)
	return r
}

func (p *socket) visit(ctx context.Context, m *meter, r *monitor.Reading, target string, s monitor.WebSocketSettings) error {
	conn, err := p.open(ctx, m, r, target, s)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxHeard)
	if s.Subprotocol != "" && conn.Subprotocol() != s.Subprotocol {
		return &disappointment{monitor.Upgrade, fmt.Sprintf("subprotocol %q; asked for %q", conn.Subprotocol(), s.Subprotocol)}
	}
	began := time.Now()
	defer func() { r.Phases[monitor.PhaseTransfer] = time.Since(began) }()
	if s.Send != "" {
		if err := conn.Write(ctx, websocket.MessageText, []byte(s.Send)); err != nil {
			return err
		}
	}
	if s.Expect != "" {
		if err := p.hear(ctx, conn, r, s.Expect); err != nil {
			return err
		}
	}
	// A server that never answers the farewell has served all the same.
	_ = conn.Close(websocket.StatusNormalClosure, "")
	return nil
}

// open asks for the upgrade. What connecting took is no part of the wait.
func (p *socket) open(ctx context.Context, m *meter, r *monitor.Reading, target string, s monitor.WebSocketSettings) (*websocket.Conn, error) {
	o := &websocket.DialOptions{
		HTTPClient: &m.Client, HTTPHeader: http.Header{"User-Agent": {p.base.opts.UserAgent}},
	}
	if s.Subprotocol != "" {
		o.Subprotocols = []string{s.Subprotocol}
	}
	if s.Origin != "" {
		o.HTTPHeader.Set("Origin", s.Origin)
	}
	began := time.Now()
	conn, resp, err := websocket.Dial(ctx, target, o) //nolint:bodyclose // the library closes what it does not hand over
	r.Phases[monitor.PhaseWait] = max(0, time.Since(began)-m.connecting())
	if resp != nil {
		r.Status = resp.StatusCode
	}
	switch {
	case err == nil:
		return conn, nil
	case resp != nil && walled(resp):
		return nil, &disappointment{monitor.Blocked, "status " + strconv.Itoa(resp.StatusCode)}
	case resp != nil:
		return nil, &disappointment{monitor.Upgrade, strings.TrimPrefix(err.Error(), "failed to WebSocket dial: ")}
	}
	return nil, err
}

// hear reads messages until one matches.
func (p *socket) hear(ctx context.Context, conn *websocket.Conn, r *monitor.Reading, pattern string) error {
	want, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	var last []byte
	for {
		_, message, err := conn.Read(ctx)
		r.Bytes += int64(len(message))
		switch {
		case err == nil && want.Match(message):
			return nil
		case err == nil && r.Bytes <= maxHeard:
			last = message
		case err == nil, last != nil, errors.Is(err, websocket.ErrMessageTooBig), websocket.CloseStatus(err) != -1:
			return &disappointment{monitor.Assertion, fmt.Sprintf("%q expected, %q received", pattern, last[:min(len(last), maxExcerpt)])}
		default:
			return err
		}
	}
}
