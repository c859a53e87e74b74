package vantage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Every combination of what three networks see, written out by hand: what
// people are told of, and why.
func TestWhatSeveralPlacesSay(t *testing.T) {
	const up, down, dark = monitor.Up, monitor.Down, monitor.Unknown
	for _, tt := range []struct {
		ministry, mobile, abroad monitor.Verdict
		want                     monitor.Verdict
		cause                    Cause
		network                  Network
	}{
		{up, up, up, up, Fine, ""},
		{down, up, up, monitor.Degraded, OneNetwork, Ministry},
		{up, down, up, monitor.Degraded, OneNetwork, Mobile},
		{up, up, down, monitor.Degraded, International, ""},
		{down, down, up, down, Inside, ""},
		{down, up, down, down, SiteDown, ""},
		{up, down, down, down, SiteDown, ""},
		{down, down, down, down, SiteDown, ""},
		{dark, up, up, up, Fine, ""},
		{dark, up, down, monitor.Degraded, International, ""},
		{dark, down, up, monitor.Degraded, Inside, ""},
		{dark, down, down, down, SiteDown, ""},
		{up, up, dark, up, Fine, ""},
		{down, up, dark, monitor.Degraded, OneNetwork, Ministry},
		{down, down, dark, down, SiteDown, ""},
		{dark, dark, down, down, SiteDown, ""},
		{dark, dark, up, up, Fine, ""},
		{down, dark, dark, down, SiteDown, ""},
		{dark, dark, dark, dark, Unseen, ""},
		{monitor.Degraded, up, up, monitor.Degraded, Fine, ""},
	} {
		t.Run(fmt.Sprintf("%s/%s/%s", tt.ministry, tt.mobile, tt.abroad), func(t *testing.T) {
			places := []Place{
				{Vantage: Here, Network: Ministry, Verdict: tt.ministry, Since: noon},
				{Vantage: 1, Network: Mobile, Verdict: tt.mobile, Since: noon.Add(time.Minute)},
				{Vantage: 2, Network: Abroad, Verdict: tt.abroad, Since: noon.Add(2 * time.Minute)},
			}
			o := Judge(places, 0)
			if o.Verdict != tt.want || o.Cause != tt.cause || o.Network != tt.network {
				t.Errorf("%s, %s %s; want %s, %s %s", o.Verdict, o.Cause, o.Network, tt.want, tt.cause, tt.network)
			}
			// Who is silent or blind has no say, whatever it last said.
			for n := range places {
				if places[n].Verdict == dark {
					places[n].Verdict, places[n].Silent, places[n].Blind = down, n != 1, n == 1
				}
			}
			again := Judge(places, 0)
			if again.Verdict != tt.want || again.Down != o.Down || again.Seeing != o.Seeing {
				t.Errorf("silent ones have a say: %+v", again)
			}
		})
	}
}

func TestQuorum(t *testing.T) {
	for _, tt := range []struct {
		down, up, quorum int
		want             monitor.Verdict
		needed           int
	}{
		{1, 0, 0, monitor.Down, 1},
		{1, 1, 0, monitor.Degraded, 2},
		{2, 0, 0, monitor.Down, 2},
		{2, 2, 0, monitor.Degraded, 3},
		{3, 2, 0, monitor.Down, 3},
		{1, 4, 1, monitor.Down, 1},
		{2, 3, 3, monitor.Degraded, 3},
		{3, 2, 3, monitor.Down, 3},
		{1, 0, 3, monitor.Down, 1}, // the others are silent: who still sees decides
		{0, 3, 1, monitor.Up, 1},
	} {
		var places []Place
		for n := range tt.down + tt.up {
			p := Place{Vantage: int16(n), Network: Mobile, Verdict: monitor.Up, Since: noon}
			if n < tt.down {
				p.Verdict, p.Since = monitor.Down, noon.Add(time.Duration(n)*time.Minute)
			}
			places = append(places, p)
		}
		o := Judge(places, tt.quorum)
		if o.Verdict != tt.want || o.Needed != tt.needed {
			t.Errorf("%d of %d, quorum %d: %s, %d needed; want %s, %d", tt.down, tt.down+tt.up, tt.quorum, o.Verdict, o.Needed, tt.want, tt.needed)
		}
		if o.Verdict == monitor.Down && !o.Since.Equal(noon.Add(time.Duration(o.Needed-1)*time.Minute)) {
			t.Errorf("down since %s: not when the last one needed began to fail", o.Since)
		}
	}
}

// views is what each vantage sees of each check.
type views map[int16]map[int64]monitor.Verdict

// blind tells who is blind, counted check by check and each of them twice: as
// it was before, when all was dark, and as it is.
func (v views) blind(networks map[int16]Network) map[int16]bool {
	where := make([]Network, len(networks))
	for n, network := range networks {
		where[n] = network
	}
	tally, got := NewTally(where), map[int16]bool{}
	for check := range int64(10) {
		seen := make([]monitor.Verdict, len(networks))
		before := tally.Marks(nil, slices.Repeat([]monitor.Verdict{monitor.Down}, len(networks)))
		tally.Replace(nil, before)
		for n, sees := range v {
			seen[n] = sees[check]
		}
		tally.Replace(before, tally.Marks(nil, seen))
	}
	for n := range networks {
		if tally.Blind(int(n)) {
			got[n] = true
		}
	}
	return got
}

