// Package rosterweb shows what files declare and how the services that are
// kept differ from it, lets somebody take a service over or hand it back, and
// lets a draft be confirmed after a look.
package rosterweb

import (
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/roster"
	"github.com/jard-odi/jard/web"
)

// Files tells what the files declare.
type Files interface {
	Report(ctx context.Context) (roster.Report, error)
	Declared(slug string) *monitor.Declared
}

// Sentence is one line of what a look saw.
type Sentence struct {
	Key  string
	Args []any
}

// Options are what the pages stand on.
type Options struct {
	Store        *monitordb.Store
	Files        Files
	Institutions func(ctx context.Context) (identity.Tree, error)
	Period       monitor.Period
	Changed      func() // told when a service changed
	// Look looks at a check once and tells what it saw; good is false when that would count as a failure.
	Look func(ctx context.Context, c monitor.Check) (lines []Sentence, good bool)
}

// Pages are the room's pages and its part of the JSON API.
type Pages struct {
	shell *web.Shell
	opts  Options
	tries *web.Allowance // behind each look is a request to an address that somebody typed
}

// New returns the pages.
func New(shell *web.Shell, o Options) *Pages {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Pages{shell, o, &web.Allowance{
		Within: time.Minute, AtMost: 10, AtOnce: 4, Throttled: "checks.try.throttled", Busy: "checks.try.busy", Processes: shell.Processes,
	}}
}

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page := p.shell.Engine(), p.shell.Handle
	r.GET("/desk/services/files", page(p.list))
	r.GET("/desk/services/:slug/file", page(p.one))
	r.POST("/desk/services/:slug/takeover", page(p.takeOver))
	r.POST("/desk/services/:slug/handover", page(p.handOver))
	r.GET("/desk/services/:slug/confirmation", page(p.draft))
	r.POST("/desk/services/:slug/confirmation", page(p.confirm))
	p.api()
}

// Panel stands above the list of services on the desk.
type Panel struct {
	Drafts   int // that wait for somebody to confirm them
	First    string
	Files    bool // files are read
	Kept     int  // services that files keep
	Drift    int
	Problems int // why the newest files are not applied
}

// Any tells whether the panel says anything.
func (p *Panel) Any() bool { return p.Drafts > 0 || p.Files }

// Panel returns what somebody sees above the list, for roster_parts.html.
func (p *Pages) Panel(c *gin.Context) (any, error) {
	ctx, by := c.Request.Context(), web.ActorFrom(c.Request.Context())
	report, err := p.opts.Files.Report(ctx)
	if err != nil {
		return nil, err
	}
	panel := &Panel{Files: report.Path != "" && by.Everywhere(identity.ManageService), Problems: len(report.Problems)}
	for n := range report.Plan.Items {
		i := &report.Plan.Items[n]
		if i.Standing == roster.Same || i.Standing == roster.Change {
			panel.Kept++
		}
		if i.Drifts() {
			panel.Drift++
		}
	}
	if !by.MayAnywhere(identity.ManageService) {
		return panel, nil
	}
	drafts, err := p.opts.Store.List(ctx, by, monitordb.Filter{State: monitor.Draft, Limit: maxDrafts})
	if err != nil {
		return nil, err
	}
	for n := range drafts {
		if by.May(identity.ManageService, drafts[n].Institution) && len(drafts[n].Checks) > 0 && !drafts[n].KeptInFile() {
			if panel.Drafts++; panel.First == "" {
				panel.First = drafts[n].Slug
			}
		}
	}
	return panel, nil
}

// maxDrafts bounds how many drafts the panel counts.
const maxDrafts = 500

// line is one service that is not as its file says.
type line struct {
	roster.Item
	Name        lang.Text
	Institution lang.Text
	Mark        web.Mark
	Place       string
	MayChange   bool
}

// listPage is /desk/services/files.
type listPage struct {
	web.Page
	Report   roster.Report
	Kept     int
	Items    []line
	Problems []problemLine
	Nothing  web.Empty
}

type problemLine struct{ Place, Field, Text string }

// list answers GET /desk/services/files.
func (p *Pages) list(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	report, err := p.opts.Files.Report(ctx)
	if err != nil {
		return err
	}
	tree, err := p.opts.Institutions(ctx)
	if err != nil {
		return err
	}
	page := listPage{Page: p.shell.Page(c, "roster.title"), Report: report}
	page.Nothing = page.Empty("roster.none", "roster.none_text")
	if report.Path == "" {
		page.Nothing = page.Empty("roster.off", "roster.off_text")
	}
	for _, i := range report.Plan.Items {
		if !by.May(identity.ManageService, i.Institution) {
			continue
		}
		if i.Standing == roster.Same {
			page.Kept++
			continue
		}
		page.Items = append(page.Items, lineOf(page.Page, tree, by, i))
	}
	if by.Everywhere(identity.ManageService) {
		page.Problems = problemLines(page.Page, report.Problems)
	}
	return p.shell.Show(c, "roster_list", page)
}

