package survey_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/stats"
)

// answered sums up counts of points of satisfaction.
func answered(tb testing.TB, channel survey.Channel, verified bool, counts ...int) survey.Sums {
	tb.Helper()
	name := survey.DefaultSet
	if len(counts) == 3 {
		name = survey.DefaultQuick
	}
	set, _ := shipped(tb, name)
	sums := survey.Sums{}
	for n, times := range counts {
		for range times {
			sums.Add(set, &survey.Answer{
				Set: name, Version: 1, Channel: channel, Language: lang.French, Verified: verified, Weight: 1,
				Points: map[string]int{survey.Satisfaction: n + 1}, Words: map[string]string{survey.Finished: []string{"yes", "no"}[n%2]},
			})
		}
	}
	return sums
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestAPublicScoreIsOfOneModeAndScale(t *testing.T) {
	sums := answered(t, survey.Web, false, 10, 10, 20, 80, 80)
	sums.Merge(answered(t, survey.API, true, 0, 0, 0, 10, 10))
	sums.Merge(answered(t, survey.Phone, false, 0, 0, 0, 0, 1000))
	sums.Merge(answered(t, survey.Kiosk, false, 5, 0, 5))
	got := sums.Score(survey.Satisfaction, survey.Part{})
	share, _ := stats.Wilson(180, 220)
	if got.N != 220 || got.VerifiedN != 20 || !near(got.Top2.Share, share.Value) || !near(got.Top2.Low, share.Low) || !near(got.Top2.High, share.High) {
		t.Errorf("the headline is %+v, %+v; want 180 of 220", got.Figures, got.Top2)
	}
	mean := (10*1 + 10*2 + 20*3 + 90*4 + 90*5) / 220.0
	if !near(got.Mean10.Value, (mean-1)*2.5) || got.Mean10.Low >= got.Mean10.Value || got.Mean10.High <= got.Mean10.Value {
		t.Errorf("the mean is %+v; want %v", got.Mean10, (mean-1)*2.5)
	}
	if len(got.ByMode) != 3 || got.ByMode["phone"].N != 1000 || got.ByMode["self-3"].N != 10 || got.ByMode["self"].N != 220 {
		t.Errorf("by mode it is %+v", got.ByMode)
	}
	proven := true
	if only := sums.Score(survey.Satisfaction, survey.Part{Verified: &proven}); only.N != 20 || only.VerifiedN != 20 {
		t.Errorf("verified answers alone are %+v", only.Figures)
	}
}

func TestTheScoreHasTheShapeOfTheContract(t *testing.T) {
	got, err := json.Marshal(answered(t, survey.Web, false, 0, 0, 0, 0, 4).Score(survey.Satisfaction, survey.Part{}))
	if err != nil {
		t.Fatal(err)
	}
	var shape struct {
		N         *int64                    `json:"n"`
		VerifiedN *int64                    `json:"verified_n"`
		Top2      map[string]float64        `json:"top2"`
		Mean10    map[string]float64        `json:"mean10"`
		Decidable *bool                     `json:"decidable"`
		Needed    *int64                    `json:"needed"`
		ByMode    map[string]map[string]any `json:"by_mode"`
	}
	in := json.NewDecoder(bytes.NewReader(got))
	in.DisallowUnknownFields()
	if err := in.Decode(&shape); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if *shape.N != 4 || *shape.VerifiedN != 0 || shape.Top2["share"] != 1 || shape.Top2["low"] >= 1 || shape.Mean10["value"] != 10 ||
		*shape.Decidable || *shape.Needed == 0 || len(shape.ByMode["self"]) != 6 {
		t.Errorf("the answer is %s", got)
	}
	none, err := json.Marshal(survey.Sums{}.Score(survey.Satisfaction, survey.Part{}))
	if err != nil || !bytes.HasPrefix(none, []byte(`{"n":0,"verified_n":0,"top2":null,"mean10":null,"decidable":false,"needed":`)) {
		t.Errorf("of nobody it is %s, %v", none, err)
	}
}

func TestColoursComeFromTheBounds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		counts []int
		want   stats.Band
	}{
		{"many happy", []int{0, 0, 10, 100, 300}, stats.Green},
		{"four happy", []int{0, 0, 0, 0, 4}, stats.Undecidable},
		{"many in between", []int{50, 50, 100, 100, 100}, stats.Amber},
		{"many angry", []int{300, 100, 20, 10, 0}, stats.Red},
		{"on the line", []int{0, 10, 30, 40, 60}, stats.Undecidable},
	} {
		got := answered(t, survey.Web, false, tt.counts...).Score(survey.Satisfaction, survey.Part{})
		if got.Colour != tt.want || got.Decidable != (tt.want != stats.Undecidable) || got.Decidable != (got.Needed == 0) {
			t.Errorf("%s: %s, needed %d; want %s", tt.name, got.Colour, got.Needed, tt.want)
		}
	}
}

