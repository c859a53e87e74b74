package inventorydb

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
)

// realList is a real list beside the repository; it is test input and no part of it.
const realList = "../../../shared/realdata/agridata_datasets.jsonl"

var system = identity.System("import")

// took is what became of a list.
type took struct {
	inventory.Changeset
	rows []ChangesetRow
}

func doImport(tb testing.TB, s *Store, list string, apply bool) took {
	tb.Helper()
	got, err := tryImport(tb, s, system, "marhp", list, apply)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func tryImport(tb testing.TB, s *Store, by identity.Actor, institution, list string, apply bool) (took, error) {
	tb.Helper()
	v, err := s.Vocabulary(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return tryRows(tb, s, by, institution, sheet.ReadJSONL(strings.NewReader(list), v), apply)
}

// tryRows proposes rows and, when apply is set, applies the good ones.
func tryRows(
	tb testing.TB, s *Store, by identity.Actor, institution string, rows iter.Seq[inventory.Row], apply bool,
) (took, error) {
	tb.Helper()
	ctx := context.Background()
	c, err := s.Propose(ctx, by, institution, HandedIn{
		Format: "jsonl", File: []byte{}, Rows: rows, Seen: func() []inventory.SheetSeen { return nil },
	})
	if err == nil && apply {
		c, err = s.Apply(ctx, by, c.ID, inventory.Choice{})
	}
	if err != nil {
		return took{}, err
	}
	kept, err := s.ChangesetRows(ctx, c, "", 0, AllRows)
	return took{*c, kept}, err
}

func counts(r took) string {
	var b strings.Builder
	for _, o := range inventory.Outcomes() {
		fmt.Fprintf(&b, "%s=%d ", o, r.Counts[o])
	}
	return strings.TrimSpace(b.String())
}

// reasons renders what is said about a row for comparison.
func reasons(row ChangesetRow) []string {
	var out []string
	for _, m := range row.Remarks {
		out = append(out, strings.TrimSpace(m.Field+" "+m.Key))
	}
	return out
}

// entries writes a list of n sound entries.
func entries(n int) string {
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, `{"name":"jeu-%d","title":"Production n° %d","organization":"onagri-dept","organization_title":"ONAGRI",`+
			`"notes":"Production annuelle par gouvernorat, série %d","resources":[{"id":"r-%d","name":"Tableau %d"},`+
			`{"id":"s-%d","name":"Annexe"}],"portal_url":"https://catalog.example.tn/dataset/jeu-%d",`+
			`"license_id":"licence-nationale-de-donnees-publiques-ouvertes"}`+"\n", k, k, k, k, k, k, k)
	}
	return b.String()
}

func TestImportingTheRealCatalogueTwice(t *testing.T) {
	data, err := os.ReadFile(realList)
	if err != nil {
		t.Logf("the real catalogue is not beside the repository, only generated lists are tested: %v", err)
		return
	}
	refused := []int{89, 164, 200, 229, 368, 417, 424, 442, 470, 472, 478, 518}
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		if got, want := counts(doImport(t, s, string(data), false)), "create=513 change=0 unchanged=0 conflict=0 refused=12"; got != want {
			t.Fatalf("preview = %s; want %s", got, want)
		}
		if n, _ := s.Count(t.Context(), system, Filter{}); n != 0 {
			t.Fatalf("a preview wrote %d datasets", n)
		}
		began := time.Now()
		report := doImport(t, s, string(data), true)
		took := time.Since(began)
		t.Logf("525 entries imported in %v", took)
		if took > 10*time.Second {
			t.Errorf("import took %v", took)
		}
		if got, want := counts(report), "create=513 change=0 unchanged=0 conflict=0 refused=12"; got != want {
			t.Fatalf("import = %s; want %s", got, want)
		}
		var lines []int
		for _, row := range report.rows {
			if row.Outcome == inventory.Refused {
				lines = append(lines, row.Line)
				if got := reasons(row); len(got) != 1 || got[0] != "title import.title.missing" {
					t.Errorf("line %d: %v", row.Line, got)
				}
			}
		}
		if fmt.Sprint(lines) != fmt.Sprint(refused) {
			t.Errorf("refused lines = %v; want %v", lines, refused)
		}
		if n, _ := s.Count(t.Context(), system, Filter{State: inventory.Draft}); n != 513 {
			t.Errorf("%d drafts; want 513", n)
		}
		if got, want := counts(doImport(t, s, string(data), true)), "create=0 change=0 unchanged=513 conflict=0 refused=12"; got != want {
			t.Errorf("second import = %s; want %s", got, want)
		}
		onagri, err := s.List(t.Context(), system, Filter{Institution: "onagri"})
		if err != nil || len(onagri.Items) != 24 {
			t.Errorf("onagri has %d, %v; want its 24", len(onagri.Items), err)
		}
	})
}

