package letter

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func pen(t *testing.T) *Pen {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Pen{
		Words: words, URL: func(path string) string { return "https://jard.example" + path }, Now: func() time.Time { return monday },
		Operator: lang.Text{"fr": "MCD", "ar": "وحدة الإدارة الإلكترونية", "en": "MCD"},
	}
}

func lines() []alert.Line {
	until, end := monday.AddDate(0, 0, 10), monday.Add(-time.Minute)
	name := lang.Text{"fr": "Facture d'eau", "ar": "فاتورة الماء"}
	owner := lang.Text{"fr": "SONEDE", "ar": "الشركة الوطنية لاستغلال وتوزيع المياه"}
	line := func(kind alert.Kind, f alert.Facts) alert.Line {
		f.Name, f.Owner = name, owner
		return alert.Line{
			Key: "incident/" + string(kind), Kind: kind, Service: "eau", Institution: "sonede", StartedAt: monday.Add(-90 * time.Minute),
			URL: "https://jard.example/services/eau", Facts: f,
		}
	}
	over := line(alert.Down, alert.Facts{Ended: alert.Recovered})
	over.Key, over.EndedAt = "incident/over", &end
	gone := line(alert.Down, alert.Facts{Ended: alert.Unwatched})
	gone.Key, gone.EndedAt = "incident/gone", &end
	renewed := line(alert.Certificate, alert.Facts{Ended: alert.Recovered})
	renewed.Key, renewed.EndedAt = "certificate/renewed", &end
	kept := line(alert.Domain, alert.Facts{Ended: alert.Recovered})
	kept.Key, kept.EndedAt = "domain/kept", &end
	blind := line(alert.Blind, alert.Facts{Checks: map[string]int{"lost": 9, "all": 10}})
	blind.Service = alert.Everything
	acked := line(alert.Degraded, alert.Facts{Reason: "tls_incomplete_chain", Vantage: "Sfax"})
	acked.Acked = true
	return []alert.Line{
		line(alert.Down, alert.Facts{Reason: "status", Status: 503}), acked, line(alert.Shared, alert.Facts{Members: []string{"eau", "permis"}}),
		line(alert.BurnFast, alert.Facts{Burn: 20.5, Window: time.Hour}), line(alert.BurnSlow, alert.Facts{Burn: 1.2, Window: 72 * time.Hour}),
		line(alert.Certificate, alert.Facts{NotAfter: &until}), blind, over, gone, renewed,
		line(alert.Domain, alert.Facts{NotAfter: &until}), line(alert.Domain, alert.Facts{NotAfter: &end}), kept,
	}
}

func person(tag lang.Tag) *alert.Person {
	return &alert.Person{Actor: identity.Actor{Account: "karim", Name: "Karim"}, Email: "karim@exemple.tn", Lang: tag}
}

// In plain text a link follows its words as each language writes a colon.
func TestLinksInPlainText(t *testing.T) {
	p := pen(t)
	for tag, want := range map[lang.Tag]string{lang.French: "en charge : https", lang.Arabic: "أتكفل به: https", lang.English: ": https"} {
		m := &alert.Message{ID: "id", Stage: alert.Begun, Lang: tag, Lines: lines()[:1], RouteName: "Pannes", QueuedAt: monday}
		letter, err := p.Write(m, &alert.Parcel{Person: person(tag)}, map[string]string{"incident/down": "secret"})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(letter.Text, want) || tag != lang.French && strings.Contains(letter.Text, " : ") {
			t.Errorf("%s: links are written\n%s", tag, letter.Text)
		}
	}
}

// Services of a shared cause go by their names, as on the pages; one whose name
// is not known goes by its identifier.
func TestSharedCausesNameServices(t *testing.T) {
	p := pen(t)
	shared := alert.Line{Kind: alert.Shared, StartedAt: monday.Add(-time.Hour), Facts: alert.Facts{
		Members: []string{"eau", "permis", "gone"}, Names: []lang.Text{{"fr": "Facture d'eau", "ar": "فاتورة الماء"}, {"fr": "Permis de conduire"}, {}},
	}}
	for tag, want := range map[lang.Tag]string{
		lang.French: "3 services concernés : Facture d'eau, Permis de conduire, gone.", lang.Arabic: "فاتورة الماء، Permis de conduire، gone",
	} {
		said := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "", "’", "'").
			Replace(strings.Join(About(p.Words, tag, &shared, monday), " "))
		if !strings.Contains(said, want) {
			t.Errorf("%s: %q does not say %q", tag, said, want)
		}
	}
}

