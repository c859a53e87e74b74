package whyweb

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/configs/themes"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/monitor/why"
	"github.com/jard-odi/jard/monitor/whydb"
	"github.com/jard-odi/jard/stats"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

type bodies struct{}

func (bodies) Institutions(context.Context) (identity.Tree, error) {
	return identity.Tree{"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Intérieur", "ar": "الداخلية"}}}, nil
}

// editions has one frozen edition and a draft.
// editions has a draft and a frozen edition, and counts how often one is read whole.
type editions struct {
	read     *atomic.Int64
	revision int64
}

func (e *editions) Editions(context.Context, identity.Actor) ([]assess.Edition, error) {
	return []assess.Edition{{Quarter: "2026-Q3", State: assess.Draft}, {Quarter: "2026-Q2", State: assess.Frozen, Hash: "ff", Revision: e.revision}}, nil
}

func (e *editions) Edition(_ context.Context, _ identity.Actor, quarter string) (assess.Edition, []assess.Entry, error) {
	e.read.Add(1)
	frozen, score := noon.AddDate(0, -4, 0), 71.0
	whole := assess.Edition{Quarter: quarter, State: assess.Frozen, FrozenAt: &frozen, JudgedAt: frozen, Set: "default-tn", Version: 1, Hash: "ff"}
	return whole, []assess.Entry{{Service: "acte", Institution: "mi", Score: assess.Score{Value: &score, Band: "B", Coverage: 1}}, {Service: "tax", Institution: "mf"}}, nil
}

type rig struct {
	handler  http.Handler
	findings *whydb.Store
	editions *editions
	answers  *surveydb.Store
}

func house(t *testing.T) rig {
	t.Helper()
	db := databasetest.Open(t)
	clock := func() time.Time { return noon }
	if err := db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Intérieur"}}).Error; err != nil {
		t.Fatal(err)
	}
	watched := monitordb.New(db, clock)
	cost := 0.5
	for slug, state := range map[string]monitor.State{"acte": monitor.Active, "secret": monitor.Draft} {
		v := monitor.Service{
			Slug: slug, Institution: "mi", Name: lang.Text{"fr": "Service " + slug, "ar": "خدمة"}, URL: "https://" + slug + ".tn/", State: state, LifeEvent: "birth",
			Languages: []lang.Tag{lang.French}, Settings: monitor.ServiceSettings{Description: &monitor.Description{Cost: &cost}},
			Checks: []monitor.Check{{Kind: monitor.HTTP, Target: "https://" + slug + ".tn/", Schedule: "@every 60s", Timeout: 10 * time.Second}},
		}
		if _, err := watched.Add(t.Context(), actor(identity.MCD, ""), v, schedule.Period); err != nil {
			t.Fatal(err)
		}
	}
	lists, err := survey.ReadThemes(themes.Names, themes.Patterns)
	if err != nil {
		t.Fatal(err)
	}
	shell, err := web.New(web.Options{Now: clock, BaseURL: "https://jard.example"})
	if err != nil {
		t.Fatal(err)
	}
	r := rig{editions: &editions{read: new(atomic.Int64)}, findings: whydb.New(db), answers: answersOf(t, db, func() time.Time { return noon.Add(-time.Minute) })}
	New(shell, Source{
		Findings: r.findings, Services: watched, Answers: r.answers, Institutions: bodies{}, Themes: lists,
		Feed: Feed{Editions: r.editions, Licence: "https://licence.tn/"},
	}, clock).Routes()
	r.handler = shell.Handler()
	return r
}

func answersOf(t *testing.T, db *gorm.DB, clock func() time.Time) *surveydb.Store {
	t.Helper()
	s := surveydb.New(db, clock)
	data, err := questions.Files.ReadFile("portal-tn.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := survey.ReadSet(data)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := s.Seed(t.Context(), identity.System("seed"), set); err != nil {
		t.Fatal(err)
	}
	return s
}

func actor(role identity.Role, institution string) identity.Actor {
	return identity.Actor{Account: "a1", Role: role, Institution: institution, Institutions: []string{institution}}
}

func (r rig) get(by identity.Actor, path, tag string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), "GET", path, nil)
	req.Header.Set("Accept-Language", tag)
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	r.handler.ServeHTTP(rec, req)
	return rec
}

