package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	outside "github.com/jard-odi/jard/inventory/request" // as in request.go
	"github.com/jard-odi/jard/inventory/requestdb"
)

// voices replays what people outside asked and said, each step at its time.
func (d *demoFiller) voices(ctx context.Context, url func(string) string) error {
	clock := d.now
	now := func() time.Time { return clock }
	store, err := newRequests(d.db, now, url)
	if err != nil {
		return err
	}
	tree, err := identitydb.New(d.db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	v := voiceReplay{
		store: store, register: inventorydb.New(d.db, now), operator: d.reviewer, now: now,
		officer: func(institution string) identity.Actor { return d.officers[tree.Ministry(institution).Slug] },
	}
	story := demo.Voices()
	for _, e := range v.order(story, d.now) {
		clock = e.at
		if e.step < 0 {
			err = v.submit(ctx, e.voice, story[e.voice])
		} else {
			err = v.happen(ctx, e.voice, story[e.voice].Steps[e.step])
		}
		if err != nil {
			return fmt.Errorf("voice %d, step %d: %w", e.voice, e.step, err)
		}
	}
	d.filled.datasets += v.proposed
	clock = d.now
	_, err = store.Tidy(ctx)
	return err
}

// voiceReplay lets the story of the messages happen.
type voiceReplay struct {
	store    *requestdb.Store
	register *inventorydb.Store
	operator identity.Actor
	officer  func(institution string) identity.Actor
	now      func() time.Time
	refs     map[int]string
	proposed int // datasets that demand brought into the register
}

// voiceEvent is one step of one message; step -1 is its arrival.
type voiceEvent struct {
	at          time.Time
	voice, step int
}

// order lists what happens in the order in which it happened.
func (v *voiceReplay) order(story []demo.Voice, now time.Time) []voiceEvent {
	v.refs = map[int]string{}
	var all []voiceEvent
	for n, one := range story {
		came := officeHour(now.AddDate(0, 0, -one.DaysAgo), n)
		all = append(all, voiceEvent{came, n, -1})
		last := came
		for k, step := range one.Steps {
			at := officeHour(came.AddDate(0, 0, step.After), n+k)
			if !at.After(last) {
				at = last.Add(20 * time.Minute)
			}
			last = at
			if at.Before(now) {
				all = append(all, voiceEvent{at, n, k})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b voiceEvent) int { return a.at.Compare(b.at) })
	return all
}

// officeHour is a moment of the day on which people are at work, or of the
// working day before it.
func officeHour(day time.Time, n int) time.Time {
	day = day.In(inventory.Tunis())
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 8+n%9, 7*n%60, 0, 0, day.Location())
}

func (v *voiceReplay) submit(ctx context.Context, n int, one demo.Voice) error {
	m := one.Message
	if one.About != "" {
		ref, err := v.find(ctx, one.About)
		if err != nil {
			return err
		}
		m.Dataset = ref
	}
	r, _, err := v.store.Submit(ctx, m, fmt.Sprintf("192.0.2.%d", n+1))
	if err != nil {
		return err
	}
	v.refs[n] = r.Ref
	return nil
}

// find returns the ref of the public dataset whose title begins so.
func (v *voiceReplay) find(ctx context.Context, title string) (string, error) {
	page, err := v.register.Public(ctx, inventorydb.PublicFilter{Q: title, Sort: "title", PerPage: 100})
	if err != nil {
		return "", err
	}
	for _, p := range page.Items {
		if strings.HasPrefix(p.Content.Title["fr"], title) {
			return p.Ref, nil
		}
	}
	return "", fmt.Errorf("no public dataset is called %q", title)
}

// happen lets one step happen through the rules.
func (v *voiceReplay) happen(ctx context.Context, n int, step demo.VoiceStep) error {
	ref := v.refs[n]
	r, _, err := v.store.Get(ctx, v.operator, ref)
	if err != nil {
		return err
	}
	switch step.Act {
	case demo.VoiceMerge:
		_, err = v.store.Merge(ctx, v.operator, ref, v.refs[step.Into], 0)
		return err
	case demo.VoicePropose:
		v.proposed++
		_, err = v.store.Propose(ctx, v.operator, ref, 0)
		return err
	case demo.VoiceSupport:
		for k := range step.Times {
			_, err = v.store.Support(ctx, ref, requestdb.Supporter{
				Cookie: fmt.Sprintf("demo %d %d", n, k), Address: fmt.Sprintf("198.51.100.%d", k+1), Language: r.Language,
			})
			if err != nil {
				return err
			}
		}
		return nil
	case demo.VoicePromise:
		if err := v.date(ctx, r, step.Days); err != nil {
			return err
		}
	}
	by := v.operator
	if step.Act != demo.VoicePublish && step.Act != demo.VoiceRefuse && step.Act != demo.VoiceAssign {
		by = v.officer(r.Institution)
	}
	dataset := r.Dataset
	if step.Title != "" {
		if dataset, err = v.find(ctx, step.Title); err != nil {
			return err
		}
	}
	_, err = v.store.Change(ctx, by, ref, string(step.Act), 0, func(r *outside.Request, t requestdb.Tools) error {
		return decide(r, by, step, dataset, t)
	})
	return err
}

func decide(r *outside.Request, by identity.Actor, step demo.VoiceStep, dataset string, t requestdb.Tools) error {
	switch step.Act {
	case demo.VoicePublish:
		return r.Publish(by, r.Title, r.Text, step.Institution, t.Now)
	case demo.VoiceRefuse:
		return r.Refuse(by, outside.Refusal(step.Code), t.Now)
	case demo.VoiceAssign:
		return r.Assign(by, step.Institution, t.Now)
	case demo.VoiceAnswer:
		return r.Reply(by, step.Answer, t.Calendar, t.Now)
	case demo.VoiceDecline:
		return r.Decline(by, step.Code, step.Answer, t.Rules, t.Calendar, t.Now)
	}
	p, err := t.Promise(dataset)
	if err != nil {
		return err
	}
	if step.Act == demo.VoiceLink {
		return r.Link(by, p, t.Calendar, t.Now)
	}
	return r.Plan(by, p, t.Calendar, t.Now)
}

// date lets the officer give the proposed entry the day of its opening.
func (v *voiceReplay) date(ctx context.Context, r *outside.Request, days int) error {
	vocabulary, err := v.register.Vocabulary(ctx)
	if err != nil {
		return err
	}
	by := v.officer(r.Institution)
	_, err = v.register.Change(ctx, by, r.Dataset, "dataset.edit", 0, func(d *inventory.Dataset) error {
		c := d.Content
		c.TargetDate = inventory.DateOf(v.now().AddDate(0, 0, days), inventory.Tunis())
		return d.Edit(by, c, vocabulary, v.now())
	})
	return err
}
