package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice"
)

// letters returns the outbox, the latest last.
func (h *house) letters() []mail.Letter {
	h.Helper()
	var all []mail.Letter
	h.ok(h.db.Order("queued_at, account").Find(&all).Error)
	return all
}

// A dataset of November is late after 7 December; the weeks around it are lived
// day by day until the operator has heard of it, each day several times, with
// the clock going back and forth.
func TestNobodyIsToldTwice(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.published("Production de céréales")
		h.published("Production d'olives")
		for day := start.AddDate(0, 0, 14); day.Before(start.AddDate(0, 0, 60)); day = day.AddDate(0, 0, 1) {
			h.on(string(inventory.DateOf(day, inventory.Tunis()))).run()
			if again := h.run(); again.Written != 0 {
				t.Fatalf("%s: a second run wrote %d", day, again.Written)
			}
			h.now = h.now.AddDate(0, 0, -2)
			if back := h.run(); back.Written != 0 {
				t.Fatalf("%s: the clock went back and %d were written", day, back.Written)
			}
			h.now = h.now.AddDate(0, 0, 2)
		}
		keys := map[string]bool{}
		perDay := map[string]int{}
		for _, l := range h.letters() {
			if keys[l.Key] {
				t.Errorf("%s twice", l.Key)
			}
			keys[l.Key] = true
			perDay[l.Account]++
		}
		if perDay["officer"] == 0 || perDay["officer"] != perDay["arabic"] || perDay["head"] == 0 || perDay["operator"] == 0 {
			t.Errorf("letters by account: %v", perDay)
		}
		if perDay["stranger"]+perDay["member"] != 0 {
			t.Errorf("somebody was told of what is not theirs: %v", perDay)
		}
		var told []notice.Told
		h.ok(db.Where("account = 'head'").Find(&told).Error)
		steps := map[string]int{}
		for _, r := range told {
			steps[r.DatasetID+r.Period+r.Step]++
		}
		for step, n := range steps {
			if n != 1 {
				t.Errorf("%s was told %d times", step, n)
			}
		}
	})
}

func TestADelayRisesOneLevelAtATime(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d := h.published("Production de céréales")
		first := map[notice.Audience]time.Time{}
		for day := start.AddDate(0, 0, 14); day.Before(start.AddDate(0, 0, 60)); day = day.AddDate(0, 0, 1) {
			h.on(string(inventory.DateOf(day, inventory.Tunis()))).run()
		}
		all, err := h.maker.Store.Reminders(t.Context(), h.actors["officer"], d.Ref)
		h.ok(err)
		period := all[len(all)-1].Period
		for _, r := range all {
			if r.Period == period && (first[r.Audience].IsZero() || r.At.Before(first[r.Audience])) {
				first[r.Audience] = r.At
			}
		}
		if !first[notice.Officers].Before(first[notice.Supervisors]) || !first[notice.Supervisors].Before(first[notice.Operators]) {
			t.Errorf("told first on %v", first)
		}
		if _, err := h.maker.Store.Reminders(t.Context(), h.actors["stranger"], d.Ref); err == nil {
			t.Error("a stranger reads who was reminded")
		}
	})
}

func TestTheMailItself(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		d := h.published("Production de céréales & d'olives <b>")
		h.on("2026-12-15").run() // November was to be updated by the 8th
		letters := h.letters()
		if len(letters) != 2 {
			t.Fatalf("%d letters; want one an officer", len(letters))
		}
		arabic, french := letters[0], letters[1]
		for _, l := range letters {
			m := mail.Message{Kind: l.Kind, To: l.Recipient, Lang: l.Lang, Subject: l.Subject, Text: l.Text, HTML: l.HTML, Unsubscribe: l.Unsubscribe}
			if err := m.Check(); err != nil || !l.Sensitive || !strings.HasPrefix(l.Unsubscribe, "https://jard.test/m/") {
				t.Errorf("%s: %v", l.Account, err)
			}
			if strings.Count(l.Text, "https://jard.test/m/") < 3 || !strings.Contains(l.Text, "/desk/datasets/"+d.Ref) {
				t.Errorf("links are missing:\n%s", l.Text)
			}
			if strings.Contains(l.HTML, "olives <b>") {
				t.Error("a title is written as HTML")
			}
			for _, blame := range []string{"retard", "manqu", "faute", "sanction", "تأخر", "تأخير"} {
				if strings.Contains(l.Text, blame) {
					t.Errorf("the mail blames: %q", blame)
				}
			}
		}
		if !strings.Contains(arabic.HTML, `dir="rtl"`) || !strings.Contains(arabic.Subject, "السجل") || !strings.Contains(arabic.Text, "إنتاج الحبوب") {
			t.Errorf("Arabic: %s\n%s", arabic.Subject, arabic.Text)
		}
		for _, want := range []string{"Bonjour Amel officer,", "depuis 6 jours ouvrables", "Confirmer : rien n’a changé", "nov. 2026"} {
			if !strings.Contains(strings.ReplaceAll(french.Text, "\u00a0", " "), want) {
				t.Errorf("no %q in\n%s", want, french.Text)
			}
		}
		var links []notice.Link
		h.ok(db.Find(&links).Error)
		for _, l := range links {
			if strings.Contains(french.Text+arabic.Text, l.Hash) || len(l.Hash) != 64 {
				t.Error("what is stored opens something")
			}
		}
	})
}

