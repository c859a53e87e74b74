package identityweb

import (
	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

type accountsPage struct {
	web.Page
	Accounts []accountRow
	Added    *identity.Account // just now, with its one-time password, shown this once
	OneTime  string
}

type accountRow struct {
	identity.Account
	Institution lang.Text
	Self        bool
}

// accounts answers GET /admin/accounts.
func (p *Pages) accounts(c *gin.Context) error {
	page, err := p.accountsPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "identity_accounts", page)
}

func (p *Pages) accountsPage(c *gin.Context) (*accountsPage, error) {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	accounts, err := p.store.Accounts(ctx, by)
	if err != nil {
		return nil, err
	}
	tree, err := p.store.Institutions(ctx)
	if err != nil {
		return nil, err
	}
	page := &accountsPage{Page: p.shell.Page(c, "account.list.title")}
	for _, a := range accounts {
		row := accountRow{Account: a, Self: a.ID == by.Account}
		if a.Institution != nil {
			row.Institution = tree[*a.Institution].Name
		}
		page.Accounts = append(page.Accounts, row)
	}
	return page, nil
}

// accountForm is a new account, as typed.
type accountForm struct{ Email, Name, Role, Institution string }

type accountFormPage struct {
	web.Page
	Faults web.Faults
	Form   accountForm
	tree   identity.Tree
}

// RoleOptions are the roles, each with what it is for.
func (p accountFormPage) RoleOptions() []web.Option {
	options := []web.Option{}
	for _, r := range identity.Roles() {
		options = append(options, web.Option{
			Value: string(r), Label: p.T("account.role." + string(r)), Hint: p.T("account.role.about." + string(r)),
		})
	}
	return options
}

// InstitutionOptions are the institutions the account may belong to.
func (p accountFormPage) InstitutionOptions() []web.Option {
	return institutionOptions(p.Page, p.tree, "account.institution.none")
}

func (p *Pages) accountFormPage(c *gin.Context, form accountForm) (*accountFormPage, error) {
	if err := web.ActorFrom(c.Request.Context()).Must(identity.ManageAccounts, ""); err != nil {
		return nil, err
	}
	tree, err := p.store.Institutions(c.Request.Context())
	if err != nil {
		return nil, err
	}
	return &accountFormPage{Page: p.shell.Page(c, "account.new.title"), Form: form, tree: tree}, nil
}

// newAccount answers GET /admin/accounts/new.
func (p *Pages) newAccount(c *gin.Context) error {
	page, err := p.accountFormPage(c, accountForm{Role: string(identity.Officer)})
	if err != nil {
		return err
	}
	return p.shell.Show(c, "identity_account_new", page)
}

// addAccount answers POST /admin/accounts with the list and, above it, the
// one-time password to hand over.
func (p *Pages) addAccount(c *gin.Context) error {
	form := accountForm{c.PostForm("email"), c.PostForm("name"), c.PostForm("role"), c.PostForm("institution")}
	account, oneTime, err := p.store.AddAccount(c.Request.Context(), web.ActorFrom(c.Request.Context()),
		form.Email, form.Name, identity.Role(form.Role), form.Institution, "")
	if err != nil {
		if kind, _ := fault.KindOf(err); kind != fault.Invalid && kind != fault.Conflict {
			return err
		}
		page, pageErr := p.accountFormPage(c, form)
		if pageErr != nil {
			return pageErr
		}
		page.Faults = p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "identity_account_new", page)
	}
	page, err := p.accountsPage(c)
	if err != nil {
		return err
	}
	page.Added, page.OneTime = account, oneTime
	return p.shell.Show(c, "identity_accounts", page)
}
