package demo

// roads are the families of the Ministry of Equipment and Housing.
var roads = []family{
	{
		owner: "meh", theme: "equipement-habitat", frequency: "annual", formats: "CSV GEOJSON", places: governorates,
		title: pair{"Réseau routier classé, {place}", "شبكة الطرقات المرقّمة، {place}"},
		about: pair{
			"Tronçons des routes nationales, régionales et locales avec leur longueur, leur largeur, leur revêtement et leur état.",
			"مقاطع الطرقات الوطنية والجهوية والمحلية مع الطول والعرض ونوع التعبيد والحالة.",
		},
		words: pair{"routes|réseau routier|infrastructure", "الطرقات|شبكة الطرقات|البنية التحتية"},
	},
	{
		owner: "meh", theme: "equipement-habitat", frequency: "monthly", formats: "CSV XLSX",
		title: pair{"Projets routiers en cours", "مشاريع الطرقات في طور الإنجاز"},
		about: pair{
			"Projets en travaux avec leur coût, leur avancement physique et financier, l'entreprise et la date prévue d'achèvement.",
			"المشاريع الجارية مع الكلفة ونسبة التقدم المادي والمالي والمقاولة والتاريخ المبرمج للانتهاء.",
		},
		words: pair{"projets|routes|avancement", "المشاريع|الطرقات|نسبة التقدم"},
	},
	{
		owner: "meh", theme: "equipement-habitat", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Logements sociaux achevés et en cours par gouvernorat, {period}", "المساكن الاجتماعية المنجزة والجارية حسب الولاية، {period}"},
		about: pair{
			"Nombre de logements sociaux programmés, en construction et livrés, par programme et par gouvernorat.",
			"عدد المساكن الاجتماعية المبرمجة والجاري بناؤها والمسلّمة، حسب البرنامج والولاية.",
		},
		words: pair{"logement social|construction|habitat", "السكن الاجتماعي|البناء|الإسكان"},
	},
	{
		owner: "meh", theme: "equipement-habitat", frequency: "quarterly", formats: "CSV",
		title: pair{"Promoteurs immobiliers agréés", "الباعثون العقاريون المرخّص لهم"},
		about: pair{
			"Sociétés agréées avec leur raison sociale, leur siège, le numéro et la date de leur agrément.",
			"الشركات المرخّص لها مع التسمية الاجتماعية والمقر ورقم الترخيص وتاريخه.",
		},
		words: pair{"promotion immobilière|agréments|logement", "البعث العقاري|التراخيص|السكن"},
	},
	{
		owner: "meh", theme: "collectivites", frequency: "semiannual", formats: "GEOJSON SHP CSV",
		title: pair{"Plans d'aménagement urbain approuvés", "أمثلة التهيئة العمرانية المصادق عليها"},
		about: pair{
			"Périmètres des plans approuvés par commune, avec la date d'approbation et l'état de leur révision.",
			"حدود أمثلة التهيئة المصادق عليها حسب البلدية مع تاريخ المصادقة وحالة المراجعة.",
		},
		words: pair{"urbanisme|communes|plans d'aménagement", "التعمير|البلديات|أمثلة التهيئة"},
	},
	{
		owner: "meh", theme: "equipement-habitat", frequency: "annual", formats: "CSV GEOJSON",
		places: only("11", "12", "13", "14", "21", "23", "31", "32", "51", "61"),
		title:  pair{"Ouvrages de protection contre les inondations, {place}", "منشآت الحماية من الفيضانات، {place}"},
		about: pair{
			"Ouvrages avec leur type, l'oued ou la ville protégée, leur année de réalisation, leur coût et leur état d'entretien.",
			"المنشآت مع نوعها والوادي أو المدينة المحمية وسنة الإنجاز والكلفة وحالة الصيانة.",
		},
		words: pair{"inondations|ouvrages|protection", "الفيضانات|المنشآت|الحماية"},
	},
	{
		owner: "meh", theme: "transport", frequency: "quinquennial", formats: "XLSX CSV",
		title: pair{"Recensement général de la circulation routière", "الإحصاء العام لحركة المرور على الطرقات"},
		about: pair{
			"Trafic moyen journalier par poste de comptage, par sens et par catégorie de véhicules.",
			"معدّل حركة المرور اليومية حسب نقطة التعداد والاتجاه وصنف العربات.",
		},
		words: pair{"trafic|comptage|routes", "حركة المرور|التعداد|الطرقات"},
	},
}

