package demo

import (
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
)

// Sheet is a file that the story's officer handed in and has not decided about.
type Sheet struct {
	Name string
	Text string
	Odd  bool // nobody understands its columns yet
	At   time.Time
}

// Sheets are two files on the officer's desk at now: one that is understood,
// with rows of every outcome, and the list of an office that names its columns
// as it likes. Taken is the title of a dataset that is in the register already.
func Sheets(now time.Time, taken string) []Sheet {
	day := now.AddDate(0, 0, -10).Format("2006-01-02")
	known := []string{
		"Intitulé du jeu de données;Intitulé en arabe;Description;Thème;Fréquence de mise à jour;Date de dernière mise à jour;Licence;Maille",
		"Pépinières forestières par gouvernorat;المشاتل الغابية حسب الولايات;Nombre et capacité des pépinières forestières de l'État, par gouvernorat;Agriculture;annuelle;" + day + ";;gouvernorat",
		"Incendies de forêt déclarés;حرائق الغابات المصرّح بها;Date, lieu et superficie brûlée de chaque incendie déclaré;Agriculture;mensuelle;" + day + ";;délégation",
		"Ventes de liège aux enchères;بيوعات الخفاف بالمزاد;Lots, quantités et prix adjugés à chaque vente;Agriculture;après chaque vente;" + day + ";;national",
		"Sentiers balisés des parcs nationaux;المسالك المهيأة بالحدائق الوطنية;Tracés et longueurs des sentiers ouverts aux visiteurs;Agriculture;annuelle;31/02/2026;;point",
		taken + ";;Relevés repris du fichier de la direction générale;Agriculture;annuelle;" + day + ";;gouvernorat",
	}
	office := []string{
		"Direction générale des forêts;;;;",
		"Liste des données tenues par le bureau 4;;;;",
		"N°;Ce que nous tenons;الدورة عندنا;Qui s'en occupe;Armoire",
		"1;Carte des périmètres de reboisement;سنوي;Bureau 4;B12",
		"2;Registre des gardes forestiers;سنوي;Bureau du personnel;B14",
		"3;Superficies traitées contre la processionnaire;شهري;Bureau 4;C02",
	}
	return []Sheet{
		{"inventaire-forets.csv", strings.Join(known, "\n") + "\n", false, now.Add(-26 * time.Hour)},
		{"liste-bureau-4.csv", strings.Join(office, "\n") + "\n", true, now.Add(-3 * time.Hour)},
	}
}

// Edits is a change to many datasets that the officer looked at and did not
// apply yet.
func Edits() []inventory.BulkEdit {
	return []inventory.BulkEdit{{Field: "keywords.fr", Act: inventory.BulkAdd, Value: "campagne 2026"}}
}

// EditsName is how the list of changesets shows Edits.
const EditsName = "Mots-clés en français : ajouter campagne 2026"
