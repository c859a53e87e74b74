package demo

// statistics are the families of official statistics, under the Ministry of Economy.
var statistics = []family{
	{
		owner: "ins", theme: "population", frequency: "annual", formats: "CSV XLSX", places: governorates,
		title: pair{"Population estimée par délégation, {place}", "تقديرات عدد السكان حسب المعتمدية، {place}"},
		about: pair{
			"Population estimée au 1er juillet par délégation, par sexe et par groupe d'âge de cinq ans.",
			"عدد السكان المقدّر في غرّة جويلية حسب المعتمدية والجنس والفئة العمرية الخماسية.",
		},
		words: pair{"population|démographie|délégations", "السكان|الديمغرافيا|المعتمديات"},
	},
	{
		owner: "ins", theme: "population", frequency: "decennial", formats: "CSV", places: governorates,
		title: pair{"Recensement général 2024 : logements et ménages, {place}", "التعداد العام 2024: المساكن والأسر، {place}"},
		about: pair{
			"Logements par type et par occupation, ménages par taille, raccordement à l'eau, à l'électricité, à l'assainissement et à l'internet, par secteur.",
			"المساكن حسب النوع والإشغال والأسر حسب الحجم والربط بالماء والكهرباء والتطهير والأنترنات، حسب العمادة.",
		},
		words: pair{"recensement|ménages|logements", "التعداد|الأسر|المساكن"},
	},
	{
		owner: "ins", theme: "economie", frequency: "monthly", formats: "CSV XLSX JSON",
		title: pair{"Indice des prix à la consommation familiale", "مؤشر أسعار الاستهلاك العائلي"},
		about: pair{
			"Indice mensuel par groupe de produits, base 100 en 2015, avec les variations sur un mois et sur un an.",
			"المؤشر الشهري حسب مجموعات المنتجات، أساس 100 سنة 2015، مع التغيّر الشهري والسنوي.",
		},
		words: pair{"prix|inflation|consommation", "الأسعار|التضخم|الاستهلاك"},
	},
	{
		owner: "ins", theme: "economie", frequency: "quarterly", formats: "CSV XLSX",
		title: pair{"Comptes nationaux trimestriels", "الحسابات القومية الثلاثية"},
		about: pair{
			"Produit intérieur brut par branche, aux prix courants et aux prix de l'année précédente, brut et corrigé des variations saisonnières.",
			"الناتج المحلي الإجمالي حسب القطاع، بالأسعار الجارية وبأسعار السنة السابقة، خاما ومصححا من التغيّرات الموسمية.",
		},
		words: pair{"PIB|comptes nationaux|croissance", "الناتج المحلي|الحسابات القومية|النمو"},
	},
	{
		owner: "ins", theme: "emploi", frequency: "quarterly", formats: "CSV",
		title: pair{"Emploi et chômage, enquête trimestrielle", "التشغيل والبطالة، المسح الثلاثي"},
		about: pair{
			"Population active, occupée et au chômage, par sexe, par âge, par niveau d'instruction et par région.",
			"السكان النشيطون والمشتغلون والعاطلون عن العمل، حسب الجنس والعمر والمستوى التعليمي والإقليم.",
		},
		words: pair{"emploi|chômage|population active", "التشغيل|البطالة|السكان النشيطون"},
	},
	{
		owner: "ins", theme: "commerce", frequency: "annual", formats: "CSV XLSX", periods: years(5),
		title: pair{"Commerce extérieur par produit et par pays, {period}", "التجارة الخارجية حسب المنتج والبلد، {period}"},
		about: pair{
			"Importations et exportations en quantité et en valeur, par position à six chiffres, par pays et par régime.",
			"الواردات والصادرات كمية وقيمة، حسب البند ذي الستة أرقام والبلد والنظام.",
		},
		words: pair{"commerce extérieur|importations|exportations", "التجارة الخارجية|الواردات|الصادرات"},
	},
}

// plans are the families of planning and public investment.
var plans = []family{
	{
		owner: "mep", theme: "economie", frequency: "quarterly", formats: "CSV", places: governorates,
		title: pair{"Projets publics programmés et leur avancement, {place}", "المشاريع العمومية المبرمجة ومدى تقدمها، {place}"},
		about: pair{
			"Projets inscrits au plan de développement avec leur coût, leur source de financement, leur avancement et leurs difficultés.",
			"المشاريع المدرجة بمخطط التنمية مع الكلفة ومصدر التمويل ونسبة الإنجاز والإشكاليات.",
		},
		words: pair{"investissement public|projets|développement régional", "الاستثمار العمومي|المشاريع|التنمية الجهوية"},
	},
	{
		owner: "mep", theme: "economie", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Financements extérieurs mobilisés par bailleur, {period}", "التمويلات الخارجية المعبّأة حسب المموّل، {period}"},
		about: pair{
			"Prêts et dons signés et décaissés par bailleur, par secteur et par devise, en millions de dinars.",
			"القروض والهبات الممضاة والمسحوبة حسب المموّل والقطاع والعملة، بمليون دينار.",
		},
		words: pair{"financement extérieur|bailleurs|coopération", "التمويل الخارجي|المموّلون|التعاون"},
	},
	{
		owner: "cgdr", theme: "economie", frequency: "annual", formats: "CSV", openness: "openable",
		title: pair{"Indicateur de développement régional par délégation", "مؤشر التنمية الجهوية حسب المعتمدية"},
		about: pair{
			"Indicateur composite et ses dix-huit composantes, par délégation ; sera ouvert après la mise à jour de la méthode.",
			"المؤشر المركّب ومكوّناته الثماني عشرة حسب المعتمدية؛ سيُفتح بعد تحيين المنهجية.",
		},
		words: pair{"développement régional|indicateur|délégations", "التنمية الجهوية|المؤشر|المعتمديات"},
	},
}
