package rounds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/alert/channel"
	"github.com/jard-odi/jard/alert/letter"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web/locale"
)

// The test binary starts itself again as a process that can be killed.
const (
	roleVariable  = "JARD_TEST_ROLE"
	urlVariable   = "JARD_TEST_URL"
	peerVariable  = "JARD_TEST_PEER"
	aheadVariable = "JARD_TEST_AHEAD"
)

func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "rounds" {
		beRounds()
		return
	}
	databasetest.Main(m)
}

var mcd = identity.Actor{Account: "sonia", Role: identity.MCD}

// beRounds makes rounds until it is killed.
func beRounds() {
	db, err := database.Open(database.Options{URL: os.Getenv(urlVariable)})
	ahead, parseErr := time.ParseDuration(os.Getenv(aheadVariable))
	if err := errors.Join(err, parseErr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	r, err := wire(db, os.Getenv(peerVariable), func() time.Time { return time.Now().Add(ahead) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	r.Every = 20 * time.Millisecond
	r.Run(context.Background())
}

func wire(db *gorm.DB, peer string, now func() time.Time) (*Rounds, error) {
	words, err := locale.Load()
	if err != nil {
		return nil, err
	}
	guard, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		return nil, err
	}
	url := func(path string) string { return "https://jard.example" + path }
	pen := &letter.Pen{Words: words, URL: url, Now: now}
	o := channel.Options{
		Client: guard.Client(5 * time.Second), Agent: "Jard test", Now: now,
		Post: func(ctx context.Context, m mail.Message) error { return maildb.Append(db.WithContext(ctx), m) },
	}
	r := &Rounds{Doors: map[string]channel.Door{}, Pen: pen, Log: slog.New(slog.DiscardHandler)}
	var public []alert.Channel
	for _, s := range []channel.Settings{
		{Name: "noc", Type: channel.Webhook, URL: peer + "/hook", Secret: "0123456789abcdef"},
		{Name: "am", Type: channel.Alertmanager, URL: peer + "/am"},
	} {
		if r.Doors[s.Name], err = channel.New(s, o); err != nil {
			return nil, err
		}
		public = append(public, s.Public())
	}
	r.Store = alertdb.New(db, alertdb.Options{
		Now: now, Settings: alert.Settings{Objectives: alert.Objectives{}}, URL: url, Pen: pen, Channels: public,
		Calendar: func(context.Context) (alert.Calendar, error) { return alert.UsualCalendar(time.UTC), nil },
		Routes: []alert.Route{{
			ID: "all", Name: "Tout", Enabled: true, Recovery: true, Group: alert.Apart,
			Steps: []alert.Step{{Channels: []string{"noc"}, Roles: []identity.Role{identity.MCD}}},
		}},
	})
	return r, nil
}

// seed adds a service, its check and somebody to be told; and has looked once.
func seed(t *testing.T, db *gorm.DB) {
	t.Helper()
	ok(t, db.Create(&identity.Institution{Slug: "marhp", Kind: identity.Ministry, Name: lang.Text{"fr": "marhp"}}).Error)
	ok(t, db.Create(&identity.Account{ID: "sonia", Email: "sonia@exemple.tn", Name: "Sonia", Role: identity.MCD, Language: "fr"}).Error)
	ok(t, db.Create(&monitor.Service{
		Slug: "eau", Name: lang.Text{"fr": "Eau"}, Institution: "marhp", URL: "http://127.0.0.1/", Tier: monitor.Critical, State: monitor.Active,
		Languages: []lang.Tag{}, LifeEvent: "tax",
	}).Error)
	ok(t, db.Exec("UPDATE alert_state SET value = ?", time.Now().Add(-time.Hour).UnixMicro()).Error)
}

// incident begins an incident at a moment.
func incident(t *testing.T, db *gorm.DB, id int64, at time.Time) {
	t.Helper()
	ok(t, db.Create(&monitor.Incident{
		ID: id, CheckID: id, Service: "eau", StartedAt: at.Add(-time.Minute), ConfirmedAt: at, Reason: monitor.Timeout,
		Severity: monitor.Major, Reach: 1, Revision: 1, TouchedAt: at,
	}).Error)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// peer counts what it is sent, by the key that knows a repetition.
type peer struct {
	*httptest.Server
	mu     sync.Mutex
	keys   []string
	am     []string
	status int
	came   func() // before it answers
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	p := &peer{status: 200}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		came, status := p.came, p.status
		if key := r.Header.Get(channel.KeyHeader); key != "" {
			p.keys = append(p.keys, key)
		} else {
			p.am = append(p.am, string(body))
		}
		p.mu.Unlock()
		if came != nil {
			came()
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(p.Close)
	return p
}

// seen returns how often each key came.
func (p *peer) seen() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := map[string]int{}
	for _, k := range p.keys {
		n[k]++
	}
	return n
}

func (p *peer) on(came func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.came = came
}

// child is a process that makes rounds.
type child struct{ cmd *exec.Cmd }

func spawn(t *testing.T, url, peer string, ahead time.Duration) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:gosec,noctx // ourselves; ended by the test
	cmd.Env = append(os.Environ(), roleVariable+"=rounds", urlVariable+"="+url, peerVariable+"="+peer, aheadVariable+"="+ahead.String())
	cmd.Stderr = os.Stderr
	ok(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &child{cmd}
}

// kill ends the process as a power cut would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func count(t *testing.T, db *gorm.DB, query string, args ...any) (n int) {
	t.Helper()
	ok(t, db.Raw(query, args...).Scan(&n).Error)
	return n
}

// A process is killed between the peer's taking a message and its being noted.
// The next one sends it again, under the same key: nothing is lost, and the
// peer can tell that it is the same. Mails are never doubled.
func TestKilledBetweenSendingAndNoting(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			url := databasetest.URL(t, engine)
			db, err := database.Open(database.Options{URL: url})
			ok(t, err)
			t.Cleanup(func() { _ = database.Close(db) })
			seed(t, db)
			incident(t, db, 1, time.Now())
			p := newPeer(t)
			arrived, go1 := make(chan struct{}), make(chan struct{})
			var once sync.Once
			p.on(func() {
				once.Do(func() { close(arrived) })
				<-go1
			})
			first := spawn(t, url, p.URL, 0)
			<-arrived
			first.kill()
			close(go1)
			done := make(chan struct{})
			var again sync.Once
			p.on(func() { again.Do(func() { close(done) }) })
			second := spawn(t, url, p.URL, alert.InHand+time.Second) // when what was in hand is free
			<-done
			await(t, func() bool { return count(t, db, "SELECT COUNT(*) FROM alert_messages WHERE state = 'sent'") == 1 })
			second.kill()
			if n := p.seen(); len(n) != 1 || p.keys[0] != p.keys[1] {
				t.Errorf("came %v; want one key, twice", n)
			}
			if n := count(t, db, "SELECT COUNT(*) FROM mail_outbox WHERE kind = 'alert'"); n != 1 {
				t.Errorf("%d mails; want 1", n)
			}
		})
	}
}

