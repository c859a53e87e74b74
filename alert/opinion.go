package alert

import "time"

// Opinion is what people said of a service over a stretch of time: their mean
// satisfaction on ten with its interval.
type Opinion struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"` // not part of it
	Value float64   `json:"value"`
	Low   float64   `json:"low"`
	High  float64   `json:"high"`
	N     int64     `json:"n"`
	Line  float64   `json:"line"` // under which it is bad
}

// Fortnight is over how many days opinions are looked at: a bad day is no reason to
// wake anybody, and a quarter is too late.
const Fortnight = 14

// bad tells whether the opinion is decided to be under its line: not the mean,
// but all of its interval.
func (o *Opinion) bad() bool { return o.N > 0 && o.High < o.Line }

// discontent tells that people found the service bad, decidedly, two fortnights
// in a row. It is over as soon as the latest one does not say so any more.
func (v *View) discontent(now time.Time) []Event {
	const both = 2
	if len(v.Opinions) < both || !v.Opinions[0].bad() || !v.Opinions[1].bad() {
		return nil
	}
	latest, before := v.Opinions[0], v.Opinions[1]
	e := v.event(Discontent, v.Service, before.From, now)
	e.Facts.Opinion, e.Facts.Earlier = &latest, &before
	return []Event{e}
}
