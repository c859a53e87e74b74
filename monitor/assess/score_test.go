package assess_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/stats"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// value is a fact of a number or a word.
func value(m assess.Measure, v any) assess.Fact {
	f := assess.Fact{Service: "cin", Measure: m, At: now.Add(-time.Hour)}
	switch v := v.(type) {
	case string:
		f.Word = v
	case float64:
		f.Value = v
	}
	return f
}

func between(m assess.Measure, v, low, high float64, n int64) assess.Fact {
	f := value(m, v)
	f.Low, f.High, f.N = &low, &high, n
	return f
}

func facts(all ...assess.Fact) assess.Facts {
	out := assess.Facts{}
	for _, f := range all {
		out[f.Measure] = f
	}
	return out
}

// green is every measure of the set at its goal.
func green(s *assess.Set) assess.Facts {
	out := assess.Facts{}
	for n := range s.Criteria {
		for _, p := range s.Criteria[n].Parts() {
			f := value(p.Measure, 0.0)
			f.N = 1000
			switch g := p.Green; {
			case g == nil:
			case g.Is != "":
				f.Word = g.Is
			case g.AtLeast != nil:
				f.Value = *g.AtLeast
			case g.AtMost != nil:
				f.Value = *g.AtMost
			case g.Below != nil:
				f.Value = *g.Below / 2
			case g.Above != nil:
				f.Value = *g.Above * 2
			}
			out[p.Measure] = f
		}
	}
	return out
}

func TestColoursFollowTheLines(t *testing.T) {
	set := load(t, criteria.Default)
	early := now.Add(-time.Minute)
	old := value(assess.SafetyHeaders, 5.0)
	old.Until = &early
	for _, c := range []struct {
		name      string
		criterion string
		facts     assess.Facts
		want      assess.Colour
		undecided bool
		unknown   string
	}{
		{"on the green line", "AV1", facts(value(assess.Availability, .999)), assess.Green, false, ""},
		{"between the lines", "AV1", facts(value(assess.Availability, .9899)), assess.Amber, false, ""},
		{"on the red line, which is not red itself", "AV1", facts(value(assess.Availability, .985)), assess.Amber, false, ""},
		{"red", "AV1", facts(value(assess.Availability, .98499)), assess.Red, false, ""},
		{"nothing known", "AV1", nil, assess.Grey, false, assess.UnknownMissing},
		{"expired", "SE3", facts(old), assess.Grey, false, assess.UnknownExpired},
		{"too few answers", "SA1", facts(between(assess.SatisfactionMean, 9, 8.5, 9.5, 29)), assess.Grey, false, assess.UnknownFew},
		{"even the low bound is green", "SA1", facts(between(assess.SatisfactionMean, 9, 8.5, 9.5, 30)), assess.Green, false, ""},
		{"the interval crosses the green line", "SA1", facts(between(assess.SatisfactionMean, 8.4, 7.9, 8.9, 90)), assess.Amber, true, ""},
		{"the interval crosses the red line", "SA1", facts(between(assess.SatisfactionMean, 4.8, 4.2, 5.4, 90)), assess.Amber, true, ""},
		{"the interval holds everything", "SA1", facts(between(assess.SatisfactionMean, 6, 1, 9, 30)), assess.Amber, true, ""},
		{"even the high bound is red", "SA1", facts(between(assess.SatisfactionMean, 4, 3.5, 4.5, 90)), assess.Red, false, ""},
		{"all of the interval is amber", "SA1", facts(between(assess.SatisfactionMean, 6, 5.5, 6.5, 90)), assess.Amber, false, ""},
		{"the worst decides", "SE1", facts(value(assess.Certificate, "yes"), value(assess.HTTPSOnly, "no")), assess.Red, false, ""},
		{"what is not known is left out", "SE1", facts(value(assess.HTTPSOnly, "yes")), assess.Green, false, ""},
		{"both", "SE2", facts(value(assess.TLSVersions, "yes"), value(assess.StrictTransport, 400.0)), assess.Green, false, ""},
		{"one of two", "SE2", facts(value(assess.TLSVersions, "yes"), value(assess.StrictTransport, 0.0)), assess.Amber, false, ""},
		{"none of two", "SE2", facts(value(assess.TLSVersions, "no"), value(assess.StrictTransport, 0.0)), assess.Red, false, ""},
		{"partly", "ON1", facts(value(assess.FullyOnline, "partly")), assess.Amber, false, ""},
		{"no is good", "MO1", facts(value(assess.Viewport, "yes"), value(assess.NarrowOverflow, "no")), assess.Green, false, ""},
	} {
		s := set.Score(c.facts, now)
		r := s.Result(c.criterion)
		if r.Colour != c.want || r.Undecided != c.undecided || r.Unknown != c.unknown {
			t.Errorf("%s: %+v; want %s", c.name, *r, c.want)
		}
	}
}

