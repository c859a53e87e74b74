package surveydb

import (
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
)

// touch is an answer at a counter.
func touch(service, token string, point int) *survey.Form {
	f := form(service, point)
	f.Channel, f.Kiosk = survey.Kiosk, token
	f.Answers = map[string]string{"faces": fmt.Sprint(min(point, 3))}
	return f
}

// kept reads an answer by its id.
func kept(t *testing.T, db *gorm.DB, id int64) AnswerRow {
	t.Helper()
	var row AnswerRow
	if err := db.Take(&row, "id = ?", id).Error; err != nil {
		t.Fatal(err)
	}
	return row
}

// quickAnswers answers whatever the short set must have.
func quickAnswers(t *testing.T, s *Store) map[string]string {
	t.Helper()
	set, err := s.Set(t.Context(), survey.DefaultQuick, 0)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for n := range set.Questions {
		if q := &set.Questions[n]; q.Levels() > 0 {
			answers[q.Code] = fmt.Sprint(q.Least())
		}
	}
	return answers
}

func TestACounterIsKnownByItsAddress(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "cin", "passport")
		ctx := t.Context()
		if err := s.KeepOffice(ctx, owner, "cin", "Bab-Souika", lang.Text{"fr": "Bab Souika", "ar": "باب سويقة"}); err != nil {
			t.Fatal(err)
		}
		k, token, err := s.AddKiosk(ctx, owner, "cin", "bab-souika", "Hall", 5)
		if err != nil {
			t.Fatal(err)
		}
		answers := quickAnswers(t, s)
		send := func(token string) (AnswerRow, error) {
			f := touch("cin", token, 1)
			f.Answers = answers
			r, err := s.Accept(ctx, f, address(1))
			if err != nil {
				return AnswerRow{}, err
			}
			return kept(t, db, r.ID), nil
		}
		// All from one network, and each whole, up to what people can queue.
		for n := 1; n <= 8; n++ {
			a, err := send(token)
			if err != nil {
				t.Fatal(err)
			}
			want := 1.0
			if n > 5 {
				want = 1 / float64(n-4)
			}
			if a.Office != "bab-souika" || a.Kiosk != k.ID || a.Verified || a.Weight < want-1e-5 || a.Weight > want+1e-5 {
				t.Errorf("answer %d: %+v; want weight %v", n, a.Answer, want)
			}
		}
		c.set(noon.Add(time.Hour))
		if a, err := send(token); err != nil || a.Weight != 1 {
			t.Errorf("the next hour: %+v, %v", a.Answer, err)
		}
		// What is made up, of another service, or of yesterday's address is none.
		for _, bad := range []string{"k1." + k.ID + ".AAAAAAAAAAAAAAAAAAAAAA", "k1.nobody.AAAAAAAAAAAAAAAAAAAAAA", "k1", "x", token + "A"} {
			if _, err := send(bad); keyOf(err) != "survey.kiosk.unknown" {
				t.Errorf("%s: %v", bad, err)
			}
		}
		other := touch("passport", token, 1)
		other.Answers = answers
		if _, err := s.Accept(ctx, other, address(1)); keyOf(err) != "survey.kiosk.unknown" {
			t.Errorf("at another service: %v", err)
		}
		_, fresh, err := s.RotateKiosk(ctx, owner, "cin", k.ID)
		if err != nil || fresh == token {
			t.Fatal(fresh, err)
		}
		if _, err := send(token); keyOf(err) != "survey.kiosk.unknown" {
			t.Errorf("the address before: %v", err)
		}
		if _, err := send(fresh); err != nil {
			t.Error(err)
		}
		if err := s.RevokeKiosk(ctx, owner, "cin", k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := send(fresh); keyOf(err) != "survey.kiosk.unknown" {
			t.Errorf("a revoked one: %v", err)
		}
		if _, _, err := s.RotateKiosk(ctx, owner, "cin", k.ID); keyOf(err) != "survey.kiosk.revoked" {
			t.Errorf("rotated after it was revoked: %v", err)
		}
		if r, ok := s.Rejected()["unknown"]; !ok || r < 5 {
			t.Errorf("refusals are counted as %v", s.Rejected())
		}
	})
}

