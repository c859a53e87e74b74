package monitordb

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// Acknowledge has by take the incident on. revision 0 agrees with any.
func (s *Store) Acknowledge(ctx context.Context, by identity.Actor, id int64, revision int) (*monitor.Incident, error) {
	return s.changeIncident(ctx, by, id, revision, "incident.acknowledge", func(_ *gorm.DB, i *monitor.Incident) error {
		return i.Acknowledge(by, s.now())
	})
}

// WriteNote keeps what by writes about the incident.
func (s *Store) WriteNote(ctx context.Context, by identity.Actor, id int64, revision int, public bool, text lang.Text,
) (*monitor.Incident, error) {
	return s.changeIncident(ctx, by, id, revision, "incident.note", func(tx *gorm.DB, i *monitor.Incident) error {
		note, err := i.Note(by, public, text, s.now())
		if err != nil {
			return err
		}
		if err := tx.Create(&note).Error; err != nil {
			return err
		}
		i.Notes = append(i.Notes, note)
		return nil
	})
}

// Resolve settles the incident, or calls it a false alarm.
func (s *Store) Resolve(ctx context.Context, by identity.Actor, id int64, revision int, how monitor.Resolution,
) (*monitor.Incident, error) {
	return s.changeIncident(ctx, by, id, revision, "incident.resolve", func(_ *gorm.DB, i *monitor.Incident) error {
		return i.Resolve(by, how, s.now())
	})
}

// WriteReview keeps what was learnt from the incident, and publishes it when
// asked to.
func (s *Store) WriteReview(ctx context.Context, by identity.Actor, id int64, revision int, want monitor.Review, publish bool,
) (*monitor.Incident, error) {
	return s.changeIncident(ctx, by, id, revision, "incident.review", func(tx *gorm.DB, i *monitor.Incident) error {
		if err := i.WriteReview(by, want, publish, s.now()); err != nil {
			return err
		}
		done := tx.Select("*").Updates(i.Review)
		if done.Error == nil && done.RowsAffected == 0 {
			done = tx.Create(i.Review)
		}
		return done.Error
	})
}

// Split takes a service out of the incident, and returns the incident that its
// outages are from now on.
func (s *Store) Split(ctx context.Context, by identity.Actor, id int64, revision int, service string) (*monitor.Incident, error) {
	var made *monitor.Incident
	_, err := s.changeIncident(ctx, by, id, revision, "incident.split", func(tx *gorm.DB, i *monitor.Incident) (err error) {
		if made, err = i.Split(by, service, s.now()); err != nil {
			return err
		}
		if err := tx.Create(made).Error; err != nil {
			return err
		}
		for n := range made.Members {
			made.Members[n].Incident = made.ID
			err := tx.Model(&monitor.Outage{}).Where("id = ?", made.Members[n].ID).Update("incident", made.ID).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// changeIncident loads an incident, lets change decide, and saves what it
// decided with its audit line, in one transaction. When nothing was decided
// nothing is written.
func (s *Store) changeIncident(
	ctx context.Context, by identity.Actor, id int64, revision int, act string, change func(*gorm.DB, *monitor.Incident) error,
) (*monitor.Incident, error) {
	var i *monitor.Incident
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if err := takeIncidents(tx); err != nil {
			return err
		}
		if i, err = readIncident(tx, id); err != nil {
			return err
		}
		if !i.Public() && !i.SeenBy(by) {
			return fault.New(fault.NotFound, "fault.not_found")
		}
		was, before := i.Revision, *i
		before.Notes, before.Members = slices.Clone(i.Notes), slices.Clone(i.Members)
		if revision != 0 && revision != was && i.SeenBy(by) {
			return fault.New(fault.Stale, "incident.stale")
		}
		if err := change(tx, i); err != nil || i.Revision == was {
			return err
		}
		i.TouchedAt = latest(i.TouchedAt, s.now())
		if err := tx.Select("*").Updates(i).Error; err != nil {
			return err
		}
		return s.noteIncident(tx, by, act, i, &before)
	})
	if err != nil {
		return nil, database.Explain(err, "change an incident")
	}
	return i, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// noteIncident writes the audit line of an act on an incident, under every
// institution that it concerns, each with what its people may read.
func (s *Store) noteIncident(tx *gorm.DB, by identity.Actor, act string, i, before *monitor.Incident) error {
	for _, institution := range append(i.Institutions(), "")[:max(1, len(i.Institutions()))] {
		line, err := audit.New(by, s.now(), act, "incident", number(i.ID), institution, incidentTrail(before, institution), incidentTrail(i, institution))
		if err != nil {
			return err
		}
		if err := auditdb.Append(tx, line); err != nil {
			return err
		}
	}
	return nil
}

// incidentTrail is what the audit of an institution keeps of an incident. What
// others wrote about their part, and a draft that several bodies may not read
// yet, stay out of it.
func incidentTrail(i *monitor.Incident, institution string) map[string]any {
	t := map[string]any{
		"service": i.Service, "reach": i.Reach, "resolution": i.Resolution, "acknowledged": i.AcknowledgedAt != nil,
		"cause": i.CauseKind, "notes": len(i.Notes),
	}
	for _, n := range i.Notes {
		if n.Public || len(n.Institutions) == 0 || slices.Contains(n.Institutions, institution) {
			t["note"], t["note_public"] = n.Text, n.Public
		}
	}
	if r := i.Review; r.Published() || r != nil && len(i.Institutions()) < 2 {
		t["review"] = map[string]any{"what": r.What, "cause": r.Cause, "done": r.Done, "change": r.Change, "published": r.Published()}
	} else if r != nil {
		t["review"] = map[string]any{"published": false}
	}
	return t
}
