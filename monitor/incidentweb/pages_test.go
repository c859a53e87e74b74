package incidentweb

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/web"
)

func TestThePublicTimeline(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "Aucun incident en ce moment", "Aucun incident")
		h.add("a", "mi")
		h.add("b", "mf")
		h.read(monitor.Connect, "a", "b")
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "2 services ne répondent pas", "2 services partagent la même adresse réseau.", "En cours",
			"!196.203", "!secret", "!Prendre en charge")
		h.want(h.ask(nobody, "GET", "/incidents?service=b", ""), 200, "Service b", "/services/b/incidents.atom")
		h.want(h.ask(nobody, "GET", "/incidents?service=zzz", ""), 404)
		h.want(h.ask(nobody, "GET", "/incidents", "", "Accept-Language", "ar"), 200, `dir="rtl"`, "خدمتان لا تستجيبان", "خدمتان تتقاسمان عنوان الشبكة نفسه")
		h.want(h.ask(nobody, "GET", "/incidents/1", "", "Accept-Language", "en"), 200, "2 services do not answer", "Service a", "Service b",
			"!196.203", "!secret", "!Write a note")
		h.read(monitor.None, "a", "b")
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "2 services n’ont pas répondu", "Terminé", "Aucun incident en ce moment")
		for _, path := range []string{"/incidents/2", "/incidents/0", "/incidents/-1", "/incidents/x", "/incidents/99999999999999999999"} {
			h.want(h.ask(nobody, "GET", path, ""), 404)
		}
		h.want(h.ask(nobody, "GET", "/incidents?after=xyz", ""), 422)
	})
}

func TestTheDeskActsWithOneClick(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("a", "mi")
		h.add("b", "mf")
		h.read(monitor.Connect, "a", "b")
		h.want(h.ask(nobody, "GET", "/desk/incidents", ""), 303)
		h.want(h.ask(owner, "GET", "/desk/incidents", ""), 200, "2 services ne répondent pas", "196.203.5.0/24", "!Prendre en charge")
		h.want(h.ask(identity.Actor{Account: "f", Role: identity.Officer, Institution: "mi", Institutions: []string{"mi"}}, "GET", "/desk/incidents", ""), 200,
			"2 services", "!Prendre en charge")
		h.want(h.ask(mcd, "GET", "/desk/incidents?severity=huge", ""), 422)
		// What two ministries share, one of them does not quieten for both.
		h.want(h.ask(mcd, "GET", "/desk/incidents", ""), 200, "Prendre en charge")
		h.want(h.post(owner, "/incidents/1/acknowledgement", "back", "desk"), 403, "services d’autres organismes")
		h.want(h.post(mcd, "/incidents/1/acknowledgement", "back", "desk"), 303)
		h.want(h.ask(mcd, "GET", "/desk/incidents", ""), 200, "Pris en charge", "pris en charge par Sonia", "!Prendre en charge")
		h.want(h.ask(owner, "GET", "/desk/incidents", ""), 200, "Pris en charge", "!Sonia")
		h.want(h.ask(owner, "GET", "/desk/incidents?show=new", ""), 200, "Rien à suivre")
		h.want(h.ask(nobody, "GET", "/incidents/1", ""), 200, "Pris en charge.", "!Sonia")
		// The inside, as far as the reader answers for it.
		h.want(h.ask(owner, "GET", "/incidents/1", ""), 200, "secret excerpt", "secret server", "Service b", "Ajouter la note", "!Visible par tous", "!Séparer")
		h.want(h.post(owner, "/incidents/1/note", "text.fr", "interne"), 303)
		h.want(h.ask(owner, "GET", "/incidents/1", ""), 200, "interne", "Ali")
		h.want(h.ask(other, "GET", "/incidents/1", ""), 200, "Ajouter la note", "!interne", "!Ali") // it is about the part of the first
		h.want(h.ask(other, "GET", "/api/v1/incidents/1", ""), 200, "!interne", "!Ali", "!Sonia", `"acknowledged_at"`)
		h.want(h.ask(owner, "GET", "/api/v1/incidents/1", ""), 200, "interne", "Ali", "!Sonia")
		h.want(h.ask(mcd, "GET", "/api/v1/incidents/1", ""), 200, "interne", "Ali", "Sonia")
		h.want(h.post(owner, "/incidents/1/note", "text.fr", "à tous", "public", "true"), 404) // the other ministry is not his to speak for
		h.want(h.post(mcd, "/incidents/1/note", "text.fr", "Nous cherchons <b>", "text.ar", "نبحث", "public", "true"), 303)
		h.want(h.ask(nobody, "GET", "/incidents/1", ""), 200, "Nous cherchons &lt;b&gt;", "!interne")
		h.want(h.ask(nobody, "GET", "/incidents/1", "", "Accept-Language", "ar"), 200, "نبحث")
		h.want(h.ask(mcd, "GET", "/incidents/1", ""), 200, "interne", "Sonia", "Séparer")
		h.want(h.post(mcd, "/incidents/1/split", "service", "b", "revision", "1"), 412, "Quelqu’un d’autre vient de modifier")
		h.want(h.post(mcd, "/incidents/1/split", "service", "b"), 303)
		h.want(h.ask(mcd, "GET", "/desk/incidents", ""), 200, "Service a", "Service b")
		h.want(h.post(mcd, "/incidents/1/resolution", "resolution", "handled"), 409, "1 vérification échoue encore")
		h.want(h.post(mcd, "/incidents/2/resolution", "resolution", "dismissed"), 303)
		h.want(h.ask(nobody, "GET", "/incidents/2", ""), 200, "Fausse alerte")
		stranger := identity.Actor{Account: "z", Role: identity.ServiceOwner, Institution: "ms", Institutions: []string{"ms"}}
		h.want(h.post(stranger, "/incidents/1/acknowledgement"), 404)
		h.want(h.post(nobody, "/incidents/1/acknowledgement"), 303) // to sign in
		h.want(h.post(identity.Actor{Account: "c", Role: identity.Committee}, "/incidents/1/acknowledgement"), 403)
		h.want(h.post(mcd, "/incidents/1/explosion"), 404)
		h.want(h.post(mcd, "/incidents/9/acknowledgement"), 404)
	})
}

