package watch

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// office is a calendar in which every day is worked from one to two at night,
// when bubbles begin.
func office() monitor.Calendar {
	hours := monitor.Season{Code: "all", Days: monitor.Weekdays(), Opens: time.Hour, Closes: 2 * time.Hour}
	return monitor.Calendar{Zone: time.UTC, Seasons: []monitor.Season{hours}}
}

// inOffice are checks of a minute each, of 15 seconds in office hours.
func inOffice() []monitordb.Watched {
	list := minutely(2, "a")()
	list[0].Windows = []monitor.Window{{Kind: monitor.OfficeHours, Schedule: "@every 15s"}}
	return list
}

// Whoever keeps the calendar asks a database for holidays. One that hangs must
// not hold up the rounds: checks with windows are looked at by what is known.
func TestACalendarThatHangsStopsNobody(t *testing.T) {
	var looks, asked atomic.Int64
	var hang chan struct{}
	o := Options{Prober: proberFunc(func(ctx context.Context, c monitor.Check) monitor.Reading {
		looks.Add(1)
		return fine(ctx, c)
	})}
	o.Calendar = func() monitor.Calendar {
		if asked.Add(1) > 1 {
			<-hang
		}
		return office()
	}
	rounds(t, o, inOffice, func(w *Watch, _ *none) {
		hang = make(chan struct{})
		ctx, cancel := context.WithCancel(context.Background())
		go w.keepCalendar(ctx)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := looks.Swap(0); n != 120 || asked.Load() != 2 {
			t.Errorf("%d looks in the hour before, the calendar asked for %d times; want 120 and 2", n, asked.Load())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := looks.Swap(0); n != 300 || missedOf(w) != "[]" {
			t.Errorf("%d looks in office hours, missed %s; want 300 and none", n, missedOf(w))
		}
		cancel()
		close(hang)
	})
}

// A calendar that comes late changes the pace at once.
func TestACalendarThatComesLateCountsAtOnce(t *testing.T) {
	var looks, asked atomic.Int64
	o := Options{Prober: proberFunc(func(ctx context.Context, c monitor.Check) monitor.Reading {
		looks.Add(1)
		return fine(ctx, c)
	})}
	o.Calendar = func() monitor.Calendar {
		if asked.Add(1) == 1 {
			time.Sleep(90 * time.Minute)
		}
		return office()
	}
	rounds(t, o, inOffice, func(w *Watch, _ *none) {
		ctx, cancel := context.WithCancel(context.Background())
		go w.keepCalendar(ctx)
		time.Sleep(90 * time.Minute)
		looks.Store(0)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if n := looks.Swap(0); n != 150 || missedOf(w) != "[]" {
			t.Errorf("%d looks once the calendar is there, missed %s; want 150 and none", n, missedOf(w))
		}
		cancel()
	})
}
