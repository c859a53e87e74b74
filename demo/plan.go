package demo

import (
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/lang"
)

// Replan is the act of an officer who moves the day of an opening.
const Replan Act = "replan"

// opening is a dataset that an institution has promised to open, or has
// decided not to.
type opening struct {
	owner, theme string
	title, about pair
	words        pair
	factors      string // demand, legal duty, sensitivity, effort: "3312"
	day          int    // days from now to the day first promised
	moved        []int  // and to the days it was moved to
	ground       string // for what is not to be opened
	why          string // the same in words
	review       int    // days from now to the next look at it
	frequency    string
}

// openings are the plan of the demo.
func openings() []opening {
	return []opening{
		{owner: "ms", theme: "sante", title: pair{"Délais d'attente aux urgences des hôpitaux régionaux", "آجال الانتظار في أقسام الاستعجالي بالمستشفيات الجهوية"}, about: pair{"Temps médian entre l'arrivée et la prise en charge, par hôpital et par tranche horaire.", "المدة الوسطى بين الوصول والتكفل حسب المستشفى والفترة الزمنية."}, words: pair{"urgences|attente|hôpitaux", "استعجالي|انتظار|مستشفيات"}, factors: "3312", day: 40, moved: []int{75, 118}, frequency: "annual"},
		{owner: "mt", theme: "transport", title: pair{"Accidents de la route géolocalisés", "حوادث المرور محددة المواقع"}, about: pair{"Un point par accident corporel : jour, heure, type d'usagers, gravité, sans donnée sur les personnes.", "نقطة لكل حادث بدني: اليوم والساعة وصنف المستعملين والخطورة دون معطيات شخصية."}, words: pair{"accidents|route|sécurité", "حوادث|طرقات|سلامة"}, factors: "3322", day: 60, frequency: "annual"},
		{owner: "dgre", theme: "agriculture", title: pair{"Qualité des eaux souterraines par point de mesure", "نوعية المياه الجوفية حسب نقطة القيس"}, about: pair{"Salinité, nitrates et niveau, par forage de surveillance et par campagne de mesure.", "الملوحة والنترات والمنسوب حسب بئر المراقبة وحملة القيس."}, words: pair{"eaux souterraines|salinité|nitrates", "مياه جوفية|ملوحة|نترات"}, factors: "3212", day: -20, moved: []int{25}, frequency: "annual"},
		{owner: "marhp", theme: "agriculture", title: pair{"Subventions agricoles versées par délégation", "المنح الفلاحية المسندة حسب المعتمدية"}, about: pair{"Nombre de bénéficiaires et montants par type de subvention, agrégés par délégation.", "عدد المنتفعين والمبالغ حسب نوع المنحة مجمعة حسب المعتمدية."}, words: pair{"subventions|agriculture|délégations", "منح|فلاحة|معتمديات"}, factors: "3321", day: -35, frequency: "annual"},
		{owner: "meh", theme: "equipement-habitat", title: pair{"Permis de bâtir délivrés par commune", "رخص البناء المسندة حسب البلدية"}, about: pair{"Nombre de permis, surface et usage prévu, par commune et par mois de délivrance.", "عدد الرخص والمساحة والاستعمال المبرمج حسب البلدية وشهر الإسناد."}, words: pair{"permis de bâtir|construction|communes", "رخص البناء|تعمير|بلديات"}, factors: "2213", day: 150, frequency: "annual"},
		{owner: "mep", theme: "economie", title: pair{"Avancement des projets publics", "تقدم إنجاز المشاريع العمومية"}, about: pair{"Coût, taux d'exécution et calendrier de chaque projet inscrit au budget de l'État.", "الكلفة ونسبة الإنجاز والرزنامة لكل مشروع مرسم بميزانية الدولة."}, words: pair{"projets publics|budget|avancement", "مشاريع عمومية|ميزانية|إنجاز"}, factors: "3213", day: 90, moved: []int{181}, frequency: "annual"},
		{owner: "mas", theme: "affaires-sociales", title: pair{"Bénéficiaires des aides sociales par gouvernorat", "المنتفعون بالمساعدات الاجتماعية حسب الولاية"}, about: pair{"Nombre de familles aidées et montants, agrégés ; aucune cellule de moins de dix familles.", "عدد العائلات المنتفعة والمبالغ مجمعة؛ دون أي خانة أقل من عشر عائلات."}, words: pair{"aides sociales|familles", "مساعدات اجتماعية|عائلات"}, factors: "2232", day: 210, frequency: "annual"},
		{owner: "onagri", theme: "agriculture", title: pair{"Prix payés aux producteurs par marché de gros", "الأسعار المدفوعة للمنتجين حسب سوق الجملة"}, about: pair{"Prix minimum, maximum et moyen par produit et par jour de marché.", "السعر الأدنى والأقصى والمتوسط حسب المنتوج ويوم السوق."}, words: pair{"prix|producteurs|marchés de gros", "أسعار|منتجون|أسواق الجملة"}, factors: "3111", day: 35, frequency: "annual"},
		{owner: "ommp", theme: "transport", title: pair{"Mouvements de navires par port de commerce", "حركة السفن حسب الميناء التجاري"}, about: pair{"Arrivées et départs annoncés et réalisés, par quai, avec le type de cargaison.", "الوصول والمغادرة المعلنان والفعليان حسب الرصيف مع نوع الحمولة."}, words: pair{"ports|navires|trafic", "موانئ|سفن|حركة"}, factors: "2111", day: 120, frequency: "annual"},
		{owner: "dgf", theme: "agriculture", title: pair{"Incendies de forêt : départs et surfaces brûlées", "حرائق الغابات: المواقع والمساحات المحترقة"}, about: pair{"Un enregistrement par incendie : date, forêt, surface et durée d'intervention.", "تسجيل لكل حريق: التاريخ والغابة والمساحة ومدة التدخل."}, words: pair{"forêts|incendies", "غابات|حرائق"}, factors: "2212", day: 270, frequency: "annual"},

		{owner: "cnam", theme: "affaires-sociales", title: pair{"Dossiers individuels de remboursement des soins", "الملفات الفردية لاسترجاع مصاريف العلاج"}, about: pair{"Actes, prescripteurs et remboursements par assuré, tenus pour la gestion du régime.", "الأعمال والواصفون والمبالغ المسترجعة حسب المضمون، تُمسك للتصرف في النظام."}, words: pair{"remboursement|soins", "استرجاع|علاج"}, ground: "personal", why: "Données de santé à caractère personnel ; un agrégat par gouvernorat est à l'étude.", review: -12, frequency: "realtime"},
		{owner: "ins", theme: "economie", title: pair{"Fichier des entreprises de l'enquête annuelle", "ملف مؤسسات المسح السنوي"}, about: pair{"Réponses des entreprises à l'enquête annuelle d'activité, une ligne par établissement.", "أجوبة المؤسسات على المسح السنوي للنشاط، سطر لكل مؤسسة."}, words: pair{"entreprises|enquête", "مؤسسات|مسح"}, ground: "statistics", why: "Secret statistique : les réponses ne servent qu'à établir des agrégats.", review: 400, frequency: "annual"},
		{owner: "oaca", theme: "transport", title: pair{"Plans de sûreté des aéroports", "مخططات أمن المطارات"}, about: pair{"Dispositifs de sûreté, zones réservées et procédures de chaque aéroport.", "منظومات الأمن والمناطق المحجرة وإجراءات كل مطار."}, words: pair{"aéroports|sûreté", "مطارات|أمن"}, ground: "security", why: "La divulgation compromettrait la sûreté des installations.", review: 700, frequency: "irregular"},
		{owner: "sncft", theme: "transport", title: pair{"Contrats de fourniture en cours de négociation", "عقود التزود قيد التفاوض"}, about: pair{"Offres reçues et conditions discutées avec les fournisseurs avant signature.", "العروض الواردة والشروط المتفاوض فيها مع المزودين قبل الإمضاء."}, words: pair{"contrats|fournisseurs", "عقود|مزودون"}, ground: "trade", why: "Secret des affaires des fournisseurs jusqu'à la signature.", review: -45, frequency: "irregular"},
		{owner: "dgpaq", theme: "agriculture", title: pair{"Positions des navires de pêche en temps réel", "مواقع سفن الصيد في الوقت الحقيقي"}, about: pair{"Positions transmises par les balises, avec l'identifiant du navire.", "المواقع المرسلة من الأجهزة مع معرّف السفينة."}, words: pair{"pêche|navires|positions", "صيد بحري|سفن|مواقع"}, ground: "private.life", why: "Les positions révèlent l'activité de personnes identifiables.", review: 200, frequency: "realtime"},
	}
}

