package watch

import (
	"errors"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

func TestChainsAreKeptWhenTheyChange(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := store(t, db)
		c := addService(t, db, s, "b3", "https://127.0.0.1:1/", 0)
		w := New(Options{Store: s, Prober: prober(t)})
		one := &monitor.Secured{Mark: "one", Chain: []monitor.Certificate{{Subject: "leaf"}}}
		look := func(seen *monitor.Secured) {
			w.chains.note(c.ID, nil)
			w.chains.note(c.ID, seen)
			if err := w.flushChains(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		look(one)
		look(one)
		if list, err := s.Chain(t.Context(), c.ID); err != nil || len(list) != 1 || list[0].Subject != "leaf" {
			t.Errorf("kept %+v, %v", list, err)
		}
		// The same chain in another handshake is not written again; nor after a restart.
		if err := db.Exec("UPDATE check_chains SET subject = 'as it was'").Error; err != nil {
			t.Fatal(err)
		}
		look(&monitor.Secured{Mark: "one", Chain: one.Chain})
		w = New(Options{Store: s, Prober: prober(t)})
		look(&monitor.Secured{Mark: "one", Chain: one.Chain})
		if list, _ := s.Chain(t.Context(), c.ID); len(list) != 1 || list[0].Subject != "as it was" {
			t.Errorf("the same chain was written again: %+v", list)
		}
		look(&monitor.Secured{Mark: "two", Chain: append(one.Chain, monitor.Certificate{Subject: "between"})})
		if list, _ := s.Chain(t.Context(), c.ID); len(list) != 2 {
			t.Errorf("the change was not kept: %+v", list)
		}
	})
}

func TestAChainThatCannotBeKeptWaits(t *testing.T) {
	var c chains
	c.kept = map[int64]string{}
	c.note(1, &monitor.Secured{Mark: "a"})
	for range 2 {
		changed := c.changed()
		if len(changed) != 1 {
			t.Fatalf("%d are to be kept", len(changed))
		}
		c.settle(changed, errors.New("away") == nil)
	}
	newer := &monitor.Secured{Mark: "b"}
	changed := c.changed()
	c.note(1, newer)
	c.settle(changed, false)
	if again := c.changed(); again[1] != newer {
		t.Errorf("the older chain comes back: %+v", again[1])
	}
	c.settle(map[int64]*monitor.Secured{1: newer}, true)
	c.note(1, &monitor.Secured{Mark: "b"})
	if again := c.changed(); len(again) != 0 {
		t.Errorf("%d are to be kept again", len(again))
	}
}
