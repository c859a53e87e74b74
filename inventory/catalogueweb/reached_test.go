package catalogueweb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// A reader of OAI-PMH asks next time from the date of the answer on. A change
// that the answer did not have, because it could not be written yet or was held
// back, must lie after that date.
func TestAReaderThatAsksFromTheLastDateOnMissesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 20)
		const list = "verb=ListRecords&metadataPrefix=oai_dc"
		dated := func() time.Time {
			t.Helper()
			at, err := time.Parse(time.RFC3339, askOAI(t, h, list).Date)
			h.must(err)
			return at
		}
		changed := func(n int) time.Time {
			var p inventory.Publication
			h.must(db.Where("dataset_id = ?", datasetID(n)).Take(&p).Error)
			return p.Modified
		}
		h.refresh()
		first := h.current()
		if at := dated(); time.Since(at) > settling+time.Minute {
			t.Errorf("an answer that has everything is of %s", at)
		}
		store := h.pages.feed.source.Snapshots
		other, ok, err := store.Lease(t.Context(), "another")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		h.rename(1, "Corrigé")
		h.skew.Store(int64(time.Hour)) // the other process takes its time
		h.must(db.Exec("UPDATE catalogue_lease SET until = until + 3600000").Error)
		h.refresh()
		if at := dated(); h.current() != first || at.After(changed(1)) {
			t.Errorf("the answer without the change is of %s, the change of %s", at, changed(1))
		}
		h.must(store.Release(t.Context(), other))
		h.refresh()
		if at := dated(); h.current() == first || at.Before(changed(1)) {
			t.Errorf("the answer with the change is of %s, the change of %s", at, changed(1))
		}
		_, err = store.Pin(t.Context(), operator, first.ID, "Essai du retour en arrière")
		h.must(err)
		h.skew.Store(int64(2 * time.Hour))
		h.refresh()
		if at := dated(); h.current() != first || at.After(changed(1)) {
			t.Errorf("held back: the answer is of %s, the change of %s", at, changed(1))
		}
	})
}
