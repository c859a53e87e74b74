package assessdb

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/assess"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &SetRow{}, &assess.Fact{}, &assess.Past{}, &assess.Answer{}, &assess.Action{}, &assess.Note{}, &assess.Edition{},
		&EntryRow{}, &assess.Reply{}, &assess.Document{})
}

// clock is a clock that a test moves.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) time.Time {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

var noon = time.Date(2026, 10, 5, 11, 0, 0, 0, time.UTC)

var (
	operator = identity.Actor{Account: "a1", Role: identity.MCD}
	owner    = identity.Actor{Account: "a2", Role: identity.ServiceOwner, Institution: "interior", Institutions: []string{"interior"}}
	stranger = identity.Actor{Account: "a3", Role: identity.ServiceOwner, Institution: "health", Institutions: []string{"health"}}
)

func read1(tb testing.TB, name string) *assess.Set {
	tb.Helper()
	data, err := criteria.Files.ReadFile(name + ".yaml")
	if err != nil {
		tb.Fatal(err)
	}
	set, problems := assess.Read(data)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return &set
}

// open returns a store with the default set and services of the names.
func open(tb testing.TB, db *gorm.DB, services ...string) (*Store, *clock) {
	tb.Helper()
	c := &clock{at: noon}
	s := New(db, c.now)
	if err := s.Seed(tb.Context(), identity.System("seed"), read1(tb, criteria.Default), read1(tb, "french-vde")); err != nil {
		tb.Fatal(err)
	}
	for _, slug := range []string{"interior", "health"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			tb.Fatal(err)
		}
	}
	for n, slug := range services {
		addService(tb, db, slug, []string{"interior", "health"}[n%2])
	}
	return s, c
}

func addService(tb testing.TB, db *gorm.DB, slug, institution string) {
	tb.Helper()
	columns := map[string]any{
		"slug": slug, "name": `{"fr":"` + slug + `"}`, "institution": institution, "url": "https://example.tn", "life_event": "", "tier": "normal",
		"languages": "[]", "state": "active", "note": "", "revision": 1, "created_at": noon, "updated_at": noon,
	}
	if err := db.Table("services").Create(columns).Error; err != nil {
		tb.Fatal(err)
	}
}

func number(service string, m assess.Measure, v float64, at time.Time) assess.Fact {
	return assess.Fact{Service: service, Measure: m, Value: v, At: at}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wants fails unless err is a fault of the key.
func wants(t *testing.T, err error, key string) {
	t.Helper()
	for _, f := range fault.All(err) {
		if f.Key == key {
			return
		}
	}
	t.Errorf("%v; want %s", err, key)
}

func TestFactsKeepTheNewestAndTheirDays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin", "hospital")
		low, high := .98, .99
		until := noon.AddDate(0, 0, 30)
		first := assess.Fact{
			Service: "cin", Measure: assess.Availability, Value: .985, Low: &low, High: &high, N: 12, At: noon, Until: &until,
			Evidence: []assess.Evidence{{What: "assess.evidence.link", URL: "https://example.tn"}},
		}
		older := number("cin", assess.Availability, .5, noon.Add(-time.Hour))
		bad := number("cin", "weather", 1, noon)
		err := s.Put(t.Context(), []assess.Fact{first, bad, number("cin", assess.Response, .3, noon)})
		wants(t, err, "assess.fact.measure")
		if err := s.Put(t.Context(), []assess.Fact{older}); err != nil {
			t.Fatal(err)
		}
		all := must[assess.Facts](t)(s.Facts(t.Context(), "cin"))
		f := all[assess.Availability]
		if len(all) != 2 || f.Value != .985 || *f.Low != low || f.N != 12 || !f.Until.Equal(until) || len(f.Evidence) != 1 {
			t.Errorf("%+v", all)
		}
		for range 2 { // once from the tables, once remembered
			every := must[map[string]assess.Facts](t)(s.Newest(t.Context()))
			if n := every["cin"][assess.Availability]; n.Value != .985 || *n.High != high || !n.At.Equal(noon) {
				t.Errorf("%+v", n)
			}
		}
		if err := s.Put(t.Context(), []assess.Fact{number("cin", assess.Availability, .999, noon.AddDate(0, 0, 1))}); err != nil {
			t.Fatal(err)
		}
		if every := must[map[string]assess.Facts](t)(s.Newest(t.Context())); every["cin"][assess.Availability].Value != .999 {
			t.Error("a change was not seen")
		}
		past := must[[]assess.Past](t)(s.History(t.Context(), "cin", assess.Availability, noon.AddDate(0, 0, -3), noon.AddDate(0, 0, 3)))
		if len(past) != 2 || past[0].Value != .985 || past[1].Value != .999 {
			t.Errorf("%+v", past)
		}
	})
}

