package requestweb

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/web"
)

// supportCookie lets the same browser say "me too" once. It names nobody and
// is stored as a hash.
const supportCookie = "jard_support"

// support answers POST /requests/:ref/support.
func (p *Pages) support(c *gin.Context) error {
	ref := c.Param("ref")
	if err := trapped(c.PostForm("website")); err != nil {
		return p.showPublic(c, err)
	}
	secret, err := p.store.Support(c.Request.Context(), ref, requestdb.Supporter{
		Cookie: p.browser(c), Address: c.ClientIP(), Email: strings.TrimSpace(c.PostForm("email")),
		Consent: c.PostForm("consent") == "true", Language: web.LangFrom(c.Request.Context()),
	})
	if kind, ok := fault.KindOf(err); ok && (kind == fault.Invalid || kind == fault.Conflict || kind == fault.Throttled) {
		return p.showPublic(c, err)
	}
	if err != nil {
		return err
	}
	if secret != "" {
		return p.shell.Redirect(c, "/requests/follow/"+secret, "request.support.told")
	}
	return p.shell.Redirect(c, "/requests/"+ref, "request.support.done")
}

// browser returns the mark of the caller's browser, giving it one when it has none.
func (p *Pages) browser(c *gin.Context) string {
	if v, err := c.Cookie(supportCookie); err == nil && len(v) >= 20 && len(v) <= 100 {
		return v
	}
	v := rand.Text()
	const year = 365 * 24 * time.Hour
	http.SetCookie(c.Writer, &http.Cookie{
		Name: supportCookie, Value: v, Path: "/requests", MaxAge: int(year.Seconds()), HttpOnly: true,
		Secure: strings.HasPrefix(p.shell.URL("/"), "https:"), SameSite: http.SameSiteLaxMode,
	})
	return v
}

// ownPage is a message as whoever sent or follows it sees it.
type ownPage struct {
	web.Page
	Story   story
	Secret  string // the address of this page
	Action  string
	Mine    bool // the asker's, not a follower's
	Address string
	Erased  *time.Time
	Kept    int    // days an address is kept after the end
	Until   string // the day it will be erased, once there is an end
	Refusal string
	Public  string // where everybody sees it; empty while nobody does
}

// own answers GET /requests/follow/:token.
func (p *Pages) own(c *gin.Context) error {
	ctx := c.Request.Context()
	found, err := p.store.ByToken(ctx, c.Param("token"))
	if err != nil {
		return err
	}
	r := found.Request
	page := ownPage{
		Page: p.shell.Page(c, "request.own.title", r.Ref), Mine: found.Person.Role == request.Asker,
		Kept: int(request.Kept.Hours() / 24), Erased: found.Person.ErasedAt,
	}
	path := "/requests/follow/" + c.Param("token")
	page.Secret, page.Action = p.shell.URL(path), path+"/erasure"
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	page.Story = p.story(c, w, &r, found.Events)
	if page.Mine && page.Story.Text == "" && page.Story.Title == "" {
		page.Story.Title, page.Story.Text = r.Title, r.Text // not public yet, and her own words
	}
	if found.Person.Email != "" {
		page.Address = masked(found.Person.Email)
	}
	if r.FinalAt != nil && page.Address != "" {
		page.Until = page.Date(r.FinalAt.Add(request.Kept))
	}
	if r.State == request.Refused {
		page.Refusal = page.T("request.refusal." + string(r.Refusal))
	}
	if r.State.Public() {
		page.Public = "/requests/" + r.Ref
	}
	private(c)
	return p.shell.Show(c, "request_own", page)
}

// private keeps a page out of caches, search engines and the addresses that
// browsers pass on.
func private(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex, nofollow")
	c.Header("Referrer-Policy", web.NoPath)
}

// masked shows enough of an address for its holder to know it.
func masked(email string) string {
	name, domain, _ := strings.Cut(email, "@")
	first := []rune(name)
	if len(first) == 0 {
		return "…"
	}
	return string(first[:1]) + "…@" + domain
}

// erase answers POST /requests/follow/:token/erasure.
func (p *Pages) erase(c *gin.Context) error {
	if err := p.store.Erase(c.Request.Context(), c.Param("token")); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/requests/follow/"+c.Param("token"), "request.own.erased")
}

// shownAgain tells whether err should be shown on the page it came from, with
// everything that was typed.
func shownAgain(err error) bool {
	return web.Correctable(err) || errors.Is(err, fault.Conflict) || errors.Is(err, fault.Stale)
}
