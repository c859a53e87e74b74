package monitor

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	days := func(n int) time.Time { return at.Add(time.Duration(n) * 24 * time.Hour) }
	year := 365 * 24 * time.Hour
	for _, tt := range []struct {
		name    string
		check   Check
		reading Reading
		verdict Verdict
		reason  Reason
		detail  string
	}{
		{
			"a pattern is found",
			Check{Expect: Expect{Matches: []string{`(?i)bienvenue|مرحبا`}}},
			Reading{Status: 200, Body: []byte("<p>BIENVENUE</p>")},
			Up, None, "",
		},
		{
			"a pattern is not",
			Check{Expect: Expect{Matches: []string{`\d{4}`}}},
			Reading{Status: 200, Body: []byte("an")},
			Suspect, Assertion, `nothing matches "\\d{4}"`,
		},
		{
			"an unwanted pattern is",
			Check{Expect: Expect{NotMatches: []string{`ORA-\d+`}}},
			Reading{Status: 200, Body: []byte("x ORA-0042")},
			Suspect, Assertion, `"ORA-0042" is there`,
		},
		{
			"a header says otherwise",
			Check{Expect: Expect{Headers: ReadClaims("content-type contains html")}},
			Reading{Status: 200, Seen: &Seen{Header: map[string][]string{"Content-Type": {"text/plain"}}}},
			Suspect, Assertion, "content-type: text/plain",
		},
		{
			"a header that should not be there",
			Check{Expect: Expect{Headers: ReadClaims("X-Debug absent")}},
			Reading{Status: 200, Seen: &Seen{Header: map[string][]string{"X-Debug": {"1"}}}},
			Suspect, Assertion, "X-Debug: 1",
		},
		{
			"values of JSON",
			Check{Expect: Expect{JSON: ReadClaims("$.state = ok\n$.n > 2")}},
			Reading{Status: 200, Seen: &Seen{Values: [][]string{{"ok"}, {"3"}}}},
			Up, None, "",
		},
		{
			"a value of JSON that is wrong",
			Check{Expect: Expect{JSON: ReadClaims("$.state = ok\n$.n > 2")}},
			Reading{Status: 200, Seen: &Seen{Values: [][]string{{"ok"}, {"2"}}}},
			Suspect, Assertion, "$.n: 2",
		},
		{
			"no JSON",
			Check{Expect: Expect{JSON: ReadClaims("$.state absent")}},
			Reading{Status: 200, Seen: &Seen{}},
			Suspect, Assertion, "no JSON",
		},
		{
			"redirects end elsewhere",
			Check{Target: "https://a.tn/", Expect: Expect{FinalHost: "www.a.tn"}},
			Reading{Status: 200, URL: "https://parked.example/"},
			Suspect, Redirected, "parked.example",
		},
		{
			"redirects end there",
			Check{Target: "https://a.tn/", Expect: Expect{FinalHost: "www.a.tn"}},
			Reading{Status: 200, URL: "https://www.a.tn:8443/x"},
			Up, None, "",
		},
		{
			"there was no redirect",
			Check{Target: "https://a.tn/", Expect: Expect{FinalHost: "www.a.tn"}},
			Reading{Status: 200},
			Suspect, Redirected, "a.tn",
		},
		{
			"the redirect asked for",
			Check{Expect: Expect{Location: "https://a.tn/"}},
			Reading{Status: 301, Seen: &Seen{Location: "https://a.tn/fr"}},
			Up, None, "",
		},
		{
			"another redirect",
			Check{Expect: Expect{Location: "https://a.tn/"}},
			Reading{Status: 301, Seen: &Seen{Location: "http://a.tn/"}},
			Suspect, Redirected, "http://a.tn/",
		},
		{
			"a page where a redirect should be",
			Check{Expect: Expect{Location: "https://a.tn/"}},
			Reading{Status: 200},
			Suspect, Status, "status 200",
		},
		{"circles", Check{}, Reading{Status: 302, Circling: true, Redirects: 5}, Suspect, Redirected, "status 302 after 5 redirects"},
		{
			"a soft error that only degrades",
			Check{Expect: Expect{SoftError: SoftDegraded}},
			Reading{Status: 200, Body: []byte("<title>Erreur 500</title>")},
			Degraded, SoftError, "error title: erreur 500",
		},
		{
			"a soft error that is an outage",
			Check{Expect: Expect{SoftError: SoftDown}},
			Reading{Status: 200, Body: []byte("<title>Erreur 500</title>")},
			Suspect, SoftError, "error title: erreur 500",
		},
		{
			"a soft error nobody asked about",
			Check{},
			Reading{Status: 200, Body: []byte("<title>Erreur 500</title>")},
			Up, None, "",
		},
		{
			"slow",
			Check{Expect: Expect{SlowMS: 500}},
			Reading{Status: 200, Phases: Phases{0, 0, 0, 501 * time.Millisecond}},
			Degraded, Slow, "501 ms",
		},
		{
			"slow and wrong is wrong",
			Check{Expect: Expect{SlowMS: 500, Contains: []string{"a"}}},
			Reading{Status: 200, Phases: Phases{0, 0, 0, time.Second}, Body: []byte("b")},
			Suspect, Assertion, `"a" is missing`,
		},
		{
			"a certificate with a month left",
			Check{},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(30), Life: year}},
			Up, None, "",
		},
		{
			"a certificate with a week left",
			Check{},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(7), Life: year, Expiring: "CA 2"}},
			Degraded, TLSExpiring, "CA 2: 2026-11-29",
		},
		{
			"a week is enough here",
			Check{Settings: Settings{TLS: &TLSSettings{WarnDays: 5}}},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(7), Life: year}},
			Up, None, "",
		},
		{
			"nobody wants to be told",
			Check{Settings: Settings{TLS: &TLSSettings{WarnDays: NeverWarn}}},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(1), Life: year}},
			Up, None, "",
		},
		{
			"a certificate made for six days, in its third",
			Check{},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(3), Life: 6 * 24 * time.Hour}},
			Up, None, "",
		},
		{
			"an old version",
			Check{},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(90), Weak: "TLS 1.0"}},
			Degraded, TLSWeak, "TLS 1.0",
		},
		{
			"an old version that is known",
			Check{Settings: Settings{TLS: &TLSSettings{WeakAllowed: true}}},
			Reading{At: at, Status: 200, Secured: &Secured{NotAfter: days(90), Weak: "TLS 1.0"}},
			Up, None, "",
		},
		{
			"an incomplete chain first, of several flaws",
			Check{Expect: Expect{SlowMS: 1}},
			Reading{
				At: at, Status: 200, Reason: TLSIncompleteChain, Detail: "X is missing", Phases: Phases{time.Second},
				Secured: &Secured{NotAfter: days(1), Life: year, Weak: "TLS 1.1"},
			},
			Degraded, TLSIncompleteChain, "X is missing",
		},
		{
			"a handshake that expires",
			Check{Kind: TLS},
			Reading{At: at, Secured: &Secured{NotAfter: days(1), Life: year, Expiring: "a.tn"}},
			Degraded, TLSExpiring, "a.tn: 2026-11-23",
		},
		{"a handshake that failed", Check{Kind: TLS}, Reading{Reason: TLSExpired, Detail: "old"}, Suspect, TLSExpired, "old"},
		{"a firewall", Check{}, Reading{Status: 403, Walled: true, Seen: &Seen{Wall: "f5"}}, Unknown, Blocked, "status 403, f5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, ready := range []bool{false, true} {
				c, r, again := tt.check, tt.reading, tt.reading
				if ready {
					c.Ready()
				}
				c.Judge(&r)
				if r.Verdict != tt.verdict || r.Reason != tt.reason || r.Detail != tt.detail || r.Body != nil {
					t.Errorf("judged %v, %q (%s); want %v, %q (%s)", r.Verdict, r.Reason, r.Detail, tt.verdict, tt.reason, tt.detail)
				}
				points := c.Review(&again)
				failed := slices.ContainsFunc(points, func(p Point) bool { return !p.OK })
				if again.Verdict != r.Verdict || again.Reason != r.Reason || failed != (tt.reason != None) || len(points) == 0 {
					t.Errorf("reviewed %v, %q with %+v", again.Verdict, again.Reason, points)
				}
			}
		})
	}
}

