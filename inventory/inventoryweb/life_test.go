package inventoryweb_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

var head = identity.Actor{
	Account: "head", Role: identity.Supervisor, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
}

// waiting records and submits a dataset.
func (h *house) waiting(title string) string {
	h.Helper()
	ref := h.record(title)
	h.want(h.post(officer, "/desk/datasets/"+ref+"/submission", h.seen(ref)), http.StatusSeeOther)
	return ref
}

func TestAnApprovalNamesItsRevision(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.waiting("Production céréalière")
		at := "/desk/datasets/" + ref
		hash := inventory.ShortHash(h.stored(ref).Content.Hash())
		h.want(h.get(operator, at+"/review"), http.StatusOK, hash, `name="hash"`)
		h.unwritten(func() {
			h.want(h.post(operator, at+"/approval", url.Values{}), http.StatusUnprocessableEntity, "Dites quelle révision vous avez vue")
			h.want(h.post(operator, at+"/approval", url.Values{"hash": {"000000000000"}}), http.StatusPreconditionFailed)
			w, out := h.ask(operator, http.MethodPost, datasets+"/"+ref+"/approval", `{}`)
			h.want(w, http.StatusUnprocessableEntity)
			if errs := fmt.Sprint(out["errors"]); !strings.Contains(errs, "revision") {
				t.Errorf("errors %s; want one about the revision", errs)
			}
			w, _ = h.ask(operator, http.MethodPost, datasets+"/"+ref+"/approval", `{"hash":"000000000000"}`)
			h.want(w, http.StatusPreconditionFailed)
			w, _ = h.ask(operator, http.MethodPost, datasets+"/"+ref+"/approval", `{"hash":"00"}`)
			h.want(w, http.StatusUnprocessableEntity)
			w, _ = h.ask(operator, http.MethodPost, datasets+"/"+ref+"/approval", ``, "If-Match", `"1"`)
			h.want(w, http.StatusPreconditionFailed)
		})
		w, out := h.ask(operator, http.MethodPost, datasets+"/"+ref+"/approval", `{"hash":"`+hash+`"}`)
		h.want(w, http.StatusOK)
		if out["life"] != "open" || !strings.HasPrefix(out["hash"].(string), hash) {
			t.Errorf("life %v, hash %v", out["life"], out["hash"])
		}
		h.want(h.get(officer, at+"/history"), http.StatusOK, hash, "Révision 3", "publique")
	})
}

func TestCommentsTravelFromReviewToFormAndBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.waiting("Production céréalière")
		at := "/desk/datasets/" + ref
		h.want(h.get(operator, at+"/review"), http.StatusOK, `name="comments.title.fr"`, `name="comments.extra.ground"`, `form="return-form"`)
		h.unwritten(func() {
			h.want(h.post(operator, at+"/return", h.seen(ref, "reason", "", "comments.title.fr", "Dites l'année")), http.StatusUnprocessableEntity,
				"f-reason-error", "Dites l&#39;année")
			h.want(h.post(operator, at+"/return", h.seen(ref, "reason", "non", "comments.theme", strings.Repeat("a", 1001))), http.StatusUnprocessableEntity,
				"caractères")
		})
		h.want(h.post(operator, at+"/return", h.seen(ref, "reason", "À revoir", "comments.title.fr", "Dites l'année", "comments.frequency", "Laquelle ?")),
			http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "2 commentaires", "Dites l&#39;année", at+"/edit#f-title-fr", "À corriger")
		h.want(h.get(officer, at+"/edit"), http.StatusOK, `id="f-title-fr-comment"`, "Laquelle ?", `aria-describedby="f-title-fr-comment"`)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusNotFound)

		w, out := h.ask(officer, http.MethodGet, datasets+"/"+ref+"/comments", nil)
		h.want(w, http.StatusOK)
		items := out["items"].([]any)
		first, second := items[0].(map[string]any)["id"].(string), items[1].(map[string]any)["id"].(string)
		h.unwritten(func() {
			long := strings.Repeat("a", 1001)
			h.want(h.post(officer, at+"/answers", url.Values{"comment": {first}, "answer." + first: {long}}), http.StatusUnprocessableEntity, long)
			h.want(h.post(officer, at+"/answers", url.Values{"comment": {"no such"}}), http.StatusUnprocessableEntity, "n’existe plus")
			h.want(h.post(stranger, at+"/answers", url.Values{"comment": {first}}), http.StatusNotFound)
			h.want(h.post(member, at+"/answers", url.Values{"comment": {first}}), http.StatusForbidden)
		})
		h.want(h.post(officer, at+"/answers", url.Values{"comment": {first, second}, "done." + first: {"1"}, "answer." + second: {"Mensuelle, en effet"}}),
			http.StatusSeeOther)
		h.want(h.post(officer, at+"/submission", h.seen(ref)), http.StatusSeeOther)
		h.want(h.get(operator, at+"/review"), http.StatusOK, "Mensuelle, en effet", "Commentaires du dernier renvoi", "Fait")
		h.want(h.post(officer, at+"/answers", url.Values{"comment": {first}}), http.StatusConflict)
		h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "!Laquelle ?")
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "!Laquelle ?", "!Dites l")
	})
}

