package monitor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// everyRole is an actor of each role, those with an institution at mi.
func everyRole() map[identity.Role]identity.Actor {
	all := map[identity.Role]identity.Actor{identity.Public: {}}
	for _, r := range identity.Roles() {
		a := identity.Actor{Account: "acc-" + string(r), Name: string(r), Role: r}
		if r.NeedsInstitution() {
			a.Institution, a.Institutions = "mi", []string{"mi"}
		}
		all[r] = a
	}
	return all
}

// struck is an open incident of services of these institutions.
func struck(institutions ...string) *Incident {
	i := &Incident{ID: 7, Revision: 1, StartedAt: causeNoon, ConfirmedAt: causeNoon.Add(20 * time.Second)}
	for n, slug := range institutions {
		service := string(rune('a' + n))
		i.Members = append(i.Members, Member{
			Outage:      Outage{ID: int64(n + 1), CheckID: int64(n + 1), Service: service, StartedAt: causeNoon, ConfirmedAt: causeNoon},
			Institution: slug, Tier: Normal, Public: true,
		})
	}
	i.Service, i.CheckID = "a", 1
	i.measure()
	return i
}

func ended(i *Incident) *Incident {
	at := causeNoon.Add(time.Hour)
	for n := range i.Members {
		i.Members[n].EndedAt, i.Members[n].Resolution = &at, Recovered
	}
	i.measure()
	return i
}

func TestWhoMayActOnIncidents(t *testing.T) {
	text := lang.Text{"fr": "On regarde."}
	full := Review{What: text, Cause: text, Done: text, Change: text}
	acts := []struct {
		name string
		do   func(by identity.Actor, own bool) error
		own  []identity.Role // of an incident of their own institution only
		both []identity.Role // of one that others share
	}{
		{
			"acknowledge", func(by identity.Actor, own bool) error { return of(own).Acknowledge(by, causeNoon) },
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.Admin},
		},
		{
			"note for the desk", func(by identity.Actor, own bool) error {
				_, err := of(own).Note(by, false, text, causeNoon)
				return err
			},
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
		},
		{
			"note for the public", func(by identity.Actor, own bool) error { _, err := of(own).Note(by, true, text, causeNoon); return err },
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.Admin},
		},
		{
			"resolve", func(by identity.Actor, own bool) error { return of(own).Resolve(by, Dismissed, causeNoon) },
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.Admin},
		},
		{
			"review", func(by identity.Actor, own bool) error { return of(own).WriteReview(by, full, false, causeNoon) },
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.Admin},
		},
		{
			"split", func(by identity.Actor, own bool) error { _, err := of(own).Split(by, "b", causeNoon); return err },
			[]identity.Role{identity.MCD, identity.ServiceOwner, identity.Admin},
			[]identity.Role{identity.MCD, identity.Admin},
		},
	}
	for _, act := range acts {
		for role, by := range everyRole() {
			for _, own := range []bool{true, false} {
				may := act.both
				if own {
					may = act.own
				}
				err := act.do(by, own)
				if (err == nil) != slices.Contains(may, role) {
					t.Errorf("%s by %q (own %v): %v", act.name, role, own, err)
				}
			}
		}
		stranger := identity.Actor{Account: "x", Role: identity.ServiceOwner, Institution: "ms", Institutions: []string{"ms"}}
		if err := act.do(stranger, true); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s by a stranger: %v; want not found", act.name, err)
		}
	}
	for role, by := range everyRole() {
		sees := slices.Contains([]identity.Role{
			identity.MCD, identity.ServiceOwner, identity.Admin, identity.Officer, identity.Supervisor, identity.Committee,
		}, role)
		if got := struck("mi", "mf").SeenBy(by); got != sees {
			t.Errorf("%q sees the inside: %v; want %v", role, got, sees)
		}
	}
}

func of(own bool) *Incident {
	if own {
		return struck("mi", "mi")
	}
	return struck("mi", "mf")
}