func TestOldDaysAreThinnedOut(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		var facts []assess.Fact
		for n := range 300 {
			facts = append(facts, number("cin", assess.Measures()[n%3], float64(n), noon.AddDate(0, 0, -n)))
		}
		for n := 0; n < len(facts); n += 3 {
			if err := s.Put(t.Context(), facts[n:n+3]); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left []int64
		if err := db.Model(&assess.Past{}).Order("day").Pluck("day", &left).Error; err != nil {
			t.Fatal(err)
		}
		today := s.day(c.now())
		daily := 0
		for _, d := range left {
			if today-d <= keepDaily {
				daily++
			} else if time.Unix(d*day, 0).UTC().Weekday() != time.Monday {
				t.Errorf("%s was kept", time.Unix(d*day, 0).UTC())
			}
		}
		if daily != keepDaily+1 || len(left) < keepDaily+20 || len(left) > keepDaily+40 {
			t.Errorf("%d days, %d of them of the last hundred", len(left), daily)
		}
	})
}

func TestSetsAreAdoptedByVersionAndWrongOnesChangeNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		next := *read1(t, criteria.Default)
		wants(t, s.Adopt(t.Context(), operator, &next), "assess.set.older")
		next.Version = 2
		wants(t, s.Adopt(t.Context(), owner, &next), "identity.forbidden")
		broken := next
		broken.Criteria = nil
		wants(t, s.Adopt(t.Context(), operator, &broken), "assess.set.criteria")
		if set := must[*assess.Set](t)(s.InForce(t.Context())); set.Key() != "default-tn@1" {
			t.Errorf("%s is in force", set.Key())
		}
		if err := s.Adopt(t.Context(), operator, &next); err != nil {
			t.Fatal(err)
		}
		if set := must[*assess.Set](t)(s.InForce(t.Context())); set.Key() != "default-tn@2" || len(set.Criteria) != len(next.Criteria) {
			t.Errorf("%s is in force", set.Key())
		}
		wants(t, s.Use(t.Context(), operator, "no-such"), "assess.set.unknown")
		if err := s.Use(t.Context(), operator, "french-vde"); err != nil {
			t.Fatal(err)
		}
		if set := must[*assess.Set](t)(s.InForce(t.Context())); set.Key() != "french-vde@1" {
			t.Errorf("%s is in force", set.Key())
		}
		if all := must[[]SetRow](t)(s.Versions(t.Context(), criteria.Default)); len(all) != 2 || all[0].Version != 2 {
			t.Errorf("%d versions", len(all))
		}
		if all := must[[]SetRow](t)(s.Sets(t.Context())); len(all) != 2 {
			t.Errorf("%d sets", len(all))
		}
		var lines int64
		if err := db.Table("audit_lines").Where("act LIKE 'criteria_set.%'").Count(&lines).Error; err != nil || lines != 4 {
			t.Errorf("%d lines in the trail, %v; want 4", lines, err)
		}
	})
}

func TestAnswersAreGivenConfirmedAndReturned(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "hospital")
		said := assess.Said{Word: "yes", Link: "https://example.tn/online", Note: "Depuis mars"}
		_, err := s.Give(t.Context(), stranger, "cin", assess.FullyOnline, said, 0)
		wants(t, err, "fault.not_found")
		_, err = s.Give(t.Context(), owner, "nowhere", assess.FullyOnline, said, 0)
		wants(t, err, "fault.not_found")
		a := must[assess.Answer](t)(s.Give(t.Context(), owner, "cin", assess.FullyOnline, said, 0))
		_, err = s.Give(t.Context(), owner, "cin", assess.FullyOnline, said, 0)
		wants(t, err, "assess.stale")
		facts := must[assess.Facts](t)(s.Facts(t.Context(), "cin"))
		if f := facts[assess.FullyOnline]; f.Word != "yes" || !f.Declared || !f.Until.Equal(noon.AddDate(1, 0, 0)) || len(f.Evidence) != 2 {
			t.Errorf("%+v", f)
		}
		if w := must[[]assess.Answer](t)(s.Waiting(t.Context(), operator, 10)); len(w) != 1 {
			t.Errorf("%d wait", len(w))
		}
		if w := must[[]assess.Answer](t)(s.Waiting(t.Context(), stranger, 10)); len(w) != 0 {
			t.Errorf("a stranger sees %d", len(w))
		}
		_, err = s.Confirm(t.Context(), owner, "cin", assess.FullyOnline, a.Revision)
		wants(t, err, "identity.forbidden")
		a = must[assess.Answer](t)(s.Confirm(t.Context(), operator, "cin", assess.FullyOnline, a.Revision))
		if f := must[assess.Facts](t)(s.Facts(t.Context(), "cin"))[assess.FullyOnline]; f.Declared || f.Word != "yes" {
			t.Errorf("%+v", f)
		}
		c.pass(time.Hour)
		a = must[assess.Answer](t)(s.Return(t.Context(), operator, "cin", assess.FullyOnline, "Le lien ne mène pas au formulaire.", a.Revision))
		if f := must[assess.Facts](t)(s.Facts(t.Context(), "cin"))[assess.FullyOnline]; f.Unknown != assess.UnknownReturned {
			t.Errorf("%+v", f)
		}
		if all := must[[]assess.Answer](t)(s.Answers(t.Context(), owner, "cin")); len(all) != 1 || all[0].State != assess.Returned || a.Revision != 3 {
			t.Errorf("%+v", all)
		}
		if all := must[[]assess.Answer](t)(s.Expiring(t.Context(), owner, noon.AddDate(2, 0, 0), 10)); len(all) != 1 {
			t.Errorf("%d expire", len(all))
		}
	})
}

