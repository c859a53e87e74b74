package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

func TestHandshakes(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	good := issue(t, root, leaf("127.0.0.1", "mail.example.tn"))
	pair := tls.Certificate{PrivateKey: good.key, Certificate: [][]byte{good.cert.Raw}}
	p := prober(t, func(o *Options) { o.Roots = pool(root.cert) })
	for _, tt := range []struct {
		name   string
		lines  []string
		tls    *monitor.TLSSettings
		reason monitor.Reason
	}{
		{"at once", nil, nil, monitor.None},
		{"for a name", nil, &monitor.TLSSettings{Name: "mail.example.tn"}, monitor.None},
		{"for another name", nil, &monitor.TLSSettings{Name: "www.example.tn"}, monitor.TLSWrongHost},
		{"after SMTP", []string{"220-hello\r\n220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n"}, &monitor.TLSSettings{Start: monitor.StartSMTP}, monitor.None},
		{"after IMAP", []string{"* OK ready\r\n", "* CAPABILITY X\r\na1 OK go\r\n"}, &monitor.TLSSettings{Start: monitor.StartIMAP}, monitor.None},
		{"after POP3", []string{"+OK ready\r\n", "+OK go\r\n"}, &monitor.TLSSettings{Start: monitor.StartPOP3}, monitor.None},
		{"refused by SMTP", []string{"220 mail\r\n", "250 mail\r\n", "502 what\r\n"}, &monitor.TLSSettings{Start: monitor.StartSMTP}, monitor.Protocol},
		{"busy", []string{"421 later\r\n"}, &monitor.TLSSettings{Start: monitor.StartSMTP}, monitor.Protocol},
		{"with another protocol", []string{"SSH-2.0-x\r\n"}, &monitor.TLSSettings{Start: monitor.StartIMAP}, monitor.Protocol},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := look(t, p, speak(t, pair, tt.lines...), func(c *monitor.Check) {
				c.Kind, c.Settings.TLS = monitor.TLS, tt.tls
			})
			if r.Reason != tt.reason {
				t.Errorf("read %v, %q (%s); want %q", r.Verdict, r.Reason, r.Detail, tt.reason)
			}
			if tt.reason == monitor.None && (r.Secured == nil || len(r.Secured.Chain) != 1 || r.NotAfter.IsZero()) {
				t.Errorf("secured %+v", r.Secured)
			}
		})
	}
}

func TestWhatTheServerSends(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	between := issue(t, root, func(c *x509.Certificate) {
		authority("Intermediate")(c)
		c.NotAfter = time.Now().Add(12 * time.Hour)
	})
	good := issue(t, between, func(c *x509.Certificate) {
		leaf("127.0.0.1")(c)
		c.IssuingCertificateURL = []string{"http://ca.example.tn/intermediate.cer"}
	})
	p := prober(t, func(o *Options) { o.Roots = pool(root.cert) })

	r := look(t, p, serveTLS(t, good, between))
	want(t, r, monitor.Up, monitor.None)
	s := r.Secured
	if s == nil || len(s.Chain) != 2 || s.Chain[1].Subject != "Intermediate" || s.Chain[1].Issuer != "Root" || s.Chain[0].Key != "ECDSA 256" ||
		len(s.Chain[0].SHA256) != 64 || s.Version != "TLS 1.3" || s.Weak != "" || s.Missing != "" {
		t.Fatalf("secured %+v", s)
	}
	if !s.NotAfter.Equal(between.cert.NotAfter) || s.Expiring != "Intermediate" {
		t.Errorf("the first to expire is %q at %v; want the intermediate", s.Expiring, s.NotAfter)
	}

	alone := serveTLS(t, good)
	r = look(t, p, alone)
	want(t, r, monitor.Degraded, monitor.TLSIncompleteChain)
	if r.Secured.Missing != "Intermediate" || r.Secured.MissingURL != "http://ca.example.tn/intermediate.cer" ||
		r.Detail != `the certificate of "Intermediate" is missing (http://ca.example.tn/intermediate.cer)` {
		t.Errorf("missing %q at %q: %s", r.Secured.Missing, r.Secured.MissingURL, r.Detail)
	}
	kept := &monitor.TLSTrust{Intermediates: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: between.cert.Raw}))}
	r = look(t, p, alone, func(c *monitor.Check) { c.Trust = kept })
	want(t, r, monitor.Up, monitor.None)
	if !r.Secured.Filled || r.Secured.Missing != "Intermediate" {
		t.Errorf("the gap is filled: %v; what is missing: %q", r.Secured.Filled, r.Secured.Missing)
	}
	want(t, look(t, p, alone), monitor.Degraded, monitor.TLSIncompleteChain)
}

