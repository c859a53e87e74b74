package requestdb

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
)

// Change loads a message, lets change decide, and saves what it decided with
// its steps, mails and audit line. ifRevision is the revision the caller has
// seen; 0 means any.
func (s *Store) Change(
	ctx context.Context, by identity.Actor, ref, act string, ifRevision int,
	change func(*request.Request, Tools) error,
) (*request.Request, error) {
	var r *request.Request
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		r, err = s.change(tx, by, ref, act, ifRevision, change)
		return err
	})
	if err != nil {
		return nil, database.Explain(err, act+" "+ref)
	}
	return r, nil
}

// change is Change in a transaction that the caller began.
func (s *Store) change(
	tx *gorm.DB, by identity.Actor, ref, act string, ifRevision int, change func(*request.Request, Tools) error,
) (*request.Request, error) {
	t, err := s.tools(tx)
	if err != nil {
		return nil, err
	}
	r, err := lock(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := mayRead(by, r); err != nil {
		return nil, err
	}
	if ifRevision != 0 && ifRevision != r.Revision {
		return nil, fault.New(fault.Stale, "request.stale")
	}
	before := *r
	if err := change(r, t); err != nil {
		return nil, err
	}
	if r.Revision == before.Revision {
		return r, nil // nothing happened
	}
	if r.Institution != before.Institution {
		if err := s.mustExist(tx, r.Institution, t.Now); err != nil {
			return nil, err
		}
	}
	return r, s.save(tx, by, act, &before, r, t)
}

// save writes what a rule made of a message, and tells who waits.
func (s *Store) save(tx *gorm.DB, by identity.Actor, act string, before, r *request.Request, t Tools) error {
	if err := write(tx, before.Revision, r); err != nil {
		return err
	}
	if err := keepEvents(tx, r); err != nil {
		return err
	}
	if err := s.tell(tx, r, t); err != nil {
		return err
	}
	return record(tx, by, t.Now, act, before, r)
}

// write saves r over the revision it was made from.
func write(tx *gorm.DB, from int, r *request.Request) error {
	if r.Answer == nil {
		r.Answer = lang.Text{}
	}
	done := tx.Model(r).Select("*").Omit("Ref", "ReceivedAt").Where("revision = ?", from).UpdateColumns(r)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return fault.New(fault.Stale, "request.stale")
	}
	return nil
}

// lock reads a message for change.
func lock(tx *gorm.DB, ref string) (*request.Request, error) {
	var r request.Request
	err := fresh(tx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("ref = ?", ref).Take(&r).Error
	return &r, err
}

// mayRead confines the desk: an institution sees what it is asked, and what
// nobody was named for is the operator's.
func mayRead(by identity.Actor, r *request.Request) error {
	if by.May(identity.AnswerRequest, r.Institution) {
		return nil
	}
	if !by.Known() {
		return fault.New(fault.Unauthenticated, "identity.sign_in_first")
	}
	return fault.New(fault.NotFound, "fault.not_found")
}

// Merge makes the request ref support of another that asks for the same. Who
// waits for it waits for the other from then on.
func (s *Store) Merge(ctx context.Context, by identity.Actor, ref, into string, ifRevision int) (*request.Request, error) {
	var r *request.Request
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		order := []string{ref, into} // two merges crossing each other must not wait for each other
		slices.Sort(order)
		locked := map[string]*request.Request{}
		for _, one := range order {
			found, err := lock(tx, one)
			if err != nil {
				if one == into {
					return fault.At("into", "request.merge.unknown", request.Short(into, 40))
				}
				return err
			}
			locked[one] = found
		}
		target := locked[into]
		was := *target
		t, err := s.tools(tx)
		if err != nil {
			return err
		}
		if r, err = s.change(tx, by, ref, "merge", ifRevision, func(r *request.Request, t Tools) error {
			return r.Merge(by, target, t.Now)
		}); err != nil {
			return err
		}
		if err := s.save(tx, by, "support", &was, target, t); err != nil {
			return err
		}
		return tx.Model(&request.Person{}).Where("ref = ?", ref).Update("ref", into).Error
	})
	if err != nil {
		return nil, database.Explain(err, "merge "+ref)
	}
	return r, nil
}

// Propose inventories at the institution what is asked for, as something that
// can be opened, and links the request to it: the officer says when. It is the
// operator's, and only for what was asked for often enough.
func (s *Store) Propose(ctx context.Context, by identity.Actor, ref string, ifRevision int) (*request.Request, error) {
	return s.Change(ctx, by, ref, "propose", ifRevision, func(r *request.Request, t Tools) error {
		if err := r.MayPropose(by, t.Rules); err != nil {
			return err
		}
		dataset, err := t.record(ctx, by, r.Institution, r.Draft())
		if err != nil {
			return err
		}
		r.Propose(dataset, t.Now)
		return nil
	})
}
