package oidc

import (
	"testing"
	"time"
)

func FuzzUnpack(f *testing.F) {
	for _, s := range []string{"", "e30", "eyJzIjoiYSJ9", "!", "bnVsbA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		if flow, err := Unpack(s, now); err == nil && (now.Sub(flow.Began) > FlowAge || flow.Began.After(now.Add(time.Minute))) {
			t.Errorf("%q began at %v", s, flow.Began)
		}
		var keys keySet
		_ = keys.UnmarshalJSON([]byte(s))
	})
}
