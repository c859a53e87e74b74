package identitydb

import (
	"context"

	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/identity"
)

// refused enters a sign-in that failed into the trail, and returns why it did.
// Where nobody has the address that was typed the account is the zero one.
func (s *Store) refused(ctx context.Context, a identity.Account, from identity.Caller, by identity.Method, why error) error {
	err := auditdb.New(s.db).At(s.now).Fail(ctx, auditdb.Failure{
		Account: a.ID, Institution: institutionOf(a), Network: identity.Place(from.Address), Method: by,
	})
	if err != nil {
		return err
	}
	return why
}
