package survey

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
)

var tunis = time.FixedZone("Africa/Tunis", 60*60)

func TestNetworksAreCountedNotAddresses(t *testing.T) {
	salt := []byte("of the day")
	key := func(service, from string) string { return NetworkKey(salt, service, netip.MustParseAddr(from)) }
	same := key("cin", "196.203.1.7")
	for _, tt := range []struct {
		name, service, from string
		alike               bool
	}{
		{"a neighbour", "cin", "196.203.1.250", true},
		{"the same, written in six", "cin", "::ffff:196.203.1.9", true},
		{"another network", "cin", "196.203.2.7", false},
		{"another service", "passport", "196.203.1.7", false},
	} {
		if got := key(tt.service, tt.from) == same; got != tt.alike {
			t.Errorf("%s: alike is %t", tt.name, got)
		}
	}
	if key("cin", "2001:db8:1:2::1") != key("cin", "2001:db8:1:ffff::9") || key("cin", "2001:db8:1::1") == key("cin", "2001:db8:2::1") {
		t.Error("networks of IPv6 are not those of 48 bits")
	}
	if key("cin", "fe80::1%eth0") != key("cin", "fe80::1") {
		t.Error("the zone matters")
	}
	if NetworkKey([]byte("of tomorrow"), "cin", netip.MustParseAddr("196.203.1.7")) == same {
		t.Error("the key outlives its salt")
	}
	if NetworkKey(salt, "cin", netip.Addr{}) != "" {
		t.Error("no address has a key")
	}
}

func TestTheKthAnswerWeighsOneKth(t *testing.T) {
	for k, want := range map[int64]float64{0: 1, 1: 1, 2: 0.5, 3: 0.333333, 10000: 0.0001} {
		a := Answer{Weight: 1}
		a.Share(k)
		if a.Weight != want || slices.Contains(a.Flags, Repeated) != (k >= 4) || !a.Counted() {
			t.Errorf("the %d-th weighs %v, flags %v", k, a.Weight, a.Flags)
		}
	}
	proven := Answer{Weight: 1, Verified: true}
	if proven.Share(10); proven.Weight != 1 {
		t.Errorf("a verified answer weighs %v", proven.Weight)
	}
}

func TestBurstsBeginBeyondWhatChanceBrings(t *testing.T) {
	for _, tt := range []struct {
		usual float64
		want  int64
	}{
		{0, 20}, {-1, 20}, {0.2, 20}, {1, 20}, // mean 3 at the peak
		{10, 58},       // P(X > 58 | 30) < 1e-6
		{1000, 3264},   // about mean + 4.75 standard deviations
		{1e6, 3008237}, // the same
	} {
		got := BurstFrom(tt.usual)
		if d := got - tt.want; d < -got/500-1 || d > got/500+1 {
			t.Errorf("BurstFrom(%v) = %d; want about %d", tt.usual, got, tt.want)
		}
	}
}

func TestOpenAnswersOfABurstDoNotCount(t *testing.T) {
	a := Answer{}
	a.Mark(Burst)
	a.Mark(Burst)
	if a.Counted() || len(a.Flags) != 1 {
		t.Errorf("%+v counts", a)
	}
	a.Verified = true
	if !a.Counted() {
		t.Error("a verified one does not")
	}
	a.Unmark(Burst)
	if len(a.Flags) != 0 {
		t.Errorf("flags are %v", a.Flags)
	}
}

func key(number int, secret string) SigningKey {
	return SigningKey{Service: "cin", Number: number, Secret: []byte(secret)}
}

