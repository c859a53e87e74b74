package demo

import (
	"time"

	"github.com/jard-odi/jard/inventory"
)

// listOfPersons is an entry whose title announces a list of persons: it waits
// as a draft until its officer has said what it holds.
func listOfPersons(now time.Time) Entry {
	f := family{
		owner: "marhp", theme: "agriculture", frequency: "annual", formats: "CSV XLSX",
		title: pair{"Liste des vétérinaires mandatés par gouvernorat", "قائمة البياطرة المفوضين حسب الولاية"},
		about: pair{
			"Vétérinaires de libre pratique mandatés pour les campagnes de vaccination, avec l'adresse du cabinet et son téléphone.",
			"البياطرة الخواص المفوضون لحملات التلقيح مع عنوان العيادة ورقم هاتفها.",
		},
		words: pair{"vétérinaires|vaccination|élevage", "البياطرة|التلقيح|تربية الماشية"},
	}
	c := f.content(place{}, 0, now)
	c.DataModified = inventory.DateOf(now.AddDate(0, -2, 0), inventory.Tunis())
	return Entry{Institution: f.owner, Content: c}
}
