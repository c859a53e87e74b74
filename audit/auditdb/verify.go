package auditdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
)

// Found is what reading the whole chain showed.
type Found struct {
	Lines   int64 // sealed ones read
	Adopted int64 // of them from before there was a chain
	Waiting int64 // not sealed yet
	Overdue int64 // of those, older than a sealer ever leaves them
	Base    audit.Head
	Head    audit.Head
}

// overdue is how old an unsealed line may be before it is worth a word.
const overdue = 10 * time.Minute

// Verify reads the chain from its beginning to its head and hands each break
// to broken. Expected are places that were kept elsewhere. The chain and its
// head are read at one moment.
func (s *Store) Verify(ctx context.Context, expected []audit.Head, broken func(*audit.Break)) (Found, error) {
	var found Found
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row, err := headOf(tx)
		if err != nil {
			return err
		}
		found.Base, found.Head = row.base(), row.head()
		c := audit.NewChecker(found.Base, broken)
		for _, h := range expected {
			c.Expect(h)
		}
		if err := eachOf(tx.Model(&audit.Line{}).Where("position IS NOT NULL"), func(l *audit.Line) error { c.Line(l); return ctx.Err() }); err != nil {
			return err
		}
		c.End(found.Head)
		found.Lines, found.Adopted = c.Lines()
		return tx.Raw("SELECT count(*) AS waiting, coalesce(sum(CASE WHEN at < ? THEN 1 ELSE 0 END), 0) AS overdue FROM audit_lines WHERE position IS NULL",
			s.now().Add(-overdue)).Row().Scan(&found.Waiting, &found.Overdue)
	}, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return found, fmt.Errorf("verify the audit chain: %w", err)
	}
	return found, nil
}

// columns are those of a line, in the order that each reads them.
const columns = `id, at, actor, role, act, subject, ref, institution, reason, before, after,
form, who_salt, who_mark, told_salt, told_mark, position, adopted, prev, hash`

// eachOf reads the lines of a query in the order of the chain, one at a time.
// It reads rows without gorm's mapping: a million of them must not take a minute.
func eachOf(q *gorm.DB, see func(*audit.Line) error) (err error) {
	rows, err := q.Select(columns).Order("position").Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var l audit.Line
	var before, after []byte
	for rows.Next() {
		err := rows.Scan(&l.ID, &l.At, &l.Actor, &l.Role, &l.Act, &l.Subject, &l.Ref, &l.Institution, &l.Reason, &before, &after,
			&l.Form, &l.WhoSalt, &l.WhoMark, &l.ToldSalt, &l.ToldMark, &l.Position, &l.Adopted, &l.Prev, &l.Hash)
		if err != nil {
			return err
		}
		l.Before, l.After = before, after
		if err := see(&l); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Standing tells how far the chain reaches, and how many lines wait for their
// place in it.
func (s *Store) Standing(ctx context.Context) (head audit.Head, waiting int64, err error) {
	if head, err = s.Head(ctx); err != nil {
		return head, 0, err
	}
	if err = s.db.WithContext(ctx).Model(&audit.Line{}).Where("position IS NULL").Count(&waiting).Error; err != nil {
		err = fmt.Errorf("count unsealed audit lines: %w", err)
	}
	return head, waiting, err
}
