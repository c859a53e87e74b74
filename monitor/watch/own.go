package watch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Own tells whether this machine's own connection is the fault, where too few
// hosts are watched for their failures to tell.
type Own interface {
	Down(ctx context.Context, host string, why monitor.Reason) bool
}

// OwnLink asks the system: is there a way out at all, and does the resolver
// answer for the root of all names? It sends nothing to anybody but the
// resolver, and claims nothing about what lies beyond the first router: for
// that, reference hosts must be named.
type OwnLink struct {
	Resolver *net.Resolver // nil: the system's

	mu    sync.Mutex
	asked time.Time
	deaf  bool // the resolver did not answer
}

// Down implements Own. A host on this machine or in its networks of its own is
// never excused.
func (o *OwnLink) Down(ctx context.Context, host string, why monitor.Reason) bool {
	if local(host) {
		return false
	}
	return !routed(ctx) || why == monitor.NoDNS && o.resolverDown(ctx)
}

// local tells whether host is this machine.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsLinkLocalUnicast())
}

// routed tells whether packets to the internet have a way to go. Connecting a
// datagram socket asks the routing table and sends nothing.
func routed(ctx context.Context) bool {
	for _, address := range []string{"192.0.2.1:9", "[2001:db8::1]:9"} { // kept for documentation: nobody's
		conn, err := (&net.Dialer{}).DialContext(ctx, "udp", address)
		if err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}

// resolverDown tells whether the resolver answers nothing at all. That a name
// does not exist is an answer.
func (o *OwnLink) resolverDown(ctx context.Context) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.asked.IsZero() && time.Since(o.asked) < referenceAge {
		return o.deaf
	}
	resolver := o.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	within, cancel := context.WithTimeout(ctx, referenceWait)
	defer cancel()
	_, err := resolver.LookupNS(within, ".")
	if ctx.Err() != nil {
		return false
	}
	var no *net.DNSError
	o.deaf = err != nil && (!errors.As(err, &no) || !no.IsNotFound)
	o.asked = time.Now()
	return o.deaf
}
