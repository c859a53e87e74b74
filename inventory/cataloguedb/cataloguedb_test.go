package cataloguedb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestDrift(t *testing.T) {
	databasetest.Drift(t, &page{}, &run{}, &kept{}, &served{}, &holds{})
}

var start = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

// house is a store with a register in memory and a clock that stands still.
type house struct {
	*testing.T
	db       *gorm.DB
	store    *Store
	vault    *catalogue.Vault
	clock    time.Time
	live     []inventory.Publication
	settings catalogue.Settings
	newest   *catalogue.Snapshot
}

func open(t *testing.T, db *gorm.DB, n int) *house {
	t.Helper()
	h := &house{T: t, db: db, clock: start, settings: catalogue.Settings{BaseURL: "https://jard.example", Contact: "c@jard.example"}}
	h.store = New(db, func() time.Time { return h.clock })
	h.vault = catalogue.NewVault(h.store, 0)
	for i := range n {
		h.live = append(h.live, publication(i))
	}
	return h
}

func publication(n int) inventory.Publication {
	p := inventory.Publication{
		DatasetID: fmt.Sprintf("00000000-0000-4000-8000-%012x", n), Ref: fmt.Sprintf("R-%04d", n), Name: fmt.Sprintf("jeu-%d", n),
		Institution: "marhp", Revision: 1, Issued: start, Modified: start.Add(time.Duration(n) * time.Second),
		Content: inventory.Content{Title: lang.Text{"fr": fmt.Sprintf("Jeu %d", n)}, Openness: inventory.Open},
	}
	p.Hash = p.Content.Hash()
	return p
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// edit changes the title of the nth publication.
func (h *house) edit(n int, title string) {
	p := &h.live[n]
	p.Content.Title = lang.Text{"fr": title}
	p.Hash, p.Revision, p.Modified = p.Content.Hash(), p.Revision+1, p.Modified.Add(time.Minute)
}

// publish writes the register as it is.
func (h *house) publish() *catalogue.Snapshot {
	h.Helper()
	ctx := h.Context()
	c := catalogue.NewContext(h.settings, nil, identity.Tree{})
	lease, ok, err := h.store.Lease(ctx, "test")
	h.ok(err)
	if !ok {
		h.Fatal("no lease")
	}
	press := catalogue.Press{
		Vault: h.vault,
		Keep:  func(ctx context.Context, all []*catalogue.Rendered) error { return h.store.Keep(ctx, lease, all) },
		Publications: func(_ context.Context, ids []string) ([]inventory.Publication, error) {
			return slices.DeleteFunc(slices.Clone(h.live), func(p inventory.Publication) bool { return !slices.Contains(ids, p.DatasetID) }), nil
		},
	}
	plan, err := c.Plan(1, func(yield func(catalogue.Row, error) bool) {
		for _, p := range h.live {
			if !yield(catalogue.RowOf(p), nil) {
				return
			}
		}
	})
	h.ok(err)
	s, _, err := press.Print(ctx, plan, h.newest, h.clock)
	h.ok(err)
	h.ok(h.store.Publish(ctx, lease, s))
	h.ok(h.store.Release(ctx, lease))
	h.newest = s
	return s
}

func (h *house) sweep() Swept {
	h.Helper()
	swept, err := h.store.Sweep(h.Context(), "sweeper", h.settings)
	h.ok(err)
	return swept
}

func (h *house) ids() []string {
	h.Helper()
	all, err := h.store.Snapshots(h.Context())
	h.ok(err)
	var ids []string
	for _, k := range all {
		ids = append(ids, k.ID)
	}
	return ids
}

func TestWhatIsKeptComesBackAsItWas(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		h.live = append(h.live, inventory.Publication{DatasetID: "00000000-0000-4000-8000-0000000000ff", Ref: "R-BAD", Modified: start, Issued: start})
		s := h.publish()
		m, err := h.store.Find(t.Context(), s.ID)
		h.ok(err)
		c := catalogue.NewContext(h.settings, nil, identity.Tree{})
		back, err := c.Open(t.Context(), catalogue.NewVault(h.store, 0), m, nil)
		h.ok(err)
		if back.ID != s.ID || back.Len() != 250 || back.Pages() != s.Pages() || len(back.LeftOut) != 1 || back.LeftOut[0].Ref != "R-BAD" {
			t.Errorf("came back as %s with %d datasets, left out %v", back.ID, back.Len(), back.LeftOut)
		}
		for _, f := range []catalogue.Format{catalogue.JSONLD, catalogue.Turtle, catalogue.RDFXML, catalogue.NTriples} {
			for _, e := range catalogue.Encodings() {
				one, err := s.Whole(f).Read(t.Context(), e)
				h.ok(err)
				two, err := back.Whole(f).Read(t.Context(), e)
				h.ok(err)
				if !bytes.Equal(one, two) || s.Whole(f).ETag(e) != back.Whole(f).ETag(e) {
					t.Errorf("%s as %s: %d and %d bytes", f, e, len(one), len(two))
				}
			}
		}
		n := 0
		for p, err := range back.Everything(t.Context()) {
			h.ok(err)
			if p.Content.Title["fr"] != h.live[n].Content.Title["fr"] || !p.Modified.Equal(h.live[n].Modified) {
				t.Fatalf("publication %d came back as %+v", n, p)
			}
			n++
		}
		if n != 250 {
			t.Errorf("%d publications came back", n)
		}
	})
}

