package inventoryweb

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// queuePage lists what awaits review.
type queuePage struct {
	web.Page
	Items   []waiting
	Nothing web.Empty
}

// waiting is a dataset in the review queue.
type waiting struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	Since       time.Time
	First       bool // nothing of it is public yet
	Own         bool // submitted by the reviewer: somebody else must decide
}

// queue answers GET /desk/review.
func (p *Pages) queue(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReviewDataset)
	if err != nil {
		return err
	}
	page := queuePage{Page: p.shell.Page(c, "dataset.review.queue")}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.ReviewQueue(c.Request.Context(), by)
	if err != nil {
		return err
	}
	for _, d := range found {
		page.Items = append(page.Items, w.waiting(d, by))
	}
	page.Nothing = page.Empty("dataset.review.empty", "dataset.review.empty_text")
	return p.shell.Show(c, "inventory_queue", page)
}

func (w words) waiting(d inventory.Dataset, by identity.Actor) waiting {
	item := waiting{
		Href: deskPath(d.Ref) + "/review", Ref: d.Ref, Title: d.Content.Title,
		Institution: w.names.institution(d.Institution), First: d.ApprovedRevision == 0,
		Own: by.Account != "" && d.SubmittedBy == by.Account,
	}
	if d.SubmittedAt != nil {
		item.Since = *d.SubmittedAt
	}
	return item
}

// reviewPage compares what was submitted with what is public.
type reviewPage struct {
	web.Page
	Dataset     *inventory.Dataset
	Institution web.Link
	State       web.Mark
	First       bool         // nothing is public yet: the whole description stands in Parts
	Changes     []difference // only the fields that differ
	Parts       []part
	Warnings    []missing
	Score       *scored
	Portal      portal
	Signs       persons
	Own         bool
	Decidable   bool
	Next        string // address of the next review; empty when none waits
	Since       time.Time
	Faults      web.Faults
	Stale       bool
	Reason      string
	Mandate     any // officers and common rules, as their room says
}

// review answers GET /desk/datasets/:ref/review.
func (p *Pages) review(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReviewDataset)
	if err != nil {
		return err
	}
	return p.showReview(c, by, c.Param("ref"), http.StatusOK, nil)
}

func (p *Pages) showReview(c *gin.Context, by identity.Actor, ref string, status int, cause error) error {
	ctx := c.Request.Context()
	d, err := p.store.Get(ctx, by, ref)
	if err != nil {
		return err
	}
	base := p.shell.Page(c, "dataset.review.title", d.Content.Title)
	w, err := p.words(c, base)
	if err != nil {
		return err
	}
	page := w.review(d, by)
	if err := p.compare(c, w, d, &page); err != nil {
		return err
	}
	if page.Mandate, err = p.beside.Panel(c, d); err != nil {
		return err
	}
	next, err := p.store.Next(ctx, by, d.Ref)
	if err != nil {
		return err
	}
	if next != "" {
		page.Next = deskPath(next) + "/review"
	}
	kind, _ := fault.KindOf(cause)
	page.Stale, page.Faults, page.Reason = kind == fault.Stale, p.shell.Faults(c, cause), c.PostForm("reason")
	return p.shell.ShowStatus(c, status, "inventory_review", page)
}

func (w words) review(d *inventory.Dataset, by identity.Actor) reviewPage {
	own := by.Account != "" && d.SubmittedBy == by.Account
	page := reviewPage{
		Page: w.page, Dataset: d, State: stateMark(w.page, d.State), First: d.ApprovedRevision == 0, Own: own,
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		Warnings:    w.missing(d, d.Content.Warnings(w.names.Vocabulary)),
		Score:       w.score(d.Ref, &d.Content, d.LateAfter, "").brief(), Portal: w.portal(d, ""), Signs: w.persons(d),
		Decidable: d.State == inventory.Submitted && !own,
	}
	if d.SubmittedAt != nil {
		page.Since = *d.SubmittedAt
	}
	return page
}

// compare fills in what differs from the public revision.
func (p *Pages) compare(c *gin.Context, w words, d *inventory.Dataset, page *reviewPage) error {
	if page.First {
		page.Parts = w.parts(d.Content)
		return nil
	}
	public, err := p.store.Publication(c.Request.Context(), d.ID)
	if err != nil {
		return err
	}
	page.Changes = w.differences(public.Content, d.Content)
	return nil
}
