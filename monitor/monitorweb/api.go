package monitorweb

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

// api adds the watch's part of the JSON API.
func (p *Pages) api() {
	const all, one = "/api/v1/services", "/api/v1/services/{slug}"
	web.Register(p.shell, public(operation("list-services", http.MethodGet, all, "Services that the caller may see")), p.apiList)
	created := operation("create-service", http.MethodPost, all, "Add a service with its checks")
	created.DefaultStatus = http.StatusCreated
	web.Register(p.shell, created, p.apiCreate)
	web.Register(p.shell, public(operation("get-service", http.MethodGet, one, "One service and its state")), p.apiGet)
	web.Register(p.shell, operation("change-service", http.MethodPatch, one, "Change the given fields"), p.apiChange)
	web.Register(p.shell, public(operation("service-availability", http.MethodGet, one+"/availability",
		"How much of a period it answered")), p.apiAvailability)
	web.Register(p.shell, public(operation("service-readings", http.MethodGet, one+"/readings",
		"Single readings, newest first")), p.apiReadings)
	web.Register(p.shell, operation("service-gaps", http.MethodGet, one+"/gaps", "When nobody looked, and why, the latest first"), p.apiGaps)
	web.Register(p.shell, operation("dry-run-check", http.MethodPost, "/api/v1/checks/dry-run",
		"Look at a check once before it is kept"), p.apiTry)
	web.Register(p.shell, public(operation("service-incidents", http.MethodGet, one+"/incidents",
		"Outages, newest first")), p.apiIncidents)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Services"}}
}

// public marks an operation that answers anybody about what is public.
func public(op huma.Operation) huma.Operation {
	op.Security = web.PublicOperation()
	return op
}

// serviceAnswer is one service; its revision is the ETag.
type serviceAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     serviceOut
}

func (p *Pages) answer(ctx context.Context, v *monitor.Service) (*serviceAnswer, error) {
	currents, err := p.store.Currents(ctx, v.Slug)
	if err != nil {
		return nil, err
	}
	out := shape(v, currents, p.now(), web.ActorFrom(ctx).May(identity.ReadServices, v.Institution))
	return &serviceAnswer{ETag: strconv.Quote(strconv.Itoa(v.Revision)), Body: out}, nil
}

