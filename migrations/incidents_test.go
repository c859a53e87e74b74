package migrations_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/migrations"
)

// upTo brings an empty database of the engine to a version.
func upTo(t *testing.T, engine string, version int64) (*gorm.DB, *goose.Provider) {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "old.db")
	if engine == database.Postgres {
		url = databasetest.URL(t, engine)
	}
	db, err := database.Open(database.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close(db) })
	dialect := goose.DialectSQLite3
	if engine == database.Postgres {
		dialect = goose.DialectPostgres
		if err := db.Exec("DROP SCHEMA public CASCADE").Error; err != nil {
			t.Fatal(err)
		}
		if err := db.Exec("CREATE SCHEMA public").Error; err != nil {
			t.Fatal(err)
		}
	}
	files, err := migrations.Files(engine)
	if err != nil {
		t.Fatal(err)
	}
	under, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(dialect, under, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db, p
}

// An installation that has incidents from before keeps them, each with the
// outage that it was, and opens new ones after them.
func TestIncidentsFromBeforeStay(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		t.Run(engine, func(t *testing.T) {
			db, p := upTo(t, engine, 22)
			at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
			run := func(query string, args ...any) {
				t.Helper()
				if err := db.Exec(query, args...).Error; err != nil {
					t.Fatal(err)
				}
			}
			run(`INSERT INTO institutions (slug, acronym, kind, parent, name, site, portal_org, pilot, successor, provenance, created_at, updated_at)
				VALUES ('mi', '', 'ministry', '', '{"fr":"mi"}', '', '', FALSE, '', '', ?, ?)`, at, at)
			run(`INSERT INTO services (slug, name, institution, url, life_event, tier, languages, state, note, revision, created_at, updated_at)
				VALUES ('b3', '{"fr":"B3"}', 'mi', '', '', 'critical', '[]', 'active', '', 1, ?, ?)`, at, at)
			for n, end := range []any{at.Add(time.Hour), nil} {
				run(`INSERT INTO incidents (check_id, service, started_at, confirmed_at, ended_at, resolution, reason, status, detail)
					VALUES (7, 'b3', ?, ?, ?, '', 2, 0, 'no answer')`, at.AddDate(0, 0, n), at.AddDate(0, 0, n).Add(20*time.Second), end)
			}
			if _, err := p.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			var kept int
			err := db.Raw(`SELECT COUNT(*) FROM incidents i JOIN outages o ON o.incident = i.id AND o.check_id = i.check_id AND o.service = i.service
				AND o.started_at = i.started_at AND o.confirmed_at = i.confirmed_at AND o.detail = i.detail
				WHERE i.severity = 'critical' AND i.reach = 1 AND i.revision = 1 AND (i.ended_at IS NULL AND o.ended_at IS NULL OR i.ended_at = o.ended_at)`).
				Scan(&kept).Error
			if err != nil || kept != 2 {
				t.Errorf("%d incidents kept with their outages, %v; want 2", kept, err)
			}
			var next int64
			err = db.Transaction(func(tx *gorm.DB) error {
				return tx.Raw(`INSERT INTO outages (incident, check_id, service, started_at, confirmed_at, resolution, reason, status, detail, grounds)
					VALUES (2, 8, 'b3', ?, ?, '', 2, 0, '', '[]') RETURNING id`, at, at).Scan(&next).Error
			})
			if err != nil || next != 3 {
				t.Errorf("the next outage is number %d, %v", next, err)
			}
		})
	}
}
