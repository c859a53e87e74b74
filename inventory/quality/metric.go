// Package quality scores descriptions by the European metadata quality method
// (23 metrics, 405 points), says which fields would raise the score and by how
// much, and what a portal will make of an entry. It judges descriptions, never
// data, and it is no legal verdict.
package quality

import (
	"math/bits"
)

// Metric is one of the 23 questions of the method.
type Metric int

// The metrics, in the order of the published tables.
const (
	KeywordAvailability Metric = iota
	CategoryAvailability
	SpatialAvailability
	TemporalAvailability
	AccessURLStatus
	DownloadURLAvailability
	DownloadURLStatus
	FormatAvailability
	MediaTypeAvailability
	FormatMediaTypeAlignment
	NonProprietary
	MachineInterpretable
	ProfileCompliance
	LicenceAvailability
	KnownLicence
	AccessRightsAvailability
	AccessRightsAlignment
	ContactPointAvailability
	PublisherAvailability
	RightsAvailability
	ByteSizeAvailability
	DateIssuedAvailability
	DateModifiedAvailability
	metricCount
)

// Dimension is what a group of metrics is about.
type Dimension string

// The dimensions.
const (
	Findability      Dimension = "findability"
	Accessibility    Dimension = "accessibility"
	Interoperability Dimension = "interoperability"
	Reusability      Dimension = "reusability"
	Contextuality    Dimension = "contextuality"
)

// Dimensions lists them in the order of the published tables.
func Dimensions() []Dimension {
	return []Dimension{Findability, Accessibility, Interoperability, Reusability, Contextuality}
}

type definition struct {
	code      string
	dimension Dimension
	points    int
	ofDataset bool
}

// definitions are the published point values. The two dates may stand on the
// dataset or on the distribution and count once.
var definitions = [...]definition{
	KeywordAvailability:      {"keywordAvailability", Findability, 30, true},
	CategoryAvailability:     {"categoryAvailability", Findability, 30, true},
	SpatialAvailability:      {"spatialAvailability", Findability, 20, true},
	TemporalAvailability:     {"temporalAvailability", Findability, 20, true},
	AccessURLStatus:          {"accessUrlStatusCode", Accessibility, 50, false},
	DownloadURLAvailability:  {"downloadUrlAvailability", Accessibility, 20, false},
	DownloadURLStatus:        {"downloadUrlStatusCode", Accessibility, 30, false},
	FormatAvailability:       {"formatAvailability", Interoperability, 20, false},
	MediaTypeAvailability:    {"mediaTypeAvailability", Interoperability, 10, false},
	FormatMediaTypeAlignment: {"formatMediaTypeVocabularyAlignment", Interoperability, 10, false},
	NonProprietary:           {"formatMediaTypeNonProprietary", Interoperability, 20, false},
	MachineInterpretable:     {"formatMediaTypeMachineInterpretable", Interoperability, 20, false},
	ProfileCompliance:        {"dcatApCompliance", Interoperability, 30, true},
	LicenceAvailability:      {"licenceAvailability", Reusability, 20, false},
	KnownLicence:             {"knownLicence", Reusability, 10, false},
	AccessRightsAvailability: {"accessRightsAvailability", Reusability, 10, true},
	AccessRightsAlignment:    {"accessRightsVocabularyAlignment", Reusability, 5, true},
	ContactPointAvailability: {"contactPointAvailability", Reusability, 20, true},
	PublisherAvailability:    {"publisherAvailability", Reusability, 10, true},
	RightsAvailability:       {"rightsAvailability", Contextuality, 5, false},
	ByteSizeAvailability:     {"byteSizeAvailability", Contextuality, 5, false},
	DateIssuedAvailability:   {"dateIssuedAvailability", Contextuality, 5, true},
	DateModifiedAvailability: {"dateModifiedAvailability", Contextuality, 5, true},
}

// Metrics lists every metric.
func Metrics() []Metric {
	all := make([]Metric, metricCount)
	for n := range all {
		all[n] = Metric(n)
	}
	return all
}

// String is the metric's name in the method's own vocabulary.
func (m Metric) String() string { return definitions[m].code }

// Dimension is what the metric is about.
func (m Metric) Dimension() Dimension { return definitions[m].dimension }

// Points is what the metric is worth.
func (m Metric) Points() int { return definitions[m].points }

// OfDataset tells whether the metric is asked of the dataset, not of the way
// to get it.
func (m Metric) OfDataset() bool { return definitions[m].ofDataset }

// Possible is the highest score there is.
const Possible = 405

// Set is a set of metrics.
type Set uint32

// SetOf returns the set of the given metrics.
func SetOf(metrics ...Metric) Set {
	var s Set
	for _, m := range metrics {
		s |= 1 << m
	}
	return s
}

// Has tells whether m is in the set.
func (s Set) Has(m Metric) bool { return s>>m&1 == 1 }

// Points is what the metrics of the set are worth together.
func (s Set) Points() int {
	sum := 0
	for ; s != 0; s &= s - 1 {
		sum += definitions[bits.TrailingZeros32(uint32(s))].points
	}
	return sum
}

// Band is the class of a score: all that the European portal shows of it.
type Band string

// The bands, the best first.
const (
	Excellent  Band = "excellent"
	Good       Band = "good"
	Sufficient Band = "sufficient"
	Bad        Band = "bad"
)

// Bands lists them, the best first.
func Bands() []Band { return []Band{Excellent, Good, Sufficient, Bad} }

// BandOf is the band of a score, or of a mean of scores. Exactly 120 is
// Sufficient: the published prose and code disagree, and the code decides. A
// mean between two whole scores belongs to the lower band.
func BandOf(points float64) Band {
	switch {
	case points >= 351:
		return Excellent
	case points >= 221:
		return Good
	case points >= 120:
		return Sufficient
	}
	return Bad
}
