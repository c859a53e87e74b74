package requestweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	const all, desk = "/api/v1/requests", "/api/v1/desk/requests"
	public := func(id, path, summary string) huma.Operation {
		op := operation(id, http.MethodGet, path, summary)
		op.Security = web.PublicOperation()
		return op
	}
	web.Register(p.shell, public("list-requests", all, "Requests for data and feedback, as far as they are public"), p.apiList)
	web.Register(p.shell, public("get-request", all+"/{ref}", "One of them"), p.apiGet)
	web.Register(p.shell, operation("list-desk-requests", http.MethodGet, desk, "What the caller may answer, the most pressing first"), p.apiDesk)
	web.Register(p.shell, operation("get-desk-request", http.MethodGet, desk+"/{ref}", "One of them, as it was sent"), p.apiDeskGet)
	for _, a := range acts() {
		op := operation(a.name+"-request", http.MethodPost, all+"/{ref}/"+a.path, a.summary)
		web.Register(p.shell, op, func(ctx context.Context, in *requestActIn) (*requestAnswer, error) { return p.apiAct(ctx, in, a) })
	}
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Requests"}}
}

// requestOut is a message as the JSON API writes it. Nothing in it tells who sent it.
type requestOut struct {
	Ref         string          `json:"ref" example:"DQ-2026-0042"`
	Kind        string          `json:"kind" doc:"data, or feedback: error, outdated, question, reuse, thanks"`
	State       string          `json:"state" doc:"received, accepted, assigned, planned, answered, declined, opened, closed, merged or refused"`
	Outcome     string          `json:"outcome" doc:"How it ended: planned, answered, declined or opened; kept when closed"`
	Institution string          `json:"institution" doc:"Slug of who answers; empty while nobody is named"`
	Dataset     string          `json:"dataset" doc:"Feedback: what it is about; requests: what will answer it"`
	Language    string          `json:"language"`
	Title       string          `json:"title"`
	Text        string          `json:"text"`
	Received    time.Time       `json:"received"`
	Due         *time.Time      `json:"due" doc:"End of the last working day for a decision; null when none is owed"`
	Overdue     bool            `json:"overdue"`
	Published   *time.Time      `json:"published"`
	Answered    *time.Time      `json:"answered"`
	WorkingDays *int            `json:"working_days" doc:"From receipt to the first decision"`
	Answer      lang.Text       `json:"answer"`
	Ground      string          `json:"ground" doc:"Code of the legal ground, when declined"`
	PlannedFor  string          `json:"planned_for" example:"2027-03-31"`
	Supports    int             `json:"supports" doc:"People who joined"`
	MergedInto  string          `json:"merged_into"`
	Revision    int             `json:"revision"`
	Sent        *requestSentOut `json:"sent,omitempty" doc:"The words of whoever sent it; at the desk only"`
}

type requestSentOut struct {
	Title   string `json:"title"`
	Text    string `json:"text"`
	Why     string `json:"why"`
	Refusal string `json:"refusal"`
}

func shape(r *request.Request, now time.Time) requestOut {
	return requestOut{
		Ref: r.Ref, Kind: string(r.Kind), State: string(r.State), Outcome: string(r.Outcome), Institution: r.Institution,
		Dataset: r.Dataset, Language: string(r.Language), Title: r.PublicTitle, Text: r.PublicText, Received: r.ReceivedAt,
		Due: r.DueAt, Overdue: r.Overdue(now), Published: r.PublishedAt, Answered: r.AnsweredAt, WorkingDays: r.TookDays,
		Answer: answerOf(r), Ground: r.Ground, PlannedFor: string(r.PlannedFor), Supports: r.Supports,
		MergedInto: r.MergedInto, Revision: r.Revision,
	}
}

func answerOf(r *request.Request) lang.Text {
	if r.Answer == nil {
		return lang.Text{}
	}
	return r.Answer
}

// atDesk adds what only those who answer see.
func atDesk(r *request.Request, now time.Time) requestOut {
	out := shape(r, now)
	out.Sent = &requestSentOut{r.Title, r.Text, r.Why, string(r.Refusal)}
	return out
}

type requestAnswer struct {
	ETag string `header:"ETag"`
	Body requestOut
}

