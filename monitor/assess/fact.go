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
	Evidence []Evidence
}

// Evidence is what shows that a fact is so.
type Evidence struct {
	What string `json:"what"` // key of a sentence
	Args []any  `json:"args,omitempty"`
	URL  string `json:"url,omitempty"`
	Text string `json:"text,omitempty"` // a header, a line of a page; bounded
}
