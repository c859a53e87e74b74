package monitorweb

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// axes are what every plot over a long time has. Time runs from left to right
// in every language.
type axes struct {
	Rows  []Level
	Ticks []Tick
	Any   bool
}

// timePlot is the percentiles of response times over a stretch.
type timePlot struct {
	axes
	P50, P95, P99 string // paths
	Falls         []Column
}

// phasePlot is the mean of each phase over a stretch, one upon the other.
type phasePlot struct {
	axes
	Layers []phaseLayer
}

// phaseLayer is one phase of all bars, as one path.
type phaseLayer struct{ Key, Class, Path string }

func urlQuery(s string) string { return url.QueryEscape(s) }

// frame places moments and times on a plot.
type frame struct {
	from, to time.Time
	step     time.Duration
	top      time.Duration
}

func frameOf(from, to time.Time, daily bool) frame {
	f := frame{from: from, to: to, step: time.Hour}
	if daily {
		f.step = 24 * time.Hour
	}
	return f
}

// x is where the middle of a step lies, y where a time does.
func (f frame) x(t time.Time) float64 {
	return round1(min(plotWidth, float64(t.Add(f.step/2).Sub(f.from))/float64(f.to.Sub(f.from))*plotWidth))
}

func (f frame) width() float64 { return float64(f.step) / float64(f.to.Sub(f.from)) * plotWidth }

func (f frame) y(d time.Duration) float64 {
	return round1(plotHeight * (1 - min(1, float64(d)/float64(f.top))))
}

// scale ends the vertical axis above nearly everything; the few beyond touch the edge.
func (f *frame) scale(p web.Page, all []time.Duration) []Level {
	slices.Sort(all)
	f.top = niceTop(all[(len(all)-1)*99/100])
	var rows []Level
	for _, part := range []float64{0, 0.5, 1} {
		rows = append(rows, Level{Y: plotHeight * (1 - part), Word: p.Duration(time.Duration(part * float64(f.top)).Round(time.Millisecond))})
	}
	return rows
}

// ticks writes some moments under the plot: hours of a day, days of a longer time.
func (f frame) ticks(p web.Page, zone *time.Location) []Tick {
	var ticks []Tick
	length := f.to.Sub(f.from)
	every := []time.Duration{4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 61 * 24 * time.Hour}
	gap := every[len(every)-1]
	for _, e := range every {
		if length/e <= 8 {
			gap = e
			break
		}
	}
	at := f.from.In(zone)
	first := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	for t := first; t.Before(f.to); t = t.Add(gap) {
		x := float64(t.Sub(f.from)) / float64(length) * plotWidth
		if x < 0 || x > plotWidth-12 {
			continue
		}
		word := t.Format("02/01")
		if gap < 24*time.Hour {
			word = p.Clock(t)
		}
		ticks = append(ticks, Tick{round1(x), word})
	}
	return ticks
}

// timePlotOf draws the median and two percentiles; a step without answers
// interrupts the lines.
func timePlotOf(p web.Page, steps []monitordb.Step, from, to time.Time, daily bool) timePlot {
	f := frameOf(from, to, daily)
	var all []time.Duration
	for n := range steps {
		if d, any := quantile(&steps[n].Tally, 0.99); any {
			all = append(all, d)
		}
	}
	plot := timePlot{}
	if plot.Any = len(all) > 0; !plot.Any {
		return plot
	}
	plot.Rows, plot.Ticks = f.scale(p, all), f.ticks(p, from.Location())
	plot.P50, plot.P95, plot.P99 = f.line(steps, 0.5), f.line(steps, 0.95), f.line(steps, 0.99)
	for n := range steps {
		if t := &steps[n].Tally; t.Down > 0 {
			w := max(2, f.width()*min(1, float64(t.Down)/float64(f.step)))
			plot.Falls = append(plot.Falls, Column{round1(max(0, f.x(steps[n].Start)-w/2)), round1(w)})
		}
	}
	return plot
}

// line draws one percentile.
func (f frame) line(steps []monitordb.Step, q float64) string {
	var b strings.Builder
	var last time.Time
	for n := range steps {
		d, any := quantile(&steps[n].Tally, q)
		if !any {
			continue
		}
		at := steps[n].Start
		if !last.IsZero() && at.Sub(last) <= f.step+2*time.Hour { // a day may have 25 hours
			fmt.Fprintf(&b, "L%g %g", f.x(at), f.y(d))
		} else {
			fmt.Fprintf(&b, "M%g %gh.1", f.x(at), f.y(d))
		}
		last = at
	}
	return b.String()
}

// phasePlotOf draws a bar for each step, its phases one upon the other.
func phasePlotOf(p web.Page, steps []monitordb.Step, from, to time.Time, daily bool) phasePlot {
	f := frameOf(from, to, daily)
	var all []time.Duration
	for n := range steps {
		if mean, known := steps[n].Tally.PhaseShares(); known {
			all = append(all, mean.Total())
		}
	}
	plot := phasePlot{}
	if plot.Any = len(all) > 0; !plot.Any {
		return plot
	}
	plot.Rows, plot.Ticks = f.scale(p, all), f.ticks(p, from.Location())
	width := round1(max(0.8, f.width()*0.8))
	paths := make([]strings.Builder, len(monitor.PhaseList()))
	for n := range steps {
		mean, known := steps[n].Tally.PhaseShares()
		if !known {
			continue
		}
		x, below := round1(f.x(steps[n].Start)-width/2), time.Duration(0)
		for _, phase := range monitor.PhaseList() {
			low, high := f.y(below), f.y(below+mean[phase])
			if below += mean[phase]; low > high {
				fmt.Fprintf(&paths[phase], "M%g %gh%gV%gh-%gz", x, high, width, low, width)
			}
		}
	}
	for _, phase := range monitor.PhaseList() {
		plot.Layers = append(plot.Layers, phaseLayer{"monitor.phase." + phase.String(), "phase-" + phase.String(), paths[phase].String()})
	}
	return plot
}

// weekMap is the share of slow and failed looks by weekday and hour.
type weekMap struct {
	Any   bool
	Hours []string
	Rows  []weekRow
	Worst string // in one sentence
}

type weekRow struct {
	Day   string
	Cells []weekCell
}

type weekCell struct{ Level, Word string }

// weekMapOf counts the hours.
func weekMapOf(p web.Page, hours []monitordb.Step, within time.Duration, zone *time.Location) weekMap {
	var rhythm monitor.Rhythm
	for n := range hours {
		rhythm.Add(hours[n].Start.In(zone), &hours[n].Tally, within)
	}
	m := weekMap{Any: len(hours) > 0}
	for h := range 24 {
		m.Hours = append(m.Hours, p.Number(h))
	}
	worst := 0.0
	for d, code := range monitor.Weekdays() {
		row := weekRow{Day: p.T("agreement.day." + code)}
		for h := range 24 {
			cell := weekCell{"none", "–"}
			if part, any := rhythm[d][h].Share(); any {
				cell = weekCell{levelOf(part), p.Percent(part, 0)}
				if part > worst {
					worst = part
					m.Worst = p.T("standing.week.worst", row.Day, p.Number(h), p.Number((h+1)%24), p.Percent(part, 1))
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		m.Rows = append(m.Rows, row)
	}
	if m.Worst == "" {
		m.Worst = p.T("standing.week.well")
	}
	return m
}

// levelOf is how dark a share is drawn.
func levelOf(part float64) string {
	switch {
	case part == 0:
		return "0"
	case part < 0.02:
		return "1"
	case part < 0.1:
		return "2"
	case part < 0.3:
		return "3"
	}
	return "4"
}
