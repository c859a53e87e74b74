package alertweb

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/alert/alertdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// alertRouteBody is a route as the API has it.
type alertRouteBody struct {
	ID           string          `json:"id,omitempty" readOnly:"true"`
	Name         string          `json:"name" example:"Services vitaux"`
	Origin       string          `json:"origin,omitempty" readOnly:"true" enum:"desk,file"`
	Enabled      bool            `json:"enabled"`
	Institutions []string        `json:"institutions,omitempty" doc:"Slugs, with the bodies under them; none: all"`
	Tiers        []string        `json:"tiers,omitempty" enum:"critical,normal,information" doc:"None: all"`
	Kinds        []string        `json:"kinds,omitempty" enum:"down,degraded,shared,burn_fast,burn_slow,certificate,domain,satisfaction,assessment,blind" doc:"None: all"`
	When         []string        `json:"when,omitempty" enum:"office,night,holiday" doc:"None: always; outside, it waits"`
	Steps        []alertStepBody `json:"steps"`
	Group        string          `json:"group,omitempty" enum:"apart,institution,together"`
	Remind       string          `json:"remind,omitempty" example:"6h" doc:"Between reminders while it lasts"`
	Recovery     bool            `json:"recovery,omitempty"`
	QuietFrom    string          `json:"quiet_from,omitempty" example:"22:00"`
	QuietTo      string          `json:"quiet_to,omitempty" example:"06:30"`
	WakeFor      bool            `json:"wake_for_critical,omitempty"`
	Revision     int             `json:"revision,omitempty" readOnly:"true"`
}

type alertStepBody struct {
	After    string   `json:"after,omitempty" example:"15m"`
	Channels []string `json:"channels,omitempty"`
	Roles    []string `json:"roles,omitempty" enum:"service_owner,supervisor,officer,mcd,admin"`
}

func bodyOf(r *alert.Route) alertRouteBody {
	b := alertRouteBody{
		ID: r.ID, Name: r.Name, Origin: string(r.Origin), Enabled: r.Enabled, Institutions: r.Institutions, Tiers: texts(r.Tiers),
		Kinds: texts(r.Kinds), When: texts(r.When), Group: string(r.Group), Recovery: r.Recovery, QuietFrom: r.QuietFrom,
		QuietTo: r.QuietTo, WakeFor: r.WakeFor, Revision: r.Revision, Steps: []alertStepBody{},
	}
	if r.Remind > 0 {
		b.Remind = r.Remind.String()
	}
	for _, s := range r.Steps {
		b.Steps = append(b.Steps, alertStepBody{s.After.String(), s.Channels, texts(s.Roles)})
	}
	return b
}

func (b *alertRouteBody) route(id string) (alert.Route, error) {
	r := alert.Route{
		ID: id, Name: b.Name, Enabled: b.Enabled, Institutions: b.Institutions, Tiers: named[monitor.Tier](b.Tiers),
		Kinds: named[alert.Kind](b.Kinds), When: named[alert.Hour](b.When), Group: alert.Grouping(b.Group), Recovery: b.Recovery,
		QuietFrom: b.QuietFrom, QuietTo: b.QuietTo, WakeFor: b.WakeFor,
	}
	var err error
	if r.Remind, err = span("remind", b.Remind); err != nil {
		return r, err
	}
	for n, s := range b.Steps {
		after, err := span(fmt.Sprintf("steps.%d.after", n), s.After)
		if err != nil {
			return r, err
		}
		r.Steps = append(r.Steps, alert.Step{After: after, Channels: s.Channels, Roles: named[identity.Role](s.Roles)})
	}
	return r, nil
}

// span reads "15m"; nothing is none.
func span(field, s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fault.At(field, "alert.route.duration")
	}
	return d, nil
}