func TestAnActionLivesFromRedToProof(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		machine := identity.System("assess")
		look := func(value float64) Looked {
			if err := s.Put(t.Context(), []assess.Fact{number("cin", assess.SafetyHeaders, value, c.pass(24*time.Hour))}); err != nil {
				t.Fatal(err)
			}
			return must[Looked](t)(s.Look(t.Context(), machine))
		}
		if l := look(0); l.Opened != 1 || l.Services != 1 {
			t.Errorf("%+v", l)
		}
		if l := must[Looked](t)(s.Look(t.Context(), machine)); l.Opened+l.Verified+l.Reopened != 0 {
			t.Errorf("the same facts again: %+v", l)
		}
		all := must[[]assess.Action](t)(s.Actions(t.Context(), owner, Wanted{Service: "cin"}))
		if len(all) != 1 || all[0].Criterion != "SE3" || all[0].Before[0].Value != 0 || all[0].Institution != "interior" {
			t.Fatalf("%+v", all)
		}
		a := all[0]
		_, err := s.Assign(t.Context(), stranger, a.ID, "Ali", c.now().AddDate(0, 0, 3), a.Revision)
		wants(t, err, "fault.not_found")
		a = must[assess.Action](t)(s.Assign(t.Context(), owner, a.ID, "Équipe web", c.now().AddDate(0, 0, 3), a.Revision))
		_, err = s.Move(t.Context(), owner, a.ID, assess.Waived, "plus tard", a.Revision)
		wants(t, err, "identity.forbidden")
		a = must[assess.Action](t)(s.Move(t.Context(), owner, a.ID, assess.Done, "", a.Revision))
		_, err = s.Move(t.Context(), owner, a.ID, assess.Doing, "", a.Revision-1)
		wants(t, err, "assess.stale")
		must[assess.Note](t)(s.Note(t.Context(), owner, a.ID, "En-têtes ajoutés"))
		if l := look(1); l.Reopened != 1 {
			t.Errorf("done and still red: %+v", l)
		}
		if l := look(5); l.Verified != 0 {
			t.Errorf("one green: %+v", l)
		}
		if l := look(5); l.Verified != 1 {
			t.Errorf("two greens: %+v", l)
		}
		if l := look(5); l.Verified != 0 {
			t.Errorf("three greens: %+v", l)
		}
		got, notes, err := s.Action(t.Context(), operator, a.ID)
		if err != nil || got.State != assess.Verified || got.After[0].Value != 5 || got.Owner != "Équipe web" || len(notes) != 3 {
			t.Errorf("%+v, %d notes, %v", got, len(notes), err)
		}
		if l := look(0); l.Reopened != 1 {
			t.Errorf("red after proof: %+v", l)
		}
		must[assess.Action](t)(s.OpenAction(t.Context(), owner, "cin", "KE1"))
		if all := must[[]assess.Action](t)(s.Actions(t.Context(), owner, Wanted{States: []assess.Progress{assess.Open}})); len(all) != 2 {
			t.Errorf("%d open", len(all))
		}
	})
}

