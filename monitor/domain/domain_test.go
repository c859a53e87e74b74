package domain

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestRegistrable(t *testing.T) {
	for host, want := range map[string]string{
		"www.finances.gov.tn": "finances.gov.tn", "finances.gov.tn": "finances.gov.tn", "gov.tn": "", "tn": "", "": "",
		"WWW.Tunisie.TN.": "tunisie.tn", "a.b.example.com": "example.com", "page.github.io": "github.io", "github.io": "github.io",
		"127.0.0.1": "", "::1": "", "localhost": "", "service.internal": "", "horaires.trains.example": "trains.example", "host.internal": "", "a.xn--pgbs0dh": "a.xn--pgbs0dh",
		"a_b.tn": "", "x/../y.tn": "", strings.Repeat("a", 64) + ".tn": "", strings.Repeat("a.", 200) + "tn": "",
	} {
		got, ok := Registrable(host)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is registered as %q, %v; want %q", host, got, ok, want)
		}
	}
}

func TestTheDomainOfATarget(t *testing.T) {
	for target, want := range map[string]string{
		"https://www.a.tn:8443/x?y": "a.tn", "mail.a.tn:25": "a.tn", "a.tn": "a.tn", "wss://a.tn/socket": "a.tn", "127.0.0.1:25": "", "[::1]:25": "",
		"http://%zz/": "", "": "",
	} {
		if got, ok := Of(target); got != want || ok != (want != "") {
			t.Errorf("%q stands on %q, %v", target, got, ok)
		}
	}
}

const good = `{"objectClassName":"domain","ldhName":"EXAMPLE.TN","events":[{"eventAction":"registration","eventDate":"2001-01-01T00:00:00Z"},
{"eventAction":"expiration","eventDate":"2027-03-04T05:06:07Z"}],
"entities":[{"roles":["registrant"],"handle":"x"},{"roles":["registrar"],"handle":"77","vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Bureau SARL"]]]}]}`

func TestWhatARegistrySays(t *testing.T) {
	event := func(date string) string {
		return `{"ldhName":"example.tn.","events":[{"eventAction":"Expiration","eventDate":"` + date + `"}]}`
	}
	for name, tt := range map[string]struct {
		body    string
		outcome Outcome
		until   string
	}{
		"all":                  {good, OK, "2027-03-04T05:06:07Z"},
		"another zone":         {event("2027-03-04T01:00:00+01:00"), OK, "2027-03-04T00:00:00Z"},
		"a day alone":          {event("2027-03-04"), OK, "2027-03-04T00:00:00Z"},
		"already over":         {event("2026-10-01T00:00:00Z"), OK, "2026-10-01T00:00:00Z"},
		"the earlier of two":   {strings.Replace(event("2028-01-01"), "}]", `},{"eventAction":"expiration","eventDate":"2027-01-01"}]`, 1), OK, "2027-01-01T00:00:00Z"},
		"a year of nobody":     {event("0001-01-01T00:00:00Z"), Unreadable, ""},
		"a year without end":   {event("9999-12-31T00:00:00Z"), Unreadable, ""},
		"no date":              {event("soon"), Unreadable, ""},
		"no event":             {`{"ldhName":"example.tn"}`, NoDate, ""},
		"another domain":       {strings.Replace(good, "EXAMPLE.TN", "other.tn", 1), Unreadable, ""},
		"another thing":        {`{"objectClassName":"entity","ldhName":"example.tn"}`, Unreadable, ""},
		"no JSON":              {`<html>`, Unreadable, ""},
		"half of it":           {good[:80], Unreadable, ""},
		"another kind of JSON": {`{"ldhName":["example.tn"]}`, Unreadable, ""},
		"a broken card":        {strings.Replace(good, `[["version"`, `["version"`, 1)[:20], Unreadable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Read("example.tn", []byte(tt.body), noon)
			if s.Outcome != tt.outcome || tt.until != "" && s.ExpiresAt.Format(time.RFC3339) != tt.until {
				t.Errorf("read %q until %v (%s)", s.Outcome, s.ExpiresAt, s.Detail)
			}
		})
	}
	if s := Read("example.tn", []byte(good), noon); s.Registrar != "Bureau SARL" {
		t.Errorf("sold by %q", s.Registrar)
	}
	if s := Read("example.tn", []byte(strings.Replace(good, `"fn"`, `"x"`, 1)), noon); s.Registrar != "77" {
		t.Errorf("sold by %q; want its number", s.Registrar)
	}
}

