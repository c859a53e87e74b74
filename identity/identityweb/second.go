package identityweb

import (
	"errors"
	"html/template"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// proofFirst leads to where a proof is given when err wants one.
func (p *Pages) proofFirst(c *gin.Context, err error, back string) error {
	for _, f := range fault.All(err) {
		if f.Key == identity.ProveFirst && !web.ByToken(c.Request.Context()) {
			return p.shell.Redirect(c, web.WithNext("/account/proof", back), "")
		}
	}
	return err
}

type proofPage struct {
	web.Page
	Faults      web.Faults
	Next, Email string
	Codes       bool // a code is asked for too
	Provider    bool // there is no password to say again
	Vouched     *bondView
	Minutes     int
}

func (p *Pages) proofPage(c *gin.Context, to string) (*proofPage, error) {
	if err := signedIn(c); err != nil {
		return nil, err
	}
	by := web.ActorFrom(c.Request.Context())
	a, err := p.store.Account(c.Request.Context(), by, by.Account)
	if err != nil {
		return nil, err
	}
	vouched, err := p.bondOf(c)
	if err != nil {
		return nil, err
	}
	return &proofPage{
		Page: p.shell.Page(c, "account.prove.title"), Vouched: vouched, Next: to, Email: a.Email, Codes: a.TOTPAt != nil,
		Provider: a.PasswordHash == "", Minutes: int(identity.ProofAge.Minutes()),
	}, nil
}

// proof answers GET /account/proof.
func (p *Pages) proof(c *gin.Context) error {
	page, err := p.proofPage(c, web.Local(c.Query("next")))
	if err != nil {
		return err
	}
	return p.shell.Show(c, "identity_proof", page)
}

// prove answers POST /account/proof.
func (p *Pages) prove(c *gin.Context) error {
	to := web.Local(c.PostForm("next"))
	page, err := p.proofPage(c, to)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	err = p.store.Prove(ctx, web.ActorFrom(ctx), p.shell.SessionToken(c), c.PostForm("password"), c.PostForm("code"))
	if err != nil {
		page.Faults = p.shell.Faults(c, err)
		return p.showAgain(c, err, "identity_proof", page)
	}
	if err := p.renew(c); err != nil {
		return err
	}
	return p.shell.Redirect(c, to, "")
}

// secondPage sets up codes of a device, or shows recovery codes.
type secondPage struct {
	web.Page
	Faults  web.Faults
	Picture template.HTML
	Key     string
	Codes   []string
	After   string
}

func (p *Pages) secondPage(c *gin.Context) (*secondPage, error) {
	if err := signedIn(c); err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	a, secret, err := p.store.OfferSecond(ctx, web.ActorFrom(ctx))
	if err != nil {
		return nil, err
	}
	page := &secondPage{Page: p.shell.Page(c, "account.totp.set_up"), Key: identity.KeyInWords(secret)}
	page.Picture, err = web.QR(identity.KeyAddress("Jard", a.Email, secret), page.T("account.totp.picture"))
	return page, err
}

// second answers GET /account/totp with the secret to scan or to type.
func (p *Pages) second(c *gin.Context) error {
	page, err := p.secondPage(c)
	if err != nil {
		return p.notNow(c, err)
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "identity_totp", page)
}

// notNow leads back to the account what cannot be done there as it stands.
func (p *Pages) notNow(c *gin.Context, err error) error {
	if all := fault.All(err); errors.Is(err, fault.Conflict) && len(all) > 0 {
		return p.shell.Redirect(c, "/account", all[0].Key)
	}
	return p.proofFirst(c, err, "/account/totp")
}

// confirmSecond answers POST /account/totp with the recovery codes, once.
func (p *Pages) confirmSecond(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	codes, err := p.store.ConfirmSecond(ctx, web.ActorFrom(ctx), p.shell.SessionToken(c), c.PostForm("code"))
	c.Header("Cache-Control", "no-store")
	if err != nil {
		if kind, _ := fault.KindOf(err); kind != fault.Invalid && kind != fault.Throttled {
			return p.notNow(c, err)
		}
		page, pageErr := p.secondPage(c)
		if pageErr != nil {
			return p.notNow(c, pageErr)
		}
		page.Faults = p.shell.Faults(c, err)
		return p.shell.ShowFault(c, err, "identity_totp", page)
	}
	if err := p.renew(c); err != nil {
		return err
	}
	return p.shell.Show(c, "identity_totp", secondPage{Page: p.shell.Page(c, "account.totp.is_on"), Codes: codes, After: "/account"})
}

type secondOffPage struct {
	web.Page
	Faults web.Faults
	Email  string
	Needed bool // by the role: it has to be set up again at once
}

func (p *Pages) secondOffPage(c *gin.Context) (*secondOffPage, error) {
	if err := signedIn(c); err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	by := web.ActorFrom(ctx)
	a, err := p.store.Account(ctx, by, by.Account)
	if err != nil {
		return nil, err
	}
	if a.TOTPAt == nil {
		return nil, fault.New(fault.Conflict, "account.totp.off_already")
	}
	return &secondOffPage{Page: p.shell.Page(c, "account.totp.turn_off"), Email: a.Email, Needed: p.store.Policy().NeedsTOTP(a)}, nil
}

// secondOff answers GET /account/totp/off.
func (p *Pages) secondOff(c *gin.Context) error {
	page, err := p.secondOffPage(c)
	if err != nil {
		return p.notNow(c, err)
	}
	return p.shell.Show(c, "identity_totp_off", page)
}

// endSecond answers POST /account/totp/off.
func (p *Pages) endSecond(c *gin.Context) error {
	page, err := p.secondOffPage(c)
	if err != nil {
		return p.notNow(c, err)
	}
	ctx := c.Request.Context()
	if err := p.store.EndSecond(ctx, web.ActorFrom(ctx), c.PostForm("password"), c.PostForm("code")); err != nil {
		page.Faults = p.shell.Faults(c, err)
		return p.showAgain(c, err, "identity_totp_off", page)
	}
	return p.shell.Redirect(c, "/account", "account.totp.is_off")
}

// renewRecovery answers POST /account/recovery with new codes, shown this once.
func (p *Pages) renewRecovery(c *gin.Context) error {
	if err := signedIn(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	codes, err := p.store.RenewRecovery(ctx, web.ActorFrom(ctx))
	if err != nil {
		return p.proofFirst(c, err, "/account")
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.Show(c, "identity_recovery", secondPage{Page: p.shell.Page(c, "account.recovery.title"), Codes: codes})
}
