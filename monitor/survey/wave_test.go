package survey

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

var (
	waveNow = time.Date(2026, 11, 20, 11, 0, 0, 0, time.UTC)

	runs = identity.Actor{Account: "o", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
)

// yearly is a cron line of these tests: any line comes on the first of January.
func yearly(line string, after time.Time) (time.Time, error) {
	if line == "never" {
		return time.Time{}, errors.New("never")
	}
	return time.Date(after.Year()+1, 1, 1, 0, 0, 0, 0, tunis), nil
}

func planned(p WavePlan) (*Wave, error) {
	a := NewAsking("cin", "mi")
	return PlanWave(runs, &a, &p, waveNow, tunis, yearly)
}

func TestPlansOfWaves(t *testing.T) {
	good := WavePlan{Start: waveNow, Days: 14, Margin: 4, QuietFrom: "22:00", QuietTo: "07:00"}
	w, err := planned(good)
	if err != nil || w.Needed != 601 || w.QuietFrom != 22*60 || w.Days() != 14 || !w.StartsAt.Equal(time.Date(2026, 11, 20, 0, 0, 0, 0, tunis)) {
		t.Fatalf("%+v, %v", w, err)
	}
	for _, tt := range []struct {
		change func(*WavePlan)
		want   string
	}{
		{func(p *WavePlan) { p.Start = time.Time{} }, "survey.wave.start (start)"},
		{func(p *WavePlan) { p.Start = waveNow.AddDate(0, 0, -1) }, "survey.wave.start_past (start)"},
		{func(p *WavePlan) { p.Start = waveNow.AddDate(2, 0, 0) }, "survey.wave.start_far (start) 400"},
		{func(p *WavePlan) { p.Days = 2 }, "survey.wave.days (days) 3 120"},
		{func(p *WavePlan) { p.Days = -1 }, "survey.wave.days (days) 3 120"},
		{func(p *WavePlan) { p.Days = math.MaxInt }, "survey.wave.days (days) 3 120"},
		{func(p *WavePlan) { p.Margin = 1 }, "survey.wave.margin (margin) 2 15"},
		{func(p *WavePlan) { p.Margin = 16 }, "survey.wave.margin (margin) 2 15"},
		{func(p *WavePlan) { p.QuietTo = "25:00" }, "survey.wave.clock (quiet_to)"},
		{func(p *WavePlan) { p.QuietFrom = "" }, "survey.wave.clock (quiet_from)"},
		{func(p *WavePlan) { p.Again = "never" }, "survey.wave.again (again)"},
		{func(p *WavePlan) { p.Days, p.Margin = 0, 0 }, "survey.wave.days (days) 3 120\nsurvey.wave.margin (margin) 2 15"},
	} {
		p := good
		tt.change(&p)
		if _, err := planned(p); err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %v; want %s", p, err, tt.want)
		}
	}
	later, err := planned(WavePlan{Days: 7, Margin: 10, Again: "yearly"})
	if err != nil || !later.StartsAt.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, tunis)) || later.Needed != 97 {
		t.Errorf("by its cron line: %+v, %v", later, err)
	}
}

func TestThePaceOfAWave(t *testing.T) {
	for _, tt := range []struct {
		day      WaveDay
		k, quota int64
	}{
		{WaveDay{Needed: 601, DaysLeft: 14}, 1, 86},                                                                // nothing is known yet
		{WaveDay{Needed: 601, DaysLeft: 10, DaysPast: 4, Seen: 4000, Asked: 990, Answered: 99, Worth: 99}, 1, 102}, // 1000 · 0.1 / 51
		{WaveDay{Needed: 601, DaysLeft: 10, DaysPast: 4, Seen: 40_000, Asked: 990, Answered: 199, Worth: 199}, 39, 82},
		{WaveDay{Needed: 601, DaysLeft: 1, DaysPast: 4, Seen: 4000, Asked: 990, Answered: 99, Worth: 600.5}, 25, 2},
		{WaveDay{Needed: 601, DaysLeft: 1, DaysPast: 1, Seen: 9_000_000, Asked: 1, Answered: 500, Worth: 600}, 1000, 2},
		{WaveDay{Needed: 97, DaysLeft: 3, DaysPast: 2, Worth: 97}, 1, 0},
		{WaveDay{Needed: 601, DaysLeft: 0, DaysPast: 3, Seen: 0}, 1, 1202},
	} {
		d := tt.day
		if d.Pace(); d.K != tt.k || d.Quota != tt.quota {
			t.Errorf("%+v: K %d and quota %d; want %d and %d", tt.day, d.K, d.Quota, tt.k, tt.quota)
		}
	}
}

