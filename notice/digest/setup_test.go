package digest

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
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web/locale"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// house is a register with people.
type house struct {
	testing.TB
	db       *gorm.DB
	register *inventorydb.Store
	people   *identitydb.Store
	maker    *Maker
	now      time.Time
	actors   map[string]identity.Actor
}

func open(tb testing.TB, db *gorm.DB) *house {
	tb.Helper()
	h := &house{TB: tb, db: db, now: start, actors: map[string]identity.Actor{}}
	clock := func() time.Time { return h.now }
	h.register, h.people = inventorydb.New(db, clock), identitydb.New(db, clock)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(context.Background(), identity.System("seed"), v))
	for _, a := range []struct {
		id, institution string
		role            identity.Role
		language        lang.Tag
	}{
		{"officer", "marhp", identity.Officer, lang.French},
		{"arabic", "marhp", identity.Officer, lang.Arabic},
		{"head", "marhp", identity.Supervisor, lang.French},
		{"stranger", "ms", identity.Officer, lang.French},
		{"operator", "", identity.MCD, lang.English},
		{"member", "", identity.Committee, lang.French},
	} {
		account := identity.Account{ID: a.id, Email: a.id + "@example.tn", Name: "Amel " + a.id, Role: a.role, Language: a.language, CreatedAt: start, UpdatedAt: start}
		if a.institution != "" {
			account.Institution = &a.institution
		}
		h.ok(db.Create(&account).Error)
		h.actors[a.id], err = h.people.ActorOf(context.Background(), a.id)
		h.ok(err)
	}
	words, err := locale.Load()
	h.ok(err)
	f, err := pilot.Files.Open("reminders.csv")
	h.ok(err)
	plan, err := notice.ReadPlan(f)
	h.ok(err)
	h.maker = &Maker{
		Store: noticedb.New(db, clock), Plan: plan, Words: words, Operator: lang.Text{"fr": "Opérateur"},
		URL:      func(path string) string { return "https://jard.test" + path },
		Workdays: func(context.Context) (*inventory.Workdays, error) { return v.Workdays(), nil },
	}
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// published records, submits and approves a monthly dataset.
func (h *house) published(title string) *inventory.Dataset {
	h.Helper()
	ctx := context.Background()
	officer, reviewer := h.actors["officer"], h.actors["operator"]
	d, err := h.register.Create(ctx, officer, "marhp", inventory.Content{
		Title:       lang.Text{"fr": title, "ar": "إنتاج الحبوب حسب الولاية"},
		Description: lang.Text{"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.", "ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010"},
		Keywords:    lang.Words{"fr": {"céréales", "production"}, "ar": {"حبوب"}},
		Theme:       "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Open,
		ContactName: "Bureau des données", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-20",
		Distributions: []inventory.Distribution{{Title: lang.Text{"fr": "Tableau"}, URL: "https://www.agriculture.tn/c.csv", Format: "csv", MediaType: "text/csv"}},
	})
	h.ok(err)
	v, err := h.register.Vocabulary(ctx)
	h.ok(err)
	_, err = h.register.Change(ctx, officer, d.Ref, "dataset.submit", 0, func(d *inventory.Dataset) error { return d.Submit(officer, v, h.now) })
	h.ok(err)
	d, err = h.register.Change(ctx, reviewer, d.Ref, "dataset.approve", 0, func(d *inventory.Dataset) error { return d.Approve(reviewer, v, h.now) })
	h.ok(err)
	return d
}

// run writes the digests of the day that the clock shows.
func (h *house) run() Report {
	h.Helper()
	_, err := h.register.RollForward(context.Background())
	h.ok(err)
	r, err := h.maker.Run(context.Background())
	h.ok(err)
	return r
}

// on sets the clock to seven in the morning of a day.
func (h *house) on(day string) *house {
	at, ok := inventory.Date(day).In(inventory.Tunis())
	if !ok {
		h.Fatal(day)
	}
	h.now = at.Add(7 * time.Hour).UTC()
	return h
}
