package noticeweb_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/mandatedb"
)

// designate makes the officer's account the one in charge from the day, on
// record as the room of designations keeps it.
func (h *house) designate(from time.Time, until *time.Time) {
	h.Helper()
	h.ok(h.db.Create(&mandate.Designation{
		ID: "one", Institution: "marhp", Account: "officer", Function: "Direction", Mailbox: "data@agriculture.tn", ActRef: "n° 1",
		ActDay: "2026-11-01", StartsOn: "2026-11-01", State: mandate.Confirmed, From: &from, Until: until, ProposedAt: from,
	}).Error)
}

func TestALinkEndsWithItsDesignation(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		store := mandatedb.New(db, func() time.Time { return h.now })
		h.pages.Under(store.Lapsed)
		h.want(h.get(h.confirm), 200, "Je confirme") // nobody is designated: as ever
		h.designate(start, nil)
		h.want(h.get(h.confirm), 200, "Je confirme")

		before := h.periods()
		end := h.now.Add(time.Minute)
		h.ok(db.Model(&mandate.Designation{}).Where("id = 'one'").Update("until_at", end).Error)
		h.now = end.Add(time.Minute)
		for _, link := range []string{h.confirm, h.update} {
			h.want(h.get(link), 410, "ne répond plus de ces données")
			h.want(h.post(link, url.Values{"day": {"2026-12-14"}}), 410, "ne répond plus de ces données")
		}
		if after := h.periods(); len(after) != len(before) {
			t.Errorf("a refused link changed the ledger: %v, then %v", before, after)
		}
		h.want(h.post(h.stop, nil), 200, "C'est fait") // one's own mail is one's own

		h.pages.Under(func(context.Context, string, string, time.Time) (bool, error) { return false, context.DeadlineExceeded })
		if w := h.get(h.confirm); w.Code != 500 {
			t.Errorf("when nobody knows: %d", w.Code)
		}
	})
}