func lineOf(page web.Page, tree identity.Tree, by identity.Actor, i roster.Item) line {
	l := line{Item: i, MayChange: by.May(identity.ManageService, i.Institution)}
	if i.Stored != nil {
		l.Name = i.Stored.Name
	} else {
		l.Name = i.Declared.Service.Name
	}
	l.Institution = lang.Text{"fr": i.Institution}
	if known, ok := tree[i.Institution]; ok && !known.Name.Empty() {
		l.Institution = known.Name
	}
	if i.Declared != nil {
		l.Place = roster.Problem{File: i.Declared.File, Line: i.Declared.Line}.Place()
	} else if i.Stored.Settings.Source != nil {
		l.Place = i.Stored.Settings.Source.File
	}
	kinds := map[roster.Standing]string{
		roster.Create: "due", roster.Change: "review", roster.Same: "open", roster.Taken: "slow", roster.Gone: "late",
	}
	l.Mark = page.Mark(kinds[i.Standing], "roster.standing."+string(i.Standing))
	return l
}

func problemLines(page web.Page, problems []roster.Problem) []problemLine {
	lines := make([]problemLine, 0, len(problems))
	for _, one := range problems[:min(len(problems), 100)] {
		lines = append(lines, problemLine{one.Place(), one.Field, page.T(one.Key, one.Args...)})
	}
	return lines
}

// onePage is a service that a file declares.
type onePage struct {
	web.Page
	line
	Service *monitor.Service
	YAML    string
	CanTake bool
	CanHand bool
}

// one answers GET /desk/services/{slug}/file.
func (p *Pages) one(c *gin.Context) error {
	v, by, err := p.manageable(c)
	if err != nil {
		return err
	}
	report, err := p.opts.Files.Report(c.Request.Context())
	if err != nil {
		return err
	}
	tree, err := p.opts.Institutions(c.Request.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(report.Plan.Items, func(i roster.Item) bool { return i.Slug == v.Slug })
	if at < 0 && !v.KeptInFile() {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	page := onePage{Page: p.shell.Page(c, "roster.one"), Service: v}
	item := roster.Item{Standing: roster.Gone, Slug: v.Slug, Institution: v.Institution, Stored: v}
	if at >= 0 {
		item = report.Plan.Items[at]
	}
	page.line = lineOf(page.Page, tree, by, item)
	shown := v
	if item.Declared != nil {
		shown = &item.Declared.Service
	}
	text, err := roster.Write([]monitor.Service{*shown})
	if err != nil {
		return err
	}
	page.YAML, page.CanTake, page.CanHand = string(text), v.KeptInFile(), !v.KeptInFile() && item.Declared != nil
	return p.shell.Show(c, "roster_one", page)
}

// takeOver answers POST /desk/services/{slug}/takeover.
func (p *Pages) takeOver(c *gin.Context) error {
	v, by, err := p.manageable(c)
	if err != nil {
		return err
	}
	if _, err := p.take(c.Request.Context(), by, v.Slug); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/edit", "roster.flash.taken")
}

func (p *Pages) take(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error) {
	v, err := p.opts.Store.Change(ctx, by, slug, func(stored *monitor.Service) error { return stored.TakeOver(by) })
	if err == nil {
		p.opts.Changed()
	}
	return v, err
}

// handOver answers POST /desk/services/{slug}/handover.
func (p *Pages) handOver(c *gin.Context) error {
	v, by, err := p.manageable(c)
	if err != nil {
		return err
	}
	if _, err := p.hand(c.Request.Context(), by, v.Slug); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/desk/services/"+v.Slug+"/file", "roster.flash.handed")
}

func (p *Pages) hand(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error) {
	d := p.opts.Files.Declared(slug)
	if d == nil {
		return nil, fault.New(fault.Conflict, "roster.not_declared", slug)
	}
	v, err := p.opts.Store.Change(ctx, by, slug, func(stored *monitor.Service) error {
		return stored.HandOver(by, *d, p.opts.Period)
	})
	if err == nil {
		p.opts.Changed()
	}
	return v, err
}

// manageable reads the service of the address for somebody who may change it.
func (p *Pages) manageable(c *gin.Context) (*monitor.Service, identity.Actor, error) {
	by, err := web.SignedIn(c, identity.ManageService)
	if err != nil {
		return nil, by, err
	}
	v, err := p.opts.Store.Service(c.Request.Context(), by, c.Param("slug"))
	if err != nil {
		return nil, by, err
	}
	return v, by, by.Must(identity.ManageService, v.Institution)
}
