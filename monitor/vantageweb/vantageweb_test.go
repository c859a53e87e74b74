package vantageweb

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/council"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/vantage"
	"github.com/jard-odi/jard/monitor/vantagedb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var mcd = identity.Actor{Account: "m", Name: "Sonia", Role: identity.MCD}

type people struct{}

func (people) Institutions(context.Context) (identity.Tree, error) {
	return identity.Tree{"mi": {Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Intérieur", "ar": "وزارة الداخلية"}}}, nil
}

// house is the room with everything under it.
type house struct {
	testing.TB
	db      *gorm.DB
	handler http.Handler
	records *monitordb.Store
	views   *vantagedb.Store
	council *council.Council
	pages   *Pages
	shell   *web.Shell
	now     time.Time
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	h.ok(db.Create(&identity.Institution{Slug: "mi", Kind: identity.Ministry, Name: lang.Text{"fr": "mi"}, CreatedAt: h.now, UpdatedAt: h.now}).Error)
	h.ok(db.Create(&monitor.Service{
		Slug: "s", Name: lang.Text{"fr": "s"}, Institution: "mi", Tier: monitor.Normal, State: monitor.Active, Languages: []lang.Tag{}, CreatedAt: h.now, UpdatedAt: h.now,
	}).Error)
	h.ok(db.Create(&monitor.Check{
		ID: 1, Service: "s", Name: "home", Kind: monitor.HTTP, Target: "https://s.example.tn/", Schedule: "@every 60s", Timeout: 10 * time.Second,
		CreatedAt: h.now, UpdatedAt: h.now,
	}).Error)
	h.records = monitordb.New(db, clock)
	h.views = vantagedb.New(db, clock, 2)
	h.council = council.New(h.records, h.records.NewWriter(nil, 0), h.views, clock, slog.New(slog.DiscardHandler))
	_, _, err := h.council.Watched(context.Background())
	h.ok(err)
	h.shell, err = web.New(web.Options{Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), MaxBody: 10 << 20})
	h.ok(err)
	h.pages = New(h.shell, Options{Store: h.views, Council: h.council, Institutions: people{}, Manner: vantage.NewManner("Africa/Tunis", []time.Duration{5 * time.Second, 15 * time.Second}, 50*time.Millisecond)})
	h.pages.Routes()
	h.shell.Engine().GET("/trial", h.shell.Handle(func(c *gin.Context) error {
		view, ok := h.pages.Places(h.shell.Page(c, "vantage.title"), 1).(*Places)
		if !ok {
			c.String(http.StatusOK, "nothing")
			return nil
		}
		c.String(http.StatusOK, "%s\n%s\n%s\n%s\n%s\n%+v", view.Kind, view.Headline, view.Means, view.Rule, view.Basis, view.Items)
		return nil
	}))
	h.handler = h.shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// ask sends a request as somebody.
func (h *house) ask(by identity.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req = req.WithContext(web.WithActor(req.Context(), by))
	req.Header.Set("Accept-Language", "fr")
	if strings.HasPrefix(path, "/api/") {
		req.Header.Set("Content-Type", "application/json")
	} else if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

func (h *house) want(rec *httptest.ResponseRecorder, status int, contains ...string) {
	h.Helper()
	body := plain(rec.Body.String())
	if rec.Code != status {
		h.Fatalf("status %d; want %d\n%s", rec.Code, status, body)
	}
	for _, s := range contains {
		if !strings.Contains(body, s) {
			h.Errorf("the answer lacks %q\n%s", s, body)
		}
	}
}

// plain is a page as it would be typed: without entities and fine print.
func plain(page string) string {
	return html.UnescapeString(strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ").Replace(page))
}

// signed sends a request as an agent.
func (h *house) signed(slug string, key ed25519.PrivateKey, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	h.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		h.ok(err)
	}
	at := h.now.Format(time.RFC3339Nano)
	headers = append([]string{
		vantage.HeaderVantage, slug, vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(key, method, path, at, text),
	}, headers...)
	return h.ask(identity.Actor{}, method, path, string(text), headers...)
}

var secretForm = regexp.MustCompile(`jardv-[A-Za-z0-9_-]+`)

// enrolled makes a vantage by the pages and enrols an agent by the API.
func (h *house) enrolled(slug, network string) ed25519.PrivateKey {
	h.Helper()
	form := url.Values{"slug": {slug}, "name.fr": {"Point " + slug}, "name.ar": {"نقطة"}, "network": {network}, "institution": {"mi"}}
	h.want(h.ask(mcd, "POST", "/desk/vantages/new", form.Encode()), http.StatusSeeOther)
	rec := h.ask(mcd, "POST", "/desk/vantages/"+slug+"/invitation", "")
	h.want(rec, http.StatusOK, "Il n'est montré qu'une fois")
	token := secretForm.FindString(rec.Body.String())
	if again := h.ask(mcd, "GET", "/desk/vantages/"+slug, ""); strings.Contains(again.Body.String(), token) {
		h.Error("the token is shown twice")
	}
	public, private, err := ed25519.GenerateKey(nil)
	h.ok(err)
	in := vantage.Enrolment{Program: program, Token: token, PublicKey: public}
	text, err := json.Marshal(in)
	h.ok(err)
	rec = h.ask(identity.Actor{}, "POST", enrolmentPath, string(text))
	h.want(rec, http.StatusOK, `"vantage":"`+slug+`"`)
	h.want(h.ask(identity.Actor{}, "POST", enrolmentPath, string(text)), http.StatusUnauthorized, "vantage.token.refused")
	return private
}

var program = vantage.Program{Protocol: vantage.Protocol, Version: "1"}

func (h *house) batch(sequence int64, checks ...int64) vantage.Batch {
	b := vantage.Batch{Program: program, Sequence: sequence, Readings: []vantage.Seen{}}
	for _, check := range checks {
		b.Readings = append(b.Readings, vantage.SeenOf(&monitor.Reading{Check: check, At: h.now, Every: time.Minute, Status: 200, Attempt: 1}))
	}
	return b
}

// readings are those of every vantage and of this installation.
func (h *house) readings() (n int) {
	h.Helper()
	for id := range int16(4) {
		n += h.readingsOf(id)
	}
	return n
}

func (h *house) readingsOf(id int16) int {
	h.Helper()
	list, err := h.records.HistoryFrom(context.Background(), 1, id, h.now.Add(-time.Hour), h.now.Add(time.Hour))
	h.ok(err)
	return len(list)
}

func TestAnAgentsDay(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		key := h.enrolled("tunis", "mobile")
		rec := h.signed("tunis", key, "GET", checksPath, nil)
		h.want(rec, http.StatusOK, `"target":"https://s.example.tn/"`, `"zone":"Africa/Tunis"`, `"recheck_ms":[5000,15000]`)
		if rec.Header().Get(vantage.HeaderTime) == "" {
			t.Error("the answer does not tell the time")
		}
		h.want(h.signed("tunis", key, "GET", checksPath, nil, "If-None-Match", rec.Header().Get("ETag")), http.StatusNotModified)
		h.want(h.signed("tunis", key, "POST", heartbeatPath, vantage.Heartbeat{Program: program, OffsetUs: 3_600_000_000, Waiting: 7}), http.StatusOK, `"sequence":0`)
		h.want(h.ask(mcd, "GET", "/desk/vantages", ""), http.StatusOK, "Point tunis", "Envoie", "horloge décalée de 1 heure")
		h.want(h.signed("tunis", key, "POST", batchesPath, h.batch(1, 1, 99)), http.StatusOK, `"kept":1`, `"unknown_check":1`)
		h.want(h.signed("tunis", key, "POST", batchesPath, h.batch(1, 1, 99)), http.StatusOK, `"already":true`)
		h.now = h.now.Add(time.Second)
		h.want(h.signed("tunis", key, "POST", batchesPath, h.batch(1, 1)), http.StatusConflict, "vantage.replay")
		if n := h.readings(); n != 1 {
			t.Errorf("%d readings; want 1", n)
		}
		h.want(h.ask(mcd, "POST", "/desk/vantages/tunis/revocation", ""), http.StatusSeeOther)
		for _, answer := range []*httptest.ResponseRecorder{
			h.signed("tunis", key, "POST", batchesPath, h.batch(2, 1)), h.signed("tunis", key, "GET", checksPath, nil),
			h.signed("tunis", key, "POST", heartbeatPath, vantage.Heartbeat{Program: program}),
		} {
			h.want(answer, http.StatusGone, "vantage.gone")
		}
		if n := h.readings(); n != 1 {
			t.Errorf("%d readings after it was revoked", n)
		}
		h.want(h.ask(mcd, "GET", "/desk/vantages/tunis", ""), http.StatusOK, "Révoqué", "Ce qu'il a envoyé avant reste")
		counted := map[string]int64{}
		h.pages.Refused(func(v, why string, n int64) { counted[v+" "+why] = n })
		if fmt.Sprint(counted) != "map[ token:1 tunis replay:1 tunis revoked:3 tunis unknown_check:1]" {
			t.Errorf("counted %v", counted)
		}
	})
}

func TestHostileAgents(t *testing.T) {
	h := open(t, databasetest.Open(t))
	tunis, paris := h.enrolled("tunis", "mobile"), h.enrolled("paris", "abroad")
	good := h.batch(1, 1)
	text, err := json.Marshal(good)
	h.ok(err)
	at := h.now.Format(time.RFC3339Nano)
	send := func(body []byte, headers ...string) *httptest.ResponseRecorder {
		return h.ask(identity.Actor{}, "POST", batchesPath, string(body), headers...)
	}
	raw := func(body string, headers ...string) *httptest.ResponseRecorder {
		return send([]byte(body), append([]string{
			vantage.HeaderVantage, "tunis", vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(tunis, "POST", batchesPath, at, []byte(body)),
		}, headers...)...)
	}
	packed := func(body []byte) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write(body)
		h.ok(errors.Join(err, z.Close()))
		return b.String()
	}
	for name, tt := range map[string]struct {
		rec    *httptest.ResponseRecorder
		status int
		says   string
	}{
		"no signature":            {send(text), 401, "vantage.signature"},
		"an unknown vantage":      {h.signed("nobody", tunis, "POST", batchesPath, good), 401, "vantage.signature"},
		"another vantage's name":  {h.signed("paris", tunis, "POST", batchesPath, good), 401, "vantage.signature"},
		"another body":            {send(bytes.Replace(text, []byte(`"s":200`), []byte(`"s":500`), 1), vantage.HeaderVantage, "tunis", vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(tunis, "POST", batchesPath, at, text)), 401, "vantage.signature"},
		"another address":         {send(text, vantage.HeaderVantage, "tunis", vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(tunis, "POST", heartbeatPath, at, text)), 401, "vantage.signature"},
		"an unknown field":        {h.signed("tunis", tunis, "POST", batchesPath, map[string]any{"protocol": 1, "version": "1", "sequence": 1, "offset_us": 0, "waiting": 0, "lost": 0, "readings": []int{}, "verdict": "up"}), 422, "fault.unknown_field"},
		"a field of another type": {h.signed("tunis", tunis, "POST", batchesPath, map[string]any{"protocol": "one", "version": "1", "sequence": 1, "offset_us": 0, "waiting": 0, "lost": 0, "readings": []int{}}), 422, "fault.api.value"},
		"another protocol":        {h.signed("tunis", tunis, "POST", batchesPath, vantage.Batch{Sequence: 1, Readings: []vantage.Seen{}}), 422, "vantage.protocol"},
		"a leap":                  {h.signed("tunis", tunis, "POST", batchesPath, vantage.Batch{Program: program, Sequence: 1 << 50, Readings: []vantage.Seen{}}), 422, "vantage.sequence"},
		"nobody's, and no JSON":   {send([]byte(`{"protocol":`)), 401, "vantage.signature"}, // not read before it is known whose it is
		"cut short on the way":    {send(text[:len(text)/2], vantage.HeaderVantage, "tunis", vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(tunis, "POST", batchesPath, at, text)), 401, "vantage.signature"},
		"no JSON":                 {raw(`{"protocol":`), 422, "fault.json"},
		"something after it":      {raw(string(text) + "{}"), 422, "fault.json"},
		"packed":                  {raw(packed(text), "Content-Encoding", "gzip"), 415, "limit.packed"}, // nothing is unpacked
		"an empty body":           {raw(""), 400, "fault.body_required"},
		"a heartbeat of nobody":   {h.ask(identity.Actor{}, "POST", heartbeatPath, "{"), 401, "vantage.signature"},
		"too many":                {h.signed("tunis", tunis, "POST", batchesPath, vantage.Batch{Program: program, Sequence: 1, Readings: make([]vantage.Seen, vantage.MaxBatch+1)}), 422, "fault.too_many"},
		"too much":                {send(bytes.Repeat([]byte("x"), vantage.MaxBody+1)), 413, "too_large"},
		"an enrolment too large":  {h.ask(identity.Actor{}, "POST", enrolmentPath, `{"token":"`+strings.Repeat("x", smallBody)+`"}`), 413, "too_large"},
		"a session is no key":     {h.ask(mcd, "POST", batchesPath, string(text)), 401, "vantage.signature"},
		"an agent's account":      {h.ask(identity.Actor{Account: "x", Role: identity.Agent}, "GET", checksPath, ""), 401, "vantage.signature"},
	} {
		t.Run(name, func(t *testing.T) {
			h.TB = t
			h.want(tt.rec, tt.status, tt.says)
		})
	}
	h.TB = t
	if n := h.readings(); n != 0 {
		t.Errorf("%d readings were taken", n)
	}
	// What is taken is taken for who signed, whatever else it says.
	h.want(h.signed("paris", paris, "POST", batchesPath, good), http.StatusOK, `"kept":1`)
	v, err := h.views.Signed(t.Context(), "paris")
	h.ok(err)
	if h.readingsOf(v.ID) != 1 || h.readings() != 1 {
		t.Errorf("%d readings are its own, of %d", h.readingsOf(v.ID), h.readings())
	}
	// Copied on the way and sent again minutes later.
	h.now = h.now.Add(vantage.SkewAllowed + time.Second)
	h.want(send(text, vantage.HeaderVantage, "tunis", vantage.HeaderTime, at, vantage.HeaderSignature, vantage.Sign(tunis, "POST", batchesPath, at, text)), 401, "vantage.skew")
}

