package requestweb

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/inventory/screening"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// inboxPage is the desk's list.
type inboxPage struct {
	web.Page
	Q            string
	Group        string
	Kind         string
	Tabs         []tab
	Kinds        []web.Option
	Institutions []web.Option
	Items        []line
	Pager        web.Pager
	Nothing      web.Empty
	CSV          string
}

// desk answers GET /desk/requests.
func (p *Pages) desk(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.AnswerRequest)
	if err != nil {
		return err
	}
	ctx, f := c.Request.Context(), filterOf(c)
	page := inboxPage{Page: p.shell.Page(c, "request.desk.title"), Q: f.Q, Group: f.Group, Kind: c.Query("kind")}
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.Desk(ctx, by, f)
	if err != nil {
		return err
	}
	for n := range found.Items {
		page.Items = append(page.Items, w.deskLine(&found.Items[n]))
	}
	counts, err := p.store.Counts(ctx, by)
	if err != nil {
		return err
	}
	page.Tabs = deskTabs(w, c.Request.URL.Query(), f.Group, counts)
	page.Pager = page.Page.Pager(max(f.Page, 1), (found.Total+perPage-1)/perPage, c.Request.URL.Query())
	if by.Everywhere(identity.AnswerRequest) {
		page.Institutions = chosen(w.institutionOptions("request.institution.any"), f.Institution)
	}
	page.Kinds = chosen([]web.Option{
		{Value: "", Label: page.T("request.kinds.any")},
		{Value: string(request.Data), Label: page.T("request.kinds.data")},
		{Value: "feedback", Label: page.T("request.kinds.feedback")},
	}, page.Kind)
	page.CSV = "/desk/requests.csv?" + c.Request.URL.Query().Encode()
	page.Nothing = page.Empty("request.desk.empty", "request.desk.empty_text")
	return p.shell.Show(c, "request_desk", page)
}

func deskTabs(w words, q url.Values, group string, n requestdb.Counts) []tab {
	var tabs []tab
	for _, one := range []struct {
		group string
		n     int
	}{
		{"", n.All},
		{requestdb.GroupNew, n.New},
		{requestdb.GroupMine, n.Mine},
		{requestdb.GroupOverdue, n.Overdue},
		{requestdb.GroupPlanned, n.Planned},
		{requestdb.GroupDone, n.Done},
	} {
		name := one.group
		if name == "" {
			name = "all"
		}
		tabs = append(tabs, tab{w.page.T("request.group." + name), one.n, groupHref("/desk/requests", q, one.group), one.group == group})
	}
	return tabs
}

// deskLine is a message in the words it was sent in while nobody moderated it.
func (w words) deskLine(r *request.Request) line {
	l := w.line(r)
	l.Href = "/desk/requests/" + r.Ref
	if l.Title == "" {
		l.Title = r.Subject()
	}
	return l
}

// deskRequestPage is one message at the desk.
type deskRequestPage struct {
	web.Page
	Story         story
	Faults        web.Faults
	Summary       web.Errors
	Form          requestActBody
	Signs         []sign
	Likes         []alike
	Datasets      []alikeDataset
	Waits         int
	Moderates     bool // publish, refuse
	TakesBack     bool // refuse what is public already
	Triages       bool // assign
	Merges        bool
	Answers       bool
	Plans         bool
	Closes        bool
	Proposes      bool
	ProposesFirst bool // somebody must answer for it before
	Institutions  []web.Option
	Refusals      []web.Option
	Grounds       []web.Option
	Repeated      request.Rule
	Desk          string // where the linked dataset is worked on
}

// sign is something that looks like personal data, masked.
type sign struct{ Kind, Sample string }

// alike is a request that seems to ask for the same.
type alike struct {
	line
	Others int
}

type alikeDataset struct {
	requestdb.LikeDataset
	Href string
}

// deskPage answers GET /desk/requests/:ref.
func (p *Pages) deskPage(c *gin.Context) error {
	return p.showDesk(c, nil, nil)
}

// do answers POST /desk/requests/:ref/ACT.
func (p *Pages) do(c *gin.Context, a act) error {
	by, err := web.SignedIn(c, identity.AnswerRequest)
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(c.PostForm("revision"))
	if err != nil || revision < 1 {
		revision = -1 // a form of ours always names what its reader saw: nothing matches
	}
	in := readAct(c)
	r, err := a.do(c.Request.Context(), p.store, by, target{c.Param("ref"), revision}, in)
	if shownAgain(err) {
		return p.showDesk(c, &in, err)
	}
	if err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/requests/"+r.Ref, a.done)
}

func readAct(c *gin.Context) requestActBody {
	both := func(field string) lang.Text {
		return lang.Text{"fr": c.PostForm(field + ".fr"), "ar": c.PostForm(field + ".ar")}
	}
	return requestActBody{
		Title: c.PostForm("title"), Text: c.PostForm("text"), Institution: c.PostForm("institution"),
		Refusal: c.PostForm("refusal"), Answer: both("answer"), Dataset: strings.TrimSpace(c.PostForm("dataset")),
		Ground: c.PostForm("ground"), Reason: both("reason"), Into: strings.TrimSpace(c.PostForm("into")),
	}
}

