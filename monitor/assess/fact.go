package assess

import "time"

// Measure names a fact about a service and how it is measured. Its unit is
// part of it: thresholds are written in it.
type Measure string

// Unit says what a value counts.
type Unit string

// The units.
const (
	Ratio   Unit = "ratio" // 0 to 1
	Seconds Unit = "seconds"
	Bytes   Unit = "bytes"
	Count   Unit = "count"
	Days    Unit = "days"
	Points  Unit = "points" // 0 to 10
	Money   Unit = "tnd"
	Word    Unit = "word" // yes, partly, no
)

// Fact is what is known about one measure of one service at a moment. What
// is not known is said to be unknown with its reason; it is never a bad value.
type Fact struct {
	Service  string
	Measure  Measure
	Value    float64
	Word     string   // of a measure in words
	Low      *float64 // interval, when the value is an estimate
	High     *float64
	N        int64  // how many observations it rests on; 0 when that has no sense
	Unknown  string // key of the reason it is not known; empty when it is
	At       time.Time
	Until    *time.Time // holds until; nil as long as nothing newer comes
	Declared bool       // by the owner, and nobody confirmed it yet
	Evidence []Evidence
}

// Known tells whether the fact says anything at now: what was not found out, and
// what held only until a day that has passed, says nothing.
func (f Fact) Known(now time.Time) bool { return f.Why(now) == "" }

// Why is the key of the reason why nothing is known at now; empty when something is.
func (f Fact) Why(now time.Time) string {
	switch {
	case f.Unknown != "":
		return f.Unknown
	case f.Measure == "":
		return UnknownMissing
	case f.Until != nil && !now.Before(*f.Until):
		return UnknownExpired
	}
	return ""
}

// Keys of reasons why nothing is known that the rules give themselves.
const (
	UnknownMissing  = "assess.unknown.missing"
	UnknownExpired  = "assess.unknown.expired"
	UnknownFew      = "assess.unknown.few"
	UnknownReturned = "assess.unknown.returned"
)

// Words that a fact in words may say.
const (
	Yes    = "yes"
	Partly = "partly"
	No     = "no"
)

// Words lists them, the best first.
func Words() []string { return []string{Yes, Partly, No} }

// Facts are what is known about one service.
type Facts map[Measure]Fact

// Number is the value of the fact as a number, words included: 1, ½ and 0.
func (f Fact) Number() float64 {
	if unit, _ := f.Measure.Unit(); unit != Word {
		return f.Value
	}
	switch f.Word {
	case Yes:
		return 1
	case Partly:
		return 0.5
	}
	return 0
}

// Evidence is what shows that a fact is so.
type Evidence struct {
	What string `json:"what"` // key of a sentence
	Args []any  `json:"args,omitempty"`
	URL  string `json:"url,omitempty"`
	Text string `json:"text,omitempty"` // a header, a line of a page; bounded
}
