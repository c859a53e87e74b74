package monitorweb

import (
	"bytes"
	"io"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

// TestReports reads reports of a service and of a ministry, as pages and workbooks.
func TestReports(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.writes(sheet.WriteRows)
		h.now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		v := h.add("b3", monitor.Active)
		h.add("new", monitor.Active)
		h.add("draft", monitor.Draft)
		h.feed(v, strings.Repeat("u", 400)+strings.Repeat("f", 20)+strings.Repeat("u", 80))
		h.now = h.now.Add(time.Hour) // so that the last hour is summed up
		if err := h.store.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.want(h.ask(nobody, "GET", "/status/report?service=b3&period=2026-11", ""), 200, "Service b3", `value="2026-11" selected`, "20 minutes", "1 incident",
			"Comment ces chiffres sont comptés", "La période n’est pas finie", "Aucun constat établi", "report.xlsx?service=b3")
		rec := h.ask(nobody, "GET", "/status/report?institution=mi&period=2026-Q4", "")
		h.want(rec, 200, "Ministère de l&#39;Intérieur", "4e trimestre 2026", `href="/services/b3"`, `href="/services/new"`, "Non décidable")
		if strings.Contains(rec.Body.String(), "draft") {
			t.Error("a draft is in the report of its ministry")
		}
		h.want(h.ask(nobody, "GET", "/status/report?institution=mf&period=2026", ""), 200, "Aucun service suivi")
		h.want(h.ask(nobody, "GET", "/status/report?service=b3", "", "Accept-Language", "ar"), 200, "كيف تُحسب هذه الأرقام")

		rec = h.ask(nobody, "GET", "/status/report.xlsx?institution=mi&period=2026-11", "")
		if rec.Code != 200 {
			t.Fatal(rec.Code)
		}
		book, err := excelize.OpenReader(bytes.NewReader(rec.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("2026-11")
		if err != nil || len(rows) != 8 || rows[1][1] != "b3" || !strings.Contains(rows[1][7], "20") || !strings.Contains(rows[7][0], "méthode 1") {
			t.Errorf("workbook %v, %v", rows, err)
		}
	})
}

// writes opens the pages anew with a writer of workbooks.
func (h *house) writes(rows func(io.Writer, string, []string, iter.Seq2[[]string, error]) error) {
	h.t.Helper()
	clock := func() time.Time { return h.now }
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(h.t.Output(), nil))})
	if err != nil {
		h.t.Fatal(err)
	}
	New(shell, h.store, people{}, clock, nil).Writing(rows).Routes()
	h.handler = shell.Handler()
}

// TestReportOfAStatedPeriod carries the hash of what was stated.
func TestReportOfAStatedPeriod(t *testing.T) {
	h := open(t, databasetest.Open(t))
	v := h.add("b3", monitor.Active)
	h.feed(v, strings.Repeat("u", 100))
	h.now = h.store.Day(noon).AddDate(0, 0, 10) // in December
	period, err := monitor.ParsePeriod("2026-11", h.now, h.store.Zone())
	if err != nil {
		t.Fatal(err)
	}
	stated, err := h.store.Issue(t.Context(), mcd, "b3", period.From, period.To)
	if err != nil {
		t.Fatal(err)
	}
	h.want(h.ask(nobody, "GET", "/status/report?service=b3&period=2026-11", ""), 200, stated.Hash)
	if body := h.ask(nobody, "GET", "/status/report?service=b3&period=2026-Q4", "").Body.String(); strings.Contains(body, stated.Hash) {
		t.Error("the hash of a month stands under a quarter")
	}
}

func TestReportRefuses(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("b3", monitor.Active)
	h.add("draft", monitor.Draft)
	for query, want := range map[string]struct {
		status int
		words  string
	}{
		"service=b3&period=2026-13":        {422, "La période s’écrit 2026-10, 2026-Q3 ou 2026."},
		"service=b3&period=2027":           {422, "Cette période n’a pas commencé."},
		"service=b3&period=%3Cscript%3E":   {422, "La période s’écrit"},
		"service=nothing":                  {404, ""},
		"service=draft":                    {404, ""},
		"institution=nothing":              {404, ""},
		"":                                 {303, ""},
		"institution=mi&period=2026-11%00": {422, ""},
	} {
		h.want(h.ask(nobody, "GET", "/status/report?"+query, ""), want.status, want.words)
	}
	h.want(h.ask(owner, "GET", "/status/report?service=draft", ""), 200)
	h.want(h.ask(other, "GET", "/status/report?service=draft", ""), 404)
	h.want(h.ask(nobody, "GET", "/status/report.xlsx?service=b3", ""), 404) // nobody writes workbooks here
}
