package portaldb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/portal"
)

// mostOpen bounds how many findings stand at once.
const mostOpen = 20_000

// Record stores a read of the portal and what it shows: what is wrong opens or
// stands on, what is no longer shown is gone, as far as the read can tell.
func (s *Store) Record(ctx context.Context, r portal.Reading, out portal.Outcome) (portal.Reading, error) {
	now := s.now()
	r.ID = newID()
	r.StartedAt = r.StartedAt.UTC().Truncate(time.Microsecond)
	r.EndedAt = now
	if r.Sources == nil {
		r.Sources = map[string]int{}
	}
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		open, err := s.apply(tx, out, now)
		if err != nil {
			return err
		}
		r.Open = open
		return tx.Create(&r).Error
	})
	if err != nil {
		return r, fmt.Errorf("record a read of the portal: %w", err)
	}
	return r, nil
}

// apply brings the findings up to date and counts what stands.
func (s *Store) apply(tx *gorm.DB, out portal.Outcome, now time.Time) (map[portal.Kind]int, error) {
	known, err := knownFindings(tx, out.Observations)
	if err != nil {
		return nil, err
	}
	var fresh []portal.Finding
	var same []string
	met := make(map[portal.Key]bool, len(out.Observations))
	for _, o := range out.Observations {
		if met[o.Key()] {
			continue
		}
		met[o.Key()] = true
		f := known[o.Key()]
		if f == nil {
			x := portal.Finding{ID: newID()}
			x.See(o, now)
			fresh = append(fresh, x)
			continue
		}
		before := *f
		if f.See(o, now); f.Revision == before.Revision && f.Title == before.Title && f.PortalName == before.PortalName {
			same = append(same, f.ID)
		} else if err := save(tx, f); err != nil {
			return nil, err
		}
	}
	if err := seenAgain(tx, same, now); err != nil {
		return nil, err
	}
	open := map[portal.Kind]int{}
	for key, f := range known {
		if f.Open() && !met[key] && (out.Whole || out.Met[f.Subject] && f.Kind != portal.Duplicate) {
			f.Miss(now)
			if err := save(tx, f); err != nil {
				return nil, err
			}
		}
		if f.Open() {
			open[f.Kind]++
		}
	}
	fresh = fresh[:min(len(fresh), max(0, mostOpen-len(known)))]
	for _, f := range fresh {
		open[f.Kind]++
	}
	if len(fresh) == 0 {
		return open, nil
	}
	return open, tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&fresh, 50).Error
}

// knownFindings reads what stands, and what is seen again of what was gone.
func knownFindings(tx *gorm.DB, seen []portal.Observation) (map[portal.Key]*portal.Finding, error) {
	known := map[portal.Key]*portal.Finding{}
	keep := func(all []portal.Finding) {
		for n := range all {
			known[all[n].Key()] = &all[n]
		}
	}
	var open []portal.Finding
	if err := tx.Where("gone_at IS NULL").Find(&open).Error; err != nil {
		return nil, err
	}
	keep(open)
	var subjects []string
	for _, o := range seen {
		if known[o.Key()] == nil {
			subjects = append(subjects, o.Subject)
		}
	}
	for len(subjects) > 0 {
		n := min(len(subjects), 500)
		var gone []portal.Finding
		if err := tx.Where("subject IN ? AND gone_at IS NOT NULL", subjects[:n]).Find(&gone).Error; err != nil {
			return nil, err
		}
		keep(gone)
		subjects = subjects[n:]
	}
	return known, nil
}

func save(tx *gorm.DB, f *portal.Finding) error {
	return tx.Model(f).Select("*").Omit("ID").Where("id = ?", f.ID).UpdateColumns(f).Error
}

