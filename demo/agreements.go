package demo

import (
	"time"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// agreements are what is promised of some of the simulated services, by slug:
// an objective, more of it in office hours, and a deadline that is watched closer.
func agreements() map[string]*monitor.Agreement {
	from, to := time.Date(2026, 12, 27, 23, 0, 0, 0, time.UTC), time.Date(2026, 12, 28, 23, 0, 0, 0, time.UTC)
	return map[string]*monitor.Agreement{
		"etat-civil": {Objective: 0.999, Windows: []monitor.Window{{
			Kind: monitor.OfficeHours, Objective: 0.9995,
			Name: lang.Text{"fr": "Aux heures des guichets", "ar": "في ساعات عمل الشبابيك"},
		}}},
		"declaration-impots": {Objective: 0.995, Windows: []monitor.Window{{
			Kind: monitor.DatedHours, Objective: 0.999, Schedule: "@every 5s", From: &from, To: &to,
			Name: lang.Text{"fr": "Échéance mensuelle", "ar": "الأجل الشهري"},
		}}},
		"horaires-trains": {Windows: []monitor.Window{{
			Kind: monitor.WeeklyHours, Objective: 0.995, Days: []string{"fri", "sun"}, Opens: "15:00", Closes: "21:00", Holidays: true,
			Name: lang.Text{"fr": "Départs et retours de fin de semaine", "ar": "سفرات نهاية الأسبوع"},
		}}},
	}
}
