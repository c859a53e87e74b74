package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/jard-odi/jard/monitor"
)

// signed is a certificate with its key.
type signed struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate signed by `by`, or by itself when that is nil.
func issue(t *testing.T, by *signed, change func(*x509.Certificate)) *signed {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: serial, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	change(cert)
	parent, signer := cert, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signed{cert, key}
}

func authority(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: name}
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}
}

func leaf(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: names[0]}
		for _, n := range names {
			if ip := net.ParseIP(n); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, n)
			}
		}
	}
}

// serveTLS serves with the chain, in the order given.
func serveTLS(t *testing.T, key *signed, chain ...*signed) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	pair := tls.Certificate{PrivateKey: key.key, Certificate: [][]byte{key.cert.Raw}}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.cert.Raw)
	}
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}} //nolint:gosec // a test server
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestCertificates(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	between := issue(t, root, authority("Intermediate"))
	other := issue(t, root, authority("Wrong intermediate"))
	stranger := issue(t, nil, authority("Stranger"))
	good := issue(t, between, leaf("127.0.0.1"))
	expired := issue(t, between, func(c *x509.Certificate) {
		leaf("127.0.0.1")(c)
		c.NotAfter = time.Now().Add(-time.Minute)
	})
	early := issue(t, between, func(c *x509.Certificate) {
		leaf("127.0.0.1")(c)
		c.NotBefore = time.Now().Add(time.Hour)
	})
	oldBetween := issue(t, root, func(c *x509.Certificate) {
		authority("Old intermediate")(c)
		c.NotAfter = time.Now().Add(-time.Minute)
	})
	for _, tt := range []struct {
		name    string
		url     string
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"good", serveTLS(t, good, between), monitor.Up, monitor.None},
		{"with the root too", serveTLS(t, good, between, root), monitor.Up, monitor.None},
		{"without its intermediate", serveTLS(t, good), monitor.Degraded, monitor.TLSIncompleteChain},
		{"with the wrong intermediate", serveTLS(t, good, other), monitor.Degraded, monitor.TLSIncompleteChain},
		{"expired", serveTLS(t, expired, between), monitor.Suspect, monitor.TLSExpired},
		{"not yet valid", serveTLS(t, early, between), monitor.Suspect, monitor.TLSExpired},
		{
			"an expired intermediate", serveTLS(t, issue(t, oldBetween, leaf("127.0.0.1")), oldBetween),
			monitor.Suspect, monitor.TLSExpired,
		},
		{
			"for another name", serveTLS(t, issue(t, between, leaf("other.example.tn")), between),
			monitor.Suspect, monitor.TLSWrongHost,
		},
		{"self-signed", serveTLS(t, issue(t, nil, leaf("127.0.0.1"))), monitor.Suspect, monitor.TLSSelfSigned},
		{
			"of an authority nobody knows", serveTLS(t, issue(t, stranger, leaf("127.0.0.1")), stranger),
			monitor.Suspect, monitor.TLSUntrusted,
		},
		{
			"no TLS at all", strings.Replace(serve(t, func(http.ResponseWriter, *http.Request) {}), "http:", "https:", 1),
			monitor.Suspect, monitor.TLSOther,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := look(t, prober(t, func(o *Options) { o.Roots = pool(root.cert) }), tt.url)
			want(t, r, tt.verdict, tt.reason)
			if tt.reason != monitor.TLSOther && (r.NotAfter.IsZero() || r.Phases[monitor.PhaseTLS] <= 0) {
				t.Errorf("expires %v, handshake %v; want both known", r.NotAfter, r.Phases[monitor.PhaseTLS])
			}
			if r.Verdict.Answers() && r.Status != 200 {
				t.Errorf("status %d; the measuring goes on", r.Status)
			}
		})
	}
}

func TestAHangingHandshakeTimesOut(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r := look(t, prober(t), "https://"+l.Addr().String(), within(200*time.Millisecond))
	want(t, r, monitor.Suspect, monitor.Timeout)
}

// nameServer answers A questions with the next of addresses, the last for
// ever, and "no such name" when there are none.
func nameServer(t *testing.T, addresses []string) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for asked := 0; ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response = true
			switch q := m.Questions[0]; {
			case len(addresses) == 0:
				m.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				ip := net.ParseIP(addresses[min(asked, len(addresses)-1)]).To4()
				asked++
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: [4]byte(ip)},
				}}
			}
			m.Additionals = nil
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}