// seenAgain notes that findings stand as they were.
func seenAgain(tx *gorm.DB, ids []string, now time.Time) error {
	for len(ids) > 0 {
		n := min(len(ids), 500)
		err := tx.Model(&portal.Finding{}).Where("id IN ?", ids[:n]).UpdateColumn("seen_at", now).Error
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// Show says which findings a list is of.
type Show string

// What a list shows; the zero value is what stands and nobody acknowledged.
const (
	Standing     Show = ""
	Acknowledged Show = "acknowledged"
	Gone         Show = "gone"
	Everything   Show = "all"
)

// Filter is what a list of findings is confined to.
type Filter struct {
	Show        Show
	Kind        portal.Kind
	Field       portal.Field
	Institution string
	Dataset     string // ref
	Q           string
	Page        int // from 1
	PerPage     int // 0: as many as one answer holds
}

// mostFindings bounds one answer.
const mostFindings = 20_000

// List is a page of findings and how many there are in all.
type List struct {
	Items []portal.Finding
	Total int
}

func confine(q *gorm.DB, f Filter) *gorm.DB {
	switch f.Show {
	case Standing:
		q = q.Where("gone_at IS NULL AND acknowledged_at IS NULL")
	case Acknowledged:
		q = q.Where("gone_at IS NULL AND acknowledged_at IS NOT NULL")
	case Gone:
		q = q.Where("gone_at IS NOT NULL")
	}
	for _, c := range []struct{ column, value string }{
		{"kind", string(f.Kind)},
		{"field", string(f.Field)},
		{"institution", f.Institution},
		{"ref", f.Dataset},
	} {
		if c.value != "" {
			q = q.Where(c.column+" = ?", c.value)
		}
	}
	if text := strings.TrimSpace(f.Q); text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text[:min(len(text), 100)])) + "%"
		q = q.Where(`(lower(title) LIKE ? ESCAPE '\' OR lower(ref) LIKE ? ESCAPE '\' OR lower(portal_name) LIKE ? ESCAPE '\')`,
			strings.ToValidUTF8(like, ""), strings.ToValidUTF8(like, ""), strings.ToValidUTF8(like, ""))
	}
	return q
}

// order puts first what cannot wait, then what stands longest.
const order = `CASE kind WHEN 'undeleted' THEN 0 WHEN 'missing' THEN 1 WHEN 'differs' THEN 2 WHEN 'duplicate' THEN 3 ELSE 4 END,
	opened_at, ref, field, id`

// Findings lists what the actor may see.
func (s *Store) Findings(ctx context.Context, by identity.Actor, f Filter) (List, error) {
	var l List
	q, err := s.readable(ctx, by)
	if err != nil {
		return l, err
	}
	q = confine(q, f)
	var total int64
	if err := q.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return l, fmt.Errorf("count findings: %w", err)
	}
	l.Total = int(total)
	if f.PerPage <= 0 || f.PerPage > mostFindings {
		f.PerPage = mostFindings
	}
	err = q.Session(&gorm.Session{}).Order(order).Offset((max(f.Page, 1) - 1) * f.PerPage).Limit(f.PerPage).Find(&l.Items).Error
	if err != nil {
		return l, fmt.Errorf("list findings: %w", err)
	}
	return l, nil
}

// Counts are how many findings stand: of each kind, and those acknowledged.
type Counts struct {
	Of           map[portal.Kind]int
	Standing     int
	Acknowledged int
}

// Counts counts what the actor may see.
func (s *Store) Counts(ctx context.Context, by identity.Actor) (Counts, error) {
	c := Counts{Of: map[portal.Kind]int{}}
	q, err := s.readable(ctx, by)
	if err != nil {
		return c, err
	}
	var rows []struct {
		Kind  portal.Kind
		Acked bool
		N     int
	}
	err = q.Where("gone_at IS NULL").Select("kind, acknowledged_at IS NOT NULL AS acked, count(*) AS n").
		Group("kind, acknowledged_at IS NOT NULL").Scan(&rows).Error
	if err != nil {
		return c, fmt.Errorf("count findings: %w", err)
	}
	for _, r := range rows {
		if r.Acked {
			c.Acknowledged += r.N
			continue
		}
		c.Of[r.Kind] += r.N
		c.Standing += r.N
	}
	return c, nil
}

