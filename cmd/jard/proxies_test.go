package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

const publicName = "jard.example.tn"

// gate is one of the proxies of deploy/, run before two processes of Jard.
type gate struct {
	t       *testing.T
	address string // where it takes TLS
	plain   string
	log     *bytes.Buffer
	folder  string
	trust   *x509.CertPool
	refuses bool // another name gets no answer at all
	streams bool // bodies are not gathered before they are passed on
	end     func()
}

// proxies are what is put before Jard: how each is started with its example,
// in which only addresses and paths are changed.
var proxies = []struct {
	name, example string
	refuses       bool
	start         func(g *gate, text, first, second string) *exec.Cmd
}{
	{"nginx", "../../deploy/nginx/jard.conf", true, func(g *gate, text, first, second string) *exec.Cmd {
		text = strings.NewReplacer(
			"listen 80;", "listen "+g.plain+";", "listen [::]:80;", "", "listen 443", "listen "+g.address,
			"listen [::]:443 ssl http2;", "", "listen [::]:443 ssl http2 default_server;", "",
			"/etc/ssl/jard", g.folder, "/var/log/nginx/jard.log", "/dev/stderr",
			"server 127.0.0.1:8080", "server "+first, "# server 127.0.0.1:8081", "server "+second,
		).Replace(text)
		g.write("site.conf", text)
		g.write("nginx.conf", "daemon off; pid "+g.folder+"/pid; error_log stderr warn; worker_processes 1; events {}\nhttp {\n"+
			"client_body_temp_path "+g.folder+"/body; proxy_temp_path "+g.folder+"/proxy; fastcgi_temp_path "+g.folder+"/f; uwsgi_temp_path "+g.folder+"/u; scgi_temp_path "+g.folder+"/s;\n"+
			"include "+g.folder+"/site.conf;\n}\n")
		return exec.Command("nginx", "-e", "stderr", "-p", g.folder, "-c", g.folder+"/nginx.conf")
	}},
	{"haproxy", "../../deploy/haproxy/haproxy.cfg", true, func(g *gate, text, first, second string) *exec.Cmd {
		text = strings.NewReplacer(
			"bind :80", "bind "+g.plain, "bind :443", "bind "+g.address, "/etc/haproxy/jard.pem", g.folder+"/both.pem", "log /dev/log local0", "log stderr format raw local0",
			"\tuser haproxy\n", "", "\tgroup haproxy\n", "", "\tchroot /var/lib/haproxy\n", "", "127.0.0.1:8080", first, "127.0.0.1:8081", second, "maxconn 20000", "maxconn 200",
		).Replace(text)
		g.write("haproxy.cfg", text)
		return exec.Command("haproxy", "-db", "-f", g.folder+"/haproxy.cfg")
	}},
	{"caddy", "../../deploy/caddy/Caddyfile", false, func(g *gate, text, first, second string) *exec.Cmd {
		text = strings.NewReplacer("# tls /etc/ssl/jard/fullchain.pem /etc/ssl/jard/privkey.pem", "tls "+g.folder+"/fullchain.pem "+g.folder+"/privkey.pem").Replace(text)
		_, plain, _ := net.SplitHostPort(g.plain)
		_, port, _ := net.SplitHostPort(g.address)
		g.write("Caddyfile", strings.Replace(text, "{\n\tservers", "{\n\tadmin off\n\thttp_port "+plain+"\n\thttps_port "+port+"\n\tdefault_bind 127.0.9.9\n\tservers", 1))
		cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", g.folder+"/Caddyfile")
		cmd.Env = append(os.Environ(), "JARD_HOST="+publicName, "JARD_UPSTREAMS="+first+" "+second, "HOME="+g.folder, "XDG_DATA_HOME="+g.folder, "XDG_CONFIG_HOME="+g.folder)
		return cmd
	}},
}

