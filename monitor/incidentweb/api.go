package incidentweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	const all, one, planned = "/api/v1/incidents", "/api/v1/incidents/{id}", "/api/v1/maintenance"
	web.Register(p.shell, public(operation("list-incidents", http.MethodGet, all, "Incidents, newest first")), p.apiList)
	web.Register(p.shell, public(operation("get-incident", http.MethodGet, one, "One incident")), p.apiGet)
	web.Register(p.shell, operation("acknowledge-incident", http.MethodPost, one+"/acknowledgement", "Take it on"), p.apiAcknowledge)
	web.Register(p.shell, operation("note-incident", http.MethodPost, one+"/note", "Write about it"), p.apiNote)
	web.Register(p.shell, operation("resolve-incident", http.MethodPost, one+"/resolution", "Settle it, or call it a false alarm"), p.apiResolve)
	web.Register(p.shell, operation("split-incident", http.MethodPost, one+"/split",
		"Take a service out of it; answers the incident it is in from now on"), p.apiSplit)
	web.Register(p.shell, operation("review-incident", http.MethodPut, one+"/post-mortem", "Write down what was learnt"), p.apiReview)

	web.Register(p.shell, public(operation("list-maintenance", http.MethodGet, planned, "Maintenance that runs, comes, or was lately")), p.apiWindows)
	created := operation("announce-maintenance", http.MethodPost, planned, "Announce maintenance")
	created.DefaultStatus = http.StatusCreated
	web.Register(p.shell, created, p.apiAnnounce)
	web.Register(p.shell, operation("act-on-maintenance", http.MethodPost, planned+"/{id}/{act}",
		"Begin it now, finish it now, skip the next occurrence, or cancel it"), p.apiActOn)
	web.Register(p.shell, operation("edit-maintenance", http.MethodPatch, planned+"/{id}", "Change when it takes place, or what it is called"), p.apiEdit)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Incidents"}}
}

// public marks an operation that answers anybody about what is public.
func public(op huma.Operation) huma.Operation {
	op.Security = web.PublicOperation()
	return op
}

type listIn struct {
	State       string `query:"state" enum:"open,unacknowledged," doc:"open, unacknowledged; all by default"`
	Severity    string `query:"severity" enum:"critical,major,minor,"`
	Service     string `query:"service" maxLength:"100"`
	Institution string `query:"institution" maxLength:"100" doc:"And the bodies under it"`
	Limit       int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor      string `query:"cursor" maxLength:"200"`
}

