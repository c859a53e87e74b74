package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// tcp looks whether a port answers, and may hold a conversation on it.
type tcp struct{ base *HTTP }

// maxHeard is how much an exchange may have to listen to.
const maxHeard = 64 << 10

// Probe connects, and says and hears what the settings ask for.
func (p *tcp) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	var s monitor.TCPSettings
	if c.Settings.TCP != nil {
		s = *c.Settings.TCP
	}
	if err := p.visit(ctx, &r, c, s); err != nil {
		r.Reason, r.Detail = reasonFor(ctx, err), short(err.Error())
	}
	return r
}

// reasonFor puts err into the closed set; what disappointed says so itself.
func reasonFor(ctx context.Context, err error) monitor.Reason {
	if d, ok := errors.AsType[*disappointment](err); ok {
		return d.reason
	}
	return reasonOf(ctx, err)
}

func (p *tcp) visit(ctx context.Context, r *monitor.Reading, c monitor.Check, s monitor.TCPSettings) error {
	conn, err := p.base.dial(ctx, r, "tcp"+s.Family, c.Target)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	release, err := bound(ctx, conn)
	if err != nil {
		return err
	}
	defer release()
	t := talk{p: p.base, r: r, conn: conn, host: hostOf(c.Target), trust: c.Trust}
	if s.TLS {
		if err := t.secure(ctx); err != nil {
			return err
		}
	}
	for _, e := range s.Talk {
		began := time.Now()
		err := t.turn(ctx, e)
		step(r, e.String(), began, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// hostOf is the host of host:port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// talk is a conversation under way.
type talk struct {
	p     *HTTP
	r     *monitor.Reading
	conn  net.Conn
	host  string
	trust *monitor.TLSTrust
	heard []byte // received and not yet matched
}

// turn does one exchange.
func (t *talk) turn(ctx context.Context, e monitor.Exchange) error {
	switch {
	case e.StartTLS:
		return t.secure(ctx)
	case e.Send != "":
		text, err := e.Bytes()
		if err != nil {
			return err
		}
		_, err = t.conn.Write(text)
		return err
	}
	return t.hear(e.Expect)
}

// hear reads until what was received matches. What comes after the match is
// left for the next turn.
func (t *talk) hear(pattern string) error {
	want, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	began := time.Now()
	defer func() { t.r.Phases[monitor.PhaseWait] += time.Since(began) }()
	buf := make([]byte, 4<<10)
	for {
		if at := want.FindIndex(t.heard); at != nil {
			t.heard = t.heard[at[1]:]
			return nil
		}
		if len(t.heard) > maxHeard {
			return t.unlike(pattern)
		}
		n, err := t.conn.Read(buf)
		t.heard = append(t.heard, buf[:n]...)
		t.r.Bytes += int64(n)
		if err == nil || n > 0 && want.Match(t.heard) {
			continue
		}
		if len(t.heard) > 0 && (timedOut(err) || errors.Is(err, io.EOF)) {
			return t.unlike(pattern) // it spoke, but said something else
		}
		return err
	}
}

func timedOut(err error) bool {
	network, ok := errors.AsType[net.Error](err)
	return ok && network.Timeout()
}

// maxExcerpt is how much of an answer a detail repeats.
const maxExcerpt = 120

func (t *talk) unlike(pattern string) error {
	return &disappointment{monitor.Assertion, fmt.Sprintf("%q expected, %q received", pattern, t.heard[:min(len(t.heard), maxExcerpt)])}
}

// secure makes the handshake, and judges the certificates as for a page.
func (t *talk) secure(ctx context.Context) error {
	if len(t.heard) > 0 {
		return &disappointment{monitor.TLSOther, "unencrypted bytes before the handshake"}
	}
	secured, err := t.p.secure(ctx, t.r, t.conn, t.host, t.trust)
	if err == nil {
		t.conn = secured
	}
	return err
}
