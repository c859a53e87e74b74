package inventorydb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/file"
)

// What the columns of a file are called leads to its dataset as soon as the
// file was looked at, and no longer once the columns are called otherwise.
func TestColumnsOfFilesAreFound(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		spread(t, s, c, 3)
		all, err := s.Public(t.Context(), PublicFilter{Sort: "title"})
		if err != nil {
			t.Fatal(err)
		}
		ref := all.Items[1].Ref
		search := func(q string, want int) {
			t.Helper()
			got, err := s.Public(t.Context(), PublicFilter{Q: q})
			if err != nil || len(got.Items) != want || want == 1 && got.Items[0].Ref != ref {
				t.Errorf("%q finds %d, %v; want %d", q, len(got.Items), err, want)
			}
			list, err := s.List(t.Context(), officer, Filter{Q: q})
			if err != nil || len(list.Items) != want {
				t.Errorf("at the desk %q finds %d, %v; want %d", q, len(list.Items), err, want)
			}
		}
		look := func(hash string, columns ...string) {
			t.Helper()
			files, err := s.Files(t.Context(), reviewer, ref)
			if err != nil || len(files) == 0 {
				t.Fatal(len(files), err)
			}
			sight := &file.Sight{At: c.t, Status: 200, Format: file.CSV, Bytes: 10, Whole: true, Hash: hash}
			for _, name := range columns {
				sight.Profile.Columns = append(sight.Profile.Columns, file.Column{Name: name, Kind: file.Text})
			}
			if _, err := s.KeepLook(t.Context(), &files[0], sight, file.Pace{Every: time.Hour, Retry: time.Hour}, nil); err != nil {
				t.Fatal(err)
			}
		}
		search("turbidité", 0)
		look("one", "Turbidité de l'eau", "Jour")
		search("turbidité", 1)
		search("turbidite", 1)
		c.t = c.t.Add(2 * time.Hour)
		look("two", "Salinité", "Jour")
		search("turbidité", 0)
		search("salinité", 1)
	})
}
