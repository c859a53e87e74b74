package monitor

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// period reads "@every" alone: the rules are given whatever reads schedules.
func everyPeriod(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimPrefix(s, "@every "))
	if err != nil {
		return 0, fault.At("schedule", "check.schedule.invalid", s)
	}
	return d, nil
}

func TestAgreementsThatAreRefused(t *testing.T) {
	day := func(n int) *time.Time { t := noon.AddDate(0, 0, n); return &t }
	good := Window{Kind: WeeklyHours, Objective: 0.99, Days: []string{"mon"}, Opens: "08:00", Closes: "17:00"}
	with := func(change func(*Window)) Agreement {
		w := good
		change(&w)
		return Agreement{Windows: []Window{w}}
	}
	for _, tt := range []struct {
		name string
		of   Agreement
		want string // field: key
	}{
		{"nothing", Agreement{}, ""},
		{"as it should be", Agreement{Objective: 0.999, Windows: []Window{good}}, ""},
		{"over midnight", with(func(w *Window) { w.Opens, w.Closes = "22:00", "06:00" }), ""},
		{"to the end of the day", with(func(w *Window) { w.Opens, w.Closes = "00:00", "24:00" }), ""},
		{"a percentage", Agreement{Objective: 99.9}, "a.objective: agreement.objective"},
		{"never down", Agreement{Objective: 1}, "a.objective: agreement.objective"},
		{"below nothing", Agreement{Objective: -1}, "a.objective: agreement.objective"},
		{"too many", Agreement{Windows: slices.Repeat([]Window{good}, 13)}, "a.windows: agreement.windows.too_many"},
		{"no kind", with(func(w *Window) { w.Kind = "" }), "a.windows.0.kind: agreement.window.kind"},
		{"another kind", with(func(w *Window) { w.Kind = "lunar" }), "a.windows.0.kind: agreement.window.kind"},
		{"asks for nothing", with(func(w *Window) { w.Objective = 0 }), "a.windows.0.objective: agreement.window.empty"},
		{"its objective is a percentage", with(func(w *Window) { w.Objective = 99 }), "a.windows.0.objective: agreement.objective"},
		{"no days", with(func(w *Window) { w.Days = nil }), "a.windows.0.days: fault.required"},
		{"a day in French", with(func(w *Window) { w.Days = []string{"lun"} }), "a.windows.0.days: agreement.window.day"},
		{"an hour that is none", with(func(w *Window) { w.Opens = "25:00" }), "a.windows.0.opens: agreement.window.hour"},
		{"an hour without its nought", with(func(w *Window) { w.Opens = "8:00" }), "a.windows.0.opens: agreement.window.hour"},
		{"opens at the end of the day", with(func(w *Window) { w.Opens = "24:00" }), "a.windows.0.opens: agreement.window.hour"},
		{"never closes", with(func(w *Window) { w.Closes = "" }), "a.windows.0.closes: agreement.window.hour"},
		{"closes as it opens", with(func(w *Window) { w.Closes = "08:00" }), "a.windows.0.closes: agreement.window.order"},
		{"office hours with hours", with(func(w *Window) { w.Kind = OfficeHours }), "a.windows.0.kind: agreement.window.office"},
		{"no beginning", with(func(w *Window) { w.Kind, w.To = DatedHours, day(1) }), "a.windows.0.from: fault.required"},
		{"no end", with(func(w *Window) { w.Kind, w.From = DatedHours, day(1) }), "a.windows.0.to: fault.required"},
		{"backwards", with(func(w *Window) { w.Kind, w.From, w.To = DatedHours, day(1), day(0) }), "a.windows.0.to: agreement.window.order"},
		{"a year", with(func(w *Window) { w.Kind, w.From, w.To = DatedHours, day(0), day(365) }), "a.windows.0.to: agreement.window.long"},
		{"no schedule", with(func(w *Window) { w.Schedule = "now and then" }), "a.windows.0.schedule: check.schedule.invalid"},
		{"too often", with(func(w *Window) { w.Schedule = "@every 1s" }), "a.windows.0.schedule: check.schedule.too_often"},
		{"faster than the check times out", with(func(w *Window) { w.Schedule = "@every 10s" }), "a.windows.0.schedule: agreement.window.timeout"},
		{"fast enough", with(func(w *Window) { w.Schedule = "@every 15s" }), ""},
		{"no text", with(func(w *Window) { w.Name = lang.Text{"fr": "\xff"} }), "a.windows.0.name.fr: fault.utf8"},
		{"a novel", with(func(w *Window) { w.Name = lang.Text{"ar": strings.Repeat("م", 201)} }), "a.windows.0.name.ar: fault.too_long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said []string
			for _, f := range fault.All(errors.Join(tt.of.faults("a.", []Check{{Name: "home", Timeout: 10 * time.Second}}, everyPeriod)...)) {
				said = append(said, f.Field+": "+f.Key)
			}
			if got := strings.Join(said, "; "); got != tt.want {
				t.Errorf("says %q; want %q", got, tt.want)
			}
		})
	}
}

