package monitorweb

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

const windowAt = "settings.agreement.windows."

// promise is the form of an agreement as a browser sends it.
func promise(change ...string) string {
	f := url.Values{
		"revision": {"1"}, "do": {"save"}, "settings.agreement.objective": {"99,9 %"},
		windowAt + "0.kind": {"weekly"}, windowAt + "0.name.fr": {"Guichet du soir"}, windowAt + "0.objective": {"99.95"},
		windowAt + "0.days": {"mon", "tue"}, windowAt + "0.opens": {"17:00"}, windowAt + "0.closes": {"20:00"},
		windowAt + "1.kind": {"dated"}, windowAt + "1.from": {"2026-11-22T09:00"}, windowAt + "1.to": {"2026-11-22T18:00"},
		windowAt + "1.schedule": {"@every 45s"},
		"checks.0.name":         {"home"}, "checks.0.settings.judgement.closing": {"3"}, "checks.0.settings.judgement.apdex_ms": {"800"},
	}
	for n := 0; n+1 < len(change); n += 2 {
		f.Set(change[n], change[n+1])
	}
	return f.Encode()
}

func TestAgreementForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const path = "/desk/services/b3/agreement"
		h := open(t, db)
		h.add("b3", monitor.Active)
		h.want(h.ask(owner, "GET", path, ""), 200, "Objectif et plages", "99,5", "Ajouter les heures ouvrables")
		h.want(h.ask(owner, "GET", "/desk/services/b3/edit", ""), 200, path)

		// Nothing is stored by adding and dropping; nothing typed is lost.
		h.want(h.ask(owner, "POST", path, promise("do", "add-office")), 200, "Guichet du soir", windowAt+"2.kind", "Ramadan"[1:])
		h.want(h.ask(owner, "POST", path, promise("do", "drop-0")), 200, `value="2026-11-22T09:00"`, windowAt+`0.from`)
		h.want(h.ask(owner, "POST", path, promise("do", "drop-x")), 422)
		h.want(h.ask(owner, "POST", path, promise("revision", "7")), 412, "Guichet du soir", "entre-temps")
		if h.changes != 0 {
			t.Error("the watch was told of nothing")
		}

		h.want(h.ask(owner, "POST", path, promise()), 303)
		v, err := h.store.Service(t.Context(), owner, "b3")
		if err != nil || v.Objective() != 0.999 || len(v.Windows()) != 2 || v.Revision != 2 || h.changes != 1 {
			t.Fatalf("stored %+v, %v, told %d times", v, err, h.changes)
		}
		w := v.Windows()
		if w[0].Name["fr"] != "Guichet du soir" || w[0].Objective != 0.9995 || len(w[0].Days) != 2 ||
			!w[1].From.Equal(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)) || w[1].Schedule != "@every 45s" {
			t.Errorf("windows %+v", w)
		}
		if j := v.Checks[0].Settings.Judgement; j == nil || j.Closing != 3 || v.Checks[0].Apdex() != 861077*time.Microsecond+929*time.Nanosecond {
			t.Errorf("judged %+v, satisfied within %v", j, v.Checks[0].Apdex())
		}
		h.want(h.ask(owner, "GET", path, ""), 200, `value="99.9"`, `value="99.95"`, `value="2026-11-22T18:00"`, `value="800"`)
		// The other form leaves what is agreed as it is.
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("revision", "2")), 303)
		if v, _ = h.store.Service(t.Context(), owner, "b3"); v.Settings.Agreement == nil || v.Checks[0].Settings.Judgement == nil {
			t.Errorf("the form of the service wiped out its agreement: %+v", v.Settings)
		}
		// From how many places a check must be down.
		h.want(h.ask(owner, "POST", path, promise("revision", "3", "checks.0.settings.quorum.down", "2")), 303)
		h.want(h.ask(owner, "GET", path, ""), 200, `name="checks.0.settings.quorum.down"`, "Nombre d’endroits qui doivent constater la panne")
		h.want(h.ask(owner, "POST", "/desk/services/b3/edit", form("revision", "4")), 303)
		if v, _ = h.store.Service(t.Context(), owner, "b3"); v.Checks[0].Settings.Quorum.Asked() != 2 {
			t.Errorf("stored %+v", v.Checks[0].Settings)
		}
		// Emptied, nothing is agreed any more.
		h.want(h.ask(owner, "POST", path, "revision=5&do=save&checks.0.name=home"), 303)
		if v, _ = h.store.Service(t.Context(), owner, "b3"); v.Settings.Agreement != nil || v.Checks[0].Settings.Judgement != nil || v.Checks[0].Settings.Quorum != nil {
			t.Errorf("stored %+v", v.Settings)
		}
	})
}

