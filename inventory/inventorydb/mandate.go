package inventorydb

import (
	"fmt"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
)

// mandated keeps the officers rule at a submission when the data of the rules
// say so: only who is designated, or her deputy, may submit. A table without
// the line refuses nobody, unlike other rules: nobody could be designated
// before it came.
func (s *Store) mandated(tx *gorm.DB, by identity.Actor, before, d *inventory.Dataset, v *inventory.Vocabulary) error {
	if d.State != inventory.Submitted || before.State == inventory.Submitted {
		return nil
	}
	strict := false
	for _, r := range v.Rules {
		strict = strict || r.Code == mandate.RuleCode && r.Effect == inventory.Refuse
	}
	if !strict {
		return nil
	}
	tree, err := tree(tx.Session(&gorm.Session{NewDB: true}))
	if err != nil {
		return err
	}
	chain := mandate.Chain(tree, d.Institution)
	var all []mandate.Designation
	if err := tx.Where("institution IN ?", chain).Find(&all).Error; err != nil {
		return fmt.Errorf("read designations: %w", err)
	}
	var accounts []identity.Account
	if err := tx.Select("id", "role", "disabled_at").Where("role = ?", identity.Officer).Find(&accounts).Error; err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	people, of := mandate.People{}, map[string][]mandate.Designation{}
	for _, a := range accounts {
		people[a.ID] = mandate.Person{Account: a.ID, Role: a.Role, DisabledAt: a.DisabledAt}
	}
	for _, one := range all {
		of[one.Institution] = append(of[one.Institution], one)
	}
	return mandate.MaySubmit(by, chain, of, people, s.now())
}
