package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// importBatch is how many rows one transaction takes: enough to be fast, few
// enough that officers' changes get their turn in between.
const importBatch = 250

// importer compares a list with the register, batch by batch.
type importer struct {
	s           *Store
	by          identity.Actor
	institution string
	bodies      map[string]string // what a list may call a body, folded: its slug
	v           *inventory.Vocabulary
	now         time.Time
	apply       bool
	first       map[inventory.Source]int // line on which a source was first seen
	report      inventory.Report
}

// Import compares rows with the register and, when apply is set, makes drafts
// of what is new and changes what the list changed. A row is known again by
// its source, so that importing the same list twice changes nothing; what was
// changed both here and there is a conflict that a person decides. A bad row is
// refused with its reason and costs no other row anything. Each batch of rows is one
// transaction, with an audit line for each dataset; after an interruption the
// same import goes on where it stopped.
func (s *Store) Import(
	ctx context.Context, by identity.Actor, institution string, rows iter.Seq[inventory.Row], apply bool,
) (inventory.Report, error) {
	if err := by.Must(identity.RecordDataset, institution); err != nil {
		return inventory.Report{}, err
	}
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return inventory.Report{}, err
	}
	i := &importer{
		s: s, by: by, institution: institution, v: v, now: s.now(), apply: apply, first: map[inventory.Source]int{},
		report: inventory.Report{Applied: apply, Counts: map[inventory.Outcome]int{}},
	}
	if err := i.readBodies(ctx); err != nil {
		return inventory.Report{}, err
	}
	batch := make([]inventory.Row, 0, importBatch)
	for row := range rows {
		if batch = append(batch, row); len(batch) == importBatch {
			if err := i.take(ctx, batch); err != nil {
				return i.report, err
			}
			batch = batch[:0]
		}
	}
	return i.report, i.take(ctx, batch)
}

// readBodies learns the names of the institution and the bodies under it.
func (i *importer) readBodies(ctx context.Context) error {
	db := i.s.db.WithContext(ctx)
	if err := mustExist(db, i.institution, i.now); err != nil {
		return err
	}
	t, err := tree(db)
	if err != nil {
		return err
	}
	i.bodies = map[string]string{}
	for _, slug := range t.Under(i.institution, i.now) {
		body := t[slug]
		for _, name := range []string{slug, body.PortalOrg, body.Name["fr"], body.Name["ar"], body.Name["en"]} {
			if key := inventory.Fold(name); key != "" {
				i.bodies[key] = slug
			}
		}
	}
	return nil
}

// known is what the register holds of a batch.
type known map[inventory.Source]*inventory.Dataset

// take handles one batch.
func (i *importer) take(ctx context.Context, rows []inventory.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	for n, row := range rows {
		if row.Err == nil {
			rows[n].Err = row.Source.Check() // before it is looked for: the engines refuse what is no text
		}
	}
	var results []inventory.RowResult
	work := func(tx *gorm.DB) error {
		results = nil
		have, err := i.read(tx, rows)
		if err != nil {
			return err
		}
		seen := map[inventory.Source]int{}
		var w writes
		for n, row := range rows {
			w.at = n
			results = append(results, i.row(row, have, seen, &w))
		}
		if i.apply {
			return i.write(tx, w, results)
		}
		return nil
	}
	var err error
	if i.apply {
		err = i.s.db.WithContext(ctx).Transaction(work)
	} else {
		err = work(i.s.db.WithContext(ctx))
	}
	if err != nil {
		return explain(err, "import")
	}
	for n, one := range results {
		i.report.Add(one)
		if key := sourceKey(rows[n]); rows[n].Err == nil && key.ID != "" && i.first[key] == 0 {
			i.first[key] = rows[n].Line
		}
	}
	return nil
}

func sourceKey(row inventory.Row) inventory.Source {
	return inventory.Source{Portal: row.Source.Portal, ID: row.Source.ID}
}

