package watch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

// cpu is the processor time this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverCPU is the processor time of the PostgreSQL server behind db; 0 for SQLite.
func serverCPU(b *testing.B, db *gorm.DB) time.Duration {
	b.Helper()
	if db.Name() != database.Postgres {
		return 0
	}
	backend := number(b, db, "SELECT pg_backend_pid()")
	postmaster := statOf(backend)[3-2]
	var ticks int64
	processes, _ := os.ReadDir("/proc")
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		if f := statOf(pid); f != nil && (f[1] == postmaster || int64(pid) == postmaster) {
			ticks += f[11] + f[12]
			if int64(pid) == postmaster {
				ticks += f[13] + f[14]
			}
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// statOf reads /proc/PID/stat after the name: state is field 0.
func statOf(pid int) []int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	rest := string(data[strings.LastIndexByte(string(data), ')')+2:])
	var fields []int64
	for f := range strings.FieldsSeq(rest) {
		n, _ := strconv.ParseInt(f, 10, 64)
		fields = append(fields, n)
	}
	return fields
}

// loops runs `look` n times over, on eight goroutines, and returns the CPU time.
func loops(b *testing.B, n int, look func(int)) time.Duration {
	before := cpu(b)
	var next atomic.Int64
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				look(int(i))
			}
		})
	}
	done.Wait()
	return cpu(b) - before
}

// bare is what the probe is compared with: net/http, a fresh connection, the
// body read, nothing measured, judged or stored.
func bare(b *testing.B, url string) func(int) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return func(int) {
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
		resp, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// BenchmarkProbeLoop measures probing with judging and storing, beside a bare
// net/http loop over the same target in the same run.
func BenchmarkProbeLoop(b *testing.B) {
	const batch, checks = 10_000, 500
	target := startTarget(b)
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(engine, func(b *testing.B) {
			db, err := database.Open(database.Options{URL: databasetest.URL(b, engine)})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = database.Close(db) }()
			s := store(b, db)
			var list []monitor.Check
			for n := range checks {
				list = append(list, addService(b, db, s, fmt.Sprintf("s%d", n), target, time.Second))
			}
			w := New(Options{Store: s, Prober: prober(b), PerHost: -1})
			if err := w.reload(b.Context()); err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(b.Context())
			stored := make(chan error, 1)
			go func() { stored <- w.writer.Run(ctx) }()
			ours := func(n int) {
				t := w.targets[list[n%checks].ID]
				w.look(b.Context(), t, t.check, due{at: time.Now(), target: t})
			}
			loops(b, batch/5, bare(b, target)) // warm up
			loops(b, batch/5, ours)
			var own, other, server time.Duration
			rounds := 0
			for b.Loop() {
				rounds++
				other += loops(b, batch, bare(b, target))
				before := serverCPU(b, db)
				own += loops(b, batch, ours)
				if err := w.writer.Flush(b.Context()); err != nil {
					b.Fatal(err)
				}
				server += serverCPU(b, db) - before
			}
			stop()
			if err := <-stored; err != nil {
				b.Fatal(err)
			}
			want := rounds*batch + batch/5
			good := 0
			for _, r := range kept(b, db) {
				if r.Verdict == monitor.Up {
					good++
				}
			}
			if good != want {
				b.Fatalf("%d good readings stored; want %d", good, want)
			}
			n := float64(rounds * batch)
			b.ReportMetric(n/own.Seconds(), "probes/cpu-s")
			b.ReportMetric(n/(own+server).Seconds(), "probes/cpu-s-with-server")
			b.ReportMetric(n/other.Seconds(), "bare/cpu-s")
			b.ReportMetric(other.Seconds()/own.Seconds(), "ratio-to-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkRounds watches many checks of ten seconds on targets that take
// 50 ms, for three periods: punctuality, memory and CPU time of the whole.
// JARD_BENCH_CHECKS says how many; 1000 when unset.
func BenchmarkRounds(b *testing.B) {
	const period = 10 * time.Second
	checks := 1000
	if n, err := strconv.Atoi(os.Getenv("JARD_BENCH_CHECKS")); err == nil {
		checks = n
	}
	target := startTarget(b)
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(engine, func(b *testing.B) {
			db, err := database.Open(database.Options{URL: databasetest.URL(b, engine)})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = database.Close(db) }()
			s := store(b, db)
			fill(b, s, target+"/slow", checks)
			if err := db.Exec("UPDATE checks SET schedule = '@every 10s'").Error; err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				watchRounds(b, db, s, checks, period)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fill adds services of twenty checks each until there are enough.
func fill(b *testing.B, s *monitordb.Store, target string, checks int) {
	b.Helper()
	for n := 0; n < checks; n += monitor.MaxChecks {
		v := monitor.Service{
			Slug: fmt.Sprintf("s%d", n), Name: map[string]string{"fr": "S"}, Institution: "mi", State: monitor.Active,
		}
		for i := range min(monitor.MaxChecks, checks-n) {
			v.Checks = append(v.Checks, monitor.Check{
				Name: fmt.Sprintf("c%d", i), Target: target, Schedule: "@every 60s", Timeout: 5 * time.Second,
			})
		}
		if _, err := s.Add(b.Context(), mcd, v, func(string) (time.Duration, error) { return time.Minute, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func watchRounds(b *testing.B, db *gorm.DB, s *monitordb.Store, checks int, period time.Duration) {
	var mu sync.Mutex
	var lags []time.Duration
	began, before := time.Now(), cpu(b)
	w, stop := run(b, Options{
		Store: s, Prober: prober(b), PerHost: -1,
		Observe: func(o Observation) {
			mu.Lock()
			defer mu.Unlock()
			lags = append(lags, o.Lag)
		},
	})
	time.Sleep(3 * period)
	resident := rss()
	stop()
	used := cpu(b) - before
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(lags)
	// The last of the checks' first readings.
	first, seen := firstRound(b, db)
	if seen != checks {
		b.Fatalf("%d of %d checks were looked at", seen, checks)
	}
	b.ReportMetric(first.Sub(began).Seconds(), "s-to-first-round")
	b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "lag-p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "lag-p99-ms")
	b.ReportMetric(float64(lags[len(lags)-1].Microseconds())/1000, "lag-max-ms")
	b.ReportMetric(used.Seconds()/float64(len(lags))*1000, "cpu-s/1000")
	b.ReportMetric(float64(resident)/(1<<20), "rss-MB")
	b.ReportMetric(float64(len(lags)), "looks")
	b.ReportMetric(float64(w.Pulse().Missed), "missed")
}

// firstRound returns when the last of the checks had its first reading, and
// how many checks had one.
func firstRound(b *testing.B, db *gorm.DB) (last time.Time, checks int) {
	b.Helper()
	firsts := map[int64]time.Time{}
	for _, r := range kept(b, db) {
		if at, ok := firsts[r.Check]; !ok || r.At.Before(at) {
			firsts[r.Check] = r.At
		}
	}
	for _, at := range firsts {
		if at.After(last) {
			last = at
		}
	}
	return last, len(firsts)
}

// rss is the resident memory of this process.
func rss() int64 { return rssOf("self") }

// rssOf is the resident memory of a process.
func rssOf(pid string) int64 {
	data, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
