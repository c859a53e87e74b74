package inventoryweb

import (
	"strings"
	"testing"
)

func TestSpans(t *testing.T) {
	for _, tt := range []struct{ name, was, is, wantWas, wantIs string }{
		{"nothing changed", "a b", "a b", "a b", "a b"},
		{"a word", "en quintaux depuis", "en tonnes depuis", "en [quintaux] depuis", "en [tonnes] depuis"},
		{"words side by side", "x un deux y", "x trois quatre y", "x [un deux] y", "x [trois quatre] y"},
		{"an end", "fin.", "fin. Encore.", "fin.", "fin.[ Encore.]"},
		{"all new", "", "neuf", "", "[neuf]"},
		{"Arabic", "إنتاج الحبوب", "إنتاج الزيتون", "إنتاج [الحبوب]", "إنتاج [الزيتون]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			was, is := spans(tt.was, tt.is)
			if got := marked(was); got != tt.wantWas {
				t.Errorf("was %q; want %q", got, tt.wantWas)
			}
			if got := marked(is); got != tt.wantIs {
				t.Errorf("is %q; want %q", got, tt.wantIs)
			}
		})
	}
	long := strings.Repeat("mot ", maxTokens)
	if was, _ := spans(long, "x"); len(was) != 1 || was[0].Text != long {
		t.Error("a very long text is not kept whole")
	}
}

func marked(all []span) string {
	var b strings.Builder
	for _, s := range all {
		if s.Changed {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// Whatever the texts are, the spans of each side put together are that side.
func FuzzSpans(f *testing.F) {
	f.Add("un deux trois", "un trois quatre")
	f.Add(" a\n\n b", "a b ")
	f.Fuzz(func(t *testing.T, was, is string) {
		a, b := spans(was, is)
		for _, one := range []struct {
			spans []span
			text  string
		}{{a, was}, {b, is}} {
			var all strings.Builder
			for _, s := range one.spans {
				all.WriteString(s.Text)
			}
			if all.String() != one.text {
				t.Errorf("spans say %q; want %q", all.String(), one.text)
			}
		}
	})
}
