package cataloguedb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// kept is a snapshot as the table has it.
type kept struct {
	ID           string `gorm:"primaryKey"`
	Version      int64
	Rendering    int
	Generation   string
	BuiltAt      time.Time
	Leaves       []byte // their keys, one after the other
	Gone         string
	Datasets     int
	Bytes        int64
	LeftOut      []catalogue.LeftOut `gorm:"serializer:json"`
	SupersededAt *time.Time
	ServedAt     *time.Time
}

// TableName names the table of snapshots.
func (kept) TableName() string { return "catalogue_snapshots" }

// served is the one row that says what is served.
type served struct {
	ID        int `gorm:"primaryKey"`
	Newest    string
	Pinned    string
	Reason    string
	PinnedBy  string
	PinnedAt  *time.Time
	Refused   string
	RefusedAt *time.Time
}

// TableName names the table of what is served.
func (served) TableName() string { return "catalogue_served" }

// State is what every process looks at to know what to serve.
type State struct {
	Newest     string // id of the newest snapshot; empty before the first
	Version    int64  // of the register, as the newest has it
	Generation string
	Rendering  int
	Built      time.Time
	Pin        *catalogue.Pin // the snapshot an operator went back to; nil: none
	Refused    string         // why the last try to write a snapshot failed; empty: it did not
	RefusedAt  *time.Time
}

// Serve is the id of the snapshot to serve.
func (s State) Serve() string {
	if s.Pin != nil {
		return s.Pin.Snapshot
	}
	return s.Newest
}

// State says what is to be served.
func (s *Store) State(ctx context.Context) (State, error) {
	var row served
	st := State{}
	var built *time.Time
	err := s.db.WithContext(ctx).Raw(`SELECT c.newest, c.pinned, c.reason, c.pinned_by, c.pinned_at, c.refused, c.refused_at,
		coalesce(s.version, 0), coalesce(s.generation, ''), coalesce(s.rendering, 0), s.built_at
		FROM catalogue_served c LEFT JOIN catalogue_snapshots s ON s.id = c.newest WHERE c.id = 1`).Row().
		Scan(&row.Newest, &row.Pinned, &row.Reason, &row.PinnedBy, &row.PinnedAt, &row.Refused, &row.RefusedAt,
			&st.Version, &st.Generation, &st.Rendering, &built)
	if err != nil {
		return State{}, fmt.Errorf("read what catalogue is served: %w", err)
	}
	st.Newest, st.Pin, st.Refused, st.RefusedAt = row.Newest, row.pin(), row.Refused, row.RefusedAt
	if built != nil {
		st.Built = *built
	}
	return st, nil
}

func (r served) pin() *catalogue.Pin {
	if r.Pinned == "" || r.PinnedAt == nil {
		return nil
	}
	return &catalogue.Pin{Snapshot: r.Pinned, Reason: r.Reason, By: r.PinnedBy, At: *r.PinnedAt}
}

// Publish makes a snapshot, whose pages are all kept, the newest one: at once
// and whole, or not at all.
func (s *Store) Publish(ctx context.Context, l Lease, snapshot *catalogue.Snapshot) error {
	m := snapshot.Manifest()
	left := snapshot.LeftOut
	if left == nil {
		left = []catalogue.LeftOut{}
	}
	row := kept{
		ID: m.ID, Version: m.Version, Rendering: m.Rendering, Generation: m.Generation, BuiltAt: m.Built.UTC().Truncate(time.Microsecond),
		Leaves: writeKeys(m.Leaves), Datasets: snapshot.Len(), Bytes: snapshot.Bytes(), LeftOut: left,
	}
	if m.Gone != (catalogue.Key{}) {
		row.Gone = m.Gone.String()
	}
	now := s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := l.renew(tx); err != nil {
			return err
		}
		if err := complete(tx, m); err != nil {
			return err
		}
		var was served
		if err := tx.Take(&was).Error; err != nil {
			return err
		}
		if was.Newest != m.ID {
			if err := tx.Model(&kept{}).Where("id = ?", was.Newest).Update("superseded_at", now).Error; err != nil {
				return err
			}
		}
		// The same content may come back, under a later version of the register.
		again := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.Assignments(map[string]any{
			"version": row.Version, "superseded_at": nil,
		})}
		if err := tx.Clauses(again).Create(&row).Error; err != nil {
			return err
		}
		return tx.Model(&was).Updates(map[string]any{"newest": m.ID, "refused": "", "refused_at": nil}).Error
	})
	if err != nil {
		return fmt.Errorf("publish snapshot %s: %w", m.ID, err)
	}
	return nil
}

// ErrPageLost says that a page of a snapshot is not kept (any more), although
// whoever wrote the snapshot has it at hand: nobody else could serve it.
var ErrPageLost = errors.New("a page of the snapshot is not kept")

// complete makes sure that every page of a snapshot is kept.
func complete(tx *gorm.DB, m catalogue.Manifest) error {
	for some := range slices.Chunk(m.Keys(), askAtOnce) {
		names := make([]string, 0, len(some))
		for _, k := range some {
			names = append(names, k.String())
		}
		var kept int64
		if err := tx.Model(&page{}).Where("key IN ?", names).Count(&kept).Error; err != nil {
			return err
		}
		if kept != int64(len(names)) {
			return fmt.Errorf("%w: %d of %d are", ErrPageLost, kept, len(names))
		}
	}
	return nil
}

