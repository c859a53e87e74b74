package alert

import "time"

// Grade is the score of a service in the assessment on a night, on a hundred, and
// what it was four weeks before by the same criteria.
type Grade struct {
	On     time.Time `json:"on"`
	Before time.Time `json:"before"`
	Value  float64   `json:"value"`
	Was    float64   `json:"was"`
	Line   float64   `json:"line"` // under which it is of the last band; 0: there is none
}

const (
	// Graded is how many days back a score is compared: facts are of three months,
	// and move slowly.
	Graded = 28
	// FallOf is how many points less are a fall: as much as the heaviest of the
	// usual criteria brings, or two of the others.
	FallOf = 10.0
)

// Fell tells whether the score fell.
func (g *Grade) Fell() bool { return g.Was-g.Value >= FallOf }

// Low tells whether the score was under the line, and still is.
func (g *Grade) Low() bool { return g.Value < g.Line && g.Was < g.Line }

// sinking tells that the assessment's score fell, or stays under its last line:
// two nights in a row, since a page may look bad for one.
func (v *View) sinking(now time.Time) []Event {
	const both = 2
	if len(v.Grades) < both {
		return nil
	}
	tonight, before := &v.Grades[0], &v.Grades[1]
	fell, low := tonight.Fell() && before.Fell(), tonight.Low() && before.Low()
	if !fell && !low {
		return nil
	}
	e := v.event(Sinking, v.Service, tonight.Before, now)
	e.Facts.Grade = tonight
	return []Event{e}
}
