package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// newID returns a UUID that sorts by time, which keeps indexes compact.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Create records a new draft of the institution and gives it its ref.
func (s *Store) Create(
	ctx context.Context, by identity.Actor, institution string, c inventory.Content,
) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	d, err := inventory.New(by, institution, c, v, now)
	if err != nil {
		return nil, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := mustExist(tx, institution, now); err != nil {
			return err
		}
		refs, err := nextRefs(tx, institution, now, 1)
		if err != nil {
			return err
		}
		d.ID, d.Ref = newID(), refs[0]
		finish(d)
		if err := tx.Create(d).Error; err != nil {
			return err
		}
		if err := keepLife(tx, by, now, "dataset.create", nil, d); err != nil {
			return err
		}
		return record(tx, by, now, "dataset.create", nil, d)
	})
	if err != nil {
		return nil, explain(err, "create dataset")
	}
	return d, nil
}

// Get returns the dataset that ref, or its UUID, names.
func (s *Store) Get(ctx context.Context, by identity.Actor, ref string) (*inventory.Dataset, error) {
	d, err := take(s.db.WithContext(ctx), by, ref)
	return d, explain(err, "read dataset")
}

func take(db *gorm.DB, by identity.Actor, ref string) (*inventory.Dataset, error) {
	column := "ref"
	if len(ref) == 36 && uuid.Validate(ref) == nil {
		column = "id"
	}
	var d inventory.Dataset
	if err := db.Where(column+" = ?", ref).Take(&d).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) && !by.Known() {
			// Who has not signed in learns nothing about what exists.
			return nil, fault.New(fault.Unauthenticated, "identity.sign_in_first")
		}
		return nil, err
	}
	if err := by.Must(identity.ReadRegister, d.Institution); err != nil {
		if by.Known() {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		return nil, err
	}
	return &d, nil
}

// Change loads a dataset, lets change decide, and saves what it decided with
// the public copy and the audit line, in one transaction. If change returns an
// error, nothing is written. ifRevision is the revision the caller has seen; 0
// means any, and another than the stored one is Stale. act names the change in
// the audit trail: "dataset.approve".
func (s *Store) Change(
	ctx context.Context, by identity.Actor, ref, act string, ifRevision int, change func(*inventory.Dataset) error,
) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	var d *inventory.Dataset
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		lock := clause.Locking{Strength: clause.LockingStrengthUpdate} // SQLite locks the file instead
		if d, err = take(tx.Clauses(lock), by, ref); err != nil {
			return err
		}
		if ifRevision != 0 && ifRevision != d.Revision {
			return fault.New(fault.Stale, "dataset.stale", d.Revision)
		}
		before := *d
		before.Content = d.Content.Clean() // a deep copy: change may write into the lists of d
		if err := asksFirst(tx, d); err != nil {
			return err
		}
		if err := change(d); err != nil {
			return err
		}
		return s.save(tx, by, act, &before, d, v)
	})
	if err != nil {
		return nil, explain(err, "change dataset "+ref)
	}
	return d, nil
}

// asksFirst tells the dataset whether its institution's head must be asked
// before the operator; only a submission wants to know.
func asksFirst(tx *gorm.DB, d *inventory.Dataset) error {
	if d.State != inventory.Draft && d.State != inventory.Returned {
		return nil
	}
	err := tx.Session(&gorm.Session{NewDB: true}).Raw("SELECT first_approval FROM institutions WHERE slug = ?", d.Institution).Scan(&d.AsksFirst).Error
	if err != nil {
		return fmt.Errorf("ask who approves first: %w", err)
	}
	return nil
}

// save writes what a rule made of a dataset.
func (s *Store) save(tx *gorm.DB, by identity.Actor, act string, before, d *inventory.Dataset, v *inventory.Vocabulary) error {
	if d.Revision == before.Revision {
		if d.State != before.State || !d.Content.Equal(before.Content) {
			return errors.New("dataset changed without a rule that counts the change")
		}
		return nil // nothing happened
	}
	if err := s.mandated(tx, by, before, d, v); err != nil {
		return err
	}
	finish(d)
	now := s.now()
	if err := s.publish(tx, before, d, v, now); err != nil {
		return err
	}
	if err := update(tx, before.Revision, d); err != nil {
		return err
	}
	if err := keepLife(tx, by, now, act, before, d); err != nil {
		return err
	}
	return record(tx, by, now, act, before, d)
}

