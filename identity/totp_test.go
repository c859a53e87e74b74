package identity_test

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
)

// The vectors of RFC 6238, appendix B, for SHA-1: of their eight digits ours
// are the last six. Those of RFC 4226, appendix D, count from zero.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := identity.Code(secret, identity.StepAt(time.Unix(at, 0))); got != want[2:] {
			t.Errorf("the code at %d is %s; want %s", at, got, want[2:])
		}
	}
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := identity.Code(secret, int64(step)); got != want {
			t.Errorf("the code of step %d is %s; want %s", step, got, want)
		}
	}
}

func TestACodeDriftsOneStepAndIsGoodOnce(t *testing.T) {
	secret, now := identity.NewSecondSecret(), time.Date(2026, 11, 22, 10, 0, 15, 0, time.UTC)
	present := identity.StepAt(now)
	for drift, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := identity.Match(secret, identity.Code(secret, present+drift), now, 0)
		if ok != want || ok && step != present+drift {
			t.Errorf("the code of %+d steps = %d, %v; want %v", drift, step, ok, want)
		}
	}
	if _, ok := identity.Match(secret, identity.Code(secret, present), now, present); ok {
		t.Error("a code is good twice")
	}
	if _, ok := identity.Match(secret, identity.Code(secret, present-1), now, present); ok {
		t.Error("a code is good after a later one")
	}
	if _, ok := identity.Match(secret, "", now, 0); ok {
		t.Error("no code is good")
	}
}

func TestAKeyIsReadByAuthenticators(t *testing.T) {
	secret := []byte("12345678901234567890")
	if got := identity.KeyInWords(secret); got != "gezd gnbv gy3t qojq gezd gnbv gy3t qojq" {
		t.Errorf("in words: %s", got)
	}
	u, err := url.Parse(identity.KeyAddress("Jard", "amel+a@example.tn", secret))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Jard:amel+a@example.tn" {
		t.Fatalf("address %v, %v", u, err)
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	if err != nil || string(key) != string(secret) || u.Query().Get("issuer") != "Jard" {
		t.Errorf("query %v, %v", u.Query(), err)
	}
}

func TestRecoveryCodesAreManyAndPlain(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		for _, code := range identity.NewRecoveryCodes() {
			plain, device := identity.ReadCode(strings.ToUpper(strings.ReplaceAll(code, "-", " ")))
			if device || plain != strings.ReplaceAll(code, "-", "") || len(code) != 19 || strings.ContainsAny(code, "0o1li") || seen[code] {
				t.Fatalf("code %q reads %q", code, plain)
			}
			if identity.RecoveryDigest("a", code) != identity.RecoveryDigest("a", plain) || identity.RecoveryDigest("a", code) == identity.RecoveryDigest("b", code) {
				t.Fatal("a code's hash is its account's, however written")
			}
			seen[code] = true
		}
	}
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "123-456": "123456", "١٢٣٤٥٦": "123456", "۱۲۳۴۵۶": "123456", "123\u00a0456": "123456",
		"12345": "", "1234567": "", "12345a": "", "": "", "１２３４５６": "", "123456\n": "", "'; DROP": "", "\xff\xfe": "",
	} {
		if got, device := identity.ReadCode(typed); got != want || device != (want != "") {
			t.Errorf("ReadCode(%q) = %q, %v; want %q", typed, got, device, want)
		}
	}
}

func FuzzReadCode(f *testing.F) {
	for _, seed := range []string{"123 456", "abcd-efgh-jkmn-pqrs", "١٢٣٤٥٦", "\xff", strings.Repeat("1", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, device := identity.ReadCode(typed)
		if strings.Trim(code, "0123456789abcdefghijklmnopqrstuvwxyz") != "" || device && len(code) != 6 || !device && len(code) != 0 && len(code) != 16 {
			t.Errorf("ReadCode(%q) = %q, %v", typed, code, device)
		}
		identity.Match([]byte("12345678901234567890"), code, time.Unix(0, 0), 0)
	})
}
