package lang

import (
	"maps"
	"testing"
)

func TestPickFallsBackFrenchFirst(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  Text
		ask   Tag
		want  string
		found Tag
	}{
		{"what is asked for", Text{"fr": "eau", "ar": "ماء"}, Arabic, "ماء", Arabic},
		{"French before Arabic", Text{"fr": "eau", "ar": "ماء"}, English, "eau", French},
		{"Arabic when there is nothing else", Text{"ar": "ماء"}, French, "ماء", Arabic},
		{"blank is nothing", Text{"fr": " ", "en": "water"}, French, "water", English},
		{"nothing at all", nil, Arabic, "", Arabic},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := tt.text.Pick(tt.ask)
			if got != tt.want || found != tt.found {
				t.Errorf("Pick(%s) = %q in %s; want %q in %s", tt.ask, got, found, tt.want, tt.found)
			}
		})
	}
}

func TestCleanKeepsOnlyWordings(t *testing.T) {
	got := Text{"fr": " eau ", "ar": " ", "de": "Wasser"}.Clean()
	if !maps.Equal(got, Text{"fr": "eau"}) {
		t.Errorf("Clean = %v; want only fr", got)
	}
	if Text(nil).Clean() == nil {
		t.Error("Clean of nothing is nil; want {}, which is what the column keeps")
	}
}

func TestDirection(t *testing.T) {
	for tag, want := range map[Tag]string{Arabic: "rtl", French: "ltr", English: "ltr"} {
		if got := tag.Dir(); got != want {
			t.Errorf("%s.Dir() = %s; want %s", tag, got, want)
		}
	}
	if Tag("de").Valid() {
		t.Error("de is valid")
	}
}
