package rosterweb

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// draftPage is /desk/services/{slug}/confirmation: what is known of a draft,
// a look at it, and the button that makes it a watched service.
type draftPage struct {
	web.Page
	Faults      web.Faults
	Service     *monitor.Service
	Institution lang.Text
	Looks       []look // of each check, when somebody asked for them
	Good        bool   // all of them
}

// look is what one check said.
type look struct {
	Check string
	Mark  web.Mark
	Lines []string
}

// draft answers GET /desk/services/{slug}/confirmation.
func (p *Pages) draft(c *gin.Context) error {
	v, _, err := p.manageable(c)
	if err != nil {
		return err
	}
	if v.State != monitor.Draft {
		return fault.New(fault.Conflict, "service.confirm.no_draft")
	}
	return p.showDraft(c, v, nil, nil)
}

// confirm answers POST /desk/services/{slug}/confirmation: a look that leaves
// no trace, or the confirmation.
func (p *Pages) confirm(c *gin.Context) error {
	v, by, err := p.manageable(c)
	if err != nil {
		return err
	}
	if c.PostForm("do") == "look" {
		end, err := p.tries.Begin(by.Account, p.shell.Now())
		if err != nil {
			return p.showDraft(c, v, nil, err)
		}
		defer end()
		return p.showDraft(c, v, p.looks(c, v), nil)
	}
	_, err = p.opts.Store.Change(c.Request.Context(), by, v.Slug, func(stored *monitor.Service) error {
		return stored.Confirm(by, p.opts.Period)
	})
	if status := web.StatusOf(err); err != nil && status != http.StatusUnprocessableEntity && status != http.StatusConflict {
		return err
	}
	if err != nil {
		return p.showDraft(c, v, nil, err)
	}
	p.opts.Changed()
	return p.shell.Redirect(c, p.after(c, by, v.Slug), "roster.flash.confirmed")
}

// after is where to go on: the next draft, as long as there are any.
func (p *Pages) after(c *gin.Context, by identity.Actor, slug string) string {
	drafts, err := p.opts.Store.List(c.Request.Context(), by, monitordb.Filter{State: monitor.Draft, After: slug, Limit: maxDrafts})
	if err == nil && c.PostForm("do") == "next" {
		for n := range drafts {
			if by.May(identity.ManageService, drafts[n].Institution) && len(drafts[n].Checks) > 0 && !drafts[n].KeptInFile() {
				return "/desk/services/" + drafts[n].Slug + "/confirmation"
			}
		}
	}
	return "/desk/services"
}

// looksWithin bounds how long the looks at one draft take together.
const looksWithin = time.Minute

// looks looks at each check once. Nothing of it is stored.
func (p *Pages) looks(c *gin.Context, v *monitor.Service) []look {
	ctx, cancel := context.WithTimeout(c.Request.Context(), looksWithin)
	defer cancel()
	page := p.shell.Page(c, "roster.confirm.title")
	all := make([]look, 0, len(v.Checks))
	for _, check := range v.Checks {
		lines, good := p.opts.Look(ctx, check)
		one := look{Check: check.Name, Mark: page.Mark("open", "roster.confirm.good")}
		if !good {
			one.Mark = page.Mark("down", "roster.confirm.bad")
		}
		for _, l := range lines {
			one.Lines = append(one.Lines, page.T(l.Key, l.Args...))
		}
		all = append(all, one)
	}
	return all
}

func (p *Pages) showDraft(c *gin.Context, v *monitor.Service, looks []look, err error) error {
	tree, treeErr := p.opts.Institutions(c.Request.Context())
	if treeErr != nil {
		return treeErr
	}
	page := draftPage{
		Page: p.shell.Page(c, "roster.confirm.title"), Faults: p.shell.Faults(c, err), Service: v, Looks: looks,
		Institution: lang.Text{"fr": v.Institution},
	}
	if known, ok := tree[v.Institution]; ok && !known.Name.Empty() {
		page.Institution = known.Name
	}
	if err != nil {
		return p.shell.ShowFault(c, err, "roster_confirm", page)
	}
	return p.shell.Show(c, "roster_confirm", page)
}
