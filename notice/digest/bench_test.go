package digest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/notice"
)

// BenchmarkDigests composes the digests of seven ministries with 100,000
// datasets each, a tenth of which reach a step that day: the first time, when
// the steps are put on record, and again, when nothing is new. It prints the
// ratio to reading the same rows without a rule. JARD_BENCH_ROWS sets another number.
func BenchmarkDigests(b *testing.B) {
	n := 100_000
	if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
		_, _ = fmt.Sscan(text, &n)
	}
	for engine, open := range map[string]func(testing.TB) *gorm.DB{"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres} {
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				h := crowded(b, open(b), n)
				b.StartTimer()
				h.measure(b)
			}
		})
	}
}

// crowded is a register of seven ministries with n datasets each.
func crowded(b *testing.B, db *gorm.DB, n int) *house {
	b.Helper()
	h := open(b, db)
	d := h.published("Barrages")
	for _, slug := range []string{"marhp", "ms", "meh", "mep", "mar", "mas", "mt"} {
		if slug != "marhp" && slug != "ms" {
			a := identity.Account{ID: "of-" + slug, Email: slug + "@example.tn", Name: slug, Role: identity.Officer, Institution: &slug, Language: "fr", CreatedAt: start, UpdatedAt: start}
			h.ok(db.Create(&a).Error)
		}
		h.copies("datasets", &inventory.Dataset{}, "id = '"+d.ID+"'", n, map[string]string{
			"id": "'" + slug + "-' || k", "ref": "'TN-" + slug + "-' || k", "name": "'" + slug + "-' || k", "institution": "'" + slug + "'",
		})
		// Nine of ten were told of their last step before; one in ten reaches one today.
		h.copies("obligations", &inventory.Obligation{}, "dataset_id = '"+d.ID+"' AND period = '2026-11'", n, map[string]string{
			"dataset_id": "'" + slug + "-' || k", "ref": "'TN-" + slug + "-' || k", "institution": "'" + slug + "'",
		})
	}
	h.on("2026-12-15")
	told := "INSERT INTO notice_reminders (dataset_id, period, account, step, audience, rank, told_at) " +
		"SELECT o.dataset_id, o.period, a.id, 'late-5', 'officer', 6, o.due_at FROM obligations o " +
		"JOIN accounts a ON a.institution = o.institution AND a.role = 'officer' WHERE o.period = '2026-11' AND o.ref NOT LIKE '%7' AND o.met_at IS NULL"
	h.ok(db.Exec(told).Error)
	h.ok(db.Exec("ANALYZE").Error)
	return h
}

// copies writes n copies of one row, with some columns made of their number k.
func (h *house) copies(table string, model any, where string, n int, other map[string]string) {
	h.Helper()
	columns, err := h.db.Migrator().ColumnTypes(model)
	h.ok(err)
	var names, values []string
	for _, c := range columns {
		value := c.Name()
		if expression, ok := other[value]; ok {
			value = expression
		}
		names, values = append(names, c.Name()), append(values, value)
	}
	series := fmt.Sprintf("WITH RECURSIVE s(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM s WHERE k < %d) ", n)
	if h.db.Name() == "sqlite" {
		h.ok(h.db.Exec(series + "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM " + table + ", s WHERE " + where).Error)
		return
	}
	h.ok(h.db.Exec("INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") " + series + "SELECT " + strings.Join(values, ", ") + " FROM " + table + ", s WHERE " + where).Error)
}

func (h *house) measure(b *testing.B) {
	b.Helper()
	timed := func(name string, work func() (Report, error)) float64 {
		begun := time.Now()
		r, err := work()
		h.ok(err)
		took := time.Since(begun).Seconds()
		b.ReportMetric(took, name+"-s")
		b.Logf("%s: %+v in %.2f s", name, r, took)
		return took
	}
	ctx := context.Background()
	begun := time.Now()
	people, err := h.maker.Store.People(ctx)
	h.ok(err)
	for n := range people {
		_, err := h.maker.Store.Duties(ctx, &people[n], h.now.AddDate(0, 0, outlook))
		h.ok(err)
	}
	read := time.Since(begun).Seconds()
	preview := timed("compose", func() (Report, error) { return h.maker.Preview(ctx, func(*notice.Digest) {}) })
	timed("write", func() (Report, error) { return h.maker.Run(ctx) })
	timed("again", func() (Report, error) { return h.maker.Run(ctx) })
	b.ReportMetric(preview/read, "compose/read")
}
