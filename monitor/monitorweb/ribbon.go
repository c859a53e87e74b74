package monitorweb

import (
	"fmt"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// Ribbon is a strip of days or hours, the oldest at the left in every
// language, as on every chart. Equal pieces are drawn as one path each, so
// that a page of many services stays small.
type Ribbon struct {
	Width  int
	Label  string // what it shows, for who does not see it
	Pieces []Piece
}

// Piece is every cell of one shade.
type Piece struct {
	Shade string // class
	Path  string
}

// dayWidth and dayStep are the width of a day's bar and the distance to the next.
const (
	dayWidth = 6
	dayStep  = 8
)

// ribbonHeight is the height of a ribbon, and heights that of each shade: an
// outage stands out above the rest, and where nothing is known there is only a
// stub, so that the ribbon can be read without its colours.
const ribbonHeight = 24

var heights = map[string]int{"good": 17, "dipped": 21, "bad": ribbonHeight, "missing": 3}

// dayRibbon draws the days of a service.
func dayRibbon(p web.Page, days []monitor.DaySum) Ribbon {
	paths, counts := map[monitor.Shade]*strings.Builder{}, map[monitor.Shade]int{}
	order := []monitor.Shade{monitor.ShadeGood, monitor.ShadeDipped, monitor.ShadeBad, monitor.ShadeMissing}
	for _, s := range order {
		paths[s] = &strings.Builder{}
	}
	for n, d := range days {
		shade := d.Shade()
		counts[shade]++
		height := heights[string(shade)]
		fmt.Fprintf(paths[shade], "M%d %dh%dv%dh-%dz", n*dayStep, ribbonHeight-height, dayWidth, height, dayWidth)
	}
	r := Ribbon{
		Width: len(days)*dayStep - (dayStep - dayWidth),
		Label: p.T("monitor.ribbon.label", len(days), counts[monitor.ShadeGood],
			counts[monitor.ShadeDipped]+counts[monitor.ShadeBad], counts[monitor.ShadeMissing]),
	}
	for _, s := range order {
		if path := paths[s].String(); path != "" {
			r.Pieces = append(r.Pieces, Piece{string(s), path})
		}
	}
	return r
}

// hourRibbon draws stretches of from..to on a strip of the given width.
func hourRibbon(p web.Page, stretches []monitor.Stretch, from, to time.Time, width int) Ribbon {
	paths, spent := map[monitor.Verdict]*strings.Builder{}, map[monitor.Verdict]time.Duration{}
	r := Ribbon{Width: width}
	scale := float64(width) / float64(to.Sub(from))
	for _, s := range stretches {
		if paths[s.Verdict] == nil {
			paths[s.Verdict] = &strings.Builder{}
		}
		spent[s.Verdict] += s.To.Sub(s.From)
		x, w := float64(s.From.Sub(from))*scale, float64(s.To.Sub(s.From))*scale
		if s.Verdict == monitor.Down {
			w = max(w, 2) // an outage is never too short to see
		}
		height := heights[shadeOf(s.Verdict)]
		fmt.Fprintf(paths[s.Verdict], "M%.1f %dh%.1fv%dh-%.1fz", x, ribbonHeight-height, w, height, w)
	}
	for _, v := range []monitor.Verdict{monitor.Up, monitor.Degraded, monitor.Suspect, monitor.Unknown, monitor.Down} {
		if b := paths[v]; b != nil {
			r.Pieces = append(r.Pieces, Piece{shadeOf(v), b.String()})
		}
	}
	whole := float64(to.Sub(from))
	r.Label = p.T("monitor.ribbon.day", p.Percent(float64(spent[monitor.Up]+spent[monitor.Degraded])/whole, 1),
		p.Percent(float64(spent[monitor.Down])/whole, 1), p.Percent(float64(spent[monitor.Unknown])/whole, 1))
	return r
}

func shadeOf(v monitor.Verdict) string {
	switch v {
	case monitor.Up:
		return "good"
	case monitor.Degraded, monitor.Suspect:
		return "dipped"
	case monitor.Down:
		return "bad"
	}
	return "missing"
}