func TestServers(t *testing.T) {
	list, err := ReadServers([]byte(`{"services":[[["COM","net"],["http://plain.example/","https://com.example/v1"]],
		[["gov.tn"],["http://gov.example/"]],[["tn"],["ftp://x/","https://u:p@tn.example/"]],[["bad"]],[["bad"],["::"]]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"a.com": "https://com.example/v1/domain/a.com", "finances.gov.tn": "http://gov.example/domain/finances.gov.tn", "a.tn": "", "a.bad": "",
	} {
		if got, ok := list.For(name); got != want || ok != (want != "") {
			t.Errorf("%s is asked about at %q", name, got)
		}
	}
	for _, body := range []string{``, `[]`, `{}`, `{"services":[]}`, `{"services":[[["a"],[]]]}`, `<html>`} {
		if _, err := ReadServers([]byte(body)); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

func TestWhenToAskAgain(t *testing.T) {
	d := Domain{Name: "example.tn"}
	d.Note(Seen{Outcome: OK, ExpiresAt: noon.AddDate(0, 3, 0), Registrar: "A"}, noon)
	if !d.NextAt.Equal(noon.Add(Every)) {
		t.Errorf("asked again at %v", d.NextAt)
	}
	for n, want := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, Every, Every, Every} {
		d.Note(Seen{Outcome: Failed}, noon)
		if got := d.NextAt.Sub(noon); got != want {
			t.Errorf("after failure %d asked again in %v; want %v", n+1, got, want)
		}
	}
	if at, hand, ok := d.Until(); !ok || hand || !at.Equal(noon.AddDate(0, 3, 0)) {
		t.Error("what was known is forgotten")
	}
	d.Note(Seen{Outcome: Limited, After: 48 * time.Hour}, noon)
	if got := d.NextAt.Sub(noon); got != 48*time.Hour {
		t.Errorf("asked again in %v although two days were asked for", got)
	}
	d.Note(Seen{Outcome: Limited, After: 1e6 * time.Hour}, noon)
	if got := d.NextAt.Sub(noon); got != longest {
		t.Errorf("asked again in %v", got)
	}
	d.Note(Seen{Outcome: NotFound, Detail: strings.Repeat("é\x00", 300)}, noon)
	if len([]rune(d.Detail)) != maxDetail || d.Failures != 0 || strings.ContainsRune(d.Detail, 0) {
		t.Errorf("kept %q", d.Detail)
	}
}

func TestWhoMayEnterADay(t *testing.T) {
	day := noon.AddDate(0, 2, 0)
	for _, role := range append(identity.Roles(), identity.Public) {
		for institution, own := range map[string]bool{"mi": true, "mf": false} {
			by := identity.Actor{Account: "a", Role: role, Institution: institution, Institutions: []string{institution}}
			s := Standing{Domain: Domain{Name: "example.tn"}, Services: []Service{{Slug: "s", Institution: "mi"}}}
			allowed := role == identity.MCD || role == identity.Admin || role == identity.ServiceOwner && own
			if err := s.Enter(by, &day, noon); (err == nil) != allowed || s.Keeps(by) != allowed || (s.EnteredAs != nil) != allowed {
				t.Errorf("%s of %s: %v; allowed %v", role, institution, err, allowed)
			}
		}
	}
	by := identity.Actor{Account: "a", Role: identity.MCD}
	for _, bad := range []time.Time{noon.AddDate(-2, 0, 0), noon.AddDate(200, 0, 0)} {
		s := Standing{Services: []Service{{Institution: "mi"}}}
		if err := s.Enter(by, &bad, noon); !errors.Is(err, fault.Invalid) || s.EnteredAs != nil {
			t.Errorf("%v: %v", bad, err)
		}
	}
	s := Standing{Services: []Service{{Institution: "mi"}}}
	if err := s.Enter(by, &day, noon); err != nil {
		t.Fatal(err)
	}
	if at, hand, ok := s.Until(); !ok || !hand || !at.Equal(day) || s.EnteredBy != "a" {
		t.Errorf("ends %v by hand %v", at, hand)
	}
	if err := s.Enter(by, nil, noon); err != nil || s.EnteredAs != nil {
		t.Errorf("taken back: %v", err)
	}
}

func FuzzRegistry(f *testing.F) {
	f.Add([]byte(good), "www.example.tn")
	f.Add([]byte(`{"ldhName":"a.tn","entities":[{"roles":["registrar"],"vcardArray":["vcard",[["fn"],[1]]]}]}`), "a.tn")
	f.Add([]byte(`{"services":[[["tn"],["https://x/"]]]}`), "a.b.github.io")
	f.Fuzz(func(t *testing.T, body []byte, host string) {
		name, _ := Registrable(host)
		s := Read(name, body, noon)
		if (s.Outcome == OK) == s.ExpiresAt.IsZero() {
			t.Errorf("%q until %v", s.Outcome, s.ExpiresAt)
		}
		d := Domain{Name: name}
		d.Note(s, noon)
		if list, err := ReadServers(body); err == nil {
			list.For(name)
		}
	})
}
