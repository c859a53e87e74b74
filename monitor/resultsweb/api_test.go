package resultsweb

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

// machine sends JSON, or what the headers say it is.
func (h *house) machine(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.ask(by, method, path, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

func read[T any](t *testing.T, rec *httptest.ResponseRecorder) (out T) {
	t.Helper()
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v\n%s", err, rec.Body)
	}
	return out
}

func TestWavesOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const at = "/api/v1/surveys/cin/waves"
		plan := `{"start":"2026-12-01","days":21,"quiet_from":"22:00","quiet_to":"07:00","workdays":true}`
		rec := h.machine(owner, "POST", at, plan, "Idempotency-Key", "k-1")
		h.want(rec, 201, `"state":"planned"`, `"needed":601`, `"quiet_from":"22:00"`)
		first := read[surveyWaveOut](t, rec)
		if rec.Header().Get("ETag") != `"1"` || rec.Header().Get("Location") == "" {
			t.Errorf("headers %v", rec.Header())
		}
		// Sent again it is the same wave; with other words under the same key it is refused.
		if again := read[surveyWaveOut](t, h.machine(owner, "POST", at, plan, "Idempotency-Key", "k-1")); again.ID != first.ID {
			t.Errorf("sent again: %s and %s", first.ID, again.ID)
		}
		h.want(h.machine(owner, "POST", at, `{"start":"2026-12-01","days":20}`, "Idempotency-Key", "k-1"), 409, "Cette clé a déjà servi")
		h.want(h.machine(owner, "POST", at, plan), 409, "Une autre vague")
		h.want(h.machine(owner, "POST", at, `{"start":"2026-11-01","days":1,"margin":1,"quiet_from":"x","quiet_to":"07:00"}`), 422,
			`"start"`, `"days"`, `"margin"`, `"quiet_from"`)
		h.want(h.machine(owner, "POST", at, `{"start":"demain","days":21}`), 422, "Donnez le premier jour")
		h.want(h.machine(owner, "POST", at, `{"days":21,"nothing":1}`), 422)
		for _, start := range []string{"2027-01-01", "2027-02-01"} {
			h.want(h.machine(owner, "POST", at, `{"start":"`+start+`","days":5}`), 201)
		}
		// Page by page, each once.
		seen, next := map[string]bool{}, ""
		for range 3 {
			page := read[struct {
				Items []surveyWaveOut
				Next  string
			}](t, h.machine(owner, "GET", at+"?limit=1&cursor="+url.QueryEscape(next), ""))
			if len(page.Items) != 1 || seen[page.Items[0].ID] {
				t.Fatalf("page %+v", page)
			}
			seen[page.Items[0].ID], next = true, page.Next
		}
		if next != "" {
			t.Errorf("a fourth page at %q", next)
		}
		h.want(h.machine(owner, "GET", at+"?cursor=xyz", ""), 422)
		h.want(h.machine(owner, "GET", at+"/"+first.ID, ""), 200, `"days_left":21`)
		h.want(h.machine(owner, "GET", at+"/nothing", ""), 404)
		end := at + "/" + first.ID + "/end"
		h.want(h.machine(owner, "POST", end, `{"reason":""}`), 422)
		h.want(h.machine(owner, "POST", end, `{"reason":"panne"}`, "If-Match", `"7"`), 412, "a changé entre-temps")
		h.want(h.machine(owner, "POST", end, `{"reason":"panne"}`, "If-Match", `"1"`), 200, `"state":"ended"`, `"reason":"panne"`)
		h.want(h.machine(owner, "POST", end, `{"reason":"panne"}`), 409)
		for _, by := range []identity.Actor{other, nobody} {
			for _, rec := range []*httptest.ResponseRecorder{h.machine(by, "GET", at, ""), h.machine(by, "POST", at, plan), h.machine(by, "POST", end, `{"reason":"x"}`)} {
				if rec.Code != 401 && rec.Code != 403 && rec.Code != 404 {
					t.Errorf("%s of %s: %d %s", by.Role, by.Institution, rec.Code, rec.Body)
				}
			}
		}
	})
}

func TestListsOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const at = "/api/v1/surveys/cin/lists"
		file := "date,language,ease,finished,satisfaction,comment\n2026-11-20,fr,4,yes,4,bien\n2026-11-20,ar,4,yes,9,\n2026-11-19,fr,3,no,3,mon numéro 98 765 432\n"
		send := func(by identity.Actor, path, body string, headers ...string) *httptest.ResponseRecorder {
			return h.ask(by, "POST", path, body, append([]string{"Content-Type", "application/octet-stream"}, headers...)...)
		}
		rec := send(owner, at+"?mode=phone&name=nov.csv", file, "Idempotency-Key", "l-1")
		h.want(rec, 201, `"sound":2`, `"faulty":1`, `"state":"proposed"`, `"line":3`, `"column":"satisfaction"`, "!98 765 432", "!bien")
		list := read[answerListOut](t, rec)
		if again := read[answerListOut](t, send(owner, at+"?mode=phone&name=nov.csv", file, "Idempotency-Key", "l-1")); again.ID != list.ID {
			t.Errorf("sent again: %s and %s", list.ID, again.ID)
		}
		h.want(send(owner, at+"?mode=phone&name=nov.csv", file+"2026-11-18,fr,1,yes,1,\n", "Idempotency-Key", "l-1"), 409, "Cette clé a déjà servi")
		h.want(send(owner, at+"?mode=post", file), 422)
		h.want(send(owner, at+"?mode=phone", ""), 400)
		h.want(send(owner, at+"?mode=phone", "date,language,nothing\n2026-11-20,fr,4\n"), 422, "n'est pas une question")
		apply := at + "/" + list.ID + "/application"
		h.want(h.machine(owner, "POST", apply, `{}`), 409, "1 ligne est en faute")
		h.want(h.machine(owner, "POST", apply, `{"sound_only":true}`), 200, `"state":"applied"`)
		h.want(h.machine(owner, "POST", apply, `{"sound_only":true}`), 409)
		h.want(send(owner, at+"?mode=phone", file), 409, "déjà dans les résultats")
		h.want(h.machine(owner, "POST", at+"/"+list.ID+"/withdrawal", ""), 200, `"state":"undone"`)
		h.want(h.machine(owner, "GET", at+"?limit=1", ""), 200, list.ID)
		h.want(h.machine(owner, "GET", at+"/"+list.ID, ""), 200)
		for _, by := range []identity.Actor{other, nobody} {
			for _, rec := range []*httptest.ResponseRecorder{h.machine(by, "GET", at, ""), send(by, at+"?mode=phone", file), h.machine(by, "POST", apply, `{}`), h.machine(by, "GET", at+"/"+list.ID, "")} {
				if rec.Code != 401 && rec.Code != 403 && rec.Code != 404 {
					t.Errorf("%s of %s: %d %s", by.Role, by.Institution, rec.Code, rec.Body)
				}
			}
		}
	})
}

func TestEditionsOfAnswersOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		var hashes []string
		for quarter := range 3 {
			h.now = time.Date(2026, time.Month(2+3*quarter), 5, 9, 0, 0, 0, time.UTC)
			h.answer("cin", 4, 5, 3)
			h.now = time.Date(2026, time.Month(4+3*quarter), 2, 9, 0, 0, 0, time.UTC)
			if err := h.store.Roll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := h.store.FreezeQuarter(t.Context(), identity.System("freeze")); err != nil {
				t.Fatal(err)
			}
		}
		const at = "/api/v1/services/cin/satisfaction/editions"
		type page struct {
			Items []answerEditionOut
			Next  string
		}
		for next, n := "", 0; n < 3; n++ {
			got := read[page](t, h.machine(nobody, "GET", at+"?limit=1&cursor="+next, ""))
			if len(got.Items) != 1 {
				t.Fatalf("page %d: %+v", n, got)
			}
			hashes, next = append(hashes, got.Items[0].Hash), got.Next
			if last := n == 2; last != (next == "") {
				t.Errorf("page %d leads to %q", n, next)
			}
		}
		if hashes[0] == hashes[1] || hashes[1] == hashes[2] {
			t.Errorf("hashes %v", hashes)
		}
		rec := h.machine(nobody, "GET", at+"/"+hashes[0], "")
		h.want(rec, 200, `"quarter":"2026-Q3"`, "jard answers 1", "!same")
		h.want(h.machine(nobody, "GET", at+"/"+hashes[0], "", "If-None-Match", rec.Header().Get("ETag")), 304)
		h.want(h.machine(nobody, "GET", at+"/"+hashes[0]+"?recount=true", ""), 200, `"same":true`)
		h.want(h.machine(nobody, "GET", at+"/abc", ""), 404)
		h.want(h.machine(nobody, "GET", at+"?cursor=abc", ""), 422)
		h.want(h.machine(nobody, "GET", "/api/v1/services/draft/satisfaction/editions", ""), 404)
	})
}
