package main

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity"
)

// trial is one thing that somebody tries. What it is tried on is named by place
// in the world that every run sets up alike, so that acts can be tried again.
type trial struct {
	who    int    // in world.people
	route  string // "POST /desk/datasets/:ref/edit"
	pick   uint64 // chooses what is put into the address and the body
	random bool   // the body holds odd values besides
}

func (a trial) String() string {
	return fmt.Sprintf("{%d, %q, %d, %t}", a.who, a.route, a.pick, a.random)
}

// person is somebody of one institution.
type person struct {
	role        identity.Role
	institution string
	token       string
}

// world is two institutions that have nothing to do with each other, their
// people, and things of both.
type world struct {
	handler http.Handler
	db      *gorm.DB
	people  []person
	things  map[string][]string // of both, by kind
	routes  []string
	changes []string       // the routes that change something
	pages   []string       // where people who signed in begin
	passed  map[string]int // by route: how often somebody was let through
	readers []string       // tokens of people whose pages others may have got hold of
	doc     described      // the API, as it describes itself
}

// bodies are the two institutions.
var bodies = [...]string{"marhp", "ms"}

// openToAll are doors that everybody may act through on any institution: what
// the public sends. The rest of what they keep is compared all the same.
func openToAll(route string) bool {
	for _, part := range []string{"/requests/", "/feedback", "/survey", "/subscriptions", "/login", "/logout", "/oai", "/api/3", "/api/action", "/agent", "/alert/:secret", "/m/:secret", "/account"} {
		if strings.Contains(route, part) && !strings.HasPrefix(route, "POST /desk") && !strings.HasPrefix(route, "POST /api/v1/requests") {
			return true
		}
	}
	return false
}

func newWorld(t *testing.T, engine string) *world {
	t.Helper()
	h, r := housed(t, engine, func(c *configs.Config) { c.Limits.Doors = configs.Doors{} })
	w := &world{handler: h.handler, db: r.db, things: map[string][]string{}, passed: map[string]int{}}
	admin := r.token(t, identity.Admin, "")
	for _, institution := range bodies {
		for _, role := range []identity.Role{identity.Officer, identity.Supervisor, identity.ServiceOwner} {
			w.people = append(w.people, person{role, institution, r.token(t, role, institution)})
		}
		officer := w.people[len(w.people)-3].token
		for n := range 3 {
			d := complete(fmt.Sprintf("Secret zq%s %d", institution, n))
			d["institution"] = institution
			status, made := r.ask(t, "POST", "/api/v1/datasets", officer, d)
			if status != http.StatusCreated {
				t.Fatalf("a dataset = %d %v", status, made)
			}
			w.things["ref"] = append(w.things["ref"], made["ref"].(string))
			if n == 1 {
				_, _ = r.ask(t, "POST", "/api/v1/datasets/"+made["ref"].(string)+"/submission", officer, map[string]any{})
			}
		}
		status, made := r.ask(t, "POST", "/api/v1/services", admin, map[string]any{
			"slug": "service-" + institution, "institution": institution, "name": map[string]string{"fr": "Service zq" + institution, "ar": "خدمة"},
			"url": "https://" + institution + ".example.tn", "tier": "normal",
			"checks": []map[string]any{{"name": "accueil", "kind": "http", "target": "https://" + institution + ".example.tn/", "schedule": "@every 60s", "timeout": "10s"}},
		})
		if status != http.StatusCreated {
			t.Fatalf("a service = %d %v", status, made)
		}
		w.things["slug"] = append(w.things["slug"], "service-"+institution, institution)
		status, set := r.ask(t, "POST", "/api/v1/bulk-edits", officer, map[string]any{
			"institution": institution, "edits": []map[string]any{{"field": "frequency", "act": "set", "value": "monthly"}},
		})
		if status >= 300 {
			t.Fatalf("a changeset = %d %v", status, set)
		}
		w.things["id"] = append(w.things["id"], fmt.Sprint(set["id"]))
	}
	for _, table := range []string{"accounts", "designations", "maintenance", "incidents", "alert_routes"} {
		var ids []string
		if err := r.db.Table(table).Order("id").Limit(6).Pluck("id", &ids).Error; err != nil {
			t.Fatal(err)
		}
		w.things["id"] = append(w.things["id"], ids...)
	}
	w.readers = []string{admin, r.token(t, identity.MCD, ""), w.people[0].token, w.people[3].token}
	w.things["institution"], w.things["service"] = bodies[:], []string{"service-marhp", "service-ms"}
	w.doc = w.description(t)
	w.learn(h.routes)
	return w
}

