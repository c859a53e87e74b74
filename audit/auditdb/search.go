package auditdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/identity"
)

// Filter is what lines are looked for by. What is zero does not confine.
type Filter struct {
	Actors      []string // account ids, or names of what the program did by itself
	Act         string   // "dataset.approve", or "dataset." for all of a kind
	Subject     string
	Ref         string
	Institution string // with it, lines of this one only
	From, To    time.Time
	Before      int64 // lines with a smaller number: the cursor
	Limit       int
}

// Search returns the lines that the actor may read, newest first, and whether
// there are more.
func (s *Store) Search(ctx context.Context, by identity.Actor, f Filter) (lines []audit.Line, more bool, err error) {
	q, err := s.confined(s.db.WithContext(ctx), by, f)
	if err != nil {
		return nil, false, err
	}
	if f.Before > 0 {
		q = q.Where("id < ?", f.Before)
	}
	if err := q.Order("id DESC").Limit(f.Limit + 1).Find(&lines).Error; err != nil {
		return nil, false, fmt.Errorf("search the audit trail: %w", err)
	}
	if more = len(lines) > f.Limit; more {
		lines = lines[:f.Limit]
	}
	return lines, more, nil
}

// confined is the query of a filter within what the actor may read.
func (s *Store) confined(db *gorm.DB, by identity.Actor, f Filter) (*gorm.DB, error) {
	q := db.Model(&audit.Line{})
	if err := by.Must(identity.ReadAudit, by.Institution); err != nil {
		return nil, err
	}
	if !by.Everywhere(identity.ReadAudit) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	if f.Actors != nil {
		q = q.Where("actor IN ?", f.Actors)
	}
	for _, one := range []struct{ column, value string }{{"subject", f.Subject}, {"ref", f.Ref}, {"institution", f.Institution}} {
		if one.value != "" {
			q = q.Where(one.column+" = ?", one.value)
		}
	}
	switch kind, all := strings.CutSuffix(f.Act, "."); {
	case all:
		q = q.Where("act >= ? AND act < ?", kind+".", kind+"/")
	case f.Act != "":
		q = q.Where("act = ?", f.Act)
	}
	if !f.From.IsZero() {
		q = q.Where("at >= ?", f.From)
	}
	if !f.To.IsZero() {
		q = q.Where("at < ?", f.To)
	}
	return q, nil
}

// whole tells whether the filter leaves no line out for this actor.
func (f Filter) whole(by identity.Actor) bool {
	return by.Everywhere(identity.ReadAudit) && f.Actors == nil && f.Act == "" && f.Subject == "" && f.Ref == "" && f.Institution == "" && f.From.IsZero() && f.To.IsZero()
}

// Export hands out the sealed lines that the actor may read and the filter
// leaves, in the order of the chain, and notes that they were taken. Begin is
// told before the first line where the chain begins, and whether the whole of
// it follows.
func (s *Store) Export(ctx context.Context, by identity.Actor, f Filter, told any,
	begin func(after audit.Head, complete bool) error, line func(*audit.Line) error,
) error {
	if err := by.Must(identity.ReadAudit, by.Institution); err != nil {
		return err
	}
	if err := Note(ctx, s.db, by, s.now(), audit.ActExport, audit.Subject, "lines", by.Institution, told); err != nil {
		return err
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row, err := headOf(tx)
		if err != nil {
			return err
		}
		if err := begin(row.base(), f.whole(by)); err != nil {
			return err
		}
		q, err := s.confined(tx, by, f)
		if err != nil {
			return err
		}
		return eachOf(q.Where("position IS NOT NULL"), func(l *audit.Line) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return line(l)
		})
	}, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	return nil
}
