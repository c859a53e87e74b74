package mandatedb

import (
	"context"
	"time"

	"github.com/jard-odi/jard/inventory/mandate"
)

// Charges reads who answers for which institution, for whoever writes to
// officers: it shows nothing to anybody, so it asks for no permission.
func (s *Store) Charges(ctx context.Context) (mandate.Charges, error) {
	c := mandate.Charges{Of: map[string][]mandate.Designation{}}
	db := s.db.WithContext(ctx)
	var err error
	if c.Tree, err = treeOf(db); err != nil {
		return c, err
	}
	if c.People, err = peopleOf(db); err != nil {
		return c, err
	}
	var all []mandate.Designation
	if err := db.Where("state = ?", mandate.Confirmed).Order("proposed_at, id").Find(&all).Error; err != nil {
		return c, explain(err, "read designations")
	}
	for _, d := range all {
		c.Of[d.Institution] = append(c.Of[d.Institution], d)
	}
	return c, nil
}

// Lapsed tells whether what the account was given at given, for duties of the
// institution, has lost the designation it was given under.
func (s *Store) Lapsed(ctx context.Context, account, institution string, given time.Time) (bool, error) {
	c, err := s.Charges(ctx)
	return err == nil && c.Lapsed(account, institution, given, s.now()), err
}
