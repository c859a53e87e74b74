package noticeweb_test

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/notice/noticeweb"
	"github.com/jard-odi/jard/web"
)

func TestConfirmingFromTheMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		before := h.periods()
		if !slices.Equal(before, []string{"2026-11", "2026-12", "2027-01"}) {
			t.Fatalf("open: %v", before)
		}
		for range 3 { // the mail scanner, the preview, the person
			w := h.get(h.confirm)
			h.want(w, 200, "Je confirme : rien n'a changé", "Production de céréales", "nov. 2026", `method="post"`)
			if w.Header().Get("Referrer-Policy") != web.NoPath || w.Header().Get("Cache-Control") != "no-store" {
				t.Error("the address may leak")
			}
		}
		if got := h.periods(); !slices.Equal(got, before) {
			t.Fatalf("looking changed the ledger: %v", got)
		}
		h.want(h.post(h.confirm, nil), 200, "C'est noté")
		if got, want := h.periods(), []string{"2026-12", "2027-01"}; !slices.Equal(got, want) {
			t.Errorf("open: %v; want %v: the month that runs is still owed", got, want)
		}
		rows, _ := h.register.Obligations(t.Context(), h.actor("officer"), h.dataset.Ref)
		for _, o := range rows {
			if o.Period == "2026-11" && (o.Evidence != inventory.Attestation || o.EvidenceBy != "officer" || o.EvidenceDay != "2026-11-30") {
				t.Errorf("evidence: %+v", o)
			}
		}
		var lines []audit.Line
		h.ok(db.Where("act IN ?", []string{"dataset.attest_by_mail", "notice.link"}).Order("id").Find(&lines).Error)
		if len(lines) != 2 || lines[0].Actor != "officer" || lines[0].Ref != h.dataset.Ref || lines[1].Institution != "marhp" {
			t.Errorf("the trail says %+v", lines)
		}
		h.want(h.get(h.confirm), 410, "Ce lien a déjà servi", "/desk/datasets/"+h.dataset.Ref)
		h.want(h.post(h.confirm, nil), 410, "Ce lien a déjà servi")
		h.want(h.get(h.update), 410, "Ce lien a déjà servi")
		w := h.get(h.confirm + "?lang=ar")
		if w.Code != 303 {
			t.Errorf("choosing a language: %d", w.Code)
		}
	})
}

func TestDeclaringFromTheMail(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.get(h.update), 200, `name="day"`, "Déclarer la mise à jour", `type="file"`)
		for day, want := range map[string]string{
			"":                          "Ce champ est obligatoire.",
			"2026-02-30":                "« 2026-02-30 » n'est pas une date",
			"2027-01-01":                "Cette date est dans l'avenir.",
			"2026-01-01":                "2026-10-20",
			"2026-10-20":                "C'est la date déjà enregistrée",
			strings.Repeat("9", 5000):   "n'est pas une date",
			"<script>alert(1)</script>": "&lt;script&gt;",
		} {
			w := h.post(h.update, url.Values{"day": {day}})
			if len(day) < 50 {
				h.want(w, 422, want)
			} else {
				h.want(w, 422)
			}
		}
		if got := h.periods(); len(got) != 3 {
			t.Fatalf("a refused day changed the ledger: %v", got)
		}
		h.want(h.post(h.update, url.Values{"day": {"2026-11-30"}}), 200, "La mise à jour est enregistrée")
		d, err := h.register.Get(t.Context(), h.actor("officer"), h.dataset.Ref)
		h.ok(err)
		if d.Content.DataModified != "2026-11-30" || !slices.Equal(h.periods(), []string{"2026-12", "2027-01"}) {
			t.Errorf("data of %s, open %v", d.Content.DataModified, h.periods())
		}
		h.want(h.post(h.update, url.Values{"day": {"2026-12-01"}}), 410, "Ce lien a déjà servi")
	})
}

func TestLinksThatOpenNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		for name, tt := range map[string]struct {
			happened func(*house)
			path     func(*house) string
			status   int
			says     string
		}{
			"altered":           {nil, func(h *house) string { return "/m/" + swap(h.confirm[3:]) }, 404, "incomplet ou a été modifié"},
			"cut":               {nil, func(h *house) string { return h.confirm[:20] }, 404, "incomplet ou a été modifié"},
			"made up":           {nil, func(*house) string { return "/m/" + identity.NewSecret() }, 404, "incomplet ou a été modifié"},
			"after a fortnight": {func(h *house) { h.now = h.now.Add(notice.LinkAge + time.Minute) }, nil, 410, "son délai est passé"},
			"the account is disabled": {func(h *house) {
				h.ok(h.people.DisableAccount(t.Context(), identity.System("test"), "officer", "has left"))
			}, nil, 410, "ne répond plus de ces données"},
			"the officer moved to another ministry": {func(h *house) {
				h.ok(h.db.Model(&identity.Account{}).Where("id = 'officer'").Update("institution", "ms").Error)
			}, nil, 410, "ne répond plus de ces données"},
			"the officer became a member of the committee": {func(h *house) {
				h.ok(h.db.Model(&identity.Account{}).Where("id = 'officer'").Update("role", identity.Committee).Error)
			}, nil, 410, "ne répond plus de ces données"},
			"the update came another way": {func(h *house) {
				by := h.actor("officer")
				_, err := h.register.Change(t.Context(), by, h.dataset.Ref, "dataset.update", 0, func(d *inventory.Dataset) error {
					return d.Refresh(by, "2026-12-01", h.now)
				})
				h.ok(err)
			}, nil, 410, "Cette échéance est déjà réglée"},
			"the dataset was withdrawn": {func(h *house) {
				by := h.actor("officer")
				_, err := h.register.Change(t.Context(), by, h.dataset.Ref, "dataset.withdraw", 0, func(d *inventory.Dataset) error {
					return d.Withdraw(by, "Remplacé par un autre jeu", "", h.now)
				})
				h.ok(err)
			}, nil, 410, "Cette échéance est déjà réglée"},
		} {
			t.Run(name, func(t *testing.T) {
				h := open(t, databasetestOpen(t, db))
				path := h.confirm
				if tt.happened != nil {
					tt.happened(h)
				}
				if tt.path != nil {
					path = tt.path(h)
				}
				var before, after int64
				db := h.db
				db.Model(&audit.Line{}).Count(&before)
				h.want(h.get(path), tt.status, tt.says, "Pour agir sur ces données, connectez-vous.")
				h.want(h.post(path, nil), tt.status, tt.says)
				if db.Model(&audit.Line{}).Count(&after); before != after {
					t.Error("something was done all the same")
				}
				for tag, word := range map[string]string{"ar": `dir="rtl"`, "en": "Closed link"} {
					h.want(h.speaking(path, tag), tt.status, word)
				}
			})
		}
	})
}

// databasetestOpen returns a fresh database of the same engine as db.
func databasetestOpen(t *testing.T, db *gorm.DB) *gorm.DB {
	if db.Name() == "postgres" {
		return databasetest.OpenPostgres(t)
	}
	return databasetest.Open(t)
}

// swap alters the middle of a secret.
func swap(s string) string {
	b := []byte(s)
	b[20], b[21] = 'A'+(b[21]%26), 'a'+(b[20]%26)
	return string(b)
}

func TestOneClickUnsubscription(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		if want := "http://jard.test" + h.stop; h.letter.Unsubscribe != want {
			t.Errorf("List-Unsubscribe = %s; want %s", h.letter.Unsubscribe, want)
		}
		h.want(h.get(h.stop), 200, "Ne plus recevoir que les rappels")
		if p, _ := h.notices.Preference(t.Context(), "officer"); p.Rhythm != notice.Daily {
			t.Fatal("looking unsubscribed")
		}
		// As a mail provider sends it: no cookie, no page before.
		h.want(h.post(h.stop, url.Values{"List-Unsubscribe": {"One-Click"}}), 200, "C'est fait")
		if p, _ := h.notices.Preference(t.Context(), "officer"); p.Rhythm != notice.Off {
			t.Errorf("rhythm %s; want off", p.Rhythm)
		}
		h.want(h.post(h.stop, nil), 200) // twice is as once
		h.want(h.post(h.confirm, nil), 200, "C'est noté")
	})
}

// FuzzSecrets posts whatever somebody may type after /m/ and /calendar/.
func FuzzSecrets(f *testing.F) {
	for _, s := range []string{"x", identity.NewSecret(), "..%2f..", "%00", "é", strings.Repeat("A", 43), "a.ics", "\xff"} {
		f.Add(s)
	}
	db := databasetest.Open(f)
	store := noticedb.New(db, nil)
	shell, err := web.New(web.Options{BaseURL: "http://jard.test"})
	if err != nil {
		f.Fatal(err)
	}
	noticeweb.New(shell, store, inventorydb.New(db, nil), identitydb.New(db, nil), noticeweb.Upload{}, time.Now).Routes()
	f.Fuzz(func(t *testing.T, s string) {
		for _, ask := range [][2]string{{"GET", "/m/"}, {"POST", "/m/"}, {"GET", "/calendar/"}} {
			r := httptest.NewRequestWithContext(t.Context(), ask[0], "http://jard.test"+ask[1]+url.PathEscape(s), nil)
			w := httptest.NewRecorder()
			shell.Handler().ServeHTTP(w, r)
			if w.Code >= 500 || w.Code == 200 {
				t.Errorf("%s %q: %d", ask, s, w.Code)
			}
		}
	})
}
