package requestweb_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

func TestAskFollowAnswer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(nobody, "/requests"), http.StatusOK, "Demander des données", "20 jours ouvrables")
		own := h.sentTo("/requests/new", h.asking("Accidents de la route", "text", "Par gouvernorat <b>", "why", "Un mémoire",
			"email", "moi@exemple.tn", "consent", "true"))
		w := h.get(nobody, own)
		h.want(w, http.StatusOK, "DQ-2026-0001", "Par gouvernorat <b>", "m…@exemple.tn", "à lire", "!moi@exemple.tn")
		if strings.Contains(w.Body.String(), "gouvernorat <b>") {
			t.Error("what was typed is taken for HTML")
		}
		if got := w.Header().Get("Cache-Control") + ", " + w.Header().Get("X-Robots-Tag"); got != "no-store, noindex, nofollow" {
			t.Errorf("a secret page may be kept: %s", got)
		}
		h.want(h.get(nobody, "/requests/DQ-2026-0001"), http.StatusNotFound)
		h.want(h.get(operator, "/desk/requests/DQ-2026-0001"), http.StatusOK, "Un mémoire", "!moi@")
		h.want(h.post(operator, "/desk/requests/DQ-2026-0001/publication", url.Values{
			"revision": {"1"}, "title": {"Accidents de la route"}, "text": {"Par gouvernorat"}, "institution": {"marhp"},
		}), http.StatusSeeOther)
		h.want(h.get(nobody, "/requests/DQ-2026-0001"), http.StatusOK, "Par gouvernorat", "!Un mémoire", "!moi@", "Moi aussi")
		h.want(h.post(officer, "/desk/requests/DQ-2026-0001/answer", url.Values{
			"revision": {"2"}, "answer.fr": {"Voici le fichier."}, "answer.ar": {"هذا الملف."},
		}), http.StatusSeeOther)
		h.want(h.arabic("/requests/DQ-2026-0001"), http.StatusOK, "هذا الملف.", "Voici le fichier.", `dir="rtl"`)
		if len(h.sent) != 1 || !strings.Contains(h.sent[0].Text, "Voici le fichier.") || !strings.Contains(h.sent[0].Text, "http://jard.test/requests/follow/") {
			t.Fatalf("mailed %+v", h.sent)
		}
		h.want(h.post(nobody, own+"/erasure", url.Values{}), http.StatusSeeOther)
		h.want(h.get(nobody, own), http.StatusOK, "Elle a été effacée le 16 nov. 2026", "!exemple.tn")
		h.want(h.get(nobody, "/requests/follow/"+strings.Repeat("A", 52)), http.StatusNotFound, "Ce lien n'ouvre aucun message")
	})
}

// Every bad form with its exact sentence, in the reader's language; what was
// typed comes back, and nothing is stored.
func TestBadForms(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db)
	ref := h.dataset()
	feedback := "/datasets/" + ref + "/feedback"
	for _, tt := range []struct {
		name, path string
		change     url.Values
		fr, ar     string
	}{
		{"no title", "/requests/new", url.Values{"title": {""}}, "Ce champ est obligatoire.", ""},
		{"a word", "/requests/new", url.Values{"title": {"?!"}}, "Écrivez au moins quelques mots.", "اكتب بعض الكلمات على الأقل."},
		{"too long", "/requests/new", url.Values{"title": {strings.Repeat("a", 201)}}, "Ce texte dépasse 200 caractères.", ""},
		{"half an address", "/requests/new", url.Values{"email": {"moi@"}, "consent": {"true"}}, "Cette adresse n'est pas complète (nom@exemple.tn).", "هذا العنوان غير كامل (nom@exemple.tn)."},
		{"no consent", "/requests/new", url.Values{"email": {"moi@exemple.tn"}}, "Cochez cette case pour recevoir une réponse, ou effacez l'adresse.", ""},
		{"a body that is none", "/requests/new", url.Values{"institution": {"mars"}}, "Cet organisme n'existe pas dans le registre.", "هذا الهيكل غير موجود في السجل."},
		{"a program", "/requests/new", url.Values{"website": {"http://x.example"}}, "Ce champ doit rester vide. Effacez-le et renvoyez.", ""},
		{"no stamp", "/requests/new", url.Values{"stamp": {""}}, "Le formulaire était ouvert depuis trop longtemps. Renvoyez-le : rien n'est perdu.", ""},
		{"a made-up stamp", "/requests/new", url.Values{"stamp": {"1763283600000.abcd"}}, "Le formulaire était ouvert depuis trop longtemps.", "بقي النموذج مفتوحا مدة طويلة."},
		{"a language we do not speak", "/requests/new", url.Values{"language": {"de"}}, "Choisissez français, arabe ou anglais.", ""},
		{"feedback without words", feedback, url.Values{"text": {" "}}, "Ce champ est obligatoire.", ""},
		{"feedback about nothing", feedback, url.Values{"kind": {"data"}}, "Choisissez de quoi il s'agit.", "اختر موضوع الرسالة."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.TB = t
			form := h.asking("Un titre gardé", "text", "Un texte gardé", "kind", "error")
			maps.Copy(form, tt.change)
			h.want(h.post(nobody, tt.path, form), http.StatusUnprocessableEntity, tt.fr)
			w := h.post(nobody, tt.path+"?lang=ar", form)
			h.want(w, http.StatusUnprocessableEntity, tt.ar)
			if tt.change.Get("text") == "" && tt.change["text"] == nil {
				h.want(w, http.StatusUnprocessableEntity, "Un texte gardé")
			}
			var n int64
			h.ok(db.Model(&request.Request{}).Count(&n).Error)
			if n != 0 {
				t.Errorf("%d messages were stored", n)
			}
		})
	}
	h.TB = t
	h.want(h.post(nobody, "/datasets/TN-X-2026-0001/feedback", h.asking("x", "kind", "error", "text", "abc")), http.StatusNotFound)
}

