package monitordb

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// past makes up readings of a check as they are met, from at on: every phase
// is spread log-normally, one in 300 fails and is looked at again.
func past(check int64, at time.Time, n int, every time.Duration) []monitor.Reading {
	luck := rand.New(rand.NewPCG(uint64(check), 11)) //nolint:gosec // the same each time
	spread := func(median, sigma float64) time.Duration {
		return time.Duration(median*math.Exp(sigma*luck.NormFloat64())) * time.Microsecond
	}
	var list []monitor.Reading
	for range n {
		r := monitor.Reading{
			Check: check, At: at.Add(spread(250, 0.7)), Verdict: monitor.Up, Status: 200, Attempt: 1, Every: every, Bytes: 48_213,
			Phases: monitor.Phases{spread(600, 0.5), spread(8000, 0.08), spread(20_000, 0.08), spread(120_000, 0.35), spread(2000, 0.5)},
		}
		if luck.IntN(300) == 0 {
			r.Verdict, r.Reason, r.Status, r.Bytes = monitor.Suspect, monitor.Timeout, 0, 0
			again := r
			again.At, again.Attempt, again.Verdict = r.At.Add(every/5), 2, monitor.Up
			again.Reason, again.Status, again.Bytes = monitor.None, 200, 48_213
			list = append(list, r, again)
		} else {
			list = append(list, r)
		}
		at = at.Add(every)
	}
	return list
}

// hand gives readings to a writer as the watch would and has them stored.
func hand(t testing.TB, s *Store, list []monitor.Reading) {
	t.Helper()
	w := s.NewWriter(nil, 0)
	for n, r := range list {
		w.Add(Entry{Reading: r, Current: monitor.Current{CheckID: r.Check, Service: "b3", LastAt: r.At}})
		if n%97 == 96 {
			flush(t, w)
		}
	}
	flush(t, w)
}

func flush(t testing.TB, w *Writer) {
	t.Helper()
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func pack2(t testing.TB, s *Store) {
	t.Helper()
	for range 2 { // packing again changes nothing
		if err := s.Pack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// same fails unless what is kept of a check is want.
func same(t *testing.T, s *Store, check int64, want []monitor.Reading, when string) {
	t.Helper()
	got, err := s.Readings(t.Context(), check, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), 1<<20)
	slices.Reverse(got)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%s: %d readings, %v; want %d\n%.2000s", when, len(got), err, len(want), diff)
	}
}

func TestPackedReadingsAreTheSame(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		want := past(check, noon, 40*60, time.Minute) // noon of the first day to four in the morning of the third
		hand(t, s, want)
		same(t, s, check, want, "as it came in")
		for _, later := range []time.Duration{30 * time.Minute, 3 * time.Hour, 12*time.Hour + 30*time.Minute, 15 * time.Hour, 40*time.Hour + 3*time.Minute, 100 * time.Hour} {
			clk.at = noon.Add(later)
			pack2(t, s)
			same(t, s, check, want, "packed after "+later.String())
		}
		if n := count(t, db, "SELECT COUNT(*) FROM reading_batches"); n != 0 {
			t.Errorf("%d batches are left after all was packed", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM reading_packs WHERE hours = 24"); n != 3 {
			t.Errorf("%d packs of a day; want 3", n)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM reading_packs"); n != 3 {
			t.Errorf("%d packs; the days' hours are joined", n)
		}
		whole := monitor.Sum(want, noon.Add(time.Hour), noon.Add(30*time.Hour), nil)
		got, err := s.Tally(t.Context(), check, noon.Add(time.Hour), noon.Add(30*time.Hour))
		if err != nil || got != whole {
			t.Errorf("summed up from packs: %+v, %v; want %+v", got, err, whole)
		}
	})
}

