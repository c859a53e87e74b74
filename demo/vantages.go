package demo

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Vantage is a place that the demo looks at its services from.
type Vantage struct {
	Slug        string
	Name        lang.Text
	Network     string // as monitor/vantage names it
	Institution string
	// Unreachable are the services that do not answer there: what a broken link looks like.
	Unreachable []string
	// Farther is how much longer an answer takes to come there.
	Farther time.Duration
	// Silent is how long ago nothing more was heard of it; 0 for one that sends.
	Silent time.Duration
}

// Vantages lists the places, one for each thing that a page must tell apart.
func Vantages() []Vantage {
	return []Vantage{
		{
			Slug: "mobile-tunis", Network: "mobile", Farther: 55 * time.Millisecond, Unreachable: []string{"demo-prix-marches"},
			Name: lang.Text{"fr": "Opérateur mobile, Tunis", "ar": "مشغّل هاتف جوال، تونس", "en": "Mobile operator, Tunis"},
		},
		{
			Slug: "etranger-paris", Network: "abroad", Farther: 38 * time.Millisecond,
			Unreachable: []string{"demo-horaires-trains", "demo-candidature-hajj"},
			Name:        lang.Text{"fr": "Hébergeur à Paris", "ar": "مستضيف في باريس", "en": "Host in Paris"},
		},
		{
			Slug: "ministere-finances", Network: "ministry", Institution: "mf", Silent: 3*time.Hour + 12*time.Minute,
			Name: lang.Text{"fr": "Ministère des Finances, siège", "ar": "وزارة المالية، المقر", "en": "Ministry of Finance, headquarters"},
		},
	}
}

// Sees is what becomes of a reading on the way to the vantage.
func (v Vantage) Sees(service string, r monitor.Reading) monitor.Reading {
	if slices.Contains(v.Unreachable, service) {
		return monitor.Reading{
			Check: r.Check, At: r.At, Attempt: r.Attempt, Every: r.Every, Reason: monitor.Timeout, Detail: "i/o timeout (simulation)",
		}
	}
	if r.Reason == monitor.None {
		r.Phases[monitor.PhaseConnect] += v.Farther / 3
		r.Phases[monitor.PhaseWait] += v.Farther - v.Farther/3
	}
	return r
}
