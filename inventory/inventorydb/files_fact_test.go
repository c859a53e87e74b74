package inventorydb

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

// A file that changes is a change of the entry as harvesters see it, once, and
// neither a revision nor a new approval.
func TestTheCatalogueHearsOfAFile(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		id := d.Content.Distributions[0].ID
		sum := strings.Repeat("a", 64)
		step := func(what, content string, news bool, want string) {
			t.Helper()
			before, err := s.Publication(t.Context(), d.Ref)
			if err != nil {
				t.Fatal(err)
			}
			version, err := s.CatalogueVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c.t = c.t.Add(time.Hour)
			look(t, s, d.Ref, content)
			p, err := s.Publication(t.Context(), d.Ref)
			if err != nil {
				t.Fatal(err)
			}
			after, err := s.CatalogueVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Modified.After(before.Modified); got != news || (after.Number > version.Number) != news {
				t.Errorf("%s: newer %t, version %d after %d; want news: %t", what, got, after.Number, version.Number, news)
			}
			if got := p.Fact(id).SHA256; got != want || p.Revision != before.Revision {
				t.Errorf("%s: checksum %q; want %q", what, got, want)
			}
		}
		step("first sight", sum, true, sum)
		step("the same", sum, false, sum)
		step("not to be had", "", false, sum)
		step("another", strings.Repeat("b", 64), true, strings.Repeat("b", 64))
		p, err := s.Publication(t.Context(), d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if f := p.Fact(id); !f.Changed.Equal(c.t) || !f.Issued.Equal(start) || f.Bytes != 10 || f.Format != "CSV" {
			t.Errorf("fact = %+v", f)
		}
	})
}