func TestAReviewLosesNoKeystroke(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("a", "mi")
	h.read(monitor.Status, "a")
	full := []string{"what.fr", "Ce fut long", "cause.ar", "السبب", "done.fr", "Relancé", "change.en", "More servers"}
	h.want(h.post(owner, "/incidents/1/review", append(full, "do", "publish")...), 409, "L’incident dure encore", "Ce fut long", "السبب", "More servers")
	h.want(h.post(owner, "/incidents/1/review", append(full, "do", "draft")...), 303)
	h.want(h.ask(nobody, "GET", "/incidents/1", ""), 200, "!Ce fut long")
	h.read(monitor.None, "a")
	h.want(h.post(owner, "/incidents/1/review", "what.fr", "Ce fut très long", "do", "publish"), 422, "Ce fut très long", "La cause", "Ce qui change")
	h.want(h.post(owner, "/incidents/1/review", append(full, "do", "publish")...), 303)
	h.want(h.ask(nobody, "GET", "/incidents/1", ""), 200, "Ce fut long", "Le bilan est publié", "More servers")
	h.want(h.post(owner, "/incidents/1/note", "text.fr", strings.Repeat("é", 4001), "text.ar", "باق"), 422, "4000", "باق")
	h.want(h.post(owner, "/incidents/1/note", "text.fr", " "), 422)
	h.want(h.post(owner, "/incidents/1/resolution", "resolution", "handled"), 303)
	h.want(h.ask(nobody, "GET", "/incidents/1", ""), 200, "Réglé")
}

func TestMaintenanceIsAnnouncedFromAForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("a", "mi")
		h.add("b", "mf")
		page := "/desk/maintenance"
		h.want(h.ask(owner, "GET", page, ""), 200, "Service a", "!Service b", `!value="everything"`)
		h.want(h.ask(mcd, "GET", page, "", "Accept-Language", "ar"), 200, "خدمة a", `value="everything"`)
		for name, c := range map[string]struct {
			form []string
			want []string
		}{
			"nothing":     {nil, []string{"obligatoire"}},
			"no moment":   {[]string{"target", "service a", "title.fr", "Mise à jour", "starts_at", "demain", "ends_at", "2026-11-22T15:00"}, []string{"Écrivez le jour et l’heure", `value="demain"`, "Mise à jour"}},
			"backwards":   {[]string{"target", "service a", "title.fr", "X", "starts_at", "2026-11-22T15:00", "ends_at", "2026-11-22T14:00"}, []string{"Une maintenance dure de"}},
			"no cron":     {[]string{"target", "service a", "title.fr", "X", "starts_at", "2026-11-22T15:00", "schedule", "quand je veux", "duration", "60"}, []string{"quand je veux"}},
			"no duration": {[]string{"target", "service a", "title.fr", "X", "starts_at", "2026-11-22T15:00", "schedule", "0 2 * * 0", "duration", "long"}, []string{"Écrivez la durée en minutes", `value="long"`}},
			"stops early": {[]string{"target", "service a", "title.fr", "X", "starts_at", "2026-11-22T15:00", "schedule", "0 2 * * 0", "duration", "60", "until", "2026-11-22T14:00"}, []string{"La fin doit suivre", `aria-describedby="f-until-error"`}},
			"unknown":     {[]string{"target", "service zzz", "title.fr", "X", "starts_at", "2026-11-22T15:00", "ends_at", "2026-11-22T16:00"}, []string{"zzz"}},
		} {
			t.Run(name, func(*testing.T) { h.want(h.post(owner, page, c.form...), 422, c.want...) })
		}
		all := []string{"target", "everything", "title.fr", "Tout", "starts_at", "2026-11-22T15:00", "ends_at", "2026-11-22T16:00"}
		h.want(h.post(owner, page, all...), 403)
		h.want(h.post(other, page, "target", "service a", "title.fr", "X", "starts_at", "2026-11-22T15:00", "ends_at", "2026-11-22T16:00"), 404)
		h.want(h.post(owner, page, "target", "service a", "title.fr", "Mise à jour du soir", "starts_at", "2026-11-22T15:00", "ends_at", "2026-11-22T16:00", "public", "true"), 303)
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "Maintenances annoncées", "Mise à jour du soir", "22 nov. 2026 à 15:00", "!Commencer maintenant")
		h.want(h.ask(nobody, "GET", "/incidents?service=b", ""), 200, "!Mise à jour du soir")
		h.want(h.post(owner, page+"/1/finish"), 409, "n’est pas en cours")
		h.want(h.post(owner, page+"/1/begin", "revision", "1"), 303)
		h.read(monitor.Connect, "a")
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "Aucun incident en ce moment", "En cours")
		h.want(h.post(owner, page+"/1/finish", "revision", "1"), 412)
		h.want(h.post(owner, page+"/1/finish"), 303)
		h.want(h.post(other, page+"/1/cancel"), 404)
		h.want(h.post(mcd, page, "target", "institution mi", "title.fr", "Chaque dimanche", "starts_at", "2026-11-22 15:00", "schedule", "0 2 * * 0", "duration", "90"), 303)
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "!Chaque dimanche")
		h.want(h.ask(owner, "GET", page, ""), 200, "Chaque dimanche", "non annoncée", "29 nov. 2026 à 02:00")
		h.want(h.post(owner, page+"/2/skip"), 303)
		h.want(h.ask(owner, "GET", page, ""), 200, "6 déc. 2026 à 02:00")
		h.want(h.post(owner, page+"/2/cancel"), 303)
		h.want(h.post(owner, page+"/2/explode"), 422)
	})
}