// Two processes make rounds on one PostgreSQL, and one after the other is
// killed and started again while incidents begin: each is told once.
func TestTwoProcessesAndKillsTellEachOnce(t *testing.T) {
	url := databasetest.URL(t, database.Postgres)
	db, err := database.Open(database.Options{URL: url})
	ok(t, err)
	t.Cleanup(func() { _ = database.Close(db) })
	seed(t, db)
	p := newPeer(t)
	a, b := spawn(t, url, p.URL, 0), spawn(t, url, p.URL, 0)
	const incidents = 12
	for n := range int64(incidents) {
		incident(t, db, n+1, time.Now())
		if n%4 == 3 {
			await(t, func() bool { return count(t, db, "SELECT COUNT(*) FROM alert_tellings") > int(n) })
			a.kill()
			a, b = b, spawn(t, url, p.URL, 0)
		}
	}
	await(t, func() bool {
		return count(t, db, "SELECT COUNT(*) FROM alert_messages WHERE channel = 'noc'") == incidents
	})
	a.kill()
	b.kill()
	last := spawn(t, url, p.URL, alert.InHand+time.Second) // takes what the dead had in hand
	await(t, func() bool {
		return count(t, db, "SELECT COUNT(*) FROM alert_messages WHERE channel = 'noc' AND state = 'sent'") == incidents
	})
	last.kill()
	if n := p.seen(); len(n) != incidents {
		t.Errorf("%d keys came; want %d", len(n), incidents)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM mail_outbox WHERE kind = 'alert'"); n != incidents {
		t.Errorf("%d mails; want %d", n, incidents)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM alert_tellings"); n != 2*incidents {
		t.Errorf("%d tellings; want %d", n, 2*incidents)
	}
}

// await waits for other processes.
func await(t *testing.T, until func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(60 * time.Second)
	for !until() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the other processes did not get there in a minute")
		}
	}
}

