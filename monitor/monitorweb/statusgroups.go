package monitorweb

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// ails tells whether a service does not answer as it should, or may not.
func ails(v monitor.Verdict) bool { return v != monitor.Up && v != monitor.Maintenance }

// worstFirst puts what is down before what is faulty, unknown, or well: on the
// first of many pages stands what matters.
func worstFirst(a, b *monitordb.Standing) int { return place(a.Verdict) - place(b.Verdict) }

func place(v monitor.Verdict) int {
	switch v {
	case monitor.Down:
		return 0
	case monitor.Degraded, monitor.Suspect:
		return 1
	case monitor.Unknown:
		return 2
	case monitor.Up, monitor.Maintenance:
	}
	return 3
}

// find returns the services that were asked for, and counts those that ail.
func (p *statusPage) find(board *monitordb.Board, tree identity.Tree) []*monitordb.Standing {
	words := strings.Fields(bare(p.Asked.Q))
	bodies := map[string]string{} // the names of institutions, bare
	var found []*monitordb.Standing
	for n := range board.Services {
		s := &board.Services[n]
		if ails(s.Verdict) {
			p.Ailing++
		} else if p.Asked.Only {
			continue
		}
		if len(words) > 0 {
			slug := s.Service.Institution
			if _, known := bodies[slug]; !known {
				bodies[slug] = bareText(nameOf(tree, slug))
			}
			if !holdsAll(s.Service.Slug+" "+bareText(s.Service.Name)+" "+bodies[slug], words) {
				continue
			}
		}
		found = append(found, s)
	}
	return found
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func bareText(t lang.Text) string {
	var b strings.Builder
	for _, tag := range lang.All() {
		b.WriteString(bare(t[string(tag)]))
		b.WriteByte(' ')
	}
	return b.String()
}

// bare writes small letters without accents, vowel signs and hamza, so that
// what is typed in haste finds what is written with care.
func bare(s string) string {
	s = strings.ToLower(s)
	if strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || r == 'ـ' {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// grouped puts the services under their life event or their ministry.
func (p *statusPage) grouped(found []*monitordb.Standing, tree identity.Tree) []statusGroup {
	at := map[string]int{}
	var list []statusGroup
	for _, s := range found {
		key := s.Service.LifeEvent
		if p.Asked.By == "institution" {
			if key = tree.Ministry(s.Service.Institution).Slug; key == "" {
				key = s.Service.Institution
			}
		} else if key == "" {
			key = "other"
		}
		i, ok := at[key]
		if !ok {
			i, at[key] = len(list), len(list)
			name := lang.Text{string(p.Lang): p.lifeEvent(key)}
			if p.Asked.By == "institution" {
				name = nameOf(tree, key)
			}
			list = append(list, statusGroup{Key: key, Name: name})
		}
		list[i].members = append(list[i].members, s)
	}
	order := locale.Order(p.Lang)
	slices.SortStableFunc(list, func(a, b statusGroup) int {
		return order(p.Text(a.Name), p.Text(b.Name))
	})
	return list
}

// fillGroups writes the services that the page shows: all of them when they
// are few, else those of the open group, or of one page of what was looked for.
func (p *Pages) fillGroups(ctx context.Context, page *statusPage) error {
	asked := page.Asked
	whole := page.Found <= shownWhole
	flat := !whole && asked.Group == "" && (asked.Q != "" || asked.Only)
	for n := range page.Groups {
		g := &page.Groups[n]
		g.Total = len(g.members)
		g.Counts = page.counts(g.members)
		if whole {
			continue
		}
		slices.SortStableFunc(g.members, worstFirst)
		if flat {
			continue
		}
		g.Foldable, g.Folded = true, g.Key != asked.Group
		g.Href = asked.Href(asked.By, asked.Only, g.Key)
		if !g.Folded {
			g.Href = asked.Href(asked.By, asked.Only, "")
		}
	}
	page.cut(whole, flat)
	return p.fillLines(ctx, page)
}

// cut leaves the members that one page shows.
func (p *statusPage) cut(whole, flat bool) {
	if whole {
		return
	}
	total := 0
	for n := range p.Groups {
		if !p.Groups[n].Folded {
			total += len(p.Groups[n].members)
		}
	}
	pages := max(1, (total+shownServices-1)/shownServices)
	p.Asked.Page = min(p.Asked.Page, pages)
	from := (p.Asked.Page - 1) * shownServices
	to, at := from+shownServices, 0
	for n := range p.Groups {
		g := &p.Groups[n]
		if g.Folded {
			g.members = nil
			continue
		}
		size := len(g.members)
		g.members = g.members[min(size, max(0, from-at)):max(0, min(size, to-at))]
		at += size
	}
	if flat {
		p.Groups = slices.DeleteFunc(p.Groups, func(g statusGroup) bool { return len(g.members) == 0 })
	}
	query := p.Asked.query()
	if p.Asked.Group != "" {
		query.Set("group", p.Asked.Group)
	}
	p.Pager = p.Page.Pager(p.Asked.Page, pages, query)
}

// fillLines reads the ribbons of what is shown.
func (p *Pages) fillLines(ctx context.Context, page *statusPage) error {
	var services []monitor.Service
	for _, g := range page.Groups {
		for _, s := range g.members {
			services = append(services, s.Service)
		}
	}
	if len(services) == 0 {
		return nil
	}
	ribbons, err := p.store.Ribbons(ctx, services)
	if err != nil {
		return err
	}
	at := 0
	for n := range page.Groups {
		g := &page.Groups[n]
		for _, s := range g.members {
			g.Services = append(g.Services, lineOf(page.Page, s, ribbons[at]))
			at++
		}
	}
	return nil
}

func lineOf(page web.Page, s *monitordb.Standing, days []monitor.DaySum) statusLine {
	var up, known time.Duration
	for _, d := range days {
		up += d.Up
		known += d.Up + d.Down
	}
	return statusLine{
		Slug: s.Service.Slug, Name: s.Service.Name, Mark: verdictMark(page, s.Verdict),
		Reason: reasonWords(page, s.Reason), Ribbon: dayRibbon(page, days), Share: share(page, up, known),
	}
}

// counts says how many stand how, the worst first.
func (p *statusPage) counts(members []*monitordb.Standing) []web.Mark {
	kinds := map[string]int{}
	for _, s := range members {
		kinds[VerdictKind(s.Verdict)]++
	}
	var marks []web.Mark
	for _, kind := range []string{"down", "slow", "unknown", "maintenance", "open"} {
		if n := kinds[kind]; n > 0 {
			marks = append(marks, p.Mark(kind, "standing.count."+kind, n))
		}
	}
	return marks
}

// unchanged answers that the reader has the page already. Only what anybody
// sees has a tag: it covers all that the page says, the time to the minute.
func unchanged(c *gin.Context, page *statusPage) bool {
	if page.Actor.Known() || page.Flash != "" {
		return false
	}
	sum := fnv.New128a()
	_, _ = fmt.Fprintf(sum, "%s %s %v %v %d %d %v %v %d %d", page.Lang, page.Version(), page.DateTime(page.At), page.Headline, page.Total,
		page.Found, page.Asked, page.Troubles, page.More, page.Ailing)
	for n := range page.Groups {
		g := &page.Groups[n]
		_, _ = fmt.Fprintf(sum, "%s %v %v %v", g.Key, g.Name, g.Counts, g.Services)
	}
	tag := `W/"` + strconv.FormatUint(sumOf(sum.Sum(nil)), 36) + `"`
	c.Header("ETag", tag)
	if !slices.Contains(strings.Split(strings.ReplaceAll(c.GetHeader("If-None-Match"), " ", ""), ","), tag) {
		return false
	}
	c.Header("Vary", "Accept-Language, Cookie, Accept-Encoding")
	c.Header("Cache-Control", "private, no-cache")
	c.Status(http.StatusNotModified)
	c.Writer.WriteHeaderNow()
	return true
}

// sumOf folds a hash of sixteen bytes into a number.
func sumOf(b []byte) uint64 {
	var n uint64
	for i, x := range b {
		n ^= uint64(x) << (8 * (i % 8))
	}
	return n
}