// Latest says when the last finding of a kind that still waits was opened.
func (s *Store) Latest(ctx context.Context, by identity.Actor, k portal.Kind) (time.Time, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return time.Time{}, err
	}
	var f portal.Finding
	err = q.Where("kind = ? AND gone_at IS NULL AND acknowledged_at IS NULL", k).Order("opened_at DESC").Limit(1).Find(&f).Error
	if err != nil {
		return time.Time{}, fmt.Errorf("read the latest finding: %w", err)
	}
	return f.OpenedAt, nil
}

// Finding returns one that the actor may see.
func (s *Store) Finding(ctx context.Context, by identity.Actor, id string) (*portal.Finding, error) {
	q, err := s.readable(ctx, by)
	if err != nil {
		return nil, err
	}
	var f portal.Finding
	if err := q.Where("id = ?", id).Take(&f).Error; err != nil {
		return nil, database.Explain(err, "read a finding")
	}
	return &f, nil
}

// Change lets a rule decide on a finding and saves what it decided, with its
// line of the trail. ifRevision is the one the caller has seen; 0 means any.
func (s *Store) Change(
	ctx context.Context, by identity.Actor, id, act string, ifRevision int, change func(*portal.Finding, time.Time) error,
) (*portal.Finding, error) {
	var f portal.Finding
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		q, err := (&Store{db: tx}).readable(ctx, by)
		if err != nil {
			return err
		}
		if err := q.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(&f).Error; err != nil {
			return err
		}
		if ifRevision != 0 && ifRevision != f.Revision {
			return fault.New(fault.Stale, "portal.finding.stale")
		}
		before, now := f, s.now()
		if err := change(&f, now); err != nil {
			return err
		}
		if err := save(tx, &f); err != nil {
			return err
		}
		line, err := audit.New(by, now, "portal."+act, "finding", f.ID, f.Institution, trail(&before), trail(&f))
		if err != nil {
			return err
		}
		return auditdb.Append(tx, line)
	})
	if err != nil {
		return nil, database.Explain(err, act+" a finding")
	}
	return &f, nil
}

func trail(f *portal.Finding) map[string]any {
	return map[string]any{
		"kind": f.Kind, "field": f.Field, "ref": f.Ref, "acknowledged": f.Acknowledged(), "reason": f.Reason, "revision": f.Revision,
	}
}

// Readings lists the last reads of the portal, the latest first.
func (s *Store) Readings(ctx context.Context, limit int) ([]portal.Reading, error) {
	var all []portal.Reading
	if err := s.db.WithContext(ctx).Order("started_at DESC, id DESC").Limit(limit).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("list reads of the portal: %w", err)
	}
	return all, nil
}

// LastWhole returns the last read that came to its end; ok is false when none did.
func (s *Store) LastWhole(ctx context.Context) (r portal.Reading, ok bool, err error) {
	err = s.db.WithContext(ctx).Where("whole").Order("ended_at DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read the last whole read of the portal: %w", err)
	}
	return r, true, nil
}

// Of returns how a dataset stands with the portal, and why.
func (s *Store) Of(ctx context.Context, by identity.Actor, id string, within time.Duration) (portal.Standing, []portal.Finding, error) {
	var p inventory.Publication
	err := s.db.WithContext(ctx).Select("dataset_id, institution, issued, withdrawn_at").Where("dataset_id = ?", id).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return portal.Unknown, nil, nil
	}
	if err != nil {
		return portal.Unknown, nil, fmt.Errorf("read a publication: %w", err)
	}
	q, err := s.readable(ctx, by)
	if err != nil {
		return portal.Unknown, nil, err
	}
	var open []portal.Finding
	if err := q.Where("subject = ? AND gone_at IS NULL", id).Order(order).Find(&open).Error; err != nil {
		return portal.Unknown, nil, fmt.Errorf("list findings of a dataset: %w", err)
	}
	last, ok, err := s.LastWhole(ctx)
	if err != nil || !ok {
		return portal.Unknown, open, err
	}
	o := portal.Offer{ID: id, Institution: p.Institution, Since: p.Issued, Withdrawn: p.WithdrawnAt}
	return portal.StandingOf(open, o, &last.StartedAt, within), open, nil
}
