package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
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
	*importer
	titles map[string]string // folded title of the institution's datasets: ref
	refs   map[string]int    // ref: line on which it was first seen
	sheets map[string]bool   // institutions that the file may speak of
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
	c := &inventory.Changeset{
		ID: newID(), Institution: institution, Account: by.Account, Name: clipName(u.Name), Format: u.Format,
		State: inventory.Proposed, Counts: map[inventory.Outcome]int{}, File: u.File, CreatedAt: p.now,
	}
	rows, err := p.walk(ctx, c, u.Rows)
	if err != nil {
		return nil, explain(err, "compare a file")
	}
	c.Sheets = append([]inventory.SheetSeen{}, u.Seen()...)
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		old := tx.Where("state = ? AND created_at < ?", inventory.Proposed, p.now.Add(-proposalLife))
		if err := old.Delete(&inventory.Changeset{}).Error; err != nil {
			return fmt.Errorf("forget old files: %w", err)
		}
		if err := tx.Create(c).Error; err != nil {
			return err
		}
		if err := tx.CreateInBatches(&rows, importBatch).Error; err != nil {
			return err
		}
		return s.recordChangeset(tx, by, "changeset.propose", c.ID, institution, map[string]any{
			"name": c.Name, "format": c.Format, "counts": c.Counts,
		})
	})
	return c, explain(err, "keep a file")
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
		importer: &importer{s: s, by: by, institution: institution, v: v, now: s.now(), first: map[inventory.Source]int{}},
		titles:   map[string]string{}, refs: map[string]int{}, sheets: map[string]bool{},
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
			c.Counts[one.Outcome]++
		}
		batch = batch[:0]
		return errors.Join(err, ctx.Err())
	}
	for row := range rows {
		if row.Line == 0 && row.Err != nil && len(all)+len(batch) == 0 {
			return nil, row.Err // nothing could be read at all
		}
		if batch = append(batch, row); len(batch) == importBatch {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return all, flush()
}

// verdict is what becomes of a row.
type verdict struct {
	inventory.RowResult
	changes []inventory.Difference
}

// keepRow is a row with its verdict as a changeset keeps it.
func keepRow(c *inventory.Changeset, n int, row inventory.Row, v verdict) ChangesetRow {
	kept := ChangesetRow{
		ChangesetID: c.ID, N: n, Sheet: row.Sheet, Line: row.Line, Outcome: v.Outcome, Ref: v.Ref, Title: clipTitle(v.Title),
		Cell: row.Cell("title.fr"), Remarks: []inventory.Remark{}, Changes: []inventory.Difference{},
	}
	for _, field := range []string{"title.ar", "ref"} {
		if kept.Cell == "" {
			kept.Cell = row.Cell(field)
		}
	}
	for _, f := range fault.All(v.Err) {
		kept.Remarks = append(kept.Remarks, row.RemarkOf(f))
	}
	for _, f := range v.Notes {
		note := row.RemarkOf(f)
		note.Note = true
		kept.Remarks = append(kept.Remarks, note)
	}
	for _, d := range v.changes {
		d.Was, d.Is = clipText(d.Was), clipText(d.Is)
		kept.Changes = append(kept.Changes, d)
	}
	if v.Outcome == inventory.Create || v.Outcome == inventory.Change {
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

// plan decides about a batch of rows, within tx when they will be written.
func (p *planner) plan(tx *gorm.DB, rows []inventory.Row) ([]verdict, writes, error) {
	for n := range rows {
		p.identify(&rows[n])
	}
	have, err := p.read(tx, rows)
	if err != nil {
		return nil, writes{}, err
	}
	named, err := p.readNamed(tx, rows)
	if err != nil {
		return nil, writes{}, err
	}
	bases, err := p.bases(tx, rows, named)
	if err != nil {
		return nil, writes{}, err
	}
	var w writes
	seen := map[inventory.Source]int{}
	results := make([]verdict, 0, len(rows))
	for n, row := range rows {
		w.at = n
		if row.Ref != "" {
			results = append(results, p.named(row, named[row.Ref], bases[row.Ref], &w))
			continue
		}
		results = append(results, p.unnamed(row, have, seen, &w))
	}
	for n, row := range rows {
		if key := sourceKey(row); row.Ref == "" && row.Err == nil && key.ID != "" && p.first[key] == 0 {
			p.first[key] = rows[n].Line
		}
	}
	return results, w, nil
}

// identify gives a new row of a sheet a source, so that the same sheet handed
// in twice finds what it made the first time; and leaves the producer out
// where it is a body of the register.
func (p *planner) identify(row *inventory.Row) {
	if row.Given == nil {
		return
	}
	if _, ok := p.bodies[inventory.Fold(row.Organisation)]; ok {
		row.Content.Producer = ""
	}
	if row.Ref == "" && row.Source.ID == "" && row.Err == nil {
		row.Source.ID = "sheet:" + digest(p.bodyOf(*row) + "\x00" + titleKey(row.Content))[:32]
	}
}

// unnamed decides about a row that names no ref.
func (p *planner) unnamed(row inventory.Row, have known, seen map[inventory.Source]int, w *writes) verdict {
	made := len(w.create)
	v := verdict{RowResult: p.row(row, have, seen, w)}
	taken := p.titles[titleKey(row.Content)]
	if v.Outcome == inventory.Create && row.Given != nil && taken != "" {
		w.create = w.create[:made]
		v.Outcome, v.Ref = inventory.Conflict, taken
		v.Err = &fault.Error{Kind: fault.Conflict, Field: "title.fr", Key: "import.title.exists", Args: []any{taken}}
		return v
	}
	switch v.Outcome {
	case inventory.Create:
		v.changes = inventory.Content{PersonalUnknown: true}.Differences(row.Content)
	case inventory.Change:
		one := w.change[len(w.change)-1]
		v.changes = one.before.Content.Differences(one.after.Content)
	}
	return v
}

// named decides about a row that says which dataset it is about.
func (p *planner) named(row inventory.Row, d *inventory.Dataset, base *inventory.Content, w *writes) verdict {
	v := verdict{RowResult: inventory.RowResult{Line: row.Line, Ref: row.Ref, Title: title(row.Content), Notes: row.Notes}}
	refuse := func(outcome inventory.Outcome, err error) verdict {
		v.Outcome, v.Err = outcome, err
		return v
	}
	line := p.refs[row.Ref]
	if line == 0 {
		p.refs[row.Ref] = row.Line
	}
	switch {
	case d == nil || !p.sheets[d.Institution] || !p.by.May(identity.RecordDataset, d.Institution):
		// The same answer for what does not exist and what is somebody else's.
		return refuse(inventory.Refused, fault.At("ref", "import.ref.unknown", clipTo(row.Ref, 60)))
	case line != 0 && line != row.Line:
		return refuse(inventory.Refused, fault.At("ref", "import.repeated", line))
	}
	if v.Title == "" {
		v.Title = title(d.Content)
	}
	if slug, ok := p.bodies[inventory.Fold(row.Organisation)]; ok && slug != d.Institution {
		row.Err = errors.Join(row.Err, fault.At("producer", "import.body.differs"))
	}
	if row.Err != nil {
		return refuse(inventory.Refused, row.Err)
	}
	return p.merge(row, d, base, w, v)
}

// merge joins what the sheet changed with what the register changed since.
func (p *planner) merge(row inventory.Row, d *inventory.Dataset, base *inventory.Content, w *writes, v verdict) verdict {
	unknown := base == nil
	if unknown {
		base = &d.Content
	}
	merged, conflicts := inventory.Merge(*base, base.Take(row.Content, row.Given), d.Content)
	v.changes = d.Content.Differences(merged)
	var err error
	for _, c := range conflicts {
		err = errors.Join(err, &fault.Error{
			Kind: fault.Conflict, Field: c.Field, Key: "import.field.conflict", Args: []any{clipTo(c.Was, 60)},
		})
	}
	switch {
	case err != nil:
		v.Outcome, v.Err, v.changes = inventory.Conflict, err, conflicts
		return v
	case len(v.changes) == 0:
		v.Outcome = inventory.Unchanged
		return v
	case unknown:
		v.Outcome, v.Err = inventory.Conflict, fault.New(fault.Conflict, "import.base.unknown")
		return v
	}
	before := *d
	before.Content = d.Content.Clean()
	if err := merged.Check(p.v, p.now); err != nil {
		v.Outcome, v.Err = inventory.Refused, err
		return v
	}
	if err := d.Edit(p.by, merged, p.v, p.now); err != nil {
		v.Outcome, v.Err = inventory.Conflict, err
		return v
	}
	v.Outcome = inventory.Change
	w.change = append(w.change, changed{&before, d, w.at})
	return v
}

// readNamed loads, and locks when they will be written, the datasets that rows name.
func (p *planner) readNamed(tx *gorm.DB, rows []inventory.Row) (map[string]*inventory.Dataset, error) {
	var refs []string
	for _, row := range rows {
		if row.Ref != "" {
			refs = append(refs, row.Ref)
		}
	}
	named := map[string]*inventory.Dataset{}
	if len(refs) == 0 {
		return named, nil
	}
	if p.apply {
		tx = tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	var found []inventory.Dataset
	if err := tx.Where("ref IN ?", refs).Order("id").Find(&found).Error; err != nil {
		return nil, fmt.Errorf("read datasets of a file: %w", err)
	}
	for n := range found {
		named[found[n].Ref] = &found[n]
	}
	return named, nil
}

// recordChangeset writes the audit line of an act on a changeset.
func (s *Store) recordChangeset(tx *gorm.DB, by identity.Actor, act, id, institution string, after any) error {
	line, err := audit.New(by, s.now(), act, "changeset", id, institution, nil, after)
	if err != nil {
		return err
	}
	return auditdb.Append(tx, line)
}