func TestTheSameContentIsOneSnapshot(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 30)
		first := h.publish()
		h.clock = h.clock.Add(time.Hour)
		was := h.live[3]
		h.edit(3, "Autre")
		second := h.publish()
		h.live[3] = was
		h.clock = h.clock.Add(time.Hour)
		third := h.publish()
		if first.ID != third.ID || first.ID == second.ID {
			t.Errorf("%s, %s, %s", first.ID, second.ID, third.ID)
		}
		all, err := h.store.Snapshots(t.Context())
		h.ok(err)
		for _, k := range all {
			if newest := k.ID == first.ID; k.Newest != newest || (k.Superseded == nil) != newest {
				t.Errorf("%+v", k)
			}
		}
	})
}

func TestOldSnapshotsAreForgottenWithTheirPages(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		var all []string
		for n := range 4 {
			h.edit(n*60, "Corrigé")
			all = append(all, h.publish().ID)
			h.clock = h.clock.Add(5 * time.Minute)
		}
		h.ok(h.store.Served(t.Context(), all[1:2]))
		_, err := h.store.Pin(t.Context(), identity.System("test"), all[0], "essai")
		h.ok(err)
		h.clock = h.clock.Add(time.Hour)
		h.sweep() // nobody read the third, and a quarter of an hour is over
		if got := h.ids(); len(got) != 3 || slices.Contains(got, all[2]) {
			t.Errorf("kept %v of %v", got, all)
		}
		h.clock = h.clock.Add(3 * 24 * time.Hour)
		h.ok(h.store.Unpin(t.Context(), identity.System("test"), "essai"))
		if swept := h.sweep(); swept.Snapshots != 2 || swept.Leaves == 0 {
			t.Errorf("swept %+v", swept)
		}
		if got := h.ids(); !slices.Equal(got, all[3:]) {
			t.Errorf("kept %v; want the newest of %v", got, all)
		}
		var leaves, runs int64
		h.ok(db.Model(&page{}).Count(&leaves).Error)
		h.ok(db.Model(&run{}).Distinct("leaf").Count(&runs).Error)
		if want := int64(h.newest.Pages()); leaves != want || runs != want {
			t.Errorf("%d leaves and runs of %d are kept; want %d", leaves, runs, want)
		}
		if _, err := h.newest.Whole(catalogue.Turtle).Read(t.Context(), catalogue.Gzip); err != nil {
			t.Error(err)
		}
		if swept := h.sweep(); swept != (Swept{}) {
			t.Errorf("sweeping again: %+v", swept)
		}
	})
}

