package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/mandatedb"
	"github.com/jard-odi/jard/lang"
)

// mandates shows officers in charge, one whose end is near, one proposed,
// ministries without any, and a committee with an advice answered and one open.
func (d *demoFiller) mandates(ctx context.Context) error {
	clock := d.now.AddDate(-1, 0, 0)
	store := mandatedb.New(d.db, func() time.Time { return clock })
	day := func(days int) inventory.Date { return inventory.DateOf(d.now.AddDate(0, 0, days), inventory.Tunis()) }
	for n, slug := range []string{"marhp", "meh", "mar", "ms", "mt"} {
		p := mandate.Proposal{
			Account: d.officers[slug].Account, Function: "Direction des systèmes d'information", Mailbox: "donnees." + slug + "@demo.example",
			ActRef: fmt.Sprintf("n° %d-%02d", clock.Year(), 11+n), ActDay: day(-380), StartsOn: day(-366),
		}
		if slug == "ms" {
			p.EndsOn = day(20)
		}
		made, err := store.Propose(ctx, d.reviewer, slug, p, "")
		if err != nil {
			return fmt.Errorf("designate for %s: %w", slug, err)
		}
		if slug == "mt" {
			continue // still waits for an answer
		}
		if _, err := store.Accept(ctx, d.officers[slug], made.ID); err != nil {
			return fmt.Errorf("accept for %s: %w", slug, err)
		}
	}
	return d.committee(ctx, store, &clock, day)
}

func (d *demoFiller) committee(ctx context.Context, store *mandatedb.Store, clock *time.Time, day func(int) inventory.Date) error {
	for _, m := range []mandate.Member{
		{Name: "Hichem Mabrouk", Quality: mandate.CivilSociety, Organisation: "Association des données ouvertes", StartsOn: day(-700)},
		{Name: "Olfa Karray", Quality: mandate.PublicBody, Organisation: "Institut national de la statistique", StartsOn: day(-1070)},
		{Name: "Sami Zouari", Quality: mandate.PrivateBody, Organisation: "Chambre des entreprises du numérique", StartsOn: day(-1020)},
	} {
		m.ActRef, m.ActDay = "arrêté du comité", m.StartsOn
		if _, err := store.Appoint(ctx, d.reviewer, m, ""); err != nil {
			return fmt.Errorf("appoint: %w", err)
		}
	}
	member := identity.Actor{Account: d.member, Role: identity.Committee}
	for n, w := range []mandate.Wording{
		{
			Subject: lang.Text{"fr": "Titres sans capitales ni dates", "ar": "عناوين بلا تواريخ"}, Addressee: mandate.ToOperator,
			Text: lang.Text{"fr": "Adopter des règles de nommage communes des titres.", "ar": "اعتماد قواعد مشتركة لتسمية العناوين."},
		},
		{
			Subject: lang.Text{"fr": "Un format tableur ouvert", "ar": "صيغة جداول مفتوحة"}, Addressee: mandate.ToPortal,
			Text: lang.Text{"fr": "Recommander CSV à côté de chaque classeur.", "ar": "التوصية بصيغة CSV إلى جانب كل جدول."},
		},
	} {
		*clock = d.now.AddDate(0, 0, -90+40*n)
		made, err := store.Write(ctx, member, "", w, "")
		if err == nil {
			made, err = store.Adopt(ctx, member, made.ID, day(-90+40*n))
		}
		if err == nil && n == 0 {
			*clock = d.now.AddDate(0, 0, -21)
			_, err = store.Reply(ctx, d.reviewer, made.ID, mandate.Partly, lang.Text{
				"fr": "Les règles sont en vigueur comme avertissements.", "ar": "القواعد نافذة في شكل تنبيهات.",
			})
		}
		if err != nil {
			return fmt.Errorf("advise: %w", err)
		}
	}
	return nil
}
