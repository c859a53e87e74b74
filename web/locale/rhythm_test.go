package locale

import (
	"testing"

	"github.com/jard-odi/jard/lang"
)

func TestASchedule(t *testing.T) {
	c := load(t)
	for _, tt := range []struct{ line, french, arabic, english string }{
		{"@every 5s", "toutes les 5 secondes", "كل 5 ثوان", "every 5 seconds"},
		{"@every 60s", "chaque minute", "كل دقيقة", "every minute"},
		{"@every 90s", "toutes les 90 secondes", "كل 90 ثانية", "every 90 seconds"},
		{"@every 2h", "toutes les 2 heures", "كل ساعتين", "every 2 hours"},
		{"@every 24h", "chaque jour", "كل يوم", "every day"},
		{"*/5 * * * *", "toutes les 5 minutes", "كل 5 دقائق", "every 5 minutes"},
		{"0 3 * * 0", "chaque dimanche à 03:00", "كل أسبوع يوم الأحد على الساعة 03:00", "every Sunday at 03:00"},
		{"0 3 * * sun", "chaque dimanche à 03:00", "كل أسبوع يوم الأحد على الساعة 03:00", "every Sunday at 03:00"},
		{"30 8 * * 1-5", "du lundi au vendredi à 08:30", "من الإثنين إلى الجمعة على الساعة 08:30", "from Monday to Friday at 08:30"},
		{"0 22 * * 2,4", "mardi, jeudi à 22:00", "الثلاثاء، الخميس على الساعة 22:00", "Tuesday, Thursday at 22:00"},
		{"15 1 * * *", "chaque jour à 01:15", "كل يوم على الساعة 01:15", "every day at 01:15"},
		{"0 0 28 * *", "le 28 de chaque mois à 00:00", "يوم 28 من كل شهر على الساعة 00:00", "on day 28 of each month at 00:00"},
	} {
		for tag, want := range map[lang.Tag]string{lang.French: tt.french, lang.Arabic: tt.arabic, lang.English: tt.english} {
			if got, ok := c.Rhythm(tag, tt.line); got != want || !ok {
				t.Errorf("%s: Rhythm(%s) = %q, %t; want %q", tag, tt.line, got, ok, want)
			}
		}
	}
}

// What no short sentence says is left to be shown as it was typed.
func TestASchedulePastWords(t *testing.T) {
	c := load(t)
	for _, line := range []string{
		"", "@every", "@every 1500ms", "@hourly", "* * * *", "*/7 * * * *", "*/x * * * *", "*/5 8-18 * * 1-5", "0 3 1 * 0", "0 3 * 1 *", "0 3 32 * *",
		"0 24 * * *", "60 3 * * *", "0 3 * * 8", "0 3 * * 1-9", "0 3 * * 1,x", "0 3 * * 1-3-5",
	} {
		if got, ok := c.Rhythm(lang.French, line); ok {
			t.Errorf("Rhythm(%q) = %q; want no words", line, got)
		}
	}
}

func FuzzRhythm(f *testing.F) {
	for _, line := range []string{"@every 5s", "0 3 * * 0", "*/5 * * * *", "\x00 \xff * * 1-5"} {
		f.Add(line)
	}
	c, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if got, ok := c.Rhythm(lang.Arabic, line); ok && got == "" {
			t.Errorf("Rhythm(%q) says nothing", line)
		}
	})
}
