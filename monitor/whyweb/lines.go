package whyweb

import (
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/why"
	"github.com/jard-odi/jard/stats"
	"github.com/jard-odi/jard/web"
)

// bar is a value with its interval, drawn by the server on a width of 200.
type bar struct{ W, Low, High float64 }

const barWidth = 200

// barOf draws v where most is the whole width.
func barOf(v stats.Estimate, most float64) bar {
	at := func(x float64) float64 {
		if most <= 0 {
			return 0
		}
		return min(barWidth, max(0, x/most*barWidth))
	}
	return bar{at(v.Value), at(v.Low), at(v.High)}
}

// driverLine is one driver.
type driverLine struct {
	Name, Share, Range, Rank string
	Against                  bool // less of it goes with more satisfaction: odd, and said
	Bar                      bar
}

// shiftLine is one comparison.
type shiftLine struct {
	From, To                  time.Time
	Kind, Lasted              string
	Service                   lang.Text
	Slug                      string
	Change, Range             string
	NAfter, NBefore, Troubles int
	Mark                      web.Mark
}

// doseLine is what troubles of a similar length come to.
type doseLine struct {
	Length, Change, Range string
	N                     int
}

// themeLine is one theme.
type themeLine struct {
	code         string
	Name         lang.Text
	N            int64
	Share, Range string
	Trend        string
	Bar          bar
	Examples     []string
}

// clearlyAgainst is from which correlation on a link the other way round is said.
const clearlyAgainst = -0.1

// shownShifts is how many comparisons the table lists.
const shownShifts = 40

// fill turns what was found into words.
func (p *whyPage) fill(names map[string]lang.Text, themes *survey.Themes) {
	p.Compared = p.Found.Compared()
	p.fillDrivers()
	for _, s := range p.Found.Told() {
		p.Told = append(p.Told, p.sentence(&s, names))
	}
	for n := range p.Found.Shifts {
		switch one := &p.Found.Shifts[n]; {
		case !one.Compared:
			p.Few++
		case len(p.Shifts) == shownShifts:
			p.MoreOf++
		default:
			p.Shifts = append(p.Shifts, p.shift(one, names))
		}
	}
	for _, d := range p.Found.Doses {
		p.Doses = append(p.Doses, doseLine{p.length(d), p.points(d.Change.Value), p.interval(d.Change), d.N})
	}
	p.fillThemes(themes)
}

func (p *whyPage) fillDrivers() {
	d := &p.Found.Drivers
	for _, f := range survey.Factors() {
		if reason, ok := d.Left[f]; ok && len(d.Drivers) > 0 {
			p.Left = append(p.Left, p.T("why.left."+string(reason), p.T("why.factor."+string(f))))
		}
	}
	if len(d.Drivers) == 0 || d.R2 <= 0 {
		return
	}
	most := 0.0
	for _, one := range d.Drivers {
		most = max(most, one.Weight.High/d.R2)
	}
	most = min(1, most)
	for _, one := range d.Drivers {
		share := stats.Estimate{Value: one.Share, Interval: stats.Interval{Low: one.Weight.Low / d.R2, High: min(1, one.Weight.High/d.R2)}}
		p.Drivers = append(p.Drivers, driverLine{
			Name: p.T("why.factor." + string(one.Factor)), Share: p.Percent(share.Value, 0), Bar: barOf(share, most),
			Range: p.T("why.from_to", p.Percent(share.Low, 0), p.Percent(share.High, 0)), Rank: p.rank(one.Best, one.Worst),
			Against: one.Correlation < clearlyAgainst,
		})
	}
	if d.Settled() {
		first := d.Drivers[0]
		p.First = p.T("why.first", p.T("why.factor_the."+string(first.Factor)), p.rank(first.Best, first.Worst))
	}
}

func (p *whyPage) rank(best, worst int) string {
	if best == worst {
		return p.Number(best)
	}
	return p.T("why.ranks", best, worst)
}

// points is a change on ten, with its sign.
func (p *whyPage) points(v float64) string {
	if v > 0 {
		return "+" + p.Decimal(v, 1)
	}
	return p.Decimal(v, 1)
}

func (p *whyPage) interval(e stats.Estimate) string {
	return p.T("why.from_to", p.points(e.Low), p.points(e.High))
}

// sentence says one change: what was measured, and when; never because of what.
func (p *whyPage) sentence(s *why.Shift, names map[string]lang.Text) string {
	key, by := "why.told.fell", -s.Change.Value
	if s.Change.Value > 0 {
		key, by = "why.told.rose", s.Change.Value
	}
	text := p.T(key, p.Decimal(by, 1), p.T("why.during."+string(s.Kind), p.Date(s.From)), p.points(s.Change.Low), p.points(s.Change.High))
	if name, ok := names[s.Service]; ok {
		text = p.T("why.told.of", p.Text(name), text)
	}
	return text
}

func (p *whyPage) shift(s *why.Shift, names map[string]lang.Text) shiftLine {
	line := shiftLine{
		From: s.From, To: s.To, Kind: p.T("why.kind." + string(s.Kind)), Lasted: p.Duration(s.Down.Duration()), NAfter: int(s.NAfter),
		NBefore: int(s.NBefore), Troubles: s.Troubles, Service: names[s.Service], Slug: s.Service,
	}
	switch {
	case s.Told && s.Change.Value < 0:
		line.Mark = p.Mark("down", "why.mark.fell")
	case s.Told:
		line.Mark = p.Mark("open", "why.mark.rose")
	default:
		line.Mark = p.Mark("unknown", "why.mark.chance")
	}
	line.Change, line.Range = p.points(s.Change.Value), p.interval(s.Change.Estimate)
	return line
}

func (p *whyPage) length(d why.Dose) string {
	switch {
	case d.Below == 0:
		return p.T("why.dose.over", p.Duration(d.From))
	case d.From == 0:
		return p.T("why.dose.under", p.Duration(d.Below))
	}
	return p.T("why.from_to", p.Duration(d.From), p.Duration(d.Below))
}

func (p *whyPage) fillThemes(themes *survey.Themes) {
	t := &p.Found.Themes
	if !t.Shown() {
		return
	}
	most := 0.0
	for _, s := range t.List {
		most = max(most, s.Share.High)
	}
	for _, s := range t.List {
		theme := themes.Theme(s.Code)
		if theme == nil || s.N == 0 {
			continue // of a list that was changed since
		}
		line := themeLine{
			code: s.Code, Name: theme.Name, N: s.N, Share: p.Percent(s.Share.Value, 0), Bar: barOf(s.Share, most),
			Range: p.T("why.from_to", p.Percent(s.Share.Low, 0), p.Percent(s.Share.High, 0)),
		}
		switch {
		case s.Moved && s.Change.Value > 0:
			line.Trend = p.T("why.trend.up", p.Percent(s.Change.Value, 0))
		case s.Moved:
			line.Trend = p.T("why.trend.down", p.Percent(-s.Change.Value, 0))
		}
		p.Themes = append(p.Themes, line)
	}
	p.Unknown = p.T("why.themes_unknown", p.Percent(t.Unknown.Value, 0), p.Percent(t.Unknown.Low, 0), p.Percent(t.Unknown.High, 0))
}

// Least is how many answers it takes after a trouble.
func (whyPage) Least() int { return why.LeastAfter }

// LeastBefore is how many answers it takes before a trouble.
func (whyPage) LeastBefore() int { return why.LeastBefore }