func TestJudgementSettingsThatAreRefused(t *testing.T) {
	n := func(n int) *int { return &n }
	for _, tt := range []struct {
		of   *JudgementSettings
		want string
	}{
		{nil, ""},
		{&JudgementSettings{}, ""},
		{&JudgementSettings{Confirmations: n(0), Closing: 3, Flips: n(0), ApdexMS: 800}, ""},
		{&JudgementSettings{Confirmations: n(-1)}, "j.confirmations"},
		{&JudgementSettings{Confirmations: n(11)}, "j.confirmations"},
		{&JudgementSettings{Closing: -1}, "j.closing"},
		{&JudgementSettings{Closing: 21}, "j.closing"},
		{&JudgementSettings{Flips: n(20)}, "j.flips"},
		{&JudgementSettings{ApdexMS: 30_000}, "j.apdex_ms"},
		{&JudgementSettings{Closing: 99, ApdexMS: -4}, "j.closing j.apdex_ms"},
	} {
		var fields []string
		for _, f := range fault.All(errors.Join(tt.of.faults("j.")...)) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != tt.want {
			t.Errorf("%+v: %q; want %q", tt.of, got, tt.want)
		}
	}
	c := Check{Settings: Settings{Judgement: &JudgementSettings{Confirmations: n(4), Closing: 3, Flips: n(0), ApdexMS: 1000}}}
	if how := c.Judging(2); how != (Judging{4, 3, 0}) || c.Apdex() != 1024*time.Millisecond {
		t.Errorf("judged by %+v, satisfied within %v", how, c.Apdex())
	}
	if how := (&Check{}).Judging(2); how != (Judging{2, 1, defaultFlips}) {
		t.Errorf("as a rule judged by %+v", how)
	}
}

// daysOff works on every day but Saturdays, Sundays and those named.
type daysOff []string

func (d daysOff) Works(t time.Time) bool {
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && !slices.Contains(d, t.Format(time.DateOnly))
}

