package inventoryweb

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// deskListPage is the officer's list.
type deskListPage struct {
	web.Page
	Q            string
	Said         said
	Tabs         []choice
	Kept         []kept
	Institutions []web.Option // empty when the actor has only one
	Lives        []web.Option
	Items        []deskLine
	Faults       web.Faults
	Pager        web.Pager
	Nothing      web.Empty
}

// Picks tells whether anything of the page may be submitted.
func (page deskListPage) Picks() bool {
	return slices.ContainsFunc(page.Items, func(l deskLine) bool { return l.Pick != "" })
}

// deskLine is a dataset in an officer's list.
type deskLine struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	State       web.Mark
	Life        web.Mark
	Heads       bool   // waits for the head of its institution
	Pick        string // names the revision shown, where it may be submitted
	Public      bool   // an approved revision is public
	Reason      string
	Duty        *duty // nil before the first approval
	Updated     time.Time
}

// deskList answers GET /desk/datasets.
func (p *Pages) deskList(c *gin.Context) error { return p.showDeskList(c, http.StatusOK, nil) }

// showDeskList shows the list, and what was wrong about what was ticked in it.
func (p *Pages) showDeskList(c *gin.Context, status int, cause error) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	page := deskListPage{Page: p.shell.Page(c, "dataset.desk.title"), Q: c.Query("q")}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	list, err := p.deskItems(c, by, w)
	if err != nil {
		return err
	}
	for _, d := range list.Items {
		page.Items = append(page.Items, w.deskLine(d))
	}
	q := deskQuery(c)
	page.Said = w.said(list.Search)
	if page.Tabs, err = p.tabs(c, by, w, q); err != nil {
		return err
	}
	if list.Next != "" {
		page.Pager = page.Cursor("", deskHref(q, "cursor", list.Next))
	}
	if c.Query("cursor") != "" {
		page.Pager.Prev = deskHref(q, "cursor", "")
		page.Pager.PrevWord = page.T("dataset.desk.first_page")
	}
	if options := w.readable(by); len(options) > 2 {
		page.Institutions = options
		for n := range options {
			options[n].Chosen = options[n].Value == q.Get("institution")
		}
	}
	for _, name := range []string{"state", "due"} {
		if v := q.Get(name); v != "" {
			page.Kept = append(page.Kept, kept{name, v})
		}
	}
	page.Nothing = deskNothing(page.Page, len(q) > 0)
	page.Lives, page.Faults = w.lives(c.Query("life")), p.shell.Faults(c, cause)
	return p.shell.ShowStatus(c, status, "inventory_desk_list", page)
}

// deskItems reads the page of the list that the address asks for.
func (p *Pages) deskItems(c *gin.Context, by identity.Actor, w words) (inventorydb.List, error) {
	ctx := c.Request.Context()
	if c.Query("due") == "month" {
		items, err := p.store.Due(ctx, by, MonthEnd(w.now), 500)
		return inventorydb.List{Items: items}, err
	}
	if c.Query("due") == "soon" { // what is late already is another line of the desk
		items, err := p.store.Soon(ctx, by, MonthEnd(w.now), 500)
		return inventorydb.List{Items: items}, err
	}
	f := inventorydb.Filter{
		State: inventory.State(c.Query("state")), Life: inventory.Life(c.Query("life")), Institution: c.Query("institution"), Q: c.Query("q"),
		Overdue: c.Query("overdue") != "", Limit: 30, Cursor: c.Query("cursor"),
	}
	return p.store.List(ctx, by, f)
}

// MonthEnd is the first instant of the next month in Tunis: what is due before
// it is due this month.
func MonthEnd(now time.Time) time.Time {
	day := now.In(inventory.Tunis())
	return time.Date(day.Year(), day.Month()+1, 1, 0, 0, 0, 0, day.Location())
}

