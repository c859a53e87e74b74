package surveyweb

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// deskPage is where a department says what its service asks, and takes along
// what makes people answer: a line for its pages, a poster, a screen, tokens.
type deskPage struct {
	web.Page
	Service  *monitor.Service
	Asking   survey.Asking
	Sets     []web.Option
	Quicks   []web.Option
	Faults   web.Faults
	Summary  web.Errors
	Snippet  string
	Address  string
	Poster   string
	Kiosk    string
	Secret   string // of a new key, shown this once
	Number   int    // of that key
	Public   bool   // the service is one that people know of
	Count    string // of tokens asked for
	Revision int64
}

// desk answers GET /desk/services/{slug}/ask.
func (p *Pages) desk(c *gin.Context) error {
	_, v, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	asking, err := p.store.Asking(c.Request.Context(), slug)
	if err != nil {
		return err
	}
	return p.showDesk(c, deskPage{Service: v, Asking: asking, Revision: asking.Revision}, nil)
}

func (p *Pages) showDesk(c *gin.Context, page deskPage, err error) error {
	sets, failed := p.store.Sets(c.Request.Context())
	if failed != nil {
		return failed
	}
	page.Page = p.shell.Page(c, "surveyask.desk.title")
	for _, row := range sets {
		label := row.Body.Title.In(page.Lang) + " (\u2066" + row.Body.Key() + "\u2069)" // an option takes no <bdi>
		page.Sets = append(page.Sets, web.Option{Value: row.Name, Label: label, Chosen: row.Name == page.Asking.Set})
		page.Quicks = append(page.Quicks, web.Option{Value: row.Name, Label: label, Chosen: row.Name == page.Asking.Quick})
	}
	page.Faults = p.shell.Faults(c, err)
	page.Summary = page.Errors(page.Faults, "set", "surveyask.desk.set", "quick", "surveyask.desk.quick", "pinned", "surveyask.desk.pinned",
		"token_days", "surveyask.desk.token_days", "count", "surveyask.desk.count")
	slug := url.PathEscape(page.Service.Slug)
	page.Address, page.Poster, page.Kiosk = p.shell.URL("/survey/"+slug), "/desk/services/"+slug+"/poster", p.shell.URL("/survey/"+slug+"/kiosk")
	page.Snippet = fmt.Sprintf(`<script src="%s" data-service="%s" defer></script>`, p.shell.URL("/survey/widget.js"), page.Service.Slug)
	page.Public = page.Service.Public()
	if page.Count == "" {
		page.Count = "100"
	}
	if page.Secret != "" {
		c.Header("Cache-Control", "no-store")
	}
	if err != nil {
		return p.shell.ShowFault(c, err, "survey_ask_desk", page)
	}
	return p.shell.Show(c, "survey_ask_desk", page)
}

// choose answers POST /desk/services/{slug}/ask.
func (p *Pages) choose(c *gin.Context) error {
	by, v, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	want := survey.Asking{
		Service: slug, Institution: v.Institution, Open: c.PostForm("open") == "true", Set: c.PostForm("set"), Quick: c.PostForm("quick"),
		Pinned: number(c.PostForm("pinned"), 0), TokenDays: number(c.PostForm("token_days"), survey.DefaultTokenDays),
	}
	revision, _ := strconv.ParseInt(c.PostForm("revision"), 10, 64)
	_, err = p.store.Choose(c.Request.Context(), by, want, revision)
	if web.Correctable(err) {
		return p.showDesk(c, deskPage{Service: v, Asking: want, Revision: revision}, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/ask", "surveyask.desk.saved")
}

// number reads a whole number; empty is the usual one, nonsense none that is allowed.
func number(typed string, usual int) int {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return usual
	}
	n, err := strconv.Atoi(typed)
	if err != nil {
		return -1
	}
	return n
}

// newKey answers POST /desk/services/{slug}/ask/key: the secret is shown this once.
func (p *Pages) newKey(c *gin.Context) error {
	by, v, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	key, err := p.store.NewKey(c.Request.Context(), by, slug)
	if err != nil {
		return err
	}
	asking, err := p.store.Asking(c.Request.Context(), slug)
	if err != nil {
		return err
	}
	return p.showDesk(c, deskPage{
		Service: v, Asking: asking, Revision: asking.Revision, Secret: hex.EncodeToString(key.Secret), Number: key.Number,
	}, nil)
}

// revoke answers POST /desk/services/{slug}/ask/revoke.
func (p *Pages) revoke(c *gin.Context) error {
	by, _, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	if err := p.store.Revoke(c.Request.Context(), by, slug); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/ask", "surveyask.desk.revoked")
}

// mint answers POST /desk/services/{slug}/ask/tokens: a file of addresses, one
// for each person, to be handed out at the end of a procedure.
func (p *Pages) mint(c *gin.Context) error {
	by, v, slug, err := p.mine(c)
	if err != nil {
		return err
	}
	tokens, err := p.store.Mint(c.Request.Context(), by, slug, number(c.PostForm("count"), 0))
	if web.Correctable(err) {
		asking, failed := p.store.Asking(c.Request.Context(), slug)
		if failed != nil {
			return failed
		}
		return p.showDesk(c, deskPage{Service: v, Asking: asking, Revision: asking.Revision, Count: c.PostForm("count")}, err)
	}
	if err != nil {
		return err
	}
	var file strings.Builder
	file.WriteString("token,url\n")
	for _, token := range tokens {
		file.WriteString(token + "," + p.answerAt(slug, token, "") + "\n")
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="tokens-`+slug+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", []byte(file.String()))
	return nil
}

// answerAt is where somebody who holds a token answers.
func (p *Pages) answerAt(slug, token string, tag lang.Tag) string {
	q := url.Values{"token": {token}}
	if tag != "" {
		q.Set("lang", string(tag))
	}
	return p.shell.URL("/survey/"+url.PathEscape(slug)) + "?" + q.Encode()
}
