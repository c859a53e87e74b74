package survey

import (
	"testing"
	"time"
)

func TestSealTellsWhenQuestionsWereShown(t *testing.T) {
	secret, shown := []byte("0123456789abcdef"), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	seal := Seal(secret, "vignette", shown)
	for name, tt := range map[string]struct {
		secret        string
		service, seal string
		at            time.Time
		want          time.Duration
	}{
		"as given":              {"0123456789abcdef", "vignette", seal, shown.Add(40 * time.Second), 40 * time.Second},
		"of another service":    {"0123456789abcdef", "permis", seal, shown.Add(time.Minute), -1},
		"of another day's salt": {"fedcba9876543210", "vignette", seal, shown.Add(time.Minute), -1},
		"kept open":             {"0123456789abcdef", "vignette", seal, shown.Add(13 * time.Hour), -1},
		"from the future":       {"0123456789abcdef", "vignette", seal, shown.Add(-time.Second), -1},
		"with another time":     {"0123456789abcdef", "vignette", "1" + seal, shown.Add(time.Minute), -1},
		"none":                  {"0123456789abcdef", "vignette", "", shown, -1},
		"nonsense":              {"0123456789abcdef", "vignette", "a.b.c", shown, -1},
	} {
		if got := Since([]byte(tt.secret), tt.service, tt.seal, tt.at); got != tt.want {
			t.Errorf("%s: Since = %v; want %v", name, got, tt.want)
		}
	}
}

func FuzzSince(f *testing.F) {
	secret, now := []byte("0123456789abcdef"), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	mine := Seal(secret, "vignette", now)
	f.Add(mine)
	f.Add("")
	f.Add("zzzzzzzzzzzzzzzz.AAAA")
	f.Fuzz(func(t *testing.T, seal string) {
		if got := Since(secret, "vignette", seal, now); got >= 0 && seal != mine {
			t.Errorf("Since(%q) = %v although we never wrote it", seal, got)
		}
	})
}
