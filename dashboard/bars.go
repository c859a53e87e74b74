package dashboard

import (
	"strconv"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
)

// plot is a row of bars under the sentence that it shows; time runs in reading
// direction.
type plot struct {
	Name   string // of the plot in addresses and files
	Answer string
	Note   string
	Bars   []bar
	Table  files
}

// bar is one value. Heights are in hundredths of the plot; a bar that is not
// Known is drawn as missing, not as zero.
type bar struct {
	Label  string
	Value  string
	Spoken string
	Href   string
	Known  bool
	Height int
	Low    int // of the interval, where there is one
	High   int
	Warns  bool
}

// Top is where the bar begins in a drawing whose y runs downwards.
func (b bar) Top() int { return 100 - b.Height }

// HighY is the upper end of the interval in it.
func (b bar) HighY() int { return 100 - b.High }

// Band is how high the interval is.
func (b bar) Band() int { return max(1, b.High-b.Low) }

// monthly is what fell due in each of the last twelve months, the running one last.
type monthly struct {
	Start time.Time
	indicator.Promises
}

const monthsShown = 12

func (p *picture) months() []monthly {
	day := p.now.In(inventory.Tunis())
	list := make([]monthly, monthsShown)
	for n := range list {
		list[n].Start = time.Date(day.Year(), day.Month()-time.Month(monthsShown-1-n), 1, 0, 0, 0, 0, day.Location())
	}
	for _, d := range p.measured.Days {
		at := d.Day.Start()
		n := (at.Year()-list[0].Start.Year())*monthsShown + int(at.Month()-list[0].Start.Month())
		if n >= 0 && n < monthsShown {
			list[n].Promises = list[n].Add(d.Promises)
		}
	}
	return list
}

// trend plots the on-time rate by month with its interval.
func (p *picture) trend() plot {
	months := p.months()
	out := plot{Name: "months", Table: p.files("months"), Note: p.T("indicator.trend.note")}
	var first, last indicator.Promises
	for n, m := range months {
		ratio, known := m.OnTime()
		b := bar{Label: p.Month(m.Start), Known: known, Value: "–", Spoken: p.T("indicator.heat.none")}
		if n > 0 && m.Start.Month() != time.January {
			b.Label = firstWord(b.Label)
		}
		if known {
			low, high := m.Interval()
			b.Height, b.Low, b.High = percent(ratio), percent(low), percent(high)
			b.Value = p.Percent(ratio, 0)
			b.Spoken = p.T("indicator.heat.cell", b.Value, m.Met, m.Judged())
			b.Warns = m.Grade() == indicator.Seldom || m.Grade() == indicator.Partly
			next := months[n].Start.AddDate(0, 1, 0)
			if !p.public {
				b.Href = p.spanHref(indicator.Period{From: indicator.DayOf(m.Start), To: indicator.DayOf(next) - 1})
			}
		}
		if n < monthsShown/2 {
			first = first.Add(m.Promises)
		} else {
			last = last.Add(m.Promises)
		}
		out.Bars = append(out.Bars, b)
	}
	out.Answer = p.trendAnswer(first, last)
	return out
}

// spanHref lists the promises of a time on the whole page.
func (p *picture) spanHref(span indicator.Period) string {
	whole := *p
	whole.period = span
	return whole.wholeHref(indicator.OnTime, "all")
}

// trendAnswer compares the last six months with the six before.
func (p *picture) trendAnswer(first, last indicator.Promises) string {
	was, known := first.OnTime()
	is, also := last.OnTime()
	const steady = .02
	switch {
	case !also:
		return p.T("indicator.trend.nothing")
	case !known:
		return p.T("indicator.trend.new", p.Percent(is, 0))
	case is-was > steady:
		return p.T("indicator.trend.up", p.Percent(was, 0), p.Percent(is, 0))
	case was-is > steady:
		return p.T("indicator.trend.down", p.Percent(was, 0), p.Percent(is, 0))
	}
	return p.T("indicator.trend.steady", p.Percent(is, 0))
}

// dated tells which of so many bars say their day: a day takes a fifth of the
// width of a phone, the last one too.
func dated(n, bars int) bool {
	every := max(1, (bars+4)/5)
	return n%every == 0 && n+every <= bars
}

// late plots how many updates were late and missing at the beginning of each week.
func (p *picture) late() plot {
	out := plot{Name: "backlog", Table: p.files("backlog"), Note: p.T("indicator.backlog.note")}
	most := 1
	for _, n := range p.backlog {
		most = max(most, n)
	}
	for n, w := range p.shownWeeks() {
		monday := w.Monday().Start()
		b := bar{
			Known: true, Height: p.backlog[n] * 100 / most, Value: p.Number(p.backlog[n]),
			Spoken: p.T("indicator.backlog.bar", p.backlog[n], p.Date(monday)),
		}
		if dated(n, p.weeks) {
			b.Label = strconv.Itoa(monday.Day()) + " " + firstWord(p.Month(monday))
		}
		out.Bars = append(out.Bars, b)
	}
	now := p.figures(nil).Overdue
	out.Answer = p.T("indicator.backlog.answer", now, p.Number(p.backlog[0]), p.weeks-1)
	return out
}

func (p *picture) shownWeeks() []indicator.Week {
	var weeks []indicator.Week
	for w := p.firstWeek(); w <= p.thisWeek(); w++ {
		weeks = append(weeks, w)
	}
	return weeks
}

// queue plots for how long submissions have waited.
func (p *picture) queue(ages indicator.Ages) plot {
	out := plot{Name: "queue", Table: p.files("queue"), Note: p.T("indicator.queue.note")}
	most := 1
	for _, n := range ages.Upto {
		most = max(most, n)
	}
	for n, count := range ages.Upto {
		label := p.T("indicator.queue.upto." + strconv.Itoa(n))
		out.Bars = append(out.Bars, bar{
			Label: label, Known: true, Height: count * 100 / most, Value: p.Number(count), Warns: n > 1 && count > 0,
			Spoken: p.T("indicator.queue.bar", count, label),
		})
	}
	out.Answer = p.T("indicator.queue.none")
	if ages.N > 0 {
		out.Answer = p.T("indicator.queue.answer", ages.N, ages.Median, ages.P90, ages.Oldest)
	}
	return out
}

// openness plots the inventory by the decision on opening.
func (p *picture) openness(s indicator.Stock) plot {
	out := plot{Name: "openness", Table: p.files("openness")}
	out.Answer = p.T("indicator.openness.nothing")
	if s.Datasets > 0 {
		out.Answer = p.T("indicator.openness.answer", p.Percent(float64(s.Openness[inventory.Open])/float64(s.Datasets), 0), s.Datasets)
	}
	for _, o := range append(inventory.Opennesses(), "") {
		part := string(o)
		if o == "" {
			part = "undecided"
		}
		n := s.Openness[o]
		b := bar{
			Label: p.T("indicator.part." + part), Known: true, Height: n * 100 / max(s.Datasets, 1), Value: p.Number(n),
			Spoken: p.T("indicator.openness.bar", n, p.T("indicator.part."+part)), Warns: part == "undecided" && n > 0,
		}
		if !p.public && n > 0 {
			b.Href = p.wholeHref(indicator.Openness, part)
		}
		out.Bars = append(out.Bars, b)
	}
	return out
}

func percent(share float64) int { return int(share*100 + .5) }

// firstWord is a month's name without its year.
func firstWord(s string) string {
	for n, r := range s {
		if r == ' ' || r == '\u00a0' || r == '\u202f' {
			return s[:n]
		}
	}
	return s
}
