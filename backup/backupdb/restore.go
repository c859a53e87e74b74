package backupdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/migrations"
)

// Target is the database that is made from a backup.
type Target struct {
	URL     string
	Replace bool // what is there may go, once the new is whole
}

// Restored tells what became of a backup.
type Restored struct {
	Head     backup.Head
	Sums     []backup.Sum
	Migrated int64 // to which schema
	Replaced bool
}

// ErrNotEmpty is that there is something where a backup should go.
var ErrNotEmpty = errors.New("this database is not empty")

// ErrNoRoom is that a restored database does not fit beside the one that is there.
var ErrNoRoom = errors.New("there is no room left where the database is: a restore needs room for a second one")

// place is where a database is made beside the one that it will take the place of.
type place interface {
	url() string                      // of what is being made
	settle(ctx context.Context) error // puts it in its place; until then nothing has changed
	leave() error                     // takes away what is left over
}

// Restore makes the database of t from a backup: beside the one that is there,
// which stays as it is until the new one is whole and every table of it has
// been read back and compared. Nobody may be serving from it.
func Restore(ctx context.Context, in io.Reader, t Target, done Progress) (out Restored, err error) {
	r, err := readable(in)
	if err != nil {
		return out, err
	}
	defer r.Close()
	letGo, err := database.HoldAlone(ctx, t.URL)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, letGo()) }()
	there, err := holdsAnything(ctx, t.URL)
	if err != nil {
		return out, err
	}
	if there && !t.Replace {
		return out, ErrNotEmpty
	}
	at, err := beside(ctx, t.URL)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, at.leave()) }()
	out = Restored{Head: r.Head, Replaced: there}
	if out.Migrated, err = Fill(ctx, at.url(), r, done); database.Full(err) {
		return out, errors.Join(ErrNoRoom, err)
	}
	if err != nil {
		return out, err
	}
	out.Sums = r.Sums()
	if err := at.settle(ctx); err != nil {
		return out, fmt.Errorf("put the restored database in its place: %w", err)
	}
	return out, nil
}

// readable opens a backup that this program can restore.
func readable(in io.Reader) (*backup.Reader, error) {
	r, err := backup.NewReader(in)
	if err != nil {
		return nil, err
	}
	latest, err := migrations.Latest()
	if err == nil && r.Schema > latest {
		err = fmt.Errorf("%w (%s): its schema is %d, this program (schema %d) knows less; restore it with that version", backup.ErrNewer, r.Program, r.Schema, latest)
	}
	if err == nil && r.Schema < 1 {
		err = fmt.Errorf("%w: it says nothing of its schema", backup.ErrDamaged)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// Fill makes the tables in the empty database at url as the backup's version
// had them, fills them, compares what can be read of them with the backup, and
// brings them up to date. It returns the schema they then have.
func Fill(ctx context.Context, url string, r *backup.Reader, done Progress) (schema int64, err error) {
	db, err := database.Open(database.Options{URL: url, MaxConnections: 4})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if err := migrations.UpTo(ctx, db, r.Schema); err != nil {
		return 0, err
	}
	if err := Load(ctx, db, r, Same, done); err != nil {
		return 0, err
	}
	if err := compare(ctx, db, r.Sums()); err != nil {
		return 0, err
	}
	if _, err := migrations.Up(ctx, db); err != nil {
		return 0, err
	}
	if err := tidy(ctx, db); err != nil {
		return 0, err
	}
	return migrations.At(ctx, db)
}

// compare reads the tables back and finds the first that is not as it was written.
func compare(ctx context.Context, db *gorm.DB, want []backup.Sum) error {
	there, err := Tables(ctx, db)
	if err != nil {
		return err
	}
	found, err := Sums(ctx, db, there)
	if err != nil {
		return err
	}
	return Differ(want, found)
}

// Differ names the first table of want whose rows found does not have; nil when
// both are the same. Tables without rows may be missing.
func Differ(want, found []backup.Sum) error {
	by := make(map[string]backup.Sum, len(found))
	for _, s := range found {
		by[s.Table] = s
	}
	for _, s := range want {
		if o := by[s.Table]; o != s {
			return fmt.Errorf("table %s has %d rows where %d were written, or others than those", s.Table, o.Rows, s.Rows)
		}
		delete(by, s.Table)
	}
	for name, s := range by {
		if s.Rows > 0 {
			return fmt.Errorf("table %s has %d rows that nobody wrote", name, s.Rows)
		}
	}
	return nil
}

// tidy has the engine learn how its tables are filled.
func tidy(ctx context.Context, db *gorm.DB) error {
	statements := []string{"ANALYZE"}
	if database.EngineOf(db) == database.SQLite {
		statements = append(statements, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	for _, s := range statements {
		if err := db.WithContext(ctx).Exec(s).Error; err != nil {
			return fmt.Errorf("tidy the restored database: %w", err)
		}
	}
	return nil
}

// holdsAnything tells whether there are tables where a backup should go.
func holdsAnything(ctx context.Context, url string) (bool, error) {
	if path, is := database.File(url); is && !exists(path) {
		return false, nil
	}
	db, err := database.Open(database.Options{URL: url, MaxConnections: 1})
	if err != nil {
		return false, err
	}
	defer database.Close(db)
	tx := db.WithContext(ctx)
	e, err := newEngine(tx)
	if err != nil {
		return false, err
	}
	names, err := e.tables()
	return len(names) > 0, err
}

// wait bounds what taking away leftovers may take.
const wait = 30 * time.Second

// beside prepares a place beside the database at url.
func beside(ctx context.Context, url string) (place, error) {
	if path, is := database.File(url); is {
		return newFile(path)
	}
	return newSchema(ctx, url)
}
