package monitorweb

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/web"
)

// servicePage is /services/{slug}.
type servicePage struct {
	web.Page
	Service     *monitor.Service
	Name        lang.Text
	Institution lang.Text
	LifeEvent   string
	Mark        web.Mark
	Since       string
	Reason      string
	At          time.Time
	Checks      []checkTab // more than one: a choice
	Check       monitor.Check
	Current     monitor.Current
	Looked      bool
	Bars        []bar
	Windows     []windowFigure
	Hours       Ribbon // the last 24 hours
	HourRows    []hourRow
	Days        Ribbon
	DayCount    int
	Plot        Plot
	Incidents   []incidentLine
	Places      any           // who sees the check from where; nil when only this installation looks
	Private     bool          // not public: only who may see it
	Steps       []lookStep    // what the last look of several parts was made of
	Chain       chainView     // the certificates the server sends
	Versions    []versionLine // language versions looked at by themselves
	Past        *pastView     // as far back as a year
	Domain      *domainFact   // the registration that its host stands on
	asked       string        // how far back it was asked for
	down        bool          // the service does not answer
}

type checkTab struct {
	Name   string
	Active bool
	Mark   web.Mark
}

// windowFigure is availability over one stretch of time.
type windowFigure struct {
	Key      string
	Share    string
	Coverage string
}

// hourRow is one hour in the table beside the plot.
type hourRow struct {
	At              time.Time
	Readings        int64
	Median, Slowest time.Duration
	Any             bool
	Down            time.Duration
	Share           string
}

type incidentLine struct {
	Check   string
	Started time.Time
	Ended   *time.Time
	Lasted  time.Duration
	Reason  string
	Open    bool
	Paused  bool // it ended because nobody looked any more
}

// service answers GET /services/{slug}.
func (p *Pages) service(c *gin.Context) error {
	ctx := c.Request.Context()
	v, err := p.store.Service(ctx, web.ActorFrom(ctx), c.Param("slug"))
	if err != nil {
		return err
	}
	tree, err := p.tree(ctx)
	if err != nil {
		return err
	}
	page := p.servicePage(p.shell.Page(c, "monitor.service.title"), v, tree)
	page.asked = c.Query("span")
	if len(v.Checks) > 0 {
		if err := p.fillService(ctx, &page, c.Query("check")); err != nil {
			return err
		}
	}
	return p.shell.Show(c, "monitor_service", page)
}

func (p *Pages) servicePage(page web.Page, v *monitor.Service, tree identity.Tree) servicePage {
	page.Title = page.Text(v.Name)
	return servicePage{
		Page: page, Service: v, Name: v.Name, Institution: nameOf(tree, v.Institution),
		LifeEvent: lifeEventWord(page, v.LifeEvent), At: p.now(), Private: !v.Public(), Mark: stateMark(page, v.State),
		DayCount: monitordb.RibbonDays,
	}
}

