package demo

import (
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// checks says how the watch looks at a simulated service: first at its page,
// then at whatever else the service is there to show.
func (s Service) checks(target string) []monitor.Check {
	page := monitor.Check{
		Name: "page", Kind: monitor.HTTP, Target: target, Schedule: "@every " + Period.String(),
		Timeout: 3 * time.Second, Expect: monitor.Expect{Contains: []string{Greeting}},
	}
	switch s.Behaviour {
	case Slow:
		page.Expect.SlowMS = 1000 // people wait for it, and it answers: degraded, not down
	case HalfSpoken:
		return []monitor.Check{page, spoken(page, lang.French), spoken(page, lang.Arabic)}
	}
	return []monitor.Check{page}
}

// spoken looks at one language version. An error page with a good status is
// told for what it is.
func spoken(page monitor.Check, version lang.Tag) monitor.Check {
	page.Name = "page-" + string(version)
	page.Expect = monitor.Expect{SoftError: monitor.SoftDegraded}
	page.Settings.Web = &monitor.WebSettings{Language: version}
	return page
}
