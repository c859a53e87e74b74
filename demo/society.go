package demo

// health are the families of the Ministry of Health.
var health = []family{
	{
		owner: "ms", theme: "sante", frequency: "semiannual", formats: "CSV GEOJSON", places: governorates,
		title: pair{"Structures sanitaires publiques, {place}", "الهياكل الصحية العمومية، {place}"},
		about: pair{
			"Hôpitaux et centres de santé de base avec leur adresse, leurs coordonnées géographiques, leurs spécialités et leurs jours de consultation.",
			"المستشفيات ومراكز الصحة الأساسية مع العنوان والإحداثيات الجغرافية والاختصاصات وأيام العيادات.",
		},
		words: pair{"hôpitaux|centres de santé de base|carte sanitaire", "المستشفيات|مراكز الصحة الأساسية|الخارطة الصحية"},
	},
	{
		owner: "ms", theme: "sante", frequency: "monthly", formats: "CSV", places: governorates,
		title: pair{"Pharmacies de jour et de nuit, {place}", "صيدليات النهار والليل، {place}"},
		about: pair{
			"Officines ouvertes au public avec leur adresse, leur catégorie de jour ou de nuit et leur délégation.",
			"الصيدليات المفتوحة للعموم مع العنوان والصنف، نهارا أو ليلا، والمعتمدية.",
		},
		words: pair{"pharmacies|garde|officines", "الصيدليات|الاستمرار|صيدليات الليل"},
	},
	{
		owner: "ms", theme: "sante", frequency: "annual", formats: "XLSX CSV", periods: years(5),
		title: pair{"Couverture vaccinale des enfants par gouvernorat, {period}", "نسبة تغطية الأطفال بالتلاقيح حسب الولاية، {period}"},
		about: pair{
			"Part des enfants vaccinés par vaccin du calendrier national, par âge et par gouvernorat.",
			"نسبة الأطفال الملقّحين حسب تلاقيح الرزنامة الوطنية والعمر والولاية.",
		},
		words: pair{"vaccination|enfants|prévention", "التلقيح|الأطفال|الوقاية"},
	},
	{
		owner: "ms", theme: "sante", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Personnel médical et paramédical du secteur public, {period}", "الإطار الطبي وشبه الطبي بالقطاع العمومي، {period}"},
		about: pair{
			"Effectifs par grade, par spécialité et par gouvernorat, au 31 décembre, sans aucun nom.",
			"الأعداد حسب الرتبة والاختصاص والولاية في 31 ديسمبر، دون أي اسم.",
		},
		words: pair{"médecins|infirmiers|effectifs", "الأطباء|الممرضون|الأعداد"},
	},
	{
		owner: "ms", theme: "sante", frequency: "weekly", formats: "CSV JSON",
		title: pair{"Cas déclarés de maladies à déclaration obligatoire", "الحالات المصرّح بها من الأمراض الخاضعة للتصريح الإجباري"},
		about: pair{
			"Nombre de cas déclarés par maladie, par semaine et par gouvernorat ; les effectifs inférieurs à cinq sont masqués.",
			"عدد الحالات المصرّح بها حسب المرض والأسبوع والولاية؛ تُحجب الأعداد التي تقلّ عن خمس حالات.",
		},
		words: pair{"surveillance|épidémiologie|maladies", "المراقبة|علم الأوبئة|الأمراض"},
	},
	{
		owner: "ms", theme: "sante", frequency: "monthly", formats: "CSV XLSX",
		title: pair{"Médicaments ayant une autorisation de mise sur le marché", "الأدوية المتحصّلة على رخصة الترويج بالسوق"},
		about: pair{
			"Nom, dosage, forme, classe thérapeutique, laboratoire et date de l'autorisation de chaque médicament.",
			"اسم الدواء والجرعة والشكل والصنف العلاجي والمخبر وتاريخ الرخصة لكل دواء.",
		},
		words: pair{"médicaments|AMM|laboratoires", "الأدوية|رخصة الترويج|المخابر"},
	},
	{
		owner: "ms", theme: "sante", frequency: "quarterly", formats: "CSV",
		title: pair{"Points de collecte de don de sang", "نقاط التبرّع بالدم"},
		about: pair{
			"Banques du sang et points de collecte fixes et mobiles, avec leurs adresses, leurs jours et leurs horaires.",
			"بنوك الدم ونقاط التبرّع القارة والمتنقلة مع العناوين والأيام والأوقات.",
		},
		words: pair{"don de sang|collecte|santé", "التبرّع بالدم|بنوك الدم|الصحة"},
	},
}