func TestQuickerThanAnybodyWrites(t *testing.T) {
	h := open(t, databasetest.Open(t))
	form := h.asking("Accidents de la route")
	h.now = h.now.Add(-58 * time.Second)
	h.want(h.post(nobody, "/requests/new", form), http.StatusUnprocessableEntity, "plus vite qu'on n'écrit", "Accidents de la route")
	h.now = h.now.Add(2 * time.Second)
	h.sentTo("/requests/new", form) // the same form again, a moment later
	h.want(h.post(nobody, "/requests/new", form), http.StatusUnprocessableEntity, "Ce message a déjà été reçu aujourd'hui.")
	h.now = h.now.Add(25 * time.Hour)
	h.want(h.post(nobody, "/requests/new", form), http.StatusUnprocessableEntity, "trop longtemps")
}

func TestFeedbackOnADataset(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.dataset()
		path := "/datasets/" + ref + "/feedback"
		form := url.Values{
			"kind": {"error"}, "text": {"La ligne 12 est double. Appelez le +216 98 765 432."}, "language": {"fr"}, "stamp": {h.stamped(path)},
		}
		h.sentTo(path, form)
		h.want(h.get(stranger, "/desk/requests/FB-2026-0001"), http.StatusNotFound)
		h.want(h.get(officer, "/desk/requests/FB-2026-0001"), http.StatusOK, "fait penser à des données personnelles", "Numéro de téléphone", "Publier ce message")
		h.want(h.post(officer, "/desk/requests/FB-2026-0001/publication", url.Values{
			"revision": {"1"}, "text": {"La ligne 12 est double."},
		}), http.StatusSeeOther)
		h.want(h.get(nobody, "/requests/FB-2026-0001"), http.StatusOK, "La ligne 12 est double.", "!765", "Production de céréales")
		h.want(h.get(nobody, "/requests?kind=feedback&dataset="+ref), http.StatusOK, "FB-2026-0001")
		h.want(h.get(nobody, "/requests"), http.StatusOK, "!FB-2026-0001")
	})
}

func TestTheDeskOfEachRole(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.published("Accidents de la route")
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: string(role), Role: role}
		if role == identity.Public {
			by = nobody
		}
		if role.NeedsInstitution() {
			by.Institution, by.Institutions = "marhp", []string{"marhp"}
		}
		want, csv, api := http.StatusForbidden, http.StatusForbidden, http.StatusForbidden
		switch role {
		case identity.Officer, identity.Supervisor, identity.MCD, identity.Admin:
			want, csv, api = http.StatusOK, http.StatusOK, http.StatusOK
		case identity.Public:
			want, csv, api = http.StatusSeeOther, http.StatusUnauthorized, http.StatusUnauthorized
		}
		t.Run(string(role), func(t *testing.T) {
			h.TB = t
			h.want(h.get(by, "/desk/requests"), want)
			h.want(h.get(by, "/desk/requests/"+ref), want)
			h.want(h.get(by, "/desk/requests.csv"), csv)
			h.want(h.get(by, "/api/v1/desk/requests"), api)
		})
	}
	h.TB = t
	h.want(h.get(officer, "/desk/requests/"+ref), http.StatusOK, "Publier la réponse", "Décliner", "!Confier à un autre organisme")
	h.want(h.get(operator, "/desk/requests/"+ref), http.StatusOK, "Publier la réponse", "Confier à un autre organisme")
	h.want(h.post(officer, "/desk/requests/"+ref+"/assignment", url.Values{"revision": {"2"}, "institution": {"ms"}}), http.StatusForbidden)
	h.want(h.post(stranger, "/desk/requests/"+ref+"/answer", url.Values{"revision": {"2"}, "answer.fr": {"Voici."}}), http.StatusNotFound)
	h.want(h.post(member, "/desk/requests/"+ref+"/answer", url.Values{"revision": {"2"}, "answer.fr": {"Voici."}}), http.StatusForbidden)
}

