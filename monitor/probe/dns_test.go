package probe

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/jard-odi/jard/monitor"
)

// zoneServer answers on UDP and TCP at address, which may name port 0.
func zoneServer(t testing.TB, address string, answer dns.HandlerFunc) string {
	t.Helper()
	packets, stream := bothPorts(t, address)
	address = packets.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: answer}, {Listener: stream, Handler: answer}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	return address
}

// bothPorts opens the same port for UDP and TCP; the second may be taken.
func bothPorts(t testing.TB, address string) (net.PacketConn, net.Listener) {
	t.Helper()
	var config net.ListenConfig
	for range 50 {
		packets, err := config.ListenPacket(t.Context(), "udp", address)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := config.Listen(t.Context(), "tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, stream
		}
		_ = packets.Close()
	}
	t.Fatalf("%s: no port is free for both UDP and TCP", address)
	return nil, nil
}

// saying answers every question of a type with the records of it among lines.
func saying(lines ...string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, q *dns.Msg) { _ = w.WriteMsg(reply(q, lines...)) }
}

func reply(q *dns.Msg, lines ...string) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			panic(err)
		}
		kind := rr.Header().Rrtype
		if strings.EqualFold(rr.Header().Name, q.Question[0].Name) && (kind == q.Question[0].Qtype || kind == dns.TypeRRSIG) {
			m.Answer = append(m.Answer, rr)
		}
	}
	return m
}

func dnsCheck(s monitor.DNSSettings) monitor.Check {
	return monitor.Check{
		Kind: monitor.DNS, Target: "service.example", Timeout: 600 * time.Millisecond, Settings: monitor.Settings{DNS: &s},
	}
}

const addressLine = "service.example. 300 IN A 193.95.1.1"

func TestANameServer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  dns.HandlerFunc
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"answers", saying(addressLine), monitor.Up, monitor.None},
		{"fails", func(w dns.ResponseWriter, q *dns.Msg) {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
		}, monitor.Suspect, monitor.DNSCode},
		{"knows no such name", func(w dns.ResponseWriter, q *dns.Msg) {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeNameError))
		}, monitor.Suspect, monitor.DNSCode},
		{"knows nothing of the name", saying(), monitor.Suspect, monitor.DNSAnswer},
		{"answers another address", saying("service.example. 300 IN A 10.0.0.1"), monitor.Suspect, monitor.DNSAnswer},
		{"is silent", func(dns.ResponseWriter, *dns.Msg) {}, monitor.Suspect, monitor.Timeout},
		{"answers another question", func(w dns.ResponseWriter, q *dns.Msg) {
			other := new(dns.Msg).SetReply(q)
			other.Question[0].Name = "other.example."
			_ = w.WriteMsg(other)
		}, monitor.Suspect, monitor.DNSAnswer},
		{"answers under another number", func(w dns.ResponseWriter, q *dns.Msg) {
			m := reply(q, addressLine)
			m.Id++
			_ = w.WriteMsg(m)
		}, monitor.Suspect, monitor.Timeout},
		{"answers rubbish", func(w dns.ResponseWriter, q *dns.Msg) {
			_, _ = w.Write([]byte{byte(q.Id >> 8), byte(q.Id), 0x80, 0, 0, 9, 0, 9, 0, 0, 0, 0, 0xff}) //nolint:gosec // cut on purpose
		}, monitor.Suspect, monitor.DNSAnswer},
		{"cuts its answer over UDP", func(w dns.ResponseWriter, q *dns.Msg) {
			m := reply(q, addressLine)
			if w.RemoteAddr().Network() == "udp" {
				m.Truncated, m.Answer = true, nil
			}
			_ = w.WriteMsg(m)
		}, monitor.Up, monitor.None},
		{"loses the first packet", losing(1), monitor.Up, monitor.None},
		{"loses them all", losing(99), monitor.Suspect, monitor.Timeout},
		{"answers with a wrong number first", func(w dns.ResponseWriter, q *dns.Msg) {
			forged := reply(q, "service.example. 300 IN A 10.6.6.6")
			forged.Id++
			_ = w.WriteMsg(forged)
			_ = w.WriteMsg(reply(q, addressLine))
		}, monitor.Up, monitor.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at := zoneServer(t, "127.0.0.1:0", tt.answer)
			r := see(t, kinds(t), dnsCheck(monitor.DNSSettings{Servers: []string{at}, Present: []string{"193.95.1.1"}}))
			want(t, r, tt.verdict, tt.reason)
			if len(r.Steps) != 1 || r.Steps[0].Name != at || r.Phases[monitor.PhaseWait] <= 0 {
				t.Errorf("read %+v", r)
			}
		})
	}
}

// losing answers only after so many questions.
func losing(lost int32) dns.HandlerFunc {
	var asked atomic.Int32
	return func(w dns.ResponseWriter, q *dns.Msg) {
		if asked.Add(1) > lost {
			_ = w.WriteMsg(reply(q, addressLine))
		}
	}
}

func TestEveryTypeOfRecord(t *testing.T) {
	lines := map[string]string{
		"A": "193.95.1.1", "AAAA": "2001:db8::1", "CNAME": "other.example.", "MX": "10 mail.example.", "NS": "ns1.example.",
		"TXT": `v=spf1 mx -all`, "SOA": "ns1.example. admin.example. 2026112201 3600 600 86400 300", "CAA": `0 issue "ca.example"`,
		"DS": "12345 13 2 AABB", "DNSKEY": "257 3 13 YWJj", "SRV": "0 5 443 www.example.", "PTR": "www.example.",
	}
	for _, kind := range monitor.DNSTypes() {
		record := lines[kind]
		line := "service.example. 300 IN " + kind + " " + record
		if kind == "TXT" {
			line = `service.example. 300 IN TXT "v=spf1 " "mx -all"`
		}
		at := zoneServer(t, "127.0.0.1:0", saying(line))
		want(t, see(t, kinds(t), dnsCheck(monitor.DNSSettings{Type: kind, Servers: []string{at}, Present: []string{record}, MinTTL: 300})),
			monitor.Up, monitor.None)
		want(t, see(t, kinds(t), dnsCheck(monitor.DNSSettings{Type: kind, Servers: []string{at}, Absent: []string{record}})),
			monitor.Suspect, monitor.DNSAnswer)
	}
}

