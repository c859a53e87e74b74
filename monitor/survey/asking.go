package survey

import (
	"errors"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// What a service asks when nobody chose.
const (
	DefaultSet   = "portal-tn"
	DefaultQuick = "quick"
)

// DefaultTokenDays is how long a token holds where nobody said otherwise.
const DefaultTokenDays = 30

// Asking is what a service asks those who used it.
type Asking struct {
	Service     string `gorm:"primaryKey"`
	Institution string // whose service it is
	Open        bool   // answers are taken
	Set         string // of questions, on pages and in the widget
	Quick       string // of questions, from posters and at counters
	Pinned      int    // version of Set to stay with; 0 follows what is in force
	TokenDays   int    // how long a token of the service holds
	Revision    int64
	UpdatedAt   time.Time
	State       string `gorm:"-" json:"-"` // of the service: a draft is nobody's business yet
}

// Taken tells why answers are not taken: there is no such thing for people
// outside, or the survey is closed; nil when they are.
func (a *Asking) Taken() error {
	switch {
	case a.State == "draft":
		return fault.New(fault.NotFound, "fault.not_found")
	case !a.Open || a.State != "active":
		return fault.New(fault.Gone, "survey.answer.closed")
	}
	return nil
}

// NewAsking is what a service asks before anybody chose.
func NewAsking(service, institution string) Asking {
	return Asking{
		Service: service, Institution: institution, Open: true, Set: DefaultSet, Quick: DefaultQuick, TokenDays: DefaultTokenDays,
	}
}

// Change takes over what the actor wants the service to ask. known tells
// whether there is such a version of a set; 0 is any.
func (a *Asking) Change(by identity.Actor, want Asking, known func(set string, version int) bool) error {
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return err
	}
	var faults []error
	switch {
	case !known(want.Set, 0):
		faults = append(faults, fault.At("set", "survey.asking.set", want.Set))
	case want.Pinned < 0 || want.Pinned > 0 && !known(want.Set, want.Pinned):
		faults = append(faults, fault.At("pinned", "survey.asking.version", want.Pinned))
	}
	if !known(want.Quick, 0) {
		faults = append(faults, fault.At("quick", "survey.asking.set", want.Quick))
	}
	if want.TokenDays < 1 || want.TokenDays > MaxTokenDays {
		faults = append(faults, fault.At("token_days", "survey.asking.token_days", MaxTokenDays))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	a.Open, a.Set, a.Quick, a.Pinned, a.TokenDays = want.Open, want.Set, want.Quick, want.Pinned, want.TokenDays
	a.Revision++
	return nil
}

// SetFor names the set that a channel asks.
func (a *Asking) SetFor(c Channel) (name string, version int) {
	if c == QR || c == Kiosk {
		return a.Quick, 0
	}
	return a.Set, a.Pinned
}
