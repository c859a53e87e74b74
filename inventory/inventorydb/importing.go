package inventorydb

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// importBatch is how many rows are compared and written at once: enough to be
// fast, few enough to be held.
const importBatch = 250

// readBodies learns the names of the institution and the bodies under it.
func (p *planner) readBodies(ctx context.Context) error {
	db := p.s.db.WithContext(ctx)
	if err := mustExist(db, p.institution, p.now); err != nil {
		return err
	}
	t, err := tree(db)
	if err != nil {
		return err
	}
	p.bodies = map[string]string{}
	for _, slug := range t.Under(p.institution, p.now) {
		body := t[slug]
		for _, name := range []string{slug, body.PortalOrg, body.Name["fr"], body.Name["ar"], body.Name["en"]} {
			if key := inventory.Fold(name); key != "" {
				p.bodies[key] = slug
			}
		}
	}
	return nil
}

// known is what the register holds of a batch.
type known map[inventory.Source]*inventory.Dataset

func sourceKey(row inventory.Row) inventory.Source {
	return inventory.Source{Portal: row.Source.Portal, ID: row.Source.ID}
}

// read loads and locks what the register holds of the rows.
func (p *planner) read(tx *gorm.DB, rows []inventory.Row) (known, error) {
	ids := map[string][]string{}
	for _, row := range rows {
		if row.Err == nil && row.Source.ID != "" {
			ids[row.Source.Portal] = append(ids[row.Source.Portal], row.Source.ID)
		}
	}
	if p.apply {
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
	link   []linked             // that a row turned out to be
	heard  []*inventory.Dataset // whose list was heard and not followed
}

type created struct {
	d *inventory.Dataset
	n int // index of its result
}

type changed struct {
	before, after *inventory.Dataset
	n             int // index of its result
}

// bySource decides about a row that is known, if at all, by where it came from.
func (p *planner) bySource(row inventory.Row, have known, seen map[inventory.Source]int, w *writes) verdict {
	v := verdict{title: title(row.Content), notes: row.Notes}
	if err := p.check(row, seen); err != nil {
		v.outcome, v.err = inventory.Refused, err
		return v
	}
	row.Source.Hash = row.Content.ImportHash()
	d := have[sourceKey(row)]
	if d == nil {
		p.create(row, &v, w)
		return v
	}
	if !p.by.May(identity.RecordDataset, d.Institution) {
		v.outcome, v.err = inventory.Refused, fault.New(fault.Invalid, "import.elsewhere")
		return v
	}
	v.ref, v.revision = d.Ref, d.Revision
	p.compare(row, d, &v, w)
	return v
}

// check refuses rows that are unreadable, malformed, or repeat an earlier line.
func (p *planner) check(row inventory.Row, seen map[inventory.Source]int) error {
	if row.Err != nil {
		return row.Err
	}
	if row.Source.ID != "" {
		key := sourceKey(row)
		if line := max(p.first[key], seen[key]); line != 0 {
			return fault.New(fault.Invalid, "import.repeated", line)
		}
		seen[key] = row.Line
	}
	return row.Content.Check(p.v, p.now)
}

func (p *planner) create(row inventory.Row, v *verdict, w *writes) {
	d, err := inventory.New(p.by, p.bodyOf(row), row.Content, p.v, p.now)
	if err != nil {
		v.outcome, v.err = inventory.Refused, err
		return
	}
	d.Source = row.Source
	v.outcome = inventory.Create
	w.create = append(w.create, created{d, w.at})
}

// bodyOf returns the body that the row's organisation names, else the
// institution itself.
func (p *planner) bodyOf(row inventory.Row) string {
	for _, name := range []string{row.Organisation, row.Content.Producer} {
		if slug, ok := p.bodies[inventory.Fold(name)]; ok {
			return slug
		}
	}
	return p.institution
}

// compare merges three ways: what was imported last, what the list says now,
// and what the register says now.
func (p *planner) compare(row inventory.Row, d *inventory.Dataset, v *verdict, w *writes) {
	here := d.Content.ImportHash()
	switch {
	case row.Source.Hash == d.Source.Hash || row.Source.Hash == here:
		v.outcome = inventory.Unchanged
		return
	case here != d.Source.Hash:
		v.changes = d.Content.Differences(d.Content.Take(row.Content, row.Given))
		v.outcome, v.err = inventory.Conflict, fault.New(fault.Conflict, "import.conflict")
		return
	}
	before := *d
	before.Content = d.Content.Clean()
	keepIDs(&row.Content, d.Content)
	if err := d.Edit(p.by, row.Content, p.v, p.now); err != nil {
		v.outcome, v.err = inventory.Conflict, err
		return
	}
	d.Source.Hash = row.Source.Hash
	v.outcome = inventory.Change
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

// settled notes that a person kept what the register says against the list,
// which is then not asked again.
func (w *writes) settled(row inventory.Row, d *inventory.Dataset) {
	if row.Answer != nil && sameSource(row, d) {
		d.Source.Hash = row.Content.ImportHash()
		w.heard = append(w.heard, d)
	}
}

// write stores a batch.
func (p *planner) write(tx *gorm.DB, w writes, verdicts []verdict) error {
	lines := make([]audit.Line, 0, len(w.create)+len(w.change))
	steps := make([]inventory.Revision, 0, len(w.create)+len(w.change))
	datasets := make([]*inventory.Dataset, 0, len(w.create))
	if err := p.number(tx, w.create); err != nil {
		return err
	}
	for _, one := range w.create {
		line, err := auditLine(p.by, p.now, "dataset.import", nil, one.d)
		if err != nil {
			return err
		}
		verdicts[one.n].ref = one.d.Ref
		lines, datasets = append(lines, line), append(datasets, one.d)
		steps = append(steps, step(p.by, p.now, "dataset.import", nil, one.d))
	}
	for _, one := range w.change {
		finish(one.after)
		if err := update(tx, one.before.Revision, one.after); err != nil {
			return err
		}
		line, err := auditLine(p.by, p.now, "dataset.import", one.before, one.after)
		if err != nil {
			return err
		}
		lines, steps = append(lines, line), append(steps, step(p.by, p.now, "dataset.import", one.before, one.after))
	}
	for _, d := range w.heard {
		if err := tx.Model(d).UpdateColumn("source_hash", d.Source.Hash).Error; err != nil {
			return fmt.Errorf("note a list heard: %w", err)
		}
	}
	linkLines, err := p.saveLinked(tx, w.link)
	if err != nil {
		return err
	}
	lines = append(lines, linkLines...)
	if len(datasets) > 0 {
		if err := tx.CreateInBatches(&datasets, insertBatch).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return fault.New(fault.Conflict, "import.concurrent")
			}
			return err
		}
	}
	if err := keepSteps(tx, steps...); err != nil {
		return err
	}
	return auditdb.Append(tx, lines...)
}

// insertBatch keeps a statement under the engines' limit of parameters: 65,535
// on PostgreSQL, 32,766 on SQLite, at some 40 a dataset.
const insertBatch = 125

// number gives ids and refs, one query for each institution.
func (p *planner) number(tx *gorm.DB, list []created) error {
	byInstitution := map[string][]*inventory.Dataset{}
	for _, one := range list {
		byInstitution[one.d.Institution] = append(byInstitution[one.d.Institution], one.d)
	}
	// Always in one order, so that two imports cannot wait for each other.
	for _, slug := range slices.Sorted(maps.Keys(byInstitution)) {
		datasets := byInstitution[slug]
		refs, err := nextRefs(tx, slug, p.now, len(datasets))
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
