package monitordb

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Add creates the service that want describes, with its checks.
func (s *Store) Add(ctx context.Context, by identity.Actor, want monitor.Service, period monitor.Period,
) (*monitor.Service, error) {
	made, err := monitor.NewService(by, want, period)
	if err != nil {
		return nil, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := bumpVersion(tx); err != nil {
			return err
		}
		return s.insert(tx, by, made)
	})
	if err != nil {
		return nil, database.Explain(err, "add service "+made.Slug)
	}
	return made, nil
}

// insert writes a new service, its checks and the audit line.
func (s *Store) insert(tx *gorm.DB, by identity.Actor, made *monitor.Service) error {
	if err := mayDepend(tx, by, nil, made); err != nil {
		return err
	}
	switch err := tx.Create(made).Error; {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		taken := fault.At("slug", "service.slug.taken", made.Slug)
		taken.Kind = fault.Conflict
		return taken
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return fault.At("institution", "institution.unknown", made.Institution)
	case err != nil:
		return err
	}
	for n := range made.Checks {
		made.Checks[n].ID = 0
		if err := tx.Create(&made.Checks[n]).Error; err != nil {
			return err
		}
	}
	return s.note(tx, by, "service.add", made, nil, trail(made))
}

// Change loads a service, lets change decide, and saves what it decided with
// its audit line, in one transaction. If change fails, nothing is written.
func (s *Store) Change(ctx context.Context, by identity.Actor, slug string, change func(*monitor.Service) error,
) (*monitor.Service, error) {
	var v *monitor.Service
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		// First of all: it also keeps readings of the old state out until this is done.
		if err := bumpVersion(tx); err != nil {
			return err
		}
		v, err = s.changeIn(tx, by, slug, change)
		return err
	})
	if err != nil {
		return nil, database.Explain(err, "change service "+slug)
	}
	return v, nil
}

// changeIn is Change inside a transaction.
func (s *Store) changeIn(tx *gorm.DB, by identity.Actor, slug string, change func(*monitor.Service) error,
) (*monitor.Service, error) {
	var v monitor.Service
	lock := clause.Locking{Strength: clause.LockingStrengthUpdate}
	if err := tx.Clauses(lock).Take(&v, "slug = ?", slug).Error; err != nil {
		return nil, err
	}
	if err := tx.Order("position").Find(&v.Checks, "service = ? AND retired_at IS NULL", slug).Error; err != nil {
		return nil, err
	}
	before, old, stoodOn := trail(&v), v.Checks, slices.Clone(v.Settings.DependsOn)
	if err := hidden(by, &v); err != nil {
		return nil, err
	}
	if err := change(&v); err != nil {
		return nil, err
	}
	if err := mayDepend(tx, by, stoodOn, &v); err != nil {
		return nil, err
	}
	return &v, s.save(tx, by, &v, old, before)
}

// mayDepend is a fault when by may not declare what v depends on.
func mayDepend(tx *gorm.DB, by identity.Actor, before monitor.DependsOn, v *monitor.Service) error {
	if len(v.Settings.DependsOn) == 0 {
		return nil
	}
	var there []monitor.Service
	err := tx.Select("slug", "institution").Find(&there, "slug IN ?", []string(v.Settings.DependsOn)).Error
	if err != nil {
		return err
	}
	return errors.Join(v.Settings.DependsOn.Declared(by, before, func(slug string) (string, bool) {
		n := slices.IndexFunc(there, func(o monitor.Service) bool { return o.Slug == slug })
		if n < 0 {
			return "", false
		}
		return there[n].Institution, true
	})...)
}

// save writes what a change decided.
func (s *Store) save(tx *gorm.DB, by identity.Actor, v *monitor.Service, old []monitor.Check, before any) error {
	err := tx.Select("*").Omit("created_at").Updates(v).Error
	if errors.Is(err, gorm.ErrForeignKeyViolated) {
		return fault.At("institution", "institution.unknown", v.Institution)
	}
	if err != nil {
		return err
	}
	if err := s.saveChecks(tx, v, old); err != nil {
		return err
	}
	return s.note(tx, by, "service.change", v, before, trail(v))
}

// saveChecks retires what is gone, keeps what stays, adds what is new, and
// ends the incidents of whatever is no longer watched.
func (s *Store) saveChecks(tx *gorm.DB, v *monitor.Service, old []monitor.Check) error {
	kept := map[int64]bool{}
	for _, c := range v.Checks {
		kept[c.ID] = true
	}
	var unwatched []int64
	for _, c := range old {
		if !kept[c.ID] || v.State != monitor.Active {
			unwatched = append(unwatched, c.ID)
		}
		if !kept[c.ID] {
			if err := tx.Model(&c).Update("retired_at", s.now()).Error; err != nil {
				return err
			}
		}
	}
	for n := range v.Checks {
		c := &v.Checks[n]
		write := tx.Create
		if c.ID != 0 {
			write = tx.Select("*").Omit("created_at").Updates
		}
		if err := write(c).Error; err != nil {
			return err
		}
	}
	return s.unwatch(tx, unwatched)
}

