package database_test

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
)

type beat struct {
	ID int64
	At time.Time
}

// TableName is a table that every database has.
func (beat) TableName() string { return "heartbeat" }

// A newer version adds columns while this one serves: what was asked before is
// answered after, in a transaction and outside of one, and on the connections
// that asked before.
func TestANewColumnRefusesNoStatement(t *testing.T) {
	for _, engine := range []string{database.SQLite, database.Postgres} {
		url := databasetest.URL(t, engine)
		db, err := database.Open(database.Options{URL: url, MaxConnections: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer database.Close(db)
		if err := database.Ready(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		ask := func() {
			t.Helper()
			err := db.Transaction(func(tx *gorm.DB) error {
				var all []beat
				var one beat
				if err := tx.Find(&all).Error; err != nil || len(all) != 1 || all[0].At.IsZero() {
					t.Errorf("%s: %v, %v", engine, all, err)
				}
				return tx.First(&one, "id = ?", 1).Error
			})
			if err != nil {
				t.Errorf("%s, in a transaction: %v", engine, err)
			}
			var row map[string]any // by *, which nobody can name
			if err := db.Raw("SELECT * FROM heartbeat").Scan(&row).Error; err != nil || row["id"] == nil {
				t.Errorf("%s, by *: %v, %v", engine, row, err)
			}
			if err := db.Exec("UPDATE heartbeat SET id = id").Error; err != nil {
				t.Errorf("%s: %v", engine, err)
			}
		}
		ask()
		ask()
		newer, err := database.Open(database.Options{URL: url, MaxConnections: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer database.Close(newer)
		for _, column := range []string{"one", "two"} {
			if err := newer.Exec("ALTER TABLE heartbeat ADD COLUMN " + column + " TEXT NOT NULL DEFAULT ''").Error; err != nil {
				t.Fatal(err)
			}
			ask()
		}
		if sql := db.ToSQL(func(tx *gorm.DB) *gorm.DB { return tx.Find(&[]beat{}) }); sql != `SELECT "heartbeat"."id","heartbeat"."at" FROM "heartbeat"` {
			t.Errorf("%s asks %s", engine, sql)
		}
	}
}
