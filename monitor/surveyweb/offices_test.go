package surveyweb

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

const officesAt = "/desk/services/b3/offices"

var shownAddress = regexp.MustCompile(`<code id="kiosk-address"[^>]*>https://jard.example.tn(/[^<]*)</code>`)

func TestOfficesOnTheDesk(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(owner, "GET", officesAt, ""), 200, "Aucun guichet", "Ajouter un guichet")
		bad := url.Values{"code": {"Bab Souika!"}, "name.fr": {""}, "name.ar": {""}}
		h.want(h.ask(owner, "POST", officesAt, bad.Encode()), 422, "Donnez un nom au guichet", `value="Bab Souika!"`, "lettres latines")
		good := url.Values{"code": {"bab-souika"}, "name.fr": {"Bab Souika"}, "name.ar": {"باب سويقة"}}
		h.want(h.ask(owner, "POST", officesAt, good.Encode()), 303)
		h.want(h.ask(owner, "GET", officesAt, ""), 200, "Bab Souika", "Ajouter un écran", "poster?office=bab-souika", "Aucune réponse ne vient encore")
		h.want(h.ask(owner, "GET", "/desk/services/b3/poster?office=bab-souika", ""), 200, "باب سويقة", "qr?office=bab-souika")
		h.want(h.ask(owner, "GET", "/desk/services/b3/poster?office=nothing", ""), 404)
		screen := url.Values{"office": {"bab-souika"}, "name": {"Hall <b>"}, "an_hour": {"0"}}
		h.want(h.ask(owner, "POST", "/desk/services/b3/kiosks", screen.Encode()), 422, "Donnez un nombre de 1", "Hall &lt;b&gt;")
		screen.Set("an_hour", "")
		made := h.ask(owner, "POST", "/desk/services/b3/kiosks", screen.Encode())
		h.want(made, 200, "montrée cette seule fois")
		if made.Header().Get("Cache-Control") != "no-store" {
			t.Error("the address may be kept by a cache")
		}
		found := shownAddress.FindStringSubmatch(made.Body.String())
		if found == nil {
			t.Fatal(made.Body)
		}
		address := strings.ReplaceAll(found[1], "&amp;", "&")
		if again := h.ask(owner, "GET", officesAt, ""); strings.Contains(again.Body.String(), "k1.") {
			t.Error("the address is shown a second time")
		}
		// The screen keeps its address from question to question, in every language.
		page := h.ask(nobody, "GET", address, "")
		token := strings.TrimPrefix(address, "/survey/b3/kiosk?k=")
		h.want(page, 200, "k="+token)
		v := form(page.Body.String())
		v.Set("answers.satisfaction", "3")
		v.Set("answers.faces", "3")
		action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(page.Body.String())
		thanks := h.ask(nobody, "POST", strings.ReplaceAll(action[1], "&amp;", "&"), v.Encode())
		h.want(thanks, 200)
		if got := thanks.Header().Get("Refresh"); !strings.Contains(got, token) {
			t.Errorf("the screen goes back to %q", got)
		}
		var office string
		if db.Table("survey_answers").Select("office").Limit(1).Scan(&office); office != "bab-souika" {
			t.Errorf("the answer is of %q", office)
		}
		h.want(h.ask(nobody, "GET", "/survey/b3/kiosk?k=k1.a.b", ""), 410, "ne tient plus")
		h.want(h.ask(owner, "GET", officesAt, ""), 200, "1 guichet a moins de 20 réponses")
		id := strings.Split(token, ".")[1]
		h.want(h.ask(owner, "POST", "/desk/services/b3/kiosks/"+id+"/rotate", "x=1"), 200, "montrée cette seule fois")
		h.want(h.ask(nobody, "GET", address, ""), 410)
		h.want(h.ask(owner, "POST", "/desk/services/b3/kiosks/"+id+"/revoke", "x=1"), 303)
		h.want(h.ask(owner, "POST", "/desk/services/b3/kiosks/"+id+"/revoke", "x=1"), 409)
		h.want(h.ask(owner, "POST", "/desk/services/b3/offices/bab-souika/close", "x=1"), 303)
		h.want(h.ask(owner, "GET", officesAt, "", "Accept-Language", "ar"), 200, "مغلق", "ملغى")
		officer := identity.Actor{Account: "f", Role: identity.Officer, Institution: "mi", Institutions: []string{"mi"}}
		for _, by := range []identity.Actor{other, officer} {
			for _, rec := range []*httptest.ResponseRecorder{h.ask(by, "GET", officesAt, ""), h.ask(by, "POST", "/desk/services/b3/kiosks", screen.Encode())} {
				if rec.Code != 403 && rec.Code != 404 {
					t.Errorf("%s of %s: %d", by.Role, by.Institution, rec.Code)
				}
			}
		}
	})
}
