package inventorydb

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// desk is a store with the means to hand sheets in.
type desk struct {
	testing.TB
	*Store
	clock *clock
	form  *sheet.Form
}

func newDesk(tb testing.TB, db *gorm.DB) *desk {
	tb.Helper()
	s, c := setup(tb, db)
	form, err := sheet.ReadForm(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	return &desk{tb, s, c, form}
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) try(by identity.Actor, institution, text string) (*inventory.Changeset, error) {
	d.Helper()
	v, err := d.Vocabulary(context.Background())
	d.must(err)
	l, err := sheet.Open([]byte(text), sheet.Options{Form: d.form, Vocabulary: v})
	d.must(err)
	return d.Propose(context.Background(), by, institution, HandedIn{Name: "x.csv", Format: l.Format, File: []byte(text), Rows: l.Rows, Seen: l.Seen})
}

func (d *desk) propose(text string) *inventory.Changeset {
	d.Helper()
	c, err := d.try(officer, "marhp", text)
	d.must(err)
	return c
}

func (d *desk) apply(c *inventory.Changeset) *inventory.Changeset {
	d.Helper()
	done, err := d.Apply(context.Background(), officer, c.ID, inventory.Choice{})
	d.must(err)
	return done
}

// rows writes what becomes of each row in short.
func (d *desk) rows(c *inventory.Changeset) []string {
	d.Helper()
	rows, err := d.ChangesetRows(context.Background(), c, "", 0, 1000)
	d.must(err)
	var out []string
	for _, r := range rows {
		s := fmt.Sprintf("%d %s %s", r.Line, r.Outcome, r.Ref)
		for _, m := range r.Remarks {
			s += fmt.Sprintf(" [%s %s %s %v]", m.Cell, m.Field, m.Key, m.Words())
		}
		for _, x := range r.Changes {
			if r.Outcome == inventory.Change {
				s += fmt.Sprintf(" %s:%s>%s", x.Field, x.Was, x.Is)
			}
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

func (d *desk) want(c *inventory.Changeset, want ...string) {
	d.Helper()
	if diff := cmp.Diff(want, d.rows(c)); diff != "" {
		d.Fatalf("rows (-want +got):\n%s", diff)
	}
}

// key is the head and the key cells of a sheet about a dataset.
func key(ds *inventory.Dataset) string {
	return fmt.Sprintf("%s;%d;%s", ds.Ref, ds.Revision, ds.Content.ImportHash())
}

const keyHead = "ref;revision;hash"

func (d *desk) stored(ref string) *inventory.Dataset {
	d.Helper()
	ds, err := d.Get(context.Background(), reviewer, ref)
	d.must(err)
	return ds
}

func TestAProposalWritesNothingAndItsApplicationEverything(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		text := "Intitulé;Fréquence;Structure;Maille\nForêts;annuelle;ONAGRI;gouvernorat\nBarrages;parfois;;\nForêts;annuelle;;\nNappes;mensuelle;;\n"
		c := d.propose(text)
		d.want(c, "2 create", "3 refused  [B3 frequency dataset.frequency.unknown [parfois]]", "4 create", "5 create")
		var n int64
		d.must(db.Model(&inventory.Dataset{}).Count(&n).Error)
		if n != 0 {
			t.Fatalf("a proposal wrote %d datasets", n)
		}
		if _, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{All: true}); fault.All(err) == nil || fault.All(err)[0].Key != "import.not_all" {
			t.Errorf("all of a list with a refused row: %v", err)
		}
		done := d.apply(c)
		if done.State != inventory.Applied || done.AppliedAt == nil || done.Counts[inventory.Create] != 3 {
			t.Errorf("applied %+v", done)
		}
		again := d.apply(c)
		d.must(db.Model(&inventory.Dataset{}).Count(&n).Error)
		if n != 3 || again.Counts[inventory.Create] != 3 {
			t.Errorf("%d datasets after applying twice", n)
		}
		d.want(d.propose(text), "2 unchanged TN-ONAGRI-2026-0001", "3 refused  [B3 frequency dataset.frequency.unknown [parfois]]",
			"4 unchanged TN-MARHP-2026-0001", "5 unchanged TN-MARHP-2026-0002")
		if got := d.stored("TN-ONAGRI-2026-0001").Content; got.Extra["granularity"] != "gouvernorat" || got.Producer != "" {
			t.Errorf("content %+v", got)
		}
		corrected := d.propose("Intitulé;Fréquence\nBarrages;annuelle\nNappes;hebdomadaire\n")
		d.want(corrected, "2 create", "3 change TN-MARHP-2026-0002 frequency:monthly>weekly")
		var lines []audit.Line
		d.must(db.Where("subject = ?", "changeset").Order("id").Find(&lines).Error)
		if acts := []string{lines[0].Act, lines[1].Act}; !slices.Equal(acts, []string{"changeset.propose", "changeset.apply"}) {
			t.Errorf("audit %v", acts)
		}
	})
}

func TestThreeWayMerge(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		was := create(t, d.Store, "Céréales")
		head := keyHead + ";Intitulé;Description;Thème;Licence\n"
		line := func(title, notes, theme string) string {
			return head + key(was) + ";" + title + ";" + notes + ";" + theme + ";LNDPO-TN\n"
		}
		notes := was.Content.Description["fr"]
		for n := range 3 { // the register moves on, three revisions away from the sheet
			_, err := edit(d.Store, was.Ref, 0, func(c *inventory.Content) {
				c.Title["fr"] = fmt.Sprintf("Céréales et légumineuses %d", n)
				c.Extra = inventory.Extra{"priority": "haute"}
			})
			d.must(err)
		}
		d.want(d.propose(line("Céréales", notes, "agriculture")), "2 unchanged "+was.Ref)
		c := d.propose(line("Céréales", "Une autre description, plus longue que l'ancienne.", "agriculture"))
		d.want(c, "2 change "+was.Ref+" description.fr:"+notes+">Une autre description, plus longue que l'ancienne.")
		d.want(d.propose(line("Blé", notes, "agriculture")),
			"2 conflict "+was.Ref+" [D2 title.fr import.field.conflict [Céréales et légumineuses 2]]")
		d.want(d.propose(line("Céréales et légumineuses 2", notes, "agriculture")), "2 unchanged "+was.Ref)
		d.apply(c)
		now := d.stored(was.Ref).Content
		if now.Title["fr"] != "Céréales et légumineuses 2" || now.Description["fr"] == notes || now.Extra["priority"] != "haute" ||
			now.Distributions[0].ID != was.Content.Distributions[0].ID {
			t.Errorf("merged into %+v", now)
		}
		forged := strings.Replace(line("Blé", notes, "agriculture"), was.Content.ImportHash(), "0000", 1)
		d.want(d.propose(forged), "2 conflict "+was.Ref+" [  import.base.unknown []]")
	})
}

func TestASheetStaysInItsInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		mine := create(t, d.Store, "Céréales")
		theirs, err := d.Create(t.Context(), stranger, "ms", complete("Hôpitaux"))
		d.must(err)
		text := keyHead + ";Intitulé\n" + key(theirs) + ";Volé\n" + key(mine) + ";Blé\nTN-MS-2026-0999;1;;Rien\n"
		d.want(d.propose(text), "2 refused TN-MS-2026-0001 [A2 ref import.ref.unknown [TN-MS-2026-0001]]",
			"3 change TN-MARHP-2026-0001 title.fr:Céréales>Blé", "4 refused TN-MS-2026-0999 [A4 ref import.ref.unknown [TN-MS-2026-0999]]")
		// The operator may write for both, but not through the sheet of one.
		c, err := d.try(reviewer, "marhp", text)
		d.must(err)
		d.want(c, "2 refused TN-MS-2026-0001 [A2 ref import.ref.unknown [TN-MS-2026-0001]]",
			"3 change TN-MARHP-2026-0001 title.fr:Céréales>Blé", "4 refused TN-MS-2026-0999 [A4 ref import.ref.unknown [TN-MS-2026-0999]]")
		for name, err := range map[string]error{
			"propose": errOf(d.try(stranger, "marhp", text)), "nobody proposes": errOf(d.try(nobody, "marhp", text)),
			"see":    errOf(d.Changeset(t.Context(), stranger, c.ID)),
			"file":   errOf(d.ChangesetFile(t.Context(), stranger, c.ID)),
			"apply":  errOf(d.Apply(t.Context(), stranger, c.ID, inventory.Choice{})),
			"undo":   errOf(d.Undo(t.Context(), stranger, c.ID, "x")),
			"advise": errOf(d.Apply(t.Context(), committee, c.ID, inventory.Choice{})),
			"teach":  d.Remember(t.Context(), stranger, "marhp", map[string]string{"x": "title"}),
		} {
			if k := kind(err); k != fault.NotFound && k != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
		if all, err := d.Changesets(t.Context(), stranger, 10); err != nil || len(all) != 0 {
			t.Errorf("a stranger lists %d, %v", len(all), err)
		}
		for _, err := range d.Sheet(t.Context(), stranger, "marhp") {
			if kind(err) != fault.NotFound {
				t.Errorf("a stranger's sheet: %v", err)
			}
		}
		if d.stored(theirs.Ref).Content.Title["fr"] != "Hôpitaux" {
			t.Error("the other institution's dataset changed")
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestUndoTakesBackAllOrNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		was := published(t, d.Store, "Céréales")
		text := keyHead + ";Intitulé\n" + key(was) + ";Blé\n;;;Nappes\n"
		c := d.propose(text)
		d.want(c, "2 change "+was.Ref+" title.fr:Céréales>Blé", "3 create")
		if _, err := d.Undo(t.Context(), officer, c.ID, "x"); fault.All(err)[0].Key != "import.not_applied" {
			t.Errorf("undo of a proposal: %v", err)
		}
		d.apply(c)
		if now := d.stored(was.Ref); now.State != inventory.Draft || now.Content.Title["fr"] != "Blé" {
			t.Errorf("applied: %s %v", now.State, now.Content.Title)
		}
		_, err := d.Undo(t.Context(), officer, c.ID, "Import annulé")
		d.must(err)
		back, made := d.stored(was.Ref), d.stored("TN-MARHP-2026-0002")
		if back.State != inventory.Approved || !back.Content.Equal(was.Content) || made.State != inventory.Withdrawn || made.Source.ID != "" {
			t.Errorf("undone: %s %v, %s %+v", back.State, back.Content.Title, made.State, made.Source)
		}
		_, err = d.Undo(t.Context(), officer, c.ID, "Import annulé")
		d.must(err)
		if _, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{}); fault.All(err)[0].Key != "import.undone" {
			t.Errorf("apply after undo: %v", err)
		}
		// Handed in again it can be applied again; worked on since, it stays.
		c = d.apply(d.propose(keyHead + ";Intitulé\n" + key(back) + ";Orge\n;;;Nappes\n"))
		if _, err := edit(d.Store, was.Ref, 0, func(c *inventory.Content) { c.Title["ar"] = "الشعير" }); err != nil {
			t.Fatal(err)
		}
		_, err = d.Undo(t.Context(), officer, c.ID, "x")
		if diff := cmp.Diff([]string{"conflict  import.undo.moved"}, faults(err)); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
		if made := d.stored("TN-MARHP-2026-0003"); made.State != inventory.Draft {
			t.Errorf("half undone: %s", made.State)
		}
	})
}

