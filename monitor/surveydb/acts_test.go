package surveydb

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// actors are one of each role of the institution whose service it is, somebody
// of another one, and nobody in particular.
func actors() map[string]identity.Actor {
	out := map[string]identity.Actor{"nobody": {}, "stranger": stranger}
	for _, role := range identity.Roles() {
		a := identity.Actor{Account: "a-" + string(role), Role: role}
		if role.NeedsInstitution() {
			a.Institution, a.Institutions = "interior", []string{"interior"}
		}
		out[string(role)] = a
	}
	return out
}

func TestWhoMayDoWhat(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		accept(t, s, form("cin", 3), 1)
		var id int64
		if err := db.Model(&AnswerRow{}).Pluck("id", &id).Error; err != nil {
			t.Fatal(err)
		}
		newer := *sets(t)[1]
		newer.Version = 2
		ctx := t.Context()
		manage, read := []string{"mcd", "admin", "service_owner"}, []string{"mcd", "admin", "service_owner", "supervisor", "committee"}
		for _, tt := range []struct {
			name string
			try  func(by identity.Actor) error
			who  []string
		}{
			{"mint", func(by identity.Actor) error { _, err := s.Mint(ctx, by, "cin", 1); return err }, manage},
			{"new key", func(by identity.Actor) error { _, err := s.NewKey(ctx, by, "cin"); return err }, manage},
			{"revoke", func(by identity.Actor) error { return s.Revoke(ctx, by, "cin") }, manage},
			{"erase", func(by identity.Actor) error { return s.Erase(ctx, by, id, "nom cité") }, manage},
			{"choose", func(by identity.Actor) error {
				a, err := s.Asking(ctx, "cin")
				if err == nil {
					_, err = s.Choose(ctx, by, a, a.Revision)
				}
				return err
			}, manage},
			{"read answers", func(by identity.Actor) error {
				_, err := s.Answers(ctx, by, Wanted{Service: "cin", To: noon})
				return err
			}, read},
			{"read bursts", func(by identity.Actor) error { _, err := s.Bursts(ctx, by, "cin", noon); return err }, read},
			{"adopt", func(by identity.Actor) error { return s.Adopt(ctx, by, &newer) }, []string{"mcd", "admin"}},
			{"release", func(by identity.Actor) error {
				if err := s.Release(ctx, by, "cin", noon, "vrai"); !errors.Is(err, fault.NotFound) || !by.Everywhere(identity.JudgeAssessment) {
					return err
				}
				return nil
			}, []string{"mcd", "admin"}},
		} {
			for name, by := range actors() {
				err := tt.try(by)
				switch {
				case slices.Contains(tt.who, name) && err != nil:
					t.Errorf("%s by %s: %v", tt.name, name, err)
				case !slices.Contains(tt.who, name) && !refused(err):
					t.Errorf("%s by %s: %v; want a refusal", tt.name, name, err)
				}
			}
		}
	})
}

func refused(err error) bool {
	return errors.Is(err, fault.Forbidden) || errors.Is(err, fault.NotFound) || errors.Is(err, fault.Unauthenticated)
}

func TestSetsAreImmutableOnceAnswered(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		accept(t, s, form("cin", 3), 1)
		again := *sets(t)[0]
		again.Questions = again.Questions[:3]
		if err := s.Adopt(t.Context(), operator, &again); keyOf(err) != "survey.set.answered" || !errors.Is(err, fault.Conflict) {
			t.Errorf("an answered version was written again: %v", err)
		}
		bad := again
		bad.Version, bad.Name = 2, "portal-tn"
		bad.Questions = nil
		if err := s.Adopt(t.Context(), operator, &bad); keyOf(err) != "survey.set.questions" {
			t.Errorf("a set without questions: %v", err)
		}
		if set, err := s.Set(t.Context(), "portal-tn", 0); err != nil || set.Version != 1 || len(set.Questions) != 10 {
			t.Errorf("in force is %+v, %v; want the former", set, err)
		}
		again.Version = 2
		for range 2 { // not answered yet: it may be mended
			if err := s.Adopt(t.Context(), operator, &again); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Adopt(t.Context(), operator, sets(t)[0]); keyOf(err) != "survey.set.older" {
			t.Errorf("an older version came back: %v", err)
		}
		f := form("cin", 3)
		if _, err := s.Accept(t.Context(), f, address(1)); keyOf(err) != "survey.answer.unknown" {
			t.Errorf("the new version is not in force: %v", err)
		}
		asking, err := s.Asking(t.Context(), "cin")
		if err != nil {
			t.Fatal(err)
		}
		want := asking
		want.Pinned = 1
		if _, err := s.Choose(t.Context(), owner, want, asking.Revision); err != nil {
			t.Fatal(err)
		}
		accept(t, s, f, 1)
		if versions, err := s.Versions(t.Context(), "portal-tn"); err != nil || len(versions) != 2 || versions[0].Version != 2 {
			t.Errorf("versions are %v, %v", versions, err)
		}
		if all, err := s.Sets(t.Context()); err != nil || len(all) != 2 {
			t.Errorf("sets are %v, %v", all, err)
		}
	})
}

