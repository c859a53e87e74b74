package inventoryweb

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// pickedPage says what became of several datasets decided on together.
type pickedPage struct {
	web.Page
	Heading string
	Done    []pickedLine
	Left    []pickedLine
	Back    web.Link
}

// pickedLine is one of them.
type pickedLine struct {
	Href, Ref string
	Title     lang.Text
	Reasons   []string
}

// several is a decision that can be taken on several datasets.
type several struct {
	decision
	done    string // a sentence with a number
	back    string
	backKey string
	again   func(c *gin.Context, by identity.Actor, status int, cause error) error // the page it came from, with what was wrong
}

func (p *Pages) approvals() several {
	return several{
		decision: decision{
			name: "approve", act: identity.ReviewDataset,
			rule: func(d *inventory.Dataset, by identity.Actor, v *inventory.Vocabulary) error {
				return d.Approve(by, v, p.now())
			},
		},
		done: "life.approve.done", back: "/desk/review", backKey: "dataset.review.queue", again: p.showQueue,
	}
}

func (p *Pages) endorsing() several {
	return several{
		decision: decision{
			name: "endorse", act: identity.EndorseDataset,
			rule: func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
				return d.Endorse(by, p.now())
			},
		},
		done: "life.endorse.done", back: endorsementsPath, backKey: "life.endorse.queue", again: p.showEndorsements,
	}
}

func (p *Pages) submissions() several {
	return several{
		decision: decision{
			name: "submit", act: identity.SubmitDataset,
			rule: func(d *inventory.Dataset, by identity.Actor, v *inventory.Vocabulary) error {
				return d.Submit(by, v, p.now())
			},
		},
		done: "life.submit.done", back: "/desk/datasets", backKey: "dataset.desk.title",
		again: func(c *gin.Context, _ identity.Actor, status int, cause error) error {
			return p.showDeskList(c, status, cause)
		},
	}
}

// approveSeveral answers POST /desk/review/approvals.
func (p *Pages) approveSeveral(c *gin.Context) error { return p.several(c, p.approvals()) }

// endorseSeveral answers POST /desk/endorsements.
func (p *Pages) endorseSeveral(c *gin.Context) error { return p.several(c, p.endorsing()) }

// submitSeveral answers POST /desk/submissions.
func (p *Pages) submitSeveral(c *gin.Context) error { return p.several(c, p.submissions()) }

// several decides on what was ticked, or on everything the page showed.
func (p *Pages) several(c *gin.Context, x several) error {
	by, err := web.SignedIn(c, x.act)
	if err != nil {
		return err
	}
	list := c.PostFormArray("pick")
	if c.PostForm("do") == "shown" {
		list = c.PostFormArray("shown")
	}
	picks, err := inventory.ParsePicks(list)
	if err != nil {
		return x.again(c, by, http.StatusUnprocessableEntity, err)
	}
	return p.decideOn(c, by, x, picks, nil)
}

// decideOn decides and says what happened; left are those that were not even tried.
func (p *Pages) decideOn(c *gin.Context, by identity.Actor, x several, picks []inventory.Pick, left []inventory.Picked) error {
	all, err := p.store.Each(c.Request.Context(), by, "dataset."+x.name, picks,
		func(d *inventory.Dataset, v *inventory.Vocabulary) error { return x.rule(d, by, v) })
	if err != nil {
		return err
	}
	page := pickedPage{Page: p.shell.Page(c, "life.picked.title")}
	page.Back = page.Link(x.back, x.backKey)
	for _, one := range append(all, left...) {
		line := p.pickedLine(c, one)
		if one.Err == nil {
			page.Done = append(page.Done, line)
		} else {
			page.Left = append(page.Left, line)
		}
	}
	page.Heading = page.T(x.done, len(page.Done))
	return p.shell.Show(c, "inventory_picked", page)
}

func (p *Pages) pickedLine(c *gin.Context, one inventory.Picked) pickedLine {
	line := pickedLine{Href: deskPath(one.Ref), Ref: one.Ref, Title: one.Title}
	for _, f := range p.shell.Faults(c, one.Err).All() {
		line.Reasons = append(line.Reasons, f.Message)
	}
	page := p.shell.Page(c, "life.picked.title")
	for n, f := range fault.All(one.Err) {
		if label := "dataset.field." + generic(f.Field); f.Field != "" && n < len(line.Reasons) && page.Has(label) {
			line.Reasons[n] = page.T("dataset.form.fault", page.T(label), line.Reasons[n])
		}
	}
	return line
}