func TestTwoIntermediatesOfWhichOneIsMissing(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	upper := issue(t, root, authority("Upper"))
	lower := issue(t, upper, func(c *x509.Certificate) {
		authority("Lower")(c)
		c.IssuingCertificateURL = []string{"http://ca.example.tn/upper.cer"}
	})
	good := issue(t, lower, leaf("127.0.0.1"))
	p := prober(t, func(o *Options) { o.Roots = pool(root.cert) })
	r := look(t, p, serveTLS(t, good, lower))
	want(t, r, monitor.Degraded, monitor.TLSIncompleteChain)
	if r.Secured.Missing != "Upper" {
		t.Errorf("missing %q; want Upper", r.Secured.Missing)
	}
}

// What was verified once is not verified again while nothing changes, and is
// as soon as anything does.
func TestAVerdictOnAChainHoldsWhileNothingChanges(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	good := issue(t, root, leaf("127.0.0.1"))
	other := issue(t, root, leaf("127.0.0.1"))
	now := time.Now()
	p := prober(t, func(o *Options) {
		o.Roots = pool(root.cert)
		o.Now = func() time.Time { return now }
	})
	var current atomic.Pointer[signed]
	current.Store(good)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { //nolint:gosec // a test server
		c := current.Load()
		return &tls.Config{Certificates: []tls.Certificate{{PrivateKey: c.key, Certificate: [][]byte{c.cert.Raw}}}}, nil //nolint:gosec // a test server
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)

	first, again := look(t, p, srv.URL), look(t, p, srv.URL)
	if first.Secured == nil || first.Secured != again.Secured {
		t.Error("the same chain was read anew")
	}
	current.Store(other)
	if changed := look(t, p, srv.URL); changed.Secured == first.Secured || changed.Secured.Mark == first.Secured.Mark {
		t.Error("another chain was not noticed")
	}
	now = other.cert.NotAfter.Add(time.Second)
	want(t, look(t, p, srv.URL), monitor.Suspect, monitor.TLSExpired)
	now = other.cert.NotBefore.Add(-time.Second)
	want(t, look(t, p, srv.URL), monitor.Suspect, monitor.TLSExpired)
}

func TestWeakHandshakes(t *testing.T) {
	root := issue(t, nil, authority("Root"))
	good := issue(t, root, leaf("127.0.0.1"))
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.TLS = &tls.Config{ //nolint:gosec // it is meant to be weak
		Certificates: []tls.Certificate{{PrivateKey: good.key, Certificate: [][]byte{good.cert.Raw}}},
		MinVersion:   tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	p := prober(t, func(o *Options) { o.Roots = pool(root.cert) })
	r := look(t, p, srv.URL)
	want(t, r, monitor.Degraded, monitor.TLSWeak)
	if r.Secured.Version != "TLS 1.1" || !strings.HasPrefix(r.Detail, "TLS 1.1") {
		t.Errorf("secured by %s: %s", r.Secured.Version, r.Detail)
	}
	r = look(t, p, srv.URL, func(c *monitor.Check) { c.Settings.TLS = &monitor.TLSSettings{WeakAllowed: true} })
	want(t, r, monitor.Up, monitor.None)

	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{PublicKey: &small.PublicKey, Subject: pkix.Name{CommonName: "small"}}
	if got := weakness(&tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}, []*x509.Certificate{c}); got != "RSA 1024 (small)" {
		t.Errorf("a small key is %q", got)
	}
	if got := weakness(&tls.ConnectionState{Version: tls.VersionTLS12, CipherSuite: tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, nil); got != "TLS_RSA_WITH_3DES_EDE_CBC_SHA" {
		t.Errorf("an old cipher is %q", got)
	}
}

func FuzzGreeting(f *testing.F) {
	f.Add("220 a\r\n250 b\r\n220 c\r\n", "smtp")
	f.Add("* OK\r\na1 NO\r\n", "imap")
	f.Add("\x00\xff", "pop3")
	f.Fuzz(func(_ *testing.T, heard, start string) {
		_ = greet(struct {
			io.Reader
			io.Writer
		}{strings.NewReader(heard), io.Discard}, start)
	})
}
