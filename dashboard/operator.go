package dashboard

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
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
	Total    standing
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
	queue, err := d.register.ReviewQueue(ctx, v.by)
	if err != nil {
		return err
	}
	standings, err := d.register.Standings(ctx, v.by)
	if err != nil {
		return err
	}
	board, err := d.watched.Board(ctx)
	if err != nil {
		return err
	}
	page := operatorPage{
		Page: v.Page, Calls: v.Calls, QueueN: len(queue), Standing: v.ministries(standings), Watched: len(board.Services),
		Services: v.troubled(board),
	}
	page.Total = total(page.Standing)
	for _, one := range queue[:min(len(queue), pressing)] {
		page.Queue = append(page.Queue, v.waiting(one))
	}
	page.Tasks = v.operatorTasks(page, queue, board)
	return d.shell.Show(c, "dashboard_operator", page)
}

// operatorTasks orders what to act on: services that citizens miss now, then
// what others wait for, then what is late.
func (v view) operatorTasks(page operatorPage, queue []inventory.Dataset, board *monitordb.Board) []task {
	var tasks []task
	if n := down(board); n > 0 {
		tasks = append(tasks, task{n, "down", v.T("desk.operator.down", n), "/status"})
	}
	if len(queue) > 0 {
		text := v.T("desk.operator.queue", len(queue))
		if oldest := queue[0].SubmittedAt; oldest != nil {
			text = v.T("desk.operator.queue_since", len(queue), *oldest)
		}
		tasks = append(tasks, task{len(queue), "review", text, "/desk/review"})
	}
	for _, s := range page.Standing {
		if s.Late > 0 {
			tasks = append(tasks, task{s.Late, "late", v.T("desk.operator.late", s.Late, s.Name), s.Href})
		}
	}
	if page.Total.Returned > 0 {
		text := v.T("desk.operator.returned", page.Total.Returned)
		tasks = append(tasks[:min(len(tasks), mostTasks-1)], task{page.Total.Returned, "returned", text, "/desk/datasets?state=returned"})
	}
	return tasks[:min(len(tasks), mostTasks)]
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
	Total    standing
	Standing []standing
	Pressing []line
	Services []serviceLine
	Watched  int
}

func (d *Desks) overview(c *gin.Context, v view) error {
	ctx := c.Request.Context()
	standings, err := d.register.Standings(ctx, v.by)
	if err != nil {
		return err
	}
	vocabulary, err := d.register.Vocabulary(ctx)
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
	page := overviewPage{Page: v.Page, Calls: v.Calls, Standing: v.ministries(standings), Pressing: v.lines(due, vocabulary.Workdays())}
	if v.by.Institution != "" {
		page.Of, page.Standing = v.institution(v.by.Institution), v.each(standings)
	}
	page.Total = total(page.Standing)
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

// each shows every body by itself: what a head of institution asks.
func (v view) each(all []inventorydb.Standing) []standing {
	sums := map[string]*standing{}
	for _, one := range all {
		sums[one.Institution] = &standing{
			Standing: one, Name: v.institution(one.Institution), Page: "/institutions/" + one.Institution,
			Href: "/desk/datasets?overdue=1&institution=" + one.Institution,
		}
	}
	return sorted(sums)
}
