package portalweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/web"
)

// daysShown is how far back the timeline of a consumer goes.
const daysShown = 14

// harvestsPage is who reads the catalogue.
type harvestsPage struct {
	web.Page
	Consumers []consumerView
	Receipts  []receiptView
	Served    time.Time // when what is served now was made
	Consumer  string    // the list is confined to
	Name      string    // of it
	Pager     web.Pager
	Nothing   web.Empty
	Networks  bool // the reader may see where readers come from
}

// consumerView is how one reader stands.
type consumerView struct {
	Name     string
	Href     string
	Mark     web.Mark
	SeenAt   time.Time
	Complete *time.Time
	Lag      string
	Behind   int64
	Days     []day
}

// day is what a reader did on one day.
type day struct{ Shape, Title string }

// receiptView is one walk.
type receiptView struct {
	*harvest.Receipt
	Name  string
	Mark  web.Mark
	Scope string
	Took  string
}

// harvests answers GET /desk/portal/harvests.
func (p *Pages) harvests(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx, now := c.Request.Context(), p.opts.Now()
	page := harvestsPage{
		Page: p.shell.Page(c, "portal.harvests.title"), Served: p.opts.Current().Built, Consumer: c.Query("consumer"),
		Networks: by.May(identity.KeepPortal, ""),
	}
	page.Name = consumer(page.Page, page.Consumer)
	standings, err := p.store.Standings(ctx)
	if err != nil {
		return err
	}
	recent, _, err := p.store.Receipts(ctx, by, portaldb.ReceiptFilter{Since: now.AddDate(0, 0, 1-daysShown)})
	if err != nil {
		return err
	}
	for n := range standings {
		page.Consumers = append(page.Consumers, p.consumer(page.Page, &standings[n], recent, now))
	}
	f := filterOf(c)
	all, more, err := p.store.Receipts(ctx, by, portaldb.ReceiptFilter{Consumer: page.Consumer, Page: f.Page, PerPage: perPage})
	if err != nil {
		return err
	}
	for n := range all {
		page.Receipts = append(page.Receipts, receipt(page.Page, &all[n], now))
	}
	pages := f.Page // how many there are is not counted: there may be hundreds of thousands
	if more {
		pages++
	}
	page.Pager = page.Page.Pager(f.Page, pages, c.Request.URL.Query())
	page.Pager.Numbers = nil
	page.Nothing = page.Empty("portal.harvests.empty", "portal.harvests.empty_text")
	return p.shell.Show(c, "portal_harvests", page)
}

func (p *Pages) consumer(page web.Page, s *harvest.Standing, recent []harvest.Receipt, now time.Time) consumerView {
	current := p.opts.Current()
	v := consumerView{
		Name: consumer(page, s.Consumer), Href: "/desk/portal/harvests?consumer=" + s.Consumer, SeenAt: s.SeenAt,
		Complete: s.CompleteAt, Behind: s.Behind(current), Days: days(page, s.Consumer, recent, now),
	}
	lag, known := s.Lag(current, now)
	switch {
	case !known:
		v.Mark = page.Mark("unknown", "portal.lag.never")
	case lag == 0:
		v.Mark = page.Mark("open", "portal.lag.none")
	case lag > p.opts.Within:
		v.Mark, v.Lag = page.Mark("late", "portal.lag.late"), page.Duration(lag)
	default:
		v.Mark, v.Lag = page.Mark("due", "portal.lag.some"), page.Duration(lag)
	}
	return v
}

// days are the last days of a reader, the earliest first: came to an end,
// began, or did not come.
func days(page web.Page, name string, recent []harvest.Receipt, now time.Time) []day {
	type tally struct{ done, all int }
	by := map[inventory.Date]*tally{}
	for n := range recent {
		if r := &recent[n]; r.Consumer == name {
			d := inventory.DateOf(r.BegunAt, inventory.Tunis())
			if by[d] == nil {
				by[d] = &tally{}
			}
			if by[d].all++; r.Done() {
				by[d].done++
			}
		}
	}
	out := make([]day, 0, daysShown)
	for back := daysShown - 1; back >= 0; back-- {
		at := now.AddDate(0, 0, -back)
		t, shape := by[inventory.DateOf(at, inventory.Tunis())], "draft"
		if t == nil {
			out = append(out, day{shape, page.T("portal.day.none", page.Date(at))})
			continue
		}
		if shape = "late"; t.done == t.all {
			shape = "open"
		} else if t.done > 0 {
			shape = "review"
		}
		out = append(out, day{shape, page.T("portal.day.some", page.Date(at), t.done, t.all)})
	}
	return out
}

func receipt(page web.Page, r *harvest.Receipt, now time.Time) receiptView {
	v := receiptView{Receipt: r, Name: consumer(page, r.Consumer), Scope: page.T("portal.scope." + string(r.Scope))}
	switch r.State(now) {
	case harvest.Ended:
		v.Mark = page.Mark("open", "portal.walk.done")
		if r.Moved {
			v.Mark = page.Mark("slow", "portal.walk.moved")
		}
		v.Took = page.Duration(r.EndedAt.Sub(r.BegunAt).Round(time.Second))
	case harvest.Running:
		v.Mark = page.Mark("review", "portal.walk.running")
	case harvest.Stalled:
		v.Mark = page.Mark("late", "portal.walk.stalled")
	}
	return v
}
