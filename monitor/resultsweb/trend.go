package resultsweb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// trendPlot is the mean of each week with its interval, drawn by the server.
// Time runs from left to right in every language; weeks without answers are
// gaps, never zeros.
type trendPlot struct {
	Any   bool
	Title string
	Line  string
	Band  string
	Dots  []dot
	Rows  []level
	Ticks []tick
	Weeks []weekRow
}

type dot struct{ X, Y float64 }

type level struct {
	Y    float64
	Word string
}

type tick struct {
	X    float64
	Word string
}

// weekRow is a week in the table beside the plot.
type weekRow struct {
	Monday     time.Time
	N          string
	Mean, Band string
	figures    survey.Figures
	any        bool
}

const (
	plotWidth  = 720.0
	plotHeight = 180.0
)

// mondayOf is the Monday of a day's week.
func mondayOf(day time.Time) time.Time { return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) }

// weeksOf are the weeks that reach into the last days, the oldest first.
func weeksOf(y *year, question string, at survey.Scale, days int) []weekRow {
	var rows []weekRow
	end := y.today().AddDate(0, 0, 1)
	for monday := mondayOf(end.AddDate(0, 0, -days)); monday.Before(end); monday = monday.AddDate(0, 0, 7) {
		row := weekRow{Monday: monday}
		sums := y.sum(monday, monday.AddDate(0, 0, 7))
		row.figures, row.any = sums.Score(question, survey.Part{Mode: at.Mode}).ByMode[at.String()]
		rows = append(rows, row)
	}
	return rows
}

func trendOf(p web.Page, y *year, question string, at survey.Scale, days int) trendPlot {
	weeks := weeksOf(y, question, at, days)
	t := trendPlot{Title: p.T("surveydesk.trend.title")}
	known := 0
	step := plotWidth / float64(len(weeks))
	for n := range weeks {
		w := &weeks[n]
		w.N, w.Mean, w.Band = p.Number(w.figures.N), "–", ""
		if w.any {
			known++
			w.Mean, w.Band = p.Decimal(w.figures.Mean10.Value, 1), bandWords(p, w.figures.Mean10.Low, w.figures.Mean10.High)
			t.Dots = append(t.Dots, dot{round1((float64(n) + 0.5) * step), height(w.figures.Mean10.Value)})
		}
		if every := (len(weeks) + 3) / 4; n%every == every/2 { // few dates, none at an edge: on a phone they are wide
			t.Ticks = append(t.Ticks, tick{round1((float64(n) + 0.5) * step), p.Date(w.Monday)})
		}
	}
	t.Any = known > 1
	t.Line, t.Band = lines(weeks, step)
	for _, value := range []float64{0, 5, 8, 10} {
		t.Rows = append(t.Rows, level{height(value), p.Number(int(value))})
	}
	t.Weeks = slices.Clone(weeks)
	slices.Reverse(t.Weeks)
	return t
}

// height is where a mean on ten stands.
func height(value float64) float64 { return round1(plotHeight * (1 - value/10)) }

// lines draws the means and the band around them; a week without answers
// interrupts both.
func lines(weeks []weekRow, step float64) (line, band string) {
	var l, b strings.Builder
	x := func(n int) float64 { return (float64(n) + 0.5) * step }
	for n := 0; n < len(weeks); n++ {
		if !weeks[n].any {
			continue
		}
		end := n
		for end+1 < len(weeks) && weeks[end+1].any {
			end++
		}
		pen := "M"
		for i := n; i <= end; i++ {
			m := weeks[i].figures.Mean10
			fmt.Fprintf(&l, "%s%.1f %.1f", pen, x(i), height(m.Value))
			fmt.Fprintf(&b, "%s%.1f %.1f", pen, x(i), height(m.High))
			pen = "L"
		}
		if n == end { // one week alone would have no width
			fmt.Fprintf(&b, "h2L%.1f %.1f", x(n)+2, height(weeks[n].figures.Mean10.Low))
		}
		for i := end; i >= n; i-- {
			fmt.Fprintf(&b, "L%.1f %.1f", x(i), height(weeks[i].figures.Mean10.Low))
		}
		b.WriteByte('z')
		n = end
	}
	return l.String(), b.String()
}

