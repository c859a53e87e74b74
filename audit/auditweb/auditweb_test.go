package auditweb

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer  = identity.Actor{Account: "officer-0000-0000-0000-000000000001", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp"}}
	operator = identity.Actor{Account: "operator-0000-0000-0000-00000000001", Role: identity.MCD}
)

type house struct {
	testing.TB
	db      *gorm.DB
	store   *auditdb.Store
	handler http.Handler
}

// open is the real router on a real store, with lines of two institutions.
func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, store: auditdb.New(db)}
	for _, slug := range []string{"marhp", "ms"} {
		h.ok(db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère " + slug, "ar": "وزارة " + slug}, CreatedAt: start, UpdatedAt: start}).Error)
	}
	own, other := "marhp", "ms"
	for _, a := range []identity.Account{
		{ID: officer.Account, Email: "leila@marhp.example.tn", Name: "Leïla <Ben>", Role: identity.Officer, Institution: &own},
		{ID: operator.Account, Email: "sonia@mcd.example.tn", Name: "Sonia", Role: identity.MCD},
		{ID: "stranger-0000-0000-0000-00000000001", Email: "sami@ms.example.tn", Name: "Sami", Role: identity.Officer, Institution: &other},
	} {
		a.Language, a.CreatedAt = lang.French, start
		h.ok(db.Create(&a).Error)
	}
	clock := func() time.Time { return start }
	people := identitydb.New(db, clock)
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Authenticate: people, Now: clock})
	h.ok(err)
	New(shell, h.store, people, time.UTC, clock).Routes()
	h.handler = shell.Handler()
	h.line(officer, start, "dataset.edit", "dataset", "TN-MARHP-1", "marhp", map[string]any{"title": map[string]string{"fr": "Avant <b>"}, "public": false}, map[string]any{"title": map[string]string{"fr": "Après"}, "public": true})
	h.line(identity.Actor{Account: "stranger-0000-0000-0000-00000000001", Role: identity.Officer}, start.Add(time.Hour), "dataset.create", "dataset", "TN-MS-1", "ms", nil, map[string]any{"secret": "xyzzy"})
	h.line(operator, start.AddDate(0, 0, 1), "dataset.approve", "dataset", "TN-MARHP-1", "marhp", nil, nil)
	h.line(identity.Actor{Name: "jard seed", Role: identity.Admin}, start.AddDate(0, 0, 2), "vocabulary.seed", "vocabulary", "vocabulary", "", nil, map[string]int{"themes": 12})
	h.line(operator, start.AddDate(0, 0, 3), "thing.nobody_knows", "thing", "x", "marhp", nil, nil)
	h.ok(h.store.SealAll(t.Context()))
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) line(by identity.Actor, at time.Time, act, subject, ref, institution string, before, after any) {
	h.Helper()
	l, err := audit.New(by, at, act, subject, ref, institution, before, after)
	h.ok(err)
	h.ok(auditdb.Append(h.db, l))
}

func (h *house) get(by identity.Actor, target string, header ...string) *httptest.ResponseRecorder {
	h.Helper()
	r := httptest.NewRequestWithContext(h.Context(), http.MethodGet, "http://jard.test"+target, nil)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w
}

// want checks an answer: a word that begins with ! must not be in it.
func (h *house) want(w *httptest.ResponseRecorder, status int, words ...string) {
	h.Helper()
	if w.Code != status {
		h.Errorf("%d; want %d: %.300s", w.Code, status, w.Body)
	}
	for _, word := range words {
		bare, not := strings.CutPrefix(word, "!")
		if strings.Contains(w.Body.String(), bare) == not {
			h.Errorf("%q: %v", word, !not)
		}
	}
}

func TestWhoDidWhatIsFound(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(operator, "/desk/audit"), 200, "Leïla &lt;Ben&gt;", "a modifié un jeu de données", "Avant &lt;b&gt;", "Après", "TN-MS-1", "jard seed",
			"acte thing.nobody_knows", "jard-audit-anchor 1 2026-11-16T09:00:00Z 5 ", "Ministère ms", "oui", "!<b>Avant")
		h.want(h.get(operator, "/desk/audit", "Accept-Language", "ar"), 200, `dir="rtl"`, "عدّل مجموعة بيانات", "وزارة marhp")
		h.want(h.get(operator, "/desk/audit", "Accept-Language", "en"), 200, "approved a dataset")
		h.want(h.get(operator, "/desk/audit?who=sonia"), 200, "a approuvé", "!a modifié un jeu", `value="sonia"`)
		h.want(h.get(operator, "/desk/audit?who=jard+seed"), 200, "a chargé les vocabulaires", "!a approuvé")
		h.want(h.get(operator, "/desk/audit?who=%25"), 200, "Aucune ligne")
		h.want(h.get(operator, "/desk/audit?act=dataset."), 200, "a approuvé", "!a chargé les vocabulaires")
		h.want(h.get(operator, "/desk/audit?act=dataset.create"), 200, "TN-MS-1", "!TN-MARHP-1<")
		h.want(h.get(operator, "/desk/audit?ref=TN-MARHP-1&institution=marhp"), 200, "a approuvé", "!TN-MS-1")
		h.want(h.get(operator, "/desk/audit?from=2026-11-17&to=2026-11-17"), 200, "a approuvé", "!a modifié un jeu", "!a chargé")
		h.want(h.get(operator, "/desk/audit?from=17/11&who=sonia"), 422, "Écrivez un jour comme 2026-11-22.", `value="sonia"`)
		h.want(h.get(operator, "/desk/audit?to=99999-01-01"), 422, "Écrivez un jour")
		h.want(h.get(operator, "/desk/audit?cursor=x"), 422)
	})
}