// unwatch forgets the state of checks that are no longer looked at, and ends
// their incidents: nothing is down that nobody looks at.
func (s *Store) unwatch(tx *gorm.DB, checks []int64) error {
	if len(checks) == 0 {
		return nil
	}
	if err := s.endOutages(tx, checks, monitor.Unwatched); err != nil {
		return err
	}
	if err := tx.Delete(&monitor.CheckSteps{}, "check_id IN ?", checks).Error; err != nil {
		return err
	}
	if err := tx.Delete(&chainRow{}, "check_id IN ?", checks).Error; err != nil {
		return err
	}
	return tx.Delete(&monitor.Current{}, "check_id IN ?", checks).Error
}

// Service returns a service that the actor may see.
func (s *Store) Service(ctx context.Context, by identity.Actor, slug string) (*monitor.Service, error) {
	var v monitor.Service
	db := s.db.WithContext(ctx)
	err := db.Take(&v, "slug = ?", slug).Error
	if err == nil {
		err = hidden(by, &v)
	}
	if err == nil {
		err = db.Order("position").Find(&v.Checks, "service = ? AND retired_at IS NULL", slug).Error
	}
	if err != nil {
		return nil, database.Explain(err, "read service "+slug)
	}
	return &v, nil
}

// hidden is a fault when the actor may not know of v.
func hidden(by identity.Actor, v *monitor.Service) error {
	if v.Public() || by.May(identity.ReadServices, v.Institution) {
		return nil
	}
	return fault.New(fault.NotFound, "fault.not_found")
}

// Filter narrows a list of services.
type Filter struct {
	Institution string
	Inside      bool // of the actor's own institutions only
	State       monitor.State
	Text        string // in the slug or any name
	After       string // slug: where the page before ended
	Limit       int
}

// List returns the services that the actor may see, by slug, with their checks.
func (s *Store) List(ctx context.Context, by identity.Actor, f Filter) ([]monitor.Service, error) {
	list, err := s.Names(ctx, by, f)
	if err != nil {
		return nil, err
	}
	return list, s.fillChecks(ctx, list)
}

// Names is List without the checks.
func (s *Store) Names(ctx context.Context, by identity.Actor, f Filter) ([]monitor.Service, error) {
	q := s.db.WithContext(ctx).Order("slug").Limit(f.Limit)
	switch {
	case by.Everywhere(identity.ReadServices):
	case by.MayAnywhere(identity.ReadServices):
		q = q.Where("state = ? OR institution IN ?", monitor.Active, by.Institutions)
	default:
		q = q.Where("state = ?", monitor.Active)
	}
	if f.Inside && !by.Everywhere(identity.ReadServices) {
		q = q.Where("institution IN ?", orNone(by.Institutions))
	}
	if f.Institution != "" {
		q = q.Where("institution = ?", f.Institution)
	}
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.After != "" {
		q = q.Where("slug > ?", f.After)
	}
	if text := clip(strings.TrimSpace(f.Text)); text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
		q = q.Where(`slug LIKE ? ESCAPE '\' OR LOWER(CAST(name AS TEXT)) LIKE ? ESCAPE '\'`, like, like)
	}
	var list []monitor.Service
	err := q.Find(&list).Error
	return list, database.Explain(err, "list services")
}

// clip bounds what is searched for: SQLite fails on a pattern of 50,000 bytes.
func clip(text string) string {
	if letters := []rune(text); len(letters) > 200 {
		return string(letters[:200])
	}
	return text
}

// fillChecks gives each service of list its checks, in one query.
func (s *Store) fillChecks(ctx context.Context, list []monitor.Service) error {
	slugs, at := make([]string, len(list)), make(map[string]int, len(list))
	for n := range list {
		slugs[n], at[list[n].Slug] = list[n].Slug, n
	}
	var checks []monitor.Check
	q := s.db.WithContext(ctx).Where("retired_at IS NULL").Order("service, position")
	if len(slugs) <= 500 {
		q = q.Where("service IN ?", slugs)
	}
	if err := q.Find(&checks).Error; err != nil {
		return database.Explain(err, "list checks")
	}
	for _, c := range checks {
		if n, ok := at[c.Service]; ok {
			list[n].Checks = append(list[n].Checks, c)
		}
	}
	return nil
}

// bumpVersion tells the watch that services or checks have changed.
func bumpVersion(tx *gorm.DB) error {
	return tx.Exec("UPDATE watch_state SET value = value + 1 WHERE name = ?", stateVersion).Error
}

// note writes the audit line of a change.
func (s *Store) note(tx *gorm.DB, by identity.Actor, act string, v *monitor.Service, before, after any) error {
	line, err := audit.New(by, s.now(), act, "service", v.Slug, v.Institution, before, after)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// trail is what the audit keeps of a service.
func trail(v *monitor.Service) map[string]any {
	checks := map[string]any{}
	for _, c := range v.Checks {
		checks[c.Name] = map[string]any{
			"kind": c.Kind, "target": c.Target, "schedule": c.Schedule,
			"timeout": c.Timeout.String(), "expect": c.Expect, "settings": c.Settings,
		}
	}
	return map[string]any{
		"name": v.Name, "institution": v.Institution, "url": v.URL, "life_event": v.LifeEvent, "tier": v.Tier,
		"languages": v.Languages, "state": v.State, "note": v.Note, "settings": v.Settings, "checks": checks,
	}
}
