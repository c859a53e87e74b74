package watch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/outgoing"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case roleTarget:
		beTarget()
		return
	case roleFarm:
		beFarm()
		return
	case roleWatch:
		beWatch()
		return
	}
	databasetest.Main(m)
}

var mcd = identity.Actor{Account: "m", Role: identity.MCD}

// store returns a store with one ministry.
func store(t testing.TB, db *gorm.DB) *monitordb.Store {
	t.Helper()
	err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "MI"}}).Error
	if err != nil {
		t.Fatal(err)
	}
	return monitordb.New(db, nil)
}

// addService adds an active service with one check. The schedule is written
// past the rules, which allow nothing as frequent as tests need.
func addService(t testing.TB, db *gorm.DB, s *monitordb.Store, slug, target string, timeout time.Duration) monitor.Check {
	t.Helper()
	made, err := s.Add(context.Background(), mcd, monitor.Service{
		Slug: slug, Name: lang.Text{"fr": slug}, Institution: "mi", State: monitor.Active,
		Checks: []monitor.Check{{Name: "home", Target: target, Schedule: "@every 60s", Timeout: timeout}},
	}, schedule.Period)
	if err != nil {
		t.Fatal(err)
	}
	c := made.Checks[0]
	if err := db.Model(&c).UpdateColumn("schedule", "@every 1s").Error; err != nil {
		t.Fatal(err)
	}
	return c
}

func prober(t testing.TB) *probe.HTTP {
	t.Helper()
	g, err := outgoing.New([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return probe.New(probe.Options{Guard: g})
}

// run starts a watch and returns a function that stops it.
func run(t testing.TB, o Options) (*Watch, func()) {
	t.Helper()
	w := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("watch ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return w, stop
}

// await polls until ok, for at most 15 seconds.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited in vain: %s", what)
}

func number(t testing.TB, db *gorm.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

var quick = []time.Duration{20 * time.Millisecond, 40 * time.Millisecond}

func TestAnOutageFromEndToEnd(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		var broken atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if broken.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}))
		defer srv.Close()
		s := store(t, db)
		c := addService(t, db, s, "b3", srv.URL, 500*time.Millisecond)
		_, stop := run(t, Options{Store: s, Prober: prober(t), Rechecks: quick, Poll: 50 * time.Millisecond})

		await(t, "a good state", func() bool {
			return number(t, db, "SELECT COUNT(*) FROM check_current WHERE verdict = ?", monitor.Up) == 1
		})
		broken.Store(true)
		await(t, "an open incident", func() bool {
			return number(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NULL") == 1
		})
		broken.Store(false)
		await(t, "its end", func() bool {
			return number(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NOT NULL") == 1
		})
		stop()
		incidents, err := s.Incidents(t.Context(), "b3", 0, 10)
		if err != nil || len(incidents) != 1 || incidents[0].Reason != monitor.Status || incidents[0].Status != 500 {
			t.Errorf("incidents %+v, %v", incidents, err)
		}
		confirmed := incidents[0].ConfirmedAt.Sub(incidents[0].StartedAt)
		if confirmed < 60*time.Millisecond {
			t.Errorf("confirmed after %v; the re-checks take at least 60ms", confirmed)
		}
		readings, err := s.Readings(t.Context(), c.ID, time.Now().Add(-time.Minute), time.Now(), 100)
		if err != nil || !slices.ContainsFunc(kept(t, db), func(r monitor.Reading) bool { return r.Verdict == monitor.Suspect && r.Attempt > 1 }) {
			t.Errorf("readings %+v, %v; want the re-checks among them", readings, err)
		}
	})
}