func TestWhoSeesTheDeskOfVantages(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.enrolled("tunis", "mobile")
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: "a", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		if role == identity.Public {
			by = identity.Actor{}
		}
		may := role == identity.MCD || role == identity.Admin
		for _, ask := range [][2]string{
			{"GET", "/desk/vantages"},
			{"GET", "/desk/vantages/new"},
			{"GET", "/desk/vantages/tunis"},
			{"POST", "/desk/vantages/new"},
			{"POST", "/desk/vantages/tunis"},
			{"POST", "/desk/vantages/tunis/invitation"},
		} {
			rec := h.ask(by, ask[0], ask[1], "")
			refused := rec.Code == http.StatusForbidden || rec.Code == http.StatusUnauthorized ||
				(rec.Code == http.StatusSeeOther && strings.HasPrefix(rec.Header().Get("Location"), "/login"))
			if refused == may {
				t.Errorf("%s %s %s: %d", role, ask[0], ask[1], rec.Code)
			}
		}
	}
	h.want(h.ask(mcd, "GET", "/desk/vantages/nobody", ""), http.StatusNotFound)
}

// Nothing that was typed is lost, and each fault stands by its field.
func TestTheFormKeepsWhatWasTyped(t *testing.T) {
	h := open(t, databasetest.Open(t))
	form := url.Values{
		"slug": {"Tunis Nord"}, "name.fr": {""}, "name.ar": {"تونس"}, "name.en": {"North"}, "network": {"x"}, "institution": {"mi"},
		"tiers": {"critical"}, "services": {"s\nb3"},
	}
	rec := h.ask(mcd, "POST", "/desk/vantages/new", form.Encode())
	h.want(rec, http.StatusUnprocessableEntity, "Le nom court n'a que", "Ce champ est obligatoire", "Le réseau « x » est inconnu",
		`value="Tunis Nord"`, "تونس", "North", `value="critical" checked`, "s\nb3", `value="mi" selected`)
	form.Set("slug", "tunis-nord")
	form.Set("name.fr", "Tunis Nord")
	form.Set("network", "mobile")
	h.want(h.ask(mcd, "POST", "/desk/vantages/new", form.Encode()), http.StatusUnprocessableEntity, "Le service « b3 » n'existe pas")
	form.Set("services", "s")
	h.want(h.ask(mcd, "POST", "/desk/vantages/new", form.Encode()), http.StatusSeeOther)
	h.want(h.ask(mcd, "POST", "/desk/vantages/new", form.Encode()), http.StatusConflict, "est déjà pris")
	form.Set("revision", "1")
	form.Set("name.fr", "Tunis, nord")
	h.want(h.ask(mcd, "POST", "/desk/vantages/tunis-nord", form.Encode()), http.StatusSeeOther)
	h.want(h.ask(mcd, "POST", "/desk/vantages/tunis-nord", form.Encode()), http.StatusPreconditionFailed, "Quelqu'un a modifié", "Tunis, nord")
}

