// Package search finds entries of the register as people type: in French,
// Arabic and English, without accents, with a slip of the finger, by the
// beginning of a word. It keeps an index in memory, ranks what it finds, and
// counts what each further filter would leave. It knows no database: whoever
// holds an Index fills it and keeps it current.
package search

import "time"

// The columns an entry is filtered and counted by.
const (
	ByInstitution = iota
	ByTheme
	ByFormat
	ByLicence
	ByOpenness
	ByFrequency
	ByGovernorate
	ByState
	ByLife  // how far it has come on its way to the public
	Columns // how many there are
)

// Document is an entry as search sees it.
type Document struct {
	ID          string
	Ref         string
	Stamp       int64    // differs whenever anything else but Late does
	Title       []string // one for each language
	Keywords    []string
	Institution []string
	Description []string
	Files       []string          // names of files and of their columns
	Values      [Columns][]string // what it is filtered by
	Order       string            // what sorting by title compares
	Modified    int64             // microseconds
	Late        int64             // microseconds from when it is late; 0 when it never is
}

// Duty says how an entry stands with its promise of updates.
type Duty string

// The duties.
const (
	Late   Duty = "late"
	OnTime Duty = "on_time"
	NoDate Duty = "no_date" // nothing is due: fixed data, or nothing promised
)

// Sort is an order of results. Equals stand by date, then by id, so that pages
// neither overlap nor leave anything out.
type Sort string

// The orders.
const (
	ByRelevance Sort = "relevance"
	ByModified  Sort = "modified" // the last changed first
	ByTitle     Sort = "title"
	ByLate      Sort = "late" // the longest late first
)

// Request asks for some of what the index holds.
type Request struct {
	Q       string
	Filters [Columns][]string // any of the values; nil filters nothing
	Duty    Duty              // empty filters nothing
	Sort    Sort              // empty: by relevance when there are words, else by date
	From    int               // how many to leave out
	Size    int
	Facets  bool // count them
	Now     time.Time
}

// Count is one value of a column and how many entries it would leave.
type Count struct {
	Value string
	N     int
}

// Result is what was found.
type Result struct {
	IDs     []string
	Total   int
	Facets  [Columns][]Count // each counted with every filter but its own
	Duties  map[Duty]int
	Meant   string   // the words with the slips mended, when only the mended ones were found
	Partly  bool     // nothing has every word; what was found has all but one
	Cut     bool     // the question was too long, and its end did not count
	Dropped []string // words that nothing in the register resembles
	Marks   Marks    // what to show as found
}

// What one question may cost. A question is words, and nobody asks in more.
const (
	MaxQuery = 500 // bytes that are read
	MaxWords = 16
	maxWord  = 60 // bytes of one word

	prefixTerms = 64
	prefixStems = 64
	nearTerms   = 12
)

// The weight of the field in which a word stands.
const (
	inTitle uint8 = 1 << iota
	inKeywords
	inInstitution
	inDescription
	inFiles
	allFields = inTitle | inKeywords | inInstitution | inDescription | inFiles
)

// How much less than the word itself something similar counts.
const (
	asWritten float32 = 1
	asStem    float32 = .75
	asJoined  float32 = .6
	asSynonym float32 = .65
	asPrefix  float32 = .5
	asNear    float32 = .3
)

// fieldWeight is the weight of a word that stands in these fields: that of the
// best one, and a little for each further one.
func fieldWeight(mask uint8) float32 {
	var best, sum float32
	for _, one := range []struct {
		field  uint8
		weight float32
	}{{inTitle, 10}, {inKeywords, 6}, {inInstitution, 4}, {inDescription, 2.5}, {inFiles, 2}} {
		if mask&one.field != 0 {
			best = max(best, one.weight)
			sum += one.weight
		}
	}
	return best + .1*(sum-best)
}
