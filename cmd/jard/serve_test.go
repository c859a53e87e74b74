package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
)

// TestMain also is `jard serve` when a test runs this binary again as a child
// to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("JARD_TEST_CHILD") != "" {
		signal.Ignore(syscall.SIGXFSZ) // a write past the limit fails, as on a full disk, instead of killing
		main()
		return
	}
	databasetest.Main(m)
}

// running is the whole program under test.
type running struct {
	*server
	url  string
	stop func() error
}

// start runs the whole program on the database at target.
func start(t testing.TB, target string, change func(*configs.Config)) *running {
	t.Helper()
	c := configs.Default()
	c.Database.URL, c.Listen = configs.Secret(target), "127.0.0.1:0"
	c.Outgoing.AllowNetworks = []string{"127.0.0.0/8"}
	c.Limits.StopAfter, c.Limits.Drain = configs.Duration(10*time.Second), 0
	c.Watch.Spool, c.Limits.Doors = t.TempDir(), configs.Doors{} // tests come oftener than people
	if change != nil {
		change(&c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	up, ended := make(chan *server, 1), make(chan error, 1)
	go func() {
		ended <- serve(ctx, c, slog.New(slog.DiscardHandler), func(s *server) error { up <- s; return nil })
	}()
	r := &running{}
	select {
	case r.server = <-up:
	case err := <-ended:
		cancel()
		t.Fatal(err)
	}
	r.url = "http://" + r.address
	r.stop = func() error { cancel(); err := <-ended; ended <- nil; return err }
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// token gives a new account of the role an API token.
func (r *running) token(t testing.TB, role identity.Role, institution string) string {
	t.Helper()
	ctx, store := context.Background(), identitydb.New(r.db, nil)
	email := string(role) + institution + "@example.tn"
	a, _, err := store.AddAccount(ctx, identity.System("test"), email, "Test", role, institution, "une phrase assez longue")
	if err != nil {
		t.Fatal(err)
	}
	by, err := store.ActorOf(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := store.AddToken(ctx, by, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// ask sends a request and returns the status and the body, decoded when it is JSON.
func (r *running) ask(t *testing.T, method, path, token string, body any) (int, map[string]any) {
	t.Helper()
	var data io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, r.url+path, data)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		out["text"] = string(text)
	}
	return resp.StatusCode, out
}

// complete is a dataset that lacks nothing for approval.
func complete(title string) map[string]any {
	return map[string]any{
		"institution": "marhp",
		"title":       map[string]string{"fr": title, "ar": "إنتاج الحبوب حسب الولايات"},
		"description": map[string]string{
			"fr": "Quantités de céréales récoltées par gouvernorat et par campagne, en tonnes.",
			"ar": "كميات الحبوب المجمعة حسب الولايات وحسب الموسم بالطن، من مصالح وزارة الفلاحة.",
		},
		"keywords": map[string][]string{"fr": {"céréales", "récolte"}, "ar": {"حبوب", "صابة"}},
		"theme":    "agriculture", "frequency": "annual", "licence": "LNDPO-TN", "openness": "open",
		"personal_data": false, "data_modified": "2026-01-15",
		"contact": map[string]string{"name": "Bureau des données", "email": "donnees@agriculture.example.tn"},
		"distributions": []map[string]any{{
			"title": map[string]string{"fr": "Récolte"}, "url": "https://data.agriculture.example.tn/recolte",
			"download_url": "https://data.agriculture.example.tn/recolte.csv", "format": "CSV", "media_type": "text/csv",
		}},
	}
}

// The main job, end to end on both engines: a ministry records, the operator
// approves, the portal harvests; an unapproved word is never seen.
func TestFromDraftToHarvest(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			r := start(t, databasetest.URL(t, engine), nil)
			officer, operator := r.token(t, identity.Officer, "marhp"), r.token(t, identity.MCD, "")
			status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete("Production de céréales"))
			if status != http.StatusCreated {
				t.Fatalf("create = %d %v", status, d)
			}
			ref, uuid := d["ref"].(string), d["uuid"].(string)
			if status, _ := r.ask(t, "GET", "/catalog.jsonld", "", nil); status != http.StatusServiceUnavailable {
				t.Errorf("a catalogue without an approved dataset = %d; want 503, since empty means delete", status)
			}
			r.approve(t, officer, operator, ref)
			r.publish(t, officer, operator, "Un autre jeu, qui reste")
			r.awaitHarvest(t, ref, uuid, "Production de céréales")

			status, d = r.ask(t, "PATCH", "/api/v1/datasets/"+ref, officer,
				map[string]any{"title": map[string]string{"fr": "Un titre que personne n'a approuvé"}})
			if status != 200 || d["state"] != "draft" {
				t.Fatalf("edit = %d %v; want a draft", status, d)
			}
			if _, p := r.ask(t, "GET", "/api/3/action/package_show?id="+uuid, "", nil); !strings.Contains(text(p), "Production de céréales") ||
				strings.Contains(text(p), "personne") {
				t.Errorf("during the edit the portal is shown %v; want what was approved", p)
			}
			status, _ = r.ask(t, "POST", "/api/v1/datasets/"+ref+"/withdrawal", operator, map[string]any{"reason": "doublon"})
			if status != 200 {
				t.Fatalf("withdraw = %d", status)
			}
			await(t, "the tombstone", func() bool {
				status, _ := r.ask(t, "GET", "/dataset/"+uuid+".jsonld", "", nil)
				return status == http.StatusGone
			})
		})
	}
}

