// Package assess says how good a service is: sets of criteria as data, facts
// that machines, people and forms establish, colours, scores, what to mend
// first. Rules only; nothing here connects, stores or shows.
package assess

import (
	"slices"

	"github.com/jard-odi/jard/lang"
)

// Kind says who establishes the fact behind a criterion.
type Kind string

// The kinds.
const (
	Automatic Kind = "automatic" // the machine, with plain requests or from what it knows
	Browser   Kind = "browser"   // the machine, with a browser when there is one
	Form      Kind = "form"      // the owner or an auditor, with evidence and an expiry
	Survey    Kind = "survey"    // those who used the service
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Automatic, Browser, Form, Survey} }

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Set is a model of assessment by version: an edition is for ever computed
// with the version it was made with.
type Set struct {
	Name     string      `json:"name"`
	Version  int         `json:"version"`
	Title    lang.Text   `json:"title"`
	Source   string      `json:"source"`   // where the model comes from
	Coverage float64     `json:"coverage"` // no score under this share of the weights; 0.6
	Areas    []Area      `json:"areas"`
	Bands    []Band      `json:"bands"` // letters or colours of the whole, the best first
	Caps     []Cap       `json:"caps"`
	Method   Method      `json:"method"`
	Grading  Grading     `json:"grading"` // steps when nothing is said
	Goal     float64     `json:"goal"`    // the score from which a service is at its goal
	Criteria []Criterion `json:"criteria"`
}

// Grading says what a colour is worth.
type Grading string

// The gradings.
const (
	Steps  Grading = "steps"  // green 100, amber 50, red 0
	Linear Grading = "linear" // in proportion between the red line and the green one
)

// Method says how points become a score.
type Method string

// The methods.
const (
	Weighted Method = "weighted" // Σ w·points / Σ w over what is known
	Areas    Method = "areas"    // each area brings at most its points
	Goals    Method = "goals"    // share of criteria that reach their goal
	Index    Method = "index"    // z-scores among all services, then 0 to 1
)

// Area groups criteria.
type Area struct {
	Code   string    `json:"code"`
	Title  lang.Text `json:"title"`
	Points float64   `json:"points"` // of the method "areas": the most it brings
}

// Band names a range of scores.
type Band struct {
	Code  string    `json:"code"`
	Title lang.Text `json:"title"`
	From  float64   `json:"from"` // on a hundred, included
}

// Cap keeps a good average from hiding a red.
type Cap struct {
	Criteria []string `json:"criteria"` // a red in any of these
	Band     string   `json:"band"`     // leaves no better band than this
}

// Criterion is one thing that is looked at.
type Criterion struct {
	Code    string    `json:"code"` // AV1
	Area    string    `json:"area"`
	Title   lang.Text `json:"title"`
	Kind    Kind      `json:"kind"`
	Measure Measure   `json:"measure"` // the fact it goes by
	Weight  float64   `json:"weight"`
	Green   *Line     `json:"green"` // goals; a value between green and red is amber
	Red     *Line     `json:"red"`
	Ease    int       `json:"ease"`    // 1 hard to 5 easy to mend
	Advice  lang.Text `json:"advice"`  // what to do, in plain words
	Snippet string    `json:"snippet"` // name of ready-made server settings, if there are any
	Tags    []string  `json:"tags"`    // "vde:availability", "osi:technology", …
	Expires string    `json:"expires"` // of a form: how long an answer holds, "1y"
	Note    string    `json:"note"`    // provenance of thresholds
	Also    []Part    `json:"also"`    // other measures of the same thing
	Combine Combine   `json:"combine"` // how they are judged together; worst when nothing is said
	Least   int64     `json:"least"`   // observations under which nothing is said
	Plain   bool      `json:"plain"`   // the value is judged as it is, not by its interval
}

// Part is a further measure of a criterion, with lines of its own.
type Part struct {
	Measure Measure `json:"measure"`
	Green   *Line   `json:"green"`
	Red     *Line   `json:"red"`
}

// Combine says how several measures make one colour. What is not known of them
// is left out; the criterion is grey when nothing is known.
type Combine string

// The combinations.
const (
	Worst Combine = "worst" // the worst colour decides
	Share Combine = "share" // all green is green, none green is red, some is amber
)

// Line is where a colour begins.
type Line struct {
	AtLeast *float64 `json:"at_least"`
	AtMost  *float64 `json:"at_most"`
	Below   *float64 `json:"below"` // these two without the line itself
	Above   *float64 `json:"above"`
	Is      string   `json:"is"` // of a word: yes, partly, no
}