func TestTheSystemsServerIsAskedWhenNoneIsNamed(t *testing.T) {
	at := zoneServer(t, "127.0.0.1:0", saying(addressLine))
	// The operator's own resolver may stand in a network that checks may not enter.
	k := All(Options{NameServers: []string{at}})
	want(t, see(t, k, dnsCheck(monitor.DNSSettings{})), monitor.Up, monitor.None)
	want(t, see(t, k, dnsCheck(monitor.DNSSettings{Servers: []string{at}})), monitor.Unknown, monitor.Blocked)
}

func TestSignedAnswers(t *testing.T) {
	const (
		signature = "service.example. 300 IN RRSIG A 13 2 300 20301231000000 20200101000000 1 example. YWJj"
		delegated = "example. 300 IN DS 12345 13 2 AABB"
	)
	for _, tt := range []struct {
		name   string
		answer dns.HandlerFunc
		reason monitor.Reason
	}{
		{"signed and vouched for", saying(addressLine, signature, delegated), monitor.None},
		{"signed by a zone nobody vouches for", saying(addressLine, signature), monitor.DNSUnsigned},
		{"not signed", saying(addressLine), monitor.DNSUnsigned},
		{"verified by the resolver", func(w dns.ResponseWriter, q *dns.Msg) {
			m := reply(q, addressLine)
			m.AuthenticatedData = true
			_ = w.WriteMsg(m)
		}, monitor.None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := zoneServer(t, "127.0.0.1:0", tt.answer)
			k := kinds(t, func(o *Options) { o.NameServers = []string{at} })
			if r := see(t, k, dnsCheck(monitor.DNSSettings{Servers: []string{at}, DNSSEC: true})); r.Reason != tt.reason {
				t.Errorf("read %q (%s); want %q", r.Reason, r.Detail, tt.reason)
			}
		})
	}
}

// zone is a resolver that knows a zone of two name servers, which it sends to
// two addresses of this machine.
func zone(t *testing.T, first, second dns.HandlerFunc) Kinds {
	t.Helper()
	_, port, _ := net.SplitHostPort(zoneServer(t, "127.0.0.2:0", first))
	zoneServer(t, "127.0.0.3:"+port, second)
	ours := zoneServer(t, "127.0.0.1:0", saying("example. 300 IN NS ns1.example.", "example. 300 IN NS ns2.example.",
		"ns1.example. 300 IN A 127.0.0.2", "ns2.example. 300 IN A 127.0.0.3"))
	k := kinds(t, func(o *Options) {
		o.NameServers = []string{ours}
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", ours)
		}}
	})
	k[monitor.DNS].(*names).port = port //nolint:forcetypeassert // All made it
	return k
}

func TestTheServersOfAZoneAreCompared(t *testing.T) {
	quiet := func(dns.ResponseWriter, *dns.Msg) {}
	elsewhere := saying("service.example. 300 IN A 10.0.0.1")
	for _, tt := range []struct {
		name          string
		first, second dns.HandlerFunc
		verdict       monitor.Verdict
		reason        monitor.Reason
	}{
		{"agree", saying(addressLine), saying(addressLine), monitor.Up, monitor.None},
		{"disagree", saying(addressLine), elsewhere, monitor.Degraded, monitor.DNSDisagree},
		{"one is silent", saying(addressLine), quiet, monitor.Degraded, monitor.DNSPartial},
		{"both are silent", quiet, quiet, monitor.Suspect, monitor.Timeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := see(t, zone(t, tt.first, tt.second), dnsCheck(monitor.DNSSettings{Authoritative: true}))
			want(t, r, tt.verdict, tt.reason)
			if len(r.Steps) != 2 || r.Steps[0].Name != "ns1.example" || r.Phases[monitor.PhaseDNS] <= 0 {
				t.Errorf("read %+v", r)
			}
		})
	}
}

func TestANameWithoutAZone(t *testing.T) {
	at := zoneServer(t, "127.0.0.1:0", saying())
	k := kinds(t, func(o *Options) { o.NameServers = []string{at} })
	want(t, see(t, k, dnsCheck(monitor.DNSSettings{Authoritative: true})), monitor.Suspect, monitor.NoDNS)
}

func FuzzNameServer(f *testing.F) {
	good, err := reply(question("service.example", dns.TypeA, true), addressLine).Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{0, 0, 0x80})
	f.Add([]byte(strings.Repeat("\xc0\x0c", 40)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		at := zoneServer(t, "127.0.0.1:0", func(w dns.ResponseWriter, q *dns.Msg) {
			if len(answer) > 2 {
				answer[0], answer[1] = byte(q.Id>>8), byte(q.Id) //nolint:gosec // cut on purpose
			}
			_, _ = w.Write(answer)
		})
		c := dnsCheck(monitor.DNSSettings{Servers: []string{at}})
		c.Timeout = 100 * time.Millisecond
		if r := see(t, kinds(t), c); r.Verdict == monitor.Down {
			t.Errorf("one reading says %v", r.Verdict)
		}
	})
}
