package alertdb

import (
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// This file alone knows how the watch keeps incidents and states.

// watched is a service as the watch keeps it.
type watched struct {
	Slug        string
	Name        lang.Text `gorm:"serializer:json"`
	Institution string
	Tier        monitor.Tier
	Settings    monitor.ServiceSettings `gorm:"serializer:json"`
}

// TableName names the table of services.
func (watched) TableName() string { return "services" }

// services reads the services named, all active ones when none is.
func services(tx *gorm.DB, slugs ...string) (map[string]watched, error) {
	q := tx.Select("slug, name, institution, tier, settings")
	if len(slugs) == 0 {
		q = q.Where("state = ?", monitor.Active)
	} else {
		q = q.Where("slug IN ?", slugs)
	}
	var rows []watched
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	all := make(map[string]watched, len(rows))
	for _, w := range rows {
		all[w.Slug] = w
	}
	return all, nil
}

// objective is what was agreed for the service alone; 0: nothing.
func (w *watched) objective() float64 {
	if w.Settings.Agreement == nil {
		return 0
	}
	return w.Settings.Agreement.Objective
}

// incidents reads the incidents that are open, or ended since, as events. One
// that an event is still open for is read however long ago it ended: its end
// may have been found late.
func incidents(tx *gorm.DB, tree identity.Tree, since time.Time) ([]alert.Event, error) {
	var rows []monitor.Incident
	err := tx.Where("ended_at IS NULL OR ended_at >= ? OR id IN (SELECT incident FROM alert_events WHERE ended_at IS NULL AND incident <> 0)", since).
		Order("id").Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	members, slugs, err := membersOf(tx, rows)
	if err != nil {
		return nil, err
	}
	known, err := services(tx, slugs...)
	if err != nil {
		return nil, err
	}
	events := make([]alert.Event, 0, len(rows))
	for n := range rows {
		if w, ok := known[rows[n].Service]; ok {
			events = append(events, eventOf(&rows[n], w, members[rows[n].ID], known, tree))
		}
	}
	return events, nil
}

// membersOf reads which services were in each incident, and all of their slugs.
func membersOf(tx *gorm.DB, rows []monitor.Incident) (map[int64][]string, []string, error) {
	ids, slugs := make([]int64, 0, len(rows)), make([]string, 0, len(rows))
	for _, i := range rows {
		slugs = append(slugs, i.Service)
		if i.Shared() {
			ids = append(ids, i.ID)
		}
	}
	members := map[int64][]string{}
	if len(ids) == 0 {
		return members, slugs, nil
	}
	var all []monitor.Outage
	err := tx.Select("incident, service").Where("incident IN ?", ids).Group("incident, service").Order("incident, service").Find(&all).Error
	for _, o := range all {
		members[o.Incident] = append(members[o.Incident], o.Service)
		slugs = append(slugs, o.Service)
	}
	return members, slugs, err
}

// eventOf writes an incident as an event. One of several services is as grave
// as the gravest of them.
func eventOf(i *monitor.Incident, w watched, members []string, known map[string]watched, tree identity.Tree) alert.Event {
	subject := fmt.Sprintf("incident/%d", i.ID)
	e := alert.Event{
		Key: subject, Kind: alert.Down, Subject: subject, Service: i.Service, Institution: w.Institution, Tier: w.Tier,
		Incident: i.ID, StartedAt: i.StartedAt, ConfirmedAt: i.ConfirmedAt, EndedAt: i.EndedAt,
		AckAt: i.AcknowledgedAt, AckBy: i.AcknowledgedBy,
		Facts: alert.Facts{Name: w.Name, Owner: tree[w.Institution].Name, Reason: i.Reason.String(), Status: i.Status},
	}
	if len(members) > 1 {
		e.Kind, e.Facts.Members = alert.Shared, members
		for _, slug := range members {
			m := known[slug]
			e.Facts.Names = append(e.Facts.Names, m.Name)
			if m.Slug != "" && !slices.Contains(e.Facts.Bodies, m.Institution) {
				e.Facts.Bodies = append(e.Facts.Bodies, m.Institution)
			}
			if slices.Index(monitor.Tiers(), m.Tier) < slices.Index(monitor.Tiers(), e.Tier) && m.Slug != "" {
				e.Tier = m.Tier
			}
		}
	}
	if i.EndedAt != nil {
		e.Facts.Ended = alert.Recovered
		if i.Resolution == monitor.Unwatched {
			e.Facts.Ended = alert.Unwatched
		}
	}
	return e
}

// views reads what stands about every active service. unseen is when each does
// not count.
func views(tx *gorm.DB, tree identity.Tree, unseen map[string][]monitor.Span, now time.Time) ([]alert.View, error) {
	known, err := services(tx)
	if err != nil {
		return nil, err
	}
	var states []monitor.Current
	err = tx.Select("check_id, service, verdict, reason, since, last_at, every_sec, not_after").
		Where("check_id IN (SELECT id FROM checks WHERE retired_at IS NULL)").Order("service, check_id").Find(&states).Error
	if err != nil {
		return nil, err
	}
	bad, err := badTimes(tx, now)
	if err != nil {
		return nil, err
	}
	ends, err := registrations(tx)
	if err != nil {
		return nil, err
	}
	var all []alert.View
	for n := range states {
		c := &states[n]
		w, ok := known[c.Service]
		if !ok {
			continue
		}
		if last := len(all) - 1; last < 0 || all[last].Service != c.Service {
			all = append(all, alert.View{
				Service: c.Service, Institution: w.Institution, Tier: w.Tier, Name: w.Name, Owner: tree[w.Institution].Name,
				Objective: w.objective(), Record: alert.Record{Bad: bad[c.Service], Unseen: unseen[c.Service]}, Domains: ends[c.Service],
			})
		}
		look(&all[len(all)-1], c, now)
	}
	return all, nil
}

// look adds the state of one check to a view. A service is as closely watched
// as the check that looks most often.
func look(v *alert.View, c *monitor.Current, now time.Time) {
	seen := alert.CheckView{
		ID: c.CheckID, Verdict: c.Standing(now), Reason: c.Reason, Since: c.Since, LastAt: c.LastAt, Fresh: c.Fresh(now),
	}
	if c.NotAfter != nil {
		seen.NotAfter = *c.NotAfter
	}
	v.Checks = append(v.Checks, seen)
	if every := time.Duration(c.EverySec) * time.Second; v.Record.Every == 0 || every < v.Record.Every {
		v.Record.Every = every
	}
}

// badTimes reads when services were down, confirmed, as far as burn rates look
// back. An outage that began in announced maintenance is of no incident, and
// burns nothing.
func badTimes(tx *gorm.DB, now time.Time) (map[string][]monitor.Span, error) {
	var rows []monitor.Outage
	err := tx.Select("service, started_at, ended_at").
		Where("incident <> 0 AND (ended_at IS NULL OR ended_at >= ?)", now.Add(-monitor.LongestBurn())).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	bad := map[string][]monitor.Span{}
	for _, o := range rows {
		until := now
		if o.EndedAt != nil {
			until = *o.EndedAt
		}
		bad[o.Service] = append(bad[o.Service], monitor.Span{From: o.StartedAt, To: until})
	}
	return bad, nil
}
