package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func examineHere(t *testing.T, env map[string]string, args ...string) (code int, out, errs string) {
	t.Helper()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html lang="fr"><title>Essai</title><p>Bonjour`))
	}))
	defer target.Close()
	var o, e strings.Builder
	code = run(t.Context(), append([]string{"examine", target.URL}, args...), program{
		in: strings.NewReader(""), out: &o, err: &e, getenv: func(key string) string { return env[key] },
	})
	return code, o.String(), e.String()
}

func TestExamineTellsInPlainWords(t *testing.T) {
	for language, want := range map[string]string{
		"fr_TN.UTF-8": "Adaptée à l’écran d’un téléphone", "ar_TN.UTF-8": "ملائمة لشاشة الهاتف", "en_GB.UTF-8": "Fits the screen of a phone",
	} {
		code, out, errs := examineHere(t, map[string]string{"LANG": language, "JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8"})
		if code != 0 || errs != "" || !strings.Contains(out, want) || strings.Contains(out, "examine.") {
			t.Errorf("%s: code %d, %s\n%s", language, code, errs, out)
		}
	}
	code, out, _ := examineHere(t, map[string]string{"JARD_OUTGOING_ALLOW_NETWORKS": "127.0.0.0/8"}, "--json")
	var facts []factOut
	if err := json.Unmarshal([]byte(out), &facts); err != nil || code != 0 || len(facts) != 26 {
		t.Errorf("%d facts, %v: %s", len(facts), err, out)
	}
	for _, args := range [][]string{{"examine"}, {"examine", "a.tn", "b.tn"}, {"examine", "a.tn", "--loud"}} {
		if code := run(t.Context(), args, program{out: &strings.Builder{}, err: &strings.Builder{}, getenv: func(string) string { return "" }}); code != 2 {
			t.Errorf("%v: code %d; want 2", args, code)
		}
	}
}
