package probe

import (
	"context"
	"net"
	"net/http/httptrace"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Prober looks at a check once. It never fails: not getting an answer is a
// reading too.
type Prober interface {
	Probe(ctx context.Context, c monitor.Check) monitor.Reading
}

// Kinds has each check looked at by the prober of its kind.
type Kinds map[monitor.Kind]Prober

// All returns a prober of every kind.
func All(o Options) Kinds {
	base := New(o)
	return Kinds{
		monitor.HTTP:      base,
		monitor.TLS:       base,
		monitor.TCP:       &tcp{base},
		monitor.DNS:       &names{base, o.NameServers, "53"},
		monitor.ICMP:      &echo{base, openEcho},
		monitor.WebSocket: &socket{base},
		monitor.Journey:   &journeys{base},
		monitor.Browser:   newPages(base),
	}
}

// Probe reads c once, within its timeout. The caller judges the reading.
func (k Kinds) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	kind := c.Kind
	if kind == "" {
		kind = monitor.HTTP
	}
	if p, ok := k[kind]; ok {
		return p.Probe(ctx, c)
	}
	// The rules let no such check in; a newer program may have stored it.
	return monitor.Reading{
		Check: c.ID, Attempt: 1, At: time.Now().UTC().Truncate(time.Microsecond),
		Reason: monitor.NotPermitted, Detail: "no prober of kind " + string(kind),
	}
}

// begin opens a reading of c, and the time it may take.
func (p *HTTP) begin(ctx context.Context, c monitor.Check) (monitor.Reading, context.Context, context.CancelFunc) {
	r := monitor.Reading{Check: c.ID, Attempt: 1, At: p.opts.Now().UTC().Truncate(time.Microsecond)}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	return r, ctx, cancel
}

// dial opens a guarded connection and adds what it took to r. The times are
// told by the resolver and the dialer themselves.
func (p *HTTP) dial(ctx context.Context, r *monitor.Reading, network, address string) (net.Conn, error) {
	began, resolving, resolved := time.Now(), time.Duration(0), false
	var asked time.Time
	var known []net.IPAddr
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { asked = time.Now() },
		DNSDone:  func(i httptrace.DNSDoneInfo) { resolving, resolved, known = time.Since(asked), true, i.Addrs },
	})
	conn, err := p.dialer.DialContext(traced, network, address)
	took := time.Since(began)
	if !resolved && !asked.IsZero() {
		resolving = took // it was still being resolved when time ran out
	}
	r.Phases[monitor.PhaseDNS] += resolving
	r.Phases[monitor.PhaseConnect] += took - resolving
	if err != nil {
		unreached(r, known)
		return nil, err
	}
	r.Address = conn.RemoteAddr().String()
	return conn, nil
}

// bound ends what is done on conn when the time is over, or when the answer is
// no longer wanted. The returned function lets go.
func bound(ctx context.Context, conn net.Conn) (release func(), err error) {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return func() {}, err
	}
	stop := context.AfterFunc(ctx, func() {
		if ctx.Err() == context.Canceled {
			_ = conn.Close()
		}
	})
	return func() { stop() }, nil
}

// step notes what one part of a look took and what was wrong with it.
func step(r *monitor.Reading, name string, began time.Time, err error) {
	s := monitor.Step{Name: short(name), TookUs: time.Since(began).Microseconds()}
	if err != nil {
		s.Fault = short(err.Error())
	}
	r.Steps = append(r.Steps, s)
}

// disappointment is an answer that is not the one expected, with the reason
// that says so.
type disappointment struct {
	reason monitor.Reason
	text   string
}

func (d *disappointment) Error() string { return d.text }
