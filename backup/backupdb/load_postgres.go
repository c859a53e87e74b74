package backupdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
)

// constraint is a key that refers to another table.
type constraint struct{ Table, Name, Definition string }

// loadPostgres fills a schema. Rows go in by COPY; triggers are off and keys
// between tables are gone meanwhile, and what they promise is checked when they
// come back, in the same transaction.
func loadPostgres(ctx context.Context, db *gorm.DB, r *backup.Reader, columns Columns, done Progress) (err error) {
	under, err := db.DB()
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	conn, err := under.Conn(ctx)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	own := db.Session(&gorm.Session{NewDB: true, Context: ctx})
	own.Statement.ConnPool = conn
	return own.Transaction(func(tx *gorm.DB) error {
		e, err := newEngine(tx)
		if err != nil {
			return err
		}
		there, names, err := e.kept()
		if err != nil {
			return err
		}
		keys, err := aside(tx, names)
		if err != nil {
			return fmt.Errorf("load: %w", err)
		}
		err = conn.Raw(func(driver any) error {
			c, ok := database.Server(driver)
			if !ok {
				return fmt.Errorf("load: %T is no connection to PostgreSQL", driver)
			}
			return load(ctx, copier{c}, there, r, columns, done)
		})
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := tx.Exec("ALTER TABLE " + quote(k.Table) + " ADD CONSTRAINT " + quote(k.Name) + " " + k.Definition).Error; err != nil {
				return fmt.Errorf("load: %w", err)
			}
		}
		return each(tx, "ALTER TABLE %s ENABLE TRIGGER USER", names)
	})
}

// aside empties the tables, and sets aside what would judge half of a backup
// or write again what is in it; triggers that count what is not stay.
func aside(tx *gorm.DB, names []string) ([]constraint, error) {
	var keys []constraint
	err := tx.Raw(`SELECT r.relname AS "table", c.conname AS name, pg_get_constraintdef(c.oid) AS definition
		FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
		WHERE c.contype = 'f' AND c.conparentid = 0 AND r.relnamespace = current_schema()::regnamespace ORDER BY r.relname, c.conname`).Scan(&keys).Error
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := tx.Exec("ALTER TABLE " + quote(k.Table) + " DROP CONSTRAINT " + quote(k.Name)).Error; err != nil {
			return nil, err
		}
	}
	if err := each(tx, "ALTER TABLE %s DISABLE TRIGGER USER", names); err != nil {
		return nil, err
	}
	if err := each(tx, "TRUNCATE %s", names); err != nil {
		return nil, err
	}
	var count []struct{ Table, Name string }
	err = tx.Raw(`SELECT r.relname AS "table", t.tgname AS name FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid
		WHERE NOT t.tgisinternal AND strpos(t.tgname, ?) > 0 AND r.relnamespace = current_schema()::regnamespace`, counting).Scan(&count).Error
	if err != nil {
		return nil, err
	}
	for _, t := range count {
		if err := tx.Exec("ALTER TABLE " + quote(t.Table) + " ENABLE TRIGGER " + quote(t.Name)).Error; err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// copier writes rows into PostgreSQL, on the connection of the transaction.
type copier struct{ conn *pgx.Conn }

func (copier) unfit(v any) string { return unfitPostgres(v) }

func (c copier) fill(ctx context.Context, t backup.Table, r *fitting) error {
	names := make([]string, len(t.Columns))
	for n, column := range t.Columns {
		names[n] = column.Name
	}
	rows := &source{r: r}
	if t.Name == packsTable && slices.Contains(names, begins) {
		return c.fillMonths(ctx, t, names, rows)
	}
	_, err := c.conn.CopyFrom(ctx, pgx.Identifier{t.Name}, names, rows)
	if rows.err != nil {
		return rows.err // and not what the server makes of it
	}
	return err
}

// number uses the connection itself: the one of database/sql is lent to load.
func (c copier) number(ctx context.Context, t backup.Table) error {
	if len(t.Key) != 1 || t.Columns[0].Kind != backup.Int {
		return nil
	}
	_, err := c.conn.Exec(ctx, "SELECT setval(s.name, GREATEST(m.n, $3), m.n > 0 OR $3 > 0) FROM (SELECT pg_get_serial_sequence($1, $2) AS name) s, "+
		"(SELECT COALESCE(MAX("+quote(t.Key[0])+"), 0) AS n FROM "+quote(t.Name)+") m WHERE s.name IS NOT NULL AND (m.n > 0 OR $3 > 0)",
		quote(t.Name), t.Key[0], t.Last)
	return err
}

// source hands rows to COPY.
type source struct {
	r   *fitting
	row []any
	err error
}

// Next reads the next row.
func (s *source) Next() bool {
	s.row, s.err = s.r.Row()
	if errors.Is(s.err, io.EOF) {
		s.err = nil
		return false
	}
	return s.err == nil
}

// Values is the row.
func (s *source) Values() ([]any, error) { return s.row, nil }

// Err is what kept a row from being read.
func (s *source) Err() error { return s.err }
