package mandatedb

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
)

// Propose enters a designation. The same request under the same key makes no
// second one.
func (s *Store) Propose(
	ctx context.Context, by identity.Actor, institution string, p mandate.Proposal, key string,
) (*mandate.Designation, error) {
	var d *mandate.Designation
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if key = requestKey(by, key); key != "" {
			var made mandate.Designation
			found := tx.Where("request_key = ?", key).Limit(1).Find(&made)
			if found.Error != nil || found.RowsAffected == 1 {
				d = &made
				return found.Error
			}
		}
		tree, err := treeOf(tx)
		if err != nil {
			return err
		}
		people, err := peopleOf(tx)
		if err != nil {
			return err
		}
		before, err := designationsOf(locked(tx), institution)
		if err != nil {
			return err
		}
		if d, err = mandate.Propose(by, institution, p, people, tree, before, s.now()); err != nil {
			return err
		}
		d.ID, d.RequestKey = newID(), key
		if err := tx.Create(d).Error; err != nil {
			return err
		}
		return s.recordDesignation(tx, by, "officer.propose", nil, d)
	})
	if err != nil {
		return nil, explain(err, "propose an officer")
	}
	return d, nil
}

func designationsOf(tx *gorm.DB, institutions ...string) ([]mandate.Designation, error) {
	var all []mandate.Designation
	err := tx.Where("institution IN ?", institutions).Order("proposed_at, id").Find(&all).Error
	return all, err
}

// trail is what the audit keeps of a designation: accounts by id, no names.
func trail(d *mandate.Designation) map[string]any {
	return map[string]any{
		"account": d.Account, "deputy": d.Deputy, "act_ref": d.ActRef, "act_day": d.ActDay, "starts_on": d.StartsOn,
		"ends_on": d.EndsOn, "state": d.State, "from": d.From, "until": d.Until,
		"away": map[string]inventory.Date{"from": d.AwayFrom, "until": d.AwayUntil},
	}
}

func (s *Store) recordDesignation(tx *gorm.DB, by identity.Actor, act string, before, after *mandate.Designation) error {
	var was any
	if before != nil {
		was = trail(before)
	}
	return s.record(tx, by, act, "designation", after.ID, after.Institution, after.Reason, was, trail(after))
}

// Get returns one designation to who may read its institution, or is named in it.
func (s *Store) Get(ctx context.Context, by identity.Actor, id string) (*mandate.Designation, error) {
	var d mandate.Designation
	if err := s.db.WithContext(ctx).Take(&d, "id = ?", id).Error; err != nil {
		return nil, explain(err, "read a designation")
	}
	if by.Account != "" && by.Account == d.Account {
		return &d, nil
	}
	return &d, by.Must(identity.ReadRegister, d.Institution)
}

// change locks a designation with the others of its institution, lets the rule
// decide, and saves what it decided. The rule returns another one that it closed.
func (s *Store) change(ctx context.Context, by identity.Actor, id, act string,
	rule func(d *mandate.Designation, others []mandate.Designation) (*mandate.Designation, error),
) (*mandate.Designation, error) {
	seen, err := s.Get(ctx, by, id)
	if err != nil {
		return nil, err
	}
	var d mandate.Designation
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// All of the institution in one order: two acts on two of them must not hold one each and wait for the other.
		others, err := designationsOf(locked(tx), seen.Institution)
		if err != nil {
			return err
		}
		if err := tx.Take(&d, "id = ?", id).Error; err != nil {
			return err
		}
		was := slices.Clone(others)
		before := d
		closed, err := rule(&d, others)
		if err != nil {
			return err
		}
		if err := tx.Model(&d).Select("*").Omit("ID").UpdateColumns(&d).Error; err != nil {
			return err
		}
		if err := s.recordDesignation(tx, by, act, &before, &d); err != nil || closed == nil {
			return err
		}
		if err := tx.Model(closed).Select("Until").UpdateColumns(closed).Error; err != nil {
			return err
		}
		at := slices.IndexFunc(was, func(o mandate.Designation) bool { return o.ID == closed.ID })
		return s.recordDesignation(tx, by, "officer.handed_over", &was[at], closed)
	})
	if err != nil {
		return nil, explain(err, "change a designation")
	}
	return &d, nil
}

// Accept takes a designation on, and closes the one before it.
func (s *Store) Accept(ctx context.Context, by identity.Actor, id string) (*mandate.Designation, error) {
	return s.change(ctx, by, id, "officer.accept", func(d *mandate.Designation, others []mandate.Designation) (*mandate.Designation, error) {
		return d.Accept(by, others, s.now())
	})
}

// Confirm records a first officer on the strength of the act.
func (s *Store) Confirm(ctx context.Context, by identity.Actor, id string) (*mandate.Designation, error) {
	return s.change(ctx, by, id, "officer.confirm", func(d *mandate.Designation, others []mandate.Designation) (*mandate.Designation, error) {
		return nil, d.Confirm(by, others, s.now())
	})
}

// Decline refuses a proposal or takes it back.
func (s *Store) Decline(ctx context.Context, by identity.Actor, id, reason string) (*mandate.Designation, error) {
	return s.change(ctx, by, id, "officer.decline", func(d *mandate.Designation, _ []mandate.Designation) (*mandate.Designation, error) {
		return nil, d.Decline(by, reason, s.now())
	})
}

