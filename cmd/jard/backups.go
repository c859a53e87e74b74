package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/robfig/cron/v3"
	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/backup/backupdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor/shareweb"
	"github.com/jard-odi/jard/web"
)

// checkBackups returns what is wrong with the settings of backups that only
// whoever knows cron lines and files can see.
func checkBackups(c configs.Config) error {
	if c.Backup.Folder != "" {
		if _, err := cron.ParseStandard(c.Backup.Schedule); err != nil {
			return fmt.Errorf("backup.schedule: %q is no cron line; write 30 2 * * *", c.Backup.Schedule)
		}
	}
	_, err := passphraseOf(c)
	return err
}

// backups makes backups by the clock where the settings name a folder, and
// tells how they stand.
func (h *house) backups(c configs.Config, db *gorm.DB, seen *metrics.Metrics, log *slog.Logger) (*backupdb.Store, error) {
	store := backupdb.New(db, nil)
	if c.Backup.Folder == "" {
		return store, nil
	}
	if err := checkBackups(c); err != nil {
		return nil, err
	}
	h.jobs = append(h.jobs, job{"make a backup", c.Backup.Schedule, func(ctx context.Context) error {
		run, err := takeBackup(ctx, c, db, store)
		if err == nil {
			log.Info("a backup was made", "room", "backup", "name", run.Name, "bytes", run.Bytes, "rows", run.RowCount, "took", run.EndedAt.Sub(run.BeganAt).String())
		}
		return err
	}})
	seen.Registry().MustRegister(&metrics.Backups{Last: func() (time.Time, int64, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		stands, err := store.Standing(ctx)
		return stands.Good.BeganAt, stands.Good.Bytes, err
	}})
	return store, nil
}

// takeBackup makes one.
func takeBackup(ctx context.Context, c configs.Config, db *gorm.DB, store *backupdb.Store) (backup.Run, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "?"
	}
	run, err := store.Take(ctx, backupdb.Rule{
		Folder: c.Backup.Folder, Zone: c.Location(), Passphrase: func() (string, error) { return passphraseOf(c) }, Program: version, Process: name,
		Keep: backup.Keep{Daily: c.Backup.Keep.Daily, Weekly: c.Backup.Keep.Weekly, Monthly: c.Backup.Keep.Monthly},
	})
	if err != nil {
		return run, err
	}
	return run, note(ctx, db, io.Discard, "jard: backup", "backup.take", run.Name,
		map[string]any{"rows": run.RowCount, "bytes": run.Bytes, "encrypted": c.Backup.PassphraseFile != ""})
}

// backupsStand says on the page of the processes how backups stand.
func backupsStand(c configs.Config, store *backupdb.Store) shareweb.Telling {
	return func(ctx context.Context, page web.Page) (*shareweb.Standing, error) {
		said := &shareweb.Standing{Title: page.T("backup.title")}
		stands, err := store.Standing(ctx)
		if err != nil {
			return nil, err
		}
		last, good, now := stands.Last, stands.Good, time.Now()
		switch {
		case c.Backup.Folder == "":
			said.Lines = append(said.Lines, page.T("backup.none"))
		case good.ID == 0:
			said.Alarm = page.T("backup.never")
		case stands.Overdue(now, between(c)):
			said.Alarm = page.T("backup.overdue")
		}
		if good.ID != 0 {
			says := page.T("backup.last", page.DateTime(good.BeganAt), page.Ago(good.BeganAt), page.Bytes(good.Bytes))
			said.Facts = append(said.Facts, shareweb.Fact{Name: page.T("backup.good"), Says: says, File: good.Name})
		}
		says := ""
		switch {
		case last.Running(now):
			says = page.T("backup.runs", page.Clock(last.BeganAt), last.Process)
		case last.ID != 0 && last.EndedAt == nil:
			says = page.T("backup.cut", page.DateTime(last.BeganAt), last.Process)
		case last.Failed != "":
			says = page.T("backup.failed", page.DateTime(last.BeganAt), last.Process)
		}
		if says != "" {
			said.Facts = append(said.Facts, shareweb.Fact{Name: page.T("backup.attempt"), Says: says})
		}
		return said, nil
	}
}

// between is how far apart timed backups are just now.
func between(c configs.Config) time.Duration {
	line, err := cron.ParseStandard(c.Backup.Schedule)
	if err != nil {
		return 0 // said when the program started
	}
	next := line.Next(time.Now().In(c.Location()))
	return line.Next(next).Sub(next)
}
