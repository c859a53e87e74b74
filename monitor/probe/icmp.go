package probe

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/jard-odi/jard/monitor"
)

// echo asks a machine whether it is there.
type echo struct {
	base *HTTP
	open func(network, address string) (echoConn, error)
}

// echoConn is a socket for echo requests.
type echoConn interface {
	ReadFrom(b []byte) (int, net.Addr, error)
	WriteTo(b []byte, to net.Addr) (int, error)
	SetReadDeadline(t time.Time) error
	Close() error
}

func openEcho(network, address string) (echoConn, error) { return icmp.ListenPacket(network, address) }

// Probe sends the packets one after the other, and waits for each.
func (p *echo) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	r, ctx, cancel := p.base.begin(ctx, c)
	defer cancel()
	var s monitor.ICMPSettings
	if c.Settings.ICMP != nil {
		s = *c.Settings.ICMP
	}
	began := time.Now()
	address, err := p.find(ctx, c.Target, s.Family)
	r.Phases[monitor.PhaseDNS] = time.Since(began)
	if err == nil {
		r.Address = address.String()
		err = p.series(ctx, &r, address, s)
	}
	if err != nil {
		r.Reason, r.Detail = reasonFor(ctx, err), short(err.Error())
	}
	return r
}

// find resolves target, and asks the guard: no dialer does it for a packet.
func (p *echo) find(ctx context.Context, target, family string) (netip.Addr, error) {
	resolver := p.base.opts.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	list, err := resolver.LookupNetIP(ctx, "ip"+family, target)
	if err != nil {
		return netip.Addr{}, err
	}
	var refused error
	for _, a := range list {
		if refused = p.base.opts.Guard.Check(a); refused == nil {
			return a.Unmap(), nil
		}
	}
	if refused == nil {
		refused = &net.DNSError{Err: "no address", Name: target, IsNotFound: true}
	}
	return netip.Addr{}, refused
}

// protocol is what differs between the families.
type protocol struct {
	networks      [2]string // without privileges first
	any           string
	request, back icmp.Type
	number        int
}

func protocolOf(a netip.Addr) protocol {
	if a.Is4() {
		return protocol{[2]string{"udp4", "ip4:icmp"}, "0.0.0.0", ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply, 1}
	}
	return protocol{[2]string{"udp6", "ip6:ipv6-icmp"}, "::", ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply, 58}
}

// socket opens the first kind of socket that this machine may open.
func (p *echo) socket(how protocol, a netip.Addr) (echoConn, net.Addr, error) {
	var faults []error
	for _, network := range how.networks {
		conn, err := p.open(network, how.any)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if network[:3] == "udp" {
			return conn, &net.UDPAddr{IP: a.AsSlice(), Zone: a.Zone()}, nil
		}
		return conn, &net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}, nil
	}
	err := errors.Join(faults...)
	for _, code := range []error{os.ErrPermission, syscall.EPROTONOSUPPORT, syscall.EAFNOSUPPORT} {
		if errors.Is(err, code) {
			return nil, nil, &disappointment{monitor.NotPermitted, faults[len(faults)-1].Error()}
		}
	}
	return nil, nil, err
}

// series sends the packets and judges what came back.
func (p *echo) series(ctx context.Context, r *monitor.Reading, a netip.Addr, s monitor.ICMPSettings) error {
	how := protocolOf(a)
	conn, to, err := p.socket(how, a)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	deadline, _ := ctx.Deadline()
	var times []time.Duration
	first := time.Now()
	for n := range s.Count() {
		began := time.Now()
		took, err := ping(conn, to, how, n+1, began.Add(deadline.Sub(began)/time.Duration(s.Count()-n)))
		one := monitor.Step{Name: fmt.Sprintf("#%d", n+1), TookUs: took.Microseconds()}
		if err != nil && !timedOut(err) && ctx.Err() == nil {
			return err
		}
		if err != nil {
			one.Fault = "lost"
		} else {
			times = append(times, took)
		}
		r.Steps = append(r.Steps, one)
	}
	r.Phases[monitor.PhaseWait] = monitor.Median(times)
	if len(times) == 0 {
		r.Phases[monitor.PhaseWait] = time.Since(first)
	}
	r.Reason, r.Detail = s.Judge(len(times))
	return nil
}

// ping sends one packet and waits for it to come back. What it carries is
// known to nobody else, so that another's packet is not taken for it.
func ping(conn echoConn, to net.Addr, how protocol, number int, until time.Time) (time.Duration, error) {
	secret := make([]byte, 16)
	_, _ = rand.Read(secret) // never fails
	packet := icmp.Message{Type: how.request, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: number, Data: secret}}
	raw, err := packet.Marshal(nil)
	if err != nil {
		return 0, err
	}
	if err := conn.SetReadDeadline(until); err != nil {
		return 0, err
	}
	began := time.Now()
	if _, err := conn.WriteTo(raw, to); err != nil {
		return 0, err
	}
	buf := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(buf)
		took := time.Since(began)
		if err != nil {
			return took, err
		}
		answer, err := icmp.ParseMessage(how.number, buf[:n])
		if err != nil || answer.Type != how.back {
			continue
		}
		if body, ok := answer.Body.(*icmp.Echo); ok && body.Seq == number && bytes.Equal(body.Data, secret) {
			return took, nil
		}
	}
}
