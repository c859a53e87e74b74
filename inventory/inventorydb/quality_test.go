package inventorydb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/quality"
)

func TestQualityIsOfWhatIsPublished(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		if _, err := s.Quality(t.Context(), officer, "marhp"); err != nil {
			t.Fatal(err)
		}
		first, draft := published(t, s, "Barrages"), create(t, s, "Céréales")
		read := func() []*quality.Line {
			t.Helper()
			lines, err := s.Quality(t.Context(), officer, "")
			if err != nil {
				t.Fatal(err)
			}
			return lines
		}
		lines := read()
		// 85 for what the register always says, 60 keywords and theme, 20 contact; the CSV 80, its licence 20, rights 5.
		if len(lines) != 1 || lines[0].Ref != first.Ref || lines[0].Measurement.Score().Total != 270 || lines[0].Late {
			t.Fatalf("%d lines, first %+v; want %s at 270", len(lines), lines[0], first.Ref)
		}
		if _, err := edit(s, first.Ref, 0, func(c *inventory.Content) { c.TemporalStart = "2010-01-01" }); err != nil {
			t.Fatal(err)
		}
		if got := read()[0].Measurement.Score().Total; got != 270 {
			t.Errorf("score %d while the change awaits approval; want 270", got)
		}
		for _, step := range []func(*Store, string) (*inventory.Dataset, error){submit, approve} {
			if _, err := step(s, first.Ref); err != nil {
				t.Fatal(err)
			}
		}
		if got := read()[0].Measurement.Score().Total; got != 290 {
			t.Errorf("score %d after the approval; want 290", got)
		}
		c.t = c.t.Add(400 * 24 * time.Hour)
		if !read()[0].Late {
			t.Error("a year later the monthly data are not late")
		}
		points, err := s.QualityPoints(t.Context())
		if err != nil || len(points) != 1 || points["marhp"] != 290 {
			t.Errorf("points %v, %v; want marhp at 290", points, err)
		}
		if _, err := withdraw(s, first.Ref, ""); err != nil {
			t.Fatal(err)
		}
		if left := read(); len(left) != 0 {
			t.Errorf("%d lines after the withdrawal of %s, with %s a draft; want none", len(left), first.Ref, draft.Ref)
		}
	})
}

func TestQualityOfOthersIsTheirs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		published(t, s, "Barrages")
		for _, tt := range []struct {
			name        string
			by          identity.Actor
			institution string
			n           int
			kind        fault.Kind
		}{
			{"her own", officer, "", 1, ""},
			{"a body under hers", officer, "onagri", 0, ""},
			{"somebody else's list", stranger, "", 0, ""},
			{"somebody else's body", stranger, "marhp", 0, fault.NotFound},
			{"the operator's", reviewer, "", 1, ""},
			{"the committee's", committee, "marhp", 1, ""},
			{"nobody's", nobody, "", 0, fault.Unauthenticated},
		} {
			lines, err := s.Quality(t.Context(), tt.by, tt.institution)
			if kind(err) != tt.kind || len(lines) != tt.n {
				t.Errorf("%s: %d lines, %v; want %d, %q", tt.name, len(lines), err, tt.n, tt.kind)
			}
		}
	})
}
