package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
)

// drillCommand proves that backups can be restored: it makes one of the live
// database, restores it elsewhere, compares every table, verifies the copy as
// jard verify does, serves from it and asks some addresses. The live database
// is only read.
func drillCommand(ctx context.Context, p program, args []string) (err error) {
	f := flags("drill")
	into := f.String("into", "", "empty database that is filled and left; without it a file that is thrown away")
	from := f.String("from", "", "restore this backup instead of making one")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "restore" {
		return fmt.Errorf("%w: there is one drill: restore", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	secret, err := passphraseOf(c)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jard-drill-")
	if err != nil {
		return fmt.Errorf("make a place for the drill: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &drill{program: p, c: c, secret: secret, file: *from, target: *into, stays: *into != ""}
	if d.target == "" {
		d.target = "sqlite:" + filepath.Join(dir, "restored.db")
	}
	if d.file == "" {
		d.file = filepath.Join(dir, "drill"+backup.Suffix)
		d.step("back up the live database", func() (string, error) { return d.backUp(ctx) })
	}
	d.step("read the file to its end", d.verify)
	d.step("restore it, comparing each table by hash", func() (string, error) { return d.restore(ctx) })
	d.step("compare each table again, on its own", func() (string, error) { return d.compare(ctx) })
	d.step("verify it: the audit chain and every invariant", func() (string, error) { return d.soundness(ctx) })
	d.step("serve from it and ask", func() (string, error) { return d.ask(ctx) })
	return d.report()
}

// drill is one drill under way.
type drill struct {
	program
	c      configs.Config
	secret string
	file   string
	target string
	stays  bool // what is restored is not thrown away

	sums   []backup.Sum
	tables []backup.Table
	older  bool // the backup is of an earlier version
	steps  []step
	failed error
}

// step is what was done, how long it took, and what came of it.
type step struct {
	does string
	took time.Duration
	said string
}

// step does the next step unless one before it failed.
func (d *drill) step(does string, work func() (string, error)) {
	if d.failed != nil {
		return
	}
	began := time.Now()
	said, err := work()
	if err != nil {
		said, d.failed = "failed", fmt.Errorf("%s: %w", does, err)
	}
	d.steps = append(d.steps, step{does, since(began), said})
}

// report prints the steps.
func (d *drill) report() error {
	t := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	var all time.Duration
	for _, s := range d.steps {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.does, s.took, s.said)
		all += s.took
	}
	if d.failed == nil {
		fmt.Fprintf(t, "the drill succeeded\t%s\t\n", all)
	}
	return errors.Join(t.Flush(), d.failed)
}

func (d *drill) backUp(ctx context.Context) (string, error) {
	db, err := openAsItIs(d.c)
	if err != nil {
		return "", err
	}
	defer database.Close(db)
	if d.stays { // everything is in another database afterwards
		if err := note(ctx, db, d.err, "jard drill restore", "backup.drill", databaseName(d.target), map[string]any{"to": databaseEngine(d.target)}); err != nil {
			return "", err
		}
	}
	made, err := backupdb.WriteFile(ctx, db, backupdb.File{Path: d.file, Passphrase: d.secret}, backupdb.About{Program: version, At: time.Now().UTC().Truncate(time.Microsecond)}, nil)
	return fmt.Sprintf("%d rows of %d tables, %d bytes", made.Rows(), len(made.Sums), made.Bytes), err
}

func (d *drill) verify() (_ string, err error) {
	in, closing, err := d.openBackup(d.file, d.secret)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closing()) }()
	r, err := backup.NewReader(in)
	if err != nil {
		return "", err
	}
	defer r.Close()
	for {
		t, err := r.Next()
		if errors.Is(err, io.EOF) {
			d.sums = r.Sums()
			return "every byte is as it was written", nil
		}
		if err != nil {
			return "", err
		}
		d.tables = append(d.tables, *t)
	}
}

func (d *drill) restore(ctx context.Context) (_ string, err error) {
	in, closing, err := d.openBackup(d.file, d.secret)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closing()) }()
	done, err := backupdb.Restore(ctx, in, backupdb.Target{URL: d.target}, nil)
	if errors.Is(err, backupdb.ErrNotEmpty) {
		return "", fmt.Errorf("%w; a drill wants an empty one", err)
	}
	d.older = done.Migrated > done.Head.Schema
	return fmt.Sprintf("%s, schema %d, now %d", databaseEngine(d.target), done.Head.Schema, done.Migrated), err
}

func databaseEngine(target string) string {
	if _, is := database.File(target); is {
		return database.SQLite
	}
	return database.Postgres
}

// compare reads what was restored as the backup says it should be. Where the
// backup is of an earlier version migrations may have written tables anew
// since they were compared.
func (d *drill) compare(ctx context.Context) (string, error) {
	if d.older {
		return "left out: migrations came after the comparison", nil
	}
	db, err := database.Open(database.Options{URL: d.target})
	if err != nil {
		return "", err
	}
	defer database.Close(db)
	found, err := backupdb.Sums(ctx, db, d.tables)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tables are the same", len(found)), backupdb.Differ(d.sums, found)
}

// soundness runs the whole of jard verify on what was restored. Anchors that
// were kept outside since the backup tell of lines that it cannot hold: those
// the live database is held against.
func (d *drill) soundness(ctx context.Context) (string, error) {
	c := d.c
	c.Database.URL, c.Audit.Checkpoints = configs.Secret(d.target), ""
	v := verifying{all: true, out: d.program, report: report{Checked: []string{}, Breaks: []foundBreak{}, seen: map[string]bool{}}}
	if err := v.database(ctx, c); err != nil {
		return "", err
	}
	if n := len(v.report.Breaks); n > 0 {
		for _, b := range v.report.Breaks {
			fmt.Fprintf(d.err, "BROKEN: %s: %s\n", b.Invariant, b.Says)
		}
		return "", fmt.Errorf("%d broken, the first: %s: %s", n, v.report.Breaks[0].Invariant, v.report.Breaks[0].Says)
	}
	return fmt.Sprintf("a chain of %d lines and %d invariants hold", v.report.Chain.Lines, len(v.report.Checked)-1), nil
}

// drillAsks are addresses that need each part of what was restored.
var drillAsks = []string{"/readyz", "/", "/datasets", "/status", "/institutions", "/login", "/api/openapi.json", "/healthz"}

// ask serves from what was restored, on an address of this machine and without
// any of the work that goes by the clock, and asks.
func (d *drill) ask(ctx context.Context) (_ string, err error) {
	c := d.c
	c.Database.URL, c.Watch.Enabled, c.Alerts, c.Backup.Folder = configs.Secret(d.target), false, configs.Default().Alerts, ""
	db, err := openDatabase(ctx, c, nil)
	if err != nil {
		return "", err
	}
	defer database.Close(db)
	house, err := build(c, slog.New(slog.DiscardHandler), db)
	if err != nil {
		return "", err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: house.handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	for _, path := range drillAsks {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Addr().String()+path, nil)
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || n == 0 {
			return "", errors.Join(fmt.Errorf("%s answers %d with %d bytes", path, resp.StatusCode, n), err)
		}
	}
	return fmt.Sprintf("%d addresses answer", len(drillAsks)), nil
}
