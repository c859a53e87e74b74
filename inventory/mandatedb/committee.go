package mandatedb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/lang"
)

// Members lists every term, past ones too, the latest first. Who keeps the
// register and who sits on the committee may read it.
func (s *Store) Members(ctx context.Context, by identity.Actor) ([]mandate.Member, error) {
	if !by.May(identity.KeepCommittee, "") {
		if err := by.Must(identity.Advise, ""); err != nil {
			return nil, err
		}
	}
	var all []mandate.Member
	err := s.db.WithContext(ctx).Order("starts_on DESC, name, id").Find(&all).Error
	return all, explain(err, "read members")
}

func memberTrail(m *mandate.Member) map[string]any {
	return map[string]any{
		"quality": m.Quality, "act_ref": m.ActRef, "starts_on": m.StartsOn, "ends_on": m.EndsOn, "left_on": m.LeftOn, "renews": m.Renews,
	}
}

// Appoint enters a member.
func (s *Store) Appoint(ctx context.Context, by identity.Actor, m mandate.Member, key string) (*mandate.Member, error) {
	return s.seat(ctx, by, "member.appoint", key, func(_ *gorm.DB, terms mandate.Terms) (*mandate.Member, error) {
		return mandate.Appoint(by, m, terms, s.now())
	})
}

// Renew begins a member's next term.
func (s *Store) Renew(
	ctx context.Context, by identity.Actor, id, actRef string, actDay, starts inventory.Date, key string,
) (*mandate.Member, error) {
	return s.seat(ctx, by, "member.renew", key, func(tx *gorm.DB, terms mandate.Terms) (*mandate.Member, error) {
		if err := by.Must(identity.KeepCommittee, ""); err != nil {
			return nil, err
		}
		var old mandate.Member
		if err := locked(tx).Take(&old, "id = ?", id).Error; err != nil {
			return nil, err
		}
		var later int64
		if err := tx.Model(&mandate.Member{}).Where("renews = ?", id).Count(&later).Error; err != nil {
			return nil, err
		}
		if later > 0 {
			return nil, fault.New(fault.Conflict, "mandate.member.renewed")
		}
		return old.Renew(by, actRef, actDay, starts, terms, s.now())
	})
}

func (s *Store) seat(ctx context.Context, by identity.Actor, act, key string,
	rule func(*gorm.DB, mandate.Terms) (*mandate.Member, error),
) (m *mandate.Member, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if key = requestKey(by, key); key != "" {
			var made mandate.Member
			found := tx.Where("request_key = ?", key).Limit(1).Find(&made)
			if found.Error != nil || found.RowsAffected == 1 {
				m = &made
				return found.Error
			}
		}
		terms, err := termsOf(tx)
		if err != nil {
			return err
		}
		if m, err = rule(tx, terms); err != nil {
			return err
		}
		m.ID, m.RequestKey = newID(), key
		if err := tx.Create(m).Error; err != nil {
			return err
		}
		return s.record(tx, by, act, "member", m.ID, "", "", nil, memberTrail(m))
	})
	if err != nil {
		return nil, explain(err, act)
	}
	return m, nil
}

// Leave ends a term before its time.
func (s *Store) Leave(ctx context.Context, by identity.Actor, id string, on inventory.Date, reason string) (*mandate.Member, error) {
	if err := by.Must(identity.KeepCommittee, ""); err != nil {
		return nil, err
	}
	var m mandate.Member
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := locked(tx).Take(&m, "id = ?", id).Error; err != nil {
			return err
		}
		before := m
		if err := m.Leave(by, on, reason, s.now()); err != nil {
			return err
		}
		if err := tx.Model(&m).Select("LeftOn", "LeftReason").UpdateColumns(&m).Error; err != nil {
			return err
		}
		return s.record(tx, by, "member.leave", "member", m.ID, "", m.LeftReason, memberTrail(&before), memberTrail(&m))
	})
	if err != nil {
		return nil, explain(err, "end a term")
	}
	return &m, nil
}

// Advices lists the advice, the latest first. Drafts are the committee's and
// the operator's; what is adopted everybody may read.
func (s *Store) Advices(ctx context.Context, by identity.Actor) ([]mandate.Advice, error) {
	q := s.db.WithContext(ctx)
	if !readsDrafts(by) {
		q = q.Where("state <> ?", mandate.Draft)
	}
	var all []mandate.Advice
	err := q.Order("number DESC, created_at DESC, id").Find(&all).Error
	return all, explain(err, "read advice")
}

