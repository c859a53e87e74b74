package demo

import (
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
)

// descriptions are what the owners of some simulated services wrote for those
// who use them. The others have not, and their pages say no more than they know.
func descriptions() map[string]*monitor.Description {
	stamp, free := 0.5, 0.0
	return map[string]*monitor.Description{
		"etat-civil": {
			Text: lang.Text{
				"fr": "Demander un extrait de naissance, de mariage ou de décès, et le recevoir chez soi ou par voie électronique.",
				"ar": "طلب مضمون ولادة أو زواج أو وفاة وتسلمه بالمنزل أو إلكترونيا.",
			},
			Audience: []string{"citizens"}, Cost: &stamp, CostNote: lang.Text{"fr": "Par extrait", "ar": "عن كل مضمون"}, Days: 3,
			Phone: "+216 71 000 001", Email: "etat-civil@demo.example",
		},
		"declaration-impots": {
			Text: lang.Text{
				"fr": "Déclarer ses revenus et payer l'impôt en ligne, avec un reçu.",
				"ar": "التصريح بالمداخيل ودفع الأداء على الخط مع وصل.",
			},
			Audience: []string{"citizens", "businesses"}, Cost: &free, Email: "impots@demo.example",
		},
	}
}
