package monitorweb

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// shows keeps a chain of a server's certificate and its authority's.
func (h *house) shows(v *monitor.Service, subject string, own, authority time.Time) {
	h.t.Helper()
	err := h.store.KeepChains(h.t.Context(), map[int64]*monitor.Secured{v.Checks[0].ID: {Mark: subject, Chain: []monitor.Certificate{
		{Subject: "CN=" + subject + ",O=Demo", Issuer: "CN=Autorité", NotBefore: noon, NotAfter: own, SHA256: fmt.Sprintf("%064s", subject)},
		{Subject: "CN=Autorité", Issuer: "CN=Racine", NotBefore: noon, NotAfter: authority, SHA256: strings.Repeat("a", 64)},
	}}})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestExpiries(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.want(h.ask(nobody, "GET", "/status/expiry", ""), 200, "Rien n’expire dans les 90 jours")
		far := noon.AddDate(2, 0, 0)
		h.shows(h.add("over", monitor.Active), "over.example.tn", noon.Add(-time.Hour), far)
		h.shows(h.add("soon", monitor.Active), "*.example.tn", noon.AddDate(0, 0, 5), far)
		h.shows(h.add("shares", monitor.Active), "*.example.tn", noon.AddDate(0, 0, 5), far)
		h.shows(h.add("month", monitor.Active), "month.example.tn", noon.AddDate(0, 0, 29), far)
		h.shows(h.add("far", monitor.Active), "far.example.tn", far, far)
		h.shows(h.add("draft", monitor.Draft), "draft.example.tn", noon.AddDate(0, 0, 2), far)
		h.add("unseen", monitor.Active)
		h.feed(h.add("dayonly", monitor.Active), "uuu") // its certificate's day is all that is known
		rec := h.ask(nobody, "GET", "/status/expiry", "")
		h.want(rec, 200, "over.example.tn", "Expiré", "Dans les 7 jours", "Dans les 30 jours", `href="/services/shares"`, "5 jours", "/services/dayonly",
			"2 autres certificats", "Le certificat de 1 service n’a pas pu être vu")
		if body := rec.Body.String(); strings.Contains(body, "draft") || strings.Count(body, "*.example.tn") != 1 {
			t.Error("a draft is told of, or a certificate twice")
		}
		h.want(h.ask(nobody, "GET", "/status/expiry", "", "Accept-Language", "ar"), 200, "ما سينتهي قريبا", "خلال 7 أيام")

		rec = h.ask(nobody, "GET", "/status/expiry.ics", "", "Accept-Language", "ar")
		h.want(rec, 200, "BEGIN:VCALENDAR\r\n", "DTSTART;VALUE=DATE:20261127", "TRIGGER:-PT", "/services/shares")
		if n := strings.Count(rec.Body.String(), "BEGIN:VEVENT"); n != 4 {
			t.Errorf("%d events; want 4", n)
		}
		if again := h.ask(nobody, "GET", "/status/expiry.ics", "", "Accept-Language", "ar"); again.Body.String() != rec.Body.String() {
			t.Error("the calendar changes although nothing did")
		}
	})
}

func TestWall(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.feed(h.add("down", monitor.Active), "uuuffff")
	h.feed(h.add("well", monitor.Active), "uuuu")
	h.shows(h.add("soon", monitor.Active), "soon.example.tn", noon.AddDate(0, 0, 5), noon.AddDate(1, 0, 0))
	h.want(h.ask(nobody, "GET", "/desk/services/wall", ""), 303)
	rec := h.ask(mcd, "GET", "/desk/services/wall", "")
	h.want(rec, 200, "Un service ne répond pas", "Service down", "personne ne l’a prise en charge", "soon.example.tn", "wall-dark")
	if rec.Header().Get("Refresh") != wallRefreshes || strings.Contains(rec.Body.String(), "Service well") {
		t.Error("the wall does not refresh, or tells of what is well")
	}
	h.want(h.ask(mcd, "GET", "/desk/services/wall", "", "Accept-Language", "ar"), 200, "لم يتكفّل بها أحد")
	rec = h.ask(other, "GET", "/desk/services/wall", "")
	h.want(rec, 200)
	if body := rec.Body.String(); strings.Contains(body, "Service down") || strings.Contains(body, "soon.example.tn") {
		t.Error("somebody else's wall tells of these services")
	}
	for role, status := range map[identity.Role]int{identity.MCD: 200, identity.ServiceOwner: 200, identity.Admin: 200} {
		by := identity.Actor{Account: "r", Role: role, Institution: "mi", Institutions: []string{"mi"}}
		if got := h.ask(by, "GET", "/desk/services/wall", "").Code; got != status {
			t.Errorf("%s: %d; want %d", role, got, status)
		}
	}
}

func TestBadgesOfFigures(t *testing.T) {
	h := open(t, databasetest.Open(t))
	v := h.add("b3", monitor.Active)
	for _, show := range []string{"availability", "response"} {
		h.want(h.ask(nobody, "GET", "/services/b3/badge.svg?show="+show, ""), 200, "État inconnu")
	}
	h.feed(v, strings.Repeat("u", 50)+strings.Repeat("f", 10)+strings.Repeat("u", 60))
	for path, want := range map[string]string{
		"?show=availability":                "sur 30 jours",
		"?show=response":                    "répond en",
		"?show=response&lang=ar":            "تستجيب في",
		"?show=availability&lang=en":        "over 30 days",
		"?show=anything":                    "Répond",
		"?show=availability&show=%3Cscript": "sur 30 jours",
	} {
		rec := h.ask(nobody, "GET", "/services/b3/badge.svg"+path, "")
		h.want(rec, 200, want, `role="img"`, "<title>")
		dec := xml.NewDecoder(rec.Body)
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
}
