package inventorydb

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// verdict is what becomes of a row.
type verdict struct {
	outcome  inventory.Outcome
	ref      string // of the dataset; empty for a row not yet created
	title    string
	notes    []*fault.Error
	err      error // why it was refused or conflicts
	changes  []inventory.Difference
	twin     string // ref of a dataset that a new row looks like
	revision int    // of the dataset that a conflict is about, as it was compared
}

// bad tells whether the row cannot be applied.
func (v verdict) bad() bool {
	return v.outcome == inventory.Conflict || v.outcome == inventory.Refused
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
	verdicts := make([]verdict, 0, len(rows))
	for n, row := range rows {
		w.at = n
		if row.Same != "" && have[sourceKey(row)] == nil {
			verdicts = append(verdicts, p.link(row, named[row.Same], &w))
			continue
		}
		if row.Ref != "" {
			verdicts = append(verdicts, p.named(row, named[row.Ref], bases[row.Ref], &w))
			continue
		}
		verdicts = append(verdicts, p.unnamed(row, have, seen, &w))
	}
	for n, row := range rows {
		if key := sourceKey(row); row.Ref == "" && row.Err == nil && key.ID != "" && p.first[key] == 0 {
			p.first[key] = rows[n].Line
		}
	}
	if err := p.compareTitles(tx, rows, verdicts); err != nil {
		return verdicts, w, err
	}
	return verdicts, w, p.lookForTwins(tx, rows, verdicts)
}

// identify gives a new row of a sheet a source, so that the same sheet handed
// in twice finds what it made the first time; and leaves the producer out
// where it is a body of the register.
func (p *planner) identify(row *inventory.Row) {
	if row.Err == nil {
		row.Err = row.Source.Check() // before it is looked for: the engines refuse what is no text
	}
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
	v := p.bySource(row, have, seen, w)
	taken := p.titles[titleKey(row.Content)]
	if v.outcome == inventory.Create && row.Given != nil && taken != "" {
		w.create = w.create[:made]
		v.outcome, v.ref = inventory.Conflict, taken
		v.err = &fault.Error{Kind: fault.Conflict, Field: "title.fr", Key: titleTaken, Args: []any{taken}}
		return v
	}
	switch v.outcome {
	case inventory.Create:
		v.changes = inventory.Content{PersonalUnknown: true}.Differences(row.Content)
	case inventory.Change:
		one := w.change[len(w.change)-1]
		v.changes = one.before.Content.Differences(one.after.Content)
	}
	return v
}

// titleTaken is the conflict of a new row with a dataset of the same title.
const titleTaken = "import.title.exists"