// TestAKilledApplicationLeavesNothing ends the application in the middle, as a
// killed process does, and applies again.
func TestAKilledApplicationLeavesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		var text strings.Builder
		text.WriteString("Intitulé;Fréquence\n")
		for n := range 600 {
			fmt.Fprintf(&text, "Jeu numéro %d;annuelle\n", n)
		}
		c := d.propose(text.String())
		ctx, kill := context.WithCancel(t.Context())
		var writes atomic.Int64
		d.must(db.Callback().Create().Before("gorm:create").Register("kill", func(tx *gorm.DB) {
			if tx.Statement.Table == "datasets" && writes.Add(1) == 4 {
				kill()
			}
		}))
		if _, err := d.Apply(ctx, officer, c.ID, inventory.Choice{}); err == nil {
			t.Fatal("the application was not killed")
		}
		d.must(db.Callback().Create().Remove("kill"))
		var n int64
		d.must(db.Model(&inventory.Dataset{}).Count(&n).Error)
		if n != 0 {
			t.Errorf("%d datasets of half an application", n)
		}
		if done := d.apply(c); done.Counts[inventory.Create] != 600 {
			t.Errorf("applied %v", done.Counts)
		}
	})
}

func TestTheRegisterMovesOnBetweenProposalAndApplication(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		a, b := create(t, d.Store, "Céréales"), create(t, d.Store, "Barrages")
		c := d.propose(keyHead + ";Intitulé\n" + key(a) + ";Blé\n" + key(b) + ";Lacs\n")
		if _, err := submit(d.Store, a.Ref); err != nil {
			t.Fatal(err)
		}
		_, err := d.Apply(t.Context(), officer, c.ID, inventory.Choice{All: true})
		if diff := cmp.Diff([]string{"conflict  import.moved", "conflict  dataset.edit.submitted"}, faults(err)); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
		if got := d.stored(b.Ref).Content.Title["fr"]; got != "Barrages" {
			t.Errorf("half applied: %s", got)
		}
		d.apply(c)
		d.want(c, "2 conflict "+a.Ref+" [  dataset.edit.submitted []]", "3 change "+b.Ref+" title.fr:Barrages>Lacs")
	})
}

