package catalogue

import (
	"cmp"
	"slices"
	"time"
)

// Holding is a snapshot as the rule of what may be forgotten sees it.
type Holding struct {
	Manifest
	Superseded *time.Time
	Served     *time.Time
	Pinned     bool
}

// unreadFor is how long a superseded snapshot that nobody began to read is kept:
// one who was just given its address may not have asked yet.
const unreadFor = 15 * time.Minute

// Forget says which snapshots are no longer needed. The newest and the pinned
// one stay; so does for two hours what somebody began to read. Beyond that the
// oldest go when their time is up, or sooner when the pages of all together,
// whose sizes are given, take more room than there is.
func Forget(s Settings, all []Holding, sizes map[Key]int64, now time.Time) (ids []string) {
	s = s.defaults()
	uses, used := map[Key]int{}, int64(0)
	for _, h := range all {
		for _, k := range h.Keys() {
			if uses[k]++; uses[k] == 1 {
				used += sizes[k]
			}
		}
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Holding) int { return cmp.Or(a.Built.Compare(b.Built), cmp.Compare(a.ID, b.ID)) })
	drop := func(h Holding) {
		ids = append(ids, h.ID)
		for _, k := range h.Keys() {
			if uses[k]--; uses[k] == 0 {
				used -= sizes[k]
			}
		}
	}
	var rest []Holding
	for _, h := range all {
		if h.Superseded == nil || h.Pinned {
			continue
		}
		age := now.Sub(*h.Superseded)
		switch {
		case age > s.Hold || h.Served == nil && age > unreadFor:
			drop(h)
		case h.Served == nil || age > leastHold:
			rest = append(rest, h)
		}
	}
	for _, h := range rest {
		if used <= s.HoldBytes {
			return ids
		}
		drop(h)
	}
	return ids
}