// Nobody sees a line of an institution that is not theirs, nor who wrote it.
func TestLinesStayWithinTheInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, path := range []string{"/desk/audit", "/desk/audit?institution=ms", "/desk/audit?ref=TN-MS-1", "/desk/audit/lines.csv", "/desk/audit/lines.jsonl", "/api/v1/audit", "/api/v1/audit?institution=ms", "/desk/audit?who=sami"} {
			h.want(h.get(officer, path), 200, "!xyzzy", "!Sami", "!TN-MS-1</", "!jard-audit-anchor 1", "!themes")
		}
		h.want(h.get(officer, "/desk/audit"), 200, "Leïla", "Opérateur", "!Sonia") // whom one's own institution does not know is a role
		for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
			by := identity.Actor{Account: "one", Role: role}
			if role == identity.Public {
				by = identity.Actor{}
			}
			if role.NeedsInstitution() {
				by.Institution, by.Institutions = "marhp", []string{"marhp"}
			}
			may := by.MayAnywhere(identity.ReadAudit)
			for _, path := range []string{"/desk/audit", "/desk/audit/lines.csv", "/desk/audit/lines.jsonl", "/api/v1/audit"} {
				if w := h.get(by, path); (w.Code == 200) != may {
					t.Errorf("%s of %q = %d", path, role, w.Code)
				}
			}
		}
	})
}

func TestFilesProveThemselves(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		file := h.get(operator, "/desk/audit/lines.jsonl")
		var breaks []*audit.Break
		proof, err := audit.ReadExport(file.Body, nil, func(b *audit.Break) { breaks = append(breaks, b) })
		if err != nil || len(breaks) > 0 || proof.Lines != 5 || !proof.Complete {
			t.Errorf("%+v %v %v", proof, breaks, err)
		}
		part, err := audit.ReadExport(h.get(officer, "/desk/audit/lines.jsonl").Body, nil, func(b *audit.Break) { t.Error(b) })
		if err != nil || part.Lines != 3 || part.Complete {
			t.Errorf("a part: %+v %v", part, err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(h.get(operator, "/desk/audit/lines.csv?act=dataset.").Body.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 4 || len(rows[0]) != len(rows[1]) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		h.ok(h.store.SealAll(t.Context()))
		h.want(h.get(operator, "/desk/audit?act=audit."), 200, "a téléchargé le journal", "audit.jsonl")
	})
}

func TestTheAPIPagesByCursor(t *testing.T) {
	h := open(t, databasetest.Open(t))
	var ids []int64
	for cursor := ""; ; {
		var page auditLinesOut
		w := h.get(operator, "/api/v1/audit?limit=2&cursor="+cursor)
		h.ok(json.Unmarshal(w.Body.Bytes(), &page.Body))
		for _, l := range page.Body.Items {
			ids = append(ids, l.ID)
			if l.Position == nil || len(l.Hash) != 64 {
				t.Errorf("%+v", l)
			}
		}
		if cursor = page.Body.Next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(ids) != "[5 4 3 2 1]" {
		t.Errorf("%v", ids)
	}
	h.want(h.get(operator, "/api/v1/audit?from=yesterday"), 422, `"from"`)
	h.want(h.get(operator, "/api/v1/audit?cursor=-4"), 422, "cursor")
	h.want(h.get(operator, "/api/v1/audit?limit=0"), 422)
}

func FuzzFilter(f *testing.F) {
	p := &Pages{zone: time.UTC}
	for _, seed := range []string{"2026-11-22", "", "0000-00-00", "9999-12-31", "-1", "x"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, day, cursor string) {
		got, err := p.filter(t.Context(), operator, asked{From: day, To: day, Cursor: cursor})
		if err == nil && (got.Before < 0 || day != "" && !got.To.After(got.From)) {
			t.Errorf("%q, %q: %+v", day, cursor, got)
		}
	})
}
