package mandateweb

import (
	"context"
	"net/http"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func (p *Pages) committeeAPI() {
	const members, advice, tag = "/api/v1/committee/members", "/api/v1/committee/advice", "Committee"
	web.Register(p.shell, operation("list-members", http.MethodGet, members, "Every term, past ones too", tag), p.apiMembers)
	web.Register(p.shell, operation("appoint-member", http.MethodPost, members, "Enter a member", tag), p.apiAppoint)
	web.Register(p.shell, operation("renew-member", http.MethodPost, members+"/{id}/renewal", "Begin a member's next term", tag), p.apiRenew)
	web.Register(p.shell, operation("end-member", http.MethodPost, members+"/{id}/end", "End a term before its time", tag), p.apiLeave)
	web.Register(p.shell, open(operation("list-advice", http.MethodGet, advice, "Adopted advice; drafts too for the committee and the operator", tag)), p.apiAdvices)
	web.Register(p.shell, open(operation("get-advice", http.MethodGet, advice+"/{id}", "One advice, by id or number", tag)), p.apiAdvice)
	web.Register(p.shell, operation("write-advice", http.MethodPost, advice, "Write a draft", tag), p.apiWrite)
	web.Register(p.shell, operation("change-advice", http.MethodPut, advice+"/{id}", "Write a draft anew", tag), p.apiRewrite)
	web.Register(p.shell, operation("adopt-advice", http.MethodPost, advice+"/{id}/adoption", "Make a draft the committee's public advice", tag), p.apiAdopt)
	web.Register(p.shell, operation("answer-advice", http.MethodPost, advice+"/{id}/answer", "Answer as the operator", tag), p.apiReply)
}

// mandateMemberOut is one term of one member.
type mandateMemberOut struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Quality      string `json:"quality" doc:"public, private or civil"`
	Organisation string `json:"organisation"`
	ActRef       string `json:"act_ref"`
	ActDay       string `json:"act_day"`
	StartsOn     string `json:"starts_on"`
	EndsOn       string `json:"ends_on"`
	LeftOn       string `json:"left_on" doc:"Last day when the member left before the end"`
	Renews       string `json:"renews" doc:"Id of the term before"`
	Term         string `json:"term" doc:"coming, serving, expires or over"`
	DaysLeft     int    `json:"days_left"`
}

func (p *Pages) memberOut(ctx context.Context, m mandate.Member) (mandateMemberOut, error) {
	terms, err := p.store.Terms(ctx)
	if err != nil {
		return mandateMemberOut{}, err
	}
	state, left, _ := m.Term(terms, p.now())
	return mandateMemberOut{
		ID: m.ID, Name: m.Name, Quality: string(m.Quality), Organisation: m.Organisation, ActRef: m.ActRef, ActDay: string(m.ActDay),
		StartsOn: string(m.StartsOn), EndsOn: string(m.EndsOn), LeftOn: string(m.LeftOn), Renews: m.Renews, Term: string(state), DaysLeft: left,
	}, nil
}

type mandateMemberAnswer struct{ Body mandateMemberOut }

func (p *Pages) memberAnswer(ctx context.Context, m *mandate.Member, err error) (*mandateMemberAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := p.memberOut(ctx, *m)
	if err != nil {
		return nil, err
	}
	return &mandateMemberAnswer{out}, nil
}

type mandateMembersOut struct {
	Body struct {
		Items []mandateMemberOut `json:"items"`
	}
}

