package identity

import (
	"strings"
	"testing"
)

func TestSecrets(t *testing.T) {
	secret := NewSecret()
	if NewSecret() == secret || len(secret) != 43 {
		t.Errorf("NewSecret = %q", secret)
	}
	hash, ok := Digested(secret)
	if !ok || len(hash) != 64 || strings.Contains(hash, secret) {
		t.Errorf("Digested = %q, %v", hash, ok)
	}
	for _, s := range []string{"", "short", secret + "A", secret[:42], secret[:42] + "=", secret[:20] + "\n" + secret[20:], strings.Repeat("é", 43), secret[:41] + "%0"} {
		if _, ok := Digested(s); ok {
			t.Errorf("%q passes for a secret", s)
		}
	}
}

func FuzzDigested(f *testing.F) {
	for _, s := range []string{"", "====", NewSecret(), strings.Repeat("A", 43), "../../etc", "A=\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if hash, ok := Digested(s); ok && (len(hash) != 64 || len(s) != 43 || strings.ContainsAny(s, "/\r\n ")) {
			t.Errorf("Digested(%q) = %q", s, hash)
		}
	})
}
