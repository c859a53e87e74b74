package assessdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
)

// EntryRow is a service in an edition, kept as it is sealed.
type EntryRow struct {
	Quarter     string `gorm:"primaryKey"`
	Service     string `gorm:"primaryKey"`
	Institution string
	Body        string
}

// TableName names the table.
func (EntryRow) TableName() string { return "assess_entries" }

// DraftEdition begins the edition of a quarter by the set in force. facts, where there
// are any, are what measurers say of just that quarter; they come before what
// is known today.
func (s *Store) DraftEdition(
	ctx context.Context, by identity.Actor, quarter string, repliesUntil time.Time, facts []assess.Fact,
) (assess.Edition, error) {
	set, err := s.InForce(ctx)
	if err != nil {
		return assess.Edition{}, err
	}
	e, err := assess.DraftEdition(by, s.now(), set, quarter, repliesUntil, s.zone)
	if err != nil {
		return e, err
	}
	entries, err := s.entries(ctx, &e, set, facts)
	if err != nil {
		return e, err
	}
	err = s.within(ctx, "draft edition "+quarter, func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&assess.Edition{}).Where("quarter = ?", quarter).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return &fault.Error{Kind: fault.Conflict, Field: "quarter", Key: "assess.edition.exists", Args: []any{quarter}}
		}
		e.Revision = 1
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		if err := saveEntries(tx, quarter, entries); err != nil {
			return err
		}
		return s.write(tx, by, "assessment.draft", "assessment_edition", quarter, "", nil, e)
	})
	return e, err
}

// Redraft judges a draft again with what is known now: an owner mended an
// answer, an auditor confirmed one.
func (s *Store) Redraft(ctx context.Context, by identity.Actor, quarter string, facts []assess.Fact, revision int64) (assess.Edition, error) {
	e, _, err := s.edition(s.db.WithContext(ctx), quarter)
	if err != nil {
		return e, database.Explain(err, "read edition "+quarter)
	}
	if err := e.May(by); err != nil {
		return e, err
	}
	set, err := s.Set(ctx, e.Set, e.Version)
	if err != nil {
		return e, err
	}
	e.JudgedAt = s.now()
	entries, err := s.entries(ctx, &e, set, facts)
	if err != nil {
		return e, err
	}
	return s.changeEdition(ctx, by, quarter, revision, "assessment.redraft", func(tx *gorm.DB, kept *assess.Edition) error {
		if err := kept.May(by); err != nil {
			return err
		}
		kept.JudgedAt = e.JudgedAt
		return saveEntries(tx, quarter, entries)
	})
}

// entries are all services with what is known of them and its score.
func (s *Store) entries(ctx context.Context, e *assess.Edition, set *assess.Set, measured []assess.Fact) ([]assess.Entry, error) {
	tx := s.db.WithContext(ctx)
	all, err := services(tx)
	if err != nil {
		return nil, database.Explain(err, "read services")
	}
	known, err := everything(tx)
	if err != nil {
		return nil, database.Explain(err, "read facts")
	}
	for _, f := range measured {
		if err := f.Validate(); err != nil {
			return nil, err
		}
		if known[f.Service] == nil {
			known[f.Service] = assess.Facts{}
		}
		known[f.Service][f.Measure] = bounded(f)
	}
	wanted := append(set.Measures(), assess.Volume)
	entries := make([]assess.Entry, 0, len(all))
	for _, row := range all {
		one := assess.Entry{Service: row.Slug, Institution: row.Institution, Volume: known[row.Slug].Volume(e.JudgedAt), Facts: []assess.Fact{}}
		for m, f := range known[row.Slug] {
			if slices.Contains(wanted, m) {
				f.Service = ""
				one.Facts = append(one.Facts, f)
			}
		}
		slices.SortFunc(one.Facts, func(a, b assess.Fact) int { return compare(string(a.Measure), string(b.Measure)) })
		entries = append(entries, one)
	}
	return e.Judge(set, entries), nil
}

// everything is what is known of all services, with the evidence that an edition keeps.
func everything(tx *gorm.DB) (map[string]assess.Facts, error) {
	out := map[string]assess.Facts{}
	var all []assess.Fact
	if err := tx.Find(&all).Error; err != nil {
		return nil, err
	}
	for _, f := range all {
		if out[f.Service] == nil {
			out[f.Service] = assess.Facts{}
		}
		out[f.Service][f.Measure] = utc(f)
	}
	return out, nil
}

