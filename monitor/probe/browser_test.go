package probe

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// chromium starts one browser and returns the address of its DevTools.
func chromium(t *testing.T) string {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("there is no Chromium here: apt-get install chromium; `make test` does so when it may")
	}
	cmd := exec.CommandContext(t.Context(), path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
		"--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it starts others, which end with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, ws, found := strings.Cut(lines.Text(), "DevTools listening on "); found {
				address <- strings.TrimSpace(ws)
			}
		}
		close(address)
	}()
	ws, ok := <-address
	if !ok {
		t.Fatal("Chromium ended before it listened")
	}
	return ws
}

const slowPage = `<!doctype html><title>t</title><h1>Bonjour</h1><img src="/pixel" width="400" height="300">
<img src="http://10.0.0.1/secret"><iframe src="http://169.254.169.254/latest"></iframe>
<script>setTimeout(() => { const p = document.createElement("p"); p.id = "late"; p.textContent = "here"; document.body.append(p) }, 60)</script>`

func TestAPageInABrowser(t *testing.T) {
	ws := chromium(t)
	var agent string
	cookies := 0
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			agent = r.UserAgent()
			if _, err := r.Cookie("seen"); err == nil {
				cookies++
			}
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", MaxAge: 3600})
			_, _ = io.WriteString(w, slowPage)
		case "/pixel":
			w.Header().Set("Content-Type", "image/svg+xml")
			_, _ = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300"/></svg>`)
		case "/inside":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		case "/hang":
			<-r.Context().Done()
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<h1>404</h1>")
		}
	})
	k := kinds(t, func(o *Options) { o.BrowserURL = ws })
	check := func(path string, s monitor.BrowserSettings) monitor.Check {
		return monitor.Check{
			Kind: monitor.Browser, Target: target + path, Timeout: 15 * time.Second, Settings: monitor.Settings{Browser: &s},
		}
	}
	for _, tt := range []struct {
		name    string
		check   monitor.Check
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"loads", check("/", monitor.BrowserSettings{WaitFor: "#late", MaxBytes: 1 << 20, MaxLCP: 10_000}), monitor.Up, monitor.None},
		{"loads again, as somebody new", check("/", monitor.BrowserSettings{}), monitor.Up, monitor.None},
		{"is too heavy", check("/", monitor.BrowserSettings{MaxBytes: 10}), monitor.Suspect, monitor.Assertion},
		{"is not there", check("/nothing", monitor.BrowserSettings{}), monitor.Suspect, monitor.Status},
		{"leads to a private network", check("/inside", monitor.BrowserSettings{}), monitor.Unknown, monitor.Blocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := see(t, k, tt.check)
			want(t, r, tt.verdict, tt.reason)
			if tt.reason != monitor.None {
				return
			}
			if r.Bytes < int64(len(slowPage)) || r.Status != 200 || r.Address == "" || r.Phases[monitor.PhaseWait] <= 0 || len(r.Steps) == 0 {
				t.Errorf("read %+v", r)
			}
			if !strings.Contains(r.Detail, "10.0.0.1") && !strings.Contains(r.Detail, "169.254.169.254") {
				t.Errorf("said %q; parts of the page were refused", r.Detail)
			}
		})
	}
	if !strings.Contains(agent, "jard.example.tn/contact") || cookies != 0 {
		t.Errorf("the service saw %q, and %d cookies", agent, cookies)
	}
	t.Run("lacks what must appear", func(t *testing.T) {
		c := check("/", monitor.BrowserSettings{WaitFor: "#never"})
		c.Timeout = 2 * time.Second
		want(t, see(t, k, c), monitor.Suspect, monitor.Assertion)
	})
	t.Run("hangs", func(t *testing.T) {
		c := check("/hang", monitor.BrowserSettings{})
		c.Timeout = 1500 * time.Millisecond
		want(t, see(t, k, c), monitor.Suspect, monitor.Timeout)
	})
	t.Run("is nobody's", func(t *testing.T) {
		c := check("/", monitor.BrowserSettings{})
		c.Target = "http://127.0.0.1:1/" // a port that browsers refuse as well
		if r := see(t, k, c); r.Verdict.Answers() || r.Reason == monitor.NoBrowser {
			t.Errorf("read %v, %q (%s)", r.Verdict, r.Reason, r.Detail)
		}
	})
}

func TestWithoutABrowserNobodyIsBlamed(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	page := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the page was visited") })
	deaf := port(t, func(net.Conn) { <-hang })
	gone := port(t, func(net.Conn) {})
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for name, browser := range map[string]string{
		"none is set": "", "it is not there": "ws://127.0.0.1:1/", "it is deaf": "ws://" + deaf, "it hangs up": "ws://" + gone,
		"it is something else": "ws" + strings.TrimPrefix(other.URL, "http"), "it is another site": other.URL,
	} {
		t.Run(name, func(t *testing.T) {
			k := kinds(t, func(o *Options) { o.BrowserURL = browser })
			r := see(t, k, monitor.Check{Kind: monitor.Browser, Target: page, Timeout: 300 * time.Millisecond})
			want(t, r, monitor.Unknown, monitor.NoBrowser)
		})
	}
}

func TestABrowserKeepsTheGuard(t *testing.T) {
	for _, target := range []string{"http://127.0.0.1:1/", "http://169.254.169.254/", "http://10.0.0.1/", "http://[::1]/"} {
		k := All(Options{BrowserURL: "ws://127.0.0.1:1/"})
		want(t, see(t, k, monitor.Check{Kind: monitor.Browser, Target: target}), monitor.Unknown, monitor.Blocked)
	}
}

func TestFewPagesAtOnce(t *testing.T) {
	p := newPages(New(Options{BrowserURL: "ws://127.0.0.1:1/", Guard: &outgoing.Guard{}}))
	for range maxPages {
		p.free <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := p.Probe(ctx, monitor.Check{Kind: monitor.Browser, Target: "http://a.tn/", Timeout: time.Second})
	if r.Reason != monitor.NoBrowser || r.Detail != "busy with other pages" {
		t.Errorf("read %q (%s)", r.Reason, r.Detail)
	}
}

func TestWhatABrowserSays(t *testing.T) {
	for text, want := range map[string]monitor.Reason{
		"net::ERR_NAME_NOT_RESOLVED": monitor.NoDNS, "net::ERR_CERT_DATE_INVALID": monitor.TLSExpired,
		"net::ERR_CERT_COMMON_NAME_INVALID": monitor.TLSWrongHost, "net::ERR_CERT_AUTHORITY_INVALID": monitor.TLSUntrusted,
		"net::ERR_SSL_PROTOCOL_ERROR": monitor.TLSOther, "net::ERR_CONNECTION_TIMED_OUT": monitor.Timeout,
		"net::ERR_INTERNET_DISCONNECTED": monitor.OwnNetwork, "net::ERR_TOO_MANY_REDIRECTS": monitor.Status,
		"net::ERR_CONNECTION_REFUSED": monitor.Connect,
	} {
		if got := netReason(text); got != want {
			t.Errorf("%s is %q; want %q", text, got, want)
		}
	}
	for ms, want := range map[float64]time.Duration{1.5: 1500 * time.Microsecond, -1: 0, 1e12: 0} {
		if got := millis(ms); got != want {
			t.Errorf("%v ms is %v", ms, got)
		}
	}
}
