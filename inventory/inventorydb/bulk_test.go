package inventorydb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

func set(field, value string) []inventory.BulkEdit {
	return []inventory.BulkEdit{{Field: field, Act: inventory.BulkSet, Value: value}}
}

func TestABulkEditIsOneChangeset(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		a, b, gone := create(t, d.Store, "Céréales"), published(t, d.Store, "Olives"), create(t, d.Store, "Dattes")
		waiting := create(t, d.Store, "Agrumes")
		_, err := submit(d.Store, waiting.Ref)
		d.must(err)
		_, err = withdraw(d.Store, gone.Ref, "")
		d.must(err)
		_, err = d.Create(t.Context(), stranger, "ms", complete("Hôpitaux"))
		d.must(err)
		_, err = edit(d.Store, a.Ref, 0, func(c *inventory.Content) { c.Frequency = "annual" })
		d.must(err)
		c, err := d.ProposeBulk(t.Context(), officer, Bulk{Institution: "marhp", Name: "x", Edits: set("frequency", "annual")})
		d.must(err)
		d.want(c, "1 unchanged "+a.Ref, "2 change "+b.Ref+" frequency:monthly>annual",
			"3 conflict "+waiting.Ref+" [  dataset.edit.submitted []]")
		if now := d.stored(b.Ref); now.Content.Frequency != "monthly" {
			t.Errorf("a proposal wrote %s", now.Content.Frequency)
		}
		// Somebody works on it between preview and application: both changes live on.
		_, err = edit(d.Store, b.Ref, 0, func(c *inventory.Content) { c.Title["fr"] = "Olives et huile" })
		d.must(err)
		for range 2 {
			if done := d.apply(c); done.State != inventory.Applied || done.Counts[inventory.Change] != 1 {
				t.Errorf("applied %+v", done)
			}
		}
		now := d.stored(b.Ref)
		if now.Content.Frequency != "annual" || now.Content.Title["fr"] != "Olives et huile" || now.State != inventory.Draft ||
			now.Content.Distributions[0].ID != b.Content.Distributions[0].ID {
			t.Errorf("became %+v", now)
		}
		_, err = d.Undo(t.Context(), officer, c.ID, "retour")
		d.must(err)
		if now = d.stored(b.Ref); now.Content.Frequency != "monthly" || now.Content.Title["fr"] != "Olives et huile" {
			t.Errorf("undone to %+v", now.Content)
		}
	})
}

func TestABulkEditOfWhatIsChosen(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		create(t, d.Store, "Céréales")
		bare, err := d.Create(t.Context(), officer, "onagri", inventory.Content{
			Title: lang.Text{"fr": "Dattes"}, PersonalUnknown: true,
		})
		d.must(err)
		for name, tt := range map[string]struct {
			f    Filter
			want int
		}{
			"all": {Filter{}, 2}, "state": {Filter{State: inventory.Draft}, 2}, "words": {Filter{Q: "dattes"}, 1},
			"theme": {Filter{Theme: "agriculture"}, 1}, "refs": {Filter{Refs: []string{bare.Ref, "TN-MS-2026-0001"}}, 1},
		} {
			c, err := d.ProposeBulk(t.Context(), officer, Bulk{Institution: "marhp", Filter: tt.f, Edits: set("producer", "DGPA")})
			if err != nil || c.Counts[inventory.Change] != tt.want {
				t.Errorf("%s: %+v, %v; want %d", name, c, err, tt.want)
			}
		}
		for _, field := range MissingFields() {
			f := Filter{Missing: field, Institution: "onagri"}
			n, err := d.Count(t.Context(), officer, f)
			if has := field == "title.fr"; err != nil || (n == 0) != has {
				t.Errorf("missing %s: %d, %v", field, n, err)
			}
			if n, err := d.Count(t.Context(), officer, Filter{Missing: field, Q: "cereales"}); err != nil || (n != 0) != lacks(field) {
				t.Errorf("missing %s among what is complete: %d, %v", field, n, err)
			}
		}
		for name, tt := range map[string]struct {
			b    Bulk
			want string
		}{
			"look-alikes":      {Bulk{Institution: "marhp", Filter: Filter{Q: "dates"}, Edits: set("producer", "x")}, "bulk.none"},
			"nothing matches":  {Bulk{Institution: "marhp", Filter: Filter{Q: "zzz"}, Edits: set("producer", "x")}, "bulk.none"},
			"a missing nobody": {Bulk{Institution: "marhp", Filter: Filter{Missing: "humeur"}, Edits: set("producer", "x")}, "bulk.field.unknown"},
			"a state":          {Bulk{Institution: "marhp", Filter: Filter{State: "x"}, Edits: set("producer", "x")}, "dataset.state.unknown"},
			"no edit":          {Bulk{Institution: "marhp"}, "fault.required"},
			"another's":        {Bulk{Institution: "ms", Edits: set("producer", "x")}, "fault.not_found"},
		} {
			if _, err := d.ProposeBulk(t.Context(), officer, tt.b); keyOf(err) != tt.want {
				t.Errorf("%s: %v; want %s", name, err, tt.want)
			}
		}
		// One institution's refs are nothing to another, however they are named.
		_, err = d.ProposeBulk(t.Context(), stranger, Bulk{Institution: "ms", Filter: Filter{Refs: []string{bare.Ref}}, Edits: set("producer", "x")})
		if keyOf(err) != "bulk.none" {
			t.Errorf("a stranger's edit: %v", err)
		}
	})
}