// TestTheProxiesOfTheExamples runs each proxy that is on this machine, as its
// example sets it up, before two processes on one database.
func TestTheProxiesOfTheExamples(t *testing.T) {
	target := databasetest.URL(t, database.Postgres)
	behind := func(c *configs.Config) {
		c.BaseURL, c.Proxies = "https://"+publicName, []string{"127.0.0.1/32"}
		c.Watch.Enabled, c.Files.Enabled, c.Alerts.Enabled, c.Watch.Registries = false, false, false, ""
	}
	first, second := start(t, target, behind), start(t, target, behind)
	for n, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			if _, err := exec.LookPath(p.name); err != nil {
				t.Skipf("%s is not on this machine, so its example is NOT tried: apt-get install %s", p.name, p.name)
			}
			text, err := os.ReadFile(p.example)
			if err != nil {
				t.Fatal(err)
			}
			g := newGate(t)
			g.refuses, g.streams = p.refuses, !p.refuses
			g.run(p.start(g, string(text), first.address, second.address))
			g.serves()
			g.passesTheCallersAddress(first.db, n)
			g.boundsBodies()
			g.keepsInsideWhatIsInside()
			g.keepsSecretsOutOfItsLog()
		})
	}
	t.Run("one process ends", func(t *testing.T) {
		if _, err := exec.LookPath("nginx"); err != nil {
			t.Skip("nginx is not on this machine")
		}
		text, err := os.ReadFile(proxies[0].example)
		if err != nil {
			t.Fatal(err)
		}
		g := newGate(t)
		g.run(proxies[0].start(g, string(text), first.address, second.address))
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if status, _, _ := g.ask(http.MethodGet, "/login", publicName, "127.0.0.1", nil, nil); status != http.StatusOK {
				t.Errorf("answered %d while a process is there", status)
			}
		}
	})
}

func newGate(t *testing.T) *gate {
	t.Helper()
	folder, err := os.MkdirTemp("", "gate") // not t.TempDir, whose parents the proxy's own account may not enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // see above
		t.Fatal(err)
	}
	address, plain := unused(t)
	g := &gate{t: t, address: address, plain: plain, folder: folder, log: &bytes.Buffer{}, trust: x509.NewCertPool()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	model := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{publicName, "other.example.tn"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, model, model, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	chain := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
	g.write("fullchain.pem", chain)
	g.write("privkey.pem", secret)
	g.write("both.pem", chain+secret)
	g.trust.AppendCertsFromPEM([]byte(chain))
	return g
}

// unused are two addresses that nobody listens at. They are of a number of this
// machine that no connection comes from, which could take the port meanwhile.
func unused(t *testing.T) (string, string) {
	t.Helper()
	var found [2]string
	for n := range found {
		l, err := net.Listen("tcp", "127.0.9.9:0") //nolint:noctx // only to find a free port
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // after both are found
		found[n] = l.Addr().String()
	}
	return found[0], found[1]
}

func (g *gate) write(name, text string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.folder, name), []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// run starts the proxy and waits until it lets through.
func (g *gate) run(cmd *exec.Cmd) {
	g.t.Helper()
	cmd.Stdout, cmd.Stderr = g.log, g.log
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	g.end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	}
	g.t.Cleanup(func() {
		g.end()
		if g.t.Failed() {
			g.t.Log(g.log)
		}
	})
	await(g.t, "the proxy to let through", func() bool {
		select {
		case <-ended:
			g.t.Fatalf("it ended: %s", g.log)
		default:
		}
		status, _, _ := g.ask(http.MethodGet, "/readyz", publicName, "127.0.0.1", nil, nil)
		return status == http.StatusOK
	})
}

// ask sends a request through the proxy, coming from an address of this machine.
func (g *gate) ask(method, path, name, from string, header http.Header, body io.Reader) (int, http.Header, string) {
	g.t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := &http.Client{
		Timeout: 40 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			ForceAttemptHTTP2: header.Get("Expect") == "", ExpectContinueTimeout: time.Minute, // what is refused need not be sent
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{RootCAs: g.trust, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, g.address)
			},
		},
	}
	req, err := http.NewRequestWithContext(g.t.Context(), method, "https://"+name+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	resp.Header.Set("Protocol", resp.Proto)
	return resp.StatusCode, resp.Header, string(text)
}

