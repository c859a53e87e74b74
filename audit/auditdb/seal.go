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

// hashed are the columns that a marked line's hash is made of: not the words
// and values that its marks stand for, and no salts.
const hashed = "id, at, role, act, subject, ref, institution, form, who_mark, told_mark"

// hashedLines reads them as far as they are hashed.
func hashedLines(tx *gorm.DB) (_ []audit.Line, err error) {
	rows, err := tx.Model(&audit.Line{}).Select(hashed).Where("position IS NULL").Order("id").Limit(step).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	lines := make([]audit.Line, 0, step)
	for rows.Next() {
		var l audit.Line
		if err := rows.Scan(&l.ID, &l.At, &l.Role, &l.Act, &l.Subject, &l.Ref, &l.Institution, &l.Form, &l.WhoMark, &l.ToldMark); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// waitingLines reads a step of the lines that wait. Those of a version that
// knew no chain have no marks yet: they are read whole, and adopted.
func waitingLines(tx *gorm.DB) ([]audit.Line, error) {
	lines, err := hashedLines(tx)
	if err != nil {
		return nil, err
	}
	for n := range lines {
		if lines[n].Form != 0 {
			continue
		}
		if err := tx.Take(&lines[n], "id = ?", lines[n].ID).Error; err != nil {
			return nil, err
		}
		if err := lines[n].Adopt(); err != nil {
			return nil, err
		}
	}
	return lines, nil
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

// writeSeals writes the places of lines, and the marks of those that were adopted.
func writeSeals(tx *gorm.DB, lines []audit.Line) error {
	for n := range lines {
		l := &lines[n]
		if !l.Adopted {
			continue
		}
		err := tx.Exec("UPDATE audit_lines SET form = ?, adopted = ?, who_salt = ?, who_mark = ?, told_salt = ?, told_mark = ? WHERE id = ?",
			l.Form, l.Adopted, l.WhoSalt, l.WhoMark, l.ToldSalt, l.ToldMark, l.ID).Error
		if err != nil {
			return err
		}
	}
	return writePlaces(tx, lines)
}

// writePlaces writes the places of lines: on PostgreSQL in one statement, on
// SQLite by a statement that is read once. Nothing else of a line is set, so
// that nothing else has to be looked at.
func writePlaces(tx *gorm.DB, lines []audit.Line) (err error) {
	pool, ctx := tx.Statement.ConnPool, tx.Statement.Context
	if database.EngineOf(tx) == database.Postgres {
		var ids, positions []int64
		var prevs, hashes [][]byte
		for n := range lines {
			l := &lines[n]
			ids, positions, prevs, hashes = append(ids, l.ID), append(positions, *l.Position), append(prevs, l.Prev), append(hashes, l.Hash)
		}
		_, err := pool.ExecContext(ctx, `UPDATE audit_lines l SET position = v.position, prev = v.prev, hash = v.hash
FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[]) AS v(id, position, prev, hash) WHERE l.id = v.id`, ids, positions, prevs, hashes)
		return err
	}
	q, err := pool.PrepareContext(ctx, "UPDATE audit_lines SET position = ?, prev = ?, hash = ? WHERE id = ?")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	for n := range lines {
		l := &lines[n]
		if _, err := q.ExecContext(ctx, *l.Position, l.Prev, l.Hash, l.ID); err != nil {
			return err
		}
	}
	return nil
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