func TestALateReadingReopensItsPack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		all := past(check, noon, 14*60, time.Minute)
		slices.SortFunc(all, func(a, b monitor.Reading) int { return a.At.Compare(b.At) })
		var early, late []monitor.Reading
		for n, r := range all {
			if n%7 == 3 {
				late = append(late, r)
			} else {
				early = append(early, r)
			}
		}
		hand(t, s, early)
		clk.at = noon.Add(13 * time.Hour)
		pack2(t, s)
		hand(t, s, late[:len(late)/2])
		same(t, s, check, merged(early, late[:len(late)/2]), "before the late ones are packed")
		pack2(t, s)
		same(t, s, check, merged(early, late[:len(late)/2]), "into packs of hours")
		clk.at = noon.Add(100 * time.Hour)
		pack2(t, s)
		hand(t, s, late) // half of them a second time
		same(t, s, check, all, "handed over twice")
		pack2(t, s)
		same(t, s, check, all, "into packs of days")
		if n := count(t, db, "SELECT SUM(count) FROM reading_packs"); n != len(all) {
			t.Errorf("%d readings are packed; want %d", n, len(all))
		}
	})
}

func merged(a, b []monitor.Reading) []monitor.Reading {
	all := append(slices.Clone(a), b...)
	slices.SortStableFunc(all, func(a, b monitor.Reading) int { return a.At.Compare(b.At) })
	return all
}

func TestTheEdgesOfAPeriodAreFoundInPacks(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		at := func(after time.Duration) monitor.Reading {
			return monitor.Reading{Check: check, At: noon.Add(after), Verdict: monitor.Up, Attempt: 1, Every: 4 * 24 * time.Hour}
		}
		list := []monitor.Reading{
			at(0), at(3*time.Hour + time.Second), at(5 * 24 * time.Hour), at(5*24*time.Hour + time.Minute),
			at(5*24*time.Hour + 9*time.Minute), at(5*24*time.Hour + 11*time.Minute), at(20 * 24 * time.Hour),
		}
		if err := s.Fill(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		for _, packed := range []bool{false, true} {
			if packed {
				clk.at = noon.AddDate(0, 1, 0)
				pack2(t, s)
			}
			for _, tt := range []struct {
				name        string
				from, to    time.Duration
				first, last int
			}{
				{"the one before is an hour back", 3*time.Hour + time.Minute, 4 * time.Hour, 1, 1},
				{"days back", 4 * 24 * time.Hour, 5*24*time.Hour + time.Second, 1, 4},
				{"those after within ten minutes", 4 * 24 * time.Hour, 5*24*time.Hour - time.Second, 1, 4},
				{"beyond a week nobody knows", 19 * 24 * time.Hour, 19*24*time.Hour + time.Hour, -1, -1},
				{"before everything", -2 * time.Hour, -time.Hour, -1, -1},
			} {
				got, err := s.History(t.Context(), check, noon.Add(tt.from), noon.Add(tt.to))
				if err != nil {
					t.Fatal(err)
				}
				if tt.first < 0 {
					if len(got) != 0 {
						t.Errorf("%s: %+v", tt.name, got)
					}
					continue
				}
				if len(got) != tt.last-tt.first+1 || !got[0].At.Equal(list[tt.first].At) || !got[len(got)-1].At.Equal(list[tt.last].At) {
					t.Errorf("%s (packed %t): %d readings from %v; want %d to %d", tt.name, packed, len(got), got[0].At, tt.first, tt.last)
				}
			}
		}
	})
}

func TestAPageOfReadingsIsReadBackwards(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		want := past(check, noon.Add(-48*time.Hour), 48*6, 10*time.Minute)
		if err := s.Fill(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want, func(a, b monitor.Reading) int { return b.At.Compare(a.At) })
		var got []monitor.Reading
		for to := noon.Add(time.Hour); ; {
			page, err := s.Readings(t.Context(), check, noon.AddDate(0, -1, 0), to, 50)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < 50 {
				break
			}
			to = page[len(page)-1].At
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d readings by pages; want %d\n%.1000s", len(got), len(want), diff)
		}
	})
}

