package monitorweb

import (
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// wallPage is /desk/services/wall: for a screen on a wall, read from afar, that
// nobody touches. It says what somebody must act on, and nothing else.
type wallPage struct {
	web.Page
	Headline web.Mark
	At       time.Time
	Counts   []wallCount
	Lines    []wallLine
	More     int
	Expiring []expiryLine
}

type wallCount struct {
	Mark web.Mark
	N    int
}

// wallLine is a service that does not answer as it should.
type wallLine struct {
	Name   lang.Text
	Mark   web.Mark
	Reason string
	Since  string
	Lasted time.Duration
	Taken  string // who has taken it on: taken or not, never a name

	rank  int
	since time.Time
}

const (
	shownOnWall   = 10
	wallExpiries  = 4
	wallRefreshes = "30" // seconds; the browser is told beside the page, without a script
)

// wall answers GET /desk/services/wall.
func (p *Pages) wall(c *gin.Context) error {
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	board, err := p.store.Standings(ctx)
	if err != nil {
		return err
	}
	own := &monitordb.Board{At: board.At}
	for n := range board.Services {
		if by.May(identity.ReadServices, board.Services[n].Service.Institution) {
			own.Services = append(own.Services, board.Services[n])
		}
	}
	page := wallPage{Page: p.shell.Page(c, "standing.wall.title"), At: board.At}
	page.Headline = p.headline(page.Page, own)
	p.fillWall(&page, own)
	expiries, err := p.store.Expiries(ctx, board.At.AddDate(0, 0, 14))
	if err != nil {
		return err
	}
	lines := expiryPage{Page: page.Page, At: board.At}
	for n := range expiries.List {
		e := &expiries.List[n]
		mine := func(v monitor.Service) bool { return by.May(identity.ReadServices, v.Institution) }
		if len(page.Expiring) < wallExpiries && slices.ContainsFunc(e.Services, mine) {
			page.Expiring = append(page.Expiring, lines.line(e))
		}
	}
	c.Header("Refresh", wallRefreshes)
	return p.shell.Show(c, "standing_wall", page)
}

// fillWall counts, and lists what does not answer as it should: what is down
// first, what lasts longest first of it.
func (p *Pages) fillWall(page *wallPage, own *monitordb.Board) {
	counts := map[string]int{}
	for n := range own.Services {
		s := &own.Services[n]
		kind := VerdictKind(s.Verdict)
		counts[kind]++
		if kind != "down" && kind != "slow" {
			continue
		}
		began := beganOf(s)
		line := wallLine{
			Name: s.Service.Name, Mark: verdictMark(page.Page, s.Verdict), Reason: reasonWords(page.Page, s.Reason),
			Since: since(page.Page, own.At, began, p.store.Day), Lasted: own.At.Sub(began).Truncate(time.Minute), since: began,
		}
		if kind == "slow" {
			line.rank = 1
		}
		if len(s.Incidents) > 0 {
			line.Taken = page.T("standing.wall.untaken")
			if s.Incidents[0].AcknowledgedAt != nil {
				line.Taken = page.T("standing.wall.taken")
			}
		}
		page.Lines = append(page.Lines, line)
	}
	slices.SortStableFunc(page.Lines, func(a, b wallLine) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return a.since.Compare(b.since)
	})
	if page.More = len(page.Lines) - shownOnWall; page.More > 0 {
		page.Lines = page.Lines[:shownOnWall]
	}
	for _, kind := range []string{"down", "slow", "unknown", "maintenance", "open"} {
		if kind == "maintenance" && counts[kind] == 0 {
			continue
		}
		page.Counts = append(page.Counts, wallCount{page.Mark(kind, "standing.wall.count."+kind), counts[kind]})
	}
}