// alertMessageBody is a message of the history.
type alertMessageBody struct {
	ID       string       `json:"id"`
	Stage    string       `json:"stage" enum:"begun,escalated,reminded,over,past,trial"`
	Route    string       `json:"route"`
	Channel  string       `json:"channel" doc:"Name of the channel, or mail for people"`
	Role     string       `json:"role,omitempty" doc:"Of the person"`
	Language string       `json:"language"`
	Subject  string       `json:"subject"`
	State    string       `json:"state" enum:"queued,sent,mailed,dead"`
	Cause    string       `json:"cause,omitempty" doc:"Why it could not be delivered, in one word"`
	Tries    int          `json:"tries"`
	QueuedAt time.Time    `json:"queued_at"`
	SentAt   *time.Time   `json:"sent_at,omitempty"`
	Events   []alert.Line `json:"events"`
}

type alertHistoryIn struct {
	State  string `query:"state" enum:"queued,sent,mailed,dead"`
	Cursor string `query:"cursor"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type alertHistoryOut struct {
	Body struct {
		Items []alertMessageBody `json:"items"`
		Next  string             `json:"next"`
	}
}

type alertIdIn struct {
	ID string `path:"id"`
}

type alertNameIn struct {
	Name string `path:"name"`
}

type alertRouteIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again, the first route is answered and no second one made"`
	Body alertRouteBody
}

type alertRouteChange struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Body    alertRouteBody
}

type alertRouteRemoval struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

type alertRouteOut struct {
	ETag string `header:"ETag"`
	Body alertRouteBody
}

type alertRoutesOut struct {
	Body struct {
		Items []alertRouteBody `json:"items"`
	}
}

type alertChannelsOut struct {
	Body struct {
		Items []alertChannelBody `json:"items"`
	}
}

type alertChannelBody struct {
	Name     string `json:"name"`
	Type     string `json:"type" enum:"webhook,alertmanager,telegram,matrix,teams,email"`
	Language string `json:"language"`
}

type alertTrialOut struct {
	Body struct {
		Arrived bool   `json:"arrived"`
		Cause   string `json:"cause,omitempty" doc:"Why it did not, in one word"`
	}
}

type alertRehearsalOut struct {
	Body struct {
		Days     int            `json:"days"`
		Events   int            `json:"events" doc:"That the route is about"`
		Told     int            `json:"told" doc:"Of these, at least once"`
		Messages map[string]int `json:"messages" doc:"By stage"`
		Total    int            `json:"total"`
	}
}

type alertForeseeIn struct {
	Slug string `path:"slug"`
	Kind string `query:"kind" enum:"down,degraded,shared,burn_fast,burn_slow,certificate,domain,satisfaction,assessment" default:"down"`
}

type alertForeseeOut struct {
	Body struct {
		Items []alertForecastBody `json:"items"`
	}
}

type alertForecastBody struct {
	Route string                  `json:"route"`
	Name  string                  `json:"name"`
	Why   string                  `json:"why" enum:"matches,disabled,kind,tier,institution,hour,quiet"`
	Steps []alertForecastStepBody `json:"steps"`
}

