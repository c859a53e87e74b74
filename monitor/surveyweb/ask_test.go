package surveyweb

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

func TestPageAsksAndThanks(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		page := h.ask(nobody, "GET", "/survey/b3", "")
		h.want(page, 200, "Extrait n° 3", "a-t-il été facile", `name="answers.ease" value="5"`, "2004-63", `lang="ar">العربية`)
		v := form(page.Body.String())
		for code, said := range map[string]string{"ease": "4", "satisfaction": "5", "finished": "yes", "help_useful": "1"} {
			v.Set("answers."+code, said)
		}
		v.Set("act", "send")
		h.now = noon.Add(40 * time.Second)
		h.want(h.ask(nobody, "POST", "/survey/b3?lang=fr", v.Encode()), 200, "Merci", "en dire plus")
		answers, apart, flags, sums := h.counted()
		if answers != 1 || apart != 0 || len(flags) != 0 {
			t.Fatalf("%d answers, %d apart, %v; want one", answers, apart, flags)
		}
		for g, tally := range sums {
			if g.Channel != survey.Web || g.Language != lang.French || tally.Questions["help_useful"] != nil {
				t.Errorf("kept as %+v with %v; want web, fr, without what was skipped", g, tally.Questions)
			}
		}
		// Sent twice it is kept once, and thanked for again.
		h.want(h.ask(nobody, "POST", "/survey/b3?lang=fr", v.Encode()), 200, "Merci")
		// Words may follow, once.
		more := url.Values{"key": v["key"], "comment": {"Appelez le 98 123 456, merci."}}
		h.want(h.ask(nobody, "POST", "/survey/b3/more?lang=fr", more.Encode()), 200, "ajoutés")
		h.want(h.ask(nobody, "POST", "/survey/b3/more?lang=fr", more.Encode()), 422, "déjà ajouté", "98 123 456")
		all, err := h.store.Answers(t.Context(), mcd, surveydb.Wanted{Service: "b3", From: noon, To: noon.Add(time.Hour)})
		if err != nil || len(all) != 1 || strings.Contains(all[0].Comment, "98") || !strings.Contains(all[0].Comment, "[tel]") {
			t.Errorf("kept %+v, %v; want one answer with a masked number", all, err)
		}
		h.want(h.ask(nobody, "POST", "/survey/b3/more", "key=unknown&comment=x"), 404)
		h.now = noon.Add(2 * time.Hour)
		h.want(h.ask(nobody, "POST", "/survey/b3/more?lang=fr", more.Encode()), 422, "trop tard")
	})
}

func TestNothingIsLeftInTheBrowser(t *testing.T) {
	h := open(t, databasetest.Open(t))
	cookies := "jard_lang=en; jard_flash=WyJzdXJ2ZXlhc2suZGVzay5zYXZlZCJd; __Host-jard_session=dead"
	for _, path := range []string{
		"/survey/b3", "/survey/b3?lang=ar", "/survey/b3/qr", "/survey/b3/qr?lang=en", "/survey/b3/kiosk", "/survey/b3/kiosk?lang=fr", "/survey/nobody?lang=ar",
		"/api/v1/surveys/b3?lang=ar",
	} {
		rec := h.ask(nobody, "GET", path, "", "Cookie", cookies)
		if got := rec.Header()["Set-Cookie"]; got != nil {
			t.Errorf("%s sets %q", path, got)
		}
		if strings.Contains(path, "nobody") {
			h.want(rec, 404)
			continue
		}
		h.want(rec, 200)
		if strings.Contains(rec.Body.String(), "réglages sont enregistrés") {
			t.Errorf("%s tells what another page did", path)
		}
		if path == "/survey/b3" && !strings.Contains(rec.Body.String(), `<html lang="fr"`) {
			t.Errorf("%s follows a cookie", path)
		}
	}
	rec := h.ask(nobody, "GET", "/survey/b3?token=v1.b3.20261122.abcdefgh.x", "")
	if got := rec.Header().Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("a page with a token in its address has Referrer-Policy %q", got)
	}
	if got := rec.Header().Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("Cache-Control %q", got)
	}
}

