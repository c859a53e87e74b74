package inventorydb

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/screening"
)

// screened returns a vocabulary that knows nothing but how to find signs of
// persons: enough to count those that wait.
func screened() *inventory.Vocabulary { return &inventory.Vocabulary{Screen: screening.Signs} }

// Found keeps what was seen in the columns of one file of a dataset: which
// column, what kind, how many cells; never a value. The trail says that the
// program found it. Seeing the same again changes nothing.
func (s *Store) Found(ctx context.Context, datasetID, distribution string, signs []inventory.Sign) error {
	now := s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var d inventory.Dataset
		lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
		if err := tx.Clauses(lock).Where("id = ?", datasetID).Take(&d).Error; err != nil {
			return err
		}
		before := keysOf(d.FileSigns)
		d.Found(distribution, signs)
		d.SignsWaiting = len(d.Unanswered(screened()))
		err := tx.Model(&d).Select("FileSigns", "SignsWaiting").UpdateColumns(&d).Error
		if err != nil {
			return err
		}
		after := keysOf(d.FileSigns)
		if fmt.Sprint(before) == fmt.Sprint(after) {
			return nil // the counts may differ; what kind of column it is does not
		}
		line, err := audit.New(identity.Actor{}, now, "dataset.screen", "dataset", d.Ref, d.Institution,
			map[string]any{"file_signs": before}, map[string]any{"file_signs": after})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	return explain(err, "keep what a file shows")
}

func keysOf(signs []inventory.Sign) []string {
	keys := []string{}
	for _, s := range signs {
		keys = append(keys, s.Key())
	}
	return keys
}

// maxWaiting bounds the list of datasets whose signs wait for an answer.
const maxWaiting = 500

// Waiting lists the datasets whose signs of persons wait for an answer, of
// what the actor works on: those with most signs first.
func (s *Store) Waiting(ctx context.Context, by identity.Actor) ([]inventory.Dataset, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	var found []inventory.Dataset
	err = q.Where("signs_waiting > 0 AND state <> ?", inventory.Withdrawn).
		Order("signs_waiting DESC, ref").Limit(maxWaiting).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("read datasets with signs: %w", err)
	}
	return found, nil
}

// screenBatch is how many datasets are looked through in one transaction.
const screenBatch = 200

// ScreenAll looks through the datasets at which nobody has looked yet: those
// that were there before screening was. Begun again, it goes on.
func (s *Store) ScreenAll(ctx context.Context) (int, error) {
	total := 0
	for {
		var n int
		err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			var found []inventory.Dataset
			lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
			err := tx.Clauses(lock).Where("signs_waiting < 0").Order("id").Limit(screenBatch).Find(&found).Error
			if err != nil {
				return err
			}
			n = len(found)
			for k := range found {
				err := tx.Model(&found[k]).UpdateColumn("signs_waiting", len(found[k].Unanswered(screened()))).Error
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return total, explain(err, "look through descriptions")
		}
		total += n
		if n < screenBatch {
			return total, nil
		}
	}
}
