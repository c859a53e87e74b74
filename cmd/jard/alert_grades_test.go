package main

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
)

func TestGradesOfTwoNights(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		store := assessdb.New(db, func() time.Time { return now })
		g := &grades{store: store}
		if got, err := g.of(t.Context(), now); err != nil || len(got) != 0 {
			t.Fatalf("before there are sets: %+v, %v", got, err)
		}
		data, err := criteria.Files.ReadFile("areas-35-25-20-20.yaml")
		if err != nil {
			t.Fatal(err)
		}
		set, problems := assess.Read(data)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		seed := []*assess.Set{&set}
		if data, err = criteria.Files.ReadFile(criteria.Default + ".yaml"); err != nil {
			t.Fatal(err)
		}
		usual, _ := assess.Read(data)
		if err := store.Seed(t.Context(), identity.System("seed"), append(seed, &usual)...); err != nil {
			t.Fatal(err)
		}
		inForce, err := store.InForce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Every measure that can be a number, at its best and at its worst.
		facts := func(good bool, at time.Time) (all []assess.Fact) {
			for _, m := range inForce.Measures() {
				f := assess.Fact{Service: "cin", Measure: m, N: 1000, At: at, Word: assess.Yes}
				if !good {
					f.Word = assess.No
				}
				all = append(all, f)
			}
			return all
		}
		for _, night := range []struct {
			back int
			good bool
		}{{28, true}, {1, false}, {0, false}} {
			if err := store.Put(t.Context(), facts(night.good, now.AddDate(0, 0, -night.back))); err != nil {
				t.Fatal(err)
			}
		}
		got, err := g.of(t.Context(), now)
		if err != nil || len(got["cin"]) != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
		for n, one := range got["cin"] {
			if one.Was <= one.Value || one.Line != inForce.Bottom() || now.Sub(one.Before) < 28*24*time.Hour {
				t.Errorf("night %d: %+v", n, one)
			}
		}
		if err := store.Put(t.Context(), facts(true, now.Add(time.Minute))); err != nil {
			t.Fatal(err)
		}
		if again, _ := g.of(t.Context(), now.Add(2*time.Minute)); again["cin"][0].Value != got["cin"][0].Value {
			t.Error("compared anew at once")
		}
		if again, err := g.of(t.Context(), now.Add(gradesHold)); err != nil || again["cin"][0].Fell() {
			t.Errorf("compared anew later: %+v, %v", again, err)
		}
	})
}
