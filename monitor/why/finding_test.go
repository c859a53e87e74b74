package why

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/jard-odi/jard/configs/themes"
	"github.com/jard-odi/jard/monitor/survey"
)

func ourThemes(t testing.TB) *survey.Themes {
	t.Helper()
	all, err := survey.ReadThemes(themes.Names, themes.Patterns)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// service draws a year of a service that fell after one outage.
func service(slug string, seed uint64) Seen {
	rng := rand.New(rand.NewPCG(seed, 2))
	s := Seen{Service: slug, Troubles: []Trouble{{Outage, at(0, 0), at(0, 3)}, {Outage, at(-60, 0), at(-60, 0.5)}}}
	for day := -90; day < 30; day++ {
		shares := content
		if day == 0 || day == 1 {
			shares = [5]float64{0.5, 0.3, 0.1, 0.1, 0}
		}
		for _, o := range asked(rng, day, 25, shares) {
			o.Asked = map[survey.Factor]float64{
				survey.ClarityFactor: min(1, max(0, float64(o.Level-1)/4+rng.NormFloat64()/4)), survey.OfficeFactor: float64(rng.IntN(2)),
			}
			s.Opinions = append(s.Opinions, o)
		}
	}
	for n := range 120 {
		text := "الموقع بطيء"
		switch {
		case n >= 60 && n%2 == 0:
			text = "merci, très bien"
		case n%7 == 0:
			text = "…"
		}
		when := at(25, 0)
		if n >= 60 {
			when = at(-75, 0)
		}
		s.Notes = append(s.Notes, Note{when, text})
	}
	return s
}

func TestFindingOfAService(t *testing.T) {
	now := at(30, 0)
	f := Find(service("acte", 1), ourThemes(t), now)
	if f.Slug != "acte" || f.Drivers.Drivers[0].Factor != survey.ClarityFactor || !f.Drivers.Settled() {
		t.Errorf("drivers %+v", f.Drivers)
	}
	told := f.Told()
	if f.Compared() != 2 || len(told) != 1 || told[0].From != at(0, 0) || told[0].Change.Value > -3 || len(f.Doses) != 2 {
		t.Errorf("%d compared, told %+v, doses %+v", f.Compared(), told, f.Doses)
	}
	slow := f.Themes.List[0]
	if f.Themes.N != 60 || f.Themes.NBefore != 60 || slow.Code != "slow" || slow.N != 51 || !slow.Moved || slow.Change.Value < 0.3 || !f.Themes.Shown() || f.Themes.None != 9 {
		t.Errorf("themes %+v", f.Themes)
	}
	body, err := json.Marshal(f)
	var again Finding
	if err != nil || json.Unmarshal(body, &again) != nil || again.Told()[0].Change != told[0].Change || again.Drivers.Drivers[0] != f.Drivers.Drivers[0] {
		t.Errorf("kept as %s, %v", body, err)
	}
}

func TestFindingOfNothing(t *testing.T) {
	f := Find(Seen{Service: "x"}, ourThemes(t), at(0, 0))
	if f.Drivers.Needed != 200 || f.Shifts != nil || f.Themes.Shown() || f.Compared() != 0 || f.Told() != nil && len(f.Told()) > 0 {
		t.Errorf("%+v", f)
	}
	if f = FindTogether("m", nil, nil, at(0, 0)); f.Services != 0 || f.Drivers.Needed != 200 {
		t.Errorf("%+v", f)
	}
}

// That one service is liked better and clearer is no driver: within each of two
// services clarity says nothing.
func TestServicesTogetherAreComparedWithinEach(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var seen []Seen
	var found []Finding
	for n, slug := range []string{"good", "bad"} {
		s := Seen{Service: slug, Troubles: []Trouble{{Outage, at(n, 0), at(n, 3)}}}
		for k := range 400 {
			office := float64(rng.IntN(2))
			level := 4 - 2*n
			if office == 1 {
				level += rng.IntN(2)
			}
			s.Opinions = append(s.Opinions, survey.Opinion{
				At: at(-1, float64(k)/100), Levels: 5, Level: level, Weight: 1,
				Asked: map[survey.Factor]float64{survey.ClarityFactor: 0.7 - 0.4*float64(n) + rng.Float64()/5, survey.OfficeFactor: office},
			})
		}
		seen = append(seen, s)
		found = append(found, Find(s, ourThemes(t), at(20, 0)))
	}
	f := FindTogether("ministry", seen, found, at(20, 0))
	if f.Services != 2 || len(f.Shifts) != 2 || f.Shifts[0].Service == "" {
		t.Errorf("%+v", f.Shifts)
	}
	for _, d := range f.Drivers.Drivers {
		if d.Factor == survey.ClarityFactor && d.Share > 0.05 {
			t.Errorf("clarity has %.2f of it", d.Share)
		}
	}
	if len(f.Drivers.Drivers) != 2 || f.Drivers.Drivers[0].Factor != survey.OfficeFactor {
		t.Errorf("%+v", f.Drivers.Drivers)
	}
}