func TestWhoIsAwayDisabledOrSilentGetsNone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.published("Production de céréales")
		ctx := t.Context()
		h.ok(h.people.DisableAccount(ctx, identity.System("test"), "arabic", "has left"))
		h.ok(h.maker.Store.Prefer(ctx, h.actors["officer"], notice.Preference{Rhythm: notice.Daily, AwayUntil: "2026-12-16"}))
		if r := h.on("2026-12-15").run(); r.Written != 0 {
			t.Errorf("%d letters; want none", r.Written)
		}
		if r := h.on("2026-12-18").run(); r.Written != 1 || h.letters()[0].Account != "officer" {
			t.Errorf("after the absence: %+v", r)
		}
	})
}

func TestWhatIsMetWaivedOrOfOthersIsNotTold(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		met, waived, owed := h.published("Un"), h.published("Deux"), h.published("Trois")
		ctx, officer, operator := t.Context(), h.actors["officer"], h.actors["operator"]
		h.on("2026-12-07")
		_, err := h.register.RollForward(ctx)
		h.ok(err)
		_, err = h.register.Change(ctx, officer, met.Ref, "dataset.update", 0, func(d *inventory.Dataset) error { return d.Refresh(officer, "2026-12-06", h.now) })
		h.ok(err)
		_, err = h.register.Change(ctx, operator, waived.Ref, "dataset.waive", 0, func(d *inventory.Dataset) error {
			return d.Waive(operator, inventory.Waiver{Reason: "Enquête suspendue", Until: "2027-03-31"}, h.now)
		})
		h.ok(err)
		h.on("2026-12-15").run()
		var told []notice.Told
		h.ok(db.Where("account = 'officer'").Find(&told).Error)
		ids := map[string]bool{}
		for _, r := range told {
			ids[r.DatasetID] = true
		}
		if len(ids) != 1 || !ids[owed.ID] {
			t.Errorf("told of %v; want only %s", ids, owed.ID)
		}
	})
}

func TestAMailThatCannotBeKeptTellsNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.published("Production de céréales")
		h.ok(db.Model(&identity.Account{}).Where("id = 'officer'").Update("email", "not an address").Error)
		h.on("2026-12-15")
		_, err := h.register.RollForward(context.Background())
		h.ok(err)
		if r, err := h.maker.Run(context.Background()); err == nil || r.Written != 1 {
			t.Errorf("Run = %+v, %v; want the other officer written to, and the fault", r, err)
		}
		var kept int64
		if db.Model(&notice.Told{}).Where("account = 'officer'").Count(&kept); kept != 0 {
			t.Errorf("%d reminders on record that nobody got", kept)
		}
		h.ok(db.Model(&identity.Account{}).Where("id = 'officer'").Update("email", "amel@example.tn").Error)
		if r := h.run(); r.Written != 1 {
			t.Errorf("once mended: %+v", r)
		}
	})
}

func TestAnswersComeFromTheirRoom(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.maker.Answers = func(_ context.Context, by identity.Actor) ([]notice.Line, error) {
		if by.Account == "stranger" {
			return []notice.Line{{Ref: "D-2026-7", Path: "/desk/requests/7", Last: h.now, New: true}}, nil
		}
		if by.Account == "operator" {
			return nil, errors.New("away")
		}
		return nil, nil
	}
	if r, err := h.maker.Run(t.Context()); err == nil || r.Written != 1 {
		t.Fatalf("Run = %+v, %v", r, err)
	}
	if l := h.letters()[0]; l.Account != "stranger" || !strings.Contains(l.Text, "/desk/requests/7") {
		t.Errorf("letter = %+v", l)
	}
}

func TestPeriodsInWords(t *testing.T) {
	h := open(t, databasetest.Open(t))
	got := []string{}
	for _, code := range []string{"2026", "2026-Q3", "2026-S1", "2026-10", "2026-W45", "2026-11-16", "2025/2026", "2026-T2"} {
		got = append(got, PeriodName(h.maker.Words, "fr", code, start))
	}
	want := []string{"2026", "3e trimestre 2026", "1er semestre 2026", "nov. 2026", "semaine du 16 nov. 2026", "16 nov. 2026", "2025/2026", "2026-T2"}
	for n := range got {
		got[n] = strings.ReplaceAll(got[n], "\u00a0", " ")
	}
	if !slices.Equal(got, want) {
		t.Errorf("said %q; want %q", got, want)
	}
}

func TestPreviewWritesNothing(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.published("Production de céréales")
	h.on("2026-12-15")
	_, err := h.register.RollForward(t.Context())
	h.ok(err)
	seen := []string{}
	r, err := h.maker.Preview(t.Context(), func(d *notice.Digest) { seen = append(seen, fmt.Sprint(d.Person.Actor.Account, " ", d.Count())) })
	if err != nil || r.Written != 2 || len(h.letters()) != 0 {
		t.Errorf("Preview = %+v, %v, %v", r, seen, err)
	}
}
