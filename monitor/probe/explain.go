package probe

import (
	"time"

	"github.com/jard-odi/jard/monitor"
)

// Sentence is one line of an explanation: the key of a sentence and what fills it.
type Sentence struct {
	Key   string
	Args  []any
	Share float64 // of the whole time, for a phase
}

// Explain tells a judged reading in words: what came of it, why, and where the
// time went. The caller knows the language.
func Explain(r monitor.Reading) []Sentence {
	var lines []Sentence
	add := func(key string, args ...any) { lines = append(lines, Sentence{Key: key, Args: args}) }
	if r.Status == 0 && r.Verdict.Answers() { // there was no page to have a status
		add("checks.try.head." + r.Verdict.String())
	} else {
		add("monitor.explain."+r.Verdict.String(), r.Status)
	}
	if r.Reason != monitor.None {
		add("monitor.explain.reason." + r.Reason.String())
		add("checks.advice." + r.Reason.String())
	}
	if r.Detail != "" {
		add("monitor.explain.detail", r.Detail)
	}
	if r.Redirects > 0 {
		add("monitor.explain.redirects", r.Redirects, r.URL)
	}
	if r.Address != "" {
		add("monitor.explain.address", r.Address)
	}
	total := r.Phases.Total()
	for _, p := range monitor.PhaseList() {
		if r.Phases[p] == 0 { // there was none: no name to find, no TLS, or it never came so far
			continue
		}
		lines = append(lines, Sentence{
			"monitor.explain.phase." + p.String(), []any{milliseconds(r.Phases[p])}, float64(r.Phases[p]) / float64(total),
		})
	}
	add("monitor.explain.total", milliseconds(total))
	add("monitor.explain.bytes", r.Bytes)
	return append(lines, certificates(r)...)
}

// certificates tells what the server sends.
func certificates(r monitor.Reading) []Sentence {
	var lines []Sentence
	if !r.NotAfter.IsZero() {
		lines = append(lines, Sentence{Key: "monitor.explain.not_after", Args: []any{r.NotAfter}})
	}
	s := r.Secured
	if s == nil {
		return lines
	}
	lines = append(lines, Sentence{Key: "checks.explain.secured", Args: []any{s.Version, s.Cipher}})
	for n, c := range s.Chain {
		lines = append(lines, Sentence{
			Key: "checks.explain.certificate", Args: []any{n + 1, c.Subject, c.Issuer, c.NotAfter},
		})
	}
	if s.Missing != "" {
		lines = append(lines, Sentence{Key: "checks.chain.missing", Args: []any{s.Missing}})
	}
	return lines
}

// milliseconds rounds to a tenth.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