func TestTheLifeOfAnIncident(t *testing.T) {
	sonia := mcd
	sonia.Name = "Sonia"
	i := struck("mi", "mf")
	if i.Severity != Major || i.Reach != 2 || !i.Open() || !i.Shared() || i.Failing() != 2 {
		t.Fatalf("%+v", i)
	}
	if err := i.Acknowledge(sonia, causeNoon); err != nil || i.Acknowledger != "Sonia" || i.Revision != 2 {
		t.Fatalf("acknowledged: %v, %+v", err, i)
	}
	later := identity.Actor{Account: "n", Name: "Nour", Role: identity.Admin}
	if err := i.Acknowledge(later, causeNoon); err != nil || i.Acknowledger != "Sonia" || i.Revision != 2 {
		t.Errorf("the first one counts: %v, %+v", err, i)
	}
	wants(t, i.Resolve(mcd, Handled, causeNoon), "incident.resolve.failing")
	wants(t, i.Resolve(mcd, "", causeNoon), "incident.resolve.how resolution")
	wants(t, i.Resolve(mcd, Recovered, causeNoon), "incident.resolve.how resolution")
	text := lang.Text{"fr": "a", "ar": " "}
	wants(t, i.WriteReview(mcd, Review{What: text, Cause: text, Done: text, Change: text}, true, causeNoon), "incident.review.open")
	if err := i.WriteReview(mcd, Review{What: text}, false, causeNoon); err != nil || i.Review.Published() || len(i.Review.What) != 1 {
		t.Errorf("a draft: %v, %+v", err, i.Review)
	}
	ended(i)
	if i.Open() || i.Resolution != Recovered || i.Lasted(causeNoon.AddDate(1, 0, 0)) != time.Hour {
		t.Errorf("ended: %+v", i)
	}
	wants(t, i.Acknowledge(mcd, causeNoon), "") // it was, and that stays true
	wants(t, i.WriteReview(mcd, Review{What: text}, true, causeNoon), "fault.required cause", "fault.required done", "fault.required change")
	published := causeNoon.Add(2 * time.Hour)
	wants(t, i.WriteReview(mcd, Review{What: text, Cause: text, Done: text, Change: text}, true, published), "")
	wants(t, i.WriteReview(mcd, Review{What: text, Cause: text, Done: text, Change: text}, false, published.Add(time.Hour)), "")
	if !i.Review.Published() || !i.Review.PublishedAt.Equal(published) {
		t.Errorf("a correction takes nothing back: %+v", i.Review)
	}
	wants(t, i.Resolve(mcd, Handled, causeNoon), "")
	wants(t, i.Resolve(mcd, Dismissed, causeNoon), "incident.resolve.over")
	wants(t, ended(struck("mi")).Acknowledge(mcd, causeNoon), "incident.acknowledge.over")
}

// wants checks the sentences of err, "key field" or "key"; one empty sentence is no fault.
func wants(t *testing.T, err error, sentences ...string) {
	t.Helper()
	var got []string
	for _, f := range fault.All(err) {
		got = append(got, strings.TrimSpace(f.Key+" "+f.Field))
	}
	if len(got) == 0 {
		got = []string{""}
	}
	if !slices.Equal(got, sentences) {
		t.Errorf("faults %q; want %q", got, sentences)
	}
}

func TestNotesAreChecked(t *testing.T) {
	for _, c := range []struct {
		text lang.Text
		want []string
	}{
		{lang.Text{"ar": "نعمل على ذلك"}, []string{""}},
		{lang.Text{}, []string{"fault.required text"}},
		{lang.Text{"fr": "  "}, []string{"fault.required text"}},
		{lang.Text{"de": "Hallo"}, []string{"service.language.unknown text.de"}},
		{lang.Text{"fr": strings.Repeat("é", MaxIncidentText+1)}, []string{"fault.too_long text.fr"}},
		{lang.Text{"fr": "a\x00b", "en": "\xff"}, []string{"fault.utf8 text.en", "fault.utf8 text.fr"}},
	} {
		_, err := struck("mi").Note(mcd, true, c.text, causeNoon)
		wants(t, err, c.want...)
	}
}

func TestSplit(t *testing.T) {
	i := struck("mi", "mf", "ms")
	i.CauseKind, i.Cause = OnAddress, "196.203.5.0/24"
	i.Members[1].Tier = Critical
	i.measure()
	if i.Severity != Grave {
		t.Fatalf("severity %s", i.Severity)
	}
	made, err := i.Split(mcd, "b", causeNoon)
	if err != nil || made.Service != "b" || !made.Alone || made.Severity != Grave || made.Reach != 1 || !made.Open() {
		t.Fatalf("%+v, %v", made, err)
	}
	if i.Reach != 2 || i.Severity != Major || i.CauseKind != OnAddress || i.Revision != 2 || i.ID != 7 {
		t.Errorf("what is left: %+v", i)
	}
	if _, err := i.Split(mcd, "a", causeNoon); err != nil || i.CauseKind != "" || i.Service != "c" {
		t.Errorf("one is left: %+v, %v", i, err)
	}
	_, err = i.Split(mcd, "c", causeNoon)
	wants(t, err, "incident.split.only service")
	_, err = i.Split(mcd, "z", causeNoon)
	wants(t, err, "incident.split.not_there service")
}

func TestSeverity(t *testing.T) {
	for _, c := range []struct {
		tiers string
		want  Severity
	}{{"i", Minor}, {"n", Major}, {"c", Grave}, {"in", Major}, {"iiii", Minor}, {"iiiii", Major}, {"nnnnn", Grave}, {"inc", Grave}} {
		var tiers []Tier
		for _, l := range c.tiers {
			tiers = append(tiers, map[rune]Tier{'i': Information, 'n': Normal, 'c': Critical}[l])
		}
		if got := SeverityOf(tiers); got != c.want {
			t.Errorf("%s is %s; want %s", c.tiers, got, c.want)
		}
	}
	for _, s := range Severities() {
		if !s.Valid() {
			t.Errorf("%q is not valid", s)
		}
	}
}
