package inventorydb

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

// clock is a clock that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// The actors of the tests.
var (
	officer = identity.Actor{
		Account: "acc-officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
	}
	stranger = identity.Actor{
		Account: "acc-stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"},
	}
	reviewer  = identity.Actor{Account: "acc-mcd", Role: identity.MCD}
	committee = identity.Actor{Account: "acc-committee", Role: identity.Committee}
	nobody    = identity.Actor{}
)

// setup returns a store on db with the pilot's institutions and vocabulary.
func setup(tb testing.TB, db *gorm.DB) (*Store, *clock) {
	tb.Helper()
	c := &clock{start}
	s := New(db, c.now)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	if err := db.CreateInBatches(&institutions, 50).Error; err != nil {
		tb.Fatal(err)
	}
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Seed(context.Background(), identity.System("seed"), v); err != nil {
		tb.Fatal(err)
	}
	return s, c
}

// complete is a content that may be submitted.
func complete(title string) inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": title, "ar": "إنتاج الحبوب حسب الولاية"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales", "production"}, "ar": {"حبوب"}},
		Theme:    "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactName: "Bureau des données", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{
			Title: lang.Text{"fr": "Tableau"}, URL: "https://www.agriculture.tn/cereales.csv", Format: "csv", MediaType: "text/csv",
		}},
	}
}

func create(tb testing.TB, s *Store, title string) *inventory.Dataset {
	tb.Helper()
	d, err := s.Create(context.Background(), officer, "marhp", complete(title))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func submit(s *Store, ref string) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(context.Background())
	if err != nil {
		return nil, err
	}
	return s.Change(context.Background(), officer, ref, "dataset.submit", 0, func(d *inventory.Dataset) error {
		return d.Submit(officer, v, s.now())
	})
}

func approve(s *Store, ref string) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(context.Background())
	if err != nil {
		return nil, err
	}
	return s.Change(context.Background(), reviewer, ref, "dataset.approve", 0, func(d *inventory.Dataset) error {
		return d.Approve(reviewer, v, s.now())
	})
}

func edit(s *Store, ref string, revision int, write func(*inventory.Content)) (*inventory.Dataset, error) {
	v, err := s.Vocabulary(context.Background())
	if err != nil {
		return nil, err
	}
	return s.Change(context.Background(), officer, ref, "dataset.edit", revision, func(d *inventory.Dataset) error {
		c := d.Content.Clean()
		write(&c)
		return d.Edit(officer, c, v, s.now())
	})
}

func withdraw(s *Store, ref, replacement string) (*inventory.Dataset, error) {
	return s.Change(context.Background(), officer, ref, "dataset.withdraw", 0, func(d *inventory.Dataset) error {
		return d.Withdraw(officer, "remplacé", replacement, s.now())
	})
}

// published creates, submits and approves.
func published(tb testing.TB, s *Store, title string) *inventory.Dataset {
	tb.Helper()
	d := create(tb, s, title)
	if _, err := submit(s, d.Ref); err != nil {
		tb.Fatal(err)
	}
	d, err := approve(s, d.Ref)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// faults renders an error's faults for comparison.
func faults(err error) []string {
	var out []string
	for _, f := range fault.All(err) {
		out = append(out, fmt.Sprintf("%s %s %s", f.Kind, f.Field, f.Key))
	}
	return out
}

func kind(err error) fault.Kind {
	k, _ := fault.KindOf(err)
	return k
}
