package resultsweb

import (
	"testing"
)

func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "MS5hYg", "MS4", "Lg", "!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := readCursor(s); s == "" && err != nil {
			t.Error("the beginning is no place")
		}
	})
}