func TestChoicesAreShares(t *testing.T) {
	sums := answered(t, survey.Web, false, 30, 10, 0, 0, 0)
	share, n, ok := sums.Chosen(survey.Finished, survey.Part{}, survey.Self, "yes")
	if !ok || n != 40 || !near(share.Value, 0.75) {
		t.Errorf("%v of %d said yes, %t", share, n, ok)
	}
	if _, _, ok := sums.Chosen(survey.Finished, survey.Part{}, survey.FaceToFace, "yes"); ok {
		t.Error("nobody was asked in person")
	}
}

func TestAWeekAgainstTheFourBefore(t *testing.T) {
	now, before := answered(t, survey.Web, false, 60, 20, 10, 10, 0), answered(t, survey.Web, false, 20, 20, 40, 160, 160)
	got := survey.Compare(now, before, survey.Satisfaction, survey.Part{})[survey.Scale{Mode: survey.Self, Levels: 5}]
	want, _ := stats.Newcombe(10, 100, 320, 400)
	if !got.Known || !got.Worse || got.Better || !near(got.Share.Value, want.Value) || !near(got.Share.Low, want.Low) || !near(got.Share.High, want.High) {
		t.Errorf("the trend is %+v; want %+v", got, want)
	}
	if none := survey.Compare(now, survey.Sums{}, survey.Satisfaction, survey.Part{})[survey.Scale{Mode: survey.Self, Levels: 5}]; none.Known || none.Worse {
		t.Errorf("against nothing it is %+v", none)
	}
}

func TestASmallServiceDoesNotLeadTheList(t *testing.T) {
	all := map[string]survey.Sums{"five happy": answered(t, survey.Web, false, 0, 0, 0, 0, 5)}
	for name, counts := range map[string][]int{
		"good": {5, 5, 20, 170, 300}, "fair": {20, 40, 90, 200, 150}, "fair too": {25, 40, 80, 200, 155}, "middling": {30, 50, 100, 200, 120},
		"middling too": {30, 60, 100, 180, 130}, "bad": {50, 80, 120, 150, 100}, "not bad": {20, 30, 80, 200, 170}, "quite good": {10, 20, 60, 210, 200},
	} {
		all[name] = answered(t, survey.Web, false, counts...)
	}
	got := survey.Rank(all, survey.Satisfaction, survey.Part{}, survey.Scale{Mode: survey.Self, Levels: 5})
	if len(got) != 9 || got[0].Service != "good" || got[8].Service != "bad" {
		t.Errorf("ranked as %+v", got)
	}
	for _, r := range got {
		if r.Service == "five happy" && (r.Raw.Mean10.Value != 10 || r.Drawn >= 8.7) {
			t.Errorf("five happy people: raw %v, drawn %v", r.Raw.Mean10.Value, r.Drawn)
		}
	}
}

func TestWhatIsAddedCanBeTakenAway(t *testing.T) {
	set, _ := shipped(t, survey.DefaultSet)
	random := rand.New(rand.NewPCG(1, 2))
	sums := survey.Sums{}
	var all []*survey.Answer
	for k := range 500 {
		a := &survey.Answer{
			Set: set.Name, Version: 1, Channel: survey.Channels()[random.IntN(7)], Language: lang.All()[random.IntN(3)], Weight: 1,
			Points: map[string]int{"ease": 1 + random.IntN(5)}, Words: map[string]string{"finished": "no"},
		}
		a.Share(int64(1 + random.IntN(9)))
		if k%50 == 0 {
			a.Mark(survey.Honeypot)
		}
		all = append(all, a)
		sums.Add(set, a)
	}
	answers, apart, flags := sums.Apart()
	if answers != 490 || apart != 10 || flags[survey.Honeypot] != 10 {
		t.Errorf("%d count, %d do not, flags %v", answers, apart, flags)
	}
	halves := survey.Sums{}
	for range 2 {
		if err := halves.MergePacked(sums.Pack()); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for _, a := range all {
			halves.Remove(set, a)
		}
	}
	if halves.Trim(); len(halves) != 0 {
		t.Errorf("%d groups are left", len(halves))
	}
}

// Whatever the bytes: unpacking ends, and what it takes packs to sums that are
// read as the same.
func FuzzPacked(f *testing.F) {
	f.Add(answered(f, survey.Web, false, 1, 2, 3, 4, 5).Pack())
	f.Add(answered(f, survey.Kiosk, true, 1, 0, 5).Pack())
	f.Add([]byte{1, 255, 255, 255, 255, 15})
	f.Fuzz(func(t *testing.T, b []byte) {
		sums := survey.Sums{}
		if sums.MergePacked(b) != nil {
			return
		}
		sums.Trim()
		sums.Score(survey.Satisfaction, survey.Part{})
		again := survey.Sums{}
		if err := again.MergePacked(sums.Pack()); err != nil {
			t.Fatal(err)
		}
		if again.Trim(); !bytes.Equal(again.Pack(), sums.Pack()) {
			t.Error("packed again it is other")
		}
	})
}

func BenchmarkMergePacked(b *testing.B) {
	sums := answered(b, survey.Web, false, 10, 20, 30, 40, 50)
	for _, c := range survey.Channels() {
		sums.Merge(answered(b, c, true, 1, 2, 3, 4, 5))
	}
	packed := sums.Pack()
	into := survey.Sums{}
	for b.Loop() {
		if err := into.MergePacked(packed); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(packed)), "bytes")
}
