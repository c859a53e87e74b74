package mandateweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/web"
)

// Card is what everybody reads of an institution's officer: a function and a
// mailbox, no name.
type Card struct {
	Held              bool
	Function, Mailbox string
}

// Card returns the card of an institution, for mandate_parts.html.
func (p *Pages) Card(c *gin.Context, institution string) (any, error) {
	d, ok, err := p.store.Public(c.Request.Context(), institution)
	return Card{ok, d.Function, d.Mailbox}, err
}

// Panel stands beside a dataset on the desk.
type Panel struct {
	Ref           string
	Found         []findingView
	Excepted      []findingView
	Nomenclature  string
	Nomenclatures []web.Option
	Unmandated    bool // the reader may submit and is not designated
	CanEdit       bool
}

// Panel returns what the common rules and the officers rule say about a
// dataset, for mandate_parts.html.
func (p *Pages) Panel(c *gin.Context, d *inventory.Dataset) (any, error) {
	ctx, by := c.Request.Context(), web.ActorFrom(c.Request.Context())
	panel := &Panel{
		Ref: d.Ref, Nomenclature: d.Content.Extra["nomenclature"],
		CanEdit: by.May(identity.RecordDataset, d.Institution) && d.State != inventory.Submitted && d.State != inventory.Withdrawn,
	}
	page := p.shell.Page(c, "naming.title")
	e, on, err := p.entry(ctx, d)
	if err != nil {
		return nil, err
	}
	if on {
		if err := p.findings(ctx, page, d, e, panel); err != nil {
			return nil, err
		}
	}
	lists, err := p.store.Nomenclatures(ctx)
	if err != nil {
		return nil, err
	}
	panel.Nomenclatures = []web.Option{{Label: page.T("naming.nomenclature.none")}}
	for _, n := range naming.Latest(lists) {
		panel.Nomenclatures = append(panel.Nomenclatures, web.Option{Value: n.Code + " " + n.Version, Label: n.Name.In(page.Lang)})
	}
	open := d.State == inventory.Draft || d.State == inventory.Returned
	if open && by.Role == identity.Officer && by.May(identity.SubmitDataset, d.Institution) {
		panel.Unmandated, err = p.unmandated(ctx, by, d.Institution)
	}
	return panel, err
}

func (p *Pages) findings(ctx context.Context, page web.Page, d *inventory.Dataset, e naming.Entry, panel *Panel) error {
	l, err := p.linter(ctx)
	if err != nil {
		return err
	}
	made, err := p.store.Exceptions(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, f := range l.Check(e) {
		v := findingView{Finding: f, Hash: f.Hash(), Label: f.Name.In(page.Lang)}
		for _, x := range made {
			if x.Covers(f) {
				v.Reason = x.Reason
			}
		}
		if v.Reason != "" {
			panel.Excepted = append(panel.Excepted, v)
			continue
		}
		panel.Found = append(panel.Found, v)
	}
	return nil
}

// unmandated tells whether somebody else than the actor is designated, or nobody.
func (p *Pages) unmandated(ctx context.Context, by identity.Actor, institution string) (bool, error) {
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return false, err
	}
	for _, slug := range mandate.Chain(tree, institution) {
		d, err := p.store.Dossier(ctx, identity.System("mandate"), slug)
		if err != nil {
			return false, err
		}
		if mandate.Acts(d.All, d.People, by.Account, p.now()) {
			return false, nil
		}
	}
	return true, nil
}

// Charge returns who was designated for the institution at each moment, for a
// dataset's history. Who may read the trail is told the name, others the act.
func (p *Pages) Charge(c *gin.Context, institution string) (func(time.Time) string, error) {
	by := web.ActorFrom(c.Request.Context())
	page := p.shell.Page(c, "mandate.officers.title")
	tree, err := p.institutions.Institutions(c.Request.Context())
	if err != nil {
		return nil, err
	}
	var chain [][]mandate.Designation
	people := mandate.People{}
	for _, slug := range mandate.Chain(tree, institution) {
		d, err := p.store.Dossier(c.Request.Context(), identity.System("mandate"), slug)
		if err != nil {
			return nil, err
		}
		chain, people = append(chain, d.All), d.People
	}
	named := by.May(identity.ReadAudit, institution)
	return func(at time.Time) string {
		for _, all := range chain {
			d, ok := mandate.InCharge(all, at)
			switch {
			case ok && named && people[d.Account].Name != "":
				return page.T("mandate.history.named", people[d.Account].Name, d.ActRef)
			case ok:
				return page.T("mandate.history.act", d.ActRef)
			}
		}
		return ""
	}, nil
}

// Call is something to do that the desk says first: a shape, a sentence and an address.
type Call struct{ Kind, Text, Href string }

// Calls lists what the officers and committee registers ask of the actor.
func (p *Pages) Calls(ctx context.Context) ([]Call, error) {
	by, tag := web.ActorFrom(ctx), web.LangFrom(ctx)
	say := p.shell.Words()
	var calls []Call
	waiting, err := p.store.Waiting(ctx, by)
	if err != nil {
		return nil, err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range waiting {
		calls = append(calls, Call{"review", say.T(tag, "mandate.waiting", nameOf(tree, d.Institution).In(tag)), "/desk/mandates/" + d.ID})
	}
	if by.May(identity.KeepCommittee, "") {
		more, err := p.committeeCalls(ctx, by)
		if err != nil {
			return nil, err
		}
		calls = append(calls, more...)
	}
	if !by.MayAnywhere(identity.DesignateOfficer) {
		return calls, nil
	}
	all, err := p.store.Standings(ctx, by)
	if err != nil {
		return nil, err
	}
	alarms, ending := 0, 0
	for _, s := range all {
		if s.State.Alarm() {
			alarms++
		} else if s.State == mandate.Ending {
			ending++
		}
	}
	if alarms > 0 {
		calls = append(calls, Call{"down", say.T(tag, "mandate.call.vacant", alarms), "/desk/officers"})
	}
	if ending > 0 {
		calls = append(calls, Call{"due", say.T(tag, "mandate.call.ending", ending), "/desk/officers"})
	}
	return calls, nil
}

// committeeCalls are the terms whose end is near and the advice without an answer.
func (p *Pages) committeeCalls(ctx context.Context, by identity.Actor) ([]Call, error) {
	tag, say := web.LangFrom(ctx), p.shell.Words()
	terms, err := p.store.Terms(ctx)
	if err != nil {
		return nil, err
	}
	members, err := p.store.Members(ctx, by)
	if err != nil {
		return nil, err
	}
	advices, err := p.store.Advices(ctx, by)
	if err != nil {
		return nil, err
	}
	renewed := map[string]bool{}
	for _, m := range members {
		renewed[m.Renews] = true
	}
	ending, open := 0, 0
	for _, m := range members {
		if _, _, within := m.Term(terms, p.now()); within > 0 && m.LeftOn == "" && !renewed[m.ID] {
			ending++
		}
	}
	for _, a := range advices {
		if a.State == mandate.Adopted {
			open++
		}
	}
	var calls []Call
	if open > 0 {
		calls = append(calls, Call{"review", say.T(tag, "mandate.call.advice", open), "/desk/committee"})
	}
	if ending > 0 {
		calls = append(calls, Call{"due", say.T(tag, "mandate.call.terms", ending), "/desk/committee"})
	}
	return calls, nil
}
