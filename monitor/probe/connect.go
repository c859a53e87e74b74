package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
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
	began, resolving, resolved := time.Now(), time.Duration(0), false
	var asked time.Time
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { asked = time.Now() },
		DNSDone:  func(httptrace.DNSDoneInfo) { resolving, resolved = time.Since(asked), true },
	})
	conn, err := v.prober.dialer.DialContext(traced, "tcp", net.JoinHostPort(host, port))
	took := time.Since(began)
	if !resolved && !asked.IsZero() {
		resolving = took // it was still being resolved when time ran out
	}
	v.reading.Phases[monitor.PhaseDNS] += resolving
	v.reading.Phases[monitor.PhaseConnect] += took - resolving
	if err != nil {
		return nil, err
	}
	v.reading.Address = conn.RemoteAddr().String()
	if target.Scheme != "https" {
		return conn, nil
	}
	return v.secure(ctx, conn, host)
}

// secure makes the handshake and then verifies the chain itself, so that it
// can say what exactly is wrong with it. A chain that lacks an intermediate is
// noted and the measuring goes on, because browsers get past it.
func (v *visit) secure(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	began := time.Now()
	secured := tls.Client(conn, &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, //nolint:gosec // verified below, with the same rules
		NextProtos:         []string{"http/1.1"},
	})
	err := secured.HandshakeContext(ctx)
	v.reading.Phases[monitor.PhaseTLS] += time.Since(began)
	if err != nil {
		_ = conn.Close()
		return nil, &handshakeError{err}
	}
	certs := secured.ConnectionState().PeerCertificates
	v.reading.NotAfter = firstExpiry(certs)
	fault := verify(certs, host, v.prober.opts.Roots, v.prober.opts.Now())
	if fault == nil {
		return secured, nil
	}
	if fault.reason == monitor.TLSIncompleteChain {
		v.reading.Reason, v.reading.Detail = fault.reason, short(fault.Error())
		return secured, nil
	}
	_ = secured.Close()
	return nil, fault
}
