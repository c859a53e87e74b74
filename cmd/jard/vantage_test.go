package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/agent"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
)

// visits is a target that remembers who came when: its own record.
type visits struct {
	*httptest.Server
	mu   sync.Mutex
	came map[string]map[string][]time.Time // by who looks, and by path
}

func newVisits(t *testing.T) *visits {
	t.Helper()
	v := &visits{came: map[string]map[string][]time.Time{}}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.came[r.UserAgent()] == nil {
			v.came[r.UserAgent()] = map[string][]time.Time{}
		}
		v.came[r.UserAgent()][r.URL.Path] = append(v.came[r.UserAgent()][r.URL.Path], at)
		_, _ = io.WriteString(w, "Bienvenue")
	}))
	t.Cleanup(v.Close)
	return v
}

// of returns when somebody came to a path; who names the server they serve.
func (v *visits) of(server, path string) []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	for who, came := range v.came {
		if strings.Contains(who, "+"+server+";") {
			return slices.Clone(came[path])
		}
	}
	return nil
}

// cable is a link that can be cut: what comes over it then is dropped.
type cable struct {
	url  string
	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &cable{url: "http://" + l.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); w.set(true) })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			if !w.add(in) {
				_ = in.Close()
				continue
			}
			go w.carry(in, to)
		}
	}()
	return w
}

func (w *cable) carry(in net.Conn, to string) {
	out, err := new(net.Dialer).Dial("tcp", to)
	if err != nil || !w.add(out) {
		_ = in.Close()
		return
	}
	go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

func (w *cable) add(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[c] = true
	return !w.cut
}

func (w *cable) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for c := range w.open {
		if cut {
			_ = c.Close()
		}
		delete(w.open, c)
	}
}

// process is this binary as the program.
type process struct {
	cmd  *exec.Cmd
	said *bytes.Buffer
}

func run2(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), said: &bytes.Buffer{}} //nolint:gosec,noctx // ourselves; ended by the test
	p.cmd.Env = append(append(os.Environ(), "JARD_TEST_CHILD=1", "JARD_OUTGOING_ALLOW_NETWORKS=127.0.0.0/8"), env...)
	p.cmd.Stderr = p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	return p
}

// end sends a signal and waits for the end.
func (p *process) end(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	err := p.cmd.Wait()
	if sig == syscall.SIGTERM && err != nil {
		t.Fatalf("it did not end well: %v\n%s", err, p.said)
	}
}

// until waits for something to become true.
func until(t *testing.T, what string, within time.Duration, is func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, within)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

const looked = 6 // checks, each every second

// watched puts services into the records that are looked at every second.
func watched(t *testing.T, db *gorm.DB, target string) {
	t.Helper()
	now := time.Now().UTC()
	if err := db.FirstOrCreate(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}, CreatedAt: now, UpdatedAt: now}).Error; err != nil {
		t.Fatal(err)
	}
	for n := range looked {
		slug := fmt.Sprintf("s%d", n)
		v := &monitor.Service{
			Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", Tier: monitor.Critical, State: monitor.Active, Revision: 1,
			CreatedAt: now, UpdatedAt: now, Languages: []lang.Tag{},
		}
		c := &monitor.Check{
			Service: slug, Name: "home", Kind: monitor.HTTP, Target: target + "/" + slug, Schedule: "@every 1s", Timeout: 900 * time.Millisecond,
			CreatedAt: now, UpdatedAt: now,
		}
		for _, row := range []any{v, c} {
			if err := db.Create(row).Error; err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.Exec("UPDATE watch_state SET value = value + 1 WHERE name = 'version'").Error; err != nil {
		t.Fatal(err)
	}
}

// site is an installation in a process of its own, at an address that stays.
type site struct {
	t       *testing.T
	url     string
	address string
	env     []string
	db      *gorm.DB
	views   *vantagedb.Store
	process *process
}

func newSite(t *testing.T, engine string, settings ...string) *site {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, address: l.Addr().String()}
	_ = l.Close()
	s.url = "http://" + s.address
	where := databasetest.URL(t, engine)
	s.env = []string{"JARD_DATABASE_URL=" + where, "JARD_LISTEN=" + s.address, "JARD_BASE_URL=" + s.url, "JARD_FIRST_RUN_SEED=false", "JARD_LOG_LEVEL=warn"}
	s.env = append(s.env, settings...)
	if s.db, err = database.Open(database.Options{URL: where}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(s.db) })
	s.views = vantagedb.New(s.db, nil, 2)
	s.start()
	return s
}