// End closes a designation after the day.
func (s *Store) End(ctx context.Context, by identity.Actor, id string, on inventory.Date, reason string) (*mandate.Designation, error) {
	return s.change(ctx, by, id, "officer.end", func(d *mandate.Designation, _ []mandate.Designation) (*mandate.Designation, error) {
		return nil, d.End(by, on, reason, s.now())
	})
}

// Absent says when the officer is away.
func (s *Store) Absent(ctx context.Context, by identity.Actor, id string, from, until inventory.Date) (*mandate.Designation, error) {
	return s.change(ctx, by, id, "officer.absent", func(d *mandate.Designation, _ []mandate.Designation) (*mandate.Designation, error) {
		return nil, d.Absent(by, from, until, s.now())
	})
}

// Standings says how each institution that the actor may read stands with its
// officer, alarms first.
func (s *Store) Standings(ctx context.Context, by identity.Actor) ([]mandate.Standing, error) {
	if !by.MayAnywhere(identity.ReadRegister) {
		return nil, by.Must(identity.ReadRegister, "")
	}
	all, err := s.standings(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(one mandate.Standing) bool { return !by.May(identity.ReadRegister, one.Institution) }), nil
}

// Officers counts the institutions for the metrics: by slug, how each stands.
func (s *Store) Officers(ctx context.Context) (map[string]string, error) {
	all, err := s.standings(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, one := range all {
		out[one.Institution] = string(one.State)
	}
	return out, nil
}

func (s *Store) standings(ctx context.Context) ([]mandate.Standing, error) {
	db := s.db.WithContext(ctx)
	tree, err := treeOf(db)
	if err != nil {
		return nil, err
	}
	people, err := peopleOf(db)
	if err != nil {
		return nil, err
	}
	terms, err := termsOf(db)
	if err != nil {
		return nil, err
	}
	var all []mandate.Designation
	if err := db.Order("proposed_at, id").Find(&all).Error; err != nil {
		return nil, explain(err, "read designations")
	}
	of := map[string][]mandate.Designation{}
	for _, d := range all {
		of[d.Institution] = append(of[d.Institution], d)
	}
	var list []mandate.Standing
	for _, slug := range mandate.Needs(tree, of, s.now()) {
		list = append(list, mandate.Stand(slug, of[slug], people, terms, s.now()))
	}
	slices.SortFunc(list, func(a, b mandate.Standing) int {
		if a.State.Alarm() != b.State.Alarm() {
			if a.State.Alarm() {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Institution, b.Institution)
	})
	return list, nil
}

// Dossier is everything about the officers of one institution.
type Dossier struct {
	Standing mandate.Standing
	All      []mandate.Designation // newest first
	People   mandate.People        // those named in All, and who may be designated
	Eligible []mandate.Person
}

// Dossier returns what the institution's page of the desk shows.
func (s *Store) Dossier(ctx context.Context, by identity.Actor, institution string) (*Dossier, error) {
	if err := by.Must(identity.ReadRegister, institution); err != nil {
		return nil, err
	}
	db := s.db.WithContext(ctx)
	tree, err := treeOf(db)
	if err != nil {
		return nil, err
	}
	if _, ok := tree[institution]; !ok {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	people, err := peopleOf(db)
	if err != nil {
		return nil, err
	}
	terms, err := termsOf(db)
	if err != nil {
		return nil, err
	}
	all, err := designationsOf(db, institution)
	if err != nil {
		return nil, explain(err, "read designations")
	}
	d := &Dossier{Standing: mandate.Stand(institution, all, people, terms, s.now()), All: all, People: people}
	for _, p := range people {
		if mandate.Eligible(p, institution, tree, s.now()) {
			d.Eligible = append(d.Eligible, p)
		}
	}
	slices.SortFunc(d.Eligible, func(a, b mandate.Person) int { return strings.Compare(a.Name+a.Account, b.Name+b.Account) })
	slices.Reverse(d.All)
	return d, nil
}

// Public returns who answers for the institution now, of its own or of the
// nearest body above it: what anybody may read. ok is false when nobody does.
func (s *Store) Public(ctx context.Context, institution string) (d mandate.Designation, ok bool, err error) {
	db := s.db.WithContext(ctx)
	tree, err := treeOf(db)
	if err != nil {
		return d, false, err
	}
	people, err := peopleOf(db)
	if err != nil {
		return d, false, err
	}
	for _, slug := range mandate.Chain(tree, institution) {
		all, err := designationsOf(db, slug)
		if err != nil {
			return d, false, explain(err, "read designations")
		}
		if d, ok = mandate.InCharge(all, s.now()); ok && !people[d.Account].Off(s.now()) {
			return d, true, nil
		}
	}
	return mandate.Designation{}, false, nil
}

// Waiting lists the proposals that wait for the account's own answer.
func (s *Store) Waiting(ctx context.Context, by identity.Actor) ([]mandate.Designation, error) {
	var all []mandate.Designation
	if by.Account == "" {
		return nil, nil
	}
	err := s.db.WithContext(ctx).Where("account = ? AND state = ?", by.Account, mandate.Proposed).Find(&all).Error
	return all, explain(err, "read proposals")
}
