package databasetest

import (
	"slices"
	"sync"
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// Drift fails when a model and its table differ in either direction: a field
// added without a migration, or a column that no field reads.
func Drift(t *testing.T, models ...any) {
	t.Helper()
	Each(t, func(t *testing.T, db *gorm.DB) {
		for _, model := range models {
			s, err := schema.Parse(model, &sync.Map{}, db.NamingStrategy)
			if err != nil {
				t.Fatal(err)
			}
			table := columns(t, db, s.Table)
			for _, name := range s.DBNames {
				if !slices.Contains(table, name) {
					t.Errorf("%s.%s has no column in table %s", s.Name, s.FieldsByDBName[name].Name, s.Table)
				}
			}
			for _, name := range table {
				if !slices.Contains(s.DBNames, name) {
					t.Errorf("column %s.%s has no field in %s", s.Table, name, s.Name)
				}
			}
		}
	})
}

func columns(t *testing.T, db *gorm.DB, table string) []string {
	t.Helper()
	rows, err := db.Table(table).Limit(0).Rows()
	if err != nil {
		t.Fatalf("table %s: %v", table, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}
