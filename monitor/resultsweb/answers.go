package resultsweb

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// answersShown is how many answers stand on a page.
const answersShown = 50

// answersPage is /desk/services/{slug}/answers.
type answersPage struct {
	web.Page
	Tabs    tabs
	Faults  web.Faults
	Q       string
	Only    string // words, waiting or empty
	Flag    string
	Days    int
	Onlys   []web.Option
	Flags   []web.Option
	Spans   []web.Option
	Rows    []answerRow
	Odd     []apartRow
	OddAll  string
	Bursts  []burstRow
	Pager   web.Pager
	Nothing web.Empty
	MayEdit bool
	Asking  int64  // the answer whose words are to be erased
	Reason  string // as it was typed
	Query   string // of this list, to come back to
}

// answerRow is one answer.
type answerRow struct {
	ID        int64
	At        time.Time
	Where     string
	Given     []given
	Comment   string
	Lang, Dir string
	Flags     []string
	Apart     bool
	Verified  bool
	Weight    string // where it is less than 1
	Treated   time.Time
	Erasing   bool
}

// given is what somebody answered to a question.
type given struct{ Question, Answer string }

type burstRow struct {
	Start    time.Time
	Released bool
	Most     int64
}

// answers answers GET /desk/services/{slug}/answers.
func (p *Pages) answers(c *gin.Context) error { return p.showAnswers(c, 0, "", nil) }

func (p *Pages) showAnswers(c *gin.Context, erasing int64, reason string, failed error) error {
	ctx := c.Request.Context()
	by, v, err := p.mine(c, identity.ReadAnswers)
	if err != nil {
		return err
	}
	page := &answersPage{
		Page: p.shell.Page(c, "surveydesk.answers.title", v.Name.In(web.LangFrom(ctx))), Tabs: tabsOf(by, v, "answers"),
		Q: ask(c, "q"), Only: ask(c, "only"), Flag: ask(c, "flag"), Days: spanOf(ask(c, "days")), Asking: erasing, Reason: reason,
		MayEdit: by.May(identity.ManageSurveys, v.Institution), Faults: p.shell.Faults(c, failed),
	}
	page.choices()
	w := surveydb.Wanted{
		Service: v.Slug, To: p.now().Add(time.Second), Text: page.Q, Flag: survey.Flag(page.Flag), Limit: answersShown + 1,
		WithWords: page.Only == "words" || page.Only == "waiting", Waiting: page.Only == "waiting",
	}
	w.From = p.now().AddDate(0, 0, -page.Days)
	w.Before, _ = strconv.ParseInt(ask(c, "before"), 10, 64)
	if err := p.fillAnswers(ctx, page, by, w); err != nil {
		return err
	}
	if failed != nil {
		return p.shell.ShowFault(c, failed, "survey_desk_answers", page)
	}
	return p.shell.Show(c, "survey_desk_answers", page)
}

// ask reads a value of the list's address, also where a form carries it along.
func ask(c *gin.Context, name string) string {
	if c.Request.Method != "POST" {
		return c.Query(name)
	}
	q, err := url.ParseQuery(c.PostForm("list"))
	if err != nil {
		return ""
	}
	return q.Get(name)
}

func (page *answersPage) choices() {
	page.Onlys = []web.Option{{Label: page.T("surveydesk.answers.all")}}
	for _, only := range []string{"words", "waiting"} {
		page.Onlys = append(page.Onlys, web.Option{Value: only, Label: page.T("surveydesk.answers." + only), Chosen: page.Only == only})
	}
	page.Flags = []web.Option{{Label: page.T("surveydesk.answers.any_flag")}}
	for _, f := range flagList() {
		page.Flags = append(page.Flags, web.Option{Value: string(f), Label: page.T("surveydesk.flag." + string(f)), Chosen: page.Flag == string(f)})
	}
	if !slices.Contains(flagList(), survey.Flag(page.Flag)) {
		page.Flag = ""
	}
	for _, days := range spans() {
		page.Spans = append(page.Spans, web.Option{Value: strconv.Itoa(days), Label: page.T("surveydesk.span", days), Chosen: days == page.Days})
	}
	page.Nothing = page.Empty("surveydesk.answers.empty", "surveydesk.answers.empty_text")
	q := url.Values{"q": {page.Q}, "only": {page.Only}, "flag": {page.Flag}, "days": {strconv.Itoa(page.Days)}}
	page.Query = q.Encode()
}

