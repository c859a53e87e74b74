package alert

import (
	"testing"
	"time"
)

func TestAFallOfTheScoreIsSeenTwice(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	of := func(was, value float64) Grade {
		return Grade{On: now, Before: now.AddDate(0, 0, -Graded), Value: value, Was: was, Line: 40}
	}
	for name, tt := range map[string]struct {
		grades []Grade
		want   int
	}{
		"nothing is known":                 {nil, 0},
		"one night alone":                  {[]Grade{of(80, 60)}, 0},
		"it fell, two nights":              {[]Grade{of(80, 60), of(80, 61)}, 1},
		"the night before it had not":      {[]Grade{of(80, 60), of(80, 78)}, 0},
		"it came back tonight":             {[]Grade{of(80, 79), of(80, 60)}, 0},
		"a little less":                    {[]Grade{of(80, 70.5), of(80, 70.5)}, 0},
		"it rose":                          {[]Grade{of(60, 80), of(60, 80)}, 0},
		"low, and was":                     {[]Grade{of(35, 34), of(35, 36)}, 1},
		"low since lately, without a fall": {[]Grade{of(42, 38), of(42, 38)}, 0},
		"out of the last band tonight":     {[]Grade{of(35, 41), of(35, 36)}, 0},
		"one night fallen, one night low":  {[]Grade{of(38, 37), of(60, 45)}, 0},
	} {
		got := Conditions([]View{{Service: "cin", Institution: "mi", Grades: tt.grades}}, UsualSettings(), now, now)
		if len(got) != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
		for _, e := range got {
			if e.Kind != Sinking || !e.Kind.Valid() || e.Facts.Grade == nil || e.Facts.Grade.Value != tt.grades[0].Value || e.Service != "cin" {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
	noBands := []Grade{{Value: 5, Was: 5}, {Value: 5, Was: 5}}
	if got := Conditions([]View{{Service: "cin", Grades: noBands}}, UsualSettings(), now, now); len(got) != 0 {
		t.Errorf("a set without bands has no last one: %+v", got)
	}
}
