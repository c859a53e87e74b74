package dashboard_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

func of(role identity.Role, institutions ...string) identity.Actor {
	a := identity.Actor{Account: string(role), Role: role, Institutions: institutions}
	if len(institutions) > 0 {
		a.Institution = institutions[0]
	}
	return a
}

// house is the desks on real stores.
type house struct {
	testing.TB
	db       *gorm.DB
	register *inventorydb.Store
	watched  *monitordb.Store
	desks    *dashboard.Desks
	handler  http.Handler
	now      time.Time
}

func open(t testing.TB, db *gorm.DB) *house {
	t.Helper()
	h := &house{TB: t, db: db, now: start}
	clock := func() time.Time { return h.now }
	h.register, h.watched = inventorydb.New(db, clock), monitordb.New(db, clock)
	people := identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	_, err = people.Seed(t.Context(), identity.System("seed"), institutions)
	h.ok(err)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(t.Context(), identity.System("seed"), v))
	shell, err := web.New(web.Options{BaseURL: "http://jard.test", Now: clock})
	h.ok(err)
	inventoryweb.New(shell, h.register, people, inventoryweb.Beside{}, clock).Routes()
	h.desks = dashboard.New(shell, h.register, h.watched, indicatordb.New(db, clock), people, clock)
	h.desks.Routes()
	h.handler = shell.Handler()
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// desk shows somebody's desk, which must hold the texts, and none that begins with "!".
func (h *house) desk(by identity.Actor, holds ...string) {
	h.Helper()
	r := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodGet, "http://jard.test/desk", nil)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		h.Fatalf("%s: status %d\n%s", by.Role, w.Code, w.Body)
	}
	for _, text := range holds {
		if not, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(w.Body.String(), not) {
			h.Errorf("%s: holding %q is %v\n%s", by.Role, not, ok, w.Body)
		}
	}
}

// dataset records one of the institution and takes it as far as asked.
func (h *house) dataset(institution, title string, acts ...string) {
	h.Helper()
	ctx, system, operator := h.Context(), identity.System("test"), of(identity.MCD)
	v, err := h.register.Vocabulary(ctx)
	h.ok(err)
	d, err := h.register.Create(ctx, system, institution, inventory.Content{
		Title: lang.Text{"fr": title, "ar": "إنتاج الحبوب"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}}, Theme: "agriculture", Frequency: "monthly",
		Licence: "LNDPO-TN", Openness: inventory.Open, ContactEmail: "a@b.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{URL: "https://www.agriculture.tn/a.csv", Format: "CSV"}},
	})
	h.ok(err)
	for _, act := range acts {
		_, err := h.register.Change(ctx, operator, d.Ref, "dataset."+act, 0, func(d *inventory.Dataset) error {
			switch act {
			case "submit":
				return d.Submit(system, v, h.now)
			case "approve":
				return d.Approve(operator, v, h.now)
			}
			return d.Return(operator, "Précisez l'unité", h.now)
		})
		h.ok(err)
	}
}

func (h *house) service(slug, institution string, state monitor.State) {
	h.Helper()
	_, err := h.watched.Add(h.Context(), identity.System("test"), monitor.Service{
		Slug: slug, Name: lang.Text{"fr": "Service " + slug}, Institution: institution, URL: "https://" + slug + ".example.tn/",
		LifeEvent: "other", Tier: monitor.Normal, State: state, Languages: []lang.Tag{lang.French},
		Checks: []monitor.Check{{Name: "accueil", Kind: monitor.HTTP, Target: "https://" + slug + ".example.tn/", Schedule: "@every 60s", Timeout: 10 * time.Second}},
	}, schedule.Period)
	h.ok(err)
}

func TestEachRoleHasItsDesk(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		officer, operator := of(identity.Officer, "marhp", "onagri"), of(identity.MCD)
		h.desk(officer, "L’inventaire est encore vide", "/desk/datasets/new", "0 jeu de données à mettre à jour")
		h.desk(operator, "Rien ne demande d’action")
		h.desk(of(identity.Agent), "pas de page de travail")

		h.dataset("marhp", "Céréales", "submit", "approve")
		h.dataset("onagri", "Prix de gros", "submit")
		h.dataset("marhp", "Barrages", "submit", "return")
		h.dataset("ms", "Hôpitaux", "submit", "approve")
		h.service("horaires", "mt", monitor.Active)
		h.service("billets", "mt", monitor.Draft)
		h.now = start.Add(time.Minute) // the board is kept for a second

		h.desk(officer, "<h2>1 jeu revenu avec un commentaire</h2>", "Précisez l&#39;unité", "Prix de gros", "!Hôpitaux", "0 échéance d’ici la fin",
			"3 jeux de données")
		h.desk(operator, "1 jeu à examiner", "Prix de gros", "1 jeu renvoyé attend", "100", "!Rien ne demande")
		h.desk(of(identity.Committee), "L’ensemble des institutions", "/institutions/ms", "/institutions/marhp", "!/desk/datasets/new")
		h.desk(of(identity.Supervisor, "marhp", "onagri"), "/institutions/onagri", "!/institutions/ms")
		h.desk(of(identity.ServiceOwner, "mt"), "Service horaires", "état inconnu", "Service billets", "en préparation")
		h.desk(of(identity.ServiceOwner, "ms"), "Aucun service n’est suivi")

		h.now = start.AddDate(0, 3, 0)
		h.desk(officer, "1 jeu de données à mettre à jour", "à mettre à jour depuis")
		h.desk(operator, "Ministère de la Santé", "2 mises à jour en retard", "overdue=1&amp;institution=ms",
			"/desk/indicators/overdue?institution=ms")
		h.desk(of(identity.Committee), "à mettre à jour depuis", "Hôpitaux")
	})
}

func TestThePublicHasNoDesk(t *testing.T) {
	h := open(t, databasetest.Open(t))
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://jard.test/desk", nil))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Fdesk" {
		t.Errorf("status %d, to %q; want the sign-in page", w.Code, w.Header().Get("Location"))
	}
}
