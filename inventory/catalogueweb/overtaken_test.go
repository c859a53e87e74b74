package catalogueweb

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory"
)

// What a process has at hand may be forgotten by another. The next snapshot
// must be whole for everybody, not for this process only.
func TestAPageThatWasForgottenIsWrittenAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 400)
		h.refresh()
		h.must(db.Exec("DELETE FROM catalogue_leaves WHERE key <> ?", h.current().Manifest().Leaves[0].String()).Error)
		h.rename(1, "Corrigé")
		h.refresh()
		next := again(t, h)
		for n := range h.current().Pages() {
			address := "/catalog.ttl?page=" + string(rune('1'+n))
			if got := next.get(address); got.status != http.StatusOK {
				t.Errorf("another process answers %s with %d", address, got.status)
			}
		}
		if a, b := h.current().ID, next.current().ID; a != b || h.pages.Refused() {
			t.Errorf("the processes serve %s and %s", a, b)
		}
	})
}

// overtaken is a register whose reader loses its lease while it reads.
type overtaken struct {
	*house
	once sync.Once
}

func (o *overtaken) PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error) {
	o.once.Do(func() { o.must(o.db.Exec("UPDATE catalogue_lease SET holder = 'another', until = 0").Error) })
	return o.house.PublicationsByID(ctx, ids)
}

// That another process went on with the writing is nothing that an operator
// must look after.
func TestAWriterThatIsOvertakenRefusesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 120)
		h.refresh()
		before := h.current()
		h.rename(1, "Corrigé")
		h.pages.feed.source.Register = &overtaken{house: h}
		h.refresh()
		state, err := h.pages.feed.source.Snapshots.State(t.Context())
		h.must(err)
		if h.pages.Refused() || state.Refused != "" || h.current() != before {
			t.Errorf("refused: %v, %q", h.pages.Refused(), state.Refused)
		}
		h.refresh()
		if h.current() == before {
			t.Error("the change is never written")
		}
	})
}
