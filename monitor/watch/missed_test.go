package watch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// none is a source that nobody asks and a keeper that keeps nothing, but gaps.
type none struct {
	mu   sync.Mutex
	gaps []monitor.Gap
	fail bool
}

func (*none) Version(context.Context) (int64, error)                      { return 0, nil }
func (*none) Watched(context.Context) ([]monitordb.Watched, int64, error) { return nil, 0, nil }
func (*none) Add(monitordb.Entry)                                         {}
func (*none) Flush(context.Context) error                                 { return nil }
func (*none) Run(context.Context) error                                   { return nil }
func (*none) Stats() monitordb.Stats                                      { return monitordb.Stats{} }

func (n *none) KeepGaps(_ context.Context, gaps []monitor.Gap) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail {
		return errors.New("away")
	}
	n.gaps = append(n.gaps, gaps...)
	return nil
}

// rounds runs body with a watch on list, in a bubble of its own time.
func rounds(t *testing.T, o Options, list func() []monitordb.Watched, body func(*Watch, *none)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		kept := &none{}
		o.Source, o.Keeper, o.Gaps, o.Zone = kept, kept, kept, time.UTC
		w := New(o)
		w.mu.Lock()
		w.adopt(list())
		w.mu.Unlock()
		ctx, cancel := context.WithCancel(t.Context())
		go w.rounds(ctx)
		body(w, kept)
		cancel()
		synctest.Wait()
		w.pool.wait()
	})
}

// minutely are n checks of one host, once a minute, last looked at just now.
func minutely(n int, host string) func() []monitordb.Watched {
	return func() (list []monitordb.Watched) {
		for i := range n {
			list = append(list, monitordb.Watched{Check: monitor.Check{
				ID: int64(i + 1), Service: fmt.Sprintf("s%d", i), Name: "home", Kind: monitor.HTTP, Schedule: "@every 60s",
				Target: "http://" + host + "/", Timeout: 10 * time.Second,
			}, Current: monitor.Current{CheckID: int64(i + 1), LastAt: time.Now()}})
		}
		return list
	}
}

func fine(context.Context, monitor.Check) monitor.Reading {
	return monitor.Reading{Status: 200, At: time.Now()}
}

func missedOf(w *Watch) string {
	by := map[monitor.Miss]int64{}
	var sum int64
	p := w.Pulse()
	for _, c := range p.Checks {
		for _, m := range c.Missed {
			by[m.Cause] += m.Count
			sum += m.Count
		}
	}
	if sum != p.Missed {
		return fmt.Sprintf("%d in all, %d by cause", p.Missed, sum)
	}
	return fmt.Sprint(missCounts(by))
}

func TestAMissedLookHasItsCause(t *testing.T) {
	slow := func(took time.Duration) proberFunc {
		return func(ctx context.Context, _ monitor.Check) monitor.Reading {
			select {
			case <-time.After(took):
			case <-ctx.Done():
			}
			return monitor.Reading{Status: 200, At: time.Now()}
		}
	}
	t.Run("running", func(t *testing.T) {
		rounds(t, Options{Prober: slow(150 * time.Second)}, minutely(1, "a"), func(w *Watch, _ *none) {
			time.Sleep(3*time.Minute + 10*time.Second)
			synctest.Wait()
			if got := missedOf(w); got != "[{running 2}]" {
				t.Errorf("missed %s", got)
			}
		})
	})
	t.Run("overloaded", func(t *testing.T) {
		rounds(t, Options{Prober: slow(70 * time.Second), InFlight: 1, PerHost: -1}, minutely(2, "a"), func(w *Watch, _ *none) {
			time.Sleep(2*time.Minute + 10*time.Second)
			synctest.Wait()
			if got := missedOf(w); got != "[{running 1} {overloaded 1}]" {
				t.Errorf("missed %s", got)
			}
		})
	})
	t.Run("polite", func(t *testing.T) {
		rounds(t, Options{Prober: slow(70 * time.Second), PerHost: 1}, minutely(2, "a"), func(w *Watch, _ *none) {
			time.Sleep(2*time.Minute + 10*time.Second)
			synctest.Wait()
			if got := missedOf(w); got != "[{running 1} {polite 1}]" {
				t.Errorf("missed %s", got)
			}
		})
	})
	t.Run("late", func(t *testing.T) {
		rounds(t, Options{Prober: proberFunc(fine)}, minutely(3, "a"), func(w *Watch, _ *none) {
			w.mu.Lock()
			for n := range w.agenda { // as when the rounds stood still for five minutes
				w.agenda[n].at = w.agenda[n].at.Add(-5 * time.Minute)
			}
			w.mu.Unlock()
			nudge(w.poke)
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			// Of the five turns of each that passed one was taken late.
			if got := missedOf(w); got != "[{late 12}]" {
				t.Errorf("missed %s", got)
			}
		})
	})
	t.Run("stopped", func(t *testing.T) {
		list := func() []monitordb.Watched {
			l := minutely(2, "a")()
			l[0].Current.LastAt = time.Now().Add(-10 * time.Minute)
			l[1].Current.LastAt = time.Time{} // never looked at: nothing was missed
			return l
		}
		rounds(t, Options{Prober: proberFunc(fine)}, list, func(w *Watch, kept *none) {
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := missedOf(w); got != "[{stopped 10}]" {
				t.Errorf("missed %s", got)
			}
			if err := w.storeGaps(t.Context()); err != nil || len(kept.gaps) != 1 || kept.gaps[0].CheckID != 0 || kept.gaps[0].Missed != 10 {
				t.Errorf("kept %+v, %v", kept.gaps, err)
			}
		})
	})
}

