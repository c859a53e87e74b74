package surveydb

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/monitor/survey"
)

func TestWordsAfterTheAnswer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "vignette", "permis")
		const words = "La page met trop de temps à s'ouvrir, appelez le 98 123 456."
		for _, key := range []string{"one", "two"} {
			f := form("vignette", 4)
			f.Key = key
			if _, err := s.Accept(t.Context(), f, address(7)); err != nil {
				t.Fatal(err)
			}
			if err := s.Later(t.Context(), "vignette", key, words); err != nil {
				t.Fatal(err)
			}
		}
		all, err := s.Answers(t.Context(), operator, Wanted{Service: "vignette", From: c.now().Add(-time.Hour), To: c.now().Add(time.Hour)})
		if err != nil || len(all) != 2 {
			t.Fatalf("%d answers, %v", len(all), err)
		}
		copies := 0
		for _, a := range all {
			if !strings.Contains(a.Comment, "[tel]") || strings.Contains(a.Comment, "98") {
				t.Errorf("kept %q", a.Comment)
			}
			for _, f := range a.Flags {
				if f == survey.Copied {
					copies++
				}
			}
		}
		sums, err := s.Distribution(t.Context(), []string{"vignette"}, c.now().AddDate(0, 0, -1), c.now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		answers, _, flags := sums["vignette"].Apart()
		if copies != 1 || flags[survey.Copied] != 1 || answers != 2 {
			t.Errorf("%d marked as copies, %d in the sums, %d answers; want 1, 1, 2", copies, flags[survey.Copied], answers)
		}
		for _, tt := range []struct{ service, key, words, want string }{
			{"vignette", "one", "encore", "survey.later.twice"},
			{"vignette", "none", "encore", "fault.not_found"},
			{"permis", "one", "encore", "fault.not_found"},
		} {
			if err := s.Later(t.Context(), tt.service, tt.key, tt.words); keyOf(err) != tt.want {
				t.Errorf("%s %s: %v; want %s", tt.service, tt.key, err, tt.want)
			}
		}
		f := form("vignette", 4)
		f.Key = "three"
		if _, err := s.Accept(t.Context(), f, address(7)); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]string{"": "survey.answer.required", " \u200f\n ": "survey.answer.required", strings.Repeat("é", 2001): "survey.answer.long"} {
			if err := s.Later(t.Context(), "vignette", "three", text); keyOf(err) != want {
				t.Errorf("%.10q: %v; want %s", text, err, want)
			}
		}
		c.set(c.now().Add(2 * time.Hour))
		if err := s.Later(t.Context(), "vignette", "three", "tard"); keyOf(err) != "survey.later.late" {
			t.Errorf("two hours after: %v", err)
		}
	})
}

func TestSealIsReadByEveryProcessUntilTheDayEnds(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := open(t, db, "vignette")
		seal, err := s.Seal(t.Context(), "vignette")
		if err != nil {
			t.Fatal(err)
		}
		c.set(c.now().Add(40 * time.Second))
		another := New(db, c.now)
		for _, store := range []*Store{s, another} {
			if took, err := store.Since(t.Context(), "vignette", seal); err != nil || took != 40*time.Second {
				t.Errorf("took %v, %v; want 40 s", took, err)
			}
		}
		c.set(c.now().AddDate(0, 0, 1))
		if took, err := s.Since(t.Context(), "vignette", seal); err != nil || took >= 0 {
			t.Errorf("the next day: %v, %v; want nothing known", took, err)
		}
		if took, err := s.Since(t.Context(), "vignette", ""); err != nil || took >= 0 {
			t.Errorf("without a seal: %v, %v", took, err)
		}
	})
}
