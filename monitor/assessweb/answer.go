package assessweb

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// answerPage is one form: /desk/services/{slug}/assessment/answers/{measure}.
type answerPage struct {
	web.Page
	Faults    web.Faults
	Service   *monitor.Service
	Measure   assess.Measure
	Name      string
	Help      string
	Criterion lang.Text
	Code      string
	Advice    lang.Text
	Goal      string
	Red       string
	Words     []web.Option // of a measure in words
	UnitWord  string
	Form      answerForm
	Stored    *assess.Answer // nil: nothing was answered
	Mark      web.Mark
	Value     string
	Own       bool // the actor gave it
	CanWork   bool
	CanJudge  bool
	Next      *formLine // what comes after it
}

// answerForm is what is typed.
type answerForm struct {
	Word     string
	Value    string
	Link     string
	File     string
	Hash     string // of the document kept here
	Note     string
	Comment  string
	Revision int64
}

// scale is how many of a measure's unit one unit of the form is: shares are
// typed in per cent, times in minutes.
func scale(m assess.Measure) float64 {
	switch unit, _ := m.Unit(); unit {
	case assess.Ratio:
		return 0.01
	case assess.Seconds:
		return 60
	}
	return 1
}

// said reads the form; what is no number stays none, so that the rule says so.
func (f answerForm) said(m assess.Measure) assess.Said {
	out := assess.Said{Word: f.Word, Link: f.Link, File: f.File, Hash: f.Hash, Note: f.Note}
	if unit, _ := m.Unit(); unit == assess.Word {
		return out
	}
	out.Word, out.Value = "", typedNumber(f.Value)*scale(m)
	return out
}

