package mandate

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Quality is what a member of the committee sits for.
type Quality string

// The qualities.
const (
	PublicBody   Quality = "public"
	PrivateBody  Quality = "private"
	CivilSociety Quality = "civil"
)

// Qualities lists them in the order of a form.
func Qualities() []Quality { return []Quality{PublicBody, PrivateBody, CivilSociety} }

// Member is one term of one member. Who is renewed begins a new one; past ones
// are kept.
type Member struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	Quality      Quality
	Organisation string
	ActRef       string // the appointment
	ActDay       inventory.Date
	StartsOn     inventory.Date
	EndsOn       inventory.Date // last day of the term
	LeftOn       inventory.Date // last day when the member left before
	LeftReason   string
	Renews       string // id of the term before
	CreatedAt    time.Time
	RequestKey   string
}

// TableName names the table of members.
func (Member) TableName() string { return "committee_members" }

// Appoint enters a member. Without an end the term is as long as the rules say.
func Appoint(by identity.Actor, m Member, terms Terms, now time.Time) (*Member, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	for _, s := range []*string{&m.Name, &m.Organisation, &m.ActRef} {
		*s = strings.TrimSpace(*s)
	}
	f := &faults{}
	f.line("name", m.Name, maxLine, true)
	if !slices.Contains(Qualities(), m.Quality) {
		f.at("quality", "fault.unknown_value", clip(string(m.Quality)))
	}
	f.line("organisation", m.Organisation, maxLine, true)
	f.line("act_ref", m.ActRef, maxLine, true)
	if f.day("act_day", m.ActDay, true) && m.ActDay > inventory.DateOf(now, inventory.Tunis()) {
		f.at("act_day", "mandate.act_day.future")
	}
	sound := f.day("starts_on", m.StartsOn, true)
	if m.EndsOn == "" && sound && terms.MemberYears > 0 {
		m.EndsOn = lastDay(m.StartsOn, terms.MemberYears)
	}
	if f.day("ends_on", m.EndsOn, terms.MemberYears == 0) && sound && m.EndsOn < m.StartsOn && m.EndsOn != "" {
		f.at("ends_on", "mandate.ends_on.before")
	}
	if sound && terms.MemberYears > 0 && m.EndsOn > lastDay(m.StartsOn, terms.MemberYears) {
		f.at("ends_on", "mandate.member.too_long", terms.MemberYears)
	}
	if err := f.join(); err != nil {
		return nil, err
	}
	m.LeftOn, m.LeftReason, m.CreatedAt = "", "", now
	return &m, nil
}

// lastDay is the day before the anniversary.
func lastDay(start inventory.Date, years int) inventory.Date {
	t, _ := start.In(inventory.Tunis())
	return inventory.DateOf(t.AddDate(years, 0, -1), inventory.Tunis())
}

// Renew begins the member's next term, on the day after this one unless said
// otherwise.
func (m Member) Renew(by identity.Actor, actRef string, actDay, starts inventory.Date, terms Terms, now time.Time) (*Member, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	if m.LeftOn != "" {
		return nil, fault.New(fault.Conflict, "mandate.member.left")
	}
	if starts == "" {
		starts = inventory.DateOf(dayAfter(m.EndsOn), inventory.Tunis())
	}
	if starts.Plausible() && starts <= m.EndsOn {
		return nil, fault.At("starts_on", "mandate.member.overlap")
	}
	return Appoint(by, Member{
		Name: m.Name, Quality: m.Quality, Organisation: m.Organisation, ActRef: actRef, ActDay: actDay, StartsOn: starts, Renews: m.ID,
	}, terms, now)
}

// Leave ends a term before its time, saying why.
func (m *Member) Leave(by identity.Actor, on inventory.Date, reason string, _ time.Time) error {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return err
	}
	if m.LeftOn != "" {
		return fault.New(fault.Conflict, "mandate.member.left")
	}
	f := &faults{}
	if f.day("on", on, true) && (on < m.StartsOn || on > m.EndsOn) {
		f.at("on", "mandate.member.outside")
	}
	f.text("reason", reason, maxNote, true)
	if err := f.join(); err != nil {
		return err
	}
	m.LeftOn, m.LeftReason = on, strings.TrimSpace(reason)
	return nil
}

// TermState says how a term stands on a day.
type TermState string

// The states of a term.
const (
	Coming  TermState = "coming"
	Serving TermState = "serving"
	Expires TermState = "expires" // the end is near
	Over    TermState = "over"
)

// Last is the last day of the term as it came about.
func (m Member) Last() inventory.Date {
	if m.LeftOn != "" {
		return m.LeftOn
	}
	return m.EndsOn
}

// Term says how the term stands now, and how many days remain. within is the
// narrowest alert that it has reached, 0 when none.
func (m Member) Term(terms Terms, now time.Time) (state TermState, left, within int) {
	today := inventory.DateOf(now, inventory.Tunis())
	switch {
	case today < m.StartsOn:
		return Coming, 0, 0
	case today > m.Last():
		return Over, 0, 0
	}
	end, _ := m.Last().In(inventory.Tunis())
	begin, _ := today.In(inventory.Tunis())
	left = int(end.Sub(begin).Hours()+12) / 24
	state = Serving
	for _, days := range terms.MemberAlerts {
		if left <= days {
			state = Expires
			if within == 0 || days < within {
				within = days
			}
		}
	}
	return state, left, within
}