// plan adds the plan of opening to the story.
func (s *Story) plan(now time.Time) {
	for n, o := range openings() {
		p := pen{luck: luckOf(o.title.fr), entry: len(s.Entries), now: now}
		s.Entries = append(s.Entries, Entry{Institution: o.owner, Content: o.content(now)})
		back := 200 - 7*n
		p.add(Event{At: p.at(back, 1), Act: Record})
		p.approve(back - 1)
		for k, days := range o.moved {
			moved := 90 - 40*k
			p.add(Event{At: p.at(moved, 2), Act: Replan, Day: p.day(-days)})
			p.approve(moved - 1)
		}
		s.Events = append(s.Events, p.events...)
	}
}

// approve lets the entry be handed over and approved within two days.
func (p *pen) approve(back int) {
	p.add(Event{At: p.at(back, 3), Act: Submit})
	p.add(Event{At: p.at(back-1, 4), Act: Approve})
}

func (o opening) content(now time.Time) inventory.Content {
	day := func(days int) inventory.Date { return inventory.DateOf(now.AddDate(0, 0, days), inventory.Tunis()) }
	at := owners[o.owner]
	c := inventory.Content{
		Title:       lang.Text{"fr": o.title.fr, "ar": o.title.ar},
		Description: lang.Text{"fr": o.about.fr + "\n\n" + disclaimer().fr, "ar": o.about.ar + "\n\n" + disclaimer().ar},
		Keywords:    lang.Words{"fr": strings.Split(o.words.fr, "|"), "ar": strings.Split(o.words.ar, "|")},
		Theme:       o.theme, Frequency: o.frequency, Openness: inventory.Openable, Licence: "LNDPO-TN", TargetDate: day(o.day),
		ContactName: at.desk, ContactEmail: "donnees-ouvertes@" + at.host, Extra: inventory.Extra{},
	}
	for n, code := range []string{"plan_demand", "plan_duty", "plan_sensitivity", "plan_effort"} {
		if n < len(o.factors) {
			c.Extra[code] = string(o.factors[n])
		}
	}
	if o.ground != "" {
		c.Openness, c.Licence, c.TargetDate, c.LegalGround = inventory.Closed, "", "", o.why
		c.PersonalData = o.ground == "personal" || o.ground == "private.life"
		c.Extra["ground"], c.Extra["review_on"] = o.ground, string(day(o.review))
	}
	return c
}

