package inventoryweb

import (
	"net/http"
	"strings"
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
	Faults  web.Faults

	Lede, Action, Do, All string // sentences and address of deciding on several
	Files                 []fileWaiting
	Heads                 int // submissions that wait for the heads of their institutions
}

// fileWaiting is an applied file of which datasets wait for the same decision.
type fileWaiting struct {
	Href, Name  string
	Institution lang.Text
	N           int
}

// waiting is a dataset in the review queue.
type waiting struct {
	Href        string
	Ref         string
	Title       lang.Text
	Institution lang.Text
	Since       time.Time
	First       bool   // nothing of it is public yet
	Own         bool   // submitted by the reviewer: somebody else must decide
	Pick        string // names the revision shown
}

// Decidable is how many of what is shown the reader may decide on.
func (q queuePage) Decidable() (n int) {
	for _, w := range q.Items {
		if !w.Own {
			n++
		}
	}
	return n
}

// queue answers GET /desk/review.
func (p *Pages) queue(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReviewDataset)
	if err != nil {
		return err
	}
	return p.showQueue(c, by, http.StatusOK, nil)
}

func (p *Pages) showQueue(c *gin.Context, by identity.Actor, status int, cause error) error {
	ctx := c.Request.Context()
	page := queuePage{
		Page: p.shell.Page(c, "dataset.review.queue"), Lede: "dataset.review.n", Action: "/desk/review/approvals",
		Do: "life.approve.picked", All: "life.approve.shown",
	}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.ReviewQueue(ctx, by)
	if err != nil {
		return err
	}
	for _, d := range found {
		page.Items = append(page.Items, w.waiting(d, by))
	}
	if page.Heads, err = p.store.AwaitingHeads(ctx, by); err != nil {
		return err
	}
	files, err := p.store.WaitingFiles(ctx, by)
	if err != nil {
		return err
	}
	for _, f := range files {
		page.Files = append(page.Files, fileWaiting{"/desk/changesets/" + f.ID, f.Name, w.names.institution(f.Institution), f.N})
	}
	page.Nothing = page.Empty("dataset.review.empty", "dataset.review.empty_text")
	page.Faults = p.shell.Faults(c, cause)
	return p.shell.ShowStatus(c, status, "inventory_queue", page)
}

func (w words) waiting(d inventory.Dataset, by identity.Actor) waiting {
	item := waiting{
		Href: deskPath(d.Ref) + "/review", Ref: d.Ref, Title: d.Content.Title,
		Institution: w.names.institution(d.Institution), First: d.ApprovedRevision == 0,
		Own:  by.Account != "" && (d.SubmittedBy == by.Account || d.EndorsedBy == by.Account),
		Pick: inventory.Pick{Ref: d.Ref, Seen: inventory.Seen{Revision: d.Revision}}.String(),
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
	First       bool          // nothing is public yet: the whole description stands in Parts
	Changed     []reviewed    // the fields that differ, or on a first publication those that say something
	Others      []reviewed    // the rest, which can be spoken of, too
	Hash        string        // of what is submitted, short
	Endorsing   bool          // it is the head of the institution who decides
	Waiting     bool          // for that head, when somebody else reads this
	Comments    []commentLine // what was said at the last return, with the answers
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
	Twins       any // what looks like it, as the room of twins says
}

// review answers GET /desk/datasets/:ref/review.
func (p *Pages) review(c *gin.Context) error {
	by, err := mayLook(c)
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
	if w.seen, err = p.store.Files(ctx, by, ref); err != nil {
		return err
	}
	page := w.review(d, by)
	kind, _ := fault.KindOf(cause)
	page.Stale, page.Faults, page.Reason = kind == fault.Stale, p.shell.Faults(c, cause), c.PostForm("reason")
	if err := p.compare(c, w, d, &page); err != nil {
		return err
	}
	if page.Mandate, err = p.beside.Panel(c, d); err != nil {
		return err
	}
	if page.Twins, err = p.beside.Twins(c, d); err != nil {
		return err
	}
	if page.Portal, err = p.portal(c, w, d, ""); err != nil {
		return err
	}
	if page.Next, err = p.onward(c, by, d.Ref); err != nil {
		return err
	}
	if !strings.HasSuffix(page.Next, "/review") || page.Next == "/desk/review" {
		page.Next = ""
	}
	return p.shell.ShowStatus(c, status, "inventory_review", page)
}

func (w words) review(d *inventory.Dataset, by identity.Actor) reviewPage {
	own := by.Account != "" && (d.SubmittedBy == by.Account || d.EndorsedBy == by.Account)
	page := reviewPage{
		Page: w.page, Dataset: d, State: stateMark(w.page, d.State), First: d.ApprovedRevision == 0, Own: own,
		Institution: w.page.LinkTo("/institutions/"+d.Institution, w.names.institution(d.Institution)),
		Warnings:    w.missing(d, d.Content.Warnings(w.names.Vocabulary)),
		Score:       w.score(d.Ref, &d.Content, d.LateAfter, "").brief(), Signs: w.persons(d),
		Endorsing: d.MayEndorse(by), Hash: inventory.ShortHash(d.Content.Hash()),
	}
	page.Waiting = d.State == inventory.Submitted && d.FirstStep == inventory.Waiting && !page.Endorsing
	page.Decidable = d.State == inventory.Submitted && !own && !page.Waiting &&
		(page.Endorsing || by.May(identity.ReviewDataset, d.Institution))
	if d.SubmittedAt != nil {
		page.Since = *d.SubmittedAt
	}
	return page
}

// reviewed is one field on the review page, with what is said about it.
type reviewed struct {
	difference
	New     bool   // nothing is public to compare with
	Comment string // as typed
	Errors  []string
}

// Name is what the comment on the field is sent under.
func (r reviewed) Name() string { return "comments." + r.Field }

// ID is that of its text area.
func (r reviewed) ID() string { return web.FieldID(r.Name()) }

// compare fills in what differs from the public revision, and what else there is.
func (p *Pages) compare(c *gin.Context, w words, d *inventory.Dataset, page *reviewPage) error {
	ctx := c.Request.Context()
	said, err := p.store.Comments(ctx, d)
	if err != nil {
		return err
	}
	page.Comments = w.comments(d, said)
	was := inventory.Content{PersonalUnknown: true}
	if !page.First {
		public, err := p.store.Publication(ctx, d.ID)
		if err != nil {
			return err
		}
		was = public.Content
	}
	before, typed := w.values(was), readComments(c)
	for n, v := range w.values(d.Content) {
		line := reviewed{
			difference: difference{Field: v.Field, Label: v.Label, Was: before[n], Is: v}, New: page.First, Comment: typed[v.Field],
			Errors: page.Faults.For("comments." + v.Field),
		}
		if v.equal(before[n]) {
			page.Others = append(page.Others, line)
		} else {
			page.Changed = append(page.Changed, line)
		}
	}
	return nil
}
