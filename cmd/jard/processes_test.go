package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

const (
	townSize  = 24 // services
	townEvery = 3 * time.Second
)

// visit is one look, as the target saw it.
type visit struct {
	at  time.Time
	who string // base URL of the process
}

// town is what three processes watch: services that remember who came when,
// four of which fail when told to.
type town struct {
	t       *testing.T
	db      *gorm.DB
	where   string // the database
	target  *httptest.Server
	failing atomic.Bool
	told    atomic.Int64 // alerts that arrived

	mu   sync.Mutex
	came map[string][]visit // by path
}

func newTown(t *testing.T) *town {
	t.Helper()
	return townOn(t, databasetest.URL(t, database.Postgres))
}

// townOn puts the town into the records at where.
func townOn(t *testing.T, where string) *town {
	t.Helper()
	w := &town{t: t, where: where, came: map[string][]visit{}}
	w.target = httptest.NewServer(http.HandlerFunc(w.answer))
	t.Cleanup(w.target.Close)
	var err error
	if w.db, err = database.Open(database.Options{URL: w.where}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(w.db) })
	now := time.Now().UTC()
	rows := []any{&identity.Institution{Slug: "town", Kind: identity.Ministry, Name: lang.Text{"fr": "town"}, CreatedAt: now, UpdatedAt: now}}
	for n := range townSize {
		slug := fmt.Sprintf("s%d", n)
		rows = append(rows, &monitor.Service{
			Slug: slug, Name: lang.Text{"fr": slug}, Institution: "town", Tier: monitor.Critical, State: monitor.Active, Revision: 1,
			CreatedAt: now, UpdatedAt: now, Languages: []lang.Tag{},
		}, &monitor.Check{
			Service: slug, Name: "home", Kind: monitor.HTTP, Target: w.target.URL + "/" + slug, Schedule: "@every " + townEvery.String(),
			Timeout: time.Second, CreatedAt: now, UpdatedAt: now,
		})
	}
	for _, row := range rows {
		if err := w.db.Create(row).Error; err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// fails tells whether the service is one of those that fail when told to.
func fails(slug string) bool { return slices.Contains([]string{"s0", "s7", "s13", "s22"}, slug) }

func (w *town) answer(out http.ResponseWriter, r *http.Request) {
	at, slug := time.Now(), strings.TrimPrefix(r.URL.Path, "/")
	if slug == "alerts" {
		w.told.Add(1)
		return
	}
	_, who, _ := strings.Cut(r.UserAgent(), "+")
	who, _, _ = strings.Cut(who, ";")
	w.mu.Lock()
	w.came[slug] = append(w.came[slug], visit{at, who})
	w.mu.Unlock()
	if w.failing.Load() && fails(slug) {
		out.WriteHeader(http.StatusInternalServerError)
	}
}

// visits returns the visits to a service between two moments, sorted into its turns.
func (w *town) visits(slug string, from, to time.Time) map[int64][]visit {
	w.mu.Lock()
	defer w.mu.Unlock()
	offset := schedule.Offset(slug+"/home", townEvery)
	turn := func(at time.Time) int64 { return (at.UnixNano() - int64(offset)) / int64(townEvery) }
	turns := map[int64][]visit{}
	for n := turn(from) + 1; n < turn(to); n++ { // whole ones only
		turns[n] = nil
	}
	for _, v := range w.came[slug] {
		if _, inside := turns[turn(v.at)]; inside {
			turns[turn(v.at)] = append(turns[turn(v.at)], v)
		}
	}
	return turns
}

// process starts a process on the database at where.
func (w *town) process(name, where string) *process {
	return run2(w.t, []string{
		"JARD_DATABASE_URL=" + where, "JARD_LISTEN=127.0.0.1:0", "JARD_BASE_URL=http://" + name + ".test", "JARD_FIRST_RUN_SEED=false", "JARD_LIMITS_DRAIN=0s",
		"JARD_WATCH_RECHECK_AFTER=1s", "JARD_WATCH_RECHECK_AGAIN=1s", "JARD_LOG_LEVEL=warn", "JARD_WATCH_SPOOL=" + w.t.TempDir(),
		"NOC=0123456789abcdef", "JARD_ALERTS_CHANNELS=[{name: noc, type: webhook, url: '" + w.target.URL + "/alerts', secret: 'env:NOC'}]",
		"JARD_ALERTS_ROUTES=[{id: all, name: All, steps: [{channels: [noc]}]}]",
	}, "serve")
}

// owners waits until so many processes have their part, all of it.
func (w *town) owners(want int) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("%d processes share", want), 30*time.Second, func() bool {
		var owned []int
		err := w.db.Raw("SELECT count(*) FROM share_slots WHERE owner <> '' GROUP BY owner").Scan(&owned).Error
		if err != nil || len(owned) != want {
			return false
		}
		sum := 0
		for _, n := range owned {
			if n < 40 {
				return false
			}
			sum += n
		}
		return sum == 256
	})
}

