package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// edition is one version of the program, as a file.
type edition struct {
	path  string
	env   []string
	query string // what it needs in the address of PostgreSQL
}

// ours is this version, as this binary is it.
var ours = edition{path: os.Args[0], env: []string{"JARD_TEST_CHILD=1"}}

// formerly is the version before: the program at JARD_FORMER. Without one this
// version is both, so that the exchange itself is tested.
func formerly() edition {
	if path := os.Getenv("JARD_FORMER"); path != "" {
		return edition{path: path, query: os.Getenv("JARD_FORMER_QUERY")}
	}
	return ours
}

func (e edition) command(target string, args ...string) *exec.Cmd {
	if _, lite := database.File(target); !lite && e.query != "" {
		mark := "?"
		if strings.Contains(target, mark) {
			mark = "&"
		}
		target += mark + e.query
	}
	cmd := exec.Command(e.path, args...) //nolint:gosec,noctx // the drill's own; ended by the test
	cmd.Env = append(append(os.Environ(), "JARD_DATABASE_URL="+target, "JARD_LOG_LEVEL=warn", "JARD_WATCH_ENABLED=false", "JARD_DATABASE_MAX_CONNECTIONS=8",
		"JARD_LIMITS_UNPACED_NETWORKS=127.0.0.0/8"), e.env...)
	return cmd
}

// says runs a command to its end and returns what it printed.
func (x *exchange) says(e edition, target, in string, args ...string) string {
	x.t.Helper()
	cmd := e.command(target, args...)
	cmd.Stdin = strings.NewReader(in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		x.t.Fatalf("%q: %v\n%s%s", args, err, out, said.String())
	}
	return strings.TrimSpace(string(out))
}

