package twinweb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/twin"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	web.Register(p.shell, operation("list-twins", http.MethodGet, "/api/v1/twins", "Datasets that look alike, the likeliest first"), p.apiList)
	web.Register(p.shell, operation("like-dataset", http.MethodGet, "/api/v1/datasets/{ref}/twins", "What looks like a dataset"), p.apiLike)
	web.Register(p.shell, operation("judge-twins", http.MethodPost, "/api/v1/twins/decisions", "Decide whether two datasets are one"), p.apiJudge)
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"Twins"}}
}

// TwinSideOut is one of two that look alike. It is exported because huma reads
// no embedded struct that is not.
type TwinSideOut struct {
	Ref         string            `json:"ref"`
	UUID        string            `json:"uuid"`
	Institution string            `json:"institution"`
	Title       map[string]string `json:"title"`
	State       string            `json:"state" doc:"Empty when you may only read what is public of it"`
	Public      bool              `json:"public"`
}

type twinPairOut struct {
	A        TwinSideOut      `json:"a"`
	B        TwinSideOut      `json:"b"`
	Score    int              `json:"score" doc:"0 to 100"`
	Reasons  []string         `json:"reasons" doc:"source, file, title, near, body, producer, period"`
	MayJudge bool             `json:"may_judge"`
	Decision *twinDecisionOut `json:"decision"`
}

type twinDecisionOut struct {
	Verdict string    `json:"verdict" doc:"different, linked, replaced or open"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

func sideOut(s inventorydb.Side) TwinSideOut {
	return TwinSideOut{s.Ref, s.ID, s.Institution, s.Content.Title.Clean(), string(s.State), s.Public}
}

func reasonsOut(all []twin.Reason) []string {
	out := make([]string, 0, len(all))
	for _, r := range all {
		out = append(out, string(r))
	}
	return out
}

func decisionOut(d *twin.Decision) *twinDecisionOut {
	if d == nil {
		return nil
	}
	return &twinDecisionOut{string(d.Verdict), d.Reason, d.DecidedAt.UTC()}
}

type twinListIn struct {
	Institution string `query:"institution" maxLength:"60" doc:"One of the two is of it"`
	Decided     bool   `query:"decided" doc:"Those decided on, instead of those that wait"`
	Limit       int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	Cursor      string `query:"cursor" maxLength:"20"`
}

type twinListOut struct {
	Body struct {
		Items []twinPairOut `json:"items"`
		Total int           `json:"total"`
		Next  string        `json:"next" doc:"Cursor of what follows; empty at the end"`
	}
}

// apiList answers GET /api/v1/twins.
func (p *Pages) apiList(ctx context.Context, in *twinListIn) (*twinListOut, error) {
	from := 0
	if in.Cursor != "" {
		n, err := strconv.Atoi(in.Cursor)
		if err != nil || n < 0 {
			return nil, fault.At("cursor", "twins.cursor")
		}
		from = n
	}
	pairs, total, err := p.store.Twins(ctx, web.ActorFrom(ctx), inventorydb.TwinFilter{
		Institution: in.Institution, Decided: in.Decided, From: from, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := &twinListOut{}
	out.Body.Items, out.Body.Total = []twinPairOut{}, total
	for _, pair := range pairs {
		out.Body.Items = append(out.Body.Items, twinPairOut{
			sideOut(pair.A), sideOut(pair.B), pair.Score, reasonsOut(pair.Reasons), pair.MayJudge, decisionOut(pair.Decision),
		})
	}
	if from+in.Limit < total {
		out.Body.Next = strconv.Itoa(from + in.Limit)
	}
	return out, nil
}

type twinLikeIn struct {
	Ref string `path:"ref" maxLength:"60"`
}

type twinLikeItem struct {
	TwinSideOut
	Score   int      `json:"score"`
	Reasons []string `json:"reasons"`
	Decided string   `json:"decided" doc:"linked, or empty while nobody has decided"`
}

type twinLikeOut struct {
	Body struct {
		Items []twinLikeItem `json:"items"`
	}
}

// apiLike answers GET /api/v1/datasets/{ref}/twins.
func (p *Pages) apiLike(ctx context.Context, in *twinLikeIn) (*twinLikeOut, error) {
	by := web.ActorFrom(ctx)
	d, err := p.store.Get(ctx, by, in.Ref)
	if err != nil {
		return nil, err
	}
	found, err := p.store.LooksLike(ctx, by, d)
	if err != nil {
		return nil, err
	}
	out := &twinLikeOut{}
	out.Body.Items = []twinLikeItem{}
	for _, one := range found {
		out.Body.Items = append(out.Body.Items, twinLikeItem{sideOut(one.Side), one.Score, reasonsOut(one.Reasons), string(one.Decided)})
	}
	return out, nil
}

type twinJudgeIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again with the same body within a day, nothing is done twice"`
	Body struct {
		A       string `json:"a" maxLength:"60" doc:"Ref or UUID"`
		B       string `json:"b" maxLength:"60"`
		Verdict string `json:"verdict" doc:"different, linked, replaced, or open to take a decision back"`
		Keep    string `json:"keep,omitempty" maxLength:"60" doc:"With replaced: the ref that stays; the other is withdrawn"`
		Reason  string `json:"reason,omitempty" doc:"Asked for with replaced"`
	}
}

type twinJudgeOut struct{ Body twinDecisionOut }

// apiJudge answers POST /api/v1/twins/decisions.
func (p *Pages) apiJudge(ctx context.Context, in *twinJudgeIn) (*twinJudgeOut, error) {
	by, b := web.ActorFrom(ctx), in.Body
	judge := func(s *inventorydb.Store) ([]byte, error) {
		d, err := s.JudgeTwins(ctx, by, twin.Asked{A: b.A, B: b.B, Verdict: twin.Verdict(b.Verdict), Keep: b.Keep, Reason: b.Reason})
		if err != nil {
			return nil, err
		}
		return json.Marshal(decisionOut(d))
	}
	var kept []byte
	var err error
	if in.Key == "" {
		kept, err = judge(p.store)
	} else {
		kept, err = p.store.Once(ctx, by, in.Key, fmt.Sprintf("twins %q", b), judge)
	}
	if err != nil {
		return nil, err
	}
	out := &twinJudgeOut{}
	if err := json.Unmarshal(kept, &out.Body); err != nil {
		return nil, fmt.Errorf("read a kept decision: %w", err)
	}
	return out, nil
}