// showDesk shows a message at the desk; typed is a form that comes back.
func (p *Pages) showDesk(c *gin.Context, typed *requestActBody, wrong error) error {
	by, err := web.SignedIn(c, identity.AnswerRequest)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	r, steps, err := p.store.Get(ctx, by, c.Param("ref"))
	if err != nil {
		return err
	}
	page := deskRequestPage{Page: p.shell.Page(c, "request.page.title", r.Ref)}
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	page.Story = p.story(c, w, r, steps)
	page.Signs = signs(page.Page, r)
	if page.Waits, err = p.store.Waits(ctx, r.Ref); err != nil {
		return err
	}
	page.permit(by, w, r)
	if err := p.compare(c, by, w, r, &page); err != nil {
		return err
	}
	page.Form = requestActBody{
		Title: r.Title, Text: r.Text, Institution: r.Institution, Dataset: r.Dataset, Answer: r.Answer, Reason: lang.Text{},
	}
	if typed != nil {
		page.Form = *typed
		if page.Form.Title == "" && page.Form.Text == "" { // another of the page's forms was sent
			page.Form.Title, page.Form.Text = r.Title, r.Text
		}
	}
	page.fill(w)
	private(c)
	if wrong == nil {
		return p.shell.Show(c, "request_desk_page", page)
	}
	page.Faults = p.shell.Faults(c, wrong)
	page.Summary = page.Errors(page.Faults, "title", "request.field.title", "text", "request.field.text", "dataset", "request.field.dataset",
		"institution", "request.field.institution", "refusal", "request.field.refusal", "ground", "request.field.ground",
		"answer.fr", "request.field.answer_fr", "answer.ar", "request.field.answer_ar",
		"reason.fr", "request.field.reason_fr", "reason.ar", "request.field.reason_ar")
	return p.shell.ShowFault(c, wrong, "request_desk_page", page)
}

// permit says which forms the reader gets. The rules decide again when one is sent.
func (d *deskRequestPage) permit(by identity.Actor, w words, r *request.Request) {
	open := r.State == request.Accepted || r.State == request.Assigned
	may := by.May(identity.AnswerRequest, r.Institution)
	triage := by.May(identity.TriageRequest, r.Institution)
	d.Moderates = r.State == request.Received && r.MayModerate(by) == nil
	d.TakesBack = open && triage
	d.Triages = triage && (open || r.State == request.Planned)
	d.Merges = triage && r.Kind == request.Data && (open || r.State == request.Received)
	thanked := r.State == request.Closed && r.Outcome == ""
	d.Answers = may && (open || r.State == request.Planned || thanked)
	d.Plans = may && r.Kind == request.Data && (open || r.State == request.Planned)
	d.Closes = may && (r.State == request.Answered || r.State == request.Declined || r.State == request.Opened)
	d.Proposes = triage && r.MayPropose(by, w.tools.Rules) == nil
	d.ProposesFirst = triage && r.Proposed(w.tools.Rules) && !d.Proposes
	if r.Dataset != "" {
		d.Desk = "/desk/datasets/" + r.Dataset
	}
}

// fill makes the choices of the forms.
func (d *deskRequestPage) fill(w words) {
	d.Institutions = w.institutionOptions("request.institution.nobody")
	d.Refusals, d.Grounds = refusalOptions(d.Page), groundOptions(d.Page, w.tools.Rules)
	d.Repeated = w.tools.Rules.Term(request.TermRepeated)
}

// signs are what looks like personal data in what was sent.
func signs(page web.Page, r *request.Request) []sign {
	found := screening.Content(inventory.Content{
		Title: lang.Text{"fr": r.Title}, Description: lang.Text{"fr": r.Text + "\n" + r.Why},
	})
	var out []sign
	for _, one := range found {
		out = append(out, sign{page.T("screening.kind." + string(one.Kind)), one.Sample})
	}
	return out
}

// compare looks for requests and datasets that seem to be about the same.
func (p *Pages) compare(c *gin.Context, by identity.Actor, w words, r *request.Request, page *deskRequestPage) error {
	if r.Kind != request.Data || r.State.Final() || r.State == request.Merged {
		return nil
	}
	ctx := c.Request.Context()
	found, err := p.store.Alike(ctx, r.Ref, r.Words)
	if err != nil {
		return err
	}
	for n := range found {
		one := &found[n].Request
		page.Likes = append(page.Likes, alike{w.line(one), one.Demand()})
	}
	sets, err := p.store.AlikeDatasets(ctx, by, r.Words)
	for _, one := range sets {
		href := "/desk/datasets/" + one.Ref
		page.Datasets = append(page.Datasets, alikeDataset{one, href})
	}
	return err
}
