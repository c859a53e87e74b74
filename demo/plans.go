package demo

import (
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Plan is a dataset that an institution committed to open by a date, and the
// date that it was moved to since, if it was.
type Plan struct {
	Institution string
	Content     inventory.Content // with the date that was committed first
	Recorded    time.Time
	Moved       inventory.Date // empty: it was not
}

// plan is one of them, by months from the day the story is told.
type plan struct {
	owner, theme, frequency string
	title, about, words     pair
	due, moved              int // months until the committed date, and until the one it was moved to; 0: not moved
}

// Plans returns what is planned at now: some kept so far, some put back, one
// whose date has passed.
func Plans(now time.Time) []Plan {
	day := func(months int) inventory.Date {
		t := now.In(inventory.Tunis()).AddDate(0, months, 0)
		return inventory.DateOf(time.Date(t.Year(), t.Month(), 15, 0, 0, 0, 0, t.Location()), inventory.Tunis())
	}
	var all []Plan
	for n, p := range planned() {
		one := Plan{
			Institution: p.owner, Recorded: now.AddDate(0, -5, n),
			Content: inventory.Content{
				Title: lang.Text{"fr": p.title.fr, "ar": p.title.ar}, Description: lang.Text{"fr": p.about.fr, "ar": p.about.ar},
				Keywords: lang.Words{"fr": {p.words.fr}, "ar": {p.words.ar}}, Theme: p.theme, Frequency: p.frequency,
				Licence: "LNDPO-TN", Openness: inventory.Openable, ContactEmail: "opendata@" + p.owner + ".example",
				TargetDate: day(p.due),
			},
		}
		if p.moved != 0 {
			one.Moved = day(p.moved)
		}
		all = append(all, one)
	}
	return all
}

func planned() []plan {
	return []plan{
		{
			"marhp", "agriculture", "annual",
			pair{"Qualité des eaux d'irrigation par périmètre", "جودة مياه الري حسب المنطقة السقوية"},
			pair{"Salinité et nitrates mesurés deux fois l'an dans chaque périmètre irrigué public.", "الملوحة والنترات المقيسة مرتين في السنة بكل منطقة سقوية عمومية."},
			pair{"irrigation", "ري"},
			2, 0,
		},
		{
			"marhp", "agriculture", "annual",
			pair{"Subventions versées aux exploitations par délégation", "المنح المسندة إلى المستغلات حسب المعتمدية"},
			pair{"Montants et nombre de bénéficiaires par délégation et par filière, sans aucun nom.", "المبالغ وعدد المنتفعين حسب المعتمدية والقطاع دون أسماء."},
			pair{"subventions", "منح"},
			-1, 4,
		},
		{
			"ms", "sante", "quarterly",
			pair{"Temps d'attente aux urgences par hôpital", "أوقات الانتظار بالاستعجالي حسب المستشفى"},
			pair{"Médiane et neuvième décile du temps d'attente, par mois et par établissement.", "الوسيط والعشير التاسع لوقت الانتظار حسب الشهر والمؤسسة."},
			pair{"urgences", "استعجالي"},
			1, 6,
		},
		{
			"mt", "transport", "monthly",
			pair{"Ponctualité des trains par ligne", "دقة مواعيد القطارات حسب الخط"},
			pair{"Retards de plus de dix minutes et suppressions, par ligne et par jour.", "التأخيرات التي تفوق عشر دقائق والإلغاءات حسب الخط واليوم."},
			pair{"trains", "قطارات"},
			-2, 0,
		},
		{
			"meh", "equipement-habitat", "annual",
			pair{"État des chaussées du réseau classé", "حالة المعبّد بالشبكة المرتبة"},
			pair{"Indice d'état par section de cinq kilomètres, relevé chaque printemps.", "مؤشر الحالة لكل مقطع بخمسة كيلومترات، يسجل كل ربيع."},
			pair{"routes", "طرقات"},
			3, 0,
		},
		{
			"mas", "affaires-sociales", "annual",
			pair{"Bénéficiaires des cartes de soins par délégation", "المنتفعون ببطاقات العلاج حسب المعتمدية"},
			pair{"Nombre de cartes en cours par type et par délégation ; les effectifs sous cinq sont regroupés.", "عدد البطاقات السارية حسب الصنف والمعتمدية؛ تجمع الأعداد التي تقل عن خمسة."},
			pair{"cartes de soins", "بطاقات علاج"},
			5, 3,
		},
	}
}
