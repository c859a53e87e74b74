package catalogueweb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

// rows asks for one page as the CKAN harvester does, and returns its ids.
func (h *house) rows(agent string, start int) (ids []string, count int) {
	h.tb.Helper()
	a := h.get(fmt.Sprintf("/api/3/action/package_search?rows=100&start=%d&sort=id+asc", start), "User-Agent", agent)
	var r struct {
		Result struct {
			Count   int
			Results []struct{ ID string }
		}
	}
	h.must(json.Unmarshal(a.body, &r))
	for _, x := range r.Result.Results {
		ids = append(ids, x.ID)
	}
	return ids, r.Result.Count
}

const ckanAgent = "python-requests/2.31.0"

func TestDeletionsInTheMiddleOfACKANWalkSkipNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		seen, count := h.rows(ckanAgent, 0)
		if len(seen) != 100 || count != 250 {
			t.Fatalf("%d of %d", len(seen), count)
		}
		for n := 1; n <= 30; n++ { // what was read already goes: the rest moves forward by thirty
			h.withdraw(n, "retiré", "")
		}
		h.caughtUp()
		for start := 100; start <= 300; start += 100 {
			more, of := h.rows(ckanAgent, start)
			if of != 250 {
				t.Errorf("start=%d counts %d", start, of)
			}
			seen = append(seen, more...)
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 250 {
			t.Errorf("the walk ends with %d datasets", len(seen))
		}
		if now, of := h.rows(ckanAgent, 0); of != 220 || now[0] != datasetID(31) {
			t.Errorf("the next walk begins on %d, %s", of, now[0])
		}
		if _, of := h.rows("another/1.0", 100); of != 220 {
			t.Errorf("who never began is shown %d", of)
		}
	})
}

func TestWhoListsNamesIsShownThosePackages(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	agent := "uData/0.1 ckan"
	h.get("/api/3/action/package_list", "User-Agent", agent)
	h.withdraw(2, "retiré", "")
	if a := h.get("/api/3/action/package_show?id=production-2", "User-Agent", agent); a.status != http.StatusOK {
		t.Errorf("a listed package is %d", a.status)
	}
	if a := h.get("/api/3/action/package_show?id=production-2"); a.status == http.StatusOK && !json.Valid(a.body) {
		t.Errorf("%d", a.status)
	}
	h.get("/api/3/action/package_list", "User-Agent", agent)
	if a := h.get("/api/3/action/package_show?id=production-1", "User-Agent", agent); a.status != http.StatusOK {
		t.Errorf("%d", a.status)
	}
}

func TestWhoCountsPagesStaysOnOneState(t *testing.T) {
	h := open(t, databasetest.Open(t), 250)
	h.get("/catalog.ttl", "User-Agent", ckanAgent)
	for n := 1; n <= 160; n++ {
		h.withdraw(n, "retiré", "")
	}
	h.caughtUp()
	if a := h.get("/catalog.ttl?page=3", "User-Agent", ckanAgent); a.status != http.StatusOK {
		t.Errorf("page 3 of the state that was begun: %d", a.status)
	}
	if a := h.get("/catalog.ttl?page=3"); a.status != http.StatusNotFound {
		t.Errorf("page 3 of the present state: %d", a.status)
	}
}

// shared is a store that two processes use, in memory.
type shared struct {
	mu   sync.Mutex
	kept map[string]harvest.Receipt
	keys map[harvest.Key]string
	lost bool
}

func (s *shared) Keep(_ context.Context, all []harvest.Pending) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return errLost
	}
	for _, p := range all {
		s.kept[p.Receipt.ID], s.keys[p.Key] = p.Receipt, p.Receipt.ID
	}
	return nil
}

func (s *shared) Walk(_ context.Context, k harvest.Key) (harvest.Receipt, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.kept[s.keys[k]]
	return r, ok, nil
}

func (s *shared) all() []harvest.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []harvest.Receipt
	for _, r := range s.kept {
		out = append(out, r)
	}
	return out
}

