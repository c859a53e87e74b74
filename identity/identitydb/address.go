package identitydb

import (
	"context"

	"github.com/jard-odi/jard/identity"
)

// AddressOf returns where an account is written to.
func (s *Store) AddressOf(ctx context.Context, account string) (string, error) {
	var a identity.Account
	err := s.db.WithContext(ctx).Select("email").Take(&a, "id = ? AND disabled_at IS NULL", account).Error
	return a.Email, explain(err, "find address")
}
