package quality

import (
	"slices"
	"strconv"
	"strings"
)

// Fix is something that would raise a score.
type Fix string

// The fixes.
const (
	AddDistribution Fix = "distribution" // say where the data can be had
	AddKeywords     Fix = "keywords"
	AddTheme        Fix = "theme"
	AddTemporal     Fix = "temporal"
	AddContact      Fix = "contact"
	AddLicence      Fix = "licence"
	ListLicence     Fix = "licence_listed" // a licence that the European list knows
	AddDownload     Fix = "download_url"
	AddFormat       Fix = "format"
	OpenFormat      Fix = "open_format" // a format that everybody's machines read
	AddMediaType    Fix = "media_type"
	AddBytes        Fix = "bytes"
	RepairAccess    Fix = "access_broken"
	RepairDownload  Fix = "download_broken"
)

// Fixes lists them.
func Fixes() []Fix {
	return []Fix{
		AddDistribution, AddKeywords, AddTheme, AddTemporal, AddContact, AddLicence, ListLicence, AddDownload, AddFormat,
		OpenFormat, AddMediaType, AddBytes, RepairAccess, RepairDownload,
	}
}

// remedy is what a fix does: which metrics it makes hold, and when it is asked for.
type remedy struct {
	fix   Fix
	field string // of the form, as the JSON API names it; "url" stands for distributions.N.url
	gives Set
	needs func(dataset Set, r Reading) bool
}

const (
	formats    Set = 1<<FormatAvailability | 1<<MediaTypeAvailability | 1<<FormatMediaTypeAlignment
	openFormat Set = 1<<NonProprietary | 1<<MachineInterpretable
)

func lacks(m Metric) func(Set, Reading) bool {
	return func(dataset Set, r Reading) bool { return !(dataset | r.Holds | r.Unmeasured).Has(m) }
}

// ofDataset are the remedies for the dataset itself.
var ofDataset = []remedy{
	{AddKeywords, "keywords.fr", SetOf(KeywordAvailability), lacks(KeywordAvailability)},
	{AddTheme, "theme", SetOf(CategoryAvailability), lacks(CategoryAvailability)},
	{AddTemporal, "temporal.start", SetOf(TemporalAvailability), lacks(TemporalAvailability)},
	{AddContact, "contact.email", SetOf(ContactPointAvailability), lacks(ContactPointAvailability)},
}

// ofLicence are about the licence, which the dataset has and each distribution carries.
var ofLicence = []remedy{
	{AddLicence, "licence", SetOf(LicenceAvailability), lacks(LicenceAvailability)},
	{ListLicence, "licence", SetOf(KnownLicence), func(_ Set, r Reading) bool {
		return r.Holds.Has(LicenceAvailability) && !r.Holds.Has(KnownLicence)
	}},
}

// ofDistribution are the remedies for one distribution.
var ofDistribution = []remedy{
	{AddDownload, "download_url", SetOf(DownloadURLAvailability), lacks(DownloadURLAvailability)},
	{AddFormat, "format", formats | openFormat, lacks(FormatAvailability)},
	{OpenFormat, "format", openFormat, func(_ Set, r Reading) bool {
		return r.Holds.Has(FormatAvailability) && r.Holds&openFormat != openFormat
	}},
	{AddMediaType, "media_type", SetOf(MediaTypeAvailability, FormatMediaTypeAlignment), func(_ Set, r Reading) bool {
		return r.Holds.Has(FormatAvailability) && !r.Holds.Has(FormatMediaTypeAlignment)
	}},
	{AddBytes, "bytes", SetOf(ByteSizeAvailability), lacks(ByteSizeAvailability)},
	{RepairAccess, "url", SetOf(AccessURLStatus), lacks(AccessURLStatus)},
	{RepairDownload, "download_url", SetOf(DownloadURLStatus), func(_ Set, r Reading) bool {
		return r.Holds.Has(DownloadURLAvailability) && !(r.Holds | r.Unmeasured).Has(DownloadURLStatus)
	}},
}

// Gain is one fix of one entry: where to go, and the points it adds.
type Gain struct {
	Fix    Fix
	Field  string // of the form: "contact.email", "distributions.0.format"
	Points int
	UpTo   bool // the most it can add: it depends on what is written
	To     Band // the band the entry then has
}

// plain is what a distribution written as the guide asks for gives: a CSV file
// with its address, size and media type, before anybody has looked whether it answers.
const plain Set = formats | openFormat | 1<<DownloadURLAvailability | 1<<RightsAvailability | 1<<ByteSizeAvailability

// Gains lists what would raise the score, the most first. Each is what that
// fix adds alone; a fix of the last of several distributions that does not
// make it the best adds nothing and is not listed.
func (m Measurement) Gains() []Gain {
	best, holds, _ := m.best(false)
	total := holds.Points()
	var gains []Gain
	add := func(fix Fix, field string, after Measurement) {
		_, then, _ := after.best(false)
		if points := then.Points(); points > total {
			gains = append(gains, Gain{
				Fix: fix, Field: field, Points: points - total, To: BandOf(float64(points)),
				UpTo: fix == AddFormat || fix == AddDistribution || fix == OpenFormat,
			})
		}
	}
	for _, r := range ofDataset {
		if r.needs(m.Dataset, Reading{}) {
			add(r.fix, r.field, Measurement{m.Dataset | r.gives, m.Distributions})
		}
	}
	if best < 0 {
		add(AddDistribution, "distributions", Measurement{m.Dataset, []Reading{{Holds: plain}}})
		return sorted(gains)
	}
	for _, r := range ofLicence {
		if r.needs(m.Dataset, m.Distributions[best]) {
			add(r.fix, r.field, m.each(r.gives))
		}
	}
	for n, x := range m.Distributions {
		for _, r := range ofDistribution {
			if !x.Lost && r.needs(m.Dataset, x) {
				add(r.fix, "distributions."+strconv.Itoa(n)+"."+r.field, m.with(n, r.gives))
			}
		}
	}
	return sorted(gains)
}

// each gives every distribution what is given; with gives it to the nth only.
func (m Measurement) each(gives Set) Measurement {
	out := Measurement{m.Dataset, slices.Clone(m.Distributions)}
	for n := range out.Distributions {
		out.Distributions[n].Holds |= gives
	}
	return out
}

func (m Measurement) with(n int, gives Set) Measurement {
	out := Measurement{m.Dataset, slices.Clone(m.Distributions)}
	out.Distributions[n].Holds |= gives
	return out
}

func sorted(gains []Gain) []Gain {
	slices.SortStableFunc(gains, func(a, b Gain) int {
		if a.Points != b.Points {
			return b.Points - a.Points
		}
		return strings.Compare(a.Field, b.Field)
	})
	return gains
}