// publish records a complete dataset and has it approved.
func (r *running) publish(t *testing.T, officer, operator, title string) {
	t.Helper()
	status, d := r.ask(t, "POST", "/api/v1/datasets", officer, complete(title))
	if status != http.StatusCreated {
		t.Fatalf("create = %d %v", status, d)
	}
	r.approve(t, officer, operator, d["ref"].(string))
}

func (r *running) approve(t *testing.T, officer, operator, ref string) {
	t.Helper()
	seen := map[string]any{}
	for _, act := range []struct{ token, path string }{{officer, "submission"}, {operator, "approval"}} {
		status, d := r.ask(t, "POST", "/api/v1/datasets/"+ref+"/"+act.path, act.token, seen)
		if status != 200 {
			t.Fatalf("%s = %d %v", act.path, status, d)
		}
		seen["hash"] = d["hash"] // an approval names what it approves
	}
}

func (r *running) awaitHarvest(t *testing.T, ref, uuid, title string) {
	t.Helper()
	await(t, "the catalogue to show it", func() bool {
		status, page := r.ask(t, "GET", "/catalog.jsonld", "", nil)
		return status == 200 && strings.Contains(text(page), uuid)
	})
	for _, path := range []string{"/catalog.ttl", "/data.json", "/dataset/" + uuid + ".jsonld"} {
		if status, page := r.ask(t, "GET", path, "", nil); status != 200 || !strings.Contains(text(page), ref) {
			t.Errorf("%s = %d without %s", path, status, ref)
		}
	}
	_, found := r.ask(t, "GET", "/api/3/action/package_search?q=cereales", "", nil)
	if !strings.Contains(text(found), title) {
		t.Errorf("package_search says %v; want %q in it", found, title)
	}
}

func text(v map[string]any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return b.String()
}

// await tries until is true, for a minute at most: the machine may be slow.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("waited a minute for %s", what)
		case <-tick.C:
		}
	}
}

func TestStoppingLetsARequestFinish(t *testing.T) {
	r := start(t, databasetest.URL(t, database.SQLite), nil)
	whole, err := json.Marshal(complete("Un envoi lent"))
	if err != nil {
		t.Fatal(err)
	}
	officer := r.token(t, identity.Officer, "marhp")
	conn, err := net.Dial("tcp", r.address) //nolint:noctx // a test's own connection
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/v1/datasets HTTP/1.1\r\nHost: jard\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", officer, len(whole))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server said %q, %v; want it to begin to read", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(whole[:100]); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	await(t, "the listener to close", func() bool {
		probe, err := net.Dial("tcp", r.address) //nolint:noctx // as above
		if err == nil {
			probe.Close()
		}
		return err != nil
	})
	if _, err := conn.Write(whole[100:]); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("the request under way was answered %d; want 201", resp.StatusCode)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stopping = %v", err)
	}
}

// tryCreate records a dataset and returns its ref; ok is false when nobody answered 201.
func (r *running) tryCreate(token, title string) (ref string, ok bool) {
	b, err := json.Marshal(complete(title))
	if err != nil {
		return "", false
	}
	req, err := http.NewRequestWithContext(context.Background(), "POST", r.url+"/api/v1/datasets", bytes.NewReader(b))
	if err != nil {
		return "", false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	var d struct {
		Ref string `json:"ref"`
	}
	err = json.NewDecoder(resp.Body).Decode(&d)
	return d.Ref, err == nil && resp.StatusCode == http.StatusCreated
}
