// Package dashboard is the desk each role sits down at: what to do now, and
// how things stand. It reads the register and the watch and owns neither.
package dashboard

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Desks are the working pages.
type Desks struct {
	shell        *web.Shell
	register     *inventorydb.Store
	watched      *monitordb.Store
	figures      *indicatordb.Store
	institutions Institutions
	answers      Answers // nil: nobody measures feedback yet
	now          func() time.Time
	calls        func(context.Context) ([]Call, error)
}

// Call is something that another room asks of whoever sits down.
type Call struct{ Kind, Text, Href string }

// With lets another room say first what it asks of the actor.
func (d *Desks) With(calls func(context.Context) ([]Call, error)) *Desks {
	d.calls = calls
	return d
}

// New returns the desks.
func New(
	shell *web.Shell, register *inventorydb.Store, watched *monitordb.Store, figures *indicatordb.Store,
	institutions Institutions, now func() time.Time,
) *Desks {
	return &Desks{shell: shell, register: register, watched: watched, figures: figures, institutions: institutions, now: now}
}

// Routes adds the room's addresses to the shell.
func (d *Desks) Routes() {
	d.shell.Engine().GET("/desk", d.shell.Handle(d.desk))
	d.shell.AddNav(web.NavItem{Path: "/desk", Key: "desk.title", Desk: true, Group: web.NavBar, Rank: 1})
	d.indicatorRoutes()
	d.statementRoutes()
}

// desk answers GET /desk: each role has its own.
func (d *Desks) desk(c *gin.Context) error {
	by := web.ActorFrom(c.Request.Context())
	if !by.Known() {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	tree, err := d.institutions.Institutions(c.Request.Context())
	if err != nil {
		return err
	}
	v := view{Page: d.shell.Page(c, "desk.title"), by: by, tree: tree, now: d.now()}
	if d.calls != nil {
		if v.Calls, err = d.calls(c.Request.Context()); err != nil {
			return err
		}
	}
	switch by.Role {
	case identity.Officer:
		return d.officer(c, v)
	case identity.MCD, identity.Admin:
		return d.operator(c, v)
	case identity.Supervisor, identity.Committee:
		return d.overview(c, v)
	case identity.ServiceOwner:
		return d.services(c, v)
	}
	return d.shell.Show(c, "dashboard_other", otherPage{v.Page})
}

// otherPage is the desk of an account that has no pages of its own: a prober elsewhere.
type otherPage struct{ web.Page }

// view is what every desk knows.
type view struct {
	web.Page
	Calls []Call
	by    identity.Actor
	tree  identity.Tree
	now   time.Time
}

func (v view) institution(slug string) lang.Text {
	if i, ok := v.tree[slug]; ok && !i.Name.Empty() {
		return i.Name
	}
	return lang.Text{"fr": slug}
}

// monthEnd is the first instant of the next month in Tunis.
func (v view) monthEnd() time.Time {
	day := v.now.In(inventory.Tunis())
	return time.Date(day.Year(), day.Month()+1, 1, 0, 0, 0, 0, day.Location())
}

// line is a dataset on a desk.
type line struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	State       web.Mark
	Public      bool
	Reason      string
	Duty        *duty
	Updated     time.Time
}

// duty is how the update duty stands.
type duty struct{ Mark web.Mark }

func (v view) lines(datasets []inventory.Dataset, days *inventory.Workdays) []line {
	lines := make([]line, 0, len(datasets))
	for _, d := range datasets {
		l := line{
			Href: "/desk/datasets/" + d.Ref, Ref: d.Ref, Title: d.Content.Title, Institution: v.institution(d.Institution),
			State: v.state(d.State), Duty: v.duty(d, days), Updated: d.UpdatedAt,
			Public: d.ApprovedRevision > 0 && d.State != inventory.Approved && d.State != inventory.Withdrawn,
		}
		if d.State == inventory.Returned {
			l.Reason = d.Reason
		}
		lines = append(lines, l)
	}
	return lines
}

func (v view) state(s inventory.State) web.Mark {
	kinds := map[inventory.State]string{
		inventory.Draft: "draft", inventory.Submitted: "review", inventory.Returned: "returned",
		inventory.Approved: "open", inventory.Withdrawn: "withdrawn",
	}
	return v.Mark(kinds[s], "dataset.state."+string(s))
}

// duty is nil where nothing binds: before the first approval, and where no
// date is attached.
func (v view) duty(d inventory.Dataset, days *inventory.Workdays) *duty {
	if d.LateAfter == nil {
		return nil
	}
	last := d.LateAfter.Add(-time.Second)
	switch {
	case d.Overdue(v.now):
		if n := days.DaysLate(*d.LateAfter, v.now); n > 0 {
			return &duty{v.Mark("late", "dataset.duty.late", n)}
		}
		return &duty{v.Mark("late", "dataset.duty.late_just")}
	case d.LateAfter.Before(v.monthEnd()):
		return &duty{v.Mark("due", "dataset.duty.due", last)}
	}
	return &duty{v.Mark("open", "dataset.duty.met")}
}

// standing is how an institution keeps its promises, as shown.
type standing struct {
	Institution string
	Name        lang.Text
	Page        string // its public page
	Public      int
	Late        int    // datasets with an update that is late
	Href        string // those datasets
	Promises    indicator.Promises
	Rows        string // the promises
	Unfinished  int    // wait for their officer
	Submitted   int
}

// Judged is how many of its promises fell due within the year.
func (s standing) Judged() int { return s.Promises.Judged() }

// OnTime is the share of them that was kept.
func (s standing) OnTime() float64 {
	ratio, _ := s.Promises.OnTime()
	return ratio
}

// standings sums up what is measured of each ministry, or of each body for who
// belongs to one; the one with the most to update first.
func (p *picture) standings() []standing {
	var list []standing
	for _, slug := range p.rows() {
		f := p.figures(p.inRow(slug))
		if f.Stock.Datasets == 0 && f.Promises.Judged() == 0 {
			continue
		}
		list = append(list, standing{
			Institution: slug, Name: p.view.institution(slug), Page: "/institutions/" + slug, Public: f.Stock.Public,
			Late: f.Stock.Late, Href: "/desk/datasets?overdue=1&institution=" + slug, Promises: f.Promises,
			Rows:       p.rowHref(indicator.OnTime, "all", slug, p.period),
			Unfinished: f.Stock.States[inventory.Draft] + f.Stock.States[inventory.Returned], Submitted: f.Stock.States[inventory.Submitted],
		})
	}
	slices.SortStableFunc(list, func(a, b standing) int { return cmp.Or(b.Late-a.Late, strings.Compare(a.Institution, b.Institution)) })
	return list
}