func TestImportMergesThreeWays(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		list := entries(4)
		if got, want := counts(doImport(t, s, list, true)), "create=4 change=0 unchanged=0 conflict=0 refused=0"; got != want {
			t.Fatalf("first = %s; want %s", got, want)
		}
		all, err := s.List(t.Context(), officer, Filter{})
		if err != nil || len(all.Items) != 4 {
			t.Fatal(len(all.Items), err)
		}
		byID := map[string]inventory.Dataset{}
		for _, d := range all.Items {
			byID[d.Source.ID] = d
		}
		// Here: jeu-1 and jeu-2 are enriched. There: jeu-0 and jeu-1 get another title.
		for _, id := range []string{"jeu-1", "jeu-2"} {
			if _, err := edit(s, byID[id].Ref, 0, func(c *inventory.Content) { c.Theme = "agriculture" }); err != nil {
				t.Fatal(err)
			}
		}
		list = strings.ReplaceAll(list, `"Production n° 0"`, `"Production corrigée 0"`)
		list = strings.ReplaceAll(list, `"Production n° 1"`, `"Production corrigée 1"`)
		report := doImport(t, s, list, true)
		if got, want := counts(report), "create=0 change=1 unchanged=2 conflict=1 refused=0"; got != want {
			t.Errorf("merge = %s; want %s", got, want)
		}
		d, err := s.Get(t.Context(), officer, byID["jeu-0"].Ref)
		if err != nil || d.Content.Title["fr"] != "Production corrigée 0" || d.Revision != 2 {
			t.Errorf("changed entry: %+v, %v", d, err)
		}
		if d.Content.Distributions[0].ID != byID["jeu-0"].Content.Distributions[0].ID {
			t.Error("a distribution lost its id")
		}
		d, err = s.Get(t.Context(), officer, byID["jeu-1"].Ref)
		if err != nil || d.Content.Title["fr"] != "Production n° 1" {
			t.Errorf("a conflict was written: %+v, %v", d, err)
		}
		if got, want := counts(doImport(t, s, list, true)), "create=0 change=0 unchanged=3 conflict=1 refused=0"; got != want {
			t.Errorf("again = %s; want %s", got, want)
		}
	})
}

func TestOneBadRowCostsNoOther(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		list := entries(2) + "{\"name\":\"x\",\"title\":\"" + strings.Repeat("é", 201) + "\"}\n" + "{\"name\":\n" +
			entries(1) + `{"name":"y","title":"Bon","resources":[{"url":"http://pai.pdf"}]}` + "\n"
		report := doImport(t, s, list, true)
		if got, want := counts(report), "create=2 change=0 unchanged=0 conflict=0 refused=4"; got != want {
			t.Fatalf("import = %s; want %s", got, want)
		}
		var got []string
		for _, row := range report.rows[2:] {
			got = append(got, fmt.Sprintf("%d %s", row.Line, strings.Join(reasons(row), ", ")))
		}
		want := []string{
			"3 title.fr fault.too_long",
			"4 import.line.truncated",
			"5 import.repeated",
			"6 distributions.0.url dataset.url.host",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("reasons = %q; want %q", got, want)
		}
	})
}

func TestImportStaysInsideTheInstitution(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		doImport(t, s, entries(2), true)
		if _, err := tryImport(t, s, officer, "ms", entries(3), true); kind(err) != fault.NotFound {
			t.Errorf("importing into another institution = %v; want not found", err)
		}
		report, err := tryImport(t, s, stranger, "ms", entries(3), true)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := counts(report), "create=1 change=0 unchanged=0 conflict=0 refused=2"; got != want {
			t.Errorf("import of entries that are another's = %s; want %s", got, want)
		}
		for _, row := range report.rows[:2] {
			if row.Ref != "" || reasons(row)[0] != "import.elsewhere" {
				t.Errorf("the refusal tells too much: %+v", row)
			}
		}
	})
}

func TestEveryImportedDatasetLeavesALine(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		s, _ := setup(t, db)
		doImport(t, s, entries(300), true)
		var n int64
		if err := db.Model(&audit.Line{}).Where("act = ?", "dataset.import").Count(&n).Error; err != nil || n != 300 {
			t.Errorf("%d lines, %v; want 300", n, err)
		}
		var refs int64
		if err := db.Model(&inventory.Dataset{}).Distinct("ref").Count(&refs).Error; err != nil || refs != 300 {
			t.Errorf("%d refs, %v; want 300", refs, err)
		}
	})
}

func BenchmarkImport525(b *testing.B) {
	lists := map[string][]byte{"generated": []byte(entries(525))}
	if data, err := os.ReadFile(realList); err == nil {
		lists["real"] = data
	} else {
		b.Logf("the real catalogue is not beside the repository: %v", err)
	}
	for _, name := range []string{"generated", "real"} {
		data, ok := lists[name]
		if !ok {
			continue
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, _ := setup(b, databasetest.Open(b))
				b.StartTimer()
				doImport(b, s, string(data), true)
			}
		})
	}
}
