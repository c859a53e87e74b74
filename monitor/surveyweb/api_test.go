package surveyweb

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

const answersPath = "/api/v1/surveys/b3/answers"

// The body that the public contract shows is taken as it stands.
func TestAnswerOfTheContract(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		body := `{"channel":"web","language":"fr","token":"","answers":{"satisfaction":4,"clarity":5,"finished":"yes","comment":"…"}}`
		rec := h.ask(nobody, "POST", answersPath, body, "Idempotency-Key", "k1")
		h.want(rec, 201, `"verified":false`)
		first := rec.Body.String()
		rec = h.ask(nobody, "POST", answersPath, body, "Idempotency-Key", "k1")
		h.want(rec, 201)
		if rec.Body.String() != first {
			t.Errorf("sent again: %s; want %s", rec.Body.String(), first)
		}
		tokens, err := h.store.Mint(t.Context(), owner, "b3", 1)
		if err != nil {
			t.Fatal(err)
		}
		verified := `{"channel":"api","language":"ar","token":"` + tokens[0] + `","answers":{"satisfaction":"٥"}}`
		h.want(h.ask(nobody, "POST", answersPath, verified), 201, `"verified":true`)
		h.want(h.ask(nobody, "POST", answersPath, verified), 409, "survey.token.used")

		rec = h.ask(nobody, "GET", "/api/v1/services/b3/satisfaction?from=2026-11-01&to=2026-11-30", "")
		h.want(rec, 200)
		var got map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"n", "verified_n", "top2", "mean10", "decidable", "needed", "by_mode"} {
			if _, ok := got[key]; !ok {
				t.Errorf("satisfaction lacks %s: %v", key, got)
			}
		}
		if len(got) != 7 || got["n"] != 2.0 || got["verified_n"] != 1.0 {
			t.Errorf("satisfaction = %v", got)
		}
	})
}

func TestAnswersThatAreRefused(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for name, tt := range map[string]struct {
		path, body string
		status     int
		key        string
	}{
		"nothing answered":   {"b3", `{"answers":{}}`, 422, "survey.answer.nothing"},
		"no answers":         {"b3", `{"channel":"web"}`, 422, "fault.required"},
		"unknown question":   {"b3", `{"answers":{"colour":3}}`, 422, "survey.answer.unknown"},
		"off the scale":      {"b3", `{"answers":{"satisfaction":6}}`, 422, "survey.answer.point"},
		"half a point":       {"b3", `{"answers":{"satisfaction":3.5}}`, 422, "survey.answer.point"},
		"a list":             {"b3", `{"answers":{"satisfaction":[4]}}`, 422, "survey.answer.shape"},
		"no such language":   {"b3", `{"language":"de","answers":{"satisfaction":4}}`, 422, ""},
		"said by telephone":  {"b3", `{"channel":"phone","answers":{"satisfaction":4}}`, 422, ""},
		"unknown field":      {"b3", `{"answers":{"satisfaction":4},"name":"Ali"}`, 422, ""},
		"half a token":       {"b3", `{"token":"v1.b3","answers":{"satisfaction":4}}`, 422, "survey.token.malformed"},
		"of another service": {"b3", `{"token":"v1.x.20261122.abcdefgh.AAAAAAAAAAAAAAAAAAAAAA","answers":{"satisfaction":4}}`, 422, "survey.token.other_service"},
		"forged":             {"b3", `{"token":"v1.b3.20261122.abcdefgh.AAAAAAAAAAAAAAAAAAAAAA","answers":{"satisfaction":4}}`, 422, "survey.token.forged"},
		"long words":         {"b3", `{"answers":{"comment":"` + strings.Repeat("é", 2001) + `"}}`, 422, "survey.answer.long"},
		"100 kB":             {"b3", `{"answers":{"comment":"` + strings.Repeat("x", 100<<10) + `"}}`, 413, ""},
		"not JSON":           {"b3", `{"answers":`, 400, ""},
		"no service":         {"none", `{"answers":{"satisfaction":4}}`, 404, ""},
		"a draft":            {"draft", `{"answers":{"satisfaction":4}}`, 404, ""},
	} {
		rec := h.ask(nobody, "POST", "/api/v1/surveys/"+tt.path+"/answers", tt.body)
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.key) {
			t.Errorf("%s: %d %s; want %d %s", name, rec.Code, rec.Body.String(), tt.status, tt.key)
		}
		if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: told as %s", name, got)
		}
		if got := rec.Header().Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: a page of another site may not read it", name)
		}
	}
	if answers, apart, _, _ := h.counted(); answers+apart != 0 {
		t.Errorf("%d answers, %d apart were kept", answers, apart)
	}
}

