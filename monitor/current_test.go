package monitor

import (
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// letters are readings as the tests write them: u up, g degraded, f failed,
// n our own network.
func take(c *Current, letters string, every time.Duration) (verdicts string, opened, closed int) {
	at := noon
	if !c.LastAt.IsZero() {
		at = c.LastAt.Add(every)
	}
	for _, l := range letters {
		r := Reading{At: at, Every: every, Status: 200}
		r.Reason = map[rune]Reason{'g': TLSIncompleteChain, 'f': Timeout, 'n': OwnNetwork}[l]
		Expect{}.Judge(&r)
		switch change, _ := c.Take(&r, 2); change {
		case Opened:
			opened++
		case Closed:
			closed++
		case Unchanged:
		}
		verdicts += map[Verdict]string{Unknown: "?", Up: "u", Degraded: "g", Suspect: "s", Down: "D"}[r.Verdict]
		at = at.Add(every)
	}
	return verdicts, opened, closed
}

func TestTake(t *testing.T) {
	for _, tt := range []struct {
		name, letters, verdicts string
		standing                Verdict
		opened, closed          int
	}{
		{"well", "uuu", "uuu", Up, 0, 0},
		{"one failure is a suspicion", "uf", "us", Up, 0, 0},
		{"two are not enough", "uff", "uss", Up, 0, 0},
		{"three are", "ufff", "ussD", Down, 1, 0},
		{"and it stays down", "uffff", "ussDD", Down, 1, 0},
		{"one answer ends it", "ufffu", "ussDu", Up, 1, 1},
		{"a hiccup opens nothing", "ufufufu", "ususus" + "u", Up, 0, 0},
		{"down again is a new incident", "fffufff", "ssDussD", Down, 2, 1},
		{"our own outage opens nothing", "unnnnu", "u????u", Up, 0, 0},
		{"nor does it confirm a suspicion", "uffnff", "uss?ss", Unknown, 0, 0},
		{"nor end an incident", "fffnf", "ssD?D", Down, 1, 0},
		{"an answer after it does", "fffnu", "ssD?u", Up, 1, 1},
		{"a flaw is not an outage", "ugg", "ugg", Degraded, 0, 0},
		{"a flaw ends an outage", "fffg", "ssDg", Degraded, 1, 1},
		{"first of all a failure", "f", "s", Unknown, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Current
			verdicts, opened, closed := take(&c, tt.letters, time.Minute)
			if verdicts != tt.verdicts || opened != tt.opened || closed != tt.closed || c.Verdict != tt.standing {
				t.Errorf("%s became %s (%d opened, %d closed), %v stands; want %s (%d, %d), %v",
					tt.letters, verdicts, opened, closed, c.Verdict, tt.verdicts, tt.opened, tt.closed, tt.standing)
			}
		})
	}
}

func TestAnIncidentStartsWithTheFirstFailure(t *testing.T) {
	var c Current
	take(&c, "ufff", time.Minute)
	want := noon.Add(time.Minute)
	if c.IncidentAt == nil || !c.IncidentAt.Equal(want) || !c.Since.Equal(want) {
		t.Errorf("incident at %v, down since %v; want %v", c.IncidentAt, c.Since, want)
	}
	r := Reading{At: noon.Add(time.Hour), Status: 200}
	Expect{}.Judge(&r)
	if change, start := c.Take(&r, 2); change != Closed || !start.Equal(want) {
		t.Errorf("closed %v, %v; want the incident of %v", change, start, want)
	}
}

func TestAStateGrowsOld(t *testing.T) {
	var c Current
	take(&c, "u", time.Minute)
	for _, tt := range []struct {
		after time.Duration
		want  Verdict
	}{{time.Second, Up}, {90 * time.Second, Up}, {2 * time.Minute, Unknown}, {time.Hour, Unknown}} {
		if got := c.Standing(noon.Add(tt.after)); got != tt.want {
			t.Errorf("%v later it is %v; want %v", tt.after, got, tt.want)
		}
	}
}

func TestNothingConfirmsWithoutRechecks(t *testing.T) {
	var c Current
	r := Reading{At: noon, Reason: Connect, Verdict: Suspect}
	if change, _ := c.Take(&r, 0); change != Opened || r.Verdict != Down {
		t.Errorf("with no confirmation asked for: %v, %v; want an incident at once", change, r.Verdict)
	}
}

func TestCurrentKeepsTheLastReading(t *testing.T) {
	var c Current
	r := Reading{
		At: noon, Verdict: Up, Status: 200, Bytes: 7, Every: time.Minute, Address: "192.0.2.1:443",
		NotAfter: noon.AddDate(0, 1, 0), Phases: Phases{1e6, 2e6, 3e6, 4e6, 5e6},
	}
	c.Take(&r, 2)
	if c.Phases() != r.Phases || c.Status != 200 || c.Bytes != 7 || c.EverySec != 60 || c.NotAfter == nil {
		t.Errorf("kept %+v", c)
	}
}

func TestWorst(t *testing.T) {
	checks := []Check{{ID: 1}, {ID: 2}}
	state := func(v Verdict) Current { return Current{Verdict: v, LastAt: noon, EverySec: 60} }
	for _, tt := range []struct {
		name string
		of   map[int64]Current
		want Verdict
	}{
		{"both well", map[int64]Current{1: state(Up), 2: state(Up)}, Up},
		{"one down", map[int64]Current{1: state(Up), 2: state(Down)}, Down},
		{"one unknown", map[int64]Current{1: state(Up)}, Unknown},
		{"one flawed, one unknown", map[int64]Current{1: state(Degraded)}, Degraded},
		{"nobody looked", nil, Unknown},
	} {
		if got, _, _ := Worst(checks, tt.of, noon); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}

func TestIncidentLasts(t *testing.T) {
	end := noon.Add(time.Hour)
	open, ended := Incident{StartedAt: noon}, Incident{StartedAt: noon, EndedAt: &end}
	if open.Lasted(noon.Add(time.Minute)) != time.Minute || ended.Lasted(noon.Add(5*time.Hour)) != time.Hour {
		t.Error("an open incident lasts until now, an ended one until its end")
	}
	if back := open.Lasted(noon.Add(-time.Hour)); back != 0 {
		t.Errorf("lasted %v with the clock set back; want 0", back)
	}
}

func TestDayShade(t *testing.T) {
	for _, tt := range []struct {
		day  DaySum
		want Shade
	}{
		{DaySum{}, ShadeMissing},
		{DaySum{Up: time.Hour}, ShadeGood},
		{DaySum{Up: time.Hour, Down: time.Minute}, ShadeDipped},
		{DaySum{Up: time.Hour, Down: 2 * time.Hour}, ShadeBad},
	} {
		if got := tt.day.Shade(); got != tt.want {
			t.Errorf("%+v is %s; want %s", tt.day, got, tt.want)
		}
	}
	var d DaySum
	d.Add(&Tally{Readings: 1, Up: time.Hour})
	d.Add(&Tally{Readings: 1, Up: time.Minute, Down: time.Minute})
	d.Add(&Tally{Readings: 1, Up: time.Hour})
	if d.Down != time.Minute || d.Readings != 3 || strings.TrimSpace(string(d.Shade())) != "dipped" {
		t.Errorf("the worst check counts: %+v", d)
	}
}
