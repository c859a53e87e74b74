package surveyweb

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
)

// askPage is the page that asks.
type askPage struct {
	web.Page
	Service   shown
	Set       *survey.Set
	Asks      []ask
	Faults    web.Faults
	Summary   web.Errors
	Token     string
	Key       string
	Began     string
	Trap      string
	At        string // the question that a reader with script was at
	Action    string
	Tongues   []web.LanguageLink
	Notice    told
	Verifying bool // a token came along
	Failed    bool // the service has just failed them
	Seconds   int  // what it takes, roughly
}

// ask is one question as it is shown.
type ask struct {
	survey.Question
	Number, Of int
	Value      string
	Points     []point
	Errors     []string
	Asked      bool // by what was answered so far
	Wide       bool // more points than fit into one row of a phone
}

// point is one that may be chosen. Face is 1 to 3 for faces, the worst first.
type point struct {
	Value, Label string
	Face         int
	Chosen       bool
}

// ID is where the summary of faults leads.
func (a ask) ID() string { return web.FieldID("answers." + a.Code) }

// eachTakes is how many seconds a question takes, words apart.
const eachTakes = 5

// asked answers GET /survey/{slug} and /survey/{slug}/qr.
func (p *Pages) asked(channel survey.Channel) func(*gin.Context) error {
	return func(c *gin.Context) error {
		s, set, err := p.asks(c.Request.Context(), c.Param("slug"), channel)
		if err != nil {
			return err
		}
		began, err := p.store.Seal(c.Request.Context(), s.slug)
		if err != nil {
			return err
		}
		form := survey.Form{Channel: channel, Token: c.Query("token"), Key: rand.Text(), Answers: map[string]string{}}
		return p.showAsk(c, s, set, &form, began, nil)
	}
}

