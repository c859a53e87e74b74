package mandateweb

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/web"
)

// api adds the room's part of the JSON API.
func (p *Pages) api() {
	p.officersAPI()
	p.committeeAPI()
	p.namingAPI()
}

func operation(id, method, path, summary, tag string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{tag}}
}

// open is an operation that asks nobody's name.
func open(op huma.Operation) huma.Operation {
	op.Security = web.PublicOperation()
	return op
}

func (p *Pages) officersAPI() {
	const of, one, tag = "/api/v1/institutions/{slug}/officers", "/api/v1/designations/{id}", "Officers"
	web.Register(p.shell, operation("list-officer-standings", http.MethodGet, "/api/v1/officers",
		"How each institution stands with its officer, alarms first", tag), p.apiStandings)
	web.Register(p.shell, operation("list-officers", http.MethodGet, of, "Designations of an institution, the latest first", tag), p.apiOfficers)
	web.Register(p.shell, operation("propose-officer", http.MethodPost, of, "Propose an officer or a successor", tag), p.apiPropose)
	web.Register(p.shell, operation("get-designation", http.MethodGet, one, "One designation", tag), p.apiDesignation)
	web.Register(p.shell, open(operation("get-officer-contact", http.MethodGet, "/api/v1/institutions/{slug}/officer",
		"Function and mailbox of who answers; no name", tag)), p.apiContact)
	for _, a := range []struct{ name, path, summary string }{
		{"accept-designation", "acceptance", "Take a designation on; only who is designated can"},
		{"confirm-designation", "confirmation", "Record a first officer on the strength of the act"},
		{"decline-designation", "refusal", "Refuse a proposal, or take it back"},
		{"end-designation", "end", "End a designation after a day"},
		{"declare-absence", "absence", "Say when the officer is away and the deputy acts; no days: back"},
	} {
		web.Register(p.shell, operation(a.name, http.MethodPost, one+"/"+a.path, a.summary, tag),
			func(ctx context.Context, in *mandateActIn) (*mandateAnswer, error) {
				return p.apiDecide(ctx, in, a.path)
			})
	}
}

// mandateOut is a designation as the JSON API writes it: accounts by id.
type mandateOut struct {
	ID          string     `json:"id"`
	Institution string     `json:"institution" doc:"Slug"`
	Account     string     `json:"account" doc:"Id of the account designated"`
	Deputy      string     `json:"deputy" doc:"Id of who acts while she is away; empty when nobody was named"`
	Function    string     `json:"function"`
	Mailbox     string     `json:"mailbox"`
	ActRef      string     `json:"act_ref"`
	ActDay      string     `json:"act_day"`
	StartsOn    string     `json:"starts_on"`
	EndsOn      string     `json:"ends_on" doc:"Last day; empty while open"`
	AwayFrom    string     `json:"away_from"`
	AwayUntil   string     `json:"away_until"`
	State       string     `json:"state" doc:"proposed, confirmed or declined"`
	InCharge    bool       `json:"in_charge" doc:"Whether it is in force now"`
	From        *time.Time `json:"from" doc:"In charge since; null before it is confirmed"`
	Until       *time.Time `json:"until" doc:"First instant in charge no more; null while nothing ended it"`
	Reason      string     `json:"reason"`
	ProposedAt  time.Time  `json:"proposed_at"`
}

func (p *Pages) mandateOut(d mandate.Designation) mandateOut {
	return mandateOut{
		ID: d.ID, Institution: d.Institution, Account: d.Account, Deputy: d.Deputy, Function: d.Function, Mailbox: d.Mailbox,
		ActRef: d.ActRef, ActDay: string(d.ActDay), StartsOn: string(d.StartsOn), EndsOn: string(d.EndsOn),
		AwayFrom: string(d.AwayFrom), AwayUntil: string(d.AwayUntil), State: string(d.State), InCharge: d.InForce(p.now()),
		From: d.From, Until: d.Until, Reason: d.Reason, ProposedAt: d.ProposedAt,
	}
}

type mandateAnswer struct {
	Location string `header:"Location"`
	Body     mandateOut
}

func (p *Pages) mandateAnswer(d *mandate.Designation, err error) (*mandateAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &mandateAnswer{Location: p.shell.URL("/api/v1/designations/" + d.ID), Body: p.mandateOut(*d)}, nil
}

// MandateSlugIn names an institution in the path.
type MandateSlugIn struct {
	Slug string `path:"slug" maxLength:"100" example:"marhp"`
}

type mandateStandingOut struct {
	Institution string `json:"institution" doc:"Slug"`
	State       string `json:"state" doc:"held, ending, awaiting, disabled, ended or none"`
	Alarm       bool   `json:"alarm" doc:"No confirmed officer answers"`
	Days        int    `json:"days" doc:"Until the end, when one is near"`
}

func standingOut(s mandate.Standing) mandateStandingOut {
	return mandateStandingOut{s.Institution, string(s.State), s.State.Alarm(), s.Days}
}

type mandateStandingsOut struct {
	Body struct {
		Items []mandateStandingOut `json:"items"`
	}
}