// Each fault stands beside its field, in words, and everything typed is there again.
func TestAgreementFormFaults(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db)
	h.add("b3", monitor.Active)
	for _, tt := range []struct{ field, typed, says string }{
		{"settings.agreement.objective", "beaucoup", "L’objectif est un pourcentage entre 50 et 99,999."},
		{"settings.agreement.objective", "12", "L’objectif est un pourcentage entre 50 et 99,999."},
		{windowAt + "0.opens", "8h", "« 8h » n’est pas une heure : écrivez 08:00."},
		{windowAt + "0.closes", "17:00", "La fin doit venir après le début."},
		{windowAt + "0.objective", "", "Une plage demande un objectif, un rythme, ou les deux."},
		{windowAt + "1.to", "2026-11-21T18:00", "La fin doit venir après le début."},
		{windowAt + "1.to", "2027-11-22T18:00", "Une période unique dure au plus 92 jours."},
		{windowAt + "1.schedule", "souvent", "« souvent » n’est pas un calendrier : écrivez @every 60s ou une ligne cron."},
		{windowAt + "1.schedule", "@every 8s", "Le contrôle « home » attend une réponse jusqu’à"},
		{"checks.0.settings.judgement.closing", "0", "Un nombre entier de 1 à 20."},
		{"checks.0.settings.judgement.confirmations", "x", "Un nombre entier de 0 à 10."},
		{"checks.0.settings.judgement.apdex_ms", "1e9", "Un nombre entier de 1 à 25"},
		{"checks.0.settings.quorum.down", "51", "Le nombre d’endroits est entre 0 et 50."},
		{"checks.0.settings.quorum.down", "deux", "Le nombre d’endroits est entre 0 et 50."},
	} {
		rec := h.ask(owner, "POST", "/desk/services/b3/agreement", promise(tt.field, tt.typed))
		h.want(rec, 422, `aria-invalid="true"`, "Guichet du soir", `value="`+tt.typed+`"`)
		if said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(rec.Body.String()); !strings.Contains(said, tt.says) {
			t.Errorf("%s %q: nothing says %q", tt.field, tt.typed, tt.says)
		}
	}
	if v, err := h.store.Service(t.Context(), owner, "b3"); err != nil || v.Revision != 1 {
		t.Errorf("something was stored: %+v, %v", v, err)
	}
}

func TestWhoMayAgree(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db)
	h.add("b3", monitor.Active)
	for _, role := range identity.Roles() {
		by := identity.Actor{Account: "a", Name: "A", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		allowed := by.May(identity.ManageService, "mi")
		shown, saved := h.ask(by, "GET", "/desk/services/b3/agreement", ""), h.ask(by, "POST", "/desk/services/b3/agreement", promise("revision", "0"))
		if (shown.Code == 200) != allowed || (saved.Code == 303) != allowed {
			t.Errorf("%s: shown %d, saved %d; may manage services: %v", role, shown.Code, saved.Code, allowed)
		}
		by.Institution, by.Institutions = "mf", []string{"mf"}
		if code := h.ask(by, "POST", "/desk/services/b3/agreement", promise("revision", "0")).Code; code == 303 && !by.May(identity.ManageService, "mi") {
			t.Errorf("%s of another institution saved", role)
		}
	}
}

