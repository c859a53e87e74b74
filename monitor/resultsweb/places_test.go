package resultsweb

import (
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor/survey"
	"github.com/jard-odi/jard/monitor/surveydb"
)

// Everybody reads on the page how an office is, and not how a small one is.
func TestOfficesOnTheResults(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		const path = "/services/cin/satisfaction"
		h.answer("cin", points(30, 4)...)
		h.want(h.ask(nobody, "GET", path, ""), 200, "!Par guichet")
		for code, name := range map[string]string{"large": "Bab Souika", "other": "Médina", "small": "Tozeur"} {
			if err := h.store.KeepOffice(t.Context(), mcd, "cin", code, lang.Text{"fr": name}); err != nil {
				t.Fatal(err)
			}
		}
		set, err := h.store.Set(t.Context(), survey.DefaultQuick, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, monday := survey.WholeWeeks(h.now, h.store.Zone())
		var entries []*surveydb.Entry
		for office, n := range map[string]int{"large": 41, "other": 25, "small": 6} {
			for range n {
				a := survey.Answer{
					Service: "cin", At: monday.AddDate(0, 0, -3).Add(12 * time.Hour), Set: set.Name, Version: set.Version, Channel: survey.QR,
					Language: lang.French, Weight: 1, Office: office, Points: map[string]int{survey.Satisfaction: 3}, Words: map[string]string{}, Flags: []survey.Flag{},
				}
				entries = append(entries, &surveydb.Entry{Answer: &a, Set: set})
			}
		}
		if err := h.store.KeepAll(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(11 * time.Minute) // what was told is told again for a while
		h.want(h.ask(nobody, "GET", path, ""), 200, "Par guichet", "Bab Souika", ">41<", "Autres guichets ensemble", ">31<", "!Tozeur", "!Médina")
		h.want(h.ask(nobody, "GET", path, "", "Accept-Language", "ar"), 200, "حسب الشبّاك", "بقيّة الشبابيك مجتمعة")
	})
}
