package identity_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jard-odi/jard/identity"
)

func TestPasswordsThatAreTriedFirst(t *testing.T) {
	for _, refused := range []string{
		"password1234", "P@ssw0rd2024!", "motdepasse123", "Motdepasse-2026", "azertyuiop12", "123456789012", "aaaaaaaaaaaa", "abcabcabcabc",
		"qwertyuiop[]", "passwordpassword", "admin@admin@admin", "Bienvenue2026!", "tunisie-tunisie", "Tunisie202620", "كلمة السر 123456", "مرحبا مرحبا 1234",
		"amelamelamel", "Amel.Trabelsi1", "098765432109", "            ", "!!!!!!!!!!!!", "jardjardjard2026", "1qaz2wsx3edc",
	} {
		if err := identity.CheckPassword(refused, "amel.trabelsi@example.tn", "Amel Trabelsi"); err == nil {
			t.Errorf("%q is taken", refused)
		}
	}
	for _, taken := range []string{
		"une phrase assez longue", "correct horse battery staple", "le chat dort sous la table", "kV9#mmq2!xTr", "سبعة قطط فوق السطح القديم", "h5x6n-dube5-btjzw-gzqbj",
		"mon mot de passe est le chien du voisin",
	} {
		if err := identity.CheckPassword(taken, "amel.trabelsi@example.tn", "Amel Trabelsi"); err != nil {
			t.Errorf("%q is refused: %v", taken, err)
		}
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("P@ssw0rd2024!", "amel@example.tn", "Amel")
	f.Add("\xff", "", "")
	f.Add(strings.Repeat("la", 100), "@", "é")
	f.Fuzz(func(t *testing.T, password, email, name string) {
		err := identity.CheckPassword(password, email, name)
		if n := utf8.RuneCountInString(password); err == nil && (n < identity.MinPassword || n > 200 || !utf8.ValidString(password)) {
			t.Errorf("%q is taken", password)
		}
	})
}
