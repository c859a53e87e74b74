package notice

import (
	"time"

	"github.com/jard-odi/jard/fault"
)

// LinkAct is the one thing a signed link may do.
type LinkAct string

// The acts of links.
const (
	Confirm LinkAct = "confirm" // nothing changed in the period
	Update  LinkAct = "update"  // there are new data, of a day
	Stop    LinkAct = "stop"    // no more mail than duty demands
)

// Link is a signed link in a mail. The secret is in the mail only; here is its
// hash. It opens one act of one account on one dataset and period, once.
type Link struct {
	Hash      string `gorm:"primaryKey"`
	Account   string
	Act       LinkAct
	DatasetID string
	Ref       string
	Period    string
	CreatedAt time.Time
	ExpiresAt time.Time
	TakenAt   *time.Time // the act began
	UsedAt    *time.Time // the act was done
}

// TableName names the table of links.
func (Link) TableName() string { return "notice_links" }

// How long links open something, and how long an act may take before it is
// taken to have failed with the program.
const (
	LinkAge = 14 * 24 * time.Hour
	StopAge = 366 * 24 * time.Hour // who opens an old mail must still be able to stop the next
	acting  = 2 * time.Minute
	skew    = time.Hour // how far in the future a link may have been made
)

// Open tells whether the link may act at now, or why not any more.
func (l *Link) Open(now time.Time) error {
	switch {
	case l.UsedAt != nil:
		return fault.New(fault.Gone, "notice.link.used")
	case now.After(l.ExpiresAt), now.Before(l.CreatedAt.Add(-skew)):
		return fault.New(fault.Gone, "notice.link.expired")
	}
	return nil
}

// Take begins the act. Somebody who clicks twice begins once; an act that
// never ended, because the program did, may be begun again.
func (l *Link) Take(now time.Time) error {
	if err := l.Open(now); err != nil {
		return err
	}
	if l.TakenAt != nil && now.Sub(*l.TakenAt) < acting && !now.Before(*l.TakenAt) {
		return fault.New(fault.Conflict, "notice.link.busy")
	}
	l.TakenAt = &now
	return nil
}
