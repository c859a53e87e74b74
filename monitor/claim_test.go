package monitor

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jard-odi/jard/fault"
)

func TestClaimsAreReadAsTyped(t *testing.T) {
	for _, tt := range []struct {
		line string
		want Claim
	}{
		{"Content-Type contains html", Claim{"Content-Type", Holds, "html"}},
		{"Content-Type", Claim{"Content-Type", Present, ""}},
		{"X-Powered-By absent", Claim{"X-Powered-By", Absent, ""}},
		{"Server=nginx", Claim{"Server", Equal, "nginx"}},
		{"Server != Apache/2.2", Claim{"Server", Unequal, "Apache/2.2"}},
		{"Cache-Control ~ max-age=[0-9]+", Claim{"Cache-Control", Like, "max-age=[0-9]+"}},
		{"$.state = ok", Claim{"$.state", Equal, "ok"}},
		{"$.items[0].n >= 3", Claim{"$.items[0].n", AtLeast, "3"}},
		{"$.n<=3", Claim{"$.n", AtMost, "3"}},
		{"$['a = b'] = c d", Claim{"$['a = b']", Equal, "c d"}},
		{"$..state !~ ^down", Claim{"$..state", Unlike, "^down"}},
		{"$.a is b", Claim{"$.a", "is", "b"}},
	} {
		got := ReadClaims("  " + tt.line + "\r\n\n")
		if len(got) != 1 || got[0] != tt.want {
			t.Errorf("%q reads %q; want %q", tt.line, got, tt.want)
		}
		if again := ReadClaims(WriteClaims(got)); len(again) != 1 || again[0] != tt.want {
			t.Errorf("%q is written %q and reads %q", tt.line, WriteClaims(got), again)
		}
	}
}

func TestClaimsAreMet(t *testing.T) {
	for _, tt := range []struct {
		claim  string
		values []string
		met    bool
	}{
		{"$.a", []string{"x"}, true},
		{"$.a", nil, false},
		{"$.a absent", nil, true},
		{"$.a absent", []string{""}, false},
		{"$.a = 3", []string{"3.0"}, true},
		{"$.a = ok", []string{"ok", "ok"}, true},
		{"$.a = ok", []string{"ok", "ko"}, false},
		{"$.a = ok", nil, false},
		{"$.a != ok", nil, true},
		{"$.a != ok", []string{"ko"}, true},
		{"$.a contains tn", []string{"edu.tn"}, true},
		{"$.a ~ ^ed", []string{"edu.tn"}, true},
		{"$.a !~ ^ed", []string{"edu.tn"}, false},
		{"$.a < 3", []string{"2.5"}, true},
		{"$.a < 3", []string{"many"}, false},
		{"$.a <= 3", []string{"3"}, true},
		{"$.a > 3", []string{"3"}, false},
		{"$.a >= 3", []string{"3", "4"}, true},
		{"$.a > 3", []string{"NaN"}, false},
	} {
		c := ReadClaims(tt.claim)[0]
		if got := c.met(tt.values, regexp.MustCompile); got != tt.met {
			t.Errorf("%s of %q is %v; want %v", tt.claim, tt.values, got, tt.met)
		}
	}
}

// keysOf returns where faults are and what they say.
func keysOf(list []error) []string {
	var keys []string
	for _, err := range list {
		for _, f := range fault.All(err) {
			keys = append(keys, f.Field+" "+f.Key)
		}
	}
	return keys
}

func TestExpectationsThatCannotBe(t *testing.T) {
	many := strings.Split(strings.Repeat("x ", 21), " ")[:21]
	for _, tt := range []struct {
		name   string
		expect Expect
		want   string
	}{
		{"no status", Expect{Status: []string{"two hundred"}}, "status check.expect.status"},
		{"empty text", Expect{Contains: []string{""}}, "contains fault.required"},
		{"too many texts", Expect{NotContains: many}, "not_contains check.expect.too_many"},
		{"a pattern without an end", Expect{Matches: []string{"(a"}}, "matches check.expect.pattern"},
		{"a pattern that looks back", Expect{NotMatches: []string{`(a)\1`}}, "not_matches check.expect.pattern"},
		{"a pattern that explodes", Expect{Matches: []string{`(x{1,30}){1,30}`}}, "matches check.expect.pattern_cost"},
		{"bytes below nothing", Expect{MinBytes: -1}, "min_bytes check.expect.bytes"},
		{"more than is read", Expect{MinBytes: MaxBody + 1}, "min_bytes check.expect.bytes_most"},
		{"a limit beyond what is read", Expect{MaxBytes: MaxBody}, "max_bytes check.expect.bytes_most"},
		{"sizes the wrong way round", Expect{MinBytes: 5, MaxBytes: 4}, "max_bytes check.expect.bytes_order"},
		{"slower than any timeout", Expect{SlowMS: 60_001}, "slow_ms check.expect.slow"},
		{"soft what", Expect{SoftError: "maybe"}, "soft_error check.expect.soft"},
		{"an address as a host", Expect{FinalHost: "https://example.tn/"}, "final_host check.expect.host"},
		{"a word as a place", Expect{Location: "elsewhere"}, "location check.expect.location"},
		{"stay and arrive", Expect{Location: "https://a.tn/", FinalHost: "a.tn"}, "final_host check.expect.host_unreached"},
		{"a header with a space", Expect{Headers: []Claim{{"Content Type", Present, ""}}}, "headers check.claim.header"},
		{"a relation nobody knows", Expect{Headers: []Claim{{"Server", "is", "x"}}}, "headers check.claim.relation"},
		{"equal to nothing", Expect{Headers: []Claim{{"Server", Equal, ""}}}, "headers check.claim.value"},
		{"present as something", Expect{Headers: []Claim{{"Server", Present, "x"}}}, "headers check.claim.value"},
		{"less than a word", Expect{JSON: []Claim{{"$.a", Less, "few"}}}, "json check.claim.number"},
		{"a filter in a path", Expect{JSON: []Claim{{"$[?(@.a>1)]", Present, ""}}}, "json check.claim.path"},
		{"a path from nowhere", Expect{JSON: []Claim{{"a.b", Present, ""}}}, "json check.claim.path"},
		{"a claim's pattern", Expect{JSON: []Claim{{"$.a", Like, "["}}}, "json check.expect.pattern"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(keysOf(tt.expect.faults("")), ", "); got != tt.want {
				t.Errorf("faults %q; want %q", got, tt.want)
			}
		})
	}
	whole := Expect{
		Status: []string{"200", "401-403"}, Contains: []string{"a"}, Matches: []string{"(?i)bienvenue"}, MinBytes: 10, MaxBytes: 1000,
		Headers: ReadClaims("Content-Type contains html\nX absent"), JSON: ReadClaims("$.a[0]['b'].c[*] = 1\n$..d >= 2\n$"),
		FinalHost: "www.example.tn", SlowMS: 800, SoftError: SoftDown,
	}
	if got := keysOf(whole.faults("")); len(got) > 0 {
		t.Errorf("a whole expectation has faults %q", got)
	}
}

