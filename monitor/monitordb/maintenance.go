package monitordb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

func number(id int64) string { return strconv.FormatInt(id, 10) }

// Announce keeps a new maintenance window.
func (s *Store) Announce(ctx context.Context, by identity.Actor, want monitor.MaintenanceWindow) (*monitor.MaintenanceWindow, error) {
	var made *monitor.MaintenanceWindow
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := findInstitution(tx, &want)
		if err != nil {
			return err
		}
		if made, err = monitor.NewMaintenance(by, want, s.occasions, s.now()); err != nil {
			return err
		}
		if err := tx.Create(made).Error; err != nil {
			return err
		}
		if err := sumAgain(tx, made.StartsAt); err != nil {
			return err
		}
		return s.noteMaintenance(tx, by, "maintenance.announce", made, nil)
	})
	if err != nil {
		return nil, database.Explain(err, "announce maintenance")
	}
	return made, nil
}

// findInstitution learns who answers for what the window covers; nobody, when
// there is no such thing.
func findInstitution(tx *gorm.DB, m *monitor.MaintenanceWindow) error {
	m.Institution, m.Target = "", strings.TrimSpace(m.Target)
	q := tx.Limit(1).Where("slug = ?", clip(m.Target))
	switch m.Scope {
	case monitor.OneService:
		return q.Model(&monitor.Service{}).Pluck("institution", &m.Institution).Error
	case monitor.OneInstitution:
		return q.Model(&identity.Institution{}).Pluck("slug", &m.Institution).Error
	case monitor.Everything:
	}
	return nil
}

// MaintenanceAct is something that can be done to a window.
type MaintenanceAct string

// The acts on a window.
const (
	BeginNow  MaintenanceAct = "begin"
	FinishNow MaintenanceAct = "finish"
	SkipNext  MaintenanceAct = "skip"
	CallOff   MaintenanceAct = "cancel"
)

// ActOn does something to a maintenance window, with its audit line, in one
// transaction. revision 0 agrees with any.
func (s *Store) ActOn(ctx context.Context, by identity.Actor, id int64, revision int, act MaintenanceAct) (*monitor.MaintenanceWindow, error) {
	return s.changeWindow(ctx, by, id, revision, string(act), func(_ *gorm.DB, m *monitor.MaintenanceWindow) error {
		acts := map[MaintenanceAct]func(identity.Actor, monitor.Occasions, time.Time) error{
			BeginNow: m.Begin, FinishNow: m.Finish, SkipNext: m.Skip, CallOff: m.Cancel,
		}
		do, known := acts[act]
		if !known {
			return fault.At("act", "maintenance.act")
		}
		return do(by, s.occasions, s.now())
	})
}

func (s *Store) noteMaintenance(tx *gorm.DB, by identity.Actor, act string, m *monitor.MaintenanceWindow, before any) error {
	line, err := audit.New(by, s.now(), act, "maintenance", number(m.ID), m.Institution, before, maintenanceTrail(m))
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}

// maintenanceTrail is what the audit keeps of a window.
func maintenanceTrail(m *monitor.MaintenanceWindow) map[string]any {
	return map[string]any{
		"scope": m.Scope, "target": m.Target, "title": m.Title, "public": m.Public, "starts_at": m.StartsAt, "ends_at": m.EndsAt,
		"schedule": m.Schedule, "duration": m.Duration.String(), "exceptions": m.Exceptions, "cancelled": m.CancelledAt != nil,
	}
}

// Window is a maintenance window with its occurrence that runs or comes next.
type Window struct {
	monitor.MaintenanceWindow
	Next   monitor.Span
	Coming bool // there is a next one, or one that runs
	Runs   bool
	// Services are the slugs of the active services it covers; empty for everything.
	Services []string
}

// Windows returns the maintenance that the actor may know of and that is not
// long past: what runs first, then what comes next. Inside narrows to what the
// actor's own institutions announced.
func (s *Store) Windows(ctx context.Context, by identity.Actor, inside bool) ([]Window, error) {
	db, now := s.db.WithContext(ctx), s.now()
	list, err := s.plans(db, now.Add(-30*24*time.Hour), time.Time{})
	if err != nil {
		return nil, err
	}
	var services []monitor.Service
	if err := db.Select("slug", "institution", "state").Order("slug").Find(&services, "state = ?", monitor.Active).Error; err != nil {
		return nil, database.Explain(err, "read services")
	}
	var windows []Window
	for n := range list {
		m := list[n].window
		if !m.SeenBy(by) && (inside || !m.Public) {
			continue
		}
		w := Window{MaintenanceWindow: m}
		w.Next, w.Coming = m.Next(s.occasions, now)
		w.Runs = w.Coming && w.Next.Holds(now)
		for k := range services {
			if m.Scope != monitor.Everything && list[n].covers(&services[k]) {
				w.Services = append(w.Services, services[k].Slug)
			}
		}
		windows = append(windows, w)
	}
	sortWindows(windows)
	return windows, nil
}

// MaintenanceByID returns a window that the actor may know of.
func (s *Store) MaintenanceByID(ctx context.Context, by identity.Actor, id int64) (*Window, error) {
	var m monitor.MaintenanceWindow
	err := s.db.WithContext(ctx).Take(&m, "id = ?", id).Error
	if err == nil && !m.Public && !m.SeenBy(by) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return nil, database.Explain(err, "read maintenance")
	}
	w := &Window{MaintenanceWindow: m}
	w.Next, w.Coming = m.Next(s.occasions, s.now())
	w.Runs = w.Coming && w.Next.Holds(s.now())
	return w, nil
}

// AfterMaintenance opens incidents for what still does not answer although its
// announced maintenance is over. It returns how many outages it took in.
func (s *Store) AfterMaintenance(ctx context.Context) (int, error) {
	taken, db := 0, s.db.WithContext(ctx)
	const inNone = "incident = 0 AND ended_at IS NULL"
	var some []int64
	if err := db.Model(&monitor.Outage{}).Where(inNone).Limit(1).Pluck("id", &some).Error; err != nil || len(some) == 0 {
		return 0, database.Explain(err, "open incidents after maintenance")
	}
	err := db.Transaction(func(tx *gorm.DB) error {
		taken = 0
		c, err := s.newScene(tx, s.now()) // first: who else is at it is waited for
		if err != nil {
			return err
		}
		var waiting []monitor.Outage
		if err := tx.Order("id").Find(&waiting, inNone).Error; err != nil {
			return err
		}
		for n := range waiting {
			o := &waiting[n]
			of, err := c.service(o.Service)
			if err != nil {
				return err
			}
			if c.quiet(of, s.now()) {
				continue
			}
			began := *o
			began.StartedAt, began.ConfirmedAt = s.over(c.planned, of, o), s.now()
			if err := c.admit(&began); err != nil {
				return err
			}
			if err := tx.Model(o).Where("ended_at IS NULL").Update("incident", began.Incident).Error; err != nil {
				return err
			}
			taken++
		}
		return c.settle()
	})
	return taken, database.Explain(err, "open incidents after maintenance")
}

// over returns when the maintenance ended that o began in.
func (s *Store) over(list plans, of *monitor.Service, o *monitor.Outage) time.Time {
	end := o.StartedAt
	for _, span := range list.spans(of, o.StartedAt, s.now(), s.occasions) {
		end = latest(end, span.To)
	}
	return end
}
