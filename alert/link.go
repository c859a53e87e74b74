package alert

import (
	"time"

	"github.com/jard-odi/jard/fault"
)

// Link is a signed link in a mail: it takes one event in hand in the name of
// one account, once. The secret is in the mail only; here is its hash.
type Link struct {
	Hash      string `gorm:"primaryKey"`
	Event     string
	Account   string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

// TableName names the table of links.
func (Link) TableName() string { return "alert_links" }

// LinkAge is how long a link opens something.
const LinkAge = 7 * 24 * time.Hour

// Open tells whether the link may act at now, or why not any more.
func (l *Link) Open(now time.Time) error {
	switch {
	case l.UsedAt != nil:
		return fault.New(fault.Gone, "alert.link.used")
	case now.After(l.ExpiresAt), now.Before(l.CreatedAt.Add(-time.Hour)):
		return fault.New(fault.Gone, "alert.link.expired")
	}
	return nil
}
