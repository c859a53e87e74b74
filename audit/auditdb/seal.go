package auditdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/database"
)

// step is how many lines are sealed in one transaction: few enough that on
// SQLite nobody waits long for the one connection that writes.
const step = 500

// headRow is where the chain stands.
type headRow struct {
	ID           int16 `gorm:"primaryKey"`
	Position     int64
	Hash         []byte
	BasePosition int64
	BaseHash     []byte
}

// TableName names the table of the one row.
func (headRow) TableName() string { return "audit_head" }

func (h headRow) head() audit.Head {
	hash, _ := audit.HashOf(h.Hash)
	return audit.Head{Position: h.Position, Hash: hash}
}

func (h headRow) base() audit.Head {
	hash, _ := audit.HashOf(h.BaseHash)
	return audit.Head{Position: h.BasePosition, Hash: hash}
}

// Head returns the end of the chain.
func (s *Store) Head(ctx context.Context) (audit.Head, error) {
	h, err := headOf(s.db.WithContext(ctx))
	return h.head(), err
}

func headOf(tx *gorm.DB) (h headRow, err error) {
	if err = tx.Take(&h).Error; err != nil {
		err = fmt.Errorf("read the head of the audit chain: %w", err)
	}
	return h, err
}

// Unsealed tells whether lines wait for their place in the chain.
func (s *Store) Unsealed(ctx context.Context) (bool, error) {
	var ids []int64
	err := s.db.WithContext(ctx).Model(&audit.Line{}).Where("position IS NULL").Order("id").Limit(1).Pluck("id", &ids).Error
	if err != nil {
		return false, fmt.Errorf("look for unsealed audit lines: %w", err)
	}
	return len(ids) > 0, nil
}

// errBusy is that another process seals at this moment.
var errBusy = errors.New("another process seals")

// Seal gives waiting lines their places in the chain, a step of them in one
// transaction, in the order of their numbers, and returns how many. Lines of a
// version that knew no chain are adopted. It is 0 when none waits or when
// another process is at it.
func (s *Store) Seal(ctx context.Context) (sealed int, err error) {
	waiting, err := s.Unsealed(ctx)
	if err != nil || !waiting {
		return 0, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row, err := holdHead(tx, true)
		if err != nil {
			return err
		}
		lines, err := waitingLines(tx)
		if err != nil {
			return err
		}
		head := row.head()
		for n := range lines {
			head = lines[n].Seal(head)
		}
		sealed = len(lines)
		return errors.Join(writeSeals(tx, lines), moveHead(tx, head))
	})
	if errors.Is(err, errBusy) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("seal audit lines: %w", err)
	}
	return sealed, nil
}

// waitingLines reads a step of the lines that wait, without the words and values
// that their marks stand for. Those of a version that knew no chain have no
// marks yet: they are read whole, and adopted.
func waitingLines(tx *gorm.DB) ([]audit.Line, error) {
	var lines []audit.Line
	err := tx.Omit("reason", "before", "after").Where("position IS NULL").Order("id").Limit(step).Find(&lines).Error
	for n := range lines {
		if err != nil || lines[n].Form != 0 {
			continue
		}
		if err = tx.Take(&lines[n], "id = ?", lines[n].ID).Error; err == nil {
			err = lines[n].Adopt()
		}
	}
	return lines, err
}

// SealAll seals until no line waits.
func (s *Store) SealAll(ctx context.Context) error {
	for {
		n, err := s.Seal(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// sealDue seals whole steps until less than one is left: a few lines at a time,
// again and again, would cost everybody who writes meanwhile more than it is worth.
func (s *Store) sealDue(ctx context.Context) error {
	for {
		n, err := s.Seal(ctx)
		if err != nil || n < step {
			return err
		}
	}
}

// holdHead takes the head for this transaction; whoever may not wait is told
// that another has it.
func holdHead(tx *gorm.DB, busy bool) (headRow, error) {
	if database.EngineOf(tx) == database.SQLite { // the transaction holds the file
		return headOf(tx)
	}
	q := "SELECT * FROM audit_head FOR UPDATE"
	if busy {
		q += " SKIP LOCKED"
	}
	var rows []headRow
	if err := tx.Raw(q).Scan(&rows).Error; err != nil {
		return headRow{}, err
	}
	if len(rows) == 0 {
		return headRow{}, errBusy
	}
	return rows[0], nil
}

func moveHead(tx *gorm.DB, to audit.Head) error {
	return tx.Exec("UPDATE audit_head SET position = ?, hash = ? WHERE id = 1", to.Position, to.Hash[:]).Error
}

// writeSeals writes the places of lines: on PostgreSQL in one statement, on
// SQLite by a statement that is read once.
func writeSeals(tx *gorm.DB, lines []audit.Line) (err error) {
	pool, ctx := tx.Statement.ConnPool, tx.Statement.Context
	if database.EngineOf(tx) == database.Postgres {
		var v sealed
		for n := range lines {
			v.add(&lines[n])
		}
		_, err := pool.ExecContext(ctx, `UPDATE audit_lines l SET form = v.form, adopted = v.adopted, who_salt = v.who_salt, who_mark = v.who_mark,
    told_salt = v.told_salt, told_mark = v.told_mark, position = v.position, prev = v.prev, hash = v.hash
FROM unnest($1::bigint[], $2::smallint[], $3::boolean[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bytea[], $10::bytea[])
    AS v(id, form, adopted, who_salt, who_mark, told_salt, told_mark, position, prev, hash)
WHERE l.id = v.id`, v.id, v.form, v.adopted, v.whoSalt, v.whoMark, v.toldSalt, v.toldMark, v.position, v.prev, v.hash)
		return err
	}
	q, err := pool.PrepareContext(ctx, `UPDATE audit_lines SET form = ?, adopted = ?, who_salt = ?, who_mark = ?, told_salt = ?, told_mark = ?,
    position = ?, prev = ?, hash = ? WHERE id = ?`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	for n := range lines {
		l := &lines[n]
		if _, err := q.ExecContext(ctx, l.Form, l.Adopted, l.WhoSalt, l.WhoMark, l.ToldSalt, l.ToldMark, *l.Position, l.Prev, l.Hash, l.ID); err != nil {
			return err
		}
	}
	return nil
}

// sealed is the places of lines, column by column.
type sealed struct {
	id, position                                     []int64
	form                                             []int16
	adopted                                          []bool
	whoSalt, whoMark, toldSalt, toldMark, prev, hash [][]byte
}

func (v *sealed) add(l *audit.Line) {
	v.id, v.form, v.adopted, v.position = append(v.id, l.ID), append(v.form, l.Form), append(v.adopted, l.Adopted), append(v.position, *l.Position)
	v.whoSalt, v.whoMark = append(v.whoSalt, l.WhoSalt), append(v.whoMark, l.WhoMark)
	v.toldSalt, v.toldMark = append(v.toldSalt, l.ToldSalt), append(v.toldMark, l.ToldMark)
	v.prev, v.hash = append(v.prev, l.Prev), append(v.hash, l.Hash)
}

// sealEvery is how soon after its transaction a line has its place.
const sealEvery = 250 * time.Millisecond

// KeepSealed seals lines until ctx ends, and once more then.
func (s *Store) KeepSealed(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	failing := false
	for {
		err := s.sealDue(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			log.Error("lines of the audit trail cannot be sealed; tried again", "room", "audit", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := s.SealAll(last); err != nil {
				log.Warn("the last lines of the audit trail are sealed at the next start", "room", "audit", "error", err)
			}
			return
		case <-tick.C:
		}
	}
}
