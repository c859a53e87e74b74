package monitordb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/schedule"
)

func TestTheStepsOfTheLastLookAreKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db)
		check := add(t, s, service("b3")).Checks[0].ID
		w := s.NewWriter(nil, 0)
		take := func(vantage int16, at int, steps ...monitor.Step) {
			r := monitor.Reading{Check: check, At: noon.Add(time.Duration(at) * time.Second), Every: time.Minute, Vantage: vantage, Steps: steps, Verdict: monitor.Up}
			var c monitor.Current
			c.CheckID, c.Service = check, "b3"
			c.Take(&r, 2)
			w.Add(Entry{Reading: r, Current: c})
		}
		read := func(want ...string) {
			t.Helper()
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			steps, err := s.Steps(t.Context(), check)
			if err != nil || len(steps) != len(want) {
				t.Fatalf("steps %+v, %v; want %v", steps, err, want)
			}
			for n := range want {
				if steps[n].Name != want[n] || steps[n].TookUs != 1500 || steps[n].Fault != "status 404" {
					t.Errorf("step %+v; want %s", steps[n], want[n])
				}
			}
		}
		step := func(name string) monitor.Step {
			return monitor.Step{Name: name, TookUs: 1500, Status: 404, Fault: "status 404"}
		}
		read()
		take(0, 1, step("login"), step("دخول"))
		read("login", "دخول")
		take(0, 2, step("search"))
		take(3, 3, step("elsewhere")) // seen from elsewhere: this page tells of here
		read("search")
		take(0, 4) // a look of one part leaves what is known
		read("search")

		by := identity.Actor{Account: "m", Role: identity.MCD}
		_, err := s.Change(t.Context(), by, "b3", func(v *monitor.Service) error {
			want := *v
			want.State = monitor.Paused
			return v.Edit(by, want, schedule.Period)
		})
		if err != nil {
			t.Fatal(err)
		}
		take(0, 5, step("late")) // what was seen before the pause and is stored after it
		read()
	})
}
