package main

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/mandate"
	outside "github.com/jard-odi/jard/inventory/request"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web/locale"
)

// What people outside wait for is in the digest of who has to answer, the
// oldest first, with its page and its last day; of two officers of a ministry
// the designated one is told.
func TestDigestsTellWhoWaitsForAnAnswer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		now := time.Date(2026, time.November, 17, 6, 15, 0, 0, time.UTC)
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, slug := range []string{"marhp", "ms"} {
			ok(db.Create(&identity.Institution{Slug: slug, Name: lang.Text{"fr": slug}, CreatedAt: now, UpdatedAt: now}).Error)
		}
		for id, where := range map[string]string{"leila": "marhp", "anis": "marhp", "stranger": "ms", "operator": ""} {
			a := identity.Account{ID: id, Email: id + "@example.tn", Name: id, Role: identity.MCD, Language: "fr", CreatedAt: now, UpdatedAt: now}
			if where != "" {
				a.Role, a.Institution = identity.Officer, &where
			}
			ok(db.Create(&a).Error)
		}
		from := now.AddDate(0, -1, 0)
		ok(db.Create(&mandate.Designation{
			ID: "one", Institution: "marhp", Account: "leila", Function: "Direction", Mailbox: "d@example.tn", ActRef: "1", ActDay: "2026-10-01",
			StartsOn: "2026-10-01", State: mandate.Confirmed, From: &from, ProposedAt: from,
		}).Error)
		add := func(ref string, kind outside.Kind, state outside.State, institution, title string, days int) {
			due, at := outside.Deadline(inventory.NewWorkdays(inventory.Tunis(), nil), now, 5), now.AddDate(0, 0, -days)
			ok(db.Create(&outside.Request{
				Ref: ref, Kind: kind, State: state, Revision: 1, Institution: institution, Language: "fr", Text: "SECRET " + ref,
				PublicTitle: title, ReceivedAt: at, UpdatedAt: at, DueAt: &due, Answer: lang.Text{},
			}).Error)
		}
		add("FB-1", outside.Error, outside.Received, "marhp", "", 1)
		add("DQ-2", outside.Data, outside.Assigned, "marhp", "Barrages par jour", 3)
		add("DQ-3", outside.Data, outside.Received, "marhp", "", 2)
		add("DQ-4", outside.Data, outside.Answered, "marhp", "Répondue", 4)
		add("FB-5", outside.Question, outside.Accepted, "ms", "", 1)
		add("FB-6", outside.Question, outside.Accepted, "marhp", "", -1) // not yet, by this clock

		words, err := locale.Load()
		ok(err)
		keep := stores{
			people: identitydb.New(db, nil), register: inventorydb.New(db, nil), notices: noticedb.New(db, func() time.Time { return now }),
		}
		maker, err := keep.digests(db, configs.Default(), words)
		ok(err)
		_, err = maker.Run(t.Context())
		ok(err)
		var letters []mail.Letter
		ok(db.Find(&letters).Error)
		of := map[string]string{}
		for _, l := range letters {
			of[l.Account] = l.Text
			if strings.Contains(l.Text, "SECRET") {
				t.Error("words that nobody has moderated left in a mail")
			}
		}
		for account, want := range map[string][]string{
			"leila": {"DQ-2", "FB-1"}, "anis": nil, "stranger": {"FB-5"}, "operator": {"DQ-3"},
		} {
			at := 0
			for _, ref := range want {
				n := strings.Index(of[account][at:], "/desk/requests/"+ref)
				if n < 0 {
					t.Errorf("%s is not told of %s, or not in order:\n%s", account, ref, of[account])
					break
				}
				at += n
			}
			if got := strings.Count(of[account], "/desk/requests/"); got != len(want) {
				t.Errorf("%s is told of %d messages; want %d\n%s", account, got, len(want), of[account])
			}
		}
		if text := of["leila"]; !strings.Contains(text, "Barrages par jour") || !strings.Contains(text, "Erreur dans les données") ||
			!strings.Contains(text, "réponse attendue au plus tard le 24") {
			t.Errorf("said\n%s", text)
		}
	})
}