// compareTitles says, of new rows whose title another dataset has, in what
// they differ from it: the row may be meant for that one.
func (p *planner) compareTitles(tx *gorm.DB, rows []inventory.Row, verdicts []verdict) error {
	var refs []string
	for _, v := range verdicts {
		if v.conflicts(titleTaken) {
			refs = append(refs, v.ref)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	var found []inventory.Dataset
	if err := tx.Session(&gorm.Session{NewDB: true}).Where("ref IN ?", refs).Find(&found).Error; err != nil {
		return fmt.Errorf("read datasets of a title: %w", err)
	}
	for n := range verdicts {
		v := &verdicts[n]
		at := slices.IndexFunc(found, func(d inventory.Dataset) bool { return d.Ref == v.ref })
		if at >= 0 && v.conflicts(titleTaken) {
			d := found[at]
			given := rows[n].Content.Said(rows[n].Given) // who describes it anew does not mean to empty it
			v.revision, v.changes = d.Revision, d.Content.Differences(d.Content.Take(rows[n].Content, given))
			if len(v.changes) == 0 {
				v.outcome, v.err = inventory.Unchanged, nil
			}
		}
	}
	return nil
}

func (v verdict) conflicts(key string) bool {
	if v.outcome != inventory.Conflict {
		return false
	}
	all := fault.All(v.err)
	return len(all) > 0 && all[0].Key == key
}

// named decides about a row that says which dataset it is about.
func (p *planner) named(row inventory.Row, d *inventory.Dataset, base *inventory.Content, w *writes) verdict {
	v := verdict{ref: row.Ref, title: title(row.Content), notes: row.Notes}
	refuse := func(err error) verdict {
		v.outcome, v.err = inventory.Refused, err
		return v
	}
	line := p.refs[row.Ref]
	if line == 0 {
		p.refs[row.Ref] = row.Line
	}
	switch {
	case d == nil || !p.sheets[d.Institution] || !p.by.May(identity.RecordDataset, d.Institution):
		// The same answer for what does not exist and what is somebody else's.
		return refuse(fault.At("ref", "import.ref.unknown", clipTo(row.Ref, 60)))
	case line != 0 && line != row.Line:
		return refuse(fault.At("ref", "import.repeated", line))
	}
	if v.title == "" {
		v.title = title(d.Content)
	}
	if slug, ok := p.bodies[inventory.Fold(row.Organisation)]; ok && slug != d.Institution && row.Answer == nil {
		row.Err = errors.Join(row.Err, fault.At("producer", "import.body.differs"))
	}
	if row.Err != nil {
		return refuse(row.Err)
	}
	return p.merge(row, d, base, w, v)
}

// merge joins what the sheet changed with what the register changed since.
// Where nobody knows what the sheet was made from, each difference is a doubt.
func (p *planner) merge(row inventory.Row, d *inventory.Dataset, base *inventory.Content, w *writes, v verdict) verdict {
	v.revision = d.Revision
	unknown := base == nil
	if unknown {
		base = &d.Content
	}
	theirs := base.Take(row.Content, row.Given)
	merged, doubts := inventory.Merge(*base, theirs, d.Content)
	if unknown {
		merged, doubts = d.Content.Clean(), d.Content.Differences(merged)
	}
	moved := row.Answer != nil && row.Seen != d.Revision
	if row.Answer != nil && !moved {
		merged, doubts = row.Answer.Settle(merged, theirs, doubts), nil
	}
	if len(doubts) > 0 {
		v.outcome, v.err, v.changes = inventory.Conflict, doubtful(doubts, unknown, moved), doubts
		return v
	}
	v.changes = d.Content.Differences(merged)
	if len(v.changes) == 0 {
		v.outcome = inventory.Unchanged
		w.settled(row, d)
		return v
	}
	return p.change(row, d, merged, w, v)
}

// doubtful says what a person must decide.
func doubtful(doubts []inventory.Difference, unknown, moved bool) error {
	var err error
	if moved {
		err = fault.New(fault.Conflict, "import.answer.moved")
	}
	if unknown {
		return errors.Join(err, fault.New(fault.Conflict, "import.base.unknown"))
	}
	for _, c := range doubts {
		err = errors.Join(err, &fault.Error{
			Kind: fault.Conflict, Field: c.Field, Key: "import.field.conflict", Args: []any{clipTo(c.Was, 60)},
		})
	}
	return err
}

// change asks the rules whether a dataset may become what was merged.
func (p *planner) change(row inventory.Row, d *inventory.Dataset, merged inventory.Content, w *writes, v verdict) verdict {
	before := *d
	before.Content = d.Content.Clean()
	if err := merged.Check(p.v, p.now); err != nil {
		v.outcome, v.err = inventory.Refused, err
		return v
	}
	if err := d.Edit(p.by, merged, p.v, p.now); err != nil {
		v.outcome, v.err = inventory.Conflict, err
		return v
	}
	v.outcome = inventory.Change
	if sameSource(row, d) {
		d.Source.Hash = row.Content.ImportHash()
	}
	w.change = append(w.change, changed{&before, d, w.at})
	return v
}

// sameSource tells whether the row is the list's word on the dataset.
func sameSource(row inventory.Row, d *inventory.Dataset) bool {
	return row.Source.ID != "" && row.Source.ID == d.Source.ID && row.Source.Portal == d.Source.Portal
}

// readNamed loads, and locks when they will be written, the datasets that rows name.
func (p *planner) readNamed(tx *gorm.DB, rows []inventory.Row) (map[string]*inventory.Dataset, error) {
	var refs []string
	for _, row := range rows {
		if row.Same != "" {
			refs = append(refs, row.Same)
		}
		if len(row.Ref) > 0 && len(row.Ref) < 200 && row.Ref == strings.ToValidUTF8(row.Ref, "") && !strings.ContainsRune(row.Ref, 0) {
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