func TestAnUndecidedFactSaysHowManyMoreAnswersWouldDecide(t *testing.T) {
	set := load(t, criteria.Default)
	score := set.Score(facts(between(assess.SatisfactionMean, 8.25, 7.75, 8.75, 100)), now)
	r := score.Result("SA1")
	// The half width 0.5 has to shrink to 0.25: four times as many.
	if !r.Undecided || r.Needed != 300 || r.Points != 75 {
		t.Errorf("%+v", r)
	}
}

func TestAFrenchSetJudgesTheValueFromAHundredAnswersOn(t *testing.T) {
	set := load(t, "french-vde")
	for n, want := range map[int64]assess.Colour{99: assess.Grey, 100: assess.Green} {
		s := set.Score(facts(between(assess.SatisfactionMean, 8, 7, 9, n)), now)
		if r := s.Result("SA1"); r.Colour != want || r.Undecided {
			t.Errorf("%d answers: %+v", n, r)
		}
	}
}

func TestNoScoreUnderTheCoverage(t *testing.T) {
	set := load(t, criteria.Default)
	all := green(&set)
	s := set.Score(all, now)
	if s.Value == nil || math.Abs(*s.Value-100) > 1e-9 || s.Coverage != 1 || s.Band != "A" || s.Spread != 0 {
		t.Errorf("all green: %+v", s.Value)
	}
	weights := 0.0
	for _, c := range set.Criteria {
		weights += c.Weight
	}
	left := weights
	for n := range set.Criteria {
		c := &set.Criteria[n]
		for _, p := range c.Parts() {
			delete(all, p.Measure)
		}
		left -= c.Weight
		s := set.Score(all, now)
		if math.Abs(s.Coverage-left/weights) > 1e-9 {
			t.Fatalf("coverage %v; want %v", s.Coverage, left/weights)
		}
		if enough := s.Coverage >= .6; enough != (s.Value != nil) || enough != (s.Band != "") {
			t.Fatalf("at %v: value %v, band %q", s.Coverage, s.Value, s.Band)
		}
		if s.Value != nil && math.Abs(*s.Value-100) > 1e-9 {
			t.Fatalf("grey counts as bad: %v", *s.Value)
		}
	}
}

func TestARedCapsTheLetterAndSaysSo(t *testing.T) {
	set := load(t, criteria.Default)
	for _, c := range []struct {
		fact assess.Fact
		code string
	}{
		{value(assess.Availability, .9), "AV1"}, {value(assess.Certificate, "no"), "SE1"}, {between(assess.SatisfactionMean, 3, 2, 4, 500), "SA1"},
	} {
		all := green(&set)
		all[c.fact.Measure] = c.fact
		s := set.Score(all, now)
		if s.Earned != "A" || s.Band != "C" || fmt.Sprint(s.Capped) != "["+c.code+"]" || *s.Value < 85 {
			t.Errorf("%s: %.1f earned %s, band %s, capped %v", c.code, *s.Value, s.Earned, s.Band, s.Capped)
		}
	}
	all := green(&set)
	all[assess.SatisfactionMean] = between(assess.SatisfactionMean, 4.9, 2, 7, 40)
	if s := set.Score(all, now); s.Band != "A" || len(s.Capped) != 0 {
		t.Errorf("an undecided one caps: %s %v", s.Band, s.Capped)
	}
	for m := range all {
		if m != assess.Availability {
			all[m] = value(m, "no")
		}
	}
	all[assess.Availability] = value(assess.Availability, .5)
	if s := set.Score(all, now); s.Value != nil && s.Band != s.Earned {
		t.Errorf("a cap lifted %s to %s", s.Earned, s.Band)
	}
}

