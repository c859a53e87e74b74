package indicator

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// now is a Monday in Tunis.
var now = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

func keys(err error) []string {
	var out []string
	for _, f := range fault.All(err) {
		out = append(out, fmt.Sprintf("%s %s %s", f.Kind, f.Field, f.Key))
	}
	return out
}

func TestDaysAndWeeksAreCutInTunis(t *testing.T) {
	for text, want := range map[string]struct {
		date, monday inventory.Date
	}{
		"2026-11-15T22:59:59Z": {"2026-11-15", "2026-11-09"},
		"2026-11-15T23:00:00Z": {"2026-11-16", "2026-11-16"}, // midnight in Tunis
		"2026-11-22T12:00:00Z": {"2026-11-22", "2026-11-16"},
		"2024-02-29T12:00:00Z": {"2024-02-29", "2024-02-26"},
		"2027-01-01T00:00:00Z": {"2027-01-01", "2026-12-28"},
		"1970-01-01T00:00:00Z": {"1970-01-01", "1969-12-29"},
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		day := DayOf(at)
		if day.Date() != want.date || day.Week().Monday().Date() != want.monday || DayOf(day.Start()) != day {
			t.Errorf("%s is %s in the week of %s; want %v", text, day.Date(), day.Week().Monday().Date(), want)
		}
		if day.Week().Sunday()-day.Week().Monday() != 6 {
			t.Errorf("the week of %s has not seven days", text)
		}
	}
}

func TestPeriods(t *testing.T) {
	for _, one := range []struct{ from, to, wantFrom, wantTo string }{
		{"", "", "2025-11-17", "2026-11-16"},
		{"2026-07-01", "2026-09-30", "2026-07-01", "2026-09-30"},
		{" 2026-07-01 ", "", "2026-07-01", "2026-11-16"},
		{"", "2026-01-31", "2025-02-01", "2026-01-31"},
		{"2026-02-03", "2026-02-03", "2026-02-03", "2026-02-03"},
	} {
		p, err := ParsePeriod(one.from, one.to, now)
		if err != nil || string(p.From.Date()) != one.wantFrom || string(p.To.Date()) != one.wantTo {
			t.Errorf("%q to %q = %s to %s, %v", one.from, one.to, p.From.Date(), p.To.Date(), err)
		}
	}
	for _, one := range []struct{ from, to, want string }{
		{"2026-02-30", "", "invalid from fault.date"},
		{"hier", "", "invalid from fault.date"},
		{"", "31/12/2026", "invalid to fault.date"},
		{"2026-09-30", "2026-07-01", "invalid to indicator.period.order"},
		{"1990-01-01", "2026-07-01", "invalid from indicator.period.long"},
		{"", "0001-01-01", "invalid to fault.date"},
	} {
		if _, err := ParsePeriod(one.from, one.to, now); !cmp.Equal(keys(err), []string{one.want}) {
			t.Errorf("%q to %q: %v; want %s", one.from, one.to, keys(err), one.want)
		}
	}
}

func TestQuarters(t *testing.T) {
	q, err := ParseQuarter("2026-Q4")
	if err != nil || q.Next().String() != "2027-Q1" || q.Before().String() != "2026-Q3" || q.Next().Before() != q {
		t.Errorf("%v, %v", q, err)
	}
	if p := q.Period(); p.From.Date() != "2026-10-01" || p.To.Date() != "2026-12-31" {
		t.Errorf("%s to %s", p.From.Date(), p.To.Date())
	}
	if got := QuarterOf(time.Date(2026, 9, 30, 23, 30, 0, 0, time.UTC)); got.String() != "2026-Q4" {
		t.Errorf("half past midnight of 1 October in Tunis is in %s", got)
	}
	for _, bad := range []string{"", "2026", "2026-Q0", "2026-Q5", "2026-Q1 ", "26-Q1", "2026-q1", "1999-Q1", "2026-Q01", "-Q1", "2026-Q1-Q2"} {
		if _, err := ParseQuarter(bad); !cmp.Equal(keys(err), []string{"invalid quarter statement.quarter.form"}) {
			t.Errorf("%q: %v", bad, keys(err))
		}
	}
}