func TestFeeds(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("a", "mi")
	h.add("b", "mf")
	h.read(monitor.Connect, "a")
	h.now = h.now.Add(time.Hour)
	h.read(monitor.Assertion, "b")
	if _, err := h.store.WriteNote(t.Context(), mcd, 1, 0, true, lang.Text{"fr": "On cherche & on trouve"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.WriteNote(t.Context(), mcd, 1, 0, false, lang.Text{"fr": "interne"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/incidents.atom": 2, "/services/a/incidents.atom": 1, "/institutions/mf/incidents.atom": 1, "/institutions/ms/incidents.atom": 0,
	} {
		body := h.want(h.ask(nobody, "GET", path, ""), 200, "!secret", "!196.203", "!interne", "https://jard.example"+path)
		var feed struct {
			Entries []struct {
				ID      string `xml:"id"`
				Title   string `xml:"title"`
				Content string `xml:"content"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal([]byte(body), &feed); err != nil || len(feed.Entries) != want {
			t.Errorf("%s: %d entries, %v; want %d", path, len(feed.Entries), err, want)
		}
		if path == "/services/a/incidents.atom" && (feed.Entries[0].ID != "https://jard.example/incidents/1" ||
			!strings.Contains(feed.Entries[0].Content, "On cherche & on trouve")) {
			t.Errorf("entry %+v", feed.Entries[0])
		}
	}
	h.want(h.ask(nobody, "GET", "/services/zzz/incidents.atom", ""), 404)
	h.want(h.ask(nobody, "GET", "/institutions/zzz/incidents.atom", ""), 404)
	h.want(h.ask(nobody, "GET", "/incidents.atom", "", "Accept-Language", "ar"), 200, `xml:lang="ar"`, "حوادث الخدمات")
}

func TestSubscribingByMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("a", "mi")
		page := "/subscriptions/incidents"
		h.want(h.ask(nobody, "GET", page+"?scope=service&target=a", ""), 200, "Service a", `value="service"`)
		h.want(h.ask(nobody, "GET", page+"?scope=service&target=zzz", ""), 404)
		h.want(h.post(nobody, page, "email", "ali", "scope", "everything"), 422, "Cette adresse n’est pas complète", `value="ali"`)
		h.want(h.post(nobody, page, "email", "", "scope", "service", "target", "zzz"), 422)
		h.want(h.post(nobody, page, "email", "robot@x.tn", "scope", "everything", "website", "http://spam"), 303)
		h.want(h.post(nobody, page, "email", "ali@x.tn", "scope", "service", "target", "a", "language", "ar"), 303)
		outbox := maildb.New(db, func() time.Time { return h.now })
		letters, err := outbox.Next(t.Context(), 10)
		if err != nil || len(letters) != 1 || letters[0].Recipient != "ali@x.tn" || letters[0].Subject != "أكّد عنوانك" || !letters[0].Sensitive {
			t.Fatalf("letters %+v, %v", letters, err)
		}
		link := linkIn(t, letters[0].Text)
		if err := outbox.Sent(t.Context(), letters[0].ID); err != nil {
			t.Fatal(err)
		}
		for range 2 { // programs that look at mails open links, too
			rec := h.ask(nobody, "GET", link, "")
			h.want(rec, 200, "Confirmer votre adresse")
			if got := rec.Header().Get("Referrer-Policy"); got != web.NoPath || rec.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("a page at a secret address says %q", got)
			}
		}
		h.want(h.post(nobody, link), 303)
		h.want(h.ask(nobody, "GET", link, ""), 410)
		h.read(monitor.Connect, "a")
		h.now = h.now.Add(10 * time.Minute)
		if n, err := h.store.TellSubscribers(t.Context(), h.pages.Letters().Write); err != nil || n != 1 {
			t.Fatalf("%d told, %v", n, err)
		}
		letters, err = outbox.Next(t.Context(), 10)
		if err != nil || len(letters) != 1 || letters[0].Subject != "حادث: «خدمة a» لا تستجيب" || !strings.Contains(letters[0].Text, "https://jard.example/incidents/1") {
			t.Fatalf("letters %+v, %v", letters, err)
		}
		stop := linkIn(t, letters[0].Text)
		h.want(h.ask(nobody, "GET", stop, ""), 200, "Ne plus être prévenu", "Effacer mon adresse")
		h.want(h.post(nobody, stop), 303)
		h.want(h.post(nobody, stop), 410)
	})
}

// Behind each request is a mail to an address that somebody typed.
func TestSubscribingIsCountedBySender(t *testing.T) {
	h := open(t, databasetest.Open(t))
	const page = "/subscriptions/incidents"
	for n := range 20 {
		h.want(h.post(nobody, page, "email", fmt.Sprintf("a%d@x.tn", n), "scope", "everything"), 303)
	}
	rec := h.post(nobody, page, "email", "last@x.tn", "scope", "everything", "language", "ar")
	h.want(rec, 429, "Trop de demandes", `value="last@x.tn"`)
	if rec.Header().Get("Retry-After") != "3600" {
		t.Errorf("asked to come again in %q seconds", rec.Header().Get("Retry-After"))
	}
	h.now = h.now.Add(time.Hour)
	h.want(h.post(nobody, page, "email", "last@x.tn", "scope", "everything"), 303)
}

// linkIn is the path of the link in a mail that lets its reader act.
func linkIn(t *testing.T, text string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "https://jard.example/subscriptions/")
	if !found {
		t.Fatalf("no link in %q", text)
	}
	return "/subscriptions/" + strings.Fields(rest)[0]
}

func TestEveryLetterIsInEveryLanguage(t *testing.T) {
	h := open(t, databasetest.Open(t))
	end, l := noon.Add(time.Hour), h.pages.Letters()
	i := &monitor.Incident{ID: 3, Service: "a", StartedAt: noon, EndedAt: &end, CauseKind: monitor.OnAddress, Cause: "196.203.5.0/24", Reach: 2}
	for _, slug := range []string{"a", "b"} {
		i.Members = append(i.Members, monitor.Member{Outage: monitor.Outage{Service: slug}, Name: lang.Text{"fr": "Service " + slug}, Public: true})
	}
	text := lang.Text{"fr": "réponse"}
	i.Review = &monitor.Review{What: text, Cause: text, Done: text, Change: text, PublishedAt: &end}
	for _, tag := range lang.All() {
		for _, news := range []monitor.News{
			monitor.NewsAsk, monitor.NewsAlready, monitor.NewsOpened, monitor.NewsEnded, monitor.NewsReviewed, monitor.NewsPlanned,
		} {
			w := l.Write(monitor.Telling{
				News: news, Subscriber: monitor.Subscriber{Scope: monitor.Everything, Language: tag}, Secret: "s3cret", Incident: i,
				Window: &monitor.MaintenanceWindow{Title: text}, Span: monitor.Span{From: noon, To: end},
			})
			if w.Subject == "" || strings.ContainsAny(w.Subject, "\r\n") || strings.Contains(w.Text, "196.203") || strings.Contains(w.Text+w.Subject, "incident.") ||
				strings.Count(w.Text, "s3cret") != 1 {
				t.Errorf("%s in %s: %+v", news, tag, w)
			}
			if asks := news == monitor.NewsAsk || news == monitor.NewsAlready; (w.Unsubscribe == "") != asks {
				t.Errorf("%s in %s: unsubscribe at %q", news, tag, w.Unsubscribe)
			}
		}
	}
}

func TestTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("a", "mi")
		h.add("b", "mf")
		h.read(monitor.Connect, "a", "b")
		const one = "/api/v1/incidents/1"
		h.want(h.ask(nobody, "GET", "/api/v1/incidents?state=open", ""), 200, `"services_affected":2`, `"shared_cause":{"kind":"address"}`, "!secret", "!196.203")
		h.want(h.ask(nobody, "GET", "/api/v1/incidents?severity=huge", ""), 422)
		h.want(h.ask(nobody, "GET", "/api/v1/incidents?cursor=x", ""), 422)
		body := h.want(h.ask(owner, "GET", one, ""), 200, "secret detail", `"value":"196.203.5.0/24"`, `"excerpt":"secret excerpt"`)
		if n := strings.Count(body, "secret detail"); n != 2 { // of his own service, and of its evidence
			t.Errorf("%d details; the other ministry's is not for him\n%s", n, body)
		}
		h.want(h.ask(nobody, "POST", one+"/acknowledgement", "{}"), 401)
		h.want(h.ask(owner, "POST", one+"/acknowledgement", "", "If-Match", `"9"`), 412)
		h.want(h.ask(owner, "POST", one+"/acknowledgement", "", "If-Match", `"1"`), 403, "incident.acknowledge.shared")
		h.want(h.ask(mcd, "POST", one+"/acknowledgement", "", "If-Match", `"1"`), 200, `"state":"acknowledged"`, `"acknowledged_by":"Sonia"`)
		h.want(h.ask(owner, "POST", one+"/note", `{"text":{"fr":"vu"}}`), 200, `"vu"`)
		h.want(h.ask(owner, "POST", one+"/note", `{"text":{},"public":false}`), 422, `"text"`)
		h.want(h.ask(owner, "POST", one+"/note", `{"text":{"fr":"x"},"colour":"red"}`), 422)
		h.want(h.ask(nobody, "GET", one, ""), 200, "!vu", "!Ali")
		h.want(h.ask(mcd, "POST", one+"/split", `{"service":"b"}`), 200, `"id":2`)
		h.want(h.ask(mcd, "POST", one+"/split", `{"service":"b"}`), 422)
		h.want(h.ask(mcd, "POST", one+"/resolution", `{"resolution":"handled"}`), 409)
		h.want(h.ask(mcd, "POST", one+"/resolution", `{"resolution":"maybe"}`), 422)
		h.read(monitor.None, "a", "b")
		full := `{"what":{"fr":"a"},"cause":{"fr":"b"},"done":{"fr":"c"},"change":{"fr":"d"},"publish":true}`
		h.want(h.ask(owner, "PUT", one+"/post-mortem", full), 200, `"published_at":"2026`)
		h.want(h.ask(owner, "POST", one+"/resolution", `{"resolution":"handled"}`), 200, `"state":"settled"`)
		h.want(h.ask(nobody, "GET", one, ""), 200, `"post_mortem":{"what":{"fr":"a"}`)
		h.want(h.ask(nobody, "GET", "/api/v1/incidents/77", ""), 404)
		var list struct {
			Items []struct{ ID int64 }
			Next  string
		}
		if err := json.Unmarshal(h.ask(nobody, "GET", "/api/v1/incidents?limit=1", "").Body.Bytes(), &list); err != nil || len(list.Items) != 1 || list.Next == "" {
			t.Fatalf("%+v, %v", list, err)
		}
		first := list.Items[0].ID
		if err := json.Unmarshal(h.ask(nobody, "GET", "/api/v1/incidents?limit=1&cursor="+url.QueryEscape(list.Next), "").Body.Bytes(), &list); err != nil || list.Items[0].ID == first {
			t.Errorf("the page after: %+v, %v", list, err)
		}
	})
}

func TestTheAPIOfMaintenance(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("a", "mi")
	const all = "/api/v1/maintenance"
	once := `{"scope":"service","target":"a","title":{"fr":"Soir"},"starts_at":"2026-11-22T20:00:00Z","ends_at":"2026-11-22T21:00:00Z"}`
	h.want(h.ask(nobody, "POST", all, once), 401)
	h.want(h.ask(other, "POST", all, once), 404)
	h.want(h.ask(owner, "POST", all, once), 201, `"state":"coming"`, `"revision":1`, `"author":"Ali"`)
	h.want(h.ask(owner, "POST", all, strings.Replace(once, "21:00:00Z", "hier", 1)), 422, "ends_at")
	h.want(h.ask(owner, "POST", all, `{"scope":"service","target":"a","title":{"fr":"x"},"starts_at":"2026-11-22T20:00:00Z","schedule":"0 2 * * 0","duration":"long"}`), 422, "duration")
	h.want(h.ask(owner, "POST", all, `{"scope":"galaxy","title":{},"starts_at":"2026-11-22T20:00:00Z"}`), 422)
	h.want(h.ask(mcd, "POST", all, `{"scope":"everything","title":{"fr":"Secret"},"starts_at":"2026-11-22T20:00:00Z","schedule":"0 2 * * *","duration":"1h","public":false}`), 201)
	h.want(h.ask(nobody, "GET", all, ""), 200, `"Soir"`, "!Secret", "!Ali")
	h.want(h.ask(owner, "GET", all, ""), 200, `"Secret"`, `"services":["a"]`)
	h.want(h.ask(owner, "POST", all+"/1/begin", "", "If-Match", `"7"`), 412)
	h.want(h.ask(owner, "POST", all+"/1/begin", "", "If-Match", `"1"`), 200, `"state":"running"`, `"revision":2`)
	h.want(h.ask(owner, "POST", all+"/2/cancel", ""), 403)
	h.want(h.ask(owner, "POST", all+"/1/explode", ""), 422)
	h.want(h.ask(owner, "POST", all+"/1/finish", ""), 200, `"state":"over"`)
	h.want(h.ask(mcd, "POST", all+"/2/cancel", ""), 200, `"state":"cancelled"`)
}

func FuzzWindowForm(f *testing.F) {
	f.Add("service a", "2026-11-22T15:00", "2026-11-22T16:00", "", "", "")
	f.Add("everything", "demain", "", "0 2 * * 0", "90", "2027-01-01")
	f.Add("", "\x00", "9999-12-31", "@every 1s", "-5", "é")
	f.Fuzz(func(t *testing.T, about, from, to, schedule, duration, until string) {
		m, err := windowForm{About: about, StartsAt: from, EndsAt: to, Schedule: schedule, Duration: duration, Until: until}.window(time.UTC)
		if err == nil && (m.Duration < 0 || m.EndsAt != nil && m.EndsAt.Year() > 2200) {
			t.Errorf("%+v", m)
		}
	})
}
