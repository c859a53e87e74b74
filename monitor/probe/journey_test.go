package probe

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// office is a small service with a login: what a journey has to get through.
type office struct {
	mu       sync.Mutex
	sessions map[string]string // cookie to token
	password string            // as it came in
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch r.URL.Path {
	case "/login":
		id := fmt.Sprint(len(o.sessions) + 1)
		o.sessions[id] = "token-" + id
		http.SetCookie(w, &http.Cookie{Name: "session", Value: id, Path: "/"})
		_, _ = fmt.Fprintf(w, `<form action="/session" method="post"><input type="hidden" name="csrf" value="token-%s">
			<input name="user"><input name="password" type="password"><button>Go</button></form>`, id)
	case "/session":
		cookie, err := r.Cookie("session")
		o.password = r.FormValue("password")
		if err != nil || r.Method != http.MethodPost || r.FormValue("csrf") != o.sessions[cookie.Value] || o.password != "s3cr3t+" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "in", Value: "yes", Path: "/"})
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	case "/home":
		if _, err := r.Cookie("in"); err != nil {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, `<h1>Bonjour</h1><a class="file" href="/files/42">File</a>`)
	case "/files/42":
		_, _ = io.WriteString(w, `{"file":{"id":42,"state":"open"}}`)
	case "/echo":
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Header.Get("Content-Type"), r.Header.Get("X-Key"), body)
	case "/again":
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/search":
		_, _ = io.WriteString(w, `<form><input name="q"></form>`+r.URL.RawQuery)
	case "/slow":
		<-r.Context().Done()
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func openOffice(t testing.TB) (*office, string) {
	t.Helper()
	o := &office{sessions: map[string]string{}}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	return o, srv.URL
}

const login = `
steps:
  - name: login page
    get: /login
    expect: {css: "form input[name=csrf]"}
  - name: login
    form: form
    fill: {user: someone, password: "{{secret.password}}"}
    expect: {url: /home, contains: Bonjour}
    take: {file: {css: a.file, attr: href}}
  - name: file
    get: "{{file}}"
    expect: {json: {file.state: open, file.id: 42}}
`

func journeyCheck(target, source string) monitor.Check {
	return monitor.Check{
		Service: "office", Kind: monitor.Journey, Target: target, Timeout: 3 * time.Second,
		Settings: monitor.Settings{Journey: &monitor.JourneySettings{Source: source}},
	}
}

// with knows one secret, for the machine of the tests unless told otherwise.
func with(value string, hosts ...string) func(*Options) {
	if len(hosts) == 0 {
		hosts = []string{"127.0.0.1"}
	}
	return func(o *Options) {
		o.Secrets = map[string]Secret{"password": {Value: value, Hosts: hosts, Services: []string{"office"}}}
	}
}

func TestAJourney(t *testing.T) {
	o, url := openOffice(t)
	r := see(t, kinds(t, with("s3cr3t+")), journeyCheck(url, login))
	want(t, r, monitor.Up, monitor.None)
	if o.password != "s3cr3t+" {
		t.Errorf("the office got the password %q", o.password)
	}
	var names []string
	var took time.Duration
	for _, s := range r.Steps {
		names = append(names, fmt.Sprintf("%s %d", s.Name, s.Status))
		took += s.Took()
	}
	if got := strings.Join(names, ", "); got != "login page 200, login 200, file 200" {
		t.Errorf("steps: %s", got)
	}
	if total := r.Phases.Total(); total <= 0 || total > took+time.Millisecond || r.Redirects != 1 || r.Address == "" {
		t.Errorf("read %+v; the steps took %v", r, took)
	}
	if r.Phases[monitor.PhaseConnect] <= 0 || r.Phases[monitor.PhaseWait] <= 0 {
		t.Errorf("phases %v", r.Phases)
	}
}

