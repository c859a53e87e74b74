package assessweb

import (
	"errors"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// editionsPage is /desk/assessment/editions.
type editionsPage struct {
	web.Page
	Faults   web.Faults
	Lines    []editionLine
	Quarters []web.Option // that have ended and have no edition
	Quarter  string
	Until    string
	CanJudge bool
}

// editionLine is one edition of a list.
type editionLine struct {
	Edition assess.Edition
	Word    string
	Mark    web.Mark
}

const (
	offeredQuarters = 4  // how far back an edition is begun
	offeredDays     = 21 // for replies, unless somebody says otherwise
)

// editions answers GET /desk/assessment/editions.
func (p *Pages) editions(c *gin.Context) error { return p.showEditions(c, nil) }

// draft answers POST /desk/assessment/editions: begins an edition.
func (p *Pages) draft(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.JudgeAssessment)
	if err != nil {
		return err
	}
	ctx, quarter := c.Request.Context(), c.PostForm("quarter")
	until, err := time.ParseInLocation(time.DateOnly, c.PostForm("replies_until"), p.store.Zone())
	if err == nil {
		until = until.AddDate(0, 0, 1).Add(-time.Second)
	}
	facts, err := p.measured(c, quarter)
	if err != nil {
		return err
	}
	if _, err := p.store.DraftEdition(ctx, by, quarter, until, facts); err != nil {
		if !again(err) {
			return err
		}
		return p.showEditions(c, err)
	}
	return p.shell.Redirect(c, "/desk/assessment/editions/"+quarter, "assessdesk.flash.drafted")
}

// measured is what is measured of just the quarter; of what is none, nothing.
func (p *Pages) measured(c *gin.Context, quarter string) ([]assess.Fact, error) {
	from, to, ok := assess.ParseQuarter(quarter, p.store.Zone())
	if !ok || to.After(p.now()) {
		return nil, nil // the rule says what is wrong
	}
	return p.quarterly(c.Request.Context(), from, to)
}

func (p *Pages) showEditions(c *gin.Context, wrong error) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	all, err := p.store.Editions(c.Request.Context(), by)
	if err != nil {
		return err
	}
	page := &editionsPage{
		Page: p.shell.Page(c, "assessdesk.editions.title"), Faults: p.shell.Faults(c, wrong), CanJudge: by.May(identity.JudgeAssessment, ""),
		Quarter: c.PostForm("quarter"), Until: c.PostForm("replies_until"),
	}
	there := map[string]bool{}
	for _, e := range all {
		there[e.Quarter] = true
		page.Lines = append(page.Lines, editionLine{e, quarterWord(page.Page, e.Quarter), editionMark(page.Page, &e)})
	}
	_, at, _ := assess.Quarter(p.now(), p.store.Zone())
	for range offeredQuarters {
		var name string
		name, at, _ = assess.Quarter(at.Add(-time.Hour), p.store.Zone())
		if !there[name] {
			page.Quarters = append(page.Quarters, web.Option{Value: name, Label: quarterWord(page.Page, name)})
		}
	}
	if wrong == nil {
		page.Until = p.now().AddDate(0, 0, offeredDays).In(p.store.Zone()).Format(time.DateOnly)
		return p.shell.Show(c, "assess_editions", page)
	}
	return p.shell.ShowFault(c, wrong, "assess_editions", page)
}

func editionMark(p web.Page, e *assess.Edition) web.Mark {
	if e.State == assess.Frozen {
		return p.Mark("open", "assessdesk.edition.frozen")
	}
	return p.Mark("review", "assessdesk.edition.draft")
}

// editionPage is /desk/assessment/editions/{quarter}.
type editionPage struct {
	web.Page
	Faults   web.Faults
	Edition  *assess.Edition
	Word     string
	Mark     web.Mark
	Set      lang.Text
	Both     bothScores
	Lines    []serviceLine
	Replies  []replyLine
	Waiting  int // replies without an answer
	Checked  *assess.Checked
	Intact   web.Mark
	Ready    bool // may be frozen by now
	CanJudge bool
}

// replyLine is a reply with what was typed in answer.
type replyLine struct {
	assess.Reply
	Name  lang.Text
	Typed string
	Wrong []string
}

// edition answers GET /desk/assessment/editions/{quarter}.
func (p *Pages) edition(c *gin.Context) error { return p.showEdition(c, nil) }

// editionAct answers POST /desk/assessment/editions/{quarter}: judges the draft
// again, answers a reply, freezes.
func (p *Pages) editionAct(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.JudgeAssessment)
	if err != nil {
		return err
	}
	ctx, quarter, flash := c.Request.Context(), c.Param("quarter"), ""
	switch c.PostForm("do") {
	case "redraft":
		flash = "assessdesk.flash.redrafted"
		facts, failed := p.measured(c, quarter)
		if failed != nil {
			return failed
		}
		_, err = p.store.Redraft(ctx, by, quarter, facts, revisionOf(c))
	case "respond":
		flash = "assessdesk.flash.responded"
		id, bad := strconv.ParseInt(c.PostForm("reply"), 10, 64)
		if bad != nil {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		_, err = p.store.Respond(ctx, by, id, c.PostForm("text"))
	case "freeze":
		flash = "assessdesk.flash.frozen"
		_, err = p.store.Freeze(ctx, by, quarter, revisionOf(c))
	default:
		return fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		if !again(err) {
			return err
		}
		return p.showEdition(c, err)
	}
	return p.shell.Redirect(c, "/desk/assessment/editions/"+quarter, flash)
}

func (p *Pages) showEdition(c *gin.Context, wrong error) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	ctx, quarter := c.Request.Context(), c.Param("quarter")
	l, err := p.lookAt(ctx, quarter)
	if err != nil {
		return err
	}
	page := &editionPage{
		Page: p.shell.Page(c, "assessdesk.editions.title"), Faults: p.shell.Faults(c, wrong), Edition: l.Edition, Set: l.Set.Title,
		CanJudge: by.May(identity.JudgeAssessment, ""), Ready: !p.now().Before(l.Edition.RepliesUntil),
	}
	page.Word, page.Mark = quarterWord(page.Page, quarter), editionMark(page.Page, l.Edition)
	page.Title = page.Word
	m := l.Set.Ministry(l.weighed())
	page.Both, page.Lines = bothOf(page.Page, l.Set, &m), linesOf(page.Page, l, l.places())
	replies, err := p.store.Replies(ctx, by, quarter, "")
	if err != nil {
		return err
	}
	for _, r := range replies {
		one := replyLine{Reply: r, Name: lang.Text{"fr": r.Service}}
		if s := l.find(r.Service); s != nil {
			one.Name = s.Name
		}
		if r.Answer == "" {
			page.Waiting++
		}
		if wrong != nil && c.PostForm("reply") == strconv.FormatInt(r.ID, 10) {
			one.Typed, one.Wrong = c.PostForm("text"), page.Faults.For("text")
		}
		page.Replies = append(page.Replies, one)
	}
	if l.Edition.State == assess.Frozen {
		checked, err := p.store.Verify(ctx, quarter)
		if err != nil && !errors.Is(err, fault.Conflict) {
			return err
		}
		page.Checked, page.Intact = &checked, page.Page.Mark("down", "assessdesk.edition.changed")
		if checked.OK() {
			page.Intact = page.Page.Mark("open", "assessdesk.edition.intact")
		}
	}
	if wrong != nil {
		return p.shell.ShowFault(c, wrong, "assess_edition", page)
	}
	return p.shell.Show(c, "assess_edition", page)
}
