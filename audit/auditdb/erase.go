package auditdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// eraseStep is how many lines are erased in one transaction, each with a line
// of its own that tells of it.
const eraseStep = 1000

// Erase takes a part out of the lines that e names: what was written and the
// salt go, the commitment stays, and a line tells which positions, on what
// ground and who. The lines that the trail writes about itself are never
// touched. It returns how many lines there were.
func (s *Store) Erase(ctx context.Context, by identity.Actor, e audit.Erasing) (erased int64, err error) {
	if err := e.Check(by); err != nil {
		return 0, err
	}
	if err := s.SealAll(ctx); err != nil { // a line without its place cannot be named yet
		return 0, err
	}
	for {
		n, err := s.eraseSome(ctx, by, e)
		if erased += n; err != nil || n == 0 {
			if _, known := fault.KindOf(err); err != nil && !known {
				err = fmt.Errorf("erase from the audit trail: %w", err)
			}
			return erased, err
		}
	}
}

func (s *Store) eraseSome(ctx context.Context, by identity.Actor, e audit.Erasing) (n int64, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row, err := holdHead(tx, false) // two who erase at once wait for each other
		if err != nil {
			return err
		}
		var positions []int64
		if err := erasable(tx, e).Order("position").Limit(eraseStep).Pluck("position", &positions).Error; err != nil || len(positions) == 0 {
			return err
		}
		gone := map[string]any{"actor": "", "who_salt": nil}
		if e.Part == audit.Told {
			gone = map[string]any{"reason": "", "before": gorm.Expr("'null'"), "after": gorm.Expr("'null'"), "told_salt": nil}
		}
		done := tx.Table("audit_lines").Where("position IN ?", positions).Updates(gone)
		if done.Error != nil {
			return done.Error
		}
		n = done.RowsAffected
		told := audit.Erasure{Part: e.Part, Ground: e.Ground}
		for _, at := range positions {
			told.Positions.Add(at)
		}
		line, err := audit.New(by, s.now(), audit.ActErase, audit.Subject, string(e.Part), "", nil, told)
		if err != nil {
			return err
		}
		return appendSealed(tx, row, line)
	})
	return n, err
}

// Erasable is how many sealed lines e names that have the part still.
func (s *Store) Erasable(ctx context.Context, by identity.Actor, e audit.Erasing) (n int64, err error) {
	if err := e.Check(by); err != nil {
		return 0, err
	}
	if err = erasable(s.db.WithContext(ctx), e).Count(&n).Error; err != nil {
		err = fmt.Errorf("count what would be erased: %w", err)
	}
	return n, err
}

// appendSealed writes the line that tells of a change to the chain itself and
// gives it its place in the same transaction, which holds the head: whoever
// reads the chain sees both or neither.
func appendSealed(tx *gorm.DB, row headRow, line audit.Line) error {
	if err := line.Mark(); err != nil {
		return err
	}
	if err := tx.Create(&line).Error; err != nil {
		return err
	}
	head := line.Seal(row.head())
	return errors.Join(writeSeals(tx, []audit.Line{line}), moveHead(tx, head))
}

// erasable are the lines that e names and that have the part still.
func erasable(tx *gorm.DB, e audit.Erasing) *gorm.DB {
	q := tx.Model(&audit.Line{}).Where("position IS NOT NULL AND subject <> ?", audit.Subject)
	if e.Part == audit.Who {
		q = q.Where("who_salt IS NOT NULL")
	} else {
		q = q.Where("told_salt IS NOT NULL")
	}
	if e.Actor != "" {
		q = q.Where("actor = ?", e.Actor)
	}
	if e.Subject != "" {
		q = q.Where("subject = ?", e.Subject)
	}
	if e.Ref != "" {
		q = q.Where("ref = ?", e.Ref)
	}
	if !e.Before.IsZero() {
		q = q.Where("at < ?", e.Before)
	}
	switch kind, all := strings.CutSuffix(e.Act, "."); {
	case all:
		q = q.Where("act >= ? AND act < ?", kind+".", kind+"/")
	case e.Act != "":
		q = q.Where("act = ?", e.Act)
	}
	if len(e.Positions) > 0 {
		some := tx.Session(&gorm.Session{NewDB: true})
		for _, r := range e.Positions {
			some = some.Or("position BETWEEN ? AND ?", r.From, r.To)
		}
		q = q.Where(some)
	}
	return q
}

// Old returns the lines that may leave the database: from after the first
// place up to the second, most of them, all older than before. It is false
// when there are none.
func (s *Store) Old(ctx context.Context, before time.Time, most int64) (after, to audit.Head, some bool, err error) {
	row, err := headOf(s.db.WithContext(ctx))
	if err != nil {
		return after, to, false, err
	}
	after = row.base()
	var first *int64 // that must stay
	err = s.db.WithContext(ctx).Raw("SELECT min(position) FROM audit_lines WHERE position IS NOT NULL AND at >= ?", before).Row().Scan(&first)
	if err != nil {
		return after, to, false, fmt.Errorf("look for old audit lines: %w", err)
	}
	to.Position = row.Position
	if first != nil {
		to.Position = *first - 1
	}
	if to.Position = min(to.Position, after.Position+most); to.Position <= after.Position {
		return after, to, false, nil
	}
	var hash []byte
	if err := s.db.WithContext(ctx).Raw("SELECT hash FROM audit_lines WHERE position = ?", to.Position).Row().Scan(&hash); err != nil {
		return after, to, false, fmt.Errorf("look for old audit lines: %w", err)
	}
	to.Hash, _ = audit.HashOf(hash)
	return after, to, true, nil
}

// Between hands out the lines after one place up to another.
func (s *Store) Between(ctx context.Context, after, to audit.Head, see func(*audit.Line) error) error {
	err := eachOf(s.db.WithContext(ctx).Model(&audit.Line{}).Where("position > ? AND position <= ?", after.Position, to.Position), see)
	if err != nil {
		return fmt.Errorf("read old audit lines: %w", err)
	}
	return nil
}

// Leave removes the lines up to a place that a file holds now, and writes the
// line that tells of it: the chain begins after that place from then on.
func (s *Store) Leave(ctx context.Context, by identity.Actor, a audit.Archived) error {
	to, err := audit.ParseHash(a.Hash)
	if err != nil {
		return err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row, err := holdHead(tx, false)
		if err != nil {
			return err
		}
		if row.BasePosition != a.From-1 || a.To > row.Position {
			return fmt.Errorf("positions %d to %d are no longer the oldest ones", a.From, a.To)
		}
		if err := tx.Exec("UPDATE audit_head SET base_position = ?, base_hash = ? WHERE id = 1", a.To, to[:]).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM audit_lines WHERE position <= ?", a.To).Error; err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), audit.ActArchive, audit.Subject, a.File, "", nil, a)
		if err != nil {
			return err
		}
		return appendSealed(tx, row, line)
	})
	if err != nil {
		return fmt.Errorf("let old audit lines leave: %w", err)
	}
	return nil
}
