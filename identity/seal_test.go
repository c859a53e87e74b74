package identity_test

import (
	"strings"
	"testing"

	"github.com/jard-odi/jard/identity"
)

func sealingKey(t testing.TB, secret string) identity.SealingKey {
	t.Helper()
	k, err := identity.NewSealingKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedOpensWithItsKeyForItsAccount(t *testing.T) {
	one, two := sealingKey(t, "one"), sealingKey(t, "two")
	sealed, err := identity.Keyring{one}.Seal([]byte("secret"), "amel")
	if err != nil || strings.Contains(sealed, "secret") {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	if plain, former, err := (identity.Keyring{two, one}).Open(sealed, "amel"); string(plain) != "secret" || !former || err != nil {
		t.Errorf("by a former key = %q, %v, %v", plain, former, err)
	}
	if _, _, err := (identity.Keyring{one}).Open(sealed, "sami"); err == nil {
		t.Error("moved to another account it opens")
	}
	if _, _, err := (identity.Keyring{two}).Open(sealed, "amel"); err == nil {
		t.Error("another key opens it")
	}
	if _, err := (identity.Keyring{}).Seal(nil, "amel"); err == nil {
		t.Error("without a key something is sealed")
	}
	for n := range sealed {
		b := []byte(sealed)
		b[n] ^= 1
		if plain, _, err := (identity.Keyring{one}).Open(string(b), "amel"); err == nil {
			t.Errorf("changed at %d it opens as %q", n, plain)
		}
	}
}

func FuzzOpen(f *testing.F) {
	ring := identity.Keyring{sealingKey(f, "one")}
	sealed, err := ring.Seal([]byte("x"), "amel")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "1.", "1..", "2.a.b", sealed, sealed[:20]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if plain, _, err := ring.Open(s, "amel"); err == nil && s != sealed {
			t.Errorf("%q opens as %q", s, plain)
		}
	})
}
