package assess

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
)

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
	Service  string     `gorm:"primaryKey" json:"service,omitempty"`
	Measure  Measure    `gorm:"primaryKey" json:"measure"`
	Value    float64    `json:"value"`
	Word     string     `json:"word,omitempty"`    // of a measure in words
	Low      *float64   `json:"low,omitempty"`     // interval, when the value is an estimate
	High     *float64   `json:"high,omitempty"`    //
	N        int64      `json:"n,omitempty"`       // how many observations it rests on; 0 when that has no sense
	Unknown  string     `json:"unknown,omitempty"` // key of the reason it is not known; empty when it is
	At       time.Time  `json:"at"`
	Until    *time.Time `json:"until,omitempty"`    // holds until; nil as long as nothing newer comes
	Declared bool       `json:"declared,omitempty"` // by the owner, and nobody confirmed it yet
	Evidence []Evidence `gorm:"serializer:json" json:"evidence,omitempty"`
}

// TableName names the table of what is newest.
func (Fact) TableName() string { return "assess_facts" }

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

// Validate wants a fact that can be kept: of a measure that we know, with
// numbers that are some, and words that are one of three.
func (f Fact) Validate() error {
	unit, known := f.Measure.Unit()
	wrong := func(key string, args ...any) error {
		return fault.At("measure", key, append([]any{string(f.Measure)}, args...)...)
	}
	switch {
	case !known:
		return wrong("assess.fact.measure")
	case f.Service == "" || f.At.IsZero():
		return wrong("assess.fact.whose")
	case f.Unknown != "":
		return nil
	case unit == Word && !slices.Contains(Words(), f.Word):
		return wrong("assess.fact.word", f.Word)
	case !finite(f.Value) || f.Low != nil && !finite(*f.Low) || f.High != nil && !finite(*f.High):
		return wrong("assess.fact.number")
	case (f.Low == nil) != (f.High == nil) || f.Low != nil && *f.Low > *f.High:
		return wrong("assess.fact.interval")
	}
	return nil
}

func finite(v float64) bool { return within(v, -maxLine, maxLine) }

// Past is what a fact was on a day.
type Past struct {
	Service string  `gorm:"primaryKey"`
	Measure Measure `gorm:"primaryKey"`
	Day     int64   `gorm:"primaryKey"` // since 1970, as days are in Tunis
	Value   float64
	Word    string
	Low     *float64
	High    *float64
	N       int64
	Unknown string
	At      time.Time
}

// TableName names the table.
func (Past) TableName() string { return "assess_past" }

// Volume is how many use the service a year; 0 when nobody told.
func (f Facts) Volume(now time.Time) float64 {
	if one, ok := f[Volume]; ok && one.Known(now) {
		return one.Value
	}
	return 0
}