// showAsk shows the questions, with what was answered so far.
func (p *Pages) showAsk(c *gin.Context, s shown, set *survey.Set, form *survey.Form, began string, err error) error {
	page := askPage{
		Page: p.shell.Page(c, "surveyask.title"), Service: s, Set: set, Token: form.Token, Key: form.Key, Began: began, Trap: form.Trap,
		At: c.PostForm("at"), Notice: notice(), Verifying: form.Token != "", Failed: c.Query("outcome") == "failure",
	}
	page.Title = p.shell.Words().T(page.Lang, "surveyask.title_of", s.name.In(page.Lang))
	page.Faults = p.shell.Faults(c, err)
	page.Asks = asksOf(page.Page, set, form.Answers, page.Faults)
	page.Summary = summary(page.Page, page.Faults, set)
	page.Action, page.Tongues = tongues(c, form.Channel, s.slug)
	if office := c.Query("office"); office != "" {
		page.Action = along(page.Action, "office", office)
	}
	for _, a := range page.Asks {
		if a.Required {
			page.Seconds += eachTakes
		}
	}
	c.Header("Referrer-Policy", "same-origin") // a token may stand in the address
	c.Header("Cache-Control", "private, no-cache")
	if err == nil {
		return p.shell.ShowBare(c, http.StatusOK, "survey_ask_page", page)
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.ShowBare(c, web.StatusOf(err), "survey_ask_page", page)
}

// asksOf makes questions of a set, with what was answered.
func asksOf(page web.Page, set *survey.Set, answers map[string]string, faults web.Faults) []ask {
	all := make([]ask, len(set.Questions))
	for n := range set.Questions {
		q := &set.Questions[n]
		a := ask{
			Question: *q, Number: n + 1, Of: len(set.Questions), Value: answers[q.Code], Asked: set.Asks(q, answers),
			Errors: faults.For("answers." + q.Code), Wide: q.Levels() > 7,
		}
		a.Points = pointsOf(page, q, a.Value)
		all[n] = a
	}
	return all
}

func pointsOf(page web.Page, q *survey.Question, value string) []point {
	var all []point
	for _, o := range q.Choices {
		all = append(all, point{Value: o.Code, Label: o.Text.In(page.Lang), Chosen: o.Code == value})
	}
	for n := range q.Levels() {
		said := strconv.Itoa(n + q.Least())
		one := point{Value: said, Label: said, Chosen: said == value}
		if q.Kind == survey.Faces {
			one.Face, one.Label = n+1, page.T(faceKey(n+1))
		}
		all = append(all, one)
	}
	return all
}

// faceKey names the sentence that says a face.
func faceKey(n int) string {
	return []string{"surveyask.face.1", "surveyask.face.2", "surveyask.face.3"}[n-1]
}

// summary names the question of each fault.
func summary(page web.Page, faults web.Faults, set *survey.Set) web.Errors {
	all := page.Errors(faults)
	for n, l := range all.Lines {
		if q := set.Question(strings.TrimPrefix(l.Field, "answers.")); q != nil {
			all.Lines[n].Message = page.T("web.form.fault", q.Text.In(page.Lang), l.Message)
		}
	}
	return all
}

// tongues are where the form is sent, and where it is sent to be shown in
// another language. The language stands in the address: no cookie keeps it.
func tongues(c *gin.Context, channel survey.Channel, slug string) (action string, all []web.LanguageLink) {
	path := "/survey/" + url.PathEscape(slug)
	if channel == survey.QR {
		path += "/qr"
	}
	if channel == survey.Kiosk {
		path += "/kiosk"
	}
	spoken := web.LangFrom(c.Request.Context())
	for _, tag := range lang.All() {
		all = append(all, web.LanguageLink{
			Tag: tag, Name: tongue(tag), Href: path + "?lang=" + string(tag), Current: tag == spoken,
		})
	}
	return path + "?lang=" + string(spoken), all
}

// along adds a value to an address that has some.
func along(address, name, value string) string {
	return address + "&" + url.Values{name: {value}}.Encode()
}

func tongue(tag lang.Tag) string {
	return map[lang.Tag]string{lang.French: "Français", lang.Arabic: "العربية", lang.English: "English"}[tag]
}

// answered answers POST /survey/{slug} and /survey/{slug}/qr: an answer, or the
// same questions in another language with what was answered so far.
func (p *Pages) answered(channel survey.Channel) func(*gin.Context) error {
	return func(c *gin.Context) error {
		ctx := c.Request.Context()
		s, set, err := p.asks(ctx, c.Param("slug"), channel)
		if err != nil {
			return err
		}
		form := read(c, set, channel)
		began := c.PostForm("began")
		if c.PostForm("act") == "speak" {
			return p.showAsk(c, s, set, &form, began, nil)
		}
		if form.Took, err = p.store.Since(ctx, s.slug, began); err != nil {
			return err
		}
		receipt, err := p.store.Accept(ctx, &form, from(c))
		if again(err) {
			if ofToken(err) { // they may answer without it
				form.Token = ""
			}
			return p.showAsk(c, s, set, &form, began, err)
		}
		if err != nil {
			return err
		}
		return p.thank(c, thanks{Service: s, Verified: receipt.Verified, Key: form.Key, More: form.Answers[textOf(set)] == "" && textOf(set) != ""})
	}
}

// again tells whether the form is to be shown again: something in it is wrong,
// a token was used before, or too many send at once.
func again(err error) bool {
	return err != nil && (web.Correctable(err) || errors.Is(err, fault.Conflict) || errors.Is(err, fault.Unavailable))
}

// ofToken tells whether only the token was refused.
func ofToken(err error) bool {
	all := fault.All(err)
	return len(all) == 1 && all[0].Field == "token"
}

// textOf is the code of the question in one's own words; empty when there is none.
func textOf(set *survey.Set) string {
	for n := range set.Questions {
		if set.Questions[n].Kind == survey.Text {
			return set.Questions[n].Code
		}
	}
	return ""
}

// read reads a form: the set's questions and nothing else.
func read(c *gin.Context, set *survey.Set, channel survey.Channel) survey.Form {
	form := survey.Form{
		Service: c.Param("slug"), Channel: channel, Language: web.LangFrom(c.Request.Context()), Answers: map[string]string{},
		Trap: c.PostForm("website"), Token: strings.TrimSpace(c.PostForm("token")), Key: c.PostForm("key"), Took: -1,
		Office: c.Query("office"),
	}
	for n := range set.Questions {
		code := set.Questions[n].Code
		if said, there := c.GetPostForm("answers." + code); there {
			form.Answers[code] = said
		}
	}
	return form
}

// thanks is the page after an answer.
type thanks struct {
	web.Page
	Service  shown
	Verified bool
	More     bool // nothing was said in words yet
	Said     bool // it is now
	Key      string
	Words    string
	Faults   web.Faults
	Summary  web.Errors
	Action   string
	Back     string // the service's own address
}

func (p *Pages) thank(c *gin.Context, page thanks) error {
	page.Page = p.shell.Page(c, "surveyask.thanks.title")
	page.Action = "/survey/" + url.PathEscape(page.Service.slug) + "/more?lang=" + string(page.Lang)
	if u, err := url.Parse(page.Service.url); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
		page.Back = page.Service.url
	}
	status := http.StatusOK
	if page.Faults.Any() {
		status = http.StatusUnprocessableEntity
		page.Summary = page.Errors(page.Faults)
	}
	c.Header("Cache-Control", "no-store")
	return p.shell.ShowBare(c, status, "survey_ask_thanks", page)
}

// more answers POST /survey/{slug}/more: words after the answer.
func (p *Pages) more(c *gin.Context) error {
	ctx := c.Request.Context()
	s, err := p.service(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	page := thanks{Service: s, Key: c.PostForm("key"), Words: c.PostForm("comment")}
	err = p.store.Later(ctx, s.slug, page.Key, page.Words)
	switch {
	case err == nil:
		page.Said = true
	case web.Correctable(err):
		page.More, page.Faults = true, p.shell.Faults(c, err)
	default:
		return err
	}
	return p.thank(c, page)
}

// Name is the service's, in a language.
func (s shown) Name() lang.Text { return s.name }

// Slug is the service's.
func (s shown) Slug() string { return s.slug }
