package monitorweb

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor"
)

func TestWhatAServiceDependsOnIsChosenOnTheForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("b3", monitor.Active)
		h.add("eid", monitor.Active)
		rec := h.ask(owner, "GET", "/desk/services/b3/edit", "")
		h.want(rec, 200, "sans lesquels il ne marche pas", `name="settings.depends_on" value="eid"`)
		if shown := rec.Body.String(); strings.Contains(shown, `name="settings.depends_on" value="b3"`) || strings.Contains(shown, "settings.depends_on.more") {
			t.Error("it is offered to depend on itself, or on anything")
		}
		if strings.Contains(h.ask(other, "GET", "/desk/services/new", "").Body.String(), `value="eid"`) {
			t.Error("another body's services are offered")
		}
		h.want(h.ask(mcd, "GET", "/desk/services/b3/edit", "", "Accept-Language", "ar"), 200, `value="eid"`, "settings.depends_on.more", "معرّفاتها")
		page := "/desk/services/b3/edit"
		h.want(h.ask(owner, "POST", page, form("slug", "b3", "revision", "1", "settings.depends_on", "eid")), 303)
		v, err := h.store.Service(t.Context(), mcd, "b3")
		if err != nil || !slices.Equal(v.Settings.DependsOn, []string{"eid"}) {
			t.Fatalf("it depends on %v, %v", v.Settings.DependsOn, err)
		}
		h.want(h.ask(owner, "GET", page, ""), 200, `value="eid" checked`)
		// What another body has is refused, and nothing typed is lost.
		h.want(h.ask(owner, "POST", page, form("slug", "b3", "revision", "2", "settings.depends_on.more", "eid, b9")), 422,
			"n’est pas un service de votre organisme", `href="#f-settings-depends_on"`, `value="eid" checked`, `value="b9"`)
		h.want(h.ask(mcd, "POST", page, form("slug", "b3", "revision", "2", "settings.depends_on.more", "eid b9")), 303)
		// The owner sees it and may keep it or drop it.
		h.want(h.ask(owner, "GET", page, ""), 200, `value="b9"`)
		h.want(h.ask(owner, "POST", page, form("slug", "b3", "revision", "3", "settings.depends_on.more", "b9")), 303)
		h.want(h.ask(owner, "POST", page, form("slug", "b3", "revision", "4")), 303)
		if v, err = h.store.Service(t.Context(), mcd, "b3"); err != nil || len(v.Settings.DependsOn) != 0 {
			t.Errorf("it depends on %v, %v", v.Settings.DependsOn, err)
		}
	})
}

func FuzzReadDepends(f *testing.F) {
	f.Add("eid", "a, b c")
	f.Add("", "،؛\x00 ,,,")
	f.Fuzz(func(t *testing.T, ticked, typed string) {
		list := readDepends(url.Values{dependsField: {ticked, ticked}, dependsMore: {typed}})
		for n, slug := range list {
			if slug == "" || slices.Contains(list[:n], slug) {
				t.Errorf("%q and %q are read as %q", ticked, typed, list)
			}
		}
	})
}
