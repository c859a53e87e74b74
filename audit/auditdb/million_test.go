package auditdb_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
)

// BenchmarkVerify reads a chain to its end, of 20,000 lines or as many as
// JARD_AUDIT_LINES says, and tells the lines a second and how high the heap
// rose meanwhile.
func BenchmarkVerify(b *testing.B) {
	lines := 20_000
	if n, err := strconv.Atoi(os.Getenv("JARD_AUDIT_LINES")); err == nil {
		lines = n
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			open := map[string]func(testing.TB) *gorm.DB{"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres}[engine]
			db := open(b)
			fillChain(b, db, lines)
			runtime.GC()
			for b.Loop() {
				began, before := time.Now(), worked()
				high := highest(func() {
					found, err := auditdb.New(db).Verify(b.Context(), nil, func(broken *audit.Break) { b.Error(broken) })
					if err != nil || found.Lines != int64(lines) {
						b.Fatal(found, err)
					}
				})
				b.ReportMetric(float64(lines)/time.Since(began).Seconds(), "lines/s")
				b.ReportMetric(float64(lines)/(worked()-before), "lines/cpu-s")
				b.ReportMetric(float64(high)/(1<<20), "MiB-heap")
			}
		})
	}
}

// worked is how many seconds this process has worked: what is left of a busy
// machine's noise. PostgreSQL's own work is not in it.
func worked() float64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// highest is how much memory the heap held at most while work ran.
func highest(work func()) (most uint64) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	work()
	close(done)
	watching.Wait()
	return most
}

// fillChain writes a chain of n lines that were sealed as they are written.
func fillChain(tb testing.TB, db *gorm.DB, n int) {
	tb.Helper()
	var head audit.Head
	for from := 0; from < n; from += 10_000 {
		lines := make([]audit.Line, 0, 10_000)
		for k := from; k < min(n, from+10_000); k++ {
			l, err := audit.New(officer, ten.Add(time.Duration(k)*time.Second), "dataset.edit", "dataset", fmt.Sprintf("TN-%d", k%5000), "marhp",
				map[string]any{"title": "Récoltes par délégation", "state": "draft", "rows": k},
				map[string]any{"title": "Récoltes par délégation et par saison", "state": "submitted", "rows": k + 1})
			if err != nil {
				tb.Fatal(err)
			}
			l.ID = int64(k) + 1
			if err := l.Mark(); err != nil {
				tb.Fatal(err)
			}
			head = l.Seal(head)
			lines = append(lines, l)
		}
		if err := db.Transaction(func(tx *gorm.DB) error { return tx.CreateInBatches(&lines, 1000).Error }); err != nil {
			tb.Fatal(err)
		}
	}
	if err := db.Exec("UPDATE audit_head SET position = ?, hash = ?", head.Position, head.Hash[:]).Error; err != nil {
		tb.Fatal(err)
	}
}
