package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// connect opens a connection to target's host and secures it when the address
// is https. The times are told by the resolver and the dialer themselves
// (httptrace), on the monotonic clock.
func (v *visit) connect(ctx context.Context, target *url.URL) (net.Conn, error) {
	host, port := target.Hostname(), target.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[target.Scheme]
	}
	conn, err := v.dial(ctx, host, port)
	if err != nil || target.Scheme != "https" {
		return conn, err
	}
	return v.prober.secure(ctx, &v.reading, conn, host, v.check.Trust, "http/1.1")
}

// dial connects to host over the family of addresses that the check asks for.
func (v *visit) dial(ctx context.Context, host, port string) (net.Conn, error) {
	conn, err := v.prober.dial(ctx, &v.reading, "tcp"+v.family(), net.JoinHostPort(host, port))
	if err != nil && v.family() != monitor.AnyIP && errors.Is(err, syscall.ENETUNREACH) {
		err = fmt.Errorf("%w: %w", errNoFamily, err)
	}
	return conn, err
}

// family is what the check connects over: nothing, 4 or 6.
func (v *visit) family() string {
	if t := v.check.Settings.TLS; v.check.Kind == monitor.TLS && t != nil {
		return t.Family
	}
	return v.web.Family
}

// secure makes the handshake and then verifies the chain itself, so that it
// can say what exactly is wrong with it. Old versions and weak ciphers are
// offered too, because a server that speaks nothing better is to be told from
// one that is down. A chain that lacks an intermediate is noted and the
// measuring goes on, because browsers get past it.
func (p *HTTP) secure(ctx context.Context, r *monitor.Reading, conn net.Conn, host string, trust *monitor.TLSTrust, protocols ...string,
) (net.Conn, error) {
	began := time.Now()
	secured := tls.Client(conn, &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, //nolint:gosec // verified below, with the same rules
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       p.chains.suites,
		NextProtos:         protocols,
	})
	err := secured.HandshakeContext(ctx)
	r.Phases[monitor.PhaseTLS] += time.Since(began)
	if err != nil {
		_ = conn.Close()
		return nil, &handshakeError{err}
	}
	state := secured.ConnectionState()
	known := p.chains.read(&state, host, trust, p.opts.Roots, p.opts.Now())
	r.NotAfter, r.Secured = known.secured.NotAfter, known.secured
	switch fault := known.fault; {
	case fault == nil:
		return secured, nil
	case fault.reason == monitor.TLSIncompleteChain:
		r.Reason, r.Detail = fault.reason, short(fault.Error())
		return secured, nil
	default:
		_ = secured.Close()
		return nil, fault
	}
}
