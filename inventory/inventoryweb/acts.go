package inventoryweb

import (
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// submit answers POST /desk/datasets/:ref/submission.
func (p *Pages) submit(c *gin.Context) error {
	return p.act(c, "submit", identity.SubmitDataset, "",
		func(d *inventory.Dataset, by identity.Actor, v *inventory.Vocabulary) error {
			return d.Submit(by, v, p.now())
		})
}

// recall answers POST /desk/datasets/:ref/recall.
func (p *Pages) recall(c *gin.Context) error {
	return p.act(c, "recall", identity.SubmitDataset, "dataset.flash.recalled",
		func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return d.Recall(by, p.now())
		})
}

// refresh answers POST /desk/datasets/:ref/update: the officer declares that
// the data were updated.
func (p *Pages) refresh(c *gin.Context) error {
	day := date(c.PostForm("data_modified"))
	return p.act(c, "update", identity.RecordDataset, "dataset.flash.updated",
		func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return d.Refresh(by, day, p.now())
		})
}

// withdraw answers POST /desk/datasets/:ref/withdrawal.
func (p *Pages) withdraw(c *gin.Context) error {
	reason, replacement := c.PostForm("reason"), c.PostForm("replaced_by")
	return p.act(c, "withdraw", identity.WithdrawDataset, "dataset.flash.withdrawn",
		func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return d.Withdraw(by, reason, strings.ToUpper(replacement), p.now())
		})
}

// act lets a rule decide on the dataset of the address, on the revision that
// the page showed. What the rule refuses is said on the same page.
func (p *Pages) act(
	c *gin.Context, name string, act identity.Act, flash string,
	rule func(*inventory.Dataset, identity.Actor, *inventory.Vocabulary) error,
) error {
	by, err := web.SignedIn(c, act)
	if err != nil {
		return err
	}
	ctx, ref := c.Request.Context(), c.Param("ref")
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	d, err := p.store.Change(ctx, by, ref, "dataset."+name, whole(c.PostForm("revision")), func(d *inventory.Dataset) error {
		return rule(d, by, v)
	})
	if kind, _ := fault.KindOf(err); kind == fault.Invalid || kind == fault.Stale || kind == fault.Conflict {
		return p.refused(c, by, ref, name, err)
	}
	if err != nil {
		return err
	}
	if flash == "" {
		flash = submittedFlash(d)
	}
	return p.shell.Redirect(c, deskPath(ref), flash)
}

// submittedFlash says who looks at a submission next.
func submittedFlash(d *inventory.Dataset) string {
	if d.FirstStep == inventory.Waiting {
		return "life.flash.submitted_first"
	}
	return "dataset.flash.submitted"
}

// refused shows the dataset as it stands now with what was wrong about the act
// and what was typed for it.
func (p *Pages) refused(c *gin.Context, by identity.Actor, ref, act string, cause error) error {
	d, err := p.store.Get(c.Request.Context(), by, ref)
	if err != nil {
		return errors.Join(cause, err)
	}
	page, err := p.deskPage(c, by, d)
	if err != nil {
		return errors.Join(cause, err)
	}
	page.Faults, page.Acting = p.shell.Faults(c, cause), act
	page.Reason, page.Replacement = c.PostForm("reason"), c.PostForm("replaced_by")
	if typed := c.PostForm("data_modified"); typed != "" {
		page.DataDate = typed
	}
	if act == "answer" {
		typedAnswers(c, page.Living.Comments)
	}
	if act == "submit" && web.Correctable(cause) {
		page.Acting = "" // what is missing stands on the page already, each with its link
	}
	return p.shell.ShowStatus(c, web.StatusOf(cause), "inventory_desk_dataset", page)
}

// decision is what a reviewer or the head of an institution decides.
type decision struct {
	name, flash string
	act         identity.Act // what lets something out; empty when it may be done by either reviewer, unseen
	rule        func(*inventory.Dataset, identity.Actor, *inventory.Vocabulary) error
}

// approve answers POST /desk/datasets/:ref/approval.
func (p *Pages) approve(c *gin.Context) error {
	return p.decide(c, decision{
		name: "approve", flash: "dataset.flash.approved", act: identity.ReviewDataset,
		rule: func(d *inventory.Dataset, by identity.Actor, v *inventory.Vocabulary) error {
			return d.Approve(by, v, p.now())
		},
	})
}

// giveBack answers POST /desk/datasets/:ref/return.
func (p *Pages) giveBack(c *gin.Context) error {
	reason, comments := c.PostForm("reason"), readComments(c)
	return p.decide(c, decision{
		name: "return", flash: "dataset.flash.returned",
		rule: func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return d.ReturnWith(by, reason, comments, p.now())
		},
	})
}

// decide decides on exactly the revision that was seen, then leads on to the
// next one that waits. A decision that does not say what it saw is refused.
func (p *Pages) decide(c *gin.Context, x decision) error {
	by, err := mayLook(c)
	if err == nil && x.act != "" {
		by, err = web.SignedIn(c, x.act)
	}
	if err != nil {
		return err
	}
	ctx, ref := c.Request.Context(), c.Param("ref")
	v, err := p.store.Vocabulary(ctx)
	if err != nil {
		return err
	}
	seen := inventory.Seen{Revision: whole(c.PostForm("revision")), Hash: c.PostForm("hash")}
	d, err := p.store.Change(ctx, by, ref, "dataset."+x.name, 0, func(d *inventory.Dataset) error {
		return seen.Decide(d, x.act != "", func() error { return x.rule(d, by, v) })
	})
	if kind, _ := fault.KindOf(err); kind == fault.Invalid || kind == fault.Stale {
		return p.showReview(c, by, ref, web.StatusOf(err), err)
	}
	if err != nil {
		return err
	}
	to, err := p.onward(c, by, ref)
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, to, x.flash, d.Ref)
}
