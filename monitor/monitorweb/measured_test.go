package monitorweb

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// The page says how windows were kept, and when and why nobody looked.
func TestMeasured(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		const path = "/desk/services/b3/measured"
		h.want(h.ask(owner, "GET", path, ""), 200, "Aucune plage n’est promise", "Aucune mesure n’a manqué")

		h.want(h.ask(owner, "POST", "/desk/services/b3/agreement", promise("revision", "0")), 303)
		err := h.store.KeepGaps(t.Context(), []monitor.Gap{
			{CheckID: 0, Cause: monitor.MissStopped, StartedAt: noon.Add(-3 * time.Hour), EndedAt: noon.Add(-2 * time.Hour), Missed: 60},
			{CheckID: 0, Cause: monitor.MissBlind, StartedAt: noon.Add(-30 * time.Minute), EndedAt: noon.Add(-20 * time.Minute), Missed: 11},
			{CheckID: v.Checks[0].ID, Cause: monitor.MissPolite, StartedAt: noon.Add(-time.Hour), EndedAt: noon.Add(-time.Hour), Missed: 1},
			{CheckID: v.Checks[0].ID + 1, Cause: monitor.MissClock, StartedAt: noon.Add(-time.Hour), EndedAt: noon, Missed: 60},
			{CheckID: 0, Cause: monitor.MissLate, StartedAt: noon.AddDate(0, -2, 0), EndedAt: noon.AddDate(0, -2, 0), Missed: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		rec := h.ask(owner, "GET", path, "")
		h.want(rec, 200, "Guichet du soir", "programme arrêté", "1 heure", "notre liaison coupée", "10 minutes", "site ménagé", "un instant", "Objectif")
		for _, foreign := range []string{"horloge avancée", "tournée en retard"} {
			if strings.Contains(rec.Body.String(), foreign) {
				t.Errorf("the page tells of %q, which is another check's or long past", foreign)
			}
		}
		h.want(h.ask(owner, "GET", path, "", "Accept-Language", "ar"), 200, `dir="rtl"`, "البرنامج متوقف", "ساعة واحدة")
	})
}

// A link that comes and goes is told as one trouble; another cause, another
// check, or a minute in between is told apart.
func TestNeighbouringGapsAreOne(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	got := joined([]monitor.Gap{
		{Cause: monitor.MissBlind, StartedAt: at(30), EndedAt: at(31), Missed: 1},
		{Cause: monitor.MissBlind, StartedAt: at(0), EndedAt: at(10), Missed: 2},
		{Cause: monitor.MissBlind, StartedAt: at(5), EndedAt: at(6), Missed: 1},
		{Cause: monitor.MissLate, StartedAt: at(20), EndedAt: at(20), Missed: 1},
		{CheckID: 7, Cause: monitor.MissBlind, StartedAt: at(20), EndedAt: at(20), Missed: 1},
		{Cause: monitor.MissBlind, StartedAt: at(92), EndedAt: at(92), Missed: 1},
	})
	if len(got) != 4 || !got[0].StartedAt.Equal(at(92)) || !got[3].StartedAt.Equal(at(0)) || !got[3].EndedAt.Equal(at(31)) || got[3].Missed != 4 {
		t.Errorf("joined %+v", got)
	}
}

// The longest list is cut, and says so.
func TestMeasuredIsCut(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("b3", monitor.Active)
	var gaps []monitor.Gap
	for n := range shownGaps + 3 {
		at := noon.Add(-time.Duration(n+1) * time.Hour)
		gaps = append(gaps, monitor.Gap{Cause: monitor.MissLate, StartedAt: at, EndedAt: at, Missed: 1})
	}
	if err := h.store.KeepGaps(t.Context(), gaps); err != nil {
		t.Fatal(err)
	}
	h.want(h.ask(owner, "GET", "/desk/services/b3/measured", ""), 200, "et 3 autres plus anciennes", ">103<")
}

func TestWhoMayReadWhatWasMeasured(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.add("b3", monitor.Active)
	h.want(h.ask(nobody, "GET", "/desk/services/b3/measured", "", "Accept", "application/json"), 303)
	h.want(h.ask(mcd, "GET", "/desk/services/none/measured", ""), 404)
	for _, role := range identity.Roles() {
		by := identity.Actor{Account: "a", Name: "A", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		if got, want := h.ask(by, "GET", "/desk/services/b3/measured", "").Code == 200, by.MayAnywhere(identity.ReadServices); got != want {
			t.Errorf("%s reads it: %v; want %v", role, got, want)
		}
	}
}