func has(t *testing.T, rec *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	body := strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ", "&#39;", "'", "−", "-").Replace(rec.Body.String())
	if rec.Code != status {
		t.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, text := range texts {
		if wanted, absent := strings.CutPrefix(text, "!"); absent == strings.Contains(body, wanted) {
			t.Errorf("%q: wanted otherwise in\n%s", text, body)
		}
	}
}

// finding is one with a driver, a fall that is told, and themes.
func finding() why.Finding {
	within := func(v, low, high float64) stats.Estimate {
		return stats.Estimate{Value: v, Interval: stats.Interval{Low: low, High: high}}
	}
	may := time.Date(2026, 5, 3, 8, 0, 0, 0, time.UTC)
	return why.Finding{
		Scope: why.OfService, Slug: "acte", At: noon, From: noon.AddDate(-1, 0, 0), To: noon, Services: 1,
		Drivers: survey.Drivers{N: 812, R2: 0.5, Left: map[survey.Factor]survey.Left{survey.HelpFactor: survey.Unasked}, Drivers: []survey.Driver{
			{Factor: survey.SpeedFactor, Driver: stats.Driver{Weight: within(0.3, 0.25, 0.35), Share: 0.6, Correlation: 0.5, Rank: 1, Best: 1, Worst: 2}},
			{Factor: survey.ClarityFactor, Driver: stats.Driver{Weight: within(0.2, 0.15, 0.25), Share: 0.4, Correlation: -0.2, Rank: 2, Best: 1, Worst: 2}},
		}},
		Shifts: []why.Shift{
			{
				Kind: why.Outage, From: may, To: may.Add(3 * time.Hour), Troubles: 2, Down: 3 * 3600, NAfter: 60, NBefore: 400, Compared: true, Told: true,
				Change: stats.Tested{Estimate: within(-1.4, -1.9, -0.9), P: 0.0001},
			},
			{Kind: why.Slow, From: may.AddDate(0, -1, 0), To: may, Down: 86400, Compared: true, Change: stats.Tested{Estimate: within(0.1, -0.4, 0.6), P: 0.7}},
			{Kind: why.Certificate, From: may.AddDate(0, -2, 0), To: may, Down: 3600, NAfter: 3},
		},
		Doses: []why.Dose{{From: time.Hour, Below: 4 * time.Hour, N: 1, Change: within(-1.4, -1.9, -0.9)}},
		Themes: why.Themes{N: 40, NBefore: 30, None: 8, Unknown: within(0.2, 0.1, 0.35), List: []why.ThemeShare{
			{Code: "slow", N: 20, Before: 3, Share: within(0.5, 0.35, 0.65), Change: within(0.4, 0.2, 0.56), Moved: true}, {Code: "gone", N: 3},
		}},
	}
}

func TestThePageSaysWhatWasFound(t *testing.T) {
	r := house(t)
	nobody := identity.Actor{}
	has(t, r.get(nobody, "/services/acte/why", "fr"), 200, "Pas encore calculé")
	f := finding()
	if err := r.findings.Keep(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	has(t, r.get(nobody, "/services/acte/why", "fr"), 200,
		"La rapidité est le premier facteur de satisfaction (rang 1 à 2).",
		"La satisfaction a baissé de 1,4 sur 10 pendant la panne du 3 mai 2026 et dans les 48 h qui ont suivi [intervalle à 95 % : -1,9 à -0,9].",
		"2 comparaisons faites", "Pas distinct du hasard", "1 panne ou lenteur n'a pas été comparée", "il en faut 30 après et 100 avant", "d'après 812 réponses complètes",
		"« Aide » : trop peu de réponses.", "Le lien est inverse", "Lenteur", "En hausse de 40 %", "2 épisodes rapprochés", "ne veut pas dire", "<svg class=\"why-bar\"",
		"!à cause de la", "!Les exemples sont masqués")
	has(t, r.get(nobody, "/services/acte/why", "ar"), 200, `dir="rtl"`, "انخفض الرضا بمقدار 1,4 من 10", "العطب الذي بدأ في 3 ماي 2026", "السرعة: العامل الأول")
	has(t, r.get(nobody, "/services/acte/why", "en"), 200, "Satisfaction fell by 1.4 out of 10 during the outage of 3 May 2026")
	has(t, r.get(nobody, "/services/secret/why", "fr"), 404)
	has(t, r.get(actor(identity.ServiceOwner, "mi"), "/services/secret/why", "fr"), 200, "Pas encore calculé")
	has(t, r.get(nobody, "/services/none/why", "fr"), 404)
}

func TestThePageHidesWhatIsNotKnown(t *testing.T) {
	r := house(t)
	f := finding()
	f.Drivers = survey.Drivers{N: 153, Needed: 47}
	f.Shifts, f.Doses, f.Themes = nil, nil, why.Themes{N: 7, List: []why.ThemeShare{{Code: "privacy", N: 1}}}
	if err := r.findings.Keep(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	has(t, r.get(identity.Actor{}, "/services/acte/why", "fr"), 200, "Il manque encore 47 réponses complètes", "7 commentaires sur 90 jours : trop peu",
		"Rien ne se distingue du hasard", "Ni panne de plus de dix minutes", "!Données personnelles")
	has(t, r.get(identity.Actor{}, "/services/acte/why", "ar"), 200, "ينقص 47 جوابا كاملا")
	rec := r.get(identity.Actor{}, "/api/v1/services/acte/why", "fr")
	has(t, rec, 200, `"needed":47`, "!privacy")
}

// Whoever may read answers sees examples, masked as they are kept; nobody else does.
func TestWhoSeesExamples(t *testing.T) {
	r := house(t)
	f := finding()
	if err := r.findings.Keep(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	_, err := r.answers.Accept(t.Context(), &survey.Form{
		Service: "acte", Channel: survey.Web, Language: lang.French, Took: time.Minute,
		Answers: map[string]string{"ease": "2", "satisfaction": "1", "finished": "no", "comment": "<b>Trop lent</b>, appelez le 22 123 456"},
	}, netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	const example = "Trop lent&lt;/b&gt;, appelez le [tel]"
	for role, sees := range map[identity.Role]bool{
		identity.Public: false, identity.Officer: false, identity.Supervisor: true, identity.MCD: true, identity.ServiceOwner: true,
		identity.Committee: true, identity.Admin: true, identity.Agent: false,
	} {
		want := "!" + example
		if sees {
			want = example
		}
		t.Run(string(role), func(t *testing.T) { has(t, r.get(actor(role, "mi"), "/services/acte/why", "fr"), 200, want) })
	}
	has(t, r.get(actor(identity.ServiceOwner, "health"), "/services/acte/why", "fr"), 200, "!"+example)
}

func TestAnInstitutionsPage(t *testing.T) {
	r := house(t)
	f := finding()
	f.Scope, f.Slug, f.Shifts[0].Service = why.OfInstitution, "mi", "acte"
	if err := r.findings.Keep(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	has(t, r.get(identity.Actor{}, "/institutions/mi/why", "fr"), 200, "Intérieur", "Service acte : La satisfaction a baissé", `href="/services/acte/why"`)
	has(t, r.get(identity.Actor{}, "/institutions/nobody/why", "fr"), 404)
}

// A frozen edition is read once, however often its scores are asked for; who has
// the file costs no reading at all.
func TestScoresAreReadOnce(t *testing.T) {
	r := house(t)
	tags := map[string]bool{}
	for range 3 {
		for _, path := range []string{"/assessment/scores.csv", "/assessment/scores.json", "/assessment/scores.csv?service=acte"} {
			tags[r.get(identity.Actor{}, path, "fr").Header().Get("ETag")] = true
		}
	}
	if n := r.editions.read.Load(); n != 1 || len(tags) != 3 {
		t.Errorf("read %d times; tags %v", n, tags)
	}
	r.editions.revision++ // somebody brought back another one from a backup
	rec := r.get(identity.Actor{}, "/assessment/scores.csv", "fr")
	if r.editions.read.Load() != 2 || tags[rec.Header().Get("ETag")] {
		t.Errorf("another edition: read %d times, tag %s", r.editions.read.Load(), rec.Header().Get("ETag"))
	}
}

func TestOpenFiles(t *testing.T) {
	r := house(t)
	for path, want := range map[string]string{
		"/assessment/scores.csv":                 "2026-Q2,acte,mi,71.0,B,1.000,",
		"/assessment/scores.csv?service=acte":    "!,tax,",
		"/assessment/scores.csv?institution=mf":  "!,acte,",
		"/assessment/scores.csv?quarter=1999-Q1": "!2026-Q2",
		"/assessment/scores.json":                `"licence":"https://licence.tn/"`,
		"/services.jsonld":                       `"@id": "https://jard.example/services/acte"`,
	} {
		rec := r.get(actor(identity.Admin, ""), path, "fr")
		has(t, rec, 200, want, "!2026-Q3", "!secret")
		tag := rec.Header().Get("ETag")
		if again := r.get(identity.Actor{}, path, "ar", "If-None-Match", tag); tag == "" || again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s: %d with %s", path, again.Code, tag)
		}
		if rec.Header().Get("Set-Cookie") != "" || !strings.Contains(rec.Header().Get("Cache-Control"), "public") {
			t.Errorf("%s: %v", path, rec.Header())
		}
	}
	var doc map[string]any
	if err := json.Unmarshal(r.get(identity.Actor{}, "/services.jsonld", "fr").Body.Bytes(), &doc); err != nil {
		t.Error(err)
	}
	has(t, r.get(identity.Actor{}, "/services.jsonld", "fr"), 200, `"hasValue": "0.5"`, "Service en ligne « Service acte », Intérieur.", "الخدمة على الخط", "Naissance")
}
