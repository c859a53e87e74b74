package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
)

// backupCommand writes the whole state into one file, while others serve from
// the database, or reads such a file to its end and says what it holds.
func backupCommand(ctx context.Context, p program, args []string) (err error) {
	f := flags("backup")
	force := f.Bool("force", false, "replace a file of that name")
	verify := f.Bool("verify", false, "only read the file to its end and say what it holds")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	if len(words) > 1 || len(words) == 0 && (*verify || *force || c.Backup.Folder == "") {
		return fmt.Errorf("%w: backup takes the name of one file, or none where backup.folder is set; - is standard output", errUsage)
	}
	secret, err := passphraseOf(c)
	if err != nil {
		return err
	}
	if *verify {
		return p.verifyBackup(words[0], secret)
	}
	db, err := openAsItIs(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close(db)) }()
	if len(words) == 0 { // as by the clock: for a clock outside, such as that of Kubernetes
		run, err := takeBackup(ctx, c, db, backupdb.New(db, nil))
		if err == nil {
			fmt.Fprintf(p.out, "%s: %d rows, %d bytes, in %s\n", filepath.Join(c.Backup.Folder, run.Name), run.RowCount, run.Bytes, since(run.BeganAt))
		}
		return err
	}
	return p.writeBackup(ctx, db, backupdb.File{Path: words[0], Force: *force, Passphrase: secret})
}

// openAsItIs opens the database without bringing it up to date: a backup
// before an upgrade is one of what there was before.
func openAsItIs(c configs.Config) (*gorm.DB, error) {
	if path, is := database.File(string(c.Database.URL)); is {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database: %w", err)
		}
	}
	return database.Open(database.Options{URL: string(c.Database.URL), MaxConnections: c.Database.MaxConnections})
}

// passphraseOf reads the passphrase that the settings name the file of; empty: none.
func passphraseOf(c configs.Config) (string, error) {
	if c.Backup.PassphraseFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(c.Backup.PassphraseFile)
	if err != nil {
		return "", fmt.Errorf("backup.passphrase_file: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if first = strings.TrimSpace(first); first == "" {
		return "", fmt.Errorf("backup.passphrase_file: %s has nothing on its first line", c.Backup.PassphraseFile)
	}
	return first, nil
}

func (p program) writeBackup(ctx context.Context, db *gorm.DB, to backupdb.File) error {
	began := time.Now()
	about := backupdb.About{Program: version, At: began.UTC().Truncate(time.Microsecond)}
	if to.Path == "-" {
		sums, err := backupdb.WriteSealed(ctx, db, p.out, to, about, p.progress)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.err, "%d rows of %d tables, in %s\n", backupdb.Made{Sums: sums}.Rows(), len(sums), since(began))
		return note(ctx, db, p.err, "jard backup", "backup.take", "standard output",
			map[string]any{"rows": backupdb.Made{Sums: sums}.Rows(), "encrypted": to.Passphrase != ""})
	}
	made, err := backupdb.WriteFile(ctx, db, to, about, p.progress)
	if err != nil {
		return err
	}
	sealed := ""
	if to.Passphrase != "" {
		sealed = ", encrypted"
	}
	fmt.Fprintf(p.out, "%s: %d rows of %d tables, %d bytes%s, in %s\n", made.Path, made.Rows(), len(made.Sums), made.Bytes, sealed, since(began))
	return note(ctx, db, p.err, "jard backup", "backup.take", filepath.Base(made.Path),
		map[string]any{"rows": made.Rows(), "bytes": made.Bytes, "encrypted": to.Passphrase != ""})
}

// progress says on standard error which table is done.
func (p program) progress(table string, rows int64) {
	if rows > 0 {
		fmt.Fprintf(p.err, "%10d  %s\n", rows, table)
	}
}

func since(began time.Time) time.Duration { return time.Since(began).Round(10 * time.Millisecond) }

// openBackup opens a backup for reading, decrypted; - is standard input.
func (p program) openBackup(path, secret string) (in io.Reader, closing func() error, err error) {
	closing = func() error { return nil }
	in = p.in
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // the operator named it
		if err != nil {
			return nil, nil, err
		}
		in, closing = f, f.Close
	}
	in, encrypted, err := backup.Unseal(in, secret)
	if errors.Is(err, backup.ErrPassphrase) && encrypted && secret == "" {
		err = fmt.Errorf("%w; backup.passphrase_file names the file that holds it", err)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), closing())
	}
	return in, closing, nil
}

// verifyBackup reads a backup to its end, so that every byte of it is compared
// with what was written, and prints what it holds.
func (p program) verifyBackup(path, secret string) (err error) {
	in, closing, err := p.openBackup(path, secret)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	r, err := backup.NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer r.Close()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(p.out, "made      %s by jard %s from %s\nschema    %d, format %d\nleft out  %s\n\n", r.At.Format(time.RFC3339), r.Program, r.Engine,
		r.Schema, r.Format, strings.Join(r.LeftOut, " "))
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, s := range r.Sums() {
		fmt.Fprintf(t, "%s\t%d rows\t%s\n", s.Table, s.Rows, s.SHA256[:16])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "\n%s is sound: %d rows of %d tables\n", path, r.Rows(), len(r.Sums()))
	return err
}
