package dashboard

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/web"
)

// officerPage begins with what is late, what is due this month, and what came back.
type officerPage struct {
	web.Page
	Calls       []Call
	Institution any // lang.Text
	Agenda      inventorydb.Agenda
	Tasks       []task
	Returned    []line
	Pressing    []line
	Recent      []line
	Nothing     web.Empty
}

// task is one line of the desk: how many, of what, and where the work is.
type task struct {
	N    int
	Kind string // of the mark that is drawn
	Text string
	Href string
}

// returned, pressing and recent bound the lists; all of it is one click away.
const (
	returned = 5
	pressing = 8
	recent   = 10
)

func (d *Desks) officer(c *gin.Context, v view) error {
	ctx := c.Request.Context()
	vocabulary, err := d.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	agenda, err := d.register.Agenda(ctx, v.by, v.monthEnd())
	if err != nil {
		return err
	}
	due, err := d.register.Due(ctx, v.by, v.monthEnd(), pressing)
	if err != nil {
		return err
	}
	back, err := d.register.List(ctx, v.by, inventorydb.Filter{State: inventory.Returned, Limit: returned})
	if err != nil {
		return err
	}
	list, err := d.register.List(ctx, v.by, inventorydb.Filter{Limit: recent})
	if err != nil {
		return err
	}
	days := vocabulary.Workdays()
	page := officerPage{
		Page: v.Page, Calls: v.Calls, Institution: v.institution(v.by.Institution), Agenda: agenda, Tasks: v.officerTasks(agenda),
		Returned: v.lines(back.Items, days), Pressing: v.lines(due, days), Recent: v.lines(list.Items, days),
		Nothing: v.Empty("dataset.desk.empty", "dataset.desk.empty_text").With(v.Link("/desk/datasets/new", "dataset.new")),
	}
	more, err := d.lifeTasks(ctx, v)
	if err != nil {
		return err
	}
	page.Tasks = append(page.Tasks, more...)
	return d.shell.Show(c, "dashboard_officer", page)
}

func (v view) officerTasks(a inventorydb.Agenda) []task {
	return []task{
		{a.Late, kindOf(a.Late, "late"), v.T("desk.officer.late", a.Late), "/desk/datasets?overdue=1"},
		{a.Due, kindOf(a.Due, "due"), v.T("desk.officer.due", a.Due), "/desk/datasets?due=soon"},
		{a.Returned, kindOf(a.Returned, "returned"), v.T("desk.officer.returned", a.Returned), "/desk/datasets?state=returned"},
	}
}

// kindOf is the mark of a count: none to do is good.
func kindOf(n int, kind string) string {
	if n == 0 {
		return "open"
	}
	return kind
}
