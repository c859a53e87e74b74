package database_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
)

// things makes a table to try things on.
func things(t *testing.T, db *gorm.DB) {
	t.Helper()
	if err := db.Exec("CREATE TABLE things (key TEXT PRIMARY KEY, n BIGINT NOT NULL)").Error; err != nil {
		t.Fatal(err)
	}
}

// kill has the server close every other connection to the database, as a restart does.
func kill(t *testing.T, admin *gorm.DB) {
	t.Helper()
	err := admin.Exec(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Error
	if err != nil {
		t.Fatal(err)
	}
}

func twice(t *testing.T) (db, admin *gorm.DB) {
	t.Helper()
	where := databasetest.URL(t, database.Postgres)
	open := func(connections int) *gorm.DB {
		db, err := database.Open(database.Options{URL: where, MaxConnections: connections})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close(db) })
		return db
	}
	db, admin = open(8), open(1)
	things(t, db)
	return db, admin
}

// fill has the pool hold some connections that are idle.
func fill(t *testing.T, db *gorm.DB, n int) {
	t.Helper()
	var held []*gorm.DB
	for range n {
		tx := db.Begin()
		if tx.Error != nil {
			t.Fatal(tx.Error)
		}
		held = append(held, tx)
	}
	for _, tx := range held {
		tx.Rollback()
	}
}

// A server that was restarted costs nobody a request: not whoever reads, writes
// or begins, although every pooled connection was used a moment before.
func TestConnectionsTheServerClosedCostNobodyARequest(t *testing.T) {
	db, admin := twice(t)
	for n := range 20 {
		fill(t, db, 6)
		kill(t, admin)
		var got int64
		if err := db.Raw("SELECT count(*) FROM things").Scan(&got).Error; err != nil || got != int64(n) {
			t.Fatalf("read after the connections were closed: %d, %v", got, err)
		}
		if n%2 == 0 {
			kill(t, admin)
		}
		err := db.Transaction(func(tx *gorm.DB) error {
			return tx.Exec("INSERT INTO things VALUES (?, 1)", fmt.Sprint(n)).Error
		})
		if err != nil {
			t.Fatalf("write after the connections were closed: %v", err)
		}
	}
}

func TestWhatIsLostBeforeTheCommitIsSaidAndTriedAgain(t *testing.T) {
	db, admin := twice(t)
	once := func() error {
		return db.Transaction(func(tx *gorm.DB) error {
			if err := tx.Exec("INSERT INTO things VALUES ('a', 1)").Error; err != nil {
				return err
			}
			kill(t, admin)
			return tx.Exec("INSERT INTO things VALUES ('b', 1)").Error
		})
	}
	err := once()
	if kind, _ := fault.KindOf(err); kind != fault.Unavailable || database.Uncertain(err) || !database.Away(err) {
		t.Errorf("cut in the middle = %v (%s); want unavailable and nothing kept", err, kind)
	}
	tries := 0
	err = database.Again(t.Context(), db, func() error {
		if tries++; tries < 3 {
			return once()
		}
		return db.Exec("INSERT INTO things VALUES ('c', 1)").Error
	})
	var n int64
	db.Raw("SELECT count(*) FROM things").Scan(&n)
	if err != nil || tries != 3 || n != 1 {
		t.Errorf("again = %v after %d tries, %d rows; want the third to be kept alone", err, tries, n)
	}
	numbers, ok := database.NumbersOf(db)
	if !ok || numbers.Again["transaction"] != 2 || numbers.Outages["lost"] < 3 {
		t.Errorf("numbers = %+v, %v; want two transactions run again", numbers, ok)
	}
}

