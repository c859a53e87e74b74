package inventorydb

import (
	"testing"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/inventory/twin"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestEveryFieldHasItsColumn(t *testing.T) {
	databasetest.Drift(t, &inventory.Dataset{}, &inventory.Publication{}, &inventory.Frequency{}, &inventory.Theme{},
		&inventory.Licence{}, &inventory.Governorate{}, &inventory.Holiday{}, &inventory.Rule{}, &Version{}, &number{}, &inventory.Obligation{},
		&inventory.Changeset{}, &ChangesetRow{}, &columnMapping{}, &inventory.Revision{},
		&inventory.ReviewComment{}, &inventory.Commitment{}, &inventory.Ground{}, &inventory.Wording{}, &inventory.Portal{}, &twin.Decision{},
		&file.File{}, &file.Look{}, &file.Host{})
}