func TestLanguageChangesWithoutLosingAnswers(t *testing.T) {
	h := open(t, databasetest.Open(t))
	v := form(h.ask(nobody, "GET", "/survey/b3", "").Body.String())
	v.Set("act", "speak")
	v.Set("answers.ease", "2")
	v.Set("answers.comment", "<script>x</script> trop long")
	page := h.ask(nobody, "POST", "/survey/b3?lang=ar", v.Encode())
	h.want(page, 200, `<html lang="ar" dir="rtl"`, `name="answers.ease" value="2" checked`, "&lt;script&gt;x&lt;/script&gt; trop long", `value="`+v.Get("key")+`"`,
		`value="`+v.Get("began")+`"`)
	if answers, _, _, _ := h.counted(); answers != 0 {
		t.Errorf("%d answers kept by choosing a language", answers)
	}
}

func TestFormComesBackWithEachFault(t *testing.T) {
	h := open(t, databasetest.Open(t))
	valid := url.Values{"answers.ease": {"4"}, "answers.satisfaction": {"5"}, "answers.finished": {"yes"}, "answers.comment": {"gardé"}, "key": {"k"}}
	for name, tt := range map[string]struct {
		field, value string
		status       int
		says         string
	}{
		"missing":       {"answers.ease", "", 422, "Merci de répondre à cette question."},
		"off the scale": {"answers.ease", "6", 422, "Donnez une note de 1 à 5."},
		"no number":     {"answers.ease", "🙂", 422, "Donnez une note de 1 à 5."},
		"no choice":     {"answers.finished", "maybe", 422, "une des réponses proposées."},
		"too long":      {"answers.comment", strings.Repeat("é", 2001), 422, "Votre texte dépasse 2 000 caractères."},
		"long key":      {"key", strings.Repeat("k", 101), 422, "La clé dépasse 100 caractères."},
		"half a token":  {"token", "v1.b3", 422, "Ce lien est incomplet ou abîmé."},
		"forged":        {"token", "v1.b3.20261122.abcdefgh.AAAAAAAAAAAAAAAAAAAAAA", 422, "signé par le service"},
		"100 kB":        {"answers.comment", strings.Repeat("x", 100<<10), 413, ""},
		"not UTF-8":     {"answers.comment", "\xff\xfe", 422, ""},
	} {
		v := url.Values{}
		maps.Copy(v, valid)
		v.Set(tt.field, tt.value)
		rec := h.ask(nobody, "POST", "/survey/b3?lang=fr", v.Encode())
		body := strings.ReplaceAll(strings.ReplaceAll(rec.Body.String(), "\u202f", " "), "&nbsp;", " ")
		if rec.Code != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d without %q\n%s", name, rec.Code, tt.says, body)
		}
		if tt.status == 422 && tt.field != "answers.comment" && !strings.Contains(body, "gardé") {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	if answers, apart, _, _ := h.counted(); answers+apart != 0 {
		t.Errorf("%d answers and %d apart were kept of faulty forms", answers, apart)
	}
}

func TestTokenCountsOnceAndApart(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		tokens, err := h.store.Mint(t.Context(), owner, "b3", 1)
		if err != nil {
			t.Fatal(err)
		}
		page := h.ask(nobody, "GET", "/survey/b3?token="+tokens[0], "")
		h.want(page, 200, "comptera comme vérifiée")
		v := form(page.Body.String())
		v.Set("answers.ease", "1")
		v.Set("answers.satisfaction", "1")
		v.Set("answers.finished", "no")
		h.now = noon.Add(time.Minute)
		h.want(h.ask(nobody, "POST", "/survey/b3?lang=fr", v.Encode()), 200, "réponses vérifiées")
		v.Set("key", "another")
		again := h.ask(nobody, "POST", "/survey/b3?lang=fr", v.Encode())
		h.want(again, 409, "Ce lien a déjà servi", `name="token" value=""`, `name="answers.ease" value="1" checked`)
		_, _, _, sums := h.counted()
		if f := sums.Score(survey.Satisfaction, survey.Part{}); f.N != 1 || f.VerifiedN != 1 {
			t.Errorf("n = %d, verified %d; want one verified", f.N, f.VerifiedN)
		}
	})
}

