package quality

import (
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// Links tells with which HTTP status an address answered when it was last
// looked at; known is false when nobody has looked. Nil means that nobody looks.
type Links func(address string) (status int, known bool)

// Measurement is what holds of an entry: the whole of what a score needs.
type Measurement struct {
	Dataset       Set
	Distributions []Reading
}

// Reading is what holds of one distribution. A status that nobody has looked
// at is neither good nor bad: it counts for nothing, and is not held against it.
type Reading struct {
	Holds      Set
	Unmeasured Set
	Lost       bool // the catalogue leaves it out
}

// always holds of every entry that the catalogue publishes: it names the
// institution, the access rights, both dates, and the whole country where no
// governorate is named.
const always Set = 1<<SpatialAvailability | 1<<AccessRightsAvailability | 1<<AccessRightsAlignment |
	1<<PublisherAvailability | 1<<DateIssuedAvailability | 1<<DateModifiedAvailability

// Measure looks at c as the catalogue will write it. The operator's mailbox,
// which stands in the feed where there is no other, does not count: the method
// asks whether somebody answers for the data.
func Measure(c *inventory.Content, v *inventory.Vocabulary, links Links) Measurement {
	m := Measurement{Dataset: always}
	give := func(holds bool, metric Metric) {
		if holds {
			m.Dataset |= 1 << metric
		}
	}
	give(catalogue.Titled(*c), ProfileCompliance)
	give(catalogue.KeywordsClaimed(c.Keywords), KeywordAvailability)
	if theme, ok := v.Theme(c.Theme); ok {
		give(catalogue.ThemeClaimed(theme), CategoryAvailability)
	}
	give(c.TemporalStart != "" && c.TemporalStart.Valid() || c.TemporalEnd != "" && c.TemporalEnd.Valid(), TemporalAvailability)
	give(catalogue.MailClaimed(c.ContactEmail), ContactPointAvailability)
	licence := licenceSet(c, v)
	m.Distributions = make([]Reading, len(c.Distributions))
	for n, x := range c.Distributions {
		m.Distributions[n] = read(x, licence, links)
	}
	return m
}

// licenceSet is what the licence gives each distribution.
func licenceSet(c *inventory.Content, v *inventory.Vocabulary) Set {
	l, ok := v.Licence(c.Licence)
	switch {
	case !ok:
		return 0
	case catalogue.ListedLicence(l):
		return SetOf(LicenceAvailability, KnownLicence)
	}
	return SetOf(LicenceAvailability)
}

func read(x inventory.Distribution, licence Set, links Links) Reading {
	said, ok := catalogue.ClaimsOf(x)
	if !ok {
		return Reading{Lost: true}
	}
	r := Reading{Holds: licence | SetOf(RightsAvailability) | formatSet(said.FileType, said.MediaType)}
	if said.Bytes {
		r.Holds |= SetOf(ByteSizeAvailability)
	}
	r.look(said.Access, AccessURLStatus, links)
	if said.Download != "" {
		r.Holds |= SetOf(DownloadURLAvailability)
		r.look(said.Download, DownloadURLStatus, links)
	}
	return r
}

// look notes how an address answered.
func (r *Reading) look(address string, m Metric, links Links) {
	if links == nil {
		r.Unmeasured |= SetOf(m)
		return
	}
	switch status, known := links(address); {
	case !known:
		r.Unmeasured |= SetOf(m)
	case status >= 200 && status <= 299:
		r.Holds |= SetOf(m)
	}
}

// formatSet is what a format of the EU list and a media type give.
func formatSet(fileType, media string) Set {
	var s Set
	if fileType != "" {
		s |= SetOf(FormatAvailability)
	}
	byMedia := ""
	if media != "" {
		s |= SetOf(MediaTypeAvailability)
		byMedia = catalogue.FileTypeOfMedia(media)
	}
	if fileType != "" && registered[media] {
		s |= SetOf(FormatMediaTypeAlignment)
	}
	if nonProprietary[fileType] || nonProprietary[byMedia] {
		s |= SetOf(NonProprietary)
	}
	if machineReadable[fileType] || machineReadable[byMedia] {
		s |= SetOf(MachineInterpretable)
	}
	return s
}