func TestCommentsOverTheAPI(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.waiting("Production céréalière")
	one := datasets + "/" + ref
	w, _ := h.ask(operator, http.MethodPost, one+"/return", `{"reason":"non","comments":{"colour":"bleu"}}`)
	h.want(w, http.StatusUnprocessableEntity)
	w, _ = h.ask(operator, http.MethodPost, one+"/return", `{"reason":"non","comments":{"title.fr":"court"}}`)
	h.want(w, http.StatusOK)
	_, out := h.ask(officer, http.MethodGet, one+"/comments", nil)
	id := out["items"].([]any)[0].(map[string]any)["id"].(string)
	w, out = h.ask(officer, http.MethodPost, one+"/answers", `{"answers":{"`+id+`":{"done":true,"text":"fait"}}}`)
	h.want(w, http.StatusOK)
	if got := out["items"].([]any)[0].(map[string]any); got["done"] != true || got["answer"] != "fait" {
		t.Errorf("comment %v", got)
	}
	for by, status := range map[*identity.Actor]int{&nobody: http.StatusUnauthorized, &stranger: http.StatusNotFound} {
		w, _ := h.ask(*by, http.MethodGet, one+"/comments", nil)
		h.want(w, status)
	}
}

func TestTheHeadEndorsesFirst(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ok(db.Exec("UPDATE institutions SET first_approval = ? WHERE slug = 'marhp'", true).Error)
		ref, other := h.record("Un"), h.record("Deux")
		at := "/desk/datasets/" + ref
		w := h.post(officer, at+"/submission", h.seen(ref))
		h.want(w, http.StatusSeeOther)
		h.want(h.post(officer, "/desk/datasets/"+other+"/submission", h.seen(other)), http.StatusSeeOther)
		h.want(h.get(officer, at), http.StatusOK, "attend le visa du responsable", "!/endorsement")
		h.want(h.get(operator, "/desk/review"), http.StatusOK, "!"+ref, "2 soumissions attendent encore le visa")
		h.want(h.get(operator, at+"/review"), http.StatusOK, "attend le visa", "!/approval")
		h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusConflict)
		h.want(h.get(head, "/desk/endorsements"), http.StatusOK, ref, other)
		h.want(h.get(head, at+"/review"), http.StatusOK, "/endorsement", "Viser et transmettre", "!/approval")
		for _, by := range []identity.Actor{officer, operator, member, admin} {
			h.want(h.get(by, "/desk/endorsements"), http.StatusForbidden)
			h.want(h.post(by, at+"/endorsement", h.seen(ref)), http.StatusForbidden)
		}
		h.want(h.get(nobody, "/desk/endorsements"), http.StatusSeeOther)
		h.unwritten(func() {
			h.want(h.post(head, at+"/endorsement", url.Values{}), http.StatusUnprocessableEntity)
			h.want(h.post(head, at+"/endorsement", url.Values{"revision": {"1"}}), http.StatusPreconditionFailed)
		})
		w = h.post(head, at+"/endorsement", h.seen(ref))
		h.want(w, http.StatusSeeOther)
		if to := w.Header().Get("Location"); to != "/desk/datasets/"+other+"/review" {
			t.Errorf("after an endorsement to %q; want the next", to)
		}
		h.want(h.post(head, "/desk/datasets/"+other+"/return", h.seen(other, "reason", "Pas encore", "comments.theme", "Un autre")), http.StatusSeeOther)
		h.want(h.get(officer, "/desk/datasets/"+other), http.StatusOK, "Pas encore", "Un autre")
		h.want(h.get(operator, "/desk/review"), http.StatusOK, ref, "!"+other)
		h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusSeeOther)
		h.want(h.get(officer, at+"/history"), http.StatusOK, "Visa du responsable", "chef d’institution")

		w, out := h.ask(officer, http.MethodPost, datasets+"/"+other+"/submission", ``)
		h.want(w, http.StatusOK)
		if out["first_approval"] != "waiting" || out["state"] != "submitted" {
			t.Errorf("first approval %v, state %v", out["first_approval"], out["state"])
		}
		w, out = h.ask(head, http.MethodPost, datasets+"/endorsements", map[string]any{"items": []any{map[string]any{"ref": other, "hash": out["hash"]}}})
		h.want(w, http.StatusOK)
		if out["done"] != 1.0 {
			t.Errorf("endorsed %v", out)
		}
	})
}

