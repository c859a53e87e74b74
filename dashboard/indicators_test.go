package dashboard_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/indicator"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// get asks for an address as somebody.
func (h *house) get(by identity.Actor, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodGet, "http://jard.test"+path, nil)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func (h *house) post(by identity.Actor, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodPost, "http://jard.test"+path,
		strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// filled has a few datasets of several institutions and three months gone by.
func filled(t *testing.T, db *gorm.DB) *house {
	h := open(t, db)
	h.dataset("marhp", "Céréales", "submit", "approve")
	h.dataset("marhp", "=Barrages", "submit", "approve")
	h.dataset("onagri", "Prix de gros", "submit", "approve")
	h.dataset("onagri", "Secret de brouillon", "submit")
	h.dataset("ms", "Hôpitaux", "submit", "approve")
	h.now = start.AddDate(0, 3, 0)
	return h
}

var lines = regexp.MustCompile(`<h2 id="rows">(\d+) lignes?</h2>`)

// rows is how many rows the page at href says it has, of the rows it shows.
func (h *house) rows(by identity.Actor, href string) int {
	h.Helper()
	w := h.get(by, href)
	found := lines.FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || found == nil {
		h.Fatalf("%s: status %d\n%s", href, w.Code, w.Body)
	}
	n, _ := strconv.Atoi(found[1])
	if shown := strings.Count(w.Body.String(), `<td class="lead">`); shown != min(n, 25) {
		h.Errorf("%s says %d rows and shows %d", href, n, shown)
	}
	return n
}

// Each number leads to as many rows as it says: the values, the cells of the
// map, the bars and the table of what is overdue.
func TestEachNumberLeadsToItsRows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := filled(t, db)
		for _, by := range []identity.Actor{of(identity.MCD), of(identity.Officer, "marhp", "onagri"), of(identity.Committee)} {
			var out struct {
				Items []struct {
					Code      string
					Numerator int
					Value     *float64
				}
			}
			if err := json.Unmarshal(h.get(by, "/api/v1/indicators").Body.Bytes(), &out); err != nil || len(out.Items) != len(indicator.Codes()) {
				t.Fatalf("%v, %d indicators", err, len(out.Items))
			}
			for _, one := range out.Items {
				code := indicator.Code(one.Code)
				if len(code.Parts()) == 0 || one.Value == nil {
					continue
				}
				if n := h.rows(by, "/desk/indicators/"+one.Code); n != one.Numerator {
					t.Errorf("%s: %s is %d and has %d rows", by.Role, one.Code, one.Numerator, n)
				}
			}
			page := h.get(by, "/desk/indicators").Body.String()
			cells := regexp.MustCompile(`<a href="([^"]+)">\s*<svg[^§]*?<span class="hidden">[^<]*?\d+ sur (\d+)</span>`)
			follow(h, by, "cell", cells.FindAllStringSubmatch(page, -1))
			overdue := regexp.MustCompile(`<td class="num"[^>]*><a href="(/desk/indicators/overdue[^"]+)">(\d+)</a>`)
			follow(h, by, "overdue", overdue.FindAllStringSubmatch(page, -1))
			desk := h.get(by, "/desk").Body.String()
			late := regexp.MustCompile(`href="(/desk/indicators/overdue[^"]+)"><span class="task-shape">[^§]*?: (\d+) mises? à jour`)
			if by.Role == identity.MCD {
				follow(h, by, "task", late.FindAllStringSubmatch(desk, -1))
			}
		}
	})
}

func follow(h *house, by identity.Actor, what string, links [][]string) {
	h.Helper()
	if len(links) == 0 {
		h.Errorf("%s: no %s leads anywhere", by.Role, what)
	}
	for _, l := range links {
		want, _ := strconv.Atoi(l[2])
		if n := h.rows(by, html.UnescapeString(l[1])); n != want {
			h.Errorf("%s: %s %s says %d and has %d rows", by.Role, what, l[1], want, n)
		}
	}
}