// lacks are the fields that complete leaves out.
func lacks(field string) bool {
	switch field {
	case "title.en", "description.en", "keywords.en", "producer", "legal_ground", "target_date", "temporal.start", "spatial":
		return true
	}
	return false
}

// A bulk edit killed half-way has changed nothing, and is applied whole the next time.
func TestAKilledBulkEditLeavesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		doImport(t, d.Store, entries(600), true)
		c, err := d.ProposeBulk(t.Context(), officer, Bulk{Institution: "marhp", Edits: set("theme", "agriculture")})
		d.must(err)
		ctx, kill := context.WithCancel(t.Context())
		n := 0
		d.must(db.Callback().Create().Before("gorm:create").Register("kill", func(*gorm.DB) {
			if n++; n == 3 {
				kill()
			}
		}))
		_, err = d.Apply(ctx, officer, c.ID, inventory.Choice{})
		d.must(db.Callback().Create().Remove("kill"))
		if err == nil {
			t.Fatal("nobody killed it")
		}
		if left, err := d.Count(t.Context(), officer, Filter{Theme: "agriculture"}); err != nil || left != 0 {
			t.Errorf("%d datasets changed, %v", left, err)
		}
		if done := d.apply(c); done.Counts[inventory.Change] != 600 {
			t.Errorf("afterwards %v", done.Counts)
		}
	})
}

func TestWhatWaitsIsBoundedAndForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		ctx := t.Context()
		text := "Intitulé;Fréquence\nForêts;annuelle\n"
		for range MaxPending {
			d.propose(text)
		}
		_, err := d.try(officer, "marhp", text)
		if all := fault.All(err); len(all) != 1 || all[0].Key != "import.quota.files" || kind(err) != fault.Conflict {
			t.Errorf("one too many: %v", err)
		}
		if _, err := d.try(stranger, "ms", text); err != nil {
			t.Errorf("another institution pays for it: %v", err)
		}
		all, err := d.Changesets(ctx, officer, 1)
		d.must(err)
		d.must(d.Discard(ctx, officer, all[0].ID))
		held, err := d.Hold(ctx, officer, "marhp", HandedIn{Name: "x.csv", Format: "csv", File: []byte("a;b\n1;2\n")})
		d.must(err)
		if _, err := d.Apply(ctx, officer, held.ID, inventory.Choice{}); keyOf(err) != "import.unread" {
			t.Errorf("applying what nobody read: %v", err)
		}
		d.must(d.Discard(ctx, officer, held.ID))
		kept := d.apply(d.propose(text))
		d.clock.t = d.clock.t.Add(ProposalLife + time.Hour)
		d.must(d.ForgetFiles(ctx))
		if all, err = d.Changesets(ctx, officer, 100); err != nil || len(all) != 1 || all[0].ID != kept.ID {
			t.Errorf("%d files after a month, %v", len(all), err)
		}
		var rows int64
		d.must(db.Model(&ChangesetRow{}).Where("changeset_id NOT IN (SELECT id FROM changesets)").Count(&rows).Error)
		if rows != 0 {
			t.Errorf("%d rows belong to nothing", rows)
		}
		if c, err := d.ChangesetFile(ctx, officer, kept.ID); err != nil || len(c.File) == 0 {
			t.Errorf("the applied file is gone after a month: %v", err)
		}
		d.clock.t = d.clock.t.Add(FileLife)
		d.must(d.ForgetFiles(ctx))
		if c, err := d.ChangesetFile(ctx, officer, kept.ID); err != nil || len(c.File) != 0 {
			t.Errorf("the applied file is kept for ever: %v", err)
		}
		_, err = d.Undo(ctx, officer, kept.ID, "retour")
		d.must(err)
	})
}

func TestTooManyBytesWait(t *testing.T) {
	d := newDesk(t, databasetest.Open(t))
	big := make([]byte, 30<<20)
	var err error
	for n := 0; n < 20 && err == nil; n++ {
		_, err = d.Hold(t.Context(), officer, "marhp", HandedIn{Format: "csv", File: big})
	}
	if keyOf(err) != "import.quota.bytes" {
		t.Errorf("after many large files: %v", err)
	}
}

// BenchmarkBulkEdit measures an edit of 10,000 datasets as the share of what a workbook of as many rows may take.
func BenchmarkBulkEdit(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		b.Run(engine, func(b *testing.B) {
			var preview, applied time.Duration
			for b.Loop() {
				d := newDesk(b, open(b))
				doImport(b, d.Store, entries(10_000), true)
				began := time.Now()
				c, err := d.ProposeBulk(b.Context(), officer, Bulk{Institution: "marhp", Edits: set("theme", "agriculture")})
				d.must(err)
				preview, began = time.Since(began), time.Now()
				done := d.apply(c)
				applied = time.Since(began)
				if done.Counts[inventory.Change] != 10_000 {
					b.Fatal(fmt.Sprint(done.Counts))
				}
			}
			b.ReportMetric(preview.Seconds(), "preview-s")
			b.ReportMetric(preview.Seconds()/5, "preview/limit")
			b.ReportMetric(applied.Seconds(), "apply-s")
			b.ReportMetric(applied.Seconds()/10, "apply/limit")
		})
	}
}