func TestTheStepThatFailsIsNamed(t *testing.T) {
	_, url := openOffice(t)
	steps := func(lines string) string { return "steps:\n" + lines }
	for _, tt := range []struct {
		name, source string
		verdict      monitor.Verdict
		reason       monitor.Reason
		detail       string
	}{
		{"a status", steps("- {name: there, get: /nothing}"), monitor.Suspect, monitor.Status, "there: status 404"},
		{"a status that was expected", steps("- {name: there, get: /nothing, expect: {status: 404}}"), monitor.Up, monitor.None, ""},
		{"a redirect that was expected", steps("- {name: there, get: /home, expect: {status: 302}}"), monitor.Up, monitor.None, ""},
		{"a text", steps("- {name: there, get: /login, expect: {contains: Hallo}}"), monitor.Suspect, monitor.Assertion, `there: "Hallo" is missing`},
		{"a value to take", steps("- {name: there, get: /login, take: {id: {css: h1}}}"), monitor.Suspect, monitor.Assertion, `there: "id" is not found in the answer`},
		{"a form", steps("- {name: here, get: /files/42}\n- {name: there, form: form}"), monitor.Suspect, monitor.Assertion, `there: no form matches "form"`},
		{"a field", steps("- {name: here, get: /login}\n- {name: there, form: form, fill: {age: 7}}"), monitor.Suspect, monitor.Assertion, `there: the form has no field "age"`},
		{"a page behind the login", steps("- {name: there, get: /home, expect: {url: /home}}"), monitor.Suspect, monitor.Assertion, "there: ended at /login; expected /home"},
		{"redirects without end", steps("- {name: there, get: /loop}"), monitor.Suspect, monitor.Status, "there: more than 5 redirects"},
		{"the cloud's secrets", steps("- {name: there, get: 'http://169.254.169.254/'}"), monitor.Unknown, monitor.Blocked, "there: "},
		{"a redirect to a private network", steps("- {name: there, get: '/again?to=http://10.0.0.1/'}"), monitor.Unknown, monitor.Blocked, "there: "},
		{"a redirect to a file", steps("- {name: there, get: '/again?to=file:///etc/passwd'}"), monitor.Suspect, monitor.Status, "there: redirect to file"},
		{"a secret nobody set", login, monitor.Unknown, monitor.NoSecret, "password"},
		{"steps that cannot be read", "steps: [", monitor.Unknown, monitor.NotPermitted, "steps that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := see(t, kinds(t), journeyCheck(url, tt.source))
			want(t, r, tt.verdict, tt.reason)
			if !strings.HasPrefix(r.Detail, tt.detail) {
				t.Errorf("said %q; want %q", r.Detail, tt.detail)
			}
			if n := len(r.Steps); tt.reason != monitor.None && n > 0 && r.Steps[n-1].Fault == "" {
				t.Errorf("the last step is %+v", r.Steps[n-1])
			}
		})
	}
}

func TestAJourneyEndsInTime(t *testing.T) {
	_, url := openOffice(t)
	c := journeyCheck(url, "steps: [{name: login page, get: /login}, {name: wait, get: /slow}, {name: never, get: /login}]")
	c.Timeout = 300 * time.Millisecond
	r := see(t, kinds(t), c)
	want(t, r, monitor.Suspect, monitor.Timeout)
	if len(r.Steps) != 2 || !strings.HasPrefix(r.Detail, "wait: ") || r.Phases[monitor.PhaseWait] < 100*time.Millisecond {
		t.Errorf("read %+v", r)
	}
}

func TestASecretGoesNowhereElse(t *testing.T) {
	_, url := openOffice(t)
	elsewhere := "http://127.0.0.2:1/"
	for _, tt := range []struct{ name, source, detail string }{
		{"by a step", "steps: [{name: a, post: '" + elsewhere + "', body: '{{secret.password}}'}]", "a: password is not for 127.0.0.2"},
		{"by a redirect that repeats it", "steps: [{name: a, post: '/again?to=" + elsewhere + "', body: '{{secret.password}}'}]", "a: password is not for 127.0.0.2"},
		{"in a header that a redirect repeats", "steps: [{name: a, get: '/again?to=" + elsewhere + "', headers: {X-Key: '{{secret.password}}'}}]", "a: password is not for 127.0.0.2"},
		{"into an address", "steps: [{name: a, get: /search}, {name: b, form: form, fill: {q: '{{secret.password}}'}}]", "b: the form would put a secret into an address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := see(t, kinds(t, with("s3cr3t+")), journeyCheck(url, tt.source))
			want(t, r, monitor.Unknown, monitor.NoSecret)
			if r.Detail != tt.detail {
				t.Errorf("said %q; want %q", r.Detail, tt.detail)
			}
		})
	}
	t.Run("not by plain http over a network", func(t *testing.T) {
		// Nobody answers there: what counts is that nothing is sent.
		r := see(t, kinds(t, with("s3cr3t+", "login.example.tn")), journeyCheck("http://login.example.tn/", "steps: [{name: a, post: /, body: '{{secret.password}}'}]"))
		want(t, r, monitor.Unknown, monitor.NoSecret)
		if r.Detail != "a: password is sent by https only" {
			t.Errorf("said %q", r.Detail)
		}
	})
	for name, service := range map[string]string{"for another body's service on the same host": "elsewhere", "for a service that nobody saved": ""} {
		t.Run(name, func(t *testing.T) {
			o, url := openOffice(t)
			c := journeyCheck(url, login)
			c.Service = service
			r := see(t, kinds(t, with("s3cr3t+")), c)
			want(t, r, monitor.Unknown, monitor.NoSecret)
			if r.Detail != "password is not for this service" || o.password != "" {
				t.Errorf("said %q; the office got %q", r.Detail, o.password)
			}
		})
	}
	t.Run("not even to the service, when it is for another", func(t *testing.T) {
		r := see(t, kinds(t, with("s3cr3t+", "other.example")), journeyCheck(url, login))
		want(t, r, monitor.Unknown, monitor.NoSecret)
	})
}