func FuzzTheForm(f *testing.F) {
	h := open(f, databasetest.Open(f))
	f.Add("tunis", "Tunis", "mobile", "mi", "critical", "s")
	f.Add("", "\x00\xff", "abroad", "'; --", "x", strings.Repeat("a ", 600))
	f.Add("../..", "<script>", "", "", "", "\n,\t ")
	f.Fuzz(func(t *testing.T, slug, name, network, institution, tier, services string) {
		form := url.Values{
			"slug": {slug}, "name.fr": {name}, "network": {network}, "institution": {institution}, "tiers": {tier}, "services": {services},
		}
		h.TB = t
		rec := h.ask(mcd, "POST", "/desk/vantages/new", form.Encode())
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%d for %v", rec.Code, form)
		}
		if strings.Contains(rec.Body.String(), "<script>") && strings.Contains(name, "<script>") && strings.Contains(rec.Body.String(), `value="<script>`) {
			t.Error("what was typed is not escaped")
		}
	})
}

// What a service's page says of who sees it, in the three languages.
func TestPlacesInWords(t *testing.T) {
	h := open(t, databasetest.Open(t))
	key := h.enrolled("paris", "abroad")
	r := monitor.Reading{Check: 1, At: h.now, Verdict: monitor.Up, Every: time.Minute, Attempt: 1}
	c := monitor.Current{CheckID: 1, Service: "s"}
	c.Take(&r, 2)
	h.council.Add(monitordb.Entry{Reading: r, Current: c})
	h.ok(h.council.Flush(t.Context()))
	for n := range 3 {
		h.now = h.now.Add(time.Second)
		b := h.batch(int64(n+1), 1)
		b.Readings[0].Reason = monitor.Timeout
		h.want(h.signed("paris", key, "POST", batchesPath, b), http.StatusOK)
	}
	_, _, err := h.council.Watched(t.Context())
	h.ok(err)
	for tag, want := range map[string][]string{
		"fr": {"La liaison internationale est en cause", "Point paris", "Cette installation", "Panne constatée : 1 sur 2", "est ce que cette installation a vu"},
		"ar": {"العطل في الربط الدولي", "نقطة", "هذه المنظومة"},
		"en": {"The international link is at fault", "This installation", "Seen down: 1 of 2"},
	} {
		text := h.places(tag)
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("%s: lacks %q in %s", tag, s, text)
			}
		}
	}
	h.now = h.now.Add(vantage.SilentAfter + time.Second)
	if text := h.places("fr"); !strings.Contains(text, "Ne donne plus signe de vie") {
		t.Errorf("a silent vantage is not called so: %s", text)
	}
	h.want(h.ask(mcd, "GET", "/desk/vantages", ""), http.StatusOK, "1 point de vue est silencieux")
}

// places renders the part of a service's page.
func (h *house) places(tag string) string {
	h.Helper()
	return plain(h.ask(identity.Actor{}, "GET", "/trial", "", "Accept-Language", tag).Body.String())
}