type servicesIn struct {
	Institution string `query:"institution" doc:"Slug" maxLength:"100"`
	State       string `query:"state" doc:"draft, active or paused" maxLength:"20"`
	Q           string `query:"q" doc:"Words of the name" maxLength:"200"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor      string `query:"cursor" doc:"The next of the page before" maxLength:"200"`
}

type servicesOut struct {
	Body struct {
		Items []serviceOut `json:"items"`
		Next  string       `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// apiList answers GET /api/v1/services.
func (p *Pages) apiList(ctx context.Context, in *servicesIn) (*servicesOut, error) {
	after, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	by := web.ActorFrom(ctx)
	list, err := p.store.List(ctx, by, monitordb.Filter{
		Institution: in.Institution, State: monitor.State(in.State), Text: in.Q, After: after, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	out := &servicesOut{}
	out.Body.Items = []serviceOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(list[in.Limit-1].Slug)
	}
	states, err := p.states(ctx)
	if err != nil {
		return nil, err
	}
	for n := range list {
		inside := by.May(identity.ReadServices, list[n].Institution)
		out.Body.Items = append(out.Body.Items, shape(&list[n], states[list[n].Slug], p.now(), inside))
	}
	return out, nil
}

// states reads what stands about every service at once.
func (p *Pages) states(ctx context.Context) (map[string]map[int64]monitor.Current, error) {
	board, err := p.store.Board(ctx)
	if err != nil {
		return nil, err
	}
	states := make(map[string]map[int64]monitor.Current, len(board.Services))
	for n := range board.Services {
		states[board.Services[n].Service.Slug] = board.Services[n].Currents
	}
	return states, nil
}

type createIn struct {
	Body newService
}

// apiCreate answers POST /api/v1/services.
func (p *Pages) apiCreate(ctx context.Context, in *createIn) (*serviceAnswer, error) {
	by := web.ActorFrom(ctx)
	if err := p.mayAdd(by); err != nil {
		return nil, err
	}
	made, err := p.store.Add(ctx, by, in.Body.service(), schedule.Period)
	if err != nil {
		return nil, err
	}
	p.changed()
	out, err := p.answer(ctx, made)
	if err != nil {
		return nil, err
	}
	out.Location = p.shell.URL("/api/v1/services/" + made.Slug)
	return out, nil
}

// SlugIn names a service in an address. It is exported because huma reads no
// embedded struct that is not.
type SlugIn struct {
	Slug string `path:"slug" example:"b3" maxLength:"100"`
}

type getIn struct {
	SlugIn
}

// apiGet answers GET /api/v1/services/{slug}.
func (p *Pages) apiGet(ctx context.Context, in *getIn) (*serviceAnswer, error) {
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	return p.answer(ctx, v)
}

type changeIn struct {
	SlugIn
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from"`
	Body    serviceChange
}

// apiChange answers PATCH /api/v1/services/{slug}.
func (p *Pages) apiChange(ctx context.Context, in *changeIn) (*serviceAnswer, error) {
	revision, err := web.IfMatch(in.IfMatch, "service.stale")
	if err != nil {
		return nil, err
	}
	by := web.ActorFrom(ctx)
	v, err := p.store.Change(ctx, by, in.Slug, func(stored *monitor.Service) error {
		if err := by.Must(identity.ManageService, stored.Institution); err != nil {
			return err
		}
		if err := fresh(revision, stored); err != nil {
			return err
		}
		return stored.Edit(by, in.Body.onto(*stored), schedule.Period)
	})
	if err != nil {
		return nil, err
	}
	p.changed()
	return p.answer(ctx, v)
}

// PeriodIn is a stretch of time, exported for the same reason.
type PeriodIn struct {
	SlugIn
	From string `query:"from" doc:"RFC 3339, or a date; a day before to by default" example:"2026-11-21T00:00:00Z" maxLength:"40"`
	To   string `query:"to" doc:"RFC 3339, or a date; now by default" maxLength:"40"`
}

// maxPeriod bounds what is summed up in one answer.
const maxPeriod = 400 * 24 * time.Hour

// period reads the stretch of time asked for.
func (p *Pages) period(in PeriodIn) (from, to time.Time, err error) {
	to = p.now()
	if in.To != "" {
		if to, err = p.moment("to", in.To); err != nil {
			return from, to, err
		}
	}
	from = to.Add(-24 * time.Hour)
	if in.From != "" {
		if from, err = p.moment("from", in.From); err != nil {
			return from, to, err
		}
	}
	if now := p.now(); to.After(now) {
		to = now // the future is not known, and not missing either
	}
	if !from.Before(to) || to.Sub(from) > maxPeriod {
		return from, to, fault.At("from", "monitor.period", int(maxPeriod/(24*time.Hour)))
	}
	return from, to, nil
}

func (p *Pages) moment(field, s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, p.store.Zone()); err == nil {
		return t.UTC(), nil
	}
	return time.Time{}, fault.At(field, "fault.api.date_time")
}

// apiAvailability answers GET /api/v1/services/{slug}/availability.
func (p *Pages) apiAvailability(ctx context.Context, in *PeriodIn) (*availabilityOut, error) {
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	from, to, err := p.period(*in)
	if err != nil {
		return nil, err
	}
	out := &availabilityOut{}
	out.Body.From, out.Body.To, out.Body.Method = from, to, method
	out.Body.Checks = []Availability{}
	var worst monitor.Tally
	out.Body.Availability = availabilityOf(&monitor.Check{}, &worst, to.Sub(from), v.Objective()) // of a service that nobody looks at
	for _, c := range v.Checks {
		t, err := p.store.Tally(ctx, c.ID, from, to)
		if err != nil {
			return nil, err
		}
		a := availabilityOf(&c, &t, to.Sub(from), v.Objective())
		if len(out.Body.Checks) == 0 || a.worse(out.Body.Availability) {
			out.Body.Availability, worst = a, t
		}
		out.Body.Checks = append(out.Body.Checks, a)
	}
	return out, p.promises(ctx, out, v, &worst, from, to)
}

type readingsIn struct {
	PeriodIn
	Check  string `query:"check" doc:"Name of the check; the first by default" maxLength:"100"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string `query:"cursor" maxLength:"200"`
}

// apiReadings answers GET /api/v1/services/{slug}/readings.
func (p *Pages) apiReadings(ctx context.Context, in *readingsIn) (*readingsOut, error) {
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	from, to, err := p.period(in.PeriodIn)
	if err != nil {
		return nil, err
	}
	out := &readingsOut{}
	out.Body.Items = []readingOut{}
	check, ok := checkNamed(v, in.Check)
	if !ok {
		if in.Check != "" {
			return nil, fault.At("check", "check.unknown", in.Check)
		}
		return out, nil
	}
	if in.Cursor != "" {
		at, err := readNumber(in.Cursor)
		if err != nil {
			return nil, err
		}
		to = time.UnixMicro(at).UTC()
	}
	list, err := p.store.Readings(ctx, check.ID, from, to, in.Limit+1)
	if err != nil {
		return nil, err
	}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(strconv.FormatInt(list[in.Limit-1].At.UnixMicro(), 10))
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, readingShape(check.Name, &list[n]))
	}
	return out, nil
}

// checkNamed returns the check of that name, the first when none is named.
func checkNamed(v *monitor.Service, name string) (monitor.Check, bool) {
	for _, c := range v.Checks {
		if name == "" || c.Name == name {
			return c, true
		}
	}
	return monitor.Check{}, false
}

type incidentsIn struct {
	SlugIn
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"200"`
}

// apiIncidents answers GET /api/v1/services/{slug}/incidents.
func (p *Pages) apiIncidents(ctx context.Context, in *incidentsIn) (*incidentsOut, error) {
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	var before int64
	if in.Cursor != "" {
		if before, err = readNumber(in.Cursor); err != nil {
			return nil, err
		}
	}
	list, err := p.store.Outages(ctx, v.Slug, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &incidentsOut{}
	out.Body.Items = []incidentOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(strconv.FormatInt(list[in.Limit-1].ID, 10))
	}
	inside := web.ActorFrom(ctx).May(identity.ReadServices, v.Institution)
	for n := range list {
		out.Body.Items = append(out.Body.Items, incidentShape(v, &list[n], p.now(), inside))
	}
	return out, nil
}

// cursor hides a place in a list, so that nobody builds one by hand.
func cursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte("s:" + place)) }

func readCursor(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	place, ours := strings.CutPrefix(string(b), "s:")
	if err != nil || !ours || !utf8.ValidString(place) || strings.ContainsRune(place, 0) {
		return "", fault.At("cursor", "fault.cursor")
	}
	return place, nil
}

func readNumber(s string) (int64, error) {
	place, err := readCursor(s)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(place, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.At("cursor", "fault.cursor")
	}
	return n, nil
}
