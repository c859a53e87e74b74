package inventory

import "github.com/jard-odi/jard/lang"

// Vocabulary is the reference data that content is written in, with its
// version: codes, their names, and the words people use for them. It is data,
// loaded by `jard seed` and editable by the operator, because a jurist must be
// able to correct it without a release.
type Vocabulary struct {
	Frequencies  []Frequency
	Themes       []Theme
	Licences     []Licence
	Governorates []Governorate
	Holidays     []Holiday
	Grounds      []Ground
	Rules        []Rule
	Wordings     []Wording
	Portals      []Portal // catalogues whose datasets also reach the national one

	// Screen finds signs of persons in the words of a description; nil finds none. It is no reference data:
	// the store sets it, because the room of the rules cannot see the room that screens.
	Screen func(Content) []Sign `json:"-"`
}

// Effect says what a rule of completeness does to a submission.
type Effect string

// The effects.
const (
	Refuse Effect = "refuse" // the submission is refused
	Warn   Effect = "warn"   // officer and reviewer are told
	Ignore Effect = "ignore" // the rule is off
)

// Rule is one line of the decree as the register reads it: which article asks
// for what, how sure that is, and which check keeps it. Wording and numbers
// live here, as data, so that a jurist corrects them without a release.
type Rule struct {
	Code      string `gorm:"primaryKey"` // "metadata.arabic"; the checks ask for their effect by it
	Position  int
	Article   string
	Duty      lang.Text `gorm:"serializer:json"` // what is asked, in plain words
	Effect    Effect    // empty for a line that no check keeps yet
	Status    string    // S seen, T third party, I inferred, ? unknown
	Certainty string    // shown beside it: "à valider juridiquement"
	Source    string
}

// DueRule says how the due date follows from the last update.
type DueRule string

// The rules, as frequencies.csv words them in its due_rule column.
const (
	NoDue       DueRule = "none"     // never due (fixed data)
	Attest      DueRule = "attest"   // no due date; a confirmation every year
	Calendar    DueRule = "calendar" // anchored to the calendar period: month, quarter, year …
	Interval    DueRule = "interval" // weeks, halves of a month, days: anchored to the calendar as well
	NextWorkday DueRule = "workday"  // the next working day
	Anchored    DueRule = "anchored" // a day of the year set per dataset (campaigns)
	Defect      DueRule = "defect"   // no frequency: blocks approval
)

// Frequency is one update duty of the vocabulary.
type Frequency struct {
	Code       string    `gorm:"primaryKey"`
	Position   int       // order in lists
	Name       lang.Text `gorm:"serializer:json"`
	CKAN       string    // value of frequency_update
	EU         string    // code of the EU frequency list
	ISO8601    string    // P1M, PT15M …; empty when there is no interval
	Accrual    string    // data.json accrualPeriodicity
	LagDays    int       // between the end of a period and when its data are due
	GraceDays  int
	Rule       DueRule
	Synonyms   []string `gorm:"serializer:json"`
	Provenance string
}

// Theme is one subject of the vocabulary.
type Theme struct {
	Code       string `gorm:"primaryKey"`
	Position   int
	Name       lang.Text `gorm:"serializer:json"`
	EU         string    // code of the EU data-theme list
	URI        string
	Provenance string
}

// Licence is one licence of the vocabulary.
type Licence struct {
	Code       string `gorm:"primaryKey"`
	Position   int
	Name       lang.Text `gorm:"serializer:json"`
	PortalID   string    // the portal's license_id
	URL        string
	SPDX       string
	AliasOf    string // code this one is another spelling of
	Approvable string // default, yes, warning, review, no
	Provenance string
}

// Governorate is one of the 24.
type Governorate struct {
	Code       string `gorm:"primaryKey"` // ISO 3166-2, TN-61; never the INS key, which clashes
	Position   int
	Name       lang.Text `gorm:"serializer:json"`
	URI        string    // in GeoNames, which is what the rest of the world knows it by
	Provenance string
}

// Holiday is a day off: fixed ones by month and day, announced ones by date.
type Holiday struct {
	Day        string    `gorm:"primaryKey"` // "05-01" every year, "2026-03-20" once
	Name       lang.Text `gorm:"serializer:json"`
	Confirmed  bool      // false: expected by calculation, the announcement decides
	Provenance string
}

// Wording is a group of words and phrases that mean the same, in whichever
// languages: who searches for one finds the others.
type Wording struct {
	Code       string `gorm:"primaryKey"`
	Position   int
	Terms      []string `gorm:"serializer:json"`
	Provenance string
}

// Ground is one legal ground for not opening a dataset. Which text it stands
// on is data, so that a jurist corrects it without a release.
type Ground struct {
	Code      string `gorm:"primaryKey"`
	Position  int
	Name      lang.Text `gorm:"serializer:json"`
	Basis     string    // the text it is taken from
	Certainty string    // shown beside it: "à valider juridiquement"
}
