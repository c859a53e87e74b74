package alert

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Settings are the thresholds of events that are no incidents.
type Settings struct {
	Objectives  Objectives
	DegradedFor time.Duration // how long a service is degraded before it is told
	ExpiresIn   time.Duration // how long before its end a certificate or a domain is told of
	BlindFor    time.Duration // how long nothing is seen before that is told; 0: never
	LinksFor    time.Duration // how long links in mails are kept once what they are about is over
}

// UsualSettings are those of an installation that was told nothing.
func UsualSettings() Settings {
	return Settings{
		Objectives: UsualObjectives(), DegradedFor: 15 * time.Minute, ExpiresIn: 21 * 24 * time.Hour, BlindFor: 5 * time.Minute,
		LinksFor: 30 * 24 * time.Hour,
	}
}

// View is a service as far as conditions are concerned.
type View struct {
	Service, Institution string
	Tier                 monitor.Tier
	Objective            float64 // agreed for it alone; 0: that of its tier
	Name, Owner          lang.Text
	Checks               []CheckView
	Record               Record
	Opinions             []Opinion    // of two fortnights in a row, the latest first; fewer where too little is known
	Grades               []Grade      // of two nights in a row, the latest first; fewer where too little is known
	Domains              []DomainView // that its checks' hosts stand on, as far as their end is known
}

// DomainView is a domain and when its registration ends.
type DomainView struct {
	Name  string
	Until time.Time
}

// CheckView is what stands about one check.
type CheckView struct {
	ID       int64
	Verdict  monitor.Verdict // what may be shown now
	Reason   monitor.Reason
	Since    time.Time
	LastAt   time.Time
	Fresh    bool
	NotAfter time.Time // zero without TLS
}

// blindShare is the share of checks that must be out of sight before we say
// that it is us.
const blindShare = 0.8

// Conditions returns the events that stand at now besides incidents. Awake is
// since when somebody looks: nobody is blind who has just opened their eyes.
func Conditions(views []View, s Settings, awake, now time.Time) []Event {
	var all []Event
	for n := range views {
		v := &views[n]
		all = append(all, v.degraded(s, now)...)
		all = append(all, v.certificates(s, now)...)
		all = append(all, v.registrations(s, now)...)
		all = append(all, v.burning(s, now)...)
		all = append(all, v.discontent(now)...)
		all = append(all, v.sinking(now)...)
	}
	return append(all, blind(views, s, awake, now)...)
}

// event begins an event of v.
func (v *View) event(kind Kind, subject string, since, now time.Time) Event {
	return Event{
		Key: fmt.Sprintf("%s/%s/%d", kind, subject, since.UnixMicro()), Kind: kind, Subject: subject, Service: v.Service,
		Institution: v.Institution, Tier: v.Tier, StartedAt: since, ConfirmedAt: now, Facts: Facts{Name: v.Name, Owner: v.Owner},
	}
}

func (v *View) degraded(s Settings, now time.Time) []Event {
	var worst *CheckView
	for n := range v.Checks {
		c := &v.Checks[n]
		if c.Verdict == monitor.Degraded && now.Sub(c.Since) >= s.DegradedFor && (worst == nil || c.Since.Before(worst.Since)) {
			worst = c
		}
	}
	if worst == nil {
		return nil
	}
	e := v.event(Degraded, v.Service, worst.Since, now)
	e.Facts.Reason = worst.Reason.String()
	return []Event{e}
}

// certificates tells of certificates before their end; one that has ended is
// an incident.
func (v *View) certificates(s Settings, now time.Time) []Event {
	var all []Event
	for _, c := range v.Checks {
		if c.NotAfter.IsZero() || !now.Before(c.NotAfter) || c.NotAfter.Sub(now) > s.ExpiresIn {
			continue
		}
		e := v.event(Certificate, fmt.Sprintf("%s/%d", v.Service, c.ID), c.NotAfter.Add(-s.ExpiresIn), now)
		until := c.NotAfter
		e.Facts.NotAfter = &until
		all = append(all, e)
	}
	return all
}

// registrations tells of domains before their end, and after it: a registrar
// keeps a name for a while, and the service may still answer.
func (v *View) registrations(s Settings, now time.Time) []Event {
	var all []Event
	for _, d := range v.Domains {
		if d.Until.Sub(now) > s.ExpiresIn {
			continue
		}
		e := v.event(Domain, v.Service+"/"+d.Name, d.Until.Add(-s.ExpiresIn), now)
		until := d.Until
		e.Facts.NotAfter = &until
		all = append(all, e)
	}
	return all
}

func (v *View) burning(s Settings, now time.Time) []Event {
	burn, ok := v.Record.Burning(cmp.Or(v.Objective, s.Objectives[v.Tier]), now)
	if !ok {
		return nil
	}
	kind := BurnSlow
	if burn.Fast {
		kind = BurnFast
	}
	e := v.event(kind, v.Service, now.Truncate(time.Second), now)
	e.Facts.Burn, e.Facts.Window = burn.Rate, burn.Long
	return []Event{e}
}

// blind tells that most checks are out of sight at once.
func blind(views []View, s Settings, awake, now time.Time) []Event {
	total, lost := 0, []time.Time{}
	for _, v := range views {
		for _, c := range v.Checks {
			total++
			switch {
			case !c.Fresh:
				lost = append(lost, c.LastAt)
			case c.Verdict == monitor.Unknown && c.Reason == monitor.OwnNetwork:
				lost = append(lost, c.Since)
			}
		}
	}
	if s.BlindFor <= 0 || len(lost) == 0 || float64(len(lost)) < blindShare*float64(total) {
		return nil
	}
	since := slices.MaxFunc(lost, time.Time.Compare)
	if since.Before(awake) {
		since = awake
	}
	if now.Sub(since) < s.BlindFor {
		return nil
	}
	return []Event{{
		Key: fmt.Sprintf("%s//%d", Blind, since.UnixMicro()), Kind: Blind, StartedAt: since, ConfirmedAt: now,
		Facts: Facts{Checks: map[string]int{"lost": len(lost), "all": total}},
	}}
}

// Stands tells whether two events are the same one going on: one of a kind is
// open about a subject at a time.
func Stands(open, now *Event) bool { return open.Kind == now.Kind && open.Subject == now.Subject }
