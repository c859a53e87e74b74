package mandateweb_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/naming"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

var (
	head  = identity.Actor{Account: "head", Role: identity.Supervisor, Institution: "marhp", Institutions: []string{"marhp"}}
	owner = identity.Actor{Account: "so", Role: identity.ServiceOwner, Institution: "marhp", Institutions: []string{"marhp"}}
	admin = identity.Actor{Account: "admin", Role: identity.Admin}
	agent = identity.Actor{Account: "probe", Role: identity.Agent}
)

func TestPagesInArabic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d, err := h.register.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste  des écoles."}})
		h.ok(err)
		for _, tt := range []struct {
			by    identity.Actor
			path  string
			holds string
		}{
			{operator, "/desk/officers", "المكلفون بالبيانات المفتوحة"},
			{operator, "/desk/officers/marhp", "تعيين مكلف"},
			{operator, "/desk/committee", "اللجنة الاستشارية"},
			{member, "/desk/committee/advice/new", "رأي جديد"},
			{nobody, "/committee", "آراء اللجنة الاستشارية"},
			{officer, "/desk/naming", "قواعد التسمية"},
			{officer, "/desk/naming/title.year", "سنة في عنوان مجموعة دورية"},
			{officer, "/desk/keywords", "كلمات مفاتيح مكتوبة بأكثر من رسم"},
			{operator, "/desk/nomenclatures/new?code=NAT", "اعتماد مدونة"},
			{nobody, "/nomenclatures", "المدونات والقواعد المشتركة"},
		} {
			h.askIn(lang.Arabic, tt.by, tt.path, nil, http.StatusOK, tt.holds, `dir="rtl"`)
		}
		h.askIn(lang.Arabic, officer, "/desk/datasets/"+d.Ref+"/naming/exception", url.Values{"reason": {"x"}}, http.StatusConflict, "تغير النص منذ ذلك")
	})
}

// Each refused field says why beside it, in the reader's language, and keeps what was typed.
func TestWhatIsRefusedSaysWhyInFrenchAndArabic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask(operator, "/desk/committee/members", url.Values{
			"name": {"H. M."}, "quality": {"civil"}, "organisation": {"Association"}, "act_ref": {"a"}, "act_day": {"2024-01-02"}, "starts_on": {"2024-01-02"},
		}, http.StatusSeeOther)
		at := memberForm.FindStringSubmatch(h.ask(operator, "/desk/committee", nil, http.StatusOK))[1]
		for _, tt := range []struct {
			path, field, typed string
			by                 identity.Actor
			fr, ar             string
		}{
			{"/desk/officers/marhp/designation", "mailbox", "nulle part", operator, "Ce n’est pas une adresse de courrier.", "ليس هذا عنوان بريد."},
			{"/desk/officers/marhp/designation", "function", "Direction" + strings.Repeat("x", 200), operator, "Ce texte dépasse 200 caractères.", "يتجاوز هذا النص 200 حرف."},
			{"/desk/officers/marhp/designation", "act_day", "2027-01-01", operator, "Cette date est à venir.", "هذا التاريخ لم يحن بعد."},
			{"/desk/officers/marhp/designation", "ends_on", "2026-01-01", operator, "La fin vient avant le début.", "النهاية قبل البداية."},
			{"/desk/committee/members", "act_day", "2027-01-01", operator, "Cette date est à venir.", "هذا التاريخ لم يحن بعد."},
			{at + "/renewal", "starts_on", "2024-05-05", operator, "Le nouveau mandat commence après l’ancien.", "تبدأ المدة الجديدة بعد القديمة."},
			{at + "/end", "on", "2020-01-01", operator, "Ce jour est hors du mandat.", "هذا اليوم خارج المدة."},
			{"/desk/committee/advice/new", "target", "nulle-part", member, "Rien ne porte cet identifiant.", "لا شيء بهذا المعرف."},
			{"/desk/naming/keyword.synonym", "params", "sans égal", operator, "Cette ligne n’est pas « ceci = cela » : sans égal", "هذا السطر ليس «هذا = ذاك»: sans égal"},
			{"/desk/nomenclatures/new", "code", "a b", operator, "Lettres latines, chiffres, points et tirets, 40 signes au plus.", "حروف لاتينية وأرقام ونقاط وشرطات، 40 علامة على الأكثر."},
			{"/desk/nomenclatures/new", "url", "file:///x", operator, "Ce n’est pas une adresse web.", "ليس هذا عنوان ويب."},
			{"/desk/nomenclatures/new", "entries", "A", operator, "Ligne 1 : un code puis ses noms, séparés par des points-virgules : A", "السطر 1: الرمز ثم أسماؤه تفصلها فواصل منقوطة: A"},
		} {
			form := url.Values{"starts_on": {"2026-11-16"}, "subject.fr": {"s"}, "text.fr": {"t"}, "addressee": {"institution"}}
			form.Set(tt.field, tt.typed)
			for tag, want := range map[lang.Tag]string{lang.French: tt.fr, lang.Arabic: tt.ar} {
				got := apostrophes.Replace(h.askIn(tag, tt.by, tt.path, form, http.StatusUnprocessableEntity))
				if !strings.Contains(got, apostrophes.Replace(want)) {
					t.Errorf("%s %s %s lacks %q", tag, tt.path, tt.field, want)
				}
				if !strings.Contains(got, tt.typed) {
					t.Errorf("%s %s %s lost %q", tag, tt.path, tt.field, tt.typed)
				}
			}
		}
	})
}