func TestChoosingWhatAServiceAsks(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		asking, err := s.Asking(t.Context(), "cin")
		if err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			spoil    func(*survey.Asking)
			revision int64
			want     string
		}{
			"set":     {func(a *survey.Asking) { a.Set = "x" }, 0, "survey.asking.set"},
			"quick":   {func(a *survey.Asking) { a.Quick = "" }, 0, "survey.asking.set"},
			"version": {func(a *survey.Asking) { a.Pinned = 7 }, 0, "survey.asking.version"},
			"days":    {func(a *survey.Asking) { a.TokenDays = 91 }, 0, "survey.asking.token_days"},
			"stale":   {func(a *survey.Asking) { a.Open = false }, 3, "survey.asking.stale"},
		} {
			want := asking
			tt.spoil(&want)
			if _, err := s.Choose(t.Context(), owner, want, tt.revision); keyOf(err) != tt.want {
				t.Errorf("%s: %v; want %s", name, err, tt.want)
			}
		}
		want := asking
		want.Open = false
		got, err := s.Choose(t.Context(), owner, want, 0)
		if err != nil || got.Revision != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, err := s.Accept(t.Context(), form("cin", 3), address(1)); keyOf(err) != "survey.answer.closed" {
			t.Errorf("a closed survey: %v", err)
		}
		if _, err := s.Accept(t.Context(), form("nowhere", 3), address(1)); !errors.Is(err, fault.NotFound) {
			t.Errorf("a service that is not there: %v", err)
		}
		for state, want := range map[string]error{"draft": fault.NotFound, "paused": fault.Gone} {
			addService(t, db, state, "interior")
			if err := db.Table("services").Where("slug = ?", state).Update("state", state).Error; err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), form(state, 3), address(1)); !errors.Is(err, want) {
				t.Errorf("a %s service: %v", state, err)
			}
		}
	})
}

func TestWordsAreErasedAndForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		var first Receipt
		for n := range 3 {
			c.set(noon.AddDate(0, -n*5, 0))
			f := form("cin", 2)
			f.Answers["comment"] = fmt.Sprintf("L'agent Foulen du guichet %d m'a mal reçu", n)
			r := accept(t, s, f, n)
			if n == 0 {
				first = r
			}
		}
		c.set(noon)
		if err := s.Erase(t.Context(), owner, first.ID, ""); keyOf(err) != "survey.erase.reason" {
			t.Errorf("without a reason: %v", err)
		}
		if err := s.Erase(t.Context(), owner, first.ID, "une personne est nommée"); err != nil {
			t.Fatal(err)
		}
		done, err := s.Forget(t.Context(), 9)
		if err != nil || done.Comments != 1 {
			t.Errorf("forgot %+v, %v; want the oldest comment", done, err)
		}
		list, err := s.Answers(t.Context(), owner, Wanted{Service: "cin", From: noon.AddDate(-1, 0, 0), To: noon.Add(time.Hour)})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d answers, %v; want all without words", len(list), err)
		}
		words := 0
		for _, a := range list {
			if a.Comment != "" {
				words++
			}
			if a.Points[survey.Satisfaction] != 2 {
				t.Errorf("an answer lost its points: %+v", a)
			}
		}
		var lines []audit.Line
		if err := db.Find(&lines, "act = ?", "survey.erase_comment").Error; err != nil {
			t.Fatal(err)
		}
		if words != 1 || len(lines) != 1 || lines[0].Reason != "une personne est nommée" || lines[0].Institution != "interior" {
			t.Errorf("%d comments are left, the trail is %+v", words, lines)
		}
	})
}

func TestPeriodsAreCoveredByFewSpans(t *testing.T) {
	day := func(y int, m time.Month, d int) int64 { return numberOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) }
	for _, tt := range []struct {
		name     string
		from, to int64
		want     map[string]int
	}{
		{"a year", day(2026, 1, 1), day(2027, 1, 1), map[string]int{aMonth: 12}},
		{"a day", day(2026, 1, 31), day(2026, 2, 1), map[string]int{aDay: 1}},
		{"a week over the end of a month", day(2026, 2, 26), day(2026, 3, 5), map[string]int{aDay: 7}},
		{"a year from day to day", day(2025, 11, 23), day(2026, 11, 23), map[string]int{aDay: 8 + 2, tenDays: 2, aMonth: 11}},
		{"nothing", day(2026, 1, 2), day(2026, 1, 2), map[string]int{}},
	} {
		got := map[string]int{}
		days := int64(0)
		for span, starts := range cover(tt.from, tt.to) {
			got[span] = len(starts)
			for _, start := range starts {
				days += endOf(span, start.(int64)) - start.(int64)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) || days != tt.to-tt.from {
			t.Errorf("%s: %v over %d days; want %v over %d", tt.name, got, days, tt.want, tt.to-tt.from)
		}
	}
	for d := day(2023, 12, 1); d < day(2024, 4, 1); d++ {
		for _, span := range []string{aDay, tenDays, aMonth} {
			if start := startOf(span, d); start > d || endOf(span, start) <= d || startOf(span, start) != start {
				t.Fatalf("%s: the span %s of %s begins on %s", calendar(d), span, calendar(d), calendar(start))
			}
		}
	}
}

func FuzzDeltas(f *testing.F) {
	d := deltas{}
	d.of("cin", 20_000).Add(&survey.Set{}, &survey.Answer{Weight: 1})
	f.Add(d.pack())
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = unpack(b, func(_ place, body []byte) error { return survey.Sums{}.MergePacked(body) })
	})
}