// fillService reads what is known of the service and of the check that is looked at closer.
func (p *Pages) fillService(ctx context.Context, page *servicePage, chosen string) error {
	v := page.Service
	currents, err := p.store.Currents(ctx, v.Slug)
	if err != nil {
		return err
	}
	if v.Public() {
		verdict, reason, at := monitor.Worst(v.Checks, currents, page.At)
		planned, err := p.store.Planned(ctx, v.Slug, page.At, page.At.Add(time.Second))
		if err != nil {
			return err
		}
		if verdict = verdict.During(planned, page.At); verdict == monitor.Maintenance {
			reason, at = monitor.None, time.Time{}
		}
		page.Mark, page.Reason, page.down = verdictMark(page.Page, verdict), reasonWords(page.Page, reason), verdict == monitor.Down
		if !at.IsZero() {
			page.Since = since(page.Page, page.At, at, p.store.Day)
		}
	}
	page.Check = v.Checks[0]
	for _, c := range v.Checks {
		if c.Name == chosen {
			page.Check = c
		}
	}
	for _, c := range v.Checks {
		cur := currents[c.ID]
		page.Checks = append(page.Checks, checkTab{c.Name, c.ID == page.Check.ID, verdictMark(page.Page, cur.Standing(page.At))})
	}
	page.Current, page.Looked = currents[page.Check.ID]
	if p.places != nil {
		page.Places = p.places(page.Page, page.Check.ID)
	}
	if page.Domain, err = p.domainOf(ctx, &page.Page, page.Check.Target); err != nil {
		return err
	}
	page.Bars = barsOf(page.Page, page.Current.Phases())
	if err := p.fillSecured(ctx, page, currents); err != nil {
		return err
	}
	for _, fill := range []func(context.Context, *servicePage) error{p.fillDay, p.fillWindows, p.fillIncidents, p.fillSteps, p.fillPast} {
		if err := fill(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// fillDay draws the last 24 hours of the check.
func (p *Pages) fillDay(ctx context.Context, page *servicePage) error {
	to := page.At
	from := to.Add(-24 * time.Hour)
	readings, err := p.store.History(ctx, page.Check.ID, from, to)
	if err != nil {
		return err
	}
	planned, err := p.store.Planned(ctx, page.Service.Slug, from, to)
	if err != nil {
		return err
	}
	page.Plot = plotOf(page.Page, readings, from, to, planned)
	page.Hours = hourRibbon(page.Page, monitor.Ribbon(readings, from, to, planned), from, to, plotWidth)
	for at := to.Truncate(time.Hour); at.After(from.Add(-time.Hour)); at = at.Add(-time.Hour) {
		t := monitor.Sum(readings, at, at.Add(time.Hour), planned)
		row := hourRow{At: at, Readings: t.Readings, Down: t.Down, Share: share(page.Page, t.Up, t.Known()), Slowest: t.Slowest}
		row.Median, row.Any = t.Times.Quantile(0.5)
		row.Median = min(row.Median, t.Slowest) // a bucket's bound may lie above all that was measured
		page.HourRows = append(page.HourRows, row)
	}
	return nil
}

// fillWindows reads the availability figures and the ribbon of days.
func (p *Pages) fillWindows(ctx context.Context, page *servicePage) error {
	for _, w := range []struct {
		key    string
		length time.Duration
	}{
		{"monitor.window.day", 24 * time.Hour},
		{"monitor.window.week", 7 * 24 * time.Hour},
		{"monitor.window.month", 30 * 24 * time.Hour},
		{"monitor.window.quarter", 90 * 24 * time.Hour},
	} {
		t, err := p.store.Tally(ctx, page.Check.ID, page.At.Add(-w.length), page.At)
		if err != nil {
			return err
		}
		page.Windows = append(page.Windows, windowFigure{
			w.key, share(page.Page, t.Up, t.Known()), page.Percent(t.Coverage(w.length), 1),
		})
	}
	if !page.Service.Public() {
		return nil
	}
	days, err := p.store.Ribbons(ctx, []monitor.Service{*page.Service})
	if err != nil {
		return err
	}
	page.Days = dayRibbon(page.Page, days[0])
	return nil
}

// shownIncidents is how many incidents a service's page tells of.
const shownIncidents = 10

func (p *Pages) fillIncidents(ctx context.Context, page *servicePage) error {
	list, err := p.store.Incidents(ctx, page.Service.Slug, 0, shownIncidents)
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, c := range page.Service.Checks {
		names[c.ID] = c.Name
	}
	for _, i := range list {
		if page.down && i.EndedAt == nil { // also when we were blind for a moment since
			page.Since = since(page.Page, page.At, i.StartedAt, p.store.Day)
		}
		page.Incidents = append(page.Incidents, incidentLine{
			Check: names[i.CheckID], Started: i.StartedAt, Ended: i.EndedAt, Open: i.EndedAt == nil,
			Lasted: i.Lasted(page.At).Truncate(time.Second), Reason: reasonWords(page.Page, i.Reason),
			Paused: i.Resolution == monitor.Unwatched,
		})
	}
	return nil
}
