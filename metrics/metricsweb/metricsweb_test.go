package metricsweb_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/metrics/metricsweb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
)

const token = "a-token-of-sixteen-letters"

// house is the room on probers of its own.
type house struct {
	testing.TB
	handler http.Handler
	looks   atomic.Int64
	version int64
	checks  []metricsweb.Watched
}

func open(t testing.TB, change func(*metricsweb.Options), checks ...metricsweb.Watched) *house {
	t.Helper()
	h := &house{TB: t, checks: checks}
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	prober := probe.All(probe.Options{Guard: guard})
	o := metricsweb.Options{
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "jard_up 1\n") }), Now: time.Now,
		Version: func(context.Context) (int64, error) { return h.version, nil },
		Checks:  func(context.Context) ([]metricsweb.Watched, int64, error) { return h.checks, h.version, nil },
		Look: func(ctx context.Context, c monitor.Check) monitor.Reading {
			h.looks.Add(1)
			r := prober.Probe(ctx, c)
			c.Judge(&r)
			return r
		},
	}
	if change != nil {
		change(&o)
	}
	shell, err := web.New(web.Options{
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Authenticate: strangers{}, TrustedProxies: []string{"10.0.0.1/32"},
	})
	if err != nil {
		t.Fatal(err)
	}
	metricsweb.New(shell, o).Routes()
	h.handler = shell.Handler()
	return h
}

// strangers knows nobody but whoever holds the metrics' token, who is nobody either.
type strangers struct{}

func (strangers) BySession(context.Context, string) (identity.Actor, error) {
	return identity.Actor{}, nil
}

func (strangers) ByToken(context.Context, string) (identity.Actor, error) {
	return identity.Actor{}, nil
}

func (h *house) ask(path, from string, by identity.Actor, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodGet, path, nil)
	req.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(from), 4000).String()
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func watched(id int64, slug, target string) metricsweb.Watched {
	return metricsweb.Watched{
		Check:       monitor.Check{ID: id, Service: slug, Name: "home", Kind: monitor.HTTP, Target: target, Timeout: 5 * time.Second},
		Institution: "mi", URL: target,
	}
}

var (
	nobody = identity.Actor{}
	mcd    = identity.Actor{Account: "m", Role: identity.MCD}
	owner  = identity.Actor{Account: "o", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
	other  = identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
)

func TestWhoMayRead(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(site.Close)
	bare := open(t, nil, watched(1, "b3", site.URL))
	closed := open(t, func(o *metricsweb.Options) { o.Token = token }, watched(1, "b3", site.URL))
	nets := open(t, func(o *metricsweb.Options) { o.Networks = []string{"10.2.0.0/16"} }, watched(1, "b3", site.URL))
	bearer := []string{"Authorization", "Bearer " + token}
	for _, tt := range []struct {
		name           string
		h              *house
		from           string
		by             identity.Actor
		headers        []string
		metrics, probe int
	}{
		{"nothing set, this machine", bare, "127.0.0.1", nobody, nil, 200, 200},
		{"nothing set, elsewhere", bare, "192.0.2.7", nobody, nil, 200, 401},
		{"nothing set, a proxy of this machine that nobody trusts", bare, "127.0.0.1", nobody, []string{"X-Forwarded-For", "192.0.2.7"}, 200, 401},
		{"nothing set, an owner", bare, "192.0.2.7", owner, nil, 200, 200},
		{"nothing set, another's owner", bare, "192.0.2.7", other, nil, 200, 403},
		{"a token set, none given", closed, "192.0.2.7", nobody, nil, 401, 401},
		{"a token set, another given", closed, "192.0.2.7", nobody, []string{"Authorization", "Bearer wrong"}, 401, 401},
		{"a token set and given", closed, "192.0.2.7", nobody, bearer, 200, 200},
		{"a token set, the operator", closed, "192.0.2.7", mcd, nil, 200, 200},
		{"a token set, an owner", closed, "192.0.2.7", owner, nil, 403, 200},
		{"a network, inside", nets, "10.2.3.4", nobody, nil, 200, 200},
		{"a network, inside as IPv6 writes it", nets, "::ffff:10.2.3.4", nobody, nil, 200, 200},
		{"a network, outside", nets, "10.3.3.4", nobody, nil, 401, 401},
		{"a network, this machine", nets, "127.0.0.1", nobody, nil, 401, 401},
		{"a network, through the proxy", nets, "10.0.0.1", nobody, []string{"X-Forwarded-For", "10.2.9.9"}, 200, 200},
		{"a network, forged", nets, "192.0.2.7", nobody, []string{"X-Forwarded-For", "10.2.9.9"}, 401, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, before := tt.h, tt.h.looks.Load()
			if got := h.ask("/metrics", tt.from, tt.by, tt.headers...); got.Code != tt.metrics {
				t.Errorf("/metrics: %d; want %d", got.Code, tt.metrics)
			}
			if got := h.ask("/probe?target=b3", tt.from, tt.by, tt.headers...); got.Code != tt.probe {
				t.Errorf("/probe: %d; want %d: %s", got.Code, tt.probe, got.Body)
			}
			if tt.probe != 200 {
				if known, unknown := h.ask("/probe?target=b3", tt.from, tt.by, tt.headers...), h.ask("/probe?target=x", tt.from, tt.by, tt.headers...); known.Code != unknown.Code {
					t.Errorf("a stranger is told what is registered: %d and %d", known.Code, unknown.Code)
				}
				if h.looks.Load() != before {
					t.Error("a stranger has us look")
				}
			}
		})
	}
}

