package alertdb

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

func TestFromIncidentToMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false) // somebody looks from now on
		end := h.outage("eau")
		if did := h.round(false); did.Began != 1 || did.Mailed != 1 {
			t.Fatalf("round = %+v; want one event and one mail", did)
		}
		for range 3 {
			if did := h.round(true); did != (Report{}) {
				t.Fatalf("asked again: %+v; want nothing", did)
			}
		}
		h.expect("begun mail/karim")
		h.at = h.at.Add(16 * time.Minute)
		h.round(false)
		h.expect("begun mail/karim", "escalated mail/sonia")
		h.at = h.at.Add(time.Minute)
		end()
		if did := h.round(false); did.Ended != 1 || did.Mailed != 2 {
			t.Errorf("the end = %+v; want two mails", did)
		}
		h.expect("begun mail/karim", "escalated mail/sonia", "over mail/karim", "over mail/sonia")
		var left, mails int64
		db.Model(&alert.Event{}).Where("NOT settled").Count(&left)
		db.Table("mail_outbox").Where("kind = 'alert'").Count(&mails)
		if left != 0 || mails != 4 {
			t.Errorf("%d events not settled, %d mails; want 0 and 4", left, mails)
		}
	})
}

func TestWhatEndedBeforeAnybodyLookedIsHistory(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		end := h.outage("eau")
		h.at = h.at.Add(10 * time.Minute)
		end()
		h.at = h.at.Add(10 * time.Minute)
		h.round(true)
		h.expect()
		h.outage("permis") // and what lasts is not
		h.round(true)
		h.expect("begun mail/salma")
	})
}

func TestAnOutageWhileNobodyRanIsToldAfterwards(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false)
		h.at = h.at.Add(30 * time.Minute)
		end := h.outage("eau")
		h.at = h.at.Add(30 * time.Minute)
		end()
		h.at = h.at.Add(30 * time.Minute)
		h.round(false)
		h.expect("past mail/karim")
	})
}

// Several processes look at once, again and again: everything is told once.
func TestManyAtOnceTellOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, func(o *Options) { o.Routes[0].Steps[0].Channels = []string{"noc"} })
		h.round(false)
		h.outage("eau")
		h.outage("permis")
		var all sync.WaitGroup
		var mu sync.Mutex
		taken := map[string]int{}
		for range 8 {
			store := New(db, h.o)
			all.Go(func() {
				for range 5 {
					if _, err := store.Reconcile(context.Background(), true, monday); err != nil {
						t.Error(err)
					}
					got, err := store.Next(context.Background(), 3)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, m := range got {
						taken[m.ID]++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		h.expect("begun mail/karim", "begun mail/salma", "begun noc/", "begun noc/") // two institutions, two messages
		if len(taken) != 2 {
			t.Errorf("%d messages were handed out; want 2", len(taken))
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("%s was handed to %d senders", id, n)
			}
		}
	})
}

func TestStatesCertificatesAndBudgets(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, func(o *Options) {
			o.Routes = []alert.Route{{ID: "all", Name: "all", Enabled: true, Group: alert.Apart, Recovery: true, Steps: []alert.Step{{Channels: []string{"noc"}}}}}
		})
		until := monday.Add(10 * 24 * time.Hour)
		h.state("eau", monitor.Degraded, monitor.TLSIncompleteChain, monday.Add(-time.Hour))
		h.state("permis", monitor.Up, monitor.None, monday.Add(-time.Hour), func(c *monitor.Current) { c.NotAfter = &until })
		if did := h.round(true); did.Began != 2 || did.Queued != 2 {
			t.Fatalf("round = %+v; want a degraded service and a certificate", did)
		}
		kinds := func() []string {
			var all []string
			h.ok(db.Model(&alert.Event{}).Where("ended_at IS NULL").Order("kind").Pluck("kind", &all).Error)
			return all
		}
		if got := kinds(); !slices.Equal(got, []string{"certificate", "degraded"}) {
			t.Errorf("kinds = %v", got)
		}
		h.at = h.at.Add(time.Minute)
		h.state("eau", monitor.Up, monitor.None, h.at)
		h.state("permis", monitor.Up, monitor.None, h.at)
		if did := h.round(true); did.Ended != 2 || did.Queued != 2 {
			t.Errorf("the end = %+v", did)
		}
		for range 5 { // five minutes of confirmed outage within the hour
			end := h.outage("eau")
			h.at = h.at.Add(time.Minute)
			end()
		}
		h.state("eau", monitor.Up, monitor.None, h.at)
		h.state("permis", monitor.Up, monitor.None, h.at)
		h.round(true)
		if got := kinds(); !slices.Equal(got, []string{"burn_fast"}) {
			t.Errorf("kinds = %v; want the budget to burn", got)
		}
		h.round(true)
		if got := kinds(); !slices.Equal(got, []string{"burn_fast"}) {
			t.Errorf("kinds = %v; want one event, not one a round", got)
		}
	})
}

func TestABlindProberIsSaidOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.state("eau", monitor.Up, monitor.None, monday)
		h.state("permis", monitor.Up, monitor.None, monday)
		h.at = h.at.Add(8 * time.Minute)
		h.round(true)
		h.expect("begun mail/sonia")
		_, err := h.store.Reconcile(t.Context(), true, h.at) // a process that has just begun
		h.ok(err)
		h.expect("begun mail/sonia")
		h.at = h.at.Add(time.Minute)
		h.state("eau", monitor.Up, monitor.None, monday)
		h.state("permis", monitor.Up, monitor.None, monday)
		h.round(true)
		h.expect("begun mail/sonia", "over mail/sonia")
	})
}

func TestTakenInHandByALinkOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		var taken []int64
		h := open(t, db, func(o *Options) {
			o.Taken = func(_ context.Context, _ identity.Actor, incident int64) error {
				taken = append(taken, incident)
				return nil
			}
		})
		h.round(false)
		h.outage("eau")
		h.round(false)
		var m alert.Message
		h.ok(db.Take(&m).Error)
		_, secret, _ := strings.Cut(m.Subject, " ")
		if _, _, err := h.store.Link(t.Context(), secret+"x"); !errors.Is(err, fault.NotFound) {
			t.Errorf("a wrong secret: %v", err)
		}
		if _, err := h.store.Follow(t.Context(), other, secret); !errors.Is(err, fault.NotFound) {
			t.Errorf("somebody else's link: %v", err)
		}
		e, err := h.store.Follow(t.Context(), owner, secret)
		if err != nil || e.AckBy != "karim" || !slices.Equal(taken, []int64{1}) {
			t.Fatalf("Follow = %+v, %v, passed on %v", e, err, taken)
		}
		if _, err := h.store.Follow(t.Context(), owner, secret); !errors.Is(err, fault.Gone) {
			t.Errorf("twice: %v; want gone", err)
		}
		if _, err := h.store.Acknowledge(t.Context(), mcd, e.Key); !errors.Is(err, fault.Conflict) {
			t.Errorf("by somebody else afterwards: %v", err)
		}
		h.at = h.at.Add(2 * time.Hour)
		h.round(false)
		h.expect("begun mail/karim")
		var lines int64
		if db.Table("audit_lines").Where("act = 'alert.acknowledge'").Count(&lines); lines != 1 {
			t.Errorf("%d lines in the trail; want 1", lines)
		}
	})
}

// A second service joins an incident: whoever answers for it is told too, and
// one message says what the cause takes along.
func TestASharedCauseReachesEveryInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false)
		end := h.outage("permis")
		h.round(false)
		h.expect("begun mail/salma")
		h.at = h.at.Add(time.Minute)
		h.join(1, "eau")
		h.ok(db.Exec("UPDATE incidents SET reach = 2 WHERE id = 1").Error)
		h.round(false)
		h.expect("begun mail/salma", "begun mail/karim")
		var e alert.Event
		h.ok(db.Take(&e).Error)
		if e.Kind != alert.Shared || e.Tier != monitor.Critical || !slices.Equal(e.Facts.Members, []string{"eau", "permis"}) {
			t.Errorf("the event is %+v", e)
		}
		if len(e.Facts.Names) != 2 || e.Facts.Names[0].Empty() || e.Facts.Names[1].Empty() {
			t.Errorf("its services are named %v", e.Facts.Names)
		}
		for _, by := range []identity.Actor{owner, other} {
			if got, err := h.store.Open(t.Context(), by); err != nil || len(got) != 1 {
				t.Errorf("%s sees %d events, %v", by.Account, len(got), err)
			}
		}
		h.at = h.at.Add(time.Minute)
		h.ok(db.Exec("UPDATE incidents SET acknowledged_at = ?, acknowledged_by = 'sonia' WHERE id = 1", h.at).Error)
		h.round(false)
		h.at = h.at.Add(2 * time.Hour)
		h.round(false) // taken in hand on the incident's page: nobody else is called
		h.expect("begun mail/salma", "begun mail/karim")
		end()
		h.round(false)
		h.expect("begun mail/salma", "begun mail/karim", "over mail/karim", "over mail/salma")
	})
}

