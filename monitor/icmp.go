package monitor

import (
	"fmt"
	"slices"
	"time"

	"github.com/jard-odi/jard/fault"
)

// ICMPSettings say how a machine is asked whether it is there.
type ICMPSettings struct {
	Packets int    `json:"packets,omitempty" doc:"How many are sent, one after the other; 3 by default"`
	MaxLoss int    `json:"max_loss,omitempty" doc:"Per cent that may be lost without a fault"`
	Family  string `json:"family,omitempty" doc:"4 or 6: over IPv4 or IPv6 only"`
}

// Limits of a series of packets.
const (
	defaultPackets = 3
	maxPackets     = 20
)

// Count is how many packets are sent.
func (s *ICMPSettings) Count() int {
	if s.Packets == 0 {
		return defaultPackets
	}
	return s.Packets
}

// faults returns what is wrong with the settings.
func (s *ICMPSettings) faults(at string) []error {
	var faults []error
	if s.Count() < 1 || s.Count() > maxPackets {
		faults = append(faults, fault.At(at+"packets", "check.icmp.packets", maxPackets))
	}
	if s.MaxLoss < 0 || s.MaxLoss > 99 {
		faults = append(faults, fault.At(at+"max_loss", "check.icmp.loss"))
	}
	return append(faults, familyFault(at+"family", s.Family))
}

// Judge returns what a series is worth of which so many came back.
func (s *ICMPSettings) Judge(back int) (Reason, string) {
	sent := s.Count()
	lost := (sent - back) * 100 / sent
	switch {
	case back == 0:
		return Timeout, fmt.Sprintf("%d of %d packets lost", sent, sent)
	case lost > s.MaxLoss:
		return PacketLoss, fmt.Sprintf("%d of %d packets lost", sent-back, sent)
	}
	return None, ""
}

// Median is the time that half of the packets took at most; zero without any.
func Median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}
