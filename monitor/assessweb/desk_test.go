package assessweb

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

func workbook(t *testing.T, body []byte, tab string) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows(tab)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

const payment = "/desk/services/good/assessment/answers/payment"

func TestAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		h.want(h.ask(owner, payment, nil), 200, "Peut-on payer en ligne", "sans réponse", `name="word"`)
		// Nothing is lost, and each fault stands beside its field.
		rec := h.ask(owner, payment, url.Values{"word": {"yes"}, "link": {"ftp://x"}, "note": {"garder ceci"}, "revision": {"0"}, "do": {"give"}})
		h.want(rec, 422, "garder ceci", "Donnez une adresse web entière", `value="ftp://x"`, `id="f-link-error"`)
		h.want(h.ask(owner, payment, url.Values{"word": {"yes"}, "revision": {"0"}}), 422, "Montrez-le")
		h.want(h.ask(owner, payment, url.Values{"word": {"yes"}, "link": {"https://good.example.tn/pay"}, "revision": {"0"}}), 303)
		h.want(h.ask(owner, payment, nil), 200, "à confirmer", "https://good.example.tn/pay", `value="1"`)
		// Somebody else changed it meanwhile.
		h.want(h.ask(owner, payment, url.Values{"word": {"no"}, "note": {"mon texte"}, "revision": {"0"}}), 412, "Quelqu’un a changé ceci entre-temps", "mon texte")
		h.want(h.ask(owner, payment, url.Values{"do": {"confirm"}, "revision": {"1"}}), 403)
		h.want(h.ask(mcd, payment, url.Values{"do": {"return"}, "revision": {"1"}}), 422, "Dites pourquoi", "https://good.example.tn/pay")
		h.want(h.ask(mcd, payment, url.Values{"do": {"return"}, "comment": {"La page ne s’ouvre pas."}, "revision": {"1"}}), 303)
		h.want(h.ask(owner, payment, nil), 200, "La page ne s’ouvre pas.", "ne compte pas")
		h.want(h.ask(owner, "/desk/services/good/assessment", nil), 200, "La page ne s’ouvre pas.", "renvoyée")
		h.want(h.ask(owner, payment, url.Values{"word": {"partly"}, "file": {"facture.pdf"}, "revision": {"2"}}), 303)
		h.want(h.ask(mcd, payment, url.Values{"do": {"confirm"}, "revision": {"3"}}), 303)
		h.want(h.ask(owner, payment, nil), 200, "confirmée", "facture.pdf")
		h.want(h.ask(owner, "/desk/services/good/assessment/answers/availability", nil), 404)
		h.want(h.ask(owner, "/desk/services/good/assessment/answers/nothing", nil), 404)
	})
}

// Nobody confirms their own answer, and the page says so before they try.
func TestOwnAnswers(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	h.want(h.ask(mcd, payment, url.Values{"word": {"no"}, "revision": {"0"}}), 303)
	h.want(h.ask(mcd, payment, nil), 200, "quelqu’un d’autre la confirmera")
	h.want(h.ask(mcd, payment, url.Values{"do": {"confirm"}, "revision": {"1"}}), 409, "Personne ne confirme sa propre réponse.")
	h.want(h.ask(mcd2, payment, url.Values{"do": {"confirm"}, "revision": {"1"}}), 303)
}

// Shares are typed in per cent, times in minutes, numbers as people type them.
func TestTypedNumbers(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	at := "/desk/services/good/assessment/answers/"
	for _, tt := range []struct {
		measure, typed string
		status         int
		words          string
		stored         float64
	}{
		{"completion", "85,5", 303, "", 0.855},
		{"completion", "120", 422, "Donnez un pourcentage de 0 à 100.", 0},
		{"completion", "", 422, "Donnez un nombre à partir de 0.", 0},
		{"completion", "beaucoup", 422, "Donnez un nombre à partir de 0.", 0},
		{"time_each", "12", 303, "", 720},
		{"volume", "12 500", 303, "", 12500},
		{"volume", "1,5", 422, "Donnez un nombre entier.", 0},
		{"cost_each", "-3", 422, "Donnez un nombre à partir de 0.", 0},
		{"cost_each", "NaN", 422, "Donnez un nombre à partir de 0.", 0},
		{"cost_each", "1e400", 422, "Donnez un nombre à partir de 0.", 0},
	} {
		rec := h.ask(owner, at+tt.measure, url.Values{"value": {tt.typed}, "link": {"https://good.example.tn/"}, "revision": {"0"}})
		h.want(rec, tt.status, tt.words)
		if tt.status != 303 {
			continue
		}
		facts, err := h.store.Facts(t.Context(), "good")
		if err != nil {
			t.Fatal(err)
		}
		if got := facts[assess.Measure(tt.measure)].Value; got != tt.stored {
			t.Errorf("%s typed as %q is %v; want %v", tt.measure, tt.typed, got, tt.stored)
		}
		h.want(h.ask(owner, at+tt.measure, nil), 200, `value="`+strings.NewReplacer(" ", "", ",", ".").Replace(tt.typed)+`"`)
	}
}

