package turns_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/turns"
)

// text is a log that several write.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *text) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *text) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func open(t *testing.T, url string, jobs map[string]func(context.Context) error) (*turns.Queue, *text) {
	t.Helper()
	said := &text{}
	q, err := turns.Open(t.Context(), url, jobs, slog.New(slog.NewTextHandler(said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return q, said
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline, tick := time.After(15*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func TestATurnIsTakenOnceByThreeProcesses(t *testing.T) {
	url := databasetest.URL(t, database.Postgres)
	var ran, last atomic.Int64
	jobs := map[string]func(context.Context) error{
		"fold": func(context.Context) error { ran.Add(1); return nil },
		"last": func(context.Context) error { last.Add(1); return nil },
	}
	var all []*turns.Queue
	for range 3 {
		q, _ := open(t, url, jobs)
		all = append(all, q)
	}
	begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for n := range int64(4) {
		for k, q := range all { // their clocks differ by some seconds
			if err := q.Turn(t.Context(), "fold", begin.Add(time.Duration(n)*time.Minute+time.Duration(k-1)*4*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		await(t, "the turn to be taken", func() bool { return ran.Load() >= n+1 })
	}
	if err := all[0].Turn(t.Context(), "last", begin); err != nil {
		t.Fatal(err)
	}
	await(t, "whatever else waited", func() bool { return last.Load() == 1 })
	if n := ran.Load(); n != 4 {
		t.Errorf("four turns ran %d times; want 4", n)
	}
}

func TestAJobThatStillRunsIsNotRunBesideItself(t *testing.T) {
	url := databasetest.URL(t, database.Postgres)
	hold, began := make(chan struct{}), make(chan struct{}, 2)
	var other atomic.Int64
	jobs := map[string]func(context.Context) error{
		"slow":  func(context.Context) error { began <- struct{}{}; <-hold; return nil },
		"other": func(context.Context) error { other.Add(1); return nil },
	}
	q, _ := open(t, url, jobs)
	open(t, url, jobs)
	begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	if err := q.Turn(t.Context(), "slow", begin); err != nil {
		t.Fatal(err)
	}
	<-began
	for _, job := range []string{"slow", "other"} {
		if err := q.Turn(t.Context(), job, begin.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the other job", func() bool { return other.Load() == 1 })
	db, err := database.Open(database.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	await(t, "the turn to be left out", func() bool {
		var done int64
		return db.Raw("SELECT count(*) FROM river_job WHERE state = 'completed'").Scan(&done).Error == nil && done == 2
	})
	close(hold)
	if len(began) != 0 {
		t.Error("the job ran beside itself")
	}
}

func TestWhatFailsIsSaidAndHasItsNextTurn(t *testing.T) {
	url := databasetest.URL(t, database.Postgres)
	var tries atomic.Int64
	q, said := open(t, url, map[string]func(context.Context) error{
		"fail":  func(context.Context) error { tries.Add(1); return errors.New("no paper") },
		"panic": func(context.Context) error { tries.Add(1); panic("no ink") },
	})
	db, err := database.Open(database.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close(db)
	begin := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for n, job := range []string{"fail", "panic", "fail"} {
		if err := q.Turn(t.Context(), job, begin.Add(time.Duration(n)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		// A turn that comes while the job still runs is left out, on a busy machine too.
		await(t, "a try to end", func() bool {
			var open int64
			return tries.Load() == int64(n+1) && db.Raw("SELECT count(*) FROM river_job WHERE finalized_at IS NULL").Scan(&open).Error == nil && open == 0
		})
	}
	await(t, "both failures to be told", func() bool { return strings.Count(said.String(), "no paper") == 2 })
	await(t, "the panic to be told", func() bool { return strings.Contains(said.String(), "no ink") })
}

func TestAnAddressThatCannotBeReadIsNotShown(t *testing.T) {
	_, err := turns.Open(t.Context(), "postgres://jard:s3cr3t@db:none/jard", nil, slog.New(slog.DiscardHandler))
	if err == nil || strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("got %v; want an error without the password", err)
	}
}
