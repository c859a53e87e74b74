package assessweb

import (
	"math"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// number writes a value in the unit of its measure.
func number(p web.Page, m assess.Measure, v float64) string {
	unit, _ := m.Unit()
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case m == assess.LayoutShift: // a share of the window that nobody reads as one
		return p.Number(v)
	case unit == assess.Ratio:
		return percent(p, v)
	case unit == assess.Seconds && v < 60:
		return p.T("assessdesk.unit.seconds", p.Number(v))
	case unit == assess.Seconds:
		return p.Duration(time.Duration(v * float64(time.Second)))
	case unit == assess.Bytes:
		return p.Bytes(int64(v))
	case unit == assess.Days:
		return p.T("assessdesk.unit.days", int(v))
	case unit == assess.Points:
		return p.T("assessdesk.unit.points", p.Number(math.Round(v*100)/100))
	case unit == assess.Money && v < 1: // there are a thousand millimes in a dinar
		return p.T("assessdesk.unit.dinars", p.Decimal(v, 3))
	case unit == assess.Money:
		return p.T("assessdesk.unit.dinars", p.Number(v))
	}
	return p.Number(v)
}

// percent writes a share with as many decimals as say something, and never
// 100 % for less than all.
func percent(p web.Page, v float64) string {
	for places := range 3 {
		if at := v * 100 * math.Pow10(places); math.Abs(at-math.Round(at)) < 1e-6 {
			return p.Percent(v, places)
		}
	}
	if v > 0.97 && v < 1 {
		return p.Percent(min(v, 0.9999), 2)
	}
	return p.Percent(v, 1)
}

// value writes what a fact says.
func value(p web.Page, f assess.Fact) string {
	if unit, _ := f.Measure.Unit(); unit == assess.Word {
		return p.T("assess.word." + f.Word)
	}
	return number(p, f.Measure, f.Value)
}

// between writes the interval of an estimate; empty without one.
func between(p web.Page, f assess.Fact) string {
	if f.Low == nil || f.High == nil {
		return ""
	}
	return p.T("assessdesk.between", number(p, f.Measure, *f.Low), number(p, f.Measure, *f.High))
}

// line says where a colour begins: "at least 99.9 %".
func line(p web.Page, m assess.Measure, l *assess.Line) string {
	switch {
	case l == nil:
		return ""
	case l.AtLeast != nil:
		return p.T("assessdesk.line.at_least", number(p, m, *l.AtLeast))
	case l.AtMost != nil && *l.AtMost == 0:
		return number(p, m, 0)
	case l.AtMost != nil:
		return p.T("assessdesk.line.at_most", number(p, m, *l.AtMost))
	case l.Below != nil:
		return p.T("assessdesk.line.below", number(p, m, *l.Below))
	case l.Above != nil:
		return p.T("assessdesk.line.above", number(p, m, *l.Above))
	case l.Is != "":
		return p.T("assess.word." + l.Is)
	}
	return ""
}

// measureName names a measure.
func measureName(p web.Page, m assess.Measure) string { return p.T("assess.measure." + string(m)) }

// say says a sentence under a key that travelled with a fact; what this version
// has no sentence for is not shown as a key.
func say(p web.Page, key string, args ...any) string {
	if key == "" || !p.Has(key) {
		return p.T("assessdesk.unsaid")
	}
	return p.T(key, args...)
}

// colourKinds are the shapes of colours.
var colourKinds = map[assess.Colour]string{assess.Green: "open", assess.Amber: "late", assess.Red: "down", assess.Grey: "unknown"}

// colourMark names a colour with its shape: never colour alone.
func colourMark(p web.Page, c assess.Colour, undecided bool) web.Mark {
	if undecided {
		return p.Mark("review", "assessdesk.colour.undecided")
	}
	return p.Mark(colourKinds[c], "assessdesk.colour."+string(c))
}

// Tones of a whole: what stands for good, middling, bad and unknown.
const (
	toneGood = "good"
	toneWait = "wait"
	toneBad  = "bad"
	toneCalm = "calm"
)

// bandTone is the tone of a band: the best third of bands good, the last third bad.
func bandTone(set *assess.Set, code string) string {
	for n := range set.Bands {
		if set.Bands[n].Code != code {
			continue
		}
		switch at := float64(n) / math.Max(1, float64(len(set.Bands)-1)); {
		case at < 0.34:
			return toneGood
		case at < 0.67:
			return toneWait
		}
		return toneBad
	}
	return toneCalm
}

// bandTitle is what a band is called.
func bandTitle(set *assess.Set, code string) lang.Text {
	for n := range set.Bands {
		if set.Bands[n].Code == code {
			return set.Bands[n].Title
		}
	}
	return lang.Text{}
}

// areaTitle is what an area is called.
func areaTitle(set *assess.Set, code string) lang.Text {
	for n := range set.Areas {
		if set.Areas[n].Code == code {
			return set.Areas[n].Title
		}
	}
	return lang.Text{"fr": code}
}

// criterionTitle is what a criterion is called.
func criterionTitle(set *assess.Set, code string) lang.Text {
	if c := set.Criterion(code); c != nil {
		return c.Title
	}
	return lang.Text{"fr": code}
}

// points writes a score on a hundred without decimals; a dash where there is none.
func points(p web.Page, v *float64) string {
	if v == nil {
		return "–"
	}
	return p.Number(math.Round(*v))
}

// quarterWord names a quarter: "3e trimestre 2026".
func quarterWord(p web.Page, code string) string {
	year, q, ok := strings.Cut(code, "-Q")
	if !ok || len(q) != 1 || q < "1" || q > "4" {
		return code
	}
	return p.T("assessdesk.quarter."+q, year)
}
