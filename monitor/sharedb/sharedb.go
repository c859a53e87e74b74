// Package sharedb keeps which processes live and which part of the watch is
// whose. Time is the database's: the clocks of two machines may differ.
package sharedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor/share"
)

// ErrFenced says that others took this process for dead and took over.
var ErrFenced = errors.New("others took over what this process watched")

// idleMost ends a transaction whose process was stopped or cut off in the
// middle of it, in milliseconds: it must not hold up those who take over.
const idleMost = "3000"

// gate is the row that whoever changes shares takes first.
const gate = "share"

// Store keeps shares.
type Store struct {
	db  *gorm.DB
	now func() time.Time
}

// New returns a Store on db.
func New(db *gorm.DB, now func() time.Time) *Store { return &Store{db: db, now: database.Clock(now)} }

// View is what a process knows after it was heard of.
type View struct {
	Tenure  int64
	Members []share.Member // that live, this one included
	Owned   []int          // slots of this one
	Surplus []int          // of those, the ones that another should have
	Dead    []string       // names of those that were just found dead
}

// milliseconds is the database's own clock.
func milliseconds(db *gorm.DB) string {
	if database.EngineOf(db) == database.Postgres {
		return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
	}
	return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
}

// Beat says that me lives for another while, takes from the dead, claims what
// is nobody's and should be me's, and tells how things stand. A tenure of 0 joins.
func (s *Store) Beat(ctx context.Context, me share.Member, lives time.Duration) (v View, err error) {
	err = s.change(ctx, func(tx *gorm.DB, nowMs int64) error {
		me.SeenMs, me.UntilMs = nowMs, nowMs+lives.Milliseconds()
		if err := s.renew(tx, &me); err != nil {
			return err
		}
		v.Tenure = me.Tenure
		if v.Dead, err = bury(tx, nowMs); err != nil {
			return err
		}
		if err := tx.Order("id").Find(&v.Members, "until_ms >= ?", nowMs).Error; err != nil {
			return err
		}
		return v.claim(tx, me.ID)
	})
	if err != nil && !errors.Is(err, ErrFenced) {
		err = database.Explain(err, "renew the lease of this process")
	}
	return v, err
}

// change runs work in a transaction that nobody else changes shares beside.
func (s *Store) change(ctx context.Context, work func(tx *gorm.DB, nowMs int64) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		lock := "SELECT value FROM watch_state WHERE name = ?"
		if database.EngineOf(tx) == database.Postgres {
			if err := tx.Exec("SELECT set_config('idle_in_transaction_session_timeout', ?, true)", idleMost).Error; err != nil {
				return err
			}
			lock += " FOR UPDATE"
		}
		var value int64
		if err := tx.Raw(lock, gate).Scan(&value).Error; err != nil {
			return err
		}
		var nowMs int64
		if err := tx.Raw("SELECT " + milliseconds(tx)).Scan(&nowMs).Error; err != nil {
			return err
		}
		return work(tx, nowMs)
	})
}

// renew prolongs the lease of me, or gives it one.
func (s *Store) renew(tx *gorm.DB, me *share.Member) error {
	if me.Tenure != 0 {
		done := tx.Exec("UPDATE share_members SET seen_ms = ?, until_ms = ?, checks = ?, lag_us = ? WHERE id = ? AND tenure = ?",
			me.SeenMs, me.UntilMs, me.Checks, me.LagUs, me.ID, me.Tenure)
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrFenced
		}
		return done.Error
	}
	// It may have joined before and never heard so: of that it knows nothing, and
	// nothing of it is under way.
	if err := remove(tx, me.ID); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE watch_state SET value = value + 1 WHERE name = ?", gate).Error; err != nil {
		return err
	}
	if err := tx.Raw("SELECT value FROM watch_state WHERE name = ?", gate).Scan(&me.Tenure).Error; err != nil {
		return err
	}
	me.StartedAt = me.StartedAt.UTC().Truncate(time.Microsecond)
	return tx.Create(me).Error
}

// bury removes the dead and frees what they had. One whose last transaction is
// not over yet is left to the next who comes by: it may still be writing.
func bury(tx *gorm.DB, nowMs int64) (names []string, err error) {
	find := "SELECT id, name FROM share_members WHERE until_ms < ?"
	if database.EngineOf(tx) == database.Postgres {
		find += " FOR UPDATE SKIP LOCKED"
	}
	var dead []share.Member
	if err := tx.Raw(find, nowMs).Scan(&dead).Error; err != nil {
		return nil, err
	}
	for _, m := range dead {
		if err := remove(tx, m.ID); err != nil {
			return nil, err
		}
		names = append(names, m.Name)
	}
	return names, nil
}

