package file_test

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

// step is one look, or a declaration before it, and what must come of it.
type step struct {
	content  string // seen; "" for a failure
	modified string // Last-Modified
	newest   inventory.Date
	declare  inventory.Date // the data date of the entry from now on
	change   file.Change
	flag     file.Flag
	proves   inventory.Date // empty: nothing
}

func TestWhatAChangedFileProves(t *testing.T) {
	const owed = "2026-11-01"
	for name, c := range map[string]struct {
		column string
		steps  []step
	}{
		"the first sight proves nothing": {"", []step{{content: "a", declare: "2026-10-05", change: file.First}}},
		"another content is evidence, and silent": {"", []step{
			{content: "a", declare: "2026-10-05", change: file.First},
			{content: "b", change: file.Changed, flag: file.Silent, proves: "2026-11-17"},
		}},
		"a declared change is not silent": {"", []step{
			{content: "a", declare: "2026-10-05", change: file.First},
			{content: "b", declare: "2026-11-17", change: file.Changed, proves: "2026-11-17"},
		}},
		"a declaration afterwards explains a silent change": {"", []step{
			{content: "a", declare: "2026-10-05", change: file.First},
			{content: "b", change: file.Changed, flag: file.Silent, proves: "2026-11-17"},
			{content: "b", declare: "2026-11-17", change: file.Identical},
		}},
		"touched but identical, by the site": {"", []step{
			{content: "a", modified: "Mon", declare: "2026-10-05", change: file.First},
			{content: "a", modified: "Tue", change: file.Identical, flag: file.Touched},
		}},
		"touched but identical, by declaration": {"", []step{
			{content: "a", declare: "2026-10-05", change: file.First},
			{content: "a", declare: "2026-11-17", change: file.Identical, flag: file.Repeated},
			{content: "b", change: file.Changed, proves: "2026-11-18"}, // the file came a day later
		}},
		"a failure leaves the declaration to be compared": {"", []step{
			{content: "a", declare: "2026-10-05", change: file.First},
			{content: "", declare: "2026-11-17", change: file.Unseen},
			{content: "b", change: file.Changed, proves: "2026-11-18"},
		}},
		"the newest date reaches the period": {"Date", []step{
			{content: "a", newest: "2026-10-31", declare: "2026-10-05", change: file.First},
			{content: "b", newest: "2026-11-15", declare: "2026-11-17", change: file.Changed, proves: "2026-11-15"},
		}},
		"the newest date falls short": {"Date", []step{
			{content: "a", newest: "2026-09-30", declare: "2026-10-05", change: file.First},
			{content: "b", newest: "2026-10-31", declare: "2026-11-17", change: file.Changed, flag: file.Short},
		}},
		"a forecast proves no more than today": {"Date", []step{
			{content: "a", newest: "2026-10-31", declare: "2026-10-05", change: file.First},
			{content: "b", newest: "2050-12-31", declare: "2026-11-17", change: file.Changed, proves: "2026-11-17"},
		}},
		"a column that vanished dates nothing": {"Date", []step{
			{content: "a", newest: "2026-10-31", declare: "2026-10-05", change: file.First},
			{content: "b", declare: "2026-11-17", change: file.Changed, flag: file.Short},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := csv("https://www.exemple.tn/a.csv")
			f.DateColumn = c.column
			var declared inventory.Date
			for n, s := range c.steps {
				at := start.AddDate(0, 0, n)
				if s.declare != "" {
					declared = s.declare
				}
				if n == 0 {
					f.Declaring = declared
				}
				look := failed(at, file.Timeout, 0)
				if s.content != "" {
					look = saw(at, s.content)
					look.LastModified = s.modified
					look.Profile.Columns = []file.Column{{Name: "Date", Kind: file.Day, Max: string(s.newest)}}
				}
				before := f
				change := f.Take(look)
				e := f.Weigh(&before, change, file.Declared{Day: declared, Oldest: owed}, at)
				proved := inventory.Date("")
				if e != nil {
					proved = e.Day
					if e.Kind != inventory.Observed || e.Hash != s.content {
						t.Errorf("step %d: evidence %+v", n, e)
					}
				}
				if change != s.change || f.Flag != s.flag || proved != s.proves {
					t.Errorf("step %d: %s, flag %q, proves %q; want %s, %q, %q", n, change, f.Flag, proved, s.change, s.flag, s.proves)
				}
			}
		})
	}
}

func TestWhatProvesNothing(t *testing.T) {
	look := func(change func(*file.File, *file.Sight)) *inventory.Evidence {
		f := csv("https://www.exemple.tn/a.csv")
		f.Take(saw(start, "a"))
		s := saw(start.AddDate(0, 0, 7), "b")
		change(&f, s)
		before := f
		return f.Weigh(&before, f.Take(s), file.Declared{}, s.At)
	}
	for name, change := range map[string]func(*file.File, *file.Sight){
		"another format than declared":  func(_ *file.File, s *file.Sight) { s.Format = file.PDF },
		"a draft":                       func(f *file.File, _ *file.Sight) { f.Draft = true },
		"a page":                        func(_ *file.File, s *file.Sight) { s.Format = file.HTML },
		"half a file":                   func(_ *file.File, s *file.Sight) { s.Whole = false },
		"the same cells in other bytes": func(f *file.File, s *file.Sight) { f.Digest, s.Digest = "cells", "cells" },
	} {
		if e := look(change); e != nil {
			t.Errorf("%s proves %+v", name, e)
		}
	}
	if look(func(*file.File, *file.Sight) {}) == nil {
		t.Error("a changed file proves nothing")
	}
}

