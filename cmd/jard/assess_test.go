package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/criteria"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/assessdb"
	"github.com/jard-odi/jard/monitor/survey"
)

// known finds a fact in a list.
func known(t *testing.T, list []assess.Fact, m assess.Measure) assess.Fact {
	t.Helper()
	for _, f := range list {
		if f.Measure == m {
			if err := f.Validate(); err != nil {
				t.Error(err)
			}
			return f
		}
	}
	t.Fatalf("nothing is said of %s", m)
	return assess.Fact{}
}

// quarter is a stretch of 90 days with office hours of eight hours each day.
func quarterOf(down ...monitor.Span) *watchSpan {
	to := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	s := &watchSpan{from: to.AddDate(0, 0, -90), to: to, down: map[string][]monitor.Span{"cin": down}}
	for n := range 90 {
		eight := s.from.AddDate(0, 0, n).Add(8 * time.Hour)
		s.office = append(s.office, monitor.Span{From: eight, To: eight.Add(8 * time.Hour)})
	}
	return s
}

func page(language lang.Tag, up, down time.Duration) watchedCheck {
	c := &monitor.Check{Kind: monitor.HTTP}
	c.Settings.Web = &monitor.WebSettings{Language: language}
	minutes := int64((up + down) / time.Minute)
	return watchedCheck{check: c, tally: monitor.Tally{Up: up, Down: down, Asked: minutes, Answered: minutes - int64(down/time.Minute)}}
}

func TestTheWatchTellsOfAvailabilityAndOutages(t *testing.T) {
	const all = 90 * 24 * time.Hour
	s := quarterOf()
	down := []monitor.Span{
		{From: s.from.Add(9 * time.Hour), To: s.from.Add(11 * time.Hour)},                 // in office hours
		{From: s.from.Add(20 * time.Hour), To: s.from.Add(21 * time.Hour)},                // in the evening
		{From: s.from.AddDate(0, 0, -1), To: s.from.AddDate(0, 0, -1).Add(5 * time.Hour)}, // before
	}
	s.down["cin"] = down
	f := factList{service: "cin", at: s.to}
	f.standing([]watchedCheck{page(lang.French, all, 0), page(lang.Arabic, all-3*time.Hour, 3*time.Hour)}, s, s.from, "cin")
	av := known(t, f.list, assess.Availability)
	if want := 1 - 3.0/(90*24); math.Abs(av.Value-want) > 1e-9 || !(*av.Low < av.Value && av.Value < *av.High) || av.N != 90*24*60 {
		t.Errorf("%+v; want %v", av, want)
	}
	if half := (*av.High - *av.Low) / 2; half > 0.0003 {
		t.Errorf("a look a minute leaves ±%v open", half)
	}
	if office := known(t, f.list, assess.OfficeAvailability); math.Abs(office.Value-(1-2.0/720)) > 1e-9 {
		t.Errorf("%+v", office)
	}
	for m, want := range map[assess.Measure]float64{assess.LongestOutage: 7200, assess.Repair: 5400, assess.Outages: 2} {
		if got := known(t, f.list, m); got.Value != want {
			t.Errorf("%s %v; want %v", m, got.Value, want)
		}
	}
	f.languages([]watchedCheck{page(lang.French, all, 0), page(lang.Arabic, all-3*time.Hour, 3*time.Hour)})
	if gap := known(t, f.list, assess.LanguageGap); math.Abs(gap.Value-3.0/(90*24)) > 1e-9 {
		t.Errorf("%+v", gap)
	}
}

func TestTheWatchSaysWhatItDoesNotKnow(t *testing.T) {
	s := quarterOf()
	for name, tt := range map[string]struct {
		seen  []watchedCheck
		first time.Time
		why   string
	}{
		"nobody looked": {nil, s.from, "assess.unknown.young"},
		"three days":    {[]watchedCheck{page(lang.French, 72*time.Hour, 0)}, s.to.AddDate(0, 0, -3), "assess.unknown.young"},
		"half of it":    {[]watchedCheck{page(lang.French, 45*24*time.Hour, 0)}, s.from, "assess.unknown.gaps"},
	} {
		f := factList{service: "cin", at: s.to}
		f.standing(tt.seen, s, tt.first, "cin")
		if got := known(t, f.list, assess.Availability); got.Unknown != tt.why {
			t.Errorf("%s: %+v", name, got)
		}
	}
	f := factList{service: "cin", at: s.to}
	f.speed([]watchedCheck{page(lang.French, time.Hour, 0)})
	f.languages([]watchedCheck{page(lang.French, time.Hour, 0)})
	f.people(survey.Sums{})
	for _, one := range f.list {
		if one.Unknown == "" {
			t.Errorf("%+v", one)
		}
	}
}