func TestWhatBecomesOfADelivery(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		seed(t, db)
		p := newPeer(t)
		at := time.Now()
		r, err := wire(db, p.URL, func() time.Time { return at })
		ok(t, err)
		incident(t, db, 1, at)
		p.status = http.StatusServiceUnavailable
		ok(t, r.Once(t.Context()))
		p.status = http.StatusNotFound
		at = at.Add(time.Minute)
		ok(t, r.Once(t.Context()))
		if got, want := r.Counts(), (map[Count]int64{
			{"webhook", ResultRetry}: 1, {"webhook", ResultDead}: 1, {alert.ByMail, ResultMailed}: 1,
		}); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Counts = %v; want %v", got, want)
		}
		all, err := r.Store.History(t.Context(), mcd, alertdb.Filter{State: alert.Dead, Limit: 5})
		if err != nil || len(all) != 1 || all[0].Cause != alert.Refused || all[0].Tries != 2 {
			t.Fatalf("History = %+v, %v", all, err)
		}
		p.status = http.StatusOK
		ok(t, r.Store.Retry(t.Context(), mcd, all[0].ID))
		ok(t, r.Carry(t.Context()))
		if n := p.seen()[all[0].ID]; n != 3 {
			t.Errorf("the same key came %d times; want 3", n)
		}
	})
}

func TestTryingAChannel(t *testing.T) {
	db := databasetest.Open(t)
	seed(t, db)
	p := newPeer(t)
	r, err := wire(db, p.URL, time.Now)
	ok(t, err)
	if failure, err := r.Try(t.Context(), mcd, "noc"); failure != nil || err != nil || len(p.keys) != 1 {
		t.Errorf("Try = %v, %v, %d came", failure, err, len(p.keys))
	}
	if failure, err := r.Try(t.Context(), mcd, "am"); failure != nil || err != nil || !strings.Contains(p.am[0], `"kind":"trial"`) {
		t.Errorf("Try = %v, %v, %v", failure, err, p.am)
	}
	p.status = http.StatusUnauthorized
	if failure, err := r.Try(t.Context(), mcd, "noc"); err != nil || failure == nil || failure.Cause != alert.SignIn {
		t.Errorf("Try = %v, %v", failure, err)
	}
	if _, err := r.Try(t.Context(), mcd, "nothing"); !errors.Is(err, fault.NotFound) {
		t.Errorf("a channel that is not there: %v", err)
	}
	if _, err := r.Try(t.Context(), identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp"}}, "noc"); !errors.Is(err, fault.Forbidden) {
		t.Errorf("somebody of one institution: %v", err)
	}
}

func TestAnAlertmanagerIsToldAgainOfWhatLasts(t *testing.T) {
	db := databasetest.Open(t)
	seed(t, db)
	p := newPeer(t)
	at := time.Now()
	r, err := wire(db, p.URL, func() time.Time { return at })
	ok(t, err)
	_, err = r.Store.AddRoute(t.Context(), mcd, alert.Route{Name: "AM", Enabled: true, Recovery: true, Steps: []alert.Step{{Channels: []string{"am"}}}})
	ok(t, err)
	incident(t, db, 1, at)
	ok(t, r.Once(t.Context())) // told, and refreshed for the first time
	at = at.Add(30 * time.Second)
	ok(t, r.Once(t.Context())) // too early
	at = at.Add(40 * time.Second)
	ok(t, r.Once(t.Context()))
	ok(t, db.Exec("UPDATE incidents SET ended_at = ?, resolution = 'recovered'", at).Error)
	at = at.Add(2 * time.Minute)
	ok(t, r.Once(t.Context())) // over, and no refresh
	if len(p.am) != 4 || slices.ContainsFunc(p.am, func(s string) bool { return !strings.Contains(s, `"service":"eau"`) }) {
		t.Errorf("came %d: %v; want told, refreshed twice, over", len(p.am), p.am)
	}
}

func TestTheDatabaseIsAway(t *testing.T) {
	db := databasetest.Open(t)
	seed(t, db)
	p := newPeer(t)
	r, err := wire(db, p.URL, time.Now)
	ok(t, err)
	incident(t, db, 1, time.Now())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Once(gone); err == nil {
		t.Error("a round without a database went well")
	}
	ok(t, r.Once(t.Context()))
	if len(p.keys) != 1 {
		t.Errorf("%d came; want what waited", len(p.keys))
	}
}
