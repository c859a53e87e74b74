package catalogueweb

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/web"
)

var committee = identity.Actor{Account: "com", Name: "Comité", Role: identity.Committee}

// as sends a request of somebody who has signed in; a form when body holds
// one, JSON when it begins with a brace.
func (h *house) as(by identity.Actor, method, target, body string, headers ...string) answer {
	h.tb.Helper()
	r := httptest.NewRequestWithContext(h.tb.Context(), method, base+target, strings.NewReader(body))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "fr")
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.pages.shell.Handler().ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return answer{w.Code, w.Header(), w.Body.Bytes()}
}

// reads tells that the page holds the texts; one after an exclamation mark it must not.
func (a answer) reads(t *testing.T, status int, texts ...string) {
	t.Helper()
	body := strings.NewReplacer("’", "'", "&#39;", "'").Replace(plainSpaces(string(a.body)))
	if a.status != status {
		t.Fatalf("status %d; want %d\n%.2000s", a.status, status, body)
	}
	for _, text := range texts {
		unwanted, not := strings.CutPrefix(text, "!")
		if strings.Contains(body, unwanted) == not {
			t.Errorf("%q: held %v\n%.6000s", text, !not, body)
		}
	}
}

// snapshots asks the API what is kept.
func (h *house) snapshots() (out struct {
	Items   []snapshotOut
	Pinned  *pinOut
	Refused string
},
) {
	h.tb.Helper()
	a := h.as(operator, http.MethodGet, "/api/v1/catalogue/snapshots", "")
	if a.status != http.StatusOK {
		h.tb.Fatalf("%d %s", a.status, a.body)
	}
	h.must(json.Unmarshal(a.body, &out))
	return out
}

func TestTheOperatorGoesBackAndOnAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 0)
		k := h.clerk()
		a, b := k.publish(1), k.publish(2)
		h.get("/catalog.ttl")
		k.correct(a.Ref, "Titre donné par erreur")
		k.retire(b.Ref, "Doublon", a.Ref)
		h.get("/catalog.ttl")
		kept := h.snapshots().Items
		if len(kept) != 2 || !kept[0].Served || !kept[0].Newest || kept[0].Datasets != 1 || kept[1].Datasets != 2 {
			t.Fatalf("%+v", kept)
		}
		back := kept[1].ID
		h.as(operator, "GET", "/desk/catalogue", "").reads(t, 200, "À jour depuis le", kept[0].ID, back, "Y revenir", "Turtle")
		h.as(operator, "GET", "/desk/catalogue/compare?from="+back+"&to="+kept[0].ID, "").reads(t, 200,
			"Titre donné par erreur", "Production d'olives 1", "Doublon", b.Ref, "Intitulé en français", "!Rien")
		h.as(operator, "GET", "/desk/catalogue/rollback?snapshot="+back, "").reads(t, 200, "J'ai lu ce que les portails verront", b.Ref)

		form := url.Values{"snapshot": {back}, "reason": {"Approuvé par erreur"}}
		h.as(operator, "POST", "/desk/catalogue/rollback", form.Encode()).reads(t, 422, "Cochez cette case", "Approuvé par erreur")
		h.as(operator, "POST", "/desk/catalogue/rollback", "snapshot="+back).reads(t, 422, "Cochez cette case", "Indiquez la raison")
		form.Set("sure", "true")
		form.Set("reason", " ")
		h.as(operator, "POST", "/desk/catalogue/rollback", form.Encode()).reads(t, 422, "Indiquez la raison", "checked")
		form.Set("reason", "Approuvé par erreur")
		if got := h.as(operator, "POST", "/desk/catalogue/rollback", form.Encode()); got.status != http.StatusSeeOther {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := string(h.get("/catalog.ttl").body); strings.Contains(got, "par erreur") || !strings.Contains(got, b.ID) {
			t.Error("the newest edition is still served")
		}
		h.as(operator, "GET", "/desk/catalogue", "").reads(t, 200, "Une édition antérieure est servie", "Approuvé par erreur", "retenue", "Servir la dernière édition")
		if got := h.changes(""); !got.HeldBack || len(got.Items) != 0 || got.Snapshot != back {
			t.Errorf("while held back the feed tells %+v", got)
		}

		h.as(operator, "POST", "/desk/catalogue/resumption", "reason=").reads(t, 422, "Indiquez la raison")
		if got := h.as(operator, "POST", "/desk/catalogue/resumption", "reason=Corrig%C3%A9"); got.status != http.StatusSeeOther {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got := string(h.get("/catalog.ttl").body); !strings.Contains(got, "par erreur") {
			t.Error("the newest edition is not served again")
		}
		if got := h.changes(""); got.HeldBack || len(got.Items) != 2 {
			t.Errorf("afterwards the feed tells %+v", got)
		}
		h.as(operator, "POST", "/desk/catalogue/resumption", "reason=encore").reads(t, 409, "Aucune édition antérieure")
		var lines []audit.Line
		h.must(db.Where("act IN ?", []string{"catalogue.pin", "catalogue.unpin"}).Order("id").Find(&lines).Error)
		if len(lines) != 2 || lines[0].Reason != "Approuvé par erreur" || lines[1].Reason != "Corrigé" || lines[0].Actor != operator.Account {
			t.Errorf("the trail has %+v", lines)
		}
	})
}

