package backupdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
)

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// file is a SQLite file beside the one it will replace.
type file struct{ path, fresh string }

// besides are what SQLite keeps beside a file while it is open.
func besides(path string) []string { return []string{path + "-wal", path + "-shm", path + "-journal"} }

func newFile(path string) (*file, error) {
	f := &file{path: path, fresh: path + ".restoring"}
	return f, f.leave()
}

func (f *file) url() string { return "sqlite:" + f.fresh }

// settle has the new file take the name of the old. What the old one's log
// still holds is brought into it first: a log that stayed would be taken for
// the new one's.
func (f *file) settle(ctx context.Context) error {
	if exists(f.path) {
		if err := closeLog(ctx, f.path); err != nil {
			return err
		}
	}
	for _, path := range besides(f.path) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Chmod(f.fresh, 0o600); err != nil {
		return err
	}
	if err := flush(f.fresh); err != nil {
		return err
	}
	if err := os.Rename(f.fresh, f.path); err != nil {
		return err
	}
	if err := f.leave(); err != nil {
		return err
	}
	return flush(filepath.Dir(f.path))
}

// closeLog brings the log of a file into it.
func closeLog(ctx context.Context, path string) error {
	db, err := database.Open(database.Options{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	err = db.WithContext(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error
	return errors.Join(err, database.Close(db))
}

// flush has the disk keep what was written to a file or folder.
func flush(path string) error {
	f, err := os.Open(path) //nolint:gosec // beside the database
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (f *file) leave() error {
	for _, path := range append(besides(f.fresh), f.fresh, f.fresh+".migrating") {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove what is left of a restore: %w", err)
		}
	}
	return nil
}

// freshSchema is where a database is made on PostgreSQL before it takes its place.
const freshSchema = "jard_restoring"

// schema is a schema of a PostgreSQL database beside the one that is served from.
type schema struct{ target, fresh string }

func newSchema(ctx context.Context, target string) (*schema, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read")
	}
	q := u.Query()
	q.Set("search_path", freshSchema)
	u.RawQuery = q.Encode()
	s := &schema{target: target, fresh: u.String()}
	if err := s.leave(); err != nil {
		return nil, err
	}
	return s, s.run(ctx, func(tx *gorm.DB) error { return tx.Exec("CREATE SCHEMA " + freshSchema).Error })
}

func (s *schema) url() string { return s.fresh }

// run does work in one transaction of the target.
func (s *schema) run(ctx context.Context, work func(tx *gorm.DB) error) (err error) {
	db, err := database.Open(database.Options{URL: s.target, MaxConnections: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	return db.WithContext(ctx).Transaction(work)
}

func (s *schema) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	err := s.run(ctx, func(tx *gorm.DB) error { return tx.Exec("DROP SCHEMA IF EXISTS " + freshSchema + " CASCADE").Error })
	if err != nil {
		return fmt.Errorf("remove what is left of a restore: %w", err)
	}
	return nil
}

// settle takes away what was there and moves the new tables in, in one
// transaction: whoever asks finds the one or the other.
func (s *schema) settle(ctx context.Context) error {
	return s.run(ctx, func(tx *gorm.DB) error {
		var here string
		if err := tx.Raw("SELECT current_schema()").Scan(&here).Error; err != nil {
			return err
		}
		if err := eachFound(tx, here, "DROP %s IF EXISTS %s CASCADE"); err != nil {
			return err
		}
		return eachFound(tx, freshSchema, "ALTER %s %s SET SCHEMA "+quote(here))
	})
}

// eachFound runs a statement for every table, function and type of a schema.
// What belongs to a table goes with it, what belongs to an extension stays.
func eachFound(tx *gorm.DB, schema, statement string) error {
	const own = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')"
	for _, query := range []string{
		`SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, o.oid::regclass AS name FROM pg_class o
			WHERE relnamespace = to_regnamespace(?) AND relkind IN ('r', 'p', 'v') AND ` + own + ` ORDER BY relkind DESC, relname`,
		`SELECT 'FUNCTION' AS kind, o.oid::regprocedure AS name FROM pg_proc o WHERE pronamespace = to_regnamespace(?) AND ` + own + ` ORDER BY proname`,
		`SELECT 'TYPE' AS kind, o.oid::regtype AS name FROM pg_type o WHERE typnamespace = to_regnamespace(?) AND typtype IN ('e', 'd') AND ` + own + ` ORDER BY typname`,
	} {
		var found []struct{ Kind, Name string }
		if err := tx.Raw(query, quote(schema)).Scan(&found).Error; err != nil {
			return err
		}
		for _, what := range found {
			if err := tx.Exec(fmt.Sprintf(statement, what.Kind, what.Name)).Error; err != nil {
				return fmt.Errorf("%s: %w", what.Name, err)
			}
		}
	}
	return nil
}