func (w *town) count(query string) (n int) {
	w.t.Helper()
	if err := w.db.Raw(query).Scan(&n).Error; err != nil {
		w.t.Fatal(err)
	}
	return n
}

// pause lets the processes work for a while.
func (w *town) pause(d time.Duration) { <-time.After(d) }

// exact wants every turn of every service visited once.
func (w *town) exact(what string, from, to time.Time) {
	w.t.Helper()
	turns, missed, doubled := 0, 0, 0
	for n := range townSize {
		for turn, came := range w.visits(fmt.Sprintf("s%d", n), from, to) {
			turns++
			switch {
			case len(came) == 0:
				missed++
			case len(came) > 1:
				doubled++
				w.t.Logf("s%d, turn %d: %v", n, turn, came)
			}
		}
	}
	w.t.Logf("%s: %d turns, %d missed, %d visited twice", what, turns, missed, doubled)
	if turns == 0 || missed+doubled > 0 {
		w.t.Errorf("%s: of %d turns %d were missed and %d visited twice", what, turns, missed, doubled)
	}
}

// bounded wants that a fault cost each service at most its current window: no
// service is without a visit for longer than gap, and in no more than one turn
// somebody comes twice. Those that fail are looked at again on purpose.
func (w *town) bounded(what string, from, to time.Time, gap time.Duration) {
	w.t.Helper()
	longest, doubled := time.Duration(0), 0
	for n := range townSize {
		slug := fmt.Sprintf("s%d", n)
		if fails(slug) {
			continue
		}
		twice := 0
		for _, came := range w.visits(slug, from, to) {
			if len(came) > 1 {
				twice++
			}
		}
		doubled += twice
		if twice > 1 {
			w.t.Errorf("%s: %s was visited twice in %d turns", what, slug, twice)
		}
		last := time.Time{}
		w.mu.Lock()
		for _, v := range w.came[slug] {
			if !last.IsZero() && v.at.After(from) && v.at.Before(to) {
				longest = max(longest, v.at.Sub(last))
			}
			last = v.at
		}
		w.mu.Unlock()
	}
	w.t.Logf("%s: longest time without a visit %s, turns visited twice %d", what, longest.Round(time.Millisecond), doubled)
	if longest > gap {
		w.t.Errorf("%s: a service had no visit for %s", what, longest)
	}
}

// kept compares what the target and the records say: every reading is a visit,
// and no more than lost visits left no reading.
func (w *town) kept(what string, from, to time.Time, lost int) {
	w.t.Helper()
	store := monitordb.New(w.db, nil)
	came, seen, without := 0, 0, 0
	for n := range townSize {
		slug := fmt.Sprintf("s%d", n)
		var id int64
		if err := w.db.Raw("SELECT id FROM checks WHERE service = ?", slug).Scan(&id).Error; err != nil {
			w.t.Fatal(err)
		}
		list, err := store.History(context.Background(), id, from, to)
		if err != nil {
			w.t.Fatal(err)
		}
		near := list
		list = slices.DeleteFunc(slices.Clone(list), func(r monitor.Reading) bool { return r.At.Before(from) || r.At.After(to) })
		w.mu.Lock()
		visits := slices.DeleteFunc(slices.Clone(w.came[slug]), func(v visit) bool { return v.at.Before(from) || v.at.After(to) })
		w.mu.Unlock()
		came, seen = came+len(visits), seen+len(list)
		for _, v := range visits {
			told := slices.ContainsFunc(near, func(r monitor.Reading) bool {
				return !r.At.After(v.at) && v.at.Sub(r.At) < time.Second
			})
			if !told {
				without++
			}
		}
		if len(list) > len(visits)+1 { // one may lie across an end
			w.t.Errorf("%s: %s has %d readings of %d visits", what, slug, len(list), len(visits))
		}
	}
	w.t.Logf("%s: %d visits, %d readings, %d visits without one", what, came, seen, without)
	if without > lost {
		w.t.Errorf("%s: %d visits left no reading; want at most %d", what, without, lost)
	}
}

