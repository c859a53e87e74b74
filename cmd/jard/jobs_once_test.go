package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/demo"
	"github.com/jard-odi/jard/demo/simulation"
	"github.com/jard-odi/jard/turns"
)

// sharedLog is a log that several write.
type sharedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *sharedLog) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// workplace is the settings under which every timed job there is has its turns,
// and none asks anything outside this machine.
func workplace(t *testing.T, target string) configs.Config {
	t.Helper()
	c := configs.Default()
	c.Database.URL, c.Watch.Enabled, c.Watch.Registries, c.Watch.Spool = configs.Secret(target), false, "", t.TempDir()
	c.Watch.Services = t.TempDir()
	c.Backup.Folder = t.TempDir()
	c.Outgoing.AllowNetworks = []string{"127.0.0.0/8"}
	return c
}

// TestEveryJobRunsOnceAmongThreeProcesses gives the turns of all jobs there are
// to three processes whose clocks differ a little: each runs once each time.
func TestEveryJobRunsOnceAmongThreeProcesses(t *testing.T) {
	target := databasetest.URL(t, database.Postgres)
	freshly(t, target)
	c, said := workplace(t, target), &sharedLog{}
	log := slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var mu sync.Mutex
	ran, running, beside := map[string]int{}, map[string]bool{}, 0
	var all []*turns.Queue
	var names []string
	for range 3 {
		db, err := database.Open(database.Options{URL: target, MaxConnections: 8})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close(db) })
		h, err := build(c, log, db)
		if err != nil {
			t.Fatal(err)
		}
		jobs := map[string]func(context.Context) error{}
		for _, j := range h.jobs {
			jobs[j.name] = func(ctx context.Context) error {
				mu.Lock()
				if running[j.name] {
					beside++
				}
				running[j.name] = true
				ran[j.name]++
				mu.Unlock()
				defer func() { mu.Lock(); defer mu.Unlock(); running[j.name] = false }()
				return j.run(ctx)
			}
		}
		q, err := turns.Open(t.Context(), target, jobs, log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close(context.Background()) })
		all, names = append(all, q), slices.Sorted(maps.Keys(jobs))
		if len(names) != len(h.jobs) {
			t.Fatalf("%d jobs have %d names", len(h.jobs), len(names))
		}
	}
	w := &town{t: t}
	w.db = opened(t, target)
	began := time.Now().Truncate(time.Minute)
	const times = 3
	for n := range times {
		for k, q := range all {
			for _, name := range names {
				if err := q.Turn(t.Context(), name, began.Add(time.Duration(n)*time.Minute+time.Duration(k-1)*4*time.Second)); err != nil {
					t.Fatal(err)
				}
			}
		}
		until(t, "all turns to be over", 3*time.Minute, func() bool {
			return w.count("SELECT count(*) FROM river_job WHERE finalized_at IS NULL") == 0
		})
	}
	t.Logf("%d jobs: %q", len(names), names)
	if n := w.count("SELECT count(*) FROM river_job"); n != times*len(names) || len(names) < 25 || beside > 0 {
		t.Errorf("%d turns of %d jobs, %d ran beside themselves; want %d, each alone", n, len(names), beside, times*len(names))
	}
	for _, name := range names {
		if ran[name] != times {
			t.Errorf("%s ran %d times; want %d", name, ran[name], times)
		}
	}
	if text := said.b.String(); strings.Contains(text, "a timed job") {
		t.Error(text)
	}
}

// dieAfter lets a job make so many statements more, and then has it end as if its
// process had: what it had not committed is undone.
func dieAfter(ctx context.Context, db *gorm.DB, statements *int) context.Context {
	ctx, die := context.WithCancel(ctx)
	last := func(*gorm.DB) {
		if *statements--; *statements < 0 {
			die()
		}
	}
	all := db.Callback()
	for _, register := range []func(string, func(*gorm.DB)) error{
		all.Create().Before("*").Replace, all.Query().Before("*").Replace, all.Update().Before("*").Replace,
		all.Delete().Before("*").Replace, all.Row().Before("*").Replace, all.Raw().Before("*").Replace,
	} {
		_ = register("test:die", last)
	}
	return ctx
}

// TestAJobThatDiedIsDoneOnceByTheNext ends every job after one statement, after
// four, sixteen and so on, and then lets it run to its end: what there is then is
// what there is where nobody died.
func TestAJobThatDiedIsDoneOnceByTheNext(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			// Filled as it was forty days ago: since then letters, promises and terms fell due.
			filledOnce := databasetest.URL(t, engine)
			c := workplace(t, filledOnce)
			street, err := simulation.Open(demo.Services())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = street.Close() })
			if _, err := fillDemo(t.Context(), c, street, time.Now().AddDate(0, 0, -40)); err != nil {
				t.Fatal(err)
			}
			before := rowsOf(t, opened(t, databasetest.CopyOf(t, filledOnce)))
			calm := worked(t, databasetest.CopyOf(t, filledOnce), false)
			died := worked(t, databasetest.CopyOf(t, filledOnce), true)
			worked := 0
			for _, table := range slices.Sorted(maps.Keys(calm)) {
				if calm[table] != before[table] {
					worked++
					t.Logf("%s: %+d rows", table, calm[table]-before[table])
				}
				if calm[table] != died[table] {
					t.Errorf("%s has %d rows where nobody died and %d where jobs did", table, calm[table], died[table])
				}
			}
			if t.Logf("jobs changed how many rows %d tables have", worked); worked < 5 {
				t.Error("the jobs had next to nothing to do")
			}
		})
	}
}

// worked runs every job on the database at target and counts its rows.
func worked(t *testing.T, target string, deaths bool) map[string]int64 {
	t.Helper()
	db := opened(t, target)
	h, err := build(workplace(t, target), slog.New(slog.DiscardHandler), db)
	if err != nil {
		t.Fatal(err)
	}
	died := 0
	for _, j := range h.jobs {
		for n := 1; deaths && n < 1<<12; n *= 4 {
			left := n
			ctx := dieAfter(t.Context(), db, &left)
			_ = j.run(ctx) // what a dead process says nobody hears
			if ctx.Err() == nil {
				break
			}
			died++
		}
		all := 1 << 40
		dieAfter(t.Context(), db, &all)
		if err := j.run(t.Context()); err != nil {
			t.Errorf("%s: %v", j.name, err)
		}
	}
	t.Logf("%d jobs, %d deaths", len(h.jobs), died)
	return rowsOf(t, db)
}

// rowsOf counts the rows of each table.
func rowsOf(t *testing.T, db *gorm.DB) map[string]int64 {
	t.Helper()
	list := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if database.EngineOf(db) == database.Postgres {
		list = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	var tables []string
	if err := db.Raw(list).Scan(&tables).Error; err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, table := range tables {
		if slices.Contains([]string{"backup_runs", "heartbeat"}, table) || strings.HasPrefix(table, "river_") {
			continue // a try that failed is a line of its own there
		}
		var n int64
		query := fmt.Sprintf("SELECT count(*) FROM %q", table)
		if table == "audit_lines" { // a backup made again is another backup, and said to be
			query += " WHERE act <> 'backup.take'"
		}
		if err := db.Raw(query).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		rows[table] = n
	}
	return rows
}
