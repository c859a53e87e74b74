package agent

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/vantage"
)

func usual(pause time.Duration) vantage.Manner {
	return vantage.NewManner("Africa/Tunis", []time.Duration{5 * time.Second, 15 * time.Second}, pause)
}

// The link is cut for a day. All that was seen waits on disk and arrives once,
// also when receipts get lost on the way.
func TestADayWithoutALink(t *testing.T) {
	t.Parallel()
	const checks, aDay = 2, 24 * 12 // looks of a check
	inBubble(t, nil, checks, usual(0), func(s *installation, l *looks, _ *Agent, dir string) {
		s.pace("@every 5m")
		time.Sleep(5 * time.Minute)
		s.link(false)
		time.Sleep(24 * time.Hour)
		before, _ := s.readings()
		waits := folder(t, dir)
		if looked := len(l.times()); looked-before < checks*aDay-checks || waits < int64(looked-before)*50 || waits > int64(looked-before)*300 {
			t.Errorf("%d looks in a day, %d readings delivered before it, %d bytes on disk", looked, before, waits)
		}
		if tries := s.patience; tries > 3*2*24*60 || tries < 3*24*60 { // heartbeat, checks and batch, each at least once a minute
			t.Errorf("%d requests were tried over a link that was cut", tries)
		}
		s.mu.Lock()
		s.swallow = 3
		s.mu.Unlock()
		s.link(true)
		time.Sleep(6 * time.Minute) // it tries again within a minute, and three receipts get lost
		synctest.Wait()
		looked := len(l.times())
		if all, _ := s.readings(); all < looked-checks || s.vantage.Gaps != 0 || s.vantage.Lost != 0 {
			t.Errorf("%d of %d readings came in %d batches, %d gaps, %d lost", all, looked, s.batches, s.vantage.Gaps, s.vantage.Lost)
		}
		if left := folder(t, dir); left > 2000 {
			t.Errorf("%d bytes stay on disk although everything came", left)
		}
		t.Logf("a day of %d checks: %d bytes on disk, %d batches", checks, waits, s.batches)
	})
}

// The spool is smaller than what six hours without a link bring: it never outgrows
// its bound by more than the segment being written, and who reads the numbers
// knows how much was lost.
func TestHoursWithoutALinkAndASmallSpool(t *testing.T) {
	t.Parallel()
	const checks, bound = 2, 6 << 10
	inBubble(t, func(o *Options) { o.SpoolBytes = bound }, checks, usual(0), func(s *installation, l *looks, _ *Agent, dir string) {
		s.pace("@every 5m")
		time.Sleep(time.Minute)
		s.link(false)
		for range 6 {
			time.Sleep(time.Hour)
			if waits := folder(t, dir); waits > bound+2<<10 {
				t.Fatalf("%d bytes on disk; the bound is %d", waits, bound)
			}
		}
		s.link(true)
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		looked := len(l.times())
		all, _ := s.readings()
		if lost := int(s.vantage.Lost); lost == 0 || all+lost < looked-checks || all+lost > looked {
			t.Errorf("%d looks, %d readings came, %d are told lost", looked, all, lost)
		}
	})
}

// Politeness is the installation's: two visits to a host keep its distance, and
// a distance that changes is kept from then on.
func TestTheAgentIsAsPoliteAsTheInstallation(t *testing.T) {
	closest := func(times []time.Time) time.Duration {
		least := time.Hour
		for n := range times[1:] {
			least = min(least, times[n+1].Sub(times[n]))
		}
		return least
	}
	inBubble(t, nil, 12, usual(2*time.Second), func(s *installation, l *looks, _ *Agent, _ string) {
		time.Sleep(10 * time.Minute)
		before := l.times()
		if got := closest(before); got < 2*time.Second {
			t.Errorf("two visits within %s; want 2s", got)
		}
		s.order(`"2"`, func(o *vantage.Orders) { o.Manner = usual(4 * time.Second) })
		time.Sleep(20 * time.Second)
		from := len(l.times())
		time.Sleep(10 * time.Minute)
		if after := l.times()[from:]; closest(after) < 4*time.Second || len(after) < 10*12-12 {
			t.Errorf("%d visits, two within %s; want 4s", len(after), closest(after))
		}
	})
}

// Failures are confirmed as the installation says, and as it says from then on.
func TestTheAgentConfirmsAsTheInstallationDoes(t *testing.T) {
	inBubble(t, nil, 1, vantage.NewManner("UTC", []time.Duration{5 * time.Second}, 0), func(s *installation, l *looks, _ *Agent, _ string) {
		l.mu.Lock()
		l.why = monitor.Timeout
		l.mu.Unlock()
		time.Sleep(10 * time.Minute)
		if n := len(l.times()); n < 11 || n > 13 {
			t.Errorf("%d looks in ten minutes; want one a minute and one that confirms", n)
		}
		s.order(`"2"`, func(o *vantage.Orders) {
			o.Manner = vantage.NewManner("UTC", []time.Duration{5 * time.Second, 7 * time.Second, 9 * time.Second}, 0)
		})
		time.Sleep(20 * time.Second)
		from := len(l.times())
		time.Sleep(10 * time.Minute)
		if n := len(l.times()) - from; n < 12 || n > 14 {
			t.Errorf("%d looks in ten minutes; want one a minute and three that confirm", n)
		}
	})
}

// ownLink says what it is told to.
type ownLink struct{ down atomic.Bool }

// Down implements watch.Own.
func (o *ownLink) Down(context.Context, string, monitor.Reason) bool { return o.down.Load() }

// An agent that watches too few hosts to tell asks its own system, as the
// installation does: its own outage is nobody's.
func TestTheAgentKnowsItsOwnLink(t *testing.T) {
	own := &ownLink{}
	inBubble(t, func(o *Options) { o.Own = own }, 2, usual(0), func(s *installation, l *looks, _ *Agent, _ string) {
		l.mu.Lock()
		l.why = monitor.Timeout
		l.mu.Unlock()
		own.down.Store(true)
		time.Sleep(5 * time.Minute)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.reasons[monitor.Timeout] != 0 || s.reasons[monitor.OwnNetwork] < 8 {
			t.Errorf("while its own link was down it told of %v", s.reasons)
		}
	})
}
