package monitorweb

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// aboutPage is /status/about: how every figure of the watch is made.
type aboutPage struct {
	web.Page
	Tiers []tierLine
	Burns []burnLine
	Needs []needLine
	Apdex string
}

// tierLine is an objective and what outage it leaves.
type tierLine struct{ Name, Objective, Month, Year string }

// burnLine is one rule of how fast a budget may go.
type burnLine struct{ Long, Short, Factor, Share string }

// needLine is how many looks without a fault decide an objective.
type needLine struct{ Objective, Looks, Days string }

// about answers GET /status/about.
func (p *Pages) about(c *gin.Context) error {
	const day, minutesOfDay = 24 * time.Hour, 24 * 60
	page := aboutPage{Page: p.shell.Page(c, "about.title")}
	page.Apdex = page.Duration(monitor.ApdexDefault)
	for _, t := range monitor.Tiers() {
		o := t.DefaultObjective()
		budget := func(period time.Duration) string {
			b := monitor.BudgetOf(o, &monitor.Tally{}, period)
			return page.Duration(b.Allowed.Round(time.Minute))
		}
		page.Tiers = append(page.Tiers, tierLine{
			page.T("monitor.tier." + string(t)), page.Percent(o, 1), budget(30 * day), budget(365 * day),
		})
		_, needed := monitor.Decide(0, 0, o)
		page.Needs = append(page.Needs, needLine{
			page.Percent(o, 1), page.Number(needed), page.Decimal(float64(needed)/minutesOfDay, 1),
		})
	}
	for _, w := range monitor.BurnWindows() {
		page.Burns = append(page.Burns, burnLine{
			page.Duration(w.Long), page.Duration(w.Short), page.Decimal(w.Factor, 1),
			page.Percent(w.Factor*float64(w.Long)/float64(30*day), 0),
		})
	}
	return p.shell.Show(c, "monitor_about", page)
}
