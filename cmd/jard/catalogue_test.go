package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// A process that is killed while it writes the catalogue leaves the former
// edition whole, and the next one goes on from what was stored.
func TestKillNineWhileTheCatalogueIsWritten(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			quiet := func(c *configs.Config) { c.Watch.Enabled = false }
			first := start(t, target, quiet)
			publish(t, first.db, 1, 10)
			await(t, "the first edition", func() bool { return strings.Contains(first.page(t), "totalItems \"10\"") })
			before := newestEdition(t, first.db)
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			db, err := database.Open(database.Options{URL: target})
			if err != nil {
				t.Fatal(err)
			}
			defer database.Close(db)
			publish(t, db, 11, 1500)
			c := spawn(t, target)
			await(t, "pages of the next edition", func() bool { return count(t, db, "catalogue_leaves") > 1 })
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait()
			if id := newestEdition(t, db); id != before {
				t.Fatal("the edition was finished before the kill; the test tried nothing")
			}
			stored := count(t, db, "catalogue_leaves")

			next := start(t, target, quiet)
			if got := next.page(t); !strings.Contains(got, "totalItems \"10\"") {
				t.Errorf("after the kill is served:\n%.3000s", got)
			}
			// The lease of the dead runs out by the clock of the database.
			if err := db.Exec("UPDATE catalogue_lease SET until = 0").Error; err != nil {
				t.Fatal(err)
			}
			await(t, "the next edition", func() bool { return strings.Contains(next.page(t), "totalItems \"1500\"") })
			if n := count(t, db, "catalogue_leaves"); n <= stored {
				t.Errorf("%d pages were stored by the dead, and there are %d now", stored, n)
			}
		})
	}
}

// publish makes datasets from..to public, as approvals leave them behind.
func publish(t *testing.T, db *gorm.DB, from, to int) {
	t.Helper()
	at := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	var datasets []inventory.Dataset
	var live []inventory.Publication
	for n := from; n <= to; n++ {
		c := inventory.Content{
			Title: lang.Text{"fr": fmt.Sprintf("Jeu %d", n)}, Openness: inventory.Open, ContactEmail: "donnees@marhp.example",
		}.Clean()
		id := fmt.Sprintf("%08x-0000-1500-8000-%012x", uint32(n)*0x9e3779b9, n)
		p := inventory.Publication{
			DatasetID: id, Ref: fmt.Sprintf("TN-MARHP-2026-%05d", n), Name: fmt.Sprintf("jeu-%d", n), Institution: "marhp",
			Revision: 1, Content: c, Hash: c.Hash(), Issued: at, Modified: at,
		}
		live = append(live, p)
		datasets = append(datasets, inventory.Dataset{
			ID: id, Ref: p.Ref, Name: p.Name, Institution: "marhp", State: inventory.Approved, Revision: 1, Content: c,
			ApprovedRevision: 1, ApprovedHash: p.Hash, CreatedAt: at, UpdatedAt: at,
		})
	}
	for _, err := range []error{
		db.CreateInBatches(datasets, 100).Error, db.CreateInBatches(live, 100).Error,
		db.Exec(`INSERT INTO register_versions (part, number, changed_at) VALUES ('catalogue', 1, ?)
			ON CONFLICT (part) DO UPDATE SET number = register_versions.number + 1`, at).Error,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// page is the first page of the catalogue, whatever the status.
func (r *running) page(t *testing.T) string {
	t.Helper()
	resp, err := http.Get(r.url + "/catalog.ttl") //nolint:noctx // it is there or it is not
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func newestEdition(t *testing.T, db *gorm.DB) (id string) {
	t.Helper()
	if err := db.Raw("SELECT newest FROM catalogue_served").Row().Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

func count(t *testing.T, db *gorm.DB, table string) (n int64) {
	t.Helper()
	if err := db.Table(table).Count(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}