func TestTheSameByTheJSONAPI(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	k := h.clerk()
	a := k.publish(1)
	h.get("/catalog.ttl")
	k.correct(a.Ref, "Autre titre")
	h.get("/catalog.ttl")
	kept := h.snapshots().Items
	var d struct {
		From, To string
		Changed  []differenceOut
	}
	got := h.as(committee, "GET", "/api/v1/catalogue/snapshots/"+kept[1].ID+"/differences", "")
	h.must(json.Unmarshal(got.body, &d))
	if got.status != 200 || d.To != kept[0].ID || len(d.Changed) != 1 || len(d.Changed[0].Fields) != 1 || d.Changed[0].Fields[0].Is != "Autre titre" {
		t.Errorf("%d %s", got.status, got.body)
	}
	h.as(operator, "POST", "/api/v1/catalogue/rollback", `{"snapshot":"`+kept[1].ID+`","reason":"essai"}`).reads(t, 200, kept[1].ID)
	if now := h.snapshots(); now.Pinned == nil || now.Pinned.Reason != "essai" || !now.Items[1].Served {
		t.Errorf("%+v", now)
	}
	h.as(operator, "POST", "/api/v1/catalogue/resumption", `{"reason":"fini"}`).reads(t, 200)
	if now := h.snapshots(); now.Pinned != nil || !now.Items[0].Served {
		t.Errorf("%+v", now)
	}
	for _, one := range []struct {
		target, body string
		status       int
		want         string
	}{
		{"rollback", `{"snapshot":"0123456789abcdef","reason":"x"}`, 422, "Cette édition du catalogue n'est plus conservée."},
		{"rollback", `{"snapshot":"` + kept[1].ID + `","reason":""}`, 422, "Indiquez la raison : elle sera inscrite au journal."},
		{"rollback", `{"snapshot":"` + kept[1].ID + `","reason":"` + strings.Repeat("é", 1001) + `"}`, 422, "La raison ne peut pas dépasser"},
		{"rollback", `{"snapshot":"` + strings.Repeat("a", 65) + `","reason":"x"}`, 422, ""},
		{"rollback", `{`, 400, ""},
		{"resumption", `{"reason":"x"}`, 409, "Aucune édition antérieure n'est en service : le catalogue le plus récent est déjà servi."},
	} {
		h.as(operator, "POST", "/api/v1/catalogue/"+one.target, one.body).reads(t, one.status, one.want)
	}
	h.as(operator, "GET", "/api/v1/catalogue/snapshots/0123456789abcdef/differences", "").reads(t, 410)
	h.as(operator, "GET", "/desk/catalogue/compare?from=0123456789abcdef", "").reads(t, 410)
	h.as(operator, "GET", "/desk/catalogue/rollback?snapshot=%3Cscript%3E", "").reads(t, 410)
}

func TestWhoSeesTheEditionsAndWhoGoesBack(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.get("/catalog.ttl")
	h.withdraw(1, "retiré", "")
	h.get("/catalog.ttl")
	back := h.snapshots().Items[1].ID
	for _, role := range append(identity.Roles(), identity.Public) {
		by := identity.Actor{Account: "x", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
		if role == identity.Public {
			by = identity.Actor{Role: role}
		}
		reads, pins := by.MayAnywhere(identity.ReadCatalogue), by.MayAnywhere(identity.PinCatalogue)
		for _, one := range []struct {
			method, target, body string
			may                  bool
		}{
			{"GET", "/desk/catalogue", "", reads},
			{"GET", "/desk/catalogue/compare?from=" + back, "", reads},
			{"GET", "/api/v1/catalogue/snapshots", "", reads},
			{"GET", "/api/v1/catalogue/snapshots/" + back + "/differences", "", reads},
			{"GET", "/desk/catalogue/rollback?snapshot=" + back, "", pins},
			{"POST", "/desk/catalogue/rollback", "snapshot=" + back + "&reason=x&sure=true", pins},
			{"POST", "/desk/catalogue/resumption", "reason=x", pins},
			{"POST", "/api/v1/catalogue/rollback", `{"snapshot":"` + back + `","reason":"x"}`, pins},
			{"POST", "/api/v1/catalogue/resumption", `{"reason":"x"}`, pins},
		} {
			got := h.as(by, one.method, one.target, one.body)
			refused := got.status == 401 || got.status == 403 || strings.HasPrefix(got.header.Get("Location"), "/login")
			if refused == one.may || got.status >= 500 {
				t.Errorf("%s: %s %s answers %d", role, one.method, one.target, got.status)
			}
		}
	}
	h.as(committee, "GET", "/desk/catalogue", "").reads(t, 200, "!Y revenir")
}

func TestWhatIsLeftOutAndRefusedIsShownWithTheReason(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.must(h.db.Model(&inventory.Publication{}).Where("dataset_id = ?", datasetID(2)).Update("title", "{}").Error)
	h.bump()
	h.get("/catalog.ttl")
	h.as(operator, "GET", "/desk/catalogue", "").reads(t, 200, "1 jeu de données laissé de côté", "/desk/datasets/TN-MARHP-2026-00002", "no title")
	h.must(h.pages.feed.source.Snapshots.Refused(t.Context(), "leaf 12: not JSON <here>"))
	h.as(operator, "GET", "/desk/catalogue", "").reads(t, 200, "La dernière édition a été refusée le", "not JSON &lt;here&gt;")
}

func TestTheDeskOfAnEmptyRegisterSaysSo(t *testing.T) {
	h := open(t, databasetest.Open(t), 0)
	for _, language := range []string{"fr", "ar", "en"} {
		a := h.as(operator, "GET", "/desk/catalogue", "", "Accept-Language", language)
		a.reads(t, 200, map[string]string{"fr": "Rien n'est servi", "ar": "لا شيء يُقدَّم", "en": "Nothing is served"}[language])
	}
}
