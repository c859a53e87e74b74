package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// Under a load of what people and programs write (datasets and their states,
// imported lists, answers), of rounds of the watch and of backups, the program is killed at an instant nobody chose, again and
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
			l := &dying{
				target: databasetest.URL(t, engine), rng: rand.New(rand.NewPCG(seed, 3)), visited: newVisited(t), file: filepath.Join(t.TempDir(), "jard.backup"), //nolint:gosec // a test's own dice
				submitted: map[string]bool{}, known: map[string]bool{}, applied: map[string]bool{}, sent: map[string]bool{}, answered: map[int64]bool{},
			}
			first := start(t, l.target, func(c *configs.Config) { c.Watch.Enabled = false })
			l.officer = first.token(t, identity.Officer, "marhp")
			l.services(t, first.db)
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
			t.Logf("seed %d: %d deaths; %d datasets, %d submissions, %d imported rows (%d applied) and %d answers were acknowledged and are there once; %d readings of %d visits, %d told as stored; %d backups",
				seed, kills, len(l.known), len(l.submitted), 3*len(l.imported), 3*len(l.applied), len(l.answered), l.kept, l.visited.hits.Load(), l.stored, l.backups)
			if len(l.known) < kills/2 || len(l.answered) < kills/4 || l.kept == 0 {
				t.Errorf("only %d datasets, %d answers, %d readings: the deaths met no load", len(l.known), len(l.answered), l.kept)
			}
		})
	}
}

// dying is what is asked of the program while it dies.
type dying struct {
	target, officer string
	visited         *visited // what its rounds look at
	file            string   // of the backups
	rng             *rand.Rand
	kept            int // readings

	mu        sync.Mutex
	known     map[string]bool // datasets whose creation was acknowledged
	submitted map[string]bool // whose submission was
	imported  []string        // changesets that were proposed
	applied   map[string]bool // of those
	sent      map[string]bool // answers, by key
	answered  map[int64]bool  // answers that were acknowledged, by number
	twice     []string        // keys that got two numbers
	stored    int64           // readings that were told as stored
	backups   int
}

// die starts the program, loads it and kills it at a random instant: any, one
// after something was acknowledged, or one after readings were stored, in turn,
// however slow the machine is.
func (l *dying) die(t *testing.T, n int) {
	t.Helper()
	c := spawn(t, l.target, looking(l.file+".spool")...)
	after := time.Duration(l.rng.Int64N(int64(400 * time.Millisecond)))
	kill := sync.OnceFunc(func() { time.AfterFunc(after, func() { _ = c.cmd.Process.Kill() }) })
	r := &running{url: c.url}
	acked, told := kill, func() {}
	if n%3 == 2 { // whoever takes over the watch waits for the lease of who died
		acked, told = told, kill
		time.AfterFunc(time.Minute, kill)
	}
	var writers, others sync.WaitGroup
	for w := range 3 {
		writers.Go(func() { l.write(r, fmt.Sprintf("Jeu %d %d", n, w), acked) })
	}
	writers.Go(func() { l.answering(r, n, acked) })
	gone := make(chan struct{})
	others.Go(func() { l.importing(r, n) })
	others.Go(func() { l.scraping(c.url, told) })
	others.Go(func() { l.backing(gone) })
	others.Go(func() { writers.Wait(); kill() }) // should nothing ever be acknowledged
	if n%3 == 1 {
		kill()
	}
	_ = c.cmd.Wait()
	close(gone)
	others.Wait()
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
			if status, _, err = r.post(l.officer, "/api/v1/imports/"+id+"/application", "application/json", "{}"); err != nil {
				return
			}
			if status < 300 {
				l.mu.Lock()
				l.applied[id] = true
				l.mu.Unlock()
			}
		}
	}
}

// post sends a body, with headers by name and value; the program may be gone by then.
func (r *running) post(token, path, kind, body string, headers ...string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
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
	"datasets without the line of their creation": "SELECT count(*) FROM datasets d WHERE NOT EXISTS (SELECT 1 FROM audit_lines a WHERE a.subject = 'dataset' AND a.act = 'dataset.create' AND a.ref = d.ref)" +
		" AND NOT EXISTS (SELECT 1 FROM changeset_rows r JOIN audit_lines a ON a.act = 'changeset.apply' AND a.ref = r.changeset_id WHERE r.ref = d.ref)",
	"datasets without their last revision":       "SELECT count(*) FROM datasets d WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.dataset_id = d.id AND r.revision = d.revision)",
	"rows of changesets that there are not":      "SELECT count(*) FROM changeset_rows r WHERE NOT EXISTS (SELECT 1 FROM changesets c WHERE c.id = r.changeset_id)",
	"changesets without all of their rows":       "SELECT count(*) FROM changesets c WHERE (SELECT count(*) FROM changeset_rows r WHERE r.changeset_id = c.id) <> 3",
	"applied rows without their dataset":         "SELECT count(*) FROM changeset_rows r WHERE r.done AND NOT EXISTS (SELECT 1 FROM datasets d WHERE d.ref = r.ref)",
	"applied changesets with rows left out":      "SELECT count(*) FROM changeset_rows r JOIN changesets c ON c.id = r.changeset_id WHERE (c.state = 'applied') <> r.done",
	"two datasets of one name":                   "SELECT count(*) FROM (SELECT ref FROM datasets GROUP BY ref HAVING count(*) > 1) x",
	"datasets that the tally counts otherwise":   "SELECT abs((SELECT coalesce(sum(n), 0) FROM dataset_tally) - (SELECT count(*) FROM datasets))",
	"obligations of datasets that there are not": "SELECT count(*) FROM obligations o WHERE NOT EXISTS (SELECT 1 FROM datasets d WHERE d.id = o.dataset_id)",
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
	there("acknowledged applications", "SELECT count(*) FROM changesets WHERE id IN ? AND state = 'applied'", keysOf(l.applied))
	l.lookAtWatch(t, db)
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
	cmd := exec.CommandContext(t.Context(), os.Args[0], "verify")
	cmd.Env = append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_DATABASE_URL="+l.target)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("jard verify: %v\n%s", err, out)
	}
}