func TestATitleThatIsTakenIsAConflict(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		a := create(t, d.Store, "Céréales")
		d.want(d.propose("Intitulé;Fréquence\ncereales;annuelle\n"), "2 conflict "+a.Ref+" [A2 title.fr import.title.exists ["+a.Ref+"]]")
		d.want(d.propose(keyHead+";Intitulé\n"+key(a)+";A\n"+key(a)+";B\n"),
			"2 change "+a.Ref+" title.fr:Céréales>A", "3 refused "+a.Ref+" [A3 ref import.repeated [2]]")
		d.must(d.Remember(t.Context(), officer, "marhp", map[string]string{"Nom usuel": "title"}))
		labels, err := d.Labels(t.Context(), "marhp")
		d.must(err)
		if diff := cmp.Diff(map[string]string{"nom usuel": "title"}, labels); diff != "" {
			t.Errorf("labels (-want +got):\n%s", diff)
		}
	})
}

// A large workbook is held in bounded memory and goes in whole. How long it
// takes is BenchmarkTenThousandRows's to say: a race detector has no hurry.
func TestALargeWorkbookGoesInWhole(t *testing.T) {
	const rows = 2_000
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		d := newDesk(t, db)
		r := d.roundTrip(rows)
		if r.created != rows || r.heap > 300<<20 {
			t.Errorf("%d of %d rows went in, with %d MB of heap; want all, with less than 300", r.created, rows, r.heap>>20)
		}
	})
}

// BenchmarkTenThousandRows measures what was promised for 10,000 rows: preview
// < 5 s, application < 10 s, memory < 300 MB, each as the share of its limit.
func BenchmarkTenThousandRows(b *testing.B) {
	const rows = 10_000
	for engine, open := range map[string]func(testing.TB) *gorm.DB{
		"sqlite": databasetest.Open, "postgres": databasetest.OpenPostgres,
	} {
		b.Run(engine, func(b *testing.B) {
			var r trip
			for b.Loop() {
				d := newDesk(b, open(b))
				r = d.roundTrip(rows)
			}
			b.ReportMetric(r.preview.Seconds(), "preview-s")
			b.ReportMetric(r.preview.Seconds()/5, "preview/limit")
			b.ReportMetric(r.applied.Seconds(), "apply-s")
			b.ReportMetric(r.applied.Seconds()/10, "apply/limit")
			b.ReportMetric(float64(r.heap>>20), "heap-MB")
		})
	}
}

// trip is what it took to bring a workbook in.
type trip struct {
	created          int
	preview, applied time.Duration
	heap             uint64 // at most, in bytes
}

// roundTrip writes a workbook of new rows, previews and applies it.
func (d *desk) roundTrip(rows int) trip {
	d.Helper()
	v, err := d.Vocabulary(d.Context())
	d.must(err)
	var out bytes.Buffer
	d.must(sheet.Book{
		Form: d.form, Vocabulary: v, Tree: identity.Tree{}, Institution: "marhp", Lang: lang.French, Datasets: newRows(rows),
	}.Write(&out))
	peak, stop := heap()
	began := time.Now()
	l, err := sheet.Open(out.Bytes(), sheet.Options{Form: d.form, Vocabulary: v})
	d.must(err)
	c, err := d.Propose(d.Context(), officer, "marhp",
		HandedIn{Name: "x.xlsx", Format: l.Format, File: out.Bytes(), Rows: l.Rows, Seen: l.Seen})
	d.must(err)
	r := trip{preview: time.Since(began)}
	began = time.Now()
	c, err = d.Apply(d.Context(), officer, c.ID, inventory.Choice{All: true})
	d.must(err)
	r.applied = time.Since(began)
	stop()
	r.created, r.heap = c.Counts[inventory.Create], peak.Load()
	return r
}

// newRows makes datasets without refs: all new.
func newRows(n int) iter.Seq2[inventory.Dataset, error] {
	return func(yield func(inventory.Dataset, error) bool) {
		for k := range n {
			c := complete(fmt.Sprintf("Jeu de données numéro %d", k))
			c.Extra = inventory.Extra{"holding": "fichier", "priority": "haute"}
			c.Spatial = []string{"TN-11"}
			if !yield(inventory.Dataset{Institution: "marhp", Content: c.Clean()}, nil) {
				return
			}
		}
	}
}

// heap watches the live heap until stop is called.
func heap() (peak *atomic.Uint64, stop func()) {
	peak = &atomic.Uint64{}
	runtime.GC()
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return peak, func() { close(done); <-ended }
}
