package monitorweb

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// statusPage is /status: one sentence on top, then the services, in groups.
// When they are too many for one page the groups are folded: each says how its
// services stand, and opens.
type statusPage struct {
	web.Page
	Headline web.Mark
	At       time.Time
	Total    int
	Asked    statusAsked
	Found    int // services that were asked for
	Ailing   int // of all, those that do not answer as they should
	Groups   []statusGroup
	Pager    web.Pager
	Troubles []trouble
	More     int // troubles that are not told
	Days     int
}

// statusAsked is what the reader asked for.
type statusAsked struct {
	By    string // how services are grouped: life_event or institution
	Q     string
	Only  bool   // only what does not answer as it should
	Group string // the one that is open
	Page  int
}

type statusGroup struct {
	Key      string
	Name     lang.Text
	Total    int
	Href     string // opens it, or closes it
	Folded   bool
	Foldable bool
	Counts   []web.Mark // how many stand how, the worst first
	Services []statusLine

	members []*monitordb.Standing
}

type statusLine struct {
	Slug   string
	Name   lang.Text
	Mark   web.Mark
	Reason string
	Ribbon Ribbon
	Share  string // availability over the ribbon
}

// trouble is an open incident.
type trouble struct {
	Slug   string
	Name   lang.Text
	Since  time.Time
	Lasted time.Duration
	Reason string
}

const (
	shownWhole    = 60 // so many services are shown without folding
	shownServices = 50 // on a page of more
	shownTroubles = 20
)

// status answers GET /status.
func (p *Pages) status(c *gin.Context) error {
	ctx := c.Request.Context()
	board, err := p.store.Standings(ctx)
	if err != nil {
		return err
	}
	tree, err := p.tree(ctx)
	if err != nil {
		return err
	}
	page := statusPage{
		Page: p.shell.Page(c, "monitor.status.title"), At: board.At, Total: len(board.Services), Asked: statusAskedOf(c), Days: monitordb.RibbonDays,
	}
	page.Headline = p.headline(page.Page, board)
	page.Title = page.Headline.Word
	found := page.find(board, tree)
	page.Found = len(found)
	page.Groups = page.grouped(found, tree)
	if err := p.fillGroups(ctx, &page); err != nil {
		return err
	}
	page.Troubles = troubles(page.Page, board)
	if page.More = len(page.Troubles) - shownTroubles; page.More > 0 {
		page.Troubles = page.Troubles[:shownTroubles]
	}
	if unchanged(c, &page) {
		return nil
	}
	return p.shell.Show(c, "monitor_status", page)
}

func statusAskedOf(c *gin.Context) statusAsked {
	asked := statusAsked{By: "life_event", Q: strings.TrimSpace(c.Query("q")), Only: c.Query("only") == "trouble", Group: c.Query("group")}
	if c.Query("by") == "institution" {
		asked.By = "institution"
	}
	if letters := []rune(asked.Q); len(letters) > longestQuery {
		asked.Q = string(letters[:longestQuery])
	}
	asked.Page, _ = strconv.Atoi(c.Query("page")) // what is no number is the first page
	asked.Page = max(1, asked.Page)
	return asked
}

// longestQuery bounds what is searched for.
const longestQuery = 200

// Href is the address of the page with another grouping, or another choice.
func (a statusAsked) Href(by string, only bool, group string) string {
	q := a.query()
	q.Del("only")
	q.Del("by")
	if by != "life_event" {
		q.Set("by", by)
	}
	if only {
		q.Set("only", "trouble")
	}
	if group != "" {
		q.Set("group", group)
	}
	if len(q) == 0 {
		return "/status"
	}
	return "/status?" + q.Encode()
}

// query is what was asked for, without the open group and the page.
func (a statusAsked) query() url.Values {
	q := url.Values{}
	if a.By != "life_event" {
		q.Set("by", a.By)
	}
	if a.Q != "" {
		q.Set("q", a.Q)
	}
	if a.Only {
		q.Set("only", "trouble")
	}
	return q
}

// headline says in one sentence how things stand.
func (p *Pages) headline(page web.Page, board *monitordb.Board) web.Mark {
	var down, degraded, unknown int
	var first time.Time
	for n := range board.Services {
		s := &board.Services[n]
		switch s.Verdict {
		case monitor.Down:
			down++
			if began := beganOf(s); first.IsZero() || began.Before(first) {
				first = began
			}
		case monitor.Degraded, monitor.Suspect:
			degraded++
		case monitor.Unknown:
			unknown++
		case monitor.Up:
		}
	}
	switch total := len(board.Services); {
	case total == 0:
		return page.Mark("unknown", "monitor.headline.none")
	case down > 0:
		return page.Mark("down", "monitor.headline.down", down, since(page, board.At, first, p.store.Day))
	case unknown == total:
		return page.Mark("unknown", "monitor.headline.all_unknown")
	case unknown > 0:
		return page.Mark("unknown", "monitor.headline.unknown", unknown)
	case degraded > 0:
		return page.Mark("slow", "monitor.headline.degraded", degraded)
	default:
		return page.Mark("open", "monitor.headline.all", total)
	}
}

// lifeEvent names a life event, as it was written when there is no sentence for it.
func (p statusPage) lifeEvent(code string) string { return lifeEventWord(p.Page, code) }

func lifeEventWord(p web.Page, code string) string {
	if code == "" {
		return p.T("monitor.life_event.other")
	}
	if key := "monitor.life_event." + code; p.Has(key) {
		return p.T(key)
	}
	return code
}

// beganOf is since when a service stands as it does: of one that is down, since
// its incident opened, also when we were blind for a moment in the middle of it.
func beganOf(s *monitordb.Standing) time.Time {
	began := s.Since
	if s.Verdict != monitor.Down {
		return began
	}
	for n := range s.Incidents {
		if i := &s.Incidents[n]; i.StartedAt.Before(began) {
			began = i.StartedAt
		}
	}
	return began
}

// troubles lists the open incidents, the longest first.
func troubles(page web.Page, board *monitordb.Board) []trouble {
	var list []trouble
	for _, s := range board.Services {
		for _, i := range s.Incidents {
			list = append(list, trouble{
				Slug: s.Service.Slug, Name: s.Service.Name, Since: i.StartedAt, Lasted: i.Lasted(board.At).Truncate(time.Minute),
				Reason: reasonWords(page, i.Reason),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b trouble) int { return a.Since.Compare(b.Since) })
	return list
}
