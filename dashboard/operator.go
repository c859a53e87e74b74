package dashboard

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// operatorPage begins with the five things to act on now.
type operatorPage struct {
	web.Page
	Calls    []Call
	Tasks    []task
	Heat     heat
	Plots    []plot
	Values   []shownValue
	Queue    []waiting
	QueueN   int
	Standing []standing
	Services []serviceLine // those that do not answer as they should
	Watched  int
}

// waiting is a dataset in the review queue.
type waiting struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	Since       time.Time
	First       bool
	Own         bool
}

// serviceLine is an online service with its state.
type serviceLine struct {
	Href        string
	Name        lang.Text
	Institution lang.Text
	Mark        web.Mark
	Since       time.Time
}

// mostTasks is how many things to act on a desk names: more would be a list, not a call.
const mostTasks = 5

func (d *Desks) operator(c *gin.Context, v view) error {
	ctx := c.Request.Context()
	p, err := d.pictureOf(c, v)
	if err != nil {
		return err
	}
	queue, err := d.register.ReviewQueue(ctx, v.by, pressing)
	if err != nil {
		return err
	}
	board, err := d.watched.Board(ctx)
	if err != nil {
		return err
	}
	f := p.figures(nil)
	page := operatorPage{
		Page: v.Page, Calls: v.Calls, QueueN: f.Queue.N, Standing: p.standings(), Watched: len(board.Services),
		Services: v.troubled(board), Heat: p.heat(), Plots: []plot{p.trend(), p.late()}, Tasks: p.tasks(board),
	}
	for _, code := range []indicator.Code{
		indicator.Inventoried, indicator.OnTime, indicator.Openness, indicator.Overdue, indicator.ReviewAge, indicator.Slippage,
	} {
		page.Values = append(page.Values, p.shown(f.Value(code), true))
	}
	for _, one := range queue {
		page.Queue = append(page.Queue, v.waiting(one))
	}
	return d.shell.Show(c, "dashboard_operator", page)
}

// pictureOf measures what a desk shows: the last half-year and the last year.
func (d *Desks) pictureOf(c *gin.Context, v view) (picture, error) {
	p := picture{view: v, weeks: halfYear, period: indicator.YearTo(v.now)}
	if c.Query("weeks") == "52" {
		p.weeks = aYear
	}
	return p, d.measure(c.Request.Context(), &p)
}

func down(board *monitordb.Board) (n int) {
	for _, s := range board.Services {
		if s.Verdict == monitor.Down {
			n++
		}
	}
	return n
}

func (v view) waiting(d inventory.Dataset) waiting {
	w := waiting{
		Href: "/desk/datasets/" + d.Ref + "/review", Ref: d.Ref, Title: d.Content.Title,
		Institution: v.institution(d.Institution), First: d.ApprovedRevision == 0,
		Own: v.by.Account != "" && d.SubmittedBy == v.by.Account,
	}
	if d.SubmittedAt != nil {
		w.Since = *d.SubmittedAt
	}
	return w
}

// troubled lists the services that do not answer as they should.
func (v view) troubled(board *monitordb.Board) []serviceLine {
	var lines []serviceLine
	for _, s := range board.Services {
		if s.Verdict == monitor.Down || s.Verdict == monitor.Degraded {
			lines = append(lines, v.service(s))
		}
	}
	return lines
}

func (v view) service(s monitordb.Standing) serviceLine {
	return serviceLine{
		Href: "/services/" + s.Service.Slug, Name: s.Service.Name, Institution: v.institution(s.Service.Institution),
		Mark: v.verdict(s.Verdict), Since: s.Since,
	}
}

func (v view) verdict(of monitor.Verdict) web.Mark {
	kinds := map[monitor.Verdict]string{monitor.Up: "open", monitor.Degraded: "slow", monitor.Suspect: "slow", monitor.Down: "down"}
	kind, ok := kinds[of]
	if !ok {
		kind = "unknown"
	}
	return v.Mark(kind, "desk.service."+of.String())
}

// overviewPage is for those who read: a head of an institution, the committee.
type overviewPage struct {
	web.Page
	Calls    []Call
	Of       any // lang.Text: the institution; nil for the whole country
	Tasks    []task
	Heat     heat
	Plots    []plot
	Values   []shownValue
	Standing []standing
	Pressing []line
	Services []serviceLine
	Watched  int
}

func (d *Desks) overview(c *gin.Context, v view) error {
	ctx := c.Request.Context()
	p, err := d.pictureOf(c, v)
	if err != nil {
		return err
	}
	due, err := d.register.Due(ctx, v.by, v.now, pressing)
	if err != nil {
		return err
	}
	board, err := d.watched.Board(ctx)
	if err != nil {
		return err
	}
	page := overviewPage{
		Page: v.Page, Calls: v.Calls, Standing: p.standings(), Pressing: v.lines(due, p.days), Heat: p.heat(), Plots: []plot{p.trend(), p.late()},
	}
	f := p.figures(nil)
	for _, code := range []indicator.Code{indicator.Inventoried, indicator.OnTime, indicator.Openness, indicator.Overdue} {
		page.Values = append(page.Values, p.shown(f.Value(code), true))
	}
	if v.by.Institution != "" {
		page.Of = v.institution(v.by.Institution)
	}
	for _, s := range board.Services {
		if v.by.May(identity.ReadServices, s.Service.Institution) {
			page.Watched++
			if !s.Verdict.Answers() || s.Verdict == monitor.Degraded {
				page.Services = append(page.Services, v.service(s))
			}
		}
	}
	if page.Tasks, err = d.lifeTasks(ctx, v); err != nil {
		return err
	}
	return d.shell.Show(c, "dashboard_overview", page)
}
