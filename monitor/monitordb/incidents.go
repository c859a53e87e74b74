package monitordb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor"
)

// Outages returns outages of a service, the newest first; before (0: none) is
// the id at which the page before ended.
func (s *Store) Outages(ctx context.Context, service string, before int64, limit int) ([]monitor.Outage, error) {
	q := s.db.WithContext(ctx).Where("service = ? AND incident > 0", service).Order("id DESC").Limit(limit)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var list []monitor.Outage
	if err := q.Find(&list).Error; err != nil {
		return nil, database.Explain(err, "read outages of "+service)
	}
	return list, nil
}

// Incidents returns incidents that a service was in, the newest first; before
// (0: none) is the id at which the page before ended.
func (s *Store) Incidents(ctx context.Context, service string, before int64, limit int) ([]monitor.Incident, error) {
	q := s.db.WithContext(ctx).Where("id IN (SELECT incident FROM outages WHERE service = ?)", service).Order("id DESC").Limit(limit)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var list []monitor.Incident
	if err := q.Find(&list).Error; err != nil {
		return nil, database.Explain(err, "read incidents of "+service)
	}
	return list, nil
}

// IncidentFilter narrows a list of incidents.
type IncidentFilter struct {
	Open           bool // only those that last
	Ended          bool // only those that do not
	Unacknowledged bool
	Severity       monitor.Severity
	Service        string
	Institution    string // and the bodies under it
	Inside         bool   // for the desk: only those whose inside the actor may see
	Before         int64  // id: where the page before ended
	Limit          int
}

// ListIncidents returns incidents that the actor may know of, with their
// members. At the desk what lasts comes first, and of that what nobody has
// taken on; everywhere else the newest come first.
func (s *Store) ListIncidents(ctx context.Context, by identity.Actor, f IncidentFilter) ([]monitor.Incident, error) {
	db := s.db.WithContext(ctx)
	q := db.Limit(f.Limit)
	if f.Inside {
		q = q.Order("CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, CASE WHEN ended_at IS NULL AND acknowledged_at IS NULL THEN 0 ELSE 1 END")
	}
	q = q.Order("started_at DESC, id DESC")
	member := "EXISTS (SELECT 1 FROM outages o JOIN services v ON v.slug = o.service WHERE o.incident = incidents.id AND "
	switch {
	case by.Everywhere(identity.ReadServices):
	case f.Inside:
		q = q.Where(member+"v.institution IN ?)", orNone(by.Institutions))
	case by.MayAnywhere(identity.ReadServices):
		q = q.Where(member+"(v.state = ? OR v.institution IN ?))", monitor.Active, orNone(by.Institutions))
	default:
		q = q.Where(member+"v.state = ?)", monitor.Active)
	}
	if f.Open {
		q = q.Where("ended_at IS NULL")
	}
	if f.Ended {
		q = q.Where("ended_at IS NOT NULL")
	}
	if f.Unacknowledged {
		q = q.Where("acknowledged_at IS NULL")
	}
	if f.Severity != "" {
		q = q.Where("severity = ?", f.Severity)
	}
	if f.Service != "" {
		q = q.Where(member+"o.service = ?)", f.Service)
	}
	if f.Institution != "" {
		tree, err := bodies(db)
		if err != nil {
			return nil, err
		}
		q = q.Where(member+"v.institution IN ?)", tree.Under(f.Institution, s.now()))
	}
	if f.Before > 0 {
		q = q.Where("(started_at, id) < (SELECT b.started_at, b.id FROM incidents b WHERE b.id = ?)", f.Before)
	}
	var list []monitor.Incident
	if err := q.Find(&list).Error; err != nil {
		return nil, database.Explain(err, "list incidents")
	}
	return list, fillMembers(db, list)
}

func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// Incident returns an incident that the actor may know of, with all that is
// known of it. What is for the inside only is up to who shows it.
func (s *Store) Incident(ctx context.Context, by identity.Actor, id int64) (*monitor.Incident, error) {
	i, err := readIncident(s.db.WithContext(ctx), id)
	if err == nil && !i.Public() && !i.SeenBy(by) {
		err = fault.New(fault.NotFound, "fault.not_found")
	}
	if err != nil {
		return nil, database.Explain(err, "read incident")
	}
	return i, nil
}

