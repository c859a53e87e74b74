package resultsweb

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/privacy"
	"github.com/jard-odi/jard/configs/questions"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	nobody = identity.Actor{}
	mcd    = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}
	owner  = identity.Actor{Account: "o", Name: "Ali", Role: identity.ServiceOwner, Institution: "mi", Institutions: []string{"mi"}}
	other  = identity.Actor{Account: "x", Name: "Imen", Role: identity.ServiceOwner, Institution: "mf", Institutions: []string{"mf"}}
)

type people struct{}

func (people) Institutions(context.Context) (identity.Tree, error) {
	return identity.Tree{"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Intérieur", "ar": "الداخلية"}}}, nil
}

// house is the room with everything under it.
type house struct {
	t       testing.TB
	handler http.Handler
	store   *surveydb.Store
	now     time.Time
	books   [][]Remark
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{t: t, now: noon}
	clock := func() time.Time { return h.now }
	for _, slug := range []string{"mi", "mf"} {
		if err := db.Create(&identity.Institution{Slug: slug, Kind: identity.Ministry, Name: lang.Text{"fr": slug}}).Error; err != nil {
			t.Fatal(err)
		}
	}
	watched := monitordb.New(db, clock)
	for slug, state := range map[string]monitor.State{"cin": monitor.Active, "tax": monitor.Active, "draft": monitor.Draft} {
		_, err := watched.Add(t.Context(), mcd, monitor.Service{
			Slug: slug, Name: lang.Text{"fr": "Service " + slug, "ar": "خدمة " + slug}, Institution: map[string]string{"tax": "mf"}[slug] + map[bool]string{true: "mi"}[slug != "tax"],
			URL: "https://example.tn", Tier: monitor.Normal, LifeEvent: "birth", Languages: []lang.Tag{lang.French}, State: state,
			Checks: []monitor.Check{{Name: "page", Kind: monitor.HTTP, Target: "https://example.tn", Schedule: "@every 60s", Timeout: 10 * time.Second}},
		}, schedule.Period)
		if err != nil {
			t.Fatal(err)
		}
	}
	h.store = surveydb.New(db, clock).Waving(func(string, time.Time) (time.Time, error) { return h.now.AddDate(0, 3, 0), nil }, nil, nil)
	for _, name := range []string{"portal-tn.yaml", "quick.yaml"} {
		data, err := questions.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set, problems := survey.ReadSet(data)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if err := h.store.Seed(t.Context(), identity.System("seed"), set); err != nil {
			t.Fatal(err)
		}
	}
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, watched, people{}, h.sheets(), clock).Forgets(24).Routes()
	h.handler = shell.Handler()
	return h
}

// sheets reads and writes CSV in place of workbooks, and notes remarks.
func (h *house) sheets() Sheets {
	return Sheets{
		Read: func(_ context.Context, _ string, data []byte) ([][]string, error) {
			in := csv.NewReader(bytes.NewReader(data))
			in.FieldsPerRecord = -1
			lines, err := in.ReadAll()
			if err != nil {
				return nil, fault.At("file", "survey.import.unreadable")
			}
			return lines, nil
		},
		Write: func(w io.Writer, _ string, header []string, rows iter.Seq2[[]string, error]) error {
			out := csv.NewWriter(w)
			err := out.Write(header)
			for row, failed := range rows {
				err = errors.Join(err, failed, out.Write(row))
			}
			out.Flush()
			return err
		},
		Comment: func(book []byte, _ string, remarks []Remark, w io.Writer) error {
			h.books = append(h.books, remarks)
			_, err := w.Write(book)
			return err
		},
	}
}

func (h *house) ask(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req = req.WithContext(web.WithActor(req.Context(), by))
	req.Header.Set("Accept-Language", "fr")
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

// want sees to a status, and to words that must be there; those after "!" must not.
func (h *house) want(rec *httptest.ResponseRecorder, status int, words ...string) {
	h.t.Helper()
	body := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "&#39;", "'", "’", "'").Replace(rec.Body.String())
	if rec.Code != status {
		h.t.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, s := range words {
		unwanted, not := strings.CutPrefix(s, "!")
		if strings.Contains(body, unwanted) == not {
			h.t.Errorf("%q: there %t\n%s", unwanted, not, body)
		}
	}
}

// answer has so many people answer in the hour of now, one after another day.
func (h *house) answer(service string, points ...int) {
	h.t.Helper()
	for n, point := range points {
		f := &survey.Form{Service: service, Channel: survey.Widget, Language: lang.Arabic, Took: time.Minute, Answers: map[string]string{
			"ease": "4", "satisfaction": fmt.Sprint(point), "finished": "yes", "clarity": "3", "office": "no",
		}}
		if n == 0 {
			f.Answers["comment"] = "<b>Trop lent</b>, mon numéro est le 98 765 432"
		}
		h.now = h.now.Add(time.Minute * 10)
		if _, err := h.store.Accept(h.t.Context(), f, netip.AddrFrom4([4]byte{41, byte(n), byte(point), 1})); err != nil {
			h.t.Fatal(err)
		}
	}
}

func points(n, point int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = point
	}
	return out
}

