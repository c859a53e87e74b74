package shareweb_test

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/share"
	"github.com/jard-odi/jard/monitor/sharedb"
	"github.com/jard-odi/jard/monitor/shareweb"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func open(t *testing.T, db *gorm.DB) http.Handler {
	t.Helper()
	shell, err := web.New(web.Options{Log: slog.New(slog.DiscardHandler), MaxBody: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	shareweb.New(shell, sharedb.New(db, nil), "11111111-a").Routes()
	return shell.Handler()
}

func ask(house http.Handler, by identity.Actor, language string) (status int, page string) {
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), http.MethodGet, "/desk/processes", nil)
	req.Header.Set("Accept-Language", language)
	rec := httptest.NewRecorder()
	house.ServeHTTP(rec, req)
	return rec.Code, html.UnescapeString(strings.NewReplacer("’", "'", "\u00a0", " ", "\u202f", " ").Replace(rec.Body.String()))
}

func TestWhoSeesTheProcesses(t *testing.T) {
	house := open(t, databasetest.Open(t))
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: "1", Role: role}
		if role.NeedsInstitution() {
			by.Institution, by.Institutions = "mi", []string{"mi"}
		}
		may := role == identity.MCD || role == identity.Admin
		if status, _ := ask(house, by, "fr"); (status == http.StatusOK) != may {
			t.Errorf("%s: status %d; may it see them: %t", role, status, may)
		}
	}
}

func TestWhoLivesAndWhoIsSilent(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		house := open(t, db)
		by := identity.Actor{Account: "1", Role: identity.MCD}
		for language, says := range map[string]string{
			"fr": "Un seul processus sert ici", "ar": "تعمل هنا عملية واحدة", "en": "One process serves here",
		} {
			if status, page := ask(house, by, language); status != http.StatusOK || !strings.Contains(page, says) {
				t.Errorf("%s, of nobody: status %d, without %q", language, status, says)
			}
		}
		store := sharedb.New(db, nil)
		for _, m := range []share.Member{
			{ID: "11111111-a", Name: "front-1", Version: "v1.4.0", Checks: 12_345, LagUs: 250_000, StartedAt: time.Now()},
			{ID: "22222222-b", Name: "front-2", Version: "v1.3.9", Checks: 3, StartedAt: time.Now()},
		} {
			if _, err := store.Beat(t.Context(), m, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Exec("UPDATE share_members SET until_ms = 1 WHERE name = 'front-2'").Error; err != nil {
			t.Fatal(err)
		}
		_, page := ask(house, by, "fr")
		for _, says := range []string{"front-1", "11111111", "affiche cette page", "12 345 contrôles", "v1.3.9", "Silencieux", "ne donne plus signe de vie"} {
			if !strings.Contains(page, says) {
				t.Errorf("the page lacks %q\n%s", says, page)
			}
		}
	})
}
