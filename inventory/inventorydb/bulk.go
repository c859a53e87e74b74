package inventorydb

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// BulkFormat is the format of a changeset that was no file.
const BulkFormat = "bulk"

// MaxBulk is how many datasets one bulk edit may be about.
const MaxBulk = 20_000

// MaxRefs is how many datasets may be named one by one.
const MaxRefs = 1_000

// Bulk is a bulk edit: which datasets of an institution, and what becomes of them.
type Bulk struct {
	Institution string               `json:"institution"`
	Name        string               `json:"-"` // as a list of changesets shows it
	Filter      Filter               `json:"filter"`
	Edits       []inventory.BulkEdit `json:"edits"`
}

// missing are the fields a list can be narrowed to the lack of, with how the
// tables say so. Texts in several languages are kept as JSON.
func missing() map[string]string {
	all := map[string]string{
		"theme": "theme = ''", "frequency": "frequency = ''", "licence": "licence = ''", "openness": "openness = ''",
		"contact.name": "contact_name = ''", "contact.email": "contact_email = ''", "producer": "producer = ''",
		"legal_ground": "legal_ground = ''", "target_date": "target_date IS NULL", "data_modified": "data_modified IS NULL",
		"temporal.start": "temporal_start IS NULL", "spatial": "spatial = '[]'", "distributions": "distributions = '[]'",
		"personal_data": "personal_unknown",
	}
	for _, code := range []string{"fr", "ar", "en"} {
		for _, column := range []string{"title", "description", "keywords"} {
			all[column+"."+code] = "CAST(" + column + ` AS TEXT) NOT LIKE '%"` + code + `":%'`
		}
	}
	return all
}

// literal tells whether the filter is to be taken at its word: an edit of many
// datasets must not reach those that only resemble what was typed.
func (f Filter) literal() bool { return f.Living || f.Missing != "" || f.Refs != nil }

// MissingFields lists the fields that Filter.Missing may name.
func MissingFields() []string { return slices.Sorted(maps.Keys(missing())) }

// ProposeBulk keeps what edits would make of the datasets of an institution
// that the filter names: a changeset like that of a file, applied and undone
// the same way. It writes nothing of it.
func (s *Store) ProposeBulk(ctx context.Context, by identity.Actor, b Bulk) (*inventory.Changeset, error) {
	if err := by.Must(identity.RecordDataset, b.Institution); err != nil {
		return nil, err
	}
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	if err := inventory.CheckEdits(b.Edits, v, s.now()); err != nil {
		return nil, err
	}
	b.Filter.Institution, b.Filter.Living, b.Filter.Limit, b.Filter.Cursor = b.Institution, true, 0, ""
	n, err := s.Count(ctx, by, b.Filter)
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, fault.New(fault.Invalid, "bulk.none")
	case n > MaxBulk:
		return nil, fault.New(fault.TooLarge, "bulk.too_many", n, MaxBulk)
	}
	asked, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("keep a bulk edit: %w", err)
	}
	return s.Propose(ctx, by, b.Institution, HandedIn{
		Name: b.Name, Format: BulkFormat, File: asked, Rows: s.bulkRows(ctx, by, b),
		Seen: func() []inventory.SheetSeen { return nil },
	})
}

// bulkRows makes a row of each dataset, in the order of their refs.
func (s *Store) bulkRows(ctx context.Context, by identity.Actor, b Bulk) iter.Seq[inventory.Row] {
	return func(yield func(inventory.Row) bool) {
		line := 0
		for last := ""; ; {
			var batch []inventory.Dataset
			q, err := s.readable(ctx, by)
			if err == nil {
				q, err = s.narrow(q, b.Filter)
			}
			if err == nil {
				err = q.Where("ref > ?", last).Order("ref").Limit(sheetBatch).Find(&batch).Error
			}
			if err != nil {
				yield(inventory.Row{Err: fmt.Errorf("read datasets to edit: %w", err)})
				return
			}
			for _, d := range batch {
				line++
				if !yield(inventory.BulkRow(d, b.Edits, line)) {
					return
				}
			}
			if len(batch) < sheetBatch {
				return
			}
			last = batch[len(batch)-1].Ref
		}
	}
}