func TestAnEditionIsDraftedRepliedToFrozenAndVerified(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "hospital")
		var facts []assess.Fact
		for _, service := range []string{"cin", "hospital"} {
			facts = append(facts, number(service, assess.Availability, .9991, noon), number(service, assess.SafetyHeaders, 3, noon))
		}
		if err := s.Put(t.Context(), facts); err != nil {
			t.Fatal(err)
		}
		replies := noon.AddDate(0, 0, 10)
		_, err := s.DraftEdition(t.Context(), operator, "2026-Q4", replies, nil)
		wants(t, err, "assess.edition.running")
		_, err = s.DraftEdition(t.Context(), owner, "2026-Q3", replies, nil)
		wants(t, err, "identity.forbidden")
		measured := []assess.Fact{number("cin", assess.Availability, .97, noon)}
		e := must[assess.Edition](t)(s.DraftEdition(t.Context(), operator, "2026-Q3", replies, measured))
		_, err = s.DraftEdition(t.Context(), operator, "2026-Q3", replies, nil)
		wants(t, err, "assess.edition.exists")
		_, entries, err := s.Edition(t.Context(), owner, "2026-Q3")
		if err != nil || len(entries) != 1 || entries[0].Service != "cin" || entries[0].Score.Result("AV1").Colour != assess.Red {
			t.Fatalf("%+v, %v", entries, err)
		}
		_, _, err = s.Edition(t.Context(), identity.Actor{}, "2026-Q3")
		wants(t, err, "fault.not_found")
		_, err = s.Reply(t.Context(), stranger, "2026-Q3", "cin", "Non")
		wants(t, err, "fault.not_found")
		r := must[assess.Reply](t)(s.Reply(t.Context(), owner, "2026-Q3", "cin", "La panne du 3 août était une maintenance."))
		_, err = s.Freeze(t.Context(), operator, "2026-Q3", e.Revision)
		wants(t, err, "assess.edition.too_early")
		c.pass(11 * 24 * time.Hour)
		_, err = s.Reply(t.Context(), owner, "2026-Q3", "cin", "Trop tard")
		wants(t, err, "assess.edition.replies_over")
		_, err = s.Freeze(t.Context(), operator, "2026-Q3", e.Revision)
		wants(t, err, "assess.edition.unanswered")
		must[assess.Reply](t)(s.Respond(t.Context(), operator, r.ID, "Elle n'était pas annoncée : elle compte."))
		e = must[assess.Edition](t)(s.Redraft(t.Context(), operator, "2026-Q3", measured, e.Revision))
		_, err = s.Freeze(t.Context(), operator, "2026-Q3", e.Revision-1)
		wants(t, err, "assess.stale")
		e = must[assess.Edition](t)(s.Freeze(t.Context(), operator, "2026-Q3", e.Revision))
		if len(e.Hash) != 64 {
			t.Errorf("hash %q", e.Hash)
		}
		_, err = s.Redraft(t.Context(), operator, "2026-Q3", nil, e.Revision)
		wants(t, err, "assess.edition.frozen")
		checkVerify(t, s, db)
	})
}

// checkVerify tampers with a frozen edition.
func checkVerify(t *testing.T, s *Store, db *gorm.DB) {
	t.Helper()
	if c := must[assess.Checked](t)(s.Verify(t.Context(), "2026-Q3")); !c.OK() {
		t.Errorf("untouched: %+v", c)
	}
	next := *read1(t, criteria.Default)
	next.Version = 2
	next.Criteria[0].Weight = 99
	if err := s.Adopt(t.Context(), operator, &next); err != nil {
		t.Fatal(err)
	}
	if c := must[assess.Checked](t)(s.Verify(t.Context(), "2026-Q3")); !c.OK() {
		t.Errorf("after a new version of the set: %+v", c)
	}
	var row EntryRow
	if err := db.Where("service = ?", "cin").Take(&row).Error; err != nil {
		t.Fatal(err)
	}
	for n, change := range []string{
		`UPDATE assess_entries SET body = replace(body, '0.97', '0.9995') WHERE service = 'cin'`,
		`UPDATE assess_entries SET body = replace(body, 'red', 'green') WHERE service = 'cin'`,
		`UPDATE assess_replies SET text = 'Rien'`,
		`DELETE FROM assess_entries WHERE service = 'hospital'`,
	} {
		if err := db.Exec(change).Error; err != nil {
			t.Fatal(err)
		}
		c := must[assess.Checked](t)(s.Verify(t.Context(), "2026-Q3"))
		if c.OK() || c.Hash || n < 2 && fmt.Sprint(c.Differs) != "[cin]" {
			t.Errorf("%s: %+v", change, c)
		}
		if err := db.Save(&row).Error; err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Verify(t.Context(), "2025-Q1")
	if !errors.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
	editions, trend, err := s.Trend(t.Context(), "cin")
	if err != nil || len(editions) != 1 || len(trend) != 1 {
		t.Errorf("%d, %d, %v", len(editions), len(trend), err)
	}
}
