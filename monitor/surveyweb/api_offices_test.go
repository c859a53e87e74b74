package surveyweb

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

func TestOfficesOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const at = "/api/v1/surveys/b3"
		h.want(h.ask(owner, "GET", at+"/offices", ""), 200, `"items":[]`)
		h.want(h.ask(owner, "PUT", at+"/offices/Bab%20Souika", `{"name":{"fr":""}}`), 422, "survey.office.code", "name.fr")
		h.want(h.ask(owner, "PUT", at+"/offices/bab-souika", `{"name":{"fr":"Bab Souika","ar":"باب سويقة"}}`), 200, "باب سويقة", "/survey/b3/qr?office=bab-souika")
		h.want(h.ask(owner, "POST", at+"/screens", `{"office":"nowhere","name":"Hall"}`), 422, "office")
		made := h.ask(owner, "POST", at+"/screens", `{"office":"bab-souika","name":"Hall"}`)
		h.want(made, 201, `"an_hour":60`, "/survey/b3/kiosk?k=k1.")
		var screen surveyScreenOut
		if err := json.Unmarshal(made.Body.Bytes(), &screen); err != nil {
			t.Fatal(err)
		}
		first := screen.Address[strings.Index(screen.Address, "/survey/"):]
		h.want(h.ask(nobody, "GET", first, ""), 200)
		list := h.ask(owner, "GET", at+"/screens", "")
		h.want(list, 200, screen.ID)
		if strings.Contains(list.Body.String(), "k1.") || list.Header().Get("Cache-Control") != "no-store" || made.Header().Get("Cache-Control") != "no-store" {
			t.Error("the address is told a second time, or may be kept")
		}
		h.want(h.ask(owner, "POST", at+"/screens/"+screen.ID+"/address", ""), 201, "/survey/b3/kiosk?k=k1.")
		h.want(h.ask(nobody, "GET", first, ""), 410)
		h.want(h.ask(owner, "POST", at+"/screens/"+screen.ID+"/revocation", ""), 200, `"revoked_at":"`)
		h.want(h.ask(owner, "POST", at+"/screens/"+screen.ID+"/revocation", ""), 409)
		h.want(h.ask(owner, "POST", at+"/offices/bab-souika/closure", ""), 200, `"open":false`)
		h.want(h.ask(owner, "POST", at+"/offices/bab-souika/closure", ""), 404)
		for _, by := range []identity.Actor{other, nobody} {
			for _, code := range []int{
				h.ask(by, "GET", at+"/offices", "").Code, h.ask(by, "GET", at+"/screens", "").Code,
				h.ask(by, "PUT", at+"/offices/x", `{"name":{"fr":"x"}}`).Code, h.ask(by, "POST", at+"/screens", `{"office":"x","name":"x"}`).Code,
				h.ask(by, "POST", at+"/offices/bab-souika/closure", "").Code, h.ask(by, "POST", at+"/screens/"+screen.ID+"/address", "").Code,
				h.ask(by, "POST", at+"/screens/"+screen.ID+"/revocation", "").Code,
			} {
				if code < 401 || code > 404 {
					t.Errorf("%s of %s: %d", by.Role, by.Institution, code)
				}
			}
		}
	})
}

// Everybody may read what whole weeks come to at each office, and not of a small one.
func TestOfficesForEverybody(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const at = "/api/v1/services/b3/satisfaction/offices"
		h.want(h.ask(nobody, "GET", at, ""), 200, `"items":[]`)
		for _, code := range []string{"large", "other", "small"} {
			h.want(h.ask(owner, "PUT", "/api/v1/surveys/b3/offices/"+code, `{"name":{"fr":"Bureau `+code+`"}}`), 200)
		}
		_, monday := survey.WholeWeeks(h.now, h.store.Zone())
		set, err := h.store.Set(t.Context(), survey.DefaultQuick, 0)
		if err != nil {
			t.Fatal(err)
		}
		answer := func(office string, n int, day time.Time) {
			t.Helper()
			var entries []*surveydb.Entry
			for i := range n {
				f := &survey.Form{
					Service: "b3", Channel: survey.QR, Language: "fr", Took: time.Minute,
					Answers: map[string]string{"satisfaction": fmt.Sprint(1 + i%3), "faces": fmt.Sprint(1 + i%3)},
				}
				for code := range f.Answers {
					if set.Question(code) == nil {
						delete(f.Answers, code)
					}
				}
				a, err := survey.Take(set, f, day)
				if err != nil {
					t.Fatal(err)
				}
				a.Office = office
				entries = append(entries, &surveydb.Entry{Answer: a, Set: set})
			}
			if err := h.store.KeepAll(t.Context(), entries); err != nil {
				t.Fatal(err)
			}
		}
		last := monday.AddDate(0, 0, -3).Add(12 * time.Hour)
		answer("large", 40, last)
		answer("other", 25, last)
		answer("small", 7, last)
		answer("large", 9, monday.Add(12*time.Hour)) // this week is not over
		h.now = h.now.Add(11 * time.Minute)
		rec := h.ask(nobody, "GET", at, "")
		var got struct {
			From, To string
			Few      int
			Items    []struct {
				Office string
				N      int64
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 200 {
			t.Fatal(rec.Code, rec.Body, err)
		}
		if len(got.Items) != 2 || got.Items[0].Office != "large" || got.Items[0].N != 40 || got.Items[1].Office != "" || got.Items[1].N != 32 || got.Few != 0 {
			t.Errorf("%+v", got)
		}
		if got.To != monday.Format(time.DateOnly) || strings.Contains(rec.Body.String(), "Bureau small") {
			t.Errorf("%s", rec.Body)
		}
		if monday.Weekday() != time.Monday || monday.After(h.now) {
			t.Errorf("weeks end on %s", monday)
		}
		h.want(h.ask(nobody, "GET", "/api/v1/services/draft/satisfaction/offices", ""), 404)
	})
}
