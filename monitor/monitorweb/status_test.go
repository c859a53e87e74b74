package monitorweb

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// crowd adds services with one check each, straight into the tables: every
// fiftieth is down, every seventieth unknown, half of them are of each ministry.
func crowd(tb testing.TB, db *gorm.DB, h *house, count int) {
	tb.Helper()
	events := lifeEvents()
	services, checks := make([]monitor.Service, count), make([]monitor.Check, count)
	for n := range services {
		slug := fmt.Sprintf("s%05d", n)
		services[n] = monitor.Service{
			Slug: slug, Name: lang.Text{"fr": fmt.Sprintf("Démarche numéro %d", n), "ar": fmt.Sprintf("خدمة رقم %d", n)},
			Institution: []string{"mi", "mf"}[n%2], LifeEvent: events[n%len(events)], Tier: monitor.Normal, State: monitor.Active,
			URL: "https://" + slug + ".example.tn/", Languages: []lang.Tag{lang.French}, Revision: 1, CreatedAt: noon, UpdatedAt: noon,
		}
		checks[n] = monitor.Check{
			Service: slug, Name: "home", Kind: monitor.HTTP, Target: services[n].URL, Schedule: "@every 60s", Timeout: time.Second,
			CreatedAt: noon.AddDate(0, -4, 0), UpdatedAt: noon,
		}
	}
	if err := db.CreateInBatches(services, 500).Error; err != nil {
		tb.Fatal(err)
	}
	if err := db.CreateInBatches(checks, 500).Error; err != nil {
		tb.Fatal(err)
	}
	currents := make([]monitor.Current, 0, count)
	for n, c := range checks {
		now := monitor.Current{
			CheckID: c.ID, Service: c.Service, Verdict: monitor.Up, Since: noon.AddDate(0, 0, -9), LastAt: h.now, LastVerdict: monitor.Up, EverySec: 86400,
		}
		switch {
		case n%50 == 7:
			now.Verdict, now.Reason, now.Since = monitor.Down, monitor.Timeout, noon.Add(-time.Hour)
		case n%70 == 9:
			now.Verdict = monitor.Unknown
		}
		currents = append(currents, now)
	}
	if err := db.CreateInBatches(currents, 500).Error; err != nil {
		tb.Fatal(err)
	}
	db.Exec("UPDATE watch_state SET value = value + 1 WHERE name = 'version'")
}

// days gives every check ninety days of sums, in one statement.
func days(tb testing.TB, db *gorm.DB, h *house) {
	tb.Helper()
	const day = 24 * 60 * 60 * 1_000_000
	midnight := h.store.Day(noon).UnixMicro()
	err := db.Exec(`WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < 89)
		INSERT INTO check_days (check_id, start, readings, good, up_us, down_us, took_us, slowest_us, times)
		SELECT checks.id, ? - d.n * CAST(? AS BIGINT), 1440, 1440, CAST(? AS BIGINT) - (checks.id + d.n) % 30 / 29 * 60000000,
		(checks.id + d.n) % 30 / 29 * 60000000, 1, 1, ? FROM checks, d`, midnight, int64(day), int64(day), []byte{}).Error
	if err != nil {
		tb.Fatal(err)
	}
	db.Exec("UPDATE watch_state SET value = ? WHERE name = 'rolled'", noon.UnixMicro())
}

func TestManyServicesFold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		crowd(t, db, h, 300)
		rec := h.ask(nobody, "GET", "/status?by=institution", "")
		h.want(rec, 200, `aria-expanded="false"`, "150 services", "6 ne répondent pas", "Ministère des Finances")
		if strings.Contains(rec.Body.String(), `href="/services/s00000"`) {
			t.Error("a folded group shows its services")
		}
		rec = h.ask(nobody, "GET", "/status?by=institution&group=mf", "")
		if body := rec.Body.String(); strings.Index(body, "s00007") > strings.Index(body, "s00001") {
			t.Error("in an open group what is down does not come first")
		}
		rec = h.ask(nobody, "GET", "/status?by=institution&group=mi", "")
		h.want(rec, 200, `aria-expanded="true"`, `href="/services/s00000"`, "Page 1 sur 3", "group=mi&amp;page=2")
		if n := strings.Count(rec.Body.String(), `class="status-line"`); n != shownServices {
			t.Errorf("%d services on a page; want %d", n, shownServices)
		}
		h.want(h.ask(nobody, "GET", "/status?by=institution&group=mi&page=3", ""), 200, `href="/services/s00298"`)
		h.want(h.ask(nobody, "GET", "/status?by=institution&group=mi&page=99", ""), 200, `href="/services/s00298"`)
		rec = h.ask(nobody, "GET", "/status?only=trouble", "")
		h.want(rec, 200, "s00007", "s00009", "11 services trouvés", "Seulement ce qui ne va pas (11)")
		if strings.Contains(rec.Body.String(), `href="/services/s00008"`) {
			t.Error("what answers is among what does not")
		}
	})
}