// update writes d over the revision it was made from. It never inserts, and
// two writers of one revision cannot both succeed.
func update(tx *gorm.DB, from int, d *inventory.Dataset) error {
	done := tx.Model(d).Select("*").Omit("ID", "Ref", "CreatedAt").Where("revision = ?", from).UpdateColumns(d)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return fault.New(fault.Stale, "dataset.stale", d.Revision)
	}
	return nil
}

// finish fills in what the register itself adds to a content.
func finish(d *inventory.Dataset) {
	for n := range d.Content.Distributions {
		if d.Content.Distributions[n].ID == "" {
			d.Content.Distributions[n].ID = newID()
		}
	}
	d.Search = d.Content.Words(d.Ref, d.Source.ID)
	d.SignsWaiting = len(d.Unanswered(screened()))
	if d.ApprovedRevision == d.Revision {
		d.ApprovedHash = d.Content.Hash()
	}
}

// nextRefs gives n refs of the institution in the running year. Numbers given
// to what was never kept are lost rather than given twice.
func nextRefs(tx *gorm.DB, institution string, now time.Time, n int) ([]string, error) {
	year := now.In(inventory.Tunis()).Year()
	var last int
	err := tx.Raw(`INSERT INTO dataset_numbers (institution, year, last) VALUES (?, ?, ?)
		ON CONFLICT (institution, year) DO UPDATE SET last = dataset_numbers.last + excluded.last
		RETURNING last`, institution, year, n).Scan(&last).Error
	if err != nil {
		return nil, fmt.Errorf("number a dataset: %w", err)
	}
	refs := make([]string, 0, n)
	for k := last - n + 1; k <= last; k++ {
		refs = append(refs, fmt.Sprintf("TN-%s-%d-%04d", strings.ToUpper(institution), year, k))
	}
	return refs, nil
}

// record writes the audit line of a change.
func record(tx *gorm.DB, by identity.Actor, now time.Time, act string, before, after *inventory.Dataset) error {
	line, err := auditLine(by, now, act, before, after)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

func auditLine(
	by identity.Actor, now time.Time, act string, before, after *inventory.Dataset,
) (audit.Line, error) {
	var was any
	if before != nil {
		was = trail(before)
	}
	line, err := audit.New(by, now, act, "dataset", after.Ref, after.Institution, was, trail(after))
	if err != nil {
		return line, err
	}
	switch {
	case after.LetOff != nil:
		line.Reason = after.LetOff.Reason
	case after.Proof != nil && after.Proof.Note != "":
		line.Reason = after.Proof.Note
	case before == nil || after.Reason != before.Reason:
		line.Reason = after.Reason
	}
	return line, nil
}

// trail is a dataset as the audit trail names its fields: as the JSON API does.
func trail(d *inventory.Dataset) map[string]any {
	c := d.Content
	fields := map[string]any{
		"institution": d.Institution, "state": d.State, "revision": d.Revision, "name": d.Name, "reason": d.Reason,
		"replaced_by": d.ReplacedBy, "approved_revision": d.ApprovedRevision, "approved_hash": d.ApprovedHash,
		"title": c.Title, "description": c.Description, "keywords": c.Keywords, "theme": c.Theme,
		"frequency": c.Frequency, "licence": c.Licence, "openness": c.Openness, "legal_ground": c.LegalGround,
		"personal_data": c.PersonalData, "personal_unknown": c.PersonalUnknown, "anonymisation": c.Anonymisation,
		"target_date": c.TargetDate, "temporal": map[string]inventory.Date{"start": c.TemporalStart, "end": c.TemporalEnd},
		"spatial": c.Spatial, "contact": map[string]string{"name": c.ContactName, "email": c.ContactEmail},
		"producer": c.Producer, "data_modified": c.DataModified, "distributions": c.Distributions,
		"extra": c.Extra, "life": d.Life, "committed": d.Committed, "first_step": d.FirstStep,
	}
	if len(d.Said) > 0 {
		comments := map[string]string{}
		for _, one := range d.Said {
			comments[one.Field] = one.Text
		}
		fields["comments"] = comments
	}
	if n := len(d.Declarations); n > 0 {
		fields["declarations"] = d.Declarations
	}
	if d.Proof != nil {
		fields["evidence"] = map[string]any{"kind": d.Proof.Kind, "day": d.Proof.Day}
	}
	if d.LetOff != nil {
		fields["waiver"] = map[string]any{"period": d.LetOff.Period, "until": d.LetOff.Until}
	}
	return fields
}
