package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

// BenchmarkStart measures from the start of the program to its first good
// answer on /readyz, and to the moment at which every check is watched, over a
// year of history. JARD_BENCH_CHECKS says of how many checks.
func BenchmarkStart(b *testing.B) {
	checks := 1000
	if n, err := strconv.Atoi(os.Getenv("JARD_BENCH_CHECKS")); err == nil {
		checks = n
	}
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(fmt.Sprintf("%s/%d", engine, checks), func(b *testing.B) {
			target := databasetest.URL(b, engine)
			yearOf(b, target, engine, checks)
			var ready, watched time.Duration
			for b.Loop() {
				r, w := startOnce(b, target, checks)
				ready, watched = ready+r, watched+w
			}
			b.ReportMetric(float64(ready.Milliseconds())/float64(b.N), "ms-to-ready")
			b.ReportMetric(float64(watched.Milliseconds())/float64(b.N), "ms-to-watched")
		})
	}
}

// startOnce starts the program and stops it again.
func startOnce(b *testing.B, target string, checks int) (ready, watched time.Duration) {
	b.Helper()
	c := configs.Default()
	c.Database.URL, c.Listen = configs.Secret(target), "127.0.0.1:0"
	c.Watch.Spool = b.TempDir()
	c.Limits.StopAfter = configs.Duration(10 * time.Second)
	began := time.Now()
	all := make(chan time.Duration, 1)
	log := slog.New(&listener{told: func(message string, number int64) {
		if message == "services read" && number == int64(checks) {
			all <- time.Since(began)
		}
	}})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	up, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- serve(ctx, c, log, func(s *server) error { up <- s.address; return nil })
	}()
	select {
	case address := <-up:
		resp, err := http.Get("http://" + address + "/readyz") //nolint:noctx // a benchmark's
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Fatalf("/readyz answers %d", resp.StatusCode)
		}
		ready = time.Since(began)
	case err := <-ended:
		b.Fatal(err)
	}
	watched = <-all
	b.StopTimer()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	return ready, watched
}

// listener is a log that tells what is said.
type listener struct {
	told func(message string, number int64)
}

// Enabled says that everything is listened to.
func (*listener) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs and WithGroup change nothing.
func (l *listener) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup as above.
func (l *listener) WithGroup(string) slog.Handler { return l }

// Handle tells the message with its first number.
func (l *listener) Handle(_ context.Context, r slog.Record) error {
	var number int64
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() == slog.KindInt64 {
			number = a.Value.Int64()
			return false
		}
		return true
	})
	l.told(r.Message, number)
	return nil
}

// yearOf fills the database with services of one check each, that are looked at
// each hour, and their year: days, the hours of the last week, packs of half months.
func yearOf(b *testing.B, target, engine string, checks int) {
	b.Helper()
	ctx := b.Context()
	c := configs.Default()
	c.Database.URL = configs.Secret(target)
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := seedOnce(ctx, db); err != nil {
		b.Fatal(err)
	}
	before := int64(0)
	if err := db.Raw("SELECT COALESCE(MAX(id), 0) FROM checks").Scan(&before).Error; err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Hour)
	series := func(name string, from, to int64) string {
		if engine == database.Postgres {
			return fmt.Sprintf("generate_series(%d, %d) AS %s(n)", from, to, name)
		}
		return fmt.Sprintf("(WITH RECURSIVE s(n) AS (SELECT %d UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s) AS %s", from, to, name)
	}
	all := series("c", before+1, before+int64(checks))
	hour := now.UnixMicro() / 3_600_000_000
	err = database.AtOnce(ctx, db, func(tx *gorm.DB) error {
		for _, s := range []struct {
			sql  string
			args []any
		}{
			{"UPDATE services SET state = 'paused'", nil},
			{`INSERT INTO services (slug, name, institution, url, life_event, tier, languages, state, note, revision, created_at, updated_at)
				SELECT 's' || n, '{"fr":"Service"}', (SELECT MIN(slug) FROM institutions), 'https://127.0.0.1:1/', '', 'standard', '["fr"]', 'active', '', 1,
				?, ? FROM ` + all, []any{now, now}},
			{`INSERT INTO checks (id, service, name, kind, target, schedule, timeout, expect, position, created_at, updated_at)
				SELECT n, 's' || n, 'page', 'http', 'http://127.0.0.1:1/', '@every 3600s', 5000000000, '{}', 1, ?, ? FROM ` + all, []any{now, now}},
			{`INSERT INTO check_current (check_id, service, verdict, reason, since, failures, last_at, last_verdict, last_reason, status,
				dns_us, connect_us, tls_us, wait_us, transfer_us, bytes, detail, address, every_sec)
				SELECT n, 's' || n, 1, 0, ?, 0, ?, 1, 0, 200, 1, 1, 1, 1, 1, 1, '', '127.0.0.1:1', 3600 FROM ` + all, []any{now, now}},
			{
				`INSERT INTO check_days (check_id, start, readings, good, up_us, down_us, took_us, slowest_us, times)
				SELECT c.n, ? - d.n * 86400000000, 24, 24, 86400000000, 0, 1, 1, '' FROM ` + all + ", " + series("d", 1, 365),
				[]any{now.Truncate(24 * time.Hour).UnixMicro()},
			},
			{
				`INSERT INTO check_hours (check_id, start, readings, good, up_us, down_us, took_us, slowest_us, times)
				SELECT c.n, ? - d.n * 3600000000, 1, 1, 3600000000, 0, 1, 1, '' FROM ` + all + ", " + series("d", 1, 7*24),
				[]any{now.UnixMicro()},
			},
			{`INSERT INTO reading_packs (check_id, vantage, start, hours, count, body)
				SELECT c.n, 0, ? - d.n * 360, 360, 360, '' FROM ` + all + ", " + series("d", 1, 24), []any{hour - hour%24}},
			{"UPDATE watch_state SET value = ? WHERE name = 'rolled'", []any{now.UnixMicro()}},
			{"UPDATE watch_state SET value = ? WHERE name IN ('joined', 'bound')", []any{hour - hour%24}},
		} {
			if err := tx.Exec(s.sql, s.args...).Error; err != nil {
				return fmt.Errorf("%.60s: %w", strings.TrimSpace(s.sql), err)
			}
		}
		return nil
	})
	if err == nil {
		err = db.Exec("ANALYZE").Error // as any server does sooner or later
	}
	if err := errors.Join(err, database.Close(db)); err != nil {
		b.Fatal(err)
	}
}
