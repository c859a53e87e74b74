package watch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// proberFunc is a prober that tests write in place.
type proberFunc func(context.Context, monitor.Check) monitor.Reading

func (f proberFunc) Probe(ctx context.Context, c monitor.Check) monitor.Reading { return f(ctx, c) }

// bubble is a watch without a database, in a bubble of its own time.
type bubble struct {
	*Watch
	skew atomic.Int64 // by how much the wall clock is wrong
}

func (b *bubble) clock() time.Time { return time.Now().Round(0).Add(time.Duration(b.skew.Load())) }

// inBubble runs body with a watch on n checks of one minute each, one host a check.
func inBubble(t *testing.T, n int, p proberFunc, body func(*bubble)) {
	db := databasetest.Open(t) // opened outside, never used inside: it has goroutines of its own
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{}
		store := monitordb.New(db, b.clock)
		b.Watch = New(Options{Store: store, Prober: p, Now: b.clock, Zone: time.UTC})
		var list []monitordb.Watched
		for i := range n {
			list = append(list, monitordb.Watched{Check: monitor.Check{
				ID: int64(i + 1), Service: fmt.Sprintf("s%d", i), Name: "home", Schedule: "@every 60s",
				Target: fmt.Sprintf("http://host-%d/", i), Timeout: 10 * time.Second,
			}, Current: monitor.Current{CheckID: int64(i + 1), LastAt: b.clock()}})
		}
		b.adopt(list)
		ctx, cancel := context.WithCancel(t.Context())
		go b.rounds(ctx)
		body(b)
		cancel()
		synctest.Wait()
		b.pool.wait()
	})
}

func TestEveryCheckRunsOncePerPeriod(t *testing.T) {
	var looks atomic.Int64
	inBubble(t, 1000, func(context.Context, monitor.Check) monitor.Reading {
		looks.Add(1)
		return monitor.Reading{Status: 200, At: time.Now()}
	}, func(b *bubble) {
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := looks.Load(); n != 1000 {
			t.Errorf("%d looks in the first period; want each check once", n)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := looks.Load(); n != 11_000 || b.Pulse().Missed != 0 {
			t.Errorf("%d looks in 11 periods, %d missed; want 11000 and 0", n, b.Pulse().Missed)
		}
	})
}

// A check that was never looked at is looked at within seconds, and that look
// does not stand in the way of the first regular one, whenever the watch starts.
func TestAFirstLookDoesNotCostATurn(t *testing.T) {
	const checks, took = 300, 50 * time.Millisecond
	db := databasetest.Open(t)
	for shift := time.Duration(0); shift < 10*time.Second; shift += 475 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(shift)
			store := monitordb.New(db, time.Now)
			var mu sync.Mutex
			firsts, began := map[int64]time.Duration{}, time.Now()
			w := New(Options{Store: store, Zone: time.UTC, PerHost: -1, Prober: proberFunc(
				func(_ context.Context, c monitor.Check) monitor.Reading {
					mu.Lock()
					if _, seen := firsts[c.ID]; !seen {
						firsts[c.ID] = time.Since(began)
					}
					mu.Unlock()
					time.Sleep(took)
					return monitor.Reading{Status: 200, At: time.Now()}
				})})
			var list []monitordb.Watched
			for i := range checks {
				list = append(list, monitordb.Watched{Check: monitor.Check{
					ID: int64(i + 1), Service: fmt.Sprintf("s%d", i), Name: "home", Schedule: "@every 10s",
					Target: "http://host/", Timeout: 5 * time.Second,
				}, Current: monitor.Current{CheckID: int64(i + 1)}})
			}
			w.adopt(list)
			ctx, cancel := context.WithCancel(t.Context())
			go w.rounds(ctx)
			time.Sleep(30 * time.Second)
			synctest.Wait()
			if missed := w.Pulse().Missed; missed != 0 {
				t.Errorf("started %s after the minute: %d turns missed", shift, missed)
			}
			for id, after := range firsts {
				if after > firstWithin {
					t.Errorf("started %s after the minute: check %d first looked at after %s", shift, id, after)
				}
			}
			if len(firsts) != checks {
				t.Errorf("%d of %d checks looked at", len(firsts), checks)
			}
			cancel()
			synctest.Wait()
			w.pool.wait()
		})
	}
}