func TestHurriedAndTrappedAreSetApart(t *testing.T) {
	h := open(t, databasetest.Open(t))
	send := func(after time.Duration, change func(url.Values)) {
		h.now = noon
		v := form(h.ask(nobody, "GET", "/survey/b3", "").Body.String())
		v.Set("answers.ease", "4")
		v.Set("answers.satisfaction", "2")
		v.Set("answers.finished", "yes")
		change(v)
		h.now = noon.Add(after)
		h.want(h.ask(nobody, "POST", "/survey/b3", v.Encode()), 200)
	}
	send(time.Second, func(url.Values) {})
	send(time.Minute, func(v url.Values) { v.Set("website", "http://spam.example") })
	send(time.Minute, func(url.Values) {})
	send(time.Second, func(v url.Values) { v.Set("began", "nonsense") }) // its time is not known
	answers, apart, flags, _ := h.counted()
	if answers != 2 || apart != 2 || flags[survey.Fast] != 1 || flags[survey.Honeypot] != 1 {
		t.Errorf("%d count, %d apart, %v; want 2 and 2, one hurried, one trapped", answers, apart, flags)
	}
}

func TestPosterAsksTheShortSet(t *testing.T) {
	h := open(t, databasetest.Open(t))
	page := h.ask(nobody, "GET", "/survey/b3/qr", "", "Accept-Language", "ar")
	h.want(page, 200, `dir="rtl"`, "face-1", "face-3", `action="/survey/b3/qr?lang=ar"`)
	v := form(page.Body.String())
	v.Set("answers.satisfaction", "3")
	h.want(h.ask(nobody, "POST", "/survey/b3/qr?lang=ar", v.Encode()), 200, "شكرا")
	_, _, _, sums := h.counted()
	for g := range sums {
		if g.Channel != survey.QR || g.Set != "quick" || g.Language != lang.Arabic {
			t.Errorf("kept as %+v", g)
		}
	}
}

func TestOneTouchAtTheCounter(t *testing.T) {
	h := open(t, databasetest.Open(t))
	page := h.ask(nobody, "GET", "/survey/b3/kiosk", "")
	h.want(page, 200, `<html lang="ar" dir="rtl"`, `lang="fr" dir="ltr">Êtes-vous satisfait`, `name="answers.satisfaction" value="3"`)
	if page.Header().Get("Refresh") != "" {
		t.Error("the first screen goes away by itself")
	}
	v := form(page.Body.String())
	v.Set("answers.satisfaction", "3")
	for range 2 { // a finger that trembles
		thanks := h.ask(nobody, "POST", "/survey/b3/kiosk?lang=ar", v.Encode())
		h.want(thanks, 200, "شكرا")
		if got := thanks.Header().Get("Refresh"); got != "10; url=/survey/b3/kiosk?lang=ar" {
			t.Errorf("Refresh: %q", got)
		}
	}
	if answers, _, _, _ := h.counted(); answers != 1 {
		t.Errorf("%d answers; want one", answers)
	}
	v.Set("answers.satisfaction", "9")
	h.want(h.ask(nobody, "POST", "/survey/b3/kiosk", v.Encode()), 200, "face-1") // begins again
}

// A set of five points and a choice, all needed, is asked screen by screen.
func TestCounterAsksEveryNeededQuestion(t *testing.T) {
	h := open(t, databasetest.Open(t))
	asking, err := h.store.Asking(t.Context(), "b3")
	if err != nil {
		t.Fatal(err)
	}
	asking.Quick = survey.DefaultSet
	if _, err := h.store.Choose(t.Context(), owner, asking, asking.Revision); err != nil {
		t.Fatal(err)
	}
	page := h.ask(nobody, "GET", "/survey/b3/kiosk?lang=fr", "")
	for _, step := range [][2]string{{"ease", "4"}, {"satisfaction", "5"}, {"finished", "partly"}} {
		h.want(page, 200, `name="answers.`+step[0]+`" value="`+step[1]+`"`)
		v := form(page.Body.String())
		v.Set("answers."+step[0], step[1])
		page = h.ask(nobody, "POST", "/survey/b3/kiosk?lang=fr", v.Encode())
	}
	h.want(page, 200, "Merci", "شكرا")
	_, _, _, sums := h.counted()
	if f := sums.Score("ease", survey.Part{}); f.N != 1 {
		t.Errorf("n = %d; want 1", f.N)
	}
}