func TestRequestsThatCannotBe(t *testing.T) {
	for _, tt := range []struct {
		name  string
		web   WebSettings
		check Check
		want  string
	}{
		{"of another kind", WebSettings{}, Check{Kind: TLS}, " check.web.only"},
		{"with a method that destroys", WebSettings{Method: "DELETE"}, Check{Kind: HTTP}, "method check.web.method"},
		{"with a body nobody reads", WebSettings{Body: "x"}, Check{Kind: HTTP}, "body check.web.body_method"},
		{"for text without a page", WebSettings{Method: "HEAD"}, Check{Kind: HTTP, Expect: Expect{Contains: []string{"a"}}}, "method check.web.head_text"},
		{"in a language nobody speaks here", WebSettings{Language: "de"}, Check{Kind: HTTP}, "language service.language.unknown"},
		{"over a family there is not", WebSettings{Family: "5"}, Check{Kind: HTTP}, "family check.family"},
		{"with our own header", WebSettings{Headers: ReadHeaders("Host: a.tn")}, Check{Kind: HTTP}, "headers check.web.header_ours"},
		{"with a password", WebSettings{Headers: ReadHeaders("Authorization: Basic eDp5")}, Check{Kind: HTTP}, "headers check.web.header_secret"},
		{"with a token", WebSettings{Headers: ReadHeaders("X-Auth-Token: z")}, Check{Kind: HTTP}, "headers check.web.header_secret"},
		{"with two lines in one", WebSettings{Headers: []Header{{"A", "b\r\nHost: c"}}}, Check{Kind: HTTP}, "headers check.web.header_value"},
		{"with no header", WebSettings{Headers: ReadHeaders("just words")}, Check{Kind: HTTP}, "headers check.claim.header"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(keysOf(tt.web.faults(&tt.check, "")), ", "); got != tt.want {
				t.Errorf("faults %q; want %q", got, tt.want)
			}
		})
	}
	good := WebSettings{Method: "POST", Body: "{}", Headers: ReadHeaders("Accept: text/html\nX-Site: a:b"), Family: IPv6, Language: "ar"}
	if got := keysOf(good.faults(&Check{Kind: HTTP}, "")); len(got) > 0 {
		t.Errorf("a good request has faults %q", got)
	}
	if text := "Accept: text/html\nX-Site: a:b"; WriteHeaders(ReadHeaders(text)) != text {
		t.Errorf("headers are written %q", WriteHeaders(ReadHeaders(text)))
	}
}

// What is typed is never lost: it reads the same when it is written again, and
// nothing that the rules let in breaks the judging.
func FuzzClaims(f *testing.F) {
	f.Add("Content-Type contains html", "text/html")
	f.Add("$.a[0]['b = c'] >= 3\n$..x ~ [a-z]+", "3")
	f.Add("= = =\n[\n'", "")
	f.Fuzz(func(t *testing.T, text, value string) {
		claims := ReadClaims(text)
		if keysOf(claimFaults("json", "check.claim.path", pathForm, claims)) != nil {
			return
		}
		again := ReadClaims(WriteClaims(claims))
		if len(again) != len(claims) {
			t.Fatalf("%q reads %d claims, then %d", text, len(claims), len(again))
		}
		for n := range claims {
			if again[n] != claims[n] {
				t.Errorf("%q became %q", claims[n], again[n])
			}
			claims[n].met([]string{value}, func(p string) *regexp.Regexp { return regexp.MustCompile(p) })
		}
	})
}
