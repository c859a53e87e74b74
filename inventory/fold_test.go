package inventory

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"case and accents", "  Trésor  PUBLIC ", "tresor public"},
		{"accents as combining marks", "e\u0301te\u0301", "ete"},
		{"ligatures", "Œuvres ﬁnales", "oeuvres finales"},
		{"apostrophes", "qualité de l’air", "qualite de l air"},
		{"hamza on alef", "أسعار إنتاج آبار", "اسعار انتاج ابار"},
		{"ta marbuta and alef maqsura", "الفلاحة والقرى", "الفلاحه والقري"},
		{"tatweel and shadda", "المـطـويّـة", "المطويه"},
		{"Tunisian g", "ڨابس", "قابس"},
		{"Persian kaf and ya", "الکريب ی", "الكريب ي"},
		{"Arabic-Indic and Persian digits", "٢٠٢٤ ۱۲", "2024 12"},
		{"bidi marks and zero-width", "\u200fتونس\u200e\u200b", "تونس"},
		{"presentation forms", "\ufe97\ufeee\ufee7\ufeb2", "تونس"},
		{"lam-alef ligature", "\ufefb", "لا"},
		{"punctuation is space", "a،b؛c/d-e_f.g", "a b c d e f g"},
		{"nothing", " \t\n", ""},
		{"no-break space", "a\u00a0b", "a b"},
	} {
		if got := Fold(tt.in); got != tt.want {
			t.Errorf("%s: Fold(%q) = %q; want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Trésor", "المـطـويّـة", "\xff\xfe", "\ufefb\u0301", "İ", "ǅ", strings.Repeat("é", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Fold(%q) = %q is no UTF-8", s, once)
		}
		if again := Fold(once); again != once {
			t.Fatalf("Fold(%q) = %q, folded again %q", s, once, again)
		}
		if slug := Slug(s); slug != "" && (len(slug) < 2 || len(slug) > MaxName || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "") {
			t.Fatalf("Slug(%q) = %q", s, slug)
		}
	})
}

func TestSlug(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Production des céréales par gouvernorat", "production-des-cereales-par-gouvernorat"},
		{"L'eau & l'assainissement (2024)", "l-eau-l-assainissement-2024"},
		{"الفلاحة", ""},
		{"عدد السكان حسب الولاية 2024", "2024"},
		{"a", ""},
		{"Search", ""},
		{"--", ""},
		{strings.Repeat("donnees ", 20), "donnees-donnees-donnees-donnees-donnees-donnees-donnees-donnees-donnees-donnees-donnees"},
		{strings.Repeat("x", 200), strings.Repeat("x", MaxName)},
	} {
		if got := Slug(tt.in); got != tt.want {
			t.Errorf("Slug(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

func TestNameFor(t *testing.T) {
	for _, tt := range []struct {
		title string
		n     int
		want  string
	}{
		{"Barrages", 1, "barrages"},
		{"Barrages", 2, "barrages-2"},
		{"السدود", 1, "tn-marhp-2026-0007"},
		{"السدود", 3, "tn-marhp-2026-0007-3"},
		{strings.Repeat("x", 200), 12, strings.Repeat("x", MaxName-3) + "-12"},
	} {
		if got := NameFor(tt.title, "TN-MARHP-2026-0007", tt.n); got != tt.want {
			t.Errorf("NameFor(%q, %d) = %q; want %q", tt.title, tt.n, got, tt.want)
		}
	}
}

func TestPortalTag(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"qualité de l'air", "qualité de l air"},
		{"eau & assainissement", "eau assainissement"},
		{"prix (TND)", "prix TND"},
		{"الصحّة", "الصحة"},
		{"المـياه", "المياه"},
		{"PM2.5", "PM2.5"},
		{"\u200fزيت\u200c", "زيت"},
		{"!?", ""},
	} {
		if got := PortalTag(tt.in); got != tt.want {
			t.Errorf("PortalTag(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}
