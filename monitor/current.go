package monitor

import "time"

// Current is what stands about a check now: one row a check.
type Current struct {
	CheckID      int64 `gorm:"primaryKey;autoIncrement:false"`
	Service      string
	Verdict      Verdict    // what stands: never Suspect
	Reason       Reason     // why
	Since        time.Time  // since when it stands
	Failures     int        // failed readings in a row
	FailingSince *time.Time // the first of them
	IncidentAt   *time.Time // start of the incident that is open
	Successes    int        // good readings in a row while an incident is open
	GoodSince    *time.Time // the first of them, kept when the incident has closed
	Flaws        int        // flawed answers in a row that do not stand yet
	Recent       int64      // how the last readings went, see Judge
	Flapping     bool       // it changes between failing and answering again and again

	// The last reading.
	LastAt      time.Time
	LastVerdict Verdict
	LastReason  Reason
	Status      int
	DNSUs       int64 `gorm:"column:dns_us"`
	ConnectUs   int64
	TLSUs       int64 `gorm:"column:tls_us"`
	WaitUs      int64
	TransferUs  int64
	Bytes       int64
	Detail      string
	Address     string
	NotAfter    *time.Time
	EverySec    int64
}

// TableName names the table of current states.
func (Current) TableName() string { return "check_current" }

// Phases returns the phases of the last reading.
func (c *Current) Phases() Phases {
	us := [phaseCount]int64{c.DNSUs, c.ConnectUs, c.TLSUs, c.WaitUs, c.TransferUs}
	var p Phases
	for n, v := range us {
		p[n] = time.Duration(v) * time.Microsecond
	}
	return p
}

// Fresh tells whether the state still says something at now: a check that
// nobody looked at for longer than its readings speak for is unknown.
func (c *Current) Fresh(now time.Time) bool {
	return now.Before(c.LastAt.Add(hold(time.Duration(c.EverySec) * time.Second)))
}

// Standing returns the verdict that may be shown at now.
func (c *Current) Standing(now time.Time) Verdict {
	if !c.Fresh(now) {
		return Unknown
	}
	return c.Verdict
}

// Change is what a reading did to a check's incident.
type Change uint8

// The changes.
const (
	Unchanged Change = iota
	Opened
	Closed
)

// stand makes v the standing verdict; since is when it became true.
func (c *Current) stand(v Verdict, why Reason, since time.Time) {
	if c.Verdict != v || c.Since.IsZero() {
		c.Since = since
	}
	c.Verdict, c.Reason = v, why
}

// remember copies the last reading.
func (c *Current) remember(r *Reading) {
	c.LastAt, c.LastVerdict, c.LastReason = r.At, r.Verdict, r.Reason
	c.Status, c.Bytes, c.Detail, c.Address = r.Status, r.Bytes, r.Detail, r.Address
	c.DNSUs, c.ConnectUs, c.TLSUs = r.Phases[0].Microseconds(), r.Phases[1].Microseconds(), r.Phases[2].Microseconds()
	c.WaitUs, c.TransferUs = r.Phases[3].Microseconds(), r.Phases[4].Microseconds()
	c.EverySec = int64(r.Every / time.Second)
	c.NotAfter = nil
	if !r.NotAfter.IsZero() {
		at := r.NotAfter
		c.NotAfter = &at
	}
}

// CheckSteps is what the last look of several parts was made of: one row a check.
type CheckSteps struct {
	CheckID int64 `gorm:"primaryKey;autoIncrement:false"`
	At      time.Time
	Steps   []Step `gorm:"serializer:json"`
}

// TableName names the table.
func (CheckSteps) TableName() string { return "check_steps" }
