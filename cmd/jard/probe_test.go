package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web/locale"
)

// asked runs `jard probe` in a language.
func asked(t *testing.T, language string, args ...string) (code int, out, faults string) {
	t.Helper()
	var o, e strings.Builder
	p := program{in: strings.NewReader(""), out: &o, err: &e, getenv: func(name string) string {
		return map[string]string{"LANG": language, "JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8"}[name]
	}}
	code = run(t.Context(), append([]string{"probe"}, args...), p)
	return code, o.String(), e.String()
}

func TestProbeSpeaksPlainly(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/soft" {
			_, _ = io.WriteString(w, "<title>Erreur 500</title>")
			return
		}
		_, _ = io.WriteString(w, "<title>Accueil</title><p>Bienvenue sur le portail des services.</p>")
	}))
	t.Cleanup(srv.Close)
	for _, tt := range []struct {
		language string
		args     []string
		code     int
		says     []string
	}{
		{"fr_TN.UTF-8", []string{srv.URL}, 0, []string{"Le service répond (code 200).", "█", "✓ Code de réponse 200-299"}},
		{"ar", []string{srv.URL}, 0, []string{"الخدمة تستجيب", "█", "✓ رمز الجواب"}},
		{"en", []string{srv.URL, "--contains", "Bienvenue", "--slow", "9000"}, 0, []string{"✓ Text present Bienvenue", "✓ Response time at most 9000 ms"}},
		{"en", []string{srv.URL + "/soft"}, 1, []string{"✗ The page is the service's", "error title: erreur 500", "To do: open the page"}},
		{"en", []string{"--status", "404", srv.URL}, 1, []string{"✗ Status 404 → status 200", "Technical detail: status 200"}},
		{"en", []string{strings.Replace(srv.URL, "http:", "https:", 1)}, 1, []string{"✗ Connection", "the secure connection fails"}},
		{"en", []string{"--kind", "tls", strings.TrimPrefix(srv.URL, "http://")}, 1, []string{"✗ Connection"}},
		{"en", []string{"--kind", "tcp", strings.TrimPrefix(srv.URL, "http://")}, 0, []string{"What is checked answers as expected."}},
	} {
		code, out, _ := asked(t, tt.language, tt.args...)
		out = strings.ReplaceAll(out, "\u2019", "'")
		if code != tt.code {
			t.Errorf("%v ends with %d; want %d\n%s", tt.args, code, tt.code, out)
		}
		for _, want := range tt.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v lacks %q:\n%s", tt.args, want, out)
			}
		}
	}
}

// What is read on a terminal has dates as people write them, what was wanted
// apart from what came, and ends with the reason, not with its first line again.
func TestProbeWritesDatesAndReasons(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	until := srv.Certificate().NotAfter.Format("2006-01-02")
	for language, reason := range map[string]string{
		"fr": "Raison : ", "ar": "السبب: ", "en": "Reason: ",
	} {
		_, out, faults := asked(t, language, srv.URL)
		if strings.Contains(out, until) {
			t.Errorf("%s: a date is written %s:\n%s", language, until, out)
		}
		faults = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(faults)
		if !strings.Contains(faults, reason) {
			t.Errorf("%s: the last line %q does not say why", language, faults)
		}
	}
	for want, point := range map[string]monitor.Point{
		"✓ Code": {OK: true}, "✓ Code 200": {OK: true, Want: "200"}, "✗ Code 200 → status 404": {Want: "200", Got: "status 404"}, "✗ Code → refused": {Got: "refused"},
	} {
		if got := pointLine("Code", &point); got != want {
			t.Errorf("line %q; want %q", got, want)
		}
	}
}

func TestProbeForPrograms(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	code, out, _ := asked(t, "en", "--json", srv.URL)
	var answer struct {
		Target, Verdict, Reason string
		Status                  int
		Points                  []struct{ OK bool }
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 1 || answer.Target != srv.URL || answer.Reason != "status" ||
		answer.Status != 404 || len(answer.Points) != 1 {
		t.Errorf("%d: %v\n%s", code, err, out)
	}
}

func TestProbeHelpsAndRefuses(t *testing.T) {
	for language, want := range map[string]string{"fr": "Consulte une adresse une fois", "ar": "يزور عنوانا", "en": "Looks at an address once"} {
		code, out, _ := asked(t, language, "--help")
		if code != 0 || !strings.Contains(out, want) || !strings.Contains(out, "--starttls") || strings.Contains(out, "checks.help") {
			t.Errorf("%s: %d\n%s", language, code, out)
		}
	}
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "name one address"},
		{[]string{"a.tn", "b.tn"}, 2, "name one address"},
		{[]string{"--nonsense", "a.tn"}, 2, "nonsense"},
		{[]string{"ftp://a.tn"}, 1, "http"},
		{[]string{"--kind", "smoke", "a.tn"}, 1, "smoke"},
		{[]string{"--family", "5", "a.tn"}, 1, "5"},
		{[]string{"--timeout", "2h", "a.tn"}, 1, "timeout"},
		{[]string{"--starttls", "ftp", "--kind", "tls", "a.tn"}, 1, "ftp"},
		{[]string{"--method", "DELETE", "a.tn"}, 1, "DELETE"},
	} {
		code, out, faults := asked(t, "en", tt.args...)
		if code != tt.code || !strings.Contains(faults, tt.says) || out != "" {
			t.Errorf("%v: %d %q %q; want %d and %q", tt.args, code, out, faults, tt.code, tt.says)
		}
	}
}

func TestEveryReasonIsExplainedWithAnAdvice(t *testing.T) {
	sentences, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range monitor.Reasons() {
		for _, family := range []string{"monitor.reason.", "monitor.explain.reason.", "checks.advice."} {
			key := family + r.String()
			for _, tag := range lang.All() {
				if text := sentences.T(tag, key); !sentences.Has(key) || text == "" || text == key {
					t.Errorf("%s is not said in %s", key, tag)
				}
			}
		}
	}
}
