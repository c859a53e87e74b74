package surveydb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/survey"
)

// keys returns the keys that tokens of a service may be signed with: the one in
// force and those whose tokens still hold.
func (s *Store) keys(ctx context.Context, service string) ([]survey.SigningKey, error) {
	s.known.Lock()
	s.known.remembered(s.now())
	all, ok := s.known.keys[service]
	s.known.Unlock()
	if ok {
		return all, nil
	}
	if err := s.db.WithContext(ctx).Where("service = ?", service).Order("number").Find(&all).Error; err != nil {
		return nil, database.Explain(err, "read the signing keys of a service")
	}
	s.known.Lock()
	defer s.known.Unlock()
	s.known.remembered(s.now())
	s.known.keys[service] = all
	return all, nil
}

// Mint makes n tokens of the day for a service, with the key in force; the
// first ones make the key.
func (s *Store) Mint(ctx context.Context, by identity.Actor, service string, n int) ([]string, error) {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
		return nil, err
	}
	if n < 1 || n > survey.MaxMint {
		return nil, fault.At("count", "survey.token.count", survey.MaxMint)
	}
	key, err := s.inForce(ctx, by, &asking)
	if err != nil {
		return nil, err
	}
	out := make([]string, n)
	for i := range out {
		out[i] = survey.Mint(service, key.Secret, s.now(), s.zone)
	}
	return out, nil
}

// inForce is the key that signs now.
func (s *Store) inForce(ctx context.Context, by identity.Actor, asking *survey.Asking) (*survey.SigningKey, error) {
	all, err := s.keys(ctx, asking.Service)
	if err != nil {
		return nil, err
	}
	for n := range all {
		if all[n].RetiredAt == nil {
			return &all[n], nil
		}
	}
	return s.newKey(ctx, by, asking, false)
}

// NewKey makes a key for a service that signs its tokens itself, and retires
// the one before: what that signed until now holds out its days. The secret is
// shown this once.
func (s *Store) NewKey(ctx context.Context, by identity.Actor, service string) (*survey.SigningKey, error) {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
		return nil, err
	}
	return s.newKey(ctx, by, &asking, true)
}

// newKey retires the key in force, or keeps it where one is enough.
func (s *Store) newKey(ctx context.Context, by identity.Actor, asking *survey.Asking, another bool) (*survey.SigningKey, error) {
	now := s.now()
	key := &survey.SigningKey{Service: asking.Service, Secret: survey.NewSecret(), CreatedAt: now, CreatedBy: by.Account}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.lock(tx); err != nil {
			return err
		}
		var all []survey.SigningKey
		if err := tx.Where("service = ?", asking.Service).Order("number").Find(&all).Error; err != nil {
			return err
		}
		for n := range all {
			if all[n].RetiredAt == nil && !another {
				key = &all[n]
				return nil
			}
			key.Number = all[n].Number
		}
		key.Number++
		if err := tx.Model(&survey.SigningKey{}).Where("service = ? AND retired_at IS NULL", asking.Service).
			Update("retired_at", now).Error; err != nil {
			return err
		}
		if err := tx.Create(key).Error; err != nil {
			return err
		}
		line, err := audit.New(by, now, "survey.new_key", "service", asking.Service, asking.Institution, nil, map[string]int{"number": key.Number})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	s.forget()
	return key, database.Explain(err, "make a signing key")
}

// Revoke makes a service's retired keys worthless at once: one has leaked.
// Tokens that they signed are refused from now on.
func (s *Store) Revoke(ctx context.Context, by identity.Actor, service string) error {
	asking, err := s.Asking(ctx, service)
	if err != nil {
		return err
	}
	if err := by.Must(identity.ManageSurveys, asking.Institution); err != nil {
		return err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// The numbers stay, so that a new key never takes an old one's place.
		gone := tx.Model(&survey.SigningKey{}).Where("service = ? AND retired_at IS NOT NULL", service).Update("secret", survey.NewSecret())
		if gone.Error != nil {
			return gone.Error
		}
		line, err := audit.New(by, s.now(), "survey.revoke_keys", "service", service, asking.Institution, nil, map[string]int64{"keys": gone.RowsAffected})
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	s.forget()
	return database.Explain(err, "revoke signing keys")
}
