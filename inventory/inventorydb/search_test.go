package inventorydb

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/lang"
)

// spread publishes datasets that differ in what they are filtered by.
func spread(t *testing.T, s *Store, c *clock, n int) {
	t.Helper()
	for k := range n {
		content := complete(fmt.Sprintf("Jeu n° %02d", k))
		content.Theme = []string{"agriculture", "environnement", "sante"}[k%3]
		content.Licence = []string{"LNDPO-TN", "CC-BY-4.0"}[k%2]
		content.Frequency = []string{"monthly", "annual", "irregular"}[k%3]
		content.Spatial = [][]string{nil, {"TN-11"}, {"TN-11", "TN-61"}}[k%3]
		institution := []string{"marhp", "onagri"}[k%2]
		c.t = c.t.Add(time.Second)
		d, err := s.Create(t.Context(), officer, institution, content)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := approve(s, d.Ref); err != nil {
			t.Fatal(err)
		}
	}
}

// Until there is an index the database answers, and says the same of filters,
// facets and pages; what it lacks is search as people type.
func TestTheDatabaseAnswersUntilThereIsAnIndex(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		spread(t, s, c, 24)
		c.t = c.t.AddDate(0, 3, 0) // some are late now
		plain := &Store{db: s.db, now: s.now}
		for _, f := range []PublicFilter{
			{},
			{Q: "jeu"},
			{Q: "absent"},
			{Theme: "sante"},
			{Licence: "CC-BY-4.0", Theme: "environnement"},
			{Governorate: "TN-61"},
			{Governorate: "TN-6%"},
			{Governorate: "TN-11", Institution: "onagri", PerPage: 3, Page: 2},
			{Duty: search.Late},
			{Duty: search.OnTime, Format: "csv"},
			{Duty: search.NoDate},
			{Duty: "whatever"},
			{Overdue: true, Frequency: "monthly"},
			{Sort: "title", PerPage: 5, Page: 3},
			{Sort: "late", PerPage: 100},
			{Openness: inventory.Open, Page: 99, PerPage: 10},
		} {
			got, err := s.Public(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			want, err := plain.Public(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if f.Q == "" && !slices.Equal(refs(got.Items), refs(want.Items)) || len(got.Items) != len(want.Items) {
				t.Errorf("%+v: %v; the database says %v", f, refs(got.Items), refs(want.Items))
			}
			drop := func(f *[]Facet) { *f = slices.DeleteFunc(*f, func(x Facet) bool { return x.Value == "" || x.N == 0 }) }
			for _, one := range []*Facets{&got.Facets, &want.Facets} {
				for _, list := range []*[]Facet{
					&one.Themes, &one.Institutions, &one.Frequencies, &one.Formats, &one.Opennesses, &one.Licences, &one.Governorates,
				} {
					if drop(list); len(*list) == 0 {
						*list = nil
					}
				}
			}
			if diff := cmp.Diff(want.Facets, got.Facets); diff != "" {
				t.Errorf("%+v (-database +index):\n%s", f, diff)
			}
			if got.Total != want.Total || got.Page != want.Page || got.Pages != want.Pages {
				t.Errorf("%+v: %d, page %d of %d; the database says %d, %d of %d", f, got.Total, got.Page, got.Pages, want.Total, want.Page, want.Pages)
			}
		}
	})
}

func refs(items []inventory.Publication) []string {
	var all []string
	for _, p := range items {
		all = append(all, p.Ref)
	}
	return all
}

// found searches and returns the refs, in order.
func found(t *testing.T, s *Store, q string) []string {
	t.Helper()
	page, err := s.Public(t.Context(), PublicFilter{Q: q})
	if err != nil {
		t.Fatal(err)
	}
	return refs(page.Items)
}