func TestAPlainPageIsJudgedWithoutMemory(t *testing.T) {
	c := Check{Kind: HTTP}
	c.Ready()
	secured := &Secured{NotAfter: time.Now().Add(90 * 24 * time.Hour)}
	if n := testing.AllocsPerRun(100, func() {
		r := Reading{Status: 200, Secured: secured, At: secured.NotAfter.Add(-60 * 24 * time.Hour)}
		c.Judge(&r)
		if r.Verdict != Up {
			t.Error("it is up")
		}
	}); n > 0 {
		t.Errorf("judging takes %v allocations", n)
	}
}

func TestTLSSettingsThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		tls  TLSSettings
		kind Kind
		want string
	}{
		{TLSSettings{WarnDays: 401}, HTTP, "warn_days check.tls.warn_days"},
		{TLSSettings{WarnDays: -2}, HTTP, "warn_days check.tls.warn_days"},
		{TLSSettings{Start: "ftp"}, TLS, "starttls check.tls.starttls"},
		{TLSSettings{Start: "smtp"}, HTTP, "starttls check.tls.only"},
		{TLSSettings{Name: "a b"}, TLS, "name check.expect.host"},
		{TLSSettings{Name: "a.tn:443"}, TLS, "name check.expect.host"},
		{TLSSettings{Name: "a.tn"}, HTTP, "name check.tls.only"},
		{TLSSettings{Family: "4"}, HTTP, "family check.tls.only"},
		{TLSSettings{Family: "7"}, TLS, "family check.family"},
	} {
		if got := strings.Join(keysOf(tt.tls.faults(&Check{Kind: tt.kind}, "")), ", "); got != tt.want {
			t.Errorf("%+v has faults %q; want %q", tt.tls, got, tt.want)
		}
	}
}

func TestKeptCertificatesThatCannotBe(t *testing.T) {
	for _, tt := range []struct{ pem, want string }{
		{"", ""},
		{"just words", "settings.tls.intermediates service.tls.no_certificate"},
		{strings.Repeat("x", maxPEM+1), "settings.tls.intermediates service.tls.too_long"},
		{"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "settings.tls.intermediates service.tls.not_certificate"},
		{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "settings.tls.intermediates service.tls.unreadable"},
	} {
		if got := strings.Join(keysOf((&TLSTrust{Intermediates: tt.pem}).faults("settings.tls.")), ", "); got != tt.want {
			t.Errorf("%.40q has faults %q; want %q", tt.pem, got, tt.want)
		}
	}
}
