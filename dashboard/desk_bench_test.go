package dashboard_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/web"
)

// BenchmarkDesk asks for the operator's pages over 7 ministries × 100,000
// datasets with three years of promises, as a register might have them: of 100
// datasets 1 is weekly, 4 monthly, 10 quarterly, 10 half-yearly, 50 yearly
// and 25 confirmed once a year: seven promises a dataset. It prints p50 and p95 of each page through the
// whole shell; the promise is a p95 under 300 ms. JARD_BENCH_ROWS sets another
// number of datasets for each ministry.
func BenchmarkDesk(b *testing.B) {
	each := 100_000
	if text := os.Getenv("JARD_BENCH_ROWS"); text != "" {
		_, _ = fmt.Sscan(text, &each)
	}
	for engine, start := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		if only := os.Getenv("JARD_BENCH_ENGINE"); only != "" && only != engine {
			continue
		}
		b.Run(engine, func(b *testing.B) {
			h := open(b, start(b))
			rows := h.multiply(b, each)
			for b.Loop() {
				b.Logf("%s: %d datasets, %d promises", engine, 7*each, rows)
				for _, path := range []string{
					"/desk", "/desk/wall", "/desk/indicators", "/desk/obligations", "/desk/indicators/overdue", "/indicators",
				} {
					h.pace(b, path)
				}
			}
		})
	}
}

// pace asks for a page until its 95th percentile is known.
func (h *house) pace(b *testing.B, path string) {
	b.Helper()
	const times, limit = 40, 300 * time.Millisecond
	var took []time.Duration
	before := burnt()
	for range times {
		r := httptest.NewRequestWithContext(web.WithActor(context.Background(), of(identity.MCD)), http.MethodGet, "http://jard.test"+path, nil)
		w := httptest.NewRecorder()
		begun := time.Now()
		h.handler.ServeHTTP(w, r)
		took = append(took, time.Since(begun))
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", path, w.Code)
		}
	}
	slices.Sort(took)
	p50, p95 := took[times/2], took[times*95/100]
	b.Logf("%-26s p50 %6.1f ms, p95 %6.1f ms, %.2f of the limit of %v; %.1f ms of CPU in this process", path, ms(p50), ms(p95),
		float64(p95)/float64(limit), limit, ms(burnt()-before)/times)
	b.ReportMetric(ms(p95), "p95-ms"+path)
}

// burnt is the processor time of this process: what a busy machine does not
// make longer. PostgreSQL's own is not in it.
func burnt() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// multiply copies one public dataset of each pilot ministry, with a past that
// depends on its number: most are kept on time, some late, some never.
func (h *house) multiply(b *testing.B, each int) (rows int64) {
	b.Helper()
	h.dataset("marhp", "Céréales", "submit", "approve")
	var d inventory.Dataset
	h.ok(h.db.Take(&d).Error)
	days := []struct {
		of, days int // how many of 100, and days between promises
		name     string
	}{{1, 7, "weekly"}, {4, 30, "monthly"}, {10, 91, "quarterly"}, {10, 182, "semiannual"}, {50, 365, "annual"}, {25, 365, "irregular"}}
	numbers := "WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < ?) "
	columns := h.columns("datasets")
	for m, slug := range []string{"marhp", "meh", "mep", "mar", "ms", "mas", "mt"} {
		text := func() string {
			if h.db.Name() == "postgres" {
				return "'" + slug + "-' || lpad(k::text, 6, '0')"
			}
			return "'" + slug + "-' || printf('%06d', k)"
		}
		swap := map[string]string{
			"id": text(), "ref": text(), "name": text(), "institution": "'" + slug + "'",
			"state":        "CASE WHEN k % 100 = 7 THEN 'submitted' WHEN k % 100 = 8 THEN 'draft' ELSE d.state END",
			"openness":     "CASE k % 5 WHEN 0 THEN 'openable' WHEN 1 THEN 'restricted' ELSE 'open' END",
			"target_date":  "CASE WHEN k % 20 = 0 THEN '2026-' || CASE WHEN k % 40 = 0 THEN '12' ELSE '06' END || '-15' ELSE NULL END",
			"submitted_at": "CASE WHEN k % 100 = 7 THEN " + h.at("-1 * (k % 30)") + " ELSE d.submitted_at END",
			"late_after":   h.at("(k % 400) - 20"),
		}
		h.ok(h.db.Exec(numbers+"INSERT INTO datasets ("+joined(columns)+") SELECT "+values(columns, "d", swap)+
			" FROM n, datasets d WHERE d.id = ?", each-1, d.ID).Error)
		from := 0
		for _, f := range days {
			h.promises(slug, from, from+f.of, f.days, f.name, m)
			from += f.of
		}
	}
	if h.db.Name() == "postgres" {
		h.ok(h.db.Exec("VACUUM ANALYZE").Error)
	} else {
		_ = h.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	}
	h.ok(indicatordb.New(h.db, func() time.Time { return h.now }).Fold(h.Context()))
	h.ok(h.db.Table("obligations").Count(&rows).Error)
	return rows
}

