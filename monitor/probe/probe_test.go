package probe

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// prober may visit loopback, as the tests' servers live there.
func prober(t testing.TB, change ...func(*Options)) *HTTP {
	t.Helper()
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Guard: guard, UserAgent: "Jard (+https://jard.example.tn/contact)"}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// look probes and judges.
func look(t testing.TB, p *HTTP, url string, change ...func(*monitor.Check)) monitor.Reading {
	t.Helper()
	c := monitor.Check{ID: 1, Kind: monitor.HTTP, Target: url, Timeout: 5 * time.Second}
	for _, f := range change {
		f(&c)
	}
	r := p.Probe(t.Context(), c)
	c.Judge(&r)
	return r
}

func within(d time.Duration) func(*monitor.Check) {
	return func(c *monitor.Check) { c.Timeout = d }
}

func want(t *testing.T, r monitor.Reading, v monitor.Verdict, reason monitor.Reason) {
	t.Helper()
	if r.Verdict != v || r.Reason != reason {
		t.Errorf("read %v, %q (%s); want %v, %q", r.Verdict, r.Reason, r.Detail, v, reason)
	}
}

// serve answers with f.
func serve(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	return srv.URL
}

// raw answers each connection with f, which may break every rule.
func raw(t *testing.T, f func(net.Conn)) string {
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
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					f(conn)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestAnAnswer(t *testing.T) {
	var agent, path string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		agent, path = r.UserAgent(), r.URL.RequestURI()
		_, _ = io.WriteString(w, "Bienvenue")
	})
	r := look(t, prober(t), url+"/a?b=c", func(c *monitor.Check) { c.Expect.Contains = []string{"Bienvenue"} })
	want(t, r, monitor.Up, monitor.None)
	if r.Status != 200 || r.Bytes != 9 || r.Address == "" || r.Body != nil || r.At.Nanosecond()%1000 != 0 {
		t.Errorf("read %+v", r)
	}
	if agent != "Jard (+https://jard.example.tn/contact)" || path != "/a?b=c" {
		t.Errorf("the service saw %q asking for %q", agent, path)
	}
	if r.Phases[monitor.PhaseConnect] <= 0 || r.Phases[monitor.PhaseWait] <= 0 || r.Phases[monitor.PhaseTLS] != 0 {
		t.Errorf("phases %v", r.Phases)
	}
}

func TestEveryProbeConnectsAfresh(t *testing.T) {
	seen := map[string]bool{}
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { seen[r.RemoteAddr] = true })
	p := prober(t)
	for range 5 {
		want(t, look(t, p, url), monitor.Up, monitor.None)
	}
	if len(seen) != 5 {
		t.Errorf("5 probes came over %d connections", len(seen))
	}
}

func TestWaitIsTheServersTime(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { time.Sleep(50 * time.Millisecond) })
	r := look(t, prober(t), url)
	if wait := r.Phases[monitor.PhaseWait]; wait < 50*time.Millisecond || wait > 500*time.Millisecond {
		t.Errorf("wait %v; want about 50ms", wait)
	}
}

func TestBadAnswers(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	big := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		name    string
		answer  func(net.Conn)
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"hangs before the first byte", func(net.Conn) { <-hang }, monitor.Suspect, monitor.Timeout},
		{
			"hangs in the head", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-"); <-hang },
			monitor.Suspect, monitor.Timeout,
		},
		{
			"hangs in the body", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"); <-hang },
			monitor.Suspect, monitor.Timeout,
		},
		{"dribbles", dribble, monitor.Suspect, monitor.Timeout},
		{"closes without a word", func(net.Conn) {}, monitor.Suspect, monitor.Connect},
		{"resets", func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }, monitor.Suspect, monitor.Connect},
		{
			"promises more than it sends", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nab") },
			monitor.Suspect, monitor.Connect,
		},
		{
			"sends more than it promised", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef") },
			monitor.Up, monitor.None,
		},
		{
			"speaks no HTTP", func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") },
			monitor.Suspect, monitor.Protocol,
		},
		{"sends a thousand headers", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-Header: some value\r\n", 1000)+"\r\n")
		}, monitor.Up, monitor.None},
		{"sends headers without end", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for _, err := io.WriteString(c, "X: "+big+"\r\n"); err == nil; {
				_, err = io.WriteString(c, "X: "+big+"\r\n")
			}
		}, monitor.Suspect, monitor.Protocol},
		{"sends a body without end", func(c net.Conn) {
			_, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for err == nil {
				_, err = io.WriteString(c, big)
			}
		}, monitor.Up, monitor.None},
		{"says to go on first", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Up, monitor.None},
		{"says to go on for ever", func(c net.Conn) {
			_, _ = io.WriteString(c, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 50))
		}, monitor.Suspect, monitor.Protocol},
		{
			"a server error", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n") },
			monitor.Suspect, monitor.Status,
		},
		{"turned away by a firewall", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nServer: cloudflare\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Unknown, monitor.Blocked},
		{"asked to come less often", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Unknown, monitor.Blocked},
		{"forbidden by the service itself", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Suspect, monitor.Status},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			r := look(t, prober(t), raw(t, tt.answer), within(400*time.Millisecond))
			want(t, r, tt.verdict, tt.reason)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %v; the timeout is 400ms", took)
			}
		})
	}
}

func dribble(c net.Conn) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
	for range 1000 {
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	want(t, look(t, prober(t), "http://"+address), monitor.Suspect, monitor.Connect)
}

