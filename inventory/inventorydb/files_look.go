package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

// KeepLook keeps what a look at a file saw, and lets the ledger take what it
// proves, in one transaction. looked is the row as it was when the look began:
// when the entry names another address since, the look is of no use and is
// dropped.
func (s *Store) KeepLook(
	ctx context.Context, looked *file.File, sight *file.Sight, pace file.Pace, host *file.Host,
) (*file.File, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	var kept *file.File
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		kept = nil
		k := keeper{tx: tx, v: v, now: s.now(), sight: sight}
		if err := k.load(looked); err != nil || k.f == nil {
			return err
		}
		kept = k.f
		return k.keep(pace, host)
	})
	if err != nil {
		return nil, fmt.Errorf("keep a look at a file: %w", err)
	}
	if kept == nil {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	if !kept.Draft {
		s.remeasure(kept.DatasetID)
	}
	return kept, nil
}

// keeper writes one look.
type keeper struct {
	tx    *gorm.DB
	v     *inventory.Vocabulary
	now   time.Time
	sight *file.Sight
	f     *file.File
	d     inventory.Dataset
	p     *inventory.Publication // nil for a draft
}

// load locks the dataset, as every act does, and reads the row anew; f stays
// nil when it is gone or of another address.
func (k *keeper) load(looked *file.File) error {
	lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
	err := k.tx.Clauses(lock).Omit("search").Where("id = ?", looked.DatasetID).Take(&k.d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read dataset: %w", err)
	}
	if !looked.Draft {
		if k.p, err = publicationOf(k.tx, looked.DatasetID); err != nil {
			return err
		}
	}
	var rows []file.File
	err = k.tx.Where("dataset_id = ? AND distribution_id = ? AND draft = ?", looked.DatasetID, looked.DistributionID, looked.Draft).
		Limit(1).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	if len(rows) == 1 && rows[0].URL == looked.URL && (looked.Draft || k.p != nil && k.p.Live()) {
		k.f = &rows[0]
	}
	return nil
}

func (k *keeper) keep(pace file.Pace, host *file.Host) error {
	before := *k.f
	change := k.f.Take(k.sight)
	ledger, said, err := k.owed(change)
	if err != nil {
		return err
	}
	if e := k.f.Weigh(&before, change, said, k.now); e != nil {
		if err := k.prove(ledger, *e); err != nil {
			return err
		}
	}
	var due, late *time.Time
	if k.p != nil {
		due, late = k.p.DueAt, k.p.LateAfter
	}
	k.f.NextAt = pace.Next(k.f, k.sight, due, late, k.now)
	if err := k.publishFact(); err != nil {
		return err
	}
	if err := saveFiles(k.tx, []file.File{*k.f}); err != nil {
		return err
	}
	if host != nil {
		err := k.tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "host"}}, UpdateAll: true}).Create(host).Error
		if err != nil {
			return fmt.Errorf("write site: %w", err)
		}
	}
	return k.remember(change)
}

// owed reads what the entry declares and, where the content changed, what of
// the ledger is open.
func (k *keeper) owed(change file.Change) (*inventory.Ledger, file.Declared, error) {
	if k.p == nil {
		return nil, file.Declared{Day: k.d.Content.DataModified}, nil
	}
	said := file.Declared{Day: k.p.Content.DataModified}
	if change != file.Changed {
		return nil, said, nil
	}
	l, err := readLedger(k.tx, k.d.ID)
	if err != nil {
		return nil, said, err
	}
	for n := range l.Rows {
		if o := &l.Rows[n]; o.Open() && !o.StartsAt.After(k.now) {
			if first := inventory.DateOf(o.StartsAt, inventory.Tunis()); said.Oldest == "" || first < said.Oldest {
				said.Oldest = first
			}
		}
	}
	return &l, said, nil
}