func TestActions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		if err := h.store.Put(t.Context(), []assess.Fact{{Service: "good", Measure: assess.StrictTransport, Value: 0, At: noon}, {Service: "good", Measure: assess.TLSVersions, Word: "no", At: noon}}); err != nil {
			t.Fatal(err)
		}
		at := "/desk/services/good/assessment/criteria/SE2"
		// The remedy for each server, ready to copy, and the advice in both languages whichever is read.
		h.want(h.ask(owner, at, nil), 200, "add_header Strict-Transport-Security", "Header always set Strict-Transport-Security", "&lt;hsts enabled=", `data-copy="snippet-nginx"`,
			`lang="ar" dir="rtl"`, `lang="fr" dir="ltr"`, "Ouvrir une action")
		h.want(h.ask(owner, at, url.Values{"do": {"assign"}, "owner": {"x"}, "revision": {"1"}}), 404)
		h.want(h.ask(owner, at, url.Values{"do": {"begin"}}), 303)
		h.want(h.ask(owner, at, nil), 200, "ouverte le 5 oct. 2026", "0 jour", "Avant", "Après")
		h.want(h.ask(owner, at, url.Values{"do": {"assign"}, "owner": {"Équipe réseau"}, "due": {"2020-01-01"}, "revision": {"1"}}), 422, "Équipe réseau", "entre aujourd’hui et dans deux ans")
		h.want(h.ask(owner, at, url.Values{"do": {"assign"}, "owner": {"Équipe réseau"}, "due": {"demain"}, "revision": {"1"}}), 422, "dans deux ans", `value="demain"`)
		h.want(h.ask(owner, at, url.Values{"do": {"assign"}, "owner": {"Équipe réseau"}, "due": {"2026-10-20"}, "revision": {"1"}}), 303)
		h.want(h.ask(owner, at, nil), 200, "Équipe réseau", `value="2026-10-20"`)
		h.want(h.ask(owner, at, url.Values{"do": {"doing"}, "revision": {"1"}}), 412, "Quelqu’un a changé")
		h.want(h.ask(owner, at, url.Values{"do": {"doing"}, "revision": {"2"}}), 303)
		h.want(h.ask(owner, at, url.Values{"do": {"verified"}, "revision": {"3"}}), 422, "deux regards au vert")
		h.want(h.ask(owner, at, url.Values{"do": {"waived"}, "reason": {"trop cher"}, "revision": {"3"}}), 403)
		h.want(h.ask(owner, at, url.Values{"do": {"note"}, "text": {""}}), 422, "Écrivez une note")
		h.want(h.ask(owner, at, url.Values{"do": {"note"}, "text": {"Demandé à l'hébergeur <b>"}}), 303)
		h.want(h.ask(owner, at, nil), 200, "Demandé à l&#39;hébergeur &lt;b&gt;", "en cours")
		// Two greens in a row are the proof, and nobody had to say so.
		for day := 1; day <= 2; day++ {
			h.now = noon.AddDate(0, 0, day)
			if err := h.store.Put(t.Context(), []assess.Fact{{Service: "good", Measure: assess.StrictTransport, Value: 365, At: h.now}, {Service: "good", Measure: assess.TLSVersions, Word: "yes", At: h.now}}); err != nil {
				t.Fatal(err)
			}
			if _, err := h.store.Look(t.Context(), identity.System("test")); err != nil {
				t.Fatal(err)
			}
		}
		h.want(h.ask(owner, at, nil), 200, "vérifiée", "365 jours", "La mesure a vu deux fois le vert")
		h.want(h.ask(owner, "/desk/services/good/assessment/criteria/NOPE", nil), 404)
	})
}