func TestASecretIsNeverShown(t *testing.T) {
	_, url := openOffice(t)
	// The office repeats what it was sent, and the journey finds that wrong.
	source := "steps: [{name: a, post: /echo, body: '{{secret.password}}', take: {x: {regex: 'json  (.*)'}}}," +
		"{name: b, get: '/{{x}}', expect: {headers: {X-None: y}}}]"
	r := see(t, kinds(t, with("s3cr3t+")), journeyCheck(url, source))
	if shown := fmt.Sprintf("%+v", r); strings.Contains(shown, "s3cr3t") || r.Reason != monitor.Status {
		t.Errorf("read %s", shown)
	}
}

func TestWhatAJourneySends(t *testing.T) {
	_, url := openOffice(t)
	for _, tt := range []struct{ step, want string }{
		{"post: /echo, data: {a: '1 2', b: '{{v}}'}", "POST application/x-www-form-urlencoded  a=1+2&b=w"},
		{"post: /echo, body: '{}'", "POST application/json  {}"},
		{"post: /echo, body: hello, type: text/plain", "POST text/plain  hello"},
		{"get: /echo, headers: {X-Key: '{{v}}'}", "GET  w "},
	} {
		source := "variables: {v: w}\nsteps: [{name: a, " + tt.step + ", expect: {contains: '" + tt.want + "'}}]"
		want(t, see(t, kinds(t), journeyCheck(url, source)), monitor.Up, monitor.None)
	}
	source := "steps: [{name: a, get: /search}, {name: b, form: form, fill: {q: 'a b'}, expect: {contains: 'q=a+b'}}]"
	want(t, see(t, kinds(t), journeyCheck(url, source)), monitor.Up, monitor.None)
}

func TestAFormWithFilesIsSentInParts(t *testing.T) {
	var got string
	target := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			got = r.FormValue("a") + r.FormValue("b")
			return
		}
		_, _ = io.WriteString(w, `<form method=post enctype="multipart/form-data"><input name=a value=1><input name=b><input type=file name=c></form>`)
	})
	source := "steps: [{name: a, get: /}, {name: b, form: form, fill: {b: 2}}]"
	want(t, see(t, kinds(t), journeyCheck(target, source)), monitor.Up, monitor.None)
	if got != "12" {
		t.Errorf("the server got %q", got)
	}
}

func TestAHeaderStaysOneLine(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a\r\nX-Evil: 1") })
	source := "steps: [{name: a, get: /, take: {x: {regex: '(?s).*'}}}, {name: b, get: /, headers: {X-A: '{{x}}'}}]"
	r := see(t, kinds(t), journeyCheck(target, source))
	want(t, r, monitor.Suspect, monitor.Assertion)
	if r.Detail != "b: header X-A would take several lines" {
		t.Errorf("said %q", r.Detail)
	}
}

func TestJourneysKeepTheGuard(t *testing.T) {
	_, target := openOffice(t)
	want(t, see(t, All(Options{}), journeyCheck(target, "steps: [{name: a, get: /login}]")), monitor.Unknown, monitor.Blocked)
	if u, _ := url.Parse(target); u.Hostname() != "127.0.0.1" {
		t.Errorf("the office is at %s", target)
	}
}