// typedNumber reads a number as people in Tunisia type it: 1 234,5 or 1234.5.
func typedNumber(typed string) float64 {
	typed = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(strings.TrimSpace(typed))
	v, err := strconv.ParseFloat(typed, 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// retold says what is wrong in the units of the form rather than those of the rule.
func retold(err error) error {
	var faults []error
	for _, f := range fault.All(err) {
		if f.Key == "assess.answer.ratio" {
			f = fault.At(f.Field, "assessdesk.answer.percent")
		}
		faults = append(faults, f)
	}
	if len(faults) == 0 {
		return err
	}
	return errors.Join(faults...)
}

// formOf fills the form with what is stored.
func formOf(a *assess.Answer) answerForm {
	f := answerForm{Word: a.Word, Link: a.Link, File: a.File, Hash: a.FileHash, Note: a.Note, Revision: a.Revision}
	if unit, _ := a.Measure.Unit(); unit != assess.Word {
		f.Value = strconv.FormatFloat(math.Round(a.Value/scale(a.Measure)*1e6)/1e6, 'f', -1, 64)
	}
	return f
}

// answer answers GET …/answers/{measure}.
func (p *Pages) answer(c *gin.Context) error { return p.showAnswer(c, nil, nil) }

// saveAnswer answers POST …/answers/{measure}: giving, confirming, returning.
func (p *Pages) saveAnswer(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	ctx, slug, m := c.Request.Context(), c.Param("slug"), assess.Measure(c.Param("measure"))
	form := answerForm{
		Word: c.PostForm("word"), Value: c.PostForm("value"), Link: c.PostForm("link"), File: c.PostForm("file"), Note: c.PostForm("note"),
		Comment: c.PostForm("comment"), Revision: revisionOf(c),
	}
	flash := "assessdesk.flash.answered"
	switch c.PostForm("do") {
	case "confirm":
		flash = "assessdesk.flash.confirmed"
		_, err = p.store.Confirm(ctx, by, slug, m, form.Revision)
	case "return":
		flash = "assessdesk.flash.returned"
		_, err = p.store.Return(ctx, by, slug, m, form.Comment, form.Revision)
	default:
		err = p.give(c, by, m, &form)
	}
	if err != nil {
		if !again(err) {
			return err
		}
		return p.showAnswer(c, &form, retold(err))
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/assessment/answers/"+string(m), flash)
}

// give answers a measure, with the document that was sent along, or the one
// that was kept before when its name still stands there.
func (p *Pages) give(c *gin.Context, by identity.Actor, m assess.Measure, form *answerForm) error {
	ctx, slug := c.Request.Context(), c.Param("slug")
	name, data, err := documentOf(c)
	if err != nil {
		return err
	}
	if data != nil {
		_, err = p.store.GiveShown(ctx, by, slug, m, form.said(m), name, data, form.Revision)
		return err
	}
	if form.Hash = ""; form.File != "" {
		answers, err := p.store.Answers(ctx, by, slug)
		if err != nil {
			return err
		}
		for n := range answers {
			if answers[n].Measure == m && answers[n].File == form.File {
				form.Hash = answers[n].FileHash
			}
		}
	}
	_, err = p.store.Give(ctx, by, slug, m, form.said(m), form.Revision)
	return err
}

// showAnswer shows the form, again with what was typed when that was wrong.
func (p *Pages) showAnswer(c *gin.Context, typed *answerForm, wrong error) error {
	ctx := c.Request.Context()
	by, v, err := p.readable(c)
	if err != nil {
		return err
	}
	set, err := p.store.InForce(ctx)
	if err != nil {
		return err
	}
	m := assess.Measure(c.Param("measure"))
	if _, known := set.Asked(m); !known {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	answers, err := p.store.Answers(ctx, by, v.Slug)
	if err != nil {
		return err
	}
	page := &answerPage{
		Page: p.shell.Page(c, "assessdesk.own.title"), Faults: p.shell.Faults(c, wrong), Service: v, Measure: m,
		CanWork: by.May(identity.AssessService, v.Institution), CanJudge: by.May(identity.JudgeAssessment, v.Institution),
	}
	page.fill(set, answers, by, p.now())
	if typed == nil {
		return p.shell.Show(c, "assess_answer", page)
	}
	if typed.Revision >= 0 && page.Stored != nil && c.PostForm("do") != "" && c.PostForm("do") != "give" {
		typed.Word, typed.Value, typed.Link, typed.File, typed.Note = page.Form.Word, page.Form.Value, page.Form.Link, page.Form.File, page.Form.Note
	}
	typed.Revision = page.Form.Revision // what is shown now is what the next step stands on
	page.Form = *typed
	return p.shell.ShowFault(c, wrong, "assess_answer", page)
}

// fill shows what is asked and what was answered.
func (page *answerPage) fill(set *assess.Set, answers []assess.Answer, by identity.Actor, now time.Time) {
	m := page.Measure
	page.Name = measureName(page.Page, m)
	if key := "assessdesk.help." + string(m); page.Has(key) {
		page.Help = page.T(key)
	}
	page.Title = page.T("assessdesk.answer.of", page.Name, page.Text(page.Service.Name))
	if unit, _ := m.Unit(); unit == assess.Word {
		for _, w := range assess.Words() {
			page.Words = append(page.Words, web.Option{Value: w, Label: page.T("assess.word." + w)})
		}
	} else {
		page.UnitWord = page.T("assessdesk.unit_typed." + string(unit))
	}
	for n := range set.Criteria {
		c := &set.Criteria[n]
		for _, part := range c.Parts() {
			if part.Measure == m && c.Kind == assess.Form {
				page.Criterion, page.Code, page.Advice = c.Title, c.Code, c.Advice
				page.Goal, page.Red = line(page.Page, m, part.Green), line(page.Page, m, part.Red)
			}
		}
	}
	forms := formsOf(page.Page, set, answers, now)
	for n := range forms {
		if forms[n].Measure == m {
			page.Mark, page.Value = forms[n].Mark, forms[n].Value
		} else if page.Next == nil && forms[n].Urgent < 3 {
			page.Next = &forms[n]
		}
	}
	for n := range answers {
		if answers[n].Measure == m {
			page.Stored, page.Form = &answers[n], formOf(&answers[n])
			page.Own = by.Account != "" && answers[n].GivenBy == by.Account
		}
	}
}