// TestEditions goes from a draft over a reply to an edition that everybody sees.
func TestEditions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		list, at := "/desk/assessment/editions", "/desk/assessment/editions/2026-Q3"
		h.want(h.ask(mcd, list, nil), 200, "Aucune édition", `value="2026-Q3"`, `value="2026-10-26"`)
		h.want(h.ask(mcd, list, url.Values{"quarter": {"2026-Q4"}, "replies_until": {"2026-10-06"}}), 422, "n’est pas terminé", "au moins 7 jours", `value="2026-10-06"`)
		h.want(h.ask(mcd, list, url.Values{"quarter": {"drop table"}, "replies_until": {""}}), 422, "n’est pas un trimestre")
		h.want(h.ask(mcd, list, url.Values{"quarter": {"2026-Q3"}, "replies_until": {"2026-10-20"}}), 303)
		h.want(h.ask(mcd, list, url.Values{"quarter": {"2026-Q3"}, "replies_until": {"2026-10-20"}}), 409, "existe déjà")
		h.want(h.ask(mcd, at, nil), 200, "projet", "Service tax", "Réponses jusqu’au 20 oct. 2026")
		// Before it is frozen an owner sees their own, and nobody else anything.
		mine := h.ask(owner, at, nil)
		h.want(mine, 200, "Service good")
		h.lacks(mine, "Service tax")
		h.want(h.ask(nobody, "/services/good/assessment?edition=2026-Q3", nil), 404)
		h.want(h.ask(nobody, "/institutions/mi/assessment?edition=2026-Q3", nil), 404)
		h.want(h.ask(owner, "/services/good/assessment?edition=2026-Q3", nil), 200, "Projet d’édition")
		// The right of reply.
		own := "/desk/services/good/assessment"
		h.want(h.ask(owner, own, nil), 200, "Édition en préparation", "Votre réponse")
		h.want(h.ask(owner, own, url.Values{"quarter": {"2026-Q3"}, "text": {" "}}), 422, "Écrivez votre réponse")
		h.want(h.ask(other, own, url.Values{"quarter": {"2026-Q3"}, "text": {"nous aussi"}}), 404)
		h.want(h.ask(owner, own, url.Values{"quarter": {"2026-Q3"}, "text": {"La panne est due à un câble coupé."}}), 303)
		h.want(h.ask(mcd, at, url.Values{"do": {"freeze"}, "revision": {"1"}}), 409, "Les services peuvent répondre")
		h.now = time.Date(2026, 10, 22, 9, 0, 0, 0, time.UTC)
		h.want(h.ask(mcd, at, url.Values{"do": {"freeze"}, "revision": {"1"}}), 409, "1 réponse attend encore")
		h.want(h.ask(owner, own, url.Values{"quarter": {"2026-Q3"}, "text": {"trop tard"}}), 409, "est passé")
		h.want(h.ask(owner, at, url.Values{"do": {"freeze"}, "revision": {"1"}}), 403)
		h.want(h.ask(mcd, at, url.Values{"do": {"respond"}, "reply": {"1"}, "text": {""}}), 422, "Écrivez votre réponse")
		h.want(h.ask(mcd, at, url.Values{"do": {"respond"}, "reply": {"x"}}), 404)
		h.want(h.ask(mcd, at, url.Values{"do": {"respond"}, "reply": {"1"}, "text": {"La panne compte."}}), 303)
		h.want(h.ask(mcd, at, url.Values{"do": {"redraft"}, "revision": {"1"}}), 303)
		h.want(h.ask(mcd, at, url.Values{"do": {"freeze"}, "revision": {"1"}}), 412)
		h.want(h.ask(mcd, at, url.Values{"do": {"freeze"}, "revision": {"2"}}), 303)
		h.want(h.ask(mcd, at, nil), 200, "intacte : recalculée, identique")
		h.want(h.ask(mcd, at, url.Values{"do": {"explode"}}), 404)
		// Now it is everybody's.
		h.want(h.ask(nobody, "/services/good/assessment?edition=2026-Q3", nil), 200, "Édition figée", "Rang 1 sur 3", "câble coupé", "La panne compte.")
		h.want(h.ask(nobody, "/services/good/assessment", nil), 200, "Voir l’édition : 3e trimestre 2026")
		h.want(h.ask(nobody, "/institutions/mi/assessment/report", nil), 200, "3e trimestre 2026", "Empreinte de l’édition", "câble coupé")
		h.want(h.ask(nobody, "/api/v1/services/good/assessment?edition=2026-Q3", nil), 200, `"frozen":true`, `"rank":1`)
		h.want(h.ask(mcd, "/desk/assessment", nil), 200, "Ce qui a bougé depuis : 3e trimestre 2026")
	})
}

