package mail

import (
	"time"

	"github.com/jard-odi/jard/lang"
)

// State says where a letter stands.
type State string

// The states.
const (
	Queued State = "queued" // waits to be sent, perhaps again
	Sent   State = "sent"   // a mail server has taken it
	Failed State = "failed" // given up; somebody may try again
)

// States lists the states in the order a table shows them.
func States() []State { return []State{Queued, Failed, Sent} }

// Reason says in one word why a letter could not be delivered.
type Reason string

// The reasons. What a server says in its own words may name people, and is
// therefore not kept.
const (
	Refused     Reason = "refused"     // the server refuses the receiver or the message for good
	Busy        Reason = "busy"        // the server asks to try later
	Unreachable Reason = "unreachable" // no connection, or none that lasts
	TimedOut    Reason = "timeout"     // connected, and then silence
	Insecure    Reason = "tls"         // no encryption, or no certificate that can be trusted
	SignIn      Reason = "auth"        // the server does not know our user or password
	Malformed   Reason = "malformed"   // the message cannot be written
	TooOld      Reason = "too_old"     // it waited until it was no news any more
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Refused, Busy, Unreachable, TimedOut, Insecure, SignIn, Malformed, TooOld}
}

// Failure is a delivery that did not work out.
type Failure struct {
	Reason Reason
	Final  bool // trying again will not help
	Door   bool // it concerns the server and not this letter: the others need not try
	Err    error
}

// Error is for logs: the reason only, since a server's words may name people.
func (f *Failure) Error() string { return "deliver mail: " + string(f.Reason) }

// Unwrap returns what happened.
func (f *Failure) Unwrap() error { return f.Err }

// Letter is a message in the outbox.
type Letter struct {
	ID          string `gorm:"primaryKey"` // UUID; also makes its Message-ID, the same at every try
	Key         string
	Kind        Kind
	Account     string
	Recipient   string // address; personal data, never logged
	Name        string
	Lang        lang.Tag
	Subject     string
	Text        string
	HTML        string
	Attachments []Attachment `gorm:"serializer:json"`
	Unsubscribe string
	Thread      string
	Sensitive   bool

	State      State
	Tries      int
	Reason     Reason // of the last failure; empty when there was none
	QueuedAt   time.Time
	NextAt     time.Time  // not before
	TakenUntil *time.Time // a sender has it in hand
	SentAt     *time.Time
	EmptiedAt  *time.Time // its text was removed
}

// TableName names the outbox.
func (Letter) TableName() string { return "mail_outbox" }

// How long things take at most.
const (
	InHand    = 10 * time.Minute     // a sender that took a letter and died loses it after this
	MaxAge    = 7 * 24 * time.Hour   // an older letter is no news any more
	LongDelay = 6 * time.Hour        // the longest pause between two tries
	KeepRows  = 400 * 24 * time.Hour // how long it is known that a letter was sent
)

// delays are the pauses after the first, second … failure; the last repeats.
var delays = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, LongDelay}

// maxTries is how often a letter is tried: three days by the delays.
const maxTries = 16

// Ready tells whether the letter may be handed to a sender at now. A pause that
// ends later than any pause can was begun by a clock that was wrong.
func (l *Letter) Ready(now time.Time) bool {
	held := l.TakenUntil != nil && now.Before(*l.TakenUntil) && l.TakenUntil.Sub(now) <= InHand
	waits := now.Before(l.NextAt) && l.NextAt.Sub(now) <= LongDelay
	return l.State == Queued && !held && !waits
}

// Take hands the letter to a sender.
func (l *Letter) Take(now time.Time) {
	until := now.Add(InHand)
	l.TakenUntil = &until
}

// Old tells whether the letter waited until it was no news any more.
func (l *Letter) Old(now time.Time) bool { return now.Sub(l.QueuedAt) > MaxAge }

// Deliver notes that a server took the letter. What lets its reader act does
// not stay behind.
func (l *Letter) Deliver(now time.Time) {
	l.State, l.SentAt, l.TakenUntil, l.Reason = Sent, &now, nil, ""
	l.Tries++
	if l.Sensitive {
		l.Empty(now)
	}
}

// Fail notes a failure and decides whether and when to try again.
func (l *Letter) Fail(f Failure, now time.Time) {
	l.Tries++
	l.Reason, l.TakenUntil = f.Reason, nil
	if f.Final || l.Tries >= maxTries {
		l.State = Failed
		return
	}
	l.NextAt = now.Add(delays[min(l.Tries, len(delays))-1])
}

// Retry puts a letter that failed, or waits for its next try, at the front. It
// is false when there is nothing left to send.
func (l *Letter) Retry(now time.Time) bool {
	if l.State == Sent || l.EmptiedAt != nil || l.Old(now) {
		return false
	}
	l.State, l.NextAt, l.Tries = Queued, now, 0
	return true
}

// Empty removes the text and what was attached; of people outside also who it
// went to, for whom nobody promised to keep that.
func (l *Letter) Empty(now time.Time) {
	if l.Account == "" {
		l.Recipient, l.Name = "", ""
	}
	l.Text, l.HTML, l.Attachments, l.Unsubscribe, l.EmptiedAt = "", "", []Attachment{}, "", &now
}
