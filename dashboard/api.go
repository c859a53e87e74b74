package dashboard

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/web"
)

// indicatorAPI adds the indicators to the JSON API.
func (d *Desks) indicatorAPI() {
	web.Register(d.shell, huma.Operation{
		OperationID: "indicators", Method: http.MethodGet, Path: "/api/v1/indicators", Tags: []string{"indicators"},
		Summary:     "What the programme is measured by",
		Description: "Whoever has not signed in reads what rests on public data; an officer reads her institution's.",
		Security:    web.PublicOperation(),
	}, d.apiIndicators)
}

type indicatorsIn struct {
	From        string `query:"from" doc:"First day; without it the year before to" example:"2026-07-01"`
	To          string `query:"to" doc:"Last day; without it today" example:"2026-09-30"`
	Institution string `query:"institution" doc:"Slug; bodies under it are included" example:"marhp"`
}

type indicatorsOut struct {
	Body struct {
		From  string         `json:"from"`
		To    string         `json:"to"`
		Items []indicatorOut `json:"items"`
		By    []bodyOut      `json:"institutions" doc:"The same by institution"`
	}
}

// bodyOut is one institution's indicators.
type bodyOut struct {
	Institution string         `json:"institution"`
	Items       []indicatorOut `json:"items"`
}

// indicatorOut is an indicator as the JSON API writes it.
type indicatorOut struct {
	Code        string   `json:"code" example:"on_time"`
	Name        string   `json:"name" doc:"In the caller's language"`
	Definition  string   `json:"definition" doc:"What counts and what does not, in the caller's language"`
	Unit        string   `json:"unit" doc:"datasets, share, updates or working_days"`
	OverTime    bool     `json:"over_time" doc:"Of the period; the others are of now"`
	Value       *float64 `json:"value" doc:"null: not measured, which is not zero"`
	Numerator   int      `json:"numerator"`
	Denominator int      `json:"denominator" doc:"0 where the value is no share"`
}

// apiIndicators answers GET /api/v1/indicators.
func (d *Desks) apiIndicators(ctx context.Context, in *indicatorsIn) (*indicatorsOut, error) {
	by := web.ActorFrom(ctx)
	p := picture{view: view{by: by, now: d.now()}, weeks: 1, public: !by.MayAnywhere(identity.ReadRegister), institution: in.Institution}
	p.Lang = web.LangFrom(ctx)
	var err error
	if p.tree, err = d.institutions.Institutions(ctx); err != nil {
		return nil, err
	}
	if _, known := p.tree[in.Institution]; in.Institution != "" && !known {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	if p.period, err = indicator.ParsePeriod(in.From, in.To, p.now); err != nil {
		return nil, err
	}
	if err := d.measure(ctx, &p); err != nil {
		return nil, err
	}
	out := &indicatorsOut{}
	out.Body.From, out.Body.To = string(p.period.From.Date()), string(p.period.To.Date())
	out.Body.Items = d.shape(ctx, p.figures(nil).Values(p.codes()))
	out.Body.By = []bodyOut{}
	for _, slug := range p.rows() {
		out.Body.By = append(out.Body.By, bodyOut{slug, d.shape(ctx, p.figures(p.inRow(slug)).Values(p.codes()))})
	}
	return out, nil
}

func (d *Desks) shape(ctx context.Context, values []indicator.Value) []indicatorOut {
	words, tag := d.shell.Words(), web.LangFrom(ctx)
	list := make([]indicatorOut, 0, len(values))
	for _, v := range values {
		o := indicatorOut{
			Code: string(v.Code), Name: words.T(tag, "indicator.name."+string(v.Code)),
			Definition: words.T(tag, "indicator.about."+string(v.Code)), Unit: string(v.Code.Unit()),
			OverTime: v.Code.OverTime(), Numerator: v.N, Denominator: v.Of,
		}
		if v.Measured {
			value := v.Amount
			o.Value = &value
		}
		list = append(list, o)
	}
	return list
}