// apiMembers answers GET /api/v1/committee/members.
func (p *Pages) apiMembers(ctx context.Context, _ *struct{}) (*mandateMembersOut, error) {
	all, err := p.store.Members(ctx, web.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := &mandateMembersOut{}
	out.Body.Items = []mandateMemberOut{}
	for _, m := range all {
		one, err := p.memberOut(ctx, m)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

type mandateAppointIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		Name         string `json:"name,omitempty"`
		Quality      string `json:"quality,omitempty" doc:"public, private or civil"`
		Organisation string `json:"organisation,omitempty"`
		ActRef       string `json:"act_ref,omitempty"`
		ActDay       string `json:"act_day,omitempty"`
		StartsOn     string `json:"starts_on,omitempty"`
		EndsOn       string `json:"ends_on,omitempty" doc:"As long as the rules say when left out"`
	}
}

// apiAppoint answers POST /api/v1/committee/members.
func (p *Pages) apiAppoint(ctx context.Context, in *mandateAppointIn) (*mandateMemberAnswer, error) {
	b := in.Body
	m, err := p.store.Appoint(ctx, web.ActorFrom(ctx), mandate.Member{
		Name: b.Name, Quality: mandate.Quality(b.Quality), Organisation: b.Organisation, ActRef: b.ActRef,
		ActDay: inventory.Date(b.ActDay), StartsOn: inventory.Date(b.StartsOn), EndsOn: inventory.Date(b.EndsOn),
	}, in.Key)
	return p.memberAnswer(ctx, m, err)
}

type mandateRenewIn struct {
	MandateIDIn
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body struct {
		ActRef   string `json:"act_ref,omitempty"`
		ActDay   string `json:"act_day,omitempty"`
		StartsOn string `json:"starts_on,omitempty" doc:"The day after the old term when left out"`
	}
}

// apiRenew answers POST /api/v1/committee/members/{id}/renewal.
func (p *Pages) apiRenew(ctx context.Context, in *mandateRenewIn) (*mandateMemberAnswer, error) {
	b := in.Body
	m, err := p.store.Renew(ctx, web.ActorFrom(ctx), in.ID, b.ActRef, inventory.Date(b.ActDay), inventory.Date(b.StartsOn), in.Key)
	return p.memberAnswer(ctx, m, err)
}

type mandateLeaveIn struct {
	MandateIDIn
	Body struct {
		On     string `json:"on,omitempty" doc:"Last day of the term"`
		Reason string `json:"reason,omitempty"`
	}
}

// apiLeave answers POST /api/v1/committee/members/{id}/end.
func (p *Pages) apiLeave(ctx context.Context, in *mandateLeaveIn) (*mandateMemberAnswer, error) {
	m, err := p.store.Leave(ctx, web.ActorFrom(ctx), in.ID, inventory.Date(in.Body.On), in.Body.Reason)
	return p.memberAnswer(ctx, m, err)
}

// mandateAdviceOut is an advice as the JSON API writes it.
type mandateAdviceOut struct {
	ID         string    `json:"id"`
	Number     string    `json:"number" doc:"Given at the adoption" example:"2026-003"`
	State      string    `json:"state" doc:"draft, adopted or answered"`
	Day        string    `json:"day"`
	Subject    lang.Text `json:"subject"`
	Text       lang.Text `json:"text"`
	Addressee  string    `json:"addressee" doc:"operator, institution, dataset or portal"`
	Target     string    `json:"target" doc:"Slug or ref, where the addressee has one"`
	Verdict    string    `json:"verdict" doc:"accepted, partly or declined; empty while open"`
	Answer     lang.Text `json:"answer"`
	AnsweredOn string    `json:"answered_on"`
	Age        int       `json:"age" doc:"Days it waited or has waited"`
}

type mandateAdviceAnswer struct{ Body mandateAdviceOut }

func (p *Pages) adviceOut(a mandate.Advice) mandateAdviceOut {
	return mandateAdviceOut{
		ID: a.ID, Number: a.Number, State: string(a.State), Day: string(a.Day), Subject: a.Subject, Text: a.Text,
		Addressee: string(a.Addressee), Target: a.Target, Verdict: string(a.Verdict), Answer: a.Answer,
		AnsweredOn: string(a.AnsweredOn), Age: a.Age(p.now()),
	}
}

func (p *Pages) adviceAnswer(a *mandate.Advice, err error) (*mandateAdviceAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &mandateAdviceAnswer{p.adviceOut(*a)}, nil
}

type mandateAdvicesOut struct {
	Body struct {
		Items []mandateAdviceOut `json:"items"`
	}
}

// apiAdvices answers GET /api/v1/committee/advice.
func (p *Pages) apiAdvices(ctx context.Context, _ *struct{}) (*mandateAdvicesOut, error) {
	all, err := p.store.Advices(ctx, web.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := &mandateAdvicesOut{}
	out.Body.Items = []mandateAdviceOut{}
	for _, a := range all {
		out.Body.Items = append(out.Body.Items, p.adviceOut(a))
	}
	return out, nil
}

// apiAdvice answers GET /api/v1/committee/advice/{id}.
func (p *Pages) apiAdvice(ctx context.Context, in *MandateIDIn) (*mandateAdviceAnswer, error) {
	return p.adviceAnswer(p.store.Advice(ctx, web.ActorFrom(ctx), in.ID))
}

type mandateWording struct {
	Subject   lang.Text `json:"subject,omitempty"`
	Text      lang.Text `json:"text,omitempty"`
	Addressee string    `json:"addressee,omitempty" doc:"operator, institution, dataset or portal"`
	Target    string    `json:"target,omitempty"`
}

func (w mandateWording) wording() mandate.Wording {
	return mandate.Wording{Subject: w.Subject, Text: w.Text, Addressee: mandate.Addressee(w.Addressee), Target: w.Target}
}

type mandateWriteIn struct {
	Key  string `header:"Idempotency-Key" maxLength:"200"`
	Body mandateWording
}

// apiWrite answers POST /api/v1/committee/advice.
func (p *Pages) apiWrite(ctx context.Context, in *mandateWriteIn) (*mandateAdviceAnswer, error) {
	return p.adviceAnswer(p.store.Write(ctx, web.ActorFrom(ctx), "", in.Body.wording(), in.Key))
}

type mandateRewriteIn struct {
	MandateIDIn
	Body mandateWording
}

// apiRewrite answers PUT /api/v1/committee/advice/{id}.
func (p *Pages) apiRewrite(ctx context.Context, in *mandateRewriteIn) (*mandateAdviceAnswer, error) {
	return p.adviceAnswer(p.store.Write(ctx, web.ActorFrom(ctx), in.ID, in.Body.wording(), ""))
}

type mandateAdoptIn struct {
	MandateIDIn
	Body struct {
		Day string `json:"day,omitempty" doc:"Of the adoption" example:"2026-11-16"`
	}
}

// apiAdopt answers POST /api/v1/committee/advice/{id}/adoption.
func (p *Pages) apiAdopt(ctx context.Context, in *mandateAdoptIn) (*mandateAdviceAnswer, error) {
	return p.adviceAnswer(p.store.Adopt(ctx, web.ActorFrom(ctx), in.ID, inventory.Date(in.Body.Day)))
}

type mandateReplyIn struct {
	MandateIDIn
	Body struct {
		Verdict string    `json:"verdict,omitempty" doc:"accepted, partly or declined"`
		Answer  lang.Text `json:"answer,omitempty" doc:"Needed unless accepted"`
	}
}

// apiReply answers POST /api/v1/committee/advice/{id}/answer.
func (p *Pages) apiReply(ctx context.Context, in *mandateReplyIn) (*mandateAdviceAnswer, error) {
	return p.adviceAnswer(p.store.Reply(ctx, web.ActorFrom(ctx), in.ID, mandate.Verdict(in.Body.Verdict), in.Body.Answer))
}