// prove lets the ledger take what the file itself proves. The revision of the
// entry does not rise: nobody who is editing it is in the way of that.
func (k *keeper) prove(l *inventory.Ledger, e inventory.Evidence) error {
	was := append([]inventory.Obligation{}, l.Rows...)
	l.Align(k.p, k.v, k.v.Workdays(), k.now)
	if l.Take(e, k.now) == 0 {
		return nil
	}
	if err := saveLedger(k.tx, k.d.ID, was, *l); err != nil {
		return err
	}
	k.p.DueAt, k.p.LateAfter = l.Next()
	if err := mirror(k.tx, k.d.ID, k.p.DueAt, k.p.LateAfter); err != nil {
		return err
	}
	line, err := audit.New(identity.Actor{Name: "files"}, k.now, "dataset.observe", "dataset", k.d.Ref, k.d.Institution, nil,
		map[string]any{"evidence": map[string]any{"kind": e.Kind, "day": e.Day, "hash": e.Hash, "rows": e.Rows}})
	if err != nil {
		return err
	}
	return auditdb.Append(k.tx, line)
}

// remember adds the look to the history and drops the oldest ones.
func (k *keeper) remember(change file.Change) error {
	look := file.Look{
		DatasetID: k.f.DatasetID, DistributionID: k.f.DistributionID, Draft: k.f.Draft, At: k.sight.At, State: k.f.State,
		Reason: k.sight.Reason, Status: k.sight.Status, Change: change, Bytes: max(k.sight.Bytes, 0), Hash: k.sight.Hash,
		Rows: k.sight.Rows, TookMs: k.sight.Took.Milliseconds(),
	}
	if err := k.tx.Create(&look).Error; err != nil {
		return fmt.Errorf("write look: %w", err)
	}
	err := k.tx.Exec(`DELETE FROM file_looks WHERE dataset_id = ? AND distribution_id = ? AND draft = ? AND id <= (
		SELECT id FROM file_looks WHERE dataset_id = ? AND distribution_id = ? AND draft = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
		look.DatasetID, look.DistributionID, look.Draft, look.DatasetID, look.DistributionID, look.Draft, file.KeptLooks).Error
	if err != nil {
		return fmt.Errorf("drop old looks: %w", err)
	}
	return nil
}

// KeepHost keeps how a site was treated when there is no look to keep it with.
func (s *Store) KeepHost(ctx context.Context, host *file.Host) error {
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "host"}}, UpdateAll: true}).
		Create(host).Error
	if err != nil {
		return fmt.Errorf("write site: %w", err)
	}
	return nil
}

// AskLook returns the file of a distribution for a look that somebody asked
// for: the public one, or, where what is worked on differs from it or is all
// there is, that of the draft.
func (s *Store) AskLook(ctx context.Context, by identity.Actor, ref, distribution string) (*file.File, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	is, ok := fileIn(d.Content, distribution, s.now())
	if !ok {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	is.DatasetID, is.Ref, is.Institution, is.Declaring = d.ID, d.Ref, d.Institution, d.Content.DataModified
	var rows []file.File
	err = s.db.WithContext(ctx).Where("dataset_id = ? AND distribution_id = ?", d.ID, distribution).Order("draft").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	now := s.now()
	for n := range rows {
		if f := &rows[n]; !f.Draft && f.Same(&is) {
			return f, f.Ask(by, now)
		}
	}
	f := is
	f.Draft = true
	for _, was := range rows {
		if was.Draft {
			f = was
			f.Follow(is, now)
		}
	}
	if err := f.Ask(by, now); err != nil {
		return nil, err
	}
	return &f, saveFiles(s.db.WithContext(ctx), []file.File{f})
}

func fileIn(c inventory.Content, distribution string, now time.Time) (file.File, bool) {
	for _, x := range c.Distributions {
		if x.ID == distribution && x.ID != "" {
			return file.Of(x, now), true
		}
	}
	return file.File{}, false
}

// DateFile names the column that dates the rows of a public file.
func (s *Store) DateFile(ctx context.Context, by identity.Actor, ref, distribution, column string) (*file.File, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	var f file.File
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
		err := tx.Clauses(lock).Where("dataset_id = ? AND distribution_id = ?", d.ID, distribution).Order("draft").Take(&f).Error
		if err != nil {
			return err
		}
		was := f.DateColumn
		if err := f.Date(by, column); err != nil || f.DateColumn == was {
			return err
		}
		if err := saveFiles(tx, []file.File{f}); err != nil {
			return err
		}
		line, err := audit.New(by, s.now(), "dataset.date_column", "dataset", d.Ref, d.Institution,
			map[string]any{"distribution": distribution, "date_column": was},
			map[string]any{"distribution": distribution, "date_column": f.DateColumn})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return &f, explain(err, "name the date column of "+ref)
}
