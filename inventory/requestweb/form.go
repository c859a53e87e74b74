package requestweb

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// How long a form may be open: nobody reads and writes in less than the one,
// and what is older than the other comes from a page somebody kept.
const (
	shortest = 3 * time.Second
	longest  = 24 * time.Hour
)

// messagePage is a form for people outside.
type messagePage struct {
	web.Page
	Faults       web.Faults
	Summary      web.Errors
	Form         request.Message
	Stamp        string
	Trap         string // what a program filled into the field that nobody sees
	Dataset      *inventory.Publication
	Institutions []web.Option
	Kinds        []web.Option
	Tongues      []web.Option
	Days         int
	Likes        []line // requests that seem to ask for the same
}

// blank answers GET /requests/new; ?q= is what somebody searched for in vain.
func (p *Pages) blank(c *gin.Context) error {
	form := request.Message{Kind: request.Data, Title: c.Query("q"), Institution: c.Query("institution")}.Clean()
	if r := []rune(form.Title); len(r) > request.MaxTitle {
		form.Title = string(r[:request.MaxTitle])
	}
	return p.showMessage(c, form, nil)
}

// blankFeedback answers GET /datasets/:ref/feedback.
func (p *Pages) blankFeedback(c *gin.Context) error {
	kind := request.Kind(c.Query("kind"))
	if !kind.Valid() || kind == request.Data {
		kind = request.Error
	}
	return p.showMessage(c, request.Message{Kind: kind, Dataset: c.Param("ref")}, nil)
}

// send answers POST /requests/new.
func (p *Pages) send(c *gin.Context) error {
	form := readMessage(c)
	form.Kind = request.Data
	return p.take(c, form)
}

// sendFeedback answers POST /datasets/:ref/feedback.
func (p *Pages) sendFeedback(c *gin.Context) error {
	form := readMessage(c)
	form.Dataset = c.Param("ref")
	if form.Kind == request.Data {
		form.Kind = "?" // there is another form for it
	}
	return p.take(c, form)
}

func readMessage(c *gin.Context) request.Message {
	return request.Message{
		Kind: request.Kind(c.PostForm("kind")), Institution: c.PostForm("institution"), Title: c.PostForm("title"),
		Text: c.PostForm("text"), Why: c.PostForm("why"), Language: lang.Tag(c.PostForm("language")),
		Email: c.PostForm("email"), Consent: c.PostForm("consent") == "true",
	}
}

// take hands a message in, or shows it again with what is wrong.
func (p *Pages) take(c *gin.Context, form request.Message) error {
	ctx := c.Request.Context()
	key, err := p.store.FormKey(ctx)
	if err != nil {
		return err
	}
	if d, err := p.about(ctx, form); err != nil {
		return err
	} else if d != nil {
		form.Dataset = d.Ref
	}
	wrong := errors.Join(form.Clean().Check(), trapped(c.PostForm("website")), p.stamped(key, c.PostForm("stamp")))
	if wrong != nil {
		return p.showMessage(c, form, wrong)
	}
	_, secret, err := p.store.Submit(ctx, form, c.ClientIP())
	if web.Correctable(err) || errors.Is(err, fault.Throttled) {
		return p.showMessage(c, form, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/requests/follow/"+secret, "request.sent")
}

// trapped refuses what fills in a field that people do not see.
func trapped(filled string) error {
	if filled != "" {
		return fault.At("website", "request.trap")
	}
	return nil
}

// about returns the dataset that feedback is about; nil for a request.
func (p *Pages) about(ctx context.Context, form request.Message) (*inventory.Publication, error) {
	if form.Kind == request.Data {
		return nil, nil
	}
	d, err := p.register.Publication(ctx, form.Dataset)
	if err != nil {
		return nil, err
	}
	if !d.Live() {
		return nil, fault.New(fault.Gone, "request.dataset.gone")
	}
	return d, nil
}

// showMessage shows a form with what was typed and what is wrong in it.
func (p *Pages) showMessage(c *gin.Context, form request.Message, wrong error) error {
	ctx := c.Request.Context()
	title := "request.new.title"
	if form.Kind != request.Data {
		title = "request.feedback.title"
	}
	page := messagePage{Page: p.shell.Page(c, title), Form: form, Tongues: languageOptions(), Trap: c.PostForm("website")}
	var err error
	if page.Dataset, err = p.about(ctx, form); err != nil {
		return err
	}
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	if page.Form.Language == "" {
		page.Form.Language = page.Lang
	}
	page.Institutions, page.Kinds = w.institutionOptions("request.institution.unsure"), kindOptions(page.Page)
	page.Days = w.tools.Rules.Days(form.Kind)
	if form.Kind == request.Data && form.Title != "" {
		if page.Likes, err = p.likes(ctx, w, form.Title); err != nil {
			return err
		}
	}
	if page.Stamp, err = p.stampFor(c, wrong); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	template := "request_new"
	if form.Kind != request.Data {
		template = "request_feedback"
	}
	if wrong == nil {
		return p.shell.Show(c, template, page)
	}
	page.Faults = p.shell.Faults(c, wrong)
	text := "request.field.text"
	if form.Kind != request.Data {
		text = "request.field.message"
	}
	page.Summary = page.Errors(page.Faults, "title", "request.field.title", "text", text, "why", "request.field.why",
		"email", "request.field.email", "kind", "request.field.kind", "language", "request.field.language",
		"institution", "request.field.institution")
	return p.shell.ShowFault(c, wrong, template, page)
}

// likes lists public requests that seem to ask for what was typed.
func (p *Pages) likes(ctx context.Context, w words, title string) ([]line, error) {
	found, err := p.store.Alike(ctx, "", request.Stems(title))
	if err != nil {
		return nil, err
	}
	var lines []line
	for n := range found[:min(len(found), 3)] {
		lines = append(lines, w.line(&found[n].Request))
	}
	return lines, nil
}

// stampFor is the stamp of the form: the one it came with while that is good,
// else a new one. Who shows us what they typed need not wait again.
func (p *Pages) stampFor(c *gin.Context, wrong error) (string, error) {
	key, err := p.store.FormKey(c.Request.Context())
	if err != nil {
		return "", err
	}
	at := p.now()
	if wrong != nil {
		if came := c.PostForm("stamp"); p.stamped(key, came) == nil || tooQuick(p.stamped(key, came)) {
			return came, nil
		}
		at = at.Add(-shortest)
	}
	return stamp(key, at), nil
}

// stamp says when a form was opened, so that nobody can claim another moment.
func stamp(key string, at time.Time) string {
	moment := strconv.FormatInt(at.UnixMilli(), 10)
	sum := hmac.New(sha256.New, []byte(key))
	sum.Write([]byte(moment))
	return moment + "." + hex.EncodeToString(sum.Sum(nil))
}

// stamped refuses a form that was filled in quicker than anybody writes, or
// that is not one of ours.
func (p *Pages) stamped(key, came string) error {
	moment, _, _ := strings.Cut(came, ".")
	millis, err := strconv.ParseInt(moment, 10, 64)
	at := time.UnixMilli(millis)
	age := p.now().Sub(at)
	switch {
	case err != nil, !hmac.Equal([]byte(stamp(key, at)), []byte(came)), age > longest, age < 0:
		return fault.New(fault.Invalid, "request.form_old")
	case age < shortest:
		return fault.New(fault.Invalid, "request.too_quick")
	}
	return nil
}

func tooQuick(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Key == "request.too_quick"
}