// The officer's three lines lead to exactly as many datasets as they say.
func TestTheOfficersLinesLeadToTheirRows(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := filled(t, db)
		h.dataset("marhp", "Forêts", "submit", "return")
		by := of(identity.Officer, "marhp", "onagri")
		for _, at := range []time.Time{start.AddDate(0, 0, 20), start.AddDate(0, 3, 0)} {
			h.now = at
			tasks := regexp.MustCompile(`class="task [^"]*" href="([^"]+)"><span class="task-shape">[^§]*?</span><span>(\d+) `).
				FindAllStringSubmatch(h.get(by, "/desk").Body.String(), -1)
			if len(tasks) != 3 {
				t.Fatalf("%d lines; want 3", len(tasks))
			}
			for _, one := range tasks {
				page := h.get(by, html.UnescapeString(one[1])).Body.String()
				if n := strings.Count(page, `<td class="lead">`); strconv.Itoa(n) != one[2] {
					t.Errorf("at %v: %s says %s and lists %d", at, one[1], one[2], n)
				}
			}
		}
	})
}

func TestTablesAreTakenAlong(t *testing.T) {
	h := filled(t, databasetest.Open(t))
	by := of(identity.MCD)
	for _, name := range []string{"summary", "weeks", "months", "backlog", "queue", "openness", "overdue"} {
		w := h.get(by, "/desk/tables/"+name+".csv")
		all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		if w.Code != http.StatusOK || err != nil || len(all) < 2 {
			t.Errorf("%s.csv: %d, %d rows, %v", name, w.Code, len(all), err)
		}
		if w := h.get(by, "/desk/tables/"+name+".xlsx"); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "PK") {
			t.Errorf("%s.xlsx: %d", name, w.Code)
		}
	}
	w := h.get(by, "/desk/indicators/inventoried/rows.csv")
	if all, err := csv.NewReader(strings.NewReader(w.Body.String())).ReadAll(); err != nil || len(all) != 6 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	if !strings.Contains(w.Body.String(), ",'=Barrages,") {
		t.Errorf("a title can begin a formula\n%s", w.Body)
	}
	for _, gone := range []string{"/desk/tables/x.csv", "/desk/tables/weeks.exe", "/desk/indicators/on_time/rows.pdf", "/indicators/queue.csv"} {
		if w := h.get(by, gone); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", gone, w.Code)
		}
	}
}

// Every role meets every page as it may, and nobody reads of others.
func TestWhoReadsWhat(t *testing.T) {
	h := filled(t, databasetest.Open(t))
	h.now = time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC)
	pages := []string{
		"/desk/indicators", "/desk/indicators/on_time", "/desk/indicators/institutions", "/desk/wall", "/desk/statements",
		"/desk/tables/weeks.csv", "/desk/indicators/inventoried/rows.csv", "/desk/statements/marhp/2026-Q4",
	}
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := of(role)
		if role.NeedsInstitution() {
			by = of(role, "marhp", "onagri")
		}
		for _, path := range pages {
			want := http.StatusOK
			switch {
			case role == identity.Public && strings.Contains(path, ".csv"):
				want = http.StatusUnauthorized
			case role == identity.Public:
				want = http.StatusSeeOther
			case !by.MayAnywhere(identity.ReadRegister):
				want = http.StatusForbidden
			}
			w := h.get(by, path)
			if w.Code != want {
				t.Errorf("%s %s: status %d; want %d", role, path, w.Code, want)
			}
			if role.NeedsInstitution() && want == http.StatusOK && strings.Contains(w.Body.String(), "Hôpitaux") {
				t.Errorf("%s reads of another institution at %s", role, path)
			}
		}
		may := role == identity.MCD || role == identity.Admin
		w := h.post(by, "/desk/statements/marhp/2026-Q4", nil)
		if may && w.Code != http.StatusSeeOther && w.Code != http.StatusConflict || !may && (w.Code == http.StatusSeeOther && role != identity.Public || w.Code == http.StatusOK) {
			t.Errorf("%s issues: status %d", role, w.Code)
		}
		if role.NeedsInstitution() && by.MayAnywhere(identity.ReadRegister) {
			for _, path := range []string{"/desk/indicators?institution=ms", "/desk/indicators/on_time?institution=ms", "/desk/statements/ms/2026-Q4", "/api/v1/indicators?institution=ms"} {
				if w := h.get(by, path); w.Code != http.StatusNotFound {
					t.Errorf("%s %s: status %d; want 404", role, path, w.Code)
				}
			}
		}
	}
}

