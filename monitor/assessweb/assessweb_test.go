package assessweb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon   = time.Date(2026, 10, 5, 11, 0, 0, 0, time.UTC)
	nobody = identity.Actor{}
	mcd    = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}
	mcd2   = identity.Actor{Account: "n", Name: "Hédi", Role: identity.MCD}
	owner  = identity.Actor{Account: "o", Name: "Ali", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi", "mi-body"}}
	other  = identity.Actor{Account: "x", Name: "Imen", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
)

func people(context.Context) (identity.Tree, error) {
	return identity.Tree{
		"mi":      {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Intérieur", "ar": "وزارة الداخلية"}},
		"mi-body": {Slug: "mi-body", Parent: "mi", Name: lang.Text{"fr": "Direction des passeports"}},
		"mf":      {Slug: "mf", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère des Finances", "ar": "وزارة المالية"}},
	}, nil
}

// house is the room with everything under it.
type house struct {
	t       testing.TB
	handler http.Handler
	store   *assessdb.Store
	watched *monitordb.Store
	now     time.Time
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{t: t, now: noon}
	for _, slug := range []string{"mi", "mi-body", "mf"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return h.now }
	h.watched, h.store = monitordb.New(db, clock), assessdb.New(db, clock)
	if err := h.store.Seed(t.Context(), identity.System("seed"), setOf(t, criteria.Default), setOf(t, "french-vde")); err != nil {
		t.Fatal(err)
	}
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, h.watched, people, clock).Writing(sheet.WriteRows).Routes()
	h.handler = shell.Handler()
	return h
}

func setOf(t testing.TB, name string) *assess.Set {
	t.Helper()
	set, problems := assess.Read([]byte(yamlOf(t, name)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return &set
}

func yamlOf(t testing.TB, name string) string {
	t.Helper()
	data, err := criteria.Files.ReadFile(name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ask sends a request as somebody, in a language; body is a form.
func (h *house) ask(by identity.Actor, path string, form url.Values, tag ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req = req.WithContext(web.WithActor(req.Context(), by))
	req.Header.Set("Accept-Language", append(tag, "fr")[0])
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

// spaces are those that do not break, which a test does not care about.
var spaces = strings.NewReplacer("\u202f", " ", "\u00a0", " ", "\u2066", "", "\u2069", "", "\u2068", "")

func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) {
	h.t.Helper()
	body := spaces.Replace(rec.Body.String())
	if rec.Code != status {
		_, main, _ := strings.Cut(body, "<main")
		h.t.Fatalf("status %d; want %d\n%.1500s", rec.Code, status, main)
	}
	for _, s := range contains {
		if !strings.Contains(body, s) {
			h.t.Errorf("answer lacks %q", s)
		}
	}
}

func (h *house) lacks(rec *httptest.ResponseRecorder, words ...string) {
	h.t.Helper()
	for _, s := range words {
		if strings.Contains(rec.Body.String(), s) {
			h.t.Errorf("answer holds %q", s)
		}
	}
}

func (h *house) add(slug, institution string, state monitor.State) {
	h.t.Helper()
	_, err := h.watched.Add(h.t.Context(), mcd, monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Service " + slug, "ar": "خدمة " + slug}, Institution: institution, State: state, LifeEvent: "justice",
		URL: "https://" + slug + ".example.tn/", Checks: []monitor.Check{{Name: "home", Schedule: "@every 60s"}},
	}, schedule.Period)
	if err != nil {
		h.t.Fatal(err)
	}
}

// know puts facts about a service: every measure of the default set on its
// green line, but for those that differ.
func (h *house) know(slug string, differ map[assess.Measure]float64, words map[assess.Measure]string) {
	h.t.Helper()
	set := setOf(h.t, criteria.Default)
	var facts []assess.Fact
	for n := range set.Criteria {
		for _, part := range set.Criteria[n].Parts() {
			f := assess.Fact{Service: slug, Measure: part.Measure, At: h.now, N: 500, Evidence: []assess.Evidence{{What: "assess.evidence.link", URL: "https://proof.example/" + slug}}}
			switch l := part.Green; {
			case l == nil:
				continue
			case l.Is != "":
				f.Word = l.Is
			case l.AtLeast != nil:
				f.Value = *l.AtLeast
			case l.AtMost != nil:
				f.Value = *l.AtMost
			case l.Below != nil:
				f.Value = *l.Below / 2
			case l.Above != nil:
				f.Value = *l.Above + 1
			}
			if v, ok := differ[part.Measure]; ok {
				f.Value = v
			}
			if w, ok := words[part.Measure]; ok {
				f.Word = w
			}
			if part.Measure == assess.SatisfactionMean {
				low, high := f.Value-0.05, f.Value+0.05
				if f.Value == 8 {
					low, high = 8, 8.4
				}
				f.Low, f.High = &low, &high
			}
			facts = append(facts, f)
		}
	}
	if err := h.store.Put(h.t.Context(), facts); err != nil {
		h.t.Fatal(err)
	}
}

// city adds a good service, one with a red that caps it, one of which little is
// known, one that nobody may see, and one of another ministry.
func city(h *house) {
	h.t.Helper()
	for _, slug := range []string{"good", "capped", "young"} {
		h.add(slug, "mi", monitor.Active)
	}
	h.add("hidden", "mi", monitor.Draft)
	h.add("tax", "mf", monitor.Active)
	h.know("good", nil, nil)
	h.know("hidden", nil, nil)
	h.know("capped", map[assess.Measure]float64{assess.Availability: 0.95}, nil)
	h.know("tax", map[assess.Measure]float64{assess.SatisfactionMean: 4, assess.Response: 3, assess.MarkupFaults: 40}, map[assess.Measure]string{assess.Certificate: "no", assess.FullyOnline: "no"})
}

func TestScorecard(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		h.want(h.ask(nobody, "/services/good/assessment", nil), 200, "Service good", ">A</span>", "Très bon", "points sur 100 donnent la lettre A",
			"Objectif atteint", "au moins 99,9 %", `href="https://proof.example/good"`, "Comment cette note est calculée", "Évaluation du service")
		h.want(h.ask(nobody, "/services/capped/assessment", nil), 200, ">C</span>", "donneraient la lettre A, mais un rouge la plafonne",
			"« Disponibilité sur le trimestre » est au rouge : la lettre ne dépasse pas C", "plafonne la lettre", "95 %", "Insuffisant")
		young := h.ask(nobody, "/services/young/assessment", nil)
		h.want(young, 200, "Pas de note", "On ne connaît que 0 % des critères, et il en faut 60 %", "Pas encore mesuré.")
		h.lacks(young, `class="criterion-mark"><span class="mark mark-down"`)
		h.want(h.ask(nobody, "/services/good/assessment", nil, "ar"), 200, "تقييم الخدمة", "خدمة good", "نقطة من 100 تعطي الحرف A", `dir="rtl"`)
		h.want(h.ask(nobody, "/services/good/assessment", nil, "en"), 200, "Assessment of the service", "points out of 100 give the letter A")

		h.want(h.ask(nobody, "/services/hidden/assessment", nil), 404)
		h.want(h.ask(other, "/services/hidden/assessment", nil), 404)
		h.want(h.ask(owner, "/services/hidden/assessment", nil), 200, ">A</span>")
		h.want(h.ask(nobody, "/services/none/assessment", nil), 404)
		h.want(h.ask(nobody, "/services/good/assessment?edition=2026-Q3", nil), 404)
		h.want(h.ask(nobody, "/services/good/assessment?edition=%3Cscript%3E", nil), 404)
	})
}

// What is not known is grey with its reason, what an interval leaves open says
// how many more answers would decide.
func TestScorecardTellsWhatIsOpen(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("open", "mi", monitor.Active)
	low, high := 7.6, 8.6
	until := noon.AddDate(0, 0, -1)
	err := h.store.Put(t.Context(), []assess.Fact{
		{Service: "open", Measure: assess.SatisfactionMean, Value: 8.1, Low: &low, High: &high, N: 120, At: noon},
		{Service: "open", Measure: assess.IPv6, Word: "yes", At: noon.AddDate(0, -3, 0), Until: &until},
		{Service: "open", Measure: assess.CAA, Unknown: "nobody.wrote_this", At: noon},
	})
	if err != nil {
		t.Fatal(err)
	}
	rec := h.ask(nobody, "/services/open/assessment", nil)
	h.want(rec, 200, "Non tranché", "de 7,6 sur 10 à 8,6 sur 10", "120 observations", "de plus pour trancher", "La dernière mesure est trop ancienne.")
	h.lacks(rec, "nobody.wrote_this")
}

// Evidence is text of strangers: what is no address of the web is no link.
func TestEvidenceIsInert(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("evil", "mi", monitor.Active)
	err := h.store.Put(t.Context(), []assess.Fact{{Service: "evil", Measure: assess.DNSSEC, Word: "no", At: noon, Evidence: []assess.Evidence{
		{What: "assess.evidence.link", URL: "javascript:alert(1)", Text: "<script>alert(2)</script>"},
		{What: "assess.evidence.link", URL: "//evil.example/x"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	rec := h.ask(nobody, "/services/evil/assessment", nil)
	h.want(rec, 200, "&lt;script&gt;alert(2)")
	h.lacks(rec, "javascript:alert", "<script>alert", `href="//evil`)
}

func TestScorecardForMachines(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	rec := h.ask(nobody, "/api/v1/services/capped/assessment", nil)
	h.want(rec, 200)
	var out assessmentOut
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if out.Letter != "C" || out.Earned != "A" || len(out.Capped) != 1 || out.Capped[0] != "AV1" || out.Value == nil || out.Set.Name != criteria.Default {
		t.Errorf("%+v", out)
	}
	if first := out.Criteria[0]; first.Colour != "red" || *first.Measures[0].Value != 0.95 || *first.Measures[0].Green.AtLeast != 0.999 {
		t.Errorf("%+v", first)
	}
	rec = h.ask(nobody, "/api/v1/services/young/assessment", nil)
	h.want(rec, 200, `"value":null`, `"unknown":"assess.unknown.missing"`)
	h.want(h.ask(nobody, "/api/v1/services/hidden/assessment", nil), 404)
	h.want(h.ask(nobody, "/api/v1/services/good/assessment?edition=2026-Q3", nil), 404)
}

func TestMinistry(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	rec := h.ask(nobody, "/institutions/mi/assessment", nil)
	h.want(rec, 200, "Ministère de l&#39;Intérieur", "2 services notés sur 3", "Service good", "Service young", "La cible est 80 %", "quadrant",
		"services sur 2 répondent bien", "Pas assez de mesures ou d’avis :")
	h.lacks(rec, "Service hidden", "Service tax")
	h.want(h.ask(nobody, "/institutions/mi-body/assessment", nil), 200, "Aucun service évalué")
	h.want(h.ask(nobody, "/institutions/mi/assessment", nil, "ar"), 200, "وزارة الداخلية", "المعدّل حسب حجم الاستعمال")
	h.want(h.ask(nobody, "/institutions/none/assessment", nil), 404)
}

func TestOverview(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	h.want(h.ask(nobody, "/desk/assessment", nil), 303)
	h.want(h.ask(mcd, "/desk/assessment", nil), 200, "Ministère des Finances", "Ministère de l&#39;Intérieur", "map-", "Que faire d’abord",
		"/desk/services/tax/assessment/criteria/SE1")
	mine := h.ask(owner, "/desk/assessment", nil)
	h.want(mine, 200, "Ministère de l&#39;Intérieur")
	h.lacks(mine, "Ministère des Finances", "/desk/services/tax/")
}

// TestWhoSeesTheDesk asks every page as every role.
func TestWhoSeesTheDesk(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "r", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		if role == identity.Public {
			by = nobody
		}
		read := 200
		switch {
		case role == identity.Public:
			read = 303
		case !by.MayAnywhere(identity.ReadServices):
			read = 403
		}
		for _, path := range []string{
			"/desk/assessment", "/desk/assessment/editions", "/desk/assessment/sets", "/desk/assessment/sets/default-tn",
			"/desk/services/good/assessment", "/desk/services/good/assessment/answers/payment", "/desk/services/good/assessment/criteria/SE2",
		} {
			if rec := h.ask(by, path, nil); rec.Code != read {
				t.Errorf("%s reads %s: %d; want %d", role, path, rec.Code, read)
			}
		}
		for path, act := range map[string]identity.Act{
			"/desk/services/good/assessment/answers/payment": identity.AssessService,
			"/desk/services/good/assessment/criteria/SE2":    identity.AssessService,
		} {
			rec := h.ask(by, path, url.Values{"do": {"begin"}, "revision": {"0"}, "word": {"no"}})
			if may := by.May(act, "mi"); may != (rec.Code == 303 && role != identity.Public) && rec.Code != 412 {
				t.Errorf("%s writes to %s: %d; may %v", role, path, rec.Code, may)
			}
		}
		rec := h.ask(by, "/desk/assessment/sets", url.Values{"body": {"name: x"}})
		if may := by.MayAnywhere(identity.WriteQuestions); may != (rec.Code == 422) {
			t.Errorf("%s proposes a set: %d; may %v", role, rec.Code, may)
		}
		rec = h.ask(by, "/desk/assessment/editions", url.Values{"quarter": {"2030-Q1"}})
		if may := by.MayAnywhere(identity.JudgeAssessment); may != (rec.Code == 422) {
			t.Errorf("%s drafts an edition: %d; may %v", role, rec.Code, may)
		}
	}
	h.want(h.ask(other, "/desk/services/good/assessment", nil), 404)
	h.want(h.ask(other, "/desk/services/good/assessment/answers/payment", url.Values{"word": {"no"}, "revision": {"0"}}), 404)
}

func TestReport(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	h.want(h.ask(nobody, "/institutions/mi/assessment/report", nil), 200, "Rapport trimestriel d’évaluation", "provisoire", "Disponibilité sur le trimestre",
		"Comment cette note est calculée", "report.xlsx?edition=now")
	h.want(h.ask(nobody, "/institutions/mi/assessment/report", nil, "ar"), 200, "تقرير التقييم الثلاثي")
	h.want(h.ask(nobody, "/institutions/mi/assessment/report?edition=2026-Q3", nil), 404)
	rec := h.ask(nobody, "/institutions/mi/assessment/report.xlsx", nil)
	h.want(rec, 200)
	rows := workbook(t, rec.Body.Bytes(), "2026-10-05")
	set := setOf(t, criteria.Default)
	if want := 1 + 3*len(set.Criteria); len(rows) < want+5 {
		t.Fatalf("%d rows; want more than %d", len(rows), want)
	}
	if got := fmt.Sprint(rows[1][:4]); !strings.Contains(got, "good A 100") && !strings.Contains(got, "good A") {
		t.Error(got)
	}
}
