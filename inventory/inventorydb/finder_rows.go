package inventorydb

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/search"
	"github.com/jard-odi/jard/lang"
)

// table is how a finder reads a table.
type table struct {
	key       string
	count     func(db *gorm.DB) (int, error)
	states    func(db *gorm.DB, since time.Time) ([]rowState, error)
	documents func(db *gorm.DB, names shared) ([]search.Document, error)
}

// publicTable is what the public may find: approved and not withdrawn.
func publicTable() table {
	return table{
		key: "dataset_id",
		count: func(db *gorm.DB) (int, error) {
			var n int64
			err := db.Model(&inventory.Publication{}).Where("withdrawn_at IS NULL").Count(&n).Error
			return int(n), named(err, "count publications")
		},
		states: func(db *gorm.DB, since time.Time) ([]rowState, error) {
			var rows []inventory.Publication
			q := db.Select("dataset_id", "modified", "late_after", "withdrawn_at")
			if !since.IsZero() {
				q = q.Where("modified >= ?", since)
			}
			err := q.Find(&rows).Error
			states := make([]rowState, len(rows))
			for n, p := range rows {
				states[n] = rowState{p.DatasetID, p.Modified.UnixMicro(), p.LateAfter, !p.Live()}
			}
			if err != nil {
				return nil, named(err, "look for changes of publications")
			}
			return states, withFiles(fresh(db), false, states, since.IsZero())
		},
		documents: func(db *gorm.DB, names shared) ([]search.Document, error) {
			var rows []inventory.Publication
			err := db.Omit("search", "legal_ground", "anonymisation").Where("withdrawn_at IS NULL").Find(&rows).Error
			docs := make([]search.Document, len(rows))
			for n, p := range rows {
				docs[n] = names.document(p.DatasetID, p.Ref, p.Institution, p.Content, p.LateAfter)
				docs[n].Values[search.ByLife] = []string{string(p.Life)}
				docs[n].Stamp, docs[n].Modified = p.Modified.UnixMicro(), p.Modified.UnixMicro()
			}
			if err != nil {
				return nil, named(err, "read publications for search")
			}
			return docs, withColumns(fresh(db), false, docs)
		},
	}
}

// deskTable is what officers work on. Who may find what of it is decided where
// it is asked for.
func deskTable() table {
	stamp := func(d *inventory.Dataset) int64 { return d.UpdatedAt.UnixMicro()*31 + int64(d.Revision) }
	return table{
		key: "id",
		count: func(db *gorm.DB) (int, error) {
			var n int64
			err := db.Model(&inventory.Dataset{}).Count(&n).Error
			return int(n), named(err, "count datasets")
		},
		states: func(db *gorm.DB, since time.Time) ([]rowState, error) {
			var rows []inventory.Dataset
			q := db.Select("id", "revision", "updated_at", "late_after")
			if !since.IsZero() {
				q = q.Where("updated_at >= ?", since)
			}
			err := q.Find(&rows).Error
			states := make([]rowState, len(rows))
			for n, d := range rows {
				states[n] = rowState{d.ID, stamp(&d), d.LateAfter, false}
			}
			if err != nil {
				return nil, named(err, "look for changes of datasets")
			}
			return states, withFiles(fresh(db), true, states, since.IsZero())
		},
		documents: func(db *gorm.DB, names shared) ([]search.Document, error) {
			var rows []inventory.Dataset
			err := db.Omit("search", "legal_ground", "anonymisation").Find(&rows).Error
			docs := make([]search.Document, len(rows))
			for n, d := range rows {
				docs[n] = names.document(d.ID, d.Ref, d.Institution, d.Content, d.LateAfter)
				docs[n].Stamp, docs[n].Modified = stamp(&d), d.UpdatedAt.UnixMicro()
				docs[n].Values[search.ByState] = []string{string(d.State)}
				docs[n].Values[search.ByLife] = []string{string(d.Life)}
			}
			if err != nil {
				return nil, named(err, "read datasets for search")
			}
			return docs, withColumns(fresh(db), true, docs)
		},
	}
}

// fresh is db without the conditions that it was handed with.
func fresh(db *gorm.DB) *gorm.DB { return db.Session(&gorm.Session{NewDB: true}) }

func named(err error, doing string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// document is an entry as search reads it: its own words, and the names of
// what it is filed under.
func (n shared) document(id, ref, institution string, c inventory.Content, late *time.Time) search.Document {
	d := search.Document{
		ID: id, Ref: ref, Title: wordings(c.Title), Description: wordings(c.Description), Order: inventory.Fold(c.Title.In(lang.French)),
		Late: rowState{LateAfter: late}.late(),
	}
	for _, tag := range lang.All() {
		d.Keywords = append(d.Keywords, c.Keywords[string(tag)]...)
	}
	for _, x := range c.Distributions {
		d.Files = append(d.Files, wordings(x.Title)...)
	}
	d.Institution = append(wordings(n.tree[institution].Name), c.Producer, institution)
	if t, ok := n.vocabulary.Theme(c.Theme); ok {
		d.Institution = append(d.Institution, wordings(t.Name)...)
	}
	for _, code := range c.Spatial {
		if g, ok := n.vocabulary.Governorate(code); ok {
			d.Institution = append(d.Institution, wordings(g.Name)...)
		}
	}
	d.Values = [search.Columns][]string{
		search.ByInstitution: {institution}, search.ByTheme: {c.Theme}, search.ByFormat: formatsOf(c), search.ByLicence: {c.Licence},
		search.ByOpenness: {string(c.Openness)}, search.ByFrequency: {c.Frequency}, search.ByGovernorate: c.Spatial,
	}
	return d
}

func formatsOf(c inventory.Content) []string {
	return strings.Fields(c.Formats())
}

// wordings lists a text in every language it has.
func wordings(x lang.Text) []string {
	var all []string
	for _, tag := range lang.All() {
		if s := x[string(tag)]; s != "" {
			all = append(all, s)
		}
	}
	return all
}
