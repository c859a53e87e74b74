package inventorydb

import (
	"context"
	"fmt"

	"github.com/jard-odi/jard/inventory"
)

// WouldPublish returns what the public would see of d if it were approved now,
// under the name that it would get. Nothing is written. The caller has read d.
func (s *Store) WouldPublish(ctx context.Context, d *inventory.Dataset) (*inventory.Publication, error) {
	v, err := s.Vocabulary(ctx)
	if err != nil {
		return nil, err
	}
	db := s.db.WithContext(ctx)
	was, err := publicationOf(db, d.ID)
	if err != nil {
		return nil, err
	}
	would := *d
	would.Content = d.Content.Clean()
	would.ApprovedRevision, would.ApprovedHash = d.Revision, d.Content.Hash()
	if d.State != inventory.Approved {
		would.ApprovedRevision++ // the approval is a step of its own
	}
	if would.Name == "" {
		if would.Name, err = freeName(db, &would); err != nil {
			return nil, err
		}
	}
	p := would.Publish(was, v, v.Workdays(), s.now())
	if _, p.SameAs, err = linkedTo(db, d.ID); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return p, nil
}
