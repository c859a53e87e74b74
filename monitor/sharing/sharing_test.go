package sharing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/share"
	"github.com/jard-odi/jard/monitor/sharedb"
	"github.com/jard-odi/jard/monitor/sharing"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// join has a process share until stop is called.
func join(t *testing.T, db *gorm.DB, id string, lives time.Duration) (s *sharing.Share, stop func()) {
	t.Helper()
	s = sharing.New(sharing.Options{Store: sharedb.New(db, nil), ID: id, Name: id, Beat: 20 * time.Millisecond, Lives: lives})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return s, stop
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline, tick := time.After(15*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// parts counts of how many services a process holds.
func parts(s *sharing.Share) (mine, owned int) {
	for n := range 500 {
		service := fmt.Sprintf("service-%d", n)
		if s.Mine(service) {
			mine++
		}
		if s.Owns(service) {
			owned++
		}
	}
	return mine, owned
}

func TestWhoJoinsGetsAPartOnlyWhenItIsHandedOver(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		a, _ := join(t, db, "a", time.Minute)
		await(t, "a to have all", func() bool { mine, _ := parts(a); return mine == 500 && a.Holds() && a.Leads() })
		b, stopB := join(t, db, "b", time.Minute)
		await(t, "a to see b", func() bool { mine, _ := parts(a); return mine < 500 })
		if _, owned := parts(a); owned != 500 {
			t.Errorf("a owns %d; want all until it hands over", owned)
		}
		if mine, _ := parts(b); mine != 0 {
			t.Errorf("b has %d before anything was handed over", mine)
		}
		if err := a.HandOver(t.Context(), a.Version()-1); err != nil { // of what it knew before b came
			t.Fatal(err)
		}
		if _, owned := parts(a); owned != 500 {
			t.Error("a stale word handed services over")
		}
		if err := a.HandOver(t.Context(), a.Version()); err != nil {
			t.Fatal(err)
		}
		await(t, "b to have its part", func() bool {
			ofA, owned := parts(a)
			ofB, _ := parts(b)
			return ofA == owned && ofA+ofB == 500 && ofB > 100
		})
		if a.Leads() == b.Leads() {
			t.Error("not one of them leads")
		}
		stopB()
		await(t, "a to have all again", func() bool { mine, _ := parts(a); return mine == 500 })
		if mine, _ := parts(b); mine != 0 || b.Holds() || b.Tenure() != 0 {
			t.Error("who left still holds something")
		}
	})
}

func TestWhoWasTakenForDeadBeginsAnew(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		a, _ := join(t, db, "a", time.Minute)
		await(t, "a to have all", func() bool { mine, _ := parts(a); return mine == 500 })
		before := a.Tenure()
		if err := sharedb.New(db, nil).Leave(t.Context(), "a"); err != nil { // as who takes over from the dead does
			t.Fatal(err)
		}
		await(t, "a to begin anew", func() bool { mine, _ := parts(a); return a.Tenure() > before && mine == 500 })
	})
}

func TestADatabaseThatIsAwayStopsWhoIsNotAlone(t *testing.T) {
	for _, others := range []bool{false, true} {
		t.Run(fmt.Sprintf("others=%t", others), func(t *testing.T) {
			db := databasetest.OpenPostgres(t)
			a, _ := join(t, db, "a", 400*time.Millisecond)
			await(t, "a to join", a.Holds)
			if others {
				if _, err := sharedb.New(db, nil).Beat(t.Context(), member("b"), time.Hour); err != nil {
					t.Fatal(err)
				}
				await(t, "a to see b", func() bool { return !allMine(a) })
			}
			if err := db.Exec("ALTER TABLE share_members RENAME TO away").Error; err != nil {
				t.Fatal(err)
			}
			if others {
				await(t, "a to stop looking", func() bool { return !a.Holds() })
			} else {
				over := time.After(time.Second)
				await(t, "the lease to be over", func() bool {
					if !a.Holds() {
						t.Fatal("who is alone stopped although nobody could take over")
					}
					select {
					case <-over:
						return true
					default:
						return false
					}
				})
			}
			if err := db.Exec("ALTER TABLE away RENAME TO share_members").Error; err != nil {
				t.Fatal(err)
			}
			await(t, "a to go on", a.Holds)
		})
	}
}

func allMine(s *sharing.Share) bool { mine, _ := parts(s); return mine == 500 }

func member(id string) share.Member {
	return share.Member{ID: id, Name: id, StartedAt: time.Now()}
}
