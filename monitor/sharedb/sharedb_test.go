package sharedb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/share"
	"github.com/jard-odi/jard/monitor/sharedb"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) { databasetest.Drift(t, &share.Member{}, &share.Slot{}) }

func beat(t *testing.T, s *sharedb.Store, id string, tenure int64) sharedb.View {
	t.Helper()
	v, err := s.Beat(t.Context(), share.Member{ID: id, Tenure: tenure, Name: "machine-" + id, Version: "v1", StartedAt: time.Now()}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// die lets the lease of a process run out.
func die(t *testing.T, db *gorm.DB, id string) {
	t.Helper()
	if err := db.Exec("UPDATE share_members SET until_ms = 1 WHERE id = ?", id).Error; err != nil {
		t.Fatal(err)
	}
}

func TestAPartIsHandedOverAndNeverHadTwice(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := sharedb.New(db, nil)
		a := beat(t, s, "a", 0)
		if len(a.Owned) != share.Slots || len(a.Surplus) != 0 || a.Tenure != 1 {
			t.Fatalf("alone: %d slots, %d of them surplus, tenure %d; want all, none, 1", len(a.Owned), len(a.Surplus), a.Tenure)
		}
		b := beat(t, s, "b", 0)
		if len(b.Owned) != 0 || b.Tenure != 2 || len(b.Members) != 2 {
			t.Fatalf("who joins has %d slots, tenure %d, %d members; want 0, 2, 2: nothing was given up yet", len(b.Owned), b.Tenure, len(b.Members))
		}
		a = beat(t, s, "a", a.Tenure)
		if want := share.Wanted("b", []string{"a", "b"}); !slices.Equal(a.Surplus, want) {
			t.Fatalf("surplus is %v; want %v", a.Surplus, want)
		}
		if err := s.Release(t.Context(), "a", a.Surplus); err != nil {
			t.Fatal(err)
		}
		if b = beat(t, s, "b", b.Tenure); !slices.Equal(b.Owned, a.Surplus) {
			t.Errorf("b has %v; want what a gave up", b.Owned)
		}
		if err := s.Leave(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
		if a = beat(t, s, "a", a.Tenure); len(a.Owned) != share.Slots {
			t.Errorf("after b left a has %d slots; want all", len(a.Owned))
		}
	})
}

// The answer to a join was lost on the way: the process joins again, and is not
// in its own way for ever.
func TestWhoNeverHeardThatItJoinedJoinsAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := sharedb.New(db, nil)
		lost := beat(t, s, "a", 0)
		a := beat(t, s, "a", 0)
		if a.Tenure <= lost.Tenure || len(a.Members) != 1 || len(a.Owned) != share.Slots {
			t.Errorf("tenure %d after %d, %d members, %d slots; want a later one, 1 and all", a.Tenure, lost.Tenure, len(a.Members), len(a.Owned))
		}
	})
}

func TestTheDeadAreTakenOverAndFenced(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := sharedb.New(db, nil)
		a := beat(t, s, "a", 0)
		b := beat(t, s, "b", 0)
		die(t, db, "a")
		b = beat(t, s, "b", b.Tenure)
		if len(b.Owned) != share.Slots || !slices.Equal(b.Dead, []string{"machine-a"}) {
			t.Errorf("b has %d slots of the dead %v; want all, of machine-a", len(b.Owned), b.Dead)
		}
		_, err := s.Beat(t.Context(), share.Member{ID: "a", Tenure: a.Tenure}, time.Minute)
		if !errors.Is(err, sharedb.ErrFenced) {
			t.Errorf("the dead came back with %v; want ErrFenced", err)
		}
		if again := beat(t, s, "a", 0); again.Tenure <= b.Tenure || len(again.Owned) != 0 {
			t.Errorf("anew it has tenure %d and %d slots; want a higher one than %d and none", again.Tenure, len(again.Owned), b.Tenure)
		}
	})
}

func TestALeaseThatRanOutAndNobodyTookGoesOn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := sharedb.New(db, nil)
		a := beat(t, s, "a", 0)
		die(t, db, "a")
		if a = beat(t, s, "a", a.Tenure); a.Tenure != 1 || len(a.Owned) != share.Slots || len(a.Dead) != 0 {
			t.Errorf("it goes on with tenure %d and %d slots; want 1 and all", a.Tenure, len(a.Owned))
		}
	})
}

func TestNobodyTakesOverFromAProcessInTheMiddleOfWriting(t *testing.T) {
	db := databasetest.OpenPostgres(t)
	s := sharedb.New(db, nil)
	a := beat(t, s, "a", 0)
	b := beat(t, s, "b", 0)
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	tx, err := pool.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	may, err := s.Allow(t.Context(), tx, "a", a.Tenure)
	if err != nil || !may("any") {
		t.Fatalf("who has all may not write: %v", err)
	}
	a = beat(t, s, "a", a.Tenure) // writing does not keep it from renewing its lease
	die(t, db, "a")
	if b = beat(t, s, "b", b.Tenure); len(b.Owned) != 0 {
		t.Fatalf("b took %d slots from under a transaction", len(b.Owned))
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if b = beat(t, s, "b", b.Tenure); len(b.Owned) != share.Slots {
		t.Fatalf("b has %d slots; want all", len(b.Owned))
	}
	late, err := pool.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Rollback() }()
	may, err = s.Allow(t.Context(), late, "a", a.Tenure)
	if err != nil || may("any") {
		t.Errorf("a fenced process may still write (%v)", err)
	}
}

func TestMembersAreListedWithTheClockOfTheDatabase(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s := sharedb.New(db, nil)
		beat(t, s, "a", 0)
		beat(t, s, "b", 0)
		die(t, db, "b")
		list, now, err := s.Members(t.Context())
		if err != nil || len(list) != 2 {
			t.Fatalf("got %v, %v; want two", list, err)
		}
		if !list[0].Alive(now) || list[1].Alive(now) || list[0].Left(now) <= 0 || list[1].Left(now) != 0 {
			t.Errorf("a should live and b not: %+v at %d", list, now)
		}
		if database.EngineOf(db) == database.Postgres && time.Since(list[0].Seen()).Abs() > time.Hour {
			t.Errorf("seen at %s", list[0].Seen())
		}
	})
}