func TestResultsForEverybody(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction", ""), 200, "Pas encore de réponse", "Il faut encore environ 601 réponses", "Aucune réponse")
		h.want(h.ask(nobody, "GET", "/services/draft/satisfaction", ""), 404)
		h.want(h.ask(nobody, "GET", "/services/none/satisfaction", ""), 404)
		h.answer("cin", 5, 1, 4)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction", ""), 200, "Pas encore décidable", "Êtes-vous satisfait de ce service ?", "bouton du site", "!Trop lent", "!98 765", "!/desk/services/cin/answers")
		h.answer("cin", points(60, 5)...)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction?days=30", ""), 200, "Objectif atteint", `aria-current="page">30 derniers jours`, "Avez-vous terminé")
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction", "", "Accept-Language", "ar"), 200, `dir="rtl"`, "الهدف محقَّق", "رضا المستعملين")
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction?days=7&again=nonsense", "", "Accept-Language", "en"), 200, "Goal reached")
		h.want(h.ask(owner, "GET", "/services/cin/satisfaction", ""), 200, "/desk/services/cin/answers")
		for plot, want := range map[string]string{"levels": "satisfaction,self,5,61", "weeks": "2026-11-16,63,0,", "questions": "clarity,self,63", "x": "question,scale,point,answers"} {
			h.want(h.ask(nobody, "GET", "/services/cin/satisfaction.csv?plot="+plot, ""), 200, want)
		}
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction/editions/"+strings.Repeat("0", 64), ""), 404)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction/editions/x", ""), 404)
		if err := h.store.Roll(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.now = time.Date(2027, 1, 3, 12, 0, 0, 0, time.UTC)
		if err := h.store.FreezeQuarter(t.Context(), mcd); err != nil {
			t.Fatal(err)
		}
		list, err := h.store.Editions(t.Context(), "cin")
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction?again="+list[0].Hash, ""), 200, "Trimestre 4 de 2026", "La même empreinte")
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction/editions/"+list[0].Hash, ""), 200, "jard answers 1\nservice cin")
		h.want(h.ask(nobody, "GET", "/services/tax/satisfaction/editions/"+list[0].Hash, ""), 404)
	})
}

func TestTheDepartmentReadsAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.answer("cin", 2, 4)
		const path = "/desk/services/cin/answers"
		h.want(h.ask(nobody, "GET", path, ""), 303)
		for role, may := range map[identity.Role]bool{
			identity.Officer: false, identity.Supervisor: true, identity.MCD: true, identity.ServiceOwner: true,
			identity.Committee: true, identity.Admin: true, identity.Agent: false,
		} {
			by := identity.Actor{Account: "r", Role: role, Institution: "mi", Institutions: []string{"mi"}}
			if got := h.ask(by, "GET", path, "").Code == 200; got != may {
				t.Errorf("%s reads answers: %t; want %t", role, got, may)
			}
		}
		if code := h.ask(other, "GET", path, "").Code; code != 403 && code != 404 {
			t.Errorf("another ministry reads: %d", code)
		}
		h.want(h.ask(owner, "GET", path, ""), 200, "&lt;b&gt;Trop lent&lt;/b&gt;", "[tel]", "!98 765", "Sans texte", "Marquer comme traité")
		h.want(h.ask(owner, "GET", path+"?q=TROP&only=words", ""), 200, "Trop lent", "!Sans texte")
		h.want(h.ask(owner, "GET", path+"?q=%25", ""), 200, "Aucune réponse ici")
		h.want(h.ask(owner, "GET", path+"?flag=burst&days=365", "", "Accept-Language", "ar"), 200, "لا توجد إجابات هنا")
		list, err := h.store.Answers(t.Context(), owner, surveydb.Wanted{Service: "cin", From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1), WithWords: true})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		one := fmt.Sprintf("%s/%d", path, list[0].ID)
		h.want(h.ask(owner, "POST", one+"/treat", "done=true&list=only%3Dwaiting"), 303)
		h.want(h.ask(owner, "GET", path+"?only=waiting", ""), 200, "Aucune réponse ici")
		h.want(h.ask(owner, "POST", one+"/treat", "done=false"), 303)
		h.want(h.ask(owner, "GET", "/desk/satisfaction", ""), 200, "Service cin", "!Service tax", "Intérieur")
		h.want(h.ask(mcd, "GET", "/desk/satisfaction?institution=mf", ""), 200, "Service tax", "!Service cin")
		h.want(h.ask(identity.Actor{Account: "r", Role: identity.Agent, Institution: "mi", Institutions: []string{"mi"}}, "GET", "/desk/satisfaction", ""), 403)
		h.want(h.ask(owner, "POST", one+"/erase", "reason=+"), 422, "Dites pourquoi ce texte est effacé", `aria-invalid="true"`)
		h.want(h.ask(owner, "POST", strings.Replace(one, "cin", "tax", 1)+"/erase", "reason=x"), 404)
		h.want(h.ask(owner, "POST", path+"/77/erase", "reason=x"), 404)
		h.want(h.ask(owner, "POST", path+"/x/erase", "reason=x"), 404)
		h.want(h.ask(identity.Actor{Account: "c", Role: identity.Committee}, "POST", one+"/erase", "reason=x"), 403)
		h.want(h.ask(owner, "POST", one+"/erase", "reason=nom+d%27un+agent"), 303)
		h.want(h.ask(owner, "GET", path, ""), 200, "!Trop lent")
	})
}

func TestWavesOnTheDesk(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const path = "/desk/services/cin/waves"
		var in struct {
			Ask          bool
			Wave, Reason string
		}
		invite := func() {
			t.Helper()
			rec := h.ask(nobody, "GET", "/survey/cin/invite", "")
			h.want(rec, 200)
			if rec.Header().Get("Access-Control-Allow-Origin") != "*" || rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Set-Cookie") != "" {
				t.Errorf("headers %v", rec.Header())
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &in); err != nil {
				t.Fatal(err)
			}
		}
		if invite(); !in.Ask || in.Reason != "open" {
			t.Errorf("%+v", in)
		}
		h.want(h.ask(nobody, "GET", "/survey/nowhere/invite", ""), 404)
		h.want(h.ask(owner, "GET", path, ""), 200, "Aucune vague", "Planifier une vague")
		bad := url.Values{"start": {"demain"}, "days": {"peu"}, "margin": {"4"}, "quiet_from": {"22:00"}, "quiet_to": {"07:00"}}
		h.want(h.ask(owner, "POST", path, bad.Encode()), 422, `value="demain"`, `value="peu"`, "Donnez le premier jour")
		bad.Set("start", "2026-11-01")
		h.want(h.ask(owner, "POST", path, bad.Encode()), 422, "Ce jour est passé", "Une vague dure de 3 à 120 jours")
		bad.Set("again", "cron")
		h.want(h.ask(owner, "POST", path, bad.Encode()), 422, "Cette expression cron ne désigne aucun jour")
		good := url.Values{"start": {"2026-11-22"}, "days": {"14"}, "margin": {"10"}, "again": {"0 0 1 1,4,7,10 *"}}
		h.want(h.ask(other, "POST", path, good.Encode()), 404)
		h.want(h.ask(owner, "POST", path, good.Encode()), 303)
		h.want(h.ask(owner, "POST", path, good.Encode()), 409, "Une autre vague de ce service")
		if err := h.store.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if invite(); !in.Ask || in.Wave == "" || in.Reason != "drawn" {
			t.Errorf("%+v", in)
		}
		h.want(h.ask(owner, "GET", path, ""), 200, "En cours", "0 réponses sur 97", "chaque trimestre", "Jour par jour")
		h.want(h.ask(owner, "GET", path, "", "Accept-Language", "ar"), 200, "جارية", `dir="rtl"`)
		h.want(h.ask(owner, "POST", path+"/"+in.Wave+"/end", "reason=&revision=1"), 422, "Dites pourquoi la vague s'arrête")
		h.want(h.ask(owner, "POST", path+"/none/end", "reason=x"), 404)
		h.want(h.ask(owner, "POST", path+"/"+in.Wave+"/end", "reason=%C3%A9lections"), 303)
		h.want(h.ask(owner, "GET", path, ""), 200, "Vagues passées", "élections")
		if invite(); in.Ask || in.Reason != "no_wave" {
			t.Errorf("%+v", in)
		}
	})
}

