package demo

import (
	"math"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// The past that the demo makes up, so that ribbons and plots have something to
// show. It is judged by the same rules as what is measured.
const (
	pastDays   = 90
	pastEvery  = time.Hour       // far back
	recentPast = 24 * time.Hour  // the last day is denser,
	recentStep = 5 * time.Minute // because a plot shows it
)

// Past calls keep with every reading of the made-up past of the service, the
// oldest first, each judged, together with what then stands about the check.
// It returns what stands at the end.
func (s Service) Past(check int64, now time.Time,
	keep func(r monitor.Reading, c monitor.Current, change monitor.Change, incident time.Time),
) {
	standing := monitor.Current{CheckID: check, Service: s.Slug}
	take := func(r monitor.Reading) {
		change, incident := standing.Take(&r, confirmations)
		keep(r, standing, change, incident)
	}
	now = now.UTC().Truncate(time.Microsecond)
	step := pastEvery
	for at := now.AddDate(0, 0, -pastDays); at.Before(now); at = at.Add(step) {
		if now.Sub(at) <= recentPast {
			step = recentStep
		}
		r := s.past(check, at, now.Sub(at), step)
		take(r)
		if r.Verdict.Answers() || standing.Verdict == monitor.Down {
			continue
		}
		for n, later := range []time.Duration{5 * time.Second, 20 * time.Second} {
			again := r
			again.At, again.Attempt = at.Add(later), n+2
			take(again)
		}
	}
}

// confirmations is how often the watch looks again before it says down.
const confirmations = 2

// past makes up the reading at the time that lies ago back.
func (s Service) past(check int64, at time.Time, ago, every time.Duration) monitor.Reading {
	slot := at.Unix() / int64(every/time.Second)
	l := luckOf(s.Slug)
	r := monitor.Reading{
		Check: check, At: at, Attempt: 1, Every: every, Status: 200, Bytes: 2048, Address: "127.0.0.1",
		Phases: monitor.Phases{
			monitor.PhaseConnect:  time.Duration(l.between(int(slot), 80, 200)) * time.Microsecond,
			monitor.PhaseWait:     s.pace(at, int(slot)),
			monitor.PhaseTransfer: time.Duration(l.between(int(slot)+1, 40, 120)) * time.Microsecond,
		},
	}
	r.Reason = s.trouble(at, ago)
	switch r.Reason {
	case monitor.None:
	case monitor.Status:
		r.Status = 503
	case monitor.Timeout:
		r.Status, r.Phases[monitor.PhaseWait] = 0, 3*time.Second
	case monitor.Connect, monitor.TLSExpired, monitor.TLSWrongHost:
		r.Status, r.Bytes, r.Phases = 0, 0, monitor.Phases{}
	}
	if r.Reason == monitor.None {
		r.Verdict = monitor.Up
	} else {
		r.Verdict, r.Detail = monitor.Suspect, r.Reason.String()
		r.Seen = seenAt(r.Reason)
	}
	return r
}

// pace is longer at the hours when everybody wants something.
func (s Service) pace(at time.Time, slot int) time.Duration {
	hour := float64(at.UTC().Hour()+1) + float64(at.Minute())/60
	rush := 1 + 0.5*bell(hour-11, 8) + 0.2*bell(hour-20, 6)
	noise := 0.85 + 0.3*float64(luckOf(s.Slug).between(slot, 0, 1000))/1000
	if s.Behaviour == Moody && luckOf(s.Slug).between(slot+7, 0, 9) == 0 {
		noise *= 6
	}
	return time.Duration(float64(s.Pace) * rush * noise).Round(time.Microsecond)
}

// bell is 1 at no distance and falls off on both sides.
func bell(distance, width float64) float64 { return math.Exp(-distance * distance / width) }

// trouble says what was wrong with the service so long ago: what it suffers
// from now began some time back, and everybody has a bad hour now and then.
func (s Service) trouble(at time.Time, ago time.Duration) monitor.Reason {
	day := time.Duration(24) * time.Hour
	switch {
	case s.Behaviour == Dead && ago < 3*day+5*time.Hour:
		return monitor.Connect
	case s.Behaviour == Expired && ago < day+14*time.Hour:
		return monitor.TLSExpired
	case s.Behaviour == WrongHost && ago < 9*day:
		return monitor.TLSWrongHost
	case s.Behaviour == Hanging && ago < 4*time.Hour+20*time.Minute:
		return monitor.Timeout
	case s.Behaviour == Broken && ago < 50*time.Minute:
		return monitor.Assertion
	}
	hour := int(at.Unix() / 3600)
	if s.Behaviour == Flapping && luckOf(s.Slug).between(hour/2, 0, 99) < 9 {
		return monitor.Status
	}
	if luckOf(s.Slug).between(hour/2, 0, 999) < 3 {
		return monitor.Timeout
	}
	return monitor.None
}
