package assessweb

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/web"
)

// actionRoutes adds what is done about reds to the JSON API.
func (p *Pages) actionRoutes() {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/api/v1/assessment/actions" + path, Summary: summary, Tags: []string{"Assessment"}, DefaultStatus: status,
		}
	}
	web.Register(p.shell, op("assessment-actions", http.MethodGet, "", "What is done about reds, what is due first first", http.StatusOK), p.apiActions)
	web.Register(p.shell, op("assessment-action-open", http.MethodPost, "", "Open an action about a criterion; one that is open is answered as it stands", http.StatusCreated), p.apiOpenAction)
	web.Register(p.shell, op("assessment-action", http.MethodGet, "/{id}", "One action, with its notes and proof", http.StatusOK), p.apiAction)
	web.Register(p.shell, op("assessment-action-change", http.MethodPatch, "/{id}", "Say who does it, until when, and how far it is", http.StatusOK), p.apiChangeAction)
	web.Register(p.shell, op("assessment-action-note", http.MethodPost, "/{id}/notes", "Write about an action", http.StatusCreated), p.apiNote)
}

// assessmentActionOut is an action for machines.
type assessmentActionOut struct {
	ID          int64                `json:"id"`
	Service     string               `json:"service"`
	Institution string               `json:"institution"`
	Criterion   string               `json:"criterion"`
	State       string               `json:"state" enum:"open,doing,done,verified,waived"`
	Owner       string               `json:"owner" doc:"Who does it, as the department names them"`
	Due         time.Time            `json:"due"`
	Overdue     bool                 `json:"overdue"`
	OpenedAt    time.Time            `json:"opened_at"`
	ChangedAt   time.Time            `json:"changed_at"`
	VerifiedAt  *time.Time           `json:"verified_at" doc:"When the machine had seen two greens in a row"`
	Reason      string               `json:"reason" doc:"Of a waiver"`
	Before      []assessmentFactOut  `json:"before" doc:"What was known when it was opened"`
	After       []assessmentFactOut  `json:"after" doc:"The proof: what the machine saw when it was verified"`
	Revision    int64                `json:"revision" doc:"Also the ETag"`
	Notes       *[]assessmentNoteOut `json:"notes,omitempty" doc:"Of one action only"`
}

type assessmentFactOut struct {
	Measure string    `json:"measure"`
	Value   *float64  `json:"value"`
	Word    string    `json:"word"`
	Unknown string    `json:"unknown"`
	At      time.Time `json:"at"`
}

type assessmentNoteOut struct {
	At   time.Time `json:"at"`
	By   string    `json:"by" doc:"Account; empty for the machine"`
	What string    `json:"what" doc:"Key of what the machine saw"`
	Text string    `json:"text"`
}

func factsOut(facts []assess.Fact) []assessmentFactOut {
	out := []assessmentFactOut{}
	for _, f := range facts {
		one := assessmentFactOut{Measure: string(f.Measure), Word: f.Word, Unknown: f.Unknown, At: f.At.UTC()}
		if unit, _ := f.Measure.Unit(); unit != assess.Word && f.Unknown == "" {
			one.Value = &f.Value
		}
		out = append(out, one)
	}
	return out
}

func shapeAction(a *assess.Action, now time.Time) assessmentActionOut {
	return assessmentActionOut{
		ID: a.ID, Service: a.Service, Institution: a.Institution, Criterion: a.Criterion, State: string(a.State), Owner: a.Owner, Due: a.Due.UTC(),
		Overdue: a.Overdue(now), OpenedAt: a.OpenedAt.UTC(), ChangedAt: a.ChangedAt.UTC(), VerifiedAt: a.VerifiedAt, Reason: a.Reason,
		Before: factsOut(a.Before), After: factsOut(a.After), Revision: a.Revision,
	}
}

type actionsIn struct {
	Service     string   `query:"service" maxLength:"100"`
	Institution string   `query:"institution" maxLength:"100"`
	State       []string `query:"state" enum:"open,doing,done,verified,waived"`
	Overdue     bool     `query:"overdue"`
	Cursor      string   `query:"cursor" maxLength:"200"`
	Limit       int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type assessmentActionsOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []assessmentActionOut `json:"items"`
		Next  string                `json:"next" doc:"Cursor of the next page; empty at the end"`
	}
}

// actionCursor hides a place in the list, so that nobody builds one by hand.
func actionCursor(a *assess.Action) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(a.Due.UnixMicro(), 10) + "." + strconv.FormatInt(a.ID, 10)))
}

func readActionCursor(s string) (*assess.Action, error) {
	if s == "" {
		return nil, nil //nolint:nilnil // the beginning of the list
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	micro, number, _ := strings.Cut(string(b), ".")
	due, bad := strconv.ParseInt(micro, 10, 64)
	id, worse := strconv.ParseInt(number, 10, 64)
	if err != nil || bad != nil || worse != nil || id < 1 {
		return nil, fault.At("cursor", "fault.cursor")
	}
	return &assess.Action{ID: id, Due: time.UnixMicro(due)}, nil
}

// apiActions answers GET /api/v1/assessment/actions.
func (p *Pages) apiActions(ctx context.Context, in *actionsIn) (*assessmentActionsOut, error) {
	after, err := readActionCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	wanted := assessdb.Wanted{Service: in.Service, Institution: in.Institution, Overdue: in.Overdue, After: after, Limit: in.Limit + 1}
	for _, state := range in.State {
		wanted.States = append(wanted.States, assess.Progress(state))
	}
	list, err := p.store.Actions(ctx, web.ActorFrom(ctx), wanted)
	if err != nil {
		return nil, err
	}
	out := &assessmentActionsOut{Cache: "no-store"}
	out.Body.Items = []assessmentActionOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = actionCursor(&list[in.Limit-1])
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, shapeAction(&list[n], p.now()))
	}
	return out, nil
}

type actionAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Cache    string `header:"Cache-Control"`
	Body     assessmentActionOut
}

func (p *Pages) oneAction(ctx context.Context, by identity.Actor, id int64) (*actionAnswer, error) {
	a, notes, err := p.store.Action(ctx, by, id)
	if err != nil {
		return nil, err
	}
	out := &actionAnswer{ETag: strconv.Quote(strconv.FormatInt(a.Revision, 10)), Cache: "no-store", Body: shapeAction(&a, p.now())}
	written := []assessmentNoteOut{}
	for _, n := range notes {
		written = append(written, assessmentNoteOut{n.At.UTC(), n.By, n.What, n.Text})
	}
	out.Body.Notes = &written
	return out, nil
}

type assessmentOpenIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Not needed: a criterion of a service has one action"`
	Body struct {
		Service   string `json:"service" maxLength:"100"`
		Criterion string `json:"criterion" maxLength:"40" example:"SE2"`
	}
}

// apiOpenAction answers POST /api/v1/assessment/actions.
func (p *Pages) apiOpenAction(ctx context.Context, in *assessmentOpenIn) (*actionAnswer, error) {
	by := web.ActorFrom(ctx)
	if _, err := p.services.Service(ctx, by, in.Body.Service); err != nil {
		return nil, err
	}
	a, err := p.store.OpenAction(ctx, by, in.Body.Service, in.Body.Criterion)
	if err != nil {
		return nil, err
	}
	out, err := p.oneAction(ctx, by, a.ID)
	if err == nil {
		out.Location = p.shell.URL("/api/v1/assessment/actions/" + strconv.FormatInt(a.ID, 10))
	}
	return out, err
}

type actionIn struct {
	ID int64 `path:"id" minimum:"1"`
}

// apiAction answers GET /api/v1/assessment/actions/{id}.
func (p *Pages) apiAction(ctx context.Context, in *actionIn) (*actionAnswer, error) {
	return p.oneAction(ctx, web.ActorFrom(ctx), in.ID)
}

type assessmentChangeIn struct {
	ID      int64  `path:"id" minimum:"1"`
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from; required" required:"true"`
	Body    struct {
		Owner  *string `json:"owner,omitempty"`
		Due    *string `json:"due,omitempty" doc:"A day, or RFC 3339" example:"2026-12-31"`
		State  *string `json:"state,omitempty" enum:"open,doing,done,waived" doc:"Verified is for the machine alone"`
		Reason string  `json:"reason,omitempty" doc:"Of a waiver"`
	}
}

// apiChangeAction answers PATCH /api/v1/assessment/actions/{id}.
func (p *Pages) apiChangeAction(ctx context.Context, in *assessmentChangeIn) (*actionAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "assess.stale")
	if err != nil {
		return nil, err
	}
	a, _, err := p.store.Action(ctx, by, in.ID) // "*" is whatever there is
	if err != nil {
		return nil, err
	}
	if revision == 0 {
		revision = int(a.Revision)
	}
	c := assessdb.ActionChange{Owner: in.Body.Owner, Reason: in.Body.Reason}
	if in.Body.Due != nil {
		due, err := dayOrMoment(*in.Body.Due, p.store.Zone())
		if err != nil {
			return nil, fault.At("due", "assess.action.due")
		}
		c.Due = &due
	}
	if in.Body.State != nil {
		to := assess.Progress(*in.Body.State)
		c.State = &to
	}
	if _, err := p.store.Change(ctx, by, in.ID, c, int64(revision)); err != nil {
		return nil, err
	}
	return p.oneAction(ctx, by, in.ID)
}

// dayOrMoment reads a day, which ends with its last second, or a moment.
func dayOrMoment(s string, zone *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	return time.Parse(time.RFC3339, s)
}

type assessmentNoteIn struct {
	ID   int64  `path:"id" minimum:"1"`
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"With any key, the same words of the same account are kept once a day"`
	Body struct {
		Text string `json:"text"`
	}
}

type noteAnswer struct {
	Cache string `header:"Cache-Control"`
	Body  assessmentNoteOut
}

// apiNote answers POST /api/v1/assessment/actions/{id}/notes.
func (p *Pages) apiNote(ctx context.Context, in *assessmentNoteIn) (*noteAnswer, error) {
	write := p.store.Note
	if in.Key != "" {
		write = p.store.NoteOnce
	}
	n, err := write(ctx, web.ActorFrom(ctx), in.ID, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return &noteAnswer{Cache: "no-store", Body: assessmentNoteOut{n.At.UTC(), n.By, n.What, n.Text}}, nil
}
