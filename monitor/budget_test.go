package monitor

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	const month = 30 * 24 * time.Hour
	for _, tt := range []struct {
		name      string
		objective float64
		seen      Tally
		allowed   time.Duration
		left      float64
	}{
		{"nothing used", 0.99, Tally{Up: month}, month / 100, 1},
		{"half", 0.99, Tally{Down: month / 200}, month / 100, 0.5},
		{"more than there was", 0.99, Tally{Down: month / 50}, month / 100, -1},
		{"planned time allows less", 0.99, Tally{Planned: month / 2}, month / 200, 1},
		{"no outage is allowed, none was", 1, Tally{Up: month}, 0, 1},
		{"no outage is allowed, one was", 1, Tally{Down: time.Second}, 0, -1},
		{"all of it planned", 0.99, Tally{Planned: 2 * month}, 0, 1},
	} {
		b := BudgetOf(tt.objective, &tt.seen, month)
		if b.Allowed != tt.allowed || math.Abs(b.Left()-tt.left) > 1e-9 || b.Remaining != b.Allowed-b.Consumed {
			t.Errorf("%s: %+v left %v; want %v allowed, %v left", tt.name, b, b.Left(), tt.allowed, tt.left)
		}
	}
	for _, tier := range Tiers() {
		if o := tier.DefaultObjective(); o <= 0.9 || o >= 1 {
			t.Errorf("objective of %s is %v", tier, o)
		}
	}
}

// Rates are what adding up seconds gives.
func TestBurnsAgainstSeconds(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 12 {
		const seconds = 72 * 3600
		down, unseen := someSpans(rng, 5, seconds), someSpans(rng, 5, seconds)
		for n := range down { // mostly near now, and short
			down[n] = span(seconds-rng.IntN(4000), seconds-rng.IntN(1000))
		}
		down, unseen = Spans(down...), Spans(unseen...)
		now := at(seconds)
		objective := []float64{0.99, 0.995, 0.999}[rng.IntN(3)]
		for _, b := range Burns(objective, time.Minute, down, unseen, now) {
			bad, known := 0, 0
			for s := seconds - int(b.Long/time.Second); s < seconds; s++ {
				if Inside(unseen, at(s)) {
					continue
				}
				known++
				if Inside(down, at(s)) {
					bad++
				}
			}
			want := 0.0
			if known > 0 {
				want = float64(bad) / float64(known) / (1 - objective)
			}
			if math.Abs(b.Rate-want) > 1e-6*max(1, want) {
				t.Fatalf("%s: rate %v; second by second %v", b.Name, b.Rate, want)
			}
			if b.Fires && (b.Rate < b.Factor || b.Bad < 3) {
				t.Fatalf("%+v fires", b)
			}
		}
	}
}

// The trap of rare looks: one confirmed outage of a minute is more than 14
// times the rate at 99.9 %, and calls nobody; one of four minutes does.
func TestOneBadMinuteCallsNobody(t *testing.T) {
	for _, tt := range []struct {
		name  string
		every time.Duration
		down  time.Duration
		fires string
	}{
		{"a minute", time.Minute, time.Minute, ""},
		{"two", time.Minute, 2 * time.Minute, ""},
		{"four", time.Minute, 4 * time.Minute, "1h"},
		{"looks every ten seconds do not make it three", 10 * time.Second, 90 * time.Second, ""},
		{"one look of five minutes", 5 * time.Minute, 5 * time.Minute, ""},
		{"three of them", 5 * time.Minute, 15 * time.Minute, "1h"},
		{"looks every half hour cannot tell within the hour", 30 * time.Minute, 30 * time.Minute, ""},
		{"but within six", 30 * time.Minute, 90 * time.Minute, "6h"},
		{"nothing", time.Minute, 0, ""},
	} {
		down := Spans(Span{noon.Add(-tt.down), noon})
		got, fires := Firing(Burns(0.999, tt.every, down, nil, noon))
		if fires != (tt.fires != "") || got.Name != tt.fires {
			t.Errorf("%s: %q fires (%v); want %q", tt.name, got.Name, fires, tt.fires)
		}
	}
	// Long over: the short window ends the alarm.
	old := Spans(Span{noon.Add(-40 * time.Minute), noon.Add(-20 * time.Minute)})
	if b, fires := Firing(Burns(0.999, time.Minute, old, nil, noon)); fires && b.Name == "1h" {
		t.Errorf("%s still fires twenty minutes after", b.Name)
	}
	// An outage that was announced burns nothing.
	if b, fires := Firing(Burns(0.999, time.Minute, old, old, noon)); fires || b.Rate != 0 {
		t.Errorf("maintenance fires %+v", b)
	}
}

func TestOutagesOfARibbon(t *testing.T) {
	rs := line("uuDD??uu")
	down, unseen := Outages(Ribbon(rs, noon, noon.Add(8*time.Minute), []Span{span(0, 60)}))
	if len(down) != 1 || down[0] != span(120, 240) {
		t.Errorf("down %v", down)
	}
	if len(unseen) != 2 || unseen[0] != span(0, 60) || unseen[1] != span(240, 360) {
		t.Errorf("unseen %v", unseen)
	}
}