var (
	memberForm  = regexp.MustCompile(`action="(/desk/committee/members/[^/"]+)/renewal"`)
	apostrophes = strings.NewReplacer("&#39;", "'", "’", "'", "\u00a0", " ", "\u202f", " ", "\u2068", "", "\u2069", "")
)

func TestARefusedExceptionKeepsItsReason(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d, err := h.register.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste des écoles."}})
		h.ok(err)
		at := "/desk/datasets/" + d.Ref + "/naming/exception"
		_, found := h.call(officer, http.MethodGet, "/api/v1/datasets/"+d.Ref+"/naming", nil, http.StatusOK)
		first := found["items"].([]any)[0].(map[string]any)
		form := url.Values{"rule": {first["rule"].(string)}, "field": {first["field"].(string)}, "hash": {first["hash"].(string)}}
		h.ask(officer, at, form, http.StatusUnprocessableEntity, "f-reason-error", "Liste des écoles.")
		long := strings.Repeat("motif ", 2_000)
		form.Set("reason", long)
		h.ask(officer, at, form, http.StatusUnprocessableEntity, "f-reason-error", strings.TrimSpace(long))
		form.Set("reason", "Titre officiel")
		h.ask(member, at, form, http.StatusForbidden)
		stale := url.Values{"rule": form["rule"], "field": form["field"], "hash": {"0"}, "reason": {"Titre officiel"}}
		h.ask(officer, at, stale, http.StatusConflict, "Titre officiel", "Le texte a changé depuis")
		h.ask(officer, at, form, http.StatusSeeOther)
		_, found = h.call(officer, http.MethodGet, "/api/v1/datasets/"+d.Ref+"/naming", nil, http.StatusOK)
		if got := found["items"].([]any)[0].(map[string]any)["exception"]; got != "Titre officiel" {
			t.Errorf("the exception is kept as %v", got)
		}
	})
}

