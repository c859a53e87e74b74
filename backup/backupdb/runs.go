package backupdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/backup"
	"github.com/jard-odi/jard/database"
)

// Store keeps how timed backups ended, and makes them.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns the store on db; now may be nil for the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{db: db, now: database.Clock(now)}
}

// Standing tells how timed backups stand. The newest is the one that was begun
// last, whatever its clock said.
func (s *Store) Standing(ctx context.Context) (out backup.Standing, err error) {
	newest := s.db.WithContext(ctx).Order("id DESC").Limit(1)
	err = errors.Join(
		newest.Find(&out.Last).Error,
		s.db.WithContext(ctx).Order("id DESC").Limit(1).Find(&out.Good, "ended_at IS NOT NULL AND failed = ''").Error)
	if err != nil {
		return out, fmt.Errorf("read how backups stand: %w", err)
	}
	return out, nil
}

// Rule says where timed backups go and which of them stay.
type Rule struct {
	Folder     string
	Keep       backup.Keep
	Zone       *time.Location
	Passphrase func() (string, error) // asked each time: it may have been changed; nil: none
	Program    string
	Process    string
}

// cutShort is why a backup failed that nobody ended. Timed backups are never
// made two at once, so that one begins shows that those before it are over.
const cutShort = "its process ended, or the database was away"

// keptRuns is how long it is kept how a backup ended.
const keptRuns = 400 * 24 * time.Hour

// leftover is when a file that was never finished counts as left behind by a
// process that died.
const leftover = 24 * time.Hour

// Take makes a backup as the rule says, keeps how it ended, and then removes
// what the rule no longer keeps: never before the new one is whole.
func (s *Store) Take(ctx context.Context, rule Rule) (run backup.Run, err error) {
	run = backup.Run{BeganAt: s.now(), Process: rule.Process}
	over := map[string]any{"ended_at": run.BeganAt, "failed": cutShort}
	if err := s.db.WithContext(ctx).Model(&backup.Run{}).Where("ended_at IS NULL").Updates(over).Error; err != nil {
		return run, fmt.Errorf("keep how a backup stands: %w", err)
	}
	if err := s.db.WithContext(ctx).Create(&run).Error; err != nil {
		return run, fmt.Errorf("keep how a backup stands: %w", err)
	}
	made, err := s.write(ctx, rule, run.BeganAt)
	if err == nil {
		run.Name, run.Bytes, run.RowCount = filepath.Base(made.Path), made.Bytes, made.Rows()
		err = s.rotate(rule)
	}
	if err != nil {
		run.Failed = err.Error()
	}
	ended := s.now()
	run.EndedAt = &ended
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	kept := s.db.WithContext(last).Select("*").Updates(&run).Error
	gone := s.db.WithContext(last).Delete(&backup.Run{}, "began_at < ?", ended.Add(-keptRuns)).Error
	return run, errors.Join(err, kept, gone)
}

func (s *Store) write(ctx context.Context, rule Rule, at time.Time) (_ Made, err error) {
	secret := ""
	if rule.Passphrase != nil {
		if secret, err = rule.Passphrase(); err != nil {
			return Made{}, err
		}
	}
	if err := os.MkdirAll(rule.Folder, 0o700); err != nil {
		return Made{}, fmt.Errorf("make the folder of backups: %w", err)
	}
	to := File{Path: free(rule.Folder, at), Passphrase: secret}
	return WriteFile(ctx, s.db, to, About{Program: rule.Program, At: at}, nil)
}

// free is the name of a backup of that second, or of the next one that has none:
// the clock and somebody's command may make one at once.
func free(folder string, at time.Time) string {
	for {
		path := filepath.Join(folder, backup.Name(at))
		if _, err := os.Lstat(path); err != nil {
			return path
		}
		at = at.Add(time.Second)
	}
}

// rotate removes what is spare, and what was never finished and is old.
func (s *Store) rotate(rule Rule) error {
	names, parts, err := Folder(rule.Folder)
	if err != nil {
		return err
	}
	var faults []error
	for _, name := range rule.Keep.Spare(names, rule.Zone, s.now()) {
		faults = append(faults, os.Remove(filepath.Join(rule.Folder, name)))
	}
	for _, name := range parts {
		path := filepath.Join(rule.Folder, name)
		if info, err := os.Stat(path); err == nil && s.now().Sub(info.ModTime()) > leftover {
			faults = append(faults, os.Remove(path))
		}
	}
	return errors.Join(faults...)
}
