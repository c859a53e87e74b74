package monitorweb

import (
	"net/url"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// said is the form of a description as a browser sends it.
func said(change ...string) string {
	f := url.Values{
		"revision": {"1"}, describedAt + "text.fr": {"Demander un extrait"}, describedAt + "text.ar": {"طلب مضمون"},
		describedAt + "audience": {"citizens"}, describedAt + "cost": {"0,5"}, describedAt + "days": {"3"}, describedAt + "phone": {"+216 71 000 000"},
	}
	for n := 0; n+1 < len(change); n += 2 {
		f.Set(change[n], change[n+1])
	}
	return f.Encode()
}

func TestDescriptionForm(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		const path = "/desk/services/b3/description"
		h := open(t, db)
		h.add("b3", monitor.Active)
		h.want(h.ask(owner, "GET", path, ""), 200, "Description pour le public", "/services.jsonld")
		h.want(h.ask(owner, "GET", "/desk/services/b3/edit", ""), 200, path)
		h.want(h.ask(owner, "POST", path, said("revision", "7")), 412, "Demander un extrait")
		h.want(h.ask(owner, "POST", path, said()), 303)
		v, err := h.store.Service(t.Context(), owner, "b3")
		d := v.Settings.Description
		if err != nil || d == nil || *d.Cost != 0.5 || d.Days != 3 || d.Text["ar"] != "طلب مضمون" || d.Audience[0] != "citizens" || v.Revision != 2 {
			t.Fatalf("%+v, %v", d, err)
		}
		h.want(h.ask(owner, "GET", path, ""), 200, `value="0.5"`, "checked", "طلب مضمون")
		for _, c := range []struct{ field, typed, sentence string }{
			{"cost", "beaucoup", "Le coût est un nombre entre 0 et"},
			{"cost", "1e9", "Le coût est un nombre entre 0 et"},
			{"cost", "NaN", "Le coût est un nombre entre 0 et"},
			{"days", "0", "Le délai est un nombre entier"},
			{"days", "2,5", "Le délai est un nombre entier"},
			{"phone", "appelez", "numéro de téléphone"},
			{"email", "a@b", "adresse e-mail"},
			{"page", "ftp://x", "https"},
			{"audience", "dogs", "pas un public connu"},
		} {
			rec := h.ask(owner, "POST", path, said("revision", "2", describedAt+c.field, c.typed))
			h.want(rec, 422, c.sentence, "Demander un extrait")
		}
		empty := url.Values{"revision": {"2"}}.Encode()
		h.want(h.ask(owner, "POST", path, empty), 303)
		if v, _ = h.store.Service(t.Context(), owner, "b3"); v.Settings.Description != nil {
			t.Errorf("%+v", v.Settings.Description)
		}
	})
}

func TestWhoMayDescribe(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.add("b3", monitor.Active)
		for _, role := range append(identity.Roles(), identity.Public) {
			by := identity.Actor{Account: "x", Role: role, Institution: "mi", Institutions: []string{"mi"}}
			rec := h.ask(by, "POST", "/desk/services/b3/description", said("revision", "0"))
			saved := rec.Code == 303 && rec.Header().Get("Location") == "/desk/services/b3/description" // and not where one signs in
			if may := by.May(identity.ManageService, "mi"); saved != may {
				t.Errorf("%s: %d to %s, may %v", role, rec.Code, rec.Header().Get("Location"), may)
			}
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add(said())
	f.Add("settings.description.cost=NaN&settings.description.days=99999999999999999999")
	f.Add("settings.description.text.fr=%00&settings.description.audience=a&settings.description.audience=b&revision=-1")
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form := readDescription(values)
		var s monitor.ServiceSettings
		s.Describe(form.description())
		if form.Revision < 0 {
			t.Error("a negative revision")
		}
	})
}