// solidarity are the families of the Ministry of Social Affairs.
var solidarity = []family{
	{
		owner: "mas", theme: "affaires-sociales", frequency: "quarterly", formats: "CSV", places: governorates,
		title: pair{"Familles bénéficiaires d'une aide sociale par délégation, {place}", "العائلات المنتفعة بالإعانات الاجتماعية حسب المعتمدية، {place}"},
		about: pair{
			"Nombre de familles bénéficiaires de transferts permanents et de soins gratuits ou à tarif réduit, par délégation. Aucune donnée nominative.",
			"عدد العائلات المنتفعة بالمنح القارة وبالعلاج المجاني أو بالتعريفة المنخفضة، حسب المعتمدية. لا تتضمّن أي معطيات اسمية.",
		},
		words: pair{"aide sociale|familles|solidarité", "الإعانات الاجتماعية|العائلات|التضامن"},
	},
	{
		owner: "mas", theme: "affaires-sociales", frequency: "annual", formats: "XLSX CSV", periods: years(5),
		title: pair{"Pensions servies par régime, {period}", "الجرايات المسندة حسب النظام، {period}"},
		about: pair{
			"Nombre de pensions de vieillesse, d'invalidité et de survivants et montants versés en millions de dinars, par régime.",
			"عدد جرايات الشيخوخة والعجز والباقين على قيد الحياة والمبالغ المصروفة بمليون دينار، حسب النظام.",
		},
		words: pair{"pensions|retraite|sécurité sociale", "الجرايات|التقاعد|الضمان الاجتماعي"},
	},
	{
		owner: "cnam", theme: "emploi", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Accidents du travail par secteur d'activité, {period}", "حوادث الشغل حسب قطاع النشاط، {period}"},
		about: pair{
			"Accidents déclarés, jours d'arrêt et indices de fréquence et de gravité, par secteur et par gouvernorat.",
			"الحوادث المصرّح بها وأيام الانقطاع ومؤشرا التواتر والخطورة، حسب القطاع والولاية.",
		},
		words: pair{"accidents du travail|prévention|santé au travail", "حوادث الشغل|الوقاية|الصحة المهنية"},
	},
	{
		owner: "cnss", theme: "affaires-sociales", frequency: "semiannual", formats: "CSV GEOJSON",
		title: pair{"Bureaux et guichets des caisses sociales", "مكاتب وشبابيك الصناديق الاجتماعية"},
		about: pair{
			"Bureaux ouverts au public avec leur adresse, leurs horaires, leurs services et leur accessibilité aux personnes handicapées.",
			"المكاتب المفتوحة للعموم مع العنوان والأوقات والخدمات وإمكانية النفاذ للأشخاص ذوي الإعاقة.",
		},
		words: pair{"caisses sociales|guichets|accueil", "الصناديق الاجتماعية|الشبابيك|الاستقبال"},
	},
	{
		owner: "mas", theme: "affaires-sociales", frequency: "annual", formats: "CSV",
		title: pair{"Centres d'éducation et de réadaptation des personnes handicapées", "مراكز تربية وتأهيل الأشخاص ذوي الإعاقة"},
		about: pair{
			"Centres conventionnés avec leur association, leur délégation, leur capacité d'accueil et les types de handicap pris en charge.",
			"المراكز المتعاقدة مع الجمعية المسيّرة والمعتمدية وطاقة الاستيعاب وأنواع الإعاقة التي تتعهّد بها.",
		},
		words: pair{"handicap|centres|associations", "الإعاقة|المراكز|الجمعيات"},
	},
	{
		owner: "mas", theme: "affaires-sociales", frequency: "annual", formats: "CSV", openness: "restricted",
		title: pair{"Registre des bénéficiaires de transferts sociaux", "سجل المنتفعين بالتحويلات الاجتماعية"},
		about: pair{
			"Registre nominatif inscrit à l'inventaire sans être ouvert : il contient des données à caractère personnel. Sa version agrégée par délégation est publiée.",
			"سجل اسمي مدرج بالجرد دون فتحه لاحتوائه على معطيات شخصية. تُنشر نسخته المجمّعة حسب المعتمدية.",
		},
		words: pair{"registre|transferts sociaux", "السجل|التحويلات الاجتماعية"},
	},
}

// worship are the families of the Ministry of Religious Affairs.
var worship = []family{
	{
		owner: "mar", theme: "affaires-etrangeres-religieuses", frequency: "annual", formats: "CSV", places: governorates,
		title: pair{"Mosquées et lieux de prière, {place}", "الجوامع والمساجد، {place}"},
		about: pair{
			"Nom, délégation, date d'ouverture, superficie en mètres carrés et capacité de chaque mosquée.",
			"اسم كل جامع أو مسجد والمعتمدية وتاريخ الفتح والمساحة بالمتر المربع وطاقة الاستيعاب.",
		},
		words: pair{"mosquées|lieux de culte", "الجوامع|المساجد|أماكن العبادة"},
	},
	{
		owner: "mar", theme: "affaires-etrangeres-religieuses", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Pèlerinage : candidatures et places par gouvernorat, {period}", "الحج: الترشحات والأماكن حسب الولاية، {period}"},
		about: pair{
			"Nombre de candidatures reçues, de places attribuées et d'accompagnateurs, par gouvernorat et par tranche d'âge.",
			"عدد الترشحات المقبولة والأماكن المسندة والمرافقين، حسب الولاية والفئة العمرية.",
		},
		words: pair{"pèlerinage|hajj|candidatures", "الحج|الترشحات|الحجيج"},
	},
	{
		owner: "mar", theme: "education", frequency: "annual", formats: "CSV",
		title: pair{"Kouttebs par délégation", "الكتاتيب حسب المعتمدية"},
		about: pair{
			"Nombre de kouttebs, d'enseignants et d'enfants inscrits, par délégation et par année scolaire.",
			"عدد الكتاتيب والمؤدّبين والأطفال المسجّلين، حسب المعتمدية والسنة الدراسية.",
		},
		words: pair{"kouttebs|petite enfance", "الكتاتيب|الطفولة المبكرة"},
	},
}
