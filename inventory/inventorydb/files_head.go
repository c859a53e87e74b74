package inventorydb

import (
	"context"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/audit/auditdb"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/file"
)

// AskHead returns the file of a distribution, as if nobody had ever looked at
// it, to an officer who wants to see what its columns show of persons. The
// trail says that she looked; the row of the file is left alone.
func (s *Store) AskHead(ctx context.Context, by identity.Actor, ref, distribution string) (*file.File, error) {
	d, err := s.Get(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	if err := by.Must(identity.SeeSamples, d.Institution); err != nil {
		return nil, err
	}
	f, ok := fileIn(d.Content, distribution, s.now())
	if !ok {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	if f.Host == "" {
		return nil, fault.New(fault.Conflict, "file.ask.no_address")
	}
	f.DatasetID, f.Ref, f.Institution, f.PageURL = d.ID, d.Ref, d.Institution, ""
	line, err := audit.New(by, s.now(), "dataset.samples", "dataset", d.Ref, d.Institution, nil, map[string]any{"distribution": distribution})
	if err != nil {
		return nil, err
	}
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return auditdb.Append(tx, line) })
	return &f, explain(err, "note a look at "+ref)
}