// What one process writes another finds, at once: approvals, edits once they
// are approved, withdrawals, and due dates that move.
func TestEveryProcessFindsWhatIsPublic(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		other := New(db, s.now)
		if got := found(t, other, "barrage"); len(got) != 0 {
			t.Fatalf("found %v in an empty register", got)
		}
		c.t = c.t.Add(time.Second)
		d := published(t, s, "Remplissage des barrages")
		if got := found(t, other, "barrage"); !slices.Equal(got, []string{d.Ref}) {
			t.Errorf("after the approval: %v", got)
		}
		c.t = c.t.Add(time.Second)
		if _, err := edit(s, d.Ref, d.Revision, func(c *inventory.Content) { c.Title["fr"] = "Volumes des retenues" }); err != nil {
			t.Fatal(err)
		}
		if got := found(t, other, "retenues"); len(got) != 0 {
			t.Errorf("a draft is found: %v", got)
		}
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(time.Second)
		if _, err := approve(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if now, before := found(t, other, "retenues"), found(t, other, "remplissage"); len(now) != 1 || len(before) != 0 {
			t.Errorf("after the second approval: %v, and by what it said before %v", now, before)
		}
		if err := db.Exec("UPDATE publications SET late_after = ?", s.now()).Error; err != nil {
			t.Fatal(err)
		}
		if page, err := other.Public(t.Context(), PublicFilter{Duty: search.Late}); err != nil || page.Total != 1 {
			t.Errorf("late: %d, %v", page.Total, err)
		}
		if _, err := withdraw(s, d.Ref, ""); err != nil {
			t.Fatal(err)
		}
		if got := found(t, other, "retenues"); len(got) != 0 {
			t.Errorf("after the withdrawal: %v", got)
		}
	})
}

// A large register is followed by what changed, and compared as a whole now and then.
func TestALargeRegisterIsFollowed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		worded(t, db, published(t, s, "Barrages"), comparedAlways+50)
		other := New(db, s.now)
		if err := other.KeepSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(time.Minute) // compared as a whole, behind the search's back
		found(t, other, "zarzis")
		d := published(t, s, "Marais salants de Zarzis")
		if err := other.KeepSearch(t.Context()); err != nil { // waits for it, and takes in what is new
			t.Fatal(err)
		}
		if got := found(t, other, "zarzis"); !slices.Equal(got, []string{d.Ref}) {
			t.Errorf("a new one among many: %v", got)
		}
		if err := db.Exec("UPDATE publications SET late_after = ? WHERE ref = ?", s.now(), d.Ref).Error; err != nil {
			t.Fatal(err)
		}
		if _, err := withdraw(s, d.Ref, ""); err != nil {
			t.Fatal(err)
		}
		if got := found(t, other, "zarzis"); len(got) != 0 {
			t.Errorf("withdrawn among many: %v", got)
		}
	})
}

// Words of the vocabulary count as soon as they are seeded.
func TestNewWordingsCount(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := published(t, s, "Remplissage des barrages")
		if got := found(t, s, "keskese"); len(got) != 0 {
			t.Fatalf("found %v", got)
		}
		v := inventory.Vocabulary{Wordings: []inventory.Wording{{Code: "x", Terms: []string{"keskese", "barrages"}, Provenance: "test"}}}
		if err := s.Seed(t.Context(), identity.System("seed"), v); err != nil {
			t.Fatal(err)
		}
		if got := found(t, s, "keskese"); !slices.Equal(got, []string{d.Ref}) {
			t.Errorf("after seeding: %v", got)
		}
	})
}

