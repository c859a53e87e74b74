package dashboard_test

import (
	"testing"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
)

func TestDesksTellOfFirstApprovals(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		if err := db.Exec("UPDATE institutions SET first_approval = ? WHERE slug = 'marhp'", true).Error; err != nil {
			t.Fatal(err)
		}
		head := of(identity.Supervisor, "marhp")
		h.desk(head, "!attend votre visa")
		h.dataset("marhp", "Céréales", "submit")
		h.desk(head, "attend votre visa", "/desk/endorsements")
		h.desk(of(identity.Supervisor, "ms"), "!attend votre visa")
	})
}

func TestDesksTellOfDaysGoneBy(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		h.dataset("marhp", "Céréales", "submit", "approve")
		if err := db.Exec("UPDATE datasets SET life = 'planned', committed = '2026-11-01'").Error; err != nil {
			t.Fatal(err)
		}
		h.desk(of(identity.Officer, "marhp"), "1 date d’ouverture passée", "/desk/plan")
		h.desk(of(identity.Officer, "ms"), "!date d’ouverture passée")
	})
}
