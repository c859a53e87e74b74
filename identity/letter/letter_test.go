package letter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/letter"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

func writer(t *testing.T) letter.Writer {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return letter.Writer{
		Words: words, Operator: lang.Text{"fr": "MCD", "ar": "الوزارة", "en": "MCD"},
		URL: func(path string) string { return "https://jard.example.tn" + path },
	}
}

// amel is somebody something happened to.
func amel() identity.News {
	return identity.News{
		Account: "1", To: "amel@example.tn", Name: `Amel <b>"x"</b>`, At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		Agent: "firefox/linux", Network: "41.226.0.0/16", Reason: "Téléphone <i>perdu</i>", Role: identity.Officer,
	}
}

// Every event is told in every language: a subject, what happened, when, with
// what and from where, as text and as a page, with nothing left to be filled.
func TestEveryEventIsToldInEveryLanguage(t *testing.T) {
	w := writer(t)
	for _, event := range identity.Events() {
		for _, tag := range lang.All() {
			n := amel()
			n.Event, n.Lang, n.Secret = event, tag, "the-secret"
			m, err := w.Write(n)
			if err != nil || m.Check() != nil {
				t.Fatalf("%s in %s: %v, %v", event, tag, err, m.Check())
			}
			for _, text := range []string{m.Subject, m.Text, m.HTML} {
				if strings.Contains(text, "account.letter") || strings.Contains(text, "account.role") || strings.Contains(text, "{0") {
					t.Errorf("%s in %s says %s", event, tag, text)
				}
			}
			if !strings.Contains(m.Text, "Firefox") || !strings.Contains(m.Text, "41.226.x.x") || !strings.Contains(m.Text, "11:00") {
				t.Errorf("%s in %s does not say when, with what and from where:\n%s", event, tag, m.Text)
			}
			if strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, "<i>") || !strings.Contains(m.HTML, `dir="`+tag.Dir()+`"`) {
				t.Errorf("%s in %s:\n%s", event, tag, m.HTML)
			}
		}
	}
}

// The link stands in the letter to its reader, and nowhere else once it is sent.
func TestALinkIsForItsReaderAlone(t *testing.T) {
	n := amel()
	n.Event, n.Lang, n.Secret, n.Until = identity.ResetAsked, lang.Arabic, "the-secret", n.At.Add(identity.ResetAge)
	m, err := writer(t).Write(n)
	if err != nil {
		t.Fatal(err)
	}
	link := "https://jard.example.tn/login/reset/the-secret?lang=ar"
	if !m.Sensitive || m.Account != "" || !strings.Contains(m.Text, link) || !strings.Contains(m.HTML, link) {
		t.Errorf("%+v", m)
	}
	n.Event, n.Lang = identity.TOTPOn, "tlh"
	if m, err = writer(t).Write(n); err != nil || m.Lang != lang.French || strings.Contains(m.Text+m.HTML, "the-secret") || m.Account != "1" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestPlacesAndBrowsersInWords(t *testing.T) {
	say := func(key string, args ...any) string { return writer(t).Words.T(lang.English, key, args...) }
	for agent, want := range map[string]string{
		"firefox/linux": "Firefox, Linux", "other/other": "Unknown browser", "other/ios": "Browser on iOS", "safari/other": "Safari", "<x>": "Unknown browser",
	} {
		if got := letter.Browser(say, agent); got != want {
			t.Errorf("Browser(%q) = %q; want %q", agent, got, want)
		}
	}
	for network, want := range map[string]string{
		"": "", "internal": "internal network", "41.226.0.0/16": "network 41.226.x.x", "2001:db8::/32": "network 2001:db8::/32",
	} {
		if got := letter.Place(say, network); got != want {
			t.Errorf("Place(%q) = %q; want %q", network, got, want)
		}
	}
}