// promises writes three years of promises of the datasets whose number ends
// in from to to.
func (h *house) promises(slug string, from, to, days int, name string, m int) {
	h.Helper()
	mod := "(CAST(substr(d.id, length(d.id) - 1) AS INTEGER))"
	number := "(CAST(substr(d.id, length(d.id) - 5) AS INTEGER))"
	late := fmt.Sprintf("20 - p.k * %d - %s %% %d", days, number, min(days, 28))
	h.ok(h.db.Exec(fmt.Sprintf(`WITH RECURSIVE p(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM p WHERE k < %d)
		INSERT INTO obligations (dataset_id, period, ref, institution, frequency, basis, starts_at, ends_at, due_at, late_after,
			met_at, evidence, evidence_by, evidence_note, content_hash, waived_by, waiver_reason)
		SELECT d.id, CAST(p.k AS TEXT), d.ref, d.institution, '%s', 'frequency', %s, %s, %s, %s,
			CASE WHEN p.k = 0 OR (%s + p.k * 7) %% 29 = 0 THEN NULL
				WHEN (%s + p.k * 11) %% %d = 0 THEN %s ELSE %s END, '', '', '', '', '', ''
		FROM datasets d CROSS JOIN p WHERE d.institution = ? AND d.id LIKE '%s-%%' AND %s >= ? AND %s < ?`,
		3*365/days-1, name, h.at(late+fmt.Sprintf(" - %d", days+15)), h.at(late+" - 15"), h.at(late+" - 10"), h.at(late),
		number, number, 7+m, h.at(late+" + 3 + "+number+" % 60"), h.at(late+" - 2"), slug, mod, mod), slug, from, to).Error)
}

// at is midnight in Tunis some days from the bench's day, in SQL.
func (h *house) at(days string) string {
	day := time.Date(2026, time.November, 15, 23, 0, 0, 0, time.UTC)
	if h.db.Name() == "postgres" {
		return fmt.Sprintf("(TIMESTAMPTZ '%s' + (%s) * INTERVAL '1 day')", day.Format(time.RFC3339), days)
	}
	return fmt.Sprintf("(%d + (%s) * 86400000000)", day.UnixMicro(), days)
}

func (h *house) columns(table string) []string {
	h.Helper()
	types, err := h.db.Migrator().ColumnTypes(table)
	h.ok(err)
	var names []string
	for _, c := range types {
		names = append(names, c.Name())
	}
	return names
}

func joined(columns []string) (s string) {
	for n, c := range columns {
		if n > 0 {
			s += ", "
		}
		s += c
	}
	return s
}

func values(columns []string, table string, swap map[string]string) string {
	var list []string
	for _, c := range columns {
		if v, ok := swap[c]; ok {
			list = append(list, v)
		} else {
			list = append(list, table+"."+c)
		}
	}
	return joined(list)
}