// changesetPage is how the datasets of an applied file stand, and what can be
// done about all of them at once.
type changesetPage struct {
	web.Page
	Changeset *inventory.Changeset
	Name      string
	Body      string
	Counts    standingOf
	CanSubmit bool
	CanDecide bool
	Faults    web.Faults
}

// standingOf counts the datasets of an applied file.
type standingOf struct {
	Total, Draft, Heads, Submitted, Approved, Moved int
}

func (s *standingOf) add(h inventorydb.Handed) {
	s.Total++
	switch {
	case h.State == inventory.Approved:
		s.Approved++
	case h.State == inventory.Withdrawn, !h.Same:
		s.Moved++
	case h.State == inventory.Submitted && h.FirstStep == inventory.Waiting:
		s.Heads++
	case h.State == inventory.Submitted:
		s.Submitted++
	default:
		s.Draft++
	}
}

// changeset answers GET /desk/changesets/:id.
func (p *Pages) changeset(c *gin.Context) error { return p.showChangeset(c, http.StatusOK, nil) }

func (p *Pages) showChangeset(c *gin.Context, status int, cause error) error {
	by, err := web.SignedIn(c, identity.RecordDataset)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	set, err := p.store.Changeset(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	handed, err := p.store.Handed(ctx, set)
	if err != nil {
		return err
	}
	page := changesetPage{Page: p.shell.Page(c, "life.changeset.title"), Changeset: set, Name: set.Name}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	for _, h := range handed {
		page.Counts.add(h)
	}
	page.Body = w.names.institution(set.Institution).In(page.Lang)
	page.CanSubmit = by.May(identity.SubmitDataset, set.Institution) && page.Counts.Draft > 0
	page.CanDecide = by.May(identity.ReviewDataset, set.Institution) && page.Counts.Submitted > 0
	page.Faults = p.shell.Faults(c, cause)
	return p.shell.ShowStatus(c, status, "inventory_changeset", page)
}

// changesetSubmit answers POST /desk/changesets/:id/submission.
func (p *Pages) changesetSubmit(c *gin.Context) error {
	return p.decideOnFile(c, p.submissions(), func(h inventorydb.Handed) bool {
		return h.State == inventory.Draft || h.State == inventory.Returned
	})
}

// changesetApprove answers POST /desk/changesets/:id/approval: one approval for one file.
func (p *Pages) changesetApprove(c *gin.Context) error {
	return p.decideOnFile(c, p.approvals(), func(h inventorydb.Handed) bool {
		return h.State == inventory.Submitted && h.FirstStep != inventory.Waiting
	})
}

// decideOnFile decides on every dataset of an applied file that is ready for
// it and still says what the file said.
func (p *Pages) decideOnFile(c *gin.Context, x several, ready func(inventorydb.Handed) bool) error {
	by, err := web.SignedIn(c, x.act)
	if err != nil {
		return err
	}
	picks, left, err := p.picksOf(c.Request.Context(), by, c.Param("id"), ready)
	if errors.Is(err, fault.Conflict) {
		return p.showChangeset(c, http.StatusConflict, err)
	}
	if err != nil {
		return err
	}
	x.back, x.backKey = "/desk/changesets/"+c.Param("id"), "life.changeset.title"
	return p.decideOn(c, by, x, picks, left)
}

// picksOf chooses the datasets of an applied file that are ready; left are
// those that somebody has worked on since.
func (p *Pages) picksOf(
	ctx context.Context, by identity.Actor, id string, ready func(inventorydb.Handed) bool,
) (picks []inventory.Pick, left []inventory.Picked, err error) {
	set, err := p.store.Changeset(ctx, by, id)
	if err != nil {
		return nil, nil, err
	}
	handed, err := p.store.Handed(ctx, set)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range handed {
		switch {
		case !ready(h):
		case h.Same:
			picks = append(picks, h.Pick())
		default:
			left = append(left, inventory.Picked{Ref: h.Ref, Err: fault.New(fault.Conflict, "dataset.pick.changed")})
		}
	}
	if len(picks)+len(left) == 0 {
		return nil, nil, fault.New(fault.Conflict, "dataset.pick.none_ready")
	}
	return picks, left, nil
}
