package inventorydb

import (
	"context"
	"fmt"
	"reflect"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/screening"
)

// Vocabulary returns the reference data. It is shared: nobody may change it.
// It is read again when it was seeded since, by whichever process.
func (s *Store) Vocabulary(ctx context.Context) (*inventory.Vocabulary, error) {
	version, err := readVersion(s.db.WithContext(ctx), vocabularyPart)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.vocabulary != nil && s.version == version.Number {
		return s.vocabulary, nil
	}
	v, err := readVocabulary(s.db.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	v.Screen = screening.Signs
	s.vocabulary, s.version = v, version.Number
	return v, nil
}

func readVocabulary(db *gorm.DB) (*inventory.Vocabulary, error) {
	var v inventory.Vocabulary
	for _, one := range []struct {
		order string
		into  any
	}{
		{"position, code", &v.Frequencies},
		{"position, code", &v.Themes},
		{"position, code", &v.Licences},
		{"position, code", &v.Governorates},
		{"day", &v.Holidays},
		{"position, code", &v.Grounds},
		{"position, code", &v.Rules},
		{"position, code", &v.Wordings},
		{"position, host", &v.Portals},
	} {
		if err := db.Order(one.order).Find(one.into).Error; err != nil {
			return nil, fmt.Errorf("read vocabulary: %w", err)
		}
	}
	return &v, nil
}

// Seed loads the vocabulary: what is new is added, what differs is replaced,
// and what v does not mention stays, because datasets may refer to it. Seeding
// the same again changes nothing. Due dates follow with the next RollForward.
func (s *Store) Seed(ctx context.Context, by identity.Actor, v inventory.Vocabulary) error {
	if err := by.Must(identity.ManageInstitutes, ""); err != nil {
		return err
	}
	now := s.now()
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		before, err := readVocabulary(tx)
		if err != nil {
			return err
		}
		if err := upsert(tx, v); err != nil {
			return err
		}
		after, err := readVocabulary(tx)
		if err != nil || reflect.DeepEqual(before, after) {
			return err
		}
		line, err := audit.New(by, now, "vocabulary.seed", "vocabulary", "vocabulary", "", sizes(before), sizes(after))
		if err != nil {
			return err
		}
		if err := auditdb.Append(tx, line); err != nil {
			return err
		}
		return bump(tx, vocabularyPart, now)
	})
	if err != nil {
		return fmt.Errorf("seed vocabulary: %w", err)
	}
	return nil
}

func upsert(tx *gorm.DB, v inventory.Vocabulary) error {
	replace := clause.OnConflict{UpdateAll: true}
	for _, rows := range []any{&v.Frequencies, &v.Themes, &v.Licences, &v.Governorates, &v.Holidays, &v.Grounds, &v.Rules, &v.Wordings, &v.Portals} {
		if reflect.ValueOf(rows).Elem().Len() == 0 {
			continue
		}
		if err := tx.Clauses(replace).CreateInBatches(rows, 100).Error; err != nil {
			return err
		}
	}
	return nil
}

func sizes(v *inventory.Vocabulary) map[string]int {
	return map[string]int{
		"frequencies": len(v.Frequencies), "themes": len(v.Themes), "licences": len(v.Licences),
		"governorates": len(v.Governorates), "holidays": len(v.Holidays), "rules": len(v.Rules),
		"wordings": len(v.Wordings),
		"portals":  len(v.Portals),
		"grounds":  len(v.Grounds),
	}
}
