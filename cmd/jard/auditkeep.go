package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/web"
)

// keepTerm is how long a part of the lines of an act is kept.
type keepTerm struct {
	part   audit.Part
	act    string // "session.", or empty: every act
	months int
	basis  string
}

// termsIn reads the table of terms, which a jurist can correct.
func termsIn(files fs.FS) ([]keepTerm, error) {
	data, err := fs.ReadFile(files, "audit_terms.csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("audit_terms.csv: %w", err)
	}
	var terms []keepTerm
	for n, row := range rows[min(1, len(rows)):] {
		if len(row) < 4 {
			return nil, fmt.Errorf("audit_terms.csv, line %d: part, act, months and basis are needed", n+2)
		}
		months, err := strconv.Atoi(row[2])
		if err != nil || months < 1 || !audit.Part(row[0]).Valid() || row[3] == "" {
			return nil, fmt.Errorf("audit_terms.csv, line %d: part is who or told, months a number, basis says why", n+2)
		}
		terms = append(terms, keepTerm{audit.Part(row[0]), row[1], months, row[3]})
	}
	return terms, nil
}

// eraseByTerms erases what the trail need not know any longer.
func eraseByTerms(trail *auditdb.Store, c configs.Audit, now func() time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		if c.EraseAfter < 0 {
			return nil
		}
		terms, err := termsIn(pilot.Files)
		if err != nil {
			return err
		}
		if c.EraseAfter > 0 {
			basis := fmt.Sprintf("audit.erase_after_months: %d", c.EraseAfter)
			terms = []keepTerm{{audit.Who, "", c.EraseAfter, basis}, {audit.Told, "", c.EraseAfter, basis}}
		}
		for _, t := range terms {
			_, err := trail.Erase(ctx, identity.System("jard: audit terms"), audit.Erasing{
				Part: t.part, Act: t.act, Ground: t.basis, Before: now().AddDate(0, -t.months, 0),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// mostArchived is how many lines one archive takes.
const mostArchived = 100_000

// archiveOld lets lines older than before leave for files, one after the other,
// and returns the files.
func archiveOld(ctx context.Context, trail *auditdb.Store, by identity.Actor, folder string, before time.Time) (files []string, err error) {
	for {
		after, to, some, err := trail.Old(ctx, before, mostArchived)
		if err != nil || !some {
			return files, err
		}
		name := fmt.Sprintf("audit-%d-%d.jsonl", after.Position+1, to.Position)
		sum, err := archive(ctx, trail, filepath.Join(folder, name), after, to)
		if err != nil {
			return files, fmt.Errorf("archive %s: %w", name, err)
		}
		err = trail.Leave(ctx, by, audit.Archived{From: after.Position + 1, To: to.Position, Hash: to.Hash.String(), File: name, SHA256: sum})
		if err != nil {
			return files, err
		}
		files = append(files, name)
	}
}

// archive writes lines into a file, has it on the disk, reads it back, and
// only then gives it its name.
func archive(ctx context.Context, trail *auditdb.Store, path string, after, to audit.Head) (sum string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) //nolint:gosec // the settings name it
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 1<<20)
	e, err := audit.NewExporter(out, after, true)
	if err != nil {
		return "", err
	}
	if err := trail.Between(ctx, after, to, e.Line); err != nil {
		return "", err
	}
	if err := errors.Join(e.End(), out.Flush(), f.Sync()); err != nil {
		return "", err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	whole := sha256.New()
	var first error
	proof, err := audit.ReadExport(io.TeeReader(f, whole), nil, func(b *audit.Break) { first = errors.Join(first, b) })
	switch {
	case err != nil || first != nil:
		return "", errors.Join(err, first)
	case proof.Last != to:
		return "", fmt.Errorf("it ends at position %d, not at %d", proof.Last.Position, to.Position)
	}
	return hex.EncodeToString(whole.Sum(nil)), os.Rename(path+".part", path)
}

// auditJobs are what is done about the trail by the clock.
func auditJobs(trail *auditdb.Store, c configs.Config, now func() time.Time) []job {
	jobs := []job{
		{"tell what was counted for the audit trail", "2 * * * *", trail.TellCounts},
		{"erase from the audit trail", "23 3 * * *", eraseByTerms(trail, c.Audit, now)},
	}
	if c.Audit.KeepYears > 0 {
		jobs = append(jobs, job{"archive the audit trail", "43 3 * * 0", func(ctx context.Context) error {
			_, err := archiveOld(ctx, trail, identity.System("jard: audit archive"), c.Audit.Archive, now().AddDate(-c.Audit.KeepYears, 0, 0))
			return err
		}})
	}
	return jobs
}

// tellTaken writes down who took a file away that is not for the public.
func tellTaken(db *gorm.DB, now func() time.Time) func(context.Context, web.Takeaway) error {
	return func(ctx context.Context, t web.Takeaway) error {
		return auditdb.Note(ctx, db, t.By, now(), "export.take", "page", t.Path, t.By.Institution, map[string]string{"route": t.Route})
	}
}
