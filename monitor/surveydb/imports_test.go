package surveydb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// handed is a file of so many sound rows and what else is said.
func handed(sound int, more ...string) HandIn {
	text := "date,language,ease,satisfaction,finished,office,comment\n"
	for n := range sound {
		text += fmt.Sprintf("2026-11-%02d,fr,4,%d,yes,no,\n", n%18+1, n%5+1)
	}
	text += strings.Join(more, "\n")
	in := HandIn{Service: "cin", Mode: survey.Interviewer, Name: "appels.csv", Data: []byte(text)}
	for line := range strings.Lines(text) {
		in.Lines = append(in.Lines, strings.Split(strings.TrimSuffix(line, "\n"), ","))
	}
	return in
}

func TestAnswersGatheredElsewhere(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		ctx := t.Context()
		in := handed(200, "2026-11-20,fr,9,4,yes,no,appelez le 98 765 432", "hier,xx,4,4,yes,no,")
		h, err := s.Propose(ctx, owner, in)
		if err != nil || h.Sound != 200 || h.Faulty != 2 || h.State != survey.HandedProposed {
			t.Fatalf("%+v, %v", h, err)
		}
		if counts, answers, _ := levels(t, s, "cin"); answers != 0 {
			t.Fatalf("a proposal counts: %v", counts)
		}
		_, judged, err := s.HandedIn(ctx, owner, "cin", h.ID)
		if err != nil || len(judged) != 202 || len(judged[201].Faults) != 2 {
			t.Fatalf("%d rows, %v", len(judged), err)
		}
		var kept string
		if err := db.Raw("SELECT CAST(sheet AS TEXT) FROM answer_imports").Scan(&kept).Error; err != nil || strings.Contains(kept, "98 765") || !strings.Contains(kept, "[tel]") {
			t.Errorf("a telephone number is kept: %t, %v", strings.Contains(kept, "98 765"), err)
		}
		if _, err := s.Apply(ctx, owner, "cin", h.ID, false); !errors.Is(err, fault.Conflict) {
			t.Errorf("all of a faulty list: %v", err)
		}
		for _, by := range []identity.Actor{stranger, {}, {Account: "r", Role: identity.Officer, Institution: "interior", Institutions: []string{"interior"}}} {
			_, proposed := s.Propose(ctx, by, in)
			_, applied := s.Apply(ctx, by, "cin", h.ID, true)
			_, undone := s.UndoHanded(ctx, by, "cin", h.ID)
			_, _, read := s.HandedIn(ctx, by, "cin", h.ID)
			for n, err := range []error{proposed, applied, undone, read} {
				if !turnedAway(err) && !errors.Is(err, fault.Unauthenticated) {
					t.Errorf("%s, act %d: %v", by.Role, n, err)
				}
			}
		}
		done, err := s.Apply(ctx, owner, "cin", h.ID, true)
		if err != nil || done.State != survey.HandedApplied || len(done.Sheet.Rows) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		if counts, answers, _ := levels(t, s, "cin"); answers != 200 || counts != [5]int64{40, 40, 40, 40, 40} {
			t.Errorf("%d answers, %v", answers, counts)
		}
		all, err := s.Distribution(ctx, []string{"cin"}, noon.AddDate(0, -1, 0), noon)
		if err != nil || all["cin"].Score(survey.Satisfaction, survey.Part{}).ByMode["phone"].N != 200 {
			t.Errorf("by mode: %v, %v", all["cin"].Score(survey.Satisfaction, survey.Part{}).ByMode, err)
		}
		if got := s.Accepted(); got[survey.Phone] != 200 || len(got) != len(survey.Channels()) {
			t.Errorf("counted %v", got)
		}
		if _, err := s.Apply(ctx, owner, "cin", h.ID, true); !errors.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.Propose(ctx, owner, in); !errors.Is(err, fault.Conflict) || fault.All(err)[0].Key != "survey.import.again" {
			t.Errorf("the same file again: %v", err)
		}
		if err := s.Roll(ctx); err != nil {
			t.Fatal(err)
		}
		undone, err := s.UndoHanded(ctx, owner, "cin", h.ID)
		if err != nil || undone.State != survey.HandedUndone || len(undone.Sheet.Rows) != 0 {
			t.Fatalf("%+v, %v", undone, err)
		}
		if counts, answers, _ := levels(t, s, "cin"); answers != 0 || counts != [5]int64{} {
			t.Errorf("after it was undone: %d answers, %v", answers, counts)
		}
		var rows int64
		if err := db.Model(&AnswerRow{}).Count(&rows).Error; err != nil || rows != 0 {
			t.Errorf("%d rows stay, %v", rows, err)
		}
		if _, err := s.UndoHanded(ctx, owner, "cin", h.ID); !errors.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
		again, err := s.Propose(ctx, owner, in) // what was undone may come again
		if err != nil {
			t.Fatal(err)
		}
		if gone, err := s.UndoHanded(ctx, owner, "cin", again.ID); err != nil || gone.State != survey.HandedDiscarded {
			t.Errorf("dropped: %+v, %v", gone, err)
		}
	})
}

func TestListsAreForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin")
		if _, err := s.Propose(t.Context(), owner, handed(3)); err != nil {
			t.Fatal(err)
		}
		for days, want := range []string{"proposed", "discarded"} {
			c.add(time.Duration(days*31*24) * time.Hour)
			if err := s.ForgetHanded(t.Context()); err != nil {
				t.Fatal(err)
			}
			lists, err := s.HandedLists(t.Context(), owner, "cin")
			if err != nil || len(lists) != 1 || string(lists[0].State) != want {
				t.Errorf("after %d days: %+v, %v; want %s", days*31, lists, err, want)
			}
		}
	})
}

func TestEditionsAreFrozenOnceAndCountedAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "passport")
		ctx := t.Context()
		for n := range 30 {
			if n == 15 {
				c.add(time.Hour) // thirty in an hour would be a burst
			}
			accept(t, s, form("cin", n%5+1), n)
		}
		if err := s.Roll(ctx); err != nil {
			t.Fatal(err)
		}
		from, to := survey.Quarter(survey.DayOf(noon, s.zone))
		if _, err := s.Freeze(ctx, operator, "cin", from, to); !errors.Is(err, fault.Invalid) {
			t.Errorf("a quarter that is not over: %v", err)
		}
		c.set(time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC))
		if err := s.FreezeQuarter(ctx, operator); err != nil {
			t.Fatal(err)
		}
		if list, err := s.Editions(ctx, "cin"); err != nil || len(list) != 0 {
			t.Fatalf("frozen on the first day: %v, %v", list, err)
		}
		c.add(24 * time.Hour)
		for range 2 {
			if err := s.FreezeQuarter(ctx, operator); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Editions(ctx, "cin")
		if err != nil || len(list) != 1 || list[0].Name() != "2026-Q4" {
			t.Fatalf("%d editions, %v", len(list), err)
		}
		if none, err := s.Editions(ctx, "passport"); err != nil || len(none) != 0 {
			t.Errorf("nobody answered, and yet %v, %v", none, err)
		}
		e := &list[0]
		for _, want := range []string{"jard answers 1\nservice cin\nfrom 2026-10-01\nto 2027-01-01\n", "group portal-tn@1 mode self channel web language fr verified false answers 30 apart 0", "question satisfaction count 6,6,6,6,6 "} {
			if !strings.Contains(e.Document, want) {
				t.Errorf("no %q in\n%s", want, e.Document)
			}
		}
		if same, err := s.Same(ctx, e); err != nil || !same {
			t.Errorf("counted again: %t, %v", same, err)
		}
		if err := s.Verify(ctx); err != nil {
			t.Error(err)
		}
		// A new version of the questions changes nothing of what was answered to the old one.
		next := *sets(t)[0]
		next.Version, next.Questions = 2, append([]survey.Question{}, next.Questions[1:]...)
		if err := s.Adopt(ctx, operator, &next); err != nil {
			t.Fatal(err)
		}
		if same, err := s.Same(ctx, e); err != nil || !same {
			t.Errorf("after new questions: %t, %v", same, err)
		}
		if err := db.Exec("UPDATE survey_answers SET points = ? WHERE id = (SELECT MIN(id) FROM survey_answers)", `{"ease":1,"satisfaction":5,"clarity":1}`).Error; err != nil {
			t.Fatal(err)
		}
		if same, err := s.Same(ctx, e); err != nil || same {
			t.Errorf("after an answer was changed: %t, %v", same, err)
		}
		if err := s.Verify(ctx); !errors.Is(err, errSums) {
			t.Errorf("verify finds %v", err)
		}
		if err := db.Exec("UPDATE answer_editions SET document = document || ' '").Error; err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(ctx); !errors.Is(err, errDocument) {
			t.Errorf("verify finds %v", err)
		}
		if _, err := s.Freeze(ctx, owner, "cin", from, to); !turnedAway(err) {
			t.Errorf("the owner freezes: %v", err)
		}
	})
}

func TestTreatedAnswers(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin", "passport")
		r := accept(t, s, form("cin", 2), 1)
		if err := s.Treat(t.Context(), stranger, "cin", r.ID, true); !turnedAway(err) {
			t.Errorf("a stranger: %v", err)
		}
		if err := s.Treat(t.Context(), owner, "passport", r.ID, true); !errors.Is(err, fault.NotFound) {
			t.Errorf("another service's: %v", err)
		}
		for _, done := range []bool{true, true, false} {
			if err := s.Treat(t.Context(), owner, "cin", r.ID, done); err != nil {
				t.Fatal(err)
			}
			if all, err := s.Treated(t.Context(), []int64{r.ID}); err != nil || (len(all) == 1) != done {
				t.Errorf("%t: %v, %v", done, all, err)
			}
		}
	})
}
