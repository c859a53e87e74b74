package monitorweb

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

func TestGapsOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		v := h.add("b3", monitor.Active)
		const path = "/api/v1/services/b3/gaps"
		h.want(h.ask(owner, "GET", path, ""), 200, `"items":[]`)
		one := noon.Add(-time.Hour)
		err := h.store.KeepGaps(t.Context(), []monitor.Gap{
			{Cause: monitor.MissStopped, StartedAt: noon.Add(-3 * time.Hour), EndedAt: noon.Add(-2 * time.Hour), Missed: 60},
			{CheckID: v.Checks[0].ID, Cause: monitor.MissPolite, StartedAt: one, EndedAt: one, Missed: 1},
			{Cause: monitor.MissLate, StartedAt: one, EndedAt: one, Missed: 2},
			{CheckID: v.Checks[0].ID + 1000, Cause: monitor.MissClock, StartedAt: one, EndedAt: noon, Missed: 60},
			{Cause: monitor.MissBlind, StartedAt: noon.Add(-30 * time.Minute), EndedAt: noon.Add(-20 * time.Minute), Missed: 11},
		})
		if err != nil {
			t.Fatal(err)
		}
		var seen []gapOut
		for next, n := "", 0; n == 0 || next != ""; n++ {
			var page struct {
				Items []gapOut
				Next  string
			}
			rec := h.ask(owner, "GET", path+"?limit=1&cursor="+url.QueryEscape(next), "")
			h.want(rec, 200)
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			if n > 5 {
				t.Fatal("pages without end")
			}
			seen, next = append(seen, page.Items...), page.Next
		}
		if len(seen) != 4 || seen[0].Cause != string(monitor.MissBlind) || seen[0].Missed != 11 || seen[3].Cause != string(monitor.MissStopped) || seen[3].Check != "" {
			t.Errorf("%+v", seen)
		}
		h.want(h.ask(owner, "GET", path+"?check=nothing", ""), 422)
		h.want(h.ask(owner, "GET", path+"?check="+url.QueryEscape(v.Checks[0].Name), ""), 200, v.Checks[0].Name)
		h.want(h.ask(owner, "GET", path+"?cursor=%21", ""), 422)
		for _, role := range identity.Roles() {
			by := identity.Actor{Account: "a", Name: "A", Role: role, Institution: "mi", Institutions: []string{"mi"}}
			if got, want := h.ask(by, "GET", path, "").Code == 200, by.MayAnywhere(identity.ReadServices); got != want {
				t.Errorf("%s reads it: %v; want %v", role, got, want)
			}
		}
	})
}

// Each check tells how it kept a window, the worst first.
func TestWindowsAreToldByEveryCheck(t *testing.T) {
	w := &WindowFigure{Kind: "office", Opened: 3600}
	good, bad := Availability{Check: "page", Up: 3600}, Availability{Check: "dns", Up: 3000, Down: 600}
	for _, checks := range [][]Availability{{good, bad}, {bad, good}} {
		w.Checks = checks
		w.sort()
		if w.Checks[0].Check != "dns" || w.Checks[1].Check != "page" {
			t.Errorf("%+v", w.Checks)
		}
	}
}
