// Package identitydb keeps institutions, accounts, sessions and tokens.
//
// Whatever a browser or a script presents as proof is stored only as a hash,
// so that a stolen database opens nothing.
package identitydb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
)

// Store keeps what package identity is about.
type Store struct {
	db     *gorm.DB
	now    func() time.Time
	cost   passwordCost
	policy identity.Policy
	letter Letter
	tally  *identity.Tally
}

// Letter writes to somebody about an account.
type Letter func(identity.News) (mail.Message, error)

// Under has the store ask what the policy asks of those who sign in.
func (s *Store) Under(p identity.Policy) *Store {
	s.policy = p
	return s
}

// Writing has people written to about their account. Without, nobody is.
func (s *Store) Writing(l Letter) *Store {
	s.letter = l
	return s
}

// Policy is what the store asks of those who sign in.
func (s *Store) Policy() identity.Policy { return s.policy }

// tell puts a letter to the holder of a into the outbox.
func (s *Store) tell(tx *gorm.DB, n identity.News, a identity.Account) error {
	if s.letter == nil || a.BreakGlass {
		return nil
	}
	n.Account, n.To, n.Name, n.Lang, n.At = a.ID, a.Email, a.Name, a.Language, s.now()
	m, err := s.letter(n)
	if err != nil {
		return err
	}
	if m.Check() != nil {
		return nil // an address that no mail server takes: "admin@localhost" of a first run
	}
	return maildb.Append(tx, m)
}

// New returns a Store on db. A nil now is the wall clock.
func New(db *gorm.DB, now func() time.Time) *Store {
	return &Store{db: db, now: database.Clock(now), cost: productionCost(), tally: identity.NewTally()}
}

// Tally is what this store was asked by whoever wants to be let in.
func (s *Store) Tally() *identity.Tally { return s.tally }

// counted counts what became of a try to come in.
func (s *Store) counted(way identity.Way, err error) error {
	s.tally.Count(way, identity.OutcomeOf(err))
	return err
}

// explain turns gorm's errors into faults; none leaves this room.
func explain(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.New(fault.NotFound, "fault.not_found")
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fault.New(fault.Conflict, "fault.duplicate")
	}
	if _, ok := fault.KindOf(err); ok {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// write runs change in one transaction together with its audit line.
func (s *Store) write(ctx context.Context, doing string, change func(tx *gorm.DB) (audit.Line, error)) error {
	return explain(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		line, err := change(tx)
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	}), doing)
}

// actor builds the Actor that an account is, or refuses a disabled one.
func (s *Store) actor(ctx context.Context, accountID string) (identity.Actor, error) {
	var a identity.Account
	if err := s.db.WithContext(ctx).Take(&a, "id = ?", accountID).Error; err != nil {
		return identity.Actor{}, err
	}
	return s.actorOf(ctx, &a)
}

func (s *Store) actorOf(ctx context.Context, a *identity.Account) (identity.Actor, error) {
	if a.DisabledAt != nil {
		return identity.Actor{}, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	actor := identity.Actor{
		Account: a.ID, Name: a.Name, Role: a.Role, Language: a.Language, MustChange: a.MustChange,
		MustEnrol: s.policy.MustEnrol(a, s.now()),
	}
	if a.Institution != nil {
		tree, err := s.Institutions(ctx)
		if err != nil {
			return identity.Actor{}, err
		}
		actor.Institution = *a.Institution
		actor.Institutions = tree.Under(*a.Institution, s.now())
	}
	return actor, nil
}
