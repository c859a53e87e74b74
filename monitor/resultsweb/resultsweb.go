// Package resultsweb shows what people answered about services: to everybody
// what it comes to, to a department each answer, its waves, and the lists that
// it brings in. It holds no rule and no query; it reads, asks, and shows.
package resultsweb

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

// Services knows the services and who may know of them.
type Services interface {
	Service(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error)
	Names(ctx context.Context, by identity.Actor, f monitordb.Filter) ([]monitor.Service, error)
}

// Institutions knows every public body.
type Institutions interface {
	Institutions(ctx context.Context) (identity.Tree, error)
}

// Remark is what is said about a cell of a workbook: its row and column, from 1.
type Remark struct {
	Row, Column int
	Text        string
}

// Sheets reads and writes workbooks and CSV files.
type Sheets struct {
	Read    func(ctx context.Context, name string, data []byte) ([][]string, error)
	Write   func(w io.Writer, title string, header []string, rows iter.Seq2[[]string, error]) error
	Comment func(book []byte, title string, remarks []Remark, w io.Writer) error
}

// Pages are the room's pages.
type Pages struct {
	shell        *web.Shell
	store        *surveydb.Store
	services     Services
	institutions Institutions
	sheets       Sheets
	now          func() time.Time
	months       int // for how long words are kept; 0: for ever
}

// New returns the pages.
func New(shell *web.Shell, store *surveydb.Store, services Services, institutions Institutions, sheets Sheets, now func() time.Time) *Pages {
	return &Pages{shell: shell, store: store, services: services, institutions: institutions, sheets: sheets, now: now}
}

// maxFile is what a list of answers may be.
const maxFile = 8 << 20

// Routes adds the room's addresses to the shell.
func (p *Pages) Routes() {
	r, page, machine := p.shell.Engine(), p.shell.Handle, p.shell.Machine
	r.GET("/services/:slug/satisfaction", page(p.results))
	r.GET("/services/:slug/satisfaction.csv", machine(p.resultsCSV))
	r.GET("/services/:slug/satisfaction/editions/:hash", machine(p.document))
	r.GET("/survey/:slug/invite", machine(p.invite))
	r.GET("/survey/privacy", page(p.privacy))

	r.GET("/desk/satisfaction", page(p.overview))
	r.GET("/desk/services/:slug/answers", page(p.answers))
	r.POST("/desk/services/:slug/answers/:id/erase", page(p.erase))
	r.POST("/desk/services/:slug/answers/:id/treat", page(p.treat))
	r.GET("/desk/services/:slug/waves", page(p.waves))
	r.POST("/desk/services/:slug/waves", page(p.plan))
	r.POST("/desk/services/:slug/waves/:id/end", page(p.end))
	r.GET("/desk/services/:slug/lists", page(p.lists))
	r.POST("/desk/services/:slug/lists", p.large, page(p.handIn))
	r.GET("/desk/services/:slug/lists/template", machine(p.template))
	r.GET("/desk/services/:slug/lists/:id", page(p.list))
	r.POST("/desk/services/:slug/lists/:id/apply", page(p.apply))
	r.POST("/desk/services/:slug/lists/:id/undo", page(p.undo))
	r.GET("/desk/services/:slug/lists/:id/comments.xlsx", machine(p.comments))

	p.api()
	p.shell.FromAnywhere("GET", "/survey/{slug}/invite")
	p.shell.AddNav(web.NavItem{Path: "/desk/satisfaction", Key: "surveydesk.nav", Act: identity.ReadAnswers, Desk: true, Group: web.NavFollow, Rank: 23})
}

// large lets who has signed in send a file.
func (p *Pages) large(c *gin.Context) {
	if web.ActorFrom(c.Request.Context()).Known() {
		p.shell.MaxBody(maxFile + 1<<20)(c)
	}
}

// mine is a service of whoever has signed in and may act there.
func (p *Pages) mine(c *gin.Context, act identity.Act) (identity.Actor, *monitor.Service, error) {
	by, err := web.SignedIn(c, act)
	if err != nil {
		return by, nil, err
	}
	v, err := p.services.Service(c.Request.Context(), by, c.Param("slug"))
	if err != nil {
		return by, nil, err
	}
	return by, v, by.Must(act, v.Institution)
}

// tabs lead between the pages about one service's answers.
type tabs struct {
	Slug    string
	Name    lang.Text
	Here    string
	MayPlan bool
}

func tabsOf(by identity.Actor, v *monitor.Service, here string) tabs {
	return tabs{v.Slug, v.Name, here, by.May(identity.ManageSurveys, v.Institution)}
}

// invite answers GET /survey/{slug}/invite: whether whoever asks is to be
// invited to answer. Nothing of who asks is looked at, and anybody's page may ask.
func (p *Pages) invite(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	in, err := p.store.Invite(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	c.JSON(200, gin.H{"ask": in.Ask, "wave": in.Wave, "reason": string(in.Why)})
	return nil
}

// table is a part of the answers as the templates show it.
type table struct {
	Page  web.Page
	Title string
	Rows  []partRow
}

// Part makes a table of parts, titled with a sentence.
func (page *resultsPage) Part(key string, rows []partRow) table {
	return table{page.Page, page.T(key), rows}
}

// NoFaults is for fields that nothing can be wrong with.
func (*overviewPage) NoFaults() web.Faults { return web.Faults{} }

// NoFaults is for fields that nothing can be wrong with.
func (*wavesPage) NoFaults() web.Faults { return web.Faults{} }
