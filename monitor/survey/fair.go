package survey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/jard-odi/jard/stats"
)

// Unit is one whole answer in the integers that weights are summed in: sums of
// integers are exact in any order, and what was added can be taken away again.
const Unit = 1_000_000

// NetworkKey is what the k-th answer of a network about a service is counted
// by: a keyed hash of the network (never of an address) that means nothing any
// more once the day's salt is destroyed. It is empty when there is no address.
func NetworkKey(salt []byte, service string, from netip.Addr) string {
	from = from.Unmap().WithZone("")
	bits := 48
	if from.Is4() {
		bits = 24
	}
	network, err := from.Prefix(bits)
	if err != nil || !from.IsValid() {
		return ""
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(service + "\x00" + network.String()))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// repeatedFrom is which answer of a network in a day is flagged.
const repeatedFrom = 4

// Share gives the answer the weight of the k-th one that its network gave
// about the service that day: 1/k. An office, an internet centre or a whole
// operator behind one address goes on being heard; who sends a thousand is
// heard seven times. Verified answers weigh 1: their token is counted instead.
func (a *Answer) Share(k int64) {
	if a.Verified || k <= 1 {
		return
	}
	a.Weight = math.Round(Unit/float64(k)) / Unit
	if k >= repeatedFrom {
		a.flag(Repeated)
	}
}

// Counted tells whether the answer counts in scores. An open answer out of a
// burst does not, a verified one does: its token shows that somebody was there.
func (a *Answer) Counted() bool {
	if slices.Contains(a.Flags, Honeypot) || slices.Contains(a.Flags, Fast) {
		return false
	}
	return a.Verified || !slices.Contains(a.Flags, Burst)
}

// Window is how long the answers are counted in which a burst is looked for.
const Window = time.Hour

// WindowOf is the window that t lies in.
func WindowOf(t time.Time) time.Time { return t.UTC().Truncate(Window) }

// Bursts are looked for above what nobody would wonder at.
const (
	burstLeast = 20 // an hour: a class, a queue, a message that went round
	burstPeak  = 3  // busy hours have so many times the mean
)

// BurstFrom is how many open answers within a window are still no burst, where
// the service is used to so many on average: more come less than once in a
// million windows of a Poisson process at its peak.
func BurstFrom(usual float64) int64 {
	if !(usual > 0) || math.IsInf(usual, 0) {
		return burstLeast
	}
	peak := usual * burstPeak
	rare := func(n int64) bool { return stats.PoissonTail(n+1, peak) < stats.Rare }
	low, high := int64(burstLeast), int64(2*burstLeast)
	if rare(low) {
		return low
	}
	for ; !rare(high) && high < math.MaxInt32; high *= 2 {
		low = high
	}
	for low+1 < high { // low is not rare, high is
		if middle := low + (high-low)/2; rare(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
