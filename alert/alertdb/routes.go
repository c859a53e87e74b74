package alertdb

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// routes reads every route: those of the configuration first.
func (s *Store) routes(tx *gorm.DB) ([]alert.Route, error) {
	var kept []alert.Route
	if err := tx.Order("position, created_at, id").Find(&kept).Error; err != nil {
		return nil, err
	}
	for n := range kept {
		kept[n].Origin = alert.FromDesk
	}
	return append(slices.Clone(s.o.Routes), kept...), nil
}

// Routes lists the routes that the actor may see: all, or those that are about
// their institutions or about everything.
func (s *Store) Routes(ctx context.Context, by identity.Actor) ([]alert.Route, error) {
	if !by.MayAnywhere(identity.ReadAlerts) {
		return nil, by.Must(identity.ReadAlerts, "")
	}
	tx := s.db.WithContext(ctx)
	all, err := s.routes(tx)
	if err != nil || by.Everywhere(identity.ReadAlerts) {
		return all, database.Explain(err, "list routes of alerts")
	}
	tree, err := institutions(tx)
	if err != nil {
		return nil, database.Explain(err, "list routes of alerts")
	}
	return seen(all, by, tree), nil
}

// seen leaves of the routes those that the actor may see.
func seen(all []alert.Route, by identity.Actor, tree identity.Tree) []alert.Route {
	if by.Everywhere(identity.ReadAlerts) {
		return all
	}
	return slices.DeleteFunc(all, func(r alert.Route) bool {
		return len(r.Institutions) > 0 && !slices.ContainsFunc(by.Institutions, func(own string) bool {
			return slices.ContainsFunc(above(tree)(own), func(s string) bool { return slices.Contains(r.Institutions, s) })
		})
	})
}

// Route returns one route that the actor may see.
func (s *Store) Route(ctx context.Context, by identity.Actor, id string) (*alert.Route, error) {
	all, err := s.Routes(ctx, by)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(all, func(r alert.Route) bool { return r.ID == id })
	if n < 0 {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return &all[n], nil
}

// KeyedID is the id of a route that an account adds under a key: added again,
// it is there already.
func KeyedID(by identity.Actor, key string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("jard:alert-route:"+by.Account+"\x00"+key)).String()
}

// AddRoute keeps a new route and returns it with its id. One that has an id
// already is kept once.
func (s *Store) AddRoute(ctx context.Context, by identity.Actor, r alert.Route) (*alert.Route, error) {
	tidy(&r)
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := s.check(tx, by, &r); err != nil {
			return err
		}
		var there alert.Route
		if err := tx.Limit(1).Find(&there, "id = ?", r.ID).Error; err != nil || there.ID != "" {
			r = there
			return err
		}
		var n int64
		if err := tx.Model(&alert.Route{}).Count(&n).Error; err != nil {
			return err
		}
		if n >= alert.MaxRoutes {
			return fault.New(fault.Conflict, "alert.route.many", alert.MaxRoutes)
		}
		now := s.now()
		if r.ID == "" {
			r.ID = uuid.Must(uuid.NewV7()).String()
		}
		r.Revision, r.CreatedAt, r.UpdatedAt, r.Origin = 1, now, now, alert.FromDesk
		if r.Position == 0 {
			r.Position = int(n) + 1
		}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		return s.note(tx, by, "alert.route.add", "alert_route", r.ID, lone(&r), nil, trail(&r))
	})
	return &r, database.Explain(err, "add a route of alerts")
}

// ChangeRoute keeps a route as want has it. Revision is the one it was read
// at; 0 means any.
func (s *Store) ChangeRoute(ctx context.Context, by identity.Actor, want alert.Route, revision int) (*alert.Route, error) {
	tidy(&want)
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		was, err := s.own(tx, by, want.ID, revision)
		if err != nil {
			return err
		}
		if err := s.check(tx, by, &want); err != nil {
			return err
		}
		want.Revision, want.CreatedAt, want.UpdatedAt, want.Origin = was.Revision+1, was.CreatedAt, s.now(), alert.FromDesk
		if want.Position == 0 {
			want.Position = was.Position
		}
		if err := tx.Select("*").Omit("created_at").Updates(&want).Error; err != nil {
			return err
		}
		return s.note(tx, by, "alert.route.change", "alert_route", want.ID, lone(&want), trail(was), trail(&want))
	})
	return &want, database.Explain(err, "change a route of alerts")
}

