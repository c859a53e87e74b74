package noticedb

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
)

// owed is an open row of the ledger beside what somebody was told of it.
type owed struct {
	DatasetID, Ref, Institution, Period, Frequency string
	StartsAt, DueAt, LateAfter                     time.Time
	WaivedUntil                                    *time.Time
	Told                                           int
}

func (o owed) duty() notice.Duty {
	d := notice.Duty{
		DatasetID: o.DatasetID, Ref: o.Ref, Institution: o.Institution, Period: o.Period, Frequency: o.Frequency,
		StartsAt: o.StartsAt, DueAt: o.DueAt, Limit: o.LateAfter, Told: o.Told,
	}
	if o.WaivedUntil != nil && o.WaivedUntil.After(d.Limit) {
		d.Limit = *o.WaivedUntil
	}
	return d
}

// Duties returns the open promises within the person's reach whose last day on
// time comes before until, with what the person was told of each. What the
// operator has let off is nobody's duty for that time.
func (s *Store) Duties(ctx context.Context, p *notice.Person, until time.Time) ([]notice.Duty, error) {
	now := s.now()
	q := s.db.WithContext(ctx).Table("obligations AS o").
		Select("o.dataset_id, o.ref, o.institution, o.period, o.frequency, o.starts_at, o.due_at, o.late_after, o.waived_until, "+
			"COALESCE(t.rank, ?) AS told", notice.Untold).
		Joins("LEFT JOIN (SELECT dataset_id, period, MAX(rank) AS rank FROM notice_reminders WHERE account = ? "+
			"GROUP BY dataset_id, period) AS t ON t.dataset_id = o.dataset_id AND t.period = o.period", p.Actor.Account).
		Where("o.met_at IS NULL AND o.closed_at IS NULL AND o.late_after <= ? AND o.starts_at <= ?", until, now).
		Where("o.waived_until IS NULL OR o.waived_until <= ?", now)
	q = within(q, p.Actor, "o.institution")
	rows, err := q.Rows()
	if err != nil {
		return nil, database.Explain(err, "read duties")
	}
	defer rows.Close()
	var all []notice.Duty
	for rows.Next() { // read by hand: there may be a hundred thousand
		var o owed
		err := rows.Scan(&o.DatasetID, &o.Ref, &o.Institution, &o.Period, &o.Frequency, &o.StartsAt, &o.DueAt, &o.LateAfter,
			&o.WaivedUntil, &o.Told)
		if err != nil {
			return nil, database.Explain(err, "read duties")
		}
		all = append(all, o.duty())
	}
	return all, database.Explain(rows.Err(), "read duties")
}

// within confines a query to what the actor may read.
func within(q *gorm.DB, by identity.Actor, column string) *gorm.DB {
	if by.Everywhere(identity.ReadRegister) {
		return q
	}
	return q.Where(column+" IN ?", by.Institutions)
}

// mostEntries bounds how many datasets wait in one digest; the desk lists all.
const mostEntries = 500

// Returned lists the datasets within the actor's reach that came back with comments.
func (s *Store) Returned(ctx context.Context, by identity.Actor) ([]notice.Entry, error) {
	return s.entries(ctx, by, inventory.Returned, "reviewed_at", "first_step <> ?", inventory.Waiting)
}

// Submitted lists the datasets that wait for the actor's review; not those that
// wait for the head of their institution first.
func (s *Store) Submitted(ctx context.Context, by identity.Actor) ([]notice.Entry, error) {
	return s.entries(ctx, by, inventory.Submitted, "submitted_at", "first_step <> ?", inventory.Waiting)
}

// Endorsing lists the datasets that wait for the actor as the head of their
// institution; nobody approves what they submitted themselves.
func (s *Store) Endorsing(ctx context.Context, by identity.Actor) ([]notice.Entry, error) {
	return s.entries(ctx, by, inventory.Submitted, "submitted_at",
		"first_step = ? AND (submitted_by IS NULL OR submitted_by <> ?)", inventory.Waiting, by.Account)
}