// A form of the desk comes back with every word, whatever went wrong.
func TestNothingTypedAtTheDeskIsLost(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.published("Accidents de la route")
	to := "/desk/requests/" + ref + "/"
	for _, tt := range []struct {
		act    string
		form   url.Values
		status int
		holds  []string
	}{
		{"decline", url.Values{"revision": {"2"}, "ground": {""}, "reason.fr": {"Une raison gardée"}}, 422, []string{"Une raison gardée", "Ce champ est obligatoire."}},
		{"decline", url.Values{"revision": {"2"}, "ground": {"ground.personal"}}, 422, []string{"Écrivez la réponse en français, en arabe, ou dans les deux."}},
		{"answer", url.Values{"revision": {"1"}, "answer.fr": {"Une réponse gardée"}}, 412, []string{"Une réponse gardée", "Quelqu'un d'autre vient de traiter ce message."}},
		{"answer", url.Values{"answer.fr": {"Une réponse gardée"}}, 412, []string{"Une réponse gardée"}},
		{"plan", url.Values{"revision": {"2"}, "dataset": {"TN-<i>"}}, 422, []string{"Aucun jeu du registre ne porte la référence « TN-<i> »."}},
		{"merge", url.Values{"revision": {"2"}, "into": {"DQ-1999-0001"}}, 404, nil}, // the officer may not even look for others
		{"closing", url.Values{"revision": {"2"}}, 409, []string{"Seul un message répondu peut être clos."}},
	} {
		t.Run(tt.act, func(t *testing.T) {
			h.TB = t
			by := officer
			if tt.act == "merge" {
				by = stranger
			}
			h.want(h.post(by, to+tt.act, tt.form), tt.status, tt.holds...)
		})
	}
}

func TestMeTooOnce(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.published("Accidents de la route")
	path := "/requests/" + ref + "/support"
	w := h.post(nobody, path, url.Values{})
	h.want(w, http.StatusSeeOther)
	cookie := w.Result().Cookies()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+path, strings.NewReader(""))
	h.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "192.0.2.1:1"
	for _, c := range cookie {
		r.AddCookie(c)
		if c.Name == "jard_support" && (!c.HttpOnly || c.SameSite != http.SameSiteLaxMode) {
			t.Error("the cookie is readable")
		}
	}
	h.want(h.send(nobody, r), http.StatusConflict, "Votre soutien est déjà compté.")
	h.want(h.get(nobody, "/requests/"+ref), http.StatusOK, "2 personnes demandent ces données")
	h.want(h.post(nobody, path, url.Values{"email": {"moi@"}, "consent": {"true"}}), http.StatusUnprocessableEntity, "moi@", "n'est pas complète")
	h.want(h.post(nobody, "/requests/DQ-1999-0001/support", url.Values{}), http.StatusNotFound)
}

func TestTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.published("Accidents de la route")
		w, out := h.ask(nobody, http.MethodGet, "/api/v1/requests/"+ref, nil)
		if w.Code != 200 || out["state"] != "assigned" || out["sent"] != nil || w.Header().Get("ETag") != `"2"` {
			t.Errorf("%d %v, ETag %s", w.Code, out, w.Header().Get("ETag"))
		}
		if _, out := h.ask(nobody, http.MethodGet, "/api/v1/requests?group=open&limit=1", nil); len(out["items"].([]any)) != 1 || out["next"] != "" {
			t.Errorf("list %v", out)
		}
		if w, _ := h.ask(nobody, http.MethodGet, "/api/v1/requests?state=lost", nil); w.Code != 422 {
			t.Errorf("an unknown state: %d", w.Code)
		}
		if w, _ := h.ask(nobody, http.MethodGet, "/api/v1/requests?cursor=-1", nil); w.Code != 422 {
			t.Errorf("a cursor that is none: %d", w.Code)
		}
		answer := map[string]any{"answer": map[string]string{"fr": "Voici."}}
		if w, _ := h.ask(nobody, http.MethodPost, "/api/v1/requests/"+ref+"/answer", answer); w.Code != 401 {
			t.Errorf("the public answers: %d", w.Code)
		}
		if w, _ := h.ask(stranger, http.MethodPost, "/api/v1/requests/"+ref+"/answer", answer); w.Code != 404 {
			t.Errorf("a stranger answers: %d", w.Code)
		}
		if w, _ := h.ask(officer, http.MethodPost, "/api/v1/requests/"+ref+"/answer", answer, "If-Match", `"1"`); w.Code != 412 {
			t.Errorf("a lost race: %d", w.Code)
		}
		if w, out := h.ask(officer, http.MethodPost, "/api/v1/requests/"+ref+"/answer", map[string]any{"answr": 1}); w.Code != 422 {
			t.Errorf("an unknown field: %d %v", w.Code, out)
		}
		w, out = h.ask(officer, http.MethodPost, "/api/v1/requests/"+ref+"/answer", answer, "If-Match", `"2"`)
		if w.Code != 200 || out["state"] != "answered" || out["working_days"] != 0.0 {
			t.Errorf("%d %v", w.Code, out)
		}
		if w, out := h.ask(officer, http.MethodGet, "/api/v1/desk/requests/"+ref, nil); w.Code != 200 || out["sent"] == nil {
			t.Errorf("desk: %d %v", w.Code, out)
		}
	})
}