func readsDrafts(by identity.Actor) bool {
	return by.May(identity.Advise, "") || by.May(identity.KeepCommittee, "")
}

// Advice returns one advice.
func (s *Store) Advice(ctx context.Context, by identity.Actor, id string) (*mandate.Advice, error) {
	var a mandate.Advice
	if err := s.db.WithContext(ctx).Take(&a, "id = ? OR (number = ? AND number <> '')", id, id).Error; err != nil {
		return nil, explain(err, "read advice")
	}
	if a.State == mandate.Draft && !readsDrafts(by) {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return &a, nil
}

func adviceTrail(a *mandate.Advice) map[string]any {
	return map[string]any{
		"number": a.Number, "day": a.Day, "subject": a.Subject, "text": a.Text, "addressee": a.Addressee, "target": a.Target,
		"state": a.State, "verdict": a.Verdict, "answer": a.Answer,
	}
}

// Write records a draft, or changes one when id names it.
func (s *Store) Write(ctx context.Context, by identity.Actor, id string, w mandate.Wording, key string) (*mandate.Advice, error) {
	if id != "" {
		return s.advise(ctx, by, id, "advice.edit", identity.Advise, func(tx *gorm.DB, a *mandate.Advice) error {
			if err := a.Write(by, w, s.now()); err != nil {
				return err
			}
			return exists(tx, a)
		})
	}
	a := &mandate.Advice{}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if key = requestKey(by, key); key != "" {
			found := tx.Where("request_key = ?", key).Limit(1).Find(a)
			if found.Error != nil || found.RowsAffected == 1 {
				return found.Error
			}
		}
		if err := a.Write(by, w, s.now()); err != nil {
			return err
		}
		if err := exists(tx, a); err != nil {
			return err
		}
		a.ID, a.RequestKey = newID(), key
		if err := tx.Create(a).Error; err != nil {
			return err
		}
		return s.record(tx, by, "advice.draft", "advice", a.ID, "", "", nil, adviceTrail(a))
	})
	if err != nil {
		return nil, explain(err, "record advice")
	}
	return a, nil
}

// exists refuses an advice to what is not there.
func exists(tx *gorm.DB, a *mandate.Advice) error {
	var n int64
	q := tx.Model(&identity.Institution{}).Where("slug = ?", a.Target)
	switch a.Addressee {
	case mandate.ToDataset:
		q = tx.Model(&inventory.Dataset{}).Where("ref = ?", a.Target)
	case mandate.ToInstitution:
	default:
		return nil
	}
	if err := q.Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return fault.At("target", "mandate.advice.target")
	}
	return nil
}

func (s *Store) advise(ctx context.Context, by identity.Actor, id, name string, needs identity.Act,
	rule func(*gorm.DB, *mandate.Advice) error,
) (*mandate.Advice, error) {
	if err := by.Must(needs, ""); err != nil {
		return nil, err
	}
	var a mandate.Advice
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := locked(tx).Take(&a, "id = ?", id).Error; err != nil {
			return err
		}
		before := a
		if err := rule(tx, &a); err != nil {
			return err
		}
		if err := tx.Model(&a).Select("*").Omit("ID", "CreatedAt").UpdateColumns(&a).Error; err != nil {
			return err
		}
		return s.record(tx, by, name, "advice", a.ID, "", "", adviceTrail(&before), adviceTrail(&a))
	})
	if err != nil {
		return nil, explain(err, "change advice")
	}
	return &a, nil
}

// Adopt makes a draft the committee's advice and gives it its number.
func (s *Store) Adopt(ctx context.Context, by identity.Actor, id string, day inventory.Date) (*mandate.Advice, error) {
	return s.advise(ctx, by, id, "advice.adopt", identity.Advise, func(tx *gorm.DB, a *mandate.Advice) error {
		var nth int64
		if len(day) >= 4 {
			err := tx.Model(&mandate.Advice{}).Where("number LIKE ?", string(day[:4])+"-%").Count(&nth).Error
			if err != nil {
				return err
			}
		}
		return a.Adopt(by, day, int(nth)+1, s.now())
	})
}

// Reply keeps the operator's answer.
func (s *Store) Reply(ctx context.Context, by identity.Actor, id string, verdict mandate.Verdict, answer lang.Text) (*mandate.Advice, error) {
	return s.advise(ctx, by, id, "advice.answer", identity.KeepCommittee, func(_ *gorm.DB, a *mandate.Advice) error {
		return a.Reply(by, verdict, answer, s.now())
	})
}
