package database_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// ear notes what it is told.
type ear struct {
	heard chan string
}

// listen has an ear told of what happens in db until the test ends.
func listen(t *testing.T, db *gorm.DB) ear {
	t.Helper()
	e := ear{make(chan string, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		database.Listen(ctx, db, slog.New(slog.DiscardHandler), func(topic string) { e.heard <- topic })
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return e
}

// until waits for a topic and returns how many others came before it.
func (e ear) until(t *testing.T, topic string) (others int) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case got := <-e.heard:
			if got == topic {
				return others
			}
			others++
		case <-late:
			t.Fatalf("nobody told of %q", topic)
		}
	}
}

// What one process changes every other is told of, whoever made the change;
// what was rolled back is not told, and after a lost connection everything is.
func TestChangesAreToldToEveryProcess(t *testing.T) {
	where := databasetest.URL(t, database.Postgres)
	open := func() *gorm.DB {
		db, err := database.Open(database.Options{URL: where, MaxConnections: 4})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close(db) })
		return db
	}
	one, other := open(), open()
	ears := []ear{listen(t, one), listen(t, other)}
	for _, e := range ears {
		e.until(t, database.NewsOfAll)
	}
	version := "INSERT INTO register_versions (part, number, changed_at) VALUES ('catalogue', 1, now()) ON CONFLICT (part) DO UPDATE SET number = register_versions.number + 1"
	tx := one.Begin()
	tx.Exec(version)
	tx.Rollback()
	for topic, statement := range map[string]string{
		database.NewsOfRegister: version,
		database.NewsOfServices: "UPDATE watch_state SET value = value + 1 WHERE name = 'version'",
		database.NewsOfSurvey:   "DELETE FROM askings",
	} {
		if err := one.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
		for n, e := range ears {
			if others := e.until(t, topic); others > 0 {
				t.Errorf("process %d was told of %d other things before %s", n, others, topic)
			}
		}
	}
	if err := one.Exec("UPDATE watch_state SET value = value + 1 WHERE name <> 'version'").Error; err != nil {
		t.Fatal(err)
	}
	kill(t, other)
	for _, e := range ears {
		if others := e.until(t, database.NewsOfAll); others > 0 {
			t.Errorf("told of %d things that nobody remembers", others)
		}
	}
	awaitListening(t, one)
	awaitListening(t, other)
	if err := other.Exec(version).Error; err != nil {
		t.Fatal(err)
	}
	for _, e := range ears {
		e.until(t, database.NewsOfRegister)
	}
}

// awaitListening waits until the database tells of changes again.
func awaitListening(t *testing.T, db *gorm.DB) {
	t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if n, ok := database.NumbersOf(db); ok && n.Listening {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("nobody tells of changes again")
		}
	}
}

func TestOnSQLiteNobodyIsTold(t *testing.T) {
	database.Listen(t.Context(), databasetest.Open(t), nil, func(topic string) { t.Errorf("told of %q", topic) })
	if n, ok := database.NumbersOf(databasetest.Open(t)); ok {
		t.Error(fmt.Sprint(n))
	}
}