// read loads and locks what the register holds of the rows.
func (i *importer) read(tx *gorm.DB, rows []inventory.Row) (known, error) {
	ids := map[string][]string{}
	for _, row := range rows {
		if row.Err == nil && row.Source.ID != "" {
			ids[row.Source.Portal] = append(ids[row.Source.Portal], row.Source.ID)
		}
	}
	if i.apply {
		tx = tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	have := known{}
	for portal, list := range ids {
		var found []inventory.Dataset
		if err := tx.Where("source_portal = ? AND source_id IN ?", portal, list).Order("id").Find(&found).Error; err != nil {
			return nil, fmt.Errorf("read imported datasets: %w", err)
		}
		for n := range found {
			have[inventory.Source{Portal: portal, ID: found[n].Source.ID}] = &found[n]
		}
	}
	return have, nil
}

// writes gathers what a batch writes.
type writes struct {
	at     int // index of the row at hand
	create []created
	change []changed
}

type created struct {
	d *inventory.Dataset
	n int // index of its result
}

type changed struct {
	before, after *inventory.Dataset
	n             int // index of its result
}

// row decides about one row.
func (i *importer) row(row inventory.Row, have known, seen map[inventory.Source]int, w *writes) inventory.RowResult {
	result := inventory.RowResult{Line: row.Line, Title: title(row.Content), Notes: row.Notes}
	if err := i.check(row, seen); err != nil {
		result.Outcome, result.Err = inventory.Refused, err
		return result
	}
	row.Source.Hash = row.Content.ImportHash()
	d := have[sourceKey(row)]
	if d == nil {
		i.create(row, &result, w)
		return result
	}
	if !i.by.May(identity.RecordDataset, d.Institution) {
		result.Outcome, result.Err = inventory.Refused, fault.New(fault.Invalid, "import.elsewhere")
		return result
	}
	result.Ref = d.Ref
	i.compare(row, d, &result, w)
	return result
}

// check refuses rows that are unreadable, malformed, or repeat an earlier line.
func (i *importer) check(row inventory.Row, seen map[inventory.Source]int) error {
	if row.Err != nil {
		return row.Err
	}
	if row.Source.ID != "" {
		key := sourceKey(row)
		if line := max(i.first[key], seen[key]); line != 0 {
			return fault.New(fault.Invalid, "import.repeated", line)
		}
		seen[key] = row.Line
	}
	return row.Content.Check(i.v, i.now)
}

func (i *importer) create(row inventory.Row, result *inventory.RowResult, w *writes) {
	d, err := inventory.New(i.by, i.bodyOf(row), row.Content, i.v, i.now)
	if err != nil {
		result.Outcome, result.Err = inventory.Refused, err
		return
	}
	d.Source = row.Source
	result.Outcome = inventory.Create
	w.create = append(w.create, created{d, w.at})
}

// bodyOf returns the body that the row's organisation names, else the
// institution itself.
func (i *importer) bodyOf(row inventory.Row) string {
	for _, name := range []string{row.Organisation, row.Content.Producer} {
		if slug, ok := i.bodies[inventory.Fold(name)]; ok {
			return slug
		}
	}
	return i.institution
}

// compare merges three ways: what was imported last, what the list says now,
// and what the register says now.
func (i *importer) compare(row inventory.Row, d *inventory.Dataset, result *inventory.RowResult, w *writes) {
	here := d.Content.ImportHash()
	switch {
	case row.Source.Hash == d.Source.Hash || row.Source.Hash == here:
		result.Outcome = inventory.Unchanged
		return
	case here != d.Source.Hash:
		result.Outcome, result.Err = inventory.Conflict, fault.New(fault.Conflict, "import.conflict")
		return
	}
	before := *d
	before.Content = d.Content.Clean()
	keepIDs(&row.Content, d.Content)
	if err := d.Edit(i.by, row.Content, i.v, i.now); err != nil {
		result.Outcome, result.Err = inventory.Conflict, err
		return
	}
	d.Source.Hash = row.Source.Hash
	result.Outcome = inventory.Change
	w.change = append(w.change, changed{&before, d, w.at})
}

// keepIDs gives a distribution the id it had under the same address.
func keepIDs(c *inventory.Content, was inventory.Content) {
	ids := map[string]string{}
	for _, x := range was.Distributions {
		ids[x.URL+" "+x.DownloadURL] = x.ID
	}
	for n, x := range c.Distributions {
		address := x.URL + " " + x.DownloadURL
		c.Distributions[n].ID = ids[address]
		delete(ids, address) // two files at one address are two distributions
	}
}

// write stores a batch.
func (i *importer) write(tx *gorm.DB, w writes, results []inventory.RowResult) error {
	lines := make([]audit.Line, 0, len(w.create)+len(w.change))
	datasets := make([]*inventory.Dataset, 0, len(w.create))
	if err := i.number(tx, w.create); err != nil {
		return err
	}
	for _, one := range w.create {
		line, err := auditLine(i.by, i.now, "dataset.import", nil, one.d)
		if err != nil {
			return err
		}
		results[one.n].Ref = one.d.Ref
		lines, datasets = append(lines, line), append(datasets, one.d)
	}
	for _, one := range w.change {
		finish(one.after)
		if err := update(tx, one.before.Revision, one.after); err != nil {
			return err
		}
		line, err := auditLine(i.by, i.now, "dataset.import", one.before, one.after)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	if len(datasets) > 0 {
		if err := tx.CreateInBatches(&datasets, insertBatch).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return fault.New(fault.Conflict, "import.concurrent")
			}
			return err
		}
	}
	return auditdb.Append(tx, lines...)
}

// insertBatch keeps a statement under the engines' limit of parameters: 65,535
// on PostgreSQL, 32,766 on SQLite, at some 40 a dataset.
const insertBatch = 125

// number gives ids and refs, one query for each institution.
func (i *importer) number(tx *gorm.DB, list []created) error {
	byInstitution := map[string][]*inventory.Dataset{}
	for _, one := range list {
		byInstitution[one.d.Institution] = append(byInstitution[one.d.Institution], one.d)
	}
	// Always in one order, so that two imports cannot wait for each other.
	for _, slug := range slices.Sorted(maps.Keys(byInstitution)) {
		datasets := byInstitution[slug]
		refs, err := nextRefs(tx, slug, i.now, len(datasets))
		if err != nil {
			return err
		}
		for n, d := range datasets {
			d.ID, d.Ref = newID(), refs[n]
			finish(d)
		}
	}
	return nil
}

func title(c inventory.Content) string {
	for _, code := range []string{"fr", "ar", "en"} {
		if s := strings.TrimSpace(c.Title[code]); s != "" {
			return s
		}
	}
	return ""
}