type alertForecastStepBody struct {
	After    string   `json:"after"`
	Channels []string `json:"channels"`
	Roles    []string `json:"roles" doc:"Of the people who would be told, one entry each"`
	Missing  []string `json:"missing" doc:"Roles that nobody has for this institution"`
}

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{"alerts"}}
	}
	made := op("alert-route-add", http.MethodPost, "/alerts/routes", "Add a route")
	made.DefaultStatus = http.StatusCreated
	gone := op("alert-route-remove", http.MethodDelete, "/alerts/routes/{id}", "Remove a route")
	gone.DefaultStatus = http.StatusNoContent
	again := op("alert-retry", http.MethodPost, "/alerts/messages/{id}/retry", "Send a message again that was given up")
	again.DefaultStatus = http.StatusNoContent
	web.Register(p.shell, op("alerts", http.MethodGet, "/alerts", "What was told, the latest first"), p.apiHistory)
	web.Register(p.shell, again, p.apiRetry)
	web.Register(p.shell, op("alert-channels", http.MethodGet, "/alerts/channels", "The channels, without their secrets"), p.apiChannels)
	web.Register(p.shell, op("alert-channel-try", http.MethodPost, "/alerts/channels/{name}/test", "Send a trial through a channel"), p.apiTry)
	web.Register(p.shell, op("alert-routes", http.MethodGet, "/alerts/routes", "The table of routing"), p.apiRoutes)
	web.Register(p.shell, made, p.apiAdd)
	web.Register(p.shell, op("alert-route", http.MethodGet, "/alerts/routes/{id}", "One route"), p.apiRoute)
	web.Register(p.shell, op("alert-route-change", http.MethodPut, "/alerts/routes/{id}", "Change a route"), p.apiChange)
	web.Register(p.shell, gone, p.apiRemove)
	web.Register(p.shell, op("alert-route-evaluation", http.MethodGet, "/alerts/routes/{id}/evaluation",
		"What a route would have sent in the last thirty days"), p.apiRehearse)
	web.Register(p.shell, op("service-alerting", http.MethodGet, "/services/{slug}/alerting", "Who would be told now, and by which route"), p.apiForesee)
}