// changeOf says how the last seven days compare with the four weeks before.
func changeOf(p web.Page, y *year, question string, at survey.Scale) string {
	end := y.today().AddDate(0, 0, 1)
	week := end.AddDate(0, 0, -7)
	t, ok := survey.Compare(y.sum(week, end), y.sum(week.AddDate(0, 0, -28), week), question, survey.Part{Mode: at.Mode})[at]
	if !ok || !t.Known {
		return p.T("surveydesk.change.unknown")
	}
	points := func(x float64) string { return p.Decimal(100*x, 0) }
	key := "surveydesk.change.same"
	switch {
	case t.Worse:
		key = "surveydesk.change.worse"
	case t.Better:
		key = "surveydesk.change.better"
	}
	return p.T(key, p.Percent(t.Before.Top2.Share, 0), p.Percent(t.Now.Top2.Share, 0), points(t.Share.Low), points(t.Share.High))
}

// resultsCSV answers GET /services/{slug}/satisfaction.csv: the numbers behind
// a plot, with points as machines write them.
func (p *Pages) resultsCSV(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	y, err := p.read(ctx, v.Slug)
	if err != nil {
		return err
	}
	days := spanOf(c.Query("days"))
	sums := y.last(days)
	question := headlineOf(sums)
	f := sums.Score(question, survey.Part{})
	plot := c.Query("plot")
	var rows [][]string
	switch plot {
	case "weeks":
		rows = [][]string{append([]string{"week"}, figureColumns()...)}
		for _, w := range weeksOf(y, question, f.Scale, days) {
			rows = append(rows, append([]string{w.Monday.Format(time.DateOnly)}, figureCells(&w.figures, w.any)...))
		}
	case "questions":
		rows = questionRows(sums)
	default:
		plot = "levels"
		rows = [][]string{{"question", "scale", "point", "answers"}}
		for _, at := range scalesOf(sums, question) {
			one := f.ByMode[at.String()]
			for n, count := range one.Counts {
				rows = append(rows, []string{question, at.String(), strconv.Itoa(n + 1), strconv.FormatInt(count, 10)})
			}
		}
	}
	return web.CSV(c, v.Slug+"-"+plot+".csv", rows)
}

func figureColumns() []string {
	return []string{"answers", "verified", "mean10", "mean10_low", "mean10_high", "top2", "top2_low", "top2_high"}
}

func figureCells(f *survey.Figures, any bool) []string {
	if !any || f.Mean10 == nil || f.Top2 == nil {
		return []string{"0", "0", "", "", "", "", "", ""}
	}
	n := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	return []string{
		strconv.FormatInt(f.N, 10), strconv.FormatInt(f.VerifiedN, 10), n(f.Mean10.Value), n(f.Mean10.Low), n(f.Mean10.High),
		n(f.Top2.Share), n(f.Top2.Low), n(f.Top2.High),
	}
}

// scalesOf are the scales that a question was answered on, in an order.
func scalesOf(sums survey.Sums, question string) []survey.Scale {
	known := sums.Distributions(question, survey.Part{})
	var all []survey.Scale
	for _, mode := range survey.Modes() {
		for _, levels := range []int{3, 5, 7, 10, 11} {
			if _, ok := known[survey.Scale{Mode: mode, Levels: levels}]; ok {
				all = append(all, survey.Scale{Mode: mode, Levels: levels})
			}
		}
	}
	return all
}

// questionRows is every rated question on each of its scales.
func questionRows(sums survey.Sums) [][]string {
	rows := [][]string{append([]string{"question", "scale"}, figureColumns()...)}
	for _, question := range ratedIn(sums) {
		all := sums.Score(question, survey.Part{}).ByMode
		for _, at := range scalesOf(sums, question) {
			one := all[at.String()]
			rows = append(rows, append([]string{question, at.String()}, figureCells(&one, true)...))
		}
	}
	return rows
}
