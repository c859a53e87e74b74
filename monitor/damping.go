package monitor

import (
	"time"

	"github.com/jard-odi/jard/fault"
)

// JudgementSettings say how the readings of a check are judged, where that is
// not as usual. What is left out is as usual.
type JudgementSettings struct {
	Confirmations *int `json:"confirmations,omitempty" doc:"Further failures in a row before it counts as down; 2 as a rule"`
	Closing       int  `json:"closing,omitempty" doc:"Good readings in a row before an outage is closed; 1 as a rule"`
	Flips         *int `json:"flips,omitempty" doc:"Changes among the last 20 readings that make it one that comes and goes; 6 as a rule, 0 for never"`
	ApdexMS       int  `json:"apdex_ms,omitempty" doc:"Within how many milliseconds an answer satisfies; 512 as a rule, rounded up to a bound of the histogram"`
}

// Limits of the settings.
const (
	MaxConfirmations = 10
	MaxClosing       = 20
	MinApdexMS       = 1
	MaxApdexMS       = 25_000
)

// faults returns what is wrong with j, which may be nil.
func (j *JudgementSettings) faults(at string) []error {
	if j == nil {
		return nil
	}
	var faults []error
	between := func(field string, n, low, high int) {
		if n < low || n > high {
			faults = append(faults, fault.At(at+field, "agreement.between", low, high))
		}
	}
	if j.Confirmations != nil {
		between("confirmations", *j.Confirmations, 0, MaxConfirmations)
	}
	if j.Closing != 0 {
		between("closing", j.Closing, 1, MaxClosing)
	}
	if j.Flips != nil {
		between("flips", *j.Flips, 0, remembered-1)
	}
	if j.ApdexMS != 0 {
		between("apdex_ms", j.ApdexMS, MinApdexMS, MaxApdexMS)
	}
	return faults
}

// Judging returns how the check's readings are judged; confirmations is how
// many looks confirm a failure as a rule.
func (c *Check) Judging(confirmations int) Judging {
	how := Judging{Confirmations: confirmations, Closing: 1, Flips: defaultFlips}
	j := c.Settings.Judgement
	if j == nil {
		return how
	}
	if j.Confirmations != nil {
		how.Confirmations = *j.Confirmations
	}
	if j.Closing > 0 {
		how.Closing = j.Closing
	}
	if j.Flips != nil {
		how.Flips = *j.Flips
	}
	return how
}

// Apdex returns within what time an answer of the check satisfies.
func (c *Check) Apdex() time.Duration {
	if j := c.Settings.Judgement; j != nil {
		return ApdexBound(time.Duration(j.ApdexMS) * time.Millisecond)
	}
	return ApdexBound(0)
}