// enter starts a process and sends it work once it is ready.
func (x *exchange) enter(e edition, target string) *inhabited {
	x.t.Helper()
	l, err := new(net.ListenConfig).Listen(x.t.Context(), "tcp", "127.0.0.1:0") // only to find a free port
	if err != nil {
		x.t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	cmd := e.command(target, "serve")
	cmd.Env = append(cmd.Env, "JARD_LISTEN="+address, "JARD_BASE_URL=http://"+address, "JARD_WATCH_SPOOL="+x.t.TempDir())
	p := &inhabited{process: &process{cmd: cmd, said: &bytes.Buffer{}}, url: "http://" + address}
	cmd.Stderr = p.said
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client := http.Client{Timeout: 5 * time.Second}
	until(x.t, "ready: "+e.path, 5*time.Minute, func() bool {
		if syscall.Kill(cmd.Process.Pid, 0) != nil {
			x.t.Fatalf("it ended: %s", p.said)
		}
		resp, err := client.Get(p.url + "/readyz") //nolint:noctx // bounded by the client
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	x.mu.Lock()
	x.up = append(x.up, p)
	x.mu.Unlock()
	return p
}

// leave takes a process out of the turns, as a balancer does before it is
// stopped, and then stops it.
func (x *exchange) leave(p *inhabited) {
	x.t.Helper()
	x.mu.Lock()
	var others []*inhabited
	for _, o := range x.up {
		if o != p {
			others = append(others, o)
		}
	}
	x.up = others
	x.mu.Unlock()
	p.busy.Wait()
	p.end(x.t, syscall.SIGTERM)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.wrong) > 0 {
		x.t.Logf("what it said: %.20000s", p.said)
	}
}

// people makes accounts and tokens with the former version's own commands.
func (x *exchange) people(e edition, target string) {
	x.t.Helper()
	add := func(email, role string, more ...string) {
		x.says(e, target, phrase+"\n", append([]string{"user", "add", "--email", email, "--name", "Exercice", "--role", role, "--password-stdin"}, more...)...)
	}
	token := func(email string) string {
		words := strings.Fields(x.says(e, target, "", "token", "add", "--user", email, "--name", "exercice"))
		return "Bearer " + words[len(words)-1]
	}
	add("mcd@example.tn", "mcd")
	for _, name := range []string{"agent0", "agent1", "agent2", "agent3", "agent4", "stays"} {
		add(name+"@example.tn", "officer", "--institution", "marhp")
	}
	x.officer, x.operator = token("agent0@example.tn"), token("mcd@example.tn")
}

// opens publishes the first dataset: of an empty register there is no catalogue.
func (x *exchange) opens(p *inhabited) {
	x.t.Helper()
	if !x.record("Premier", true) {
		x.t.Fatal(x.wrong)
	}
	client := http.Client{Timeout: 30 * time.Second}
	until(x.t, "there is a catalogue", 2*time.Minute, func() bool {
		resp, err := client.Get(p.url + "/catalog.jsonld") //nolint:noctx // bounded by the client
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// The version before serves and is worked with, this one brings the database
// up to date beside it, takes over, and goes away again: nobody is refused,
// nothing acknowledged is lost, and jard verify is content after each end.
// JARD_FORMER names the program of a former version (make drill-upgrade), and
// JARD_FORMER_QUERY what it needs in the address of PostgreSQL; JARD_SPELL says
// how often each kind of work is done between two changes.
func TestTheFormerVersionGoesOnAndComesBack(t *testing.T) {
	often, former := number(t, "JARD_SPELL", 2), formerly()
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.Empty(t, engine)
			x := &exchange{t: t, spell: "before", done: map[string]map[string]int{}, known: map[string]string{}, stop: make(chan struct{})}
			first := x.enter(former, target)
			x.people(former, target)
			x.opens(first)
			x.begin()
			defer x.all.Wait()
			defer close(x.stop)
			x.during("the former alone", often)
			if engine == database.Postgres {
				x.together(former, target, first, often)
			} else {
				x.oneByOne(former, target, first, often)
			}
			x.settled(target)
		})
	}
}

// together has both versions serve from one PostgreSQL.
func (x *exchange) together(former edition, target string, first *inhabited, often int) {
	x.says(ours, target, "", "migrate")
	if former.path == ours.path {
		x.grow(target)
	}
	x.during("the former on the newer schema", often)
	second := x.enter(ours, target)
	x.during("both", often)
	x.leave(first)
	x.during("the new one alone", often)
	back := x.enter(former, target)
	x.during("both, the former come back", often)
	x.leave(second)
	x.during("the former alone again", often)
	x.says(ours, target, "", "verify", "--all")
	again := x.enter(ours, target)
	x.during("both, the new one come again", often)
	x.leave(back)
	x.during("the new one in the end", often)
	x.leave(again)
}

// grow gives every table another column, as a version to come might.
func (x *exchange) grow(target string) {
	x.t.Helper()
	db := opened(x.t, target)
	var tables []string
	err := db.Raw(`SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
		AND NOT relispartition AND relname NOT LIKE 'river%'`).Scan(&tables).Error
	if err != nil || len(tables) < 50 {
		x.t.Fatal(len(tables), err)
	}
	for _, table := range tables {
		if err := db.Exec(`ALTER TABLE "` + table + `" ADD COLUMN later_on TEXT NOT NULL DEFAULT 'x'`).Error; err != nil {
			x.t.Fatal(err)
		}
	}
}

// oneByOne has one version after the other serve from a SQLite file: a second
// process is refused there.
func (x *exchange) oneByOne(former edition, target string, p *inhabited, often int) {
	for _, next := range []struct {
		edition
		spell string
	}{{ours, "the new one"}, {former, "the former come back"}, {ours, "the new one in the end"}} {
		x.leave(p)
		x.says(ours, target, "", "verify", "--all")
		p = x.enter(next.edition, target)
		x.during(next.spell, often)
	}
	x.leave(p)
}

// settled holds what is kept to what was acknowledged.
func (x *exchange) settled(target string) {
	t := x.t
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for n, what := range x.wrong {
		if n < 10 {
			t.Error(what)
		}
	}
	x.says(ours, target, "", "verify", "--all")
	db := opened(t, target)
	var rows []struct{ Ref, State string }
	if err := db.Raw("SELECT ref, state FROM datasets").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, row := range rows {
		kept[row.Ref] = row.State
	}
	order := map[string]int{"draft": 1, "submitted": 2, "approved": 3}
	for ref, state := range x.known {
		if order[kept[ref]] < order[state] {
			t.Errorf("%s was acknowledged as %s and is %q", ref, state, kept[ref])
		}
	}
	if len(kept) != len(x.known) {
		t.Errorf("%d datasets are kept, %d were acknowledged", len(kept), len(x.known))
	}
	t.Logf("%d datasets acknowledged, none lost; %d requests went wrong", len(x.known), len(x.wrong))
}
