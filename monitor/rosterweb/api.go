package rosterweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/roster"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	web.Register(p.shell, operation("services-drift", http.MethodGet, "/api/v1/roster", "Services that files declare, and how they differ"), p.apiDrift)
	web.Register(p.shell, operation("service-takeover", http.MethodPost, "/api/v1/services/{slug}/takeover", "Let the pages keep a service that a file keeps"), p.apiTake)
	web.Register(p.shell, operation("service-handover", http.MethodPost, "/api/v1/services/{slug}/handover", "Let the file keep a service from now on"), p.apiHand)
	web.Register(p.shell, operation("service-confirmation", http.MethodPost, "/api/v1/services/{slug}/confirmation", "Confirm a draft: it is watched from now on"), p.apiConfirm)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Services"}}
}

// rosterProblem is something wrong in a file.
type rosterProblem struct {
	Place   string `json:"place" example:"mi.yaml:12"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// rosterDifference is one field that differs.
type rosterDifference struct {
	Field    string `json:"field" example:"checks.home.timeout"`
	Stored   string `json:"stored"`
	Declared string `json:"declared"`
}

// rosterItem is one service that a file declares, or did.
type rosterItem struct {
	Slug        string             `json:"slug"`
	Institution string             `json:"institution"`
	Standing    string             `json:"standing" enum:"create,change,same,taken,gone"`
	File        string             `json:"file"`
	Line        int                `json:"line"`
	Differences []rosterDifference `json:"differences"`
}

type rosterOut struct {
	Body struct {
		ReadAt   *time.Time      `json:"read_at" doc:"When the files were looked through last; null: none are read"`
		GoodAt   *time.Time      `json:"good_at" doc:"When they were applied last"`
		Problems []rosterProblem `json:"problems" doc:"Why the newest files are not applied; only for who manages every service"`
		Items    []rosterItem    `json:"items"`
		PageOnly int             `json:"page_only" doc:"Services that no file speaks of"`
	}
}

// apiDrift answers GET /api/v1/roster.
func (p *Pages) apiDrift(ctx context.Context, _ *struct{}) (*rosterOut, error) {
	by := web.ActorFrom(ctx)
	if !by.MayAnywhere(identity.ManageService) {
		return nil, by.Must(identity.ManageService, "")
	}
	report, err := p.opts.Files.Report(ctx)
	if err != nil {
		return nil, err
	}
	out := &rosterOut{}
	out.Body.Items, out.Body.Problems, out.Body.PageOnly = []rosterItem{}, []rosterProblem{}, report.Plan.PageOnly
	out.Body.ReadAt, out.Body.GoodAt = moment(report.ReadAt), moment(report.GoodAt)
	for n := range report.Plan.Items {
		if i := &report.Plan.Items[n]; by.May(identity.ManageService, i.Institution) {
			out.Body.Items = append(out.Body.Items, itemOut(i))
		}
	}
	if by.Everywhere(identity.ManageService) {
		tag := web.LangFrom(ctx)
		for _, one := range report.Problems {
			out.Body.Problems = append(out.Body.Problems, rosterProblem{one.Place(), one.Field, p.shell.Words().T(tag, one.Key, one.Args...)})
		}
	}
	return out, nil
}

func itemOut(i *roster.Item) rosterItem {
	out := rosterItem{Slug: i.Slug, Institution: i.Institution, Standing: string(i.Standing), Differences: []rosterDifference{}}
	if i.Declared != nil {
		out.File, out.Line = i.Declared.File, i.Declared.Line
	} else if i.Stored != nil && i.Stored.Settings.Source != nil {
		out.File = i.Stored.Settings.Source.File
	}
	for _, d := range i.Differences {
		out.Differences = append(out.Differences, rosterDifference(d))
	}
	return out
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type rosterSlugIn struct {
	Slug string `path:"slug" example:"b3" maxLength:"100"`
}

type rosterKeptOut struct {
	Body struct {
		Slug     string          `json:"slug"`
		State    string          `json:"state"`
		Revision int             `json:"revision"`
		Source   *monitor.Source `json:"source" doc:"Null: the pages keep it"`
	}
}

func keptOut(v *monitor.Service, err error) (*rosterKeptOut, error) {
	if err != nil {
		return nil, err
	}
	out := &rosterKeptOut{}
	out.Body.Slug, out.Body.State, out.Body.Revision, out.Body.Source = v.Slug, string(v.State), v.Revision, v.Settings.Source
	return out, nil
}

// apiTake answers POST /api/v1/services/{slug}/takeover.
func (p *Pages) apiTake(ctx context.Context, in *rosterSlugIn) (*rosterKeptOut, error) {
	return keptOut(p.take(ctx, web.ActorFrom(ctx), in.Slug))
}

// apiHand answers POST /api/v1/services/{slug}/handover.
func (p *Pages) apiHand(ctx context.Context, in *rosterSlugIn) (*rosterKeptOut, error) {
	by := web.ActorFrom(ctx)
	v, err := p.opts.Store.Service(ctx, by, in.Slug)
	if err == nil {
		err = by.Must(identity.ManageService, v.Institution)
	}
	if err != nil {
		return nil, err
	}
	return keptOut(p.hand(ctx, by, in.Slug))
}

// apiConfirm answers POST /api/v1/services/{slug}/confirmation.
func (p *Pages) apiConfirm(ctx context.Context, in *rosterSlugIn) (*rosterKeptOut, error) {
	by := web.ActorFrom(ctx)
	v, err := p.opts.Store.Change(ctx, by, in.Slug, func(stored *monitor.Service) error { return stored.Confirm(by, p.opts.Period) })
	if err == nil {
		p.opts.Changed()
	}
	return keptOut(v, err)
}