// Each role searches among what it may read, and nobody learns of a draft from
// a list, a count, a suggestion, or a word mended.
func TestSearchTellsNobodyWhatTheyMayNotRead(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		published(t, s, "Remplissage des barrages")
		secret := complete("Cartographie secrète des zarzouniettes")
		secret.Title["ar"], secret.Keywords = "خرائط الزرزونيات", lang.Words{"fr": {"zarzouniettes"}}
		if _, err := s.Create(t.Context(), officer, "marhp", secret); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"zarzouniettes", "zarzouniete", "zarz", "الزرزونيات", "cartographie secrete"} {
			page, err := s.Public(t.Context(), PublicFilter{Q: q})
			if err != nil || page.Total != 0 || page.Search.Meant != "" {
				t.Errorf("%q in public: %d, meant %q, %v", q, page.Total, page.Search.Meant, err)
			}
			if got, err := s.Suggest(t.Context(), q, 5); err != nil || len(got.Keywords)+len(got.Titles) != 0 {
				t.Errorf("%q suggests %+v, %v", q, got, err)
			}
			for name, tt := range map[string]struct {
				by   identity.Actor
				want int
				kind fault.Kind
			}{
				"its officer":       {officer, 1, ""},
				"another's officer": {stranger, 0, ""},
				"the operator":      {reviewer, 1, ""},
				"the committee":     {committee, 1, ""},
				"its supervisor":    {identity.Actor{Account: "s", Role: identity.Supervisor, Institution: "marhp", Institutions: []string{"marhp"}}, 1, ""},
				"nobody":            {nobody, 0, fault.Unauthenticated},
				"a service owner":   {identity.Actor{Account: "o", Role: identity.ServiceOwner, Institutions: []string{"marhp"}}, 0, fault.Forbidden},
			} {
				list, err := s.List(t.Context(), tt.by, Filter{Q: q})
				if len(list.Items) != tt.want || kind(err) != tt.kind {
					t.Errorf("%q of %s: %d, %v; want %d", q, name, len(list.Items), err, tt.want)
				}
				if n, err := s.Count(t.Context(), tt.by, Filter{Q: q, Institution: "marhp"}); n != tt.want || kind(err) != tt.kind {
					t.Errorf("%q of %s counts %d, %v; want %d", q, name, n, err, tt.want)
				}
			}
		}
	})
}

// The desk's list with words is paged by place, and filtered as without.
func TestTheDeskSearchesAsThePublicDoes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		for n := range 12 {
			create(t, s, fmt.Sprintf("Remplissage du barrage n° %d", n))
		}
		d := create(t, s, "Prix du poisson")
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		cursor := ""
		for range 4 {
			page, err := s.List(t.Context(), officer, Filter{Q: "barages", State: inventory.Draft, Limit: 5, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			if page.Search.Meant == "" {
				t.Error("the mended word is not told")
			}
			for _, d := range page.Items {
				seen[d.Ref] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 12 || cursor != "" {
			t.Errorf("%d of 12 seen", len(seen))
		}
		for _, tt := range []struct {
			f    Filter
			want int
		}{
			{Filter{Q: "poissons"}, 1},
			{Filter{Q: "poissons", State: inventory.Submitted}, 1},
			{Filter{Q: "poissons", State: inventory.Draft}, 0},
			{Filter{Q: "poissons", Theme: "sante"}, 0},
			{Filter{Q: "poissons", Frequency: "monthly", Institution: "marhp"}, 1},
			{Filter{Q: "poissons", Institution: "ms"}, 0},
			{Filter{Q: "poissons", Overdue: true}, 0},
			{Filter{Q: "السمك"}, 1},
		} {
			if n, err := s.Count(t.Context(), officer, tt.f); err != nil || n != tt.want {
				t.Errorf("%+v counts %d, %v; want %d", tt.f, n, err, tt.want)
			}
		}
		for _, bad := range []string{"x", "!!", place(-3), "cGxhY2UgeA"} {
			if _, err := s.List(t.Context(), officer, Filter{Q: "barrage", Cursor: bad}); kind(err) != fault.Invalid {
				t.Errorf("cursor %q: %v", bad, err)
			}
		}
		if _, err := s.List(t.Context(), officer, Filter{Q: "barrage", State: "lost"}); kind(err) != fault.Invalid {
			t.Errorf("unknown state: %v", err)
		}
	})
}