func TestABrokenAddressIsAReadingToo(t *testing.T) {
	for _, target := range []string{"http://[::1", "http://exa mple/", "http://127.0.0.1:99999/", ""} {
		if r := look(t, prober(t), target); r.Verdict.Answers() || r.Reason == monitor.None {
			t.Errorf("probe of %q read %v, %q", target, r.Verdict, r.Reason)
		}
	}
}

func TestRedirects(t *testing.T) {
	var target string
	hop := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/final":
			_, _ = io.WriteString(w, "here")
		case "/cookie":
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
			http.Redirect(w, r, "/needs-cookie", http.StatusFound)
		case "/needs-cookie":
			if _, err := r.Cookie("seen"); err != nil {
				http.Redirect(w, r, "/cookie", http.StatusFound)
			}
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		default:
			http.Redirect(w, r, target, http.StatusMovedPermanently)
		}
	}
	url := serve(t, hop)
	for _, tt := range []struct {
		name, path, to string
		verdict        monitor.Verdict
		reason         monitor.Reason
	}{
		{"followed", "/", "/final", monitor.Up, monitor.None},
		{"with the cookies they set", "/cookie", "", monitor.Up, monitor.None},
		{"not for ever", "/loop", "", monitor.Suspect, monitor.Redirected},
		{"to nowhere", "/nowhere", "", monitor.Suspect, monitor.Status},
		{"to a file", "/", "file:///etc/passwd", monitor.Suspect, monitor.Status},
		{"to the cloud's secrets", "/", "http://169.254.169.254/latest/meta-data/", monitor.Unknown, monitor.Blocked},
		{"to a private network", "/", "http://10.0.0.1/", monitor.Unknown, monitor.Blocked},
		{"to loopback in other clothes", "/", "http://[::1]:1/", monitor.Unknown, monitor.Blocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target = tt.to
			r := look(t, prober(t), url+tt.path)
			want(t, r, tt.verdict, tt.reason)
		})
	}
	t.Run("unless the redirect is what was expected", func(t *testing.T) {
		target = "http://169.254.169.254/"
		r := look(t, prober(t), url, func(c *monitor.Check) { c.Expect.Status = []string{"301"} })
		want(t, r, monitor.Up, monitor.None)
	})
}

func TestLoopbackNeedsAllowance(t *testing.T) {
	hit := false
	url := serve(t, func(http.ResponseWriter, *http.Request) { hit = true })
	want(t, look(t, New(Options{}), url), monitor.Unknown, monitor.Blocked)
	if hit {
		t.Error("the server was reached")
	}
}

// resolver answers every name with the next of addresses, without a cache.
func resolver(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	dns := nameServer(t, addresses)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns)
	}}
}

func TestRebinding(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		http.Redirect(w, r, "http://service.example:"+port+"/again", http.StatusFound)
	})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	// The name first points where visits are allowed, then at the cloud's secrets.
	p := prober(t, func(o *Options) { o.Resolver = resolver(t, "127.0.0.1", "169.254.169.254") })
	r := look(t, p, "http://service.example:"+port+"/")
	want(t, r, monitor.Unknown, monitor.Blocked)
	if r.Redirects != 1 || r.Phases[monitor.PhaseDNS] <= 0 {
		t.Errorf("read %+v; want one redirect and a time for names", r)
	}
}

func TestNamesThatDoNotResolve(t *testing.T) {
	p := prober(t, func(o *Options) { o.Resolver = resolver(t) })
	want(t, look(t, p, "http://service.example/"), monitor.Suspect, monitor.NoDNS)

	silent, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	p = prober(t, func(o *Options) {
		o.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "udp", silent.LocalAddr().String())
		}}
	})
	r := look(t, p, "http://service.example/", within(300*time.Millisecond))
	want(t, r, monitor.Suspect, monitor.NoDNS)
	if r.Phases[monitor.PhaseDNS] < 200*time.Millisecond {
		t.Errorf("phases %v; the time went into the name", r.Phases)
	}
}

func TestACancelledProbeEndsAtOnce(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	arrived := make(chan struct{}, 1)
	url := raw(t, func(net.Conn) { arrived <- struct{}{}; <-hang })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan monitor.Reading)
	p := prober(t)
	go func() {
		done <- p.Probe(ctx, monitor.Check{ID: 1, Target: url, Timeout: time.Minute})
	}()
	<-arrived
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("the probe went on after it was cancelled")
	}
}

func TestExplain(t *testing.T) {
	r := monitor.Reading{
		Verdict: monitor.Suspect, Reason: monitor.TLSExpired, Detail: "x509", Redirects: 1, URL: "u", Address: "a",
		NotAfter: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	}
	r.Phases[monitor.PhaseWait] = time.Millisecond
	var keys []string
	for _, s := range Explain(r) {
		keys = append(keys, s.Key)
	}
	got := fmt.Sprint(keys)
	for _, key := range []string{"explain.suspect", "explain.reason.tls_expired", "phase.wait", "not_after", "redirects"} {
		if !strings.Contains(got, key) {
			t.Errorf("explanation %s lacks %s", got, key)
		}
	}
	if strings.Contains(got, "phase.dns") {
		t.Errorf("explanation %s tells of a phase that never was", got)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n"))
	f.Add([]byte("HTTP/0.9"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		url := raw(t, func(c net.Conn) { _, _ = c.Write(answer) })
		r := look(t, prober(t), url, within(time.Second))
		if r.Verdict == monitor.Down {
			t.Errorf("one reading says %v", r.Verdict)
		}
	})
}

// pool returns the certificates as roots.
func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}
