package inventoryweb

import (
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// planPage is the plan of opening: what comes when, the most pressing first.
type planPage struct {
	web.Page
	Desk         bool
	Heading      string
	Institutions []web.Option
	Tabs         []choice
	Closed       bool // shows what is not to be opened, and why
	Items        []planLine
	Total        int
	Late         int // days gone by, or reasons to be looked at again
	CSV          string
	Pager        web.Pager
	Nothing      web.Empty
}

// planLine is one dataset of the plan.
type planLine struct {
	Href, Ref   string
	Title       lang.Text
	Institution lang.Text
	Life        web.Mark
	State       web.Mark
	Day, First  string
	Slipped     int
	Past        bool
	Level       web.Mark
	Priority    int
	Factors     []string
	Openness    string
	Ground      string
	Detail      string
	ReviewOn    string
}

// planPerPage is how many lines a page shows.
const planPerPage = 50

// deskPlan answers GET /desk/plan.
func (p *Pages) deskPlan(c *gin.Context) error {
	w, lines, err := p.deskPlanLines(c)
	if err != nil {
		return err
	}
	page := w.planPage(c, lines)
	page.Desk, page.Heading = true, w.page.T("life.plan.title")
	if options := w.readable(w.page.Actor); len(options) > 2 {
		page.Institutions = options
	}
	q := planQuery(c)
	page.CSV = planHref("/desk/plan.csv", q, "", "")
	page.Tabs = []choice{
		{Name: w.page.T("life.plan.to_open"), Href: planHref("/desk/plan", q, "show", ""), Active: !page.Closed, N: -1},
		{Name: w.page.T("life.plan.not_open"), Href: planHref("/desk/plan", q, "show", "closed"), Active: page.Closed, N: -1},
	}
	page.Nothing = w.page.Empty("life.plan.empty", "life.plan.empty_text")
	if page.Closed {
		page.Nothing = w.page.Empty("life.plan.none_closed", "life.plan.none_closed_text")
	}
	page.chosen(c)
	return p.shell.Show(c, "inventory_plan", page)
}

// publicPlan answers GET /plan.
func (p *Pages) publicPlan(c *gin.Context) error {
	w, lines, err := p.publicPlanLines(c)
	if err != nil {
		return err
	}
	page := w.planPage(c, lines)
	page.Closed, page.Heading, page.CSV = false, w.page.T("life.plan.public_title"), planHref("/plan.csv", planQuery(c), "", "")
	page.Institutions = w.everybody()
	page.Nothing = w.page.Empty("life.plan.public_empty", "life.plan.public_empty_text")
	page.chosen(c)
	return p.shell.Show(c, "inventory_plan", page)
}

func (page *planPage) chosen(c *gin.Context) {
	for n := range page.Institutions {
		page.Institutions[n].Chosen = page.Institutions[n].Value == c.Query("institution")
	}
}

// everybody are all institutions, by name.
func (w words) everybody() []web.Option {
	options := []web.Option{{Label: w.page.T("dataset.list.every_institution")}}
	for slug, i := range w.names.tree {
		options = append(options, w.option(slug, i.Name))
	}
	sortOptions(options[1:])
	return options
}

func (p *Pages) deskPlanLines(c *gin.Context) (words, []inventorydb.PlanLine, error) {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return words{}, nil, err
	}
	w, err := p.words(c, p.shell.Page(c, "life.plan.title"))
	if err != nil {
		return w, nil, err
	}
	if c.Query("show") == "closed" {
		lines, err := p.store.NotOpen(c.Request.Context(), by, c.Query("institution"))
		return w, lines, err
	}
	lines, err := p.store.Plan(c.Request.Context(), by, c.Query("institution"), p.beside.Requests)
	return w, lines, err
}

func (p *Pages) publicPlanLines(c *gin.Context) (words, []inventorydb.PlanLine, error) {
	w, err := p.words(c, p.shell.Page(c, "life.plan.public_title"))
	if err != nil {
		return w, nil, err
	}
	lines, err := p.store.PublicPlan(c.Request.Context(), c.Query("institution"), p.beside.Requests)
	return w, lines, err
}