// TestEachRole sees that the roles which read services may have theirs looked at.
func TestEachRole(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(site.Close)
	h := open(t, nil, watched(1, "b3", site.URL))
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "a", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		want := http.StatusOK
		if !by.May(identity.ReadServices, "mi") {
			want = http.StatusForbidden
		}
		if role == identity.Public {
			want = http.StatusUnauthorized
		}
		if got := h.ask("/probe?target=b3", "192.0.2.7", by); got.Code != want {
			t.Errorf("%s: %d; want %d", role, got.Code, want)
		}
	}
}

func TestOnlyWhatIsRegistered(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(site.Close)
	tcp := watched(2, "b3", strings.TrimPrefix(site.URL, "http://"))
	tcp.Check.Name, tcp.Check.Kind, tcp.URL = "port", monitor.TCP, site.URL
	h := open(t, nil, watched(1, "b3", site.URL+"/"), tcp)
	for _, tt := range []struct {
		query, says string
		status      int
	}{
		{"target=b3", "probe_http_status_code 200", 200},
		{"target=b3%2Fhome", "probe_http_status_code 200", 200},
		{"target=" + url.QueryEscape(site.URL+"/"), "probe_http_status_code 200", 200},
		{"target=b3&module=http_2xx", "probe_http_status_code 200", 200},
		{"target=b3&module=home", "probe_http_status_code 200", 200},
		{"target=b3&module=port", "probe_success 1", 200},
		{"target=b3&module=tcp_connect", "probe_success 1", 200},
		{"target=b3&module=icmp", "fault", 422},
		{"target=b3&module=ssh_banner", "fault", 422},
		{"", "fault", 422},
		{"target=", "fault", 422},
		{"target=" + url.QueryEscape(site.URL+"/admin"), "fault", 422},
		{"target=" + url.QueryEscape("http://169.254.169.254/"), "fault", 422},
		{"target=%00", "fault", 422},
	} {
		got := h.ask("/probe?"+tt.query, "127.0.0.1", nobody)
		if got.Code != tt.status || tt.status == 200 && !strings.Contains(got.Body.String(), tt.says) {
			t.Errorf("%s: %d\n%s", tt.query, got.Code, got.Body)
		}
	}
	h.version, h.checks = 1, nil // paused
	if got := h.ask("/probe?target=b3", "127.0.0.1", nobody); got.Code != 422 {
		t.Errorf("a service that is paused is looked at: %d", got.Code)
	}
}

