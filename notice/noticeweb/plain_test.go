package noticeweb_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
)

// Over plain HTTP a browser says Origin and nothing else of where a form comes
// from, and under no-referrer it says "null": the form of our own page must
// still be taken, and that of another site must not.
func TestALinkActsOverPlainHTTP(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		sent := func(origin string) int {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://jard.test"+h.confirm, strings.NewReader(""))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", origin)
			return h.send(r).Code
		}
		if got := sent("http://evil.example"); got != http.StatusForbidden {
			t.Errorf("another site's form = %d; want refused", got)
		}
		origin := "http://jard.test"
		policy := h.get(h.confirm).Header().Get("Referrer-Policy")
		if policy == "no-referrer" {
			origin = "null" // as the Fetch standard has it
		}
		if got := sent(origin); got != http.StatusOK {
			t.Errorf("our own form under %s, which browsers send as from %s = %d", policy, origin, got)
		}
	})
}
