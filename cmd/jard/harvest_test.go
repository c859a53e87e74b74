package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
	"github.com/jard-odi/jard/lang"
)

// The process is killed in the middle of a harvest and started again, twice:
// the harvest goes on where it was and ends with exactly the public register.
func TestAHarvestOutlivesKillNine(t *testing.T) {
	const world = "http://jard.example"
	t.Setenv("JARD_BASE_URL", world)
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			target := databasetest.URL(t, engine)
			first := start(t, target, func(c *configs.Config) { c.Watch.Enabled = false })
			register := makePublic(t, first.db, 330)
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			server := spawn(t, target)
			via := harvesttest.NewVia(func() string { return strings.TrimPrefix(server.url, "http://") })
			t.Cleanup(via.Close)
			source := harvesttest.Source{Base: world, Via: via}
			for _, reader := range []*harvesttest.Harvester{
				harvesttest.CKAN(source), harvesttest.DCATRDF(source, "/catalog.rdf", "fr"),
			} {
				via.Before(func(number int) {
					if number == 2 || number == 4 {
						_ = server.cmd.Process.Kill()
						_ = server.cmd.Wait()
						server = spawn(t, target)
					}
				})
				j := reader.Run(t.Context(), time.Now())
				if !j.Good() {
					t.Errorf("%s, killed twice: %v; refused: %.300v", reader.Name, j, j.Rejected)
				}
				for _, difference := range reader.Differs(register) {
					t.Errorf("%s: %s", reader.Name, difference)
				}
			}
		})
	}
}

// While the database is lost, or somebody else holds its lock, harvests go on:
// what was last read of it is still served, whole.
func TestAHarvestOutlivesItsDatabase(t *testing.T) {
	t.Run(database.Postgres, func(t *testing.T) {
		w, target := newWire(t, databasetest.URL(t, database.Postgres))
		harvestWithout(t, target, w.cut)
	})
	t.Run(database.SQLite, func(t *testing.T) {
		target := databasetest.URL(t, database.SQLite)
		harvestWithout(t, target, func() {
			db, err := database.Open(database.Options{URL: target})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { database.Close(db) })
			lock := db.Begin() // immediate: nobody else writes until it ends
			t.Cleanup(func() { lock.Rollback() })
			if err := lock.Exec("UPDATE heartbeat SET at = at").Error; err != nil {
				t.Fatal(err)
			}
		})
	})
}

// harvestWithout harvests once, then again while the database is taken away
// in the middle, and a third time without it.
func harvestWithout(t *testing.T, target string, takeAway func()) {
	t.Helper()
	r := start(t, target, func(c *configs.Config) { c.Watch.Enabled, c.BaseURL = false, "http://jard.example" })
	register := makePublic(t, r.db, 330)
	await(t, "the catalogue", func() bool { status, _ := r.ask(t, "GET", "/data.json", "", nil); return status == 200 })
	via := harvesttest.NewVia(func() string { return r.address })
	t.Cleanup(via.Close)
	source := harvesttest.Source{Base: "http://jard.example", Via: via}
	var once sync.Once
	via.Before(func(number int) {
		if number == 3 { // of the first reader
			once.Do(takeAway)
		}
	})
	for _, makes := range harvesttest.All() {
		reader := makes(source)
		for range 2 {
			if j := reader.Run(t.Context(), reader.Next(time.Now(), false)); !j.Good() {
				t.Errorf("%s without the database: %v; refused: %.300v", reader.Name, j, j.Rejected)
			}
			for _, difference := range reader.Differs(register) {
				t.Errorf("%s: %s", reader.Name, difference)
			}
		}
	}
}

// makePublic puts n datasets into the register as approvals leave them.
func makePublic(t *testing.T, db *gorm.DB, n int) []harvesttest.Dataset {
	t.Helper()
	var datasets []inventory.Dataset
	var live []inventory.Publication
	var register []harvesttest.Dataset
	for k := range n {
		at := time.Date(2026, 8, 1, 0, k, 0, 1000*k, time.UTC)
		p := inventory.Publication{
			DatasetID: fmt.Sprintf("%08x-0000-4000-8000-%012x", k*2654435761%(1<<32), k), Ref: fmt.Sprintf("TN-MARHP-2026-%05d", k),
			Name: fmt.Sprintf("recolte-%d", k), Institution: "marhp", Revision: 1, Issued: at, Modified: at, BoundFrom: at,
			Content: inventory.Content{
				Title:       lang.Text{"fr": fmt.Sprintf("Récolte n° %d", k), "ar": fmt.Sprintf("صابة %d", k)},
				Description: lang.Text{"fr": "Récolte par gouvernorat, en tonnes."},
				Theme:       "agriculture", Frequency: "annual", Licence: "CC-BY-4.0", Openness: inventory.Open,
				ContactName: "Bureau", ContactEmail: "donnees@agriculture.example.tn", DataModified: "2026-07-01",
				Keywords: lang.Words{"fr": {"récolte de l'année"}, "ar": {"صابة"}},
				Distributions: []inventory.Distribution{{
					ID: fmt.Sprintf("10000000-0000-4000-8000-%012x", k), Title: lang.Text{"fr": "Fichier"}, Format: "CSV",
					URL: fmt.Sprintf("https://data.example/%d.csv", k), MediaType: "text/csv",
				}},
			}.Clean(),
		}
		p.Hash = p.Content.Hash()
		live = append(live, p)
		datasets = append(datasets, inventory.Dataset{
			ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Institution: p.Institution, State: inventory.Approved, Revision: 1,
			Content: p.Content, ApprovedRevision: 1, ApprovedHash: p.Hash, CreatedAt: at, UpdatedAt: at,
		})
		register = append(register, harvesttest.Dataset{
			ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Title: p.Content.Title["fr"], Modified: at.Format("2006-01-02T15:04:05.000000"),
		})
	}
	for _, err := range []error{
		db.CreateInBatches(datasets, 100).Error, db.CreateInBatches(live, 100).Error,
		db.Exec(`INSERT INTO register_versions (part, number, changed_at) VALUES ('catalogue', 1, ?)
			ON CONFLICT (part) DO UPDATE SET number = register_versions.number + 1`, time.Now().UTC()).Error,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return register
}