func TestMaintenanceIsQuiet(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		planned := map[string][]monitor.Span{"eau": {{From: monday, To: monday.Add(time.Minute)}}}
		h := open(t, db, func(o *Options) {
			o.Planned = func(context.Context, time.Time, time.Time) (map[string][]monitor.Span, error) { return planned, nil }
		})
		h.round(false)
		h.outage("eau")
		h.outage("permis")
		h.round(false)
		h.expect("begun mail/salma")
		h.at = h.at.Add(time.Minute)
		h.round(false)
		h.expect("begun mail/salma", "begun mail/karim")
	})
}

func TestTheOutboxTriesAgainAndGivesUp(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, func(o *Options) { o.Routes[0].Steps[0] = alert.Step{Channels: []string{"noc"}} })
		h.round(false)
		h.outage("eau")
		h.round(false)
		take := func() *alert.Message {
			all, err := h.store.Next(t.Context(), 5)
			h.ok(err)
			if len(all) == 0 {
				return nil
			}
			return &all[0]
		}
		m := take()
		if m == nil || take() != nil {
			t.Fatal("a message is handed to one sender at a time")
		}
		h.ok(h.store.Failed(t.Context(), m.ID, alert.Failure{Cause: alert.Busy}))
		if take() != nil {
			t.Error("tried again without a pause")
		}
		h.at = h.at.Add(20 * time.Second)
		if m = take(); m == nil || m.Tries != 1 || m.Lines[0].Service != "eau" {
			t.Fatalf("after the pause: %+v", m)
		}
		h.at = h.at.Add(alert.InHand) // the sender dies
		if m = take(); m == nil {
			t.Fatal("what a dead sender had in hand is lost")
		}
		h.ok(h.store.Failed(t.Context(), m.ID, alert.Failure{Cause: alert.Refused, Final: true}))
		if waiting, dead, err := h.store.Waiting(t.Context()); err != nil || waiting != 0 || dead != 1 {
			t.Errorf("Waiting = %d, %d, %v", waiting, dead, err)
		}
		h.ok(h.store.Retry(t.Context(), mcd, m.ID))
		m = take()
		h.ok(h.store.Sent(t.Context(), m.ID))
		h.ok(h.store.Failed(t.Context(), m.ID, alert.Failure{Cause: alert.Busy})) // late news of what is sent
		if err := h.store.Retry(t.Context(), mcd, m.ID); !errors.Is(err, fault.Conflict) {
			t.Errorf("what is sent was sent again: %v", err)
		}
		h.outage("permis")
		h.round(false)
		h.at = h.at.Add(25 * time.Hour)
		if m := take(); m != nil {
			t.Errorf("no news any more, and handed out: %+v", m)
		}
		h.at = h.at.AddDate(2, 0, 0)
		h.ok(h.store.Forget(t.Context()))
		h.expect()
	})
}

func TestWhoSeesAndChangesWhat(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.round(false)
		h.outage("eau")
		h.outage("permis")
		h.round(false)
		ctx := t.Context()
		route := alert.Usual()[0]
		route.ID, route.Institutions = "", []string{"sonede"}
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role}
			if role.NeedsInstitution() {
				by = identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp", "sonede"}}
			}
			everywhere := role == identity.MCD || role == identity.Admin
			reads := everywhere || role.NeedsInstitution()
			writes := everywhere || role == identity.ServiceOwner
			history, err := h.store.History(ctx, by, Filter{Limit: 10})
			if (err == nil) != reads || reads && len(history) != map[bool]int{true: 2, false: 1}[everywhere] {
				t.Errorf("%s: History = %d, %v", role, len(history), err)
			}
			events, err := h.store.Open(ctx, by)
			if (err == nil) != reads || reads && len(events) != map[bool]int{true: 2, false: 1}[everywhere] {
				t.Errorf("%s: Open = %d, %v", role, len(events), err)
			}
			made, err := h.store.AddRoute(ctx, by, route)
			if (err == nil) != writes {
				t.Errorf("%s: AddRoute %v; want allowed %v", role, err, writes)
			}
			if err == nil {
				h.ok(h.store.RemoveRoute(ctx, by, made.ID, made.Revision))
			}
			all := route
			all.Institutions = nil
			if made, err := h.store.AddRoute(ctx, by, all); (err == nil) != everywhere {
				t.Errorf("%s: a route of everybody's: %v", role, err)
			} else if err == nil {
				h.ok(h.store.RemoveRoute(ctx, by, made.ID, 0))
			}
			if _, _, err := h.store.Foresee(ctx, by, "permis", alert.Down); (err == nil) != everywhere {
				t.Errorf("%s: a foreign service: %v", role, err)
			}
			if err := h.store.Retry(ctx, by, "nothing"); everywhere != errors.Is(err, fault.NotFound) {
				t.Errorf("%s: Retry %v", role, err)
			}
			if err := h.store.Try(ctx, by, alert.Message{ID: "trial-" + string(role), Channel: "noc", Type: "webhook", Lang: "fr"}); (err == nil) != everywhere {
				t.Errorf("%s: Try %v", role, err)
			}
			if everywhere {
				h.ok(db.Delete(&alert.Message{}, "stage = 'trial'").Error)
			}
		}
		if _, err := h.store.AddRoute(ctx, other, route); !errors.Is(err, fault.NotFound) {
			t.Errorf("a route of a foreign institution: %v", err)
		}
	})
}

