package catalogueweb

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/inventorydb"
)

var operator = identity.Actor{Account: "acc-mcd", Role: identity.MCD}

// rename changes the title of the nth dataset, as an approval does.
func (h *house) rename(n int, title string) {
	h.tb.Helper()
	var p inventory.Publication
	h.must(h.db.Where("dataset_id = ?", datasetID(n)).Take(&p).Error)
	p.Content.Title["fr"] = title
	p.Hash, p.Revision, p.Modified = p.Content.Hash(), p.Revision+1, time.Now().UTC().Truncate(time.Microsecond)
	h.must(h.db.Select("*").Updates(&p).Error)
	h.bump()
}

func (h *house) refresh() {
	h.tb.Helper()
	h.must(h.pages.Refresh(h.tb.Context()))
}

// current is the snapshot that is served.
func (h *house) current() *catalogue.Snapshot { return h.pages.feed.shelf.Current() }

// page is a page of a snapshot as it goes out.
func page(tb testing.TB, s *catalogue.Snapshot, f catalogue.Format, number int) []byte {
	tb.Helper()
	d, ok := s.Page(f, number)
	if !ok {
		tb.Fatalf("no page %d", number)
	}
	b, err := d.Read(tb.Context(), catalogue.Plain)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestAnApprovalWritesOnePageAgain(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 1000)
		h.refresh()
		before, written := h.current(), h.pages.feed.rendered.Load()
		if written != int64(before.Pages()) {
			t.Errorf("the first snapshot wrote %d leaves for %d pages", written, before.Pages())
		}
		h.rename(500, "Récolte corrigée")
		h.refresh()
		after := h.current()
		if n := h.pages.feed.rendered.Load() - written; n != 1 {
			t.Errorf("one approval wrote %d leaves; want 1", n)
		}
		if after.ID == before.ID || after.Len() != 1000 || after.Pages() != before.Pages() {
			t.Errorf("snapshot %s of %d became %s of %d", before.ID, before.Len(), after.ID, after.Len())
		}
		if got := h.get("/dataset/" + datasetID(500) + ".ttl"); !bytes.Contains(got.body, []byte("Récolte corrigée")) {
			t.Errorf("the approval is not served:\n%s", got.body)
		}
		h.bump() // something changed, but nothing of the catalogue
		h.refresh()
		if h.current() != after || h.pages.feed.rendered.Load() != written+1 {
			t.Error("the same register was written again")
		}
	})
}

func TestAStoredSnapshotIsServedAfterARestartWithoutWriting(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		h.withdraw(7, "erreur", "")
		first := h.get("/catalog.ttl?page=2")
		search := h.get("/api/3/action/package_search?q=olives&rows=3")
		next := again(t, h)
		if got := next.get("/catalog.ttl?page=2"); got.status != http.StatusOK || !bytes.Equal(got.body, first.body) || got.header.Get("Etag") != first.header.Get("Etag") {
			t.Errorf("after the restart: %d, %d bytes; want the %d bytes from before", got.status, len(got.body), len(first.body))
		}
		if n := next.pages.feed.rendered.Load(); n != 0 {
			t.Errorf("the restart wrote %d leaves", n)
		}
		if got := next.get("/api/3/action/package_search?q=olives&rows=3"); !bytes.Equal(got.body, search.body) {
			t.Errorf("search answers differently:\n%s\n%s", got.body, search.body)
		}
		if got := next.get("/dataset/" + datasetID(7)); got.status != http.StatusGone {
			t.Errorf("withdrawn before the restart: %d", got.status)
		}
	})
}

func TestTwoProcessesServeOneSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		first := open(t, db, 250)
		second := again(t, first)
		houses := []*house{first, second}
		var old string
		for n := range 6 {
			first.rename(100+n, "Édition "+strings.Repeat("x", n+1))
			second.pages.Changed()
			var both sync.WaitGroup
			for _, h := range houses {
				both.Go(func() { _ = h.pages.Refresh(context.Background()) })
			}
			both.Wait()
			for _, h := range houses { // whoever lost the race for the lease looks again
				h.refresh()
			}
			a, b := first.current(), second.current()
			if a.ID != b.ID || !bytes.Equal(page(t, a, catalogue.Turtle, 2), page(t, b, catalogue.Turtle, 2)) {
				t.Fatalf("edition %d: the processes serve %s and %s", n, a.ID, b.ID)
			}
			if n == 0 {
				old = a.ID
			}
		}
		total := first.pages.feed.rendered.Load() + second.pages.feed.rendered.Load()
		if want := int64(first.current().Pages()) + 5; total != want {
			t.Errorf("%d leaves were written by both together; want %d", total, want)
		}
		// A third process never saw the first edition, and serves it by its id.
		third := again(t, first)
		if got := third.get("/catalog.ttl?page=2&snapshot=" + old); got.status != http.StatusOK || !bytes.Contains(got.body, []byte("snapshot="+old)) {
			t.Errorf("an edition that another process wrote: %d", got.status)
		}
		if got := third.get("/catalog.ttl?page=2&snapshot=ffffffffffffffff"); got.status != http.StatusGone {
			t.Errorf("an edition that never was: %d", got.status)
		}
	})
}

func TestADeadWritersLeaseRunsOut(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 120)
		h.refresh()
		before := h.current()
		if _, ok, err := h.pages.feed.source.Snapshots.Lease(t.Context(), "dead"); err != nil || !ok {
			t.Fatal(ok, err)
		}
		h.rename(3, "Attend")
		h.refresh()
		if h.current() != before {
			t.Error("written although another process does")
		}
		h.must(db.Exec("UPDATE catalogue_lease SET until = until - 60000").Error)
		h.pages.Changed()
		h.refresh()
		if h.current() == before {
			t.Error("a dead process keeps all others from writing")
		}
	})
}

func TestAWriterThatLostItsLeasePublishesNothing(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 120)
		h.refresh()
		store := h.pages.feed.source.Snapshots
		slow, ok, err := store.Lease(t.Context(), "slow")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		h.must(db.Exec("UPDATE catalogue_lease SET until = 0").Error)
		if _, ok, err := store.Lease(t.Context(), "quick"); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := store.Publish(t.Context(), slow, h.current()); err == nil {
			t.Error("a writer whose lease is another's publishes")
		}
		if err := store.Keep(t.Context(), slow, nil); err == nil {
			t.Error("a writer whose lease is another's stores pages")
		}
	})
}

// breaking is a register whose database goes away while a snapshot is written.
type breaking struct {
	*house
	after int // publications are read so often, then no more
	mu    sync.Mutex
}

func (b *breaking) PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.after--; b.after < 0 {
		return nil, errLost
	}
	return b.house.PublicationsByID(ctx, ids)
}

func TestADatabaseLostInTheMiddleLeavesTheFormerSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 400)
		h.refresh()
		before := h.current()
		for n := range 400 {
			h.rename(n+1, "Tout change")
		}
		h.pages.feed.source.Register = &breaking{house: h, after: 3}
		if err := h.pages.Refresh(t.Context()); !errors.Is(err, errLost) {
			t.Errorf("Refresh = %v", err)
		}
		if h.current() != before || !h.pages.Refused() {
			t.Error("half a snapshot is served, or nobody is told")
		}
		state, err := h.pages.feed.source.Snapshots.State(t.Context())
		if err != nil || state.Refused == "" || state.Newest != before.ID {
			t.Errorf("state %+v, %v", state, err)
		}
		if got := h.get("/catalog.ttl?page=1"); got.status != http.StatusOK {
			t.Errorf("meanwhile: %d", got.status)
		}
		h.pages.feed.source.Register = h
		written := h.pages.feed.rendered.Load()
		h.refresh()
		if h.current() == before || h.pages.Refused() || h.current().Len() != 400 {
			t.Error("not written once the database is back")
		}
		if n := h.pages.feed.rendered.Load() - written; n >= int64(h.current().Pages()) {
			t.Errorf("all %d leaves were written again; those that were stored should not be", n)
		}
	})
}

func TestAProcessThatDiesWhileWritingLeavesTheFormerSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 300)
		h.refresh()
		before := h.current().ID
		for n := range 300 {
			h.rename(n+1, "Tout change")
		}
		// What it leaves behind: the lease, some pages, and no snapshot.
		dying := again(t, h)
		dying.pages.feed.source.Register = &breaking{house: h, after: 2}
		_ = dying.pages.Refresh(t.Context())
		h.must(db.Exec("UPDATE catalogue_lease SET holder = 'dead', until = 9000000000000000").Error)
		next := again(t, h)
		if got := next.get("/catalog.ttl"); got.status != http.StatusOK || next.current().ID != before {
			t.Errorf("after the death: %d, %s; want the former", got.status, next.current().ID)
		}
		h.must(db.Exec("UPDATE catalogue_lease SET until = 0").Error)
		next.refresh()
		if next.current().ID == before || next.current().Len() != 300 {
			t.Error("nobody takes over")
		}
	})
}

