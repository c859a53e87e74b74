package monitorweb

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/domain"
	"github.com/jard-odi/jard/web"
)

func TestDomainsAmongWhatExpires(t *testing.T) {
	h := open(t, databasetest.Open(t))
	h.feed(h.add("b3", monitor.Active), "uuu")
	until, entered := noon.AddDate(0, 0, 6), noon.AddDate(0, 0, 20)
	stand := func(name, slug string, d domain.Domain) domain.Standing {
		d.Name = name
		return domain.Standing{Domain: d, Services: []domain.Service{{Slug: slug, Institution: "mi", Name: lang.Text{"fr": "Service " + slug}}}}
	}
	list := []domain.Standing{
		stand("example.tn", "b3", domain.Domain{Outcome: domain.NoServer}),
		stand("soon.tn", "s1", domain.Domain{Outcome: domain.OK, ExpiresAt: &until, Registrar: "Bureau"}),
		stand("hand.tn", "s2", domain.Domain{Outcome: domain.NoServer, EnteredAs: &entered}),
	}
	clock := func() time.Time { return h.now }
	shell, err := web.New(web.Options{Now: clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, people{}, clock, nil).Registered(func(context.Context) ([]domain.Standing, error) { return list, nil }).Routes()
	h.handler = shell.Handler()

	rec := h.ask(nobody, "GET", "/status/expiry", "")
	h.want(rec, 200, "soon.tn", "Bureau", "Dans les 7 jours", "hand.tn", "jour noté par une personne", "Fin inconnue", "example.tn", "RDAP")
	if strings.Contains(rec.Body.String(), "/desk/domains") {
		t.Error("the desk's page is named to the public")
	}
	h.want(h.ask(mcd, "GET", "/status/expiry", ""), 200, "/desk/domains")
	h.want(h.ask(nobody, "GET", "/status/expiry", "", "Accept-Language", "ar"), 200, "النهاية غير معروفة")
	rec = h.ask(nobody, "GET", "/status/expiry.ics", "")
	h.want(rec, 200, "Le nom de domaine soon.tn prend fin", "UID:domain-hand.tn-")
	h.want(h.ask(nobody, "GET", "/services/b3", ""), 200, "Enregistrement de", "example.tn", "Fin inconnue")
	list[0] = stand("example.tn", "b3", domain.Domain{EnteredAs: &entered})
	h.want(h.ask(nobody, "GET", "/services/b3", ""), 200, "noté par une personne")
}