// RemoveRoute takes a route away. What it told stays told.
func (s *Store) RemoveRoute(ctx context.Context, by identity.Actor, id string, revision int) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		was, err := s.own(tx, by, id, revision)
		if err != nil {
			return err
		}
		if err := tx.Delete(&alert.Route{}, "id = ?", id).Error; err != nil {
			return err
		}
		return s.note(tx, by, "alert.route.remove", "alert_route", id, lone(was), trail(was), nil)
	})
	return database.Explain(err, "remove a route of alerts")
}

// own locks a route that the actor may write.
func (s *Store) own(tx *gorm.DB, by identity.Actor, id string, revision int) (*alert.Route, error) {
	if slices.ContainsFunc(s.o.Routes, func(r alert.Route) bool { return r.ID == id }) {
		return nil, fault.New(fault.Conflict, "alert.route.of_file")
	}
	var was alert.Route
	if err := tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Take(&was, "id = ?", id).Error; err != nil {
		return nil, err
	}
	if err := was.May(by); err != nil {
		if k, _ := fault.KindOf(err); k == fault.Invalid { // a route of everybody's is not theirs to write
			return nil, fault.New(fault.Forbidden, "identity.forbidden", string(identity.ManageAlerts))
		}
		return nil, err
	}
	if revision != 0 && revision != was.Revision {
		return nil, fault.New(fault.Stale, "alert.route.stale")
	}
	return &was, nil
}

// check refuses a route that the actor may not write, or that is wrong.
func (s *Store) check(tx *gorm.DB, by identity.Actor, r *alert.Route) error {
	if err := r.May(by); err != nil {
		return err
	}
	tree, err := institutions(tx)
	if err != nil {
		return err
	}
	return r.Check(s.ChannelNames(), func(slug string) bool { _, ok := tree[slug]; return ok })
}

// Check is what AddRoute would say of a route, without keeping it.
func (s *Store) Check(ctx context.Context, by identity.Actor, r alert.Route) error {
	tidy(&r)
	return database.Explain(s.check(s.db.WithContext(ctx), by, &r), "check a route of alerts")
}

// AddUsual adds the routes that most installations begin with, where there are none yet.
func (s *Store) AddUsual(ctx context.Context, by identity.Actor) error {
	if err := by.Must(identity.ManageAlerts, ""); err != nil {
		return err
	}
	kept, err := s.Routes(ctx, by)
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		return fault.New(fault.Conflict, "alert.route.there")
	}
	for n, r := range alert.Usual() {
		r.ID, r.Position = KeyedID(by, r.ID), n+1
		if _, err := s.AddRoute(ctx, by, r); err != nil {
			return err
		}
	}
	return nil
}

// tidy makes lists that are empty so, since a column is never without a value.
func tidy(r *alert.Route) {
	if r.Institutions == nil {
		r.Institutions = []string{}
	}
	if r.Tiers == nil {
		r.Tiers = []monitor.Tier{}
	}
	if r.Kinds == nil {
		r.Kinds = []alert.Kind{}
	}
	if r.When == nil {
		r.When = []alert.Hour{}
	}
	for n := range r.Steps {
		if r.Steps[n].Channels == nil {
			r.Steps[n].Channels = []string{}
		}
		if r.Steps[n].Roles == nil {
			r.Steps[n].Roles = []identity.Role{}
		}
	}
	if r.Steps == nil {
		r.Steps = []alert.Step{}
	}
	if r.Group == "" {
		r.Group = alert.Apart
	}
}

// lone is the institution a route is about, when it is about one.
func lone(r *alert.Route) string {
	if len(r.Institutions) == 1 {
		return r.Institutions[0]
	}
	return ""
}

// trail is what the audit keeps of a route.
func trail(r *alert.Route) map[string]any {
	return map[string]any{
		"name": r.Name, "enabled": r.Enabled, "institutions": r.Institutions, "tiers": r.Tiers, "kinds": r.Kinds, "when": r.When,
		"steps": r.Steps, "group": r.Group, "remind": r.Remind.String(), "recovery": r.Recovery,
		"quiet_from": r.QuietFrom, "quiet_to": r.QuietTo, "wake_for": r.WakeFor, "position": r.Position,
	}
}
