package monitorweb

import (
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// measuredDays is how far back the page of what was measured goes.
const measuredDays = 30

// shownGaps is how many gaps the page lists one by one.
const shownGaps = 100

// measuredPage is /desk/services/{slug}/measured: how each window agreed on was
// kept, and when and why nobody looked.
type measuredPage struct {
	web.Page
	Service *monitor.Service
	Name    lang.Text
	Days    int
	Windows []windowLine
	Causes  []causeLine
	Gaps    []gapLine
	More    int // gaps past those listed
	Full    web.Empty
}

// windowLine is one window agreed on, as one check kept it.
type windowLine struct {
	Name                             lang.Text
	Kind, Check                      string
	Open                             time.Duration
	Share, Objective, Coverage, Down string
	Kept                             web.Mark
}

// causeLine is what one cause comes to.
type causeLine struct {
	Word, Means string
	Times       int
	Missed      int64
	Blind       bool // looks happened, and saw nothing
	Lasted      time.Duration
}

// gapLine is one stretch in which nobody looked, or nothing could be seen.
type gapLine struct {
	From, To time.Time
	Lasted   time.Duration
	Word     string
	Check    string // empty: every check
	Missed   int64
	Blind    bool
}

// measured answers GET /desk/services/{slug}/measured.
func (p *Pages) measured(c *gin.Context) error {
	ctx := c.Request.Context()
	by, err := web.SignedIn(c, identity.ReadServices)
	if err != nil {
		return err
	}
	v, err := p.store.Service(ctx, by, c.Param("slug"))
	if err != nil {
		return err
	}
	page := measuredPage{Page: p.shell.Page(c, "measured.title"), Service: v, Name: v.Name, Days: measuredDays}
	page.Full = page.Empty("measured.gaps.none", "measured.gaps.none_text")
	now := p.now()
	from := now.AddDate(0, 0, -measuredDays)
	if err := p.fillWindowLines(ctx, &page, from, now); err != nil {
		return err
	}
	if err := p.fillGaps(ctx, &page, from, now); err != nil {
		return err
	}
	return p.shell.Show(c, "monitor_measured", page)
}

// fillWindowLines sums up each window agreed on, as the API does.
func (p *Pages) fillWindowLines(ctx context.Context, page *measuredPage, from, to time.Time) error {
	figures, err := p.windowFigures(ctx, page.Service, from, to)
	if err != nil {
		return err
	}
	for n := range figures {
		for i := range figures[n].Checks {
			page.Windows = append(page.Windows, page.windowLine(&figures[n], &figures[n].Checks[i]))
		}
	}
	return nil
}

// windowLine is how one check kept a window.
func (page *measuredPage) windowLine(w *WindowFigure, f *Availability) windowLine {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	l := windowLine{
		Name: w.Name, Kind: page.T("agreement.kind." + w.Kind), Check: f.Check, Open: seconds(w.Opened).Truncate(time.Minute),
		Share: share(page.Page, seconds(f.Up), seconds(f.Up+f.Down)), Objective: page.Percent(f.Objective, 2),
		Coverage: page.Percent(f.Coverage, 1), Down: page.Duration(seconds(f.Down).Truncate(time.Second)),
		Kept: page.Mark(answerKinds[f.Kept], "standing.report.answer."+string(f.Kept)),
	}
	if w.Opened == 0 {
		l.Coverage, l.Down = "–", "–"
	}
	return l
}

// fillGaps reads why nobody looked, by cause and one by one, the latest first.
func (p *Pages) fillGaps(ctx context.Context, page *measuredPage, from, to time.Time) error {
	gaps, err := p.gapsOf(ctx, page.Service, from, to)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, c := range page.Service.Checks {
		names[c.ID] = c.Name
	}
	for _, cause := range append(monitor.Misses(), monitor.MissBlind) {
		l := causeLine{Word: page.T("measured.cause." + string(cause)), Means: page.T("measured.means." + string(cause)), Blind: cause == monitor.MissBlind}
		for _, g := range gaps {
			if g.Cause == cause {
				l.Times, l.Missed, l.Lasted = l.Times+1, l.Missed+g.Missed, l.Lasted+g.EndedAt.Sub(g.StartedAt)
			}
		}
		if l.Times > 0 {
			page.Causes = append(page.Causes, l)
		}
	}
	page.More = max(0, len(gaps)-shownGaps)
	for _, g := range gaps[:min(len(gaps), shownGaps)] {
		page.Gaps = append(page.Gaps, gapLine{
			From: g.StartedAt, To: g.EndedAt, Lasted: g.EndedAt.Sub(g.StartedAt), Word: page.T("measured.cause." + string(g.Cause)),
			Check: names[g.CheckID], Missed: g.Missed, Blind: g.Cause == monitor.MissBlind,
		})
	}
	return nil
}

// gapsOf are those of a service's checks and of every check, once each, the
// latest first.
func (p *Pages) gapsOf(ctx context.Context, v *monitor.Service, from, to time.Time) ([]monitor.Gap, error) {
	var all []monitor.Gap
	for n, c := range v.Checks {
		list, err := p.store.Gaps(ctx, c.ID, from, to)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			if g.CheckID != 0 || n == 0 { // those of every check come with each
				all = append(all, g)
			}
		}
	}
	return joined(all), nil
}

// near is how close two gaps of one cause stand to be told as one.
const near = time.Minute

// joined tells neighbouring gaps of one cause and check as one, the latest
// first: a link that comes and goes for a while is one trouble, not twenty.
func joined(gaps []monitor.Gap) []monitor.Gap {
	slices.SortStableFunc(gaps, func(a, b monitor.Gap) int { return a.StartedAt.Compare(b.StartedAt) })
	type kind struct {
		check int64
		cause monitor.Miss
	}
	last, list := map[kind]int{}, []monitor.Gap{}
	for _, g := range gaps {
		k := kind{g.CheckID, g.Cause}
		if n, ok := last[k]; ok && g.StartedAt.Sub(list[n].EndedAt) <= near {
			if g.EndedAt.After(list[n].EndedAt) {
				list[n].EndedAt = g.EndedAt
			}
			list[n].Missed += g.Missed
			continue
		}
		last[k] = len(list)
		list = append(list, g)
	}
	slices.Reverse(list)
	return list
}
