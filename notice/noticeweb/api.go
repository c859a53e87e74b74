package noticeweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/web"
)

// wanted is a preference as the API has it.
type wanted struct {
	Rhythm    string `json:"rhythm" enum:"daily,weekly,off" doc:"How often to write; reminders of a duty are sent in any case"`
	AwayUntil string `json:"away_until,omitempty" doc:"Last day of an absence, during which nothing is sent" example:"2026-12-31"`
}

type wantedOut struct{ Body wanted }

type wantedIn struct{ Body wanted }

// remindersIn names a dataset.
type remindersIn struct {
	Ref string `path:"ref" doc:"Ref or UUID" example:"TN-MARHP-2026-0001"`
}

type remindersOut struct {
	Body struct {
		Items []reminder `json:"items"`
	}
}

// reminder is the proof that a level was told of a period.
type reminder struct {
	Period   string    `json:"period" example:"2026-Q1"`
	Audience string    `json:"audience" enum:"officer,supervisor,operator"`
	Step     string    `json:"step" example:"late-5"`
	At       time.Time `json:"at"`
}

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	web.Register(p.shell, huma.Operation{
		OperationID: "notice-preferences", Method: http.MethodGet, Path: "/api/v1/account/notices",
		Summary: "What the caller wants to be told", Tags: []string{"account"},
	}, p.apiPreferences)
	web.Register(p.shell, huma.Operation{
		OperationID: "notice-prefer", Method: http.MethodPut, Path: "/api/v1/account/notices",
		Summary: "Choose what to be told", Tags: []string{"account"},
	}, p.apiPrefer)
	web.Register(p.shell, huma.Operation{
		OperationID: "dataset-reminders", Method: http.MethodGet, Path: "/api/v1/datasets/{ref}/reminders",
		Summary: "Who was reminded of a dataset's promises, by level", Tags: []string{"datasets"},
	}, p.apiReminders)
}

// apiPreferences answers GET /api/v1/account/notices.
func (p *Pages) apiPreferences(ctx context.Context, _ *struct{}) (*wantedOut, error) {
	by := web.ActorFrom(ctx)
	if by.Account == "" {
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	kept, err := p.store.Preference(ctx, by.Account)
	return &wantedOut{wanted{string(kept.Rhythm), string(kept.AwayUntil)}}, err
}

// apiPrefer answers PUT /api/v1/account/notices.
func (p *Pages) apiPrefer(ctx context.Context, in *wantedIn) (*wantedOut, error) {
	by := web.ActorFrom(ctx)
	err := p.store.Prefer(ctx, by, notice.Preference{
		Account: by.Account, Rhythm: notice.Rhythm(in.Body.Rhythm), AwayUntil: inventory.Date(in.Body.AwayUntil),
	})
	if err != nil {
		return nil, err
	}
	return p.apiPreferences(ctx, nil)
}

// apiReminders answers GET /api/v1/datasets/{ref}/reminders.
func (p *Pages) apiReminders(ctx context.Context, in *remindersIn) (*remindersOut, error) {
	by := web.ActorFrom(ctx)
	if !by.Known() {
		return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	d, err := p.register.Get(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	all, err := p.store.Reminders(ctx, by, d.Ref)
	if err != nil {
		return nil, err
	}
	out := &remindersOut{}
	out.Body.Items = []reminder{}
	for _, r := range all {
		out.Body.Items = append(out.Body.Items, reminder{r.Period, string(r.Audience), r.Step, r.At})
	}
	return out, nil
}
