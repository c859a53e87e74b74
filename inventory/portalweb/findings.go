package portalweb

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/web"
)

const perPage = 25

// tab is a group of a list with its number.
type tab struct {
	Name    string
	N       int
	Href    string
	Current bool
}

// source is where packages on the portal come from that are not ours.
type source struct {
	Name string
	N    int
}

// findingsPage is the list of what is wrong on the portal.
type findingsPage struct {
	web.Page
	URL          string
	Reads        bool // a portal is read here
	Last         *portal.Reading
	Failed       string // why the last read did not come to its end
	Whole        *portal.Reading
	Busy         bool
	Keeps        bool
	Tabs         []tab
	Q            string
	Kind, Show   string
	Field        string
	Institution  string
	Fields       []web.Option
	Institutions []web.Option
	Items        []view
	Pager        web.Pager
	Nothing      web.Empty
	Sources      []source
	CSV          string
	Within       string
}

// filterOf reads what the list is confined to; words nobody knows find nothing.
func filterOf(c *gin.Context) portaldb.Filter {
	number, _ := strconv.Atoi(c.Query("page")) // what is no number is the first
	return portaldb.Filter{
		Show: portaldb.Show(c.Query("show")), Kind: portal.Kind(c.Query("kind")), Field: portal.Field(c.Query("field")),
		Institution: c.Query("institution"), Dataset: c.Query("dataset"), Q: c.Query("q"),
		Page: min(max(number, 1), 100_000), PerPage: perPage,
	}
}

// findings answers GET /desk/portal.
func (p *Pages) findings(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx, f := c.Request.Context(), filterOf(c)
	page := findingsPage{
		Page: p.shell.Page(c, "portal.title"), URL: p.opts.URL, Reads: p.opts.Ask != nil, Keeps: by.May(identity.KeepPortal, ""),
		Q: f.Q, Kind: string(f.Kind), Show: string(f.Show), Field: string(f.Field), Institution: f.Institution,
	}
	page.Within = page.Duration(p.opts.Within)
	if err := p.state(c, &page); err != nil {
		return err
	}
	tree, err := p.opts.Institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	found, err := p.store.Findings(ctx, by, f)
	if err != nil {
		return err
	}
	say, err := p.words(ctx, page.Page, tree, found.Items...)
	if err != nil {
		return err
	}
	for n := range found.Items {
		page.Items = append(page.Items, p.view(say, &found.Items[n]))
	}
	counts, err := p.store.Counts(ctx, by)
	if err != nil {
		return err
	}
	query := c.Request.URL.Query()
	page.Tabs = tabs(page.Page, query, f, counts)
	page.Pager = page.Page.Pager(f.Page, (found.Total+perPage-1)/perPage, query)
	page.Fields = fieldOptions(page.Page, f.Field)
	if by.Everywhere(identity.ReadRegister) {
		page.Institutions = institutionOptions(page.Page, tree, f.Institution, p.opts.Now())
	}
	page.CSV = "/desk/portal/findings.csv?" + query.Encode()
	page.Nothing = p.nothing(page, counts)
	return p.shell.Show(c, "portal_findings", page)
}

// nothing says why the list is empty.
func (p *Pages) nothing(page findingsPage, n portaldb.Counts) web.Empty {
	switch {
	case !page.Reads && page.Last == nil:
		return page.Empty("portal.empty.off", "portal.empty.off_text")
	case page.Whole == nil:
		return page.Empty("portal.empty.never", "portal.empty.never_text")
	case n.Standing > 0 || page.Show != "" || page.Q != "":
		return page.Empty("portal.empty.filter", "portal.empty.filter_text").With(page.Link("/desk/portal", "portal.empty.all"))
	}
	return page.Empty("portal.empty.good", "portal.empty.good_text")
}