type incidentPage struct {
	Body struct {
		Items []incidentBody `json:"items"`
		Next  string         `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// apiList answers GET /api/v1/incidents.
func (p *Pages) apiList(ctx context.Context, in *listIn) (*incidentPage, error) {
	before, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	by := web.ActorFrom(ctx)
	list, err := p.store.ListIncidents(ctx, by, monitordb.IncidentFilter{
		Open: in.State != "", Unacknowledged: in.State == "unacknowledged", Severity: monitor.Severity(in.Severity),
		Service: in.Service, Institution: in.Institution, Before: before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &incidentPage{}
	out.Body.Items = []incidentBody{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(list[in.Limit-1].ID)
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, shape(&list[n], nil, p.now(), by))
	}
	return out, nil
}

// IncidentIn names an incident in an address. It is exported because huma
// reads no embedded struct that is not.
type IncidentIn struct {
	ID int64 `path:"id" minimum:"1"`
}

type getIn struct{ IncidentIn }

type incidentAnswer struct {
	ETag string `header:"ETag"`
	Body incidentBody
}

// answer is the incident as the caller may see it, freshly read.
func (p *Pages) answer(ctx context.Context, id int64) (*incidentAnswer, error) {
	by := web.ActorFrom(ctx)
	i, err := p.store.Incident(ctx, by, id)
	if err != nil {
		return nil, err
	}
	evidence, err := p.store.EvidenceOf(ctx, by, i)
	if err != nil {
		return nil, err
	}
	return &incidentAnswer{ETag: strconv.Quote(strconv.Itoa(i.Revision)), Body: shape(i, evidence, p.now(), by)}, nil
}

// apiGet answers GET /api/v1/incidents/{id}.
func (p *Pages) apiGet(ctx context.Context, in *getIn) (*incidentAnswer, error) {
	return p.answer(ctx, in.ID)
}

// ActIn is an act on an incident, exported for the same reason.
type ActIn struct {
	IncidentIn
	IfMatch string `header:"If-Match" doc:"The ETag that the act was decided from"`
}

func (in *ActIn) revision() (int, error) { return web.IfMatch(in.IfMatch, "incident.stale") }

type acknowledgeIn struct{ ActIn }

// apiAcknowledge answers POST /api/v1/incidents/{id}/acknowledgement.
func (p *Pages) apiAcknowledge(ctx context.Context, in *acknowledgeIn) (*incidentAnswer, error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	if _, err := p.store.Acknowledge(ctx, web.ActorFrom(ctx), in.ID, revision); err != nil {
		return nil, err
	}
	return p.answer(ctx, in.ID)
}

type noteIn struct {
	ActIn
	Body struct {
		Text   lang.Text `json:"text" doc:"In one language or several"`
		Public bool      `json:"public,omitempty" doc:"Everybody reads it"`
	}
}

// apiNote answers POST /api/v1/incidents/{id}/note.
func (p *Pages) apiNote(ctx context.Context, in *noteIn) (*incidentAnswer, error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	if _, err := p.store.WriteNote(ctx, web.ActorFrom(ctx), in.ID, revision, in.Body.Public, in.Body.Text); err != nil {
		return nil, err
	}
	return p.answer(ctx, in.ID)
}

type resolveIn struct {
	ActIn
	Body struct {
		Resolution string `json:"resolution" enum:"handled,dismissed"`
	}
}

// apiResolve answers POST /api/v1/incidents/{id}/resolution.
func (p *Pages) apiResolve(ctx context.Context, in *resolveIn) (*incidentAnswer, error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	if _, err := p.store.Resolve(ctx, web.ActorFrom(ctx), in.ID, revision, monitor.Resolution(in.Body.Resolution)); err != nil {
		return nil, err
	}
	return p.answer(ctx, in.ID)
}

type splitIn struct {
	ActIn
	Body struct {
		Service string `json:"service" doc:"Slug" maxLength:"100"`
	}
}

// apiSplit answers POST /api/v1/incidents/{id}/split.
func (p *Pages) apiSplit(ctx context.Context, in *splitIn) (*incidentAnswer, error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	made, err := p.store.Split(ctx, web.ActorFrom(ctx), in.ID, revision, in.Body.Service)
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, made.ID)
}

type reviewIn struct {
	ActIn
	Body struct {
		What    lang.Text `json:"what,omitempty" doc:"What happened, as people met it"`
		Cause   lang.Text `json:"cause,omitempty"`
		Done    lang.Text `json:"done,omitempty" doc:"What was done to end it"`
		Change  lang.Text `json:"change,omitempty" doc:"What will be different from now on"`
		Publish bool      `json:"publish,omitempty"`
	}
}

// apiReview answers PUT /api/v1/incidents/{id}/post-mortem.
func (p *Pages) apiReview(ctx context.Context, in *reviewIn) (*incidentAnswer, error) {
	revision, err := in.revision()
	if err != nil {
		return nil, err
	}
	want := monitor.Review{What: in.Body.What, Cause: in.Body.Cause, Done: in.Body.Done, Change: in.Body.Change}
	if _, err := p.store.WriteReview(ctx, web.ActorFrom(ctx), in.ID, revision, want, in.Body.Publish); err != nil {
		return nil, err
	}
	return p.answer(ctx, in.ID)
}

type windowsOut struct {
	Body struct {
		Items []windowOut `json:"items"`
	}
}

// apiWindows answers GET /api/v1/maintenance.
func (p *Pages) apiWindows(ctx context.Context, _ *struct{}) (*windowsOut, error) {
	by := web.ActorFrom(ctx)
	list, err := p.store.Windows(ctx, by, false)
	if err != nil {
		return nil, err
	}
	out := &windowsOut{}
	out.Body.Items = []windowOut{}
	for n := range list {
		out.Body.Items = append(out.Body.Items, windowShape(&list[n], list[n].SeenBy(by)))
	}
	return out, nil
}

type windowAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     windowOut
}

type announceIn struct {
	Body struct {
		Scope    string    `json:"scope" enum:"service,institution,everything"`
		Target   string    `json:"target,omitempty" doc:"Slug of the service or institution" maxLength:"100"`
		Title    lang.Text `json:"title"`
		StartsAt time.Time `json:"starts_at" doc:"When it begins, or begins to repeat"`
		EndsAt   string    `json:"ends_at,omitempty" doc:"When it ends, or stops repeating; RFC 3339" maxLength:"40"`
		Schedule string    `json:"schedule,omitempty" doc:"Cron line, for one that repeats" example:"0 2 * * 0" maxLength:"200"`
		Duration string    `json:"duration,omitempty" doc:"Of each occurrence" example:"2h" maxLength:"20"`
		Public   *bool     `json:"public,omitempty" doc:"Announced to everybody; true by default"`
	}
}

// apiAnnounce answers POST /api/v1/maintenance.
func (p *Pages) apiAnnounce(ctx context.Context, in *announceIn) (*windowAnswer, error) {
	b := in.Body
	want := monitor.MaintenanceWindow{
		Scope: monitor.Scope(b.Scope), Target: b.Target, Title: b.Title, StartsAt: b.StartsAt.UTC().Truncate(time.Microsecond),
		Schedule: b.Schedule, Public: b.Public == nil || *b.Public,
	}
	if b.EndsAt != "" {
		end, err := time.Parse(time.RFC3339, b.EndsAt)
		if err != nil {
			return nil, fault.At("ends_at", "fault.api.date_time")
		}
		end = end.UTC().Truncate(time.Microsecond)
		want.EndsAt = &end
	}
	if b.Duration != "" {
		var err error
		if want.Duration, err = time.ParseDuration(b.Duration); err != nil {
			return nil, fault.At("duration", "maintenance.duration")
		}
	}
	made, err := p.store.Announce(ctx, web.ActorFrom(ctx), want)
	if err != nil {
		return nil, err
	}
	out, err := p.window(ctx, made.ID)
	if err == nil {
		out.Location = p.shell.URL("/desk/maintenance")
	}
	return out, err
}

func (p *Pages) window(ctx context.Context, id int64) (*windowAnswer, error) {
	by := web.ActorFrom(ctx)
	w, err := p.store.MaintenanceByID(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return &windowAnswer{ETag: strconv.Quote(strconv.Itoa(w.Revision)), Body: windowShape(w, w.SeenBy(by))}, nil
}

type actOnIn struct {
	ActIn
	Act string `path:"act" enum:"begin,finish,skip,cancel"`
}

// apiActOn answers POST /api/v1/maintenance/{id}/{act}.
func (p *Pages) apiActOn(ctx context.Context, in *actOnIn) (*windowAnswer, error) {
	revision, err := web.IfMatch(in.IfMatch, "maintenance.stale")
	if err != nil {
		return nil, err
	}
	by := web.ActorFrom(ctx)
	if !by.MayAnywhere(identity.ManageService) {
		return nil, by.Must(identity.ManageService, "")
	}
	if _, err := p.store.ActOn(ctx, by, in.ID, revision, monitordb.MaintenanceAct(in.Act)); err != nil {
		return nil, err
	}
	return p.window(ctx, in.ID)
}
