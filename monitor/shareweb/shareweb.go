// Package shareweb shows which processes share the work, and how they fare.
package shareweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/share"
	"github.com/jard-odi/jard/monitor/sharedb"
	"github.com/jard-odi/jard/web"
)

// Pages are the room's pages.
type Pages struct {
	shell *web.Shell
	store *sharedb.Store
	here  string // id of this process; empty: it shares nothing

	beside []Telling
}

// Standing is how something beside the processes stands, in the reader's words.
type Standing struct {
	Title           string
	Alarm           string // what somebody must see to; empty: nothing
	Lines           []string
	Facts           []Fact
	FileLabel, File string // a file it is about; empty: none
}

// Fact is one thing about it, under its name.
type Fact struct{ Name, Says, File string }

// Telling says how something stands; nil when there is nothing to say.
type Telling func(context.Context, web.Page) (*Standing, error)

// Beside has the page also say how these stand.
func (p *Pages) Beside(all ...Telling) *Pages {
	p.beside = append(p.beside, all...)
	return p
}

// New returns the pages. here is the id of the process that shows them.
func New(shell *web.Shell, store *sharedb.Store, here string) *Pages {
	return &Pages{shell: shell, store: store, here: here}
}

// Routes adds the room's address to the shell.
func (p *Pages) Routes() {
	p.shell.Engine().GET("/desk/processes", p.shell.Handle(p.list))
	p.shell.AddNav(web.NavItem{Path: "/desk/processes", Key: "process.nav", Act: identity.ReadProcesses, Desk: true, Group: web.NavFollow, Rank: 28})
}

// listPage is /desk/processes.
type listPage struct {
	web.Page
	Items   []line
	Dead    int
	Checks  int64
	Nothing web.Empty
	Beside  []*Standing
}

// line is one process.
type line struct {
	Member share.Member
	Mark   web.Mark
	Here   bool
	Alive  bool
	Short  string // of its id: two may run on one machine
	Seen   time.Time
	Lag    string
	Left   string
}

// shortID is how much of an id tells two processes of a machine apart.
const shortID = 8

// list answers GET /desk/processes.
func (p *Pages) list(c *gin.Context) error {
	if _, err := web.SignedIn(c, identity.ReadProcesses); err != nil {
		return err
	}
	all, nowMs, err := p.store.Members(c.Request.Context())
	if err != nil {
		return err
	}
	page := listPage{Page: p.shell.Page(c, "process.title")}
	page.Nothing = page.Empty("process.alone", "process.alone_text")
	for n := range all {
		one := p.line(page.Page, &all[n], nowMs)
		if one.Alive {
			page.Checks += one.Member.Checks
		} else {
			page.Dead++
		}
		page.Items = append(page.Items, one)
	}
	for _, tell := range p.beside {
		stands, err := tell(c.Request.Context(), page.Page)
		if err != nil {
			return err
		}
		if stands != nil {
			page.Beside = append(page.Beside, stands)
		}
	}
	return p.shell.Show(c, "process_list", page)
}

func (p *Pages) line(page web.Page, m *share.Member, nowMs int64) line {
	one := line{
		Member: *m, Here: m.ID == p.here, Alive: m.Alive(nowMs), Seen: m.Seen(), Short: m.ID[:min(shortID, len(m.ID))],
		Lag: page.Duration(time.Duration(m.LagUs) * time.Microsecond), Left: page.Duration(m.Left(nowMs).Round(time.Second)),
	}
	one.Mark = page.Mark("open", "process.state.alive")
	if !one.Alive {
		one.Mark = page.Mark("down", "process.state.silent")
	}
	return one
}