// FuzzPeriod sees that whatever is typed is a period in order or a fault of one of the two fields.
func FuzzPeriod(f *testing.F) {
	for _, s := range []string{"", "2026-07-01", "2026-02-30", "9999-12-31", "\xff", "٢٠٢٦-٠١-٠١", "2026-07-01T00:00:00Z"} {
		f.Add(s, "2026-09-30")
		f.Add("2026-01-01", s)
	}
	f.Fuzz(func(t *testing.T, from, to string) {
		p, err := ParsePeriod(from, to, now)
		if err == nil && (p.From > p.To || p.To-p.From > mostYears*366) {
			t.Errorf("%q to %q is %v", from, to, p)
		}
		for _, one := range fault.All(err) {
			if one.Kind != fault.Invalid || one.Field != "from" && one.Field != "to" {
				t.Errorf("%q to %q: %v", from, to, one)
			}
		}
		if q, err := ParseQuarter(from); err == nil && q.String() != from {
			t.Errorf("%q is read as %s", from, q)
		}
	})
}

func TestARateOfNothingIsUnknown(t *testing.T) {
	for _, one := range []struct {
		p     Promises
		grade Grade
		ratio float64
	}{
		{Promises{}, NothingDue, 0},
		{Promises{Waived: 3}, NothingDue, 0},
		{Promises{Met: 19, Late: 1}, Kept, .95},
		{Promises{Met: 8, Late: 2}, Mostly, .8},
		{Promises{Met: 1, Late: 1, Waived: 5}, Partly, .5},
		{Promises{Late: 2, Missing: 1}, Seldom, 0},
	} {
		ratio, known := one.p.OnTime()
		if one.p.Grade() != one.grade || ratio != one.ratio || known != (one.grade != NothingDue) {
			t.Errorf("%+v is %s, %v; want %s, %v", one.p, one.p.Grade(), ratio, one.grade, one.ratio)
		}
		low, high := one.p.Interval()
		if low < 0 || high > 1 || low > ratio+1e-9 && known || high < ratio-1e-9 {
			t.Errorf("%+v lies between %v and %v", one.p, low, high)
		}
	}
	// Wilson's interval of 45 of 50, as the textbooks have it.
	if low, high := (Promises{Met: 45, Late: 5}).Interval(); low < .786 || low > .787 || high < .956 || high > .957 {
		t.Errorf("45 of 50: %v to %v", low, high)
	}
}

func TestTheMapHasEveryWeekAndRow(t *testing.T) {
	h := NewHeat(10, 13, []Weekly{
		{"onagri", 10, Promises{Met: 1}}, {"marhp", 10, Promises{Late: 1}}, {"ms", 13, Promises{Met: 4}}, {"ms", 9, Promises{Late: 9}},
	}, func(slug string) string {
		if slug == "onagri" {
			return "marhp"
		}
		return slug
	}, "mt", "marhp")
	if len(h.Weeks) != 4 || len(h.Rows) != 3 {
		t.Fatalf("%d weeks, %d rows", len(h.Weeks), len(h.Rows))
	}
	if h.Rows[0].Institution != "marhp" || h.Rows[0].Cells[0] != (Promises{Met: 1, Late: 1}) || h.Rows[1].Institution != "ms" ||
		h.Rows[2].Institution != "mt" || h.Rows[2].Total.Grade() != NothingDue {
		t.Errorf("%+v", h.Rows)
	}
	if h.Total() != (Promises{Met: 5, Late: 1}) {
		t.Errorf("total %+v", h.Total())
	}
}

func TestAgesAreInWorkingDays(t *testing.T) {
	days := inventory.NewWorkdays(inventory.Tunis(), []inventory.Holiday{{Day: "2026-11-11"}})
	friday := DayOf(now) - 3
	a := AgesOf([]Waiting{{"ms", DayOf(now), 2}, {"ms", friday, 5}, {"mt", friday - 7, 1}, {"mt", friday - 40, 2}}, days, now)
	// Friday to Monday is one working day, two Fridays ago five with a holiday between.
	if want := (Ages{N: 10, Median: 1, P90: 30, Oldest: 30, Upto: [4]int{8, 0, 0, 2}}); a != want {
		t.Errorf("%+v; want %+v", a, want)
	}
	if a := AgesOf(nil, days, now); a != (Ages{}) {
		t.Errorf("of nothing: %+v", a)
	}
}