// What an earlier version kept a row a reading is packed, and found meanwhile.
func TestReadingsOfBeforeAreAdopted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, clk := open(t, db)
		checks := []int64{add(t, s, service("b3")).Checks[0].ID, add(t, s, service("c4")).Checks[0].ID}
		var want [2][]monitor.Reading
		for n, check := range checks {
			want[n] = past(check, noon.AddDate(0, 0, -3), 3*24*60, time.Minute)
			var rows []before
			for _, r := range want[n] {
				row := pack.Of(&r)
				rows = append(rows, before{
					CheckID: check, At: row.At, Verdict: r.Verdict, Reason: r.Reason, Status: row.Status, Attempt: row.Attempt,
					EveryS: 60, Bytes: r.Bytes, DNSUs: row.Phases[0], ConnectUs: row.Phases[1], TLSUs: row.Phases[2],
					WaitUs: row.Phases[3], TransferUs: row.Phases[4],
				})
			}
			if err := db.CreateInBatches(rows, 100).Error; err != nil {
				t.Fatal(err)
			}
		}
		same(t, s, checks[0], want[0], "before it is adopted")
		pack2(t, s)
		same(t, s, checks[0], want[0], "adopted")
		same(t, s, checks[1], want[1], "adopted")
		if n := count(t, db, "SELECT COUNT(*) FROM readings_before"); n != 0 || !s.adopted.Load() {
			t.Errorf("%d rows are left behind", n)
		}
		clk.at = noon.Add(3 * time.Hour)
		if err := s.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		same(t, New(db, clk.now), checks[1], want[1], "read by another process")
	})
}

func TestMonthsArePartitionsOnPostgres(t *testing.T) {
	db := databasetest.OpenPostgres(t)
	s, clk := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	old := past(check, time.Date(2026, 8, 30, 12, 0, 0, 0, time.UTC), 90*24, time.Hour)
	// Something stands in the rest already: it must not be in the way.
	stray := packed{CheckID: check, Start: pack.HourOf(micro(old[0].At)), Hours: 1, Count: 1}
	stray.Body = pack.Encode(stray.key(), []pack.Row{pack.Of(&old[0])})
	if err := db.Create(&stray).Error; err != nil {
		t.Fatal(err)
	}
	for n := range old {
		old[n].Attempt = 1
	}
	if err := s.Fill(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM reading_packs_rest"); n != 0 {
		t.Errorf("%d packs are in the rest; want them in their months", n)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM pg_inherits WHERE inhparent = 'reading_packs'::regclass"); n != 7 {
		t.Errorf("%d partitions; want August to January and the rest", n)
	}
	clk.at = noon
	n, err := s.Purge(t.Context(), time.Date(2026, 10, 15, 0, 0, 0, 0, time.UTC))
	if err != nil || n == 0 {
		t.Fatalf("purged %d, %v", n, err)
	}
	list, err := s.Readings(t.Context(), check, noon.AddDate(-1, 0, 0), noon.AddDate(0, 1, 0), 1<<20)
	if err != nil || int(n)+len(list) != len(old) || list[len(list)-1].At.Before(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d forgotten and %d kept of %d, %v; want August and September dropped", n, len(list), len(old), err)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM pg_inherits WHERE inhparent = 'reading_packs'::regclass"); n != 5 {
		t.Errorf("%d partitions; want October to January and the rest", n)
	}
}

func TestOldPacksAreDeletedInBites(t *testing.T) {
	db := databasetest.Open(t)
	s, _ := open(t, db)
	check := add(t, s, service("b3")).Checks[0].ID
	list := past(check, noon.AddDate(0, 0, -900), 900*4, 6*time.Hour)
	if err := s.Fill(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	n, err := s.Purge(t.Context(), noon.AddDate(0, 0, -10))
	if err != nil {
		t.Fatal(err)
	}
	if left := count(t, db, kept); left+int(n) != len(list) || left < 40 || left > 48 {
		t.Errorf("%d forgotten, %d left of %d", n, left, len(list))
	}
}
