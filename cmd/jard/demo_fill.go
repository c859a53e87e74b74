package main

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
)

// demoFiller replays the demo's story, each event at the time it happened.
type demoFiller struct {
	db     *gorm.DB
	now    time.Time
	filled *filled

	officers map[string]identity.Actor // by ministry
	reviewer identity.Actor
	owner    identity.Actor
	member   string // account of the committee's member
}

// people adds an account for each role, and an officer for each other ministry
// so that the story has somebody to tell of.
func (d *demoFiller) people(ctx context.Context) error {
	hired := d.now.AddDate(-2, 0, 0)
	store := identitydb.New(d.db, func() time.Time { return hired })
	by := identity.System("jard demo")
	add := func(email, name string, role identity.Role, institution, password string) (identity.Actor, error) {
		a, _, err := store.AddAccount(ctx, by, email, name, role, institution, password)
		if err != nil {
			return identity.Actor{}, fmt.Errorf("add %s: %w", email, err)
		}
		return identitydb.New(d.db, nil).ActorOf(ctx, a.ID)
	}
	d.officers = map[string]identity.Actor{}
	for _, one := range []struct {
		role                             identity.Role
		mailbox, name, institution, sees string
	}{
		{identity.Officer, "agent", "Leïla Trabelsi", "marhp", "records and submits the datasets of Agriculture and its bodies"},
		{identity.Supervisor, "responsable", "Mourad Gharbi", "marhp", "heads Agriculture"},
		{identity.MCD, "mcd", "Sonia Ben Amor", "", "reviews submissions, watches everything"},
		{identity.ServiceOwner, "services", "Karim Jaziri", "mt", "runs the online services of Transport"},
		{identity.Committee, "comite", "Hichem Mabrouk", "", "reads everything, advises"},
		{identity.Admin, "admin", "Nadia Chérif", "", "accounts, institutions, settings"},
	} {
		l := login{string(one.role), one.mailbox + "@demo.example", passphrase(), one.sees}
		actor, err := add(l.email, one.name, one.role, one.institution, l.password)
		if err != nil {
			return err
		}
		d.filled.logins = append(d.filled.logins, l)
		switch one.role {
		case identity.Officer:
			d.officers[one.institution] = actor
		case identity.MCD:
			d.reviewer = actor
		case identity.ServiceOwner:
			d.owner = actor
		case identity.Committee:
			d.member = actor.Account
		}
	}
	password := d.filled.logins[0].password
	for _, one := range [][2]string{
		{"meh", "Anis Bouzid"},
		{"mep", "Rim Hammami"},
		{"mar", "Fathi Ayari"},
		{"ms", "Ines Khelifi"},
		{"mas", "Walid Saïdi"},
		{"mt", "Salma Mejri"},
	} {
		actor, err := add("agent."+one[0]+"@demo.example", one[1], identity.Officer, one[0], password)
		if err != nil {
			return err
		}
		d.officers[one[0]] = actor
	}
	d.filled.shared = "Officers of other ministries (agent.ms@, agent.mt@, … meh mep mar mas) share the officer's password."
	return nil
}

// register replays what officers and the operator did.
func (d *demoFiller) register(ctx context.Context) error {
	tree, err := identitydb.New(d.db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	r := replay{story: demo.Tell(d.now), reviewer: d.reviewer}
	if r.vocabulary, err = inventorydb.New(d.db, nil).Vocabulary(ctx); err != nil {
		return err
	}
	r.refs = make([]string, len(r.story.Entries))
	err = database.AtOnce(ctx, d.db, func(tx *gorm.DB) error {
		clock := d.now
		r.store = inventorydb.New(tx, func() time.Time { return clock })
		for _, e := range r.story.Events {
			clock = e.At
			entry := r.story.Entries[e.Entry]
			if err := r.happen(ctx, d.officers[tree.Ministry(entry.Institution).Slug], entry, e); err != nil {
				return fmt.Errorf("%s %q: %w", e.Act, entry.Content.Title["fr"], err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.filled.datasets = len(r.refs)
	_, err = inventorydb.New(d.db, func() time.Time { return d.now }).RollForward(ctx) // to the promises of today
	return err
}

// replay lets a story happen.
type replay struct {
	store      *inventorydb.Store
	vocabulary *inventory.Vocabulary
	story      demo.Story
	reviewer   identity.Actor
	refs       []string // of the entries, once recorded
}

// happen lets one event happen through the rules.
func (r *replay) happen(ctx context.Context, officer identity.Actor, entry demo.Entry, e demo.Event) error {
	if e.Act == demo.Record {
		made, err := r.store.Create(ctx, officer, entry.Institution, entry.Content)
		if err != nil {
			return err
		}
		r.refs[e.Entry] = made.Ref
		return nil
	}
	by := officer
	if e.Act == demo.Approve || e.Act == demo.Return || e.Act == demo.Waive {
		by = r.reviewer
	}
	_, err := r.store.Change(ctx, by, r.refs[e.Entry], "dataset."+string(e.Act), 0, func(d *inventory.Dataset) error {
		switch e.Act {
		case demo.Submit:
			return d.Submit(by, r.vocabulary, e.At)
		case demo.Approve:
			return d.Approve(by, r.vocabulary, e.At)
		case demo.Return:
			return d.ReturnWith(by, e.Reason, demo.CommentsOf(e.Reason), e.At)
		case demo.Refresh:
			return d.Refresh(by, e.Day, e.At)
		case demo.Attest:
			return d.Attest(by, "", e.At)
		case demo.Waive:
			return d.Waive(by, inventory.Waiver{Reason: e.Reason, Until: e.Day}, e.At)
		case demo.Withdraw:
			return d.Withdraw(by, e.Reason, r.refs[e.Replacement], e.At)
		case demo.Replan:
			c := d.Content
			c.TargetDate = e.Day
			return d.Edit(by, c, r.vocabulary, e.At)
		case demo.Edit:
			c := d.Content
			c.Description = e.Description
			return d.Edit(by, c, r.vocabulary, e.At)
		}
		return fmt.Errorf("there is no act %q", e.Act)
	})
	return err
}

// services adds the simulated services and the past that is made up for them.
func (d *demoFiller) services(ctx context.Context, street *simulation.Street) error {
	store := monitordb.New(d.db, func() time.Time { return d.now })
	by := identity.System("jard demo")
	writer := store.NewWriter(nil, 0)
	for _, s := range demo.Services() {
		want, more := s.Watched(street.Address(s.Slug)), s.More(street.Places)
		want.Checks = append(want.Checks, more...)
		made, err := store.Add(ctx, by, want, schedule.Period)
		if err != nil {
			return err
		}
		s.Past(made.Checks[0].ID, d.now, func(
			r monitor.Reading, c monitor.Current, change monitor.Change, incident time.Time,
		) {
			writer.Add(monitordb.Entry{Reading: r, Current: c, Change: change, IncidentAt: incident})
		})
		for _, check := range made.Checks[len(made.Checks)-len(more):] {
			demo.PastOf(check, d.now, func(r monitor.Reading, c monitor.Current) {
				writer.Add(monitordb.Entry{Reading: r, Current: c})
			})
		}
		if err := writer.Flush(ctx); err != nil {
			return err
		}
	}
	d.filled.readings = writer.Stats().Written
	return d.history(ctx, store)
}
