package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/twin"
)

// HandedIn is a file handed in, as it was read.
type HandedIn struct {
	Name, Format string
	File         []byte
	Rows         iter.Seq[inventory.Row]
	Seen         func() []inventory.SheetSeen // asked once Rows has been walked
}

// planner compares rows with the register, whether they name a ref or not.
type planner struct {
	s           *Store
	by          identity.Actor
	institution string
	bodies      map[string]string // what a list may call a body, folded: its slug
	v           *inventory.Vocabulary
	now         time.Time
	apply       bool
	first       map[inventory.Source]int // line on which a source was first seen
	titles      map[string]string        // folded title of the institution's datasets: ref
	refs        map[string]int           // ref: line on which it was first seen
	twins       *twin.Index              // what new rows are compared with; nil when they are written
	sheets      map[string]bool          // institutions that the file may speak of
}

// Propose compares a file with the register and keeps what it would change. It
// writes nothing of it.
func (s *Store) Propose(
	ctx context.Context, by identity.Actor, institution string, u HandedIn,
) (*inventory.Changeset, error) {
	p, err := s.planner(ctx, by, institution)
	if err != nil {
		return nil, err
	}
	c := newChangeset(by, institution, u, p.now)
	if p.twins, err = s.alike.current(ctx, s); err != nil {
		return nil, err
	}
	rows, err := p.walk(ctx, c, u.Rows)
	if err != nil {
		return nil, explain(err, "compare a file")
	}
	c.Sheets = append([]inventory.SheetSeen{}, u.Seen()...)
	return c, explain(s.keep(ctx, by, c, rows), "keep a file")
}

// clipName keeps the last part of a file's name, at a length a list can show.
func clipName(name string) string {
	name = strings.ToValidUTF8(name[strings.LastIndexAny(name, `/\`)+1:], "")
	name = strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 120 {
		name = string(r[:120])
	}
	return name
}

func (s *Store) planner(ctx context.Context, by identity.Actor, institution string) (*planner, error) {
	if err := by.Must(identity.RecordDataset, institution); err != nil {
		return nil, err
	}
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	p := &planner{
		s: s, by: by, institution: institution, v: v, now: s.now(), first: map[inventory.Source]int{},
		titles: map[string]string{}, refs: map[string]int{}, sheets: map[string]bool{},
	}
	if err := p.readBodies(ctx); err != nil {
		return nil, err
	}
	for _, slug := range p.bodies {
		p.sheets[slug] = true
	}
	return p, p.readTitles(ctx)
}

// readTitles learns the titles that are taken within the institution.
func (p *planner) readTitles(ctx context.Context) error {
	var all []inventory.Dataset
	err := p.s.db.WithContext(ctx).Select("ref", "title", "source_id").
		Where("institution IN ? AND state <> ?", slices.Sorted(keys(p.sheets)), inventory.Withdrawn).Find(&all).Error
	if err != nil {
		return fmt.Errorf("read titles: %w", err)
	}
	for _, d := range all {
		if t := titleKey(d.Content); t != "" {
			p.titles[t] = d.Ref
		}
	}
	return nil
}

func keys(m map[string]bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// titleKey is what two datasets of one body may not share.
func titleKey(c inventory.Content) string { return inventory.Fold(title(c)) }

// walk compares all rows, batch by batch.
func (p *planner) walk(ctx context.Context, c *inventory.Changeset, rows iter.Seq[inventory.Row]) ([]ChangesetRow, error) {
	var all []ChangesetRow
	batch := make([]inventory.Row, 0, importBatch)
	flush := func() error {
		results, _, err := p.plan(p.s.db.WithContext(ctx), batch)
		for n, one := range results {
			all = append(all, keepRow(c, len(all), batch[n], one))
			c.Counts[one.outcome]++
		}
		batch = batch[:0]
		return errors.Join(err, ctx.Err())
	}
	for row := range rows {
		_, told := fault.KindOf(row.Err)
		if row.Err != nil && (!told || row.Line == 0 && len(all)+len(batch) == 0) {
			return nil, row.Err // nothing could be read at all, or nobody's fault ended it
		}
		if batch = append(batch, row); len(batch) == importBatch {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return all, flush()
}

// keepRow is a row with its verdict as a changeset keeps it.
func keepRow(c *inventory.Changeset, n int, row inventory.Row, v verdict) ChangesetRow {
	kept := ChangesetRow{
		ChangesetID: c.ID, N: n, Sheet: row.Sheet, Line: row.Line, Outcome: v.outcome, Ref: v.ref, Title: clipTitle(v.title),
		Twin: v.twin, Cell: row.Cell("title.fr"), Remarks: []inventory.Remark{}, Changes: []inventory.Difference{},
	}
	for _, field := range []string{"title.ar", "ref"} {
		if kept.Cell == "" {
			kept.Cell = row.Cell(field)
		}
	}
	for _, f := range fault.All(v.err) {
		kept.Remarks = append(kept.Remarks, row.RemarkOf(f))
	}
	for _, f := range v.notes {
		note := row.RemarkOf(f)
		note.Note = true
		kept.Remarks = append(kept.Remarks, note)
	}
	for _, d := range v.changes {
		d.Was, d.Is = clipText(d.Was), clipText(d.Is)
		kept.Changes = append(kept.Changes, d)
	}
	if v.outcome == inventory.Conflict {
		kept.Revision = v.revision
	}
	if v.outcome == inventory.Create || v.outcome == inventory.Change || v.outcome == inventory.Conflict {
		kept.Entry = &inventory.Entry{
			Ref: row.Ref, Base: row.Base, Organisation: row.Organisation, Revision: row.Revision, Given: row.Given,
			Content: row.Content, Source: row.Source,
		}
	}
	return kept
}

func clipTitle(s string) string { return clipTo(s, inventory.MaxTitle) }
func clipText(s string) string  { return clipTo(s, 400) }

func clipTo(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// recordChangeset writes the audit line of an act on a changeset.
func (s *Store) recordChangeset(tx *gorm.DB, by identity.Actor, act, id, institution string, after any) error {
	line, err := audit.New(by, s.now(), act, "changeset", id, institution, nil, after)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}