// serves sees that pages and what they are dressed in come through as Jard
// sent them, and that plain http leads to https.
func (g *gate) serves() {
	g.t.Helper()
	status, header, page := g.ask(http.MethodGet, "/login", publicName, "127.0.0.1", nil, nil)
	if status != http.StatusOK || header.Get("Protocol") != "HTTP/2.0" {
		g.t.Fatalf("answered %d over %s: %s", status, header.Get("Protocol"), page)
	}
	for _, key := range []string{"Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options"} {
		if len(header.Values(key)) != 1 {
			g.t.Errorf("%s came %d times", key, len(header.Values(key)))
		}
	}
	if s := header.Get("Server"); regexp.MustCompile(`\d`).MatchString(s) {
		g.t.Errorf("it tells its version: %s", s)
	}
	style := regexp.MustCompile(`href="(/static/[^"]+\.css)"`).FindStringSubmatch(page)
	if style == nil {
		g.t.Fatal("the page has no style")
	}
	status, header, _ = g.ask(http.MethodGet, style[1], publicName, "127.0.0.1", http.Header{"Accept-Encoding": {"gzip"}}, nil)
	if status != http.StatusOK || !strings.Contains(header.Get("Cache-Control"), "immutable") || header.Get("Content-Encoding") != "gzip" {
		g.t.Errorf("style: %d, %v", status, header)
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(plainly(g.t, "http://"+g.plain+"/datasets?q=eau"))
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	where, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusPermanentRedirect || where.Scheme != "https" || where.Hostname() != publicName || where.RequestURI() != "/datasets?q=eau" {
		g.t.Errorf("plain http: %d to %v", resp.StatusCode, where)
	}
}

func plainly(t *testing.T, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = publicName
	return req
}

// passesTheCallersAddress fails to sign in three times, each time as somebody
// else and with another made-up address: Jard counts them as one caller.
func (g *gate) passesTheCallersAddress(db *gorm.DB, n int) {
	g.t.Helper()
	thrice := func() (n int64) {
		g.t.Helper()
		if err := db.Model(&identity.Attempt{}).Where("failures = 3").Count(&n).Error; err != nil {
			g.t.Fatal(err)
		}
		return n
	}
	before := thrice()
	for i := range 3 {
		claimed := fmt.Sprintf("198.51.100.%d", 10*n+i)
		form := url.Values{"email": {fmt.Sprintf("somebody%d-%d@example.tn", n, i)}, "password": {"faux mot de passe"}}.Encode()
		status, _, text := g.ask(http.MethodPost, "/login", publicName, fmt.Sprintf("127.0.%d.1", n+1), http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://" + publicName},
			"X-Forwarded-For": {claimed}, "X-Real-Ip": {claimed}, "Forwarded": {"for=" + claimed},
		}, strings.NewReader(form))
		if status != http.StatusUnauthorized {
			g.t.Fatalf("signing in with a wrong password: %d %.300s", status, text)
		}
	}
	if after := thrice(); after != before+1 {
		g.t.Errorf("%d addresses had failed three times, now %d; want one more", before, after)
	}
}

// boundsBodies sees who refuses what is too large: Jard while it is a little
// too large, the proxy when it is much.
func (g *gate) boundsBodies() {
	g.t.Helper()
	for size, whose := range map[int]bool{10<<20 + 1000: true, 12 << 20: false} {
		status, header, text := g.ask(http.MethodPost, "/login", publicName, "127.0.0.1", http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://" + publicName}, "Expect": {"100-continue"},
		}, bytes.NewReader(append([]byte("email=a&password="), bytes.Repeat([]byte("x"), size)...)))
		if status == 0 && g.streams && (strings.Contains(text, "reset by peer") || strings.Contains(text, "broken pipe")) {
			continue // refused as well, while it was still being sent
		}
		if ours := strings.Contains(header.Get("Content-Security-Policy"), "default-src"); status != http.StatusRequestEntityTooLarge || ours != whose {
			g.t.Errorf("%d bytes: %d, said by Jard: %t: %.200s", size, status, ours, text)
		}
	}
}

func (g *gate) keepsInsideWhatIsInside() {
	g.t.Helper()
	for _, path := range []string{"/metrics", "/probe", "/probe?target=b3"} {
		if status, _, text := g.ask(http.MethodGet, path, publicName, "127.0.0.1", nil, nil); status != http.StatusNotFound || strings.Contains(text, "jard_") {
			g.t.Errorf("%s: %d", path, status)
		}
	}
	if status, _, text := g.ask(http.MethodGet, "/login", "other.example.tn", "127.0.0.1", nil, nil); g.refuses && status != 0 || strings.Contains(text, "<form") {
		g.t.Errorf("another name: %d %.100s", status, text)
	}
}

func (g *gate) keepsSecretsOutOfItsLog() {
	g.t.Helper()
	for _, path := range []string{"/alert/verysecret", "/m/verysecret", "/requests/follow/verysecret", "/subscriptions/incidents/verysecret", "/datasets?q=verysecret"} {
		g.ask(http.MethodGet, path, publicName, "127.0.0.1", nil, nil)
	}
	g.end() // then nobody writes any more
	if strings.Contains(g.log.String(), "verysecret") {
		g.t.Errorf("the log tells secrets: %s", g.log)
	}
}