// TestApdexOfAKnownSpread counts 60 fast, 30 tolerated and 10 slow answers, and
// 20 that never came: (60 + 30/2) of 120.
func TestApdexOfAKnownSpread(t *testing.T) {
	c := page(lang.French, time.Hour, 0)
	c.tally.Asked, c.tally.Answered = 120, 100
	for n := range 100 {
		took := 100 * time.Millisecond
		switch {
		case n >= 90:
			took = 5 * time.Second
		case n >= 60:
			took = 800 * time.Millisecond
		}
		c.tally.Times.Add(took)
	}
	f := factList{service: "cin"}
	f.at = time.Now()
	f.speed([]watchedCheck{c})
	if got := known(t, f.list, assess.Apdex); math.Abs(got.Value-0.625) > 1e-9 {
		t.Errorf("%v; want 0.625", got.Value)
	}
	if got := known(t, f.list, assess.Response); !(*got.Low <= 0.8 && 0.8 <= *got.High) || *got.High / *got.Low > 1.2 {
		t.Errorf("the third quartile is 0.8 s: %+v", got)
	}
}

// saying runs `jard assess` on a database.
func saying(t *testing.T, target string, args ...string) (code int, out, faults string) {
	t.Helper()
	var o, e strings.Builder
	p := program{in: strings.NewReader(""), out: &o, err: &e, getenv: func(name string) string {
		return map[string]string{"LANG": "en", "JARD_DATABASE_URL": target}[name]
	}}
	code = run(t.Context(), append([]string{"assess"}, args...), p)
	return code, o.String(), e.String()
}

func TestAssessPrintsAScorecard(t *testing.T) {
	target := databasetest.URL(t, database.SQLite)
	if code, out, faults := saying(t, target); code != 0 || !strings.Contains(out, "No service is watched.") {
		t.Fatalf("%d %s %s", code, out, faults)
	}
	c := configs.Default()
	c.Database.URL = configs.Secret(target)
	withDB(t, c, func(ctx context.Context, db *gorm.DB) {
		if err := seedOnce(ctx, db); err != nil {
			t.Fatal(err)
		}
		if err := db.Exec("UPDATE services SET state = 'active' WHERE slug = (SELECT MIN(slug) FROM services)").Error; err != nil {
			t.Fatal(err)
		}
		var slug string
		if err := db.Raw("SELECT MIN(slug) FROM services").Scan(&slug).Error; err != nil {
			t.Fatal(err)
		}
		err := assessdb.New(db, nil).Put(ctx, []assess.Fact{{Service: slug, Measure: assess.SafetyHeaders, At: time.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		code, out, faults := saying(t, target, "--measure", slug)
		for _, want := range []string{": no score, ", "SE3  Protective headers: red (0)", "→ Add Content-Security-Policy", "[open] SE3", "AV1  Availability over the quarter: unknown (The service has been watched for too short a time.)"} {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%d, lacks %q:\n%s%s", code, want, out, faults)
			}
		}
	})
	if code, _, faults := saying(t, target, "--verify", "2020-Q1"); code != 1 || faults == "" {
		t.Errorf("%d %q", code, faults)
	}
}

// withDB opens the database of the settings for a moment.
func withDB(t *testing.T, c configs.Config, work func(context.Context, *gorm.DB)) {
	t.Helper()
	db, err := openDatabase(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close(db) }()
	work(t.Context(), db)
}

func TestAssessChecksAFileOfCriteria(t *testing.T) {
	good, err := criteria.Files.ReadFile("french-vde.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "set.yaml")
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, faults := saying(t, "", "--check", file); code != 0 || out != "The set french-vde@1 is right.\n" {
		t.Errorf("%d %q %q", code, out, faults)
	}
	bad := strings.Replace(string(good), "measure: clarity", "measure: charity", 1)
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, faults := saying(t, "", "--check", file)
	if code != 1 || !strings.Contains(faults, "criteria.1.measure: Jard does not measure “charity”.") || !strings.HasPrefix(faults, "line ") {
		t.Errorf("%d %q", code, faults)
	}
}

// TestADraftIsMeasuredForItsOwnQuarter has the edition of a quarter drafted with
// what measurers say of that quarter, and not of today.
func TestADraftIsMeasuredForItsOwnQuarter(t *testing.T) {
	now := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	db := databasetest.Open(t)
	if err := seedOnce(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec("UPDATE services SET state = 'active'").Error; err != nil {
		t.Fatal(err)
	}
	var from, to time.Time
	a := &assessment{store: assessdb.New(db, func() time.Time { return now }), now: func() time.Time { return now }}
	a.measures = map[string]measurer{"watch": func(_ context.Context, _ []string, f, u time.Time) ([]assess.Fact, error) {
		from, to = f, u
		return nil, nil
	}}
	if err := a.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	operator := identity.Actor{Account: "a", Role: identity.MCD}
	e, err := a.draft(t.Context(), operator, "2026-Q3", now.AddDate(0, 0, 10))
	if err != nil || !from.Equal(e.Since) || !to.Equal(e.Until) || from.UTC().Format(time.DateTime) != "2026-06-30 23:00:00" {
		t.Errorf("%v: measured %s to %s of %+v", err, from, to, e)
	}
	if _, err := a.redraft(t.Context(), operator, "2026-Q3", e.Revision); err != nil {
		t.Error(err)
	}
	if _, err := a.draft(t.Context(), identity.Actor{Role: identity.ServiceOwner}, "2026-Q3", now); err == nil {
		t.Error("an owner drafts an edition")
	}
	if numbers, err := a.numbers(); err != nil || len(numbers) == 0 || numbers[0].Score != nil {
		t.Errorf("%d numbers, %v", len(numbers), err)
	}
}