func readIncident(db *gorm.DB, id int64) (*monitor.Incident, error) {
	list := make([]monitor.Incident, 1)
	if err := db.Take(&list[0], "id = ?", id).Error; err != nil {
		return nil, err
	}
	if err := fillMembers(db, list); err != nil {
		return nil, err
	}
	i := &list[0]
	if err := db.Order("id").Find(&i.Notes, "incident = ?", id).Error; err != nil {
		return nil, err
	}
	var reviews []monitor.Review
	if err := db.Find(&reviews, "incident = ?", id).Error; err != nil {
		return nil, err
	}
	if len(reviews) > 0 {
		i.Review = &reviews[0]
	}
	return i, nil
}

// fillMembers gives each incident of list its members, in three queries.
func fillMembers(db *gorm.DB, list []monitor.Incident) error {
	if len(list) == 0 {
		return nil
	}
	ids, at := make([]int64, len(list)), make(map[int64]int, len(list))
	for n := range list {
		ids[n], at[list[n].ID] = list[n].ID, n
	}
	var outages []monitor.Outage
	if err := db.Order("started_at, id").Find(&outages, "incident IN ?", ids).Error; err != nil {
		return database.Explain(err, "read outages")
	}
	slugs, checks := map[string]bool{}, map[int64]bool{}
	for _, o := range outages {
		slugs[o.Service], checks[o.CheckID] = true, true
	}
	services, names, err := namesOf(db, keys(slugs), keys(checks))
	if err != nil {
		return err
	}
	for _, o := range outages {
		v := services[o.Service]
		i := &list[at[o.Incident]]
		i.Members = append(i.Members, monitor.Member{
			Outage: o, Name: v.Name, Institution: v.Institution, Tier: v.Tier, Check: names[o.CheckID], Public: v.Public(),
		})
	}
	return nil
}

func keys[K comparable](m map[K]bool) []K {
	list := make([]K, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// chunk is how many values one IN holds: SQLite takes no more than 32,766.
const chunk = 500

// namesOf reads services and the names of checks.
func namesOf(db *gorm.DB, slugs []string, checks []int64) (map[string]monitor.Service, map[int64]string, error) {
	services, names := map[string]monitor.Service{}, map[int64]string{}
	for from := 0; from < len(slugs); from += chunk {
		var part []monitor.Service
		err := db.Select("slug", "name", "institution", "tier", "state").
			Find(&part, "slug IN ?", slugs[from:min(from+chunk, len(slugs))]).Error
		if err != nil {
			return nil, nil, database.Explain(err, "read services")
		}
		for _, v := range part {
			services[v.Slug] = v
		}
	}
	for from := 0; from < len(checks); from += chunk {
		var part []monitor.Check
		err := db.Select("id", "name").Find(&part, "id IN ?", checks[from:min(from+chunk, len(checks))]).Error
		if err != nil {
			return nil, nil, database.Explain(err, "read checks")
		}
		for _, c := range part {
			names[c.ID] = c.Name
		}
	}
	return services, names, nil
}

// EvidenceOf returns what was seen when the outages of an incident were
// confirmed, for somebody who may see its inside.
func (s *Store) EvidenceOf(ctx context.Context, by identity.Actor, i *monitor.Incident) (map[int64]monitor.Evidence, error) {
	if !i.SeenBy(by) {
		return nil, nil //nolint:nilnil // there is none for who may not see it
	}
	var list []monitor.Evidence
	err := s.db.WithContext(ctx).Find(&list, "outage IN (SELECT id FROM outages WHERE incident = ?)", i.ID).Error
	if err != nil {
		return nil, database.Explain(err, "read evidence")
	}
	seen := make(map[int64]monitor.Evidence, len(list))
	for _, e := range list {
		for _, m := range i.Members {
			if m.ID == e.Outage {
				e.Reason, e.Detail = m.Reason.String(), m.Detail
				if by.May(identity.ReadServices, m.Institution) {
					seen[e.Outage] = e
				}
			}
		}
	}
	return seen, nil
}

// OpenCount is how many incidents of a severity are open.
type OpenCount struct {
	Severity monitor.Severity
	N        int64
}

// OpenCounts counts the open incidents by severity, for metrics.
func (s *Store) OpenCounts(ctx context.Context) ([]OpenCount, error) {
	var list []OpenCount
	err := s.db.WithContext(ctx).Model(&monitor.Incident{}).Select("severity, COUNT(*) AS n").Where("ended_at IS NULL").
		Group("severity").Scan(&list).Error
	return list, database.Explain(err, "count incidents")
}
