package monitorweb

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

func TestPastOfAService(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		h.want(h.ask(nobody, "GET", "/services/b3", ""), 200)
		h.feed(v, strings.Repeat("u", 200)+strings.Repeat("f", 20)+strings.Repeat("u", 80))
		if err := h.store.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		for span, words := range map[string][]string{
			"":        {"Temps de réponse dans la durée", "Où passe le temps", "phase-wait", "Le plus souvent lent ou sans réponse", "Objectif"},
			"year":    {"span=day", `class="past-p99"`, "past.csv?check=home&amp;span=year"},
			"day":     {"Un an", "Heure"},
			"nothing": {"span=week\" "},
		} {
			rec := h.ask(nobody, "GET", "/services/b3?span="+span, "")
			if span == "nothing" {
				words = []string{`span=week#past" aria-current="page"`}
			}
			h.want(rec, 200, words...)
		}
		h.want(h.ask(nobody, "GET", "/services/b3", "", "Accept-Language", "ar"), 200, "أزمنة الاستجابة على المدى الطويل", "في الساعات نفسها كل أسبوع")
		rec := h.ask(nobody, "GET", "/services/b3/past.csv?span=day", "")
		h.want(rec, 200)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 5 { // the hour that runs is not summed up
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		down := 0
		for _, row := range rows[1:] {
			if row[15] != "40" { // the wait of every reading
				t.Errorf("an hour waits %s ms; want 40", row[15])
			}
			if row[6] != "0" {
				down++
			}
		}
		if down == 0 {
			t.Error("no hour of the file is down")
		}
		h.want(h.ask(nobody, "GET", "/services/b3/past.csv?check=zzz", ""), 422, "check")
		h.add("draft", monitor.Draft)
		h.want(h.ask(nobody, "GET", "/services/draft/past.csv", ""), 404)
		h.want(h.ask(owner, "GET", "/services/draft", ""), 200)
	})
}

// year gives a check a year of sums and a day of minutes.
func year(tb testing.TB, db *gorm.DB, h *house) {
	tb.Helper()
	v := h.add("b3", monitor.Active)
	h.feed(v, strings.Repeat("u", 24*60))
	var times monitor.Histogram
	for n := range 60 {
		times.Add(time.Duration(40+n*3) * time.Millisecond)
	}
	fill := func(table string, count int, first time.Time, step time.Duration) {
		err := db.Exec(`WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < ?)
			INSERT INTO `+table+` (check_id, start, readings, good, asked, answered, up_us, down_us, took_us, slowest_us, times,
			dns_us, connect_us, tls_us, wait_us, transfer_us)
			SELECT ?, ? + d.n * CAST(? AS BIGINT), 60, 60, 60, 60, CAST(? AS BIGINT), 0, 7710000, 217000, ?, 100000, 200000, 300000, 7000000, 110000
			FROM d`, count-1, v.Checks[0].ID, first.UnixMicro(), step.Microseconds(), step.Microseconds(), times.Pack()).Error
		if err != nil {
			tb.Fatal(err)
		}
	}
	fill("check_hours", 90*24, noon.Add(-90*24*time.Hour), time.Hour)
	fill("check_days", 365, h.store.Day(noon).AddDate(0, 0, -364), 24*time.Hour)
	db.Exec("UPDATE watch_state SET value = ? WHERE name = 'rolled'", noon.UnixMicro())
}

// BenchmarkServiceYear asks for the page of a service that was watched each
// minute for a year, with its year.
func BenchmarkServiceYear(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		db := databasetest.Open(b)
		if engine == database.Postgres {
			db = databasetest.OpenPostgres(b)
		}
		h := open(b, db)
		year(b, db, h)
		for _, path := range []string{"/services/b3?span=year", "/services/b3/past.csv?span=year"} {
			b.Run(engine+strings.ReplaceAll(path, "/", " "), func(b *testing.B) {
				sent := 0
				for b.Loop() {
					rec := h.ask(nobody, "GET", path, "", "Accept-Encoding", "gzip")
					if sent = rec.Body.Len(); rec.Code != 200 {
						b.Fatal(rec.Code)
					}
				}
				b.ReportMetric(float64(sent), "sent-bytes")
			})
		}
	}
}