func TestNothingIsForgottenWhileASnapshotIsWritten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 10)
		h.publish()
		h.edit(1, "Autre")
		h.publish()
		h.clock = h.clock.Add(100 * time.Hour)
		if _, ok, err := h.store.Lease(t.Context(), "writer"); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if swept := h.sweep(); swept != (Swept{}) {
			t.Errorf("swept %+v under a writer", swept)
		}
	})
}

func TestARefusalIsShownUntilASnapshotComesAbout(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 10)
		h.ok(h.store.Refused(t.Context(), "leaf 12: not JSON"))
		state, err := h.store.State(t.Context())
		h.ok(err)
		if !strings.Contains(state.Refused, "not JSON") || state.RefusedAt == nil || !state.RefusedAt.Equal(start) || state.Serve() != "" {
			t.Errorf("%+v", state)
		}
		s := h.publish()
		state, err = h.store.State(t.Context())
		h.ok(err)
		if state.Refused != "" || state.RefusedAt != nil || state.Serve() != s.ID || state.Version != 1 || !state.Built.Equal(start) {
			t.Errorf("%+v", state)
		}
	})
}

func TestALeafThatIsDamagedIsNotServed(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 10)
		s := h.publish()
		h.ok(db.Exec("UPDATE catalogue_runs SET data = ? WHERE encoding = ?", []byte("?"), int(catalogue.Zstd)).Error)
		m, err := h.store.Find(t.Context(), s.ID)
		h.ok(err)
		c := catalogue.NewContext(h.settings, nil, identity.Tree{})
		if _, err := c.Open(t.Context(), catalogue.NewVault(h.store, 0), m, nil); err == nil {
			t.Error("a damaged index is read")
		}
		h.ok(db.Exec("DELETE FROM catalogue_leaves").Error)
		if _, err := c.Open(t.Context(), catalogue.NewVault(h.store, 0), m, nil); err == nil {
			t.Error("a snapshot without its pages is served")
		}
		h.ok(db.Exec("UPDATE catalogue_snapshots SET leaves = ?", []byte("short")).Error)
		if _, err := h.store.Find(t.Context(), s.ID); err == nil {
			t.Error("a damaged manifest is read")
		}
	})
}

// Whoever writes a snapshot may have a page at hand that was forgotten meanwhile.
func TestASnapshotWithoutAllItsPagesIsNotPublished(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 250)
		first := h.publish()
		h.edit(3, "Autre")
		second := h.publish()
		h.ok(db.Where("key = ?", first.Manifest().Leaves[0].String()).Delete(&page{}).Error)
		lease, ok, err := h.store.Lease(t.Context(), "test")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := h.store.Publish(t.Context(), lease, first); !errors.Is(err, ErrPageLost) {
			t.Errorf("Publish = %v; want ErrPageLost", err)
		}
		if state, err := h.store.State(t.Context()); err != nil || state.Newest != second.ID {
			t.Errorf("%+v, %v; want %s to stay", state, err, second.ID)
		}
		h.ok(h.store.Publish(t.Context(), lease, second))
	})
}

// An operator may go back to a snapshot between the moment it is found to be of
// no use and the moment it goes.
func TestWhatAnOperatorGoesBackToIsNotForgotten(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db, 10)
		first := h.publish()
		h.edit(1, "Autre")
		second := h.publish()
		_, err := h.store.Pin(t.Context(), identity.System("test"), first.ID, "essai")
		h.ok(err)
		for _, id := range []string{first.ID, second.ID} {
			err := db.Transaction(func(tx *gorm.DB) error { return forgetAll(tx, []string{"x", id}) })
			if !errors.Is(err, errChosen) {
				t.Errorf("forgetAll(%s) = %v", id, err)
			}
		}
		if got := h.ids(); len(got) != 2 {
			t.Errorf("kept %v", got)
		}
		h.ok(h.store.Unpin(t.Context(), identity.System("test"), "essai"))
		h.ok(db.Transaction(func(tx *gorm.DB) error { return forgetAll(tx, []string{first.ID}) }))
		if got := h.ids(); !slices.Equal(got, []string{second.ID}) {
			t.Errorf("kept %v", got)
		}
	})
}
