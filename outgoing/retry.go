package outgoing

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads how long a peer asks to be left alone, from the header of
// that name: seconds, or a date. What cannot be read, and what lies behind us,
// is 0.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