func TestRoutesAreKeptWithARevision(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, func(o *Options) { o.Routes = o.Routes[2:] })
		ctx := t.Context()
		made, err := h.store.AddRoute(ctx, mcd, alert.Usual()[0])
		h.ok(err)
		got, err := h.store.Route(ctx, mcd, made.ID)
		if err != nil || len(got.Steps) != 3 || got.Steps[1].After != 15*time.Minute || got.Remind != 6*time.Hour || got.Origin != alert.FromDesk {
			t.Fatalf("Route = %+v, %v", got, err)
		}
		got.Name = "Autre nom"
		changed, err := h.store.ChangeRoute(ctx, mcd, *got, 1)
		if err != nil || changed.Revision != 2 {
			t.Fatalf("ChangeRoute = %+v, %v", changed, err)
		}
		if _, err := h.store.ChangeRoute(ctx, mcd, *got, 1); !errors.Is(err, fault.Stale) {
			t.Errorf("a lost race: %v", err)
		}
		if err := h.store.RemoveRoute(ctx, mcd, "usual-blind", 0); !errors.Is(err, fault.Conflict) {
			t.Errorf("a route of the file was removed: %v", err)
		}
		if err := h.store.AddUsual(ctx, mcd); !errors.Is(err, fault.Conflict) {
			t.Errorf("the usual ones beside others: %v", err)
		}
		if all, err := h.store.Routes(ctx, owner); err != nil || len(all) != 2 {
			t.Errorf("Routes = %d, %v; want both: they are about everything", len(all), err)
		}
		h.ok(h.store.RemoveRoute(ctx, mcd, made.ID, 2))
		var lines int64
		if db.Table("audit_lines").Where("act LIKE 'alert.route.%'").Count(&lines); lines != 3 {
			t.Errorf("%d lines in the trail; want 3", lines)
		}
	})
}

func TestRehearsingTheLastThirtyDays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		end := h.outage("eau")
		h.at = h.at.Add(20 * time.Minute)
		end()
		h.at = h.at.Add(24 * time.Hour)
		got, err := h.store.Rehearse(t.Context(), mcd, alert.Usual()[0])
		if err != nil || got.Events != 1 || got.Messages[alert.Begun] != 1 || got.Messages[alert.Escalated] != 1 || got.Messages[alert.Over] != 1 {
			t.Errorf("Rehearse = %+v, %v", got, err)
		}
		if got, err := h.store.Rehearse(t.Context(), other, alert.Usual()[0]); err != nil || got.Events != 0 {
			t.Errorf("a foreign institution's past: %+v, %v", got, err)
		}
		h.round(true)
		again, err := h.store.Rehearse(t.Context(), mcd, alert.Usual()[0])
		if err != nil || again.Total() != got.Total() {
			t.Errorf("after events are kept: %+v, %v", again, err)
		}
		e, all, err := h.store.Foresee(t.Context(), owner, "eau", alert.Down)
		if err != nil || e.Institution != "sonede" || len(all) != 3 || all[0].Why != alert.Matches || all[0].Steps[0].People[0].Actor.Account != "karim" {
			t.Errorf("Foresee = %+v, %v", all, err)
		}
	})
}
