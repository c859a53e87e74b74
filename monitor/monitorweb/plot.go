package monitorweb

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// Plot is response time over a day, drawn by the server. It has a title that
// is the answer, and its table beside it. Time runs from left to right in
// every language.
type Plot struct {
	Width, Height   int
	Line            string   // path of the medians
	Band            string   // path between the fastest and the slowest
	Gaps            []Column // where nothing is known, drawn as missing and never as zero
	Falls           []Column // where it did not answer
	Rows            []Level  // horizontal lines with their value
	Hours           []Tick
	Median, Slowest time.Duration
	Any             bool
}

// Column is a stretch of the time axis.
type Column struct{ X, W float64 }

// Level is a value of the vertical axis.
type Level struct {
	Y    float64
	Word string
}

// Tick is a moment of the time axis.
type Tick struct {
	X    float64
	Word string
}

const (
	plotWidth  = 720
	plotHeight = 180
	plotStep   = 10 * time.Minute
)

// slot is what happened in one step of the plot.
type slot struct{ fastest, median, slowest time.Duration }

// plotOf draws the readings of from..to.
func plotOf(p web.Page, readings []monitor.Reading, from, to time.Time, planned []monitor.Span) Plot {
	slots, all := slotsOf(readings, from, to)
	plot := Plot{Width: plotWidth, Height: plotHeight, Any: len(all) > 0}
	if !plot.Any {
		return plot
	}
	slices.Sort(all)
	plot.Median, plot.Slowest = all[len(all)/2], all[len(all)-1]
	// The axis ends above nearly everything; the few beyond touch the edge.
	top := niceTop(all[(len(all)-1)*99/100])
	plot.Line, plot.Band = lines(slots, top)
	for _, share := range []float64{0, 0.5, 1} {
		plot.Rows = append(plot.Rows, Level{
			Y: plotHeight * (1 - share), Word: p.Duration(time.Duration(share * float64(top)).Round(time.Millisecond)),
		})
	}
	scale := plotWidth / float64(to.Sub(from))
	for _, s := range monitor.Ribbon(readings, from, to, planned) {
		column := Column{round1(float64(s.From.Sub(from)) * scale), round1(float64(s.To.Sub(s.From)) * scale)}
		switch s.Verdict {
		case monitor.Down:
			column.W = max(column.W, 2)
			plot.Falls = append(plot.Falls, column)
		case monitor.Unknown:
			plot.Gaps = append(plot.Gaps, column)
		case monitor.Up, monitor.Degraded, monitor.Suspect:
		}
	}
	for at := from.Truncate(time.Hour).Add(time.Hour); at.Before(to); at = at.Add(time.Hour) {
		if at.Hour()%4 == 0 {
			plot.Hours = append(plot.Hours, Tick{round1(float64(at.Sub(from)) * scale), p.Clock(at)})
		}
	}
	return plot
}

// slotsOf sorts the good readings into the steps of the plot.
func slotsOf(readings []monitor.Reading, from, to time.Time) (slots []*slot, all []time.Duration) {
	times := make([][]time.Duration, int(math.Ceil(float64(to.Sub(from))/float64(plotStep))))
	for n := range readings {
		r := &readings[n]
		if !r.Good() || r.At.Before(from) || !r.At.Before(to) {
			continue
		}
		i := int(r.At.Sub(from) / plotStep)
		times[i] = append(times[i], r.Phases.Total())
		all = append(all, r.Phases.Total())
	}
	slots = make([]*slot, len(times))
	for n, list := range times {
		if len(list) > 0 {
			slices.Sort(list)
			slots[n] = &slot{list[0], list[len(list)/2], list[len(list)-1]}
		}
	}
	return slots, all
}

// lines draws the medians and the band around them; a step without readings
// interrupts both.
func lines(slots []*slot, top time.Duration) (line, band string) {
	var l, b strings.Builder
	step := float64(plotWidth) / float64(len(slots))
	y := func(d time.Duration) float64 { return plotHeight * (1 - min(1, float64(d)/float64(top))) }
	for n := 0; n < len(slots); n++ {
		if slots[n] == nil {
			continue
		}
		end := n
		for end+1 < len(slots) && slots[end+1] != nil {
			end++
		}
		x := func(i int) float64 { return (float64(i) + 0.5) * step }
		fmt.Fprintf(&l, "M%.1f %.1f", x(n), y(slots[n].median))
		fmt.Fprintf(&b, "M%.1f %.1f", x(n), y(slots[n].slowest))
		if n == end { // one step alone would have no length
			fmt.Fprintf(&l, "h0.1")
		}
		for i := n + 1; i <= end; i++ {
			fmt.Fprintf(&l, "L%.1f %.1f", x(i), y(slots[i].median))
			fmt.Fprintf(&b, "L%.1f %.1f", x(i), y(slots[i].slowest))
		}
		for i := end; i >= n; i-- {
			fmt.Fprintf(&b, "L%.1f %.1f", x(i), y(slots[i].fastest))
		}
		b.WriteByte('z')
		n = end
	}
	return l.String(), b.String()
}

// niceTop is the least round value at or above d.
func niceTop(d time.Duration) time.Duration {
	for unit := time.Millisecond; ; unit *= 10 {
		for _, factor := range []time.Duration{2, 5, 10} {
			if top := factor * unit; d <= top {
				return max(top, 10*time.Millisecond)
			}
		}
	}
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

// bar is one phase of the last reading.
type bar struct {
	Key   string // sentence that names it
	Class string
	Took  string
	X, W  float64 // of a strip 720 wide
}

// barsOf draws the phases of a reading, one after the other.
func barsOf(p web.Page, phases monitor.Phases) []bar {
	total := phases.Total()
	if total <= 0 {
		return nil
	}
	var bars []bar
	at := 0.0
	for _, phase := range monitor.PhaseList() {
		w := float64(plotWidth) * float64(phases[phase]) / float64(total)
		bars = append(bars, bar{
			Key: "monitor.phase." + phase.String(), Class: "phase-" + phase.String(),
			Took: millis(p, phases[phase]), X: round1(at), W: round1(w),
		})
		at += w
	}
	return bars
}
