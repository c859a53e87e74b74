package monitor

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
)

// keyOf is the sentence of a fault.
func keyOf(t *testing.T, err error) string {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%v is no fault", err)
	}
	return f.Key
}

func TestMask(t *testing.T) {
	for from, want := range map[string]string{
		"":                                                      "",
		"Erreur 503, réessayez":                                 "Erreur 503, réessayez",
		"écrire à ali.ben@interieur.gov.tn !":                   "écrire à •••@••• !",
		"بريد: سمير@مثال.تونس":                                  "بريد: •••@•••",
		"CIN 08123456 refusée":                                  "CIN ••• refusée",
		"tél. +216 71 123 456":                                  "tél. •••",
		"الرقم ٠٨١٢٣٤٥٦":                                        "الرقم •••",
		"Version 10.4.2, code 12345":                            "Version 10.4.2, code 12345",
		"token=abcDEF123; path=/":                               "token=•••; path=/",
		`"session_id": "k3kj4h5"`:                               `"session_id": "•••"`,
		"password=hunter2&x=1":                                  "password=•••&x=1",
		"Authorization: Bearer abcdefghijk":                     "Authorization: •••",
		`<input name="csrf_token" type="hidden" value="aZ9-x">`: `<input name="csrf_token" type="hidden" value="•••">`,
	} {
		got := Mask(from)
		if strings.HasPrefix(from, "Authorization") {
			if strings.Contains(got, "abcdefghijk") {
				t.Errorf("%q became %q", from, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%q became %q; want %q", from, got, want)
		}
	}
}

func TestEvidenceKeepsWhatExplainsAndNothingElse(t *testing.T) {
	many := map[string][]string{
		"Server": {"nginx"}, "Set-Cookie": {"sid=secret1"}, "Authorization": {"secret2"}, "X-Token": {"secret3"},
		"Location": {"https://a.tn/login?token=secret4"}, "Content-Length": {"12345678"},
	}
	r := Reading{
		At: causeNoon, Reason: Status, Status: 503, Detail: "status 503", URL: "https://a.tn/x?session=secret5", Address: "196.203.5.10:443",
		Vantage: 3, Phases: Phases{0, 2e6}, Seen: &Seen{Header: many, Excerpt: "CIN 08123456" + strings.Repeat("é", 3000)},
		Secured: &Secured{Chain: []Certificate{{Subject: "CN=a.tn", SHA256: "ab", NotAfter: causeNoon.Add(time.Hour)}}},
	}
	e := EvidenceOf(&r)
	if all := fmt.Sprint(e); strings.Contains(all, "secret") || strings.Contains(all, "08123456") {
		t.Errorf("evidence holds a secret: %s", all)
	}
	if len(e.Headers) != 3 || e.Headers[0] != (HeadLine{"Content-Length", "12345678"}) || e.Headers[1].Value != "https://a.tn/login" {
		t.Errorf("headers %+v", e.Headers)
	}
	if e.URL != "https://a.tn/x" || e.Vantage != 3 || e.Phases["connect"] != 2 || len(e.Phases) != 1 || e.Chain[0].Fingerprint != "ab" {
		t.Errorf("evidence %+v", e)
	}
	if len(e.Excerpt) > MaxExcerpt || !utf8.ValidString(e.Excerpt) {
		t.Errorf("an excerpt of %d bytes, text: %v", len(e.Excerpt), utf8.ValidString(e.Excerpt))
	}
}

func FuzzEvidence(f *testing.F) {
	f.Add("Location", "https://a.tn/?token=x", "<html>ali@x.tn 08123456</html>", "196.203.5.1:80")
	f.Add("Set-Cookie", "a=b", "\xff\xfe\x00", "")
	f.Add("", "\n", strings.Repeat("٨", 4000), "[::1]:80")
	f.Fuzz(func(t *testing.T, name, value, body, address string) {
		e := EvidenceOf(&Reading{
			Reason: Connect, Address: address, Detail: value, URL: value,
			Seen: &Seen{Header: map[string][]string{name: {value}}, Excerpt: body, Answers: []string{address}},
		})
		if len(e.Excerpt) > MaxExcerpt || !utf8.ValidString(e.Excerpt) || strings.ContainsRune(e.Excerpt, 0) {
			t.Errorf("excerpt %q", e.Excerpt)
		}
		for _, h := range e.Headers {
			if strings.EqualFold(h.Name, "Set-Cookie") {
				t.Error("a cookie is kept")
			}
		}
		for _, g := range Grounds(Connect, address, &e, "a", nil) {
			if g.Value == "" {
				t.Errorf("an empty ground of %q", address)
			}
		}
	})
}