func TestSeveralAreDecidedOnTogether(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		pick := func(ref string) string { return ref + ":" + strconv.Itoa(h.stored(ref).Revision) }
		one, two, three := h.record("Un"), h.record("Deux"), h.record("Trois")
		h.want(h.post(officer, "/desk/datasets/"+three+"/edit", url.Values{"revision": {"1"}, "title.fr": {"Trois"}, "do": {"save"}}), http.StatusSeeOther)
		h.want(h.get(officer, "/desk/datasets"), http.StatusOK, `name="pick"`, pick(one), "Soumettre les jeux cochés")
		h.want(h.get(member, "/desk/datasets"), http.StatusOK, `!name="pick"`)
		h.unwritten(func() {
			h.want(h.post(officer, "/desk/submissions", url.Values{"do": {"picked"}}), http.StatusUnprocessableEntity, "Cochez au moins un jeu")
			h.want(h.post(officer, "/desk/submissions", url.Values{"pick": {"n'importe quoi"}}), http.StatusUnprocessableEntity, "ne nomme pas un jeu")
			h.want(h.post(operator, "/desk/submissions", url.Values{"pick": {pick(one)}}), http.StatusForbidden)
			h.want(h.post(stranger, "/desk/submissions", url.Values{"pick": {pick(one)}}), http.StatusOK, "0 jeu soumis", "est resté tel quel")
		})
		h.want(h.post(officer, "/desk/submissions", url.Values{"do": {"picked"}, "pick": {pick(one), pick(two), pick(three)}}), http.StatusOK,
			"2 jeux soumis", "1 jeu est resté tel quel", "Thème")

		shown := url.Values{"do": {"shown"}, "shown": {pick(one), pick(two)}}
		h.want(h.post(officer, "/desk/datasets/"+two+"/recall", url.Values{}), http.StatusSeeOther)
		h.want(h.post(officer, "/desk/datasets/"+two+"/submission", url.Values{}), http.StatusSeeOther)
		h.want(h.post(officer, "/desk/review/approvals", shown), http.StatusForbidden)
		h.want(h.post(operator, "/desk/review/approvals", shown), http.StatusOK, "1 jeu approuvé", "1 jeu est resté tel quel", two)
		if h.stored(one).State != inventory.Approved || h.stored(two).State != inventory.Submitted {
			t.Errorf("%s and %s", h.stored(one).State, h.stored(two).State)
		}

		w, out := h.ask(operator, http.MethodPost, datasets+"/approvals", map[string]any{"items": []any{
			map[string]any{"ref": two, "revision": h.stored(two).Revision}, map[string]any{"ref": three, "revision": 1}, map[string]any{"ref": one},
		}})
		h.want(w, http.StatusOK)
		if out["done"] != 1.0 || out["left"] != 2.0 || !strings.Contains(fmt.Sprint(out["items"]), "dataset.seen.missing") {
			t.Errorf("approvals %v", out)
		}
		for body, status := range map[string]int{
			`{}`: http.StatusUnprocessableEntity, `{"items":[],"changeset":""}`: http.StatusUnprocessableEntity,
			`{"items":[{"ref":"a"}],"changeset":"b"}`: http.StatusUnprocessableEntity,
			`{"changeset":"no such"}`:                 http.StatusNotFound,
		} {
			w, _ := h.ask(operator, http.MethodPost, datasets+"/approvals", body)
			h.want(w, status)
		}
		for by, status := range map[*identity.Actor]int{&nobody: http.StatusUnauthorized, &officer: http.StatusForbidden, &member: http.StatusForbidden} {
			w, _ := h.ask(*by, http.MethodPost, datasets+"/approvals", `{"items":[{"ref":"a"}]}`)
			h.want(w, status)
		}
	})
}

func TestRevisionsAreComparedAndBroughtBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.publish("Production céréalière")
		at := "/desk/datasets/" + ref
		form := changed(complete("Production des céréales"), "keywords.fr", "production, blé", "frequency", "annual", "revision", "3",
			"distributions.0.url", "https://www.agriculture.tn/autre.csv")
		h.want(h.post(officer, at+"/edit", form), http.StatusSeeOther)
		h.want(h.get(officer, at+"/history"), http.StatusOK, "Révision 4", at+"/revisions/1/restoration", "Comparer les deux révisions")
		h.want(h.get(officer, at+"/revisions?from=4&to=1"), http.StatusOK, "De la révision 1 à la révision 4",
			`<del dir="auto">céréales</del>`, `<ins dir="auto">blé</ins>`, "1 élément inchangé", "<del>Mensuelle</del>", "<ins>Annuelle</ins>", "autre.csv")
		h.want(h.get(officer, at+"/revisions?from=4&to=1", "Accept-Language", "ar"), http.StatusOK, "من المراجعة 1 إلى المراجعة 4", "شهري")
		h.want(h.get(officer, at+"/revisions?from=2&to=3"), http.StatusOK, "la même chose")
		h.want(h.get(officer, at+"/revisions"), http.StatusSeeOther)
		h.want(h.get(officer, at+"/revisions?from=1&to=99"), http.StatusNotFound)
		h.want(h.get(stranger, at+"/revisions?from=1&to=4"), http.StatusNotFound)
		h.want(h.get(member, at+"/revisions?from=1&to=4"), http.StatusOK, "!/restoration")
		h.unwritten(func() {
			h.want(h.post(officer, at+"/revisions/1/restoration", url.Values{"seen": {"2"}}), http.StatusPreconditionFailed)
			h.want(h.post(officer, at+"/revisions/4/restoration", url.Values{"seen": {"4"}}), http.StatusUnprocessableEntity, "rien à reprendre")
			h.want(h.post(officer, at+"/revisions/99/restoration", url.Values{"seen": {"4"}}), http.StatusNotFound)
			h.want(h.post(member, at+"/revisions/1/restoration", url.Values{"seen": {"4"}}), http.StatusForbidden)
			h.want(h.post(stranger, at+"/revisions/1/restoration", url.Values{"seen": {"4"}}), http.StatusNotFound)
		})
		h.want(h.post(officer, at+"/revisions/1/restoration", url.Values{"seen": {"4"}}), http.StatusSeeOther)
		if d := h.stored(ref); d.State != inventory.Draft || d.Content.Frequency != "monthly" || d.Revision != 5 {
			t.Errorf("%s %s %d", d.State, d.Content.Frequency, d.Revision)
		}
		w, out := h.ask(officer, http.MethodGet, datasets+"/"+ref+"/revisions", nil)
		h.want(w, http.StatusOK)
		if items := out["items"].([]any); len(items) != 5 || items[0].(map[string]any)["act"] != "dataset.bring_back" {
			t.Errorf("revisions %v", items)
		}
		_, out = h.ask(officer, http.MethodGet, datasets+"/"+ref+"/revisions/4", nil)
		if out["content"].(map[string]any)["frequency"] != "annual" {
			t.Errorf("revision 4 %v", out)
		}
		_, out = h.ask(officer, http.MethodGet, datasets+"/"+ref+"/revisions/3/differences?against=4", nil)
		if items := out["items"].([]any); len(items) != 4 {
			t.Errorf("differences %v", items)
		}
		w, out = h.ask(officer, http.MethodPost, datasets+"/"+ref+"/revisions/4/restoration", nil, "If-Match", `"5"`)
		h.want(w, http.StatusOK)
		if out["frequency"] != "annual" || out["revision"] != 6.0 {
			t.Errorf("brought back %v", out)
		}
	})
}