func saveEntries(tx *gorm.DB, quarter string, entries []assess.Entry) error {
	if err := tx.Where("quarter = ?", quarter).Delete(&EntryRow{}).Error; err != nil {
		return err
	}
	rows := make([]EntryRow, 0, len(entries))
	for _, one := range entries {
		body, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("write %s in edition %s: %w", one.Service, quarter, err)
		}
		rows = append(rows, EntryRow{quarter, one.Service, one.Institution, string(body)})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(&rows, batch).Error
}

// edition reads an edition with its entries.
func (s *Store) edition(tx *gorm.DB, quarter string) (assess.Edition, []assess.Entry, error) {
	var e assess.Edition
	if err := tx.Where("quarter = ?", quarter).Take(&e).Error; err != nil {
		return e, nil, err
	}
	var rows []EntryRow
	if err := tx.Where("quarter = ?", quarter).Order("service").Find(&rows).Error; err != nil {
		return e, nil, err
	}
	entries, err := read(rows)
	return e, entries, err
}

func read(rows []EntryRow) ([]assess.Entry, error) {
	entries := make([]assess.Entry, len(rows))
	for n, row := range rows {
		if err := json.Unmarshal([]byte(row.Body), &entries[n]); err != nil {
			return nil, fmt.Errorf("read %s in edition %s: %w", row.Service, row.Quarter, err)
		}
	}
	return entries, nil
}

// Editions are all editions, the newest first. Whoever may judge or reply sees
// drafts as well.
func (s *Store) Editions(ctx context.Context, by identity.Actor) ([]assess.Edition, error) {
	q := s.db.WithContext(ctx).Order("quarter DESC")
	if !by.MayAnywhere(identity.ReadServices) {
		q = q.Where("state = ?", string(assess.Frozen))
	}
	var all []assess.Edition
	err := q.Find(&all).Error
	return all, database.Explain(err, "read editions")
}

// Edition is one edition with what it says of each service. A draft shows each
// owner their own services only.
func (s *Store) Edition(ctx context.Context, by identity.Actor, quarter string) (assess.Edition, []assess.Entry, error) {
	e, entries, err := s.edition(s.db.WithContext(ctx), quarter)
	if err != nil {
		return e, nil, database.Explain(err, "read edition "+quarter)
	}
	if e.State == assess.Frozen {
		return e, entries, nil
	}
	if !by.MayAnywhere(identity.ReadServices) {
		return assess.Edition{}, nil, fault.New(fault.NotFound, "fault.not_found")
	}
	return e, slices.DeleteFunc(entries, func(one assess.Entry) bool { return !by.May(identity.ReadServices, one.Institution) }), nil
}

// Trend is what frozen editions said of a service, by quarter, the oldest first.
func (s *Store) Trend(ctx context.Context, service string) ([]assess.Edition, []assess.Entry, error) {
	tx := s.db.WithContext(ctx)
	var editions []assess.Edition
	frozen := tx.Where("state = ?", string(assess.Frozen)).
		Where("quarter IN (SELECT quarter FROM assess_entries WHERE service = ?)", service).Order("quarter")
	if err := frozen.Find(&editions).Error; err != nil {
		return nil, nil, database.Explain(err, "read editions of "+service)
	}
	quarters := make([]string, len(editions))
	for n, e := range editions {
		quarters[n] = e.Quarter
	}
	var rows []EntryRow
	if err := tx.Where("service = ? AND quarter IN ?", service, quarters).Order("quarter").Find(&rows).Error; err != nil {
		return nil, nil, database.Explain(err, "read editions of "+service)
	}
	entries, err := read(rows)
	return editions, entries, err
}

// Reply keeps what an owner says of a draft.
func (s *Store) Reply(ctx context.Context, by identity.Actor, quarter, service, text string) (assess.Reply, error) {
	var r assess.Reply
	err := s.within(ctx, "reply to edition "+quarter, func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		var e assess.Edition
		if err := tx.Where("quarter = ?", quarter).Take(&e).Error; err != nil {
			return err
		}
		var row EntryRow
		if err := tx.Where("quarter = ? AND service = ?", quarter, service).Take(&row).Error; err != nil {
			return err
		}
		var err error
		if r, err = e.NewReply(by, s.now(), service, row.Institution, text); err != nil {
			return err
		}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		return s.write(tx, by, "assessment.reply", "service", service, row.Institution, nil, map[string]string{"quarter": quarter, "text": r.Text})
	})
	return r, err
}

