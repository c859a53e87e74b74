package alertdb

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// One body does not quieten what wakes another.
func TestWhatBodiesShareIsTakenInHandForAll(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false)
		h.outage("permis")
		h.round(false)
		var m alert.Message
		h.ok(db.Take(&m).Error)
		_, secret, _ := strings.Cut(m.Subject, " ")
		h.join(1, "eau")
		h.ok(db.Exec("UPDATE incidents SET reach = 2 WHERE id = 1").Error)
		h.round(false)
		var e alert.Event
		h.ok(db.Take(&e).Error)
		for _, by := range []identity.Actor{owner, other} {
			_, err := h.store.Acknowledge(t.Context(), by, e.Key)
			if told, ok := errors.AsType[*fault.Error](err); !ok || told.Key != "alert.ack.shared" || told.Kind != fault.Forbidden {
				t.Errorf("%s alone: %v", by.Account, err)
			}
		}
		if _, err := h.store.Follow(t.Context(), other, secret); !errors.Is(err, fault.Forbidden) {
			t.Errorf("by the link of a mail: %v", err)
		}
		both := other
		both.Institutions = []string{"mt", "marhp", "sonede"}
		if got, err := h.store.Acknowledge(t.Context(), both, e.Key); err != nil || got.AckBy != "salma" {
			t.Errorf("who answers for both: %+v, %v", got, err)
		}
	})
}

func TestADryRunTellsOfNoRouteThatTheReaderMayNotSee(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		foreign := alert.Usual()[0]
		foreign.ID, foreign.Name, foreign.Institutions = "", "Garde du ministère", []string{"mt"}
		_, err := h.store.AddRoute(t.Context(), other, foreign)
		h.ok(err)
		above := foreign
		above.Name, above.Institutions = "Garde de la tutelle", []string{"marhp"}
		_, err = h.store.AddRoute(t.Context(), mcd, above)
		h.ok(err)
		names := func(by identity.Actor) (list []string) {
			_, all, err := h.store.Foresee(t.Context(), by, "eau", alert.Down)
			h.ok(err)
			for _, f := range all {
				list = append(list, f.Route.Name)
			}
			return list[3:] // after those of the file
		}
		if got := names(mcd); !slices.Equal(got, []string{"Garde du ministère", "Garde de la tutelle"}) {
			t.Errorf("the operator sees %q", got)
		}
		sonede := identity.Actor{Account: "s", Role: identity.ServiceOwner, Institution: "sonede", Institutions: []string{"sonede"}}
		for _, by := range []identity.Actor{owner, sonede} {
			if got := names(by); !slices.Equal(got, []string{"Garde de la tutelle"}) {
				t.Errorf("%s sees %q", by.Account, got)
			}
		}
	})
}

func TestLinksGoWithWhatTheyAreAbout(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		kept := func() (n int64) {
			h.ok(db.Model(&alert.Link{}).Count(&n).Error)
			return n
		}
		h.round(false)
		end := h.outage("eau")
		h.round(false)
		h.at = h.at.Add(time.Hour)
		end()
		h.round(false)
		if kept() == 0 {
			t.Fatal("no link was written")
		}
		h.at = h.at.Add(29 * 24 * time.Hour)
		h.ok(h.store.Forget(t.Context()))
		if kept() == 0 {
			t.Error("who opens the mail is told nothing any more")
		}
		h.at = h.at.Add(2 * 24 * time.Hour)
		h.ok(h.store.Forget(t.Context()))
		if n := kept(); n != 0 {
			t.Errorf("%d links are kept for nothing", n)
		}
		var events int64
		h.ok(db.Model(&alert.Event{}).Count(&events).Error)
		if events != 1 {
			t.Errorf("%d events; what was told stays known", events)
		}
	})
}
