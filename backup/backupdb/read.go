package backupdb

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/migrations"
)

// About is what the head of a backup says besides what the database knows.
type About struct {
	Program string
	At      time.Time
}

// Progress is told of each table that is done.
type Progress func(table string, rows int64)

// ErrNothing is that a database was never migrated.
var ErrNothing = errors.New("this database holds nothing of Jard's: there is nothing to back up")

// Write writes a backup of db to out: one consistent look at every table, while
// others write. It returns the sums of the tables.
func Write(ctx context.Context, db *gorm.DB, out io.Writer, about About, done Progress) (sums []backup.Sum, err error) {
	err = looking(ctx, db, func(e *engine) error {
		schema, err := migrations.At(ctx, e.db)
		if err != nil {
			return err
		}
		if schema == 0 {
			return ErrNothing
		}
		all, err := e.tables()
		if err != nil {
			return err
		}
		there, names, err := e.kept()
		if err != nil {
			return err
		}
		head := backup.Head{Schema: schema, Program: about.Program, Engine: database.EngineOf(db), At: about.At}
		head.LeftOut = slices.DeleteFunc(all, func(name string) bool { _, is := LeftOut(name); return !is })
		w, err := backup.NewWriter(out, head)
		if err != nil {
			return err
		}
		defer func() {
			if sums == nil {
				w.Abandon()
			}
		}()
		for _, name := range names {
			if err := e.write(ctx, w, there[name], done); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		sums = w.Sums()
		return nil
	})
	return sums, err
}

func (e *engine) write(ctx context.Context, w *backup.Writer, t backup.Table, done Progress) error {
	if err := w.Table(t); err != nil {
		return err
	}
	before := w.Rows()
	if err := e.rows(ctx, t, w.Row); err != nil {
		return err
	}
	if done != nil {
		done(t.Name, w.Rows()-before)
	}
	return nil
}

// Sums looks at the tables of db that are named and computes what a backup
// would say of their rows, of the given columns only.
func Sums(ctx context.Context, db *gorm.DB, tables []backup.Table) (sums []backup.Sum, err error) {
	err = looking(ctx, db, func(e *engine) error {
		for _, t := range tables {
			d := backup.NewDigest(t)
			if err := e.rows(ctx, t, d.Row); err != nil {
				return err
			}
			sums = append(sums, d.Sum())
		}
		return nil
	})
	return sums, err
}

// Tables describes every table of db that a backup holds.
func Tables(ctx context.Context, db *gorm.DB) (tables []backup.Table, err error) {
	err = looking(ctx, db, func(e *engine) error {
		there, names, err := e.kept()
		for _, name := range names {
			tables = append(tables, there[name])
		}
		return err
	})
	return tables, err
}
