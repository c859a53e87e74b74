package backupdb_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

const (
	manyReadings = 1_000_000
	manyDatasets = 100_000
)

// crowd fills a database with rows as a country has them after a year.
func crowd(tb testing.TB, db *gorm.DB) {
	tb.Helper()
	const upTo = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	tables, err := backupdb.Tables(tb.Context(), db)
	if err != nil {
		tb.Fatal(err)
	}
	refer := references(tb)
	unchecked(tb, db, func(tx *gorm.DB) {
		for _, table := range tables { // what a row refers to is there
			if err := tx.Exec(`DELETE FROM "` + table.Name + `"`).Error; err != nil || !try(tx, table, refer, nil, 1) {
				tb.Fatalf("a plain row of %s is refused, %v", table.Name, err)
			}
			if table.Name != "datasets" {
				continue
			}
			var names, values []string
			for _, c := range table.Columns {
				value := map[backup.Kind]string{
					backup.Text: "'Production de céréales, إنتاج الحبوب ' || i", backup.JSON: `'{"ar":"كميات الحبوب المجمعة","fr":"Quantités récoltées ' || i || '"}'`,
				}[c.Kind]
				switch {
				case refer["datasets."+c.Name] || value == "" && c.Name != "id":
					value = `"` + c.Name + `"`
				case c.Name == "id":
					value = "i"
				}
				names, values = append(names, `"`+c.Name+`"`), append(values, value)
			}
			err := tx.Exec(fmt.Sprintf(upTo, manyDatasets) + "INSERT INTO datasets (" + strings.Join(names, ", ") + ") SELECT " +
				strings.Join(values, ", ") + " FROM datasets, n WHERE id = 1").Error
			if err != nil {
				tb.Fatal(err)
			}
		}
		const from = 490_000 // hours since 1970: the end of 2025
		err := tx.Exec(fmt.Sprintf(upTo, manyReadings)+"INSERT INTO reading_packs (check_id, start, count, vantage, hours, body) "+
			"SELECT 10 + i / 8000, ? + i % 8000, 60, 0, 1, randomblob(40) FROM n", from).Error
		if err != nil {
			tb.Fatal(err)
		}
	})
}

// Restoring a million packs of readings and a hundred thousand datasets into
// each engine, each table compared by hash, beside reading the file to its end.
func BenchmarkRestore(b *testing.B) {
	source, err := database.Open(database.Options{URL: databasetest.URL(b, database.SQLite)})
	if err != nil {
		b.Fatal(err)
	}
	defer database.Close(source)
	crowd(b, source)
	var file bytes.Buffer
	began := time.Now()
	sums, err := backupdb.Write(b.Context(), source, &file, backupdb.About{Program: "bench", At: at}, nil)
	if err != nil {
		b.Fatal(err)
	}
	rows := backupdb.Made{Sums: sums}.Rows()
	b.Logf("%d rows, %d MB, written in %s", rows, file.Len()>>20, time.Since(began))
	for _, engine := range slices.Backward(engines) {
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				began := time.Now()
				r, err := backup.NewReader(bytes.NewReader(file.Bytes()))
				for err == nil {
					_, err = r.Next()
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				r.Close()
				read := time.Since(began)
				began = time.Now()
				last, url := began, databasetest.Empty(b, engine)
				_, err = backupdb.Restore(b.Context(), bytes.NewReader(file.Bytes()), backupdb.Target{URL: url}, func(table string, n int64) {
					if n > 1000 {
						b.Logf("%s: %.0f rows a second", table, float64(n)/time.Since(last).Seconds())
					}
					last = time.Now()
				})
				if err != nil {
					b.Fatal(err)
				}
				took := time.Since(began)
				b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
				b.ReportMetric(took.Seconds()/read.Seconds(), "ratio-to-reading")
			}
		})
	}
}