func TestAFullDiskLeavesTheFormerSnapshot(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db, 300)
	h.refresh()
	before := h.current()
	for n := range 300 {
		h.rename(n+1, "Tout change")
	}
	h.must(db.Exec("PRAGMA max_page_count = 1").Error) // as small as the file already is
	if err := h.pages.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("Refresh on a full disk = %v", err)
	}
	if h.current() != before || !h.pages.Refused() {
		t.Error("a full disk changed what is served, or nobody is told")
	}
	for n := 1; n <= before.Pages(); n++ {
		page(t, before, catalogue.NTriples, n)
	}
	h.must(db.Exec("PRAGMA max_page_count = 1000000").Error)
	h.refresh()
	if h.current() == before || h.pages.Refused() {
		t.Error("with room again nothing is written")
	}
}

func TestAClosedDatabaseServesWhatFits(t *testing.T) {
	db := databasetest.Open(t)
	h := open(t, db, 250)
	h.refresh()
	h.get("/api/3/action/package_list")
	h.must(database.Close(db))
	h.pages.Changed()
	for _, address := range []string{
		"/catalog.ttl?page=1", "/catalog.rdf?page=3", "/catalog.nt?page=2", "/catalog.jsonld", "/data.json",
		"/dataset/" + datasetID(9) + ".ttl", "/api/3/action/package_show?id=" + datasetID(9), "/sitemap.xml",
	} {
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			if got := h.get(address, "Accept-Encoding", encoding); got.status != http.StatusOK {
				t.Errorf("%s as %s without a database: %d", address, encoding, got.status)
			}
		}
	}
	if got := h.get("/feed.atom"); got.status != http.StatusServiceUnavailable { // it tells of the past, which is not at hand
		t.Errorf("the feed of changes without a database: %d", got.status)
	}
	if got := h.get("/catalog.ttl?snapshot=ffffffffffffffff"); got.status != http.StatusServiceUnavailable {
		t.Errorf("whether an edition is gone cannot be known: %d", got.status)
	}
}

func TestAClockSetBackKeepsNothingFromBeingServed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 120)
		clock := time.Now()
		h.pages.feed.now = func() time.Time { return clock }
		h.refresh()
		clock = clock.Add(-36 * time.Hour)
		h.rename(5, "Après le saut")
		if got := h.get("/dataset/" + datasetID(5) + ".ttl"); !bytes.Contains(got.body, []byte("Après le saut")) {
			t.Error("a clock set back keeps the former snapshot in place")
		}
		h.rename(6, "Encore")
		if got := h.get("/dataset/" + datasetID(6) + ".ttl"); !bytes.Contains(got.body, []byte("Encore")) {
			t.Error("the next change is not served")
		}
	})
}

func TestGoingBackAndOn(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		second := again(t, h)
		h.refresh()
		good := h.current().ID
		h.rename(3, "Faute")
		h.refresh()
		bad := h.current().ID
		store := h.pages.feed.source.Snapshots
		if _, err := store.Pin(t.Context(), operator, good, " approuvé par erreur "); err != nil {
			t.Fatal(err)
		}
		h.rename(4, "Encore une") // approvals go on, and are not served
		for _, x := range []*house{h, second} {
			x.pages.Changed()
			x.refresh()
			if x.current().ID != good || !x.pages.Pinned() {
				t.Errorf("served is %s; want %s", x.current().ID, good)
			}
			if got := x.get("/dataset/" + datasetID(3) + ".ttl"); bytes.Contains(got.body, []byte("Faute")) {
				t.Error("what was taken back is served")
			}
		}
		if err := store.Unpin(t.Context(), operator, "corrigé"); err != nil {
			t.Fatal(err)
		}
		for _, x := range []*house{h, second} {
			x.pages.Changed()
			x.refresh()
			if id := x.current().ID; id == good || id == bad || x.pages.Pinned() {
				t.Errorf("served is %s; want the newest", id)
			}
		}
		var acts []string
		h.must(db.Table("audit_lines").Where("subject = 'catalogue'").Order("id").Pluck("act", &acts).Error)
		if !slices.Equal(acts, []string{"catalogue.pin", "catalogue.unpin"}) {
			t.Errorf("audit trail: %v", acts)
		}
	})
}

