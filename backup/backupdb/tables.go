// Package backupdb reads a database of either engine into a backup, in one
// consistent look, and makes a database of either engine from one.
package backupdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/migrations"
)

// leftOut are the tables that no backup holds, each for the reason told. After
// a restore they are as an empty installation has them.
var leftOut = map[string]string{
	"goose_db_version":  "the head of the file says which migrations there were",
	"heartbeat":         "written by /readyz alone",
	"sessions":          "everybody signs in again: one that has been ended since must not come back",
	"provider_sessions": "go with the sessions",
	"share_members":     "processes that run now, not those that ran then",
	"share_slots":       "taken by processes that run now",
	"catalogue_lease":   "held by a process that ran then",
	"obligation_tally":  "counted again from the obligations by its triggers; the engines keep it differently",
	"dataset_tally":     "counted again from the datasets by its triggers; the engines keep it differently",
	"backup_runs":       "tells of this installation's files, not of what is in them",
}

// queuePrefix begins the tables of the queue of timed jobs: turns come again by
// the clock, and SQLite has no such tables.
const queuePrefix = "river_"

// counting is in the names of the triggers that count such tables again.
const counting = "_tally_"

// LeftOut tells whether a table is in no backup, and why.
func LeftOut(table string) (reason string, is bool) {
	if strings.HasPrefix(table, queuePrefix) {
		return "turns of timed jobs come again by the clock", true
	}
	reason, is = leftOut[table]
	return reason, is
}

// engine asks one engine about its tables.
type engine struct {
	db       *gorm.DB // a transaction
	postgres bool
	json     map[string]bool
}

func newEngine(tx *gorm.DB) (*engine, error) {
	columns, err := migrations.JSONColumns()
	if err != nil {
		return nil, err
	}
	return &engine{db: tx, postgres: database.EngineOf(tx) == database.Postgres, json: columns}, nil
}

// tables are the names of all tables, sorted.
func (e *engine) tables() ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	if e.postgres {
		query = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
	}
	var names []string
	if err := e.db.Raw(query).Scan(&names).Error; err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// columnRow is what an engine says of a column.
type columnRow struct {
	Name string
	Type string
	Key  int // its place in the primary key, from 1
}

// describe tells what a table is made of. Columns stand in the order of their
// names, those of the key first, so that both engines give the same.
func (e *engine) describe(name string) (backup.Table, error) {
	query := "SELECT name, type, pk AS key FROM pragma_table_info(?)"
	if e.postgres {
		query = `SELECT a.attname AS name, t.typname AS type, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0) AS key
			FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
			LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
			WHERE a.attrelid = to_regclass(quote_ident(?)) AND a.attnum > 0 AND NOT a.attisdropped`
	}
	var rows []columnRow
	if err := e.db.Raw(query, name).Scan(&rows).Error; err != nil {
		return backup.Table{}, fmt.Errorf("describe table %s: %w", name, err)
	}
	slices.SortFunc(rows, func(a, b columnRow) int {
		switch {
		case a.Key != b.Key && a.Key > 0 && b.Key > 0:
			return a.Key - b.Key
		case a.Key != b.Key:
			return b.Key - a.Key // whichever is of the key
		}
		return strings.Compare(a.Name, b.Name)
	})
	t := backup.Table{Name: name, Key: []string{}}
	for _, row := range rows {
		kind := kindOf(row.Type)
		if kind == backup.Text && e.json[name+"."+row.Name] {
			kind = backup.JSON
		}
		if !kind.Valid() {
			return t, fmt.Errorf("column %s.%s is a %s, which no backup can hold yet", name, row.Name, row.Type)
		}
		t.Columns = append(t.Columns, backup.Column{Name: row.Name, Kind: kind})
		if row.Key > 0 {
			t.Key = append(t.Key, row.Name)
		}
	}
	var err error
	t.Last, err = e.last(t)
	return t, err
}

// kindOf tells what a type of either engine holds; empty when it is unknown.
func kindOf(declared string) backup.Kind {
	declared = strings.ToLower(declared)
	for _, one := range []struct {
		begins string
		kind   backup.Kind
	}{
		{"bool", backup.Bool},
		{"timestamp", backup.Time},
		{"int", backup.Int},
		{"bigint", backup.Int},
		{"smallint", backup.Int},
		{"real", backup.Real},
		{"float", backup.Real},
		{"double", backup.Real},
		{"blob", backup.Bytes},
		{"bytea", backup.Bytes},
		{"text", backup.Text},
		{"varchar", backup.Text},
		{"json", backup.JSON},
	} {
		if strings.HasPrefix(declared, one.begins) {
			return one.kind
		}
	}
	return ""
}

// last is the last number that the engine gave to a row by itself; 0: none, or
// it gives none.
func (e *engine) last(t backup.Table) (int64, error) {
	if len(t.Key) != 1 || t.Columns[0].Kind != backup.Int {
		return 0, nil
	}
	var last sql.NullInt64
	var err error
	if e.postgres {
		err = e.db.Raw("SELECT last_value FROM pg_sequences WHERE (quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass = "+
			"pg_get_serial_sequence(quote_ident(?), ?)::regclass", t.Name, t.Key[0]).Scan(&last).Error
	} else {
		err = e.db.Raw("SELECT seq FROM sqlite_sequence WHERE name = ?", t.Name).Scan(&last).Error
	}
	if err != nil {
		return 0, fmt.Errorf("read the last number of %s: %w", t.Name, err)
	}
	return last.Int64, nil
}

// quote names a table or column in SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// selecting is the query for the rows of a table: in the order of its key, by
// bytes, whatever the collation.
func (e *engine) selecting(t backup.Table) string {
	columns := make([]string, len(t.Columns))
	var order []string
	for n, c := range t.Columns {
		columns[n] = quote(c.Name)
		if len(t.Key) == 0 || slices.Contains(t.Key, c.Name) {
			by := quote(c.Name)
			if e.postgres && c.Kind == backup.Text {
				by += ` COLLATE "C"`
			}
			if e.postgres && c.Kind == backup.JSON {
				by += `::text COLLATE "C"`
			}
			order = append(order, by)
		}
		if e.postgres && c.Kind == backup.JSON {
			columns[n] += "::text"
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + quote(t.Name) + " ORDER BY " + strings.Join(order, ", ")
}

// rows hands every row of a table to put. What it hands over is good until put returns.
func (e *engine) rows(ctx context.Context, t backup.Table, put func([]any) error) (err error) {
	rows, err := e.db.WithContext(ctx).Raw(e.selecting(t)).Rows()
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for n := range values {
		into[n] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read table %s: %w", t.Name, err)
		}
		if err := put(values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, err)
	}
	return nil
}

// looking runs work in one consistent look at the whole database that keeps
// nobody from writing.
func looking(ctx context.Context, db *gorm.DB, work func(*engine) error) (err error) {
	tx := db.WithContext(ctx).Begin(&sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if tx.Error != nil {
		return fmt.Errorf("look at the database: %w", tx.Error)
	}
	defer func() { err = errors.Join(err, tx.Rollback().Error) }()
	if db.Name() == database.Postgres { // a large table takes its time, and so does whoever the backup is sent to
		const patient = "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
		if err := tx.Exec(patient).Error; err != nil {
			return fmt.Errorf("look at the database: %w", err)
		}
	}
	e, err := newEngine(tx)
	if err != nil {
		return err
	}
	return work(e)
}

// Reasons are the tables that are left out, with why.
func Reasons() map[string]string { return maps.Clone(leftOut) }
