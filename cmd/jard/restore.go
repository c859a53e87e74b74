package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
)

// restoreCommand makes the database of the settings from a backup.
func restoreCommand(ctx context.Context, p program, args []string) (err error) {
	f := flags("restore")
	replace := f.String("replace", "", "name of the database, typed as a confirmation that what it holds may go")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return fmt.Errorf("%w: restore takes the name of one file; - is standard input", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	target, err := mayReplace(string(c.Database.URL), *replace)
	if err != nil {
		return err
	}
	secret, err := passphraseOf(c)
	if err != nil {
		return err
	}
	in, closing, err := p.openBackup(words[0], secret)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	began := time.Now()
	done, err := backupdb.Restore(ctx, in, target, p.progress)
	if err != nil {
		return fmt.Errorf("%s: %w", words[0], p.advise(err, target.URL))
	}
	p.sayRestored(done, began)
	return noteAt(ctx, target.URL, p.err, "jard restore", "backup.restore", filepath.Base(words[0]), map[string]any{
		"made_at": done.Head.At, "version": done.Head.Program, "schema": done.Head.Schema, "rows": backupdb.Made{Sums: done.Sums}.Rows(),
	})
}

// databaseName is what people call the database at target: the name of its
// file, or that of the database on the server.
func databaseName(target string) string {
	if path, is := database.File(target); is {
		return filepath.Base(path)
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

// mayReplace returns target; what is there may go when its name was typed.
func mayReplace(target, typed string) (backupdb.Target, error) {
	if name := databaseName(target); typed != "" && typed != name {
		return backupdb.Target{}, fmt.Errorf("%w: --replace %s: the database is called %s", errUsage, typed, name)
	}
	return backupdb.Target{URL: target, Replace: typed != ""}, nil
}

// advise says what can be done about err.
func (program) advise(err error, target string) error {
	if errors.Is(err, backupdb.ErrNotEmpty) {
		return fmt.Errorf("%w; nothing was changed; --replace %s has the backup take its place", err, databaseName(target))
	}
	for _, harmless := range []error{backup.ErrDamaged, backup.ErrTruncated, backupdb.ErrNoRoom, backupdb.ErrUnfit} {
		if errors.Is(err, harmless) {
			return fmt.Errorf("%w; nothing was changed", err)
		}
	}
	return err
}

func (p program) sayRestored(done backupdb.Restored, began time.Time) {
	rows := backupdb.Made{Sums: done.Sums}.Rows()
	fmt.Fprintf(p.out, "restored what jard %s wrote at %s: %d rows of %d tables, each compared by hash, in %s\n",
		done.Head.Program, done.Head.At.Format(time.RFC3339), rows, len(done.Sums), since(began))
	if done.Migrated > done.Head.Schema {
		fmt.Fprintf(p.out, "its schema was %d and is now %d\n", done.Head.Schema, done.Migrated)
	}
	fmt.Fprintln(p.out, "everybody signs in again; `jard serve` may be started")
}

// moveCommand copies everything into another database, of either engine.
func moveCommand(ctx context.Context, p program, args []string) (err error) {
	f := flags("move")
	to := f.String("to", p.getenv("JARD_MOVE_TO"), "where to: sqlite:PATH or postgres://…")
	replace := f.String("replace", "", "name of the other database, typed as a confirmation that what it holds may go")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) > 0 || *to == "" {
		return fmt.Errorf("%w: move needs --to URL, or the same as JARD_MOVE_TO", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	there := c
	if there.Database.URL = configs.Secret(*to); there.Validate() != nil {
		return fmt.Errorf("%w: --to: %w", errUsage, there.Validate())
	}
	target, err := mayReplace(*to, *replace)
	if err != nil {
		return err
	}
	if sameDatabase(string(c.Database.URL), *to) {
		return fmt.Errorf("%w: --to is the database that everything is in already", errUsage)
	}
	began := time.Now()
	done, err := move(ctx, c, target, p.err, p.progress)
	if err != nil {
		return p.advise(err, target.URL)
	}
	fmt.Fprintf(p.out, "copied %d rows of %d tables into %s, each compared by hash, in %s\n",
		backupdb.Made{Sums: done.Sums}.Rows(), len(done.Sums), databaseName(*to), since(began))
	fmt.Fprintln(p.out, "set database.url to it before you start `jard serve`; the database of before is as it was")
	return nil
}

// sameDatabase tells whether both name one database, as far as can be told.
func sameDatabase(a, b string) bool {
	one, isOne := database.File(a)
	other, isOther := database.File(b)
	if !isOne || !isOther {
		return a == b
	}
	one, errOne := filepath.Abs(one)
	other, errOther := filepath.Abs(other)
	return errOne == nil && errOther == nil && one == other
}

// move has what a backup would hold go straight into another database. Nobody
// may serve from the first meanwhile: what was changed behind it would be lost.
func move(ctx context.Context, c configs.Config, target backupdb.Target, warn io.Writer, done backupdb.Progress) (_ backupdb.Restored, err error) {
	letGo, err := database.HoldAlone(ctx, string(c.Database.URL))
	if err != nil {
		return backupdb.Restored{}, err
	}
	defer func() { err = errors.Join(err, letGo()) }()
	db, err := openAsItIs(c)
	if err != nil {
		return backupdb.Restored{}, err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if err := noteMove(ctx, db, target.URL, warn); err != nil {
		return backupdb.Restored{}, err
	}
	out, in := io.Pipe()
	written := make(chan error, 1)
	go func() {
		_, err := backupdb.Write(ctx, db, in, backupdb.About{Program: version, At: time.Now().UTC().Truncate(time.Microsecond)}, nil)
		written <- errors.Join(err, in.CloseWithError(err))
	}()
	restored, err := backupdb.Restore(ctx, out, target, done)
	if err != nil {
		return restored, errors.Join(err, out.CloseWithError(err), quietly(<-written, err))
	}
	return restored, <-written
}

// noteMove leaves the line of a move before it: so it stands in both databases,
// and an attempt that fails is told of too.
func noteMove(ctx context.Context, db *gorm.DB, target string, warn io.Writer) error {
	err := note(ctx, db, warn, "jard move", "backup.move", databaseName(target), map[string]any{"to": databaseEngine(target)})
	if err != nil || !chained(ctx, db) {
		return err
	}
	return auditdb.New(db).SealAll(ctx)
}

// quietly drops an error that only repeats another one.
func quietly(err, said error) error {
	if errors.Is(err, said) {
		return nil
	}
	return err
}
