package requestweb

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/requestdb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// perPage is how many messages a page lists.
const perPage = 20

// line is a message in a list.
type line struct {
	Href        string
	Ref         string
	Kind        string
	Title       string
	Lang        lang.Tag
	Dir         string
	Summary     string
	Institution lang.Text
	Mark        web.Mark
	Due         string
	Demand      int // more than one person asks
	At          time.Time
	Planned     string
}

func (w words) line(r *request.Request) line {
	l := line{
		Href: "/requests/" + r.Ref, Ref: r.Ref, Kind: w.page.T("request.kind." + string(r.Kind)), Title: r.PublicTitle, Lang: r.Language,
		Dir: r.Language.Dir(), Summary: request.Short(r.PublicText, 220), Institution: w.institution(r.Institution),
		Mark: w.mark(r), Due: w.due(r), Demand: r.Demand(), At: r.ReceivedAt,
	}
	if l.Title == "" {
		l.Title, l.Summary = request.Short(r.PublicText, 110), ""
	}
	if r.State == request.Planned {
		l.Planned = w.day(r.PlannedFor)
	}
	return l
}

// tab is a group of a list and how many are in it.
type tab struct {
	Name   string
	N      int
	Href   string
	Active bool
}

// listPage is the public list.
type listPage struct {
	web.Page
	Q            string
	Group        string
	Tabs         []tab
	Institutions []web.Option
	Items        []line
	Pager        web.Pager
	Nothing      web.Empty
	All          requestdb.Standing
	Share        float64
	HasShare     bool
	Days         int
	CSV          string
}

// filterOf reads what a list is confined to from the address.
func filterOf(c *gin.Context) requestdb.Filter {
	f := requestdb.Filter{
		Group: c.Query("group"), Institution: c.Query("institution"), Q: c.Query("q"), Dataset: c.Query("dataset"),
		State: request.State(c.Query("state")), Kind: request.Kind(c.Query("kind")), PerPage: perPage,
	}
	if c.Query("kind") == "feedback" {
		f.Kind, f.Feedback = "", true
	}
	if n, err := strconv.Atoi(c.Query("page")); err == nil && n > 0 && n < 1_000_000 {
		f.Page = n
	}
	return f
}

// publicList answers GET /requests.
func (p *Pages) publicList(c *gin.Context) error {
	ctx := c.Request.Context()
	f := filterOf(c)
	if f.Kind == "" && !f.Feedback {
		f.Kind = request.Data
	}
	page := listPage{Page: p.shell.Page(c, "request.list.title"), Q: f.Q, Group: f.Group}
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	found, err := p.store.Public(ctx, f)
	if err != nil {
		return err
	}
	for n := range found.Items {
		page.Items = append(page.Items, w.line(&found.Items[n]))
	}
	page.Pager = page.Page.Pager(max(f.Page, 1), (found.Total+perPage-1)/perPage, c.Request.URL.Query())
	page.Institutions = chosen(w.institutionOptions("request.institution.any"), f.Institution)
	if page.Tabs, err = p.publicTabs(c, w, f); err != nil {
		return err
	}
	year := w.tools.Now.AddDate(-1, 0, 0)
	if _, page.All, err = p.store.Standings(ctx, requestdb.Period{From: year}); err != nil {
		return err
	}
	page.Share, page.HasShare = page.All.Share()
	page.Days = w.tools.Rules.Days(request.Data)
	page.CSV = "/requests.csv?" + c.Request.URL.Query().Encode()
	page.Nothing = page.Empty("request.list.empty", "request.list.empty_text").
		With(page.Link("/requests/new?q="+url.QueryEscape(f.Q), "request.new.do"))
	return p.shell.Show(c, "request_list", page)
}

func chosen(options []web.Option, value string) []web.Option {
	for n := range options {
		options[n].Chosen = options[n].Value == value
	}
	return options
}