func TestSets(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		at := "/desk/assessment/sets"
		h.want(h.ask(mcd, at, nil), 200, "Référentiel par défaut", "en vigueur", "Seuils français")
		// Every fault with its line, what was typed is there, nothing changed.
		bad := strings.Replace(strings.Replace(yamlOf(t, criteria.Default), "method: weighted", "method: dice", 1), "version: 1", "version: 0", 1)
		h.want(h.ask(mcd, at, url.Values{"body": {bad}, "do": {"adopt"}}), 422, "2 fautes à corriger", "Ligne 4 :", "La version est un nombre à partir de 1.", "« dice »", "La version en vigueur reste la même", "method: dice")
		h.want(h.ask(mcd, at, url.Values{"body": {"name: [unclosed"}}), 422, "Ligne")
		h.want(h.ask(mcd, at, url.Values{"body": {""}}), 422)
		h.want(h.ask(mcd, at, url.Values{"body": {strings.Repeat("a", maxSetBytes+1)}}), 413)
		h.want(h.ask(mcd, at, url.Values{"body": {yamlOf(t, criteria.Default)}, "do": {"adopt"}}), 409, "un numéro plus grand")
		// A stricter version is shown before it is adopted: "one service falls".
		next := strings.Replace(strings.Replace(yamlOf(t, criteria.Default), "version: 1", "version: 2", 1), "{code: A, from: 85", "{code: A, from: 100", 1)
		next = strings.Replace(next, "weight: 10", "weight: 30", 1)
		next = strings.Replace(next, "band: C", "band: E", 1)
		h.want(h.ask(mcd, at, url.Values{"body": {next}, "do": {"preview"}}), 200, "perdr", "AV1 · Disponibilité sur le trimestre", "<del>10</del>", "<ins>30</ins>", "Service capped",
			"Adopter et appliquer cette version", "Plafonds")
		if set, err := h.store.InForce(t.Context()); err != nil || set.Version != 1 {
			t.Fatal(set.Version, err)
		}
		h.want(h.ask(mcd, at, url.Values{"body": {next}, "do": {"adopt"}}), 303)
		h.want(h.ask(mcd, at+"/default-tn", nil), 200, "De la version 1 à la version 2", "<ins>30</ins>", "en vigueur")
		h.want(h.ask(nobody, "/services/capped/assessment", nil), 200, ">E</span>", "version 2")
		h.want(h.ask(mcd, at+"/french-vde", nil), 200, "Effet sur les notes", "Juger désormais")
		h.want(h.ask(owner, at+"/french-vde", url.Values{}), 403)
		h.want(h.ask(mcd, at+"/french-vde", url.Values{}), 303)
		h.want(h.ask(nobody, "/services/good/assessment", nil), 200, "part des critères qui atteignent leur objectif")
		h.want(h.ask(mcd, at+"/none", nil), 404)
		h.want(h.ask(mcd, at+"/default-tn?from=1&to=99", nil), 404)
		h.want(h.ask(mcd, at+"/default-tn?from=x&to=y", nil), 200)
	})
}

// FuzzSets sends any text as a set: it is refused with its faults or shown, and
// never breaks the page.
func FuzzSets(f *testing.F) {
	h := open(f, databasetest.Open(f))
	f.Add("name: x\nversion: 1\n")
	f.Add(yamlOf(f, "french-vde"))
	f.Add("criteria: [{code: \u202eX}]\n")
	f.Add("&a [*a, *a]")
	f.Fuzz(func(t *testing.T, body string) {
		h.t = t
		if rec := h.ask(mcd, "/desk/assessment/sets", url.Values{"body": {body}}); rec.Code >= 500 {
			t.Fatalf("%q: %d", body, rec.Code)
		}
	})
}

// FuzzAnswers types anything into the form of an answer: it is kept, or shown
// again with its fault.
func FuzzAnswers(f *testing.F) {
	h := open(f, databasetest.Open(f))
	city(h)
	f.Add("85,5", "https://x.example", "a.pdf", "note", int64(0))
	f.Add("NaN", "javascript:1", "../x", "\u202e", int64(-1))
	f.Add("1e999", "", "", strings.Repeat("x", 3000), int64(7))
	f.Fuzz(func(t *testing.T, value, link, file, note string, revision int64) {
		h.t = t
		form := url.Values{"value": {value}, "link": {link}, "file": {file}, "note": {note}, "revision": {"0"}}
		if rec := h.ask(owner, "/desk/services/good/assessment/answers/completion", form); rec.Code >= 500 {
			t.Fatalf("%q: %d", form, rec.Code)
		}
		typedNumber(value)
	})
}
