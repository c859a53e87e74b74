package whyweb

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/monitor/why"
	"github.com/jard-odi/jard/web"
)

type whyIn struct {
	Slug string `path:"slug" maxLength:"100"`
}

type whyOut struct{ Body why.Finding }

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	op := huma.Operation{
		OperationID: "why-satisfied", Method: http.MethodGet, Path: "/api/v1/services/{slug}/why",
		Summary: "What weighs on satisfaction, what followed outages, what people write about", Tags: []string{"Satisfaction"},
	}
	op.Security = web.PublicOperation()
	web.Register(p.shell, op, func(ctx context.Context, in *whyIn) (*whyOut, error) {
		v, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug)
		if err != nil {
			return nil, err
		}
		f, err := p.findings.Finding(ctx, why.OfService, v.Slug)
		if err != nil {
			return nil, err
		}
		if !f.Themes.Shown() { // fewer comments than that would be about single persons
			f.Themes = why.Themes{N: f.Themes.N, NBefore: f.Themes.NBefore}
		}
		return &whyOut{*f}, nil
	})
}
