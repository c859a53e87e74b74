package portalweb

import (
	"net/http"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/portal"
)

func TestTermsAreNamedInTheReadersLanguage(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		for _, one := range []struct {
			field        portal.Field
			ours, theirs string
		}{
			{portal.Licence, "LNDPO-TN", "notspecified"},
			{portal.Licence, "licence-nationale", "licence-maison"},
			{portal.Frequency, "annual", "chaque été"},
		} {
			h.record(seen(portal.Differs, "7", one.field, "ms", one.ours, one.theirs))
		}
		h.want(h.get(operator, "/desk/portal"), http.StatusOK, "Licence nationale", "licence-maison", "Annuelle", "chaque été", "!LNDPO-TN")
		h.want(h.get(operator, "/desk/portal", "Accept-Language", "ar"), http.StatusOK, "الرخصة الوطنية", "سنوية", "!annual")
	})
}

// record keeps what a read of the portal found.
func (h *house) record(all ...portal.Observation) {
	h.Helper()
	out := portal.Outcome{Met: map[string]bool{}, Sources: map[string]int{}, Observations: all}
	_, err := h.store.Record(h.Context(), portal.Reading{Portal: "https://portal.example", StartedAt: h.now, Whole: true}, out)
	h.ok(err)
}