func TestTokensHoldForTheirServiceAndDays(t *testing.T) {
	at := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC) // the 23rd in Tunis
	retired := at
	old := key(1, "old")
	old.RetiredAt = &retired
	keys := []SigningKey{old, key(2, "new")}
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	good := Sign("cin", []byte("new"), day(23), "abcdefgh")
	parts := strings.Split(good, ".")
	for _, tt := range []struct{ name, token, want string }{
		{"of today", good, ""},
		{"minted here", Mint("cin", []byte("new"), at, tunis), ""},
		{"on its last day", Sign("cin", []byte("new"), day(16), "abcdefgh"), ""},
		{"too old", Sign("cin", []byte("new"), day(15), "abcdefgh"), "survey.token.expired (token) 7"},
		{"of tomorrow: clocks differ", Sign("cin", []byte("new"), day(24), "abcdefgh"), ""},
		{"of the day after", Sign("cin", []byte("new"), day(25), "abcdefgh"), "survey.token.future (token)"},
		{"signed with the key before", Sign("cin", []byte("old"), day(22), "abcdefgh"), ""},
		{"with another's key", Sign("cin", []byte("guess"), day(23), "abcdefgh"), "survey.token.forged (token)"},
		{"of another service", Sign("passport", []byte("new"), day(23), "abcdefgh"), "survey.token.other_service (token)"},
		{"other day", strings.Join([]string{"v1", "cin", "20261122", parts[3], parts[4]}, "."), "survey.token.forged (token)"},
		{"other nonce", strings.Join([]string{"v1", "cin", parts[2], "abcdefgi", parts[4]}, "."), "survey.token.forged (token)"},
		{"cut", good[:len(good)-3], "survey.token.malformed (token)"},
		{"nothing", "", "survey.token.malformed (token)"},
		{"second version", "v2" + good[2:], "survey.token.malformed (token)"},
		{"short nonce", Sign("cin", []byte("new"), day(23), "abc"), "survey.token.malformed (token)"},
		{"no day", Sign("cin", []byte("new"), day(23), "abcdefgh")[:7] + "20261332" + good[15:], "survey.token.malformed (token)"},
		{"padding", good + "==", "survey.token.malformed (token)"},
		{"endless", strings.Repeat("a", 100_000), "survey.token.malformed (token)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := ReadToken(tt.token)
			if err == nil {
				err = token.Verify("cin", keys, at, tunis, 7)
			}
			if got := said(err); got != tt.want {
				t.Errorf("%q: %q; want %q", tt.token, got, tt.want)
			}
		})
	}
}

func said(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Error()
	}
	return ""
}

// A key that was retired signs nothing new.
func TestARetiredKeySignsNoLaterDay(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	retired := at.AddDate(0, 0, -10)
	old := key(1, "old")
	old.RetiredAt = &retired
	token, err := ReadToken(Sign("cin", []byte("old"), at, "abcdefgh"))
	if err != nil {
		t.Fatal(err)
	}
	if got := said(token.Verify("cin", []SigningKey{old}, at, tunis, 30)); got != "survey.token.forged (token)" {
		t.Errorf("verified with %q", got)
	}
}

// Whatever is written, reading ends; nothing that was not signed verifies, and
// whoever changes one character of what was signed has nothing.
func FuzzToken(f *testing.F) {
	f.Add("v1.cin.20261122.abcdefgh.AAAAAAAAAAAAAAAAAAAAAA", uint16(3))
	f.Add(Sign("cin", []byte("secret"), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), "abcdefgh"), uint16(40))
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string, place uint16) {
		keys := []SigningKey{key(1, "secret")}
		token, err := ReadToken(text)
		if err != nil {
			return
		}
		real := Sign(token.Service, []byte("secret"), token.Day, token.Nonce)
		if err := token.Verify(token.Service, keys, at, tunis, 90); err == nil && text != real {
			t.Errorf("%q verifies; %q was signed", text, real)
		}
		spoilt := []byte(real)
		spoilt[int(place)%len(spoilt)] ^= 1
		if other, err := ReadToken(string(spoilt)); err == nil && !bytes.Equal(spoilt, []byte(real)) {
			if other.Verify(token.Service, keys, at, tunis, 1<<20) == nil {
				t.Errorf("%q verifies", spoilt)
			}
		}
	})
}
