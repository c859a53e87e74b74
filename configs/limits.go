package configs

import (
	"errors"
	"fmt"
	"time"
)

// Limits bound what a caller may send, how often and how slowly, and how long
// we take to answer and to stop.
type Limits struct {
	BodyBytes  int64    `yaml:"body_bytes"`
	StopAfter  Duration `yaml:"stop_after"`
	Drain      Duration `yaml:"drain"`                   // of it, how long one of several goes on to answer
	MinRate    int64    `yaml:"min_rate"`                // bytes a second, of bodies and of answers taken; 0: any
	Most       int      `yaml:"connections"`             // open at once
	PerNetwork int      `yaml:"connections_per_network"` // of them of one network of strangers
	Unpaced    []string `yaml:"unpaced_networks"`        // strangers from there may come as often as they like
	Doors      Doors    `yaml:"doors"`
}

// Doors are the kinds of address there are.
type Doors struct {
	Page    Door `yaml:"page"`    // pages that are read
	Search  Door `yaml:"search"`  // searches, long lists and periods
	API     Door `yaml:"api"`     // reading through the JSON API
	Write   Door `yaml:"write"`   // everything that changes something
	Heavy   Door `yaml:"heavy"`   // files in and out, comparisons, trials of addresses
	SignIn  Door `yaml:"sign_in"` // passwords, tokens, secret links
	Harvest Door `yaml:"harvest"` // the catalogue and feeds, which programs read by the thousand, and probes
}

// Door is how many requests a minute one caller may make to a kind of address,
// and how long an answer may take. 0 means any.
type Door struct {
	Address int      `yaml:"address"` // of a network, when nobody said who they are
	Account int      `yaml:"account"` // of somebody who signed in
	Token   int      `yaml:"token"`   // of a program
	Time    Duration `yaml:"time"`
}

// All are the doors by name.
func (d Doors) All() map[string]Door {
	return map[string]Door{
		"page": d.Page, "search": d.Search, "api": d.API, "write": d.Write, "heavy": d.Heavy, "sign_in": d.SignIn, "harvest": d.Harvest,
	}
}

func usualLimits() Limits {
	return Limits{
		BodyBytes: 10 << 20, StopAfter: Duration(15 * time.Second), Drain: Duration(5 * time.Second), MinRate: 2048, Most: 8192, PerNetwork: 1024, Unpaced: []string{},
		Doors: Doors{
			Page:    Door{600, 1200, 1200, Duration(30 * time.Second)},
			Search:  Door{300, 600, 600, Duration(15 * time.Second)},
			API:     Door{1200, 3000, 3000, Duration(30 * time.Second)},
			Write:   Door{240, 1200, 3000, Duration(30 * time.Second)},
			Heavy:   Door{60, 120, 240, Duration(2 * time.Minute)},
			SignIn:  Door{120, 120, 120, Duration(30 * time.Second)},
			Harvest: Door{30000, 30000, 30000, Duration(2 * time.Minute)},
		},
	}
}

// mostAMinute is what one processor could hardly answer.
const mostAMinute = 10_000_000

func (l Limits) validate() error {
	var faults []error
	wrong := func(format string, args ...any) { faults = append(faults, fmt.Errorf("limits."+format, args...)) }
	if l.BodyBytes < 1<<10 || l.BodyBytes > 1<<30 {
		wrong("body_bytes: %d is outside 1024 to 1073741824", l.BodyBytes)
	}
	if l.StopAfter < Duration(time.Second) {
		wrong("stop_after: %s is less than 1s", l.StopAfter)
	}
	if l.Drain < 0 || l.Drain > Duration(time.Minute) {
		wrong("drain: %s is outside 0s to 1m", l.Drain)
	}
	if l.MinRate < 0 || l.MinRate > 1<<20 {
		wrong("min_rate: %d is outside 0 to 1048576", l.MinRate)
	}
	if l.Most < 0 || l.Most > 1<<20 {
		wrong("connections: %d is outside 0 to 1048576", l.Most)
	}
	if l.PerNetwork < 0 || l.PerNetwork > 1<<20 {
		wrong("connections_per_network: %d is outside 0 to 1048576", l.PerNetwork)
	}
	for _, name := range doorNames() {
		d := l.Doors.All()[name]
		for _, rate := range []struct {
			of string
			n  int
		}{{"address", d.Address}, {"account", d.Account}, {"token", d.Token}} {
			if rate.n < 0 || rate.n > mostAMinute {
				wrong("doors.%s.%s: %d is outside 0 to %d", name, rate.of, rate.n, mostAMinute)
			}
		}
		if d.Time != 0 && (d.Time < Duration(time.Second) || d.Time > Duration(10*time.Minute)) {
			wrong("doors.%s.time: %s is outside 1s to 10m; 0s means any", name, d.Time)
		}
	}
	return errors.Join(append(faults, networks("limits.unpaced_networks", l.Unpaced))...)
}

// doorNames are the kinds in the order of the example.
func doorNames() []string {
	return []string{"page", "search", "api", "write", "heavy", "sign_in", "harvest"}
}