func (s *Store) entries(ctx context.Context, by identity.Actor, state inventory.State, since, where string, args ...any) ([]notice.Entry, error) {
	var all []inventory.Dataset
	q := s.db.WithContext(ctx).Select("ref, institution, title, reason, reviewed_at, submitted_at, updated_at").
		Where("state = ?", state).Where(where, args...)
	if err := within(q, by, "institution").Order(since + ", ref").Limit(mostEntries).Find(&all).Error; err != nil {
		return nil, database.Explain(err, "read what waits")
	}
	entries := make([]notice.Entry, 0, len(all))
	for _, d := range all {
		e := notice.Entry{Ref: d.Ref, Institution: d.Institution, Title: d.Content.Title, At: d.UpdatedAt}
		if state == inventory.Returned {
			e.Reason = d.Reason
		}
		at := d.ReviewedAt
		if state == inventory.Submitted {
			at = d.SubmittedAt
		}
		if at != nil {
			e.At = *at
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Titles returns the titles of datasets by id.
func (s *Store) Titles(ctx context.Context, ids []string) (map[string]lang.Text, error) {
	var all []inventory.Dataset
	if err := s.db.WithContext(ctx).Select("id, title").Where("id IN ?", ids).Find(&all).Error; err != nil {
		return nil, database.Explain(err, "read titles")
	}
	titles := make(map[string]lang.Text, len(all))
	for _, d := range all {
		titles[d.ID] = d.Content.Title
	}
	return titles, nil
}

// Reminded is the proof that a level was told of a period.
type Reminded struct {
	Period   string
	Audience notice.Audience
	Step     string
	At       time.Time
}

// Reminders returns who was reminded of a dataset's promises, and when: by
// level, never by name. Whoever may read the dataset may read it.
func (s *Store) Reminders(ctx context.Context, by identity.Actor, ref string) ([]Reminded, error) {
	var d inventory.Dataset
	if err := s.db.WithContext(ctx).Select("id, institution").Take(&d, "ref = ?", ref).Error; err != nil {
		return nil, database.Explain(err, "read reminders")
	}
	if err := by.Must(identity.ReadRegister, d.Institution); err != nil {
		return nil, err
	}
	var rows []notice.Told
	err := s.db.WithContext(ctx).Where("dataset_id = ?", d.ID).Order("told_at DESC, rank DESC").Find(&rows).Error
	if err != nil {
		return nil, database.Explain(err, "read reminders")
	}
	var all []Reminded
	seen := map[[2]string]int{}
	for _, r := range rows {
		key := [2]string{r.Period, r.Step}
		if n, ok := seen[key]; ok {
			all[n].At = r.ToldAt // the first who was told counts
			continue
		}
		seen[key] = len(all)
		all = append(all, Reminded{Period: r.Period, Audience: r.Audience, Step: r.Step, At: r.ToldAt})
	}
	return all, nil
}

// Due is one open promise as a calendar shows it.
type Due struct {
	notice.Duty
	Title    lang.Text
	Modified time.Time
}

// mostDue bounds a calendar.
const mostDue = 5000

// Dues lists the open promises of published datasets that fall due from a
// quarter ago on, the earliest first; of the institutions named, all when nil.
func (s *Store) Dues(ctx context.Context, institutions []string) ([]Due, error) {
	q := s.db.WithContext(ctx).Table("obligations AS o").Model(&inventory.Obligation{}).
		Joins("JOIN publications AS p ON p.dataset_id = o.dataset_id AND p.withdrawn_at IS NULL").
		Where("o.met_at IS NULL AND o.closed_at IS NULL AND o.late_after > ?", s.now().AddDate(0, -3, 0))
	if institutions != nil {
		q = q.Where("o.institution IN ?", institutions)
	}
	var rows []inventory.Obligation
	if err := q.Select("o.*").Order("o.late_after, o.ref, o.period").Limit(mostDue).Find(&rows).Error; err != nil {
		return nil, database.Explain(err, "read due days")
	}
	ids := make([]string, 0, len(rows))
	for _, o := range rows {
		ids = append(ids, o.DatasetID)
	}
	public, err := s.publications(ctx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Due, 0, len(rows))
	for _, o := range rows {
		p := public[o.DatasetID]
		all = append(all, Due{Title: p.Content.Title, Modified: p.Modified, Duty: notice.Duty{
			DatasetID: o.DatasetID, Ref: o.Ref, Institution: o.Institution, Period: o.Period, Frequency: o.Frequency,
			StartsAt: o.StartsAt, DueAt: o.DueAt, Limit: o.Limit(),
		}})
	}
	return all, nil
}

// publications reads what is public of datasets, some at a time.
func (s *Store) publications(ctx context.Context, ids []string) (map[string]inventory.Publication, error) {
	public := make(map[string]inventory.Publication, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), 500)
		var some []inventory.Publication
		err := s.db.WithContext(ctx).Select("dataset_id, title, modified").Where("dataset_id IN ?", ids[:n]).Find(&some).Error
		if err != nil {
			return nil, database.Explain(err, "read titles")
		}
		for _, p := range some {
			public[p.DatasetID] = p
		}
		ids = ids[n:]
	}
	return public, nil
}

// Under returns the slugs of an institution and the bodies under it.
func (s *Store) Under(ctx context.Context, slug string) ([]string, error) {
	tree, err := s.institutions(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := tree[slug]; !ok {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return tree.Under(slug, s.now()), nil
}