func TestWhenToLookNext(t *testing.T) {
	week := file.Pace{Every: 7 * 24 * time.Hour, Retry: 2 * time.Hour}
	f := csv("https://www.exemple.tn/a.csv")
	f.Take(saw(start, "a"))
	next := week.Next(&f, saw(start, "a"), nil, nil, start)
	if wait := next.Sub(start); wait < 84*time.Hour || wait > 11*24*time.Hour {
		t.Errorf("a file that is well: again after %s", wait)
	}
	if again := week.Next(&f, saw(next, "a"), nil, nil, next); again.Sub(next) != 7*24*time.Hour {
		t.Errorf("it loses its place: after %s", again.Sub(next))
	}
	due := start.AddDate(0, 0, 5)
	if wait := week.Next(&f, saw(start, "a"), &due, &due, start).Sub(start); wait > 36*time.Hour {
		t.Errorf("an update is owed in five days: again after %s", wait)
	}
	long := start.AddDate(-1, 0, 0)
	if wait := week.Next(&f, saw(start, "a"), &long, &long, start).Sub(start); wait < 84*time.Hour {
		t.Errorf("an update is owed since a year: again after %s", wait)
	}
	for n, hours := range []int{2, 4, 8, 16, 32, 64, 128, 168, 168} {
		f.Failures = n + 1
		if wait := week.Next(&f, failed(start, file.Timeout, 0), nil, nil, start).Sub(start); wait != time.Duration(hours)*time.Hour {
			t.Errorf("failure %d: again after %s; want %d h", n+1, wait, hours)
		}
	}
	asked := failed(start, file.Throttled, 429)
	asked.RetryAfter = 30 * time.Hour
	f.Failures = 0
	if wait := week.Next(&f, asked, nil, nil, start).Sub(start); wait != 30*time.Hour {
		t.Errorf("the site asks for 30 h: again after %s", wait)
	}
	if !week.Overdue(start.AddDate(0, 1, 0), start) || week.Overdue(start.AddDate(0, 0, 7), start) {
		t.Error("a clock that was put back by weeks silences looks")
	}
}

// A thousand files spread over the week: no hour has more than its share many times over.
func TestFilesAreSpreadOverTheInterval(t *testing.T) {
	pace := file.Pace{Every: 7 * 24 * time.Hour, Retry: time.Hour}
	hours := map[int]int{}
	for n := range 1680 {
		f := csv("https://www.exemple.tn/a.csv")
		f.DistributionID = time.Duration(n * 7919).String()
		hours[int(pace.Next(&f, saw(start, "a"), nil, nil, start).Sub(start).Hours())]++
	}
	for hour, n := range hours {
		if n > 40 {
			t.Errorf("hour %d has %d of 1680 looks", hour, n)
		}
	}
	if len(hours) < 150 {
		t.Errorf("looks fall into %d hours only", len(hours))
	}
}

func TestHowASiteIsTreated(t *testing.T) {
	m := file.Manners{Pause: 10 * time.Second, Budget: 5}
	var h file.Host
	h.Visited(saw(start, "a"), m, start)
	if wait := h.NotBefore.Sub(start); wait != 10*time.Second {
		t.Errorf("after a good look: %s", wait)
	}
	for n, want := range []time.Duration{20 * time.Second, 40 * time.Second, 80 * time.Second} {
		h.Visited(failed(start, file.Server, 503), m, start)
		if wait := h.NotBefore.Sub(start); wait != want {
			t.Errorf("failure %d of the site: %s; want %s", n+1, wait, want)
		}
	}
	asked := failed(start, file.Throttled, 429)
	asked.RetryAfter = time.Hour
	h.Used = 0
	h.Visited(asked, m, start)
	if wait := h.NotBefore.Sub(start); wait != time.Hour {
		t.Errorf("429 with an hour: %s", wait)
	}
	h = file.Host{}
	for range 5 {
		h.Visited(saw(start, "a"), m, start)
	}
	if !h.NotBefore.Equal(time.Date(2026, time.November, 17, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("its budget is spent: %s", h.NotBefore)
	}
	h.Visited(saw(start, "a"), m, start.AddDate(0, 0, 1))
	if h.Used != 1 {
		t.Errorf("a new day begins with %d", h.Used)
	}
	if h.Free(start.AddDate(0, 0, 1)) || !h.Free(start.AddDate(-1, 0, 0)) {
		t.Error("a rest survives a clock that was put back by a year, or none at all")
	}
}
