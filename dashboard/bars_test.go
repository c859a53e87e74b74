package dashboard

import "testing"

// Days stand beside one another on a phone without touching, and none hangs
// over the edge, whatever day of the year it is.
func TestDaysUnderBarsHaveRoom(t *testing.T) {
	const phone, day = 320, 60 // pixels
	for bars := 6; bars <= 60; bars++ {
		ends, said := 0, 0
		for n := range bars {
			if !dated(n, bars) {
				continue
			}
			said++
			begins := n * phone / bars
			if begins < ends {
				t.Errorf("of %d bars, day %d begins at %d, where the one before ends at %d", bars, n, begins, ends)
			}
			if ends = begins + day; ends > phone {
				t.Errorf("of %d bars, day %d ends at %d", bars, n, ends)
			}
		}
		if said < 2 {
			t.Errorf("of %d bars %d say their day", bars, said)
		}
	}
}
