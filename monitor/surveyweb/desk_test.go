package surveyweb

import (
	"encoding/hex"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/survey"
)

func TestDeskChoosesWhatIsAsked(t *testing.T) {
	h := open(t, databasetest.Open(t))
	page := h.ask(owner, "GET", "/desk/services/b3/ask", "")
	h.want(page, 200, "portal-tn@1", "quick@1", `&lt;script src=&#34;https://jard.example.tn/survey/widget.js&#34; data-service=&#34;b3&#34; defer&gt;`,
		"https://jard.example.tn/survey/b3/kiosk")
	v := form(page.Body.String())
	v.Set("open", "true")
	v.Set("set", "quick")
	v.Set("quick", "quick")
	v.Set("pinned", "1")
	v.Set("token_days", "7")
	h.want(h.ask(owner, "POST", "/desk/services/b3/ask", v.Encode()), 303)
	h.want(h.ask(nobody, "GET", "/survey/b3", ""), 200, "face-3")
	h.want(h.ask(owner, "POST", "/desk/services/b3/ask", v.Encode()), 412) // somebody was faster
	for field, tt := range map[string][2]string{
		"set":        {"nothing", "Il n’y a pas de questionnaire"},
		"quick":      {"", "Il n’y a pas de questionnaire"},
		"pinned":     {"9", "pas de version 9"},
		"token_days": {"many", "Un jeton vaut de 1 à 90 jours."},
	} {
		wrong := url.Values{}
		maps.Copy(wrong, v)
		wrong.Set(field, tt[0])
		h.want(h.ask(owner, "POST", "/desk/services/b3/ask", wrong.Encode()), 422, tt[1])
	}
}

func TestTokensToTakeAlong(t *testing.T) {
	h := open(t, databasetest.Open(t))
	rec := h.ask(owner, "POST", "/desk/services/b3/ask/tokens", "count=3")
	h.want(rec, 200, "token,url\n")
	lines := strings.Split(strings.TrimSpace(rec.Body.String()), "\n")
	if len(lines) != 4 || rec.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d lines, %v", len(lines), rec.Header())
	}
	token, address, _ := strings.Cut(lines[1], ",")
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("token") != token || u.Path != "/survey/b3" {
		t.Errorf("token %s at %s", token, address)
	}
	h.want(h.ask(nobody, "POST", answersPath, `{"token":"`+token+`","answers":{"satisfaction":4}}`), 201, `"verified":true`)
	h.want(h.ask(owner, "POST", "/desk/services/b3/ask/tokens", "count=1001"), 422, "Demandez de 1 à")
	h.want(h.ask(owner, "POST", "/desk/services/b3/ask/tokens", "count=ten"), 422, `value="ten"`)
	rec = h.ask(owner, "POST", "/api/v1/surveys/b3/tokens", `{"count":2}`)
	h.want(rec, 201, `"urls":["https://jard.example.tn/survey/b3?token=v1.b3.`)
	h.want(h.ask(owner, "POST", "/api/v1/surveys/b3/tokens", `{"count":0}`), 422)
}

// A service signs its tokens itself with the key it was shown.
func TestKeyIsShownOnceAndSigns(t *testing.T) {
	h := open(t, databasetest.Open(t))
	page := h.ask(owner, "POST", "/desk/services/b3/ask/key", "x=1")
	h.want(page, 200, "montrée cette seule fois")
	if page.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a page with a key has Cache-Control %q", page.Header().Get("Cache-Control"))
	}
	m := regexp.MustCompile(`id="secret" class="latin">([0-9a-f]{64})<`).FindStringSubmatch(page.Body.String())
	if m == nil {
		t.Fatal("no key on the page")
	}
	secret, err := hex.DecodeString(m[1])
	if err != nil {
		t.Fatal(err)
	}
	token := survey.Sign("b3", secret, noon, "dossier-42")
	body := `{"token":"` + token + `","answers":{"satisfaction":4}}`
	h.want(h.ask(nobody, "POST", answersPath, body), 201, `"verified":true`)
	h.want(h.ask(owner, "POST", "/api/v1/surveys/b3/keys", "{}"), 201, `"number":2`)
	late := `{"token":"` + survey.Sign("b3", secret, noon, "dossier-43") + `","answers":{"satisfaction":4}}`
	h.want(h.ask(nobody, "POST", answersPath, late), 201) // retired keys hold out their days
	h.want(h.ask(owner, "POST", "/desk/services/b3/ask/revoke", "x=1"), 303)
	h.want(h.ask(nobody, "POST", answersPath, strings.Replace(late, "dossier-43", "dossier-44", 1)), 422, "survey.token.forged")
}

func TestPosterCarriesTheAddress(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.want(h.ask(owner, "GET", "/desk/services/b3/poster", ""), 200, "https://jard.example.tn/survey/b3/qr", "بطاقة عدد 3", "Extrait n° 3", `<svg class="qr"`)
}
