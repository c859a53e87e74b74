package survey

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPersonalNumbersAreMasked(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"identity card", "ma CIN est 09123456, merci", "ma CIN est [cin], merci"},
		{"identity card against a word", "CIN09123456", "CIN[cin]"},
		{"identity card in groups", "CIN 09 123 456.", "CIN [cin]."},
		{"in Arabic digits", "بطاقة تعريف عدد ٠٩١٢٣٤٥٦", "بطاقة تعريف عدد [cin]"},
		{"in Persian digits", "بطاقة ۰۹۱۲۳۴۵۶", "بطاقة [cin]"},
		{"after an Arabic letter", "رقمي ب12345678", "رقمي ب[cin]"},
		{"citizen's number", "identifiant 12345678901", "identifiant [cin]"},
		{"telephone", "appelez le 22123456", "appelez le [tel]"},
		{"telephone in threes", "tél. 71 123 456", "tél. [tel]"},
		{"telephone in twos", "98 12 34 56 svp", "[tel] svp"},
		{"with dots", "98.123.456", "[tel]"},
		{"with hyphens", "98-123-456", "[tel]"},
		{"abroad", "+216 98 123 456", "[tel]"},
		{"abroad, zeros", "0021698123456", "[tel]"},
		{"Arabic telephone", "هاتفي ٢٢ ١٢٣ ٤٥٦", "هاتفي [tel]"},
		{"two of them", "22123456/98765432", "[tel]/[tel]"},
		{"with a space that does not break", "22\u00a0123\u00a0456", "[tel]"},
		{"mail", "écrivez à foulen.ben-foulen@example.com.tn !", "écrivez à [e-mail] !"},
		{"mail with spaces", "foulen @ example.tn", "[e-mail]"},
		{"account", "RIB 10 006 0351234567890 12", "RIB [rib]"},
		{"account in one", "10006035123456789012", "[rib]"},
		{"IBAN", "TN59 1000 6035 1835 9847 8831", "[rib]"},
		{"IBAN in small letters", "tn5910006035183598478831", "[rib]"},
		{"foreign IBAN", "GB82 WEST 1234 5698 7654 32", "[rib]"},
		{"card", "4539 1488 0343 6467", "[card]"},
		{"passport", "passeport K123456", "passeport [passport]"},
		{"passport said", "passeport n° k123456", "passeport n° [passport]"},
		{"Arabic passport", "جواز السفر Z123456", "جواز السفر [passport]"},
		{"all at once", "09123456 22123456 a@b.tn", "[cin] [tel] [e-mail]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Mask(tt.text); got != tt.want {
				t.Errorf("Mask(%q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestWhatPointsToNobodyStays(t *testing.T) {
	for _, text := range []string{
		"j'ai payé 45 dinars", "12345678 dinars", "12 345 678 DT", "22 123 456 TND", "22123456,500", "10 000 000 millimes", "٢٢١٢٣٤٥٦ دينار",
		"1 122 123 456 dinars", "12 345 678 900 DT", "22.500.000 dinars", "TND 22123456", "98765432 €",
		"le 22/11/2026", "22.11.2026", "01-12-2026", "2026-11-22", "22 11 2026", "depuis 2019", "2025-2026", "2024/2025", "سنة 2026", "١٢/٠٥/٢٠٢٤",
		"loi 2004-63", "article 12", "décret n° 2021-3", "à 10h30", "ISO 27001", "erreur 500", "120 000 habitants", "3 224 réponses",
		"dossier 123456", "formulaire A12", "10 à 15 jours", "192.168.1.12", "v1.22.333", "bac 2026", "99,9 %",
		"@tunisie", "a@b", "voir https://example.tn/page/2026/11",
	} {
		if got := Mask(text); got != text {
			t.Errorf("Mask(%q) = %q; want it as it is", text, got)
		}
	}
}

func TestCleanLeavesWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"scripts are text", "<script>alert(1)</script>", "<script>alert(1)</script>"},
		{"marks of direction", "abc\u202Etxt.exe\u202C \u200Fمرحبا\u061C", "abctxt.exe مرحبا"},
		{"isolates", "\u2066a\u2069", "a"},
		{"control characters", "a\x00b\x1b[31mc\u0085d", "ab[31mcd"},
		{"spaces", "  a \t b\u00a0c  ", "a b c"},
		{"lines", "\n\na\r\n\r\n\r\n\r\nb \n c\n", "a\n\nb\nc"},
		{"emoji of several", "👨‍👩‍👧 👍🏽", "👨‍👩‍👧 👍🏽"},
		{"broken bytes", "a\xffb", "a\uFFFDb"},
		{"nothing", "\u200b\ufeff \n", ""},
		{"tags of flags and ghosts", "a\U000E0041b", "ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.text); got != tt.want {
				t.Errorf("Clean(%q) = %q; want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestCopiesAreKnownHoweverTheyAreWritten(t *testing.T) {
	a, ok := CopyKey("cin", "Service très lent, à revoir !")
	b, _ := CopyKey("cin", "  SERVICE TRÈS LENT - À REVOIR")
	c, _ := CopyKey("passport", "Service très lent, à revoir !")
	if !ok || a != b || a == c {
		t.Errorf("%d, %d, %d; want the first two alike and the third another", a, b, c)
	}
	if _, ok := CopyKey("cin", "Très bien, merci"); ok {
		t.Error("short words are taken for a copy")
	}
}

// Whatever is written: masking ends, leaves valid text, does nothing the
// second time, and no identity card that stands alone survives it.
func FuzzMask(f *testing.F) {
	for _, seed := range []string{"CIN 09123456", "22 123 456", "a@b.tn", "TN59 1000 6035 1835 9847 8831", "٢٢ ١٢٣ ٤٥٦", "12 345 678 DT", "K123456", "1-2/3.4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := Clean(text)
		if again := Clean(clean); again != clean || !utf8.ValidString(clean) {
			t.Errorf("Clean(%q) = %q, and then %q", text, clean, again)
		}
		masked := Mask(clean)
		if !utf8.ValidString(masked) {
			t.Errorf("Mask(%q) = %q", clean, masked)
		}
		if strings.HasSuffix(Mask(clean+" \nCIN: 09123456\n"), "CIN: 09123456\n") {
			t.Errorf("the card after %q is not masked", clean)
		}
	})
}