// Every kind of event, at every stage, in every language: nothing is left
// unsaid, and no key shows.
func TestEverythingIsSaidInEveryLanguage(t *testing.T) {
	p := pen(t)
	for _, tag := range lang.All() {
		for _, stage := range []alert.Stage{alert.Begun, alert.Escalated, alert.Reminded, alert.Over, alert.Past} {
			for _, set := range [][]alert.Line{lines(), lines()[:1]} {
				m := &alert.Message{ID: "id", Stage: stage, Lang: tag, Lines: set, RouteName: "Pannes", QueuedAt: monday}
				letter, err := p.Write(m, &alert.Parcel{Person: person(tag)}, map[string]string{"incident/down": "secret"})
				if err != nil {
					t.Fatal(err)
				}
				if err := letter.Check(); err != nil {
					t.Errorf("%s %s: %v", tag, stage, err)
				}
				for _, text := range []string{m.Subject, m.Text, letter.Text, letter.HTML} {
					if strings.Contains(text, "alert.") || strings.Contains(text, "monitor.") || strings.Contains(text, "{0}") {
						t.Errorf("%s %s: a key shows in %q", tag, stage, text)
					}
				}
				if !strings.Contains(letter.HTML, `dir="`+tag.Dir()+`"`) || !strings.Contains(letter.Text, "https://jard.example/alert/secret") {
					t.Errorf("%s %s: %s", tag, stage, letter.Text)
				}
				if strings.Contains(m.Text, "secret") || letter.Thread != "alert.incident.down" || !letter.Sensitive {
					t.Errorf("%s %s: the history holds a secret, or the mail no thread: %q", tag, stage, letter.Thread)
				}
			}
		}
	}
}

func TestAnArabicMailGoesFromRightToLeft(t *testing.T) {
	p := pen(t)
	m := &alert.Message{ID: "id", Stage: alert.Begun, Lang: lang.Arabic, Lines: lines()[:1], RouteName: "Pannes", QueuedAt: monday}
	letter, err := p.Write(m, &alert.Parcel{Person: person(lang.Arabic)}, map[string]string{"incident/down": "secret"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, "text-align:right", "margin-left:10px", "فاتورة الماء", "أتكفل به"} {
		if !strings.Contains(letter.HTML, want) {
			t.Errorf("no %q in the mail", want)
		}
	}
}

func TestAFrenchMailReadsPlainly(t *testing.T) {
	p := pen(t)
	m := &alert.Message{ID: "id", Stage: alert.Begun, Lang: lang.French, Lines: lines()[:1], RouteName: "Pannes", QueuedAt: monday}
	letter, err := p.Write(m, &alert.Parcel{Person: person(lang.French)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Panne : Facture d", "Ne répond pas depuis le 23 nov. 2026 à 08:30 (durée : 1 heure 30 minutes).",
		"Raison : le service répond par une erreur.", "Réponse HTTP : 503.", "Vu depuis l’installation centrale.",
		"https://jard.example/services/eau?lang=fr",
	} {
		plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(letter.Subject + letter.Text)
		if !strings.Contains(plain, want) {
			t.Errorf("no %q in\n%s", want, plain)
		}
	}
	if letter.Sensitive {
		t.Error("a mail without links is sensitive")
	}
}

func TestHostileNamesStayText(t *testing.T) {
	p := pen(t)
	l := lines()[0]
	l.Facts.Name = lang.Text{"fr": `<script>alert(1)</script>`}
	l.URL = `javascript:alert(1)`
	m := &alert.Message{ID: "id", Stage: alert.Begun, Lang: lang.French, Lines: []alert.Line{l}, RouteName: `"><b>`, QueuedAt: monday}
	letter, err := p.Write(m, &alert.Parcel{Person: person(lang.French)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(letter.HTML, "<script>") || strings.Contains(letter.HTML, `"><b>`) || strings.Contains(letter.HTML, `href="javascript`) {
		t.Errorf("markup got through:\n%s", letter.HTML)
	}
}

func TestAFloodIsCut(t *testing.T) {
	p := pen(t)
	m := &alert.Message{ID: "id", Stage: alert.Begun, Lang: lang.English, RouteName: "Pannes", QueuedAt: monday}
	for range 200 {
		m.Lines = append(m.Lines, lines()[0])
	}
	letter, err := p.Write(m, &alert.Parcel{Person: person(lang.English)}, nil)
	if err != nil || letter.Subject != "200 services in trouble" || strings.Count(letter.Text, "Does not answer") != most || !strings.Contains(letter.Text, "170 more") {
		t.Errorf("%v %q, %d events", err, letter.Subject, strings.Count(letter.Text, "Does not answer"))
	}
	m.Lines = lines()[:1]
	m.Lines[0].Facts.Name = lang.Text{"en": strings.Repeat("x", 500)}
	if letter, err = p.Write(m, &alert.Parcel{Person: person(lang.English)}, nil); err != nil || letter.Check() != nil {
		t.Errorf("a long name: %v, %v", err, letter.Check())
	}
}