func TestThePublicReadsWhatIsPublic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := filled(t, db)
		for _, path := range []string{"/indicators", "/indicators?institution=marhp", "/indicators/summary.csv", "/api/v1/indicators", "/indicators/weeks.xlsx"} {
			w := h.get(identity.Actor{}, path)
			if w.Code != http.StatusOK {
				t.Errorf("%s: status %d", path, w.Code)
			}
			for _, hidden := range []string{"Secret", "/desk/indicators", "review_age", "slippage"} {
				if strings.Contains(w.Body.String(), hidden) {
					t.Errorf("%s tells of %q", path, hidden)
				}
			}
		}
		var out struct {
			Items []struct {
				Code      string
				Numerator int
			}
		}
		if err := json.Unmarshal(h.get(identity.Actor{}, "/api/v1/indicators").Body.Bytes(), &out); err != nil || out.Items[0].Numerator != 4 {
			t.Errorf("%v, %+v; want 4 published", err, out.Items)
		}
	})
}

func TestBadAddressesAreSaid(t *testing.T) {
	h := filled(t, databasetest.Open(t))
	by := of(identity.MCD)
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/desk/indicators?from=hier":                     {422, "hier"},
		"/desk/indicators?from=2026-09-30&to=2026-01-01": {422, "La fin précède le début."},
		"/desk/indicators?from=1950-01-01":               {422, "Une période compte au plus 10 ans."},
		"/desk/indicators?institution=nulle-part":        {404, ""},
		"/desk/indicators/inconnu":                       {404, ""},
		"/desk/indicators/feedback":                      {404, ""},
		"/desk/indicators/openness?part=ailleurs":        {422, "pas de partie"},
		"/desk/statements/marhp/2026-Q9":                 {404, ""},
		"/desk/statements/nulle-part/2026-Q3":            {404, ""},
		"/desk/statements/marhp/2030-Q1":                 {422, "n’a pas commencé"},
		"/desk/statements/marhp/2026-Q4?revision=7":      {404, ""},
		"/desk/indicators/on_time?page=999999999":        {200, ""},
	} {
		w := h.get(by, path)
		if w.Code != want.status || !strings.Contains(html.UnescapeString(w.Body.String()), want.says) {
			t.Errorf("%s: status %d; want %d and %q\n%s", path, w.Code, want.status, want.says, w.Body)
		}
	}
	w := h.get(by, "/api/v1/indicators?from=2026-02-30")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"field":"from"`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// A statement is a draft until it is issued, then stays; another revision says why and what.
func TestAStatementIsIssued(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := filled(t, db)
		by, path := of(identity.MCD), "/desk/statements/marhp/2026-Q4"
		h.now = time.Date(2026, time.December, 20, 9, 0, 0, 0, time.UTC)
		if w := h.post(by, path, nil); w.Code != http.StatusConflict {
			t.Errorf("a running quarter: status %d", w.Code)
		}
		h.now = time.Date(2027, time.January, 20, 9, 0, 0, 0, time.UTC)
		if body := h.get(by, path).Body.String(); !strings.Contains(body, "projet, non établi") {
			t.Error("a draft is not called one")
		}
		if w := h.post(by, path, nil); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d\n%s", w.Code, w.Body)
		}
		issued := h.get(by, path).Body.String()
		if !strings.Contains(issued, "Révision 1, établie le") || strings.Contains(issued, "projet") {
			t.Errorf("%s", issued)
		}
		if w := h.post(by, path, url.Values{"reason": {"Pour voir"}}); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Rien n’a changé depuis la révision 1.") {
			t.Errorf("nothing changed: status %d", w.Code)
		}
		h.ok(db.Exec("UPDATE datasets SET created_at = updated_at WHERE 1 = 1").Error)
		h.ok(db.Exec("UPDATE publications SET openness = 'restricted' WHERE institution = 'onagri'").Error)
		if w := h.post(by, path, nil); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "le motif est imprimé") {
			t.Errorf("no reason: status %d", w.Code)
		}
		long := strings.Repeat("é", 1001)
		if w := h.post(by, path, url.Values{"reason": {long}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), long) {
			t.Errorf("what was typed is lost: status %d", w.Code)
		}
		if w := h.post(by, path, url.Values{"reason": {"Ouverture reprise"}}); w.Code != http.StatusSeeOther {
			t.Fatalf("status %d\n%s", w.Code, w.Body)
		}
		second := h.get(of(identity.Committee), path).Body.String()
		for _, text := range []string{"Révision 2", "Ouverture reprise", "Ce que cette révision change", "Ouverts au public", "Ouvertures réalisées"} {
			if !strings.Contains(second, text) {
				t.Errorf("the second revision does not say %q", text)
			}
		}
		if first := h.get(by, path+"?revision=1").Body.String(); !strings.Contains(first, "Révision 1, établie le") {
			t.Error("the first revision is gone")
		}
		for _, tag := range lang.All() {
			r := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodGet, "http://jard.test"+path, nil)
			r.Header.Set("Accept-Language", string(tag))
			w := httptest.NewRecorder()
			h.handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<html lang="`+string(tag)+`"`) {
				t.Errorf("%s: status %d", tag, w.Code)
			}
		}
	})
}

