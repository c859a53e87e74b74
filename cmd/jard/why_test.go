package main

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/why"
)

// A service that failed for three hours a week ago: the night's round finds the
// fall of satisfaction, what people write about, and says it of its ministry too.
func TestTheNightFindsWhatFollowedAnOutage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Second)
		if err := seedOnce(ctx, db); err != nil {
			t.Fatal(err)
		}
		c := configs.Default()
		f, err := newFinder(db, openStores(db, c), c)
		if err != nil {
			t.Fatal(err)
		}
		f.answers = surveydb.New(db, func() time.Time { return now })
		if err := adoptSets(ctx, f.answers); err != nil {
			t.Fatal(err)
		}
		began := now.AddDate(0, 0, -7)
		v := theService(t, db)
		ended := began.Add(3 * time.Hour)
		if err := db.Create(&monitor.Outage{
			ID: 1, Incident: 1, CheckID: v.Checks[0].ID, Service: v.Slug, StartedAt: began, ConfirmedAt: began, EndedAt: &ended, Resolution: monitor.Recovered,
			Reason: monitor.Timeout, Grounds: []monitor.Ground{},
		}).Error; err != nil {
			t.Fatal(err)
		}
		answer(t, f.answers, v.Slug, began.AddDate(0, 0, -25), 300, 4)
		answer(t, f.answers, v.Slug, began, 60, 1)
		if err := f.round(ctx); err != nil {
			t.Fatal(err)
		}
		found, err := f.findings.Finding(ctx, why.OfService, v.Slug)
		if err != nil || len(found.Told()) != 1 || found.Told()[0].Kind != why.Outage || found.Told()[0].Change.Value > -4 || found.Drivers.N != 360 {
			t.Fatalf("%+v, %v", found, err)
		}
		if l := found.Themes.List; len(l) == 0 || l[0].Code != "down" || found.Themes.N != 36 {
			t.Errorf("themes %+v", found.Themes)
		}
		whole, err := f.findings.Finding(ctx, why.OfInstitution, v.Institution)
		if err != nil || len(whole.Told()) != 1 || whole.Told()[0].Service != v.Slug {
			t.Errorf("%+v, %v", whole, err)
		}
	})
}

func theService(t *testing.T, db *gorm.DB) *monitor.Service {
	t.Helper()
	v, err := monitordb.New(db, nil).Add(t.Context(), identity.System("test"), monitor.Service{
		Slug: "acte", Institution: "pg", Name: map[string]string{"fr": "Acte"}, URL: "https://acte.tn/", State: monitor.Active,
		Checks: []monitor.Check{{Kind: monitor.HTTP, Target: "https://acte.tn/", Schedule: "@every 60s", Timeout: 10 * time.Second}},
	}, schedule.Period)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// answer has n people answer within a day or so, about as content as point says.
func answer(t *testing.T, store *surveydb.Store, service string, from time.Time, n, point int) {
	t.Helper()
	set, err := store.Set(t.Context(), survey.DefaultSet, 0)
	if err != nil {
		t.Fatal(err)
	}
	for k := range n {
		a := &survey.Answer{
			Service: service, Set: set.Name, Version: set.Version, At: from.Add(time.Duration(k) * 5 * time.Minute), Channel: survey.Web, Language: "fr", Weight: 1,
			Flags: []survey.Flag{}, Points: map[string]int{"satisfaction": point + k%2, "clarity": 1 + (k+k%2)%5, "effort": 1 + k%3},
			Words: map[string]string{"finished": []string{"yes", "no"}[k%2], "office": []string{"no", "once", "more"}[k%3]},
		}
		if k%10 == 0 {
			a.Comment = fmt.Sprint("ma ye5dmch, ", k)
		}
		if _, err := store.Put(t.Context(), &surveydb.Entry{Answer: a, Set: set}); err != nil {
			t.Fatal(err)
		}
	}
}

// The scores of services are recorded once, as a draft, complete enough to be
// submitted; a frozen edition declares the update; what was withdrawn stays so.
func TestTheScoresAreADatasetOfOurOwn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		ctx := t.Context()
		if err := seedOnce(ctx, db); err != nil {
			t.Fatal(err)
		}
		register := inventorydb.New(db, nil)
		o := ownData{
			register: register, editions: assessdb.New(db, nil), institution: "pg", url: func(path string) string { return "https://jard.example" + path },
			contact: "opendata@example.tn", log: slog.New(slog.DiscardHandler),
		}
		by := identity.System("test")
		for range 2 {
			if err := o.keep(ctx); err != nil {
				t.Fatal(err)
			}
		}
		list, err := register.List(ctx, by, inventorydb.Filter{Institution: "pg"})
		if err != nil || len(list.Items) != 1 || list.Items[0].State != inventory.Draft || list.Items[0].Content.Frequency != "quarterly" {
			t.Fatalf("%+v, %v", list.Items, err)
		}
		d := &list.Items[0]
		officer := identity.Actor{Account: "o", Role: identity.Officer, Institution: "pg", Institutions: []string{"pg"}}
		v, err := register.Vocabulary(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := register.Change(ctx, officer, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error {
			d.Content.DataModified = "2026-07-01"
			return d.Submit(officer, v, time.Now())
		}); err != nil {
			t.Fatalf("it cannot be submitted as it was recorded: %v", err)
		}
		if _, err := register.Change(ctx, by, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(by, v, time.Now()) }); err != nil {
			t.Fatal(err)
		}
		frozen := time.Now().UTC().Add(-time.Hour)
		if err := db.Create(&assess.Edition{Quarter: "2026-Q3", Set: "x", Version: 1, State: assess.Frozen, FrozenAt: &frozen, Hash: "h"}).Error; err != nil {
			t.Fatal(err)
		}
		if err := o.keep(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := register.Get(ctx, by, d.Ref)
		if err != nil || after.Content.DataModified != inventory.DateOf(frozen, inventory.Tunis()) || after.State != inventory.Approved {
			t.Errorf("%+v, %v", after, err)
		}
		if _, err := register.Change(ctx, by, d.Ref, "dataset.withdraw", 0, func(d *inventory.Dataset) error { return d.Withdraw(by, "n'est plus tenu", "", time.Now()) }); err != nil {
			t.Fatal(err)
		}
		if err := o.keep(ctx); err != nil {
			t.Fatal(err)
		}
		if list, _ = register.List(ctx, by, inventorydb.Filter{Institution: "pg"}); len(list.Items) != 1 {
			t.Errorf("recorded again: %d", len(list.Items))
		}
	})
}
