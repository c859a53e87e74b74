package assessweb

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// card is a score as pages show it: the letter and why it is that, areas,
// criteria, and what each stands on.
type card struct {
	Letter   string // empty when too little is known
	Word     lang.Text
	Tone     string
	Value    string
	Earned   string
	Coverage string
	Share    float64 // the coverage, for a bar
	Why      []string
	Counts   []tally
	Areas    []areaView
	Radar    radar
	Set      lang.Text
	SetCode  string
	Version  int
	At       time.Time // the newest of its facts
}

// tally is how many criteria have a colour.
type tally struct {
	Mark web.Mark
	N    int
}

// areaView is an area of a card.
type areaView struct {
	Code     string
	Title    lang.Text
	Value    string
	Coverage string
	Class    string // of a heat map
	Rows     []criterionView
}

// criterionView is one criterion of a card.
type criterionView struct {
	Code     string
	Title    lang.Text
	Colour   string
	Mark     web.Mark
	Values   []string
	Value    string   // in short
	Said     []string // each with the name of its measure
	Goal     string
	Kind     string
	Weight   string
	Unknown  string // why nothing is known
	Needed   string // what would decide
	Declared bool
	Caps     bool // it holds the letter down
	At       time.Time
	Parts    []partView
	Tags     []string
	Note     string
	Advice   lang.Text
}

// partView is one measure of a criterion, with what shows it.
type partView struct {
	Name     string
	Mark     web.Mark
	Value    string
	Interval string
	N        string
	Goal     string
	Red      string
	Unknown  string
	At       time.Time
	Until    *time.Time
	Declared bool
	Evidence []evidenceView
}

// evidenceView is what shows that a fact is so.
type evidenceView struct {
	Text  string
	URL   string
	Quote string
}

// cardOf makes a card of a score and the facts it stands on.
func cardOf(p web.Page, set *assess.Set, score *assess.Score, facts assess.Facts, now time.Time) card {
	c := card{
		Letter: score.Band, Word: bandTitle(set, score.Band), Tone: bandTone(set, score.Band), Value: points(p, score.Value),
		Coverage: percent(p, math.Floor(score.Coverage*100)/100), Share: score.Coverage, Set: set.Title, SetCode: set.Name, Version: set.Version,
	}
	if score.Earned != score.Band {
		c.Earned = score.Earned
	}
	c.Why = why(p, set, score)
	undecided := 0
	for _, r := range score.Results {
		if r.Undecided {
			undecided++
		}
		if r.At.After(c.At) {
			c.At = r.At
		}
	}
	for _, colour := range assess.Colours() {
		n := score.Counts[colour]
		if colour == assess.Amber {
			n -= undecided
		}
		c.Counts = append(c.Counts, tally{colourMark(p, colour, false), n})
	}
	if undecided > 0 {
		c.Counts = slices.Insert(c.Counts, 2, tally{colourMark(p, assess.Amber, true), undecided})
	}
	for _, a := range score.Areas {
		c.Areas = append(c.Areas, areaOf(p, set, score, a, facts, now))
	}
	c.Radar = radarOf(p, set, score)
	return c
}

// why tells in words how the letter came about.
func why(p web.Page, set *assess.Set, score *assess.Score) []string {
	var out []string
	least := set.Coverage
	switch {
	case score.Value == nil && set.Method == assess.Index:
		out = append(out, p.T("assessdesk.why.index"))
	case score.Value == nil:
		out = append(out, p.T("assessdesk.why.uncovered", percent(p, math.Floor(score.Coverage*100)/100), percent(p, least)))
	case score.Earned != score.Band:
		out = append(out, p.T("assessdesk.why.earned", points(p, score.Value), score.Earned))
	case score.Band != "":
		out = append(out, p.T("assessdesk.why.points", points(p, score.Value), score.Band))
	}
	for _, code := range score.Capped {
		out = append(out, p.T("assessdesk.why.capped", p.Text(criterionTitle(set, code)), score.Band))
	}
	if n := score.Counts[assess.Grey]; n > 0 && score.Value != nil {
		out = append(out, p.T("assessdesk.why.grey", n))
	}
	return out
}

func areaOf(p web.Page, set *assess.Set, score *assess.Score, a assess.AreaScore, facts assess.Facts, now time.Time) areaView {
	view := areaView{
		Code: a.Area, Title: areaTitle(set, a.Area), Value: points(p, a.Value), Coverage: percent(p, math.Floor(a.Coverage*100)/100), Class: heat(a.Value),
	}
	for n := range set.Criteria {
		if c := &set.Criteria[n]; c.Area == a.Area {
			view.Rows = append(view.Rows, criterionOf(p, c, score, facts, now))
		}
	}
	return view
}