func TestTheWallNeedsNoHand(t *testing.T) {
	h := filled(t, databasetest.Open(t))
	w := h.get(of(identity.MCD), "/desk/wall")
	if w.Header().Get("Refresh") != "60" {
		t.Error("the wall does not come anew by itself")
	}
	body := w.Body.String()
	for _, text := range []string{`class="heat"`, "mises à jour en retard", "rien à échéance"} {
		if !strings.Contains(body, text) {
			t.Errorf("the wall lacks %q", text)
		}
	}
	wall := body[strings.Index(body, `<div class="wall">`):]
	if strings.Contains(wall[:strings.Index(wall, "<footer")], "<form") {
		t.Error("the wall asks for something")
	}
}

// Where somebody measures feedback it is shown, confined as the rest is.
func TestFeedbackIsMeasuredByWhoKnows(t *testing.T) {
	h := filled(t, databasetest.Open(t))
	if body := h.get(of(identity.MCD), "/desk/indicators").Body.String(); !strings.Contains(body, "pas encore mesuré") {
		t.Error("feedback that nobody measures is not said to be so")
	}
	h.desks.Answering(func(context.Context, time.Time, time.Time) (map[string]indicator.Answers, error) {
		return map[string]indicator.Answers{"marhp": {Received: 4, Answered: 3, InTime: 2}, "ms": {Received: 6, Answered: 6, InTime: 6}}, nil
	})
	for _, one := range []struct {
		by   identity.Actor
		want string
	}{{of(identity.MCD), "9 sur 10"}, {of(identity.Officer, "marhp"), "3 sur 4"}} {
		if body := h.get(one.by, "/desk/indicators").Body.String(); !strings.Contains(body, one.want) {
			t.Errorf("%s does not read %q", one.by.Role, one.want)
		}
	}
	if body := h.get(of(identity.MCD), "/desk/statements/marhp/2026-Q4").Body.String(); !strings.Contains(body, "3 sur 4") {
		t.Error("the statement does not hold what was answered")
	}
}