// TestFourAreasByHand recomputes a published kind of model by hand: areas of
// 35, 25, 20 and 20 points, green from 71, yellow from 55.
func TestFourAreasByHand(t *testing.T) {
	set := load(t, "areas-35-25-20-20")
	all := green(&set)
	s := set.Score(all, now)
	if *s.Value != 100 || s.Band != "green" || len(s.Areas) != 4 {
		t.Fatalf("%+v", s)
	}
	// Service: 10 of its 23 weights lost.
	all[assess.Availability], all[assess.FullyOnline] = value(assess.Availability, .9), value(assess.FullyOnline, "no")
	s = set.Score(all, now)
	if want := 35*13.0/23 + 65; math.Abs(*s.Value-want) > 1e-9 || math.Abs(*s.Areas[0].Value-1300.0/23) > 1e-9 || s.Band != "green" {
		t.Errorf("%v, %+v; want %v", *s.Value, s.Areas[0], want)
	}
	// Linear: 0.6 s is half way between 0.4 and 0.8; 3 of 23 weights lose half.
	all[assess.Response] = value(assess.Response, .6)
	s = set.Score(all, now)
	if want := 35*11.5/23 + 65; math.Abs(*s.Value-want) > 1e-9 {
		t.Errorf("%v; want %v", *s.Value, want)
	}
	// Nothing known of users: their 20 points count neither way.
	for _, m := range []assess.Measure{assess.SatisfactionMean, assess.ClarityMean, assess.StillToOffice, assess.Feedback} {
		delete(all, m)
	}
	s = set.Score(all, now)
	if want := 100 * (35*11.5/23 + 45) / 80; math.Abs(*s.Value-want) > 1e-9 || math.Abs(s.Coverage-.8) > 1e-9 || s.Areas[3].Value != nil {
		t.Errorf("%v, coverage %v; want %v", *s.Value, s.Coverage, want)
	}
	for _, c := range []struct {
		score float64
		band  string
	}{{71, "green"}, {70.9, "yellow"}, {55, "yellow"}, {54.9, "red"}} {
		one := set
		one.Method, one.Caps = assess.Weighted, nil
		got := bandOf(t, one, c.score)
		if got != c.band {
			t.Errorf("%v is %s; want %s", c.score, got, c.band)
		}
	}
}

// bandOf is the band of a score, by a set of one linear criterion.
func bandOf(t *testing.T, set assess.Set, score float64) string {
	t.Helper()
	zero, one := 0.0, 1.0
	set.Criteria = []assess.Criterion{{
		Code: "X", Area: set.Areas[0].Code, Measure: assess.Apdex, Weight: 1, Green: &assess.Line{AtLeast: &one}, Red: &assess.Line{AtMost: &zero},
	}}
	s := set.Score(facts(value(assess.Apdex, score/100)), now)
	return s.Band
}

func TestGoalsCountWhatReachesItsLine(t *testing.T) {
	set := load(t, "french-vde")
	all := green(&set)
	all[assess.Response], all[assess.FullyOnline] = value(assess.Response, .5), value(assess.FullyOnline, "no")
	delete(all, assess.ElectronicID)
	s := set.Score(all, now)
	// Ten count; one is grey, one amber, one red: seven of nine.
	if want := 100 * 7.0 / 9; math.Abs(*s.Value-want) > 1e-9 || s.Coverage != .9 || s.Band != "" {
		t.Errorf("%v, coverage %v; want %v", *s.Value, s.Coverage, want)
	}
}

// TestAnIndexIsTheirFormula compares with the formula of the index as stats
// has it, where everything is known.
func TestAnIndexIsTheirFormula(t *testing.T) {
	set := load(t, "egdi-like")
	all := map[string]assess.Facts{}
	for n := range 12 {
		known := green(&set)
		for i := range set.Criteria {
			c := &set.Criteria[i]
			f := known[c.Measure]
			if unit, _ := c.Measure.Unit(); unit == assess.Word {
				f.Word = assess.Words()[(n+i)%3]
			} else {
				f.Value = math.Mod(float64(n*(i+3))*.137, 1)
			}
			known[c.Measure] = f
		}
		all[fmt.Sprintf("s%02d", n)] = known
	}
	got := set.ScoreAll(all, now)
	var areas [][]float64
	var points []float64
	for _, a := range set.Areas {
		var indicators [][]float64
		for i := range set.Criteria {
			if c := &set.Criteria[i]; c.Area == a.Code {
				indicators = append(indicators, column(c, all))
			}
		}
		component, ok := stats.Component(indicators, nil)
		if !ok {
			t.Fatal(a.Code)
		}
		areas, points = append(areas, component), append(points, a.Points)
	}
	want, _ := stats.Weighted(areas, points)
	for n := range 12 {
		s := got[fmt.Sprintf("s%02d", n)]
		if s.Value == nil || math.Abs(*s.Value-100*want[n]) > 1e-9 || s.Band == "" {
			t.Errorf("s%02d: %v; want %v", n, s.Value, 100*want[n])
		}
	}
	one := map[string]assess.Facts{"s00": all["s00"]}
	if s := set.ScoreAll(one, now)["s00"]; s.Value != nil {
		t.Error("a service alone stands nowhere, and has a value")
	}
}

