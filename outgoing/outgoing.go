// Package outgoing guards every request to an address that somebody typed:
// probes, link checks, webhooks, harvests. It refuses private, loopback,
// link-local and other special networks unless they are on the allow-list.
//
// The check sits in the dialer's Control, on the address that is about to be
// connected to. So it holds after DNS resolution, on every redirect, and when
// a name changes its address between two questions.
package outgoing

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is what a connection to a refused address fails with.
var ErrRefused = errors.New("address is in a network that requests may not enter")

// special are the IPv4 networks that are not the public internet.
var special = prefixes(
	"168.63.129.16/32", // what Azure tells a machine of itself: public by number, reached from inside alone
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)

// global6 is what of IPv6 is public; notGlobal6 are the parts of it that are
// not, or that carry an IPv4 address inside (Teredo, 6to4). NAT64, mapped,
// unique-local, link-local and multicast addresses lie outside global6.
var (
	global6    = netip.MustParsePrefix("2000::/3")
	notGlobal6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, 0, len(list))
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// Guard decides where requests may go. The zero value allows the public
// internet only.
type Guard struct{ allow []netip.Prefix }

// New returns a Guard that also allows the networks listed, such as
// "127.0.0.0/8". A single address stands for itself.
func New(allow []string) (*Guard, error) {
	g := &Guard{}
	for _, s := range allow {
		p, err := parsePrefix(strings.TrimSpace(s))
		if err != nil {
			return nil, fmt.Errorf("allow network %q: %w", s, err)
		}
		g.allow = append(g.allow, p)
	}
	return g, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// Check returns an error that is ErrRefused when a may not be connected to.
func (g *Guard) Check(a netip.Addr) error {
	// The zone only picks an interface, and ::ffff:10.0.0.1 reaches 10.0.0.1.
	a = a.WithZone("").Unmap()
	if within(g.allow, a) || public(a) {
		return nil
	}
	return fmt.Errorf("%s: %w", a, ErrRefused)
}

func public(a netip.Addr) bool {
	if !a.IsValid() {
		return false
	}
	if a.Is4() {
		return !within(special, a)
	}
	return global6.Contains(a) && !within(notGlobal6, a)
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Control is for net.Dialer: it sees the address after resolution, just before
// the connection.
func (g *Guard) Control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, ErrRefused)
	}
	return g.Check(ap.Addr())
}

// Dialer returns a dialer that connects only where the guard allows.
func (g *Guard) Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: timeout, KeepAlive: -1, Control: g.Control}
}

// maxRedirects bounds how far Client follows.
const maxRedirects = 5

// Client returns an HTTP client that connects only where the guard allows, on
// redirects too. It takes no proxy from the environment: a proxy would connect
// on our behalf where we may not.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	dialer := g.Dialer(timeout)
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSHandshakeTimeout:    timeout,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
				return fmt.Errorf("redirect to %s: %w", req.URL.Scheme, ErrRefused)
			}
			return nil
		},
	}
}