func (w words) planPage(c *gin.Context, lines []inventorydb.PlanLine) planPage {
	page := planPage{Page: w.page, Closed: c.Query("show") == "closed", Total: len(lines)}
	for _, l := range lines {
		if w.past(l) {
			page.Late++
		}
	}
	pages := max(1, (len(lines)+planPerPage-1)/planPerPage)
	number := min(max(1, whole(c.Query("page"))), pages)
	page.Pager = w.page.Pager(number, pages, planQuery(c))
	for _, l := range lines[(number-1)*planPerPage : min(number*planPerPage, len(lines))] {
		page.Items = append(page.Items, w.planLine(l))
	}
	return page
}

// past tells whether the day of a line went by: of opening, or of looking at
// the reason again.
func (w words) past(l inventorydb.PlanLine) bool {
	return l.Content.PastReview(w.now) ||
		l.Content.Openness == inventory.Openable && l.Committed != "" && l.Committed < inventory.DateOf(w.now, inventory.Tunis())
}

func (w words) planLine(l inventorydb.PlanLine) planLine {
	line := planLine{
		Href: "/datasets/" + l.Ref, Ref: l.Ref, Title: l.Content.Title, Institution: w.names.institution(l.Institution),
		Life: lifeMark(w.page, l.Life), Day: w.day(l.Content.TargetDate), Slipped: l.Slipped(), Past: w.past(l),
		Openness: w.openness(l.Content.Openness), Ground: w.ground(l.Content.Ground()), Detail: l.Content.LegalGround,
		ReviewOn: w.day(l.Content.ReviewOn()),
	}
	if l.FirstCommitted != "" && l.FirstCommitted != l.Content.TargetDate {
		line.First = w.day(l.FirstCommitted)
	}
	if l.Factors != (inventory.Factors{}) {
		line.Priority, line.Level, line.Factors = l.Priority(), w.level(l.Priority()), w.factors(l.Factors, 0)
	}
	if l.State != "" {
		line.Href, line.State = deskPath(l.Ref), stateMark(w.page, l.State)
	}
	return line
}

// planQuery keeps of the address what the plan understands.
func planQuery(c *gin.Context) url.Values {
	q := url.Values{}
	for _, name := range []string{"institution", "show"} {
		if v := c.Query(name); v != "" {
			q.Set(name, clip(strings.ToValidUTF8(v, ""), 100))
		}
	}
	return q
}

func planHref(path string, q url.Values, name, value string) string {
	changed := maps.Clone(q)
	if name != "" {
		changed.Del(name)
	}
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return path
	}
	return path + "?" + changed.Encode()
}

// deskPlanCSV answers GET /desk/plan.csv.
func (p *Pages) deskPlanCSV(c *gin.Context) error {
	_, lines, err := p.deskPlanLines(c)
	if err != nil {
		return err
	}
	return sendPlan(c, lines)
}

// publicPlanCSV answers GET /plan.csv.
func (p *Pages) publicPlanCSV(c *gin.Context) error {
	_, lines, err := p.publicPlanLines(c)
	if err != nil {
		return err
	}
	return sendPlan(c, lines)
}

func sendPlan(c *gin.Context, lines []inventorydb.PlanLine) error {
	rows := [][]string{{
		"ref", "institution", "title_fr", "title_ar", "life", "state", "openness", "first_date", "committed_date", "slipped_days",
		"priority", "demand", "legal_duty", "sensitivity", "effort", "ground", "legal_ground", "review_on",
	}}
	for _, l := range lines {
		f, priority := l.Factors, ""
		if f != (inventory.Factors{}) {
			priority = strconv.Itoa(l.Priority())
		}
		rows = append(rows, []string{
			l.Ref, l.Institution, web.Inert(l.Content.Title["fr"]), web.Inert(l.Content.Title["ar"]), string(l.Life), string(l.State),
			string(l.Content.Openness), string(l.FirstCommitted), string(l.Content.TargetDate), strconv.Itoa(l.Slipped()),
			priority, factor(f.Demand), factor(f.Duty), factor(f.Sensitivity), factor(f.Effort),
			l.Content.Ground(), web.Inert(l.Content.LegalGround), string(l.Content.ReviewOn()),
		})
	}
	return web.CSV(c, "plan.csv", rows)
}

// factor is empty where nothing was weighed.
func factor(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
