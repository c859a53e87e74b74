package portal

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Kind says what is wrong: a closed set, so that it can label a metric.
type Kind string

// The kinds.
const (
	Missing   Kind = "missing"   // approved, and not on the portal
	Differs   Kind = "differs"   // there, and says something else
	Undeleted Kind = "undeleted" // deleted here, alive there
	Duplicate Kind = "duplicate" // there more than once
	Stray     Kind = "stray"     // there, claims to be ours, and never was
)

// Kinds lists the kinds in the order they are shown: what cannot wait first.
func Kinds() []Kind { return []Kind{Undeleted, Missing, Differs, Duplicate, Stray} }

// Valid tells whether there is such a kind.
func (k Kind) Valid() bool { return slices.Contains(Kinds(), k) }

// Observation is what one read of the portal shows to be wrong.
type Observation struct {
	Kind        Kind
	Subject     string // our UUID; the portal's id of a stray
	Field       Field  // of what differs
	Ref         string
	Institution string // empty: nobody's
	Title       string
	PortalID    string
	PortalName  string // the slug there
	Ours        string
	Theirs      string
}

// Finding is an observation with its life: open since, seen last, gone. What
// comes back is the same finding again.
type Finding struct {
	ID          string `gorm:"primaryKey"`
	Kind        Kind
	Subject     string
	Field       Field
	Ref         string
	Institution string
	Title       string
	PortalID    string
	PortalName  string
	Ours        string
	Theirs      string

	OpenedAt time.Time
	SeenAt   time.Time
	GoneAt   *time.Time
	Times    int // how often it came
	Revision int

	AcknowledgedBy string // account id
	AcknowledgedAt *time.Time
	Reason         string // why it may stand
}

// TableName names the table of findings.
func (Finding) TableName() string { return "portal_findings" }

// Key tells one finding from another.
type Key struct {
	Kind    Kind
	Subject string
	Field   Field
}

// Key returns what the observation is about.
func (o *Observation) Key() Key { return Key{o.Kind, o.Subject, o.Field} }

// Key returns what the finding is about.
func (f *Finding) Key() Key { return Key{f.Kind, f.Subject, f.Field} }

// Open tells whether it stood when the portal was read last.
func (f *Finding) Open() bool { return f.GoneAt == nil }

// Acknowledged tells whether somebody said that it may stand.
func (f *Finding) Acknowledged() bool { return f.AcknowledgedAt != nil }

// See notes that a read of the portal shows it. What was acknowledged was
// acknowledged as it stood: with other values it wants to be looked at again.
func (f *Finding) See(o Observation, now time.Time) {
	fresh := f.Times == 0 || f.GoneAt != nil
	if fresh {
		f.OpenedAt, f.GoneAt = now, nil
		f.Times++
	}
	if fresh || f.Ours != o.Ours || f.Theirs != o.Theirs {
		f.AcknowledgedBy, f.AcknowledgedAt, f.Reason = "", nil, ""
		f.Revision++
	}
	f.Kind, f.Subject, f.Field = o.Kind, o.Subject, o.Field
	f.Ref, f.Institution, f.Title = o.Ref, o.Institution, short(o.Title, shown)
	f.PortalID, f.PortalName = short(o.PortalID, 200), short(o.PortalName, 200)
	f.Ours, f.Theirs, f.SeenAt = o.Ours, o.Theirs, now
}

// Miss notes that a read of the portal no longer shows it.
func (f *Finding) Miss(now time.Time) {
	if f.GoneAt == nil {
		f.GoneAt = &now
		f.Revision++
	}
}

const longestReason = 500

// Acknowledge says that it may stand, and why. It is the operator's.
func (f *Finding) Acknowledge(by identity.Actor, reason string, now time.Time) error {
	if err := by.Must(identity.KeepPortal, ""); err != nil {
		return err
	}
	reason = strings.TrimSpace(strings.ToValidUTF8(reason, ""))
	switch {
	case !f.Open():
		return fault.New(fault.Conflict, "portal.finding.gone")
	case reason == "":
		return fault.At("reason", "fault.required")
	case utf8.RuneCountInString(reason) > longestReason:
		return fault.At("reason", "portal.reason.long", longestReason)
	}
	f.AcknowledgedBy, f.AcknowledgedAt, f.Reason = by.Account, &now, reason
	f.Revision++
	return nil
}

// Reopen takes the acknowledgement back.
func (f *Finding) Reopen(by identity.Actor) error {
	if err := by.Must(identity.KeepPortal, ""); err != nil {
		return err
	}
	if !f.Acknowledged() {
		return fault.New(fault.Conflict, "portal.finding.not_acknowledged")
	}
	f.AcknowledgedBy, f.AcknowledgedAt, f.Reason = "", nil, ""
	f.Revision++
	return nil
}