func TestTheMeetingPack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.ask(operator, "/desk/committee/members", url.Values{
			"name": {"=H. M."}, "quality": {"civil"}, "organisation": {"Association"}, "act_ref": {"a"}, "act_day": {"2024-01-02"}, "starts_on": {"2024-01-02"},
		}, http.StatusSeeOther)
		at := h.ask(member, "/desk/committee/advice/new", url.Values{
			"subject.fr": {"=Titres"}, "text.fr": {"t"}, "addressee": {"operator"},
		}, http.StatusSeeOther)
		h.ask(member, at+"/adoption", url.Values{"day": {"2026-11-10"}}, http.StatusSeeOther)
		h.ask(officer, "/desk/committee/pack.xlsx", nil, http.StatusForbidden)
		body := h.ask(member, "/desk/committee/pack.xlsx", nil, http.StatusOK)
		f, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
		h.ok(err)
		defer f.Close()
		advice, err := f.GetRows("Avis sans réponse")
		h.ok(err)
		if len(advice) < 2 || advice[1][1] != "'=Titres" || advice[1][5] != "6" {
			t.Errorf("open advice %q", advice)
		}
		terms, err := f.GetRows("Membres")
		h.ok(err)
		if len(terms) < 2 || terms[1][0] != "'=H. M." || terms[1][4] != "2027-01-01" {
			t.Errorf("terms %q", terms)
		}
	})
}

func TestWhoMaySeeAndSend(t *testing.T) {
	h := open(t, databasetest.Open(t))
	all := []identity.Actor{nobody, officer, stranger, head, owner, operator, member, admin, agent}
	ok, no, hidden, in := http.StatusOK, http.StatusForbidden, http.StatusNotFound, http.StatusSeeOther
	bad := http.StatusUnprocessableEntity
	empty := url.Values{}
	for _, tt := range []struct {
		path string
		form url.Values
		want []int
	}{
		{"/desk/officers", nil, []int{in, ok, ok, ok, no, ok, ok, ok, no}},
		{"/desk/officers/marhp", nil, []int{in, ok, hidden, ok, no, ok, ok, ok, no}},
		{"/desk/officers/marhp/designation", empty, []int{in, no, hidden, bad, no, bad, no, bad, no}},
		{"/desk/committee", nil, []int{in, no, no, no, no, ok, ok, ok, no}},
		{"/desk/committee/members", empty, []int{in, no, no, no, no, bad, no, bad, no}},
		{"/desk/committee/advice/new", empty, []int{in, no, no, no, no, no, bad, no, no}},
		{"/desk/naming/title.end", empty, []int{http.StatusUnauthorized, no, no, no, no, bad, no, bad, no}},
		{"/desk/nomenclatures/new", empty, []int{in, no, no, no, no, bad, no, bad, no}},
		{"/desk/keywords", nil, []int{in, ok, ok, ok, no, ok, no, ok, no}},
		{"/committee", nil, []int{ok, ok, ok, ok, ok, ok, ok, ok, ok}},
		{"/nomenclatures", nil, []int{ok, ok, ok, ok, ok, ok, ok, ok, ok}},
	} {
		for n, by := range all {
			if got := h.status(by, tt.path, tt.form); got != tt.want[n] {
				t.Errorf("%q %s: %d; want %d", by.Role, tt.path, got, tt.want[n])
			}
		}
	}
}

func (h *house) status(by identity.Actor, target string, form url.Values) int {
	h.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r := httptest.NewRequestWithContext(h.Context(), method, "http://jard.test"+target, strings.NewReader(body))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r.WithContext(web.WithActor(r.Context(), by)))
	return w.Code
}