// apiHistory answers GET /api/v1/alerts.
func (p *Pages) apiHistory(ctx context.Context, in *alertHistoryIn) (*alertHistoryOut, error) {
	all, err := p.store.History(ctx, web.ActorFrom(ctx), alertdb.Filter{State: alert.State(in.State), After: in.Cursor, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	out := &alertHistoryOut{}
	out.Body.Items = []alertMessageBody{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		out.Body.Next = all[in.Limit-1].ID
	}
	for _, m := range all {
		out.Body.Items = append(out.Body.Items, alertMessageBody{
			ID: m.ID, Stage: string(m.Stage), Route: m.RouteName, Channel: m.Channel, Role: m.Role, Language: string(m.Lang), Subject: m.Subject,
			State: string(m.State), Cause: string(m.Cause), Tries: m.Tries, QueuedAt: m.QueuedAt, SentAt: m.SentAt, Events: m.Lines,
		})
	}
	return out, nil
}

// apiRetry answers POST /api/v1/alerts/messages/{id}/retry.
func (p *Pages) apiRetry(ctx context.Context, in *alertIdIn) (*struct{}, error) {
	return nil, p.store.Retry(ctx, web.ActorFrom(ctx), in.ID)
}

// apiChannels answers GET /api/v1/alerts/channels.
func (p *Pages) apiChannels(ctx context.Context, _ *struct{}) (*alertChannelsOut, error) {
	if by := web.ActorFrom(ctx); !by.MayAnywhere(identity.ReadAlerts) {
		return nil, by.Must(identity.ReadAlerts, "")
	}
	out := &alertChannelsOut{}
	out.Body.Items = []alertChannelBody{}
	for _, c := range p.store.Channels() {
		out.Body.Items = append(out.Body.Items, alertChannelBody{c.Name, c.Type, string(c.Lang)})
	}
	return out, nil
}

// apiTry answers POST /api/v1/alerts/channels/{name}/test.
func (p *Pages) apiTry(ctx context.Context, in *alertNameIn) (*alertTrialOut, error) {
	failure, err := p.try(ctx, web.ActorFrom(ctx), in.Name)
	if err != nil {
		return nil, err
	}
	out := &alertTrialOut{}
	if out.Body.Arrived = failure == nil; failure != nil {
		out.Body.Cause = string(failure.Cause)
	}
	return out, nil
}

// apiRoutes answers GET /api/v1/alerts/routes.
func (p *Pages) apiRoutes(ctx context.Context, _ *struct{}) (*alertRoutesOut, error) {
	all, err := p.store.Routes(ctx, web.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := &alertRoutesOut{}
	out.Body.Items = []alertRouteBody{}
	for n := range all {
		out.Body.Items = append(out.Body.Items, bodyOf(&all[n]))
	}
	return out, nil
}

func answer(r *alert.Route, err error) (*alertRouteOut, error) {
	if err != nil {
		return nil, err
	}
	return &alertRouteOut{ETag: fmt.Sprintf(`"%d"`, r.Revision), Body: bodyOf(r)}, nil
}

// apiRoute answers GET /api/v1/alerts/routes/{id}.
func (p *Pages) apiRoute(ctx context.Context, in *alertIdIn) (*alertRouteOut, error) {
	return answer(p.store.Route(ctx, web.ActorFrom(ctx), in.ID))
}

// apiAdd answers POST /api/v1/alerts/routes.
func (p *Pages) apiAdd(ctx context.Context, in *alertRouteIn) (*alertRouteOut, error) {
	by, id := web.ActorFrom(ctx), ""
	if in.Key != "" {
		id = alertdb.KeyedID(by, in.Key)
	}
	r, err := in.Body.route(id)
	if err != nil {
		return nil, err
	}
	return answer(p.store.AddRoute(ctx, by, r))
}

// apiChange answers PUT /api/v1/alerts/routes/{id}.
func (p *Pages) apiChange(ctx context.Context, in *alertRouteChange) (*alertRouteOut, error) {
	revision, err := web.IfMatch(in.IfMatch, "alert.route.stale")
	if err != nil {
		return nil, err
	}
	r, err := in.Body.route(in.ID)
	if err != nil {
		return nil, err
	}
	return answer(p.store.ChangeRoute(ctx, web.ActorFrom(ctx), r, revision))
}

// apiRemove answers DELETE /api/v1/alerts/routes/{id}.
func (p *Pages) apiRemove(ctx context.Context, in *alertRouteRemoval) (*struct{}, error) {
	revision, err := web.IfMatch(in.IfMatch, "alert.route.stale")
	if err != nil {
		return nil, err
	}
	return nil, p.store.RemoveRoute(ctx, web.ActorFrom(ctx), in.ID, revision)
}

// apiRehearse answers GET /api/v1/alerts/routes/{id}/evaluation.
func (p *Pages) apiRehearse(ctx context.Context, in *alertIdIn) (*alertRehearsalOut, error) {
	by := web.ActorFrom(ctx)
	r, err := p.store.Route(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	got, err := p.store.Rehearse(ctx, by, *r)
	if err != nil {
		return nil, err
	}
	out := &alertRehearsalOut{}
	out.Body.Days, out.Body.Events, out.Body.Told, out.Body.Total = alertdb.RehearsalDays, got.Events, got.Told, got.Total()
	out.Body.Messages = map[string]int{}
	for stage, n := range got.Messages {
		out.Body.Messages[string(stage)] = n
	}
	return out, nil
}

// apiForesee answers GET /api/v1/services/{slug}/alerting.
func (p *Pages) apiForesee(ctx context.Context, in *alertForeseeIn) (*alertForeseeOut, error) {
	_, all, err := p.store.Foresee(ctx, web.ActorFrom(ctx), in.Slug, alert.Kind(in.Kind))
	if err != nil {
		return nil, err
	}
	out := &alertForeseeOut{}
	out.Body.Items = []alertForecastBody{}
	for _, f := range all {
		b := alertForecastBody{Route: f.Route.ID, Name: f.Route.Name, Why: string(f.Why), Steps: []alertForecastStepBody{}}
		for n, s := range f.Steps {
			step := alertForecastStepBody{After: f.Route.Steps[n].After.String(), Channels: []string{}, Roles: []string{}, Missing: texts(s.Missing)}
			for _, c := range s.Channels {
				step.Channels = append(step.Channels, c.Name)
			}
			for _, one := range s.People {
				step.Roles = append(step.Roles, string(one.Actor.Role))
			}
			b.Steps = append(b.Steps, step)
		}
		out.Body.Items = append(out.Body.Items, b)
	}
	return out, nil
}
