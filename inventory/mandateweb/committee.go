package mandateweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// committeePage is the committee's register and its advice; printed it is the
// meeting pack.
type committeePage struct {
	web.Page
	form
	Members   []memberView
	Past      []memberView
	Open      []adviceView
	Rest      []adviceView
	Qualities []web.Option
	Years     int
	CanKeep   bool
	CanAdvise bool
	Public    int // figures of the meeting pack
	Late      int
	Vacant    []officerLine
	Today     string
}

type memberView struct {
	mandate.Member
	Mark                 web.Mark
	QualityName, Between string
	Soon                 bool
}

type adviceView struct {
	mandate.Advice
	Mark     web.Mark
	To       string
	On, Told string
	Age      int
}

// sitting lets those through who keep the register or sit on the committee.
func sitting(c *gin.Context) (identity.Actor, error) {
	by := web.ActorFrom(c.Request.Context())
	if by.May(identity.Advise, "") {
		return by, nil
	}
	return web.SignedIn(c, identity.KeepCommittee)
}

// committee answers GET /desk/committee.
func (p *Pages) committee(c *gin.Context) error {
	page, err := p.committeePage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_committee", page)
}

func (p *Pages) committeePage(c *gin.Context) (*committeePage, error) {
	by, err := sitting(c)
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	members, err := p.store.Members(ctx, by)
	if err != nil {
		return nil, err
	}
	terms, err := p.store.Terms(ctx)
	if err != nil {
		return nil, err
	}
	page := &committeePage{
		Page: p.shell.Page(c, "mandate.committee.title"), Years: terms.MemberYears, CanKeep: by.May(identity.KeepCommittee, ""),
		CanAdvise: by.May(identity.Advise, ""), Today: string(inventory.DateOf(p.now(), inventory.Tunis())),
	}
	page.Qualities = options(page.Page, "mandate.quality.", mandate.Qualities())
	for _, m := range members {
		v := memberView{Member: m, QualityName: page.T("mandate.quality." + string(m.Quality))}
		v.Between = page.T("mandate.member.between", dayOf(page.Page, m.StartsOn), dayOf(page.Page, m.Last()))
		state, left, within := m.Term(terms, p.now())
		v.Soon = within > 0
		kinds := map[mandate.TermState]string{mandate.Coming: "due", mandate.Serving: "open", mandate.Expires: "late", mandate.Over: "paused"}
		v.Mark = page.Mark(kinds[state], "mandate.term."+string(state), left)
		if state == mandate.Over {
			page.Past = append(page.Past, v)
			continue
		}
		page.Members = append(page.Members, v)
	}
	if page.Open, page.Rest, err = p.advices(c, page.Page, by); err != nil {
		return nil, err
	}
	return page, p.pack(c, by, page)
}

// pack adds what a meeting asks first: figures, and institutions without an officer.
func (p *Pages) pack(c *gin.Context, by identity.Actor, page *committeePage) error {
	standings, err := p.register.Standings(c.Request.Context(), by)
	if err != nil {
		return err
	}
	for _, s := range standings {
		page.Public += s.Public
		page.Late += s.Late
	}
	all, err := p.store.Standings(c.Request.Context(), by)
	if err != nil {
		return err
	}
	tree, err := p.institutions.Institutions(c.Request.Context())
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.State.Alarm() {
			page.Vacant = append(page.Vacant, officerLine{
				Href: "/desk/officers/" + s.Institution, Name: nameOf(tree, s.Institution), Mark: standingMark(page.Page, s.State),
			})
		}
	}
	return nil
}

// advices parts the advice into what waits for an answer and the rest.
func (p *Pages) advices(c *gin.Context, page web.Page, by identity.Actor) (open, rest []adviceView, err error) {
	all, err := p.store.Advices(c.Request.Context(), by)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range all {
		if v := p.adviceView(page, a); a.State == mandate.Adopted {
			open = append(open, v)
		} else {
			rest = append(rest, v)
		}
	}
	return open, rest, nil
}

func (p *Pages) adviceView(page web.Page, a mandate.Advice) adviceView {
	v := adviceView{
		Advice: a, To: page.T("mandate.to." + string(a.Addressee)), On: dayOf(page, a.Day), Told: dayOf(page, a.AnsweredOn), Age: a.Age(p.now()),
	}
	switch a.State {
	case mandate.Draft:
		v.Mark = page.Mark("draft", "mandate.advice.state.draft")
	case mandate.Adopted:
		v.Mark = page.Mark("review", "mandate.advice.waits", v.Age)
	case mandate.Answered:
		kinds := map[mandate.Verdict]string{mandate.Accepted: "open", mandate.Partly: "due", mandate.DeclinedWith: "withdrawn"}
		v.Mark = page.Mark(kinds[a.Verdict], "mandate.verdict."+string(a.Verdict))
	}
	return v
}

// appoint answers POST /desk/committee/members.
func (p *Pages) appoint(c *gin.Context) error {
	return p.seated(c, "appoint", func(by identity.Actor) error {
		_, err := p.store.Appoint(c.Request.Context(), by, mandate.Member{
			Name: c.PostForm("name"), Quality: mandate.Quality(c.PostForm("quality")), Organisation: c.PostForm("organisation"),
			ActRef: c.PostForm("act_ref"), ActDay: day(c, "act_day"), StartsOn: day(c, "starts_on"),
		}, "")
		return err
	})
}

// renew answers POST /desk/committee/members/:id/renewal.
func (p *Pages) renew(c *gin.Context) error {
	return p.seated(c, "renew-"+c.Param("id"), func(by identity.Actor) error {
		_, err := p.store.Renew(c.Request.Context(), by, c.Param("id"), c.PostForm("act_ref"), day(c, "act_day"), day(c, "starts_on"), "")
		return err
	})
}

