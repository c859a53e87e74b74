package indicatordb_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// house is the stores on one database and a clock that the test moves.
type house struct {
	testing.TB
	db         *gorm.DB
	register   *inventorydb.Store
	figures    *indicatordb.Store
	vocabulary *inventory.Vocabulary
	tree       identity.Tree
	now        time.Time
}

func open(tb testing.TB, db *gorm.DB) *house {
	tb.Helper()
	h := &house{TB: tb, db: db, now: start}
	clock := func() time.Time { return h.now }
	h.register, h.figures = inventorydb.New(db, clock), indicatordb.New(db, clock)
	people := identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	_, err = people.Seed(context.Background(), identity.System("seed"), institutions)
	h.ok(err)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(context.Background(), identity.System("seed"), v))
	h.vocabulary, err = h.register.Vocabulary(context.Background())
	h.ok(err)
	h.tree, err = people.Institutions(context.Background())
	h.ok(err)
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func of(role identity.Role, institutions ...string) identity.Actor {
	a := identity.Actor{Account: "acc-" + string(role), Role: role, Institutions: institutions}
	if len(institutions) > 0 {
		a.Institution = institutions[0]
	}
	return a
}

// operator reviews; system stands for the officers.
var (
	operator = of(identity.MCD)
	system   = identity.System("test")
)

func content(title, frequency string) inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": title, "ar": "إنتاج الحبوب"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}}, Theme: "agriculture", Frequency: frequency,
		Licence: "LNDPO-TN", Openness: inventory.Open, ContactEmail: "a@b.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{URL: "https://www.agriculture.tn/a.csv", Format: "CSV"}},
	}
}

// dataset records one and takes it as far as asked.
func (h *house) dataset(institution string, c inventory.Content, acts ...string) *inventory.Dataset {
	h.Helper()
	d, err := h.register.Create(context.Background(), system, institution, c)
	h.ok(err)
	for _, act := range acts {
		d, err = h.act(d.Ref, act, nil)
		h.ok(err)
	}
	return d
}

// act lets one act happen to a dataset.
func (h *house) act(ref, act string, edit func(*inventory.Content)) (*inventory.Dataset, error) {
	by := system
	if act == "approve" || act == "return" || act == "waive" {
		by = operator
	}
	return h.register.Change(context.Background(), by, ref, "dataset."+act, 0, func(d *inventory.Dataset) error {
		switch act {
		case "submit":
			return d.Submit(by, h.vocabulary, h.now)
		case "approve":
			return d.Approve(by, h.vocabulary, h.now)
		case "return":
			return d.Return(by, "Précisez l'unité", h.now)
		case "attest":
			return d.Attest(by, "", h.now)
		case "refresh":
			return d.Refresh(by, inventory.DateOf(h.now, inventory.Tunis()), h.now)
		case "waive":
			return d.Waive(by, inventory.Waiver{Reason: "Recensement en cours", Until: inventory.DateOf(h.now.AddDate(0, 1, 0), inventory.Tunis())}, h.now)
		case "withdraw":
			return d.Withdraw(by, "Doublon", "", h.now)
		}
		c := d.Content.Clean()
		edit(&c)
		return d.Edit(by, c, h.vocabulary, h.now)
	})
}

// scope is what the actor may read.
func (h *house) scope(by identity.Actor, slugs ...string) indicatordb.Scope {
	h.Helper()
	if len(slugs) == 0 {
		slugs = nil
	}
	s, err := indicatordb.Of(by, slugs)
	h.ok(err)
	return s
}
