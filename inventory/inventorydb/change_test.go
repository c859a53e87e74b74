package inventorydb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		c := complete("Production des céréales")
		c.TemporalStart, c.TemporalEnd, c.Spatial = "2010-01-01", "2025-12-31", []string{"TN-11", "TN-61"}
		d, err := s.Create(t.Context(), officer, "marhp", c)
		if err != nil {
			t.Fatal(err)
		}
		if d.Ref != "TN-MARHP-2026-0001" || d.State != inventory.Draft || d.Revision != 1 {
			t.Errorf("created %s, %s, revision %d", d.Ref, d.State, d.Revision)
		}
		for _, key := range []string{d.Ref, d.ID} {
			got, err := s.Get(t.Context(), officer, key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d, got); diff != "" {
				t.Errorf("read back by %s (-want +got):\n%s", key, diff)
			}
		}
		if d.Content.Distributions[0].ID == "" || d.Content.Distributions[0].Format != "CSV" {
			t.Errorf("distribution %+v", d.Content.Distributions[0])
		}
	})
}

func TestNumbersAreNeverReused(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		var got []string
		add := func(institution string) {
			d, err := s.Create(t.Context(), officer, institution, complete("Barrages"))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, d.Ref)
		}
		add("marhp")
		add("onagri")
		add("marhp")
		if _, err := s.Create(t.Context(), officer, "marhp", inventory.Content{}); kind(err) != fault.Invalid {
			t.Fatal(err)
		}
		add("marhp")
		c.t = time.Date(2026, time.December, 31, 23, 30, 0, 0, time.UTC) // already 2027 in Tunis
		add("marhp")
		want := []string{
			"TN-MARHP-2026-0001", "TN-ONAGRI-2026-0001", "TN-MARHP-2026-0002", "TN-MARHP-2026-0003", "TN-MARHP-2027-0001",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestApprovalPublishesAndAnEditDoesNotUnpublish(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		version := func() int64 {
			v, err := s.CatalogueVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return v.Number
		}
		d := create(t, s, "Production des céréales")
		if _, err := s.Publication(t.Context(), d.Ref); kind(err) != fault.NotFound {
			t.Fatalf("a draft is public: %v", err)
		}
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		if version() != 0 {
			t.Error("a submission changed the catalogue")
		}
		c.t = c.t.Add(time.Hour)
		d, err := approve(s, d.Ref)
		if err != nil {
			t.Fatal(err)
		}
		first := version()
		p, err := s.Publication(t.Context(), d.Name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Revision != 3 || p.Hash != d.Content.Hash() || p.Hash != d.ApprovedHash || !p.Issued.Equal(c.t) || first != 1 {
			t.Errorf("published revision %d, hash %s, issued %s, version %d", p.Revision, p.Hash, p.Issued, first)
		}
		// Data of 5 October: November is to be covered by its end, with seven days of grace.
		if got := d.DueAt.In(inventory.Tunis()).Format(time.DateOnly); got != "2026-12-01" || !d.LateAfter.Equal(*p.LateAfter) {
			t.Errorf("due before %s", got)
		}
		if d, err = edit(s, d.Ref, 0, func(c *inventory.Content) { c.Title["fr"] = "Autre titre" }); err != nil {
			t.Fatal(err)
		}
		p, err = s.Publication(t.Context(), d.ID)
		if err != nil || d.State != inventory.Draft || p.Content.Title["fr"] != "Production des céréales" || version() != first {
			t.Errorf("after an edit the public sees %q, version %d, %v", p.Content.Title["fr"], version(), err)
		}
		if _, err := submit(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(time.Hour)
		if d, err = approve(s, d.Ref); err != nil {
			t.Fatal(err)
		}
		again, err := s.Publication(t.Context(), d.Ref)
		if err != nil || again.Content.Title["fr"] != "Autre titre" || again.Name != p.Name || !again.Modified.After(p.Modified) ||
			!again.Issued.Equal(p.Issued) || version() != first+1 {
			t.Errorf("after the second approval: %+v, %v", again, err)
		}
	})
}

func TestAWithdrawalLeavesATombstone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		old, fresh := published(t, s, "Barrages 2024"), published(t, s, "Barrages 2025")
		c.t = c.t.Add(time.Hour)
		if _, err := withdraw(s, old.Ref, "TN-MARHP-2026-9999"); kind(err) != fault.Invalid {
			t.Errorf("an unknown replacement: %v", err)
		}
		if _, err := withdraw(s, old.Ref, fresh.Ref); err != nil {
			t.Fatal(err)
		}
		p, err := s.Publication(t.Context(), old.Ref)
		if err != nil || p.Live() || p.WithdrawalReason != "remplacé" || p.ReplacedBy != fresh.Ref || p.DueAt != nil {
			t.Errorf("tombstone %+v, %v", p, err)
		}
		live, err := s.Publications(t.Context())
		if err != nil || len(live) != 1 || live[0].Ref != fresh.Ref {
			t.Errorf("live: %d, %v", len(live), err)
		}
		dead, err := s.Tombstones(t.Context())
		if err != nil || len(dead) != 1 || dead[0].Ref != old.Ref || !dead[0].Modified.Equal(c.t) {
			t.Errorf("tombstones: %d, %v", len(dead), err)
		}
		// A draft that never was public leaves none.
		d := create(t, s, "Brouillon")
		if _, err := withdraw(s, d.Ref, ""); err != nil {
			t.Fatal(err)
		}
		if dead, _ := s.Tombstones(t.Context()); len(dead) != 1 {
			t.Errorf("%d tombstones", len(dead))
		}
	})
}

func TestAnUpdateOfTheDataCountsAtOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, c := setup(t, db)
		d := published(t, s, "Barrages")
		if _, err := edit(s, d.Ref, 0, func(c *inventory.Content) { c.Title["fr"] = "Barrages, en cours de relecture" }); err != nil {
			t.Fatal(err)
		}
		before, err := s.CatalogueVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.AddDate(0, 0, 2)
		d, err = s.Change(t.Context(), officer, d.Ref, "dataset.update", 0, func(d *inventory.Dataset) error {
			return d.Refresh(officer, "2026-11-18", s.now())
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Publication(t.Context(), d.Ref)
		if err != nil || p.Content.DataModified != "2026-11-18" || p.Content.Title["fr"] != "Barrages" || !p.Modified.Equal(c.t) {
			t.Errorf("the public sees %s of %q, %v", p.Content.DataModified, p.Content.Title["fr"], err)
		}
		if got := d.DueAt.In(inventory.Tunis()).Format(time.DateOnly); got != "2027-01-01" || !d.DueAt.Equal(*p.DueAt) {
			t.Errorf("due before %s", got)
		}
		if after, _ := s.CatalogueVersion(t.Context()); after.Number != before.Number+1 {
			t.Error("the catalogue did not notice")
		}
	})
}

func TestNamesAreUniqueAndForEver(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		var got []string
		for _, title := range []string{"Barrages", "Barrages", "BARRAGES !", "Barrages 2", "Barrages", "السدود"} {
			got = append(got, published(t, s, title).Name)
		}
		want := []string{"barrages", "barrages-2", "barrages-3", "barrages-2-2", "barrages-4", "tn-marhp-2026-0006"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		long := strings.Repeat("donnees ", 24)
		if a, b := published(t, s, long).Name, published(t, s, long).Name; a == b || len(a) > 90 || len(b) > 90 {
			t.Errorf("names %q and %q", a, b)
		}
		if _, err := withdraw(s, "TN-MARHP-2026-0001", ""); err != nil {
			t.Fatal(err)
		}
		if name := published(t, s, "Barrages").Name; name != "barrages-5" {
			t.Errorf("after a withdrawal the name is %s", name)
		}
	})
}