// Pages of other sites may ask and answer, and nothing else.
func TestOtherSitesMayOnlyAnswer(t *testing.T) {
	h := open(t, databasetest.Open(t))
	elsewhere := []string{"Origin", "https://service.example.tn", "Sec-Fetch-Site", "cross-site"}
	rec := h.ask(nobody, "OPTIONS", answersPath, "", elsewhere...)
	h.want(rec, 204)
	if got := rec.Header().Get("Access-Control-Allow-Headers"); !strings.Contains(got, "Content-Type") || !strings.Contains(got, "Idempotency-Key") {
		t.Errorf("preflight allows %q", got)
	}
	if got := rec.Header().Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("preflight allows credentials: %q", got)
	}
	rec = h.ask(nobody, "POST", answersPath, `{"channel":"widget","answers":{"satisfaction":4}}`, elsewhere...)
	h.want(rec, 201)
	if got := rec.Header().Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("the answer may be read by %q", got)
	}
	h.want(h.ask(owner, "POST", "/api/v1/surveys/b3/tokens", `{"count":1}`, elsewhere...), 403, "cross_site")
	h.want(h.ask(nobody, "POST", "/survey/b3", "answers.ease=4", elsewhere...), 403)
	rec = h.ask(nobody, "GET", "/api/v1/services/b3/satisfaction", "", elsewhere...)
	if got := rec.Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("figures may be read by %q", got)
	}
}

func TestQuestionsForAForm(t *testing.T) {
	h := open(t, databasetest.Open(t))
	rec := h.ask(nobody, "GET", "/api/v1/surveys/b3?lang=ar", "")
	h.want(rec, 200, `"dir":"rtl"`, `"set":"portal-tn@1"`, `"question":"help_tried"`, `"page":"https://jard.example.tn/survey/b3?lang=ar"`)
	var got surveyOut
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if q := got.Questions[0]; q.Least != 1 || q.Most != 5 || q.Low == "" || !q.Required {
		t.Errorf("first question %+v", q)
	}
	for name, said := range got.Words {
		if said == "" || strings.HasPrefix(said, "surveyask.") {
			t.Errorf("word %s is %q", name, said)
		}
	}
	h.now = noon.Add(time.Second)
	quick := fmt.Sprintf(`{"channel":"widget","began":%q,"answers":{"satisfaction":4,"clarity":2}}`, got.Began)
	h.want(h.ask(nobody, "POST", answersPath, quick), 201)
	if _, _, flags, _ := h.counted(); flags[survey.Fast] != 1 {
		t.Errorf("flags %v; want one hurried", flags)
	}
	h.want(h.ask(nobody, "GET", "/api/v1/surveys/b3?channel=kiosk", ""), 200, `"kind":"faces"`)
	h.want(h.ask(nobody, "GET", "/api/v1/surveys/b3?channel=phone", ""), 422)
	h.want(h.ask(nobody, "GET", "/api/v1/surveys/draft", ""), 404)
}

func TestPeriodOfFigures(t *testing.T) {
	h := open(t, databasetest.Open(t))
	const path = "/api/v1/services/b3/satisfaction"
	h.want(h.ask(nobody, "GET", path, ""), 200, `"n":0`, `"top2":null`, `"decidable":false`, `"by_mode":{}`)
	h.want(h.ask(nobody, "GET", path+"?from=yesterday", ""), 422, "surveyask.period.day")
	h.want(h.ask(nobody, "GET", path+"?from=2026-12-01", ""), 422, "surveyask.period.order")
	h.want(h.ask(nobody, "GET", path+"?from=2001-01-01", ""), 422, "surveyask.period.order")
	h.want(h.ask(nobody, "GET", path+"?from=2026-11-01T00:00:00Z&to=2027-01-01", ""), 200)
	h.want(h.ask(nobody, "GET", "/api/v1/services/draft/satisfaction", ""), 404)
	h.want(h.ask(owner, "GET", "/api/v1/services/draft/satisfaction", ""), 200)
}

// everybody is one of each role: of the service's ministry where it has one, and of another.
func everybody() map[string]identity.Actor {
	all := map[string]identity.Actor{"public": {}, "owner elsewhere": other}
	for _, role := range identity.Roles() {
		if role == identity.Public {
			continue
		}
		a := identity.Actor{Account: string(role), Role: role}
		if role.NeedsInstitution() {
			a.Institution, a.Institutions = "mi", []string{"mi"}
		}
		all[string(role)] = a
	}
	return all
}

func TestWhoMayManageASurvey(t *testing.T) {
	h := open(t, databasetest.Open(t))
	may := []string{string(identity.ServiceOwner), string(identity.MCD), string(identity.Admin)}
	for who, by := range everybody() {
		allowed := slices.Contains(may, who)
		if got := by.Must(identity.ManageSurveys, "mi") == nil; got != allowed {
			t.Errorf("%s may by the rule: %v; want %v", who, got, allowed)
		}
		for _, door := range []struct{ method, path, body string }{
			{"GET", "/desk/services/b3/ask", ""},
			{"POST", "/desk/services/b3/ask", "open=true&set=portal-tn&quick=quick&token_days=30&revision=-1"},
			{"POST", "/desk/services/b3/ask/key", "x=1"},
			{"POST", "/desk/services/b3/ask/revoke", "x=1"},
			{"POST", "/desk/services/b3/ask/tokens", "count=1"},
			{"GET", "/desk/services/b3/poster", ""},
			{"POST", "/api/v1/surveys/b3/tokens", `{"count":1}`},
			{"POST", "/api/v1/surveys/b3/keys", "{}"},
		} {
			rec := h.ask(by, door.method, door.path, door.body)
			refused := rec.Code == http.StatusForbidden || rec.Code == http.StatusNotFound || rec.Code == http.StatusUnauthorized ||
				strings.HasPrefix(rec.Header().Get("Location"), "/login")
			if refused == allowed {
				t.Errorf("%s at %s %s: %d", who, door.method, door.path, rec.Code)
			}
		}
	}
}
