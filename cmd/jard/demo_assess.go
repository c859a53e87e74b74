package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
)

// assessReplay lets the assessment of the demo happen.
type assessReplay struct {
	*assessment
	clock    time.Time
	operator identity.Actor
	owner    identity.Actor
}

// assess has the services assessed: last quarter's edition drafted, replied to
// and frozen, answers given and judged, today's round made.
func (d *demoFiller) assess(ctx context.Context) error {
	c := configs.Default()
	keep := openStores(d.db, c)
	if err := keep.watched.Roll(ctx); err != nil { // the watch would do it a minute later
		return err
	}
	a, err := newAssessment(c, d.db, keep, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	r := &assessReplay{assessment: a, operator: d.reviewer, owner: d.owner}
	now := func() time.Time { return r.clock }
	a.store, a.now = assessdb.New(d.db, now).In(c.Location()), now
	_, began, _ := assess.Quarter(d.now, c.Location())
	r.clock = began.Add(4 * 24 * time.Hour)
	if err := a.seed(ctx); err != nil {
		return err
	}
	// Early in a quarter there is no time yet in which owners could have replied.
	const replies, frozen = 8 * 24 * time.Hour, 9 * 24 * time.Hour
	if r.clock.Add(frozen).Before(d.now) {
		if err := r.lastQuarter(ctx, began.AddDate(0, 0, -1), replies, frozen); err != nil {
			return err
		}
	}
	r.clock = d.now
	if err := r.found(ctx, 1); err != nil {
		return err
	}
	err = database.AtOnce(ctx, d.db, func(tx *gorm.DB) error {
		return r.answers(ctx, assessdb.New(tx, now).In(c.Location()))
	})
	if err != nil {
		return err
	}
	if err := a.round(ctx); err != nil {
		return err
	}
	return r.act(ctx)
}

// lastQuarter drafts and freezes the edition of the quarter that day lies in.
func (r *assessReplay) lastQuarter(ctx context.Context, day time.Time, replies, frozen time.Duration) error {
	const lessMended = 0.8
	if err := r.found(ctx, lessMended); err != nil {
		return err
	}
	quarter, _, _ := assess.Quarter(day, r.store.Zone())
	drafted := r.clock
	e, err := r.draft(ctx, r.operator, quarter, drafted.Add(replies))
	if err != nil {
		return fmt.Errorf("draft %s: %w", quarter, err)
	}
	r.clock = drafted.Add(replies / 2)
	service, text, answer := demo.Reply()
	reply, err := r.store.Reply(ctx, r.owner, quarter, service, text)
	if err != nil {
		return fmt.Errorf("reply to %s: %w", quarter, err)
	}
	r.clock = drafted.Add(frozen)
	if _, err = r.store.Respond(ctx, r.operator, reply.ID, answer); err != nil {
		return err
	}
	_, err = r.store.Freeze(ctx, r.operator, quarter, e.Revision)
	return err
}

// found puts what the examiner would have found.
func (r *assessReplay) found(ctx context.Context, mended float64) error {
	until := r.clock.Add(factsHold)
	var facts []assess.Fact
	for _, s := range demo.Services() {
		for _, f := range demo.Findings(s, mended) {
			facts = append(facts, assess.Fact{
				Service: s.Slug, Measure: assess.Measure(f.Measure), Word: f.Word, Value: f.Value, At: r.clock, Until: &until,
			})
		}
	}
	return r.store.Put(ctx, facts)
}

// answers has owners answer, and the operator judge.
func (r *assessReplay) answers(ctx context.Context, store *assessdb.Store) error {
	for _, one := range demo.AnswersOf() {
		by := identity.System("jard demo")
		if r.owner.May(identity.AssessService, institutionOf(one.Service)) {
			by = r.owner
		}
		m := assess.Measure(one.Measure)
		a, err := store.Give(ctx, by, one.Service, m, assess.Said{Word: one.Word, Value: one.Value, Link: one.Link, File: one.File, Note: one.Note}, 0)
		switch {
		case err != nil:
		case one.Returned != "":
			_, err = store.Return(ctx, r.operator, one.Service, m, one.Returned, a.Revision)
		case one.Confirmed:
			_, err = store.Confirm(ctx, r.operator, one.Service, m, a.Revision)
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", one.Measure, one.Service, err)
		}
	}
	return nil
}

func institutionOf(service string) string {
	for _, s := range demo.Services() {
		if s.Slug == service {
			return s.Institution
		}
	}
	return ""
}

// act has the owner take the first of their actions in hand.
func (r *assessReplay) act(ctx context.Context) error {
	all, err := r.store.Actions(ctx, r.owner, assessdb.Wanted{States: []assess.Progress{assess.Open}})
	if err != nil || len(all) == 0 {
		return err
	}
	const week = 7 * 24 * time.Hour
	a, err := r.store.Assign(ctx, r.owner, all[0].ID, "Équipe infrastructure", r.clock.Add(week), all[0].Revision)
	if err != nil {
		return err
	}
	_, err = r.store.Move(ctx, r.owner, a.ID, assess.Doing, "", a.Revision)
	_, noted := r.store.Note(ctx, r.owner, a.ID, "Demande envoyée à l'hébergeur.")
	return errors.Join(err, noted)
}
