package mandateweb

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// officersPage says how each institution stands with its officer.
type officersPage struct {
	web.Page
	Alarms  int
	Lines   []officerLine
	Waiting []web.Link // hand-overs that wait for the reader's own answer
}

type officerLine struct {
	Href     string
	Name     lang.Text
	Mark     web.Mark
	Function string
	Until    string
}

// officers answers GET /desk/officers.
func (p *Pages) officers(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	all, err := p.store.Standings(ctx, by)
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	waiting, err := p.store.Waiting(ctx, by)
	if err != nil {
		return err
	}
	page := officersPage{Page: p.shell.Page(c, "mandate.officers.title")}
	for _, d := range waiting {
		page.Waiting = append(page.Waiting, page.Link("/desk/mandates/"+d.ID, "mandate.waiting", nameOf(tree, d.Institution).In(page.Lang)))
	}
	for _, s := range all {
		line := officerLine{Href: "/desk/officers/" + s.Institution, Name: nameOf(tree, s.Institution), Mark: standingMark(page.Page, s.State)}
		if s.State.Alarm() {
			page.Alarms++
		}
		if s.Current != nil {
			line.Function = s.Current.Function
			if end, ends := s.Current.Ends(); ends {
				line.Until = page.Date(end.AddDate(0, 0, -1))
			}
		}
		page.Lines = append(page.Lines, line)
	}
	return p.shell.Show(c, "mandate_officers", page)
}

// officerPage is everything about the officers of one institution.
type officerPage struct {
	web.Page
	form
	Institution web.Link
	Slug        string
	Mark        web.Mark
	Current     *designationView
	Proposal    *designationView
	Past        []designationView
	People      []web.Option
	Deputies    []web.Option
	Today       string
	CanPropose  bool
	CanKeep     bool // ends and absences
}

// designationView is a designation in words.
type designationView struct {
	mandate.Designation
	Officer, DeputyName, ActOn, Starts, Ends, State string
	Away                                            bool
	CanConfirm, CanDecide                           bool
}

func (p *Pages) view(page web.Page, by identity.Actor, d mandate.Designation, people mandate.People) designationView {
	v := designationView{
		Designation: d, Officer: people[d.Account].Name, DeputyName: people[d.Deputy].Name, ActOn: dayOf(page, d.ActDay),
		Starts: dayOf(page, d.StartsOn), Away: d.Away(p.now()), State: page.T("mandate.state." + string(d.State)),
		CanConfirm: by.Everywhere(identity.DesignateOfficer), CanDecide: by.Account == d.Account,
	}
	if d.From != nil {
		v.Starts = page.Date(*d.From)
	}
	if end, ends := d.Ends(); ends {
		v.Ends = page.Date(end.Add(-1))
	}
	return v
}