// CommentsOf are what the operator says about single fields when giving an
// entry back for the reason.
func CommentsOf(reason string) map[string]string {
	for n, said := range []map[string]string{
		{"description.fr": "Dites ce que contient une ligne du fichier.", "description.ar": "بيّنوا وحدة المبالغ كما في النص الفرنسي."},
		{"frequency": "Mensuelle, alors que le fichier s'arrête à l'année dernière ?", "data_modified": "À vérifier avec la fréquence."},
		{"title.ar": "أضيفوا اسم الولاية كما في العنوان الفرنسي."},
		{"distributions": "Joignez un CSV sans ligne de titre fusionnée."},
		{"contact.name": "Une fonction, pas une personne.", "contact.email": "L'adresse du service."},
	} {
		if n < len(reasons) && reasons[n] == reason {
			return said
		}
	}
	return nil
}

// ForTheHead are entries of a body whose head looks at them before the operator.
func ForTheHead(now time.Time) []Entry {
	var all []Entry
	for n, place := range [][2]string{{"Nabeul", "نابل"}, {"Béja", "باجة"}, {"Zaghouan", "زغوان"}} {
		o := opening{
			owner: HeadOf, theme: "agriculture", frequency: "annual", day: 60 + 30*n, factors: "22" + strconv.Itoa(1+n%2) + "2",
			title: pair{"Retenues des lacs collinaires, " + place[0], "مخزون البحيرات الجبلية، " + place[1]},
			about: pair{"Volume stocké, envasement et apports mesurés pour chaque lac collinaire du gouvernorat.", "الحجم المخزون والترسب والإيرادات المقاسة لكل بحيرة جبلية بالولاية."},
			words: pair{"lacs collinaires|retenues", "بحيرات جبلية|مخزون"},
		}
		all = append(all, Entry{Institution: HeadOf, Content: o.content(now)})
	}
	return all
}

// HeadOf is the body of the demo whose head approves first.
const HeadOf = "dgre"
