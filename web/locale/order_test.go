package locale

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/lang"
)

func TestOrder(t *testing.T) {
	for tag, want := range map[lang.Tag][]string{
		lang.French:  {"Agriculture", "Éducation", "Emploi", "État civil", "Études", "Santé"},
		lang.Arabic:  {"الإعلام", "الأمن", "البلدية", "التنقل", "الثقافة", "الجباية", "الشغل", "العدل", "الهوية"},
		lang.English: {"Agriculture", "business", "Health"},
	} {
		got := slices.Clone(want)
		slices.Sort(got)
		slices.SortFunc(got, Order(tag))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tag, diff)
		}
	}
}