func TestWhoIsBlind(t *testing.T) {
	const up, down = monitor.Up, monitor.Down
	sees := func(list ...monitor.Verdict) map[int64]monitor.Verdict {
		m := map[int64]monitor.Verdict{}
		for n, v := range list {
			m[int64(n)] = v
		}
		return m
	}
	home := map[int16]Network{0: Datacentre, 1: Mobile, 2: Ministry}
	link := map[int16]Network{0: Datacentre, 1: Abroad, 2: Abroad}
	for name, tt := range map[string]struct {
		views    views
		networks map[int16]Network
		want     map[int16]bool
	}{
		"one fails at all that others reach":       {views{0: sees(up, up, up), 1: sees(down, down, down)}, home, map[int16]bool{1: true}},
		"this installation does":                   {views{0: sees(down, down, down, down), 1: sees(up, up, up, up), 2: sees(up, up, up, up)}, home, map[int16]bool{0: true}},
		"all fail: the services are down":          {views{0: sees(down, down, down), 1: sees(down, down, down)}, home, nil},
		"too little to tell":                       {views{0: sees(up, up), 1: sees(down, down)}, home, nil},
		"it reaches some":                          {views{0: sees(up, up, up, up), 1: sees(down, down, down, up)}, home, nil},
		"alone abroad: it may be the link":         {views{0: sees(up, up, up), 1: sees(down, down, down)}, link, nil},
		"another one abroad reaches it":            {views{0: sees(up, up, up), 1: sees(down, down, down), 2: sees(up, up, up)}, link, map[int16]bool{1: true}},
		"nobody else looks at the same":            {views{0: {7: up, 8: up, 9: up}, 1: sees(down, down, down)}, home, nil},
		"what it does not see is no failure":       {views{0: sees(up, up, up, up), 1: sees(monitor.Unknown, down, down, monitor.Unknown)}, home, nil},
		"half of what fails for it is really down": {views{0: sees(up, up, down, down), 1: sees(down, down, down, down)}, home, nil},
	} {
		got := tt.views.blind(tt.networks)
		if fmt.Sprint(got) != fmt.Sprint(tt.want) && len(got)+len(tt.want) > 0 {
			t.Errorf("%s: %v; want %v", name, got, tt.want)
		}
	}
}

// Places that answer again hold the outage open until they have done so often
// enough, when together with those that still fail they were enough to call it.
func TestWhoHoldsAnOutageOpen(t *testing.T) {
	const up, down, recovering, dark = "up", "down", "recovering", "dark"
	for _, tt := range []struct {
		places  []string
		quorum  int
		verdict monitor.Verdict
		held    bool
	}{
		{[]string{recovering}, 0, monitor.Degraded, true},
		{[]string{recovering, up, up}, 0, monitor.Degraded, false},
		{[]string{recovering, down, up}, 0, monitor.Degraded, true},
		{[]string{recovering, recovering, up}, 0, monitor.Degraded, true},
		{[]string{recovering, recovering, up}, 3, monitor.Degraded, false},
		{[]string{recovering, up, up}, 1, monitor.Degraded, true},
		{[]string{down, down, recovering}, 0, monitor.Down, false},
		{[]string{down, up, up}, 0, monitor.Degraded, false},
		{[]string{up, up, up}, 0, monitor.Up, false},
		{[]string{recovering, dark, dark}, 0, monitor.Degraded, true},
	} {
		var places []Place
		for n, what := range tt.places {
			p := Place{Vantage: int16(n), Network: Mobile, Verdict: monitor.Up, Since: noon} //nolint:gosec // a few
			switch what {
			case down:
				p.Verdict = monitor.Down
			case dark:
				p.Silent, p.Recovering = true, true
			case recovering:
				p.Verdict, p.Reason, p.Recovering = monitor.Degraded, monitor.Recovering, true
			}
			places = append(places, p)
		}
		if o := Judge(places, tt.quorum); o.Verdict != tt.verdict || o.Held != tt.held {
			t.Errorf("%v, quorum %d: %s, held %t; want %s, %t", tt.places, tt.quorum, o.Verdict, o.Held, tt.verdict, tt.held)
		}
	}
}

// What a reading of this installation is kept as, when others look too.
func TestWhatAReadingIsKeptAs(t *testing.T) {
	const up, degraded, suspect, down, dark = monitor.Up, monitor.Degraded, monitor.Suspect, monitor.Down, monitor.Unknown
	for _, tt := range []struct {
		asked     int
		all, here monitor.Verdict
		want      monitor.Verdict
		why       monitor.Reason
	}{
		{0, up, up, up, monitor.None},
		{0, down, up, up, monitor.None}, // as this installation saw it
		{0, down, down, down, monitor.Connect},
		{0, degraded, down, suspect, monitor.Connect},
		{0, dark, down, suspect, monitor.Connect},
		{2, up, up, up, monitor.None},
		{2, down, up, down, monitor.Timeout},
		{2, down, degraded, down, monitor.Timeout},
		{2, down, dark, down, monitor.Timeout},
		{2, down, suspect, down, monitor.Connect},
		{2, down, down, down, monitor.Connect},
		{2, degraded, down, degraded, monitor.Connect},
		{2, degraded, suspect, suspect, monitor.Connect}, // what follows tells
		{2, up, dark, dark, monitor.OwnNetwork},
		{2, dark, up, up, monitor.None},
	} {
		o := Outcome{Verdict: tt.all, Reason: monitor.Timeout, Asked: tt.asked}
		r := monitor.Reading{Verdict: tt.here}
		switch tt.here {
		case suspect, down:
			r.Reason = monitor.Connect
		case dark:
			r.Reason = monitor.OwnNetwork
		case up, degraded:
		}
		if o.Follow(&r); r.Verdict != tt.want || r.Reason != tt.why {
			t.Errorf("asked %d, all say %s, here %s: kept as %s %s; want %s %s", tt.asked, tt.all, tt.here, r.Verdict, r.Reason, tt.want, tt.why)
		}
	}
}