func TestEveryChangeLeavesALine(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := published(t, s, "Barrages")
		if _, err := edit(s, d.Ref, 0, func(c *inventory.Content) { c.Title["fr"] = "Retenues" }); err != nil {
			t.Fatal(err)
		}
		if _, err := edit(s, d.Ref, 0, func(*inventory.Content) {}); err != nil {
			t.Fatal(err)
		}
		if _, err := edit(s, d.Ref, 0, func(c *inventory.Content) { c.Theme = "x" }); kind(err) != fault.Invalid {
			t.Fatal(err)
		}
		for _, by := range []identity.Actor{officer, reviewer, committee} {
			lines, err := s.History(t.Context(), by, d.Ref)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range lines {
				got = append(got, l.Act+" by "+l.Actor)
			}
			want := []string{
				"dataset.edit by acc-officer", "dataset.approve by acc-mcd", "dataset.submit by acc-officer",
				"dataset.create by acc-officer",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("history for %s (-want +got):\n%s", by.Role, diff)
			}
			if !strings.Contains(string(lines[0].Before), "Barrages") || !strings.Contains(string(lines[0].After), "Retenues") {
				t.Errorf("edit line: %s → %s", lines[0].Before, lines[0].After)
			}
			if strings.Contains(string(lines[0].After), "frequency") {
				t.Errorf("the line repeats what did not change: %s", lines[0].After)
			}
		}
		if _, err := s.History(t.Context(), stranger, d.Ref); kind(err) != fault.NotFound {
			t.Errorf("history for a stranger: %v", err)
		}
	})
}

func TestAFailedChangeWritesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := create(t, s, "Barrages")
		_, err := s.Change(t.Context(), officer, d.Ref, "dataset.edit", 0, func(d *inventory.Dataset) error {
			d.Content.Title["fr"] = "écrit sans règle"
			return fault.At("title.fr", "fault.required")
		})
		if kind(err) != fault.Invalid {
			t.Error(err)
		}
		_, err = s.Change(t.Context(), officer, d.Ref, "dataset.edit", 0, func(d *inventory.Dataset) error {
			d.Content.Title["fr"] = "écrit sans règle"
			return nil
		})
		if _, ok := fault.KindOf(err); err == nil || ok {
			t.Errorf("a change outside the rules: %v; want an error of ours", err)
		}
		got, err := s.Get(t.Context(), officer, d.Ref)
		if err != nil || got.Content.Title["fr"] != "Barrages" || got.Revision != 1 {
			t.Errorf("%q, revision %d, %v", got.Content.Title["fr"], got.Revision, err)
		}
		var n int64
		if err := db.Model(&audit.Line{}).Where("ref = ?", d.Ref).Count(&n).Error; err != nil || n != 1 {
			t.Errorf("%d lines, %v", n, err)
		}
	})
}

// TestOfficersAreIsolated tries everything one institution's officer may do on another's dataset.
func TestOfficersAreIsolated(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		v, err := s.Vocabulary(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		d := create(t, s, "Barrages")
		if _, err := s.Get(t.Context(), stranger, d.Ref); kind(err) != fault.NotFound {
			t.Errorf("read: %v", err)
		}
		if _, err := s.Get(t.Context(), nobody, d.Ref); kind(err) != fault.Unauthenticated {
			t.Errorf("read by the public: %v", err)
		}
		if _, err := s.Get(t.Context(), nobody, "TN-MARHP-2026-4711"); kind(err) != fault.Unauthenticated {
			t.Errorf("the public learns what does not exist: %v", err)
		}
		for name, act := range map[string]func(*inventory.Dataset) error{
			"edit":     func(d *inventory.Dataset) error { return d.Edit(stranger, complete("Volé"), v, s.now()) },
			"submit":   func(d *inventory.Dataset) error { return d.Submit(stranger, v, s.now()) },
			"withdraw": func(d *inventory.Dataset) error { return d.Withdraw(stranger, "x", "", s.now()) },
			"nothing":  func(*inventory.Dataset) error { return nil },
		} {
			called := false
			_, err := s.Change(t.Context(), stranger, d.Ref, "dataset."+name, 0, func(d *inventory.Dataset) error {
				called = true
				return act(d)
			})
			if kind(err) != fault.NotFound || called {
				t.Errorf("%s: %v, rule asked: %v", name, err, called)
			}
		}
		if _, err := s.Create(t.Context(), stranger, "marhp", complete("x")); kind(err) != fault.NotFound {
			t.Errorf("create: %v", err)
		}
		for _, f := range []Filter{{}, {Institution: "marhp"}, {Q: "barrages"}, {State: inventory.Draft}} {
			if l, err := s.List(t.Context(), stranger, f); err != nil || len(l.Items) != 0 {
				t.Errorf("list %+v: %d, %v", f, len(l.Items), err)
			}
			if l, err := s.List(t.Context(), officer, f); err != nil || len(l.Items) != 1 {
				t.Errorf("own list %+v: %d, %v", f, len(l.Items), err)
			}
			if _, err := s.List(t.Context(), nobody, f); kind(err) != fault.Unauthenticated {
				t.Errorf("list for the public: %v", err)
			}
		}
		if _, err := s.ReviewQueue(t.Context(), officer); kind(err) != fault.Forbidden {
			t.Errorf("review queue: %v", err)
		}
	})
}