// Every turn that was due either was looked at or is counted as missed,
// whatever gets in the way.
func TestEveryTurnIsAccountedFor(t *testing.T) {
	var looks, n atomic.Int64
	prober := proberFunc(func(ctx context.Context, _ monitor.Check) monitor.Reading {
		took := time.Duration(n.Add(1)*7919%130) * time.Second // up to more than two periods
		r := monitor.Reading{Status: 200, At: time.Now()}
		select {
		case <-time.After(took):
			looks.Add(1)
		case <-ctx.Done():
		}
		return r
	})
	const checks, turns = 40, 60
	rounds(t, Options{Prober: prober, InFlight: 25, PerHost: 10, HostPause: time.Second}, func() []monitordb.Watched {
		list := minutely(checks, "a")()
		for i := range list {
			list[i].Check.Target = fmt.Sprintf("http://host-%d/", i%3)
		}
		return list
	}, func(w *Watch, _ *none) {
		time.Sleep(turns * time.Minute)
		synctest.Wait()
		w.mu.Lock()
		under := int64(0)
		for _, target := range w.targets {
			if target.running {
				under++
			}
		}
		missed := w.missed
		w.mu.Unlock()
		if got := looks.Load() + under + missed; got != checks*turns || missed == 0 {
			t.Errorf("%d looked at, %d under way, %d missed: %d of %d turns", looks.Load(), under, missed, got, checks*turns)
		}
	})
}

func TestGapsGrowAndAreKept(t *testing.T) {
	rounds(t, Options{Prober: proberFunc(func(ctx context.Context, _ monitor.Check) monitor.Reading {
		select {
		case <-time.After(10 * time.Minute):
		case <-ctx.Done():
		}
		return monitor.Reading{Status: 200, At: time.Now()}
	})}, minutely(1, "a"), func(w *Watch, kept *none) {
		time.Sleep(4*time.Minute + time.Second)
		synctest.Wait()
		kept.fail = true
		if err := w.storeGaps(t.Context()); err == nil {
			t.Error("nobody said that gaps could not be kept")
		}
		kept.fail = false
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if err := w.storeGaps(t.Context()); err != nil {
			t.Fatal(err)
		}
		last := kept.gaps[len(kept.gaps)-1]
		if last.CheckID != 1 || last.Cause != monitor.MissRunning || last.Missed != 6 || last.EndedAt.Sub(last.StartedAt) != 5*time.Minute {
			t.Errorf("kept %+v", last)
		}
		for _, g := range kept.gaps {
			if !g.StartedAt.Equal(last.StartedAt) {
				t.Errorf("a gap that grew began twice: %+v", kept.gaps)
			}
		}
	})
}