// transport are the families of the Ministry of Transport.
var transport = []family{
	{
		owner: "oaca", theme: "transport", frequency: "monthly", formats: "CSV JSON", places: airports,
		title: pair{"Trafic de passagers et mouvements d'avions, {place}", "حركة المسافرين والطائرات، {place}"},
		about: pair{
			"Passagers à l'arrivée, au départ et en transit, mouvements d'avions et fret en tonnes, par mois et par type de vol.",
			"المسافرون عند الوصول والمغادرة والعبور وحركة الطائرات والشحن بالطن، حسب الشهر ونوع الرحلة.",
		},
		words: pair{"aéroports|passagers|trafic aérien", "المطارات|المسافرون|النقل الجوي"},
	},
	{
		owner: "ommp", theme: "transport", frequency: "monthly", formats: "CSV", places: tradingPorts,
		title: pair{"Trafic de marchandises et escales, {place}", "حركة البضائع والرسو، {place}"},
		about: pair{
			"Tonnages embarqués et débarqués par nature de marchandise, conteneurs, escales et durée moyenne d'attente en rade.",
			"الكميات المشحونة والمفرّغة حسب نوع البضاعة والحاويات وعدد السفن ومعدّل الانتظار بالمرسى.",
		},
		words: pair{"ports|marchandises|conteneurs", "الموانئ|البضائع|الحاويات"},
	},
	{
		owner: "mt", theme: "transport", frequency: "semiannual", formats: "CSV", places: governorates,
		title: pair{"Stations et lignes de louage, {place}", "محطات وخطوط سيارات الأجرة لواج، {place}"},
		about: pair{
			"Stations de louage avec leur emplacement et leurs lignes, la distance, le tarif réglementé et le nombre de voitures autorisées.",
			"محطات اللواج مع مواقعها وخطوطها والمسافة والتعريفة القانونية وعدد السيارات المرخّص لها.",
		},
		words: pair{"louage|transport interurbain|tarifs", "اللواج|النقل بين المدن|التعريفات"},
	},
	{
		owner: "attt", theme: "transport", frequency: "annual", formats: "CSV XLSX", periods: years(5),
		title: pair{"Parc de véhicules par gouvernorat et par énergie, {period}", "أسطول العربات حسب الولاية ونوع الطاقة، {period}"},
		about: pair{
			"Véhicules en circulation par catégorie, par énergie, par âge et par gouvernorat, au 31 décembre.",
			"العربات المتداولة حسب الصنف ونوع الطاقة والعمر والولاية في 31 ديسمبر.",
		},
		words: pair{"véhicules|immatriculation|parc automobile", "العربات|التسجيل|أسطول السيارات"},
	},
	{
		owner: "transtu", theme: "transport", frequency: "asneeded", formats: "ZIP CSV",
		title: pair{"Lignes, arrêts et horaires du transport urbain (GTFS)", "خطوط ومحطات ومواعيد النقل الحضري (GTFS)"},
		about: pair{
			"Lignes de bus et de métro du Grand Tunis, arrêts, courses et calendriers, au format GTFS.",
			"خطوط الحافلات والمترو بتونس الكبرى والمحطات والسفرات والرزنامات، بصيغة GTFS.",
		},
		words: pair{"GTFS|bus|métro|horaires", "الحافلات|المترو|المواعيد"},
	},
	{
		owner: "sncft", theme: "transport", frequency: "semiannual", formats: "CSV JSON",
		title: pair{"Horaires des trains des grandes lignes", "مواعيد قطارات الخطوط البعيدة"},
		about: pair{
			"Trains de voyageurs avec leurs gares, leurs heures de départ et d'arrivée et leurs jours de circulation, par saison.",
			"قطارات المسافرين مع المحطات وأوقات المغادرة والوصول وأيام السير، حسب الموسم.",
		},
		words: pair{"trains|horaires|gares", "القطارات|المواعيد|المحطات"},
	},
	{
		owner: "attt", theme: "transport", frequency: "quarterly", formats: "CSV",
		title: pair{"Centres de visite technique des véhicules", "مراكز الفحص الفني للعربات"},
		about: pair{
			"Centres avec leur adresse, leurs horaires, le nombre de lignes de contrôle et le délai moyen de rendez-vous en jours.",
			"المراكز مع العنوان والأوقات وعدد خطوط الفحص ومعدّل آجال المواعيد بالأيام.",
		},
		words: pair{"visite technique|véhicules|rendez-vous", "الفحص الفني|العربات|المواعيد"},
	},
}
