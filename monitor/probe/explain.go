package probe

import (
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Sentence is one line of an explanation: the key of a sentence and what fills it.
type Sentence struct {
	Key  string
	Args []any
}

// Explain tells a judged reading in words: what came of it, why, and where the
// time went. The caller knows the language.
func Explain(r monitor.Reading) []Sentence {
	lines := []Sentence{{"monitor.explain." + r.Verdict.String(), []any{r.Status}}}
	if r.Reason != monitor.None {
		lines = append(lines, Sentence{"monitor.explain.reason." + r.Reason.String(), nil})
	}
	if r.Detail != "" {
		lines = append(lines, Sentence{"monitor.explain.detail", []any{r.Detail}})
	}
	if r.Redirects > 0 {
		lines = append(lines, Sentence{"monitor.explain.redirects", []any{r.Redirects, r.URL}})
	}
	if r.Address != "" {
		lines = append(lines, Sentence{"monitor.explain.address", []any{r.Address}})
	}
	for _, p := range monitor.PhaseList() {
		if r.Phases[p] == 0 { // there was none: no name to find, no TLS, or it never came so far
			continue
		}
		lines = append(lines, Sentence{"monitor.explain.phase." + p.String(), []any{milliseconds(r.Phases[p])}})
	}
	lines = append(lines,
		Sentence{"monitor.explain.total", []any{milliseconds(r.Phases.Total())}},
		Sentence{"monitor.explain.bytes", []any{r.Bytes}})
	if !r.NotAfter.IsZero() {
		lines = append(lines, Sentence{"monitor.explain.not_after", []any{r.NotAfter.Format(time.DateOnly)}})
	}
	return lines
}

// milliseconds rounds to a tenth.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
