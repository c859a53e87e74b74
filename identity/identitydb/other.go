package identitydb

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// onOther does something to another's account, for a reason, and only for who
// proved themselves a short while ago.
func (s *Store) onOther(ctx context.Context, by identity.Actor, id, reason, act string,
	change func(tx *gorm.DB, a *identity.Account, reason string) (before, after any, err error),
) error {
	if err := by.Must(identity.ManageAccounts, ""); err != nil {
		return err
	}
	if err := by.MustBeProved(); err != nil {
		return err
	}
	if id == by.Account {
		return fault.New(fault.Conflict, "account.other.self")
	}
	reason, err := identity.CheckReason(reason)
	if err != nil {
		return err
	}
	return s.write(ctx, act, func(tx *gorm.DB) (audit.Line, error) {
		a, err := lockAccount(tx, id)
		if err != nil {
			return audit.Line{}, err
		}
		switch {
		case a.DisabledAt != nil:
			return audit.Line{}, fault.New(fault.Conflict, "account.disabled_already")
		case a.BreakGlass:
			return audit.Line{}, fault.New(fault.Conflict, "account.glass.only_machine")
		}
		before, after, err := change(tx, a, reason)
		if err != nil {
			return audit.Line{}, err
		}
		line, err := audit.New(by, s.now(), act, "account", id, institutionOf(*a), before, after)
		line.Reason = reason
		return line, err
	})
}

// Account returns one account.
func (s *Store) Account(ctx context.Context, by identity.Actor, id string) (*identity.Account, error) {
	if err := mayTend(by, id); err != nil {
		return nil, err
	}
	var a identity.Account
	err := s.db.WithContext(ctx).Take(&a, "id = ?", id).Error
	return &a, explain(err, "find account")
}

// ChangeRole gives somebody another role or institution. Their sessions end:
// what a page showed them before may not be theirs any more.
func (s *Store) ChangeRole(ctx context.Context, by identity.Actor, id string, role identity.Role, institution, reason string) error {
	if err := identity.CheckPlace(role, institution); err != nil {
		return err
	}
	return s.onOther(ctx, by, id, reason, "account.role", func(tx *gorm.DB, a *identity.Account, reason string) (before, after any, err error) {
		before = trail(*a)
		if a.Role == role && institutionOf(*a) == institution {
			return nil, nil, fault.At("role", "account.role.same")
		}
		a.Role, a.Institution, a.UpdatedAt = role, nil, s.now()
		if institution != "" {
			a.Institution = &institution
		}
		err = tx.Select("role", "institution", "updated_at").Updates(a).Error
		if errors.Is(err, gorm.ErrForeignKeyViolated) {
			err = fault.At("institution", "institution.unknown", institution)
		}
		return before, trail(*a), errors.Join(err, endSessions(tx, a.ID), s.tell(tx, identity.News{Event: identity.RoleChanged, Role: role, Reason: reason}, *a))
	})
}
