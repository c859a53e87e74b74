package inventoryweb

import (
	"cmp"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// latePage is what is late by the ledger: by institution, then row by row.
type latePage struct {
	web.Page
	Institutions []keeping
	Only         web.Link // the institution that the rows are narrowed to
	Items        []missingUpdate
	Total        int
	Nothing      web.Empty
}

// keeping is how an institution keeps its promises.
type keeping struct {
	Name    lang.Text
	Href    string
	Missing int // late, and not come
	Due     int
	Met     int // within the last year
	Judged  int // of these met or late
	Waived  int
}

// OnTime is the share of the last year's promises that were kept in time.
func (k keeping) OnTime() float64 { return float64(k.Met) / float64(max(k.Judged, 1)) }

// missingUpdate is one late row.
type missingUpdate struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	Period      string
	Mark        web.Mark
}

// late answers GET /desk/obligations.
func (p *Pages) late(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	only := c.Query("institution")
	list, err := p.store.Missing(c.Request.Context(), by, only)
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "obligation.late.title")
	w, err := p.words(c, base)
	if err != nil {
		return err
	}
	page := latePage{
		Page: base, Institutions: w.keeping(list.Counts), Total: list.Total,
		Nothing: base.Empty("obligation.late.none", "obligation.late.none_text"),
	}
	if only != "" {
		page.Only = base.LinkTo("/institutions/"+only, w.names.institution(only))
	}
	for _, m := range list.Items {
		page.Items = append(page.Items, w.missingUpdate(m))
	}
	return p.shell.Show(c, "inventory_late", page)
}

func (w words) missingUpdate(m inventorydb.Missing) missingUpdate {
	out := missingUpdate{
		Href: deskPath(m.Ref), Ref: m.Ref, Title: m.Dataset.Content.Title, Institution: w.names.institution(m.Institution),
		Period: w.periodName(&m.Obligation), Mark: w.page.Mark("late", "dataset.duty.late_just"),
	}
	if n := w.names.Workdays().DaysLate(m.Limit(), w.now); n > 0 {
		out.Mark = w.page.Mark("late", "dataset.duty.late", n)
	}
	return out
}

// keeping sums the counts up by institution, the one with most to update first.
func (w words) keeping(counts []inventorydb.Promises) []keeping {
	sums := map[string]*keeping{}
	for _, one := range counts {
		k := sums[one.Institution]
		if k == nil {
			k = &keeping{Name: w.names.institution(one.Institution), Href: "/desk/obligations?institution=" + one.Institution}
			sums[one.Institution] = k
		}
		switch one.State {
		case inventory.Late:
			k.Missing += one.Open
			k.Judged += one.Recent
		case inventory.Met:
			k.Met += one.Recent
			k.Judged += one.Recent
		case inventory.Due:
			k.Due += one.N
		case inventory.Waived:
			k.Waived += one.N
		}
	}
	all := make([]keeping, 0, len(sums))
	for _, k := range sums {
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b keeping) int {
		return cmp.Or(b.Missing-a.Missing, cmp.Compare(a.Href, b.Href))
	})
	return all
}