func TestAboutTheFigures(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db)
	for language, words := range map[string][]string{
		"fr": {"Comment ces chiffres sont établis", "Wilson", "14,4"}, "ar": {"كيف تُعدّ هذه الأرقام", `dir="rtl"`}, "en": {"How these figures are made", "3,838"},
	} {
		h.want(h.ask(nobody, "GET", "/status/about", "", "Accept-Language", language), 200, words...)
	}
	h.add("b3", monitor.Active)
	h.want(h.ask(nobody, "GET", "/status", ""), 200, "/status/about")
}

func TestAPISaysHowSure(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		_, err := h.store.Change(t.Context(), mcd, "b3", func(s *monitor.Service) error {
			from, to := noon.Add(-30*time.Minute), noon.Add(time.Hour)
			s.Settings.Agreement = &monitor.Agreement{Objective: 0.99, Windows: []monitor.Window{{
				Kind: monitor.DatedHours, Name: lang.Text{"fr": "Résultats"}, Objective: 0.9, From: &from, To: &to,
			}}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		h.feed(v, "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuufffffuuuuu")
		rec := h.ask(nobody, "GET", "/api/v1/services/b3/availability?from=2026-11-22T11:00:00Z&to=2026-11-22T12:00:00Z", "")
		h.want(rec, 200, `"objective":0.99`)
		var got struct {
			Availability, Low, High float64
			AvailabilityLow         float64 `json:"availability_low"`
			AvailabilityHigh        float64 `json:"availability_high"`
			ByTime                  string  `json:"objective_by_time"`
			Samples                 Samples
			Apdex                   Apdex
			Budget                  Budget
			Burn                    []Burn
			Windows                 []struct {
				Name      lang.Text
				Open      float64 `json:"open_seconds"`
				Objective float64
				Down      float64 `json:"down_seconds"`
				ByTime    string  `json:"objective_by_time"`
			}
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.AvailabilityLow >= got.Availability || got.AvailabilityHigh <= got.Availability || got.ByTime != "missed" {
			t.Errorf("availability %v from %v to %v, %s", got.Availability, got.AvailabilityLow, got.AvailabilityHigh, got.ByTime)
		}
		if got.Samples.Asked == 0 || got.Samples.Answered >= got.Samples.Asked || got.Samples.Kept != monitor.Missed || got.Apdex.Within != 512 || got.Apdex.Score <= 0.8 {
			t.Errorf("samples %+v, Apdex %+v", got.Samples, got.Apdex)
		}
		if got.Budget.Allowed != 36 || got.Budget.Consumed != 300 || got.Budget.Remaining != -264 {
			t.Errorf("budget %+v; want 36 s allowed and 300 gone", got.Budget)
		}
		if len(got.Burn) != 3 || got.Burn[0].Rate < 8 || got.Burn[0].Fires {
			t.Errorf("burn %+v", got.Burn) // 5 minutes of 60 at 99 %: 8.3 times, and over
		}
		if len(got.Windows) != 1 || got.Windows[0].Open != 1800 || got.Windows[0].Objective != 0.9 || got.Windows[0].Down != 300 || got.Windows[0].ByTime != "missed" {
			t.Errorf("windows %+v", got.Windows)
		}
	})
}

func FuzzAgreementForm(f *testing.F) {
	f.Add(promise())
	f.Add("settings.agreement.windows.0.kind=office&settings.agreement.windows.0.objective=NaN")
	f.Add("settings.agreement.objective=1e400&checks.0.name=home&checks.0.settings.judgement.closing=-9999999999999999999")
	zone := time.FixedZone("Africa/Tunis", 3600)
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		typed := readAgreement(values)
		v := typed.onto(monitor.Service{Checks: []monitor.Check{{Name: "home", Timeout: time.Second}}}, zone)
		if v.Settings.Agreement == nil {
			return
		}
		// What is stored is shown as it will be stored again.
		again := fillAgreement(&v, zone).onto(v, zone)
		if len(again.Windows()) != len(v.Windows()) {
			t.Errorf("%q: %d windows became %d", body, len(v.Windows()), len(again.Windows()))
		}
	})
}
