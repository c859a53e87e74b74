package inventoryweb

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

// endorsementsPath is the queue of the head of an institution.
const endorsementsPath = "/desk/endorsements"

// endorsements answers GET /desk/endorsements.
func (p *Pages) endorsements(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.EndorseDataset)
	if err != nil {
		return err
	}
	return p.showEndorsements(c, by, http.StatusOK, nil)
}

func (p *Pages) showEndorsements(c *gin.Context, by identity.Actor, status int, cause error) error {
	page := queuePage{
		Page: p.shell.Page(c, "life.endorse.queue"), Lede: "life.endorse.n", Action: endorsementsPath,
		Do: "life.endorse.picked", All: "life.endorse.shown",
	}
	w, err := p.words(c, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.EndorseQueue(c.Request.Context(), by)
	if err != nil {
		return err
	}
	for _, d := range found {
		page.Items = append(page.Items, w.waiting(d, by))
	}
	page.Nothing = page.Empty("life.endorse.empty", "life.endorse.empty_text")
	page.Faults = p.shell.Faults(c, cause)
	return p.shell.ShowStatus(c, status, "inventory_queue", page)
}

// endorse answers POST /desk/datasets/:ref/endorsement.
func (p *Pages) endorse(c *gin.Context) error {
	return p.decide(c, decision{
		name: "endorse", act: identity.EndorseDataset, flash: "life.flash.endorsed",
		rule: func(d *inventory.Dataset, by identity.Actor, _ *inventory.Vocabulary) error {
			return d.Endorse(by, p.now())
		},
	})
}

// onward is where a decision leads: to the next one that waits for the same person.
func (p *Pages) onward(c *gin.Context, by identity.Actor, ref string) (string, error) {
	ctx := c.Request.Context()
	if by.Everywhere(identity.ReviewDataset) {
		next, err := p.store.Next(ctx, by, ref)
		if next == "" || err != nil {
			return "/desk/review", err
		}
		return deskPath(next) + "/review", nil
	}
	queue, err := p.store.EndorseQueue(ctx, by)
	if err != nil {
		return endorsementsPath, err
	}
	for _, d := range queue {
		if d.Ref != ref && d.SubmittedBy != by.Account {
			return deskPath(d.Ref) + "/review", nil
		}
	}
	return endorsementsPath, nil
}

// mayLook lets those read a review page who decide on reviews or first approvals.
func mayLook(c *gin.Context) (identity.Actor, error) {
	by, err := web.SignedIn(c, identity.ReviewDataset)
	if kind, _ := fault.KindOf(err); kind == fault.Forbidden {
		return web.SignedIn(c, identity.EndorseDataset)
	}
	return by, err
}