// learn sorts the routes by what they are for.
func (w *world) learn(routes []string) {
	for _, route := range slices.Sorted(slices.Values(routes)) {
		if !strings.HasPrefix(route, "OPTIONS") && !openToAll(route) {
			w.routes = append(w.routes, route)
			switch {
			case !strings.HasPrefix(route, "GET"):
				w.changes = append(w.changes, route)
			case strings.HasPrefix(route, "GET /desk") && !strings.ContainsAny(strings.NewReplacer(":ref", "", ":slug", "").Replace(route), ".:"):
				w.pages = append(w.pages, route)
			}
		}
	}
}

// notHeld are tables whose rows are nobody's, or that time itself changes.
var notHeld = []string{
	"audit_lines", "heartbeat", "sessions", "login_attempts", "catalogue_lease", "catalogue_runs", "dataset_numbers", "request_numbers",
	"signing_keys", "share_members", "share_slots", "mail_outbox",
	"dataset_tally", "obligation_tally", // folded every ten minutes; they are held to what they count at the end
}

// heldBy returns, for each table, a condition that holds of the rows of an institution.
func heldBy(t *testing.T, db *gorm.DB) map[string]string {
	t.Helper()
	list, tables := "SELECT name FROM sqlite_master WHERE type = 'table'", []string{}
	if database.EngineOf(db) == database.Postgres {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	if err := db.Raw(list).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, table := range tables {
		if slices.Contains(notHeld, table) {
			continue
		}
		rows, err := db.Table(table).Limit(0).Rows()
		if err != nil {
			continue // another engine's own
		}
		columns, err := rows.Columns()
		rows.Close()
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]bool{}
		for _, c := range columns {
			has[c] = true
		}
		switch {
		case has["institution"]:
			held[table] = "institution = ?"
		case has["dataset_id"]:
			held[table] = "dataset_id IN (SELECT id FROM datasets WHERE institution = ?)"
		case has["service"]:
			held[table] = "service IN (SELECT slug FROM services WHERE institution = ?)"
		case has["changeset_id"]:
			held[table] = "changeset_id IN (SELECT id FROM changesets WHERE institution = ?)"
		case has["account_id"]:
			held[table] = "account_id IN (SELECT id FROM accounts WHERE institution = ?)"
		case has["check_id"]:
			held[table] = "check_id IN (SELECT id FROM checks WHERE service IN (SELECT slug FROM services WHERE institution = ?))"
		}
	}
	return held
}

// rowsOf are hashes of all rows of an institution, by table.
func (w *world) rowsOf(t *testing.T, held map[string]string, institution string) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	for table, whose := range held {
		var rows []map[string]any
		if err := w.db.Table(table).Where(whose, institution).Find(&rows).Error; err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		for _, row := range rows {
			if table == "api_tokens" || table == "accounts" {
				delete(row, "last_used_at")
				delete(row, "last_seen_at")
			}
			h := fnv.New64a()
			for _, name := range slices.Sorted(maps.Keys(row)) {
				fmt.Fprintf(h, "%s=%v;", name, row[name])
			}
			all[table] += h.Sum64() // whatever their order
		}
	}
	return all
}

// tryAll tries acts in order and says what crossed into the other institution;
// "" when nothing did. It compares after every few acts of one institution's people.
func (w *world) tryAll(t *testing.T, acts []trial) (done map[int]int, crossed string) {
	t.Helper()
	held, done := heldBy(t, w.db), map[int]int{}
	for start := 0; start < len(acts); {
		own := w.people[acts[start].who].institution
		other := bodies[0]
		if own == other {
			other = bodies[1]
		}
		before := w.rowsOf(t, held, other)
		n, tried := start, []string{}
		for ; n < len(acts) && n < start+8 && w.people[acts[n].who].institution == own; n++ {
			rec, route := w.do(t, acts[n])
			done[rec.Code/100]++
			tried = append(tried, fmt.Sprintf("%d %s of %s", rec.Code, route, w.people[acts[n].who].role))
			if rec.Code < 400 && !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
				w.passed[route]++
			}
			if rec.Code == http.StatusInternalServerError {
				return done, fmt.Sprintf("%s is our fault: %.300s", acts[n], rec.Body)
			}
			if strings.Contains(rec.Body.String(), "Secret zq"+other) {
				return done, fmt.Sprintf("%s tells %s of %s what is %s's", acts[n], w.people[acts[n].who].role, own, other)
			}
		}
		if after := w.rowsOf(t, held, other); !maps.Equal(before, after) {
			changed := slices.DeleteFunc(slices.Sorted(maps.Keys(held)), func(table string) bool { return before[table] == after[table] })
			return done, fmt.Sprintf("one of acts %d to %d by people of %s changed %v of %s: %v", start, n-1, own, changed, other, tried)
		}
		start = n
	}
	return done, ""
}

