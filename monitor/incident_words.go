package monitor

import (
	"errors"
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// IncidentNote is what somebody wrote about an incident while it lasted, or
// after: for everybody, or for the desk only.
type IncidentNote struct {
	ID       int64 `gorm:"primaryKey"`
	Incident int64
	At       time.Time
	By       string    // account
	Author   string    // name, for the desk
	Public   bool      // the public reads it, without its author
	Text     lang.Text `gorm:"serializer:json"` // in one language or several
	// Institutions are those whose part it is about; empty: it speaks to all of
	// the inside. Only the operator does that.
	Institutions []string `gorm:"serializer:json"`
}

// ReadBy tells whether by may read the note on i.
func (n *IncidentNote) ReadBy(by identity.Actor, i *Incident) bool {
	return n.Public || n.SignedFor(by, i)
}

// SignedFor tells whether by may know who wrote the note on i: whoever is told
// of the part that it is about.
func (n *IncidentNote) SignedFor(by identity.Actor, i *Incident) bool {
	if len(n.Institutions) == 0 {
		return i.SeenBy(by)
	}
	return slices.ContainsFunc(n.Institutions, func(slug string) bool { return by.May(identity.ReadServices, slug) })
}

// MaxIncidentText is how long a note, or an answer of a review, may be.
const MaxIncidentText = 4000

// Note returns what by writes about the incident, if by may: for the desk who
// answers for one of its services, and then only those who may see that part
// read it; for the public who answers for all.
func (i *Incident) Note(by identity.Actor, public bool, text lang.Text, now time.Time) (IncidentNote, error) {
	may := i.TakenBy
	if public {
		may = i.RuledBy
	}
	if err := may(by); err != nil {
		return IncidentNote{}, err
	}
	if err := wordFaults("text", text, true); err != nil {
		return IncidentNote{}, err
	}
	i.Revision++
	note := IncidentNote{
		Incident: i.ID, At: now, By: by.Account, Author: by.Name, Public: public, Text: text.Clean(), Institutions: []string{},
	}
	if !by.Everywhere(identity.ManageService) {
		note.Institutions = slices.DeleteFunc(i.Institutions(), func(slug string) bool { return !by.May(identity.ManageService, slug) })
	}
	return note, nil
}

// wordFaults returns what is wrong with a text in several languages.
func wordFaults(field string, text lang.Text, must bool) error {
	var faults []error
	if must && text.Empty() {
		faults = append(faults, fault.At(field, "fault.required"))
	}
	codes := make([]string, 0, len(text))
	for code := range text {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		if !lang.Tag(code).Valid() {
			faults = append(faults, fault.At(field+"."+clip(code, 20), "service.language.unknown", clip(code, 20)))
			continue
		}
		faults = append(faults, textFault(field+"."+code, text[code], MaxIncidentText))
	}
	return errors.Join(faults...)
}

// Review is what was learnt from an incident, once it is over.
type Review struct {
	Incident    int64     `gorm:"primaryKey;autoIncrement:false"`
	What        lang.Text `gorm:"serializer:json"` // what happened, as people met it
	Cause       lang.Text `gorm:"serializer:json"`
	Done        lang.Text `gorm:"serializer:json"` // what was done to end it
	Change      lang.Text `gorm:"serializer:json"` // what will be different from now on
	By          string    // account
	Author      string    // name, for the desk
	WrittenAt   time.Time
	PublishedAt *time.Time // nil: a draft, for the desk only
}

// TableName names the table of reviews.
func (Review) TableName() string { return "incident_reviews" }

// Published tells whether the public may read it.
func (r *Review) Published() bool { return r != nil && r.PublishedAt != nil }

// WriteReview keeps what by writes, as a draft or for everybody to read. To be
// published it must answer all of its questions, and the incident be over. What
// was published is corrected in the open, and not taken back to a draft.
func (i *Incident) WriteReview(by identity.Actor, want Review, publish bool, now time.Time) error {
	if err := i.RuledBy(by); err != nil {
		return err
	}
	var faults []error
	for _, part := range []struct {
		field string
		text  lang.Text
	}{{"what", want.What}, {"cause", want.Cause}, {"done", want.Done}, {"change", want.Change}} {
		faults = append(faults, wordFaults(part.field, part.text, publish || i.Review.Published()))
	}
	if publish && i.Open() {
		faults = append(faults, fault.New(fault.Conflict, "incident.review.open"))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	r := Review{
		Incident: i.ID, What: want.What.Clean(), Cause: want.Cause.Clean(), Done: want.Done.Clean(), Change: want.Change.Clean(),
		By: by.Account, Author: by.Name, WrittenAt: now,
	}
	if i.Review.Published() {
		r.PublishedAt = i.Review.PublishedAt
	} else if publish {
		r.PublishedAt = &now
	}
	i.Review = &r
	i.Revision++
	return nil
}
