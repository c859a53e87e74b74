package why

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor/survey"
)

var may3 = time.Date(2026, 5, 3, 9, 0, 0, 0, time.UTC)

func at(day int, hour float64) time.Time {
	return may3.AddDate(0, 0, day).Add(time.Duration(hour * float64(time.Hour)))
}

// asked draws a day's opinions; each level from 1 to 5 as often as shares say.
func asked(rng *rand.Rand, day, n int, shares [5]float64) []survey.Opinion {
	var all []survey.Opinion
	for range n {
		level, left := 1, rng.Float64()
		for level < 5 && left >= shares[level-1] {
			left -= shares[level-1]
			level++
		}
		all = append(all, survey.Opinion{At: at(day, rng.Float64()*24), Levels: 5, Level: level, Weight: 1})
	}
	return all
}

// content has the mean 7.25 on ten, worse 1.4 points less.
var (
	content = [5]float64{0.05, 0.10, 0.15, 0.30, 0.40}
	worse   = [5]float64{0.14, 0.16, 0.17, 0.28, 0.25}
)

func onTen(shares [5]float64) (mean float64) {
	for n, s := range shares {
		mean += s * float64(n) * 2.5
	}
	return mean
}

// When nothing changes, at most one page in twenty tells of a change, however
// many troubles it looks at.
func TestPagesWithoutEffectHardlyEverTellOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 5))
	const pages = 1000
	telling := 0
	for range pages {
		var opinions []survey.Opinion
		for day := -28; day < 160; day++ {
			opinions = append(opinions, asked(rng, day, 10+rng.IntN(12), content)...)
		}
		var troubles []Trouble
		for n := range 12 {
			from := at(n*13, 10)
			troubles = append(troubles, Trouble{Outage, from, from.Add(time.Duration(20+rng.IntN(400)) * time.Minute)})
		}
		shifts := Shifts(troubles, opinions, 5, at(200, 0))
		if len(shifts) != 12 {
			t.Fatalf("%d shifts", len(shifts))
		}
		for _, s := range shifts {
			if s.Told {
				telling++
				break
			}
		}
	}
	share := float64(telling) / pages
	t.Logf("%d of %d pages without an effect tell one (%.1f %%)", telling, pages, 100*share)
	if share > 0.05 {
		t.Errorf("%.3f of the pages", share)
	}
}

// A fall of 1.4 points is found after one of twelve outages, with eighty answers a day.
func TestTrueFallIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	const pages = 100
	found, sum, held := 0, 0.0, 0
	truth := onTen(worse) - onTen(content) // −1.4
	for range pages {
		var opinions []survey.Opinion
		for day := -28; day < 160; day++ {
			shares := content
			if day == 0 || day == 1 {
				shares = worse
			}
			opinions = append(opinions, asked(rng, day, 80, shares)...)
		}
		var troubles []Trouble
		for n := range 12 {
			troubles = append(troubles, Trouble{Outage, at(n*13, 0), at(n*13, 1)})
		}
		shifts := Shifts(troubles, opinions, 5, at(200, 0))
		first := shifts[len(shifts)-1]
		if first.Told && first.Change.Value < 0 {
			found++
		}
		sum += first.Change.Value
		if first.Change.Holds(truth) {
			held++
		}
	}
	t.Logf("true fall %.2f: found on %d of %d pages, mean of the estimates %.2f, intervals hold it %d times", truth, found, pages, sum/pages, held)
	if found < pages*95/100 || math.Abs(sum/pages-truth) > 0.1 || held < pages*90/100 {
		t.Error("not found as it is")
	}
}

func TestWhatIsComparedWithWhat(t *testing.T) {
	var opinions []survey.Opinion
	put := func(from, to time.Time, n, level int) {
		for k := range n {
			opinions = append(opinions, survey.Opinion{At: from.Add(to.Sub(from) * time.Duration(k) / time.Duration(n)), Levels: 5, Level: level, Weight: 1})
		}
	}
	put(at(-28, 0), at(-10, 0), 200, 5)
	put(at(-10, 0), at(-8, 0), 500, 1) // after an earlier outage: left out of what was before
	put(at(0, 0), at(2, 1), 40, 2)
	put(at(2, 1), at(9, 0), 300, 5) // too late
	shifts := Shifts([]Trouble{
		{Outage, at(0, 0), at(0, 1)},
		{Outage, at(-10, 0), at(-10, 0.5)},
		{Outage, at(3, 0), at(3, 0.1)}, // six minutes
		{Slow, at(1, 0), at(20, 0)},    // a state
		{Certificate, at(29, 0), at(29, 5)},
	}, opinions, 5, at(30, 0))
	if len(shifts) != 2 {
		t.Fatalf("%d shifts: %+v", len(shifts), shifts)
	}
	s := shifts[0]
	if s.From != at(0, 0) || s.NAfter != 40 || s.NBefore != 200 || !s.Compared || !s.Told || s.Change.Value != -7.5 || s.Down.Duration() != time.Hour {
		t.Errorf("%+v", s)
	}
	if early := shifts[1]; early.From != at(-10, 0) || early.NAfter != 500 {
		t.Errorf("%+v", early)
	}
}

// Outages so close that their afters overlap are told as one.
func TestTroublesCloseTogetherAreOne(t *testing.T) {
	all := episodes([]Trouble{
		{Outage, at(1, 0), at(1, 1)},
		{Outage, at(0, 0), at(0, 2)},
		{Outage, at(0, 1), at(0, 1.5)},
		{Slow, at(0, 0), at(0, 1)},
		{Outage, at(5, 0), at(5, 1)},
	}, at(9, 0))
	if len(all) != 3 {
		t.Fatalf("%+v", all)
	}
	if e := all[0]; e.n != 3 || e.down != 3*time.Hour || e.to != at(1, 1) {
		t.Errorf("%+v", e)
	}
}

func TestDosesByLength(t *testing.T) {
	shift := func(hours, change float64) Shift {
		s := Shift{Kind: Outage, Compared: true, Down: Lasting(hours * 3600)}
		s.Change.Value, s.Change.Low, s.Change.High = change, change-0.5, change+0.5
		return s
	}
	doses := Doses([]Shift{shift(0.3, -0.2), shift(0.5, -0.4), shift(2, -1), shift(30, -3), {Kind: Outage, Down: 18000}}, Outage)
	if len(doses) != 3 || doses[0].N != 2 || math.Abs(doses[0].Change.Value+0.3) > 1e-9 || doses[2].Below != 0 || doses[2].Change.Value != -3 {
		t.Errorf("%+v", doses)
	}
	if Doses(nil, Outage) != nil {
		t.Error("of none")
	}
}

func TestSlowSpells(t *testing.T) {
	var days []Pace
	for n := range 40 {
		p := Pace{at(n, 0), 700 * time.Millisecond, true}
		switch n {
		case 2, 20, 21, 30:
			p.P95 = 1500 * time.Millisecond // day 2: nothing to hold it against yet
		case 25:
			p.P95, p.Enough = 9*time.Second, false
		}
		days = append(days, p)
	}
	spells := SlowSpells(days)
	if len(spells) != 2 || spells[0].From != at(20, 0) || spells[0].To != at(22, 0) || spells[1].From != at(30, 0) {
		t.Errorf("%+v", spells)
	}
	for n := range days {
		days[n].P95 /= 2
	}
	if spells := SlowSpells(days); spells != nil {
		t.Errorf("nobody feels it: %+v", spells)
	}
}