func TestCSVCannotBeginAFormula(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.published("=HYPERLINK(1)")
	w := h.get(nobody, "/requests.csv")
	h.want(w, http.StatusOK, "'=HYPERLINK(1)")
	if strings.Contains(w.Body.String(), ",=HYPERLINK") || !strings.HasPrefix(w.Body.String(), "\ufeffref,kind") {
		t.Errorf("the file is %q", w.Body)
	}
}

func TestLettersAreInTheReadersLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t))
	for tag, holds := range map[string][]string{
		"fr": {"Bonjour,"}, "ar": {"تحية طيبة،"}, "en": {"Hello,"},
	} {
		for _, news := range []request.News{
			request.NewsAnswered, request.NewsDeclined, request.NewsMerged, request.NewsMoved, request.NewsOpened,
			request.NewsPlanned, request.NewsRefused,
		} {
			telling := request.Telling{
				News: news, Subject: "Un\r\nsujet", Token: "secret", Person: request.Person{ID: "1", Email: "moi@exemple.tn", Language: lang.Tag(tag)},
				Request: request.Request{Ref: "DQ-2026-0001", PlannedFor: "2027-01-31", Refusal: request.Insult, Answer: map[string]string{"fr": "Voici."}},
			}
			l := h.letters.Write(telling)
			if !strings.Contains(l.Text, holds[0]) || !strings.Contains(l.Text, "http://jard.test/requests/follow/secret") {
				t.Errorf("%s %s: %q", tag, news, l.Text)
			}
			if strings.ContainsAny(l.Subject, "\r\n\u2068") || strings.Contains(l.Text, "request.") {
				t.Errorf("%s %s: subject %q, text %q", tag, news, l.Subject, l.Text)
			}
		}
	}
}

// Whatever a form holds, the answer is a page, and never ours to be ashamed of.
func FuzzForms(f *testing.F) {
	h := open(f, databasetest.Open(f))
	ref := h.published("Accidents de la route")
	f.Add("Accidents", "texte", "fr", "marhp", "moi@exemple.tn", "1.2")
	f.Add("<script>", "\x00\u202e", "ar", "' OR 1=1", "a@b\r\nc", "")
	f.Add(strings.Repeat("é", 5000), "", "", "", "", "-9223372036854775808.")
	f.Fuzz(func(t *testing.T, title, text, tag, institution, email, stamp string) {
		h.TB = t
		form := url.Values{
			"title": {title}, "text": {text}, "language": {tag}, "institution": {institution}, "email": {email}, "stamp": {stamp},
			"revision": {stamp}, "answer.fr": {text}, "dataset": {institution}, "ground": {tag}, "refusal": {tag}, "into": {institution},
		}
		for _, path := range []string{"/requests/new", "/requests/" + ref + "/support"} {
			if w := h.post(nobody, path, form); w.Code >= 500 {
				t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
			}
		}
		for _, act := range []string{"publication", "refusal", "assignment", "merge", "answer", "plan", "link", "decline"} {
			if w := h.post(operator, "/desk/requests/"+ref+"/"+act, form); w.Code >= 500 {
				t.Fatalf("%s: %d\n%s", act, w.Code, w.Body)
			}
		}
		for _, q := range []string{"/requests?q=", "/requests/new?q=", "/requests?page=", "/requests/", "/requests/follow/"} {
			if w := h.get(nobody, q+url.QueryEscape(title)); w.Code >= 500 {
				t.Fatalf("%s: %d\n%s", q, w.Code, w.Body)
			}
		}
	})
}