func remove(tx *gorm.DB, id string) error {
	if err := tx.Exec("DELETE FROM share_members WHERE id = ?", id).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE share_slots SET owner = '' WHERE owner = ?", id).Error
}

// claim takes what is nobody's and should be id's.
func (v *View) claim(tx *gorm.DB, id string) error {
	ids := make([]string, len(v.Members))
	for n := range v.Members {
		ids[n] = v.Members[n].ID
	}
	wanted := share.Wanted(id, ids)
	if err := tx.Exec("UPDATE share_slots SET owner = ? WHERE owner = '' AND slot IN ?", id, append(wanted, -1)).Error; err != nil {
		return err
	}
	if err := tx.Raw("SELECT slot FROM share_slots WHERE owner = ? ORDER BY slot", id).Scan(&v.Owned).Error; err != nil {
		return err
	}
	should := map[int]bool{}
	for _, slot := range wanted {
		should[slot] = true
	}
	for _, slot := range v.Owned {
		if !should[slot] {
			v.Surplus = append(v.Surplus, slot)
		}
	}
	return nil
}

// Release gives slots up, of which nothing is under way or unsaved any more.
func (s *Store) Release(ctx context.Context, id string, slots []int) error {
	err := s.change(ctx, func(tx *gorm.DB, _ int64) error {
		return tx.Exec("UPDATE share_slots SET owner = '' WHERE owner = ? AND slot IN ?", id, slots).Error
	})
	return database.Explain(err, "hand over services")
}

// Leave gives everything up.
func (s *Store) Leave(ctx context.Context, id string) error {
	err := s.change(ctx, func(tx *gorm.DB, _ int64) error { return remove(tx, id) })
	return database.Explain(err, "leave")
}

// Allow returns for which services the process may still say what stands, and
// keeps it so until tx ends: nobody takes over from a process in the middle of
// writing. It is what fences a process that was stopped or cut off.
func (s *Store) Allow(ctx context.Context, tx *sql.Tx, id string, tenure int64) (func(service string) bool, error) {
	nobody := func(string) bool { return false }
	if _, err := tx.ExecContext(ctx, "SELECT set_config('idle_in_transaction_session_timeout', $1, true)", idleMost); err != nil {
		return nil, fmt.Errorf("bound the transaction: %w", err)
	}
	var found int64
	err := tx.QueryRowContext(ctx, "SELECT tenure FROM share_members WHERE id = $1 AND tenure = $2 FOR KEY SHARE", id, tenure).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		return nobody, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the lease of this process: %w", err)
	}
	rows, err := tx.QueryContext(ctx, "SELECT slot FROM share_slots WHERE owner = $1", id)
	if err != nil {
		return nil, fmt.Errorf("read the slots of this process: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var owned [share.Slots]bool
	for rows.Next() {
		var slot int
		if err := rows.Scan(&slot); err != nil {
			return nil, fmt.Errorf("read the slots of this process: %w", err)
		}
		if slot >= 0 && slot < share.Slots {
			owned[slot] = true
		}
	}
	return func(service string) bool { return owned[share.SlotOf(service)] }, rows.Err()
}

// Guard is what a writer of readings asks before it says what stands.
type Guard struct {
	Store *Store
	Of    interface {
		ID() string
		Tenure() int64
	}
}

// Tenure is the fencing token under which the process watches now.
func (g Guard) Tenure() int64 { return g.Of.Tenure() }

// Allow returns for which services the process may say what stands.
func (g Guard) Allow(ctx context.Context, tx *sql.Tx, tenure int64) (func(service string) bool, error) {
	return g.Store.Allow(ctx, tx, g.Of.ID(), tenure)
}

// Members lists every process there is, the eldest first, with the time by the database's clock.
func (s *Store) Members(ctx context.Context) (list []share.Member, nowMs int64, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT " + milliseconds(tx)).Scan(&nowMs).Error; err != nil {
			return err
		}
		return tx.Order("tenure").Find(&list).Error
	}, &sql.TxOptions{ReadOnly: true})
	return list, nowMs, database.Explain(err, "list processes")
}
