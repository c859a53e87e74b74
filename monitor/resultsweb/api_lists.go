package resultsweb

import (
	"bytes"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// answerListOut is a list of answers gathered elsewhere. Rows are told only where
// something is wrong with them: what is sound was sent by the caller.
type answerListOut struct {
	ID        string         `json:"id"`
	State     string         `json:"state" enum:"proposed,applied,undone,discarded"`
	Mode      string         `json:"mode" enum:"phone,in-person"`
	Name      string         `json:"name"`
	Set       string         `json:"set" doc:"Name and version of the question set that it is read by"`
	Sound     int            `json:"sound"`
	Faulty    int            `json:"faulty"`
	MadeAt    time.Time      `json:"made_at"`
	AppliedAt *time.Time     `json:"applied_at"`
	UndoneAt  *time.Time     `json:"undone_at"`
	Wrong     []answerRowOut `json:"wrong,omitempty" doc:"Rows at fault; of one list only"`
}

type answerRowOut struct {
	Line   int              `json:"line"`
	Errors []answerFaultOut `json:"errors"`
}

type answerFaultOut struct {
	Column  string `json:"column"`
	Key     string `json:"key"`
	Message string `json:"message" doc:"In the caller's language"`
}

type answerListAnswer struct {
	Location string `header:"Location"`
	Cache    string `header:"Cache-Control"`
	Body     answerListOut
}

type answerListsOut struct {
	Cache string `header:"Cache-Control"`
	Body  struct {
		Items []answerListOut `json:"items"`
		Next  string          `json:"next" doc:"Cursor of the next page; empty at the end"`
	}
}

func shapeList(h *survey.Handed) answerListOut {
	return answerListOut{
		ID: h.ID, State: string(h.State), Mode: string(h.Mode), Name: h.Name, Set: (&survey.Set{Name: h.Set, Version: h.Version}).Key(), Sound: h.Sound,
		Faulty: h.Faulty, MadeAt: h.MadeAt.UTC(), AppliedAt: h.AppliedAt, UndoneAt: h.UndoneAt,
	}
}

// apiLists answers GET /api/v1/surveys/{slug}/lists.
func (p *Pages) apiLists(ctx context.Context, in *wavesIn) (*answerListsOut, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	after, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := p.store.HandedPage(ctx, by, in.Slug, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &answerListsOut{Cache: "no-store"}
	out.Body.Items = []answerListOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = cursor(list[in.Limit-1].MadeAt, list[in.Limit-1].ID)
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, shapeList(&list[n]))
	}
	return out, nil
}

type handInIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	Mode    string `query:"mode" enum:"phone,in-person" required:"true"`
	Name    string `query:"name" doc:"Name of the file; its ending tells a workbook from CSV" default:"answers.csv" maxLength:"200"`
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again with the same file, the first list is answered and no second one made"`
	RawBody []byte `contentType:"application/octet-stream"`
}

// apiPropose answers POST /api/v1/surveys/{slug}/lists.
func (p *Pages) apiPropose(ctx context.Context, in *handInIn) (*answerListAnswer, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	if len(in.RawBody) == 0 {
		return nil, fault.At("file", "survey.import.no_file")
	}
	if err := p.shell.Scan(ctx, bytes.NewReader(in.RawBody)); err != nil {
		return nil, err
	}
	lines, err := p.sheets.Read(ctx, in.Name, in.RawBody)
	if err != nil {
		return nil, err
	}
	made, err := p.store.Propose(ctx, by, surveydb.HandIn{
		Service: in.Slug, Mode: survey.Mode(in.Mode), Name: in.Name, Data: in.RawBody, Lines: lines, Key: in.Key,
	})
	if err != nil {
		return nil, err
	}
	out, err := p.oneList(ctx, by, in.Slug, made.ID)
	if err == nil {
		out.Location = p.shell.URL("/api/v1/surveys/" + in.Slug + "/lists/" + made.ID)
	}
	return out, err
}

func (p *Pages) oneList(ctx context.Context, by identity.Actor, slug, id string) (*answerListAnswer, error) {
	h, judged, err := p.store.HandedIn(ctx, by, slug, id)
	if err != nil {
		return nil, err
	}
	out := &answerListAnswer{Cache: "no-store", Body: shapeList(h)}
	tag := web.LangFrom(ctx)
	for n := range judged {
		if judged[n].Answer != nil {
			continue
		}
		row := answerRowOut{Line: judged[n].Line, Errors: []answerFaultOut{}}
		for _, f := range judged[n].Faults {
			row.Errors = append(row.Errors, answerFaultOut{f.Field, f.Key, p.shell.Words().T(tag, f.Key, f.Args...)})
		}
		out.Body.Wrong = append(out.Body.Wrong, row)
	}
	return out, nil
}