func deskQuery(c *gin.Context) url.Values {
	q := url.Values{}
	for _, name := range []string{"state", "life", "institution", "q", "overdue", "due"} {
		if v := c.Query(name); v != "" {
			q.Set(name, v)
		}
	}
	return q
}

func deskHref(q url.Values, name, value string) string {
	changed := maps.Clone(q)
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return "/desk/datasets"
	}
	return "/desk/datasets?" + changed.Encode()
}

// tabs are the states with how many datasets are in each, and what is late.
func (p *Pages) tabs(c *gin.Context, by identity.Actor, w words, q url.Values) ([]choice, error) {
	counts, err := p.store.Counts(c.Request.Context())
	if err != nil {
		return nil, err
	}
	agenda, err := p.store.Agenda(c.Request.Context(), by, MonthEnd(w.now))
	if err != nil {
		return nil, err
	}
	n, total := map[inventory.State]int{}, 0
	for _, count := range counts {
		if by.May(identity.ReadRegister, count.Institution) {
			n[count.State] += count.N
			total += count.N
		}
	}
	bare := url.Values{}
	if v := q.Get("institution"); v != "" {
		bare.Set("institution", v)
	}
	if v := q.Get("q"); v != "" {
		bare.Set("q", v)
	}
	if v := q.Get("life"); v != "" {
		bare.Set("life", v)
	}
	all := q.Get("state") == "" && q.Get("overdue") == "" && q.Get("due") == ""
	tabs := []choice{{Name: w.page.T("dataset.desk.all"), N: total, Href: deskHref(bare, "state", ""), Active: all}}
	for _, s := range inventory.States() {
		tabs = append(tabs, choice{
			Name: w.page.T("dataset.states." + string(s)), N: n[s], Href: deskHref(bare, "state", string(s)),
			Active: q.Get("state") == string(s),
		})
	}
	return append(tabs,
		choice{
			Name: w.page.T("dataset.desk.late"), N: agenda.Late, Href: deskHref(bare, "overdue", "1"),
			Active: q.Get("overdue") != "",
		},
		choice{
			Name: w.page.T("dataset.desk.due"), N: agenda.Late + agenda.Due, Href: deskHref(url.Values{}, "due", "month"),
			Active: q.Get("due") != "",
		}), nil
}

func (w words) deskLine(d inventory.Dataset) deskLine {
	l := deskLine{
		Href: deskPath(d.Ref), Ref: d.Ref, Title: d.Content.Title, Institution: w.names.institution(d.Institution),
		State: stateMark(w.page, d.State), Public: d.ApprovedRevision > 0 && d.State != inventory.Approved && d.State != inventory.Withdrawn,
		Life: lifeMark(w.page, d.Life), Heads: d.State == inventory.Submitted && d.FirstStep == inventory.Waiting,
		Updated: d.UpdatedAt,
	}
	if (d.State == inventory.Draft || d.State == inventory.Returned) && w.page.Actor.May(identity.SubmitDataset, d.Institution) {
		l.Pick = inventory.Pick{Ref: d.Ref, Seen: inventory.Seen{Revision: d.Revision}}.String()
	}
	if d.State == inventory.Returned {
		l.Reason = d.Reason
	}
	if d.ApprovedRevision > 0 && d.State != inventory.Withdrawn {
		duty := w.duty(d.Content.Frequency, d.DueAt, d.LateAfter)
		l.Duty = &duty
	}
	return l
}

func deskNothing(p web.Page, searched bool) web.Empty {
	switch {
	case searched:
		return p.Empty("dataset.desk.none_found", "dataset.desk.none_found_text").
			With(p.Link("/desk/datasets", "dataset.list.show_all"))
	case p.Actor.MayAnywhere(identity.RecordDataset):
		return p.Empty("dataset.desk.empty", "dataset.desk.empty_text").
			With(p.Link("/desk/datasets/new", "dataset.new"))
	}
	return p.Empty("dataset.desk.empty", "dataset.desk.empty_text")
}
