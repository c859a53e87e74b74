package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Under a load of what people and programs write (datasets and their states,
// imported lists), the program is killed at an instant nobody chose, again and
// again. After each death the database is looked at as it was left; in the end
// the program starts and verifies itself. JARD_KILLS asks for more deaths,
// JARD_SEED for the same instants, JARD_ENGINE for one engine.
func TestKillNineAtRandomInstants(t *testing.T) {
	kills, seed := number(t, "JARD_KILLS", 5), uint64(number(t, "JARD_SEED", int(time.Now().UnixNano()%1_000_000))) //nolint:gosec // a seed
	for _, engine := range []string{database.SQLite, database.Postgres} {
		if only := os.Getenv("JARD_ENGINE"); only != "" && only != engine {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			l := &dying{target: databasetest.URL(t, engine), rng: rand.New(rand.NewPCG(seed, 3)), submitted: map[string]bool{}, known: map[string]bool{}} //nolint:gosec // a test's own dice
			first := start(t, l.target, func(c *configs.Config) { c.Watch.Enabled = false })
			l.officer = first.token(t, identity.Officer, "marhp")
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			for n := range kills {
				l.die(t, n)
				l.look(t)
				if t.Failed() {
					t.Fatalf("seed %d, death %d", seed, n)
				}
			}
			l.begin(t)
			t.Logf("seed %d: %d deaths; %d datasets, %d submissions and %d imported rows were acknowledged and are there", seed, kills, len(l.known), len(l.submitted), 3*len(l.imported))
			if len(l.known) < kills/2 {
				t.Errorf("only %d writes were acknowledged; the deaths met no load", len(l.known))
			}
		})
	}
}

// dying is what is asked of the program while it dies.
type dying struct {
	target, officer string
	rng             *rand.Rand

	mu        sync.Mutex
	known     map[string]bool // datasets whose creation was acknowledged
	submitted map[string]bool // whose submission was
	imported  []string        // changesets that were proposed
}

// die starts the program, loads it and kills it at a random instant: in every
// other life one after something was acknowledged, however slow the machine is.
func (l *dying) die(t *testing.T, n int) {
	t.Helper()
	c := spawn(t, l.target)
	after := time.Duration(l.rng.Int64N(int64(400 * time.Millisecond)))
	kill := sync.OnceFunc(func() { time.AfterFunc(after, func() { _ = c.cmd.Process.Kill() }) })
	r := &running{url: c.url}
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() { l.write(r, fmt.Sprintf("Jeu %d %d", n, w), kill) })
	}
	writers.Go(func() { l.importing(r, n) })
	if n%2 == 1 {
		kill()
	}
	writers.Wait()
	kill()
	_ = c.cmd.Wait()
}

// write creates datasets and submits them until nobody answers.
func (l *dying) write(r *running, title string, acked func()) {
	for {
		ref, ok := r.tryCreate(l.officer, title)
		if !ok {
			return
		}
		l.mu.Lock()
		l.known[ref] = true
		l.mu.Unlock()
		acked()
		status, _, err := r.post(l.officer, "/api/v1/datasets/"+ref+"/submission", "application/json", "{}")
		if err != nil {
			return
		}
		if status < 300 {
			l.mu.Lock()
			l.submitted[ref] = true
			l.mu.Unlock()
		}
	}
}

// importing proposes lists of three rows until nobody answers.
func (l *dying) importing(r *running, n int) {
	for k := 0; ; k++ {
		list := fmt.Sprintf("Titre;Fréquence\nListe %d %d a;annuelle\nListe %d %d b;annuelle\nListe %d %d c;annuelle\n", n, k, n, k, n, k)
		status, answer, err := r.post(l.officer, "/api/v1/imports?institution=marhp", "application/octet-stream", list)
		if err != nil {
			return
		}
		if _, id, ok := strings.Cut(answer, `"id":"`); ok && status < 300 {
			id, _, _ = strings.Cut(id, `"`)
			l.mu.Lock()
			l.imported = append(l.imported, id)
			l.mu.Unlock()
		}
	}
}

// post sends a body; the program may be gone by then.
func (r *running) post(token, path, kind, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

// mustNever count what must never be there.
var mustNever = map[string]string{
	"datasets without the line of their creation": "SELECT count(*) FROM datasets d WHERE NOT EXISTS (SELECT 1 FROM audit_lines a WHERE a.subject = 'dataset' AND a.act = 'dataset.create' AND a.ref = d.ref)",
	"datasets without their last revision":        "SELECT count(*) FROM datasets d WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.dataset_id = d.id AND r.revision = d.revision)",
	"rows of changesets that there are not":       "SELECT count(*) FROM changeset_rows r WHERE NOT EXISTS (SELECT 1 FROM changesets c WHERE c.id = r.changeset_id)",
	"changesets without all of their rows":        "SELECT count(*) FROM changesets c WHERE (SELECT count(*) FROM changeset_rows r WHERE r.changeset_id = c.id) <> 3",
	"two datasets of one name":                    "SELECT count(*) FROM (SELECT ref FROM datasets GROUP BY ref HAVING count(*) > 1) x",
	"datasets that the tally counts otherwise":    "SELECT abs((SELECT coalesce(sum(n), 0) FROM dataset_tally) - (SELECT count(*) FROM datasets))",
	"obligations of datasets that there are not":  "SELECT count(*) FROM obligations o WHERE NOT EXISTS (SELECT 1 FROM datasets d WHERE d.id = o.dataset_id)",
}

// look holds the database, as it was left, to what must always be true.
func (l *dying) look(t *testing.T) {
	t.Helper()
	db, err := database.Open(database.Options{URL: l.target})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close(db) }()
	if database.EngineOf(db) == database.SQLite {
		var sound string
		if err := db.Raw("PRAGMA integrity_check").Scan(&sound).Error; err != nil || sound != "ok" {
			t.Errorf("the file is damaged: %s, %v", sound, err)
		}
	}
	count := func(what, sql string, args ...any) (n int) {
		if err := db.Raw(sql, args...).Scan(&n).Error; err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return n
	}
	for what, sql := range mustNever {
		if n := count(what, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	there := func(what, sql string, names []string) {
		found := 0
		for from := 0; from < len(names); from += 500 {
			found += count(what, sql, names[from:min(from+500, len(names))])
		}
		if found != len(names) {
			t.Errorf("%s: %d of %d are there", what, found, len(names))
		}
	}
	there("acknowledged datasets", "SELECT count(*) FROM datasets WHERE ref IN ?", keysOf(l.known))
	there("acknowledged submissions", "SELECT count(*) FROM datasets WHERE ref IN ? AND state = 'submitted'", keysOf(l.submitted))
	there("acknowledged imports", "SELECT count(*) FROM changesets WHERE id IN ?", l.imported)
}

func keysOf(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	return names
}

// begin starts the program once more and has it verify itself.
func (l *dying) begin(t *testing.T) {
	t.Helper()
	r := start(t, l.target, func(c *configs.Config) { c.Watch.Enabled = false })
	if status, d := r.ask(t, "GET", "/readyz", "", nil); status != http.StatusOK {
		t.Errorf("after all that it is not ready: %d %v", status, d)
	}
	var stored int64
	if err := r.db.Model(&inventory.Dataset{}).Count(&stored).Error; err != nil {
		t.Fatal(err)
	}
	consistent(t, r.db, int(stored))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "verify")
	cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+l.target)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("jard verify: %v\n%s", err, out)
	}
}
