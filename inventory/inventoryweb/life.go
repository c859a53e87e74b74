package inventoryweb

import (
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// lifeRoutes adds the addresses of a dataset's life: its first approval, its
// comments, its revisions, decisions on several, and the plan of opening.
func (p *Pages) lifeRoutes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.POST("/desk/datasets/:ref/endorsement", page(p.endorse))
	r.POST("/desk/datasets/:ref/answers", page(p.answerComments))
	r.GET("/desk/datasets/:ref/revisions", page(p.compareRevisions))
	r.POST("/desk/datasets/:ref/revisions/:revision/restoration", page(p.bringBack))
	r.GET("/desk/endorsements", page(p.endorsements))
	r.POST("/desk/endorsements", page(p.endorseSeveral))
	r.POST("/desk/review/approvals", page(p.approveSeveral))
	r.POST("/desk/submissions", page(p.submitSeveral))
	r.GET("/desk/changesets/:id", page(p.changeset))
	r.POST("/desk/changesets/:id/submission", page(p.changesetSubmit))
	r.POST("/desk/changesets/:id/approval", page(p.changesetApprove))
	r.GET("/desk/plan", page(p.deskPlan))
	r.GET("/desk/plan.csv", page(p.deskPlanCSV))
	r.GET("/plan", page(p.publicPlan))
	r.GET("/plan.csv", page(p.publicPlanCSV))
	p.shell.AddNav(web.NavItem{Path: "/desk/endorsements", Key: "life.endorse.nav", Act: identity.EndorseDataset, Desk: true, Group: web.NavBar, Rank: 2})
	p.shell.AddNav(web.NavItem{Path: "/desk/plan", Key: "life.plan.nav", Act: identity.ReadRegister, Desk: true, Group: web.NavRegister, Rank: 11})
	p.lifeAPI()
}

// lifeMark names a life with its shape.
func lifeMark(p web.Page, l inventory.Life) web.Mark {
	kinds := map[inventory.Life]string{
		inventory.Inventoried: "unknown", inventory.Planned: "due", inventory.Opened: "open", inventory.LeftLife: "withdrawn",
	}
	return p.Mark(kinds[l], "life.is."+string(l))
}

// lifeName is a life as a filter names it.
func (w words) lifeName(code string) lang.Text {
	if !inventory.Life(code).Valid() {
		return plain(code)
	}
	return lang.Text{string(w.page.Lang): w.page.T("life.is." + code)}
}

// lives are the choices of a filter by life.
func (w words) lives(chosen string) []web.Option {
	options := []web.Option{{Label: w.page.T("life.every")}}
	for _, l := range inventory.Lives() {
		options = append(options, web.Option{Value: string(l), Label: w.page.T("life.is." + string(l)), Chosen: string(l) == chosen})
	}
	return options
}

// living is what the desk page of a dataset says of its life.
type living struct {
	Mark     web.Mark
	Waiting  bool // for the head of its institution
	Endorsed bool
	Comments []commentLine
	Open     bool // the comments may be answered
	Plan     *planOf
	Hash     string // of what was approved, short
}

// planOf is the opening plan of one dataset.
type planOf struct {
	Day, First string
	Slipped    int
	Past       int // days since the committed day went by
	Level      web.Mark
	Priority   int
	Reasons    []string
	Earlier    []string // the days approved before
}

// living reads what the desk page says of a dataset's life.
func (p *Pages) living(c *gin.Context, w words, by identity.Actor, d *inventory.Dataset) (living, error) {
	ctx := c.Request.Context()
	l := living{
		Mark: lifeMark(w.page, d.Life), Waiting: d.State == inventory.Submitted && d.FirstStep == inventory.Waiting,
		Endorsed: d.State == inventory.Submitted && d.FirstStep == inventory.Endorsed, Hash: inventory.ShortHash(d.ApprovedHash),
		Open: (d.State == inventory.Draft || d.State == inventory.Returned) && by.May(identity.RecordDataset, d.Institution),
	}
	said, err := p.store.Comments(ctx, d)
	if err != nil {
		return l, err
	}
	l.Comments = w.comments(d, said)
	if d.State == inventory.Withdrawn || d.Content.Openness != inventory.Openable && d.FirstCommitted == "" {
		return l, nil
	}
	kept, err := p.store.Commitments(ctx, d.ID)
	if err != nil {
		return l, err
	}
	requests, err := p.asked(c, d.Ref)
	if err != nil {
		return l, err
	}
	l.Plan = w.planOf(d, kept, requests)
	return l, nil
}

// planOf says in words what the plan of a dataset is.
func (w words) planOf(d *inventory.Dataset, kept []inventory.Commitment, requests int) *planOf {
	f := d.Content.Factors(requests)
	plan := &planOf{
		Day: w.day(d.Committed), First: w.day(d.FirstCommitted), Slipped: inventory.Slipped(d.FirstCommitted, d.Committed),
		Level: w.level(f.Priority()), Priority: f.Priority(), Reasons: w.factors(f, requests),
	}
	if plan.Day == "" {
		plan.Day = w.day(d.Content.TargetDate)
	}
	today := inventory.DateOf(w.now, inventory.Tunis())
	if d.Life == inventory.Planned && d.Committed < today {
		plan.Past = inventory.Slipped(d.Committed, today)
	}
	for _, k := range slices.Backward(kept) {
		if k.Day != d.Committed {
			plan.Earlier = append(plan.Earlier, w.page.T("life.plan.earlier_line", w.committed(k.Day), w.page.Date(k.At)))
		}
	}
	return plan
}

func (w words) committed(day inventory.Date) string {
	if day == "" {
		return w.page.T("life.plan.given_up")
	}
	return w.day(day)
}

// level says a priority with the shape of its weight.
func (w words) level(priority int) web.Mark {
	kinds := map[string]string{"high": "late", "medium": "slow", "low": "draft"}
	level := inventory.Level(priority)
	return w.page.Mark(kinds[level], "life.level."+level)
}

// factors says what a priority is made of.
func (w words) factors(f inventory.Factors, requests int) []string {
	line := func(code string, n int) string {
		return w.page.T("life.factor", w.page.T("dataset.field.extra.plan_"+code), w.page.T("dataset.value.plan_"+code+"."+digit(n)), n)
	}
	lines := []string{line("demand", f.Demand), line("duty", f.Duty), line("sensitivity", f.Sensitivity), line("effort", f.Effort)}
	if requests > 0 {
		lines = append(lines, w.page.T("life.plan.requests", requests))
	}
	return lines
}

func digit(n int) string { return string(rune('0' + n)) }

// asked is how often the public asked for a dataset.
func (p *Pages) asked(c *gin.Context, ref string) (int, error) {
	if p.beside.Requests == nil {
		return 0, nil
	}
	counts, err := p.beside.Requests(c.Request.Context(), []string{ref})
	return counts[ref], err
}
