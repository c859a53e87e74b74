package examine

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jard-odi/jard/monitor/assess"
)

func TestWhatABrowserTells(t *testing.T) {
	w := newWorld(t)
	w.hosts["a.tn"] = goodSite()
	told := func(text string, err error) func(*Options) {
		return func(o *Options) {
			o.Browser = func(context.Context, string, string) (string, error) { return text, err }
		}
	}
	got := w.look(t, w.examiner(t, told(`{"Width":900,"Screen":360,"Contrasts":2,"Contrast":[{"Text":"gris","Value":2.1}],"Smalls":1,`+
		`"Small":[{"Text":"x","Value":12}],"Largest":2400,"Shift":0.13}`, nil)), "https://a.tn/")
	if f := got[assess.NarrowOverflow]; f.Word != yes {
		t.Errorf("overflow = %+v", f)
	}
	for m, want := range map[assess.Measure]float64{assess.ContrastFaults: 2, assess.TapTargets: 1, assess.LargestPaint: 2.4, assess.LayoutShift: 0.13} {
		if f := got[m]; f.Value != want || f.Unknown != "" {
			t.Errorf("%s = %+v; want %v", m, f, want)
		}
	}
	if f := got[assess.ContrastFaults]; !slices.Equal(said(f), []string{"examine.evidence.contrast"}) || f.Evidence[0].Text != "gris" {
		t.Errorf("contrast = %+v", f)
	}
	for _, bad := range []func(*Options){told("", errors.New("gone")), told("nonsense", nil)} {
		got := w.look(t, w.examiner(t, bad), "https://a.tn/")
		for _, m := range browserMeasures() {
			if got[m].Unknown != "examine.unknown.browser_failed" {
				t.Errorf("%s = %+v; never red for want of a browser", m, got[m])
			}
		}
	}
}
