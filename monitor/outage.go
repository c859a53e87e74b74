package monitor

import "time"

// Outage is a time in which one check was down, confirmed. People speak of
// incidents: what one or many outages are told as.
type Outage struct {
	ID          int64 `gorm:"primaryKey"`
	Incident    int64 // 0: it began during announced maintenance, and is no incident
	CheckID     int64
	Service     string
	StartedAt   time.Time // the first failure
	ConfirmedAt time.Time // when it counted as down
	EndedAt     *time.Time
	Resolution  Resolution
	Reason      Reason // of the reading that confirmed it
	Status      int
	Detail      string
	Grounds     []Ground `gorm:"serializer:json"` // what it stands on and may share with others
}

// Resolution says how an outage or an incident ended.
type Resolution string

// The resolutions; empty while it is open.
const (
	Recovered Resolution = "recovered" // a good reading
	Unwatched Resolution = "unwatched" // the service was paused or the check taken away
	Handled   Resolution = "handled"   // it recovered, and somebody said that nothing is left to do
	Dismissed Resolution = "dismissed" // somebody said that it never was one
)

// Lasted returns how long the outage lasted until its end, or until now.
func (o *Outage) Lasted(now time.Time) time.Duration { return lasted(o.StartedAt, o.EndedAt, now) }

func lasted(from time.Time, until *time.Time, now time.Time) time.Duration {
	if until != nil {
		now = *until
	}
	return max(0, now.Sub(from))
}
