package incidentweb

import (
	"net/http"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
)

func TestMaintenanceIsMovedFromAForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("a", "mi")
		const page = "/desk/maintenance/1/edit"
		h.want(h.post(owner, "/desk/maintenance", "target", "service a", "title.fr", "Mise à jour", "starts_at", "2026-11-23T15:00", "ends_at", "2026-11-23T16:00", "public", "true"), 303)
		h.want(h.ask(owner, "GET", "/desk/maintenance", ""), 200, `href="/desk/maintenance/1/edit"`)
		h.want(h.ask(nobody, "GET", page, ""), 303)
		h.want(h.ask(other, "GET", page, ""), 404)
		h.want(h.ask(owner, "GET", page, ""), 200, "Mise à jour", `value="2026-11-23T15:00"`, "Service a", `name="revision" value="1"`)
		h.want(h.ask(owner, "GET", page, "", "Accept-Language", "ar"), 200, `dir="rtl"`, "تعديل")
		typed := []string{"title.fr", "Nouvelle version", "starts_at", "2026-11-24T15:00", "ends_at", "2026-11-24T14:00", "revision", "1"}
		h.want(h.post(owner, page, typed...), 422, "Une maintenance dure de", "Nouvelle version", `value="2026-11-24T14:00"`, `id="f-ends_at-error"`)
		typed[5] = "2026-11-24T16:30"
		h.want(h.post(other, page, typed...), 404)
		h.want(h.post(owner, page, typed...), 303)
		h.want(h.ask(nobody, "GET", "/incidents", ""), 200, "Nouvelle version", "24 nov. 2026 à 15:00", "!Modifier")
		h.want(h.post(owner, page, typed...), 412, "Quelqu’un d’autre vient de modifier", "Nouvelle version", `name="revision" value="2"`)
		h.now = time.Date(2026, 11, 24, 14, 30, 20, 0, time.UTC) // half past three in Tunis: it runs
		h.want(h.ask(owner, "GET", page, ""), 200, "seule sa fin", `value="2026-11-24T16:30"`, `!name="starts_at"`)
		h.want(h.post(owner, page, "ends_at", "2026-11-24T15:00"), 422, "déjà passée")
		h.want(h.post(owner, page, "ends_at", "2026-11-24T18:00", "starts_at", "2026-11-20T00:00", "title.fr", "Autre"), 303)
		w, err := h.store.MaintenanceByID(t.Context(), owner, 1)
		if err != nil || !w.EndsAt.Equal(time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)) || w.Title["fr"] != "Nouvelle version" || w.StartsAt.Day() != 24 {
			t.Errorf("%+v, %v", w, err)
		}
		h.now = h.now.Add(24 * time.Hour)
		h.want(h.post(owner, page, "ends_at", "2026-11-26T18:00"), 409, "n’aura plus lieu")
		h.want(h.ask(owner, "GET", "/desk/maintenance/9/edit", ""), 404)
		h.want(h.ask(owner, "GET", "/desk/maintenance/x/edit", ""), 404)
	})
}

func TestMaintenanceIsMovedByTheAPI(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("a", "mi")
	const one = "/api/v1/maintenance/1"
	h.want(h.ask(owner, "POST", "/api/v1/maintenance", `{"scope":"service","target":"a","title":{"fr":"Soir"},"starts_at":"2026-11-22T20:00:00Z","ends_at":"2026-11-22T21:00:00Z"}`), 201)
	body := `{"starts_at":"2026-11-22T22:00:00Z","ends_at":"2026-11-22T23:00:00Z"}`
	h.want(h.ask(nobody, http.MethodPatch, one, body), 401)
	h.want(h.ask(other, http.MethodPatch, one, body), 404)
	h.want(h.ask(owner, http.MethodPatch, one, body, "If-Match", `"7"`), 412)
	h.want(h.ask(owner, http.MethodPatch, one, body, "If-Match", `"1"`), 200, `"starts_at":"2026-11-22T22:00:00Z"`, `"revision":2`, `"Soir"`)
	h.want(h.ask(owner, http.MethodPatch, one, `{"ends_at":"hier"}`), 422, "ends_at")
	h.want(h.ask(owner, http.MethodPatch, one, `{"scope":"everything"}`), 422)
	h.want(h.ask(owner, http.MethodPatch, one, `{"schedule":"0 2 * * 0","duration":"long"}`), 422, "duration")
	h.want(h.ask(owner, http.MethodPatch, one, `{"title":{"fr":"Nuit"},"public":false}`), 200, `"Nuit"`, `"public":true`)
	h.now = time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)
	h.want(h.ask(owner, http.MethodPatch, one, `{"title":{"fr":"Autre"}}`), 409, "maintenance.edit.runs")
	h.want(h.ask(owner, http.MethodPatch, one, `{"ends_at":"2026-11-23T00:00:00Z"}`), 200, `"state":"running"`, `"ends_at":"2026-11-23T00:00:00Z"`)
}

func FuzzEditedWindow(f *testing.F) {
	f.Add("2026-11-22T15:00", "2026-11-22T16:00", "", "", "")
	f.Add("", "hier", "0 2 * * 0", "-1", "2026-11-22")
	f.Fuzz(func(t *testing.T, start, end, schedule, duration, until string) {
		zone := time.FixedZone("", 3600)
		now := monitordb.Window{MaintenanceWindow: monitor.MaintenanceWindow{ID: 7, Scope: monitor.OneService, Target: "a", Institution: "mi", StartsAt: noon}}
		form := windowForm{StartsAt: start, EndsAt: end, Schedule: schedule, Duration: duration, Until: until, About: "everything"}
		if want, err := form.edited(now, zone); err == nil && (want.ID != 7 || want.Scope != monitor.OneService || want.Institution != "mi") {
			t.Errorf("the form changed what it is about: %+v", want)
		}
	})
}
