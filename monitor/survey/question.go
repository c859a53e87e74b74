// Package survey asks people who used a service how it went, and says what
// their answers are worth: question sets, answers, who may answer how often,
// waves, scores. Rules only; nothing here connects, stores or shows.
package survey

import (
	"slices"

	"github.com/jard-odi/jard/lang"
)

// Kind says how a question is answered.
type Kind string

// The kinds.
const (
	Rating Kind = "rating" // one of a row of points, the worst first
	Faces  Kind = "faces"  // one of three faces
	Choice Kind = "choice" // one of some words
	Text   Kind = "text"   // in one's own words
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Rating, Faces, Choice, Text} }

// Valid tells whether k is a kind we know.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Set is what is asked, in an order, by version: an answer is for ever read
// with the version it was given to.
type Set struct {
	Name      string     `json:"name"`
	Version   int        `json:"version"`
	Title     lang.Text  `json:"title"`
	Questions []Question `json:"questions"`
}

// Question is one thing that is asked.
type Question struct {
	Code     string    `json:"code"` // satisfaction, clarity, …: what scores and files call it
	Kind     Kind      `json:"kind"`
	Points   int       `json:"points"` // of a rating: 3, 5, 7, 10, or 11 for 0 to 10
	Text     lang.Text `json:"text"`
	Low      lang.Text `json:"low"`  // what the first point of a rating says
	High     lang.Text `json:"high"` // what the last says
	Choices  []Option  `json:"choices"`
	Required bool      `json:"required"`
	When     *When     `json:"when"` // asked only then; nil is always
	Source   string    `json:"source"`
}

// Option is a word that may be chosen.
type Option struct {
	Code string    `json:"code"`
	Text lang.Text `json:"text"`
}

// When is a skip rule: the question is asked if an earlier one was answered so.
type When struct {
	Question string   `json:"question"`
	Is       []string `json:"is"`      // one of these codes
	AtMost   int      `json:"at_most"` // or a point no higher
	AtLeast  int      `json:"at_least"`
}

// Codes of questions that scores and the assessment ask for by name.
const (
	Ease         = "ease" // the national portal's own question
	Satisfaction = "satisfaction"
	Clarity      = "clarity"
	HelpReached  = "help_reached"
	HelpUseful   = "help_useful"
	Finished     = "finished"
	Office       = "office" // did you still have to go there?
	Effort       = "effort"
	Comment      = "comment"
)
