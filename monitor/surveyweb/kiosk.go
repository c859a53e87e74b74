package surveyweb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// How long the screen waits, in seconds.
const (
	kioskThanks = 10 // before the next person may touch it
	kioskLeft   = 20 // where somebody began and went away
)

// kioskPage is a screen at a counter: one question, large, in two languages, so
// that nobody has to look for theirs.
type kioskPage struct {
	web.Page
	Service shown
	Ask     ask
	Second  lang.Tag // the language that stands below
	Said    []given  // what was answered on the screens before
	Key     string
	Action  string
	Thanks  bool
	Busy    bool
	Wait    int // seconds until it goes back by itself; 0 never
	Tongues []web.LanguageLink
	words   *locale.Catalogue
}

type given struct{ Code, Value string }

// In says a text in the language that stands below.
func (k kioskPage) In(x lang.Text) string { return x.In(k.Second) }

// Face says a face in the language that stands below.
func (k kioskPage) Face(n int) string { return k.Below(faceKey(n)) }

// Below says a sentence in the language that stands below.
func (k kioskPage) Below(key string) string { return k.words.T(k.Second, key) }

// kiosk answers GET /survey/{slug}/kiosk. It begins in Arabic.
func (p *Pages) kiosk(c *gin.Context) error {
	s, set, err := p.asks(c.Request.Context(), c.Param("slug"), survey.Kiosk)
	if err != nil {
		return err
	}
	if token := c.Query("k"); token != "" { // an address that holds no more is told at once, and not to who answers
		if _, err := p.store.KioskOf(c.Request.Context(), s.slug, token); err != nil {
			return err
		}
	}
	return p.showKiosk(c, s, set, nil, rand.Text())
}

// showKiosk shows the next question for a finger.
func (p *Pages) showKiosk(c *gin.Context, s shown, set *survey.Set, answers map[string]string, key string) error {
	page := p.kioskOf(c, s)
	page.Key = key
	next := nextTouch(set, answers)
	if next == nil {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	for _, a := range asksOf(page.Page, set, answers, web.Faults{}) {
		if a.Code == next.Code {
			page.Ask = a
		} else if a.Value != "" {
			page.Said = append(page.Said, given{a.Code, a.Value})
		}
	}
	if len(page.Said) > 0 {
		page.Wait = kioskLeft
	}
	return p.sendKiosk(c, http.StatusOK, page)
}

// nextTouch is the next question for a finger: those that must be answered, or
// the first one where none must.
func nextTouch(set *survey.Set, answers map[string]string) *survey.Question {
	var first *survey.Question
	for n := range set.Questions {
		q := &set.Questions[n]
		if q.Kind == survey.Text || !set.Asks(q, answers) {
			continue
		}
		if first == nil {
			first = q
		}
		if q.Required && answers[q.Code] == "" {
			return q
		}
	}
	if first != nil && len(answers) == 0 {
		return first
	}
	return nil
}

// touched answers POST /survey/{slug}/kiosk: a touch. The last one sends.
func (p *Pages) touched(c *gin.Context) error {
	ctx := c.Request.Context()
	s, set, err := p.asks(ctx, c.Param("slug"), survey.Kiosk)
	if err != nil {
		return err
	}
	form := read(c, set, survey.Kiosk)
	form.Language, form.Kiosk = p.kioskLang(c), c.Query("k")
	if nextTouch(set, form.Answers) != nil {
		return p.showKiosk(c, s, set, form.Answers, form.Key)
	}
	page := p.kioskOf(c, s)
	page.Thanks, page.Wait = true, kioskThanks
	_, err = p.store.Accept(ctx, &form, from(c))
	switch {
	case errors.Is(err, fault.Unavailable):
		page.Busy, page.Thanks = true, false
	case web.Correctable(err): // somebody changed the questions meanwhile
		return p.showKiosk(c, s, set, nil, rand.Text())
	case err != nil:
		return err
	}
	return p.sendKiosk(c, http.StatusOK, page)
}

// kioskLang is the screen's language: Arabic, unless its address says another.
func (p *Pages) kioskLang(c *gin.Context) lang.Tag {
	if asked := lang.Tag(c.Query("lang")); asked.Valid() {
		return asked
	}
	return lang.Arabic
}

func (p *Pages) kioskOf(c *gin.Context, s shown) kioskPage {
	tag := p.kioskLang(c)
	page := kioskPage{Page: p.shell.PageIn(c, tag, "surveyask.title"), Service: s, Second: lang.French}
	page.Title = p.shell.Words().T(tag, "surveyask.title_of", s.name.In(tag))
	if tag == lang.French {
		page.Second = lang.Arabic
	}
	page.words = p.shell.Words()
	page.Action, page.Tongues = tongues(c, survey.Kiosk, s.slug)
	if token := c.Query("k"); token != "" { // the screen keeps its own address
		page.Action = along(page.Action, "k", token)
		for n := range page.Tongues {
			page.Tongues[n].Href = along(page.Tongues[n].Href, "k", token)
		}
	}
	return page
}

func (p *Pages) sendKiosk(c *gin.Context, status int, page kioskPage) error {
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "same-origin") // the address is the screen's own
	if page.Wait > 0 {                         // browsers follow it without script; a screen that nobody owns has to go back by itself
		c.Header("Refresh", fmt.Sprintf("%d; url=%s", page.Wait, page.Action))
	}
	return p.shell.ShowBare(c, status, "survey_ask_kiosk", page)
}