// TestThreeProcessesShareTheWatch lets three processes on one PostgreSQL be
// restarted in turn, killed and cut off, and stopped, while the target keeps its own record.
func TestThreeProcessesShareTheWatch(t *testing.T) {
	w := newTown(t)
	a, b, c := w.process("a1", w.where), w.process("b1", w.where), w.process("c1", w.where)
	w.owners(3)
	w.pause(townEvery)
	steady := time.Now()
	w.pause(5 * townEvery / 2)
	restarted := time.Now()
	w.exact("steady state", steady, restarted)

	cable := newDatabaseCable(t, w.where)
	for n, next := range []struct {
		process **process
		where   string
	}{{&a, cable.url}, {&b, w.where}, {&c, w.where}} {
		(*next.process).end(t, syscall.SIGTERM)
		w.owners(2)
		*next.process = w.process(fmt.Sprintf("new%d", n), next.where)
		w.owners(3)
	}
	w.pause(townEvery)
	w.exact("rolling restart", restarted, time.Now())
	w.kept("steady state and rolling restart", steady, time.Now().Add(-2*time.Second), 0)

	w.failing.Store(true)
	until(t, "the outages are told", 20*time.Second, func() bool {
		return w.count("SELECT count(*) FROM outages WHERE ended_at IS NULL") == 4
	})
	until(t, "an alert arrives", 20*time.Second, func() bool { return w.told.Load() > 0 })
	faults := time.Now()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cable.set(true)
	w.owners(1)
	w.pause(townEvery)
	cable.set(false)
	w.owners(2)
	w.bounded("one killed and one cut off from the database", faults, time.Now(), 6*time.Second+2*townEvery)

	stopped := time.Now()
	if err := b.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	w.owners(1)
	if err := b.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	w.owners(2)
	w.failing.Store(false)
	w.bounded("stopped and continued", stopped, time.Now(), 6*time.Second+2*townEvery)
	until(t, "the outages are over", 20*time.Second, func() bool {
		return w.count("SELECT count(*) FROM outages WHERE ended_at IS NULL") == 0
	})
	until(t, "the end is told", 30*time.Second, func() bool {
		return w.count("SELECT count(*) FROM alert_events WHERE NOT settled")+w.count("SELECT count(*) FROM alert_messages WHERE state <> 'sent'") == 0
	})
	again := time.Now()
	w.pause(5 * townEvery / 2)
	w.exact("two processes, after all of it", again, time.Now())
	a.end(t, syscall.SIGTERM)
	b.end(t, syscall.SIGTERM)
	events, messages := w.count("SELECT count(*) FROM alert_events"), w.count("SELECT count(*) FROM alert_messages")
	t.Logf("%d incidents, %d things to tell, %d alerts written, %d arrived", w.count("SELECT count(*) FROM incidents"), events, messages, w.told.Load())
	if int(w.told.Load()) != messages || messages > 2*events || messages < 2 {
		t.Errorf("%d alerts of %d events arrived, %d were written; want each once, of the beginning and of the end", w.told.Load(), events, messages)
	}
	w.kept("faults", faults, time.Now(), townSize)
	if n := w.count("SELECT count(*) FROM outages"); n != 4 {
		t.Errorf("%d outages; want 4", n)
	}
	if n := w.count("SELECT count(*) FROM incidents WHERE ended_at IS NULL"); n != 0 {
		t.Errorf("%d incidents still open", n)
	}
	if n := w.count("SELECT count(*) FROM share_members"); n != 0 {
		t.Errorf("%d processes are still in the list", n)
	}
}

// databaseCable is the way of one process to the database. Cut, it swallows what
// it is given and says nothing: nobody at either end learns of it.
type databaseCable struct {
	url      string
	network  string
	to       string
	mu       sync.Mutex
	cut      bool
	carrying map[net.Conn]bool
}

func newDatabaseCable(t *testing.T, where string) *databaseCable {
	t.Helper()
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &databaseCable{network: "tcp", to: u.Host, carrying: map[net.Conn]bool{}}
	q := u.Query()
	if folder := q.Get("host"); strings.HasPrefix(folder, "/") {
		c.network, c.to = "unix", filepath.Join(folder, ".s.PGSQL."+q.Get("port"))
	}
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.Host, u.RawQuery = l.Addr().String(), q.Encode()
	c.url = u.String()
	t.Cleanup(func() { _ = l.Close(); c.set(false) })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go c.join(in)
		}
	}()
	return c
}

func (c *databaseCable) join(in net.Conn) {
	out, err := new(net.Dialer).Dial(c.network, c.to)
	if err != nil {
		_ = in.Close()
		return
	}
	c.mu.Lock()
	c.carrying[in], c.carrying[out] = true, true
	c.mu.Unlock()
	go c.carry(in, out)
	c.carry(out, in)
}

func (c *databaseCable) carry(from, to net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		c.mu.Lock()
		cut := c.cut
		c.mu.Unlock()
		if err != nil {
			if !cut {
				_ = to.Close()
			}
			return
		}
		if cut {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			_ = from.Close()
			return
		}
	}
}

// set cuts the cable or mends it; what hung in it meanwhile is broken.
func (c *databaseCable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if cut {
		return
	}
	for conn := range c.carrying {
		_ = conn.Close()
	}
	clear(c.carrying)
}