func (s *site) start() {
	s.t.Helper()
	s.process = run2(s.t, s.env, "serve")
	until(s.t, "the installation answers", 20*time.Second, func() bool {
		resp, err := http.Get(s.url + "/readyz") //nolint:noctx // loopback
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// invite makes a vantage and returns its one-time token.
func (s *site) invite(slug string, network vantage.Network) string {
	s.t.Helper()
	by := identity.System("test")
	ctx := context.Background()
	if _, err := s.views.Add(ctx, by, vantage.Vantage{Slug: slug, Name: lang.Text{"fr": slug}, Network: network}); err != nil {
		s.t.Fatal(err)
	}
	token, _, err := s.views.Invite(ctx, by, slug)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func (s *site) vantage(slug string) vantage.Vantage {
	s.t.Helper()
	v, err := s.views.Vantage(context.Background(), identity.System("test"), slug)
	if err != nil {
		s.t.Fatal(err)
	}
	return *v
}

// stored returns when a vantage looked at a service, as the records have it.
func (s *site) stored(id int16, service string) []time.Time {
	s.t.Helper()
	times := []time.Time{}
	for _, r := range s.readings(id, service) {
		times = append(times, r.At)
	}
	return times
}

// readings are what a vantage saw of a service, as the records have it.
func (s *site) readings(id int16, service string) []monitor.Reading {
	s.t.Helper()
	var check int64
	if err := s.db.Raw("SELECT id FROM checks WHERE service = ?", service).Scan(&check).Error; err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	list, err := monitordb.New(s.db, nil).HistoryFrom(context.Background(), check, id, now.Add(-3*time.Hour), now.Add(3*time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// agree compares the target's record with ours, visit by visit. Every reading
// has a visit of its own; every visit has a reading, but for missing ones, of
// which it returns how many. A look that was under way when the agent was
// ended is cut short and no reading: ends are when that was.
func agree(t *testing.T, came, readings []time.Time, ends ...time.Time) (missing int) {
	t.Helper()
	n := 0
	for _, visit := range came {
		if n < len(readings) && visit.Sub(readings[n]) > -200*time.Millisecond && visit.Sub(readings[n]) < 900*time.Millisecond {
			n++
			continue
		}
		cut := func(end time.Time) bool { return visit.Sub(end).Abs() < time.Second }
		if !slices.ContainsFunc(ends, cut) {
			missing++
		}
	}
	if n != len(readings) {
		t.Errorf("%d readings have no visit of their own: %d visits, %d readings", len(readings)-n, len(came), len(readings))
	}
	return missing
}

// Two agents in processes of their own deliver to an installation in a third.
// The link is cut, one agent is killed again and again, the installation is
// killed: the target's own record and the installation's agree to the probe.
func TestAgentsDeliverEveryReadingOnce(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			target, s, folder := newVisits(t), newSite(t, engine), t.TempDir()
			watched(t, s.db, target.URL)
			steady, shaky := newCable(t, s.address), newCable(t, s.address)
			launch := func(w *cable, slug, token string) *process {
				return run2(t, []string{"JARD_TOKEN=" + token}, "agent", "--server", w.url, "--state", filepath.Join(folder, slug), "--deliver-every", "150ms")
			}
			one := launch(steady, "tunis", s.invite("tunis", vantage.Mobile))
			two := launch(shaky, "paris", s.invite("paris", vantage.Abroad))
			delivered := func(slug string, n int64) func() bool {
				return func() bool { return s.vantage(slug).Sequence >= n }
			}
			until(t, "both deliver", 20*time.Second, func() bool { return delivered("tunis", 2)() && delivered("paris", 2)() })

			// The link of one is cut; the other is killed at whatever moment, with and without a link.
			steady.set(true)
			kills := 0
			for n := range 4 {
				shaky.set(n%2 == 1)
				time.Sleep(time.Duration(350+173*n) * time.Millisecond)
				two.end(t, os.Kill)
				kills++
				two = launch(shaky, "paris", "")
			}
			shaky.set(false)
			steady.set(false)
			// While they deliver what waited, the installation is killed.
			time.Sleep(300 * time.Millisecond)
			s.process.end(t, os.Kill)
			s.start()
			before := [2]int64{s.vantage("tunis").Sequence, s.vantage("paris").Sequence}
			until(t, "both deliver again", 30*time.Second, func() bool {
				return delivered("tunis", before[0]+3)() && delivered("paris", before[1]+3)()
			})
			last := time.Now()
			one.end(t, syscall.SIGTERM)
			two.end(t, syscall.SIGTERM)

			lost := 0
			for n := range looked {
				slug := fmt.Sprintf("s%d", n)
				if missing := agree(t, target.of(steady.url, "/"+slug), s.stored(s.vantage("tunis").ID, slug), last); missing > 0 {
					t.Errorf("%s: %d visits of the agent that was never killed have no reading", slug, missing)
				}
				lost += agree(t, target.of(shaky.url, "/"+slug), s.stored(s.vantage("paris").ID, slug), last)
			}
			// A killed agent loses what it had not brought to disk: at most its newest reading of each check.
			if lost > kills*looked {
				t.Errorf("%d readings are missing after %d kills", lost, kills)
			}
			for _, slug := range []string{"tunis", "paris"} {
				if v := s.vantage(slug); v.Gaps != 0 || v.Lost != 0 {
					t.Errorf("%s: %d gaps, %d lost", slug, v.Gaps, v.Lost)
				}
			}
			t.Logf("%d batches of the one whose link was cut, %d of the one that was killed %d times and lost %d readings",
				s.vantage("tunis").Sequence, s.vantage("paris").Sequence, kills, lost)

			// Revoked at once: the agent is told, and ends.
			if _, err := s.views.Revoke(t.Context(), identity.System("test"), "paris"); err != nil {
				t.Fatal(err)
			}
			count := func() (n int) {
				for k := range looked {
					n += len(s.readings(s.vantage("paris").ID, fmt.Sprintf("s%d", k)))
				}
				return n
			}
			kept := count()
			two = launch(shaky, "paris", "")
			err := two.cmd.Wait()
			if code := two.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(two.said.String(), "was revoked") {
				t.Errorf("a revoked agent ended with %d, %v: %s", code, err, two.said)
			}
			if count() != kept {
				t.Error("readings of a revoked vantage were taken")
			}
		})
	}
}

// The clock of the agent's machine is an hour off, and at first there is no
// link over which it could learn the time.
func TestAnAgentWhoseClockIsAnHourOff(t *testing.T) {
	t.Parallel()
	target, s := newVisits(t), newSite(t, database.SQLite)
	watched(t, s.db, target.URL)
	link := newCable(t, s.address)
	c := configs.Default()
	c.BaseURL, c.Outgoing.AllowNetworks = link.url, []string{"127.0.0.0/8"}
	prober, err := newProber(c)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	begin := func(wrong time.Duration, token string) (stop func()) {
		a, err := agent.New(agent.Options{
			Server: link.url, Token: token, Dir: folder, Version: "test", HTTP: &http.Client{Timeout: time.Second}, Prober: prober,
			Wall: func() time.Time { return time.Now().Add(wrong) }, SealAfter: 100 * time.Millisecond, BeatEvery: 200 * time.Millisecond,
			PullEvery: 200 * time.Millisecond, LongestWait: 300 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		return func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	stop := begin(time.Hour, s.invite("sfax", vantage.Ministry))
	until(t, "it delivers", 10*time.Second, func() bool { return s.vantage("sfax").Sequence >= 2 })
	if off := time.Duration(s.vantage("sfax").OffsetUs) * time.Microsecond; (off + time.Hour).Abs() > time.Second {
		t.Errorf("the installation knows an offset of %s; want -1h", off)
	}
	first := time.Now()
	stop()
	// It begins again without a link, its clock now an hour late: what it sees is spooled, and corrected later.
	link.set(true)
	came := len(target.of(link.url, "/s0"))
	stop = begin(-time.Hour, "")
	until(t, "it looks without a link", 10*time.Second, func() bool { return len(target.of(link.url, "/s0")) >= came+2 })
	link.set(false)
	until(t, "it learns the time", 10*time.Second, func() bool {
		return (time.Duration(s.vantage("sfax").OffsetUs)*time.Microsecond - time.Hour).Abs() < time.Second
	})
	last := time.Now()
	stop()
	for n := range looked {
		slug := fmt.Sprintf("s%d", n)
		if missing := agree(t, target.of(link.url, "/"+slug), s.stored(s.vantage("sfax").ID, slug), first, last); missing > 0 {
			t.Errorf("%s: %d visits have no reading at their time", slug, missing)
		}
	}
	if v := s.vantage("sfax"); v.Unsure != 0 {
		t.Errorf("%d readings are marked as uncertain although their clock became known", v.Unsure)
	}
}