func TestWhoMayGoBack(t *testing.T) {
	h := open(t, databasetest.Open(t), 3)
	h.refresh()
	store := h.pages.feed.source.Snapshots
	for _, role := range append(identity.Roles(), identity.Public) {
		may := role == identity.MCD || role == identity.Admin
		by := identity.Actor{Account: "acc", Role: role, Institution: "marhp", Institutions: []string{"marhp"}}
		if role == identity.Public {
			by = identity.Actor{}
		}
		_, err := store.Pin(t.Context(), by, h.current().ID, "essai")
		if (err == nil) != may {
			t.Errorf("%s goes back: %v", role, err)
		}
		if err := store.Unpin(t.Context(), by, "essai"); (err == nil) != may {
			t.Errorf("%s goes on: %v", role, err)
		}
	}
	for name, try := range map[string]func() error{
		"catalogue.pin.reason_required": func() error { _, err := store.Pin(t.Context(), operator, h.current().ID, " \n"); return err },
		"catalogue.pin.reason_long": func() error {
			_, err := store.Pin(t.Context(), operator, h.current().ID, strings.Repeat("é", 1001))
			return err
		},
		"catalogue.pin.unknown": func() error { _, err := store.Pin(t.Context(), operator, "ffff", "essai"); return err },
		"catalogue.pin.none":    func() error { return store.Unpin(t.Context(), operator, "essai") },
	} {
		err := try()
		if all := fault.All(err); len(all) != 1 || all[0].Key != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDifferenceBetweenTwoEditions(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 500)
		h.refresh()
		a := h.current()
		h.rename(17, "Autre titre")
		h.withdraw(400, "Doublon", "")
		h.add(501, 502)
		h.refresh()
		b := h.current()
		d, err := catalogue.Diff(t.Context(), a, b)
		h.must(err)
		if len(d.Changed) != 1 || d.Changed[0].Before.Content.Title["fr"] != "Production d'olives 17" || d.Changed[0].After.Content.Title["fr"] != "Autre titre" {
			t.Errorf("changed: %+v", d.Changed)
		}
		if len(d.Withdrawn) != 1 || d.Withdrawn[0].Ref != "TN-MARHP-2026-00400" || d.Withdrawn[0].Reason != "Doublon" || d.Withdrawn[0].After != nil {
			t.Errorf("withdrawn: %+v", d.Withdrawn)
		}
		if len(d.Added) != 2 || d.Added[1].DatasetID != datasetID(502) || d.Added[0].Title["ar"] == "" {
			t.Errorf("added: %+v", d.Added)
		}
		back, err := catalogue.Diff(t.Context(), b, a)
		h.must(err)
		if len(back.Added) != 1 || len(back.Withdrawn) != 2 || len(back.Changed) != 1 {
			t.Errorf("the other way: %+v", back)
		}
		if same, err := catalogue.Diff(t.Context(), b, b); err != nil || !same.Empty() {
			t.Errorf("with itself: %+v, %v", same, err)
		}
	})
}

// A register that changes while it is read is planned anew, and what is served
// is one state of it.
func TestARegisterThatChangesMeanwhile(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 200)
		h.pages.feed.source.Register = &restless{house: h}
		h.refresh()
		if got := h.get("/dataset/" + datasetID(1) + ".ttl"); !bytes.Contains(got.body, []byte("Entre-temps")) {
			t.Errorf("%s", got.body)
		}
		version, err := h.register.CatalogueVersion(t.Context())
		h.must(err)
		if v := h.current().Version; v != version.Number {
			t.Errorf("version %d is served; the register has %d", v, version.Number)
		}
	})
}

// restless is a register that changes when its publications are read first.
type restless struct {
	*house
	once sync.Once
}

func (r *restless) PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error) {
	r.once.Do(func() { r.rename(1, "Entre-temps") })
	return r.house.PublicationsByID(ctx, ids)
}

var _ Register = (*inventorydb.Store)(nil)
