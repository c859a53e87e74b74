package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// waits is how long people waited for a change, sorted.
type waits []time.Duration

func (w waits) at(share float64) time.Duration { return w[int(share*float64(len(w)-1))] }

// changing has people record datasets, some each second, until over, and
// returns how long each waited.
func (r *running) changing(t testing.TB, token string, over func(n int) bool) waits {
	t.Helper()
	var mu sync.Mutex
	var all waits
	var people sync.WaitGroup
	for range 4 {
		people.Go(func() {
			for {
				mu.Lock()
				n := len(all)
				mu.Unlock()
				if over(n) {
					return
				}
				began := time.Now()
				_, ok := r.tryCreate(token, "Pendant la sauvegarde")
				took := time.Since(began)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
				if !ok {
					t.Error("a change was refused")
					return
				}
				time.Sleep(max(0, 50*time.Millisecond-took))
			}
		})
	}
	people.Wait()
	slices.Sort(all)
	return all
}

// How long a change waits while a backup of 200,000 rows of 512 bytes that do
// not pack is made again and again, beside the same without one, and how large
// SQLite's log becomes.
func BenchmarkChangeWhileBackedUp(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		b.Run(engine, func(b *testing.B) {
			target := databasetest.URL(b, engine)
			r := start(b, target, func(c *configs.Config) { c.Watch.Enabled = false })
			token := r.token(b, identity.Officer, "marhp")
			body := "randomblob(512)"
			if engine == database.Postgres {
				body = "decode((SELECT string_agg(md5(i::text || k::text), '') FROM generate_series(1, 32) k), 'hex')"
			}
			err := r.db.Exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) " +
				"INSERT INTO reading_packs (check_id, start, count, vantage, hours, body) SELECT i / 1000, 494000 + i % 1000, 60, 0, 1, " + body + " FROM n").Error
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				before := r.changing(b, token, func(n int) bool { return n >= 1000 })
				ctx, stop := context.WithCancel(b.Context())
				ended := make(chan int, 1)
				go func() {
					n := 0
					for ; ctx.Err() == nil; n++ {
						_, err := backupdb.WriteFile(ctx, r.db, backupdb.File{Path: filepath.Join(b.TempDir(), "x"), Force: true}, backupdb.About{Program: "bench", At: time.Now()}, nil)
						if err != nil && ctx.Err() == nil {
							b.Error(err)
						}
					}
					ended <- n
				}()
				log := int64(0)
				path, _ := strings.CutPrefix(target, "sqlite:")
				during := r.changing(b, token, func(n int) bool {
					if info, err := os.Stat(path + "-wal"); err == nil {
						log = max(log, info.Size())
					}
					return n >= 1000
				})
				stop()
				backups := <-ended
				for share, name := range map[float64]string{0.5: "p50", 0.99: "p99"} {
					b.ReportMetric(float64(before.at(share).Microseconds())/1000, name+"-without-ms")
					b.ReportMetric(float64(during.at(share).Microseconds())/1000, name+"-during-ms")
				}
				b.ReportMetric(float64(during.at(0.99))/float64(before.at(0.99)), "p99-ratio")
				b.ReportMetric(float64(during.at(1).Microseconds())/1000, "longest-during-ms")
				b.ReportMetric(float64(log>>20), "log-MB")
				b.ReportMetric(float64(backups), "backups")
			}
		})
	}
}