// Respond answers a reply.
func (s *Store) Respond(ctx context.Context, by identity.Actor, id int64, text string) (assess.Reply, error) {
	var r assess.Reply
	err := s.within(ctx, "answer a reply", func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		if err := tx.Take(&r, id).Error; err != nil {
			return err
		}
		var e assess.Edition
		if err := tx.Where("quarter = ?", r.Quarter).Take(&e).Error; err != nil {
			return err
		}
		before := r
		if err := r.Respond(by, s.now(), &e, text); err != nil {
			return err
		}
		if err := update(tx, &r); err != nil {
			return err
		}
		return s.write(tx, by, "assessment.respond", "service", r.Service, r.Institution, before, r)
	})
	return r, err
}

// Replies are what owners said of an edition, of one service or ("") of all:
// of a frozen one everybody's, of a draft those that the actor may see.
func (s *Store) Replies(ctx context.Context, by identity.Actor, quarter, service string) ([]assess.Reply, error) {
	tx := s.db.WithContext(ctx)
	var e assess.Edition
	if err := tx.Where("quarter = ?", quarter).Take(&e).Error; err != nil {
		return nil, database.Explain(err, "read edition "+quarter)
	}
	all, err := replies(tx, quarter)
	if err != nil {
		return nil, database.Explain(err, "read replies")
	}
	return slices.DeleteFunc(all, func(r assess.Reply) bool {
		hidden := e.State != assess.Frozen && !by.May(identity.ReadServices, r.Institution)
		return hidden || service != "" && r.Service != service
	}), nil
}

func replies(tx *gorm.DB, quarter string) ([]assess.Reply, error) {
	var all []assess.Reply
	err := tx.Where("quarter = ?", quarter).Order("service, id").Find(&all).Error
	return all, err
}

// Freeze publishes an edition for ever.
func (s *Store) Freeze(ctx context.Context, by identity.Actor, quarter string, revision int64) (assess.Edition, error) {
	return s.changeEdition(ctx, by, quarter, revision, "assessment.freeze", func(tx *gorm.DB, e *assess.Edition) error {
		_, entries, err := s.edition(tx, quarter)
		if err != nil {
			return err
		}
		all, err := replies(tx, quarter)
		if err != nil {
			return err
		}
		set, err := setOf(tx, e)
		if err != nil {
			return err
		}
		return e.Freeze(by, s.now(), set, entries, all)
	})
}

// setOf is the set of an edition as it is kept.
func setOf(tx *gorm.DB, e *assess.Edition) (*assess.Set, error) {
	var row SetRow
	err := tx.Where("name = ? AND version = ?", e.Set, e.Version).Take(&row).Error
	return row.Body, err
}

func (s *Store) changeEdition(
	ctx context.Context, by identity.Actor, quarter string, revision int64, act string, rule func(*gorm.DB, *assess.Edition) error,
) (assess.Edition, error) {
	var e assess.Edition
	err := s.within(ctx, "change edition "+quarter, func(tx *gorm.DB) error {
		if err := touch(tx, stateSet); err != nil {
			return err
		}
		if err := tx.Where("quarter = ?", quarter).Take(&e).Error; err != nil {
			return err
		}
		before := e
		if err := by.Must(identity.JudgeAssessment, ""); err != nil {
			return err
		}
		if err := stale(e.Revision, revision); err != nil {
			return err
		}
		if err := rule(tx, &e); err != nil {
			return err
		}
		e.Revision++
		if err := update(tx, &e); err != nil {
			return err
		}
		return s.write(tx, by, act, "assessment_edition", quarter, "", before, e)
	})
	return e, err
}

// Verify computes a frozen edition again from what is kept and tells what was changed.
func (s *Store) Verify(ctx context.Context, quarter string) (assess.Checked, error) {
	tx := s.db.WithContext(ctx)
	e, entries, err := s.edition(tx, quarter)
	if err != nil {
		return assess.Checked{}, database.Explain(err, "read edition "+quarter)
	}
	if e.State != assess.Frozen {
		return assess.Checked{}, fault.New(fault.Conflict, "assess.edition.not_frozen", quarter)
	}
	all, err := replies(tx, quarter)
	if err != nil {
		return assess.Checked{}, database.Explain(err, "read replies")
	}
	set, err := setOf(tx, &e)
	if err != nil {
		return assess.Checked{}, database.Explain(err, "read set of criteria "+e.Set)
	}
	return e.Verify(set, entries, all)
}