func TestClosedAndUnknown(t *testing.T) {
	h := open(t, databasetest.Open(t))
	asking, err := h.store.Asking(t.Context(), "b3")
	if err != nil {
		t.Fatal(err)
	}
	asking.Open = false
	if _, err := h.store.Choose(t.Context(), owner, asking, asking.Revision); err != nil {
		t.Fatal(err)
	}
	h.want(h.ask(nobody, "GET", "/survey/b3", ""), 410, "Ce service ne recueille pas")
	h.want(h.ask(nobody, "POST", "/survey/b3", "answers.ease=4"), 410)
	h.want(h.ask(nobody, "GET", "/survey/b3/kiosk", ""), 410)
	for _, path := range []string{"/survey/draft", "/survey/draft/qr", "/survey/draft/kiosk", "/survey/none", "/survey/none/kiosk", "/survey/none/other"} {
		h.want(h.ask(owner, "GET", path, ""), 404)
	}
}

func TestNoticeIsDataInEveryLanguage(t *testing.T) {
	all, err := readNotice(questions.Notice)
	if err != nil || len(all.Rest) < 4 {
		t.Fatalf("%d sentences, %v", len(all.Rest), err)
	}
	for n, text := range append(all.Rest, all.Short) {
		for _, tag := range lang.All() {
			if text[string(tag)] == "" {
				t.Errorf("sentence %d has no %s", n, tag)
			}
		}
	}
	if !strings.Contains(string(questions.Notice), "à valider juridiquement") {
		t.Error("nothing says that a lawyer is to read it")
	}
	if _, err := readNotice([]byte("a,b\n\"")); err == nil {
		t.Error("a broken table is read")
	}
}

func FuzzAnswerForm(f *testing.F) {
	db := databasetest.Open(f)
	h := open(f, db)
	f.Add("answers.ease=4&answers.satisfaction=5&answers.finished=yes")
	f.Add("answers.ease=%00&token=v1.b3.20261122.a.b&began=1.2&key=%ff")
	f.Add("act=speak&answers.comment=%E2%80%AEabc&at=%22%3E")
	f.Add(";;&&==%")
	f.Fuzz(func(t *testing.T, body string) {
		h := house{t: t, handler: h.handler}
		for _, path := range []string{"/survey/b3?lang=fr", "/survey/b3/kiosk", "/survey/b3/more"} {
			rec := h.ask(nobody, "POST", path, body, "Content-Type", "application/x-www-form-urlencoded")
			if rec.Code >= http.StatusInternalServerError && rec.Code != http.StatusServiceUnavailable {
				t.Errorf("%s answers %d to %q", path, rec.Code, body)
			}
		}
	})
}

func FuzzAnswerJSON(f *testing.F) {
	h := open(f, databasetest.Open(f))
	f.Add(`{"answers":{"satisfaction":4}}`)
	f.Add(`{"answers":{"satisfaction":[1],"x":{}},"token":"v1.b3","language":"xx"}`)
	f.Add(`{"answers":null,"website":"y"}`)
	f.Fuzz(func(t *testing.T, body string) {
		h := house{t: t, handler: h.handler}
		rec := h.ask(nobody, "POST", "/api/v1/surveys/b3/answers", body, "Content-Type", "application/json")
		if rec.Code >= http.StatusInternalServerError && rec.Code != http.StatusServiceUnavailable {
			t.Errorf("%d to %q", rec.Code, body)
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Errorf("no JSON: %q", rec.Body.String())
		}
	})
}