// The look itself is made with the check's own time: others share it.
func TestACallerWaitsForLessThanTheScrape(t *testing.T) {
	leave := make(chan struct{})
	h := open(t, func(o *metricsweb.Options) {
		o.Look = func(_ context.Context, c monitor.Check) monitor.Reading {
			if c.Timeout != 5*time.Second {
				t.Errorf("the look has %s; want the check's own time", c.Timeout)
			}
			<-leave
			return monitor.Reading{Verdict: monitor.Up}
		}
	}, watched(1, "b3", "http://127.0.0.1:1"))
	for _, header := range []string{"soon", "-1", "NaN", "+Inf"} {
		if got := h.ask("/probe?target=b3", "127.0.0.1", nobody, "X-Prometheus-Scrape-Timeout-Seconds", header); got.Code != 422 {
			t.Errorf("%q: %d", header, got.Code)
		}
	}
	for header, took := range map[string]float64{"0.01": 0.01, "0.000000001": 1e-9, "1e-300": 0} {
		got := h.ask("/probe?target=b3", "127.0.0.1", nobody, "X-Prometheus-Scrape-Timeout-Seconds", header)
		told := families(t, got.Body.String())
		if got.Code != 200 || told["probe_success"] != 0 || told["probe_duration_seconds"] != took {
			t.Errorf("who waits %s s is told %d %v", header, got.Code, told)
		}
	}
	// Who has time is not told of the haste of others, during the same look and after it.
	patient := make(chan *httptest.ResponseRecorder)
	go func() { patient <- h.ask("/probe?target=b3", "127.0.0.1", nobody) }()
	close(leave)
	for _, got := range []*httptest.ResponseRecorder{<-patient, h.ask("/probe?target=b3", "127.0.0.1", nobody, "X-Prometheus-Scrape-Timeout-Seconds", "0.8")} {
		if told := families(t, got.Body.String()); got.Code != 200 || told["probe_success"] != 1 {
			t.Errorf("who waits is told %d %v", got.Code, told)
		}
	}
}

func TestTwoScrapersVisitOnce(t *testing.T) {
	enter, leave := make(chan struct{}), make(chan struct{})
	h := open(t, func(o *metricsweb.Options) {
		o.Look = func(context.Context, monitor.Check) monitor.Reading {
			enter <- struct{}{}
			<-leave
			return monitor.Reading{Verdict: monitor.Up}
		}
	}, watched(1, "b3", "http://127.0.0.1:1"))
	answers := make(chan int, 2)
	for range 2 {
		go func() { answers <- h.ask("/probe?target=b3", "127.0.0.1", nobody).Code }()
	}
	<-enter
	close(leave)
	for range 2 {
		if code := <-answers; code != 200 {
			t.Errorf("status %d", code)
		}
	}
	select {
	case <-enter:
		t.Error("the service was visited twice")
	default:
	}
}

func TestNotMoreLooksThanPlaces(t *testing.T) {
	leave := make(chan struct{})
	var all []metricsweb.Watched
	for n := range 17 {
		all = append(all, watched(int64(n), fmt.Sprintf("s%d", n), "http://127.0.0.1:1"))
	}
	entered := make(chan struct{}, 17)
	h := open(t, func(o *metricsweb.Options) {
		o.Look = func(context.Context, monitor.Check) monitor.Reading {
			entered <- struct{}{}
			<-leave
			return monitor.Reading{Verdict: monitor.Up}
		}
	}, all...)
	done := make(chan struct{})
	for n := range 16 {
		go func() { h.ask(fmt.Sprintf("/probe?target=s%d", n), "127.0.0.1", nobody); done <- struct{}{} }()
		<-entered
	}
	if got := h.ask("/probe?target=s16", "127.0.0.1", nobody); got.Code != http.StatusServiceUnavailable {
		t.Errorf("the seventeenth: %d", got.Code)
	}
	close(leave)
	for range 16 {
		<-done
	}
	if got := h.ask("/probe?target=s16", "127.0.0.1", nobody); got.Code != http.StatusOK {
		t.Errorf("after the others: %d", got.Code)
	}
}

// families reads an answer's metrics as name{labels} and value.
func families(t testing.TB, body string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	out := map[string]float64{}
	for name, f := range all {
		for _, m := range f.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				key += "{" + l.GetName() + "=" + l.GetValue() + "}"
			}
			out[key] = m.GetGauge().GetValue() + m.GetUntyped().GetValue()
		}
	}
	return out
}

