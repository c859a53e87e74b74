package inventoryweb

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// api adds the register's part of the JSON API.
func (p *Pages) api() {
	const all, one = "/api/v1/datasets", "/api/v1/datasets/{ref}"
	web.Register(p.shell, operation("list-datasets", http.MethodGet, all, "Datasets that the caller may read"), p.apiList)
	created := operation("create-dataset", http.MethodPost, all, "Record a draft")
	created.DefaultStatus = http.StatusCreated
	web.Register(p.shell, created, p.apiCreate)
	web.Register(p.shell, operation("get-dataset", http.MethodGet, one, "One dataset"), p.apiGet)
	web.Register(p.shell, operation("change-dataset", http.MethodPatch, one, "Change the given fields"), p.apiChange)
	web.Register(p.shell, operation("dataset-history", http.MethodGet, one+"/history", "What happened to it"), p.apiHistory)
	for _, a := range append(append(acts(), promiseActs()...), endorseAct()) {
		op := operation(a.name+"-dataset", http.MethodPost, one+"/"+a.path, a.summary)
		web.Register(p.shell, op, func(ctx context.Context, in *actIn) (*datasetAnswer, error) { return p.apiAct(ctx, in, a) })
	}
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Datasets"}}
}

// datasetAnswer is one dataset; its revision is the ETag.
type datasetAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     datasetOut
}

func answer(d *inventory.Dataset, now time.Time) *datasetAnswer {
	return answerOf(shape(d, now))
}

func answerOf(out datasetOut) *datasetAnswer {
	return &datasetAnswer{ETag: strconv.Quote(strconv.Itoa(out.Revision)), Body: out}
}

type listIn struct {
	State       string `query:"state" doc:"draft, submitted, returned, approved or withdrawn"`
	Life        string `query:"life" doc:"inventoried, planned, open or withdrawn"`
	Institution string `query:"institution" doc:"Slug; bodies under it are included"`
	Theme       string `query:"theme"`
	Frequency   string `query:"frequency"`
	Overdue     bool   `query:"overdue" doc:"Only what should have been updated by now"`
	Q           string `query:"q" doc:"Words, in any language" maxLength:"500"`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor      string `query:"cursor" doc:"The next of the page before"`
}

type listOut struct {
	Body struct {
		Items []datasetOut `json:"items"`
		Next  string       `json:"next" doc:"Cursor of the next page; empty on the last"`
	}
}

// apiList answers GET /api/v1/datasets.
func (p *Pages) apiList(ctx context.Context, in *listIn) (*listOut, error) {
	found, err := p.store.List(ctx, web.ActorFrom(ctx), inventorydb.Filter{
		State: inventory.State(in.State), Life: inventory.Life(in.Life), Institution: in.Institution, Theme: in.Theme, Frequency: in.Frequency,
		Overdue: in.Overdue, Q: in.Q, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Items, out.Body.Next = []datasetOut{}, found.Next
	for _, d := range found.Items {
		out.Body.Items = append(out.Body.Items, shape(&d, p.now()))
	}
	return out, nil
}

type createIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again with the same body within a day, the first answer is given again"`
	Body newDataset
}

type newDataset struct {
	Institution string `json:"institution" doc:"Slug of the body that answers for it" example:"marhp"`
	ContentIn
}

// apiCreate answers POST /api/v1/datasets.
func (p *Pages) apiCreate(ctx context.Context, in *createIn) (*datasetAnswer, error) {
	by := web.ActorFrom(ctx)
	out, err := p.once(ctx, in.Key, "create", in.Body, func(s *inventorydb.Store) (*inventory.Dataset, error) {
		fresh := inventory.Content{PersonalUnknown: true} // until the script says which
		return s.Create(ctx, by, in.Body.Institution, in.Body.onto(fresh))
	})
	if err != nil {
		return nil, err
	}
	out.Location = p.shell.URL("/api/v1/datasets/" + out.Body.Ref)
	return out, nil
}

// RefIn names a dataset in the path.
type RefIn struct {
	Ref string `path:"ref" example:"TN-MARHP-2026-0001" maxLength:"100"`
}

type getIn struct {
	RefIn
	IfNoneMatch string `header:"If-None-Match"`
}

// apiGet answers GET /api/v1/datasets/{ref}.
func (p *Pages) apiGet(ctx context.Context, in *getIn) (*datasetAnswer, error) {
	d, err := p.store.Get(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := answer(d, p.now())
	if in.IfNoneMatch != "" && in.IfNoneMatch == out.ETag {
		return nil, huma.Status304NotModified()
	}
	return out, nil
}

type changeIn struct {
	RefIn
	IfMatch string `header:"If-Match" doc:"The ETag that the change was made from"`
	Body    ContentIn
}

// apiChange answers PATCH /api/v1/datasets/{ref}.
func (p *Pages) apiChange(ctx context.Context, in *changeIn) (*datasetAnswer, error) {
	by := web.ActorFrom(ctx)
	revision, err := web.IfMatch(in.IfMatch, "dataset.stale_tag")
	if err != nil {
		return nil, err
	}
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	d, err := p.store.Change(ctx, by, in.Ref, "dataset.edit", revision, func(d *inventory.Dataset) error {
		return d.Edit(by, in.Body.onto(d.Content), v, p.now())
	})
	if err != nil {
		return nil, err
	}
	return answer(d, p.now()), nil
}

type historyOut struct {
	Body struct {
		Items []historyItem `json:"items" doc:"Newest first"`
		Next  string        `json:"next"`
	}
}

type historyItem struct {
	At     time.Time      `json:"at"`
	Act    string         `json:"act" example:"dataset.approve"`
	Role   string         `json:"role"`
	Reason string         `json:"reason"`
	Before map[string]any `json:"before" doc:"The fields that changed, as they were"`
	After  map[string]any `json:"after" doc:"And as they are now"`
}

// apiHistory answers GET /api/v1/datasets/{ref}/history.
func (p *Pages) apiHistory(ctx context.Context, in *RefIn) (*historyOut, error) {
	lines, err := p.store.History(ctx, web.ActorFrom(ctx), in.Ref)
	if err != nil {
		return nil, err
	}
	out := &historyOut{}
	out.Body.Items = []historyItem{}
	for _, l := range lines {
		out.Body.Items = append(out.Body.Items, historyItem{
			At: l.At.UTC(), Act: l.Act, Role: string(l.Role), Reason: l.Reason, Before: anything(l.Before), After: anything(l.After),
		})
	}
	return out, nil
}
