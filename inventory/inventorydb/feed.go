package inventorydb

import (
	"context"
	"fmt"
	"iter"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// CatalogueRows reads whatever marks a change of what is public or was, in no
// order, without holding it all.
func (s *Store) CatalogueRows(ctx context.Context) iter.Seq2[catalogue.Row, error] {
	return func(yield func(catalogue.Row, error) bool) {
		rows, err := s.db.WithContext(ctx).
			Raw("SELECT dataset_id, ref, institution, revision, hash, modified, withdrawn_at FROM publications").Rows()
		if err != nil {
			yield(catalogue.Row{}, fmt.Errorf("read rows of the catalogue: %w", err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r catalogue.Row
			err := rows.Scan(&r.DatasetID, &r.Ref, &r.Institution, &r.Revision, &r.Hash, &r.Modified, &r.WithdrawnAt)
			if err != nil {
				err = fmt.Errorf("read rows of the catalogue: %w", err)
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(catalogue.Row{}, fmt.Errorf("read rows of the catalogue: %w", err))
		}
	}
}

// PublicationsByID loads what is public, or was, by its UUIDs, in no order.
func (s *Store) PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error) {
	var all []inventory.Publication
	if err := s.db.WithContext(ctx).Where("dataset_id IN ?", ids).Find(&all).Error; err != nil {
		return nil, fmt.Errorf("read publications: %w", err)
	}
	return all, nil
}
