package identitydb

import (
	"context"
	"strings"

	"github.com/jard-odi/jard/identity"
)

// mostPersons bounds how many accounts a search by name finds.
const mostPersons = 100

// Persons returns the accounts whose name or address holds words, as far as
// the actor may read what they did: all, or those of the actor's institutions.
func (s *Store) Persons(ctx context.Context, by identity.Actor, words string) ([]string, error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(strings.TrimSpace(words))) + "%"
	q := s.db.WithContext(ctx).Model(&identity.Account{}).Where(`lower(name) LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\'`, like, like)
	if !by.Everywhere(identity.ReadAudit) {
		q = s.db.WithContext(ctx).Model(&identity.Account{}).Where(q).Where("institution IN ?", by.Institutions)
	}
	ids := []string{}
	err := q.Order("id").Limit(mostPersons).Pluck("id", &ids).Error
	return ids, explain(err, "find persons")
}

// PersonNames returns what the accounts are called, by id, as far as the actor
// may know: the others are missing.
func (s *Store) PersonNames(ctx context.Context, by identity.Actor, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	q := s.db.WithContext(ctx).Where("id IN ?", ids)
	if !by.Everywhere(identity.ReadAudit) {
		q = q.Where("institution IN ?", by.Institutions)
	}
	var all []identity.Account
	if err := q.Find(&all).Error; err != nil {
		return nil, explain(err, "read names")
	}
	for _, a := range all {
		names[a.ID] = a.Name
	}
	return names, nil
}
