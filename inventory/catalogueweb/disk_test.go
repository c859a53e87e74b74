package catalogueweb

import (
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogueweb/harvesttest"
)

// While there is no room to write the next snapshot, harvests end with the
// former one, whole, also after a restart; with room again, with the register
// as it is.
func TestAFullDiskKeepsTheFormerSnapshot(t *testing.T) {
	h := open(t, databasetest.Open(t), 230)
	w := newWorld(t, h)
	var walks []*walk
	for _, makes := range harvesttest.All() {
		c := &walk{t: t, world: w, reader: makes(w.source())}
		c.good(c.run())
		walks = append(walks, c)
	}
	former := h.public()
	h.add(231, 900)
	h.must(h.db.Model(&inventory.Publication{}).Where("ref > ?", "TN-MARHP-2026-00230").Update("modified", time.Now().UTC()).Error)
	h.must(h.db.Exec("PRAGMA max_page_count = 1").Error) // as small as the file already is
	for _, restart := range []bool{false, true} {
		if restart {
			h.reboot()
		}
		for _, c := range walks {
			j := c.run()
			if j.Err != nil || len(j.Deleted) > 0 {
				t.Errorf("%s, without room on the disk: %v", c.reader.Name, j)
			}
			for _, difference := range c.reader.Differs(former) {
				t.Errorf("%s: %s", c.reader.Name, difference)
			}
		}
	}
	h.must(h.db.Exec("PRAGMA max_page_count = 1000000").Error)
	h.pages.Changed()
	h.awaitSize(900)
	for _, c := range walks {
		if c.reader.Incremental() && !c.reader.Deletes() {
			continue // it asks for what is newer than its last run; what the disk held back is older
		}
		c.settle()
	}
}

// awaitSize waits until the catalogue lists n datasets: what failed is left
// alone for a moment.
func (h *house) awaitSize(n int) {
	h.tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if h.count() == n {
			return
		}
	}
	h.tb.Fatalf("the catalogue lists %d datasets; want %d", h.count(), n)
}
