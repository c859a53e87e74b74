package demo

import (
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Conduct is how the simulated site behaves with a file.
type Conduct string

// The conducts, one for each thing that a look at a file must tell apart.
const (
	Grows       Conduct = "grows"        // a line more each day, and the officer says so
	ChangesMute Conduct = "changes-mute" // another content since some days, undeclared
	Redated     Conduct = "redated"      // dated anew each day, always the same
	ArabicPage  Conduct = "arabic-page"  // CSV in an old Arabic code page, semicolons
	BookAsCSV   Conduct = "book-as-csv"  // a workbook called CSV
	PDFAsBook   Conduct = "pdf-as-book"  // a PDF called workbook
	SoftError   Conduct = "soft-error"   // an error page that says 200
	AsksLogin   Conduct = "asks-login"   // a form for a password
	Vanished    Conduct = "vanished"     // gone since some days
	MovedAway   Conduct = "moved-away"   // elsewhere for good
	SlowFile    Conduct = "slow-file"    // takes its time
	MapLayer    Conduct = "map-layer"    // GeoJSON
	Archive     Conduct = "archive"      // ZIP with tables
	OutOfOrder  Conduct = "out-of-order" // answers 503 since today
)

// File is a dataset of the demo whose file the simulated site really serves.
type File struct {
	Conduct Conduct
	Path    string // on the site
	Entry   Entry
	Updates []int // days ago on which the officer declared an update
}

// FilesSince is how many days ago the files were first looked at.
const FilesSince = 12

// Files lists the datasets whose files are served on this machine, at site.
func Files(site string, now time.Time) []File {
	var all []File
	for _, one := range []struct {
		conduct   Conduct
		path      string
		owner     string
		theme     string
		frequency string
		format    string
		title     pair
		updates   []int
	}{
		{Grows, "barrages.csv", "dgre", "environnement", "daily", "CSV", pair{"Apports journaliers aux barrages", "الواردات اليومية على السدود"}, []int{9, 5, 2}},
		{ChangesMute, "prix-gros.csv", "onagri", "agriculture", "weekly", "CSV", pair{"Prix de gros des légumes, semaine en cours", "أسعار الجملة للخضر، الأسبوع الجاري"}, nil},
		{Redated, "pluies.csv", "dgre", "environnement", "monthly", "CSV", pair{"Pluies mensuelles par station", "الأمطار الشهرية حسب المحطة"}, []int{4}},
		{ArabicPage, "petits-metiers.csv", "dgpaq", "agriculture", "annual", "CSV", pair{"Production de la pêche côtière par port", "إنتاج الصيد الساحلي حسب الميناء"}, nil},
		{BookAsCSV, "mais.csv", "onagri", "agriculture", "annual", "CSV", pair{"Consommation moyenne de maïs et de tourteau de soja", "معدل استهلاك الذرة وفيتورة الصوجا"}, nil},
		{PDFAsBook, "exportations.xlsx", "onh", "agriculture", "annual", "XLSX", pair{"Exportations d’huile d’olive par destination, tableau", "صادرات زيت الزيتون حسب الوجهة، جدول"}, nil},
		{SoftError, "agrumes.xlsx", "dgpa", "agriculture", "annual", "XLSX", pair{"Superficie des agrumes par gouvernorat", "مساحات القوارص حسب الولاية"}, nil},
		{AsksLogin, "elevage.csv", "oep", "agriculture", "annual", "CSV", pair{"Effectifs du cheptel par délégation, extraction", "أعداد القطيع حسب المعتمدية، مستخرج"}, nil},
		{Vanished, "irrigation.csv", "dggree", "agriculture", "annual", "CSV", pair{"Périmètres irrigués collectifs", "المناطق السقوية الجماعية"}, nil},
		{MovedAway, "forets.json", "dgf", "environnement", "annual", "JSON", pair{"Incendies de forêt, liste", "حرائق الغابات، قائمة"}, nil},
		{SlowFile, "emballages.csv", "marhp", "agriculture", "annual", "CSV", pair{"Unités de conditionnement agréées", "وحدات التكييف المصادق عليها"}, nil},
		{MapLayer, "delegations.geojson", "marhp", "agriculture", "annual", "GEOJSON", pair{"Arrondissements agricoles, contours simplifiés", "الدوائر الفلاحية، حدود مبسطة"}, nil},
		{Archive, "recensement.zip", "marhp", "agriculture", "decennial", "ZIP", pair{"Enquête sur les structures des exploitations, tableaux", "الاستقصاء حول هياكل المستغلات، جداول"}, nil},
		{OutOfOrder, "marches.csv", "onagri", "agriculture", "monthly", "CSV", pair{"Quantités apportées au marché de gros", "الكميات الواردة على سوق الجملة"}, nil},
	} {
		day := inventory.DateOf(now.AddDate(0, 0, -FilesSince-3), inventory.Tunis())
		o := owners[one.owner]
		all = append(all, File{one.conduct, one.path, Entry{one.owner, inventory.Content{
			Title: lang.Text{"fr": one.title.fr, "ar": one.title.ar},
			Description: lang.Text{
				"fr": one.title.fr + ", tel que l’organisme le tient à jour dans ses propres fichiers.\n\n" + disclaimer().fr,
				"ar": one.title.ar + "، كما يحيّنه الهيكل في ملفاته الخاصة.\n\n" + disclaimer().ar,
			},
			Keywords: lang.Words{"fr": {"fichier vérifié", "démonstration"}, "ar": {"ملف مثبت", "عرض تجريبي"}},
			Theme:    one.theme, Frequency: one.frequency, Licence: "LNDPO-TN", Openness: inventory.Open,
			ContactName: o.desk, ContactEmail: "donnees-ouvertes@" + o.host, DataModified: day,
			Distributions: []inventory.Distribution{{
				Title: lang.Text{"fr": "Fichier " + one.format, "ar": "ملف " + one.format},
				URL:   site + one.path, DownloadURL: site + one.path, Format: one.format, MediaType: media[one.format],
			}},
		}}, one.updates})
	}
	return all
}
