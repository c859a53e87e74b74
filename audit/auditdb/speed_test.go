package auditdb_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
)

// BenchmarkEightWriters changes a row and leaves a line, by eight at once: as
// it was before there was a chain, and with the chain being sealed beside.
// Compare the changes a second; the second may not be below 0.8 of the first.
func BenchmarkEightWriters(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *gorm.DB{"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres} {
		for _, chained := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/chained=%v", engine, chained), func(b *testing.B) { eightWriters(b, open(b), chained) })
		}
	}
}

func eightWriters(b *testing.B, db *gorm.DB, chained bool) {
	b.Helper()
	if err := db.Exec("CREATE TABLE changed (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)").Error; err != nil {
		b.Fatal(err)
	}
	for w := range 8 {
		if err := db.Exec("INSERT INTO changed (id, n) VALUES (?, 0)", w).Error; err != nil {
			b.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(b.Context())
	var sealing sync.WaitGroup
	if chained {
		sealing.Go(func() { auditdb.New(db).KeepSealed(ctx, slog.New(slog.DiscardHandler)) })
	}
	began := time.Now()
	b.ResetTimer()
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for range b.N {
				if err := db.Transaction(func(tx *gorm.DB) error { return change(tx, w, chained) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	b.ReportMetric(float64(8*b.N)/time.Since(began).Seconds(), "changes/s")
	b.StopTimer()
	stop()
	sealing.Wait()
}

func change(tx *gorm.DB, row int, chained bool) error {
	if err := tx.Exec("UPDATE changed SET n = n + 1 WHERE id = ?", row).Error; err != nil {
		return err
	}
	line, err := audit.New(officer, time.Now(), "dataset.edit", "dataset", "TN-1", "marhp", map[string]any{"title": "a", "state": "draft"}, map[string]any{"title": "b", "state": "submitted"})
	if err != nil {
		return err
	}
	if !chained {
		lines := []audit.Line{line}
		return tx.CreateInBatches(&lines, 100).Error
	}
	return auditdb.Append(tx, line)
}