// shrunk leaves out acts as long as what is left still crosses.
func shrunk(t *testing.T, engine string, acts []trial) []trial {
	t.Helper()
	for size, tries := len(acts)/2, 0; size > 0 && tries < 30; {
		smaller := false
		for at := 0; at+size <= len(acts) && tries < 30; at += size {
			without := slices.Concat(acts[:at], acts[at+size:])
			tries++
			if _, crossed := newWorld(t, engine).tryAll(t, without); crossed != "" {
				acts, smaller = without, true
				break
			}
		}
		if !smaller {
			size /= 2
		}
	}
	return acts
}

// Whatever people of one institution try, in whatever order, on whatever is
// another's, no row of the other changes and none of its drafts is told.
// JARD_ACTS asks for more of it, JARD_SEED for what was tried before.
func TestRandomActsStayInTheirInstitution(t *testing.T) {
	count, seed := number(t, "JARD_ACTS", 400), uint64(number(t, "JARD_SEED", int(time.Now().UnixNano()%1_000_000))) //nolint:gosec // a seed
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Logf("seed %d, %d acts", seed, count)
			w := newWorld(t, engine)
			rng := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // a test's own dice
			acts := make([]trial, 0, count)
			for len(acts) < count {
				side := rng.IntN(2)
				for range 8 {
					route := w.pages[rng.IntN(len(w.pages))] // and a form that is found from there
					switch rng.IntN(5) {
					case 0:
						route = w.routes[rng.IntN(len(w.routes))]
					case 1:
						route = w.changes[rng.IntN(len(w.changes))]
					}
					acts = append(acts, trial{side*3 + rng.IntN(3), route, rng.Uint64(), rng.IntN(2) == 0})
				}
			}
			done, crossed := w.tryAll(t, acts)
			t.Logf("answers by hundreds: %v", done)
			w.tellUnreached(t)
			if crossed != "" {
				t.Errorf("seed %d: %s", seed, crossed)
				small := shrunk(t, engine, acts)
				t.Errorf("as few as %d acts do it: %v", len(small), small[:min(len(small), 10)])
			}
			for _, one := range invariants(configs.Default()) {
				if err := one.check(t.Context(), w.db, func(says string) { t.Errorf("%s: %s", one.name, says) }); err != nil {
					t.Errorf("%s: %v", one.name, err)
				}
			}
			w.seesACrossing(t)
			if done[2]+done[3] < count/20 {
				t.Errorf("hardly anything was possible: %v", done)
			}
		})
	}
}

// tellUnreached lists the doors that change something and let nobody through.
func (w *world) tellUnreached(t *testing.T) {
	t.Helper()
	shut := slices.DeleteFunc(slices.Clone(w.changes), func(route string) bool { return w.passed[route] > 0 })
	t.Logf("%d of %d doors that change something let somebody through; never:\n%s", len(w.changes)-len(shut), len(w.changes), strings.Join(shut, "\n"))
}

// seesACrossing fails unless one changed letter of one row is noticed.
func (w *world) seesACrossing(t *testing.T) {
	t.Helper()
	held := heldBy(t, w.db)
	before := w.rowsOf(t, held, bodies[1])
	if err := w.db.Exec("UPDATE datasets SET theme = 'x' WHERE ref = ?", w.things["ref"][3]).Error; err != nil {
		t.Fatal(err)
	}
	if maps.Equal(before, w.rowsOf(t, held, bodies[1])) || len(held) < 40 {
		t.Errorf("a changed row goes unnoticed among %d tables", len(held))
	}
}

// number reads a whole number from the environment.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