func TestAWalkGoesOnWhereAnotherProcessBeganIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		store := &shared{kept: map[string]harvest.Receipt{}, keys: map[harvest.Key]string{}}
		first := open(t, db, 250)
		first.pages.With(nil, store)
		second := again(t, first)
		second.pages.With(nil, store)
		second.get("/data.json") // holds the state that is read, too
		second.rows("other/1", 0)

		first.rows(ckanAgent, 0)
		first.must(first.pages.harvests.keep(t.Context()))
		first.withdraw(1, "retiré", "")
		second.pages.Changed()
		if _, of := second.rows(ckanAgent, 100); of != 250 {
			t.Errorf("the second process goes on with %d", of)
		}
		second.rows(ckanAgent, 200)
		second.must(second.pages.harvests.keep(t.Context()))
		all := store.all()
		all = slices.DeleteFunc(all, func(r harvest.Receipt) bool { return r.Dialect == "data.json" })
		if len(all) != 1 || all[0].Reached != 250 || !all[0].Current() || all[0].Consumer != "ckan" || all[0].Network != "127.0.0.0/24" {
			t.Errorf("receipts: %+v", all)
		}
	})
}

func TestReceiptsWaitForALostDatabase(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	store := &shared{kept: map[string]harvest.Receipt{}, keys: map[harvest.Key]string{}, lost: true}
	h.pages.With(harvest.Consumers{{Name: "portail", Agent: "GSA-harvester"}}, store)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { h.pages.KeepReceipts(ctx); close(done) }()
	for range 3 {
		h.get("/data.json", "User-Agent", "gsa-harvester/1")
	}
	h.get("/data.json", "User-Agent", "Mozilla/5.0")
	if err := h.pages.harvests.keep(t.Context()); err == nil && len(store.all()) > 0 {
		t.Error("stored in a lost database")
	}
	store.mu.Lock()
	store.lost = false
	store.mu.Unlock()
	h.server.Close() // every request is answered and noted
	stop()
	<-done
	all := store.all()
	if len(all) != 3 {
		t.Fatalf("%d receipts", len(all))
	}
	for _, r := range all {
		if r.Consumer != "portail" || r.Dialect != "data.json" || !r.Done() || r.Requests != 1 {
			t.Errorf("%+v", r)
		}
	}
	if counts := h.pages.HarvestCounts(); counts["browser"] != 1 || counts["other"] != 3 {
		t.Errorf("counts %v", counts)
	}
}

func TestScopeOfAQuestion(t *testing.T) {
	for _, tt := range []struct {
		args map[string]any
		want harvest.Scope
	}{
		{nil, harvest.Whole},
		{map[string]any{"q": "*:*"}, harvest.Whole},
		{map[string]any{"fq": "metadata_modified:[2026-08-20T09:00:00.123456Z TO *]"}, harvest.Changes},
		{map[string]any{"q": "metadata_modified:[2026-08-20T09:00:00Z+TO+*]"}, harvest.Changes},
		{map[string]any{"fq": "organization:marhp metadata_modified:[2026-08-20T09:00:00.123456Z TO *]"}, harvest.Part},
		{map[string]any{"q": "olives"}, harvest.Part},
		{map[string]any{"fq_list": []any{"groups:sante"}}, harvest.Part},
	} {
		if got := scopeOf(tt.args); got != tt.want {
			t.Errorf("%v is %s; want %s", tt.args, got, tt.want)
		}
	}
}

// again starts a second process on the database of the first.
func again(t *testing.T, first *house) *house {
	t.Helper()
	h := &house{tb: t, db: first.db, register: first.register}
	shell, err := web.New(web.Options{Log: slog.New(slog.DiscardHandler), BaseURL: base})
	h.must(err)
	s := catalogue.Settings{BaseURL: base, Title: lang.Text{"fr": "Registre", "ar": "السجل"}, Contact: "contact@jard.example"}
	source := Source{
		Register: h, Institutions: identitydb.New(first.db, time.Now), Snapshots: cataloguedb.New(first.db, time.Now), History: h.register,
	}
	h.pages = New(shell, source, s, time.Now, slog.New(slog.DiscardHandler))
	h.pages.Routes()
	h.serve(shell.Handler())
	return h
}
