package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// alertWorld is a configuration with a channel, and a program that reads it.
func alertWorld(t *testing.T, peer, more string) (program, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "jard.yaml")
	err := os.WriteFile(path, []byte("database: {url: 'sqlite:"+filepath.Join(dir, "jard.db")+"'}\n"+
		"outgoing: {allow_networks: [127.0.0.0/8]}\n"+
		"alerts:\n  channels:\n    - {name: noc, type: webhook, url: '"+peer+"', secret: 'env:NOC'}\n"+more), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	return program{out: &out, err: &errs, getenv: func(name string) string {
		return map[string]string{"JARD_CONFIG": path, "NOC": "0123456789abcdef"}[name]
	}}, &out, &errs
}

func TestTheAlertCommandTriesAChannel(t *testing.T) {
	status := http.StatusOK
	came := 0
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		came++
		w.WriteHeader(status)
	}))
	defer peer.Close()
	p, out, errs := alertWorld(t, peer.URL, "")
	if code := run(t.Context(), []string{"alert", "channels"}, p); code != 0 || out.String() != "noc\twebhook\tfr\n" {
		t.Errorf("channels: %d %q %s", code, out, errs)
	}
	if code := run(t.Context(), []string{"alert", "test", "noc"}, p); code != 0 || came != 1 || !strings.Contains(out.String(), "the trial arrived through noc") {
		t.Errorf("test: %d %q %s", code, out, errs)
	}
	status = http.StatusForbidden
	if code := run(t.Context(), []string{"alert", "test", "noc"}, p); code != 1 || !strings.Contains(errs.String(), "The receiver does not know our token.") {
		t.Errorf("refused: %d %s", code, errs)
	}
	if code := run(t.Context(), []string{"alert", "test", "nothing"}, p); code != 1 || !strings.Contains(errs.String(), "“nothing” is not configured") {
		t.Errorf("unknown: %d %s", code, errs)
	}
	if code := run(t.Context(), []string{"alert", "test"}, p); code != 2 {
		t.Errorf("no channel: %d", code)
	}
	if strings.Contains(out.String()+errs.String(), "0123456789abcdef") {
		t.Error("the secret was printed")
	}
}

func TestCheckFindsWhatIsWrongWithAlerts(t *testing.T) {
	p, _, errs := alertWorld(t, "ftp://x", `    - {name: noc, type: email, to: [a@b.tn]}
  routes:
    - {id: 'Nuit 1', name: '', steps: [{channels: [pigeon]}]}
    - {id: ok, name: Bien, steps: [{channels: [noc]}]}
    - {id: ok, name: Bien, kinds: [sms], steps: []}
`)
	if code := run(context.Background(), []string{"check"}, p); code != 1 {
		t.Fatalf("check: %d", code)
	}
	want := []string{
		"alerts.channels[0].url: is no address; write https://… without a password in it",
		`alerts.channels[1].name: "noc" is there twice`,
		`alerts.routes[0].id: "Nuit 1" is no name; use letters a to z, digits and dashes`,
		"alerts.routes[0].name: ",
		"alerts.routes[0].steps.0.channels: The channel “pigeon” is not configured.",
		`alerts.routes[2].id: "ok" is there twice`,
		"alerts.routes[2].kinds: ",
		"alerts.routes[2].steps: Say who is told.",
	}
	got := strings.Split(strings.TrimSpace(errs.String()), "\n")
	if len(got) != len(want) {
		t.Fatalf("check says\n%s", errs)
	}
	for n := range want {
		if !strings.HasPrefix(got[n], want[n]) {
			t.Errorf("%q; want %q", got[n], want[n])
		}
	}
}
