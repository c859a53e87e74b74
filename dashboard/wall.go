package dashboard

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// wallPage is the desk on a screen that nobody touches: it comes anew by itself.
type wallPage struct {
	web.Page
	Tasks    []task
	Heat     heat
	Values   []shownValue
	Services []serviceLine
	Working  int
	Watched  int
	At       string
}

// wallFresh is how many seconds later the wall comes anew, without anybody and
// without a script: the browser is told so beside the page.
const wallFresh = "60"

// wall answers GET /desk/wall.
func (d *Desks) wall(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadRegister); err != nil {
		return err
	}
	p, err := d.asked(c, "indicator.wall.title")
	if err != nil {
		return err
	}
	p.period = indicator.YearTo(p.now)
	ctx := c.Request.Context()
	if err := d.measure(ctx, &p); err != nil {
		return err
	}
	board, err := d.watched.Board(ctx)
	if err != nil {
		return err
	}
	seen := *board
	seen.Services = nil
	for _, s := range board.Services {
		if p.by.May(identity.ReadServices, s.Service.Institution) {
			seen.Services = append(seen.Services, s)
		}
	}
	page := wallPage{
		Page: p.Page, Heat: p.heat(), Tasks: p.tasks(&seen), Services: p.troubled(&seen), Watched: len(seen.Services),
		Working: working(&seen), At: p.T("indicator.wall.at", p.DateTime(p.now)),
	}
	page.Heat.Bare = true
	f := p.figures(nil)
	for _, code := range []indicator.Code{indicator.OnTime, indicator.Overdue, indicator.Openness, indicator.ReviewAge} {
		page.Values = append(page.Values, p.shown(f.Value(code), false))
	}
	c.Header("Refresh", wallFresh)
	return d.shell.Show(c, "dashboard_wall", page)
}

func working(board *monitordb.Board) (n int) {
	for _, s := range board.Services {
		if s.Verdict.Answers() {
			n++
		}
	}
	return n
}

// tasks are the five things to act on now: services that citizens miss, what
// waits too long for review, what is late the most, openings whose day has
// passed, and what was returned.
func (p *picture) tasks(board *monitordb.Board) []task {
	var tasks []task
	if n := down(board); n > 0 {
		tasks = append(tasks, task{n, "down", p.T("desk.operator.down", n), "/status"})
	}
	f := p.figures(nil)
	if n := f.Queue.N; n > 0 {
		tasks = append(tasks, task{n, "review", p.T("indicator.task.queue", n, f.Queue.Oldest), p.queueHref()})
	}
	tasks = append(tasks, p.lateTasks()...)
	var rest []task
	if n := f.Slipped; n > 0 {
		rest = append(rest, task{n, "late", p.T("indicator.task.slipped", n), p.plainHref(indicator.Slippage, "slipped")})
	}
	if n := f.Stock.States["returned"]; n > 0 {
		rest = append(rest, task{n, "returned", p.T("desk.operator.returned", n), "/desk/datasets?state=returned"})
	}
	tasks = append(tasks[:min(len(tasks), mostTasks-len(rest))], rest...)
	return tasks[:min(len(tasks), mostTasks)]
}

// queueHref is where the reader meets what waits for review.
func (p *picture) queueHref() string {
	if p.by.Everywhere(identity.ReviewDataset) {
		return "/desk/review"
	}
	return p.plainHref(indicator.ReviewAge, "all")
}

// lateTasks names the institutions with the most updates missing.
func (p *picture) lateTasks() []task {
	var tasks []task
	sums := map[string]int{}
	for _, one := range p.measured.Overdue {
		sums[p.rowOf(one.Institution)] += one.N
	}
	for range mostTasks {
		worst := ""
		for _, slug := range p.rows() {
			if sums[slug] > sums[worst] {
				worst = slug
			}
		}
		if worst == "" {
			break
		}
		tasks = append(tasks, task{
			sums[worst], "late", p.T("indicator.task.late", sums[worst], p.view.institution(worst)),
			p.rowHref(indicator.Overdue, "", worst, indicator.Period{}),
		})
		delete(sums, worst)
	}
	return tasks
}