// upload is a form with a file.
func upload(t *testing.T, mode, text string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("mode", mode); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		part, err := w.CreateFormFile("file", "appels.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

func TestListsOnTheDesk(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const path = "/desk/services/cin/lists"
		send := func(by identity.Actor, mode, text string) *httptest.ResponseRecorder {
			body, kind := upload(t, mode, text)
			return h.ask(by, "POST", path, body, "Content-Type", kind)
		}
		h.want(h.ask(owner, "GET", path, ""), 200, "Déposer une liste", "template?in=ar")
		h.want(h.ask(owner, "GET", path+"/template?in=ar", ""), 200, "date,language,ease", "# تاريخ المقابلة")
		h.want(send(owner, "phone", ""), 422, "Choisissez un fichier")
		h.want(send(owner, "", "date,language,ease\n2026-11-20,fr,4\n"), 422, "téléphone")
		h.want(send(owner, "phone", "a,b\n1,2\n"), 422, "« a » n'est pas une question de portal-tn@1")
		h.want(send(owner, "phone", "a,\"b\n1,2\n"), 422, "ni un classeur")
		h.want(send(other, "phone", "a,b\n"), 404)
		rec := send(owner, "phone", "date,language,ease,satisfaction,finished,comment\n2026-11-20,fr,4,5,yes,\n2026-11-20,ar,9,5,yes,هاتفي 98765432\n")
		h.want(rec, 303)
		list := rec.Header().Get("Location")
		h.want(h.ask(owner, "GET", list, ""), 200, "À confirmer", "Donnez une note de 1 à 5", "answer-cell-wrong", "[tel]", "!98765432", "Ajouter la ligne valable seulement")
		h.want(h.ask(owner, "GET", list+"/comments.xlsx", ""), 200, "[tel]")
		if len(h.books) != 1 || len(h.books[0]) != 1 || h.books[0][0].Row != 3 || h.books[0][0].Column != 3 {
			t.Errorf("remarks %+v", h.books)
		}
		h.want(h.ask(owner, "POST", list+"/apply", "sound=false"), 409, "1 ligne est en faute")
		h.want(h.ask(other, "POST", list+"/apply", "sound=true"), 404)
		h.want(h.ask(owner, "POST", list+"/apply", "sound=true"), 303)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction", ""), 200, "Par téléphone, sur 5")
		h.want(h.ask(owner, "POST", list+"/apply", "sound=true"), 409, "n'attend plus de décision")
		h.want(h.ask(owner, "POST", list+"/undo", "x=1"), 303)
		h.want(h.ask(owner, "POST", list+"/undo", "x=1"), 409)
		h.want(h.ask(nobody, "GET", "/services/cin/satisfaction", ""), 200, "Pas encore de réponse")
		h.want(h.ask(owner, "GET", path, "", "Accept-Language", "ar"), 200, "سُحبت")
		h.want(h.ask(owner, "GET", path+"/none", ""), 404)
	})
}

func TestTheNotice(t *testing.T) {
	say := func(_ lang.Tag, key string, args ...any) string { return fmt.Sprint(key, args) }
	all, err := readNotice(privacy.Notice, 24, say)
	if err != nil || len(all) < 5 {
		t.Fatalf("%d paragraphs, %v", len(all), err)
	}
	for _, one := range all {
		for _, tag := range lang.All() {
			if strings.ContainsAny(one.Text[string(tag)], "{}") {
				t.Errorf("%s %s: %s", one.Code, tag, one.Text[string(tag)])
			}
		}
	}
	for _, bad := range []string{"", "code\n", "code,a,b,c,d,e,f,g,h\nx,,t,t,t,t,t,s,validé\n", "a,b\n\"c"} {
		if _, err := readNotice([]byte(bad), 24, say); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/survey/privacy", ""), 200, "24 mois", "à valider par un juriste")
		h.want(h.ask(nobody, "GET", "/survey/privacy", "", "Accept-Language", "ar"), 200, "24 شهرا")
	})
}
