package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// What a route may hold at most.
const (
	MaxSteps    = 6
	MaxRoutes   = 200
	maxName     = 100
	maxAfter    = 7 * 24 * time.Hour
	leastRemind = 10 * time.Minute
	mostRemind  = 30 * 24 * time.Hour
)

// May tells whether the actor may write the route: somebody confined to an
// institution writes routes of that institution only.
func (r *Route) May(by identity.Actor) error {
	if len(r.Institutions) == 0 {
		if by.Everywhere(identity.ManageAlerts) {
			return nil
		}
		if by.MayAnywhere(identity.ManageAlerts) {
			return fault.At("institutions", "alert.route.own_only")
		}
		return by.Must(identity.ManageAlerts, "")
	}
	for _, slug := range r.Institutions {
		if err := by.Must(identity.ManageAlerts, slug); err != nil {
			return err
		}
	}
	return nil
}

// Check returns everything that is wrong with a route. Known are the names of
// the channels that are configured, exists tells which institutions there are.
func (r *Route) Check(known []string, exists func(slug string) bool) error {
	faults := []error{text("name", r.Name)}
	faults = append(faults, r.checkMatch(exists)...)
	faults = append(faults, r.checkSteps(known)...)
	if !slices.Contains(Groupings(), r.Group) {
		faults = append(faults, fault.At("group", "fault.unknown_value", clip(string(r.Group))))
	}
	if r.Remind != 0 && (r.Remind < leastRemind || r.Remind > mostRemind) {
		faults = append(faults, fault.At("remind", "alert.route.remind", leastRemind, mostRemind))
	}
	faults = append(faults, r.checkQuiet()...)
	return errors.Join(faults...)
}

func (r *Route) checkMatch(exists func(slug string) bool) []error {
	var faults []error
	for _, slug := range r.Institutions {
		if !exists(slug) {
			faults = append(faults, fault.At("institutions", "institution.unknown", clip(slug)))
		}
	}
	for _, t := range r.Tiers {
		if !slices.Contains(monitor.Tiers(), t) {
			faults = append(faults, fault.At("tiers", "fault.unknown_value", clip(string(t))))
		}
	}
	for _, k := range r.Kinds {
		if !k.Valid() {
			faults = append(faults, fault.At("kinds", "fault.unknown_value", clip(string(k))))
		}
	}
	for _, h := range r.When {
		if !slices.Contains(Hours(), h) {
			faults = append(faults, fault.At("when", "fault.unknown_value", clip(string(h))))
		}
	}
	return faults
}

func (r *Route) checkSteps(known []string) []error {
	var faults []error
	if len(r.Steps) == 0 {
		faults = append(faults, fault.At("steps", "alert.route.nobody"))
	}
	if len(r.Steps) > MaxSteps {
		faults = append(faults, fault.At("steps", "alert.route.many_steps", MaxSteps))
	}
	for n, s := range r.Steps {
		at := func(part string) string { return fmt.Sprintf("steps.%d.%s", n, part) }
		if len(s.Channels)+len(s.Roles) == 0 {
			faults = append(faults, fault.At(at("roles"), "alert.route.nobody"))
		}
		switch {
		case s.After < 0 || s.After > maxAfter:
			faults = append(faults, fault.At(at("after"), "alert.route.after", maxAfter))
		case n > 0 && s.After <= r.Steps[n-1].After:
			faults = append(faults, fault.At(at("after"), "alert.route.order"))
		}
		for _, name := range s.Channels {
			if !slices.Contains(known, name) {
				faults = append(faults, fault.At(at("channels"), "alert.channel.unknown", clip(name)))
			}
		}
		for _, role := range s.Roles {
			if !slices.Contains(Audience(), role) {
				faults = append(faults, fault.At(at("roles"), "fault.unknown_value", clip(string(role))))
			}
		}
	}
	return faults
}

func (r *Route) checkQuiet() []error {
	var faults []error
	for _, one := range []struct{ field, value, other string }{
		{"quiet_from", r.QuietFrom, r.QuietTo}, {"quiet_to", r.QuietTo, r.QuietFrom},
	} {
		_, ok := clock(one.value)
		switch {
		case one.value == "" && one.other != "":
			faults = append(faults, fault.At(one.field, "fault.required"))
		case one.value != "" && !ok:
			faults = append(faults, fault.At(one.field, "alert.route.clock", clip(one.value)))
		case ok && one.field == "quiet_to" && one.value == one.other:
			faults = append(faults, fault.At(one.field, "alert.route.quiet_empty"))
		}
	}
	return faults
}

// text accepts a name on one line.
func text(field, s string) error {
	switch {
	case !utf8.ValidString(s):
		return fault.At(field, "fault.utf8")
	case strings.TrimSpace(s) == "":
		return fault.At(field, "fault.required")
	case strings.ContainsAny(s, "\r\n\t\u2028\u2029\x00"):
		return fault.At(field, "fault.one_line")
	case utf8.RuneCountInString(s) > maxName:
		return fault.At(field, "fault.too_long", maxName)
	}
	return nil
}

// clip bounds what a fault repeats of what was sent.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if letters := []rune(s); len(letters) > 40 {
		return string(letters[:40]) + "…"
	}
	return s
}

// Usual are the routes most installations begin with: whoever runs a service
// is told at once, their head and the operator when nobody took it in hand.
func Usual() []Route {
	return []Route{
		{
			ID: "usual-outage", Name: "Pannes", Enabled: true, Kinds: []Kind{Down, Shared}, Tiers: []monitor.Tier{monitor.Critical, monitor.Normal},
			Group: Institution, Remind: 6 * time.Hour, Recovery: true, QuietFrom: "22:00", QuietTo: "06:30", WakeFor: true,
			Steps: []Step{
				{Roles: []identity.Role{identity.ServiceOwner}},
				{After: 15 * time.Minute, Roles: []identity.Role{identity.MCD}},
				{After: time.Hour, Roles: []identity.Role{identity.Supervisor}},
			},
		},
		{
			ID: "usual-office", Name: "À traiter aux heures de bureau", Position: 1, Enabled: true,
			Kinds: []Kind{Degraded, BurnFast, BurnSlow, Certificate, Domain, Discontent, Sinking}, When: []Hour{Office},
			Group: Institution, Remind: 72 * time.Hour, Steps: []Step{{Roles: []identity.Role{identity.ServiceOwner}}},
		},
		{
			ID: "usual-blind", Name: "Sonde aveugle", Position: 2, Enabled: true, Kinds: []Kind{Blind}, Group: Together,
			Recovery: true, Steps: []Step{{Roles: []identity.Role{identity.MCD, identity.Admin}}},
		},
	}
}