// A busy counter is no burst, and takes nothing from those who answer elsewhere.
func TestACounterIsNoBurst(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		if err := s.KeepOffice(t.Context(), owner, "cin", "tunis", lang.Text{"fr": "Tunis"}); err != nil {
			t.Fatal(err)
		}
		_, token, err := s.AddKiosk(t.Context(), owner, "cin", "tunis", "Hall", 100)
		if err != nil {
			t.Fatal(err)
		}
		answers := quickAnswers(t, s)
		for n := range 60 {
			f := touch("cin", token, 1)
			f.Answers = answers
			if r := accept(t, s, f, 1); len(kept(t, db, r.ID).Flags) > 1 {
				t.Fatalf("answer %d has flags %v", n, kept(t, db, r.ID).Flags)
			}
		}
		for n := range 21 { // one more than nobody wonders at
			accept(t, s, form("cin", 1+n%5), n)
		}
		var marked int64
		if db.Model(&AnswerRow{}).Where("kiosk <> '' AND CAST(flags AS TEXT) LIKE '%burst%'").Count(&marked); marked != 0 {
			t.Errorf("%d answers of the counter were taken for a burst", marked)
		}
		if db.Model(&AnswerRow{}).Where("kiosk = '' AND CAST(flags AS TEXT) LIKE '%burst%'").Count(&marked); marked == 0 {
			t.Error("the burst elsewhere was not found")
		}
	})
}

func TestPostersNameAnOfficeOfTheList(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin")
		ctx := t.Context()
		for _, code := range []string{"tunis", "sfax"} {
			if err := s.KeepOffice(ctx, owner, "cin", code, lang.Text{"fr": code}); err != nil {
				t.Fatal(err)
			}
		}
		at := func(office string) string {
			f := form("cin", 4)
			f.Office = office
			return kept(t, db, accept(t, s, f, 1).ID).Office
		}
		for said, want := range map[string]string{"tunis": "tunis", "sousse": "", "": "", "'; --": ""} {
			if got := at(said); got != want {
				t.Errorf("%q is kept as %q", said, got)
			}
		}
		_, token, err := s.AddKiosk(ctx, owner, "cin", "tunis", "Hall", 60)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CloseOffice(ctx, owner, "cin", "tunis"); err != nil {
			t.Fatal(err)
		}
		if got := at("tunis"); got != "" {
			t.Errorf("a closed office is kept as %q", got)
		}
		if _, err := s.KioskOf(ctx, "cin", token); keyOf(err) != "survey.kiosk.unknown" {
			t.Errorf("a screen of a closed office: %v", err)
		}
		sums, err := s.ByOffice(ctx, "cin", noon.Add(-time.Hour), noon.Add(time.Hour))
		if err != nil || len(sums) != 1 || sums[0].Code != "tunis" || sums[0].N != 1 {
			t.Errorf("%+v, %v", sums, err)
		}
		for name, err := range map[string]error{
			"survey.office.code":  s.KeepOffice(ctx, owner, "cin", "Bab Souika", lang.Text{"fr": "x"}),
			"survey.office.name":  s.KeepOffice(ctx, owner, "cin", "x", lang.Text{"fr": " "}),
			"identity.forbidden":  s.KeepOffice(ctx, identity.Actor{Account: "c", Role: identity.Committee}, "cin", "x", lang.Text{"fr": "x"}),
			"fault.not_found":     s.CloseOffice(ctx, owner, "cin", "sousse"),
			"survey.kiosk.office": second(s.AddKiosk(ctx, owner, "cin", "tunis", "Hall", 60)),
			"survey.kiosk.name":   second(s.AddKiosk(ctx, owner, "cin", "sfax", " ", 60)),
		} {
			if keyOf(err) != name && err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Kiosks(ctx, stranger, "cin"); err == nil {
			t.Error("another body reads the screens")
		}
	})
}

func second(_ *survey.Screen, _ string, err error) error { return err }
