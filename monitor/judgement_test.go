package monitor

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// judged runs letters (u up, g flawed for good, s slow or otherwise flawed, f
// failed, n our own network), a minute apart, and returns what stood after each.
func judged(c *Current, letters string, how Judging) (standing string, opened, closed int) {
	at := noon
	if !c.LastAt.IsZero() {
		at = c.LastAt.Add(time.Minute)
	}
	for _, l := range letters {
		r := Reading{At: at, Every: time.Minute, Status: 200}
		r.Reason = map[rune]Reason{'g': TLSIncompleteChain, 's': Assertion, 'f': Timeout, 'n': OwnNetwork}[l]
		r.Verdict = map[rune]Verdict{'u': Up, 'g': Degraded, 's': Degraded, 'f': Suspect, 'n': Unknown}[l]
		switch change, _ := c.Judge(&r, how); change {
		case Opened:
			opened++
		case Closed:
			closed++
		case Unchanged:
		}
		letter := map[Verdict]string{Unknown: "?", Up: "u", Degraded: "g", Down: "D"}[c.Verdict]
		switch c.Reason {
		case Recovering:
			letter = "r"
		case Flapping:
			letter = "w"
		}
		standing += letter
		at = at.Add(time.Minute)
	}
	return standing, opened, closed
}

func TestReadingsBecomeAState(t *testing.T) {
	usual := Judging{Confirmations: 2, Closing: 1, Flips: 6}
	slow := Judging{Confirmations: 2, Closing: 3, Flips: 6}
	for _, tt := range []struct {
		name, letters, standing string
		how                     Judging
		opened, closed          int
	}{
		{"a slow answer is looked at again", "uss", "uuu", usual, 0, 0},
		{"three of them stand", "usss", "uuug", usual, 0, 0},
		{"a good one between begins anew", "ussuss", "uuuuuu", usual, 0, 0},
		{"what is the same at every look stands at once", "ug", "ug", usual, 0, 0},
		{"nothing better stood before", "s", "g", usual, 0, 0},
		{"an incident waits for three good ones", "ufffuuu", "uuuDrru", slow, 1, 1},
		{"a failure among them begins anew", "fffuufuuu", "??DrrDrru", slow, 1, 1},
		{"what we could not see neither helps nor hurts", "fffununu", "??Dr?r?u", slow, 1, 1},
		{"one confirmation", "uffu", "uuDu", Judging{Confirmations: 1, Closing: 1}, 1, 1},
		{"none", "uf", "uD", Judging{Closing: 1}, 1, 0},
		{"hiccups make it flap", "ufufufu", "uuuuuuw", usual, 0, 0},
		{"and calm ends that", "ufufufu" + strings.Repeat("u", 20), "uuuuuuw" + strings.Repeat("w", 16) + "uuuu", usual, 0, 0},
		{"the incident of a check that flaps waits longer", "ufufufufffuuuuuu", "uuuuuuwwwDrrrrww", usual, 1, 1},
		{"without damping nothing flaps", "ufufufufu", "uuuuuuuuu", Judging{Confirmations: 2, Closing: 1}, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Current
			standing, opened, closed := judged(&c, tt.letters, tt.how)
			if standing != tt.standing || opened != tt.opened || closed != tt.closed {
				t.Errorf("%s stood as %s (%d opened, %d closed); want %s (%d, %d)",
					tt.letters, standing, opened, closed, tt.standing, tt.opened, tt.closed)
			}
		})
	}
}

// However readings come, incidents open and close by turns, an incident never
// closes before enough good readings, and what stands is never a suspicion.
func TestJudgeHoldsItsPromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		how := Judging{Confirmations: rng.IntN(4), Closing: 1 + rng.IntN(4), Flips: rng.IntN(8)}
		var c Current
		good, open := 0, false
		for range 200 {
			l := string("uuuuuffffgsn"[rng.IntN(12)])
			_, opened, closed := judged(&c, l, how)
			switch l {
			case "u", "g", "s":
				good++
			case "f":
				good = 0
			}
			if opened == 1 && open || closed == 1 && (!open || good < how.Closing) {
				t.Fatalf("%+v: opened %d closed %d while open is %v after %d good ones", how, opened, closed, open, good)
			}
			open = open && closed == 0 || opened == 1
			if open != (c.IncidentAt != nil) || c.Verdict == Suspect || open && (c.Verdict == Up || c.Flaws > 0) {
				t.Fatalf("%+v: open %v, stands %+v", how, open, c)
			}
			if c.Recent>>(remembered+1) != 0 || how.Flips == 0 && c.Flapping {
				t.Fatalf("%+v: recent %b flapping %v", how, c.Recent, c.Flapping)
			}
		}
	}
}

func TestAnIncidentEndsWithTheFirstGoodReading(t *testing.T) {
	var c Current
	judged(&c, "ufffuuu", Judging{Confirmations: 2, Closing: 3})
	want := noon.Add(4 * time.Minute)
	if c.GoodSince == nil || !c.GoodSince.Equal(want) || !c.Since.Equal(want) || c.IncidentAt != nil {
		t.Errorf("good since %v, stands since %v; want %v", c.GoodSince, c.Since, want)
	}
}

func TestDoubted(t *testing.T) {
	how := Judging{Confirmations: 2, Closing: 1}
	for letters, want := range map[string]int{"u": 0, "uf": 1, "uff": 2, "ufff": 0, "us": 1, "uss": 2, "usss": 0, "ufn": 0, "ug": 0} {
		var c Current
		judged(&c, letters, how)
		if got := c.Doubted(); got != want {
			t.Errorf("%s: %d in doubt; want %d", letters, got, want)
		}
	}
}