// apiStandings answers GET /api/v1/officers.
func (p *Pages) apiStandings(ctx context.Context, _ *struct{}) (*mandateStandingsOut, error) {
	all, err := p.store.Standings(ctx, web.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	out := &mandateStandingsOut{}
	out.Body.Items = []mandateStandingOut{}
	for _, s := range all {
		out.Body.Items = append(out.Body.Items, standingOut(s))
	}
	return out, nil
}

type mandateListOut struct {
	Body struct {
		Standing mandateStandingOut `json:"standing"`
		Items    []mandateOut       `json:"items"`
	}
}

// apiOfficers answers GET /api/v1/institutions/{slug}/officers.
func (p *Pages) apiOfficers(ctx context.Context, in *MandateSlugIn) (*mandateListOut, error) {
	d, err := p.store.Dossier(ctx, web.ActorFrom(ctx), in.Slug)
	if err != nil {
		return nil, err
	}
	out := &mandateListOut{}
	out.Body.Standing, out.Body.Items = standingOut(d.Standing), []mandateOut{}
	for _, one := range d.All {
		out.Body.Items = append(out.Body.Items, p.mandateOut(one))
	}
	return out, nil
}

type mandateContactOut struct {
	Body struct {
		Held     bool   `json:"held" doc:"Somebody answers, of the institution or of a body above it"`
		Function string `json:"function"`
		Mailbox  string `json:"mailbox"`
	}
}

// apiContact answers GET /api/v1/institutions/{slug}/officer.
func (p *Pages) apiContact(ctx context.Context, in *MandateSlugIn) (*mandateContactOut, error) {
	d, held, err := p.store.Public(ctx, in.Slug)
	if err != nil {
		return nil, err
	}
	out := &mandateContactOut{}
	out.Body.Held, out.Body.Function, out.Body.Mailbox = held, d.Function, d.Mailbox
	return out, nil
}

type mandateProposeIn struct {
	MandateSlugIn
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Sent again, the first designation is answered and no second one made"`
	Body struct {
		Account  string `json:"account,omitempty" doc:"Id of an officer's account of the institution or of a body above it"`
		Deputy   string `json:"deputy,omitempty"`
		Function string `json:"function,omitempty" doc:"What the public reads instead of a name"`
		Mailbox  string `json:"mailbox,omitempty"`
		ActRef   string `json:"act_ref,omitempty"`
		ActDay   string `json:"act_day,omitempty" example:"2026-11-10"`
		StartsOn string `json:"starts_on,omitempty" example:"2026-11-16"`
		EndsOn   string `json:"ends_on,omitempty"`
	}
}

// apiPropose answers POST /api/v1/institutions/{slug}/officers.
func (p *Pages) apiPropose(ctx context.Context, in *mandateProposeIn) (*mandateAnswer, error) {
	b := in.Body
	return p.mandateAnswer(p.store.Propose(ctx, web.ActorFrom(ctx), in.Slug, mandate.Proposal{
		Account: b.Account, Deputy: b.Deputy, Function: b.Function, Mailbox: b.Mailbox, ActRef: b.ActRef,
		ActDay: inventory.Date(b.ActDay), StartsOn: inventory.Date(b.StartsOn), EndsOn: inventory.Date(b.EndsOn),
	}, in.Key))
}

// MandateIDIn names a designation, a member or an advice in the path.
type MandateIDIn struct {
	ID string `path:"id" maxLength:"40"`
}

// apiDesignation answers GET /api/v1/designations/{id}.
func (p *Pages) apiDesignation(ctx context.Context, in *MandateIDIn) (*mandateAnswer, error) {
	d, err := p.store.Get(ctx, web.ActorFrom(ctx), in.ID)
	return p.mandateAnswer(d, err)
}

type mandateActIn struct {
	MandateIDIn
	Body *mandateActBody `doc:"May be left out where nothing has to be said"`
}

type mandateActBody struct {
	Reason    string `json:"reason,omitempty" doc:"Needed to refuse and to end"`
	On        string `json:"on,omitempty" doc:"To end: the last day" example:"2026-12-31"`
	AwayFrom  string `json:"away_from,omitempty"`
	AwayUntil string `json:"away_until,omitempty"`
}

// apiDecide answers POST /api/v1/designations/{id}/ACT.
func (p *Pages) apiDecide(ctx context.Context, in *mandateActIn, act string) (*mandateAnswer, error) {
	b := mandateActBody{}
	if in.Body != nil {
		b = *in.Body
	}
	d, _, err := p.decideOn(ctx, web.ActorFrom(ctx), in.ID, act, b)
	return p.mandateAnswer(d, err)
}

// decideOn lets the store decide, for a page or a program, and returns the
// sentence that a page says.
func (p *Pages) decideOn(
	ctx context.Context, by identity.Actor, id, act string, b mandateActBody,
) (d *mandate.Designation, flash string, err error) {
	switch act {
	case "acceptance":
		d, err = p.store.Accept(ctx, by, id)
		return d, "mandate.flash.accepted", err
	case "confirmation":
		d, err = p.store.Confirm(ctx, by, id)
		return d, "mandate.flash.accepted", err
	case "refusal":
		d, err = p.store.Decline(ctx, by, id, b.Reason)
		return d, "mandate.flash.declined", err
	case "end":
		d, err = p.store.End(ctx, by, id, inventory.Date(b.On), b.Reason)
		return d, "mandate.flash.ended", err
	case "absence":
		d, err = p.store.Absent(ctx, by, id, inventory.Date(b.AwayFrom), inventory.Date(b.AwayUntil))
		return d, "mandate.flash.absent", err
	}
	return nil, "", noPage()
}
