package monitor

import (
	"errors"
	"net/mail"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Subscriber wants to be told by mail about incidents and announced
// maintenance. Nothing is kept of a person but the address, and that no longer
// than it is wanted.
type Subscriber struct {
	ID          int64 `gorm:"primaryKey"`
	Email       string
	Scope       Scope
	Target      string
	Language    lang.Tag
	AskedAt     time.Time
	Asked       int        // confirmations asked for since AskedAt
	ConfirmedAt *time.Time // nil: nobody has opened the link that proves the address
	ToldDay     string
	Told        int // mails on that day
}

// TableName names the table of subscribers.
func (Subscriber) TableName() string { return "incident_subscribers" }

// How subscriptions are kept.
const (
	MaxAskedADay = 3                    // mails that ask to confirm, to one address
	MaxToldADay  = 10                   // mails to one subscriber
	ConfirmFor   = 7 * 24 * time.Hour   // a link that confirms works so long, and an address waits no longer
	StopFor      = 366 * 24 * time.Hour // who opens an old mail must still be able to stop the next
	KeptFor      = 730 * 24 * time.Hour // then an address goes, unless it was confirmed anew
	TellAfter    = 5 * time.Minute      // an incident that is over sooner is no news
)

// NewSubscriber returns who asks to be told, or what is wrong with the request.
func NewSubscriber(email string, scope Scope, target string, language lang.Tag, now time.Time) (Subscriber, error) {
	s := Subscriber{
		Email: strings.ToLower(strings.TrimSpace(email)), Scope: scope, Target: strings.TrimSpace(target), Language: language, AskedAt: now,
	}
	if s.Scope == "" {
		s.Scope = Everything
	}
	if s.Scope == Everything {
		s.Target = ""
	}
	var faults []error
	switch a, err := mail.ParseAddress(s.Email); {
	case s.Email == "":
		faults = append(faults, fault.At("email", "fault.required"))
	case err != nil, a.Address != s.Email, len(s.Email) > 254, !strings.Contains(s.Email[strings.LastIndexByte(s.Email, '@'):], "."),
		strings.ContainsAny(s.Email, "\r\n\x00"):
		faults = append(faults, fault.At("email", "incident.subscribe.email"))
	}
	if s.Scope != OneService && s.Scope != OneInstitution && s.Scope != Everything {
		faults = append(faults, fault.At("scope", "incident.subscribe.scope"))
	} else if s.Scope != Everything && (!slugForm.MatchString(s.Target) || len(s.Target) > 100) {
		faults = append(faults, fault.At("target", "incident.subscribe.target"))
	}
	if !s.Language.Valid() {
		s.Language = lang.French
	}
	return s, errors.Join(faults...)
}

// MayAsk counts a mail that asks to confirm, and tells whether it may be
// written: nobody is to be flooded through a form.
func (s *Subscriber) MayAsk(now time.Time) bool {
	if now.Sub(s.AskedAt).Abs() > 24*time.Hour {
		s.Asked = 0
	}
	if s.Asked >= MaxAskedADay {
		return false
	}
	if s.Asked == 0 {
		s.AskedAt = now
	}
	s.Asked++
	return true
}

// MayTell counts a mail on a day, and tells whether it may be written.
func (s *Subscriber) MayTell(day string) bool {
	if s.ToldDay != day {
		s.ToldDay, s.Told = day, 0
	}
	if s.Told >= MaxToldADay {
		return false
	}
	s.Told++
	return true
}

// LinkAct is the one thing that a link in a mail does.
type LinkAct string

// The acts of links.
const (
	ConfirmLink LinkAct = "confirm"
	StopLink    LinkAct = "stop"
)

// SubscriberLink is a link in a mail. The secret is in the mail only; here is
// its hash. It works once: what it did makes it worthless.
type SubscriberLink struct {
	Hash       string `gorm:"primaryKey"`
	Subscriber int64
	Act        LinkAct
	ExpiresAt  time.Time
}

// TableName names the table of links.
func (SubscriberLink) TableName() string { return "incident_links" }

// News is something that subscribers are told.
type News string

// The news.
const (
	NewsAsk      News = "ask"      // confirm your address
	NewsAlready  News = "already"  // you are subscribed; here is how to stop
	NewsOpened   News = "opened"   // an incident began
	NewsEnded    News = "ended"    // and ended
	NewsReviewed News = "reviewed" // and this is what was learnt
	NewsPlanned  News = "planned"  // maintenance is announced
	NewsMoved    News = "moved"    // and takes place at another time
	NewsOff      News = "off"      // and does not take place
)

// Telling is one piece of news for one subscriber, before it is put in words.
type Telling struct {
	News       News
	Subscriber Subscriber
	Secret     string             // of the link that the mail carries
	Incident   *Incident          // of an incident; nil for maintenance
	Window     *MaintenanceWindow // of maintenance; nil for an incident
	Span       Span               // when that is
	Name       lang.Text          // of the service or institution
}

// Words is a telling put in words.
type Words struct{ Subject, Text, Unsubscribe string }