// The server keeps what was committed and its answer is lost: nobody is told
// that it is kept, or that it is not. With a key the second try finds it.
func TestACommitWithoutAnAnswerIsUnknown(t *testing.T) {
	db, admin := twice(t)
	// A trigger that runs at the commit waits for a lock that admin has; meanwhile the connection is cut.
	for _, statement := range []string{
		`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`,
		"CREATE CONSTRAINT TRIGGER late AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.n = 7) EXECUTE FUNCTION wait()",
	} {
		if err := admin.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	put := func(n int) error {
		return db.Transaction(func(tx *gorm.DB) error { return tx.Exec("INSERT INTO things VALUES ('k', ?)", n).Error })
	}
	err := put(7)
	if kind, _ := fault.KindOf(err); kind != fault.Unknown || !database.Uncertain(err) {
		t.Fatalf("cut in the commit = %v (%s); want unknown", err, kind)
	}
	tries := 0
	if err := database.Again(t.Context(), db, func() error { tries++; return put(7) }); !database.Uncertain(err) || tries != 1 {
		t.Errorf("without a key it was tried %d times: %v; want once", tries, err)
	}
	tries = 0
	err = database.Keyed(t.Context(), db, func() error {
		if tries++; tries == 1 {
			return put(7)
		}
		return put(8)
	})
	if err != nil || tries != 2 {
		t.Errorf("with a key: %v after %d tries; want the second to do it", err, tries)
	}
}

func TestDeadlocksAndLostRacesAreRunAgain(t *testing.T) {
	db, _ := twice(t)
	db.Exec("INSERT INTO things VALUES ('a', 0), ('b', 0)")
	both := make(chan struct{}, 2)
	move := func(first, second string) error {
		met := false
		return database.Again(t.Context(), db, func() error {
			return db.Transaction(func(tx *gorm.DB) error {
				if err := tx.Exec("UPDATE things SET n = n + 1 WHERE key = ?", first).Error; err != nil {
					return err
				}
				if !met {
					met = true
					both <- struct{}{}
					for len(both) < 2 {
						if err := t.Context().Err(); err != nil {
							return err
						}
					}
				}
				return tx.Exec("UPDATE things SET n = n + 1 WHERE key = ?", second).Error
			})
		})
	}
	ended := make(chan error, 2)
	go func() { ended <- move("a", "b") }()
	go func() { ended <- move("b", "a") }()
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Fatal(err)
	}
	var n int64
	db.Raw("SELECT sum(n) FROM things").Scan(&n)
	if n != 4 {
		t.Errorf("sum %d; want each of both once", n)
	}
	if numbers, _ := database.NumbersOf(db); numbers.Again["deadlock"] == 0 {
		t.Error("no deadlock was counted")
	}
}

// A server that lost the lead takes no writes any more: none of its connections
// is used again.
func TestAServerThatOnlyReadsIsLeft(t *testing.T) {
	db, admin := twice(t)
	fill(t, db, 5)
	if err := admin.Exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$").Error; err != nil {
		t.Fatal(err)
	}
	kill(t, admin)
	fill(t, db, 5)
	put := func() error { return db.Exec("INSERT INTO things VALUES ('a', 1)").Error }
	err := put()
	if kind, _ := fault.KindOf(err); kind != fault.Unavailable {
		t.Errorf("a write to who only reads = %v (%s); want unavailable", err, kind)
	}
	err = admin.Exec("DO $$ BEGIN SET TRANSACTION READ WRITE; EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$").Error
	if err != nil {
		t.Fatal(err)
	}
	if err := put(); err != nil { // on a connection made since: those of before are left although they are alive
		t.Errorf("after it takes writes again = %v", err)
	}
}

func TestSeveralHostsAreSearchedForTheOneThatWrites(t *testing.T) {
	for _, address := range []string{
		"postgres://jard@127.0.0.1:1,127.0.0.1:2/jard", "postgres:///jard?host=127.0.0.1,127.0.0.1&port=1,2",
		"postgres://jard@127.0.0.1:1,127.0.0.1:2/jard?target_session_attrs=read-write",
	} {
		db, err := database.Open(database.Options{URL: address})
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // it is waited for a little
		err = db.WithContext(ctx).Exec("SELECT 1").Error
		cancel()
		if !database.Away(err) {
			t.Errorf("%s: %v; want that nobody is there", address, err)
		}
		_ = database.Close(db)
	}
}
