package turns_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/turns"
)

// TestMain also is a process that takes a turn and stays in it, to be killed.
func TestMain(m *testing.M) {
	if where := os.Getenv("JARD_TEST_TAKES"); where != "" {
		taken(where, os.Getenv("JARD_TEST_TOLD"))
		return
	}
	databasetest.Main(m)
}

// taken takes a turn, says so in a file, and never ends it.
func taken(where, told string) {
	jobs := map[string]func(context.Context) error{"work": func(context.Context) error {
		if err := os.WriteFile(told, nil, 0o600); err != nil {
			return err
		}
		select {}
	}}
	q, err := turns.Open(context.Background(), where, jobs, slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	if err := q.Turn(context.Background(), "work", due); err != nil {
		panic(err)
	}
	select {}
}

var due = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// A process is killed in the middle of a job: another does it, once, and nobody
// while it might still run.
func TestATurnWhoseProcessIsKilledIsTakenAgainOnce(t *testing.T) {
	where, told := databasetest.URL(t, database.Postgres), t.TempDir()+"/told"
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "JARD_TEST_TAKES="+where, "JARD_TEST_TOLD="+told)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	patiently(t, "the job to begin", func() bool { _, err := os.Stat(told); return err == nil })
	var ran atomic.Int64
	jobs := map[string]func(context.Context) error{"work": func(context.Context) error { ran.Add(1); return nil }}
	one, _ := open(t, where, jobs)
	open(t, where, jobs)
	if err := one.Turn(t.Context(), "work", due.Add(4*time.Second)); err != nil { // the same, by another clock
		t.Fatal(err)
	}
	db, err := database.Open(database.Options{URL: where})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	// Long ago for whoever looks for what was left behind: the job still runs.
	long := "UPDATE river_job SET attempted_at = now() - interval '1 hour' WHERE state = 'running'"
	if err := db.Exec(long).Error; err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	patiently(t, "another to do it", func() bool { return ran.Load() > 0 })
	await(t, "the turn to be over", func() bool {
		var n int64
		return db.Raw("SELECT count(*) FROM river_job WHERE state = 'completed'").Scan(&n).Error == nil && n == 1
	})
	var rows int64
	if err := db.Raw("SELECT count(*) FROM river_job").Scan(&rows).Error; err != nil || rows != 1 || ran.Load() != 1 {
		t.Errorf("%d turns, %v, ran %d times after the death; want one, once", rows, err, ran.Load())
	}
}

// patiently waits as long as who leads the queue may be dead and unburied.
func patiently(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}
