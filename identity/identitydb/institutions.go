package identitydb

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/identity"
)

// Institutions returns every institution, past ones included.
func (s *Store) Institutions(ctx context.Context) (identity.Tree, error) {
	return treeOf(s.db.WithContext(ctx))
}

func treeOf(q *gorm.DB) (identity.Tree, error) {
	var all []identity.Institution
	if err := q.Find(&all).Error; err != nil {
		return nil, explain(err, "list institutions")
	}
	tree := make(identity.Tree, len(all))
	for _, i := range all {
		tree[i.Slug] = i
	}
	return tree, nil
}

// SaveInstitution creates an institution or changes the one with its slug. Who
// stands under whom is one thing: changes of it follow each other.
func (s *Store) SaveInstitution(ctx context.Context, by identity.Actor, i identity.Institution) error {
	return s.write(ctx, "save institution", func(tx *gorm.DB) (audit.Line, error) {
		tree, err := treeOf(tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Order("slug"))
		if err != nil {
			return audit.Line{}, err
		}
		if err := i.Check(by, tree); err != nil {
			return audit.Line{}, err
		}
		return s.saveInstitution(tx, by, i)
	})
}

func (s *Store) saveInstitution(tx *gorm.DB, by identity.Actor, i identity.Institution) (audit.Line, error) {
	var was identity.Institution
	err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&was, "slug = ?", i.Slug).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		if err := tx.Create(&i).Error; err != nil {
			return audit.Line{}, err
		}
		return audit.New(by, s.now(), "institution.add", "institution", i.Slug, i.Slug, nil, i)
	case err != nil:
		return audit.Line{}, err
	}
	i.CreatedAt = was.CreatedAt
	if err := tx.Select("*").Updates(&i).Error; err != nil {
		return audit.Line{}, err
	}
	return audit.New(by, s.now(), "institution.change", "institution", i.Slug, i.Slug, was, i)
}

// Seed adds the institutions that are missing and returns how many. Those that
// exist are left alone: what the operator corrected is not undone by a restart.
func (s *Store) Seed(ctx context.Context, by identity.Actor, all []identity.Institution) (int, error) {
	tree, err := s.Institutions(ctx)
	if err != nil {
		return 0, err
	}
	added := 0
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, i := range all {
			if _, exists := tree[i.Slug]; exists {
				continue
			}
			if err := s.seedOne(tx, by, i, tree); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	if err != nil {
		return 0, explain(err, "seed institutions")
	}
	return added, nil
}

func (s *Store) seedOne(tx *gorm.DB, by identity.Actor, i identity.Institution, tree identity.Tree) error {
	if err := i.Check(by, tree); err != nil {
		return err
	}
	line, err := s.saveInstitution(tx, by, i)
	if err != nil {
		return err
	}
	tree[i.Slug] = i
	return auditdb.Append(tx, line)
}
