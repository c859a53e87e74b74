package vantage

import (
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Refusal says why something an agent sent was not taken: a closed set, safe
// as a metric label.
type Refusal string

// The refusals, of a whole request and of a single reading.
const (
	BadToken     Refusal = "token"
	BadSignature Refusal = "signature"
	BadClock     Refusal = "clock"
	BadProtocol  Refusal = "protocol"
	WasRevoked   Refusal = "revoked"
	BadBody      Refusal = "body"
	Replayed     Refusal = "replay"        // the number was used for something else
	UnknownCheck Refusal = "unknown_check" // not one that this vantage looks at
	InFuture     Refusal = "future"
	InPast       Refusal = "past"
	BadValue     Refusal = "value"
)

// Refusals lists the refusals.
func Refusals() []Refusal {
	return []Refusal{
		BadToken, BadSignature, BadClock, BadProtocol, WasRevoked, BadBody, Replayed, UnknownCheck, InFuture, InPast, BadValue,
	}
}

const (
	// FutureAllowed is how far in the future a reading may lie.
	FutureAllowed = 30 * time.Second
	// PastAllowed is how long a spooled reading may have waited.
	PastAllowed = 14 * 24 * time.Hour
	// largestGap bounds by how much a batch's number may leap.
	largestGap = 1_000_000
)

// Arrival is what of a batch is taken.
type Arrival struct {
	Readings []monitor.Reading // judged by themselves; what they did to a state is not decided yet
	Refused  map[Refusal]int
	Gap      int64 // batches before it that never came
	Unsure   int64
}

// Accept decides what of b is taken. checks are those that v looks at, by
// number. A number that came before is a replay, which the store tells from a
// repetition by what it carried.
func (v *Vantage) Accept(by identity.Actor, b *Batch, checks map[int64]string, now time.Time) (*Arrival, error) {
	if err := v.Must(by); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	switch {
	case b.Sequence <= v.Sequence:
		return nil, fault.New(fault.Conflict, "vantage.replay", b.Sequence)
	case b.Sequence-v.Sequence > largestGap:
		return nil, fault.At("sequence", "vantage.sequence", b.Sequence)
	case len(b.Readings) > MaxBatch:
		return nil, fault.At("readings", "fault.too_many", MaxBatch)
	case b.Waiting < 0 || b.Lost < 0:
		return nil, fault.At("waiting", "fault.api.minimum", 0)
	}
	a := &Arrival{Refused: map[Refusal]int{}, Gap: b.Sequence - v.Sequence - 1}
	earliest := now.Add(-PastAllowed)
	if v.EnrolledAt != nil && earliest.Before(v.EnrolledAt.Add(-SkewAllowed)) {
		earliest = v.EnrolledAt.Add(-SkewAllowed)
	}
	for n := range b.Readings {
		s := &b.Readings[n]
		r, ok := s.reading()
		switch _, ours := checks[s.Check]; {
		case !ours:
			a.Refused[UnknownCheck]++
		case !ok:
			a.Refused[BadValue]++
		case r.At.After(now.Add(FutureAllowed)):
			a.Refused[InFuture]++
		case r.At.Before(earliest):
			a.Refused[InPast]++
		default:
			if s.Unsure {
				a.Unsure++
			}
			a.Readings = append(a.Readings, r)
		}
	}
	slices.SortStableFunc(a.Readings, func(x, y monitor.Reading) int { return x.At.Compare(y.At) })
	return a, nil
}

// Hear takes what a heartbeat says.
func (v *Vantage) Hear(by identity.Actor, h *Heartbeat, now time.Time) error {
	if err := v.Must(by); err != nil {
		return err
	}
	if err := h.check(); err != nil {
		return err
	}
	if h.Waiting < 0 || h.Lost < 0 {
		return fault.At("waiting", "fault.api.minimum", 0)
	}
	v.SeenAt, v.Version, v.OffsetUs, v.Waiting, v.Lost = &now, clip(h.Version, 60), h.OffsetUs, h.Waiting, h.Lost
	return nil
}

// Took remembers a batch that was taken.
func (v *Vantage) Took(b *Batch, a *Arrival, now time.Time) {
	v.Sequence = b.Sequence
	v.Gaps += a.Gap
	v.Unsure += a.Unsure
	v.SeenAt, v.Version, v.OffsetUs, v.Waiting, v.Lost = &now, clip(b.Version, 60), b.OffsetUs, b.Waiting, b.Lost
}
