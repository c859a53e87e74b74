package vantage

import (
	"testing"
)

func FuzzDecodeHeartbeat(f *testing.F) {
	for _, s := range []string{"", "{}", "null", "[]", `{"version":"1"}`, `{"a":`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if beat, err := DecodeHeartbeat(b); (beat == nil) == (err == nil) {
			t.Errorf("%q = %v, %v", b, beat, err)
		}
	})
}