func (p *Pages) fillAnswers(ctx context.Context, page *answersPage, by identity.Actor, w surveydb.Wanted) error {
	list, err := p.store.Answers(ctx, by, w)
	if err != nil {
		return err
	}
	if len(list) > answersShown {
		list = list[:answersShown]
		page.Pager = page.Cursor("", "?"+page.Query+"&before="+strconv.FormatInt(list[answersShown-1].ID, 10))
	}
	ids := make([]int64, len(list))
	for n := range list {
		ids[n] = list[n].ID
	}
	done, err := p.store.Treated(ctx, ids)
	if err != nil {
		return err
	}
	for n := range list {
		row, err := p.answerRow(ctx, page.Page, &list[n])
		if err != nil {
			return err
		}
		row.Treated, row.Erasing = done[row.ID], row.ID == page.Asking
		page.Rows = append(page.Rows, row)
	}
	y, err := p.read(ctx, w.Service)
	if err != nil {
		return err
	}
	sums := y.last(page.Days)
	answers, apart, flags := sums.Apart()
	page.Odd = flagRows(page.Page, flags)
	page.OddAll = page.T("surveydesk.apart_title")
	if apart > 0 {
		page.OddAll = page.T("surveydesk.apart", apart, page.Number(answers+apart))
	}
	bursts, err := p.store.Bursts(ctx, by, w.Service, w.From)
	for _, b := range bursts {
		page.Bursts = append(page.Bursts, burstRow{b.Start, b.ReleasedAt != nil, b.Most})
	}
	return err
}

func (p *Pages) answerRow(ctx context.Context, page web.Page, a *survey.Answer) (answerRow, error) {
	set, err := p.store.Set(ctx, a.Set, a.Version)
	if err != nil {
		return answerRow{}, err
	}
	row := answerRow{
		ID: a.ID, At: a.At, Comment: a.Comment, Verified: a.Verified, Apart: !a.Counted(), Lang: string(a.Language), Dir: "auto",
		Where: page.List(page.T("surveydesk.channel."+string(a.Channel)), page.T("surveydesk.language."+string(a.Language))),
	}
	if a.Weight < 1 {
		row.Weight = page.Decimal(a.Weight, 2)
	}
	for _, f := range a.Flags {
		row.Flags = append(row.Flags, page.T("surveydesk.flag."+string(f)))
	}
	for n := range set.Questions {
		q := &set.Questions[n]
		if point, ok := a.Points[q.Code]; ok {
			row.Given = append(row.Given, given{q.Text.In(page.Lang), page.T("surveydesk.of", point+q.Least()-1, q.Most())})
		}
		if o := q.Option(a.Words[q.Code]); o != nil {
			row.Given = append(row.Given, given{q.Text.In(page.Lang), o.Text.In(page.Lang)})
		}
	}
	return row, nil
}

// erase answers POST /desk/services/{slug}/answers/{id}/erase.
func (p *Pages) erase(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	id, err := answerOf(c)
	if err != nil {
		return err
	}
	if err := p.store.Has(c.Request.Context(), v.Slug, id); err != nil {
		return err
	}
	err = p.store.Erase(c.Request.Context(), by, id, c.PostForm("reason"))
	if web.Correctable(err) {
		return p.showAnswers(c, id, c.PostForm("reason"), err)
	}
	if err != nil {
		return err
	}
	return p.back(c, v.Slug, "surveydesk.answers.erased")
}

// treat answers POST /desk/services/{slug}/answers/{id}/treat.
func (p *Pages) treat(c *gin.Context) error {
	by, v, err := p.mine(c, identity.ManageSurveys)
	if err != nil {
		return err
	}
	id, err := answerOf(c)
	if err != nil {
		return err
	}
	done := c.PostForm("done") == "true"
	if err := p.store.Treat(c.Request.Context(), by, v.Slug, id, done); err != nil {
		return err
	}
	said := "surveydesk.answers.treated"
	if !done {
		said = "surveydesk.answers.untreated"
	}
	return p.back(c, v.Slug, said)
}

// back leads to the list as it was.
func (p *Pages) back(c *gin.Context, slug, said string) error {
	q, err := url.ParseQuery(c.PostForm("list"))
	if err != nil {
		q = url.Values{}
	}
	return p.shell.Redirect(c, "/desk/services/"+slug+"/answers?"+q.Encode(), said)
}

func answerOf(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "fault.not_found")
	}
	return id, nil
}