// column is a criterion of all services, more being better.
func column(c *assess.Criterion, all map[string]assess.Facts) []float64 {
	var out []float64
	for n := range len(all) {
		v := all[fmt.Sprintf("s%02d", n)][c.Measure].Number()
		if c.Green.AtMost != nil || c.Green.Below != nil || c.Green.Is == assess.No {
			v = -v
		}
		out = append(out, v)
	}
	return out
}

func TestAMinistryIsJudgedBothWays(t *testing.T) {
	set := load(t, criteria.Default)
	one := func(name string, volume, score float64) assess.Weighed {
		return assess.Weighed{Service: name, Volume: volume, Score: assess.Score{Value: &score, Coverage: 1}}
	}
	m := set.Ministry([]assess.Weighed{one("a", 100, 90), one("b", 300, 50), one("c", 0, 80), {Service: "d", Volume: 50}})
	// c counts as the middle of 100, 300 and 50.
	if want := (100*90 + 300*50 + 100*80) / 500.0; *m.Mean != want || m.Unsaid != 1 || m.AtGoal != 2 || m.Scored != 3 || m.All != 4 {
		t.Errorf("%+v, mean %v; want %v", m, *m.Mean, want)
	}
	if m.Reached || math.Abs(*m.Share-2.0/3) > 1e-9 {
		t.Errorf("%v", *m.Share)
	}
	if m := set.Ministry([]assess.Weighed{one("a", 0, 80), one("b", 0, 80), one("c", 0, 80), one("d", 0, 80), one("e", 0, 10)}); !m.Reached || *m.Mean != 66 {
		t.Errorf("%+v", m)
	}
	if m := set.Ministry(nil); m.Mean != nil || m.Reached {
		t.Errorf("%+v", m)
	}
}

func TestRanksAreQuartersUntilFrozen(t *testing.T) {
	var all []assess.Weighed
	for n := range 8 {
		v := float64(90 - 10*n)
		all = append(all, assess.Weighed{Service: string(rune('a' + n)), Score: assess.Score{Value: &v}})
	}
	all = append(all, assess.Weighed{Service: "unscored"})
	for n, p := range assess.Rank(all, false) {
		if p.Rank != 0 || p.Quartile != 1+n/2 || p.Of != 8 {
			t.Errorf("%+v", p)
		}
	}
	for n, p := range assess.Rank(all, true) {
		if p.Rank != n+1 || p.Service != string(rune('a'+n)) {
			t.Errorf("%+v", p)
		}
	}
	// The best by luck: little is known of it.
	top := 100.0
	all[3].Score = assess.Score{Value: &top, Spread: 60}
	for _, p := range assess.Rank(all, false) {
		if p.Service == "d" && p.Quartile == 1 {
			t.Errorf("%+v", p)
		}
	}
	same := 50.0
	alike := []assess.Weighed{{Service: "x", Score: assess.Score{Value: &same}}, {Service: "y", Score: assess.Score{Value: &same}}}
	if p := assess.Rank(alike, true); p[0].Rank != 1 || p[1].Rank != 1 || p[1].Quartile != 1 {
		t.Errorf("%+v", p)
	}
}

func TestTheListOfImprovementsIsInOrder(t *testing.T) {
	set := load(t, criteria.Default)
	all := green(&set)
	all[assess.SafetyHeaders] = value(assess.SafetyHeaders, 0.0)  // red, weight 3, ease 5
	all[assess.FullyOnline] = value(assess.FullyOnline, "partly") // amber, weight 4, ease 1
	all[assess.Availability] = value(assess.Availability, .9)     // red, weight 10, ease 2
	delete(all, assess.ElectronicID)                              // grey
	list := set.Improve([]assess.Weighed{{Service: "cin", Volume: 10, Score: set.Score(all, now)}})
	var codes []string
	for _, s := range list {
		codes = append(codes, s.Criterion)
	}
	if fmt.Sprint(codes) != "[AV1 SE3 ON1]" || !list[0].Caps || list[1].Caps || list[2].Gap != .5 {
		t.Errorf("%+v", list)
	}
	two := set.Improve([]assess.Weighed{
		{Service: "small", Volume: 1, Score: set.Score(all, now)}, {Service: "large", Volume: 9, Score: set.Score(all, now)},
	})
	if two[0].Service != "large" || two[1].Service != "large" || math.Abs(two[0].Priority/two[3].Priority-9) > 9 {
		t.Errorf("%+v", two)
	}
}
