package inventorydb

import (
	"fmt"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
)

// publishFact lets the public copy follow what is known of its file, in the
// transaction of the look. An unsuccessful look says nothing.
func (k *keeper) publishFact() error {
	if k.p == nil || k.f.Draft || !k.sight.Seen() || !k.p.Observe(factOf(k.f), k.now) {
		return nil
	}
	if err := bump(k.tx, cataloguePart, k.now); err != nil {
		return err
	}
	if err := enter(k.tx, k.p); err != nil {
		return err
	}
	err := k.tx.Model(k.p).Select("files", "modified", "version", "entered").UpdateColumns(k.p).Error
	if err != nil {
		return fmt.Errorf("tell the catalogue of a file: %w", err)
	}
	return nil
}

// factOf is what the catalogue may say of a file. A page that stands where a
// file should be is none, and looks different each time.
func factOf(f *file.File) inventory.FileFact {
	fact := inventory.FileFact{ID: f.DistributionID}
	if f.Format == file.HTML || f.State != file.OK && f.State != file.Moved && f.State != file.WrongFormat && f.State != file.TooLarge {
		return fact
	}
	fact.Format, fact.Bytes = string(f.Format), f.Bytes
	if f.State == file.TooLarge {
		return fact
	}
	fact.SHA256 = f.Hash
	if f.ChangedAt != nil {
		fact.Changed = *f.ChangedAt
	}
	return fact
}
