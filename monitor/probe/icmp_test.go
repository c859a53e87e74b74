package probe

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"github.com/jard-odi/jard/monitor"
)

// machine answers echo requests as a test wants it to.
type machine struct {
	answer  func(n int, asked *icmp.Echo) []*icmp.Echo
	waiting []*icmp.Echo
	asked   int
}

func (m *machine) WriteTo(b []byte, _ net.Addr) (int, error) {
	msg, err := icmp.ParseMessage(1, b)
	if err != nil {
		return 0, err
	}
	m.asked++
	m.waiting = append(m.waiting, m.answer(m.asked, msg.Body.(*icmp.Echo))...) //nolint:forcetypeassert // an echo
	return len(b), nil
}

func (m *machine) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(m.waiting) == 0 {
		return 0, nil, os.ErrDeadlineExceeded // as after waiting
	}
	next := m.waiting[0]
	m.waiting = m.waiting[1:]
	raw, err := (&icmp.Message{Type: ipv4.ICMPTypeEchoReply, Body: next}).Marshal(nil)
	return copy(b, raw), &net.UDPAddr{}, err
}

func (m *machine) SetReadDeadline(time.Time) error { return nil }
func (m *machine) Close() error                    { return nil }

func same(e *icmp.Echo) *icmp.Echo { return &icmp.Echo{ID: e.ID, Seq: e.Seq, Data: e.Data} }

func TestAMachine(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  func(n int, asked *icmp.Echo) []*icmp.Echo
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"answers", func(_ int, e *icmp.Echo) []*icmp.Echo { return []*icmp.Echo{same(e)} }, monitor.Up, monitor.None},
		{"is silent", func(int, *icmp.Echo) []*icmp.Echo { return nil }, monitor.Suspect, monitor.Timeout},
		{"loses one", func(n int, e *icmp.Echo) []*icmp.Echo {
			if n == 2 {
				return nil
			}
			return []*icmp.Echo{same(e)}
		}, monitor.Degraded, monitor.PacketLoss},
		{"answers another's question first", func(_ int, e *icmp.Echo) []*icmp.Echo {
			other := same(e)
			other.Data = []byte("not what was sent")
			return []*icmp.Echo{other, same(e)}
		}, monitor.Up, monitor.None},
		{"answers with other contents", func(_ int, e *icmp.Echo) []*icmp.Echo {
			return []*icmp.Echo{{ID: e.ID, Seq: e.Seq, Data: []byte("lie")}}
		}, monitor.Suspect, monitor.Timeout},
		{"answers late", func(n int, e *icmp.Echo) []*icmp.Echo {
			late := same(e)
			late.Seq--
			return []*icmp.Echo{late}
		}, monitor.Suspect, monitor.Timeout},
		{"answers twice", func(_ int, e *icmp.Echo) []*icmp.Echo { return []*icmp.Echo{same(e), same(e)} }, monitor.Up, monitor.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := kinds(t)
			k[monitor.ICMP].(*echo).open = func(string, string) (echoConn, error) { //nolint:forcetypeassert // All made it
				return &machine{answer: tt.answer}, nil
			}
			r := see(t, k, monitor.Check{Kind: monitor.ICMP, Target: "127.0.0.1"})
			want(t, r, tt.verdict, tt.reason)
			if len(r.Steps) != 3 || r.Address != "127.0.0.1" {
				t.Errorf("read %+v", r)
			}
		})
	}
}

func TestNotPermittedIsNobodysFault(t *testing.T) {
	for _, refusal := range []error{os.ErrPermission, syscall.EPERM, syscall.EACCES, syscall.EPROTONOSUPPORT} {
		k := kinds(t)
		var tried []string
		k[monitor.ICMP].(*echo).open = func(network, _ string) (echoConn, error) { //nolint:forcetypeassert // All made it
			tried = append(tried, network)
			return nil, &net.OpError{Op: "listen", Err: refusal}
		}
		r := see(t, k, monitor.Check{Kind: monitor.ICMP, Target: "127.0.0.1"})
		want(t, r, monitor.Unknown, monitor.NotPermitted)
		if len(tried) != 2 || tried[0] != "udp4" {
			t.Errorf("tried %v; without privileges comes first", tried)
		}
	}
}

func TestPrivilegesSecond(t *testing.T) {
	k := kinds(t)
	k[monitor.ICMP].(*echo).open = func(network, _ string) (echoConn, error) { //nolint:forcetypeassert // All made it
		if network == "udp4" {
			return nil, os.ErrPermission
		}
		return &machine{answer: func(_ int, e *icmp.Echo) []*icmp.Echo { return []*icmp.Echo{same(e)} }}, nil
	}
	want(t, see(t, k, monitor.Check{Kind: monitor.ICMP, Target: "127.0.0.1"}), monitor.Up, monitor.None)
}

func TestPacketsKeepTheGuard(t *testing.T) {
	for _, target := range []string{"127.0.0.1", "169.254.169.254", "::1", "10.0.0.1"} {
		want(t, see(t, All(Options{}), monitor.Check{Kind: monitor.ICMP, Target: target}), monitor.Unknown, monitor.Blocked)
	}
}

func TestAMachineWithoutAName(t *testing.T) {
	k := kinds(t, func(o *Options) {
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no resolver")
		}}
	})
	want(t, see(t, k, monitor.Check{Kind: monitor.ICMP, Target: "nobody.example"}), monitor.Suspect, monitor.NoDNS)
}

// Where this machine may send packets, its own loopback answers them.
func TestARealPacket(t *testing.T) {
	for _, target := range []string{"127.0.0.1", "::1"} {
		r := see(t, kinds(t), monitor.Check{Kind: monitor.ICMP, Target: target})
		if r.Reason == monitor.NotPermitted {
			t.Logf("this machine may not send packets: %s", r.Detail)
			want(t, r, monitor.Unknown, monitor.NotPermitted)
			continue
		}
		if target == "::1" && r.Reason == monitor.OwnNetwork {
			t.Logf("this machine speaks no IPv6: %s", r.Detail)
			continue
		}
		want(t, r, monitor.Up, monitor.None)
		if len(r.Steps) != 3 || r.Phases[monitor.PhaseWait] <= 0 {
			t.Errorf("read %+v", r)
		}
	}
}
