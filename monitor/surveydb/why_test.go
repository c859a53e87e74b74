package surveydb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/survey"
)

func TestOpinionsAndNotes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := open(t, db, "cin", "passport")
		for n := range 12 {
			f := form("cin", 1+n%5)
			switch n {
			case 3, 4:
				f.Answers["comment"] = "ma ye5dmch, 22 123 456"
			case 5:
				f.Answers["comment"] = "bti2"
			case 6:
				f.Trap, f.Answers["comment"] = "x", "spam"
			}
			accept(t, s, f, n)
		}
		accept(t, s, form("passport", 1), 1)
		from, to := noon.Add(-time.Hour), noon.Add(time.Hour)
		opinions, err := s.Opinions(t.Context(), "cin", from, to)
		if err != nil || len(opinions) != 11 {
			t.Fatalf("%d opinions, %v; the one of a machine does not count", len(opinions), err)
		}
		for _, o := range opinions {
			if o.Levels != 5 || o.Asked[survey.ClarityFactor] != 0.5 || o.Asked[survey.HelpFactor] != 1 || o.Asked[survey.FinishedFactor] != 1 || o.At.IsZero() {
				t.Errorf("%+v", o)
			}
		}
		notes, err := s.Notes(t.Context(), "cin", from, to, 100)
		if err != nil || len(notes) < 2 || len(notes) > 3 {
			t.Fatalf("%+v, %v", notes, err)
		}
		for _, n := range notes {
			if n.Text != "bti2" && n.Text != "ma ye5dmch, [tel]" {
				t.Errorf("%q", n.Text)
			}
		}
		if none, err := s.Opinions(t.Context(), "cin", to, to.Add(time.Hour)); err != nil || none != nil {
			t.Errorf("%v, %v", none, err)
		}
	})
}