func TestThePlanIsShownAndDownloaded(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		ref := h.record("Accidents")
		at := "/desk/datasets/" + ref
		form := changed(complete("=Accidents"), "revision", "1", "openness", "openable", "target_date", "2027-01-31", "extra.plan_demand", "3",
			"extra.plan_duty", "3")
		h.unwritten(func() {
			h.want(h.post(officer, at+"/edit", changed(form, "extra.plan_demand", "4")), http.StatusUnprocessableEntity, "répondez 1, 2 ou 3")
			h.want(h.post(officer, at+"/edit", changed(form, "extra.ground", "humeur")), http.StatusUnprocessableEntity, "motif de la liste")
			h.want(h.post(officer, at+"/edit", changed(form, "extra.review_on", "bientôt")), http.StatusUnprocessableEntity, "f-extra-review_on-error")
		})
		h.want(h.post(officer, at+"/edit", form), http.StatusSeeOther)
		h.want(h.get(officer, "/desk/plan"), http.StatusOK, "Accidents", "31 janv. 2027", "Priorité haute", "Inventorié", "54")
		h.want(h.get(stranger, "/desk/plan"), http.StatusOK, "!Accidents")
		h.want(h.get(nobody, "/desk/plan"), http.StatusSeeOther)
		h.want(h.get(nobody, "/plan"), http.StatusOK, "!Accidents", "Aucune ouverture")
		approve := func() {
			h.want(h.post(officer, at+"/submission", h.seen(ref)), http.StatusSeeOther)
			h.want(h.post(operator, at+"/approval", h.seen(ref)), http.StatusSeeOther)
		}
		approve()
		h.want(h.post(officer, at+"/edit", changed(form, "revision", strconv.Itoa(h.stored(ref).Revision), "target_date", "2027-03-31")), http.StatusSeeOther)
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "Ouverture prévue le 31 janv. 2027", "Prévu")
		approve()
		h.want(h.get(nobody, "/datasets/"+ref), http.StatusOK, "Ouverture prévue le 31 mars 2027", "reporté de 59 jours")
		h.want(h.get(nobody, "/plan"), http.StatusOK, "Accidents", "reporté de 59 jours")
		h.want(h.get(nobody, "/plan?institution=ms"), http.StatusOK, "!Accidents")
		h.want(h.get(nobody, "/plan", "Accept-Language", "ar"), http.StatusOK, "أولوية عالية")
		h.want(h.get(nobody, "/plan.csv"), http.StatusOK, "'=Accidents", "2027-01-31,2027-03-31,59,54,3,3,1,2")
		h.want(h.get(nobody, "/datasets?life=planned"), http.StatusOK, "Accidents", "Étape")
		h.want(h.get(nobody, "/datasets?life=open"), http.StatusOK, "!Accidents")
		h.want(h.get(officer, "/desk/datasets?life=planned"), http.StatusOK, "Accidents")
		h.want(h.get(officer, "/desk/datasets?life=open"), http.StatusOK, "!Accidents")
		h.want(h.get(officer, at), http.StatusOK, "1 date annoncée auparavant", "54 sur 81")

		w, out := h.ask(nobody, http.MethodGet, "/api/v1/plan", nil)
		h.want(w, http.StatusOK)
		plan := out["items"].([]any)[0].(map[string]any)["plan"].(map[string]any)
		if plan["priority"] != 54.0 || plan["slipped_days"] != 59.0 || plan["first_date"] != "2027-01-31" {
			t.Errorf("plan %v", plan)
		}
		w, out = h.ask(officer, http.MethodGet, datasets+"?life=planned", nil)
		h.want(w, http.StatusOK)
		if items := out["items"].([]any); len(items) != 1 || items[0].(map[string]any)["life"] != "planned" {
			t.Errorf("planned %v", items)
		}
		w, _ = h.ask(officer, http.MethodGet, datasets+"?life=dreaming", nil)
		h.want(w, http.StatusUnprocessableEntity)
		w, out = h.ask(officer, http.MethodPatch, datasets+"/"+ref, `{"plan":{"effort":3,"legal_duty":0},"ground":"security","review_on":"2026-01-31","openness":"closed"}`)
		h.want(w, http.StatusOK)
		if out["ground"] != "security" || out["review_on"] != "2026-01-31" || out["plan"].(map[string]any)["priority"] != 9.0 {
			t.Errorf("after PATCH %v", out)
		}
		h.want(h.get(officer, "/desk/plan?show=closed"), http.StatusOK, "Sécurité ou défense", "1 motif à réexaminer", "à réexaminer")
		h.want(h.get(officer, "/desk/plan.csv?show=closed"), http.StatusOK, "security", "2026-01-31")
	})
}

func TestWhatTheSheetAsksOutlivesTheForm(t *testing.T) {
	h := open(t, databasetest.Open(t))
	ref := h.record("Un")
	_, err := h.store.Change(t.Context(), officer, ref, "dataset.edit", 0, func(d *inventory.Dataset) error {
		v, err := h.store.Vocabulary(t.Context())
		h.ok(err)
		c := d.Content.Clean()
		c.Extra = inventory.Extra{"holding": "papier", "plan_duty": "3", "ground": "other"}
		return d.Edit(officer, c, v, start)
	})
	h.ok(err)
	form := changed(complete("Un"), "revision", "2", "extra.plan_duty", "", "extra.plan_effort", "1")
	h.want(h.post(officer, "/desk/datasets/"+ref+"/edit", form), http.StatusSeeOther)
	if got := fmt.Sprint(h.stored(ref).Content.Extra); got != "map[ground:other holding:papier plan_effort:1]" {
		t.Errorf("extra %s; want what the form did not ask kept, what it emptied gone", got)
	}
}