// publicTabs counts the groups of the public list.
func (p *Pages) publicTabs(c *gin.Context, w words, f requestdb.Filter) ([]tab, error) {
	var tabs []tab
	for _, group := range []string{"", requestdb.GroupOpen, requestdb.GroupPlanned, requestdb.GroupDone} {
		one := f
		one.Group, one.PerPage, one.Page = group, 1, 1
		found, err := p.store.Public(c.Request.Context(), one)
		if err != nil {
			return nil, err
		}
		name := group
		if name == "" {
			name = "all"
		}
		tabs = append(tabs, tab{w.page.T("request.group." + name), found.Total, groupHref("/requests", c.Request.URL.Query(), group), group == f.Group})
	}
	return tabs, nil
}

// groupHref leads to another group of the same list.
func groupHref(path string, q url.Values, group string) string {
	q.Del("page")
	q.Del("group")
	q.Del("lang")
	if group != "" {
		q.Set("group", group)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// story is a message with everything a reader may know of it.
type story struct {
	Request     *request.Request
	Mark        web.Mark
	Kind        string
	Title       string
	Text        string
	Dir         string
	Institution web.Link
	Due         string
	Planned     string
	Dataset     web.Link // public; empty while it is not
	Answer      lang.Text
	Ground      lang.Text
	Basis       string
	Certainty   string
	Took        int
	HasTook     bool
	Steps       []step
	Supportable bool
}

func (p *Pages) story(c *gin.Context, w words, r *request.Request, steps []request.Event) story {
	s := story{
		Request: r, Mark: w.mark(r), Kind: w.page.T("request.kind." + string(r.Kind)), Title: r.PublicTitle, Text: r.PublicText,
		Dir: r.Language.Dir(), Due: w.due(r), Answer: r.Answer, Steps: w.steps(steps),
		Supportable: r.Kind == request.Data && r.State.Supportable(),
	}
	if r.Institution != "" {
		s.Institution = w.page.LinkTo("/institutions/"+r.Institution, w.institution(r.Institution))
	}
	if r.State == request.Planned {
		s.Planned = w.day(r.PlannedFor)
	}
	if r.Dataset != "" {
		// The title of what is still a draft is its officer's business.
		if d, err := p.register.Publication(c.Request.Context(), r.Dataset); err == nil && d.Live() {
			s.Dataset = w.page.LinkTo("/datasets/"+d.Ref, d.Content.Title)
		}
	}
	if rule, ok := w.tools.Rules.Ground(r.Ground); ok {
		s.Ground, s.Basis, s.Certainty = rule.Name, rule.Basis, rule.Certainty
	}
	if r.TookDays != nil {
		s.Took, s.HasTook = *r.TookDays, true
	}
	return s
}

// publicRequestPage is one message as everybody sees it.
type publicRequestPage struct {
	web.Page
	Story   story
	Faults  web.Faults
	Summary web.Errors
	Email   string
	Consent bool
	OpenMe  bool
}

// publicPage answers GET /requests/:ref.
func (p *Pages) publicPage(c *gin.Context) error { return p.showPublic(c, nil) }

func (p *Pages) showPublic(c *gin.Context, wrong error) error {
	ctx := c.Request.Context()
	r, steps, err := p.store.Shown(ctx, c.Param("ref"))
	if err != nil {
		return err
	}
	if r.State == request.Merged {
		c.Redirect(http.StatusSeeOther, "/requests/"+r.MergedInto)
		return nil
	}
	page := publicRequestPage{Page: p.shell.Page(c, "request.page.title", r.Ref)}
	w, err := p.words(ctx, page.Page)
	if err != nil {
		return err
	}
	page.Story = p.story(c, w, r, steps)
	page.Email, page.Consent = c.PostForm("email"), c.PostForm("consent") == "true"
	if wrong == nil {
		return p.shell.Show(c, "request_page", page)
	}
	page.Faults, page.OpenMe = p.shell.Faults(c, wrong), true
	page.Summary = page.Errors(page.Faults, "email", "request.field.email")
	return p.shell.ShowFault(c, wrong, "request_page", page)
}
