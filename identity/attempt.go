package identity

import "time"

// Attempt counts failed sign-ins of one account or one address, under a hash.
type Attempt struct {
	Key          string `gorm:"primaryKey"`
	Failures     int
	Total        int // failures since the last success, as long as the row is kept
	LastAt       time.Time
	BlockedUntil *time.Time
}

// TableName names the table of attempts.
func (Attempt) TableName() string { return "login_attempts" }

// How many tries may fail before waiting begins: of one account from one
// network address; from one address, by which a whole ministry may leave; and
// of one account from anywhere it has never signed in from. So guessing from
// many addresses is slow, and a stranger who fails on purpose never stands in
// the way of whoever comes from where they always do.
const (
	FreeTries          = 5
	FreeTriesOfAddress = 30
	FreeTriesOfAccount = 20
)

// FreeCodes is how many codes of a device may be wrong before waiting begins.
// They are asked for after the password only, so that no stranger uses them up.
const FreeCodes = 5

// FreeResets is how many letters with a new password may be asked for, for one
// account and from one address.
const (
	FreeResets          = 3
	FreeResetsOfAddress = 20
)

// longestWait bounds the wait: guessing is slow enough by then, and a stranger
// who fails on purpose does not lock an officer out for the day.
const longestWait = 15 * time.Minute

// Blocked tells whether another try must wait at now. A wait that ends later
// than any wait can was begun by a clock that was wrong.
func (a Attempt) Blocked(now time.Time) bool {
	return a.BlockedUntil != nil && now.Before(*a.BlockedUntil) && a.BlockedUntil.Sub(now) <= longestWait
}

// Fail counts a failure. Once free ones are used up the wait doubles, from 30
// seconds to 15 minutes. An hour of quiet forgives everything.
func (a *Attempt) Fail(now time.Time, free int) {
	if now.Sub(a.LastAt) > time.Hour {
		a.Failures = 0
	}
	a.Failures++
	a.Total++
	a.LastAt = now
	a.BlockedUntil = nil
	if over := a.Failures - free; over >= 0 {
		until := now.Add(min(30*time.Second<<min(over, 10), longestWait))
		a.BlockedUntil = &until
	}
}

// Forgive takes one failure back: the try it was counted for succeeded.
func (a *Attempt) Forgive() {
	a.Failures, a.Total = max(a.Failures-1, 0), max(a.Total-1, 0)
	a.BlockedUntil = nil
}
