package assessweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/web"
)

// Examiner looks at the pages of a service when somebody wants to know now.
type Examiner interface {
	// Ask has a service looked at; done is false when the look goes on after the answer.
	Ask(ctx context.Context, by identity.Actor, service string) (result examine.Result, done bool, err error)
	// Standing tells how the looks at a service of an institution stand.
	Standing(ctx context.Context, by identity.Actor, service, institution string) (examine.Standing, error)
}

// Examining lets departments ask for a look.
func (p *Pages) Examining(examiner Examiner) *Pages {
	p.examiner = examiner
	return p
}

// lookRoutes adds the look on demand, when there is somebody who looks.
func (p *Pages) lookRoutes() {
	if p.examiner == nil {
		return
	}
	p.shell.Engine().POST("/desk/services/:slug/assessment/look", p.shell.Handle(p.askLook))
	const at = "/api/v1/services/{slug}/assessment/look"
	web.Register(p.shell, huma.Operation{
		OperationID: "service-look", Method: http.MethodGet, Path: at, Summary: "How the looks at the pages of a service stand", Tags: []string{"Services"},
	}, p.apiLook)
	web.Register(p.shell, huma.Operation{
		OperationID: "ask-service-look", Method: http.MethodPost, Path: at, Tags: []string{"Services"}, DefaultStatus: http.StatusAccepted,
		Summary: "Have the pages of a service looked at now: 200 when it is done, 202 while it goes on, 429 within ten minutes of the last look",
	}, p.apiAskLook)
}

// lookView is what the desk shows of the looks at a service.
type lookView struct {
	Mark    web.Mark
	At      *time.Time // of the last look that was heard of
	Why     string     // why the page was not seen
	Next    *time.Time
	Running bool
	May     bool // ask for one now
}

// lookOfService is what the desk shows of the looks at the page's service.
func (p *Pages) lookOfService(ctx context.Context, page *ownPage, by identity.Actor) (*lookView, error) {
	if p.examiner == nil {
		return nil, nil //nolint:nilnil // nobody looks: nothing is shown
	}
	s, err := p.examiner.Standing(ctx, by, page.Service.Slug, page.Service.Institution)
	if err != nil {
		return nil, err
	}
	v := &lookView{At: s.EndedAt, Next: s.Next, Running: s.Running, May: page.CanWork && s.Possible && s.Next == nil}
	switch {
	case s.Running:
		v.Mark, v.At = page.Mark("review", "assesslook.state.running"), s.BeganAt
	case s.Cut:
		v.Mark, v.At = page.Mark("unknown", "assesslook.state.cut"), s.BeganAt
	case s.EndedAt == nil && !s.Possible:
		v.Mark = page.Mark("unknown", "assesslook.state.impossible")
	case s.EndedAt == nil:
		v.Mark = page.Mark("unknown", "assesslook.state.never")
	case s.Why != "":
		v.Mark, v.Why = page.Mark("late", "assesslook.state.unseen"), page.T(s.Why)
	default:
		v.Mark = page.Mark("open", "assesslook.state.done")
	}
	return v, nil
}

// askLook answers POST /desk/services/{slug}/assessment/look.
func (p *Pages) askLook(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.AssessService)
	if err != nil {
		return err
	}
	v, err := p.visible(c)
	if err != nil {
		return err
	}
	_, done, err := p.examiner.Ask(c.Request.Context(), by, v.Slug)
	if web.StatusOf(err) == http.StatusTooManyRequests {
		return p.showOwn(c, "", err)
	}
	if err != nil {
		return err
	}
	flash := "assesslook.flash.running"
	if done {
		flash = "assesslook.flash.done"
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/assessment#look", flash)
}

type pageLookIn struct {
	Slug string `path:"slug" maxLength:"100"`
}

type pageLookAnswer struct {
	Status int
	Cache  string `header:"Cache-Control"`
	Body   pageLookOut
}

// pageLookOut is how the looks at a service stand, for machines.
type pageLookOut struct {
	Service  string     `json:"service"`
	State    string     `json:"state" enum:"never,running,done,unseen,cut" doc:"unseen: the page did not answer; cut: the program ended meanwhile"`
	Possible bool       `json:"possible" doc:"The service is watched and has an address"`
	BeganAt  *time.Time `json:"began_at"`
	EndedAt  *time.Time `json:"ended_at"`
	SeenAt   *time.Time `json:"seen_at" doc:"When the page was last seen"`
	NextAt   *time.Time `json:"next_at" doc:"Before this nobody gets another look; null: now"`
	Requests int        `json:"requests"`
	Bytes    int64      `json:"bytes"`
	Why      string     `json:"why" doc:"Key of why the page was not seen"`
}

func shapeLook(s *examine.Standing) pageLookOut {
	out := pageLookOut{
		Service: s.Service, Possible: s.Possible, BeganAt: s.BeganAt, EndedAt: s.EndedAt, SeenAt: s.GoodAt, NextAt: s.Next, Requests: s.Requests,
		Bytes: s.Bytes, Why: s.Why, State: "done",
	}
	switch {
	case s.Running:
		out.State = "running"
	case s.Cut:
		out.State = "cut"
	case s.EndedAt == nil:
		out.State = "never"
	case s.Why != "":
		out.State = "unseen"
	}
	return out
}

// apiLook answers GET /api/v1/services/{slug}/assessment/look.
func (p *Pages) apiLook(ctx context.Context, in *pageLookIn) (*pageLookAnswer, error) {
	by := web.ActorFrom(ctx)
	v, err := p.services.Service(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	s, err := p.examiner.Standing(ctx, by, v.Slug, v.Institution)
	if err != nil {
		return nil, err
	}
	return &pageLookAnswer{Status: http.StatusOK, Cache: "no-store", Body: shapeLook(&s)}, nil
}

// apiAskLook answers POST /api/v1/services/{slug}/assessment/look.
func (p *Pages) apiAskLook(ctx context.Context, in *pageLookIn) (*pageLookAnswer, error) {
	by := web.ActorFrom(ctx)
	if _, err := p.services.Service(ctx, by, in.Slug); err != nil {
		return nil, err
	}
	_, done, err := p.examiner.Ask(ctx, by, in.Slug)
	if err != nil {
		return nil, err
	}
	out, err := p.apiLook(ctx, in)
	if err == nil && !done {
		out.Status = http.StatusAccepted
	}
	return out, err
}
