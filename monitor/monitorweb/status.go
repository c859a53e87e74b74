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
	"github.com/jard-odi/jard/web/locale"
)

// statusPage is /status: one sentence on top, then every service.
type statusPage struct {
	web.Page
	Headline web.Mark
	At       time.Time
	Total    int
	By       string // how services are grouped: life_event or institution
	Groups   []statusGroup
	Troubles []trouble
	Days     int
}

type statusGroup struct {
	Name     lang.Text
	Services []statusLine
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

// status answers GET /status.
func (p *Pages) status(c *gin.Context) error {
	ctx := c.Request.Context()
	board, err := p.store.Board(ctx)
	if err != nil {
		return err
	}
	tree, err := p.tree(ctx)
	if err != nil {
		return err
	}
	page := statusPage{
		Page: p.shell.Page(c, "monitor.status.title"), At: board.At, Total: len(board.Services),
		By: "life_event", Days: monitordb.RibbonDays,
	}
	if c.Query("by") == "institution" {
		page.By = "institution"
	}
	page.Headline = p.headline(page.Page, board)
	page.Title = page.Headline.Word
	page.Groups = groups(page, board, tree)
	page.Troubles = troubles(page.Page, board)
	return p.shell.Show(c, "monitor_status", page)
}

// headline says in one sentence how things stand.
func (p *Pages) headline(page web.Page, board *monitordb.Board) web.Mark {
	var down, degraded, unknown int
	var first time.Time
	for _, s := range board.Services {
		switch s.Verdict {
		case monitor.Down:
			down++
			if first.IsZero() || s.Since.Before(first) {
				first = s.Since
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

// groups puts the services under their life event or their ministry.
func groups(page statusPage, board *monitordb.Board, tree identity.Tree) []statusGroup {
	at := map[string]int{}
	var list []statusGroup
	for n := range board.Services {
		s := &board.Services[n]
		key, name := s.Service.LifeEvent, lang.Text{string(page.Lang): page.lifeEvent(s.Service.LifeEvent)}
		if page.By == "institution" {
			key = tree.Ministry(s.Service.Institution).Slug
			if key == "" {
				key = s.Service.Institution
			}
			name = nameOf(tree, key)
		}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(list), len(list)
			list = append(list, statusGroup{Name: name})
		}
		list[i].Services = append(list[i].Services, lineOf(page.Page, s))
	}
	order := locale.Order(page.Lang)
	slices.SortStableFunc(list, func(a, b statusGroup) int {
		return order(page.Text(a.Name), page.Text(b.Name))
	})
	return list
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

func lineOf(page web.Page, s *monitordb.Standing) statusLine {
	var up, known time.Duration
	for _, d := range s.Days {
		up += d.Up
		known += d.Up + d.Down
	}
	return statusLine{
		Slug: s.Service.Slug, Name: s.Service.Name, Mark: verdictMark(page, s.Verdict),
		Reason: reasonWords(page, s.Reason), Ribbon: dayRibbon(page, s.Days), Share: share(page, up, known),
	}
}

// troubles lists the open incidents, the longest first.
func troubles(page web.Page, board *monitordb.Board) []trouble {
	var list []trouble
	for _, s := range board.Services {
		for _, i := range s.Incidents {
			list = append(list, trouble{
				Slug: s.Service.Slug, Name: s.Service.Name, Since: i.StartedAt, Lasted: i.Lasted(board.At).Truncate(time.Second),
				Reason: reasonWords(page, i.Reason),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b trouble) int { return a.Since.Compare(b.Since) })
	return list
}
