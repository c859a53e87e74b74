package backupdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
)

// loadSQLite fills a file. Triggers would write again what is in the backup, but
// for those that count what is not, and keys refer to rows that come later:
// both are set aside meanwhile.
func loadSQLite(ctx context.Context, db *gorm.DB, r *backup.Reader, columns Columns, done Progress) (err error) {
	pragma := func(text string) error { return db.WithContext(ctx).Exec("PRAGMA " + text).Error }
	if err := pragma("foreign_keys = OFF"); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() { err = errors.Join(err, pragma("foreign_keys = ON")) }()
	return db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		e, err := newEngine(tx)
		if err != nil {
			return err
		}
		var triggers []struct{ Name, SQL string }
		if err := tx.Raw("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND instr(name, ?) = 0", counting).Scan(&triggers).Error; err != nil {
			return fmt.Errorf("load: %w", err)
		}
		for _, t := range triggers {
			if err := tx.Exec("DROP TRIGGER " + quote(t.Name)).Error; err != nil {
				return fmt.Errorf("load: %w", err)
			}
		}
		there, names, err := e.kept()
		if err != nil {
			return err
		}
		if err := each(tx, "DELETE FROM %s", names); err != nil {
			return fmt.Errorf("load: %w", err)
		}
		pool, ok := tx.Statement.ConnPool.(*sql.Tx)
		if !ok {
			return fmt.Errorf("load: %T is no transaction", tx.Statement.ConnPool)
		}
		if err := load(ctx, filer{pool}, there, r, columns, done); err != nil {
			return err
		}
		for _, t := range triggers {
			if err := tx.Exec(t.SQL).Error; err != nil {
				return fmt.Errorf("load: trigger %s: %w", t.Name, err)
			}
		}
		return wholeSQLite(tx)
	})
}

// wholeSQLite fails when a row refers to one that is not there.
func wholeSQLite(tx *gorm.DB) error {
	var broken []struct{ Table, Parent string }
	if err := tx.Raw(`SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1`).Scan(&broken).Error; err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if len(broken) > 0 {
		return fmt.Errorf("a row of %s refers to a row of %s that is not there", broken[0].Table, broken[0].Parent)
	}
	return nil
}

// filer writes rows into a SQLite file.
type filer struct{ tx *sql.Tx }

func (filer) unfit(v any) string { return unfitSQLite(v) }

func (f filer) fill(ctx context.Context, t backup.Table, r *fitting) (err error) {
	insert, err := f.tx.PrepareContext(ctx, "INSERT INTO "+quote(t.Name)+" ("+quoted(t.Columns)+") VALUES (?"+
		strings.Repeat(", ?", len(t.Columns)-1)+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for {
		row, err := r.Row()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
}

func (f filer) number(ctx context.Context, t backup.Table) error {
	if t.Last == 0 {
		return nil
	}
	var gives bool
	err := f.tx.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE '%AUTOINCREMENT%'", t.Name).Scan(&gives)
	if err != nil || !gives {
		return err
	}
	if _, err := f.tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", t.Name); err != nil {
		return err
	}
	_, err = f.tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) SELECT ?, MAX(?, COALESCE(MAX("+quote(t.Key[0])+"), 0)) FROM "+quote(t.Name), t.Name, t.Last)
	return err
}