// leave answers POST /desk/committee/members/:id/end.
func (p *Pages) leave(c *gin.Context) error {
	return p.seated(c, "end-"+c.Param("id"), func(by identity.Actor) error {
		_, err := p.store.Leave(c.Request.Context(), by, c.Param("id"), day(c, "on"), c.PostForm("reason"))
		return err
	})
}

func (p *Pages) seated(c *gin.Context, acting string, work func(identity.Actor) error) error {
	by, err := web.SignedIn(c, identity.KeepCommittee)
	if err != nil {
		return err
	}
	if err = work(by); err == nil {
		return p.shell.Redirect(c, "/desk/committee", "mandate.flash.seated")
	}
	if !tellable(err) {
		return err
	}
	page, broken := p.committeePage(c)
	if broken != nil {
		return broken
	}
	page.form = p.formOf(c, acting, err)
	return p.shell.ShowFault(c, err, "mandate_committee", page)
}

// advicePage is one advice: written, read, adopted, answered.
type advicePage struct {
	web.Page
	form
	View                          adviceView
	ID                            string
	Addressees, Verdicts          []web.Option
	CanWrite, CanAdopt, CanAnswer bool
	Today                         string
}

func (p *Pages) advicePage(c *gin.Context, by identity.Actor, a mandate.Advice) *advicePage {
	page := &advicePage{Page: p.shell.Page(c, "mandate.advice.title"), ID: a.ID, Today: string(inventory.DateOf(p.now(), inventory.Tunis()))}
	page.View = p.adviceView(page.Page, a)
	page.Addressees = options(page.Page, "mandate.to.", mandate.Addressees())
	page.Verdicts = options(page.Page, "mandate.verdict.", mandate.Verdicts())
	member := by.May(identity.Advise, "")
	page.CanWrite = member && (a.State == "" || a.State == mandate.Draft)
	page.CanAdopt = member && a.State == mandate.Draft
	page.CanAnswer = a.State == mandate.Adopted && by.May(identity.KeepCommittee, "")
	return page
}

// Value is what stands in a field of the draft: as typed, else as stored.
func (page *advicePage) Value(name string) string {
	if s, ok := page.typed[name]; ok {
		return s
	}
	stored := map[string]string{"addressee": string(page.View.Addressee), "target": page.View.Target}
	for _, tag := range lang.All() {
		stored["subject."+string(tag)], stored["text."+string(tag)] = page.View.Subject[string(tag)], page.View.Text[string(tag)]
	}
	return stored[name]
}

// newAdvice answers GET /desk/committee/advice/new.
func (p *Pages) newAdvice(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.Advise)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_advice", p.advicePage(c, by, mandate.Advice{}))
}

// writeAdvice answers POST /desk/committee/advice/new.
func (p *Pages) writeAdvice(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.Advise)
	if err != nil {
		return err
	}
	a, err := p.store.Write(c.Request.Context(), by, "", wording(c), "")
	if err == nil {
		return p.shell.Redirect(c, "/desk/committee/advice/"+a.ID, "mandate.flash.written")
	}
	return p.adviceAgain(c, by, mandate.Advice{}, err)
}

func wording(c *gin.Context) mandate.Wording {
	return mandate.Wording{
		Subject: texts(c, "subject"), Text: texts(c, "text"), Addressee: mandate.Addressee(c.PostForm("addressee")), Target: c.PostForm("target"),
	}
}

func (p *Pages) adviceAgain(c *gin.Context, by identity.Actor, a mandate.Advice, cause error) error {
	if !tellable(cause) {
		return cause
	}
	page := p.advicePage(c, by, a)
	page.form = p.formOf(c, c.Param("act"), cause)
	return p.shell.ShowFault(c, cause, "mandate_advice", page)
}

// advice answers GET /desk/committee/advice/:id.
func (p *Pages) advice(c *gin.Context) error {
	by, err := sitting(c)
	if err != nil {
		return err
	}
	a, err := p.store.Advice(c.Request.Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_advice", p.advicePage(c, by, *a))
}

// advise answers POST /desk/committee/advice/:id/{edit|adoption|answer}.
func (p *Pages) advise(c *gin.Context) error {
	by, err := sitting(c)
	if err != nil {
		return err
	}
	ctx, id, flash := c.Request.Context(), c.Param("id"), "mandate.flash.written"
	switch c.Param("act") {
	case "edit":
		_, err = p.store.Write(ctx, by, id, wording(c), "")
	case "adoption":
		_, err = p.store.Adopt(ctx, by, id, day(c, "day"))
		flash = "mandate.flash.adopted"
	case "answer":
		_, err = p.store.Reply(ctx, by, id, mandate.Verdict(c.PostForm("verdict")), texts(c, "answer"))
		flash = "mandate.flash.answered"
	default:
		err = fault.New(fault.NotFound, "fault.no_page")
	}
	if err == nil {
		return p.shell.Redirect(c, "/desk/committee/advice/"+id, flash)
	}
	a, broken := p.store.Advice(ctx, by, id)
	if broken != nil {
		return broken
	}
	return p.adviceAgain(c, by, *a, err)
}

// publicPage is what everybody reads of the committee: no names.
type publicPage struct {
	web.Page
	Open, Rest []adviceView
}

// public answers GET /committee.
func (p *Pages) public(c *gin.Context) error {
	page := publicPage{Page: p.shell.Page(c, "mandate.public.title")}
	var err error
	if page.Open, page.Rest, err = p.advices(c, page.Page, identity.Actor{}); err != nil {
		return err
	}
	return p.shell.Show(c, "mandate_public", page)
}