func TestStatusFinds(t *testing.T) {
	h := open(t, databasetest.Open(t))
	crowd(t, h.db, h, 130)
	for q, want := range map[string]string{
		"demarche 129": `href="/services/s00129"`, // without its accent
		"خدمة رقم 128": `href="/services/s00128"`,
		"finances":     "65 services trouvés",
		"S00077":       `href="/services/s00077"`,
		"<script>":     "Aucun service ne correspond",
		"' OR '1'='1":  "Aucun service ne correspond",
	} {
		h.want(h.ask(nobody, "GET", "/status?q="+url.QueryEscape(q), ""), 200, want)
	}
	h.want(h.ask(nobody, "GET", "/status?q="+strings.Repeat("a", 9000)+"&page=-3&by=x&only=x&group=x", ""), 200, "Aucun service ne correspond")
}

func TestStatusHasATag(t *testing.T) {
	h := open(t, databasetest.Open(t))
	crowd(t, h.db, h, 80)
	first := h.ask(nobody, "GET", "/status", "")
	tag := first.Header().Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("tag %q", tag)
	}
	if rec := h.ask(nobody, "GET", "/status", "", "If-None-Match", `"x", `+tag); rec.Code != 304 || rec.Body.Len() > 0 {
		t.Errorf("what did not change is sent again: %d, %d bytes", rec.Code, rec.Body.Len())
	}
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"another language": h.ask(nobody, "GET", "/status", "", "If-None-Match", tag, "Accept-Language", "ar"),
		"another choice":   h.ask(nobody, "GET", "/status?only=trouble", "", "If-None-Match", tag),
		"somebody":         h.ask(mcd, "GET", "/status", "", "If-None-Match", tag),
	} {
		if rec.Code != 200 {
			t.Errorf("%s is told that nothing changed", name)
		}
	}
	h.db.Exec("UPDATE check_current SET verdict = ? WHERE service = 's00000'", monitor.Down)
	h.now = h.now.Add(2 * time.Second)
	if rec := h.ask(nobody, "GET", "/status", "", "If-None-Match", tag); rec.Code != 200 {
		t.Error("a service that fell leaves the tag as it was")
	}
}

// BenchmarkStatusPage asks for /status, each time after the board's second is
// over, and for one group opened; it prints the bytes that are sent.
func BenchmarkStatusPage(b *testing.B) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		for _, count := range []int{1000, 10_000} {
			db := databasetest.Open(b)
			if engine == database.Postgres {
				db = databasetest.OpenPostgres(b)
			}
			h := open(b, db)
			crowd(b, db, h, count)
			days(b, db, h)
			for _, path := range []string{"/status", "/status?by=institution&group=mi", "/status?only=trouble"} {
				b.Run(fmt.Sprintf("%s/%d%s", engine, count, strings.ReplaceAll(path, "/", " ")), func(b *testing.B) {
					var sent, plain int64
					for b.Loop() {
						h.now = h.now.Add(2 * time.Second)
						rec := h.ask(nobody, "GET", path, "", "Accept-Encoding", "gzip")
						sent = int64(rec.Body.Len())
						z, err := gzip.NewReader(rec.Body)
						if err != nil || rec.Code != 200 {
							b.Fatal(rec.Code, err)
						}
						if plain, err = io.Copy(io.Discard, z); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(sent), "gzip-bytes")
					b.ReportMetric(float64(plain), "bytes")
				})
			}
		}
	}
}
