package backupdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
)

// Columns says how the columns of a file and those of the tables must agree.
type Columns int

const (
	// Same is that a table has the columns of the file and no others.
	Same Columns = iota
	// More is that it may have others, as where a newer version has been: what
	// an earlier one writes must still be taken.
	More
)

// Load fills db, which has the schema of the backup, with its rows, in one
// transaction: all of it or nothing. Tables that the backup does not hold are
// emptied, but for those that are left out. The reader is read to its end, so
// that nothing stays of a damaged one.
func Load(ctx context.Context, db *gorm.DB, r *backup.Reader, columns Columns, done Progress) error {
	if database.EngineOf(db) == database.Postgres {
		return loadPostgres(ctx, db, r, columns, done)
	}
	return loadSQLite(ctx, db, r, columns, done)
}

// loader is what differs between the engines.
type loader interface {
	fill(ctx context.Context, t backup.Table, rows *fitting) error
	unfit(value any) string                           // why the engine cannot keep it
	number(ctx context.Context, t backup.Table) error // goes on after t.Last
}

// load reads every table of r into l. there are the tables that may be filled.
func load(ctx context.Context, l loader, there map[string]backup.Table, r *backup.Reader, columns Columns, done Progress) error {
	for {
		t, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := agree(*t, there[t.Name], columns); err != nil {
			return err
		}
		before := r.Rows()
		if err := l.fill(ctx, *t, &fitting{Reader: r, t: *t, unfit: l.unfit}); err != nil {
			return fmt.Errorf("fill table %s: %w", t.Name, err)
		}
		if err := l.number(ctx, *t); err != nil {
			return fmt.Errorf("fill table %s: %w", t.Name, err)
		}
		if done != nil {
			done(t.Name, r.Rows()-before)
		}
	}
}

// agree compares the columns of a file with those of the table.
func agree(file, there backup.Table, columns Columns) error {
	if len(there.Columns) == 0 {
		return fmt.Errorf("this backup holds a table %s, which its schema has not", file.Name)
	}
	plain := func(k backup.Kind) backup.Kind {
		if k == backup.JSON {
			return backup.Text // a version may have learnt what it is
		}
		return k
	}
	for _, c := range file.Columns {
		same := func(o backup.Column) bool { return o.Name == c.Name && plain(o.Kind) == plain(c.Kind) }
		if !slices.ContainsFunc(there.Columns, same) {
			return fmt.Errorf("this backup holds a column %s.%s of kind %s, which its schema has not", file.Name, c.Name, c.Kind)
		}
	}
	if columns == Same && len(there.Columns) != len(file.Columns) {
		return fmt.Errorf("this backup holds %d columns of table %s, its schema has %d", len(file.Columns), file.Name, len(there.Columns))
	}
	return nil
}

// kept are the tables that a backup holds, and their names in order.
func (e *engine) kept() (tables map[string]backup.Table, names []string, err error) {
	if names, err = e.tables(); err != nil {
		return nil, nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { _, is := LeftOut(name); return is })
	tables = make(map[string]backup.Table, len(names))
	for _, name := range names {
		if tables[name], err = e.describe(name); err != nil {
			return nil, nil, err
		}
	}
	return tables, names, nil
}

// each runs a statement for each of names, quoted in place of %s.
func each(tx *gorm.DB, statement string, names []string) error {
	for _, name := range names {
		if err := tx.Exec(fmt.Sprintf(statement, quote(name))).Error; err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// quoted are the columns of a table for a statement.
func quoted(columns []backup.Column) string {
	names := make([]string, len(columns))
	for n, c := range columns {
		names[n] = quote(c.Name)
	}
	return strings.Join(names, ", ")
}