func criterionOf(p web.Page, c *assess.Criterion, score *assess.Score, facts assess.Facts, now time.Time) criterionView {
	v := criterionView{
		Code: c.Code, Title: c.Title, Kind: p.T("assessdesk.kind." + string(c.Kind)), Weight: p.Number(c.Weight), Tags: c.Tags, Note: c.Note,
		Advice: c.Advice, Caps: slices.Contains(score.Capped, c.Code), Colour: string(assess.Grey), Mark: colourMark(p, assess.Grey, false),
	}
	r := score.Result(c.Code)
	if r == nil {
		return v
	}
	v.Colour, v.Mark, v.Declared, v.At = string(r.Colour), colourMark(p, r.Colour, r.Undecided), r.Declared, r.At
	if r.Unknown != "" {
		v.Unknown = say(p, r.Unknown)
	}
	if r.Undecided {
		v.Needed = p.T("assessdesk.undecided")
		if r.Needed > 0 {
			v.Needed = p.T("assessdesk.needed", r.Needed)
		}
	}
	var goals []string
	for n, part := range c.Parts() {
		view := partOf(p, part, facts[part.Measure], now)
		if n < len(r.Parts) {
			view.Mark = colourMark(p, r.Parts[n].Colour, r.Parts[n].Undecided)
			if r.Parts[n].Unknown != "" {
				view.Unknown = say(p, r.Parts[n].Unknown)
			}
		}
		v.Parts = append(v.Parts, view)
		if view.Value != "" {
			v.Values = append(v.Values, view.Value)
			v.Said = append(v.Said, p.T("assessdesk.diff.line", view.Name, view.Value))
		}
		if view.Goal != "" && !slices.Contains(goals, view.Goal) {
			goals = append(goals, view.Goal)
		}
	}
	v.Goal, v.Value = p.List(goals...), p.List(v.Values...)
	if len(v.Parts) > 1 && len(v.Values) > 0 { // several measures: how many are at their goal says more than all of them
		green := 0
		for n := range r.Parts {
			if r.Parts[n].Colour == assess.Green {
				green++
			}
		}
		v.Value, v.Goal = p.T("assessdesk.parts", p.Number(green), p.Number(len(v.Values))), p.T("assessdesk.parts_goal")
	}
	return v
}

// partOf shows what is known of a measure, and by which lines it is judged.
func partOf(p web.Page, part assess.Part, f assess.Fact, now time.Time) partView {
	v := partView{
		Name: measureName(p, part.Measure), Goal: line(p, part.Measure, part.Green), Red: line(p, part.Measure, part.Red),
		Mark: colourMark(p, assess.Grey, false), At: f.At, Until: f.Until, Declared: f.Declared,
	}
	if why := f.Why(now); why != "" {
		v.Unknown = say(p, why)
	} else {
		v.Value, v.Interval = value(p, f), between(p, f)
		if f.N > 0 {
			v.N = p.T("assessdesk.observations", f.N)
		}
	}
	for _, e := range f.Evidence {
		v.Evidence = append(v.Evidence, evidenceOf(p, e))
	}
	return v
}

// evidenceOf says a piece of evidence. Only addresses of the web become links.
func evidenceOf(p web.Page, e assess.Evidence) evidenceView {
	v := evidenceView{Text: say(p, e.What, e.Args...), Quote: e.Text}
	if strings.HasPrefix(e.URL, "https://") || strings.HasPrefix(e.URL, "http://") {
		v.URL = e.URL
	} else if strings.HasPrefix(e.URL, "/") && !strings.HasPrefix(e.URL, "//") {
		v.URL = e.URL
	}
	return v
}

// placeWord says where a service stands among its peers: as a band, and as a
// number once an edition is frozen.
func placeWord(p web.Page, places []assess.Place, slug string) string {
	for _, at := range places {
		switch {
		case at.Service != slug:
		case at.Of < 4 && at.Rank == 0: // quarters of three say nothing
			return ""
		case at.Rank > 0:
			return p.T("assessdesk.place.rank", p.Number(at.Rank), p.Number(at.Of))
		default:
			return p.T("assessdesk.place.quarter."+string(rune('0'+at.Quartile)), p.Number(at.Of))
		}
	}
	return ""
}