func TestGapsAreStored(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := monitordb.New(db, nil)
		noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		gap := func(check int64, cause monitor.Miss, from, to int, missed int64) monitor.Gap {
			return monitor.Gap{
				CheckID: check, Cause: cause, Missed: missed,
				StartedAt: noon.Add(time.Duration(from) * time.Minute), EndedAt: noon.Add(time.Duration(to) * time.Minute),
			}
		}
		for _, list := range [][]monitor.Gap{
			{gap(1, monitor.MissRunning, 0, 2, 3), gap(2, monitor.MissLate, 0, 2, 3)},
			{gap(1, monitor.MissRunning, 0, 5, 6), gap(0, monitor.MissBlind, 3, 4, 9)}, // one grew
			nil,
		} {
			if err := s.KeepGaps(t.Context(), list); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Gaps(t.Context(), 1, noon.Add(time.Minute), noon.Add(time.Hour))
		if err != nil || len(got) != 2 || got[0].Missed != 6 || got[0].EndedAt.Sub(got[0].StartedAt) != 5*time.Minute || got[1].Cause != monitor.MissBlind {
			t.Errorf("gaps %+v, %v", got, err)
		}
		if blind := monitor.Blind(got); len(blind) != 1 || blind[0].Length() != time.Minute {
			t.Errorf("blind %v", blind)
		}
		if err := s.ForgetGaps(t.Context(), noon.Add(3*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Gaps(t.Context(), 2, noon, noon.Add(time.Hour)); err != nil || len(got) != 1 {
			t.Errorf("after forgetting: %+v, %v", got, err)
		}
	})
}

func TestAHostIsLeftAloneBetweenVisits(t *testing.T) {
	var mu sync.Mutex
	var visits []time.Time
	rounds(t, Options{HostPause: 2 * time.Second, Prober: proberFunc(func(context.Context, monitor.Check) monitor.Reading {
		mu.Lock()
		visits = append(visits, time.Now())
		mu.Unlock()
		return monitor.Reading{Status: 200, At: time.Now()}
	})}, minutely(20, "a"), func(w *Watch, _ *none) {
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		for n := 1; n < len(visits); n++ {
			if pause := visits[n].Sub(visits[n-1]); pause < 2*time.Second {
				t.Fatalf("visit %d after %v; want 2 s or more", n, pause)
			}
		}
		if len(visits) < 55 || missedOf(w) != "[]" {
			t.Errorf("%d visits, missed %s; want some 60 and none", len(visits), missedOf(w))
		}
	})
}

func TestAHostThatAsksToBeLeftAloneIs(t *testing.T) {
	var mu sync.Mutex
	visits := map[string][]time.Time{}
	rounds(t, Options{Prober: proberFunc(func(_ context.Context, c monitor.Check) monitor.Reading {
		mu.Lock()
		defer mu.Unlock()
		visits[c.Target] = append(visits[c.Target], time.Now())
		r := monitor.Reading{Status: 200, At: time.Now()}
		if c.ID == 1 && len(visits[c.Target]) == 1 {
			r.Status, r.Walled, r.After = 429, true, 150*time.Second
		}
		return r
	})}, func() []monitordb.Watched {
		list := minutely(2, "a")()
		list[1].Check.Target = "http://b/"
		return list
	}, func(w *Watch, _ *none) {
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		asked := visits["http://a/"]
		if pause := asked[1].Sub(asked[0]); pause != 150*time.Second {
			t.Errorf("visited again after %v; want the 150 s asked for", pause)
		}
		if n := len(visits["http://b/"]); n != 6 {
			t.Errorf("another host was visited %d times; want 6", n)
		}
		if got := missedOf(w); got != "[{polite 1}]" {
			t.Errorf("missed %s", got)
		}
	})
}

func TestAWindowChangesThePaceWithoutRestart(t *testing.T) {
	var looks atomic.Int64
	from, to := time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC), time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC) // bubbles begin at the year's beginning
	window := monitor.Window{Kind: monitor.DatedHours, From: &from, To: &to, Schedule: "@every 15s"}
	rounds(t, Options{Prober: proberFunc(func(_ context.Context, _ monitor.Check) monitor.Reading {
		looks.Add(1)
		return monitor.Reading{Status: 200, At: time.Now()}
	})}, minutely(1, "a"), func(w *Watch, _ *none) {
		time.Sleep(30 * time.Minute)
		changed := minutely(1, "a")()
		changed[0].Windows = []monitor.Window{window}
		w.mu.Lock()
		w.adopt(changed)
		w.mu.Unlock()
		nudge(w.poke)
		time.Sleep(time.Until(from))
		synctest.Wait()
		if n := looks.Swap(0); n != 60 {
			t.Errorf("%d looks in the hour before; want 60", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := looks.Swap(0); n != 240 {
			t.Errorf("%d looks inside the window; want 240", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := looks.Load(); n != 60 || missedOf(w) != "[]" {
			t.Errorf("%d looks in the hour after, missed %s; want 60 and none", n, missedOf(w))
		}
	})
}

// own says what it is told to.
type own struct{ down atomic.Bool }

func (o *own) Down(context.Context, string, monitor.Reason) bool { return o.down.Load() }

func TestFewHostsAndOurOwnLink(t *testing.T) {
	var cut atomic.Bool
	link := &own{}
	rounds(t, Options{Own: link, Prober: proberFunc(func(context.Context, monitor.Check) monitor.Reading {
		r := monitor.Reading{Status: 200, At: time.Now()}
		if cut.Load() {
			r.Status, r.Reason = 0, monitor.NoDNS
		}
		return r
	})}, func() []monitordb.Watched {
		list := minutely(2, "a")()
		list[1].Check.Target = "http://b/"
		return list
	}, func(w *Watch, kept *none) {
		time.Sleep(2 * time.Minute)
		cut.Store(true)
		link.down.Store(true)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		p := w.Pulse()
		if p.Incidents != 0 || !p.Blind {
			t.Errorf("%d services blamed for our own outage; blind %v", p.Incidents, p.Blind)
		}
		if err := w.storeGaps(t.Context()); err != nil || len(kept.gaps) != 1 || kept.gaps[0].Cause != monitor.MissBlind {
			t.Errorf("kept %+v, %v; want one span of blindness", kept.gaps, err)
		}
		link.down.Store(false)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if p := w.Pulse(); p.Incidents != 2 {
			t.Errorf("%d incidents with our own link up; want both services", p.Incidents)
		}
	})
}

func TestReferencesMayBeAddresses(t *testing.T) {
	for reference, want := range map[string]string{
		"https://www.example.org/": "www.example.org:443", "http://example.org": "example.org:80",
		"https://example.org:8443/x": "example.org:8443", "192.0.2.1:53": "192.0.2.1:53", "https://[2001:db8::1]/": "[2001:db8::1]:443",
	} {
		if got := doorOf(reference); got != want {
			t.Errorf("%s is knocked at %s; want %s", reference, got, want)
		}
	}
}

func TestLocalHostsAreNeverExcused(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1:80": true, "localhost": true, "[::1]:443": true, "10.1.2.3": true, "www.example.org": false, "192.0.2.1:443": false,
	} {
		if got := local(host); got != want {
			t.Errorf("%s local: %v", host, got)
		}
	}
	if (&OwnLink{}).Down(t.Context(), "127.0.0.1:80", monitor.NoDNS) {
		t.Error("a service on this machine was excused")
	}
}

func TestAStallIsNoticed(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, tt := range []struct {
		name     string
		beats    []int // when the watchdog woke
		from, to int   // of the reading
		want     bool
	}{
		{"nobody watches", nil, 0, 500, false},
		{"all is well", []int{1, 21, 41, 61, 81, 101}, 5, 105, false},
		{"held up in the middle", []int{1, 21, 121, 141}, 5, 145, true},
		{"before it began", []int{1, 101, 121, 141}, 110, 150, false},
		{"a little", []int{1, 21, 46, 66}, 5, 70, false},
		{"a little of a long answer", []int{1, 21, 91, 111}, 5, 2005, true}, // and then not even a beat
		{"the reading ends before the watchdog wakes", []int{1, 21}, 5, 205, true},
	} {
		s := newStalls()
		for _, b := range tt.beats {
			s.note(ms(b))
		}
		if got := s.held(s.begin.Add(ms(tt.from)), s.begin.Add(ms(tt.to))); got != tt.want {
			t.Errorf("%s: held up %v; want %v", tt.name, got, tt.want)
		}
	}
	s := newStalls()
	for b := 1; b < 3000; b += 20 {
		s.note(ms(b))
	}
	s.note(ms(3050))
	for b := 3070; b < 5000; b += 20 {
		s.note(ms(b))
	}
	if s.held(s.begin.Add(ms(2500)), s.begin.Add(ms(4900))) {
		t.Error("a fiftieth of a reading counts as held up")
	}
}