func seasons(t *testing.T) []Season {
	t.Helper()
	f, err := os.Open("../configs/pilot/office_hours.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	list, err := ReadSeasons(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOfficeHoursBySeason(t *testing.T) {
	tunis := time.FixedZone("Africa/Tunis", 3600)
	c := Calendar{Zone: tunis, Days: daysOff{"2026-03-20", "2026-12-17"}, Seasons: seasons(t)}
	office := Window{Kind: OfficeHours}
	for _, tt := range []struct{ day, want string }{
		{"2026-11-23", "08:30-13:00 14:00-17:45"}, // a Monday in winter
		{"2026-11-27", "08:00-13:00 14:30-17:30"}, // a Friday
		{"2026-11-28", ""},                        // a Saturday
		{"2026-12-17", ""},                        // a holiday
		{"2026-07-01", "07:30-14:00"},             // the first day of summer hours
		{"2026-08-31", "07:30-14:00"},             // and the last
		{"2026-09-01", "08:30-13:00 14:00-17:45"},
		{"2026-02-18", "08:00-14:30"}, // Ramadan
		{"2026-03-19", "08:00-14:30"},
		{"2026-03-20", ""},
		{"2026-03-23", "08:30-13:00 14:00-17:45"},
		{"2027-03-09", "08:00-14:30"},
	} {
		from, err := time.ParseInLocation(time.DateOnly, tt.day, tunis)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range c.Open(&office, from, from.AddDate(0, 0, 1)) {
			got = append(got, s.From.In(tunis).Format("15:04")+"-"+s.To.In(tunis).Format("15:04"))
		}
		if is := strings.Join(got, " "); is != tt.want {
			t.Errorf("%s: open %q; want %q", tt.day, is, tt.want)
		}
	}
}

// A weekly window is open in a minute exactly when the clock on the wall says
// so, in zones with and without summer time, on the days the clocks change too.
func TestWeeklyWindowsAgainstMinutes(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, name := range []string{"Africa/Tunis", "Europe/Paris", "America/St_Johns", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		c := Calendar{Zone: zone, Days: daysOff{"2026-03-30", "2026-10-26"}}
		for _, start := range []string{"2026-03-27", "2026-10-23"} { // the clocks change on the 29th and the 25th
			from, err := time.ParseInLocation(time.DateOnly, start, zone)
			if err != nil {
				t.Fatal(err)
			}
			from = from.UTC().Add(time.Duration(rng.IntN(100)) * time.Minute)
			to := from.AddDate(0, 0, 6)
			for range 6 {
				// Hours from five on: between two and three clocks are put forward
				// and back, and what "02:30" means then is anybody's guess.
				w := Window{Kind: WeeklyHours, Opens: hour(5 + rng.IntN(19)), Closes: hour(5 + rng.IntN(19)), Holidays: rng.IntN(2) == 0}
				if w.Opens == w.Closes {
					continue
				}
				for _, d := range Weekdays() {
					if rng.IntN(2) == 0 {
						w.Days = append(w.Days, d)
					}
				}
				open := c.Open(&w, from, to)
				for at := from; at.Before(to); at = at.Add(time.Minute) {
					if got, want := Inside(open, at), openBy(c, &w, at.In(zone)); got != want {
						t.Fatalf("%s %s: %+v open %v; want %v", name, at.In(zone), w, got, want)
					}
				}
			}
		}
	}
}

func hour(n int) string { return time.Date(0, 1, 1, n, 0, 0, 0, time.UTC).Format("15:04") }

// openBy reads the clock on the wall.
func openBy(c Calendar, w *Window, at time.Time) bool {
	begins := func(day time.Time) bool {
		return slices.Contains(w.Days, strings.ToLower(day.Format("Mon"))) &&
			(w.Holidays || !slices.Contains(c.Days.(daysOff), day.Format(time.DateOnly)))
	}
	clock := at.Format("15:04")
	yesterday := time.Date(at.Year(), at.Month(), at.Day()-1, 12, 0, 0, 0, at.Location())
	if w.Opens < w.Closes {
		return begins(at) && clock >= w.Opens && clock < w.Closes
	}
	return begins(at) && clock >= w.Opens || begins(yesterday) && clock < w.Closes
}

func TestDatedWindows(t *testing.T) {
	from, to := noon, noon.Add(3*time.Hour)
	w := Window{Kind: DatedHours, From: &from, To: &to}
	if got := (Calendar{}).Open(&w, noon.Add(time.Hour), noon.Add(24*time.Hour)); len(got) != 1 || got[0] != (Span{noon.Add(time.Hour), to}) {
		t.Errorf("open %v", got)
	}
	if got := (Calendar{}).Open(&w, noon.Add(4*time.Hour), noon.Add(24*time.Hour)); got != nil {
		t.Errorf("open %v after its end", got)
	}
	if got := (Calendar{}).Open(&Window{Kind: DatedHours}, noon, to); got != nil {
		t.Errorf("a window without days is open %v", got)
	}
}

func TestSeasonsThatAreRefused(t *testing.T) {
	const head = "season,from,to,days,opens,closes\n"
	for text, want := range map[string]string{
		"":                                                 "read office hours: EOF",
		"season,from\n":                                    "read office hours: there is no column to",
		head + ",,,mon,08:00,12:00\n":                      "read office hours, line 2: the season has no name",
		head + "w,,,mon,8,12:00\n":                         `read office hours, line 2: "8" to "12:00" are no hours of a day`,
		head + "w,,,mon,12:00,08:00\n":                     `read office hours, line 2: "12:00" to "08:00" are no hours of a day`,
		head + "w,,,lundi,08:00,12:00\n":                   `read office hours, line 2: "lundi" are no days of the week`,
		head + "w,,,,08:00,12:00\n":                        `read office hours, line 2: "" are no days of the week`,
		head + "w,7-1,8-31,mon,08:00,12:00\n":              `read office hours, line 2: "7-1" to "8-31" are no days: 07-01 every year, 2026-02-18 once`,
		head + "w,02-30,03-01,mon,08:00,12:00\n":           `read office hours, line 2: "02-30" to "03-01" are no days: 07-01 every year, 2026-02-18 once`,
		head + "w,07-01,2026-08-31,mon,08:00,12:00":        `read office hours, line 2: "07-01" to "2026-08-31" are no days: 07-01 every year, 2026-02-18 once`,
		head + "w,2026-08-31,2026-07-01,mon,08:00,12:00\n": "read office hours, line 2: 2026-08-31 is after 2026-07-01",
	} {
		if _, err := ReadSeasons(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

func FuzzAgreement(f *testing.F) {
	f.Add(`{"objective":0.999,"windows":[{"kind":"weekly","days":["mon"],"opens":"08:00","closes":"24:00","objective":0.9}]}`)
	f.Add(`{"windows":[{"kind":"dated","from":"2026-11-22T12:00:00Z","to":"2026-11-23T12:00:00Z","schedule":"@every 15s"}]}`)
	f.Add(`{"windows":[{"kind":"office","objective":0.99}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var a Agreement
		if json.Unmarshal([]byte(text), &a) != nil || len(a.faults("a.", nil, everyPeriod)) > 0 {
			return
		}
		c := Calendar{Zone: time.UTC}
		for n := range a.Windows {
			for _, s := range c.Open(&a.Windows[n], noon, noon.AddDate(0, 0, 9)) {
				if s.From.Before(noon) || s.To.After(noon.AddDate(0, 0, 9)) || s.Length() == 0 {
					t.Errorf("%s: open %v", text, s)
				}
			}
		}
	})
}
