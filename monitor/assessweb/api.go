package assessweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// api adds the assessment's part of the JSON API.
func (p *Pages) api() {
	web.Register(p.shell, huma.Operation{
		OperationID: "service-assessment", Method: http.MethodGet, Path: "/api/v1/services/{slug}/assessment",
		Summary: "How good a service is: letter, areas, criteria and what they stand on", Tags: []string{"Services"}, Security: web.PublicOperation(),
	}, p.apiService)
}

type assessmentIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	Edition string `query:"edition" maxLength:"7" doc:"Quarter of an edition, 2026-Q3; now when empty"`
}

type assessmentAnswer struct {
	Body assessmentOut
}

// assessmentOut is a scorecard for machines. Values are in the unit of their
// measure; what is not known is null and says why.
type assessmentOut struct {
	Service     string         `json:"service"`
	Institution string         `json:"institution"`
	Edition     string         `json:"edition" doc:"Quarter; empty for now"`
	Frozen      bool           `json:"frozen"`
	Hash        string         `json:"hash" doc:"SHA-256 of the frozen edition"`
	JudgedAt    time.Time      `json:"judged_at"`
	Set         setOut         `json:"set"`
	Value       *float64       `json:"value" doc:"0 to 100; null under the coverage that the set wants"`
	Letter      string         `json:"letter"`
	Earned      string         `json:"earned" doc:"What the points alone would give"`
	Capped      []string       `json:"capped" doc:"Criteria whose red took the letter down"`
	Coverage    float64        `json:"coverage" doc:"Share of the weights that is known"`
	Spread      float64        `json:"spread" doc:"Standard deviation that is left open by what is not known"`
	Quartile    int            `json:"quartile" doc:"Among all services, 1 the best; 0 when not placed"`
	Rank        int            `json:"rank" doc:"Of a frozen edition; 0 before"`
	Areas       []areaOut      `json:"areas"`
	Criteria    []criterionOut `json:"criteria"`
}

type setOut struct {
	Name    string    `json:"name"`
	Version int       `json:"version"`
	Title   lang.Text `json:"title"`
	Method  string    `json:"method"`
}

type areaOut struct {
	Code     string    `json:"code"`
	Title    lang.Text `json:"title"`
	Value    *float64  `json:"value"`
	Coverage float64   `json:"coverage"`
}

type criterionOut struct {
	Code      string       `json:"code"`
	Title     lang.Text    `json:"title"`
	Area      string       `json:"area"`
	Kind      string       `json:"kind"`
	Weight    float64      `json:"weight"`
	Colour    string       `json:"colour" enum:"green,amber,red,grey"`
	Undecided bool         `json:"undecided"`
	Needed    int64        `json:"needed" doc:"About how many more observations would decide"`
	Declared  bool         `json:"declared" doc:"Rests on words that nobody confirmed"`
	Unknown   string       `json:"unknown" doc:"Why nothing is known"`
	Measures  []measureOut `json:"measures"`
}

type measureOut struct {
	Measure  string        `json:"measure"`
	Unit     string        `json:"unit"`
	Value    *float64      `json:"value"`
	Word     string        `json:"word"`
	Low      *float64      `json:"low"`
	High     *float64      `json:"high"`
	N        int64         `json:"n"`
	At       *time.Time    `json:"at"`
	Until    *time.Time    `json:"until"`
	Colour   string        `json:"colour"`
	Unknown  string        `json:"unknown"`
	Green    *lineOut      `json:"green"`
	Red      *lineOut      `json:"red"`
	Evidence []evidenceOut `json:"evidence"`
}

type lineOut struct {
	AtLeast *float64 `json:"at_least,omitempty"`
	AtMost  *float64 `json:"at_most,omitempty"`
	Below   *float64 `json:"below,omitempty"`
	Above   *float64 `json:"above,omitempty"`
	Is      string   `json:"is,omitempty"`
}

type evidenceOut struct {
	What string `json:"what" doc:"Key of a sentence"`
	URL  string `json:"url"`
	Text string `json:"text"`
}

// apiService answers GET /api/v1/services/{slug}/assessment.
func (p *Pages) apiService(ctx context.Context, in *assessmentIn) (*assessmentAnswer, error) {
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	var l *look
	if in.Edition == "" {
		l, err = p.lookNow(ctx)
	} else {
		l, err = p.lookAt(ctx, in.Edition)
	}
	if err != nil {
		return nil, err
	}
	s, err := p.standing(ctx, l, v)
	if err != nil {
		return nil, err
	}
	out := shape(l, &s)
	for _, place := range l.places() {
		if place.Service == v.Slug {
			out.Quartile, out.Rank = place.Quartile, place.Rank
		}
	}
	return &assessmentAnswer{Body: out}, nil
}

// shape writes a scorecard.
func shape(l *look, s *stood) assessmentOut {
	score := &s.Score
	out := assessmentOut{
		Service: s.Slug, Institution: s.Institution, JudgedAt: l.At.UTC(),
		Set:   setOut{l.Set.Name, l.Set.Version, l.Set.Title, string(l.Set.Method)},
		Value: score.Value, Letter: score.Band, Earned: score.Earned, Capped: append([]string{}, score.Capped...), Coverage: score.Coverage,
		Spread: score.Spread, Areas: []areaOut{}, Criteria: []criterionOut{},
	}
	if l.Edition != nil {
		out.Edition, out.Frozen, out.Hash = l.Edition.Quarter, l.Edition.State == assess.Frozen, l.Edition.Hash
	}
	for _, a := range score.Areas {
		out.Areas = append(out.Areas, areaOut{a.Area, areaTitle(l.Set, a.Area), a.Value, a.Coverage})
	}
	for n := range l.Set.Criteria {
		c := &l.Set.Criteria[n]
		if r := score.Result(c.Code); r != nil {
			out.Criteria = append(out.Criteria, shapeCriterion(l, c, r, s.Facts))
		}
	}
	return out
}

func shapeCriterion(l *look, c *assess.Criterion, r *assess.Result, facts assess.Facts) criterionOut {
	out := criterionOut{
		Code: c.Code, Title: c.Title, Area: c.Area, Kind: string(c.Kind), Weight: c.Weight, Colour: string(r.Colour), Undecided: r.Undecided,
		Needed: r.Needed, Declared: r.Declared, Unknown: r.Unknown, Measures: []measureOut{},
	}
	for n, part := range c.Parts() {
		f := facts[part.Measure]
		unit, _ := part.Measure.Unit()
		m := measureOut{
			Measure: string(part.Measure), Unit: string(unit), Colour: string(assess.Grey), Unknown: f.Why(l.At), Green: shapeLine(part.Green),
			Red: shapeLine(part.Red), Evidence: []evidenceOut{},
		}
		if n < len(r.Parts) {
			m.Colour, m.Unknown = string(r.Parts[n].Colour), r.Parts[n].Unknown
		}
		if f.Known(l.At) {
			if at := f.At.UTC(); !at.IsZero() {
				m.At = &at
			}
			m.Word, m.Low, m.High, m.N, m.Until = f.Word, f.Low, f.High, f.N, f.Until
			if v := f.Value; unit != assess.Word {
				m.Value = &v
			}
		}
		for _, e := range f.Evidence {
			m.Evidence = append(m.Evidence, evidenceOut{e.What, e.URL, e.Text})
		}
		out.Measures = append(out.Measures, m)
	}
	return out
}

func shapeLine(l *assess.Line) *lineOut {
	if l == nil {
		return nil
	}
	return &lineOut{l.AtLeast, l.AtMost, l.Below, l.Above, l.Is}
}