// Refused notes why a snapshot could not be made: the former stays, and the
// operator is shown why.
func (s *Store) Refused(ctx context.Context, why string) error {
	err := s.db.WithContext(ctx).Model(&served{ID: 1}).Updates(map[string]any{"refused": why, "refused_at": s.now()}).Error
	if err != nil {
		return fmt.Errorf("note a refused snapshot: %w", err)
	}
	return nil
}

// Find returns the manifest of a snapshot that is still kept.
func (s *Store) Find(ctx context.Context, id string) (catalogue.Manifest, error) {
	var row kept
	err := s.db.WithContext(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return catalogue.Manifest{}, fault.New(fault.Gone, "catalogue.snapshot.gone")
	}
	if err != nil {
		return catalogue.Manifest{}, fmt.Errorf("read snapshot %s: %w", id, err)
	}
	return row.manifest()
}

func (k kept) manifest() (catalogue.Manifest, error) {
	m := catalogue.Manifest{ID: k.ID, Version: k.Version, Rendering: k.Rendering, Generation: k.Generation, Built: k.BuiltAt}
	var err error
	if m.Leaves, err = readKeys(k.Leaves); err != nil {
		return m, fmt.Errorf("read snapshot %s: %w", k.ID, err)
	}
	if k.Gone != "" {
		if m.Gone, err = catalogue.ParseKey(k.Gone); err != nil {
			return m, fmt.Errorf("read snapshot %s: %w", k.ID, err)
		}
	}
	return m, nil
}

// Served notes that somebody reads these snapshots, so that they are held.
func (s *Store) Served(ctx context.Context, ids []string) error {
	err := s.db.WithContext(ctx).Model(&kept{}).Where("id IN ? AND served_at IS NULL", ids).Update("served_at", s.now()).Error
	if err != nil {
		return fmt.Errorf("note who reads the catalogue: %w", err)
	}
	return nil
}

// Snapshots lists what is kept, the newest first, without the pages.
func (s *Store) Snapshots(ctx context.Context) ([]catalogue.Kept, error) {
	var rows []kept
	if err := s.db.WithContext(ctx).Omit("Leaves").Order("built_at DESC, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	state, err := s.State(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]catalogue.Kept, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.summary(state))
	}
	return all, nil
}

func (k kept) summary(state State) catalogue.Kept {
	return catalogue.Kept{
		ID: k.ID, Version: k.Version, Built: k.BuiltAt, Datasets: k.Datasets, Bytes: k.Bytes, LeftOut: k.LeftOut,
		Superseded: k.SupersededAt, Served: k.ServedAt,
		Newest: k.ID == state.Newest, Pinned: state.Pin != nil && k.ID == state.Pin.Snapshot,
	}
}

// Pin goes back to a snapshot until Unpin: it is served in place of the newest
// by every process.
func (s *Store) Pin(ctx context.Context, by identity.Actor, id, reason string) (catalogue.Pin, error) {
	var p catalogue.Pin
	err := s.change(ctx, by, "catalogue.pin", func(tx *gorm.DB, was served) (served, error) {
		var row kept
		err := tx.Omit("Leaves").Where("id = ?", id).Take(&row).Error
		known := err == nil
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return was, err
		}
		if p, err = catalogue.NewPin(by, id, reason, known, s.now()); err != nil {
			return was, err
		}
		was.Pinned, was.Reason, was.PinnedBy, was.PinnedAt = p.Snapshot, p.Reason, p.By, &p.At
		return was, nil
	})
	return p, err
}

// Unpin goes on with the newest snapshot.
func (s *Store) Unpin(ctx context.Context, by identity.Actor, reason string) error {
	return s.change(ctx, by, "catalogue.unpin", func(_ *gorm.DB, was served) (served, error) {
		if err := catalogue.Unpin(by, was.pin(), reason); err != nil {
			return was, err
		}
		was.Pinned, was.Reason, was.PinnedBy, was.PinnedAt = "", reason, "", nil
		return was, nil
	})
}

// change lets a rule decide what is served, and writes it down with its audit line.
func (s *Store) change(ctx context.Context, by identity.Actor, act string, decide func(*gorm.DB, served) (served, error)) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var was served
		if err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&was).Error; err != nil {
			return fmt.Errorf("%s: %w", act, err)
		}
		is, err := decide(tx, was)
		if err != nil {
			return err
		}
		told := func(r served) map[string]string { return map[string]string{"snapshot": r.Pinned, "newest": r.Newest} }
		line, err := audit.New(by, s.now(), act, "catalogue", "catalogue", "", told(was), told(is))
		if err != nil {
			return fmt.Errorf("%s: %w", act, err)
		}
		line.Reason = is.Reason
		if err := auditdb.Append(tx, line); err != nil {
			return err
		}
		return tx.Select("*").Updates(&is).Error
	})
}

// keyBytes is what a key takes.
const keyBytes = len(catalogue.Key{})

func writeKeys(keys []catalogue.Key) []byte {
	b := make([]byte, 0, len(keys)*keyBytes)
	for _, k := range keys {
		b = append(b, k[:]...)
	}
	return b
}

func readKeys(b []byte) ([]catalogue.Key, error) {
	if len(b)%keyBytes != 0 {
		return nil, errors.New("cut short")
	}
	keys := make([]catalogue.Key, 0, len(b)/keyBytes)
	for ; len(b) > 0; b = b[keyBytes:] {
		keys = append(keys, catalogue.Key(b[:keyBytes]))
	}
	return keys, nil
}
