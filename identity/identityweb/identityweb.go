// Package identityweb is where people sign in, look after their own account,
// and where administrators keep accounts and institutions.
package identityweb

import (
	"cmp"
	"slices"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// Pages are the pages of this room.
type Pages struct {
	shell *web.Shell
	store *identitydb.Store
	door  *Door // nil: there is only the password
}

// New returns the pages; Routes puts them on the shell's engine.
func New(shell *web.Shell, store *identitydb.Store) *Pages {
	return &Pages{shell: shell, store: store}
}

// Routes adds every address of this room.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/login", page(p.login))
	r.POST("/login", page(p.signIn))
	r.POST("/logout", page(p.signOut))
	r.GET("/login/code", page(p.code))
	r.POST("/login/code", page(p.giveCode))
	r.GET("/login/reset", page(p.resetForm))
	r.POST("/login/reset", page(p.askReset))
	r.GET("/login/reset/:secret", page(p.reset))
	r.POST("/login/reset/:secret", page(p.doReset))

	r.GET("/account", page(p.account))
	r.POST("/account/password", page(p.changePassword))
	r.POST("/account/language", page(p.setLanguage))
	r.GET("/account/totp", page(p.second))
	r.POST("/account/totp", page(p.confirmSecond))
	r.GET("/account/totp/off", page(p.secondOff))
	r.POST("/account/totp/off", page(p.endSecond))
	r.POST("/account/recovery", page(p.renewRecovery))
	r.GET("/account/proof", page(p.proof))
	r.POST("/account/proof", page(p.prove))
	r.POST("/account/sessions/end", page(p.endSessions))
	r.POST("/account/sessions/:ref/end", page(p.endSession))
	r.POST("/account/tokens", page(p.addToken))
	r.POST("/account/tokens/:id/revocation", page(p.revokeToken))

	r.GET("/admin/accounts", page(p.accounts))
	r.GET("/admin/accounts/new", page(p.newAccount))
	r.POST("/admin/accounts", page(p.addAccount))
	r.GET("/admin/accounts/:id", page(p.person))
	r.POST("/admin/accounts/:id", page(p.changePerson))
	r.POST("/admin/accounts/:id/sessions/end", page(p.endAllTheirs))
	r.POST("/admin/accounts/:id/sessions/:ref/end", page(p.endTheirs))
	r.POST("/admin/break-glass/close", page(p.closeGlass))

	r.GET("/admin/institutions", page(p.institutions))
	r.GET("/admin/institutions/new", page(p.newInstitution))
	r.POST("/admin/institutions", page(p.addInstitution))
	r.GET("/admin/institutions/:slug", page(p.institution))
	r.POST("/admin/institutions/:slug", page(p.changeInstitution))

	p.shell.AddNav(web.NavItem{Path: "/admin/accounts", Key: "account.nav", Act: identity.ManageAccounts, Desk: true, Rank: 35})
	p.shell.AddNav(web.NavItem{
		Path: "/admin/institutions", Key: "institution.nav", Act: identity.ManageInstitutes, Desk: true, Rank: 36,
	})
}

// institutionOptions are the institutions to choose from, by name.
func institutionOptions(page web.Page, tree identity.Tree, noneKey string) []web.Option {
	options := make([]web.Option, 0, len(tree)+1)
	for _, i := range byName(tree, page.Lang) {
		options = append(options, web.Option{Value: i.Slug, Label: label(page, i)})
	}
	return append([]web.Option{{Value: "", Label: page.T(noneKey)}}, options...)
}

func label(page web.Page, i identity.Institution) string {
	if i.Acronym == "" {
		return page.Text(i.Name)
	}
	return page.Text(i.Name) + " (" + i.Acronym + ")"
}

func byName(tree identity.Tree, tag lang.Tag) []identity.Institution {
	all := make([]identity.Institution, 0, len(tree))
	for _, i := range tree {
		all = append(all, i)
	}
	order := locale.Order(tag)
	slices.SortFunc(all, func(a, b identity.Institution) int {
		return cmp.Or(order(a.Name.In(tag), b.Name.In(tag)), cmp.Compare(a.Slug, b.Slug))
	})
	return all
}