// apiList answers GET /api/v1/surveys/{slug}/lists/{id}.
func (p *Pages) apiList(ctx context.Context, in *waveIn) (*answerListAnswer, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	return p.oneList(ctx, by, in.Slug, in.ID)
}

type answerApplyIn struct {
	Slug string `path:"slug" maxLength:"100"`
	ID   string `path:"id" maxLength:"40"`
	Body struct {
		SoundOnly bool `json:"sound_only,omitempty" doc:"Rows at fault are left out; otherwise they keep the list from being applied"`
	}
}

// apiApply answers POST /api/v1/surveys/{slug}/lists/{id}/application.
func (p *Pages) apiApply(ctx context.Context, in *answerApplyIn) (*answerListAnswer, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	if _, err := p.store.Apply(ctx, by, in.Slug, in.ID, in.Body.SoundOnly); err != nil {
		return nil, err
	}
	return p.oneList(ctx, by, in.Slug, in.ID)
}

// apiWithdraw answers POST /api/v1/surveys/{slug}/lists/{id}/withdrawal.
func (p *Pages) apiWithdraw(ctx context.Context, in *waveIn) (*answerListAnswer, error) {
	by, err := p.of(ctx, in.Slug, identity.ManageSurveys)
	if err != nil {
		return nil, err
	}
	if _, err := p.store.UndoHanded(ctx, by, in.Slug, in.ID); err != nil {
		return nil, err
	}
	return p.oneList(ctx, by, in.Slug, in.ID)
}

type answerEditionsOut struct {
	Body struct {
		Items []answerEditionOut `json:"items"`
		Next  string             `json:"next" doc:"Cursor of the next page; empty at the end"`
	}
}

// answerEditionOut is what the answers of a quarter came to, as it was stated.
type answerEditionOut struct {
	Quarter  string    `json:"quarter" example:"2026-Q3"`
	From     string    `json:"from"`
	To       string    `json:"to" doc:"Not part of it"`
	Hash     string    `json:"hash" doc:"SHA-256 of the text"`
	FrozenAt time.Time `json:"frozen_at"`
	Document string    `json:"document,omitempty" doc:"The text that was hashed; of one edition only"`
	Same     *bool     `json:"same,omitempty" doc:"With ?recount=true: counting the answers again gives the same hash"`
}

func shapeAnswerEdition(e *surveydb.Edition) answerEditionOut {
	return answerEditionOut{
		Quarter: e.Name(), From: e.From().Format(time.DateOnly), To: e.To().Format(time.DateOnly), Hash: e.Hash, FrozenAt: e.FrozenAt.UTC(),
	}
}

// apiEditions answers GET /api/v1/services/{slug}/satisfaction/editions.
func (p *Pages) apiEditions(ctx context.Context, in *wavesIn) (*answerEditionsOut, error) {
	if _, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug); err != nil {
		return nil, err
	}
	if in.Cursor != "" && !hash(in.Cursor) {
		return nil, fault.At("cursor", "fault.cursor")
	}
	list, err := p.store.EditionPage(ctx, in.Slug, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &answerEditionsOut{}
	out.Body.Items = []answerEditionOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].Hash
	}
	for n := range list {
		out.Body.Items = append(out.Body.Items, shapeAnswerEdition(&list[n]))
	}
	return out, nil
}

// hash tells whether s looks like a SHA-256.
func hash(s string) bool { return len(s) == 64 && hexadecimal(s) }

type answerEditionIn struct {
	Slug    string `path:"slug" maxLength:"100"`
	Hash    string `path:"hash" maxLength:"64"`
	Recount bool   `query:"recount" doc:"Count the answers again"`
	IfNone  string `header:"If-None-Match"`
}

type answerEditionAnswer struct {
	ETag string `header:"ETag"`
	Body answerEditionOut
}

// apiEdition answers GET /api/v1/services/{slug}/satisfaction/editions/{hash}.
func (p *Pages) apiEdition(ctx context.Context, in *answerEditionIn) (*answerEditionAnswer, error) {
	v, err := p.services.Service(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	if !hash(in.Hash) {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	e, err := p.store.Edition(ctx, v.Slug, in.Hash)
	if err != nil {
		return nil, err
	}
	tag := `"` + e.Hash + `"`
	if in.IfNone == tag && !in.Recount { // what is frozen never changes
		return nil, huma.Status304NotModified()
	}
	out := &answerEditionAnswer{ETag: tag, Body: shapeAnswerEdition(e)}
	out.Body.Document = e.Document
	if in.Recount {
		same, err := p.store.Same(ctx, e)
		if err != nil {
			return nil, err
		}
		out.Body.Same, out.ETag = &same, ""
	}
	return out, nil
}