// blackbox starts a real blackbox_exporter and returns its address.
func blackbox(t *testing.T) string {
	t.Helper()
	name, err := exec.LookPath("prometheus-blackbox-exporter")
	if err != nil {
		name, err = exec.LookPath("blackbox_exporter")
	}
	if err != nil {
		t.Skip("blackbox_exporter is not on this machine, so our names are not compared with its: apt-get install prometheus-blackbox-exporter")
	}
	file := filepath.Join(t.TempDir(), "blackbox.yml")
	config := "modules:\n  http_2xx:\n    prober: http\n    timeout: 5s\n    http: {preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}\n  tcp_connect:\n    prober: tcp\n    timeout: 5s\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, "--config.file", file, "--web.listen-address", "127.0.0.1:0")
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if m := regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`).FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, errs) }()
			return "http://" + m[1]
		}
	}
	t.Fatal("blackbox_exporter does not listen")
	return ""
}

// notOurs are what blackbox_exporter shows and we do not, each with the reason.
var notOurs = map[string]string{
	"probe_ssl_last_chain_expiry_timestamp_seconds": "-6.2e10 while a chain is not verified; the verdict tells that",
	"probe_ssl_last_chain_info":                     "free text and a new series with each renewal",
	"probe_http_last_modified_timestamp_seconds":    "the header is not kept",
}

// TestBesideBlackboxExporter asks both about the same targets and compares
// names, labels, and every value that is not a time.
func TestBesideBlackboxExporter(t *testing.T) {
	theirs := blackbox(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "bonjour") })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	plain, secure := httptest.NewServer(mux), httptest.NewTLSServer(mux)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	dead, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + dead.Addr().String() + "/"
	_ = dead.Close()
	h := open(t, nil)
	for n, tt := range []struct {
		name, target, module string
		timely               []string // values that are times, or that the two see differently
	}{
		{"plain", plain.URL + "/", "http_2xx", nil},
		{"redirected", plain.URL + "/moved", "http_2xx", nil},
		{"an error", plain.URL + "/broken", "http_2xx", nil},
		{"refused", refused, "http_2xx", []string{"probe_ip_protocol", "probe_ip_addr_hash"}},
		{"secure, of an authority nobody knows", secure.URL + "/", "http_2xx", []string{
			"probe_success", "probe_http_status_code", "probe_http_content_length", "probe_http_uncompressed_body_length", "probe_http_version", "probe_http_ssl",
		}},
		{"a port", strings.TrimPrefix(plain.URL, "http://"), "tcp_connect", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := watched(int64(n), "b3", tt.target)
			if tt.module == "tcp_connect" {
				w.Check.Kind = monitor.TCP
			}
			h.version, h.checks = int64(n), []metricsweb.Watched{w}
			ours := families(t, h.ask("/probe?target=b3", "127.0.0.1", nobody).Body.String())
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, theirs+"/probe?module="+tt.module+"&target="+url.QueryEscape(tt.target), nil)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			want := families(t, string(body))
			for key, value := range want {
				name, _, _ := strings.Cut(key, "{")
				if _, reason := notOurs[name]; reason {
					continue
				}
				got, ok := ours[key]
				switch {
				case !ok:
					t.Errorf("we lack %s, which is %v there", key, value)
				case strings.Contains(name, "_seconds") || slices.Contains(tt.timely, name):
				case name == "probe_http_content_length" && got == -1: // what was announced is not kept
				case got != value:
					t.Errorf("%s is %v here and %v there", key, got, value)
				}
			}
			for key := range ours {
				if _, ok := want[key]; !ok && !strings.HasPrefix(key, "probe_tls_cipher_info{") { // which 0.23 has not yet
					t.Errorf("we have %s, which is not there", key)
				}
			}
		})
	}
}

func FuzzProbeQuery(f *testing.F) {
	for _, s := range []string{"b3", "", "http://x/", "b3/home", "\x00", "../", strings.Repeat("a", 5000)} {
		f.Add(s, s, s)
	}
	h := open(f, func(o *metricsweb.Options) {
		o.Look = func(context.Context, monitor.Check) monitor.Reading { return monitor.Reading{Verdict: monitor.Up} }
	}, watched(1, "b3", "http://127.0.0.1:1"))
	f.Fuzz(func(t *testing.T, target, module, timeout string) {
		got := h.ask("/probe?"+url.Values{"target": {target}, "module": {module}}.Encode(), "127.0.0.1", nobody,
			"X-Prometheus-Scrape-Timeout-Seconds", strings.Map(func(r rune) rune {
				if r < ' ' {
					return -1
				}
				return r
			}, timeout))
		if got.Code == 200 {
			if !strings.Contains(got.Body.String(), "probe_success 1") {
				t.Error(got.Body)
			}
			return
		}
		var problem struct{ Status int }
		if err := json.Unmarshal(got.Body.Bytes(), &problem); err != nil || problem.Status != got.Code || got.Code >= 500 {
			t.Errorf("%d: %s", got.Code, got.Body)
		}
	})
}
