package demo

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/monitor"
)

// moments are days on which calendars are at their trickiest.
func moments() map[string]time.Time {
	return map[string]time.Time{
		"an ordinary day":   time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		"new year's day":    time.Date(2027, 1, 1, 0, 5, 0, 0, time.UTC),
		"end of a campaign": time.Date(2027, 8, 31, 22, 59, 0, 0, time.UTC),
		"leap day":          time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC),
	}
}

func vocabulary(t *testing.T) *inventory.Vocabulary {
	t.Helper()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	return &v
}

func TestTheStoryHasSomeFiveHundredDatasets(t *testing.T) {
	for name, now := range moments() {
		s := Tell(now)
		if n := len(s.Entries); n < 450 || n > 550 {
			t.Errorf("%s: %d datasets; want some 500", name, n)
		}
	}
	if n := len(families()); n < 50 || n > 70 {
		t.Errorf("%d families; want about 60", n)
	}
}

func TestTheSameDayTellsTheSameStory(t *testing.T) {
	now := moments()["an ordinary day"]
	if !reflect.DeepEqual(Tell(now), Tell(now)) {
		t.Error("two tellings differ")
	}
}

// TestEveryEntryIsReadyForReview sees that the demo's own register would pass
// the review it shows.
func TestEveryEntryIsReadyForReview(t *testing.T) {
	v := vocabulary(t)
	for name, now := range moments() {
		titles := map[string]bool{}
		for _, e := range Tell(now).Entries {
			title := e.Content.Title["fr"]
			if titles[title] {
				t.Errorf("%s: %q is told twice", name, title)
			}
			titles[title] = true
			if err := e.Content.Complete(v, now); err != nil {
				t.Errorf("%s: %q: %v", name, title, err)
			}
			for code, text := range e.Content.Title {
				if strings.ContainsAny(text, "{}") || strings.ContainsAny(e.Content.Description[code], "{}") {
					t.Errorf("%s: %q is not filled in", name, text)
				}
			}
		}
	}
}

func TestEveryOwnerIsAnInstitutionOfThePilot(t *testing.T) {
	known := map[string]bool{}
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range institutions {
		known[i.Slug] = true
	}
	for _, f := range families() {
		if _, ok := owners[f.owner]; !ok || !known[f.owner] {
			t.Errorf("%q: the owner %s is not known", f.title.fr, f.owner)
		}
	}
	for _, s := range Services() {
		if !known[s.Institution] {
			t.Errorf("%s: the institution %s is not known", s.Slug, s.Institution)
		}
	}
}

func TestEventsAreInOrderAndInThePast(t *testing.T) {
	for name, now := range moments() {
		s := Tell(now)
		var last time.Time
		begun := map[int]bool{}
		for _, e := range s.Events {
			if e.At.Before(last) || !e.At.Before(now) {
				t.Fatalf("%s: %s of %d at %s comes after %s, or not before %s", name, e.Act, e.Entry, e.At, last, now)
			}
			if begun[e.Entry] == (e.Act == Record) {
				t.Fatalf("%s: %s of %d, recorded %v", name, e.Act, e.Entry, begun[e.Entry])
			}
			begun[e.Entry], last = true, e.At
		}
		if len(begun) != len(s.Entries) {
			t.Errorf("%s: %d of %d entries were recorded", name, len(begun), len(s.Entries))
		}
	}
}

func TestEveryActHappens(t *testing.T) {
	for name, now := range moments() {
		counts := map[Act]int{}
		for _, e := range Tell(now).Events {
			counts[e.Act]++
		}
		for _, act := range []Act{Record, Submit, Approve, Return, Edit, Refresh, Attest, Waive, Withdraw} {
			if counts[act] < 3 {
				t.Errorf("%s: %s happens %d times; there should be something to look at", name, act, counts[act])
			}
		}
	}
}

// TestOverdueMeansOverdue compares the fate that was drawn with the rule's own judgement.
func TestOverdueMeansOverdue(t *testing.T) {
	v := vocabulary(t)
	for name, now := range moments() {
		s := Tell(now)
		late, approved := 0, map[int]*inventory.Publication{}
		said := map[int][]inventory.Said{}
		for _, e := range s.Events {
			switch e.Act {
			case Approve:
				d := inventory.Dataset{Content: s.Entries[e.Entry].Content}
				approved[e.Entry] = d.Publish(approved[e.Entry], v, v.Workdays(), e.At)
			case Refresh:
				said[e.Entry] = append(said[e.Entry], inventory.Said{
					At: e.At, Was: s.Entries[e.Entry].Content.DataModified, Day: e.Day,
				})
			case Withdraw:
				delete(approved, e.Entry)
			}
		}
		for n, p := range approved {
			var l inventory.Ledger
			l.Replay(p, v, v.Workdays(), said[n], now)
			if _, limit := l.Next(); limit != nil && !now.Before(*limit) {
				late++
			}
		}
		if share := float64(late) / float64(len(approved)); share < 0.05 || share > 0.25 {
			t.Errorf("%s: %d of %d are overdue; want about a tenth", name, late, len(approved))
		}
	}
}

func TestTheMadeUpPastIsJudgedByTheRules(t *testing.T) {
	now := moments()["an ordinary day"]
	want := map[Behaviour]monitor.Verdict{
		Dead: monitor.Down, Expired: monitor.Down, WrongHost: monitor.Down, Hanging: monitor.Down, Broken: monitor.Down,
	}
	for n, s := range Services() {
		var last time.Time
		var end monitor.Current
		opened, closed, readings := 0, 0, 0
		s.Past(int64(n+1), now, func(r monitor.Reading, c monitor.Current, change monitor.Change, _ time.Time) {
			if !r.At.After(last) || !r.At.Before(now.Add(time.Minute)) {
				t.Fatalf("%s: a reading at %s after one at %s", s.Slug, r.At, last)
			}
			last, end = r.At, c
			readings++
			switch change {
			case monitor.Opened:
				opened++
			case monitor.Closed:
				closed++
			}
		})
		standing, ok := want[s.Behaviour]
		if !ok {
			standing = monitor.Up
		}
		if end.Verdict != standing && s.Behaviour != Flapping {
			t.Errorf("%s ends %s; want %s", s.Slug, end.Verdict, standing)
		}
		if open := opened - closed; open < 0 || open > 1 || (open == 1) != (end.IncidentAt != nil) {
			t.Errorf("%s: %d incidents opened and %d closed, open at the end: %v", s.Slug, opened, closed, end.IncidentAt)
		}
		if readings < 2000 {
			t.Errorf("%s has %d readings of its past", s.Slug, readings)
		}
	}
}

func TestServicesAreMarkedAndValid(t *testing.T) {
	list, err := pilot.Files.ReadFile("services.csv")
	if err != nil {
		t.Fatal(err)
	}
	period := func(string) (time.Duration, error) { return Period, nil }
	for _, s := range Services() {
		if !strings.HasSuffix(s.Name["fr"], "(simulation)") || !strings.HasSuffix(s.Name["ar"], "(محاكاة)") {
			t.Errorf("%s is called %v; nobody may take it for the real one", s.Slug, s.Name)
		}
		if strings.Contains(string(list), "\n"+s.Slug+",") {
			t.Errorf("%s is the slug of a real service", s.Slug)
		}
		if !strings.Contains(string(list), ","+s.LifeEvent+",") {
			t.Errorf("%s: no real service has the life event %q", s.Slug, s.LifeEvent)
		}
		w := s.Watched("http://127.0.0.2:1/")
		if err := w.Validate(period); err != nil {
			t.Errorf("%s: %v", s.Slug, err)
		}
	}
}
