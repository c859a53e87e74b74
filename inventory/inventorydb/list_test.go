package inventorydb

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

func TestListsPageWithoutGapOrRepetition(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		for n := range 25 {
			if n%3 == 0 { // several share one instant
				c.t = c.t.Add(time.Second)
			}
			create(t, s, fmt.Sprintf("Barrage n° %d", n))
		}
		seen, cursor := map[string]bool{}, ""
		for range 10 {
			page, err := s.List(t.Context(), officer, Filter{Limit: 7, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Items {
				if seen[d.Ref] {
					t.Errorf("%s twice", d.Ref)
				}
				seen[d.Ref] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 25 || cursor != "" {
			t.Errorf("%d of 25 seen", len(seen))
		}
		for _, bad := range []string{"x", "!!", "MTIzNDU", "\x00"} {
			if _, err := s.List(t.Context(), officer, Filter{Cursor: bad}); kind(err) != fault.Invalid {
				t.Errorf("cursor %q: %v", bad, err)
			}
		}
		if _, err := s.List(t.Context(), officer, Filter{State: "lost"}); kind(err) != fault.Invalid {
			t.Errorf("unknown state: %v", err)
		}
	})
}

func TestSearchAsPeopleType(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		for title, arabic := range map[string]string{
			"Trésor public: dépenses 100%": "الخزينة العامة",
			"Qualité de l’air à Gabès":     "جودة الهواء بڨابس",
			"Œuvres du patrimoine":         "المـطـويّـة والأسعار ٢٠٢٤",
		} {
			c := complete(title)
			c.Title["ar"], c.Keywords, c.Description["ar"] = arabic, nil, "وصف"
			d, err := s.Create(t.Context(), officer, "marhp", c)
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
		for _, tt := range []struct {
			q    string
			want int
		}{
			{"", 3},
			{"tresor", 1},
			{"TRÉSOR", 1},
			{"depenses tresor", 1},
			{"tresor gabes", 0},
			{"qualité de l'air", 1},
			{"oeuvres", 1},
			{"الخزينه", 1},
			{"خزينة", 1},
			{"قابس", 1},
			{"الهواء", 1},
			{"المطوية", 1},
			{"اسعار", 1},
			{"2024", 1},
			{"٢٠٢٤", 1},
			{"100%", 1},
			{"%", 3},
			{"_", 3},
			{`\`, 3},
			{"tn-marhp-2026-0001", 1},
			{"' OR zzz=1", 0},
			{"a b c d e f g h i j k l m n o p", 0},
		} {
			page, err := s.Public(t.Context(), PublicFilter{Q: tt.q})
			if err != nil || page.Total != tt.want || len(page.Items) != tt.want {
				t.Errorf("Public(%q) = %d, %v; want %d", tt.q, page.Total, err, tt.want)
			}
			if n, err := s.Count(t.Context(), officer, Filter{Q: tt.q}); err != nil || n != tt.want {
				t.Errorf("Count(%q) = %d, %v; want %d", tt.q, n, err, tt.want)
			}
		}
	})
}

func TestThePublicListAndItsFacets(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		for n := range 30 {
			content := complete(fmt.Sprintf("Jeu %02d", n))
			institution := "marhp"
			if n%3 == 0 {
				content.Theme, institution = "environnement", "onagri"
			}
			if n%2 == 0 {
				content.Distributions = append(content.Distributions, inventory.Distribution{URL: "https://a.tn/x", Format: "XLSX"})
			}
			switch {
			case n < 5: // approved in February, which had to be covered
				content.DataModified, c.t = "2026-01-05", time.Date(2026, time.February, 10, 9, 0, n, 0, time.UTC)
			case n == 5:
				c.t = start
			}
			d, err := s.Create(t.Context(), officer, institution, content)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := submit(s, d.Ref); err != nil {
				t.Fatal(err)
			}
			c.t = c.t.Add(time.Second)
			if _, err := approve(s, d.Ref); err != nil {
				t.Fatal(err)
			}
		}
		create(t, s, "Jeu brouillon")
		page, err := s.Public(t.Context(), PublicFilter{Page: 2, PerPage: 12})
		if err != nil {
			t.Fatal(err)
		}
		if page.Total != 30 || page.Pages != 3 || len(page.Items) != 12 || page.Items[0].Content.Title["fr"] != "Jeu 17" {
			t.Errorf("page %+v begins with %s", page.Total, page.Items[0].Content.Title["fr"])
		}
		want := Facets{
			Themes:       []Facet{{"agriculture", 20}, {"environnement", 10}},
			Institutions: []Facet{{"marhp", 20}, {"onagri", 10}},
			Frequencies:  []Facet{{"monthly", 30}},
			Formats:      []Facet{{"CSV", 30}, {"XLSX", 15}},
			Opennesses:   []Facet{{"open", 30}},
			Licences:     []Facet{{"LNDPO-TN", 30}},
			Duties:       []Facet{{"on_time", 25}, {"late", 5}},
			Lives:        []Facet{{"open", 30}},
			Overdue:      5,
		}
		if diff := cmp.Diff(want, page.Facets); diff != "" {
			t.Errorf("facets (-want +got):\n%s", diff)
		}
		for _, tt := range []struct {
			f    PublicFilter
			want int
		}{
			{PublicFilter{Theme: "environnement"}, 10},
			{PublicFilter{Institution: "onagri"}, 10},
			{PublicFilter{Institution: "marhp"}, 30},
			{PublicFilter{Institution: "nobody"}, 0},
			{PublicFilter{Format: "xlsx"}, 15},
			{PublicFilter{Format: "LS"}, 0},
			{PublicFilter{Format: "%"}, 0},
			{PublicFilter{Overdue: true}, 5},
			{PublicFilter{Overdue: true, Theme: "environnement", Format: "XLSX"}, 1},
			{PublicFilter{Frequency: "annual"}, 0},
			{PublicFilter{Page: 99}, 30},
			{PublicFilter{Sort: "late", PerPage: 1000}, 30},
		} {
			page, err := s.Public(t.Context(), tt.f)
			if err != nil || page.Total != tt.want {
				t.Errorf("Public(%+v) = %d, %v; want %d", tt.f, page.Total, err, tt.want)
			}
		}
		page, err = s.Public(t.Context(), PublicFilter{Theme: "environnement", Sort: "title"})
		if err != nil || len(page.Facets.Themes) != 2 || len(page.Facets.Institutions) != 1 || page.Items[0].Content.Title["fr"] != "Jeu 00" {
			t.Errorf("a chosen theme hides the others: %+v, %v", page.Facets, err)
		}
		figures, err := s.Figures(t.Context())
		if want := (Figures{Datasets: 30, Open: 30, Overdue: 5, OnTimeOf: 30, Distributions: 45, Institutions: 2}); err != nil || figures != want {
			t.Errorf("Figures = %+v, %v; want %+v", figures, err, want)
		}
		late, err := s.Overdue(t.Context())
		if err != nil || len(late) != 5 || !late[0].Overdue(c.t) {
			t.Errorf("Overdue = %d, %v", len(late), err)
		}
		mine, err := s.List(t.Context(), officer, Filter{Overdue: true})
		if err != nil || len(mine.Items) != 5 || !mine.Items[0].Overdue(c.t) {
			t.Errorf("overdue in the officer's list: %d, %v", len(mine.Items), err)
		}
		counts, err := s.Counts(t.Context())
		wantCounts := []Count{{"marhp", inventory.Approved, 20}, {"marhp", inventory.Draft, 1}, {"onagri", inventory.Approved, 10}}
		if diff := cmp.Diff(wantCounts, counts); diff != "" || err != nil {
			t.Errorf("counts %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestTheLongestWaitingIsReviewedFirst(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		a, b := create(t, s, "Premier créé"), create(t, s, "Premier soumis")
		for _, ref := range []string{b.Ref, a.Ref} {
			c.t = c.t.Add(time.Minute)
			if _, err := submit(s, ref); err != nil {
				t.Fatal(err)
			}
		}
		queue, err := s.ReviewQueue(t.Context(), reviewer)
		if err != nil || len(queue) != 2 || queue[0].Ref != b.Ref {
			t.Errorf("queue %v, %v", queue, err)
		}
	})
}

func TestDueDatesFollowTheCalendar(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := published(t, s, "Barrages")
		if r, err := s.RollForward(t.Context()); err != nil || r.Moved != 0 {
			t.Fatalf("RollForward without a change = %+v, %v", r, err)
		}
		// Grace ends on 7 December; that becomes a holiday, and so does the day after.
		days := inventory.Vocabulary{Holidays: []inventory.Holiday{{Day: "2026-12-07"}, {Day: "12-08"}}}
		for n := range days.Holidays {
			days.Holidays[n].Name = map[string]string{"fr": "Jour férié annoncé"}
		}
		if err := s.Seed(t.Context(), identity.System("seed"), days); err != nil {
			t.Fatal(err)
		}
		if r, err := s.RollForward(t.Context()); err != nil || r.Moved != 1 {
			t.Fatalf("RollForward = %+v, %v", r, err)
		}
		p, err := s.Publication(t.Context(), d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.LateAfter.In(inventory.Tunis()).Format(time.DateOnly); got != "2026-12-10" {
			t.Errorf("late from %s", got)
		}
		got, err := s.Get(t.Context(), officer, d.Ref)
		if err != nil || !got.LateAfter.Equal(*p.LateAfter) || got.Revision != d.Revision {
			t.Errorf("the dataset did not follow: %v, revision %d, %v", got.LateAfter, got.Revision, err)
		}
		if r, err := s.RollForward(t.Context()); err != nil || r.Moved != 0 || r.Opened != 0 {
			t.Errorf("RollForward again = %+v, %v", r, err)
		}
	})
}

func TestSeedingTwiceChangesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		other := New(db, s.now) // another process
		v, err := other.Vocabulary(t.Context())
		if err != nil || len(v.Frequencies) != 21 || len(v.Themes) != 23 || len(v.Governorates) != 24 {
			t.Fatalf("vocabulary %+v, %v", sizes(v), err)
		}
		if err := s.Seed(t.Context(), identity.System("seed"), *v); err != nil {
			t.Fatal(err)
		}
		var lines int64
		if err := db.Model(&audit.Line{}).Where("act = ?", "vocabulary.seed").Count(&lines).Error; err != nil || lines != 1 {
			t.Errorf("%d lines, %v", lines, err)
		}
		again, err := other.Vocabulary(t.Context())
		if err != nil || again != v {
			t.Error("the vocabulary was read again though nothing changed")
		}
		changed := inventory.Vocabulary{Themes: []inventory.Theme{{Code: "mer", Name: map[string]string{"fr": "Mer"}}}}
		if err := s.Seed(t.Context(), identity.System("seed"), changed); err != nil {
			t.Fatal(err)
		}
		if v, err = other.Vocabulary(t.Context()); err != nil || len(v.Themes) != 24 {
			t.Errorf("the other process sees %d themes, %v", len(v.Themes), err)
		}
		if err := s.Seed(t.Context(), officer, changed); kind(err) == "" {
			t.Error("an officer seeded the vocabulary")
		}
	})
}
