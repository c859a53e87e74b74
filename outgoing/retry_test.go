package outgoing

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterIsRead(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		value string
		want  time.Duration
	}{
		{"", 0},
		{"soon", 0},
		{"-5", 0},
		{"30", 30 * time.Second},
		{"99999999999", 0},
		{"99999999999999999999", 0},
		{"Sun, 22 Nov 2026 10:01:00 GMT", time.Minute},
		{"Sun, 22 Nov 2026 09:00:00 GMT", 0},
	} {
		if got := RetryAfter(http.Header{"Retry-After": {tt.value}}, now); got != tt.want {
			t.Errorf("%q is %v; want %v", tt.value, got, tt.want)
		}
	}
}
