package domainweb

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/web"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// memory keeps a few domains.
type memory struct{ list []domain.Standing }

func (m *memory) All(context.Context) ([]domain.Standing, error) { return m.list, nil }

func (m *memory) Enter(_ context.Context, by identity.Actor, name string, day *time.Time) error {
	for n := range m.list {
		if m.list[n].Name == name {
			return m.list[n].Enter(by, day, noon)
		}
	}
	return nil
}

func actor(role identity.Role, institution string) identity.Actor {
	return identity.Actor{Account: "a1", Role: role, Institution: institution, Institutions: []string{institution}}
}

func house(t testing.TB) (http.Handler, *memory) {
	t.Helper()
	until := noon.AddDate(0, 0, 5)
	m := &memory{list: []domain.Standing{
		{Domain: domain.Domain{Name: "a.tn", Outcome: domain.NoServer}, Services: []domain.Service{{Slug: "a", Institution: "mi", Name: lang.Text{"fr": "Service A"}}}},
		{
			Domain:   domain.Domain{Name: "b.com", Outcome: domain.OK, ExpiresAt: &until, Registrar: "Bureau <B>"},
			Services: []domain.Service{{Slug: "b", Institution: "mf", Name: lang.Text{"fr": "Service B"}}},
		},
	}}
	shell, err := web.New(web.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, m, func(context.Context, []string) (map[string]string, error) {
		return map[string]string{"a1": "Sonia"}, nil
	}).Routes()
	return shell.Handler(), m
}

func ask(h http.Handler, by identity.Actor, method, path, until, tag string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), method, path, strings.NewReader(url.Values{"until": {until}}.Encode()))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept-Language", tag)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func has(t *testing.T, rec *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	body := strings.ReplaceAll(rec.Body.String(), "’", "'")
	if rec.Code != status {
		t.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("lacks %q\n%s", text, body)
		}
	}
}

func TestThePageOfDomains(t *testing.T) {
	h, m := house(t)
	mcd := actor(identity.MCD, "")
	has(t, ask(h, mcd, "GET", "/desk/domains", "", "fr"), 200, "a.tn", "Fin inconnue", "RDAP", "Bureau &lt;B&gt;", "Dans les 7 jours", `action="/desk/domains/a.tn"`)
	has(t, ask(h, mcd, "GET", "/desk/domains", "", "ar"), 200, "النهاية غير معروفة", `dir="rtl"`)
	has(t, ask(h, mcd, "POST", "/desk/domains/a.tn", "2027-03-31", "fr"), 303)
	if at, hand, ok := m.list[0].Until(); !ok || !hand || at.Format(time.DateOnly) != "2027-03-31" {
		t.Errorf("kept %v, by hand %v", at, hand)
	}
	has(t, ask(h, mcd, "GET", "/desk/domains", "", "fr"), 200, "Noté par Sonia", `value="2027-03-31"`)
	has(t, ask(h, mcd, "POST", "/desk/domains/a.tn", "", "fr"), 303)
	if m.list[0].EnteredAs != nil {
		t.Error("the day was not taken back")
	}
}

func TestBadDays(t *testing.T) {
	h, m := house(t)
	for typed, sentence := range map[string]string{
		"demain":     "Écrivez un jour, par exemple 2027-03-31",
		"31/03/2027": "Écrivez un jour, par exemple 2027-03-31",
		"2027-02-30": "Écrivez un jour, par exemple 2027-03-31",
		"1999-01-01": "vérifiez l'année",
		"9999-01-01": "vérifiez l'année",
	} {
		has(t, ask(h, actor(identity.MCD, ""), "POST", "/desk/domains/a.tn", typed, "fr"), 422, sentence, `value="`+typed+`"`)
	}
	if m.list[0].EnteredAs != nil {
		t.Error("a bad day was kept")
	}
}

func TestWhoSeesDomains(t *testing.T) {
	h, m := house(t)
	has(t, ask(h, identity.Actor{}, "GET", "/desk/domains", "", "fr"), 303)
	owner := ask(h, actor(identity.ServiceOwner, "mi"), "GET", "/desk/domains", "", "fr")
	has(t, owner, 200, "a.tn")
	if strings.Contains(owner.Body.String(), "b.com") {
		t.Error("somebody else's domain is shown")
	}
	has(t, ask(h, actor(identity.Agent, "mi"), "GET", "/desk/domains", "", "fr"), 403)
	for _, by := range []identity.Actor{actor(identity.ServiceOwner, "mi"), actor(identity.Committee, "")} {
		if rec := ask(h, by, "POST", "/desk/domains/b.com", "2027-03-31", "fr"); rec.Code != 403 || m.list[1].EnteredAs != nil {
			t.Errorf("%s: %d", by.Role, rec.Code)
		}
	}
}

func FuzzDay(f *testing.F) {
	f.Add("2027-03-31")
	f.Add("\x00")
	h, _ := house(f)
	f.Fuzz(func(t *testing.T, typed string) {
		if code := ask(h, actor(identity.MCD, ""), "POST", "/desk/domains/a.tn", typed, "fr").Code; code != 303 && code != 422 {
			t.Errorf("%q: %d", typed, code)
		}
	})
}