func TestARunThatFindsTheLastOneUnderWayIsMissed(t *testing.T) {
	inBubble(t, 1, func(ctx context.Context, _ monitor.Check) monitor.Reading {
		select {
		case <-time.After(150 * time.Second):
		case <-ctx.Done():
		}
		return monitor.Reading{Status: 200, At: time.Now()}
	}, func(b *bubble) {
		time.Sleep(3*time.Minute + 10*time.Second)
		synctest.Wait()
		if missed := b.Pulse().Missed; missed != 2 {
			t.Errorf("%d missed while one look took two and a half periods; want 2", missed)
		}
	})
}

func TestTheClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			var looks atomic.Int64
			inBubble(t, 10, func(context.Context, monitor.Check) monitor.Reading {
				looks.Add(1)
				return monitor.Reading{Status: 200, At: time.Now()}
			}, func(b *bubble) {
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				before := looks.Load()
				b.skew.Store(int64(by))
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				looked := looks.Load() - before
				// An hour that never was, or that the machine slept through, is a gap in the record.
				skipped := int64(max(by, 0) / time.Minute * 10)
				if looked < 90 || looked > 110 || b.Pulse().Missed != skipped {
					t.Errorf("%d looks in 10 periods after the clock was set, %d missed; want about 100 and %d",
						looked, b.Pulse().Missed, skipped)
				}
				for _, c := range b.Pulse().Checks {
					if by > 0 && fmt.Sprint(c.Missed) != "[{clock 60}]" || by < 0 && c.Missed != nil {
						t.Errorf("%s missed %v", c.Service, c.Missed)
					}
				}
			})
		})
	}
}

func TestAFailureIsConfirmedTwice(t *testing.T) {
	var at []time.Duration
	begin := time.Time{}
	inBubble(t, 1, func(context.Context, monitor.Check) monitor.Reading {
		if begin.IsZero() {
			begin = time.Now()
		}
		at = append(at, time.Since(begin))
		return monitor.Reading{Status: 500, At: time.Now()}
	}, func(b *bubble) {
		time.Sleep(119 * time.Second)
		synctest.Wait()
		if got := fmt.Sprint(at); got != "[0s 5s 20s 1m0s]" && got != "[0s 5s 20s]" {
			t.Errorf("looked at %s; want at once, after 5 s, after 20 s, then as scheduled", got)
		}
		if p := b.Pulse(); !p.Checks[0].Open || p.Incidents != 1 || p.Missed != 0 {
			t.Errorf("pulse %+v; want one incident", p)
		}
	})
}

func TestOurOwnOutageBlamesNobody(t *testing.T) {
	var cut atomic.Bool
	inBubble(t, 60, func(context.Context, monitor.Check) monitor.Reading {
		r := monitor.Reading{Status: 200, At: time.Now()}
		if cut.Load() {
			r.Status, r.Reason = 0, monitor.NoDNS
		}
		return r
	}, func(b *bubble) {
		time.Sleep(3 * time.Minute)
		cut.Store(true)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		p := b.Pulse()
		if p.Incidents != 0 {
			t.Errorf("%d services blamed for our own outage", p.Incidents)
		}
		cut.Store(false)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for _, c := range b.Pulse().Checks {
			if c.Standing != monitor.Up {
				t.Errorf("%s is %v after the link came back", c.Service, c.Standing)
			}
		}
	})
}

func TestOneServiceThatFailsIsBlamed(t *testing.T) {
	inBubble(t, 60, func(_ context.Context, c monitor.Check) monitor.Reading {
		r := monitor.Reading{Status: 200, At: time.Now()}
		if c.ID <= 3 {
			r.Status, r.Reason = 0, monitor.Connect
		}
		return r
	}, func(b *bubble) {
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if p := b.Pulse(); p.Incidents != 3 {
			t.Errorf("%d incidents; want 3", p.Incidents)
		}
	})
}

func TestOffsetsDoNotMoveOnReload(t *testing.T) {
	inBubble(t, 5, func(context.Context, monitor.Check) monitor.Reading {
		return monitor.Reading{Status: 200, At: time.Now()}
	}, func(b *bubble) {
		before := map[int64]time.Time{}
		for id, tg := range b.targets {
			before[id] = tg.table.Next(b.clock())
		}
		var again []monitordb.Watched
		for _, tg := range b.targets {
			c := tg.check
			c.UpdatedAt = b.clock() // edited
			again = append(again, monitordb.Watched{Check: c, Current: tg.current})
		}
		b.mu.Lock()
		b.adopt(again)
		b.mu.Unlock()
		for id, tg := range b.targets {
			if got := tg.table.Next(b.clock()); !got.Equal(before[id]) {
				t.Errorf("check %d moved from %v to %v", id, before[id], got)
			}
		}
	})
}
