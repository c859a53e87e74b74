package probe

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// kinds is a prober of every kind that may visit loopback.
func kinds(t testing.TB, change ...func(*Options)) Kinds {
	t.Helper()
	guard, err := outgoing.New([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Guard: guard, UserAgent: "Jard (+https://jard.example.tn/contact)"}
	for _, c := range change {
		c(&o)
	}
	return All(o)
}

// see probes and judges.
func see(t testing.TB, k Kinds, c monitor.Check) monitor.Reading {
	t.Helper()
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	c.ID = 1
	r := k.Probe(t.Context(), c)
	c.Judge(&r)
	return r
}

// port answers each connection with f.
func port(t testing.TB, f func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				f(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func tcpCheck(target, talk string) monitor.Check {
	return monitor.Check{
		Kind: monitor.TCP, Target: target, Timeout: 400 * time.Millisecond,
		Settings: monitor.Settings{TCP: &monitor.TCPSettings{Talk: monitor.ReadTalk(talk)}},
	}
}

// mailServer speaks as much of a mail server as a greeting needs.
func mailServer(config *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, "220 mail.example.tn ESMTP\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			switch word := strings.ToUpper(lines.Text()); {
			case strings.HasPrefix(word, "EHLO"):
				_, _ = io.WriteString(c, "250-mail.example.tn\r\n250 STARTTLS\r\n")
			case word == "STARTTLS":
				_, _ = io.WriteString(c, "220 go ahead\r\n")
				secured := tls.Server(c, config)
				c, lines = secured, bufio.NewScanner(secured)
			default:
				_, _ = io.WriteString(c, "500 what?\r\n")
			}
		}
	}
}

func TestAPort(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	const greeting = "< ^220\n> EHLO jard\\r\\n\n< (?m)^250 "
	for _, tt := range []struct {
		name, talk string
		answer     func(net.Conn)
		verdict    monitor.Verdict
		reason     monitor.Reason
	}{
		{"opens", "", func(net.Conn) {}, monitor.Up, monitor.None},
		{"opens and says nothing, unasked", "", func(net.Conn) { <-hang }, monitor.Up, monitor.None},
		{"converses", greeting, mailServer(nil), monitor.Up, monitor.None},
		{"answers in pieces", "< ^abc$", func(c net.Conn) {
			for _, s := range []string{"a", "b", "c"} {
				_, _ = io.WriteString(c, s)
			}
			<-hang
		}, monitor.Up, monitor.None},
		{"answers bytes", `< \x{00}\x01`, func(c net.Conn) { _, _ = c.Write([]byte{0, 1}) }, monitor.Up, monitor.None},
		{"says nothing when spoken to", "> hello\n< .", func(net.Conn) { <-hang }, monitor.Suspect, monitor.Timeout},
		{"says something else", "< ^220", func(c net.Conn) { _, _ = io.WriteString(c, "554 no\r\n"); <-hang }, monitor.Suspect, monitor.Assertion},
		{"says something else and hangs up", "< ^220", func(c net.Conn) { _, _ = io.WriteString(c, "554 no\r\n") }, monitor.Suspect, monitor.Assertion},
		{"hangs up", "< ^220", func(net.Conn) {}, monitor.Suspect, monitor.Connect},
		{"resets", "> hello\\n\n< ^220", func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _ = c.(*net.TCPConn).SetLinger(0) }, monitor.Suspect, monitor.Connect},
		{"talks without end", "< ^220", func(c net.Conn) {
			for {
				if _, err := c.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}, monitor.Suspect, monitor.Assertion},
		{"speaks no TLS", "starttls", func(c net.Conn) { _, _ = io.WriteString(c, "hello\r\n") }, monitor.Suspect, monitor.TLSOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := see(t, kinds(t), tcpCheck(port(t, tt.answer), tt.talk))
			want(t, r, tt.verdict, tt.reason)
			if r.Phases[monitor.PhaseConnect] <= 0 || r.Address == "" || len(r.Steps) > strings.Count(tt.talk, "\n")+1 {
				t.Errorf("read %+v", r)
			}
		})
	}
}

func TestAPortThatTurnsToTLS(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	good := issue(t, root, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} })
	old := issue(t, root, func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	})
	k := kinds(t, func(o *Options) { o.Roots = pool(root.cert) })
	for _, tt := range []struct {
		name   string
		leaf   *signed
		reason monitor.Reason
	}{{"valid", good, monitor.None}, {"expired", old, monitor.TLSExpired}} {
		t.Run(tt.name, func(t *testing.T) {
			config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{tt.leaf.cert.Raw}, PrivateKey: tt.leaf.key}}}
			address := port(t, mailServer(config))
			r := see(t, k, tcpCheck(address, "< ^220.*\n> STARTTLS\\r\\n\n< ^\\s*220[^\\n]*\\n\nstarttls\n> EHLO jard\\r\\n\n< (?m)^250 "))
			if r.Reason != tt.reason || !r.NotAfter.Equal(tt.leaf.cert.NotAfter) {
				t.Errorf("read %q (%s), expiring %v", r.Reason, r.Detail, r.NotAfter)
			}
			if last := r.Steps[len(r.Steps)-1]; (last.Fault == "") != (tt.reason == monitor.None) {
				t.Errorf("the last step is %+v", last)
			}
		})
	}
}

func TestOtherKindsKeepTheGuard(t *testing.T) {
	address := port(t, func(net.Conn) {})
	k := All(Options{})
	want(t, see(t, k, tcpCheck(address, "")), monitor.Unknown, monitor.Blocked)
	want(t, see(t, k, tcpCheck("169.254.169.254:80", "")), monitor.Unknown, monitor.Blocked)
}

func TestAKindOfANewerProgramIsNotBlamed(t *testing.T) {
	want(t, see(t, kinds(t), monitor.Check{Kind: "telepathy", Target: "x"}), monitor.Unknown, monitor.NotPermitted)
}

func TestAFamilyIsKept(t *testing.T) {
	c := tcpCheck(port(t, func(net.Conn) {}), "")
	c.Settings.TCP.Family = monitor.IPv6
	want(t, see(t, kinds(t), c), monitor.Suspect, monitor.NoDNS)
	c.Settings.TCP.Family = monitor.IPv4
	want(t, see(t, kinds(t), c), monitor.Up, monitor.None)
}
