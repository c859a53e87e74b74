package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// TestRollingRestartCostsNobodyARequest replaces three processes in turn behind
// HAProxy, set up as its example is, while clients read and write and none of
// them asks twice: each request is answered well.
func TestRollingRestartCostsNobodyARequest(t *testing.T) {
	haproxy := proxies[1]
	if _, err := exec.LookPath(haproxy.name); err != nil {
		t.Skip("haproxy is not on this machine, so a rolling restart is NOT tried: apt-get install haproxy")
	}
	text, err := os.ReadFile(haproxy.example)
	if err != nil {
		t.Fatal(err)
	}
	where := databasetest.URL(t, database.Postgres)
	freshly(t, where)
	w := townOn(t, where)
	first, second := unused(t)
	third, _ := unused(t)
	at := []string{first, second, third}
	var all []*process
	for _, address := range at {
		all = append(all, behindABalancer(t, where, address))
	}
	w.owners(3)
	officer := w.opened(at)
	g := newGate(t)
	g.run(haproxy.start(g, strings.Replace(string(text), "# server jard-3 127.0.0.1:8082", "server jard-3 "+third, 1), first, second))
	l := g.clients(officer)
	for n, address := range at {
		all[n].end(t, syscall.SIGTERM)
		all[n] = behindABalancer(t, where, address)
		w.owners(3) // as the guide says: when the desk shows its part, the next
	}
	l.end()
	for _, p := range all {
		p.end(t, syscall.SIGTERM)
	}
	t.Logf("three processes replaced: %d read, %d written, %d not answered well", l.read.Load(), l.written.Load(), len(l.failed))
	if len(l.failed) > 0 || l.read.Load() < 50 || l.written.Load() < 50 {
		t.Errorf("not answered well: %q", l.failed)
	}
	if n := w.count("SELECT count(*) FROM datasets"); n != int(l.written.Load())+1 {
		t.Errorf("%d datasets are kept and %d were acknowledged", n, l.written.Load())
	}
	if n := w.count("SELECT count(*) FROM outages"); n > 0 {
		t.Errorf("%d services are blamed for a restart", n)
	}
}

// opened has one dataset in the catalogue of every process, and returns a token
// to record others with.
func (w *town) opened(at []string) (officer string) {
	w.t.Helper()
	r := &running{server: &server{db: w.db}, url: "http://" + at[0]}
	officer = w.operator()
	_, d := r.ask(w.t, http.MethodPost, "/api/v1/datasets", officer, complete("Production de céréales"))
	ref, _ := d["ref"].(string)
	r.approve(w.t, officer, r.token(w.t, identity.MCD, ""), ref)
	for _, address := range at {
		other := &running{url: "http://" + address}
		await(w.t, "the catalogue", func() bool {
			status, _ := other.ask(w.t, http.MethodGet, "/catalog.jsonld", "", nil)
			return status == http.StatusOK
		})
	}
	return officer
}

// behindABalancer starts a process and waits until it may be sent requests.
func behindABalancer(t *testing.T, where, address string) *process {
	t.Helper()
	p := run2(t, []string{
		"JARD_DATABASE_URL=" + where, "JARD_LISTEN=" + address, "JARD_BASE_URL=https://" + publicName, "JARD_TRUSTED_PROXIES=127.0.0.1/32",
		"JARD_FIRST_RUN_SEED=false", "JARD_DATABASE_MAX_CONNECTIONS=8", "JARD_LIMITS_UNPACED_NETWORKS=127.0.0.0/8",
		"JARD_LIMITS_DOORS={write: {token: 0, time: 30s}}", "JARD_LOG_LEVEL=warn", "JARD_WATCH_SPOOL=" + t.TempDir(),
	}, "serve")
	until(t, address+" is ready", time.Minute, func() bool {
		resp, err := http.Get("http://" + address + "/readyz") //nolint:noctx // a test's own
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	return p
}

// impatient are clients who ask once and keep their connections.
type impatient struct {
	g             *gate
	client        *http.Client
	token         string
	stop          chan struct{}
	all           sync.WaitGroup
	read, written atomic.Int64

	mu     sync.Mutex
	failed []string
}

// clients begin to read and write through the proxy.
func (g *gate) clients(token string) *impatient {
	l := &impatient{g: g, token: token, stop: make(chan struct{}), client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: g.trust, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, g.address)
		},
	}}}
	each := func(pace time.Duration, do func(n int)) {
		l.all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				case <-time.After(pace):
					do(n)
				}
			}
		})
	}
	for who := range 3 {
		each(100*time.Millisecond, func(n int) {
			body, _ := json.Marshal(complete(fmt.Sprintf("Jeu %d-%d", who, n)))
			l.ask(http.MethodPost, "/api/v1/datasets", body, http.StatusCreated, &l.written)
		})
		each(50*time.Millisecond, func(int) { l.ask(http.MethodGet, "/datasets", nil, http.StatusOK, &l.read) })
		each(50*time.Millisecond, func(int) { l.ask(http.MethodGet, "/catalog.jsonld", nil, http.StatusOK, &l.read) })
	}
	return l
}

// ask asks once.
func (l *impatient) ask(method, path string, body []byte, want int, well *atomic.Int64) {
	failed := func(why string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = append(l.failed, time.Now().Format("04:05.000 ")+method+" "+path+": "+why)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, "https://"+publicName+path, bytes.NewReader(body))
	if err != nil {
		failed(err.Error())
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPost {
		req.Header.Set("Authorization", "Bearer "+l.token)
	}
	resp, err := l.client.Do(req)
	if err != nil {
		failed(err.Error())
		return
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		failed(fmt.Sprintf("%d %v %.200s", resp.StatusCode, err, said))
		return
	}
	well.Add(1)
}

// end waits for what is under way.
func (l *impatient) end() {
	close(l.stop)
	l.all.Wait()
}
