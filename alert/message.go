package alert

import (
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// State says where a message stands.
type State string

// The states.
const (
	Queued State = "queued" // waits to be sent, perhaps again
	Sent   State = "sent"   // the channel has taken it
	Mailed State = "mailed" // in the outbox of mail, which has its own state
	Dead   State = "dead"   // given up; somebody may try again
)

// States lists the states in the order a table shows them.
func States() []State { return []State{Queued, Dead, Mailed, Sent} }

// Cause says in one word why a message could not be delivered. What a peer
// says in its own words is not kept: it may repeat a secret.
type Cause string

// The causes.
const (
	Refused     Cause = "refused"     // the peer refuses the message for good
	Busy        Cause = "busy"        // the peer asks to try later
	Unreachable Cause = "unreachable" // no connection, or none that lasts
	TimedOut    Cause = "timeout"     // connected, and then silence
	SignIn      Cause = "auth"        // the peer does not know our token
	Forbidden   Cause = "forbidden"   // the address is in a network that requests may not enter
	Unknown     Cause = "unknown"     // the channel is not configured any more
	TooOld      Cause = "too_old"     // it waited until it was no news any more
)

// Causes lists every cause.
func Causes() []Cause {
	return []Cause{Refused, Busy, Unreachable, TimedOut, SignIn, Forbidden, Unknown, TooOld}
}

// Failure is a delivery that did not work out.
type Failure struct {
	Cause Cause
	Final bool // trying again will not help
	After time.Duration
	Err   error
}

// Error is for logs: the cause only, since what a peer or a library says may
// hold a token.
func (f *Failure) Error() string { return "deliver alert: " + string(f.Cause) }

// Unwrap returns what happened.
func (f *Failure) Unwrap() error { return f.Err }

// Line is an event as a message tells of it: what was true when it was written.
type Line struct {
	Key         string       `json:"key"`
	Kind        Kind         `json:"kind"`
	Service     string       `json:"service,omitempty"`
	Institution string       `json:"institution,omitempty"`
	Tier        monitor.Tier `json:"tier,omitempty"`
	Incident    int64        `json:"incident,omitempty"`
	StartedAt   time.Time    `json:"started_at"`
	EndedAt     *time.Time   `json:"ended_at,omitempty"`
	Acked       bool         `json:"acknowledged,omitempty"`
	URL         string       `json:"url"`
	Facts       Facts        `json:"facts"`
}

// LineOf writes an event as a line.
func LineOf(e *Event, url string) Line {
	return Line{
		Key: e.Key, Kind: e.Kind, Service: e.Service, Institution: e.Institution, Tier: e.Tier, Incident: e.Incident,
		StartedAt: e.StartedAt, EndedAt: e.EndedAt, Acked: e.AckAt != nil, URL: url, Facts: e.Facts,
	}
}

// Message is one thing told to one receiver: a row of the outbox, and
// afterwards of the history.
type Message struct {
	ID           string `gorm:"primaryKey"` // UUID; the key by which a peer knows a repetition
	Route        string
	RouteName    string
	Stage        Stage
	Channel      string // name, or ByMail
	Type         string // of the channel, a closed set
	Target       string // account; empty for a channel
	Role         string // of the account
	Lang         lang.Tag
	Institutions []string `gorm:"serializer:json"` // whose services it is about
	Subject      string
	Text         string
	Lines        []Line `gorm:"serializer:json"`

	State      State
	Tries      int
	Cause      Cause
	QueuedAt   time.Time
	NextAt     time.Time
	TakenUntil *time.Time
	SentAt     *time.Time
}

// TableName names the outbox of alerts.
func (Message) TableName() string { return "alert_messages" }

// How long things take at most.
const (
	InHand  = 2 * time.Minute      // a sender that took a message and died loses it after this
	MaxAge  = 24 * time.Hour       // an older message is no news any more
	Keep    = 400 * 24 * time.Hour // how long it is known who was told
	longest = 30 * time.Minute     // the longest pause between two tries
)

// delays are the pauses after the first, second … failure; the last repeats.
var delays = []time.Duration{15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, longest}

// Ready tells whether the message may be handed to a sender at now. A pause
// that ends later than any can was begun by a clock that was wrong.
func (m *Message) Ready(now time.Time) bool {
	held := m.TakenUntil != nil && now.Before(*m.TakenUntil) && m.TakenUntil.Sub(now) <= InHand
	waits := now.Before(m.NextAt) && m.NextAt.Sub(now) <= longest
	return m.State == Queued && !held && !waits
}

// LongestPause bounds how far in the future a message may wait.
func LongestPause() time.Duration { return longest }

// Take hands the message to a sender.
func (m *Message) Take(now time.Time) {
	until := now.Add(InHand)
	m.TakenUntil = &until
}

// Old tells whether the message waited until it was no news any more.
func (m *Message) Old(now time.Time) bool { return now.Sub(m.QueuedAt) > MaxAge }

// Deliver notes that the channel took the message.
func (m *Message) Deliver(now time.Time) {
	m.State, m.SentAt, m.TakenUntil, m.Cause = Sent, &now, nil, ""
	m.Tries++
}

// Fail notes a failure and decides whether and when to try again.
func (m *Message) Fail(f Failure, now time.Time) {
	m.Tries++
	m.Cause, m.TakenUntil = f.Cause, nil
	if f.Final {
		m.State = Dead
		return
	}
	pause := delays[min(m.Tries, len(delays))-1]
	m.NextAt = now.Add(min(max(pause, f.After), longest))
}

// Retry puts a message that was given up, or waits, at the front. It is false
// when there is nothing left to send.
func (m *Message) Retry(now time.Time) bool {
	if m.State != Dead && m.State != Queued {
		return false
	}
	m.State, m.NextAt, m.Tries, m.QueuedAt, m.TakenUntil = Queued, now, 0, now, nil
	return true
}

// About tells whether the message concerns one of the institutions.
func (m *Message) About(institutions []string) bool {
	return slices.ContainsFunc(m.Institutions, func(s string) bool { return slices.Contains(institutions, s) })
}

// Channel is what is known of a door without its secrets.
type Channel struct {
	Name string
	Type string
	Lang lang.Tag
}

// MailKey is how the outbox of mail knows the mail of a message.
func MailKey(message string) string { return "alert/" + message }

// Thread names the thread of mails about an event.
func Thread(event string) string {
	safe := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '.'
	}
	name := strings.Map(safe, strings.ToLower("alert."+event))
	return name[:min(len(name), 90)]
}