func TestChangesTakeEffectWithoutRestart(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t)
	var hits, moved atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.URL.Path == "/moved" {
			moved.Add(1)
		}
	}))
	defer srv.Close()
	s := store(t, db)
	w, _ := run(t, Options{Store: s, Prober: prober(t), Poll: time.Hour})
	addService(t, db, s, "b3", srv.URL, 500*time.Millisecond)
	w.Changed()
	await(t, "the new check", func() bool { return hits.Load() > 0 })

	_, err := s.Change(t.Context(), mcd, "b3", func(v *monitor.Service) error {
		v.Checks[0].Target = srv.URL + "/moved"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Changed()
	await(t, "the new address", func() bool { return moved.Load() > 0 })

	_, err = s.Change(t.Context(), mcd, "b3", func(v *monitor.Service) error {
		v.State = monitor.Paused
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Changed()
	await(t, "the pause", func() bool { return len(w.Pulse().Checks) == 0 })
	before := hits.Load()
	time.Sleep(1500 * time.Millisecond) // longer than the period: nothing may happen
	if after := hits.Load(); after > before+1 {
		t.Errorf("%d visits after the pause", after-before)
	}
}

func TestAHangingTargetDelaysNobody(t *testing.T) {
	db := databasetest.Open(t)
	release := make(chan struct{})
	var healthy atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		healthy.Add(1)
	}))
	defer srv.Close()
	defer close(release)
	s := store(t, db)
	const each = 20
	for n := range each {
		addService(t, db, s, fmt.Sprintf("hang-%d", n), srv.URL+"/hang", 900*time.Millisecond)
		addService(t, db, s, fmt.Sprintf("well-%d", n), srv.URL, 900*time.Millisecond)
	}
	var mu sync.Mutex
	var worst time.Duration
	// As many places as a quarter of the checks: those that hang want them all.
	w, stop := run(t, Options{
		Store: s, Prober: prober(t), InFlight: 2 * each, PerHost: -1, Rechecks: []time.Duration{},
		Observe: func(o Observation) {
			mu.Lock()
			defer mu.Unlock()
			if o.Took < 500*time.Millisecond {
				worst = max(worst, o.Lag)
			}
		},
	})
	await(t, "three rounds of the healthy", func() bool { return healthy.Load() >= 3*each })
	stop()
	mu.Lock()
	defer mu.Unlock()
	if worst > 400*time.Millisecond {
		t.Errorf("a healthy target waited %v; want next to nothing", worst)
	}
	for _, c := range w.Pulse().Checks {
		if c.Service[:4] == "well" && (c.Standing != monitor.Up || c.Failed != 0) {
			t.Errorf("%s is %v with %d failures", c.Service, c.Standing, c.Failed)
		}
	}
}

func TestStoppingIsNoOutage(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t)
	arrived := make(chan struct{}, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer srv.Close()
	s := store(t, db)
	addService(t, db, s, "b3", srv.URL, 50*time.Second)
	_, stop := run(t, Options{Store: s, Prober: prober(t), Rechecks: []time.Duration{}})
	<-arrived
	began := time.Now()
	stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if n := len(kept(t, db)); n != 0 {
		t.Errorf("%d readings of a look that was cut short", n)
	}
}

func TestAStateOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		var broken atomic.Bool
		broken.Store(true)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if broken.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}))
		defer srv.Close()
		s := store(t, db)
		addService(t, db, s, "b3", srv.URL, 500*time.Millisecond)
		open := func() bool { return number(t, db, "SELECT COUNT(*) FROM incidents WHERE ended_at IS NULL") == 1 }
		o := Options{Store: s, Prober: prober(t), Rechecks: quick}
		_, stop := run(t, o)
		await(t, "an incident", open)
		stop()
		before := len(kept(t, db))
		_, stop = run(t, o)
		await(t, "more readings", func() bool { return len(kept(t, db)) > before })
		if !open() {
			t.Error("the incident did not go on")
		}
		broken.Store(false)
		await(t, "its end", func() bool { return !open() })
		stop()
		if n := number(t, db, "SELECT COUNT(*) FROM incidents"); n != 1 {
			t.Errorf("%d incidents; want the one", n)
		}
	})
}
