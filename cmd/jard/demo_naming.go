package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/lang"
)

// naming shows drafts whose titles, keywords and formats differ from the common
// rules, and one concept that two of them write differently.
func (d *demoFiller) naming(ctx context.Context) error {
	clock := d.now.Add(-26 * time.Hour)
	store := inventorydb.New(d.db, func() time.Time { return clock })
	officer := d.officers["marhp"]
	for _, c := range []inventory.Content{
		{
			Title:    lang.Text{"fr": "RESSOURCES EN EAU PAR GOUVERNORAT (MAJ 10/11/2026).", "ar": "المــوارد المائية حسب الولاية"},
			Keywords: lang.Words{"fr": {"Eau", "eaux", "nappe"}, "ar": {"مياه الشرب"}}, Theme: "agriculture", Frequency: "annual",
			Distributions: []inventory.Distribution{{URL: "https://www.demo.example/eau.pdf", Format: "PDF", MediaType: "application/pdf"}},
		},
		{
			Title:    lang.Text{"fr": "Volumes d'eau distribués en 2025 - Gouvernorat de Siliana", "ar": "كميات المياه الموزعة لسنة 2025"},
			Keywords: lang.Words{"fr": {"eau", "Gouvernorats"}, "ar": {"الماء الصالح للشراب"}}, Theme: "agriculture", Frequency: "annual",
		},
	} {
		if _, err := store.Create(ctx, officer, "marhp", c); err != nil {
			return fmt.Errorf("draft for the naming rules: %w", err)
		}
		d.filled.datasets++
	}
	return nil
}
