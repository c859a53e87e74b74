package alert

import (
	"testing"
	"time"
)

func TestDiscontentIsDecidedTwice(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	of := func(value, half float64, n int64) Opinion {
		return Opinion{From: now.AddDate(0, 0, -Fortnight), To: now, Value: value, Low: value - half, High: value + half, N: n, Line: 5}
	}
	for name, tt := range map[string]struct {
		said []Opinion
		want int
	}{
		"nobody said anything":        {nil, 0},
		"one fortnight alone":         {[]Opinion{of(3, 1, 50)}, 0},
		"two in a row":                {[]Opinion{of(3, 1, 50), of(4, 0.9, 80)}, 1},
		"the latest is open":          {[]Opinion{of(3, 2.1, 5), of(3, 1, 50)}, 0},
		"the one before is open":      {[]Opinion{of(3, 1, 50), of(4.5, 0.5, 50)}, 0},
		"bad only on average":         {[]Opinion{of(4.9, 1, 500), of(4.9, 1, 500)}, 0},
		"good":                        {[]Opinion{of(8, 0.5, 50), of(8, 0.5, 50)}, 0},
		"a fortnight without answers": {[]Opinion{of(0, 0, 0), of(3, 1, 50)}, 0},
		"a third one does not matter": {[]Opinion{of(3, 1, 50), of(3, 1, 50), of(9, 1, 50)}, 1},
	} {
		views := []View{{Service: "cin", Institution: "mi", Opinions: tt.said}}
		got := Conditions(views, UsualSettings(), now, now)
		if len(got) != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
		for _, e := range got {
			if e.Kind != Discontent || e.Facts.Opinion == nil || e.Facts.Earlier == nil || e.Service != "cin" || !e.Kind.Valid() {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
	// The same on the next day is the same event: one of a kind is open for a service at a time.
	a := (&View{Service: "cin", Opinions: []Opinion{of(3, 1, 50), of(3, 1, 50)}}).discontent(now)
	b := (&View{Service: "cin", Opinions: []Opinion{of(2, 1, 60), of(3, 1, 50)}}).discontent(now.AddDate(0, 0, 1))
	if !Stands(&a[0], &b[0]) {
		t.Error("told again every day")
	}
}
