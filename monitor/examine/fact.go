package examine

import (
	"unicode/utf8"

	"github.com/jard-odi/jard/monitor/assess"
)

// Words of facts.
const (
	yes    = "yes"
	partly = "partly"
	no     = "no"
)

// maxEvidence bounds what is kept to show one fact.
const maxEvidence = 20

// note is evidence in a sentence.
func note(what string, args ...any) assess.Evidence { return assess.Evidence{What: what, Args: args} }

// quote is evidence that was read somewhere.
func quote(what, at, text string, args ...any) assess.Evidence {
	return assess.Evidence{What: what, Args: args, URL: bounded(at, 500), Text: bounded(text, 300)}
}

func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}

// put keeps a fact, the first of each measure.
func (v *visit) put(f assess.Fact) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.facts[f.Measure]; known {
		return
	}
	f.Service, f.At = v.subject.Service, v.at
	if len(f.Evidence) > maxEvidence {
		f.Evidence = f.Evidence[:maxEvidence]
	}
	v.facts[f.Measure] = f
}

// word keeps a fact in a word.
func (v *visit) word(m assess.Measure, word string, evidence ...assess.Evidence) {
	v.put(assess.Fact{Measure: m, Word: word, Evidence: evidence})
}

// number keeps a fact in a number.
func (v *visit) number(m assess.Measure, value float64, n int64, evidence ...assess.Evidence) {
	v.put(assess.Fact{Measure: m, Value: value, N: n, Evidence: evidence})
}

// unknown keeps that a fact is not known, and why.
func (v *visit) unknown(m assess.Measure, why string, evidence ...assess.Evidence) {
	v.put(assess.Fact{Measure: m, Unknown: why, Evidence: evidence})
}

// rest says of all that is still open why it is not known.
func (v *visit) rest(why string, measures []assess.Measure) {
	for _, m := range measures {
		v.unknown(m, why)
	}
}