func answer(out requestOut) *requestAnswer {
	return &requestAnswer{ETag: strconv.Quote(strconv.Itoa(out.Revision)), Body: out}
}

type requestListIn struct {
	Group       string `query:"group" enum:",open,planned,done,new,mine,overdue" doc:"new, mine and overdue at the desk only"`
	State       string `query:"state"`
	Kind        string `query:"kind"`
	Institution string `query:"institution" doc:"Slug"`
	Dataset     string `query:"dataset" doc:"Ref"`
	Q           string `query:"q" maxLength:"200"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor      string `query:"cursor" doc:"The next of the page before"`
}

type requestListOut struct {
	Body struct {
		Items []requestOut `json:"items"`
		Next  string       `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// filter reads what is asked for; unknown words are refused, not ignored.
func (in *requestListIn) filter() (requestdb.Filter, error) {
	f := requestdb.Filter{
		Group: in.Group, State: request.State(in.State), Kind: request.Kind(in.Kind), Institution: in.Institution,
		Dataset: in.Dataset, Q: in.Q, PerPage: in.Limit, Page: 1,
	}
	if f.State != "" && !f.State.Valid() {
		return f, fault.At("state", "fault.unknown_value", in.State)
	}
	if f.Kind != "" && !f.Kind.Valid() {
		return f, fault.At("kind", "fault.unknown_value", in.Kind)
	}
	if in.Cursor != "" {
		n, err := strconv.Atoi(in.Cursor)
		if err != nil || n < 2 || n > 1_000_000 {
			return f, fault.At("cursor", "fault.cursor")
		}
		f.Page = n
	}
	return f, nil
}

func listed(found requestdb.List, f requestdb.Filter, write func(*request.Request) requestOut) *requestListOut {
	out := &requestListOut{}
	out.Body.Items = []requestOut{}
	for n := range found.Items {
		out.Body.Items = append(out.Body.Items, write(&found.Items[n]))
	}
	if f.Page*f.PerPage < found.Total {
		out.Body.Next = strconv.Itoa(f.Page + 1)
	}
	return out
}

// apiList answers GET /api/v1/requests.
func (p *Pages) apiList(ctx context.Context, in *requestListIn) (*requestListOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := p.store.Public(ctx, f)
	if err != nil {
		return nil, err
	}
	return listed(found, f, func(r *request.Request) requestOut { return shape(r, p.now()) }), nil
}

type refIn struct {
	Ref string `path:"ref" maxLength:"40" example:"DQ-2026-0042"`
}

// apiGet answers GET /api/v1/requests/{ref}.
func (p *Pages) apiGet(ctx context.Context, in *refIn) (*requestAnswer, error) {
	r, _, err := p.store.Shown(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	return answer(shape(r, p.now())), nil
}

// apiDesk answers GET /api/v1/desk/requests.
func (p *Pages) apiDesk(ctx context.Context, in *requestListIn) (*requestListOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	found, err := p.store.Desk(ctx, web.ActorFrom(ctx), f)
	if err != nil {
		return nil, err
	}
	return listed(found, f, func(r *request.Request) requestOut { return atDesk(r, p.now()) }), nil
}

// apiDeskGet answers GET /api/v1/desk/requests/{ref}.
func (p *Pages) apiDeskGet(ctx context.Context, in *refIn) (*requestAnswer, error) {
	r, _, err := p.store.Get(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	return answer(atDesk(r, p.now())), nil
}

type requestActIn struct {
	Ref     string          `path:"ref" maxLength:"40" example:"DQ-2026-0042"`
	IfMatch string          `header:"If-Match" doc:"The ETag that was decided on"`
	Body    *requestActBody `doc:"May be left out where nothing has to be said"`
}

// apiAct answers POST /api/v1/requests/{ref}/ACT.
func (p *Pages) apiAct(ctx context.Context, in *requestActIn, a act) (*requestAnswer, error) {
	revision, err := web.IfMatch(in.IfMatch, "request.stale")
	if err != nil {
		return nil, err
	}
	body := requestActBody{}
	if in.Body != nil {
		body = *in.Body
	}
	r, err := a.do(ctx, p.store, web.ActorFrom(ctx), target{in.Ref, revision}, body)
	if err != nil {
		return nil, err
	}
	return answer(atDesk(r, p.now())), nil
}
