package identityweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// personPage is one account as an administrator sees it.
type personPage struct {
	web.Page
	Account                 *identity.Account
	Institution             lang.Text
	Self                    bool
	Sessions                []sessionRow
	SessionsAt              string
	OneTime                 string // a temporary password just given, shown this once
	Faults                  web.Faults
	Do, Role, Place, Reason string // as typed
	form                    accountFormPage
}

// What an administrator may do to another's account.
const (
	doCodes    = "totp"
	doPassword = "password"
	doRole     = "role"
	doDisable  = "disable"
)

// DoOptions are what can be done to the account.
func (p personPage) DoOptions() []web.Option {
	var options []web.Option
	for _, do := range []string{doPassword, doCodes, doRole, doDisable} {
		if do == doCodes && p.Account.TOTPAt == nil {
			continue
		}
		options = append(options, web.Option{Value: do, Label: p.T("account.do." + do), Hint: p.T("account.do." + do + ".about")})
	}
	return options
}

// RoleOptions are the roles.
func (p personPage) RoleOptions() []web.Option {
	options := p.form.RoleOptions()
	for n := range options {
		options[n].Hint = ""
	}
	return options
}

// InstitutionOptions are the institutions.
func (p personPage) InstitutionOptions() []web.Option { return p.form.InstitutionOptions() }

func (p *Pages) personPage(c *gin.Context) (*personPage, error) {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	if err := by.Must(identity.ManageAccounts, ""); err != nil {
		return nil, err
	}
	a, err := p.store.Account(ctx, by, c.Param("id"))
	if err != nil {
		return nil, err
	}
	tree, err := p.store.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	page := &personPage{
		Page: p.shell.Page(c, "account.one.title"), Account: a, Self: a.ID == by.Account, SessionsAt: "/admin/accounts/" + a.ID + "/sessions",
		Role: string(a.Role),
	}
	page.form = accountFormPage{Page: page.Page, tree: tree}
	if a.Institution != nil {
		page.Place, page.Institution = *a.Institution, tree[*a.Institution].Name
	}
	page.Sessions, err = p.sessionRows(c, page.Page, a.ID)
	return page, err
}

// person answers GET /admin/accounts/:id.
func (p *Pages) person(c *gin.Context) error {
	page, err := p.personPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "identity_person", page)
}

// changePerson answers POST /admin/accounts/:id: one act, with its reason.
func (p *Pages) changePerson(c *gin.Context) error {
	page, err := p.personPage(c)
	if err != nil {
		return err
	}
	page.Do, page.Role, page.Place, page.Reason = c.PostForm("do"), c.PostForm("role"), c.PostForm("institution"), c.PostForm("reason")
	oneTime, err := p.act(c, page)
	switch {
	case err == nil && oneTime != "":
		fresh, err := p.personPage(c)
		if err != nil {
			return err
		}
		fresh.OneTime = oneTime
		c.Header("Cache-Control", "no-store")
		return p.shell.Show(c, "identity_person", fresh)
	case err == nil:
		return p.shell.Redirect(c, "/admin/accounts/"+page.Account.ID, "account.done."+page.Do)
	}
	if kind, _ := fault.KindOf(err); kind == fault.Conflict || kind == fault.Invalid {
		page.Faults = p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "identity_person", page)
	}
	return p.proofFirst(c, err, "/admin/accounts/"+page.Account.ID)
}

func (p *Pages) act(c *gin.Context, page *personPage) (oneTime string, err error) {
	ctx := c.Request.Context()
	by, id := web.ActorFrom(ctx), page.Account.ID
	switch page.Do {
	case doCodes:
		return "", p.store.ResetSecond(ctx, by, id, page.Reason)
	case doPassword:
		return p.store.GivePassword(ctx, by, id, page.Reason, tokensAfter(c))
	case doRole:
		return "", p.store.ChangeRole(ctx, by, id, identity.Role(page.Role), page.Place, page.Reason)
	case doDisable:
		return "", p.store.DisableAccount(ctx, by, id, page.Reason)
	}
	return "", fault.At("do", "fault.required")
}

// closeGlass answers POST /admin/break-glass/close.
func (p *Pages) closeGlass(c *gin.Context) error {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	if err := p.store.CloseGlass(ctx, by); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/admin/accounts", "account.glass.closed")
}