// officer answers GET /desk/officers/:slug.
func (p *Pages) officer(c *gin.Context) error {
	page, err := p.officerPage(c, c.Param("slug"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_officer", page)
}

func (p *Pages) officerPage(c *gin.Context, slug string) (*officerPage, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	d, err := p.store.Dossier(ctx, by, slug)
	if err != nil {
		return nil, err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	page := &officerPage{Page: p.shell.Page(c, "mandate.officers.title"), Slug: slug, Today: string(inventory.DateOf(p.now(), inventory.Tunis()))}
	page.Institution = page.LinkTo("/institutions/"+slug, nameOf(tree, slug))
	page.Mark = standingMark(page.Page, d.Standing.State)
	page.People = peopleOptions(page.Page, d.Eligible, "mandate.choose")
	page.Deputies = peopleOptions(page.Page, d.Eligible, "mandate.no_deputy")
	current, held := mandate.InCharge(d.All, p.now())
	mine := held && by.Account != "" && current.Account == by.Account
	page.CanKeep = by.May(identity.DesignateOfficer, slug)
	for _, one := range d.All {
		v := p.view(page.Page, by, one, d.People)
		switch {
		case one.State == mandate.Proposed:
			page.Proposal = &v
		case held && one.ID == current.ID:
			v.CanDecide = mine || page.CanKeep
			page.Current = &v
		default:
			page.Past = append(page.Past, v)
		}
	}
	page.CanPropose = page.Proposal == nil && (page.CanKeep || mine)
	return page, nil
}

// propose answers POST /desk/officers/:slug/designation.
func (p *Pages) propose(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	slug := c.Param("slug")
	_, err = p.store.Propose(c.Request.Context(), by, slug, mandate.Proposal{
		Account: c.PostForm("account"), Deputy: c.PostForm("deputy"), Function: c.PostForm("function"), Mailbox: c.PostForm("mailbox"),
		ActRef: c.PostForm("act_ref"), ActDay: day(c, "act_day"), StartsOn: day(c, "starts_on"), EndsOn: day(c, "ends_on"),
	}, "")
	if err == nil {
		return p.shell.Redirect(c, "/desk/officers/"+slug, "mandate.flash.proposed")
	}
	return p.officerAgain(c, slug, "propose", err)
}

// officerAgain shows the institution's page with what was typed and why it was refused.
func (p *Pages) officerAgain(c *gin.Context, slug, acting string, cause error) error {
	if !tellable(cause) {
		return cause
	}
	page, err := p.officerPage(c, slug)
	if err != nil {
		return err
	}
	page.form = p.formOf(c, acting, cause)
	return p.shell.ShowFault(c, cause, "mandate_officer", page)
}

// handoverPage is what a successor sees before she accepts.
type handoverPage struct {
	web.Page
	form
	Institution web.Link
	View        designationView
	Agenda      []handed
	Open        bool
}

// handed is a kind of work that changes hands.
type handed struct {
	Mark  string
	Text  string
	Href  string
	Items []web.Link
}

// handover answers GET /desk/mandates/:id.
func (p *Pages) handover(c *gin.Context) error {
	page, err := p.handoverPage(c, c.Param("id"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_handover", page)
}

func (p *Pages) handoverPage(c *gin.Context, id string) (*handoverPage, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	dossier, err := p.store.Dossier(ctx, by, d.Institution)
	if err != nil {
		return nil, err
	}
	tree, err := p.institutions.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	page := &handoverPage{Page: p.shell.Page(c, "mandate.handover.title"), Open: d.State == mandate.Proposed}
	page.Institution = page.LinkTo("/desk/officers/"+d.Institution, nameOf(tree, d.Institution))
	page.View = p.view(page.Page, by, *d, dossier.People)
	for _, one := range []struct {
		mark, key, query string
		filter           inventorydb.Filter
	}{
		{"late", "mandate.handover.late", "overdue=1", inventorydb.Filter{Overdue: true}},
		{"returned", "mandate.handover.returned", "state=returned", inventorydb.Filter{State: inventory.Returned}},
		{"draft", "mandate.handover.drafts", "state=draft", inventorydb.Filter{State: inventory.Draft}},
		{"review", "mandate.handover.submitted", "state=submitted", inventorydb.Filter{State: inventory.Submitted}},
	} {
		one.filter.Institution, one.filter.Limit = d.Institution, mostCounted
		list, err := p.register.List(ctx, by, one.filter)
		if err != nil {
			return nil, err
		}
		href := "/desk/datasets?" + one.query + "&institution=" + url.QueryEscape(d.Institution)
		page.Agenda = append(page.Agenda, page.handed(one.mark, one.key, href, list.Items))
	}
	return page, nil
}

// What is counted of each kind of work, and what is named of it; the rest is
// one click away.
const (
	mostCounted = 500
	mostHanded  = 20
)

func (page *handoverPage) handed(mark, key, href string, list []inventory.Dataset) handed {
	h := handed{Mark: mark, Href: href, Text: page.T(key, len(list))}
	for _, d := range list[:min(len(list), mostHanded)] {
		h.Items = append(h.Items, page.LinkTo("/desk/datasets/"+d.Ref, d.Content.Title))
	}
	return h
}

// decide answers POST /desk/mandates/:id/{acceptance|confirmation|refusal|end|absence}.
func (p *Pages) decide(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx, id, act := c.Request.Context(), c.Param("id"), c.Param("act")
	seen, err := p.store.Get(ctx, by, id)
	if err != nil {
		return err
	}
	_, flash, err := p.decideOn(ctx, by, id, act, mandateActBody{
		Reason: c.PostForm("reason"), On: string(day(c, "on")), AwayFrom: string(day(c, "away_from")), AwayUntil: string(day(c, "away_until")),
	})
	switch {
	case err == nil:
		return p.shell.Redirect(c, "/desk/officers/"+seen.Institution, flash)
	case act == "end" || act == "absence" || !tellable(err):
		return p.officerAgain(c, seen.Institution, act, err)
	}
	page, broken := p.handoverPage(c, id)
	if broken != nil {
		return broken
	}
	page.form = p.formOf(c, act, err)
	return p.shell.ShowFault(c, err, "mandate_handover", page)
}