// state tells of the last reads.
func (p *Pages) state(c *gin.Context, page *findingsPage) error {
	ctx := c.Request.Context()
	last, err := p.store.Readings(ctx, 1)
	if err != nil {
		return err
	}
	if p.opts.Busy != nil {
		page.Busy = p.opts.Busy()
	}
	if len(last) > 0 {
		if page.Last = &last[0]; last[0].Failure != portal.NoFailure {
			page.Failed = page.T("portal.failure." + string(last[0].Failure))
		}
		if page.URL == "" {
			page.URL = last[0].Portal
		}
	}
	whole, ok, err := p.store.LastWhole(ctx)
	if err != nil || !ok {
		return err
	}
	page.Whole = &whole
	for name, n := range whole.Sources {
		page.Sources = append(page.Sources, source{cmp.Or(name, page.T("portal.source.none")), n})
	}
	slices.SortFunc(page.Sources, func(a, b source) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	page.Sources = page.Sources[:min(len(page.Sources), 12)]
	return nil
}

// tabs are the kinds, what was acknowledged, and what is gone.
func tabs(page web.Page, query url.Values, f portaldb.Filter, n portaldb.Counts) []tab {
	to := func(kind portal.Kind, show portaldb.Show) string {
		q := url.Values{}
		for _, key := range []string{"q", "institution"} {
			if v := query.Get(key); v != "" {
				q.Set(key, v)
			}
		}
		if kind != "" {
			q.Set("kind", string(kind))
		}
		if show != "" {
			q.Set("show", string(show))
		}
		if len(q) == 0 {
			return "/desk/portal"
		}
		return "/desk/portal?" + q.Encode()
	}
	all := []tab{{page.T("portal.tab.all"), n.Standing, to("", ""), f.Kind == "" && f.Show == ""}}
	for _, kind := range portal.Kinds() {
		all = append(all, tab{page.T("portal.kind." + string(kind)), n.Of[kind], to(kind, ""), f.Kind == kind && f.Show == ""})
	}
	return append(all,
		tab{page.T("portal.tab.acknowledged"), n.Acknowledged, to("", portaldb.Acknowledged), f.Show == portaldb.Acknowledged},
		tab{page.T("portal.tab.gone"), -1, to("", portaldb.Gone), f.Show == portaldb.Gone})
}

func fieldOptions(page web.Page, chosen portal.Field) []web.Option {
	out := []web.Option{{Label: page.T("portal.field.any")}}
	for _, f := range portal.Fields() {
		out = append(out, web.Option{Value: string(f), Label: page.T("portal.field." + string(f)), Chosen: f == chosen})
	}
	return out
}

func institutionOptions(page web.Page, tree identity.Tree, chosen string, now time.Time) []web.Option {
	var out []web.Option
	for slug, i := range tree {
		if i.Exists(now) {
			out = append(out, web.Option{Value: slug, Label: i.Name.In(page.Lang), Chosen: slug == chosen})
		}
	}
	slices.SortFunc(out, func(a, b web.Option) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
	return append([]web.Option{{Label: page.T("portal.institution.any")}}, out...)
}

// findingPage is one finding.
type findingPage struct {
	web.Page
	V       view
	Keeps   bool
	Typed   string
	Faults  web.Faults
	Summary web.Errors
}

// finding answers GET /desk/portal/findings/:id.
func (p *Pages) finding(c *gin.Context) error { return p.showFinding(c, "", nil) }

func (p *Pages) showFinding(c *gin.Context, typed string, wrong error) error {
	by, err := web.SignedIn(c, identity.ReadRegister)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	f, err := p.store.Finding(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	tree, err := p.opts.Institutions.Institutions(ctx)
	if err != nil {
		return err
	}
	page := findingPage{Page: p.shell.Page(c, "portal.kind."+string(f.Kind)), Keeps: by.May(identity.KeepPortal, ""), Typed: typed}
	say, err := p.words(ctx, page.Page, tree, *f)
	if err != nil {
		return err
	}
	page.V = p.view(say, f)
	if wrong == nil {
		return p.shell.Show(c, "portal_finding", page)
	}
	page.Faults = p.shell.Faults(c, wrong)
	page.Summary = page.Errors(page.Faults, "reason", "portal.reason")
	return p.shell.ShowFault(c, wrong, "portal_finding", page)
}

// acknowledge answers POST /desk/portal/findings/:id/acknowledgement.
func (p *Pages) acknowledge(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.KeepPortal)
	if err != nil {
		return err
	}
	reason := c.PostForm("reason")
	_, err = p.store.Change(c.Request.Context(), by, c.Param("id"), "acknowledge", revisionOf(c), func(f *portal.Finding, now time.Time) error {
		return f.Acknowledge(by, reason, now)
	})
	if err != nil {
		return p.again(c, reason, err)
	}
	return p.shell.Redirect(c, "/desk/portal/findings/"+c.Param("id"), "portal.done.acknowledged")
}

// reopen answers POST /desk/portal/findings/:id/reopening.
func (p *Pages) reopen(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.KeepPortal)
	if err != nil {
		return err
	}
	_, err = p.store.Change(c.Request.Context(), by, c.Param("id"), "reopen", revisionOf(c), func(f *portal.Finding, _ time.Time) error {
		return f.Reopen(by)
	})
	if err != nil {
		return p.again(c, "", err)
	}
	return p.shell.Redirect(c, "/desk/portal/findings/"+c.Param("id"), "portal.done.reopened")
}

// again shows the form with what was wrong, and everything that was typed.
func (p *Pages) again(c *gin.Context, typed string, err error) error {
	if web.Correctable(err) || errors.Is(err, fault.Conflict) || errors.Is(err, fault.Stale) {
		return p.showFinding(c, typed, err)
	}
	return err
}

// ask has the portal read soon.
func (p *Pages) ask(by identity.Actor) error {
	if err := by.Must(identity.KeepPortal, ""); err != nil {
		return err
	}
	switch {
	case p.opts.Ask == nil:
		return fault.New(fault.Conflict, "portal.reading.off")
	case !p.opts.Ask():
		return fault.New(fault.Conflict, "portal.reading.busy")
	}
	return nil
}

// revisionOf is what the form's reader saw. A form of ours always names it:
// without, nothing matches.
func revisionOf(c *gin.Context) int {
	n, err := strconv.Atoi(c.PostForm("revision"))
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// read answers POST /desk/portal/reading.
func (p *Pages) read(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.KeepPortal)
	if err != nil {
		return err
	}
	if err := p.ask(by); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/portal", "portal.done.asked")
}
