package monitor

import (
	"strings"
	"testing"
)

func FuzzTables(f *testing.F) {
	for _, s := range []string{"", "slug,name\n", "from,to\n2026-01-01,2026-02-01\n", "\"", "a,b\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if all, err := ReadSeasons(strings.NewReader(s)); err != nil && len(all) > 0 {
			t.Errorf("%q gives %d seasons and fails", s, len(all))
		}
		if all, err := ReadServices(strings.NewReader(s)); err != nil && len(all) > 0 {
			t.Errorf("%q gives %d services and fails", s, len(all))
		}
		for _, h := range ReadHeaders(s) {
			_ = h.Name // any text is some list of headers; what may be sent is checked with the check
		}
	})
}