func TestSlips(t *testing.T) {
	moves := []Move{
		{First: "2026-03-01", Last: "2026-03-31"},
		{First: "2026-03-01", Last: "2026-02-01"},
		{First: "2026-01-01", Last: "2026-01-11"},
		{First: "", Last: "2026-01-11"},
	}
	if days, n := MedianSlip(moves); days != 10 || n != 2 {
		t.Errorf("median %d of %d", days, n)
	}
}

func TestEveryIndicatorSaysWhatItIs(t *testing.T) {
	empty := Figures{}
	for _, c := range Codes() {
		if !c.Valid() || c.Unit() == "" {
			t.Errorf("%s has no unit", c)
		}
		v := empty.Value(c)
		if v.Measured && c != Inventoried && c != Overdue {
			t.Errorf("%s of nothing is %+v; want not measured", c, v)
		}
		if len(c.Parts()) == 0 && c != Institutions && c != Feedback {
			t.Errorf("%s has no rows", c)
		}
	}
	if Code("x").Valid() {
		t.Error("x is an indicator")
	}
	full := Figures{Answers: &Answers{Received: 4, Answered: 3}}
	if v := full.Value(Feedback); !v.Measured || v.Amount != .75 {
		t.Errorf("feedback %+v", v)
	}
}

// Only the operator issues; the quarter must be over; a revision needs a reason and a change.
func TestIssuing(t *testing.T) {
	s := Statement{Institution: "marhp", Quarter: "2026-Q3", Figures: []Figure{{Key: FigureOverdue, N: 3}}}
	for _, role := range append([]identity.Role{identity.Public}, identity.Roles()...) {
		by := identity.Actor{Account: "a", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
		_, err := Issue(by, s, nil, "", now)
		if may := role == identity.MCD || role == identity.Admin; may != (err == nil) {
			t.Errorf("%s: %v", role, err)
		}
	}
	by := identity.Actor{Account: "a", Role: identity.MCD}
	first, err := Issue(by, s, nil, "", now)
	if err != nil || first.Revision != 1 || len(first.Hash) != 64 {
		t.Fatalf("%+v, %v", first, err)
	}
	later := s
	later.Figures = []Figure{{Key: FigureOverdue, N: 4}}
	later.Late = Lines{Total: 1, Items: []Line{{Ref: "TN-1", Period: "2026"}}}
	running := s
	running.Quarter = "2026-Q4"
	for name, one := range map[string]struct {
		s      Statement
		reason string
		want   string
	}{
		"nothing changed":   {s, "Erreur", "conflict  statement.unchanged"},
		"no reason":         {later, " ", "invalid reason statement.reason.required"},
		"reason too long":   {later, string(make([]byte, 1001)), "invalid reason fault.too_long"},
		"reason not UTF-8":  {later, "\xff", "invalid reason fault.utf8"},
		"quarter not over":  {running, "x", "conflict  statement.running"},
		"no quarter at all": {Statement{Institution: "marhp"}, "x", "invalid quarter statement.quarter.form"},
	} {
		if _, err := Issue(by, one.s, &first, one.reason, now); !cmp.Equal(keys(err), []string{one.want}) {
			t.Errorf("%s: %v; want %s", name, keys(err), one.want)
		}
	}
	second, err := Issue(by, later, &first, " Données corrigées ", now)
	if err != nil || second.Revision != 2 || second.Reason != "Données corrigées" {
		t.Errorf("%+v, %v", second, err)
	}
	back, err := second.Read()
	if diff := cmp.Diff(later, back); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	second.Body += " "
	if _, err := second.Read(); err == nil {
		t.Error("a statement that was tampered with is read")
	}
	want := []Change{{Key: FigureOverdue, WasN: 3, N: 4}, {Key: "late", N: 1, Added: []string{"TN-1"}}}
	if diff := cmp.Diff(want, later.Changes(s)); diff != "" {
		t.Error(diff)
	}
	if got := s.Changes(later); len(got) != 2 || len(got[1].Gone) != 1 {
		t.Errorf("%+v", got)
	}
}