func TestTheLotOfAWaveIsFairAndFixed(t *testing.T) {
	for _, k := range []int64{2, 7, 50, 999} {
		for _, from := range []int64{0, 1 << 39} {
			d := WaveDay{Wave: "a1", Day: 20_777, K: k}
			drawn := 0
			const visits = 200_000
			for n := from; n < from+visits; n++ {
				if d.Drawn(n) {
					drawn++
				}
			}
			want := visits / float64(k)
			if off := math.Abs(float64(drawn) - want); off > 5*math.Sqrt(want) {
				t.Errorf("one in %d of %d visits: %d drawn", k, visits, drawn)
			}
		}
	}
}

func TestWhereAWaveStands(t *testing.T) {
	w, err := planned(WavePlan{Start: waveNow, Days: 20, Margin: 4})
	if err != nil {
		t.Fatal(err)
	}
	w.State = WaveRunning
	for _, tt := range []struct {
		after    int
		count    WaveCount
		days     []WaveDay
		starving bool
		cause    WaveCause
	}{
		{2, WaveCount{}, nil, false, ""},
		{5, WaveCount{}, nil, true, Unseen},
		{5, WaveCount{Answers: 3, Worth: 3}, []WaveDay{{Visits: 4000, Invited: 4000}}, true, Unanswered},
		{5, WaveCount{Answers: 30, Worth: 30}, []WaveDay{{Visits: 100, Invited: 100}}, true, Few},
		{5, WaveCount{Answers: 160, Worth: 160}, []WaveDay{{Visits: 900, Invited: 900}}, false, ""},
	} {
		p := Progress(w, tt.count, tt.days, w.StartsAt.AddDate(0, 0, tt.after))
		if p.Starving != tt.starving || p.Cause != tt.cause {
			t.Errorf("after %d days with %+v: starving %t, %q", tt.after, tt.count, p.Starving, p.Cause)
		}
	}
	if w.Follow(601, waveNow); w.State != WaveReached {
		t.Errorf("with its answers it is %s", w.State)
	}
	if w.Follow(0, waveNow.AddDate(1, 0, 0)) {
		t.Error("a wave that is over changes")
	}
	if err := w.End(runs, "why", waveNow); !errors.Is(err, fault.Conflict) {
		t.Errorf("ended when over: %v", err)
	}
}

func TestEditionsAreWrittenTheSameInAnyOrder(t *testing.T) {
	set := &Set{Name: "s", Version: 1, Questions: []Question{{Code: "satisfaction", Kind: Rating, Points: 5}}}
	from, to := Quarter(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	var first string
	for round := range 5 {
		sums := Sums{}
		for n := range 40 {
			i := (n*7 + round*11) % 40
			sums.Add(set, &Answer{
				Set: "s", Version: 1, Channel: Channels()[i%7], Language: "fr", Weight: 1 / float64(i%3+1), Points: map[string]int{"satisfaction": i%5 + 1},
			})
		}
		f := Freeze("cin", from, to, sums)
		if first == "" {
			first = f.Hash
		}
		if f.Hash != first || f.Hash != FrozenHash(f.Document) || !strings.HasPrefix(f.Document, "jard answers 1\nservice cin\nfrom 2026-10-01\nto 2027-01-01\n") {
			t.Fatalf("round %d: %s\n%s", round, f.Hash, f.Document)
		}
	}
	if before, end := QuarterBefore(from); QuarterName(before) != "2026-Q3" || !end.Equal(from) {
		t.Errorf("before %s: %s", QuarterName(from), QuarterName(before))
	}
	for _, tt := range []struct {
		by   identity.Actor
		now  time.Time
		want string
	}{
		{identity.Actor{Account: "m", Role: identity.MCD}, to.Add(time.Hour), "survey.frozen.fresh (to) 24"},
		{identity.Actor{Account: "m", Role: identity.MCD}, to.Add(25 * time.Hour), "<nil>"},
	} {
		if err := MayFreeze(tt.by, "mi", to, tt.now); fmt.Sprint(err) != tt.want {
			t.Errorf("%s: %v; want %s", tt.now, err, tt.want)
		}
	}
}
