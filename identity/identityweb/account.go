package identityweb

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// accountPage is one's own account: each form has its own faults.
type accountPage struct {
	web.Page
	Password, Token web.Faults
	TokenName, Life string
	Secret          string // of the token just made, shown this once
	Tokens          []tokenRow
	Institution     lang.Text
	May             bool // hold tokens
	Vouched         *bondView
	Email           string
	HasPassword     bool
	Live            int // tokens that still open something
	TOTPAt          *time.Time
	TOTPDueAt       *time.Time
	RecoveryLeft    int
	Sessions        []sessionRow
	SessionsAt      string
	Others          bool // there are sessions besides this one
}

type tokenRow struct {
	identity.Token
	Live    bool
	Revoked bool
}

// account answers GET /account.
func (p *Pages) account(c *gin.Context) error {
	page, err := p.accountPage(c)
	if err != nil {
		return err
	}
	return p.shell.Show(c, "identity_account", page)
}

func (p *Pages) accountPage(c *gin.Context) (*accountPage, error) {
	if err := signedIn(c); err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	page := &accountPage{
		Page: p.shell.Page(c, "account.title"), Life: "90",
		May: by.MayAnywhere(identity.HoldToken) && !by.MustChange && !by.MustEnrol && !by.Emergency, SessionsAt: "/account/sessions",
	}
	var err error
	if page.Vouched, err = p.bondOf(c); err != nil {
		return nil, err
	}
	tokens, err := p.store.Tokens(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		row := tokenRow{t, t.Live(p.shell.Now()), t.RevokedAt != nil}
		if page.Tokens = append(page.Tokens, row); row.Live {
			page.Live++
		}
	}
	if err := p.standing(c, page); err != nil {
		return nil, err
	}
	if by.Institution != "" {
		tree, err := p.store.Institutions(ctx)
		if err != nil {
			return nil, err
		}
		page.Institution = tree[by.Institution].Name
	}
	return page, nil
}

// standing adds how the account is signed in to.
func (p *Pages) standing(c *gin.Context, page *accountPage) error {
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	a, err := p.store.Account(ctx, by, by.Account)
	if err != nil {
		return err
	}
	page.Email, page.HasPassword, page.TOTPAt, page.TOTPDueAt = a.Email, a.PasswordHash != "", a.TOTPAt, a.TOTPDueAt
	if page.RecoveryLeft, err = p.store.RecoveryLeft(ctx, by); err != nil {
		return err
	}
	if page.Sessions, err = p.sessionRows(c, page.Page, a.ID); err != nil {
		return err
	}
	page.Others = len(page.Sessions) > 1
	return nil
}

// LanguageOptions are the languages the account can prefer.
func (p accountPage) LanguageOptions() []web.Option {
	options := []web.Option{}
	for _, l := range p.Languages {
		options = append(options, web.Option{Value: string(l.Tag), Label: l.Name})
	}
	return options
}

// lives are how long a token may be asked to live, in days.
func lives() []int { return []int{30, 90, 180, 365} }

// LifeOptions are the lives to choose from.
func (p accountPage) LifeOptions() []web.Option {
	options := []web.Option{}
	for _, days := range lives() {
		options = append(options, web.Option{Value: strconv.Itoa(days), Label: p.T("unit.day", days)})
	}
	return options
}

// changePassword answers POST /account/password.
func (p *Pages) changePassword(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	by := web.ActorFrom(c.Request.Context())
	err := checkRepeated(c.PostForm("password"), c.PostForm("repeat"))
	if err == nil {
		err = p.store.ChangePassword(c.Request.Context(), by, p.shell.SessionToken(c), c.PostForm("old"), c.PostForm("password"), tokensAfter(c))
	}
	if err != nil {
		page, pageErr := p.accountPage(c)
		if pageErr != nil {
			return pageErr
		}
		page.Password = p.shell.Faults(c, err)
		return p.showAgain(c, err, "identity_account", page)
	}
	if err := p.renew(c); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "account.password.changed")
}

// setLanguage answers POST /account/language. The choice replaces the one this
// browser remembered.
func (p *Pages) setLanguage(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	tag := lang.Tag(c.PostForm("language"))
	if err := p.store.SetLanguage(c.Request.Context(), web.ActorFrom(c.Request.Context()), tag); err != nil {
		return err
	}
	p.shell.RememberLanguage(c, tag)
	return p.shell.Redirect(c, "/account", "account.language.changed")
}

// addToken answers POST /account/tokens with the page that shows the secret,
// once: it is stored nowhere, so no later page could.
func (p *Pages) addToken(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	name, life := c.PostForm("name"), c.PostForm("expires")
	days, err := strconv.Atoi(life)
	if err != nil || days < 0 || days > 366 {
		days = 0 // the rule refuses it with its own sentence
	}
	secret, _, err := p.store.AddToken(c.Request.Context(), web.ActorFrom(c.Request.Context()), name,
		time.Duration(days)*24*time.Hour)
	page, pageErr := p.accountPage(c)
	if pageErr != nil {
		return pageErr
	}
	for _, f := range fault.All(err) {
		if f.Key == identity.ProveFirst {
			return p.proofFirst(c, err, "/account")
		}
	}
	if err != nil {
		page.TokenName, page.Life, page.Token = name, life, p.shell.Faults(c, err)
		return p.showAgain(c, err, "identity_account", page)
	}
	page.Secret = secret
	return p.shell.Show(c, "identity_account", page)
}

// revokeToken answers POST /account/tokens/:id/revocation.
func (p *Pages) revokeToken(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	if err := p.store.RevokeToken(c.Request.Context(), web.ActorFrom(c.Request.Context()), c.Param("id")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/account", "identity.token.revoked")
}

// checkRepeated guards against a slip of the finger nobody can see.
func checkRepeated(password, repeat string) error {
	if password != repeat {
		return fault.At("repeat", "account.password.differ")
	}
	return nil
}
