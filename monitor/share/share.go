// Package share divides the watch between processes: services fall into slots,
// and each slot is preferred by one of the processes that live.
package share

import (
	"hash/fnv"
	"slices"
	"time"
)

// Slots is how many parts the watch is cut into. All checks of a service lie in
// one, so that one process speaks for the service.
const Slots = 256

// Member is a process that shares the watch.
type Member struct {
	ID        string `gorm:"primaryKey"`
	Tenure    int64  // the fencing token: nobody who joined later has a smaller one
	Name      string // of its machine
	Version   string // of the program
	StartedAt time.Time
	SeenMs    int64 // when it was last heard of, by the clock of the database
	UntilMs   int64 // until when it is taken for alive
	Checks    int64 // it watches
	LagUs     int64 // how late its last look began
}

// TableName names the table of the members.
func (Member) TableName() string { return "share_members" }

// Alive tells whether the member is taken for alive at a moment of the database's clock.
func (m *Member) Alive(nowMs int64) bool { return m.UntilMs >= nowMs }

// Seen returns when the member was last heard of.
func (m *Member) Seen() time.Time { return time.UnixMilli(m.SeenMs).UTC() }

// Left returns for how long the member is still taken for alive.
func (m *Member) Left(nowMs int64) time.Duration {
	return max(0, time.Duration(m.UntilMs-nowMs)*time.Millisecond)
}

// Slot is a part of the watch and whose it is.
type Slot struct {
	Slot  int    `gorm:"primaryKey;autoIncrement:false"`
	Owner string // empty: nobody's just now
}

// TableName names the table of the slots.
func (Slot) TableName() string { return "share_slots" }

// SlotOf returns the slot of a service.
func SlotOf(service string) int { return int(mixed(service) % Slots) }

// Prefer returns which of the members should have a slot: the one whose name
// and the slot's give the highest hash. Who joins or leaves moves only what it
// gains or had; every process comes to the same answer without asking.
func Prefer(slot int, members []string) string {
	best, highest := "", uint64(0)
	for n, m := range members {
		if h := mixed(m + "/" + string(rune('0'+slot))); n == 0 || h > highest || h == highest && m < best {
			best, highest = m, h
		}
	}
	return best
}

// Wanted returns the slots that member should have.
func Wanted(member string, members []string) []int {
	var list []int
	if !slices.Contains(members, member) {
		return nil
	}
	for slot := range Slots {
		if Prefer(slot, members) == member {
			list = append(list, slot)
		}
	}
	return list
}

// mixed is FNV with its bits stirred: it leaves neighbouring names close together.
func mixed(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