func TestInstitutionsMustExist(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		admin := identity.System("test")
		if _, err := s.Create(t.Context(), admin, "xyz", complete("x")); kind(err) != fault.Invalid {
			t.Errorf("unknown institution: %v", err)
		}
		gone := start.Add(-time.Hour)
		err := db.Model(&identity.Institution{}).Where("slug = ?", "mtour").UpdateColumn("valid_until", gone).Error
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(t.Context(), admin, "mtour", complete("x")); kind(err) != fault.Invalid {
			t.Errorf("institution that ended: %v", err)
		}
	})
}

// TestFiftyWritersLoseNothing: every change counts, and of those made from one
// revision exactly one succeeds.
func TestFiftyWritersLoseNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		d := create(t, s, "Barrages")
		const writers = 50
		run := func(write func(n int) error) {
			var wg sync.WaitGroup
			for n := range writers {
				wg.Go(func() {
					if err := write(n); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		run(func(n int) error {
			_, err := edit(s, d.Ref, 0, func(c *inventory.Content) {
				c.Keywords["fr"] = append(c.Keywords["fr"], fmt.Sprintf("mot %d", n))
				c.Keywords["fr"] = c.Keywords["fr"][max(0, len(c.Keywords["fr"])-writers):]
			})
			return err
		})
		got, err := s.Get(t.Context(), officer, d.Ref)
		if err != nil || got.Revision != 1+writers || len(got.Content.Keywords["fr"]) != writers {
			t.Fatalf("revision %d with %d keywords, %v", got.Revision, len(got.Content.Keywords["fr"]), err)
		}
		var won, stale atomic.Int32
		run(func(n int) error {
			_, err := edit(s, d.Ref, got.Revision, func(c *inventory.Content) { c.Title["fr"] = fmt.Sprintf("Titre %d", n) })
			switch kind(err) {
			case "":
				won.Add(1)
			case fault.Stale:
				stale.Add(1)
				return nil
			}
			return err
		})
		if won.Load() != 1 || stale.Load() != writers-1 {
			t.Errorf("%d won, %d were stale", won.Load(), stale.Load())
		}
		var refs sync.Map
		run(func(int) error {
			d, err := s.Create(context.Background(), officer, "marhp", complete("Barrages"))
			if err != nil {
				return err
			}
			if _, twice := refs.LoadOrStore(d.Ref, true); twice {
				t.Errorf("ref %s was given twice", d.Ref)
			}
			if _, err := submit(s, d.Ref); err != nil {
				return err
			}
			_, err = approve(s, d.Ref)
			return err
		})
		all, err := s.Publications(t.Context())
		if err != nil || len(all) != writers {
			t.Fatalf("%d published, %v", len(all), err)
		}
		var lines int64
		if err := db.Model(&audit.Line{}).Where("subject = ?", "dataset").Count(&lines).Error; err != nil || lines != 1+writers+1+3*writers {
			t.Errorf("%d audit lines, %v", lines, err)
		}
	})
}

func TestHostileTextIsStoredAsItIs(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		title := `'; DROP TABLE datasets; -- "<script>alert(1)</script>" \u0000 %_\`
		c := complete(title)
		c.Description = lang.Text{"fr": strings.Repeat("é", 10_000)}
		d, err := s.Create(t.Context(), officer, "marhp", c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(t.Context(), officer, d.Ref)
		if err != nil || got.Content.Title["fr"] != title {
			t.Errorf("%q, %v", got.Content.Title["fr"], err)
		}
		c.Title = lang.Text{"fr": "a\x00b"}
		if _, err := s.Create(t.Context(), officer, "marhp", c); kind(err) != fault.Invalid {
			t.Errorf("NUL: %v", err)
		}
	})
}
