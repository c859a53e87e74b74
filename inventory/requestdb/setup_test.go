package requestdb

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/audit"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// start is a working Monday.
var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

var (
	officer = identity.Actor{
		Account: "acc-officer", Role: identity.Officer, Institution: "marhp", Institutions: []string{"marhp", "onagri"},
	}
	stranger = identity.Actor{Account: "acc-stranger", Role: identity.Officer, Institution: "ms", Institutions: []string{"ms"}}
	operator = identity.Actor{Account: "acc-mcd", Role: identity.MCD}
)

// house is a store on a real database, with the register beside it.
type house struct {
	*testing.T
	db       *gorm.DB
	store    *Store
	register *inventorydb.Store
	clock    time.Time
	letters  []request.Letter
}

func open(t *testing.T, db *gorm.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, clock: start}
	now := func() time.Time { return h.clock }
	h.register = inventorydb.New(db, now)
	institutions, err := sheet.ReadInstitutions(pilot.Files)
	h.ok(err)
	for n := range institutions {
		institutions[n].CreatedAt, institutions[n].UpdatedAt = start, start
	}
	h.ok(db.CreateInBatches(&institutions, 50).Error)
	v, err := sheet.ReadVocabulary(pilot.Files)
	h.ok(err)
	h.ok(h.register.Seed(t.Context(), identity.System("seed"), v))
	f, err := pilot.Files.Open("requests.csv")
	h.ok(err)
	defer f.Close()
	rules, err := request.ReadRules(f)
	h.ok(err)
	h.store = New(db, Options{
		Now: now, Rules: rules,
		Write: func(t request.Telling) request.Letter {
			return request.Letter{To: t.Person.Email, Subject: string(t.News) + " " + t.Request.Ref, Text: t.Token}
		},
		WriteDigest: func(d request.Digest) request.Letter {
			return request.Letter{To: d.Email, Subject: fmt.Sprintf("digest of %d", len(d.Items))}
		},
		Send: func(_ *gorm.DB, letters ...request.Letter) error {
			h.letters = append(h.letters, letters...)
			return nil
		},
		Record: func(ctx context.Context, tx *gorm.DB, by identity.Actor, institution string, c inventory.Content) (string, error) {
			d, err := inventorydb.New(tx, now).Create(ctx, by, institution, c)
			if err != nil {
				return "", err
			}
			return d.Ref, nil
		},
	})
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// refuses asserts the kind of a fault and its key.
func (h *house) refuses(err error, kind fault.Kind, key string) {
	h.Helper()
	got, _ := fault.KindOf(err)
	if got != kind || !strings.Contains(fmt.Sprint(err), key) {
		h.Errorf("%v; want %s %s", err, kind, key)
	}
}

// mails returns what was mailed since it was asked last, as "address subject".
func (h *house) mails() string {
	var all []string
	for _, l := range h.letters {
		all = append(all, l.To+" "+l.Subject)
	}
	h.letters = nil
	return strings.Join(all, ", ")
}

// ask sends a request for data and returns its ref and secret.
func (h *house) ask(title, institution, email string) (ref, secret string) {
	h.Helper()
	r, secret, err := h.store.Submit(h.Context(), request.Message{
		Kind: request.Data, Title: title, Institution: institution, Language: lang.French, Email: email, Consent: email != "",
	}, "192.0.2.1")
	h.ok(err)
	return r.Ref, secret
}

// publish shows a request to everybody.
func (h *house) publish(ref, institution string) {
	h.Helper()
	h.act(operator, ref, func(r *request.Request, t Tools) error {
		return r.Publish(operator, r.Title, r.Text, institution, t.Now)
	})
}

func (h *house) act(by identity.Actor, ref string, do func(*request.Request, Tools) error) *request.Request {
	h.Helper()
	r, err := h.store.Change(h.Context(), by, ref, "test", 0, do)
	h.ok(err)
	return r
}

func (h *house) stored(ref string) request.Request {
	h.Helper()
	var r request.Request
	h.ok(h.db.Where("ref = ?", ref).Take(&r).Error)
	return r
}

func (h *house) plan(ref, dataset string) {
	h.Helper()
	h.act(officer, ref, func(r *request.Request, t Tools) error {
		p, err := t.Promise(dataset)
		if err != nil {
			return err
		}
		return r.Plan(officer, p, t.Calendar, t.Now)
	})
}

// dataset records an entry that can be opened on the day.
func (h *house) dataset(title string, day inventory.Date) string {
	h.Helper()
	d, err := h.register.Create(h.Context(), officer, "marhp", inventory.Content{
		Title: lang.Text{"fr": title, "ar": "إنتاج الحبوب"},
		Description: lang.Text{
			"fr": "Production annuelle des céréales par gouvernorat, en quintaux, depuis 2010.",
			"ar": "الإنتاج السنوي للحبوب حسب الولايات بالقنطار منذ سنة 2010",
		},
		Keywords: lang.Words{"fr": {"céréales"}, "ar": {"حبوب"}},
		Theme:    "agriculture", Frequency: "monthly", Licence: "LNDPO-TN", Openness: inventory.Openable, TargetDate: day,
		ContactName: "Bureau des données", ContactEmail: "opendata@agriculture.tn", DataModified: "2026-10-05",
		Distributions: []inventory.Distribution{{
			Title: lang.Text{"fr": "Tableau"}, URL: "https://www.agriculture.tn/cereales.csv", Format: "csv", MediaType: "text/csv",
		}},
	})
	h.ok(err)
	return d.Ref
}

// change does something to a dataset, as its officer or the operator.
func (h *house) change(by identity.Actor, ref string, do func(*inventory.Dataset, *inventory.Vocabulary) error) {
	h.Helper()
	v, err := h.register.Vocabulary(h.Context())
	h.ok(err)
	_, err = h.register.Change(h.Context(), by, ref, "test", 0, func(d *inventory.Dataset) error { return do(d, v) })
	h.ok(err)
}

// opens makes the dataset open and public.
func (h *house) opens(ref string) {
	h.Helper()
	h.change(officer, ref, func(d *inventory.Dataset, v *inventory.Vocabulary) error {
		c := d.Content
		c.Openness, c.TargetDate = inventory.Open, ""
		return d.Edit(officer, c, v, h.clock)
	})
	h.change(officer, ref, func(d *inventory.Dataset, v *inventory.Vocabulary) error { return d.Submit(officer, v, h.clock) })
	h.change(operator, ref, func(d *inventory.Dataset, v *inventory.Vocabulary) error { return d.Approve(operator, v, h.clock) })
}

func (h *house) audited() int64 {
	h.Helper()
	var n int64
	h.ok(h.db.Model(&audit.Line{}).Where("subject = ?", "request").Count(&n).Error)
	return n
}
