package share_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jard-odi/jard/monitor/share"
)

func names(n int) []string {
	list := make([]string, n)
	for k := range list {
		list[k] = fmt.Sprintf("0198c5a2-7f00-7000-8000-%012d", k)
	}
	return list
}

func TestEverySlotIsWantedByOneAndPartsAreAlike(t *testing.T) {
	for n := 1; n <= 8; n++ {
		of := map[int]int{}
		for _, m := range names(n) {
			part := share.Wanted(m, names(n))
			for _, slot := range part {
				of[slot]++
			}
			if fair := share.Slots / n; len(part) < fair/2 || len(part) > fair*2 {
				t.Errorf("of %d, %s has %d slots; %d were fair", n, m, len(part), fair)
			}
		}
		for slot := range share.Slots {
			if of[slot] != 1 {
				t.Errorf("of %d, slot %d is wanted by %d", n, slot, of[slot])
			}
		}
	}
}

func TestWhoJoinsOrLeavesMovesNothingElse(t *testing.T) {
	before, after := names(3), names(4)
	for slot := range share.Slots {
		was, is := share.Prefer(slot, before), share.Prefer(slot, after)
		if was != is && is != after[3] {
			t.Errorf("slot %d moved from %s to %s when %s joined", slot, was, is, after[3])
		}
	}
}

func TestWhoIsNoMemberWantsNothing(t *testing.T) {
	if got := share.Wanted("x", names(3)); got != nil {
		t.Errorf("got %v", got)
	}
	if got := share.Prefer(3, nil); got != "" {
		t.Errorf("among nobody %q is preferred", got)
	}
}

func FuzzPreferIsTheSameInAnyOrder(f *testing.F) {
	f.Add(3, "a", "b", "c")
	f.Add(255, "", "b", "")
	f.Fuzz(func(t *testing.T, slot int, a, b, c string) {
		slot &= share.Slots - 1
		list := []string{a, b, c}
		got := share.Prefer(slot, list)
		slices.Reverse(list)
		if again := share.Prefer(slot, list); again != got {
			t.Errorf("%q, and in another order %q", got, again)
		}
		if s := share.SlotOf(a); s < 0 || s >= share.Slots {
			t.Errorf("slot %d of %q", s, a)
		}
	})
}
