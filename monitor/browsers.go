package monitor

import (
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/monitor/journey"
)

// BrowserSettings say what a page must be like once a browser has loaded it.
type BrowserSettings struct {
	WaitFor  string `json:"wait_for,omitempty" doc:"CSS selector of something that must appear"`
	MaxBytes int64  `json:"max_bytes,omitempty" doc:"How heavy the page may be, all of it"`
	MaxLCP   int64  `json:"max_lcp_ms,omitempty" doc:"Milliseconds until its largest part must be painted"`
}

// Limits of what may be asked of a page.
const (
	maxWeight = 1 << 30
	maxPaint  = 60_000
)

// faults returns what is wrong with the settings.
func (s *BrowserSettings) faults(at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	s.WaitFor = strings.TrimSpace(s.WaitFor)
	add(s.WaitFor != "" && (len(s.WaitFor) > MaxText || !journey.Selector(s.WaitFor)), "wait_for", "check.browser.selector")
	add(s.MaxBytes < 0 || s.MaxBytes > maxWeight, "max_bytes", "check.browser.bytes", maxWeight)
	add(s.MaxLCP < 0 || s.MaxLCP > maxPaint, "max_lcp_ms", "check.browser.paint", maxPaint)
	return faults
}
