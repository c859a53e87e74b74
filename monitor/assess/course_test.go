package assess_test

import (
	"maps"
	"math"
	"testing"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/monitor/assess"
)

func TestACourseIsOfWhatIsKnownOfBothMoments(t *testing.T) {
	set := load(t, criteria.Default)
	then := now.AddDate(0, 0, -28)
	all := green(&set)
	with := func(change func(assess.Facts)) assess.Facts {
		f := maps.Clone(all)
		change(f)
		return f
	}
	bad := with(func(f assess.Facts) { f[assess.Availability] = value(assess.Availability, 0.5) })
	gone := with(func(f assess.Facts) {
		f[assess.Availability] = assess.Fact{Service: "cin", Measure: assess.Availability, At: now, Unknown: "assess.unknown.missing"}
	})
	for name, tt := range map[string]struct {
		before, after assess.Facts
		fell          bool
		ok            bool
	}{
		"nothing changed":                  {all, all, false, true},
		"a heavy criterion turned red":     {all, bad, true, true},
		"it turned grey: nobody fell":      {all, gone, false, true},
		"it was grey: nobody fell":         {gone, bad, false, true},
		"hardly anything was known before": {facts(value(assess.Availability, 1.0)), all, false, false},
		"nothing was known before":         {nil, all, false, false},
	} {
		c, ok := set.Course(tt.before, tt.after, then, now)
		if ok != tt.ok || ok && (c.Before-c.Now > 5) != tt.fell || !tt.fell && math.Abs(c.Before-c.Now) > 1e-9 {
			t.Errorf("%s: %+v, %v", name, c, ok)
		}
	}
	if got := set.Bottom(); got != 40 {
		t.Errorf("the line of the last band is at %v", got)
	}
	index := load(t, "egdi-like")
	if _, ok := index.Course(green(&index), green(&index), then, now); ok {
		t.Error("in an index a service falls when others rise")
	}
}