// Whatever a form holds, the answer is a page, and never ours to be ashamed of.
func FuzzForms(f *testing.F) {
	h := open(f, databasetest.Open(f))
	d, err := h.register.Create(f.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste des écoles."}})
	h.ok(err)
	f.Add("leila", "texte", "2026-11-16", "operator")
	f.Add("<script>", "\x00\u202e", "9999-99-99", "' OR 1=1")
	f.Add(strings.Repeat("é", 5000), "\xff", "-1", "")
	f.Fuzz(func(t *testing.T, one, text, day, word string) {
		h.TB = t
		form := url.Values{
			"account": {one}, "deputy": {word}, "function": {text}, "mailbox": {one}, "act_ref": {text}, "act_day": {day}, "starts_on": {day},
			"ends_on": {day}, "name": {one}, "quality": {word}, "organisation": {text}, "subject.fr": {one}, "text.fr": {text}, "addressee": {word},
			"target": {one}, "title": {one}, "columns": {text}, "code": {one}, "version": {word}, "keeper": {text}, "url": {one}, "entries": {text},
			"advice": {word}, "adopted_on": {day}, "params": {text}, "rule": {one}, "field": {word}, "hash": {day}, "reason": {text}, "nomenclature": {one},
		}
		for _, path := range []string{
			"/desk/officers/marhp/designation", "/desk/committee/members", "/desk/naming", "/desk/naming/title.end", "/desk/nomenclatures/new",
		} {
			if got := h.status(operator, path, form); got >= 500 {
				t.Errorf("%s: %d", path, got)
			}
		}
		if got := h.status(member, "/desk/committee/advice/new", form); got >= 500 {
			t.Errorf("advice: %d", got)
		}
		for _, act := range []string{"fix", "exception", "nomenclature"} {
			if got := h.status(officer, "/desk/datasets/"+d.Ref+"/naming/"+act, form); got >= 500 {
				t.Errorf("%s: %d", act, got)
			}
		}
	})
}

func TestWhatTheDesksSayFirst(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		calls := func(by identity.Actor) string {
			list, err := h.pages.Calls(web.WithActor(t.Context(), by))
			h.ok(err)
			var all []string
			for _, c := range list {
				all = append(all, c.Text)
			}
			return apostrophes.Replace(strings.Join(all, "; "))
		}
		if got := calls(officer); got != "" {
			t.Errorf("an officer is told %q", got)
		}
		if got := calls(head); got != "1 organisme sans chargé confirmé" {
			t.Errorf("a head is told %q", got)
		}
		h.ask(operator, "/desk/committee/members", url.Values{
			"name": {"H. M."}, "quality": {"civil"}, "organisation": {"A"}, "act_ref": {"a"}, "act_day": {"2024-01-02"}, "starts_on": {"2024-01-02"},
		}, http.StatusSeeOther)
		at := h.ask(member, "/desk/committee/advice/new", url.Values{"subject.fr": {"s"}, "text.fr": {"t"}, "addressee": {"operator"}}, http.StatusSeeOther)
		h.ask(member, at+"/adoption", url.Values{"day": {"2026-11-10"}}, http.StatusSeeOther)
		h.ask(operator, "/desk/officers/marhp/designation", url.Values{
			"account": {"leila"}, "function": {"Direction"}, "mailbox": {"a@b.tn"}, "act_ref": {"n"}, "act_day": {"2026-11-10"}, "starts_on": {"2026-11-16"},
		}, http.StatusSeeOther)
		for _, want := range []string{"1 avis du comité attend une réponse", "1 mandat du comité se termine bientôt", "organismes sans chargé confirmé"} {
			if got := calls(operator); !strings.Contains(got, want) {
				t.Errorf("the operator is told %q, not %q", got, want)
			}
		}
		if got := calls(officer); !strings.Contains(got, "Vous êtes proposé comme chargé") {
			t.Errorf("who is proposed is told %q", got)
		}
	})
}

// The effect of the rule is data: ignored, nothing is found.
func TestNamingIsSilentWhenTheRulesSaySo(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d, err := h.register.Create(t.Context(), officer, "marhp", inventory.Content{Title: lang.Text{"fr": "Liste des écoles."}})
		h.ok(err)
		v, err := sheet.ReadVocabulary(pilot.Files)
		h.ok(err)
		for effect, want := range map[inventory.Effect]int{inventory.Warn: 1, inventory.Ignore: 0} {
			for n := range v.Rules {
				if v.Rules[n].Code == naming.RuleCode {
					v.Rules[n].Effect = effect
				}
			}
			h.ok(h.register.Seed(t.Context(), identity.System("seed"), v))
			_, found := h.call(officer, http.MethodGet, "/api/v1/datasets/"+d.Ref+"/naming", nil, http.StatusOK)
			if n := len(found["items"].([]any)); n != want {
				t.Errorf("%s: %d findings; want %d", effect, n, want)
			}
		}
	})
}
